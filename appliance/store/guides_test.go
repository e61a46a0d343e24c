package store_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// edited gives the guide of a desk with another closing.
func edited(closing string) appliance.Guide {
	g := deskGuide
	g.Closing = closing
	g.Topics = slices.Clone(g.Topics)
	return g
}

func (d *desk) save(id appliance.SessionID, g appliance.Guide, base int) (appliance.GuideVersion, error) {
	d.now = d.now.Add(time.Minute)
	return d.SaveGuide(d.t.Context(), d.owner, store.Once{},
		appliance.GuideVersion{SessionID: id, Guide: g, Maker: appliance.Maker{By: appliance.MadeByHand}, Reason: "edited"}, base)
}

func TestEverySavedGuideIsAVersionAndNoneIsEverChanged(t *testing.T) {
	d := newDesk(t)
	s := d.create(d.owner, draftSession("T"))
	first, err := d.Guide(t.Context(), s.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	second, err := d.save(s.ID, edited("Bye."), 1)
	if err != nil || second.Version != 2 || second.Author != "acc_owner" || second.Maker.By != appliance.MadeByHand || second.Brief != s.Brief {
		t.Fatalf("second version %+v, %v", second, err)
	}
	if used, _ := d.Guide(t.Context(), s.ID, 0); cmp.Diff(second, used) != "" {
		t.Errorf("in use is another than was saved:\n%s", cmp.Diff(second, used))
	}
	if again, _ := d.Guide(t.Context(), s.ID, 1); cmp.Diff(first, again) != "" {
		t.Errorf("the first version was changed:\n%s", cmp.Diff(first, again))
	}
	stored, _ := d.Session(t.Context(), s.ID)
	if stored.GuideVersion != 2 || !stored.UpdatedAt.Equal(d.now) {
		t.Errorf("the session uses version %d, edited %v", stored.GuideVersion, stored.UpdatedAt)
	}
	_, err = d.Guide(t.Context(), s.ID, 3)
	hasCode(t, err, appliance.CodeNotFound)
	_, err = d.Guide(t.Context(), "hst_none", 0)
	hasCode(t, err, appliance.CodeNotFound)
}

func TestAGuideIsNotSavedOverSomebodyElsesVersion(t *testing.T) {
	d := newDesk(t)
	s := d.create(d.owner, draftSession("T"))
	var wait sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wait.Go(func() {
			_, errs[i] = d.SaveGuide(t.Context(), d.owner, store.Once{}, appliance.GuideVersion{SessionID: s.ID, Guide: edited(string(rune('A' + i)))}, 1)
		})
	}
	wait.Wait()
	saved := 0
	for _, err := range errs {
		if err == nil {
			saved++
			continue
		}
		hasCode(t, err, appliance.CodeConflict)
	}
	if saved != 1 {
		t.Errorf("%d of 8 were saved over version 1, want 1", saved)
	}
	if n := d.count(`SELECT count(*) FROM guides WHERE session_id = ?`, s.ID); n != 2 {
		t.Errorf("%d versions, want 2", n)
	}
}

func TestRestoringAVersionMakesANewOneThatIsTheSame(t *testing.T) {
	d := newDesk(t)
	s := d.create(d.owner, draftSession("T"))
	if _, err := d.save(s.ID, edited("Bye."), 1); err != nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(time.Minute)
	restored, err := d.RestoreGuide(t.Context(), store.By{Account: "acc_editor"}, store.Once{}, s.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	first, _ := d.Guide(t.Context(), s.ID, 1)
	want := first
	want.Version, want.Author, want.Reason, want.CreatedAt = 3, "acc_editor", "restored version 1", d.now
	if diff := cmp.Diff(want, restored); diff != "" {
		t.Errorf("restored (-want +got):\n%s", diff)
	}
	_, err = d.RestoreGuide(t.Context(), d.owner, store.Once{}, s.ID, 9)
	hasCode(t, err, appliance.CodeNotFound)

	list, err := d.GuideVersions(t.Context(), s.ID)
	if err != nil {
		t.Fatal(err)
	}
	wantList := []store.GuideListing{
		{Version: 3, Maker: first.Maker, AuthorName: "Name of acc_editor", Reason: "restored version 1", Topics: 2, CreatedAt: d.now},
		{Version: 2, Maker: appliance.Maker{By: "hand"}, AuthorName: "Name of acc_owner", Reason: "edited", Topics: 2, CreatedAt: d.now.Add(-time.Minute)},
		{Version: 1, Maker: first.Maker, AuthorName: "Name of acc_owner", Reason: "drafted", Topics: 2, CreatedAt: first.CreatedAt},
	}
	if diff := cmp.Diff(wantList, list); diff != "" {
		t.Errorf("versions (-want +got):\n%s", diff)
	}
}

func TestSavingWhatIsInUseMakesNoVersionUnlessTheBriefHasChanged(t *testing.T) {
	d := newDesk(t)
	s := d.create(d.owner, draftSession("T"))
	same, err := d.save(s.ID, edited(deskGuide.Closing), 1)
	if err != nil || same.Version != 1 {
		t.Errorf("version %d, %v; want 1", same.Version, err)
	}
	_, err = d.UpdateSession(t.Context(), d.owner, s.ID, func(s *appliance.Session) error { s.Brief.Critical = "new"; return nil })
	if err != nil {
		t.Fatal(err)
	}
	if g, _ := d.Guide(t.Context(), s.ID, 0); g.Brief.Critical != "handover" {
		t.Errorf("the brief of a version changed with the session: %q", g.Brief.Critical)
	}
	kept, err := d.save(s.ID, edited(deskGuide.Closing), 1)
	if err != nil || kept.Version != 2 || kept.Brief.Critical != "new" {
		t.Errorf("version %d for the brief %q, %v", kept.Version, kept.Brief.Critical, err)
	}
}

func TestNewTopicsGetIdsAndBadGuidesAreRefused(t *testing.T) {
	d := newDesk(t)
	s := d.create(d.owner, draftSession("T"))
	g := edited("Bye.")
	g.Topics = append(g.Topics, appliance.Topic{Title: "New", Question: "And?", Minutes: 1})
	saved, err := d.save(s.ID, g, 1)
	if err != nil || saved.Guide.Topics[2].ID == "" || saved.Guide.Topics[0].ID != "tpc_one" {
		t.Errorf("topics %+v, %v", saved.Guide.Topics, err)
	}
	if g.Topics[2].ID != "" {
		t.Error("the caller's guide was changed")
	}
	g.Topics[1].ID = "tpc_one"
	_, err = d.save(s.ID, g, 2)
	hasCode(t, err, appliance.CodeValidation)
	_, err = d.save("hst_none", edited("x"), 0)
	hasCode(t, err, appliance.CodeNotFound)
}

func TestConversationsStayWithTheGuideTheyBeganWith(t *testing.T) {
	d := newDesk(t)
	open := draftSession("T")
	open.Status = appliance.SessionOpen
	s := d.create(d.owner, open)
	before := d.join(s.ID, "a")
	if _, err := d.save(s.ID, edited("Bye."), 1); err != nil {
		t.Fatal(err)
	}
	after := d.join(s.ID, "b")
	for id, want := range map[appliance.ConversationID]int{before.ConversationID: 1, after.ConversationID: 2} {
		if c, err := d.Conversation(t.Context(), id); c.GuideVersion != want {
			t.Errorf("version %d, want %d, %v", c.GuideVersion, want, err)
		}
	}
}

func TestAFormIsReplacedAndWhatStaysKeepsItsId(t *testing.T) {
	d := newDesk(t)
	s := d.create(d.owner, draftSession("T"))
	choice := appliance.FormField{Type: appliance.FieldOptions, Text: "Ward?", Required: true, Options: []string{"1", "2"}}
	first, err := d.SetForm(t.Context(), d.owner, s.ID, appliance.Form{{Type: appliance.FieldShort, Text: "Name?"}, choice, {Type: appliance.FieldLong, Text: "Why?"}})
	if err != nil {
		t.Fatal(err)
	}
	reworded := first[0]
	reworded.Text = "Your name?"
	gone := appliance.FormField{ID: "fld_gone", Type: appliance.FieldDate, Text: "When?"}
	second, err := d.SetForm(t.Context(), d.owner, s.ID, appliance.Form{choice, reworded, gone, choice})
	if err != nil {
		t.Fatal(err)
	}
	if second[0].ID != first[1].ID || second[1].ID != first[0].ID {
		t.Errorf("ids were not kept: %v, then %v", first, second)
	}
	if second[2].ID == "fld_gone" || second[2].ID == "" || second[3].ID == second[0].ID {
		t.Errorf("new questions have the ids %q and %q", second[2].ID, second[3].ID)
	}
	stored, err := d.Form(t.Context(), s.ID)
	if diff := cmp.Diff(second, stored); err != nil || diff != "" {
		t.Errorf("%v, stored (-want +got):\n%s", err, diff)
	}
	_, err = d.SetForm(t.Context(), d.owner, s.ID, appliance.Form{{Type: appliance.FieldOptions, Text: "One option?", Options: []string{"a"}}})
	hasCode(t, err, appliance.CodeValidation)
	if after, _ := d.Form(t.Context(), s.ID); cmp.Diff(second, after) != "" {
		t.Error("a refused form changed the stored one")
	}
	empty, err := d.SetForm(t.Context(), d.owner, s.ID, nil)
	if err != nil || len(empty) != 0 {
		t.Errorf("emptied: %v, %v", empty, err)
	}
	_, err = d.SetForm(t.Context(), d.owner, "hst_none", nil)
	hasCode(t, err, appliance.CodeNotFound)
	_, err = d.Form(t.Context(), "hst_none")
	hasCode(t, err, appliance.CodeNotFound)
}

func TestSessionAndFormAreUpdatedTogether(t *testing.T) {
	d := newDesk(t)
	s := d.create(d.owner, draftSession("T"))
	rename := func(s *appliance.Session) error { s.Brief.Topic = "New"; return nil }
	_, err := d.UpdateSessionAndForm(t.Context(), d.owner, s.ID, rename, appliance.Form{{Type: appliance.FieldShort, Text: "Q"}})
	if err != nil {
		t.Fatal(err)
	}
	f, _ := d.Form(t.Context(), s.ID)
	if stored, _ := d.Session(t.Context(), s.ID); stored.Brief.Topic != "New" || len(f) != 1 {
		t.Errorf("topic %q, %d questions", stored.Brief.Topic, len(f))
	}
}
