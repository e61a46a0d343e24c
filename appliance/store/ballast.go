package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"syscall"
)

// On a full disk a DELETE fails like every other write, since it goes through the write-ahead log. The ballast is a
// file that holds nothing: it is removed when a deletion needs its space, and made again when there is room.

const (
	defaultBallast = 64 << 20

	// minFreeToOpen is the free space under which Open gives up the ballast before it touches the database.
	minFreeToOpen = 4 << 20
)

type ballast struct {
	mu   sync.Mutex
	path string
	size int64 // -1: none is wanted
}

// EnsureBallast makes the ballast file when it is not there whole and the disk has room for it twice over. It does
// nothing in a store without ballast.
func (s *Store) EnsureBallast() error {
	b := &s.ballast
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.size < 0 {
		return nil
	}
	if fi, err := os.Stat(b.path); err == nil && fi.Size() == b.size {
		return nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	free, _, err := s.DiskSpace()
	if err != nil {
		return err
	}
	if free < 2*b.size {
		return fmt.Errorf("%d bytes are free; the ballast is made when %d are", free, 2*b.size)
	}
	err = b.fill()
	if err != nil {
		// Half a ballast would pass for a whole one's space.
		err = errors.Join(err, os.Remove(b.path))
	}
	return err
}

// fill writes the file. Its content is random, because file systems that compress would keep zeros in no space.
func (b *ballast) fill() error {
	f, err := os.OpenFile(b.path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := reserve(f, b.size); err != nil {
		_, err = io.CopyN(f, rand.Reader, b.size)
		if err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return errors.Join(f.Sync(), f.Close())
}

// ReleaseBallast gives the space of the ballast file back to the disk; false when there was none to give. A store
// does it by itself for a deletion that finds the disk full.
func (s *Store) ReleaseBallast() (bool, error) {
	b := &s.ballast
	b.mu.Lock()
	defer b.mu.Unlock()
	err := os.Remove(b.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("release the ballast: %w", err)
	}
	s.log.Warn("the disk is full: the ballast file was given up so that deleting works", "bytes", b.size)
	return true, nil
}

// DiskSpace gives the bytes of the disk under the data directory: what this process may still use, and all.
func (s *Store) DiskSpace() (free, total int64, err error) { return DiskSpace(s.dir) }

// DiskSpace is the method of the same name for a data directory that need not be open.
func DiskSpace(dir string) (free, total int64, err error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, 0, fmt.Errorf("free space of %s: %w", dir, err)
	}
	return int64(st.Bavail) * int64(st.Bsize), int64(st.Blocks) * int64(st.Bsize), nil
}

// BallastPath is where the ballast lies.
func (s *Store) BallastPath() string { return s.ballast.path }
