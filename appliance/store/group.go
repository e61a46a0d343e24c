package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"modernc.org/sqlite"

	"harmonium/appliance"
)

// Group commit: one goroutine owns the one connection that writes. Whatever waits when it gets free runs in one
// transaction, each write in a savepoint of its own, and everybody is told after the COMMIT. The more there is to do,
// the more writes share one fsync.

// maxGroup and maxGroupTime bound how long the first write of a group waits for the others.
const (
	maxGroup     = 256
	maxGroupTime = 10 * time.Millisecond
)

// write runs fn in the next group commit and returns after the COMMIT: nil means that what fn wrote is on the disk.
// With an error nothing of it was kept: that of fn (only fn is undone, the others of its group stay), or one that
// kept the whole group from being committed (disk full, I/O error).
//
// fn runs on the writer's goroutine, alone. It must not wait for anything (no network, no other write, no channel),
// should end within a millisecond or two, and a long job is cut into several writes. A panic in fn undoes fn and goes
// on in the caller.
//
// When ctx ends before fn has its turn, fn never runs. Once it has begun, write waits for its outcome.
func (s *Store) write(ctx context.Context, fn func(tx *Tx) error) error {
	return s.submit(ctx, &request{fn: fn, done: make(chan struct{})})
}

// alone runs fn on the write connection between two groups, outside any transaction.
func (s *Store) alone(ctx context.Context, fn func(c *conn) error) error {
	return s.submit(ctx, &request{alone: fn, done: make(chan struct{})})
}

func (s *Store) submit(ctx context.Context, r *request) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	if f := s.failure.Load(); f != nil {
		return f.refusal()
	}
	if !s.queue.push(r) {
		return errClosed()
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		if r.state.CompareAndSwap(waiting, withdrawn) {
			return fmt.Errorf("write: %w", ctx.Err())
		}
		<-r.done
	}
	if r.panicked {
		panic(r.panicValue)
	}
	return r.err
}

// request is one write on its way. Its fields belong to the writer from the moment that the state is taken until done
// is closed, and to the caller after that.
type request struct {
	fn    func(*Tx) error
	alone func(*conn) error

	state      atomic.Int32
	err        error
	panicked   bool
	panicValue any
	done       chan struct{}
}

// The states of a request.
const (
	waiting   int32 = iota
	taken           // the writer runs it
	withdrawn       // the caller has gone
)

// queue holds the requests in the order in which they came. Its length is bounded by the number of callers, since
// each of them waits.
type queue struct {
	mu     sync.Mutex
	list   []*request
	closed bool
	wake   chan struct{} // holds one token while there may be something to do
}

// push appends r; false when the queue is closed.
func (q *queue) push(r *request) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.list = append(q.list, r)
	q.signal()
	return true
}

// take gives the next request that its caller still waits for and marks it taken; nil when there is none. With
// groupOnly it leaves a request that must run alone where it is, and gives nil.
func (q *queue) take(groupOnly bool) *request {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.list) > 0 {
		r := q.list[0]
		if groupOnly && r.alone != nil {
			return nil
		}
		q.list[0] = nil
		q.list = q.list[1:]
		if r.state.CompareAndSwap(waiting, taken) {
			return r
		}
	}
	return nil
}

// wait blocks until there may be something to do; false when the queue is closed and empty.
func (q *queue) wait() bool {
	<-q.wake
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		q.signal()
	}
	return len(q.list) > 0 || !q.closed
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.signal()
}

func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.list)
}

// writer is the goroutine that owns the write connection.
type writer struct {
	s       *Store
	conn    *conn
	files   []openFile            // what must still be there when a write is acknowledged
	members []*request            // of the present group
	late    []string              // see Tx.AtCommit
	touched []appliance.SessionID // by the present group: see kept.go
	rights  []appliance.AccountID // see Tx.changesRights
	timer   *time.Timer
	stopped chan struct{}

	pages   int  // written to the log since the last checkpoint was asked for
	named   bool // the names of the files are on the disk
	writes  atomic.Int64
	commits atomic.Int64
	refused atomic.Int64
}

// openFile is a file as it was when it was opened.
type openFile struct {
	path string
	info os.FileInfo
}

func newWriter(ctx context.Context, s *Store) (*writer, error) {
	c, err := newConn(ctx, s.writeDB)
	if err != nil {
		return nil, err
	}
	if err := watch(c); err != nil {
		return nil, errors.Join(err, c.close())
	}
	w := &writer{s: s, conn: c, timer: time.NewTimer(maxGroupTime), stopped: make(chan struct{})}
	// An empty transaction makes SQLite open the write-ahead log, which is then there until Close.
	if err := errors.Join(c.exec("BEGIN IMMEDIATE"), c.exec("COMMIT")); err != nil {
		return nil, errors.Join(err, c.close())
	}
	for _, name := range []string{databaseFile, databaseFile + "-wal"} {
		info, err := os.Stat(s.path(name))
		if err != nil {
			return nil, errors.Join(err, c.close())
		}
		w.files = append(w.files, openFile{s.path(name), info})
	}
	return w, nil
}

func (w *writer) run() {
	defer close(w.stopped)
	for w.s.queue.wait() {
		for r := w.s.queue.take(false); r != nil; r = w.s.queue.take(false) {
			switch f := w.s.failure.Load(); {
			case f != nil:
				r.err = f.refusal()
				w.answer(r)
			case r.alone != nil:
				w.guard(r, func() error { return r.alone(w.conn) })
				r.err = w.s.writeError(r.err)
				w.answer(r)
			default:
				w.group(r)
			}
		}
	}
}

// group runs first and whatever else waits in one transaction, and answers all of them.
func (w *writer) group(first *request) {
	w.members = append(w.members[:0], first)
	w.late, w.rights = w.late[:0], w.rights[:0]
	err := w.conn.exec("BEGIN IMMEDIATE")
	if err == nil {
		w.timer.Reset(maxGroupTime)
		for r := first; r != nil && err == nil; r = w.next() {
			if r != first {
				w.members = append(w.members, r)
			}
			err = w.member(r)
		}
		if err == nil {
			err = w.commit()
		}
		if err != nil {
			// SQLite may have rolled back by itself already; then this fails and is not needed.
			_ = w.conn.exec("ROLLBACK")
		}
	}
	if err == nil {
		w.s.kept.forget(w.touched)
		err = w.checkFiles()
	}
	if err == nil {
		err = w.keepNames()
	}
	if err != nil {
		err = w.s.writeError(err)
		for _, r := range w.members {
			r.err = err
		}
	} else {
		w.commits.Add(1)
		w.countPages()
	}
	if len(w.rights) > 0 { // also after an error, since the COMMIT may have come before it
		w.s.callers.forget() // before anybody asks again who somebody is
		w.s.rights.change(w.rights)
	}
	for i, r := range w.members {
		w.answer(r)
		w.members[i] = nil
	}
}

// next gives the next member of the present group, nil when it is full.
func (w *writer) next() *request {
	if len(w.members) >= maxGroup {
		return nil
	}
	select {
	case <-w.timer.C:
		return nil
	default:
	}
	if r := w.s.queue.take(true); r != nil {
		return r
	}
	// Those who were answered a moment ago may be about to write again. Letting them run costs a microsecond and
	// makes groups larger than only by chance.
	runtime.Gosched()
	return w.s.queue.take(true)
}

// member runs one write in its savepoint. Its own error is left in the request; the error returned is one after which
// the transaction cannot go on.
func (w *writer) member(r *request) error {
	if err := w.conn.exec("SAVEPOINT member"); err != nil {
		return err
	}
	tx := &Tx{ctx: context.Background(), conn: w.conn, late: &w.late, rights: &w.rights}
	late, rights := len(w.late), len(w.rights)
	w.guard(r, func() error { return r.fn(tx) })
	tx.end()
	if tx.broken != nil {
		return tx.broken
	}
	if r.err == nil && !r.panicked {
		return w.conn.exec("RELEASE member")
	}
	r.err = outward(r.err)
	w.late, w.rights = w.late[:late], w.rights[:rights]
	if err := w.conn.exec("ROLLBACK TO member"); err != nil {
		return err
	}
	return w.conn.exec("RELEASE member")
}

// guard runs fn and keeps its error or panic in r.
func (w *writer) guard(r *request, fn func() error) {
	defer func() {
		if v := recover(); v != nil {
			r.panicked, r.panicValue = true, v
			// The value goes on in the caller; the stack would be lost.
			w.s.log.Error("a write panicked and was undone", "stack", string(debug.Stack()))
		}
	}()
	r.err = fn()
}

func (w *writer) commit() (err error) {
	for _, query := range w.late {
		if err := w.conn.exec(query); err != nil {
			return err
		}
	}
	if w.touched, err = touched(&Tx{ctx: context.Background(), conn: w.conn}); err != nil {
		return err
	}
	return w.conn.exec("COMMIT")
}

func (w *writer) answer(r *request) {
	switch {
	case r.err != nil || r.panicked:
		w.refused.Add(1)
	case r.fn != nil:
		w.writes.Add(1)
	}
	close(r.done)
}

// checkFiles makes sure that what was just written can be found again. A database that was moved away or deleted
// under a running server takes writes without complaint until the server stops, and then all of them are gone.
func (w *writer) checkFiles() error {
	for _, f := range w.files {
		info, err := os.Stat(f.path)
		if err != nil {
			return &lostFileError{err}
		}
		if !os.SameFile(info, f.info) {
			return &lostFileError{fmt.Errorf("%s was replaced", f.path)}
		}
	}
	return nil
}

// keepNames makes the names of the files survive a power cut before the first write is acknowledged. It waits for
// whatever else is being written to the disk, which after a crash is much, and a start should not.
func (w *writer) keepNames() error {
	if w.named {
		return nil
	}
	if err := syncDir(w.s.dir); err != nil {
		return &lostFileError{err}
	}
	w.named = true
	return nil
}

// countPages asks for a checkpoint when enough has been written to the log.
func (w *writer) countPages() {
	_ = w.conn.sql.Raw(func(dc any) error {
		n, _, err := dc.(sqlite.DBStatus).Status(sqlite.DBStatusCacheWrite, true)
		w.pages += n
		return err
	})
	if w.pages >= checkpointPages {
		w.pages = 0
		w.s.checkpoints.ask()
	}
}

// logState is the answer of PRAGMA wal_checkpoint.
type logState struct {
	busy  bool // a reader or writer kept it from finishing
	pages int  // in the log
	moved int  // of them, now also in the database
}

// checkpoint moves what is in the write-ahead log into the database: mode PASSIVE waits for nobody, TRUNCATE empties
// the log and waits as long as the busy timeout of c says.
func checkpoint(c *conn, mode string) (logState, error) {
	var st logState
	rows, err := c.sql.QueryContext(context.Background(), "PRAGMA wal_checkpoint("+mode+")")
	if err != nil {
		return st, err
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return st, err
		}
		return st, sql.ErrNoRows
	}
	if err := rows.Scan(&st.busy, &st.pages, &st.moved); err != nil {
		return st, err
	}
	return st, rows.Close()
}

// truncateLog empties the write-ahead log after the last write.
func (w *writer) truncateLog() error {
	st, err := checkpoint(w.conn, "TRUNCATE")
	if err == nil && st.busy {
		err = errors.New("something still reads from it")
	}
	return err
}
