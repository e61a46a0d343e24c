package synthesis_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// meeting adds a transcript to the session, with results.
func (d *desk) meeting(said ...appliance.Utterance) appliance.ConversationID {
	d.t.Helper()
	for i := range said {
		said[i].StartMS, said[i].EndMS = int64(i)*10_000, int64(i+1)*10_000
	}
	id, err := d.AddTranscript(d.t.Context(), byHost, d.session.ID, appliance.Transcript{Title: "Circle", Utterances: said}, store.Once{})
	if err != nil {
		d.t.Fatal(err)
	}
	d.work()
	return id
}

func (d *desk) turnsOf(id appliance.ConversationID) []appliance.Turn {
	d.t.Helper()
	list, err := d.Turns(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	for i, turn := range list {
		if turn.Seq != i {
			d.t.Errorf("turn %d has the number %d", i, turn.Seq)
		}
	}
	c, err := d.Conversation(d.t.Context(), id)
	if err != nil || c.NextSeq != len(list) || c.AnsweredSeq != len(list)-1 {
		d.t.Errorf("of %d turns: %+v, %v", len(list), c, err)
	}
	return list
}

// claims gives the claims of the session, and proves that each quotation is what stands in its turn.
func (d *desk) claims(id appliance.ConversationID) []store.CitedClaim {
	d.t.Helper()
	list, err := d.Claims(d.t.Context(), d.session.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	turns := d.turnsOf(id)
	for _, c := range list {
		for _, q := range c.Quotes {
			i := slices.IndexFunc(turns, func(t appliance.Turn) bool { return t.ID == q.Span.TurnID })
			if i < 0 || turns[i].Content[q.Span.Start:q.Span.End] != q.Span.Text {
				d.t.Errorf("a quotation is not what stands in its turn: %q", q.Span.Text)
			}
		}
	}
	return list
}

const (
	lamps  = "The lamps in the corridor have been broken since the spring and nobody repairs them."
	keys   = "We wait for the key of the store every morning because only one person has it."
	planes = "The night shift has no plan for what happens when the machine stops."
)

func TestACorrectedTurnHasAHistoryAndNewClaimsOnce(t *testing.T) {
	d := newDesk(t, "en", "Work")
	id := d.meeting(appliance.Utterance{Speaker: "Ada", Text: lamps}, appliance.Utterance{Speaker: "Grace", Text: keys})
	if len(d.claims(id)) == 0 {
		t.Fatal("nothing was drawn from it")
	}
	turns := d.turnsOf(id)
	for _, text := range []string{"The stamps in the corridor are broken.", strings.Replace(lamps, "corridor", "stairway", 1)} {
		if err := d.EditTurn(t.Context(), byHost, id, turns[0].ID, text); err != nil {
			t.Fatal(err)
		}
		if n := len(d.claims(id)); n != 0 {
			t.Errorf("%d claims of words that may have changed", n)
		}
		d.clock.Advance(time.Second)
	}
	done := d.work()
	if done[appliance.JobDigest] != 1 || done[appliance.JobReport] != 1 {
		t.Errorf("after two corrections was done %v", done)
	}
	list := d.claims(id)
	if !slices.ContainsFunc(list, func(c store.CitedClaim) bool { return strings.Contains(c.Text, "stairway") }) {
		t.Errorf("%d claims, and none has the new words", len(list))
	}
	edits, err := d.TurnEdits(t.Context(), id, turns[0].ID)
	if err != nil || len(edits) != 2 || edits[1].Before != lamps || edits[0].Before != "The stamps in the corridor are broken." {
		t.Errorf("the history is %+v, %v", edits, err)
	}
	for _, text := range []string{"", "  ", "a\x00b", strings.Repeat("x", appliance.MaxUtterance+1)} {
		if err := d.EditTurn(t.Context(), byHost, id, turns[0].ID, text); appliance.CodeOf(err) != appliance.CodeValidation {
			t.Errorf("%d bytes: %v", len(text), err)
		}
	}
}

func TestTurnsAreDividedAndPutTogether(t *testing.T) {
	d := newDesk(t, "en", "Work")
	id := d.meeting(appliance.Utterance{Speaker: "Ada", Text: lamps + " " + keys}, appliance.Utterance{Speaker: "Grace", Text: planes})
	first := d.turnsOf(id)[0]
	for _, at := range []int{-1, 0, len(first.Content), len(first.Content) + 1} {
		if err := d.SplitTurn(t.Context(), byHost, id, first.ID, at); appliance.CodeOf(err) != appliance.CodeValidation {
			t.Errorf("divided at %d: %v", at, err)
		}
	}
	if err := d.SplitTurn(t.Context(), byHost, id, first.ID, len(lamps)+1); err != nil {
		t.Fatal(err)
	}
	list := d.turnsOf(id)
	if len(list) != 3 || list[0].Content != lamps || list[1].Content != keys || list[1].Speaker != list[0].Speaker || list[2].Content != planes {
		t.Fatalf("%+v", list)
	}
	if list[0].StartMS != 0 || list[0].EndMS != list[1].StartMS || list[1].EndMS != 10_000 || list[1].StartMS < 4_000 || list[1].StartMS > 6_000 {
		t.Errorf("times are %d to %d and %d to %d", list[0].StartMS, list[0].EndMS, list[1].StartMS, list[1].EndMS)
	}
	if err := d.MergeTurn(t.Context(), byHost, id, list[1].ID); appliance.CodeOf(err) != appliance.CodeConflict {
		t.Errorf("turns of two people became one: %v", err)
	}
	if err := d.MergeTurn(t.Context(), byHost, id, list[2].ID); appliance.CodeOf(err) != appliance.CodeConflict {
		t.Errorf("the last turn was put together with none: %v", err)
	}
	if err := d.MergeTurn(t.Context(), byHost, id, list[0].ID); err != nil {
		t.Fatal(err)
	}
	if list = d.turnsOf(id); len(list) != 2 || list[0].Content != lamps+" "+keys || list[0].EndMS != 10_000 {
		t.Errorf("%+v", list)
	}
	d.work()
	d.claims(id)
	if edits, err := d.TurnEdits(t.Context(), id, first.ID); err != nil || len(edits) != 3 {
		t.Errorf("%d wordings in the history, %v", len(edits), err)
	}
}

func TestWhoSpeaksIsCorrected(t *testing.T) {
	d := newDesk(t, "en", "Work")
	id := d.meeting(appliance.Utterance{Speaker: "Voice", Text: lamps}, appliance.Utterance{Speaker: "Voice", Text: keys},
		appliance.Utterance{Speaker: "Voice", Text: planes})
	people := func(want int) []appliance.Speaker {
		t.Helper()
		list, err := d.Speakers(t.Context(), id)
		if err != nil || len(list) != want {
			t.Fatalf("%d speakers, %v; want %d", len(list), err, want)
		}
		d.work()
		c, err := d.Conversation(t.Context(), id)
		if err != nil || (want == 1) != (c.ParticipantID != "") {
			t.Errorf("of %d people the only one is %q, %v", want, c.ParticipantID, err)
		}
		material, err := d.ReportMaterial(t.Context(), d.session.ID)
		if err != nil || material.Counts.Participants != want {
			t.Errorf("the report counts %d people, %v; want %d", material.Counts.Participants, err, want)
		}
		for _, claim := range d.claims(id) {
			if claim.Number == 0 {
				t.Error("a claim is nobody's")
			}
		}
		return list
	}
	people(1)
	turns := d.turnsOf(id)
	if err := d.AssignTurn(t.Context(), byHost, id, turns[1].ID, store.Assignment{Name: "Grace", Following: true}); err != nil {
		t.Fatal(err)
	}
	list := people(2)
	after := d.turnsOf(id)
	if after[0].Speaker != list[0].ID || after[1].Speaker != list[1].ID || after[2].Speaker != list[1].ID || list[1].Name != "Grace" {
		t.Fatalf("%+v", list)
	}
	if err := d.RenameSpeaker(t.Context(), byHost, id, list[0].ID, "Grace"); appliance.CodeOf(err) != appliance.CodeConflict {
		t.Errorf("two have one name: %v", err)
	}
	if err := d.RenameSpeaker(t.Context(), byHost, id, list[0].ID, "Ada"); err != nil {
		t.Fatal(err)
	}
	if err := d.AssignTurn(t.Context(), byHost, id, turns[2].ID, store.Assignment{Speaker: list[0].ID}); err != nil {
		t.Fatal(err)
	}
	if err := d.MergeSpeakers(t.Context(), byHost, id, list[0].ID, list[1].ID); err != nil {
		t.Fatal(err)
	}
	if list = people(1); list[0].Name != "Grace" || len(d.turnsOf(id)) != 3 {
		t.Errorf("who is left is %+v", list)
	}
}

// What is given to somebody who only asks counts as nobody's words, and comes back when it is given back.
func TestATurnIsGivenToWhoOnlyAsks(t *testing.T) {
	d := newDesk(t, "en", "Work")
	id := d.meeting(appliance.Utterance{Speaker: "Moderator", Text: "How is work?", Asks: true},
		appliance.Utterance{Speaker: "Ada", Text: lamps}, appliance.Utterance{Speaker: "Grace", Text: keys})
	list, err := d.Speakers(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	turns := d.turnsOf(id)
	for _, to := range []struct {
		speaker appliance.SpeakerID
		people  int
	}{{list[0].ID, 1}, {"", 2}} {
		if err := d.AssignTurn(t.Context(), byHost, id, turns[1].ID, store.Assignment{Speaker: to.speaker, Name: "Ada"}); err != nil {
			t.Fatal(err)
		}
		d.work()
		c, err := d.Conversation(t.Context(), id)
		if err != nil || c.Turns != to.people {
			t.Errorf("%d turns count, want %d: %v", c.Turns, to.people, err)
		}
		quoted := slices.ContainsFunc(d.claims(id), func(c store.CitedClaim) bool { return strings.Contains(c.Text, "lamps") })
		if quoted != (to.people == 2) {
			t.Errorf("with %d people the words are drawn from: %v", to.people, quoted)
		}
	}
}

func TestInterviewsAreNotCorrected(t *testing.T) {
	d := newDesk(t, "en", "Work")
	id := d.person(lamps)
	turns, err := d.Turns(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.EditTurn(t.Context(), byHost, id, turns[1].ID, "Something else."); appliance.CodeOf(err) != appliance.CodeConflict {
		t.Errorf("got %v", err)
	}
}
