package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"harmonium/appliance"
)

// enqueue puts a job on the queue as part of a write. When the same work waits already, it stays one job and keeps
// its time; its id is given. SessionID and ConversationID may be "" for work on the whole box or session.
func (s *Store) enqueue(tx *Tx, kind appliance.JobKind, session appliance.SessionID,
	conversation appliance.ConversationID, runAt time.Time,
) (appliance.JobID, error) {
	id := appliance.NewJobID()
	err := tx.QueryRow(`
		INSERT INTO jobs (id, kind, session_id, conversation_id, state, attempts, done, total, message, run_at, created_at)
		VALUES (?, ?, nullif(?, ''), nullif(?, ''), 'queued', 0, 0, 0, '', ?, ?)
		ON CONFLICT (kind, coalesce(conversation_id, session_id, '')) WHERE state = 'queued'
			DO UPDATE SET run_at = min(run_at, excluded.run_at)
		RETURNING id`,
		id, kind, session, conversation, ms(runAt), ms(s.clock())).Scan(&id)
	if err != nil {
		return "", fmt.Errorf("enqueue %s: %w", kind, err)
	}
	// The signal may come before the commit: whoever takes it has to write, and that waits for this write.
	select {
	case s.jobsWaiting <- struct{}{}:
	default:
	}
	return id, nil
}

// Enqueue puts a job on the queue. See enqueue.
func (s *Store) Enqueue(ctx context.Context, kind appliance.JobKind, session appliance.SessionID,
	conversation appliance.ConversationID,
) (id appliance.JobID, err error) {
	err = s.write(ctx, func(tx *Tx) error {
		id, err = s.enqueue(tx, kind, session, conversation, s.clock())
		return err
	})
	return id, err
}

// JobsWaiting gets a value after jobs were put on the queue. Several may be told as one.
func (s *Store) JobsWaiting() <-chan struct{} { return s.jobsWaiting }

const jobColumns = `id, kind, coalesce(session_id, ''), coalesce(conversation_id, ''), state, attempts, done, total,
	message, run_at, created_at, finished_at`

func scanJob(row interface{ Scan(...any) error }) (j appliance.Job, err error) {
	err = row.Scan(&j.ID, &j.Kind, &j.SessionID, &j.ConversationID, &j.State, &j.Attempts, &j.Done, &j.Total,
		&j.Message, toTime(&j.RunAt), toTime(&j.CreatedAt), toTime(&j.FinishedAt))
	return j, err
}

// dueJobs are the queued jobs whose time has come (parameters: now, now). The report of a session waits for the
// digests that it would otherwise be made without.
const dueJobs = ` FROM jobs WHERE state = 'queued' AND run_at <= ? AND NOT (kind = 'report' AND EXISTS (
		SELECT 1 FROM jobs AS d WHERE d.session_id = jobs.session_id AND d.kind = 'digest'
			AND (d.state = 'running' OR d.state = 'queued' AND d.run_at <= ?)))
	ORDER BY run_at, created_at LIMIT 1`

// TakeJob marks the next due job as running and gives it; false when none is due.
func (s *Store) TakeJob(ctx context.Context) (j appliance.Job, ok bool, err error) {
	now := ms(s.clock())
	var due bool
	err = s.read(ctx, func(tx *Tx) error {
		return tx.QueryRow(`SELECT EXISTS (SELECT 1`+dueJobs+`)`, now, now).Scan(&due)
	})
	if err != nil || !due {
		return j, false, err
	}
	err = s.write(ctx, func(tx *Tx) error {
		j, err = scanJob(tx.QueryRow(`UPDATE jobs SET state = 'running', attempts = attempts + 1, done = 0, total = 0
			WHERE id = (SELECT id`+dueJobs+`) RETURNING `+jobColumns, now, now))
		ok = err == nil
		if errors.Is(err, sql.ErrNoRows) { // another worker was faster
			return nil
		}
		return err
	})
	return j, ok && err == nil, err
}

// NextJobAt gives the time at which the next queued job is due; the zero time when none is queued.
func (s *Store) NextJobAt(ctx context.Context) (at time.Time, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		return tx.QueryRow(`SELECT min(run_at) FROM jobs WHERE state = 'queued'`).Scan(toTime(&at))
	})
	return at, err
}

// NoteProgress records how far a running job is.
func (s *Store) NoteProgress(ctx context.Context, id appliance.JobID, done, total int) error {
	return s.write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`UPDATE jobs SET done = ?, total = ? WHERE id = ? AND state = 'running'`, done, total, id)
		return err
	})
}

// EndJob records how a running job ended: JobDone, JobFailed or JobCancelled, with a sentence for people where it
// failed.
func (s *Store) EndJob(ctx context.Context, id appliance.JobID, state appliance.JobState, message string) error {
	return s.write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`UPDATE jobs SET state = ?, message = ?, finished_at = ? WHERE id = ? AND state = 'running'`,
			state, message, ms(s.clock()), id)
		return err
	})
}

// RetryJob puts a running job back on the queue, due at runAt. When the same work waits there already, the job ends.
func (s *Store) RetryJob(ctx context.Context, id appliance.JobID, runAt time.Time) error {
	return s.write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`UPDATE OR IGNORE jobs SET state = 'queued', run_at = ? WHERE id = ? AND state = 'running'`,
			ms(runAt), id)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`DELETE FROM jobs WHERE id = ? AND state = 'running'`, id)
		return err
	})
}

// RequeueInterrupted puts every job that was running when the process ended back on the queue.
func (s *Store) RequeueInterrupted(ctx context.Context) error {
	return s.write(ctx, func(tx *Tx) error {
		if _, err := tx.Exec(`UPDATE OR IGNORE jobs SET state = 'queued' WHERE state = 'running'`); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM jobs WHERE state = 'running'`)
		return err
	})
}

// ForgetJobs deletes jobs that ended before a time.
func (s *Store) ForgetJobs(ctx context.Context, before time.Time) error {
	return s.write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`DELETE FROM jobs WHERE state IN ('done', 'failed', 'cancelled') AND finished_at < ?`, ms(before))
		return err
	})
}

// Job gives one job; CodeNotFound when it is not there.
func (s *Store) Job(ctx context.Context, id appliance.JobID) (j appliance.Job, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		j, err = scanJob(tx.QueryRow(`SELECT `+jobColumns+` FROM jobs WHERE id = ?`, id))
		return notFound(err, "job")
	})
	return j, err
}

// Jobs gives the newest jobs of a session, at most limit.
func (s *Store) Jobs(ctx context.Context, session appliance.SessionID, limit int) (list []appliance.Job, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		rows, err := tx.Query(`SELECT `+jobColumns+` FROM jobs WHERE session_id = ?
			ORDER BY created_at DESC, id LIMIT ?`, session, limit)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			j, err := scanJob(rows)
			if err != nil {
				return err
			}
			list = append(list, j)
		}
		return rows.Err()
	})
	return list, err
}

// JobCounts says how many jobs of a session wait, run, and have failed last.
type JobCounts struct{ Waiting, Running, Failed int }

// CountJobs counts the jobs of a session that make its results. A failed one counts until the same work was done
// again.
func (s *Store) CountJobs(ctx context.Context, session appliance.SessionID) (n JobCounts, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		return tx.QueryRow(`SELECT
				coalesce(sum(state = 'queued'), 0), coalesce(sum(state = 'running'), 0),
				coalesce(sum(state = 'failed' AND NOT EXISTS (SELECT 1 FROM jobs AS later
					WHERE later.session_id = jobs.session_id AND later.kind = jobs.kind AND later.state = 'done'
						AND later.conversation_id IS jobs.conversation_id AND later.created_at > jobs.created_at)), 0)
			FROM jobs WHERE session_id = ? AND kind IN ('digest', 'report')`, session).
			Scan(&n.Waiting, &n.Running, &n.Failed)
	})
	return n, err
}
