package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/jobs"
	"harmonium/appliance/live"
	"harmonium/appliance/store"
	"harmonium/appliance/testkit"
)

// shop is a store with a session, and a runner over it, all in the time of a synctest bubble.
type shop struct {
	*store.Store
	t       *testing.T
	hub     *live.Hub
	runner  *jobs.Runner
	log     *bytes.Buffer
	session appliance.SessionID
	stop    context.CancelFunc
	ended   chan struct{}
}

// inShop runs fn in a bubble with a shop, whose runner is not running yet.
func inShop(t *testing.T, fn func(t *testing.T, s *shop)) {
	t.Helper()
	dir := testkit.Dir(t)
	synctest.Test(t, func(t *testing.T) {
		s := openShop(t, dir)
		created, err := s.CreateSession(t.Context(), store.By{Actor: "test"}, store.Once{}, appliance.Session{
			Brief: appliance.Brief{Topic: "T", Goal: "G"}, Status: appliance.SessionOpen, Language: "en", ResultsVisibility: "host",
		}, appliance.GuideVersion{Guide: appliance.Guide{Opening: "Hello.", Closing: "Bye.",
			Topics: []appliance.Topic{{ID: "t1", Title: "T", Question: "Q?", Minutes: 1}}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		s.session = created.ID
		fn(t, s)
		s.close()
	})
}

func openShop(t *testing.T, dir string) *shop {
	t.Helper()
	s := &shop{t: t, log: &bytes.Buffer{}}
	clock := func() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
	var err error
	if s.Store, err = store.Open(t.Context(), store.Options{Dir: dir, Clock: clock, BallastBytes: -1}); err != nil {
		t.Fatal(err)
	}
	s.hub = live.NewHub(clock)
	s.runner = jobs.New(s.Store, s.hub, clock, slog.New(slog.NewTextHandler(s.log, nil)))
	return s
}

// run starts the runner.
func (s *shop) run(workers int) {
	ctx, cancel := context.WithCancel(context.Background())
	s.stop, s.ended = cancel, make(chan struct{})
	go func() {
		defer close(s.ended)
		s.runner.Run(ctx, workers)
	}()
}

// close stops the runner, if it runs, and the store.
func (s *shop) close() {
	s.t.Helper()
	if s.stop != nil {
		s.stop()
		<-s.ended
	}
	if err := s.Store.Close(); err != nil {
		s.t.Error(err)
	}
}

func (s *shop) enqueue(kind appliance.JobKind) appliance.JobID {
	s.t.Helper()
	session := s.session
	if kind == appliance.JobScrub {
		session = ""
	}
	id, err := s.Enqueue(s.t.Context(), kind, session, "")
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

func (s *shop) job(id appliance.JobID) appliance.Job {
	s.t.Helper()
	j, err := s.Job(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return j
}

// pass lets time go by until everything that is due then was done.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestAJobIsDoneAsSoonAsItIsAskedFor(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		var did []appliance.Job
		s.runner.Register(appliance.JobReport, func(_ context.Context, j appliance.Job, progress func(int, int)) error {
			progress(1, 2)
			progress(2, 2)
			did = append(did, j)
			return nil
		})
		s.run(1)
		pass(time.Hour)
		sub := s.hub.Subscribe(live.SessionTopic(s.session))
		defer sub.Close()
		id := s.enqueue(appliance.JobReport)
		pass(time.Millisecond)
		if len(did) != 1 || did[0].ID != id || did[0].SessionID != s.session || did[0].Attempts != 1 {
			t.Fatalf("did %+v", did)
		}
		if j := s.job(id); j.State != appliance.JobDone || j.Done != 2 || j.Total != 2 || j.FinishedAt.IsZero() {
			t.Errorf("it is recorded as %+v", j)
		}
		var told []string
		for len(sub.C) > 0 {
			e := <-sub.C
			told = append(told, string(e.Type)+" "+string(e.Job.State)+" "+strings.Repeat("I", e.Job.Done))
		}
		want := []string{"job.changed running ", "job.changed running I", "job.changed running II", "job.changed done II"}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("who looks at the session was told:\n%s", diff)
		}
	})
}

func TestAJobThatIsStoppedEndsWhenItNextTellsHowFarItIs(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		parts := 0
		s.runner.Register(appliance.JobRead, func(ctx context.Context, j appliance.Job, progress func(int, int)) error {
			for ctx.Err() == nil {
				parts++
				progress(parts, 10)
				if parts == 3 {
					if _, err := s.StopJob(ctx, s.session, j.ID); err != nil {
						return err
					}
				}
			}
			return ctx.Err()
		})
		id := s.enqueue(appliance.JobRead)
		s.run(1)
		pass(time.Hour)
		if j := s.job(id); parts != 4 || j.State != appliance.JobCancelled || j.Done != 3 || j.Attempts != 1 {
			t.Errorf("after %d parts it is %+v", parts, j)
		}
	})
}

func TestAFailedJobIsTriedAgainAfterGrowingWaits(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		var at []time.Duration
		begin := time.Now()
		s.runner.Register(appliance.JobReport, func(context.Context, appliance.Job, func(int, int)) error {
			at = append(at, time.Since(begin).Round(time.Second))
			return errors.New("the words of a participant")
		})
		s.run(1)
		id := s.enqueue(appliance.JobReport)
		pass(time.Minute)
		want := []time.Duration{0, time.Second, 3 * time.Second, 7 * time.Second, 15 * time.Second}
		if diff := cmp.Diff(want, at); diff != "" {
			t.Error(diff)
		}
		j := s.job(id)
		if j.State != appliance.JobFailed || !strings.HasPrefix(j.Message, "Something went wrong on the box.") {
			t.Errorf("it is %q: %q", j.State, j.Message)
		}
	})
}

func TestAJobThatSucceedsInTheEndIsDone(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		tries := 0
		s.runner.Register(appliance.JobReport, func(context.Context, appliance.Job, func(int, int)) error {
			if tries++; tries < 3 {
				return appliance.Errorf(appliance.CodeConflict, "Not yet.")
			}
			return nil
		})
		s.run(1)
		id := s.enqueue(appliance.JobReport)
		pass(time.Minute)
		if j := s.job(id); j.State != appliance.JobDone || j.Message != "" || j.Attempts != 3 {
			t.Errorf("it is %q after %d attempts: %q", j.State, j.Attempts, j.Message)
		}
	})
}

func TestWhyAJobFailedIsSaidInItsOwnWords(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.runner.Register(appliance.JobReport, func(context.Context, appliance.Job, func(int, int)) error {
			return &appliance.Error{Code: appliance.CodeUnprocessable, Message: "The recording holds no sound.", Err: errors.New("secret")}
		})
		s.run(1)
		id, unknown := s.enqueue(appliance.JobReport), s.enqueue("juggle")
		pass(time.Minute)
		if j := s.job(id); j.Message != "The recording holds no sound." {
			t.Errorf("message %q", j.Message)
		}
		if j := s.job(unknown); j.State != appliance.JobFailed || j.Message != "This version of Harmonium does not know the work juggle." {
			t.Errorf("work that nobody knows is %q: %q", j.State, j.Message)
		}
	})
}

func TestAJobAboutSomethingDeletedIsCancelled(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.runner.Register(appliance.JobReport, func(context.Context, appliance.Job, func(int, int)) error {
			return appliance.Errorf(appliance.CodeNotFound, "There is no such conversation.")
		})
		s.run(1)
		id := s.enqueue(appliance.JobReport)
		pass(time.Minute)
		if j := s.job(id); j.State != appliance.JobCancelled || j.Attempts != 1 {
			t.Errorf("it is %q after %d attempts", j.State, j.Attempts)
		}
	})
}

func TestAPanicIsAFailureThatTellsNothingOfItsCause(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		others := 0
		s.runner.Register(appliance.JobReport, func(context.Context, appliance.Job, func(int, int)) error {
			panic("the words of a participant")
		})
		s.runner.Register(appliance.JobScrub, func(context.Context, appliance.Job, func(int, int)) error {
			others++
			return nil
		})
		s.run(1)
		id := s.enqueue(appliance.JobReport)
		s.enqueue(appliance.JobScrub)
		pass(time.Minute)
		if j := s.job(id); j.State != appliance.JobFailed || others != 1 {
			t.Errorf("it is %q, %d other jobs were done", j.State, others)
		}
		s.stop()
		<-s.ended
		if text := s.log.String(); strings.Contains(text, "participant") || !strings.Contains(text, string(id)) {
			t.Error("the log must name the job and nothing of what the panic said")
		}
	})
}

func TestAJobThatWasInterruptedIsTakenUpAtTheNextStart(t *testing.T) {
	dir := testkit.Dir(t)
	var id appliance.JobID
	synctest.Test(t, func(t *testing.T) {
		s := openShop(t, dir)
		id = s.enqueue(appliance.JobScrub)
		s.runner.Register(appliance.JobScrub, func(ctx context.Context, _ appliance.Job, _ func(int, int)) error {
			<-ctx.Done()
			return ctx.Err()
		})
		s.run(1)
		pass(time.Second)
		s.close()
	})
	synctest.Test(t, func(t *testing.T) {
		s := openShop(t, dir)
		if j := s.job(id); j.State != appliance.JobRunning {
			t.Fatalf("a stopped runner left it as %q", j.State)
		}
		done := 0
		s.runner.Register(appliance.JobScrub, func(context.Context, appliance.Job, func(int, int)) error {
			done++
			return nil
		})
		s.run(1)
		pass(time.Second)
		if j := s.job(id); done != 1 || j.State != appliance.JobDone {
			t.Errorf("done %d times, it is %q", done, j.State)
		}
		s.close()
	})
}

func TestAJobThatEndsTheProcessIsGivenUp(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		id := s.enqueue(appliance.JobScrub)
		for range 20 {
			if _, ok, err := s.TakeJob(t.Context()); !ok || err != nil {
				t.Fatalf("taken %v, %v", ok, err)
			}
			if err := s.RequeueInterrupted(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		did := 0
		s.runner.Register(appliance.JobScrub, func(context.Context, appliance.Job, func(int, int)) error {
			did++
			return nil
		})
		s.run(1)
		pass(time.Minute)
		if j := s.job(id); did != 0 || j.State != appliance.JobFailed || j.Message != "This was interrupted 20 times and is not tried again." {
			t.Errorf("done %d times, it is %q: %q", did, j.State, j.Message)
		}
	})
}

func TestWorkersRunSideBySideAndNoFurther(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		var mu sync.Mutex
		running, most, done := 0, 0, 0
		for _, kind := range []appliance.JobKind{"a", "b", "c", "d", "e"} {
			s.runner.Register(kind, func(context.Context, appliance.Job, func(int, int)) error {
				mu.Lock()
				running++
				most = max(most, running)
				mu.Unlock()
				time.Sleep(time.Minute)
				mu.Lock()
				running--
				done++
				mu.Unlock()
				return nil
			})
			s.enqueue(kind)
		}
		check := func(after time.Duration, want int) {
			t.Helper()
			pass(after)
			mu.Lock()
			defer mu.Unlock()
			if most != 2 || done != want {
				t.Errorf("at most %d ran together and %d are done, want 2 and %d", most, done, want)
			}
		}
		s.run(2)
		check(90*time.Second, 2)
		check(10*time.Minute, 5)
	})
}

func TestWorkAskedForWhileItRunsIsDoneOnceMoreAfterIt(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		var begun []time.Duration
		begin := time.Now()
		s.runner.Register(appliance.JobReport, func(context.Context, appliance.Job, func(int, int)) error {
			begun = append(begun, time.Since(begin).Round(time.Second))
			time.Sleep(time.Minute)
			return nil
		})
		s.enqueue(appliance.JobReport)
		s.run(3)
		pass(time.Second)
		s.enqueue(appliance.JobReport)
		s.enqueue(appliance.JobReport)
		pass(time.Hour)
		if diff := cmp.Diff([]time.Duration{0, time.Minute}, begun); diff != "" {
			t.Error(diff)
		}
	})
}

func TestSweepsRunAtTheStartAndEveryMinute(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		var at []time.Duration
		begin := time.Now()
		s.runner.Sweep(func(context.Context) error {
			at = append(at, time.Since(begin))
			return errors.New("it may fail")
		})
		s.run(1)
		pass(2*time.Minute + time.Second)
		if diff := cmp.Diff([]time.Duration{0, time.Minute, 2 * time.Minute}, at); diff != "" {
			t.Error(diff)
		}
	})
}

func TestEndedJobsAreKeptForAMonth(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.runner.Register(appliance.JobScrub, func(context.Context, appliance.Job, func(int, int)) error { return nil })
		id := s.enqueue(appliance.JobScrub)
		runFor := func(d time.Duration) {
			s.run(1)
			pass(d)
			s.stop()
			<-s.ended
		}
		runFor(time.Second)
		time.Sleep(29 * 24 * time.Hour)
		runFor(time.Second)
		if j := s.job(id); j.State != appliance.JobDone {
			t.Errorf("it is %q", j.State)
		}
		time.Sleep(2 * 24 * time.Hour)
		runFor(time.Second)
		if _, err := s.Job(t.Context(), id); appliance.CodeOf(err) != appliance.CodeNotFound {
			t.Errorf("it is still there (%v)", err)
		}
	})
}

func TestTheRunnerWaitsWhileTheStoreRefuses(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		if err := s.Store.Close(); err != nil {
			t.Fatal(err)
		}
		s.run(1)
		pass(time.Minute)
		s.stop()
		<-s.ended // it ends when it is told to, not before
		if n := strings.Count(s.log.String(), "background work waits for the database"); n < 10 || n > 15 {
			t.Errorf("%d lines in the log for a minute", n)
		}
	})
}
