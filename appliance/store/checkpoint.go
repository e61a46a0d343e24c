package store

import (
	"context"
	"sync/atomic"
	"time"
)

// Checkpoints move the write-ahead log into the database. SQLite would do it by itself after a commit, while the
// writer waits, and would not report an I/O error. Here a second connection moves the bulk while writes go on; then
// the writer moves the few pages that came in the meantime, between two groups, so that the next write starts the log
// from its beginning again.

const (
	// checkpointPages of 4 KiB, 16 MiB, are written between two checkpoints: large enough that a page that changes
	// often is moved once instead of many times, small enough that a start after SIGKILL goes through the log in a
	// few milliseconds.
	checkpointPages = 4096

	// logAlarm is the size in bytes from which a log that cannot be emptied is reported. It is also what SQLite cuts
	// the file back to (journal_size_limit).
	logAlarm = 64 << 20

	// alarmEvery bounds how often it is reported.
	alarmEvery = time.Minute
)

// checkpointer is the goroutine that moves the bulk.
type checkpointer struct {
	s         *Store
	conn      *conn
	wake      chan struct{} // holds one token while a checkpoint is wanted
	quit      chan struct{}
	stopped   chan struct{}
	lastAlarm time.Time
	done      atomic.Int64
}

func newCheckpointer(ctx context.Context, s *Store) (*checkpointer, error) {
	c, err := newConn(ctx, s.writeDB)
	if err != nil {
		return nil, err
	}
	return &checkpointer{
		s: s, conn: c, wake: make(chan struct{}, 1), quit: make(chan struct{}), stopped: make(chan struct{}),
	}, nil
}

// ask wants a checkpoint soon. It never waits.
func (k *checkpointer) ask() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// stop ends the goroutine after the checkpoint that it is at.
func (k *checkpointer) stop() {
	close(k.quit)
	<-k.stopped
}

func (k *checkpointer) run() {
	defer close(k.stopped)
	for {
		select {
		case <-k.quit:
			return
		case <-k.wake:
		}
		if k.s.Failed() != nil {
			return
		}
		k.move()
	}
}

func (k *checkpointer) move() {
	if _, err := checkpoint(k.conn, "PASSIVE"); err != nil {
		k.report(err)
		return
	}
	var st logState
	err := k.s.alone(context.Background(), func(c *conn) (err error) {
		st, err = checkpoint(c, "PASSIVE")
		return err
	})
	if err != nil {
		k.report(err)
		return
	}
	k.done.Add(1)
	k.alarm(st)
}

// report logs a checkpoint that failed. Nothing is lost by it: what was acknowledged is in the log. An I/O error ends
// the store all the same, because the next one might not be noticed.
func (k *checkpointer) report(err error) {
	if err = k.s.writeError(err); k.s.Failed() == nil {
		k.s.log.Warn("the write-ahead log could not be moved into the database; it will be tried again", "error", err)
	}
}

// alarm reports a log that grows because a reader holds on to an old state of the database.
func (k *checkpointer) alarm(st logState) {
	size := k.s.walSize()
	if size <= logAlarm || st.moved >= st.pages {
		return
	}
	now := k.s.clock()
	if !k.lastAlarm.IsZero() && now.Sub(k.lastAlarm).Abs() < alarmEvery {
		return
	}
	k.lastAlarm = now
	k.s.log.Warn("the write-ahead log grows: a long read keeps it from being emptied",
		"bytes", size, "pages", st.pages, "pages_moved", st.moved)
}
