// Package blob keeps files that are named by what is in them: the SHA-256 of their bytes. Sound lies in them.
//
//   - What Put has returned for is on the disk for good: the bytes are in a file of another name first, are forced to
//     the disk, take their name at once, and the directory is forced to the disk too. A power cut leaves the whole file or none.
//   - Read gives the bytes that were put or an error, never others.
//   - What Erase has returned for has no name on the disk any more, also after a power cut.
//
// Who uses a blob is not known here: the store counts. A directory is used by one process at a time.
package blob

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Hash names a blob.
type Hash = [sha256.Size]byte

// Dir is a directory of blobs. All methods are safe for concurrent use, except that a blob must not be erased while it is put.
type Dir struct{ root string }

// partPrefix begins the names of files that are being written. Backups leave out what begins with a dot.
const partPrefix = ".part-"

// New gives the directory of blobs at root, which is made when the first is put.
func New(root string) *Dir { return &Dir{root} }

func (d *Dir) place(h Hash) (dir, name string) {
	name = hex.EncodeToString(h[:])
	return filepath.Join(d.root, name[:2]), name
}

// Put keeps content. One that is there already stays as it is, if its bytes are right.
func (d *Dir) Put(content []byte) (Hash, error) {
	h := sha256.Sum256(content)
	if _, err := d.Read(h); err == nil {
		return h, nil
	}
	dir, name := d.place(h)
	if err := d.make(dir); err != nil {
		return h, fmt.Errorf("make a directory of blobs: %w", err)
	}
	part := filepath.Join(dir, partPrefix+rand.Text())
	err := write(part, content)
	if err == nil {
		err = os.Rename(part, filepath.Join(dir, name))
	}
	if err == nil {
		err = settle(dir)
	}
	if err != nil {
		os.Remove(part)
		return h, fmt.Errorf("write a blob: %w", err)
	}
	return h, nil
}

// make makes the directory for blobs that begin alike, and forces its name to the disk.
func (d *Dir) make(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return errors.Join(settle(d.root), settle(filepath.Dir(d.root)))
}

func write(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// settle forces to the disk which names a directory holds.
func settle(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// ErrDamaged says that a file does not hold the bytes that it is named after.
var ErrDamaged = errors.New("blob: damaged")

// Read gives the bytes of a blob. It fails with fs.ErrNotExist where there is none, and with ErrDamaged.
func (d *Dir) Read(h Hash) ([]byte, error) {
	dir, name := d.place(h)
	content, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(content); !bytes.Equal(sum[:], h[:]) {
		return nil, ErrDamaged
	}
	return content, nil
}

// Erase removes blobs for good. Those that are not there are no error.
func (d *Dir) Erase(list ...Hash) error {
	touched := map[string]bool{}
	for _, h := range list {
		dir, name := d.place(h)
		switch err := os.Remove(filepath.Join(dir, name)); {
		case errors.Is(err, fs.ErrNotExist): // perhaps by a process that was killed before it was on the disk
		case err != nil:
			return fmt.Errorf("erase a blob: %w", err)
		}
		touched[dir] = true
	}
	for dir := range touched {
		if err := settle(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("erase blobs: %w", err)
		}
	}
	return nil
}

// Each gives the blobs that there are, in groups, and removes what a process that was killed has left half written. Nothing
// may be put while it runs.
func (d *Dir) Each(group func([]Hash) error) error {
	dirs, err := os.ReadDir(d.root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, sub := range dirs {
		files, err := os.ReadDir(filepath.Join(d.root, sub.Name()))
		if err != nil {
			return err
		}
		var list []Hash
		for _, f := range files {
			if strings.HasPrefix(f.Name(), partPrefix) {
				if err := os.Remove(filepath.Join(d.root, sub.Name(), f.Name())); err != nil {
					return err
				}
				continue
			}
			var h Hash
			if raw, err := hex.DecodeString(f.Name()); err == nil && copy(h[:], raw) == len(h) {
				list = append(list, h)
			}
		}
		if len(list) == 0 {
			continue
		}
		if err := group(list); err != nil {
			return err
		}
	}
	return nil
}
