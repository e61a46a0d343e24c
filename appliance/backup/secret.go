package backup

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"

	"harmonium/appliance"
)

// workFactor is that of scrypt where no other is set, and the most that is read: 2^18 takes 256 MiB for a second. A file
// that asks for more is not one of ours, and would take the memory of the box.
const workFactor = 18

// MinPassphrase is the least length of a passphrase in characters. Unlike a log-in, a backup can be tried without end.
const MinPassphrase = 12

// Secret locks a backup or opens it. The zero Secret does neither.
type Secret struct {
	Passphrase string   // opens what was locked with it
	Recipients []string // public keys "age1…", to lock for
	Key        string   // a recovery key "AGE-SECRET-KEY-1…", to open with
}

// ParseOpening takes what a person typed or pasted to open a backup: a recovery key, alone or in the file that it was
// kept in, or a passphrase.
func ParseOpening(text string) Secret {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "AGE-SECRET-KEY-1") {
			return Secret{Key: line}
		}
	}
	return Secret{Passphrase: strings.TrimRight(text, "\r\n")}
}

// CheckPassphrase refuses one that is easily guessed.
func CheckPassphrase(passphrase string) error {
	if n := len([]rune(passphrase)); n < MinPassphrase {
		return appliance.Invalid("passphrase", "A passphrase has at least %d characters; this one has %d. Nothing was written. "+
			"Four words that do not belong together are a good one.", MinPassphrase, n)
	}
	return nil
}

// recipients gives for whom to lock.
func (s Secret) recipients(work int) ([]age.Recipient, error) {
	if s.Passphrase != "" {
		if err := CheckPassphrase(s.Passphrase); err != nil {
			return nil, err
		}
		r, err := age.NewScryptRecipient(s.Passphrase)
		if err != nil {
			return nil, err
		}
		r.SetWorkFactor(work)
		return []age.Recipient{r}, nil
	}
	var list []age.Recipient
	for _, text := range s.Recipients {
		r, err := ParseRecipient(text)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	if len(list) == 0 {
		return nil, appliance.Invalid("recipient", "A backup is locked with a passphrase or for a public key, and neither was given. Nothing was written.")
	}
	return list, nil
}

// ParseRecipient reads a public key.
func ParseRecipient(text string) (*age.X25519Recipient, error) {
	r, err := age.ParseX25519Recipient(strings.TrimSpace(text))
	if err != nil {
		e := appliance.Invalid("recipient", "This is not a public key for backups. It begins with age1 and has 62 characters.")
		e.Err = err
		return nil, e
	}
	return r, nil
}

// identity gives what opens.
func (s Secret) identity() (age.Identity, error) {
	switch {
	case s.Key != "":
		id, err := age.ParseX25519Identity(s.Key)
		if err != nil {
			return nil, appliance.Invalid("passphrase", "This recovery key is not whole. It begins with AGE-SECRET-KEY-1 and has 74 characters.")
		}
		return id, nil
	case s.Passphrase != "":
		id, err := age.NewScryptIdentity(s.Passphrase)
		if err != nil {
			return nil, err
		}
		id.SetMaxWorkFactor(workFactor)
		return id, nil
	}
	return nil, appliance.Invalid("passphrase", "The passphrase or the recovery key of the backup is needed. Nothing was changed.")
}

// NewKey makes a recovery key and the public key that locks for it.
func NewKey() (key, recipient string, err error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return "", "", err
	}
	return id.String(), id.Recipient().String(), nil
}

// LockKey locks a recovery key with a passphrase. Backups that are locked for the key can so be opened with the
// passphrase, and the box that makes them knows neither.
func (b *Box) LockKey(key, passphrase string) (string, error) {
	to, err := Secret{Passphrase: passphrase}.recipients(b.work())
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	a := armor.NewWriter(&out)
	w, err := age.Encrypt(a, to...)
	if err == nil {
		_, err = io.WriteString(w, key+"\n")
	}
	if err == nil {
		err = errors.Join(w.Close(), a.Close())
	}
	return out.String(), err
}

// NewLock makes a key and locks it with a passphrase.
func NewLock(passphrase string) (Lock, error) {
	key, recipient, err := NewKey()
	if err != nil {
		return Lock{}, err
	}
	locked, err := (&Box{}).LockKey(key, passphrase)
	return Lock{Recipient: recipient, Locked: locked}, err
}

// unlockKey gives the recovery key that LockKey has locked.
func unlockKey(locked string, s Secret) (Secret, error) {
	id, err := s.identity()
	if err != nil {
		return Secret{}, err
	}
	r, err := age.Decrypt(armor.NewReader(strings.NewReader(locked)), id)
	if err != nil {
		return Secret{}, openError(err)
	}
	raw, err := io.ReadAll(io.LimitReader(r, 1<<10))
	if err != nil {
		return Secret{}, openError(err)
	}
	return Secret{Key: strings.TrimSpace(string(raw))}, nil
}

func (b *Box) work() int {
	if b.Work > 0 {
		return b.Work
	}
	return workFactor
}

// openError says why what was locked cannot be opened.
func openError(err error) error {
	var none *age.NoIdentityMatchError
	switch {
	case errors.As(err, &none), errors.Is(err, age.ErrIncorrectIdentity):
		return &appliance.Error{Code: appliance.CodeForbidden, Err: err, Message: "The passphrase or the recovery key is not the one of this " +
			"backup. Nothing was changed. Try it again, or use another backup."}
	}
	return &appliance.Error{Code: appliance.CodeUnprocessable, Err: fmt.Errorf("open: %w", err), Message: "This is not a backup of harmonium, or it is cut " +
		"off or damaged at its beginning. Nothing was changed."}
}
