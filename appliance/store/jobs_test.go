package store_test

import (
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// enqueue puts work on the queue, due now.
func (r *room) enqueue(kind appliance.JobKind, session appliance.SessionID, c appliance.ConversationID) appliance.JobID {
	r.t.Helper()
	id, err := r.Enqueue(r.t.Context(), kind, session, c)
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

// take gives the next due job, "" when there is none.
func (r *room) take() appliance.Job {
	r.t.Helper()
	j, ok, err := r.TakeJob(r.t.Context())
	if err != nil || !ok && j.ID != "" {
		r.t.Fatalf("take a job: %v, job %q", err, j.ID)
	}
	return j
}

func (r *room) end(id appliance.JobID, state appliance.JobState) {
	r.t.Helper()
	if err := r.EndJob(r.t.Context(), id, state, ""); err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) job(id appliance.JobID) appliance.Job {
	r.t.Helper()
	j, err := r.Job(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	return j
}

func TestAJobIsTakenOnceAndEnds(t *testing.T) {
	r := newRoom(t)
	id := r.enqueue(appliance.JobReport, r.session, "")
	j := r.take()
	if j.ID != id || j.Kind != appliance.JobReport || j.SessionID != r.session || j.State != appliance.JobRunning || j.Attempts != 1 {
		t.Errorf("took %+v", j)
	}
	if again := r.take(); again.ID != "" {
		t.Errorf("it was taken a second time")
	}
	if going, err := r.NoteProgress(t.Context(), id, 3, 7); err != nil || !going {
		t.Fatalf("a job that runs does not go on (%v)", err)
	}
	r.now = r.now.Add(time.Second)
	r.end(id, appliance.JobDone)
	if j := r.job(id); j.State != appliance.JobDone || j.Done != 3 || j.Total != 7 || !j.FinishedAt.Equal(r.now) {
		t.Errorf("ended as %+v", j)
	}
	r.end(id, appliance.JobFailed)
	if j := r.job(id); j.State != appliance.JobDone {
		t.Errorf("what was done is now %q", j.State)
	}
}

func TestTheSameWorkWaitsOnce(t *testing.T) {
	r := newRoom(t)
	a, b := r.join("").ConversationID, r.join("").ConversationID
	first := r.enqueue(appliance.JobDigest, r.session, a)
	if again := r.enqueue(appliance.JobDigest, r.session, a); again != first {
		t.Error("the same digest waits twice")
	}
	for _, other := range []appliance.JobID{
		r.enqueue(appliance.JobDigest, r.session, b), r.enqueue(appliance.JobReport, r.session, ""), r.enqueue(appliance.JobScrub, "", ""),
	} {
		if other == first {
			t.Error("different work became one job")
		}
	}
	if n := r.number(`SELECT count(*) FROM jobs`); n != 4 {
		t.Errorf("%d jobs, want 4", n)
	}
}

func TestWorkAskedForAgainIsDueAtTheEarlierTime(t *testing.T) {
	r := newRoom(t)
	id := r.enqueue(appliance.JobReport, r.session, "")
	r.take()
	later := r.now.Add(time.Minute)
	if err := r.RetryJob(t.Context(), id, later); err != nil {
		t.Fatal(err)
	}
	if j := r.job(id); j.State != appliance.JobQueued || !j.RunAt.Equal(later) {
		t.Fatalf("waits as %q until %v", j.State, j.RunAt)
	}
	if j := r.take(); j.ID != "" {
		t.Error("it was taken before its time")
	}
	if at, err := r.NextJobAt(t.Context()); err != nil || !at.Equal(later) {
		t.Errorf("the next job is due at %v (%v), want %v", at, err, later)
	}
	if again := r.enqueue(appliance.JobReport, r.session, ""); again != id || !r.job(id).RunAt.Equal(r.now) {
		t.Errorf("job %q is due at %v, want %q now", again, r.job(id).RunAt, id)
	}
	if j := r.take(); j.ID != id || j.Attempts != 2 {
		t.Errorf("took %+v", j)
	}
}

func TestTheSameWorkIsNotDoneTwiceAtTheSameTime(t *testing.T) {
	r := newRoom(t)
	c := r.join("").ConversationID
	first := r.enqueue(appliance.JobDigest, r.session, c)
	r.take()
	second := r.enqueue(appliance.JobDigest, r.session, c)
	if second == first {
		t.Fatal("what is asked for while it runs must be done again after it")
	}
	if j := r.take(); j.ID != "" {
		t.Error("it runs twice")
	}
	if at, err := r.NextJobAt(t.Context()); err != nil || !at.IsZero() {
		t.Errorf("what can only wait for an end is announced for %v (%v)", at, err)
	}
	r.end(first, appliance.JobDone)
	if j := r.take(); j.ID != second {
		t.Errorf("took %q, want %q", j.ID, second)
	}
}

func TestAReportWaitsForTheDigestsThatAreDue(t *testing.T) {
	r := newRoom(t)
	other := r.addSession("hst_b", "Another", "open")
	c := r.join("").ConversationID
	report := r.enqueue(appliance.JobReport, r.session, "")
	r.now = r.now.Add(time.Second)
	digest := r.enqueue(appliance.JobDigest, r.session, c)
	elsewhere := r.enqueue(appliance.JobReport, other, "")
	if j := r.take(); j.ID != digest {
		t.Fatalf("took a %s, want the digest first", j.Kind)
	}
	if j := r.take(); j.ID != elsewhere {
		t.Fatalf("took %+v, want the report of the other session", j)
	}
	if j := r.take(); j.ID != "" {
		t.Fatalf("the report did not wait for the running digest")
	}
	// A digest that is tried again later does not hold it up: the report names what is missing.
	if err := r.RetryJob(t.Context(), digest, r.now.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if j := r.take(); j.ID != report {
		t.Errorf("took %+v, want the report", j)
	}
}

func TestAJobToBeTriedAgainGivesWayToTheSameWorkThatWaits(t *testing.T) {
	r := newRoom(t)
	first := r.enqueue(appliance.JobReport, r.session, "")
	r.take()
	second := r.enqueue(appliance.JobReport, r.session, "")
	if err := r.RetryJob(t.Context(), first, r.now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	_, err := r.Job(t.Context(), first)
	wantCode(t, err, appliance.CodeNotFound)
	if j := r.take(); j.ID != second {
		t.Errorf("took %q, want %q", j.ID, second)
	}
}

func TestInterruptedJobsWaitAgain(t *testing.T) {
	r := newRoom(t)
	c := r.join("").ConversationID
	digest := r.enqueue(appliance.JobDigest, r.session, c)
	scrub := r.enqueue(appliance.JobScrub, "", "")
	r.take()
	r.take()
	again := r.enqueue(appliance.JobScrub, "", "")
	r.now = r.now.Add(time.Hour)
	if err := r.RequeueInterrupted(t.Context()); err != nil {
		t.Fatal(err)
	}
	if j := r.job(digest); j.State != appliance.JobQueued || j.Attempts != 1 {
		t.Errorf("the digest is %q after %d attempts", j.State, j.Attempts)
	}
	_, err := r.Job(t.Context(), scrub)
	wantCode(t, err, appliance.CodeNotFound)
	if j := r.job(again); j.State != appliance.JobQueued {
		t.Errorf("the scrub that waited is %q", j.State)
	}
}

func TestAClockThatIsSetBackHoldsNoJobUp(t *testing.T) {
	r := newRoom(t)
	id := r.enqueue(appliance.JobReport, r.session, "")
	r.now = r.now.AddDate(-1, 0, 0)
	if j := r.take(); j.ID != id {
		t.Error("a job of before the clock was set back is not taken")
	}
}

func TestWhoTakesJobsIsWokenByNewOnesAndByEnds(t *testing.T) {
	r := newRoom(t)
	woken := func() bool {
		select {
		case <-r.JobsWaiting():
			return true
		default:
			return false
		}
	}
	woken()
	id := r.enqueue(appliance.JobReport, r.session, "")
	if !woken() || woken() {
		t.Error("a new job must be told, once")
	}
	r.take()
	r.end(id, appliance.JobDone)
	if !woken() {
		t.Error("the end of a job must be told: others may have waited for it")
	}
}

func TestJobsGoWithWhatTheyAreAbout(t *testing.T) {
	r := newRoom(t)
	c := r.join("").ConversationID
	digest := r.enqueue(appliance.JobDigest, r.session, c)
	if _, err := r.EraseConversation(t.Context(), store.ErasedByParticipant, c); err != nil {
		t.Fatal(err)
	}
	_, err := r.Job(t.Context(), digest)
	wantCode(t, err, appliance.CodeNotFound)
	_, err = r.Enqueue(t.Context(), appliance.JobDigest, r.session, c)
	wantCode(t, err, appliance.CodeNotFound)
	_, err = r.Enqueue(t.Context(), appliance.JobReport, "hst_none", "")
	wantCode(t, err, appliance.CodeNotFound)
	if n := r.number(`SELECT count(*) FROM jobs WHERE kind = 'digest'`); n != 0 {
		t.Errorf("%d digests wait for what is gone", n)
	}
}

func TestEndedJobsAreForgottenAndListedNewestFirst(t *testing.T) {
	r := newRoom(t)
	a, b := r.join("").ConversationID, r.join("").ConversationID
	first, second := r.enqueue(appliance.JobDigest, r.session, a), r.enqueue(appliance.JobDigest, r.session, b)
	r.take()
	r.end(first, appliance.JobDone)
	list, err := r.Jobs(t.Context(), r.session, 10)
	if err != nil || len(list) != 2 || list[0].ID != second {
		t.Fatalf("%d jobs, the first %q (%v)", len(list), list[0].ID, err)
	}
	if one, err := r.Jobs(t.Context(), r.session, 1); err != nil || len(one) != 1 {
		t.Errorf("%d jobs, want 1 (%v)", len(one), err)
	}
	r.now = r.now.Add(time.Hour)
	if err := r.ForgetJobs(t.Context(), r.now); err != nil {
		t.Fatal(err)
	}
	if list, err := r.Jobs(t.Context(), r.session, 10); err != nil || len(list) != 1 || list[0].ID != second {
		t.Errorf("%d jobs are left (%v), want the one that waits", len(list), err)
	}
}

func TestWhoeverIsWokenByAJobFindsIt(t *testing.T) {
	r := newRoom(t)
	for range 100 {
		found := make(chan bool)
		go func() {
			<-r.JobsWaiting()
			j, ok, err := r.TakeJob(t.Context())
			if err == nil && ok {
				err = r.EndJob(t.Context(), j.ID, appliance.JobDone, "")
			}
			found <- err == nil && ok
		}()
		r.enqueue(appliance.JobScrub, "", "")
		if !<-found {
			t.Fatal("a job woke its runner, which then did not find it")
		}
		select {
		case <-r.JobsWaiting(): // the end of a job wakes too
		default:
		}
	}
}

func TestAReadingThatIsStoppedStaysSoUntilItIsAskedForAgain(t *testing.T) {
	r := newRoom(t)
	id := r.enqueue(appliance.JobRead, r.session, "")
	r.take()
	j, err := r.StopJob(t.Context(), r.session, id)
	if err != nil || j.State != appliance.JobCancelled || j.Message == "" || j.FinishedAt.IsZero() {
		t.Fatalf("stopped as %+v (%v)", j, err)
	}
	if going, err := r.NoteProgress(t.Context(), id, 1, 2); going || err != nil {
		t.Errorf("it goes on (%v)", err)
	}
	r.end(id, appliance.JobDone)
	if err := r.RetryJob(t.Context(), id, r.now); err != nil {
		t.Fatal(err)
	}
	if j := r.job(id); j.State != appliance.JobCancelled {
		t.Errorf("what was stopped is now %q", j.State)
	}
	stopped := func() bool {
		is, err := r.ReadingStopped(t.Context(), r.session)
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	if !stopped() {
		t.Error("the reading does not count as stopped")
	}
	r.enqueue(appliance.JobRead, r.session, "")
	if stopped() {
		t.Error("the reading was asked for, and counts as stopped")
	}
	other := r.enqueue(appliance.JobReport, r.session, "")
	if _, err := r.StopJob(t.Context(), r.session, other); appliance.CodeOf(err) != appliance.CodeConflict {
		t.Errorf("stopping a report gives %v", err)
	}
	if _, err := r.StopJob(t.Context(), "hst_other", id); appliance.CodeOf(err) != appliance.CodeNotFound {
		t.Errorf("stopping a job of another session gives %v", err)
	}
}
