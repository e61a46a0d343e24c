package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"harmonium/appliance"
)

// readLimit ends a read. One that goes on for ever would keep the write-ahead log from being emptied, and with it
// what was deleted.
const readLimit = 10 * time.Second

// read runs fn in one read transaction: all its statements see the same moment of the database, which includes every
// write that was acknowledged before. It fails with CodeBusy after readLimit, and with the error of ctx when that
// ends first.
func (s *Store) read(ctx context.Context, fn func(tx *Tx) error) error {
	limited, cancel := context.WithTimeout(ctx, readLimit)
	defer cancel()
	err := s.readOnce(limited, fn)
	if err == nil || !isInterrupted(err) || limited.Err() == nil {
		return s.readError(err)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("read: %w", ctx.Err())
	}
	return &appliance.Error{
		Code:       appliance.CodeBusy,
		Message:    "This took too long and was stopped. Nothing was changed; please try again, or ask for less.",
		RetryAfter: 1,
		Err:        err,
	}
}

func (s *Store) readOnce(ctx context.Context, fn func(tx *Tx) error) (err error) {
	c, err := s.readers.take(ctx)
	if err != nil {
		return err
	}
	tx := &Tx{ctx: ctx, conn: c, purpose: purposeOf(ctx)}
	defer func() {
		tx.end()
		// A connection that does not come back to its rest is given up rather than used with an old snapshot.
		s.readers.give(c, c.exec("ROLLBACK"))
	}()
	if err := c.exec("BEGIN"); err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return err
	}
	return tx.broken
}

// lookUp reads the one row that query finds by its key; sql.ErrNoRows when there is none. A statement sees one moment
// of the database by itself and one that goes straight to a row cannot take long: it needs neither the transaction nor
// the limit of read, which together cost more than the row.
func (s *Store) lookUp(ctx context.Context, query string, args, dest []any) error {
	c, err := s.readers.take(ctx)
	if err != nil {
		return err
	}
	tx := &Tx{ctx: context.Background(), conn: c}
	err = tx.QueryRow(query, args...).Scan(dest...)
	tx.end()
	if errors.Is(err, sql.ErrNoRows) {
		s.readers.give(c, nil)
		return err
	}
	s.readers.give(c, err)
	return s.readError(err)
}

// readers are the read connections, opened when they are first needed.
type readers struct {
	db   *sql.DB
	free chan *conn // nil stands for one that is not open yet
	done chan struct{}
}

func newReaders(db *sql.DB, n int) *readers {
	r := &readers{db: db, free: make(chan *conn, n), done: make(chan struct{})}
	for range n {
		r.free <- nil
	}
	return r
}

func (r *readers) take(ctx context.Context) (*conn, error) {
	select {
	case <-r.done:
		return nil, errClosed()
	default:
	}
	select {
	case <-r.done:
		return nil, errClosed()
	case <-ctx.Done():
		return nil, ctx.Err()
	case c := <-r.free:
		if c != nil {
			return c, nil
		}
		c, err := newConn(ctx, r.db)
		if err != nil {
			r.free <- nil
			return nil, err
		}
		return c, nil
	}
}

// give takes c back; with an error of c it is closed, and a new one is opened when it is needed.
func (r *readers) give(c *conn, err error) {
	if err != nil {
		_ = c.sql.Raw(func(any) error { return driver.ErrBadConn }) // tells the pool not to use it again
		_ = c.close()
		c = nil
	}
	r.free <- c
}

// close refuses further reads and waits for those that run.
func (r *readers) close() {
	close(r.done)
	for range cap(r.free) {
		if c := <-r.free; c != nil {
			_ = c.close()
		}
	}
}
