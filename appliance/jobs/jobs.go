// Package jobs does the background work: it takes due jobs from the store, runs them, tries failed ones again and
// goes on with interrupted ones after a restart. What a kind of job does is registered by its owner; jobs of a kind
// must be able to run twice with the same outcome, because a job that was interrupted runs again from its beginning.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/live"
	"harmonium/appliance/store"
)

// Work does one job. It calls progress with the steps done so far and in all. An error has the job run again later,
// unless it is an *appliance.Error of CodeNotFound: then what the job was about is gone, and so is the job.
type Work func(ctx context.Context, job appliance.Job, progress func(done, total int)) error

// maxAttempts is how often a job is tried before it counts as failed; between tries it waits 1, 2, 4, … seconds.
const maxAttempts = 5

// keepEnded is how long ended jobs can be looked at.
const keepEnded = 30 * 24 * time.Hour

// Runner runs jobs.
type Runner struct {
	store *store.Store
	hub   *live.Hub
	clock appliance.Clock
	log   *slog.Logger
	work  map[appliance.JobKind]Work
	sweep []func(context.Context) error

	mu   sync.Mutex
	ends map[appliance.JobID]chan struct{} // closed when a job that somebody waits for has ended
}

// New makes a runner that has nothing to do yet.
func New(s *store.Store, hub *live.Hub, clock appliance.Clock, log *slog.Logger) *Runner {
	r := &Runner{store: s, hub: hub, clock: clock, log: log, work: map[appliance.JobKind]Work{},
		ends: map[appliance.JobID]chan struct{}{}}
	r.Sweep(r.forget)
	return r
}

// Register says what jobs of a kind do. All kinds are registered before Run.
func (r *Runner) Register(kind appliance.JobKind, w Work) { r.work[kind] = w }

// Sweep has fn run once a minute, to find work that nothing else has put on the queue. Registered before Run.
func (r *Runner) Sweep(fn func(context.Context) error) { r.sweep = append(r.sweep, fn) }

// Run works until ctx ends and returns when the running jobs have. workers jobs run at the same time.
func (r *Runner) Run(ctx context.Context, workers int) error {
	if err := r.store.RequeueInterrupted(ctx); err != nil {
		return fmt.Errorf("take up interrupted jobs: %w", err)
	}
	due := make(chan appliance.Job)
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for job := range due {
				r.do(ctx, job)
			}
		})
	}
	running.Go(func() { r.sweeping(ctx) })
	err := r.dispatch(ctx, due)
	close(due)
	running.Wait()
	return err
}

// dispatch takes due jobs and hands them to the workers. It sleeps until a job is put on the queue, the next one is
// due, or a worker has ended one that others had to wait for.
func (r *Runner) dispatch(ctx context.Context, due chan<- appliance.Job) error {
	for {
		job, ok, err := r.store.TakeJob(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return fmt.Errorf("take a job: %w", err)
		case ok:
			select {
			case due <- job:
			case <-ctx.Done():
				return nil // the job is still marked as running: the next start takes it up
			}
			continue
		}
		next, err := r.store.NextJobAt(ctx)
		if err != nil && ctx.Err() == nil {
			return fmt.Errorf("look for the next job: %w", err)
		}
		wait := time.Hour
		if !next.IsZero() {
			// At least a little: a due job that was not given waits for another one, whose end wakes us.
			wait = max(next.Sub(r.clock()), 50*time.Millisecond)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-r.store.JobsWaiting():
		case <-timer.C:
		}
		timer.Stop()
	}
}

func (r *Runner) do(ctx context.Context, job appliance.Job) {
	err := r.try(ctx, job)
	if ctx.Err() != nil {
		return // the server stops: the job stays marked as running and is taken up at the next start
	}
	switch {
	case err == nil:
		err = r.store.EndJob(ctx, job.ID, appliance.JobDone, "")
	case appliance.CodeOf(err) == appliance.CodeNotFound:
		err = r.store.EndJob(ctx, job.ID, appliance.JobCancelled, "What this was about has been deleted.")
	case job.Attempts >= maxAttempts:
		r.log.Error("job failed", "job", string(job.ID), "kind", string(job.Kind), "err", err)
		err = r.store.EndJob(ctx, job.ID, appliance.JobFailed, message(err))
	default:
		r.log.Warn("job will be tried again", "job", string(job.ID), "kind", string(job.Kind), "err", err)
		err = r.store.RetryJob(ctx, job.ID, r.clock().Add(time.Second<<(job.Attempts-1)))
		r.changed(ctx, job.ID)
		if err == nil {
			return
		}
	}
	if err != nil {
		r.log.Error("the end of a job could not be recorded", "job", string(job.ID), "err", err)
	}
	r.changed(ctx, job.ID)
	r.ended(job.ID)
}

// try runs a job and turns a panic in it into an error.
func (r *Runner) try(ctx context.Context, job appliance.Job) (err error) {
	defer func() {
		if v := recover(); v != nil {
			r.log.Error("panic in a job", "job", string(job.ID), "kind", string(job.Kind), "stack", string(debug.Stack()))
			err = errors.New("panic")
		}
	}()
	work, ok := r.work[job.Kind]
	if !ok {
		return appliance.Errorf(appliance.CodeUnprocessable, "This version of Harmonium does not know the work %s.", job.Kind)
	}
	return work(ctx, job, func(done, total int) {
		if err := r.store.NoteProgress(ctx, job.ID, done, total); err == nil {
			r.changed(ctx, job.ID)
		}
	})
}

// message is what people read of why a job failed.
func message(err error) string {
	var e *appliance.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return "Something went wrong on the box. Nothing that people said was lost. The log has the job's id."
}

// changed tells who looks at the session how the job stands. One that has become part of another job has ended.
func (r *Runner) changed(ctx context.Context, id appliance.JobID) {
	job, err := r.store.Job(ctx, id)
	if appliance.CodeOf(err) == appliance.CodeNotFound {
		r.ended(id)
	}
	if err != nil || job.SessionID == "" {
		return
	}
	r.hub.Publish(live.SessionTopic(job.SessionID), live.Event{
		Type: appliance.EventJobChanged, SessionID: job.SessionID, ConversationID: job.ConversationID, Job: &job,
	})
}

// Wait returns when a job has ended, or with the error of ctx. A job that is not there any more has ended.
func (r *Runner) Wait(ctx context.Context, id appliance.JobID) error {
	r.mu.Lock()
	end, ok := r.ends[id]
	if !ok {
		end = make(chan struct{})
		r.ends[id] = end
	}
	r.mu.Unlock()
	job, err := r.store.Job(ctx, id)
	switch {
	case appliance.CodeOf(err) == appliance.CodeNotFound:
		r.ended(id)
	case err != nil:
		return err
	case job.State != appliance.JobQueued && job.State != appliance.JobRunning:
		r.ended(id)
	}
	select {
	case <-end:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *Runner) ended(id appliance.JobID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if end, ok := r.ends[id]; ok {
		close(end)
		delete(r.ends, id)
	}
}

// sweeping runs what was registered with Sweep, and forgets old jobs.
func (r *Runner) sweeping(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		for _, fn := range r.sweep {
			if err := fn(ctx); err != nil && ctx.Err() == nil {
				r.log.Error("sweep", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (r *Runner) forget(ctx context.Context) error {
	return r.store.ForgetJobs(ctx, r.clock().Add(-keepEnded))
}
