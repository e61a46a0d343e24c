// Package jobs does the background work: it takes due jobs from the store, runs them, tries failed ones again and
// goes on with interrupted ones after a restart. What a kind of job does is registered by its owner; jobs of a kind
// must be able to run twice with the same outcome, because a job that was interrupted runs again from its beginning.
package jobs

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/live"
	"harmonium/appliance/store"
)

// Work does one job. It calls progress with the steps done so far and in all. An error has the job run again later,
// unless it is an *appliance.Error of CodeNotFound: then what the job was about is gone, and the job is cancelled.
// When ctx ends, Work returns soon, with any error; the job is taken up again at the next start.
type Work func(ctx context.Context, job appliance.Job, progress func(done, total int)) error

// maxAttempts is how often a job is tried before it counts as failed; between tries it waits 1, 2, 4, … seconds.
const maxAttempts = 5

// maxTakes is how often a job is begun at all, so that one that ends the whole process does not do so for ever.
const maxTakes = 20

// The waits of the runner itself.
const (
	// maxSleep is how long it sleeps at most before it looks for due jobs: the clock may have been set meanwhile.
	maxSleep = time.Minute
	// storeRetry is how long it waits before it asks a store again that refused, because the disk is full.
	storeRetry = 5 * time.Second
	// sweepEvery is the time between two runs of what was registered with Sweep.
	sweepEvery = time.Minute
	// keepEnded is how long ended jobs can be looked at.
	keepEnded = 30 * 24 * time.Hour
)

// Runner runs jobs.
type Runner struct {
	store *store.Store
	hub   *live.Hub
	clock appliance.Clock
	log   *slog.Logger
	work  map[appliance.JobKind]Work
	sweep []func(context.Context) error
}

// New makes a runner that has nothing to do yet.
func New(s *store.Store, hub *live.Hub, clock appliance.Clock, log *slog.Logger) *Runner {
	r := &Runner{store: s, hub: hub, clock: clock, log: log, work: map[appliance.JobKind]Work{}}
	r.Sweep(func(ctx context.Context) error { return s.ForgetJobs(ctx, clock().Add(-keepEnded)) })
	return r
}

// Register says what jobs of a kind do. All kinds are registered before Run.
func (r *Runner) Register(kind appliance.JobKind, w Work) { r.work[kind] = w }

// Sweep has fn run at the start and then once a minute, to find work that nothing else has put on the queue. It is
// registered before Run.
func (r *Runner) Sweep(fn func(context.Context) error) { r.sweep = append(r.sweep, fn) }

// Run works until ctx ends and returns when the running jobs have. At most workers jobs run at the same time. What the
// store refuses for now (a full disk) is tried again; a store that has failed for good ends nothing here, its owner
// has to end ctx.
func (r *Runner) Run(ctx context.Context, workers int) {
	r.insist(ctx, "take up interrupted jobs", r.store.RequeueInterrupted)
	var running sync.WaitGroup
	defer running.Wait()
	running.Go(func() { r.sweeping(ctx) })
	free := make(chan struct{}, workers)
	for ctx.Err() == nil {
		select {
		case free <- struct{}{}:
		case <-ctx.Done():
			return
		}
		job, ok := r.next(ctx)
		if !ok {
			return
		}
		running.Go(func() {
			defer func() { <-free }()
			r.do(ctx, job)
		})
	}
}

// next waits for a job that is due and takes it; false when ctx has ended.
func (r *Runner) next(ctx context.Context) (job appliance.Job, ok bool) {
	for ctx.Err() == nil {
		var at time.Time
		r.insist(ctx, "take a job", func(ctx context.Context) (err error) {
			if job, ok, err = r.store.TakeJob(ctx); err == nil && !ok {
				at, err = r.store.NextJobAt(ctx)
			}
			return err
		})
		if ok {
			return job, true
		}
		sleep := maxSleep
		if !at.IsZero() {
			sleep = min(max(at.Sub(r.clock()), time.Millisecond), maxSleep)
		}
		timer := time.NewTimer(sleep)
		select {
		case <-ctx.Done():
		case <-r.store.JobsWaiting():
		case <-timer.C:
		}
		timer.Stop()
	}
	return job, false
}

// insist does something with the store until it succeeds or ctx ends.
func (r *Runner) insist(ctx context.Context, what string, do func(context.Context) error) {
	for {
		err := do(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		r.log.Error("background work waits for the database", "to", what, "err", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(storeRetry):
		}
	}
}

// do runs a job and records how it ended. When the server stops, the job stays marked as running and is taken up at
// the next start.
func (r *Runner) do(ctx context.Context, job appliance.Job) {
	r.changed(job)
	going, stop := context.WithCancel(ctx)
	defer stop()
	var err error
	if job.Attempts > maxTakes {
		err = appliance.Errorf(appliance.CodeInternal, "This was interrupted %d times and is not tried again.", maxTakes)
	} else if err = r.try(going, job, stop); ctx.Err() != nil {
		return
	}
	attr := []any{"job", string(job.ID), "kind", string(job.Kind), "err", err}
	state, message := appliance.JobDone, ""
	switch {
	case err == nil:
	case going.Err() != nil: // somebody has stopped it, and that is recorded
		state = appliance.JobCancelled
	case appliance.CodeOf(err) == appliance.CodeNotFound:
		state, message = appliance.JobCancelled, "What this was about has been deleted."
	case job.Attempts >= maxAttempts:
		r.log.Error("job failed", attr...)
		state, message = appliance.JobFailed, messageOf(err)
	default:
		r.log.Warn("job will be tried again", attr...)
		state = appliance.JobQueued
	}
	r.insist(ctx, "record the end of a job", func(ctx context.Context) error {
		if state == appliance.JobQueued {
			return r.store.RetryJob(ctx, job.ID, r.clock().Add(time.Second<<(job.Attempts-1)))
		}
		return r.store.EndJob(ctx, job.ID, state, message)
	})
	r.reload(ctx, job.ID)
}

// try runs a job and turns a panic in it into an error. When it was stopped, stop is called as soon as it tells how far it is. What a panic says is not logged: it may quote what somebody
// wrote.
func (r *Runner) try(ctx context.Context, job appliance.Job, stop context.CancelFunc) (err error) {
	defer func() {
		if recover() != nil {
			r.log.Error("panic in a job", "job", string(job.ID), "kind", string(job.Kind), "stack", string(debug.Stack()))
			err = errors.New("panic")
		}
	}()
	work, ok := r.work[job.Kind]
	if !ok {
		return appliance.Errorf(appliance.CodeUnprocessable, "This version of Harmonium does not know the work %s.", job.Kind)
	}
	return work(ctx, job, func(done, total int) {
		going, err := r.store.NoteProgress(ctx, job.ID, done, total)
		if err == nil && !going {
			stop()
		} else if err == nil {
			job.Done, job.Total = done, total
			r.changed(job)
		}
	})
}

// messageOf is what people read of why a job failed.
func messageOf(err error) string {
	var e *appliance.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return "Something went wrong on the box. Nothing that people said was lost. The log has the job's id."
}

// reload tells who looks at the session how a job stands now. One that is not there any more is told by its session.
func (r *Runner) reload(ctx context.Context, id appliance.JobID) {
	if job, err := r.store.Job(ctx, id); err == nil {
		r.changed(job)
	}
}

// changed tells who looks at the session how a job stands.
func (r *Runner) changed(job appliance.Job) {
	if job.SessionID == "" {
		return
	}
	r.hub.Publish(live.SessionTopic(job.SessionID), live.Event{
		Type: appliance.EventJobChanged, SessionID: job.SessionID, ConversationID: job.ConversationID, Job: &job,
	})
}

// sweeping runs what was registered with Sweep.
func (r *Runner) sweeping(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
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
