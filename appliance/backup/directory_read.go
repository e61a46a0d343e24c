package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"filippo.io/age"

	"harmonium/appliance"
)

// IsDirectory says whether backups lie in dir as SaveInto writes them.
func IsDirectory(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, snapshotsDir))
	return err == nil && info.IsDir()
}

// OpenDirectory gives a backup of a directory, the newest one that was made before a time, in the form of one file, and
// the secret that opens that. secret is what opens the directory: the passphrase or the recovery key.
func OpenDirectory(ctx context.Context, dir string, before time.Time, secret Secret) (io.ReadCloser, Secret, error) {
	d := &directory{path: dir}
	list, err := d.snapshots()
	if err != nil {
		return nil, Secret{}, err
	}
	if i := slices.IndexFunc(list, func(n needs) bool { return n.MadeAt.After(before) }); i >= 0 {
		list = list[:i]
	}
	if len(list) == 0 {
		return nil, Secret{}, appliance.Errorf(appliance.CodeNotFound, "There is no backup from before %s in %s.", before.Format("2006-01-02 15:04 MST"), dir)
	}
	newest := list[len(list)-1]
	if locked, err := os.ReadFile(d.keyFile(newest.For)); err == nil && secret.Key == "" {
		if secret, err = unlockKey(string(locked), secret); err != nil {
			return nil, Secret{}, err
		}
	}
	s, err := d.readSnapshot(newest.MadeAt, secret)
	if err != nil {
		return nil, Secret{}, err
	}
	key, recipient, err := NewKey()
	if err != nil {
		return nil, Secret{}, err
	}
	to, err := ParseRecipient(recipient)
	if err != nil {
		return nil, Secret{}, err
	}
	r, w := io.Pipe()
	go func() { w.CloseWithError(d.repack(ctx, w, to, s, secret)) }()
	return r, Secret{Key: key}, nil
}

func (d *directory) readSnapshot(at time.Time, secret Secret) (s snapshot, err error) {
	raw, err := d.openObject(d.snapshotFile(at, objectSuffix), secret)
	if err != nil {
		return s, err
	}
	defer raw.Close()
	if err := json.NewDecoder(io.LimitReader(raw, maxJSON)).Decode(&s); err != nil {
		return s, readError(err)
	}
	return s, nil
}

// opened is a decrypted file.
type opened struct {
	io.Reader
	io.Closer
}

func (d *directory) openObject(path string, secret Secret) (io.ReadCloser, error) {
	id, err := secret.identity()
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, readError(err)
	}
	r, err := age.Decrypt(f, id)
	if err != nil {
		f.Close()
		return nil, openError(err)
	}
	return opened{r, f}, nil
}

// repack writes a backup of the directory as one file. Whoever reads that compares everything with what the box signed.
func (d *directory) repack(ctx context.Context, w io.Writer, to age.Recipient, s snapshot, secret Secret) error {
	locked, err := age.Encrypt(w, to)
	if err != nil {
		return err
	}
	t := tar.NewWriter(locked)
	if err := putJSON(t, manifestEntry, s.Manifest, s.Manifest.MadeAt); err != nil {
		return err
	}
	for _, e := range s.Contents.Files {
		if err := d.repackFile(ctx, t, e, s, secret); err != nil {
			return err
		}
	}
	if err := putJSON(t, contentsEntry, s.Contents, s.Manifest.MadeAt); err != nil {
		return err
	}
	return errors.Join(t.Close(), locked.Close())
}

func (d *directory) repackFile(ctx context.Context, t *tar.Writer, e Entry, s snapshot, secret Secret) error {
	name := s.Objects[e.Path]
	if len(name) != 2*sha256.Size || !filepath.IsLocal(name) {
		return readError(fmt.Errorf("no object for %s", e.Path))
	}
	in, err := d.openObject(d.object(name), secret)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := t.WriteHeader(tarHeader(dataPrefix+e.Path, e.Size, s.Manifest.MadeAt)); err != nil {
		return err
	}
	return copyBytes(ctx, t, in, func(int) {})
}
