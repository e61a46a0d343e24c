package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"harmonium/appliance"
)

// failure is why a store has stopped.
type failure struct {
	cause error
}

func (f *failure) refusal() error {
	return &appliance.Error{
		Code: appliance.CodeBusy,
		Message: "The disk of this box reports errors, so it is restarting and checking its data. " +
			"This was not saved; please send it again in a minute.",
		RetryAfter: 5,
		Err:        f.cause,
	}
}

// Failed gives the I/O error after which the store accepts nothing any more, nil while all is well.
func (s *Store) Failed() error {
	if f := s.failure.Load(); f != nil {
		return f.cause
	}
	return nil
}

// Dead is closed when the store has failed. The process should then end: whether the last writes reached the disk can
// only be found out by opening the database again.
func (s *Store) Dead() <-chan struct{} { return s.dead }

// fail stops the store for good and makes the next Open check the whole database.
func (s *Store) fail(cause error) {
	s.failOnce.Do(func() {
		s.failure.Store(&failure{cause})
		s.log.Error("the database cannot be written or read any more; the server must be started again",
			"error", cause)
		if err := s.writeIOErrorMark(cause); err != nil {
			s.log.Error("the next start will not check the database by itself; run harmonium doctor", "error", err)
		}
		close(s.dead)
	})
}

// writeIOErrorMark leaves word for the next Open. It may fail, on the disk that has just failed.
func (s *Store) writeIOErrorMark(cause error) error {
	f, err := os.OpenFile(s.path(ioErrorFile), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%s %v\n", s.clock().UTC().Format(timeLayout), cause)
	return errors.Join(err, f.Sync(), f.Close(), syncDir(s.dir))
}

// lostFileError says that a file of the database is not where it was opened.
type lostFileError struct{ err error }

func (e *lostFileError) Error() string { return "the database was moved or deleted: " + e.err.Error() }
func (e *lostFileError) Unwrap() error { return e.err }

// code gives the extended result code of SQLite that err carries, 0 when it carries none.
func code(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

// primary gives the primary result code of SQLite that err carries, 0 when it carries none.
func primary(err error) int { return code(err) & 0xff }

// endsTransaction says whether SQLite may have rolled back the whole transaction with this error
// (sqlite.org/lang_transaction.html, "Response to errors"), or it is one after which it should not go on.
func endsTransaction(err error) bool {
	switch primary(err) {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_BUSY,
		sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_INTERRUPT:
		return true
	}
	return isDamage(err)
}

// isDamage says whether err means that the disk or the file cannot be trusted any more. A damaged search index is
// not that: it can be built again.
func isDamage(err error) bool {
	switch c := code(err); c & 0xff {
	case sqlite3.SQLITE_IOERR:
		return !isFull(err)
	case sqlite3.SQLITE_CORRUPT:
		return c != sqlite3.SQLITE_CORRUPT_VTAB
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
		return true
	}
	var lost *lostFileError
	return errors.As(err, &lost)
}

// isFull says whether err means that the disk is full. Where SQLite cannot make its shared-memory file larger it
// reports an I/O error of a kind of its own; nothing was written then.
func isFull(err error) bool {
	c := code(err)
	return c&0xff == sqlite3.SQLITE_FULL || c == sqlite3.SQLITE_IOERR_SHMSIZE
}

// writeError turns an error of the write connection into what the caller gets, and stops the store where it has to.
func (s *Store) writeError(err error) error {
	switch {
	case err == nil:
		return nil
	case isDamage(err):
		s.fail(err)
		return s.failure.Load().refusal()
	}
	return outward(err)
}

// readError does the same for a read. A damaged page is reported and does not stop those who do not need it.
func (s *Store) readError(err error) error {
	if err == nil {
		return nil
	}
	if primary(err) == sqlite3.SQLITE_IOERR && !isFull(err) {
		s.fail(err)
		return s.failure.Load().refusal()
	}
	if p := primary(err); p == sqlite3.SQLITE_NOTADB || p == sqlite3.SQLITE_CORRUPT {
		s.log.Error("the database may be damaged; run harmonium doctor", "error", err)
	}
	return outward(err)
}

// openError is writeError for the time before the store is open.
func (s *Store) openError(err error) error {
	if p := primary(err); p == sqlite3.SQLITE_CANTOPEN || p == sqlite3.SQLITE_READONLY {
		return &appliance.Error{
			Code: appliance.CodeStorage,
			Message: fmt.Sprintf("The database in %s cannot be opened for writing. Make the directory and its files "+
				"writable for the account that runs harmonium, then start again.", s.dir),
			Err: err,
		}
	}
	return outward(err)
}

// outward gives err the code and the words that a person needs, where it has none yet.
func outward(err error) error {
	var e *appliance.Error
	switch p := primary(err); {
	case isFull(err):
		return &appliance.Error{
			Code: appliance.CodeStorage,
			Message: "The disk is full. Nothing was changed. Free some space, or delete sessions that are no longer " +
				"needed, then try again.",
			Err: err,
		}
	case errors.As(err, &e):
		return err
	case p == sqlite3.SQLITE_BUSY, p == sqlite3.SQLITE_LOCKED, p == sqlite3.SQLITE_PROTOCOL, p == sqlite3.SQLITE_NOMEM:
		return &appliance.Error{
			Code:       appliance.CodeBusy,
			Message:    "The database is busy. Nothing was changed; please try again in a moment.",
			RetryAfter: 1,
			Err:        err,
		}
	case p == sqlite3.SQLITE_TOOBIG:
		return &appliance.Error{
			Code:    appliance.CodeTooLarge,
			Message: "This is larger than the database can hold. Nothing was saved.",
			Err:     err,
		}
	case errors.Is(err, sql.ErrNoRows):
		// A net below notFound. Within the package the cause can still be asked for.
		return &appliance.Error{Code: appliance.CodeNotFound, Message: noSuch("entry"), Err: err}
	}
	return err
}

func errClosed() error {
	return &appliance.Error{
		Code:       appliance.CodeBusy,
		Message:    "The box is shutting down. Nothing was changed; please try again in a minute.",
		RetryAfter: 5,
	}
}

// notFound turns sql.ErrNoRows into an appliance.Error of CodeNotFound that names what is not there ("session");
// other errors and nil pass.
func notFound(err error, what string) error {
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	return &appliance.Error{Code: appliance.CodeNotFound, Message: noSuch(what)}
}

func noSuch(what string) string {
	return fmt.Sprintf("There is no such %s. It may have been deleted.", what)
}

// isUnique says whether err means that a value that must be unique is there already.
func isUnique(err error) bool {
	switch code(err) {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return true
	}
	return false
}

// isForeignKey says whether err means that something referred to is not there, or that something still refers to what
// was to go.
func isForeignKey(err error) bool { return code(err) == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY }

// isConstraint says whether err is any constraint of the schema: unique, foreign key, CHECK, NOT NULL, type.
func isConstraint(err error) bool { return primary(err) == sqlite3.SQLITE_CONSTRAINT }

// isInterrupted says whether err comes from a context that ended, before a statement or in the middle of it.
func isInterrupted(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		primary(err) == sqlite3.SQLITE_INTERRUPT
}
