package store

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"harmonium/appliance"
)

// The secrets of second factors have to be read again to check codes with, so that no hash would do. They are sealed
// (AES-256-GCM, bound to their account) under a key that is in no database: whoever gets hold of the database alone, or of a
// copy of it, cannot make codes. What stands in a column is sealMark, the name of the key, and the sealed secret.

// FactorKeyFile is the name of the file in the data directory that holds that key. It is made for the first secret, belongs
// into every backup, and is read anew each time, so that one that was put back is good without a restart.
const FactorKeyFile = "factor.key"

const (
	factorKeyType = "HARMONIUM SECOND FACTOR KEY"
	factorKeySize = 32
	sealMark      = "1."
)

// factorKey seals secrets. Its name is made of a hash of it, and tells with which key something was sealed.
type factorKey struct {
	name string
	aead cipher.AEAD
}

func newFactorKey(raw []byte) (factorKey, error) {
	block, err := aes.NewCipher(raw)
	if err != nil {
		return factorKey{}, err
	}
	aead, err := cipher.NewGCM(block)
	sum := sha256.Sum256(append([]byte(factorKeyType), raw...))
	return factorKey{sealMark + hex.EncodeToString(sum[:8]) + ".", aead}, err
}

// factorKeyLost is for codes that cannot be checked. What to do about it the log and the page Health of the box tell.
func factorKeyLost(cause error) error {
	return &appliance.Error{Code: appliance.CodeConflict, Err: cause, Message: "Codes of authenticator apps cannot be checked on this box at present: " +
		"its key for them is missing or another one. A recovery code can be used; please tell who runs the box."}
}

// factorKey reads the key. An error that is fs.ErrNotExist says that there is none.
func (s *Store) factorKey() (factorKey, error) {
	raw, err := os.ReadFile(s.path(FactorKeyFile))
	if err != nil {
		return factorKey{}, err
	}
	block, _ := pem.Decode(raw)
	if block == nil || block.Type != factorKeyType || len(block.Bytes) != factorKeySize {
		return factorKey{}, fmt.Errorf("the file %s is damaged", FactorKeyFile)
	}
	return newFactorKey(block.Bytes)
}

// factorKeyFor gives the key for one more secret. Where other secrets in use were sealed with another, it fails: with two keys
// nobody could say which to put back.
func (s *Store) factorKeyFor(tx *Tx) (factorKey, error) {
	key, err := s.factorKey()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return key, factorKeyLost(err)
	}
	fits, errFits := factorKeyFits(tx, key.name)
	switch {
	case errFits != nil:
		return key, errFits
	case !fits:
		return key, factorKeyLost(errors.Join(err, errors.New("secrets are sealed with another key")))
	case err == nil:
		return key, nil
	}
	return s.makeFactorKey()
}

// factorKeyFits says whether every secret in use was sealed with the key of a name, "" for none.
func factorKeyFits(tx *Tx, name string) (fits bool, err error) {
	err = tx.QueryRow(`SELECT NOT EXISTS (SELECT 1 FROM second_factors WHERE substr(secret, 1, 2) = '1.' AND substr(secret, 1, length(?1)) <> ?1
		OR substr(secret, 1, 2) = '1.' AND ?1 = '')`, name).Scan(&fits)
	return fits, err
}

// makeFactorKey makes the key, for the account of the server only, whole or not at all.
func (s *Store) makeFactorKey() (factorKey, error) {
	raw := make([]byte, factorKeySize)
	rand.Read(raw) // never fails (crypto/rand, Go 1.24)
	part := s.path(FactorKeyFile + partSuffix)
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return factorKey{}, dirError(s.dir, err)
	}
	_, err = f.Write(pem.EncodeToMemory(&pem.Block{Type: factorKeyType, Bytes: raw}))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(part, s.path(FactorKeyFile))
	}
	if err = errors.Join(err, syncDir(s.dir)); err != nil {
		return factorKey{}, fmt.Errorf("keep the key of second factors: %w", err)
	}
	return newFactorKey(raw)
}

func (k factorKey) seal(id appliance.AccountID, secret string) string {
	nonce := make([]byte, k.aead.NonceSize())
	rand.Read(nonce)
	return k.name + base64.RawStdEncoding.EncodeToString(k.aead.Seal(nonce, nonce, []byte(secret), []byte(id)))
}

// open gives a secret that was sealed for an account, "" for "".
func (k factorKey) open(id appliance.AccountID, sealed string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	text, ok := strings.CutPrefix(sealed, k.name)
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || !ok || len(raw) < k.aead.NonceSize() {
		return "", factorKeyLost(errors.New("a secret is sealed with another key"))
	}
	secret, err := k.aead.Open(nil, raw[:k.aead.NonceSize()], raw[k.aead.NonceSize():], []byte(id))
	if err != nil {
		return "", factorKeyLost(err)
	}
	return string(secret), nil
}

// openFactors opens what is kept for an account: the secret in use and the one that is being set up.
func (s *Store) openFactors(id appliance.AccountID, sealed, sealedNext string) (secret, next string, err error) {
	if sealed == "" && sealedNext == "" {
		return "", "", nil
	}
	key, err := s.factorKey()
	if err != nil {
		return "", "", factorKeyLost(err)
	}
	if secret, err = key.open(id, sealed); err != nil {
		return "", "", err
	}
	next, err = key.open(id, sealedNext)
	return secret, next, err
}

// FactorKeyFits says whether the key of second factors is there, and the one with which the secrets in use were sealed.
func (s *Store) FactorKeyFits(ctx context.Context) (fits bool, err error) {
	key, _ := s.factorKey() // a damaged one fits nothing
	err = s.read(ctx, func(tx *Tx) error {
		fits, err = factorKeyFits(tx, key.name)
		return err
	})
	return fits, err
}

// sealFactors seals the secrets that an earlier version has kept readable, and has the files wiped of them.
func (s *Store) sealFactors(ctx context.Context) error {
	const readable = ` FROM second_factors WHERE secret <> '' AND substr(secret, 1, 2) <> '1.' OR next <> '' AND substr(next, 1, 2) <> '1.'`
	type row struct {
		id           appliance.AccountID
		secret, next string
	}
	var left bool
	err := s.lookUp(ctx, `SELECT EXISTS (SELECT 1`+readable+`)`, nil, []any{&left})
	if err != nil || !left {
		return err
	}
	return s.erase(ctx, func(tx *Tx) error {
		var list []row
		err := eachRow(tx, func(rows *Rows) error {
			var r row
			err := rows.Scan(&r.id, &r.secret, &r.next)
			list = append(list, r)
			return err
		}, `SELECT account_id, secret, next`+readable)
		if err != nil {
			return err
		}
		key, err := s.factorKeyFor(tx)
		if err != nil {
			return err
		}
		for _, r := range list {
			for _, secret := range []*string{&r.secret, &r.next} {
				if *secret != "" && !strings.HasPrefix(*secret, sealMark) {
					*secret = key.seal(r.id, *secret)
				}
			}
			if _, err := tx.Exec(`UPDATE second_factors SET secret = ?, next = ? WHERE account_id = ?`, r.secret, r.next, r.id); err != nil {
				return err
			}
		}
		_, err = s.enqueue(tx, appliance.JobScrub, "", "", s.clock())
		return err
	})
}
