package backup

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// Maker makes and checks backups of one box: a *Box in this process, or the server that runs, over its control socket.
type Maker interface {
	// Make writes a backup to w.
	Make(ctx context.Context, w io.Writer, o Order) (Manifest, error)
	// Verify reads a whole backup and checks it.
	Verify(ctx context.Context, r io.Reader, secret Secret, progress Progress) (Report, error)
	// JournalCopy gives the journal of deletions as it is to lie beside backups, and the name for it.
	JournalCopy(ctx context.Context) (name string, content []byte, err error)
	// NamingKey gives the key by which the objects of a directory are named. It opens nothing.
	NamingKey(ctx context.Context) ([]byte, error)
}

// Order is what Make is asked for.
type Order struct {
	Secret Secret `json:"secret"`
	// Check has the database checked before it is written, for who does not have all of the backup checked afterwards.
	Check bool `json:"check"`
}

// Make implements Maker.
func (b *Box) Make(ctx context.Context, w io.Writer, o Order) (_ Manifest, err error) {
	if _, err := o.Secret.recipients(b.work()); err != nil {
		return Manifest{}, err // before the work is done
	}
	s, err := b.Snapshot(ctx)
	if err != nil {
		return Manifest{}, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if o.Check {
		if _, err := store.ReadContents(ctx, s.database()); err != nil {
			return Manifest{}, err
		}
	}
	_, err = s.WriteTo(ctx, w, o.Secret, nil)
	return s.Manifest, err
}

// NamingKey implements Maker.
func (b *Box) NamingKey(context.Context) ([]byte, error) {
	mac := hmac.New(sha256.New, b.Key.Seed())
	mac.Write([]byte("harmonium names of backups 1"))
	return mac.Sum(nil), nil
}

// Steps of Save, for who watches.
const (
	StepWrite  = "write"
	StepVerify = "verify"
)

// Watch is told how far Save is: the bytes of the step that were done, and those in all, 0 where they are not known yet.
type Watch func(step string, done, total int64)

// Save makes a backup in the new file path, beside it a copy of the journal of deletions. The file has its name only
// when it was written, read back from the disk, opened, and found whole; until then it is called path.part, and a Save
// that fails removes it. A backup for recipients is locked for a key of this moment too, so that it can be opened for the
// check; nobody has that key afterwards.
func Save(ctx context.Context, m Maker, path string, secret Secret, watch Watch) (rep Report, err error) {
	if _, err := os.Lstat(path); err == nil {
		return rep, appliance.Errorf(appliance.CodeConflict, "There is a file %s already. It was left as it is, and nothing was written. Name a new one.", path)
	}
	check := Secret{Passphrase: secret.Passphrase}
	if secret.Passphrase == "" && len(secret.Recipients) > 0 {
		var once string
		if check.Key, once, err = NewKey(); err != nil {
			return rep, err
		}
		secret.Recipients = append([]string{once}, secret.Recipients...)
	}
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return rep, destinationError(filepath.Dir(path), err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(part)
		}
	}()
	size, err := write(ctx, m, f, secret, watch)
	if err != nil {
		return rep, destinationError(filepath.Dir(path), err)
	}
	if rep, err = reread(ctx, m, f, check, func(n int64) { watch(StepVerify, n, size) }); err != nil {
		return rep, fmt.Errorf("check of what was written: %w", err)
	}
	if err := errors.Join(f.Close(), os.Rename(part, path), store.SyncDir(filepath.Dir(path))); err != nil {
		return rep, destinationError(filepath.Dir(path), err)
	}
	return rep, SaveJournal(ctx, m, filepath.Dir(path))
}

// syncBytes is how much is written before it is brought to the disk: one large part at the end would hold up everybody who
// writes to the same disk for as long.
const syncBytes = 16 << 20

// write makes the backup in f and gives its size.
func write(ctx context.Context, m Maker, f *os.File, secret Secret, watch Watch) (int64, error) {
	smooth := smoothly(f)
	out := &counter{w: f, progress: func(n int64) {
		watch(StepWrite, n, 0)
		smooth(n)
	}}
	_, err := m.Make(ctx, out, Order{Secret: secret})
	return out.n, errors.Join(err, f.Sync())
}

// smoothly gives what brings a file that grows to the disk in parts. An error of one shows again at the last.
func smoothly(f *os.File) Progress {
	synced := int64(0)
	return func(n int64) {
		if n-synced >= syncBytes {
			synced = n
			_ = f.Sync()
		}
	}
}

// reread has what was written checked, as it is on the disk and not in the memory of the machine.
func reread(ctx context.Context, m Maker, f *os.File, secret Secret, progress Progress) (Report, error) {
	// Advice to the kernel to forget the pages; where it is not taken nothing is lost.
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return Report{}, err
	}
	return m.Verify(ctx, f, secret, progress)
}

// SaveJournal puts the journal of deletions, as it is now, into a directory of backups.
func SaveJournal(ctx context.Context, m Maker, dir string) error {
	name, content, err := m.JournalCopy(ctx)
	if err == nil {
		err = writeWhole(filepath.Join(dir, name), content)
	}
	if err != nil {
		return fmt.Errorf("the backup is whole; the journal of deletions could not be put beside it: %w", destinationError(dir, err))
	}
	return nil
}

// counter counts what passes through it.
type counter struct {
	w        io.Writer
	n        int64
	progress Progress
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.progress.add(&c.n, n)
	return n, err
}

// destinationError says what is wrong with the directory in which a backup is to lie. What has a sentence already keeps it.
func destinationError(dir string, err error) error {
	var e *appliance.Error
	text := ""
	switch {
	case errors.As(err, &e):
		return err
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return &appliance.Error{Code: appliance.CodeStorage, Err: err, Message: fmt.Sprintf("There is no room in %s for this backup, and what was written of "+
			"it was removed. Earlier backups are as they were. Make room there, or take another stick.", dir)}
	case errors.Is(err, fs.ErrNotExist):
		text = "is not there"
	case errors.Is(err, fs.ErrPermission):
		text = "may not be written to by this account"
	case errors.Is(err, syscall.EROFS):
		text = "is on a read-only disk"
	case errors.Is(err, syscall.EIO), errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.ENODEV), errors.Is(err, syscall.ESTALE):
		text = "is on a disk that reports errors or was pulled out"
	default:
		return err
	}
	return &appliance.Error{Code: appliance.CodeStorage, Err: err, Message: fmt.Sprintf("The directory %s %s. No backup was made; the data is as it was.", dir, text)}
}

// FileName is the name of a backup that is made at a time.
func FileName(at time.Time) string {
	return "harmonium-" + at.UTC().Format("20060102T150405Z") + Suffix
}
