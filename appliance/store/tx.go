package store

import (
	"container/list"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"harmonium/appliance"
)

// maxStatements bounds the prepared statements that one connection keeps. The package has far fewer; only text that
// is put together for a filter could go over it.
const maxStatements = 256

// conn is one connection to the database with its prepared statements. Preparing costs modernc about as much as
// running a small statement, so nothing is prepared twice. A conn is used by one goroutine at a time.
type conn struct {
	sql    *sql.Conn
	byText map[string]*list.Element // of *statement
	recent *list.List               // the most recently used first
}

// statement is a prepared statement. It is busy while rows of it are open, and then cannot run a second time.
type statement struct {
	text string
	stmt *sql.Stmt
	busy bool
	kept bool // in the cache; otherwise closed after use
}

func newConn(ctx context.Context, db *sql.DB) (*conn, error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{sql: c, byText: make(map[string]*list.Element), recent: list.New()}, nil
}

// close gives the connection back to its pool, which closes it when the pool is closed.
func (c *conn) close() error {
	var errs []error
	for e := c.recent.Front(); e != nil; e = e.Next() {
		errs = append(errs, e.Value.(*statement).stmt.Close())
	}
	return errors.Join(append(errs, c.sql.Close())...)
}

// prepared gives a statement that is ready to run.
func (c *conn) prepared(text string) (*statement, error) {
	e := c.byText[text]
	if e != nil && !e.Value.(*statement).busy {
		c.recent.MoveToFront(e)
		return e.Value.(*statement), nil
	}
	stmt, err := c.sql.PrepareContext(context.Background(), text)
	if err != nil {
		return nil, err
	}
	st := &statement{text: text, stmt: stmt}
	if e != nil {
		return st, nil // the kept one is busy
	}
	st.kept = true
	c.byText[text] = c.recent.PushFront(st)
	if c.recent.Len() > maxStatements {
		c.forget(c.recent.Back())
	}
	return st, nil
}

// forget drops the statement from the cache; while it is busy it lives on until its rows are closed.
func (c *conn) forget(e *list.Element) {
	st := e.Value.(*statement)
	c.recent.Remove(e)
	delete(c.byText, st.text)
	st.kept = false
	if !st.busy {
		st.stmt.Close()
	}
}

func (st *statement) done() error {
	st.busy = false
	if st.kept {
		return nil
	}
	return st.stmt.Close()
}

// exec runs a statement outside Tx: BEGIN, SAVEPOINT, PRAGMA.
func (c *conn) exec(text string) error {
	st, err := c.prepared(text)
	if err != nil {
		return err
	}
	_, err = st.stmt.ExecContext(context.Background())
	return errors.Join(err, st.done())
}

// Tx is one transaction, or one savepoint of a group commit. It may be used only inside the function that it was
// given to, by the goroutine that runs it. Its methods keep prepared statements, so the text of a statement should be
// a constant with placeholders; values never belong into the text.
type Tx struct {
	ctx  context.Context
	conn *conn
	open []*Rows
	late *[]string // statements that the group runs before it commits; nil in a read

	purpose appliance.Restrictions // that forbid what is read is for, beside results: see uses.go

	rights *[]appliance.AccountID // whose rights the group may change: see changesRights; nil in a read

	// broken is the first error after which SQLite may have given up the whole transaction. Going on would run the
	// following statements outside any transaction, so there is no going on, also for a caller that drops the error.
	broken error
	ended  bool
}

var errEnded = errors.New("store: transaction used after its end")

func (tx *Tx) usable() error {
	if tx.ended {
		return errEnded
	}
	return tx.broken
}

func (tx *Tx) note(err error) error {
	if err != nil && endsTransaction(err) && tx.broken == nil {
		tx.broken = err
	}
	return err
}

// Exec runs a statement that gives no rows.
func (tx *Tx) Exec(query string, args ...any) (sql.Result, error) {
	if err := tx.usable(); err != nil {
		return nil, err
	}
	st, err := tx.conn.prepared(query)
	if err != nil {
		return nil, tx.note(err)
	}
	res, err := st.stmt.ExecContext(tx.ctx, args...)
	if err == nil {
		err = st.done()
	} else {
		st.done()
	}
	return res, tx.note(err)
}

// Query runs a statement that gives rows. They must be closed; those forgotten are closed when the transaction ends.
func (tx *Tx) Query(query string, args ...any) (*Rows, error) {
	if err := tx.usable(); err != nil {
		return nil, err
	}
	st, err := tx.conn.prepared(query)
	if err != nil {
		return nil, tx.note(err)
	}
	rows, err := st.stmt.QueryContext(tx.ctx, args...)
	if err != nil {
		st.done()
		return nil, tx.note(err)
	}
	st.busy = true
	r := &Rows{rows: rows, st: st, tx: tx}
	tx.open = append(tx.open, r)
	return r, nil
}

// QueryRow runs a statement of which one row is wanted. Scan gives sql.ErrNoRows when there is none (see notFound).
func (tx *Tx) QueryRow(query string, args ...any) *Row {
	rows, err := tx.Query(query, args...)
	return &Row{rows: rows, err: err}
}

// AtCommit has the group of this write run one statement without arguments, once, after all its members and before
// the COMMIT. It is for work that is much cheaper for many rows than for each: FTS5 writes one index segment for a
// hundred turns instead of a hundred. The statement must find out by itself what is to be done, since a member that
// asked for it may have been undone. If it fails, the whole group fails. It panics in a read.
func (tx *Tx) AtCommit(query string) {
	if tx.late == nil {
		panic("store: AtCommit in a read")
	}
	if !slices.Contains(*tx.late, query) {
		*tx.late = append(*tx.late, query)
	}
}

// end closes what fn left open and makes the Tx unusable.
func (tx *Tx) end() {
	for len(tx.open) > 0 {
		tx.open[len(tx.open)-1].Close()
	}
	tx.ended = true
}

// Rows are the rows of a query, in the manner of sql.Rows.
type Rows struct {
	rows   *sql.Rows
	st     *statement
	tx     *Tx
	closed bool
}

// Next moves to the next row; false at the end and on an error, which Err gives.
func (r *Rows) Next() bool { return r.rows.Next() }

// Scan copies the columns of the present row.
func (r *Rows) Scan(dest ...any) error { return r.tx.note(r.rows.Scan(dest...)) }

// Err gives the error that ended Next, if one did.
func (r *Rows) Err() error { return r.tx.note(r.rows.Err()) }

// Close ends the query. Calling it again does nothing.
func (r *Rows) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	if i := slices.Index(r.tx.open, r); i >= 0 {
		r.tx.open = slices.Delete(r.tx.open, i, i+1)
	}
	err := r.rows.Close()
	return r.tx.note(errors.Join(err, r.st.done()))
}

// Row is the outcome of QueryRow.
type Row struct {
	rows *Rows
	err  error
}

// Scan copies the columns of the first row and ends the query.
func (r *Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return sql.ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		return fmt.Errorf("scan: %w", err)
	}
	return r.rows.Close()
}
