package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"harmonium/appliance"
)

const (
	copyPrefix = "before-migration-"
	copySuffix = ".db"
	partSuffix = ".part"

	// keptCopies is how many copies from before migrations stay.
	keptCopies = 3

	// timeLayout is how a time is written into the name of a file: UTC, and sorted by name is sorted by time.
	timeLayout = "20060102T150405Z"
)

// copyBeforeMigration makes before-migration-VERSION-TIME.db, a whole database in one file, and removes all but the
// newest few.
func (s *Store) copyBeforeMigration(ctx context.Context, version int64) error {
	name := fmt.Sprintf("%s%d-%s%s", copyPrefix, version, s.clock().UTC().Format(timeLayout), copySuffix)
	if err := copyDatabase(ctx, s.path(databaseFile), s.path(name)); err != nil {
		return fmt.Errorf("copy of the database before its migration from version %d, which was not begun: %w",
			version, outward(err))
	}
	s.log.Info("database copied before its migration", "file", s.path(name))
	copies, err := s.migrationCopies()
	if err != nil {
		return err
	}
	for len(copies) > keptCopies {
		if err := os.Remove(copies[0]); err != nil {
			return err
		}
		copies = copies[1:]
	}
	return nil
}

// copyDatabase writes a consistent copy of the database at path to dest and checks it.
func copyDatabase(ctx context.Context, path, dest string) (err error) {
	return vacuumInto(ctx, path, dest, func(part string) error { return quickCheck(ctx, part) })
}

// vacuumInto writes a consistent copy of the database at path to dest, when check finds nothing wrong with it, and makes
// it survive a power cut. Until it is whole it has another name. Writers of the database are not held up.
func vacuumInto(ctx context.Context, path, dest string, check func(part string) error) (err error) {
	part := dest + partSuffix
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, f.Close())
		if err != nil {
			err = errors.Join(err, os.Remove(part))
		}
	}()
	db, err := sql.Open("sqlite", copierAddress(path))
	if err != nil {
		return err
	}
	defer db.Close()
	smooth := syncOften(f)
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", part)
	smooth()
	if err != nil {
		return err
	}
	if err := check(part); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := os.Rename(part, dest); err != nil {
		return err
	}
	return syncDir(filepath.Dir(dest))
}

// syncPause is how long a copy grows before it is brought to the disk.
const syncPause = 100 * time.Millisecond

// syncOften brings what is written to f to the disk in small parts, until the function that it gives is called: one large
// part at the end would hold up everybody who writes to the same disk for as long. Its errors show at the last one.
func syncOften(f *os.File) (stop func()) {
	quit, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(syncPause)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				_ = f.Sync()
			case <-quit:
				return
			}
		}
	}()
	return func() { close(quit); <-stopped }
}

// migrationCopies gives the paths of the copies, the oldest first.
func (s *Store) migrationCopies() ([]string, error) {
	copies, err := s.filesLike(copyPrefix, copySuffix)
	appliance.Sort(copies, func(a, b string) int {
		return cmp.Compare(a[strings.LastIndexByte(a, '-'):], b[strings.LastIndexByte(b, '-'):])
	})
	return copies, err
}

// RemoveMigrationCopies removes the copies that were made before migrations and says how many there were. They hold
// what was in the database at that time, also what was deleted since.
func (s *Store) RemoveMigrationCopies() (int, error) {
	copies, err := s.migrationCopies()
	if err != nil || len(copies) == 0 {
		return 0, err
	}
	for i, path := range copies {
		if err := os.Remove(path); err != nil {
			return i, err
		}
	}
	return len(copies), syncDir(s.dir)
}

// removePartialCopies removes what a process left that was killed while it made a copy.
func (s *Store) removePartialCopies() error {
	parts, err := s.filesLike(copyPrefix, partSuffix)
	for _, path := range parts {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// filesLike gives the paths in the data directory whose names begin and end like this. A pattern of filepath.Glob
// would also be applied to the directory.
func (s *Store) filesLike(prefix, suffix string) ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix) && strings.HasSuffix(e.Name(), suffix) {
			paths = append(paths, s.path(e.Name()))
		}
	}
	return paths, nil
}
