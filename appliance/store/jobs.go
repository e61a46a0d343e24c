package store

import (
	"context"
	"fmt"
	"time"

	"harmonium/appliance"
)

// enqueue puts a job on the queue as part of a write. When the same work waits already, it stays one job and is due at
// the earlier of the two times; its id is given. session and conversation may be "" for work on the whole box or
// session.
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
	if isForeignKey(err) {
		return "", appliance.Errorf(appliance.CodeNotFound, "This has been deleted. There is nothing left to work on.")
	} else if err != nil {
		return "", fmt.Errorf("enqueue %s: %w", kind, err)
	}
	s.wakeJobs()
	return id, nil
}

// wakeJobs tells who takes jobs to look again. It may be called before the commit: whoever looks has to write, and
// that waits for the write under way.
func (s *Store) wakeJobs() {
	select {
	case s.jobsWaiting <- struct{}{}:
	default:
	}
}

// Enqueue puts a job on the queue, due now. The same work waits only once: then the id is that of the job that waits
// already. It gives CodeNotFound when the session or conversation is not there.
func (s *Store) Enqueue(ctx context.Context, kind appliance.JobKind, session appliance.SessionID,
	conversation appliance.ConversationID,
) (id appliance.JobID, err error) {
	err = s.write(ctx, func(tx *Tx) error {
		id, err = s.enqueue(tx, kind, session, conversation, s.clock())
		return err
	})
	return id, err
}

// JobsWaiting gets a value whenever it may have become possible to take a job: one was put on the queue, or one that
// others had to wait for has ended. Several may be told as one.
func (s *Store) JobsWaiting() <-chan struct{} { return s.jobsWaiting }

const jobColumns = `id, kind, coalesce(session_id, ''), coalesce(conversation_id, ''), state, attempts, done, total,
	message, run_at, created_at, finished_at`

func scanJob(row interface{ Scan(...any) error }) (j appliance.Job, err error) {
	err = row.Scan(&j.ID, &j.Kind, &j.SessionID, &j.ConversationID, &j.State, &j.Attempts, &j.Done, &j.Total,
		&j.Message, toTime(&j.RunAt), toTime(&j.CreatedAt), toTime(&j.FinishedAt))
	return j, err
}

// dueJobs are the queued jobs that can be taken at time ?1, the one that waits longest first. A job made in the future
// is due: the clock was set back. The same work is not done twice at the same time, and the report of a session waits
// for the digests that it would otherwise be made without. A model reads one session at a time, and after the rules,
// which are quick: it may take hours. Insight questions are put one session at a time for the same reason, and one recording is
// transcribed at a time.
const dueJobs = ` FROM jobs
	WHERE state = 'queued' AND (run_at <= ?1 OR created_at > ?1)
		AND NOT EXISTS (SELECT 1 FROM jobs AS r WHERE r.state = 'running' AND r.kind = jobs.kind
			AND coalesce(r.conversation_id, r.session_id, '') = coalesce(jobs.conversation_id, jobs.session_id, ''))
		AND NOT (kind = 'report' AND EXISTS (SELECT 1 FROM jobs AS d
			WHERE d.session_id = jobs.session_id AND d.kind = 'digest' AND d.state IN ('queued', 'running')
				AND (d.state = 'running' OR d.run_at <= ?1)))
		AND NOT (kind = 'read' AND (
			EXISTS (SELECT 1 FROM jobs AS r WHERE r.kind = 'read' AND r.state = 'running')
			OR EXISTS (SELECT 1 FROM jobs AS d WHERE d.session_id = jobs.session_id AND d.kind IN ('digest', 'report')
				AND d.state IN ('queued', 'running') AND (d.state = 'running' OR d.run_at <= ?1))))
		AND NOT (kind IN ('insights', 'transcribe') AND EXISTS (SELECT 1 FROM jobs AS r WHERE r.kind = jobs.kind AND r.state = 'running'))
	ORDER BY run_at, created_at LIMIT 1`

// TakeJob marks the next due job as running and gives it; false when none can be taken now. It looks in the order of
// writes and never in a read: whoever was woken by a job (see wakeJobs) would otherwise not see it before its commit,
// and sleep on. Finding nothing writes nothing.
func (s *Store) TakeJob(ctx context.Context) (j appliance.Job, ok bool, err error) {
	now := ms(s.clock())
	err = s.write(ctx, func(tx *Tx) error {
		j, err = scanJob(tx.QueryRow(`UPDATE jobs SET state = 'running', attempts = attempts + 1, done = 0, total = 0
			WHERE id = (SELECT id`+dueJobs+`) RETURNING `+jobColumns, now))
		ok, err = found(err)
		return err
	})
	return j, ok && err == nil, err
}

// NextJobAt gives the time at which the next job becomes due that is not due now; the zero time when there is none.
func (s *Store) NextJobAt(ctx context.Context) (at time.Time, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		return tx.QueryRow(`SELECT min(run_at) FROM jobs WHERE state = 'queued' AND run_at > ?`, ms(s.clock())).
			Scan(toTime(&at))
	})
	return at, err
}

// NoteProgress records how far a running job is. It says false of one that does not run any more: somebody has stopped it.
func (s *Store) NoteProgress(ctx context.Context, id appliance.JobID, done, total int) (going bool, err error) {
	err = s.write(ctx, func(tx *Tx) error {
		res, err := tx.Exec(`UPDATE jobs SET done = ?, total = ? WHERE id = ? AND state = 'running'`, done, total, id)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		going = n > 0
		return err
	})
	return going, err
}

// stopped is what a job says that somebody has stopped.
const stopped = "This was stopped. What was done until then is kept."

// StopJob stops the reading of a session by a model, for as long as nobody asks for its results. One that has ended stays as
// it is. It fails with CodeConflict for other work, and with CodeNotFound for what is not of the session.
func (s *Store) StopJob(ctx context.Context, session appliance.SessionID, id appliance.JobID) (j appliance.Job, err error) {
	now := s.clock()
	err = s.write(ctx, func(tx *Tx) error {
		j, err = scanJob(tx.QueryRow(`SELECT `+jobColumns+` FROM jobs WHERE id = ? AND session_id = ?`, id, session))
		if err != nil {
			return notFound(err, "job")
		}
		if j.Kind != appliance.JobRead {
			return appliance.Errorf(appliance.CodeConflict, "Only the reading by a model can be stopped. Other work takes moments.")
		}
		if j.State != appliance.JobQueued && j.State != appliance.JobRunning {
			return nil
		}
		j.State, j.Message, j.FinishedAt = appliance.JobCancelled, stopped, now
		_, err = tx.Exec(`UPDATE jobs SET state = ?, message = ?, finished_at = ? WHERE id = ?`, j.State, j.Message, ms(now), id)
		s.wakeJobs()
		return err
	})
	return j, err
}

// readingStopped is the condition that somebody has stopped the reading of a session (s) and nobody has asked for it since.
const readingStopped = `coalesce((SELECT j.state FROM jobs AS j WHERE j.session_id = s.id AND j.kind = 'read'
	ORDER BY j.rowid DESC LIMIT 1), '') = 'cancelled'`

// ReadingStopped says whether somebody has stopped the reading of a session by a model, and nobody has asked for it since.
func (s *Store) ReadingStopped(ctx context.Context, session appliance.SessionID) (is bool, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		return notFound(tx.QueryRow(`SELECT `+readingStopped+` FROM sessions AS s WHERE s.id = ?`, session).Scan(&is), "session")
	})
	return is, err
}

// EndJob records how a running job ended: JobDone, JobFailed or JobCancelled, with a sentence for people where it did
// not succeed. A job that was deleted meanwhile has ended too.
func (s *Store) EndJob(ctx context.Context, id appliance.JobID, state appliance.JobState, message string) error {
	return s.write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`UPDATE jobs SET state = ?, message = ?, finished_at = ? WHERE id = ? AND state = 'running'`,
			state, message, ms(s.clock()), id)
		s.wakeJobs()
		return err
	})
}

// RetryJob puts a running job back on the queue, due at runAt. When the same work waits there already, that job stays
// and this one is gone.
func (s *Store) RetryJob(ctx context.Context, id appliance.JobID, runAt time.Time) error {
	return s.write(ctx, func(tx *Tx) error {
		return s.requeue(tx, ms(runAt), `id = ?`, id)
	})
}

// RequeueInterrupted puts every job that was running when the process ended back on the queue, due now.
func (s *Store) RequeueInterrupted(ctx context.Context) error {
	return s.write(ctx, func(tx *Tx) error {
		return s.requeue(tx, ms(s.clock()), `TRUE`)
	})
}

// requeue makes running jobs that meet a condition queued ones, except where the same work waits already.
func (s *Store) requeue(tx *Tx, runAt int64, where string, args ...any) error {
	_, err := tx.Exec(`UPDATE OR IGNORE jobs SET state = 'queued', run_at = ? WHERE state = 'running' AND `+where,
		append([]any{runAt}, args...)...)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`DELETE FROM jobs WHERE state = 'running' AND `+where, args...)
	s.wakeJobs()
	return err
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
			ORDER BY created_at DESC, rowid DESC LIMIT ?`, session, limit)
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

// JobCounts says how many jobs that make a session's results wait, run, and have failed. A failed one counts until the
// same work was done, or waits to be done again.
type JobCounts struct{ Waiting, Running, Failed int }

func jobCounts(tx *Tx, session appliance.SessionID) (n JobCounts, err error) {
	err = tx.QueryRow(`SELECT count(*) FILTER (WHERE state = 'queued'), count(*) FILTER (WHERE state = 'running'),
			count(*) FILTER (WHERE state = 'failed' AND NOT EXISTS (SELECT 1 FROM jobs AS later
				WHERE later.session_id = jobs.session_id AND later.kind = jobs.kind AND later.state <> 'failed'
					AND later.conversation_id IS jobs.conversation_id AND later.rowid > jobs.rowid))
		FROM jobs WHERE session_id = ? AND kind IN ('digest', 'report', 'read')`, session).
		Scan(&n.Waiting, &n.Running, &n.Failed)
	return n, err
}
