package capture_test

import (
	"context"
	"encoding/binary"
	"maps"
	"slices"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/capture"
	"harmonium/appliance/store"
)

// put stores a piece of a take of the first track.
func (b *table) put(id appliance.ConversationID, take, seq int, start time.Duration, s capture.Sound) {
	b.t.Helper()
	var piece []byte
	for _, sample := range s {
		piece = binary.LittleEndian.AppendUint16(piece, uint16(sample))
	}
	at := store.TakePath{ID: id, Take: take}
	if err := b.store.AddPiece(b.t.Context(), at, seq, int64(start.Seconds()*capture.Rate), piece); err != nil {
		b.t.Fatal(err)
	}
}

// overtaken is a meeting of two devices: the first was offline after three seconds, so the second took over, spoke for four, and was told
// off by a third. What the first has is on its way.
func overtaken(b *table) appliance.Conversation {
	id := b.meeting()
	for take, s := range []capture.Sound{tone(3*time.Second+7*time.Millisecond, 0.3), tone(4*time.Second, 0.2), tone(5*time.Second, 0.4)} {
		if _, _, err := b.store.BeginTake(b.t.Context(), id, 0, "device"+string(rune('a'+take))); err != nil {
			b.t.Fatal(err)
		}
		b.put(id, take, 0, 0, s)
	}
	return b.close(id)
}

// played says how loud the sound of each turn of a meeting is in the second that a click on it plays, but for the 10 ms to which times
// are told. Each device is of another loudness.
func (b *table) played(c appliance.Conversation) map[string]int16 {
	b.t.Helper()
	track, err := capture.OpenTrack(b.t.Context(), b.store, c.ID, 0)
	if err != nil {
		b.t.Fatal(err)
	}
	list, err := b.store.Turns(b.t.Context(), c.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	heard := map[string]int16{}
	for _, turn := range list {
		s := make(capture.Sound, capture.Rate)
		if _, err := track.ReadAt(s, turn.StartMS*capture.Rate/1000); err != nil {
			b.t.Fatal(err)
		}
		heard[turn.Content] = slices.Max(s[capture.Rate/100:])
	}
	return heard
}

// What was written down and marked plays as before when sound comes of an earlier device, and the transcript says that it lacks something.
func TestWhatWasWrittenDownKeepsItsSoundWhenEarlierSoundComesLate(t *testing.T) {
	_, e := ears(t)
	fake := whisper(t, e)
	b := newTable(t, e)
	c := overtaken(b)
	fake.Script(says("Eins."), says("Zwei."), says("Drei."))
	s := b.scribe()
	b.transcribe(s, c)
	if _, err := b.store.AddMark(t.Context(), byTest, store.Once{}, c.ID, appliance.Mark{Kind: appliance.MarkDecision, AtMS: 8007}); err != nil {
		t.Fatal(err)
	}
	before := b.played(c)
	if len(before) != 3 || b.newest(c).Late {
		t.Fatalf("%d turns; late %v", len(before), b.newest(c).Late)
	}
	b.put(c.ID, 0, 1, 4*time.Second, tone(6*time.Second, 0.1)) // with a second in between that comes last
	b.put(c.ID, 1, 1, 4*time.Second, tone(time.Second+3*time.Millisecond, 0.1))
	if err := b.store.EndTake(t.Context(), store.TakePath{ID: c.ID}, 12*capture.Rate); err != nil {
		t.Fatal(err)
	}
	if after := b.played(c); !maps.Equal(after, before) || before["Zwei."] == before["Drei."] {
		t.Errorf("turns play sound of the loudness %v, before %v", after, before)
	}
	marks, err := b.store.Marks(t.Context(), c.ID)
	if want := int64(8007 + 8993 + 1003); err != nil || len(marks) != 1 || max(marks[0].AtMS-want, want-marks[0].AtMS) > 10 {
		t.Errorf("marks %+v, want one at %d, %v", marks, want, err)
	}
	if !b.newest(c).Late {
		t.Error("the transcript does not say that sound came later")
	}
	_, err = b.store.StartWriting(t.Context(), byTest, c.ID, appliance.WritingRequest{Only: []appliance.SegmentKey{{Position: 1}}})
	if appliance.CodeOf(err) != appliance.CodeConflict {
		t.Errorf("one part of it is heard anew: %v", err)
	}
	if _, err := b.store.StartWriting(t.Context(), byTest, c.ID, appliance.WritingRequest{}); err != nil {
		t.Fatal(err)
	}
	fake.Script(says("Eins."), says("Eins und."), says("Zwei."), says("Drei."))
	b.transcribe(s, c)
	if w := b.newest(c); w.Late || w.State != appliance.WritingDone || w.Gaps != 2 {
		t.Errorf("anew it is %+v", w)
	}
	if got := b.said(c); got != "Eins.\nEins und.\nZwei.\nDrei.\n" {
		t.Errorf("it says %q", got)
	}
}

// Sound comes while the rest is being heard: what is heard at its former place is not kept, and is heard at its new one.
func TestASegmentThatMovesWhileItIsHeardIsHeardAgain(t *testing.T) {
	_, e := ears(t)
	fake := whisper(t, e)
	b := newTable(t, e)
	c := overtaken(b)
	fake.Script(says("Eins."), says("Falsch."), says("Zwei."), says("Drei."))
	s := b.scribe()
	moved := false
	job := appliance.Job{Kind: appliance.JobTranscribe, SessionID: c.SessionID, ConversationID: c.ID}
	for range 2 { // Sweep puts it on the queue again
		err := s.Transcribe(context.WithoutCancel(t.Context()), job, func(done, _ int) {
			if done == 1 && !moved {
				moved = true
				b.put(c.ID, 0, 1, 4*time.Second, tone(6*time.Second, 0.1))
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := b.said(c); got != "Eins.\nZwei.\nDrei.\n" {
		t.Errorf("it says %q", got)
	}
	if w := b.newest(c); w.State != appliance.WritingDone || !w.Late {
		t.Errorf("%+v", w)
	}
}
