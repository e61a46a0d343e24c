package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"harmonium/appliance"
)

// ErrDamaged is in what Open, Examine and QuickCheck give when the database is damaged, or not whole: a backup is the way on.
var ErrDamaged = errors.New("damaged or not whole")

// QuickCheck reads the whole database and fails when a page, a record or an index is damaged. It takes 0.3 s for
// 100,000 turns and 5 s for a million, beside everything else, on a connection of its own, and stops with ctx. The
// server runs it in the background after each start and every day.
func (s *Store) QuickCheck(ctx context.Context) error {
	return quickCheck(ctx, s.path(databaseFile))
}

// Examine looks whether Open would find a sound database in o.Dir, which must be there, and changes nothing in it:
// nothing is migrated, made or given up. It is false without an error when there is no database yet. It fails as Open
// does, and when QuickCheck would.
func Examine(ctx context.Context, o Options) (found bool, err error) {
	s, err := newStore(o)
	if err != nil {
		return false, err
	}
	if s.lock, err = lockDir(s.dir); err != nil {
		return false, err
	}
	defer s.lock.release()
	st, err := s.inspect(ctx)
	if err != nil || !st.exists {
		return false, err
	}
	defer st.close()
	if _, err := s.planMigration(st, migrationFiles()); err != nil {
		return true, err
	}
	return true, s.QuickCheck(ctx)
}

func quickCheck(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", readerAddress(path))
	if err != nil {
		return err
	}
	defer db.Close()
	var answer string
	// One finding is enough: whatever it is, the file cannot be trusted.
	err = db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&answer)
	if ctx.Err() != nil {
		return fmt.Errorf("check of the database: %w", ctx.Err())
	}
	if err == nil && answer == "ok" {
		return nil
	}
	if err == nil {
		err = errors.New(answer)
	}
	return &appliance.Error{
		Code: appliance.CodeInternal,
		Message: fmt.Sprintf("The database %s is damaged. Nothing was changed. Stop harmonium, keep a copy of the "+
			"data directory as it is, and restore the newest backup.", path),
		Err: errors.Join(ErrDamaged, err),
	}
}

// checkAfterIOError goes through the database before it is used, when the process before this one left word of an I/O
// error, and takes that word away when all is well.
func (s *Store) checkAfterIOError(ctx context.Context, found *state) error {
	mark := s.path(ioErrorFile)
	if size, err := fileSize(mark); err != nil || size < 0 {
		return err
	}
	if found.exists {
		s.log.Warn("the last run ended with an I/O error; checking the database before it is used")
		if err := quickCheck(ctx, s.path(databaseFile)); err != nil {
			return err
		}
	}
	if err := os.Remove(mark); err != nil {
		return fmt.Errorf("after the check: %w", err)
	}
	s.log.Info("the database is whole")
	return nil
}
