package store_test

import (
	"context"
	"errors"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// keeping counts how often something is put together from the rows of a session.
type keeping struct {
	*room
	session appliance.SessionID
	times   int
}

// madeAnew says whether it is put together anew when it is asked for.
func (k *keeping) madeAnew() bool {
	k.t.Helper()
	before := k.times
	_, err := store.Keep(k.t.Context(), k.Store, "figures", []appliance.SessionID{k.session}, func() (int, error) {
		k.times++
		return k.times, nil
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return k.times > before
}

func TestWhatIsKeptOfASessionIsMadeAnewAfterEveryWriteThatItMayDependOn(t *testing.T) {
	r := newRoom(t)
	ctx, owner := t.Context(), hire(t, r.Store, "Ruth", appliance.RoleOwner)
	first, turns := r.speaker("It rains.", "It pours.")
	claims := r.draw(first, turns)
	second, turns := r.speaker("It snows.")
	claims = append(claims, r.draw(second, turns)...)
	theme := appliance.Theme{ID: appliance.NewThemeID(), Title: "Rain", Maker: byRules, CreatedAt: r.now}
	book := appliance.Codebook{SessionID: r.session, Themes: []appliance.Theme{theme}, Maker: byRules, CreatedAt: r.now}
	change := func(query string, args ...any) func() error {
		return func() error {
			return r.Write(ctx, func(tx *store.Tx) error { _, err := tx.Exec(query, args...); return err })
		}
	}
	k := &keeping{room: r, session: r.session}
	for _, c := range []struct {
		what   string
		change func() error
	}{
		{"somebody speaks", func() error { r.speaker("It hails."); return nil }},
		{"a conversation is left out", func() error { return r.SetIncluded(ctx, as(owner), second, false) }},
		{"a conversation is let in", func() error { return r.SetIncluded(ctx, as(owner), second, true) }},
		{"themes are made", func() error { return r.SaveCodebook(ctx, r.material(), book, nil) }},
		{"a claim is placed", func() error {
			return r.PlaceClaims(ctx, r.session, []appliance.ThemePlace{{ClaimID: claims[0], ThemeID: theme.ID}})
		}},
		{"a theme is edited", func() error {
			book.Themes[0].Title = "Weather"
			return r.SaveCodebook(ctx, r.material(), book, nil)
		}},
		{"a report is written", func() error { _, err := r.SaveReport(ctx, r.material(), report(claims...)); return err }},
		{"somebody may be quoted no more", change(`UPDATE quotes SET use = 'count' WHERE claim_id = ?`, claims[0])},
		{"another part of the results is shown", change(`UPDATE sessions SET visibility = '{}' WHERE id = ?`, r.session)},
		{"work on the results begins", func() error { r.enqueue(appliance.JobInsights, r.session, ""); return nil }},
		{"a conversation is erased", func() error { _, err := r.EraseConversation(ctx, as(owner), first); return err }},
		{"something is written that belongs to no session", change(`UPDATE accounts SET name = 'Ruth A.'`)},
		{"the session is deleted", change(`DELETE FROM sessions WHERE id = ?`, r.session)},
	} {
		k.madeAnew()
		if k.madeAnew() {
			t.Fatalf("before %s it is made anew though nothing has changed", c.what)
		}
		if err := c.change(); err != nil {
			t.Fatalf("%s: %v", c.what, err)
		}
		if !k.madeAnew() {
			t.Errorf("after %s what was kept is still given", c.what)
		}
	}
}

func TestWhatIsKeptOfASessionStaysWhileOthersAreWritten(t *testing.T) {
	r := newRoom(t)
	k := &keeping{room: r, session: r.addSession("hst_other", "Weather", appliance.SessionOpen)}
	k.madeAnew()
	r.speaker("It rains.")
	if k.madeAnew() {
		t.Error("it is made anew after a write to another session")
	}
	failed := errors.New("undone")
	if err := r.Write(t.Context(), func(tx *store.Tx) error {
		if _, err := tx.Exec(`UPDATE sessions SET topic = '' WHERE id = ?`, k.session); err != nil {
			return err
		}
		return failed
	}); !errors.Is(err, failed) || k.madeAnew() {
		t.Errorf("it is made anew after a write that was undone (%v)", err)
	}
}

// What was begun before a write is given to nobody who asks after it.
func TestWhatIsPutTogetherDuringAWriteIsNotKept(t *testing.T) {
	r := newRoom(t)
	sessions := []appliance.SessionID{r.session}
	var during string
	got, err := store.Keep(t.Context(), r.Store, "topic", sessions, func() (string, error) {
		s, err := r.Session(t.Context(), r.session)
		during = s.Brief.Topic
		r.exec(`UPDATE sessions SET topic = 'Snow' WHERE id = ?`, r.session)
		return s.Brief.Topic, err
	})
	if err != nil || got != during {
		t.Fatalf("%q, %v", got, err)
	}
	got, err = store.Keep(t.Context(), r.Store, "topic", sessions, func() (string, error) {
		s, err := r.Session(t.Context(), r.session)
		return s.Brief.Topic, err
	})
	if err != nil || got != "Snow" {
		t.Errorf("after the write the topic is %q (%v)", got, err)
	}
}

func TestAFailureIsNotKept(t *testing.T) {
	r := newRoom(t)
	sessions := []appliance.SessionID{r.session}
	failed := errors.New("no")
	if _, err := store.Keep(t.Context(), r.Store, "x", sessions, func() (int, error) { return 0, failed }); !errors.Is(err, failed) {
		t.Errorf("the failure is %v", err)
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = store.Keep(t.Context(), r.Store, "x", sessions, func() (int, error) { panic("x") })
	}()
	n, err := store.Keep(t.Context(), r.Store, "x", sessions, func() (int, error) { return 7, nil })
	if n != 7 || err != nil {
		t.Errorf("after failures it gives %d, %v", n, err)
	}
	gone, cancel := context.WithCancel(t.Context())
	entered, leave := make(chan struct{}), make(chan struct{})
	done := make(chan error)
	go func() {
		_, err := store.Keep(t.Context(), r.Store, "y", sessions, func() (int, error) { close(entered); <-leave; return 1, nil })
		done <- err
	}()
	<-entered
	cancel()
	if _, err := store.Keep(gone, r.Store, "y", sessions, func() (int, error) { return 2, nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("who has gone waits for others: %v", err)
	}
	close(leave)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A sentence stands for as long as what it rests on counts, and what is outdated shows nothing else.
func TestSentencesGoAtOnceWithTheirEvidence(t *testing.T) {
	r := newRoom(t)
	ada, turns := r.speaker("It rains.")
	hers := r.draw(ada, turns)
	ben, his := r.speaker("It pours.")
	says := func(text string, claims ...appliance.ClaimID) appliance.ReportSentence {
		return appliance.ReportSentence{Text: text, Claims: claims}
	}
	other := r.draw(ben, his)
	it := report()
	it.Body.Sections = []appliance.ReportSection{
		{Kind: appliance.SectionOverview, Sentences: []appliance.ReportSentence{says("Two people answered."), says("It is wet.", hers[0], other[0])}},
		{Kind: appliance.SectionMinority, Sentences: []appliance.ReportSentence{says("It rains.", hers[0])}},
		{Kind: appliance.SectionTensions, Sentences: []appliance.ReportSentence{says("Rain:", hers[0]), says("Flood:", other[0])}},
		{Kind: appliance.SectionGaps, Sentences: []appliance.ReportSentence{says("Nobody spoke of snow.")}},
	}
	if _, err := r.SaveReport(t.Context(), r.material(), it); err != nil {
		t.Fatal(err)
	}
	sentences := func() (all []string) {
		t.Helper()
		res, err := r.Results(t.Context(), r.session)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range res.Report.Body.Sections {
			for _, one := range s.Sentences {
				all = append(all, one.Text)
			}
		}
		return all
	}
	if n := len(sentences()); n != 6 {
		t.Fatalf("%d sentences of a new report", n)
	}
	if err := r.SetIncluded(t.Context(), store.By{Actor: "test"}, ada, false); err != nil {
		t.Fatal(err)
	}
	if got := sentences(); len(got) != 2 || got[0] != "Two people answered." || got[1] != "Nobody spoke of snow." {
		t.Errorf("after somebody was left out the report says %q", got)
	}
	if err := r.SetIncluded(t.Context(), store.By{Actor: "test"}, ada, true); err != nil {
		t.Fatal(err)
	}
	r.exec(`DELETE FROM claims WHERE id = ?`, other[0]) // drawn anew, by another
	r.exec(`UPDATE digests SET made_by = 'another' WHERE conversation_id = ?`, ben)
	if got := sentences(); len(got) != 4 || got[1] != "It is wet." || got[2] != "It rains." {
		t.Errorf("after claims of one were drawn anew the report says %q", got)
	}
	if _, err := r.EraseConversation(t.Context(), store.ErasedByParticipant, ada); err != nil {
		t.Fatal(err)
	}
	_, err := r.Results(t.Context(), r.session)
	wantCode(t, err, appliance.CodeNotFound)
}
