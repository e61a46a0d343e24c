package backup_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/backup"
	"harmonium/appliance/store"
)

// What is kept by a legal hold is not deleted, and what was taken back or said off the record not shown, since a backup is older
// than that.
func TestWhatIsHeldOrKeptBackStaysSoAfterARestore(t *testing.T) {
	b := newBox(t)
	held, taken := b.session("first")
	_, meeting := b.session("second")
	dropping, dropped := b.session("keptalpha plantedgamma")
	turns, err := b.Store.Turns(t.Context(), dropped)
	if err != nil {
		t.Fatal(err)
	}
	b.sql(fmt.Sprintf(`UPDATE conversations SET source = 'recording' WHERE id = '%s';
		INSERT INTO points (id, conversation_id, shown_in, position, topic_id, topic, turn_id, start_byte, end_byte)
			VALUES ('pnt_x', '%[2]s', '%[3]s', 0, 'tpc_one', 'One', '%[3]s', 10, 22);
		UPDATE conversations SET state = 'finished', ended = 'complete' WHERE id = '%[2]s'`, meeting, dropped, turns[0].ID))
	lifted, err := b.Store.PlaceHold(t.Context(), b.owner, store.Once{}, appliance.Hold{Kind: appliance.HoldBox, Reason: "Ruth v. Ben"})
	b.must(err)
	file := b.make()
	b.clock.Advance(1e9)
	b.must(b.Store.LiftHold(t.Context(), b.owner, lifted.ID))
	until := b.clock.Now().Add(1e15).UTC()
	for _, of := range []appliance.SessionID{held, dropping} {
		_, err = b.Store.PlaceHold(t.Context(), b.owner, store.Once{}, appliance.Hold{Kind: appliance.HoldSession, Object: string(of), Reason: "plantedreason", Until: until})
		b.must(err)
	}
	b.must(b.Store.AskWithdrawal(t.Context(), taken))
	_, err = b.Store.Review(t.Context(), dropped, appliance.Review{Points: []appliance.PointReview{{ID: "pnt_x", State: appliance.PointDropped}}})
	b.must(err)
	for _, forbids := range []appliance.Restrictions{appliance.NoUse, appliance.NoExport} {
		_, err = b.Store.Restrict(t.Context(), b.owner, meeting, appliance.RestrictionChange{Set: &forbids, Reason: "plantedreason"}, store.Once{})
		b.must(err)
	}
	_, beside, err := b.JournalCopy(t.Context())
	b.must(err)
	if bytes.Contains(beside, []byte("plantedreason")) {
		t.Error("the journal holds the reasons")
	}
	restored, control := newBox(t), newBox(t)
	for box, how := range map[*box]backup.Restore{restored: {Journals: backup.ReadJournals([][]byte{beside})}, control: {Anyway: true}} {
		if _, err := box.restore(file, how); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		box  *box
		want string
	}{
		{restored, "conflict; box lifted, session in force until the day that was said, session in force until the day that was said; taken back; restricted to external_export; hidden"},
		{control, "; box in force; not taken back; restricted to ; shown"},
	} {
		if got := c.box.keptBack(held, taken, meeting, dropped, until); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// keptBack tells in words what is so of a box.
func (b *box) keptBack(session appliance.SessionID, taken, meeting, dropped appliance.ConversationID, until time.Time) string {
	b.t.Helper()
	holds, err := b.Store.Holds(b.t.Context())
	b.must(err)
	var words []string
	for _, h := range holds {
		is := string(h.Kind)
		switch {
		case !h.LiftedAt.IsZero():
			is += " lifted"
		case h.Until.Equal(until):
			is += " in force until the day that was said"
		default:
			is += " in force"
		}
		words = append(words, is)
	}
	slices.Sort(words)
	back, err := b.Store.TakenBack(b.t.Context(), taken)
	b.must(err)
	state, err := b.Store.Restrictions(b.t.Context(), meeting)
	b.must(err)
	turns, err := b.Store.TurnsFor(b.t.Context(), store.ForReaders, dropped)
	b.must(err)
	b.Store.LiftHold(b.t.Context(), b.owner, holds[len(holds)-1].ID) // the control's hold on everything, placed before its backup
	_, err = b.Store.DeleteSession(b.t.Context(), b.owner, session)
	return fmt.Sprintf("%s; %s; %s; restricted to %s; %s", appliance.CodeOf(err), strings.Join(words, ", "),
		map[bool]string{true: "taken back", false: "not taken back"}[back], strings.Join(state.Effective().Scopes(), ", "),
		map[bool]string{true: "shown", false: "hidden"}[strings.Contains(turns[0].Content, "gamma")])
}

func (b *box) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// A restore decides anew what was decided since the backup, in its order: here a signal of before it is dismissed, and then something else
// is forbidden.
func TestOfSeveralDecisionsAboutAMeetingTheLastHoldsAfterARestore(t *testing.T) {
	b := newBox(t)
	session, _ := b.session("first")
	meeting, err := b.Store.AddTranscript(t.Context(), b.owner, session, appliance.Transcript{Utterances: []appliance.Utterance{
		{Speaker: "Ruth", Text: "This is off the record, please."}, {Speaker: "Ben", Text: "The board is full."}}}, store.Once{})
	b.must(err)
	state, err := b.Store.Restrictions(t.Context(), meeting)
	b.must(err)
	if len(state.Pending) != 1 {
		t.Fatalf("%d signals wait, want 1", len(state.Pending))
	}
	file := b.make()
	forbids := appliance.NoSharing
	for _, change := range []appliance.RestrictionChange{{Candidate: state.Pending[0].ID}, {Set: &forbids}} {
		_, err := b.Store.Restrict(t.Context(), b.owner, meeting, change, store.Once{})
		b.must(err)
	}
	_, journal, err := b.JournalCopy(t.Context())
	b.must(err)
	restored := newBox(t)
	_, err = restored.restore(file, backup.Restore{Journals: backup.ReadJournals([][]byte{journal})})
	b.must(err)
	state, err = restored.Store.Restrictions(t.Context(), meeting)
	b.must(err)
	if state.Effective() != forbids || len(state.Pending) != 0 {
		t.Errorf("it is restricted to %v, with %d signals waiting; want %v", state.Effective().Scopes(), len(state.Pending), forbids.Scopes())
	}
}
