package synthesis_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"harmonium/appliance"
	"harmonium/appliance/store"
	"harmonium/appliance/testkit"
)

func TestInsightsAndPinnedAnswersComeAlongToAnotherBox(t *testing.T) {
	d := newDesk(t, "en", "Handover", "Shift")
	d.guide.Topics[0].Question = "What about it?"
	ids := d.askAll(askWhen, askNumber)
	one := d.person("The handover takes 20 minutes and the board is full.", "I work at night, with two colleagues from the press.")
	d.person("The handover takes 10 minutes, sometimes 30 minutes when the press is down.", "I work in the morning and sometimes at night.")
	d.work()
	d.run(false)
	said, ok := d.answer(one, ids[0])
	if !ok || len(said.Places) == 0 {
		t.Fatal("nothing was answered")
	}
	a, err := d.Archive(t.Context(), "", d.session.ID, false, true)
	if err != nil {
		t.Fatal(err)
	}
	a.Pinned = []appliance.ArchivedPin{{Question: "Who works at night?", Outcome: appliance.OutcomePassages, Maker: appliance.ArchivedMaker{By: appliance.MadeByRules},
		Parts: []appliance.ArchivedPart{{Kind: appliance.PartPassage, Citations: []appliance.Span{said.Places[0].Span}}}}}
	file, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var read appliance.Archive
	if err := json.Unmarshal(file, &read); err != nil {
		t.Fatal(err)
	}
	if err := read.Check(); err != nil {
		t.Fatalf("an archive of ours is refused: %v", err)
	}
	to := testkit.Store(t, testkit.NewClock().Now)
	account, err := to.CreateAccount(t.Context(), byHost, appliance.Account{Email: "a@example.org", Name: "A", Role: appliance.RoleOwner, Language: "en"}, "hash")
	if err != nil {
		t.Fatal(err)
	}
	id, err := to.Import(t.Context(), store.By{Actor: "test", Account: account.ID}, store.Once{}, store.Import{Archive: &read})
	if err != nil {
		t.Fatal(err)
	}
	before, err := d.InsightOverviews(t.Context(), d.session.ID)
	if err != nil {
		t.Fatal(err)
	}
	after, err := to.InsightOverviews(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	ids2 := cmpopts.IgnoreFields(appliance.InsightDefinition{}, "ID", "SessionID", "CreatedAt")
	runs := cmpopts.IgnoreFields(appliance.InsightRun{}, "Definition", "CreatedAt", "EndedAt")
	versions := cmpopts.IgnoreFields(store.InsightVersion{}, "Definition", "CreatedAt")
	if diff := cmp.Diff(before, after, ids2, runs, versions); diff != "" {
		t.Errorf("the questions differ (-want +got):\n%s", diff)
	}
	rows, _, err := to.InsightTable(t.Context(), id, store.InsightFilter{Limit: -1})
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d conversations answer, %v", len(rows), err)
	}
	i := slices.IndexFunc(rows, func(r store.InsightRow) bool {
		places := r.Answers[after[0].ID].Places
		return len(places) > 0 && places[0].Span.Text == said.Places[0].Span.Text
	})
	if i < 0 {
		t.Fatal("no answer has kept its words")
	}
	here := rows[i].Answers[after[0].ID]
	if diff := cmp.Diff(said.Value, here.Value); diff != "" {
		t.Errorf("the answer differs: %s", diff)
	}
	pinned, err := to.PinnedAnswers(t.Context(), account.ID, id)
	if err != nil || len(pinned) != 1 || pinned[0].Question != "Who works at night?" || len(pinned[0].Parts) != 1 ||
		pinned[0].Parts[0].Citations[0].Span.Text != said.Places[0].Span.Text {
		t.Errorf("what was pinned came otherwise: %+v, %v", pinned, err)
	}
	i = slices.IndexFunc(a.Insights[0].Answers, func(a appliance.ArchivedInsightAnswer) bool { return len(a.Evidence) > 0 })
	a.Insights[0].Answers[i].Evidence[0].End = 1 << 20
	if appliance.CodeOf(a.Check()) != appliance.CodeValidation {
		t.Error("a quotation beyond its turn is taken")
	}
}
