package store_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// The makers of a model's results, and of another's.
var (
	modelClaims = appliance.Maker{By: "m:1b", ModelDigest: "abc", PromptVersion: "claims-1"}
	modelReport = appliance.Maker{By: "m:1b", ModelDigest: "abc", PromptVersion: "report-1"}
	otherClaims = appliance.Maker{By: "m:1b", ModelDigest: "def", PromptVersion: "claims-1"}
)

// read notes that a model has drawn from a conversation, and nothing of use for one of two parts.
func (r *room) read(id appliance.ConversationID, turns []appliance.Turn, maker appliance.Maker) {
	r.t.Helper()
	d := appliance.Digest{ConversationID: id, Turns: len(turns), InputHash: []byte(fmt.Sprint(turns)), Maker: maker, Parts: 2,
		ByRules: 1, CreatedAt: r.now}
	if err := r.SaveDigest(r.t.Context(), d, nil); err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) unread(claims, report appliance.Maker) bool {
	r.t.Helper()
	unread, err := r.Unread(r.t.Context(), r.session, claims, report)
	if err != nil {
		r.t.Fatal(err)
	}
	list, err := r.Readables(r.t.Context(), claims, report)
	if err != nil {
		r.t.Fatal(err)
	}
	if unread && (len(list) != 1 || list[0].Session != r.session) {
		r.t.Errorf("a session that is unread is not found by the sweep: %+v", list)
	}
	return unread
}

func TestAModelReadsWhatRulesHaveReadAndNothingTwice(t *testing.T) {
	r := newRoom(t)
	first, turns := r.speaker("It rains.")
	r.speaker("It pours.") // nobody has drawn from it: somebody may be talking still
	if r.unread(modelClaims, modelReport) {
		t.Error("there is no report yet, so that there is nothing to make anew")
	}
	r.draw(first, turns)
	if _, err := r.SaveReport(t.Context(), r.material(), report()); err != nil {
		t.Fatal(err)
	}
	list, err := r.StaleDigests(t.Context(), r.session, modelClaims)
	if diff := cmp.Diff([]appliance.ConversationID{first}, list); diff != "" || err != nil || !r.unread(modelClaims, modelReport) {
		t.Errorf("to be read: %s%v", diff, err)
	}
	r.read(first, turns, modelClaims)
	if !r.unread(modelClaims, modelReport) {
		t.Error("the report is not by the model")
	}
	m := r.material()
	if m.Parts != 2 || m.ByRules != 1 {
		t.Errorf("%d of %d parts by rules", m.ByRules, m.Parts)
	}
	byModel := report()
	byModel.Maker, byModel.Asked = modelReport, modelReport.Key()
	if _, err := r.SaveReport(t.Context(), m, byModel); err != nil {
		t.Fatal(err)
	}
	if r.unread(modelClaims, modelReport) {
		t.Error("all was read, and is to be read again")
	}
	if m := r.material(); m.LatestMaker != modelReport || m.LatestAsked != modelReport.Key() {
		t.Errorf("the newest report is by %+v, asked was %q", m.LatestMaker, m.LatestAsked)
	}
	if !r.unread(otherClaims, modelReport) {
		t.Error("another model is not asked")
	}
}

func TestRulesDoNotReplaceWhatAModelHasDrawnFromTheSameWords(t *testing.T) {
	r := newRoom(t)
	id, turns := r.speaker("It rains.", "It pours.")
	r.read(id, turns[:1], modelClaims)
	if n := r.number(`SELECT count(*) FROM jobs WHERE kind = 'report' AND state = 'queued'`); n != 0 {
		t.Errorf("%d reports wait; the model writes its own", n)
	}
	r.draw(id, turns[:1])
	if d, _, err := r.Digest(t.Context(), id); err != nil || d.Maker != modelClaims {
		t.Errorf("drawn by %s (%v)", d.Maker.By, err)
	}
	if stale, err := r.StaleDigests(t.Context(), r.session, byRules); err != nil || len(stale) != 1 {
		t.Errorf("%d are stale for rules (%v), want the one in which more was said", len(stale), err)
	}
	r.draw(id, turns)
	if d, _, err := r.Digest(t.Context(), id); err != nil || d.Maker != byRules || d.Parts != 0 {
		t.Errorf("drawn by %s (%v) after more was said", d.Maker.By, err)
	}
	if stale, err := r.StaleDigests(t.Context(), r.session, appliance.Maker{By: appliance.MadeByRules, PromptVersion: "test-2"}); err != nil || len(stale) != 1 {
		t.Errorf("%d are stale for other rules (%v)", len(stale), err)
	}
}

func TestWhatIsLeftOutIsNotReadByAModel(t *testing.T) {
	r := newRoom(t)
	id, turns := r.speaker("It rains.")
	r.draw(id, turns)
	if err := r.SetIncluded(t.Context(), store.By{Actor: "test"}, id, false); err != nil {
		t.Fatal(err)
	}
	if list, err := r.StaleDigests(t.Context(), r.session, modelClaims); err != nil || len(list) != 0 {
		t.Errorf("%d are to be read (%v)", len(list), err)
	}
}

func TestAModelReadsOneSessionAtATimeAndAfterTheRules(t *testing.T) {
	r := newRoom(t)
	id, _ := r.speaker()
	for r.take().ID != "" { // what finishing has put on the queue
	}
	for _, j := range mustJobs(t, r) {
		r.end(j.ID, appliance.JobDone)
	}
	other := r.session2()
	r.enqueue(appliance.JobRead, r.session, "")
	r.enqueue(appliance.JobRead, other, "")
	digest := r.enqueue(appliance.JobDigest, r.session, id)
	first := r.take() // the read of the first session waits for its digest
	second := r.take()
	kinds := map[appliance.JobKind]appliance.SessionID{first.Kind: first.SessionID, second.Kind: second.SessionID}
	if kinds[appliance.JobDigest] != r.session || kinds[appliance.JobRead] != other {
		t.Fatalf("taken: %v", kinds)
	}
	r.end(digest, appliance.JobDone)
	if j := r.take(); j.ID != "" {
		t.Errorf("a second session is read at the same time: %+v", j)
	}
	for _, j := range []appliance.Job{first, second} {
		r.end(j.ID, appliance.JobDone)
	}
	if j := r.take(); j.Kind != appliance.JobRead || j.SessionID != r.session {
		t.Errorf("then comes %+v", j)
	}
}

func mustJobs(t *testing.T, r *room) []appliance.Job {
	t.Helper()
	list, err := r.Jobs(t.Context(), r.session, 100)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// session2 makes another session.
func (r *room) session2() appliance.SessionID {
	r.t.Helper()
	s, err := r.CreateSession(r.t.Context(), store.By{Actor: "test"}, store.Once{}, appliance.Session{
		Brief: appliance.Brief{Topic: "T", Goal: "G"}, Status: appliance.SessionOpen, Language: "en", ResultsVisibility: "host",
	}, appliance.GuideVersion{Guide: appliance.Guide{Opening: "Hello.", Closing: "Bye.",
		Topics: []appliance.Topic{{ID: "t1", Title: "T", Question: "Q?", Minutes: 1}}}}, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return s.ID
}
