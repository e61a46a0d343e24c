package store

import (
	"context"
	"time"
)

// Figures are counts over the whole box, for metrics and health pages.
type Figures struct {
	Turns         int // of participants, in all conversations that are kept
	Conversations int // that go on
	JobsWaiting   int
	JobsFailed    int
}

// Figures counts. It reads every conversation and job once: milliseconds at 10,000 of them.
func (s *Store) Figures(ctx context.Context) (f Figures, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		err := tx.QueryRow(`SELECT coalesce(sum(turns), 0), coalesce(sum(state = 'active'), 0) FROM conversations`).
			Scan(&f.Turns, &f.Conversations)
		if err != nil {
			return err
		}
		return tx.QueryRow(`SELECT coalesce(sum(state = 'queued'), 0), coalesce(sum(state = 'failed'), 0) FROM jobs`).
			Scan(&f.JobsWaiting, &f.JobsFailed)
	})
	return f, err
}

// Talking counts the conversations that go on and in which somebody has spoken within a stretch of time.
func (s *Store) Talking(ctx context.Context, within time.Duration) (n int, err error) {
	since := ms(s.clock().Add(-within))
	err = s.read(ctx, func(tx *Tx) error {
		return tx.QueryRow(`SELECT count(*) FROM conversations WHERE state = 'active' AND last_turn_at >= ?`, since).Scan(&n)
	})
	return n, err
}

// Answers returns nil when the database is read and written to in time: a row is read, and a write that changes nothing
// takes its turn in a group commit. It costs no fsync.
func (s *Store) Answers(ctx context.Context) error {
	err := s.read(ctx, func(tx *Tx) error {
		var n int
		return tx.QueryRow(`SELECT count(*) FROM settings`).Scan(&n)
	})
	if err != nil {
		return err
	}
	return s.write(ctx, func(*Tx) error { return nil })
}
