package capture_test

import (
	"context"
	"encoding/binary"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/capture"
	"harmonium/appliance/capture/whispertest"
	"harmonium/appliance/inference/ollamatest"
	"harmonium/appliance/jobs"
	"harmonium/appliance/live"
	"harmonium/appliance/store"
	"harmonium/appliance/testkit"
)

var byTest = store.By{Actor: "test"}

// table is a box on which meetings are recorded.
type table struct {
	t     testing.TB
	dir   string
	store *store.Store
	ears  *capture.Ears
}

func newTable(t testing.TB, e *capture.Ears) *table {
	b := &table{t: t, dir: testkit.Dir(t), ears: e}
	b.open()
	t.Cleanup(func() { b.store.Close() })
	return b
}

func (b *table) open() {
	b.t.Helper()
	var err error
	if b.store, err = store.Open(b.t.Context(), store.Options{Dir: b.dir, Clock: appliance.SystemClock, BallastBytes: -1}); err != nil {
		b.t.Fatal(err)
	}
}

// meeting makes one that is about to be recorded.
func (b *table) meeting() appliance.ConversationID {
	b.t.Helper()
	ctx := b.t.Context()
	session, err := b.store.CreateSession(ctx, byTest, store.Once{}, appliance.Session{Brief: appliance.Brief{Topic: "Übergabe", Goal: "Was fehlt"},
		Status: appliance.SessionDraft, Language: "de", ResultsVisibility: appliance.ResultsHost},
		appliance.GuideVersion{Guide: appliance.Guide{Opening: "Hallo.", Closing: "Danke.",
			Topics: []appliance.Topic{{ID: "t1", Title: "T", Question: "Wie?", Minutes: 1}}}}, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	id, err := b.store.CreateRecording(ctx, byTest, store.Once{}, store.NewRecording{Session: session.ID, Title: "Übergabe",
		Recording: appliance.Recording{Provider: appliance.ProvidedBrowser, Keep: appliance.KeepWithText}})
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

// record makes a meeting of tracks, in pieces of four seconds; of the first track the pieces that are named never come.
func (b *table) record(lost []int, tracks ...capture.Sound) appliance.Conversation {
	b.t.Helper()
	ctx, id := b.t.Context(), b.meeting()
	for track, s := range tracks {
		take, _, err := b.store.BeginTake(ctx, id, track, "device")
		if err != nil {
			b.t.Fatal(err)
		}
		at := store.TakePath{ID: id, Track: track, Take: take}
		const size = 4 * capture.Rate
		for seq := 0; seq*size < len(s); seq++ {
			if track == 0 && slices.Contains(lost, seq) {
				continue
			}
			var piece []byte
			for _, sample := range s[seq*size : min(len(s), (seq+1)*size)] {
				piece = binary.LittleEndian.AppendUint16(piece, uint16(sample))
			}
			if err := b.store.AddPiece(ctx, at, seq, int64(seq*size), piece); err != nil {
				b.t.Fatal(err)
			}
		}
		if err := b.store.EndTake(ctx, at, int64(len(s))); err != nil {
			b.t.Fatal(err)
		}
	}
	return b.close(id)
}

func (b *table) close(id appliance.ConversationID) appliance.Conversation {
	b.t.Helper()
	ctx := b.t.Context()
	if err := b.store.CloseRecording(ctx, byTest, id); err != nil {
		b.t.Fatal(err)
	}
	c, err := b.store.Conversation(ctx, id)
	if err != nil || c.Included || c.Turns != 0 {
		b.t.Fatalf("a recording without a transcript: %+v, %v", c, err)
	}
	return c
}

// scribe makes a new one, as a server does that starts.
func (b *table) scribe() *capture.Scribe {
	return capture.NewScribe(capture.ScribeOptions{Store: b.store, Ears: b.ears, Hub: live.NewHub(appliance.SystemClock), Clock: appliance.SystemClock})
}

// transcribe does the work of a job once.
func (b *table) transcribe(s *capture.Scribe, c appliance.Conversation) {
	b.t.Helper()
	job := appliance.Job{Kind: appliance.JobTranscribe, SessionID: c.SessionID, ConversationID: c.ID}
	if err := s.Transcribe(b.t.Context(), job, func(int, int) {}); err != nil {
		b.t.Fatal(err)
	}
}

func (b *table) newest(c appliance.Conversation) appliance.WritingProgress {
	b.t.Helper()
	list, err := b.store.Writings(b.t.Context(), c.ID)
	if err != nil || len(list) == 0 {
		b.t.Fatalf("%d transcripts, %v", len(list), err)
	}
	return list[0]
}

// said gives the turns of a meeting, one a line.
func (b *table) said(c appliance.Conversation) (text string) {
	b.t.Helper()
	list, err := b.store.Turns(b.t.Context(), c.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	for i, turn := range list {
		if turn.Seq != i || turn.Role != appliance.FromParticipant {
			b.t.Errorf("turn %d is number %d of the %s", i, turn.Seq, turn.Role)
		}
		text += turn.Content + "\n"
	}
	return text
}

func says(text string) whispertest.Script { return whispertest.Says(text, "german") }

var loop = whispertest.Says(strings.Repeat("Untertitel der Amara. ", 12), "german")

func TestAMeetingIsTranscribedAndItsGapsAreNamed(t *testing.T) {
	_, e := ears(t)
	fake := whisper(t, e)
	b := newTable(t, e)
	first := slices.Concat(tone(6*time.Second, 0.3), tone(2*time.Second, 0), tone(4*time.Second, 0.3), tone(8*time.Second, 0.3), tone(4*time.Second, 0))
	second := slices.Concat(tone(8*time.Second, 0), tone(6*time.Second, 0.3), tone(10*time.Second, 0))
	c := b.record([]int{2}, first, second) // from 8 to 12 s nothing came of the first
	fake.Script(says("Guten Morgen."), says("Hört ihr mich?"), loop, loop)
	s := b.scribe()
	b.transcribe(s, c)

	if got := b.said(c); got != "Guten Morgen.\nHört ihr mich?\n" {
		t.Errorf("it says %q", got)
	}
	w := b.newest(c)
	if w.State != appliance.WritingDone || w.Version != 1 || !w.InUse || w.Done != 3 || w.Total != 3 || w.Gaps != 2 || w.Language != "de" {
		t.Errorf("%+v", w)
	}
	list, err := b.store.Segments(t.Context(), c.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	var states []string
	for _, g := range list {
		states = append(states, string(g.State))
		if g.State == appliance.SegmentMissing && (g.StartMS != 8000 || g.EndMS != 12_000) {
			t.Errorf("missing is %d to %d", g.StartMS, g.EndMS)
		}
		if g.State == appliance.SegmentHeard && g.Maker.By != capture.WhisperServer || g.State.Gap() && g.Text != "" {
			t.Errorf("%+v", g)
		}
	}
	if want := []string{"heard", "heard", "missing", "inaudible"}; !slices.Equal(states, want) {
		t.Errorf("segments are %v, want %v", states, want)
	}
	after, err := b.store.Conversation(t.Context(), c.ID)
	if err != nil || !after.Included || after.Turns != 2 || after.Words != 5 || after.ParticipantID != "" {
		t.Errorf("%+v, %v", after, err)
	}
	speakers, err := b.store.Speakers(t.Context(), c.ID)
	if err != nil || len(speakers) != 2 || speakers[0].Asks() || speakers[1].Asks() || speakers[0].ParticipantID == speakers[1].ParticipantID {
		t.Errorf("one for each track: %+v, %v", speakers, err)
	}
	if s.Left(time.Minute) <= 0 {
		t.Error("nothing was learnt of how long it takes")
	}
}

// Turns have the times at which a transcriber says that they are said. What two segments share is one of them only, and a
// turn that somebody corrected stays when its segment is heard anew with the same words.
func TestTurnsHaveTheTimesOfTheirWords(t *testing.T) {
	_, e := ears(t)
	fake := whisper(t, e)
	b := newTable(t, e)
	c := b.record(nil, slices.Concat(tone(28*time.Second, 0.3), tone(20*time.Second, 0.3)))
	type said = whispertest.Said
	fake.Rule(says("Ende."))
	fake.Script(whispertest.Times("german", said{Text: " Guten Morgen zusammen.", Start: 1, End: 7}, said{Text: " Die Nacht war ruhig.", Start: 8, End: 19}),
		whispertest.Times("german", said{Text: " war ruhig.", Start: 0, End: 0.4}, said{Text: " Und der Tag?", Start: 3, End: 9}))
	s := b.scribe()
	b.transcribe(s, c)
	ctx := t.Context()
	list, err := b.store.Segments(ctx, c.ID, 1)
	if err != nil || len(list) < 2 || list[1].OverlapMS == 0 {
		t.Fatalf("%+v, %v", list, err)
	}
	second := list[1].StartMS
	turns, err := b.store.Turns(ctx, c.ID)
	if err != nil || len(turns) < 3 {
		t.Fatalf("%d turns, %v", len(turns), err)
	}
	for i, want := range []struct {
		text       string
		start, end int64
	}{{"Guten Morgen zusammen.", 1000, 7000}, {"Die Nacht war ruhig.", 8000, 19_000}, {"Und der Tag?", second + 3000, second + 9000}} {
		if got := turns[i]; got.Content != want.text || got.StartMS != want.start || got.EndMS != want.end {
			t.Errorf("turn %d is %q at %d to %d; want %+v", i, got.Content, got.StartMS, got.EndMS, want)
		}
	}

	if err := b.store.EditTurn(ctx, byTest, c.ID, turns[1].ID, "Die Nacht war ruhig, sagt Anna."); err != nil {
		t.Fatal(err)
	}
	if err := b.store.AssignTurn(ctx, byTest, c.ID, turns[1].ID, store.Assignment{Name: "Anna"}); err != nil {
		t.Fatal(err)
	}
	anew := func(script whispertest.Script) []appliance.Turn {
		t.Helper()
		_, err := b.store.StartWriting(ctx, byTest, c.ID, appliance.WritingRequest{Only: []appliance.SegmentKey{list[0].Key()}})
		if err != nil {
			t.Fatal(err)
		}
		fake.Script(script)
		b.transcribe(s, c)
		after, err := b.store.Turns(ctx, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		return after
	}
	same := anew(says("Guten Morgen zusammen.\nDie Nacht war ruhig."))
	if len(same) != len(turns) || same[1].ID != turns[1].ID || same[1].Content != "Die Nacht war ruhig, sagt Anna." {
		t.Errorf("the same words took the place of corrected ones: %+v", same[:2])
	}
	other := anew(whispertest.Times("german", said{Text: " Guten Morgen zusammen.", Start: 1, End: 7}, said{Text: " Die Nacht war laut.", Start: 8, End: 19}))
	if other[1].Content != "Die Nacht war laut." || other[1].Speaker != same[1].Speaker || other[0].Speaker == other[1].Speaker {
		t.Errorf("heard anew it is %+v", other[:2])
	}
}

// A server that is killed asks for nothing a second time that was heard.
func TestTranscriptionGoesOnAfterAKill(t *testing.T) {
	_, e := ears(t)
	fake := whisper(t, e)
	b := newTable(t, e)
	c := b.record(nil, spoken(22, 22, 22, 22))
	fake.Script(says("Eins."), says("Zwei."), whispertest.Hangs(make(chan struct{})))
	fake.Rule(says("Drei."))
	run := func(until func() bool) {
		ctx, cancel := context.WithCancel(t.Context())
		runner := jobs.New(b.store, live.NewHub(appliance.SystemClock), appliance.SystemClock, slog.New(slog.DiscardHandler))
		runner.Register(appliance.JobTranscribe, b.scribe().Transcribe)
		ended := make(chan struct{})
		go func() { runner.Run(ctx, 1); close(ended) }()
		wait(t, until)
		cancel()
		<-ended
	}
	run(func() bool { return len(fake.Requests()) == 3 })
	if got := b.said(c); got != "" {
		t.Errorf("half a transcript is in use: %q", got)
	}
	if err := b.store.Close(); err != nil {
		t.Fatal(err)
	}
	b.open()
	run(func() bool { return b.newest(c).State == appliance.WritingDone })
	if got := b.said(c); got != "Eins.\nZwei.\nDrei.\nDrei.\n" {
		t.Errorf("it says %q", got)
	}
	if n, want := len(fake.Requests()), b.newest(c).Total+1; n != want {
		t.Errorf("%d requests for %d segments, of which one was cut off", n, want-1)
	}
}

func TestWithoutATranscriberARecordingWaitsForOne(t *testing.T) {
	_, e := ears(t, "gemma3:4b") // hears nothing
	b := newTable(t, e)
	c := b.record(nil, spoken(3))
	s := b.scribe()
	b.transcribe(s, c)
	if w := b.newest(c); w.State != appliance.WritingWaiting {
		t.Errorf("it is %s", w.State)
	}
	taken := func() bool {
		job, ok, err := b.store.TakeJob(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if ok && job.Kind == appliance.JobTranscribe {
			if err := s.Transcribe(t.Context(), job, func(int, int) {}); err != nil {
				t.Fatal(err)
			}
		}
		if ok {
			if err := b.store.EndJob(t.Context(), job.ID, appliance.JobDone, ""); err != nil {
				t.Fatal(err)
			}
		}
		return ok
	}
	for taken() { // the job of the closing
	}
	if err := s.Sweep(t.Context()); err != nil || taken() {
		t.Errorf("it was put on the queue with nothing that hears: %v", err)
	}
	fake := whisper(t, e)
	fake.Rule(says("Jetzt geht es."))
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	taken()
	if got := b.said(c); got != "Jetzt geht es.\n" {
		t.Errorf("it says %q", got)
	}
}

func TestAMeetingOfWhichNothingMayBeMadeIsNotHeard(t *testing.T) {
	_, e := ears(t)
	fake := whisper(t, e)
	fake.Rule(says("Jetzt geht es."))
	b := newTable(t, e)
	c := b.record(nil, spoken(3))
	s := b.scribe()
	restrict := func(r appliance.Restrictions) {
		t.Helper()
		if _, err := b.store.Restrict(t.Context(), byTest, c.ID, appliance.RestrictionChange{Set: &r}, store.Once{}); err != nil {
			t.Fatal(err)
		}
	}
	restrict(appliance.NoUse)
	b.transcribe(s, c)
	if w := b.newest(c); w.State != appliance.WritingWaiting || b.said(c) != "" {
		t.Errorf("it is %s, and says %q", w.State, b.said(c))
	}
	if list, err := b.store.WaitingWritings(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%d are put on the queue, %v", len(list), err)
	}
	if _, err := b.store.StartWriting(t.Context(), byTest, c.ID, appliance.WritingRequest{}); appliance.CodeOf(err) != appliance.CodeForbidden {
		t.Errorf("it can be asked for: %v", err)
	}

	restrict(0)
	w, open, err := b.store.OpenWriting(t.Context(), c.ID)
	if err != nil || !open {
		t.Fatal(open, err)
	}
	if going, err := b.store.RunWriting(t.Context(), c.ID, w.Version, appliance.WritingRunning); err != nil || !going {
		t.Fatal(going, err)
	}
	if _, err := b.store.PlanSegments(t.Context(), c.ID, w.Version, []appliance.Segment{{EndMS: 3000, State: appliance.SegmentWaiting}}); err != nil {
		t.Fatal(err)
	}
	restrict(appliance.NoUse) // while it is being heard
	heard := appliance.Segment{EndMS: 3000, State: appliance.SegmentHeard, Text: "Geheim."}
	if going, err := b.store.SaveSegment(t.Context(), c.ID, w.Version, heard); err != nil || going {
		t.Errorf("what was heard meanwhile is kept: %v, %v", going, err)
	}

	restrict(0)
	b.transcribe(s, c)
	if got := b.said(c); got != "Jetzt geht es.\n" {
		t.Errorf("lifted, it says %q", got)
	}
}

func TestATranscriberThatGoesAwayInAMeetingIsWaitedFor(t *testing.T) {
	fake, e := ears(t, "hears:e2b")
	b := newTable(t, e)
	c := b.record(nil, spoken(22, 22))
	fake.Script(ollamatest.Text("Eins."), ollamatest.Die("Zw"))
	fake.Rule(func(ollamatest.Request) ollamatest.Script { return ollamatest.Text("Zwei.") })
	s := b.scribe()
	b.transcribe(s, c)
	if w := b.newest(c); w.State != appliance.WritingWaiting || w.Done != 1 {
		t.Fatalf("%+v", w)
	}
	wait(t, func() bool { by, err := s.By(t.Context(), c.SessionID); return err == nil && by != "" })
	b.transcribe(s, c)
	if got := b.said(c); got != "Eins.\nZwei.\n" {
		t.Errorf("it says %q", got)
	}
}

// One segment that a transcriber dies of does not keep the rest of a meeting from being heard.
func TestASegmentThatEndsTheTranscriberIsInaudible(t *testing.T) {
	fake, e := ears(t, "hears:e2b")
	b := newTable(t, e)
	c := b.record(nil, slices.Concat(spoken(22), tone(22*time.Second, 0.9), tone(time.Second/2, 0), spoken(22)))
	fake.Rule(func(r ollamatest.Request) ollamatest.Script {
		if sound, err := capture.ReadWAV(r.Sounds[0], time.Minute); err != nil || slices.Max(sound) > 20_000 {
			return ollamatest.Die("")
		}
		return ollamatest.Text("Gehört.")
	})
	s := b.scribe()
	for range 6 {
		wait(t, func() bool { by, err := s.By(t.Context(), c.SessionID); return err == nil && by != "" })
		b.transcribe(s, c)
	}
	if w := b.newest(c); w.State != appliance.WritingDone || w.Gaps != 1 {
		t.Errorf("%+v", w)
	}
	if got := b.said(c); got != "Gehört.\nGehört.\n" {
		t.Errorf("it says %q", got)
	}
}

func TestATranscriptionIsStoppedAtOnce(t *testing.T) {
	_, e := ears(t)
	fake := whisper(t, e)
	b := newTable(t, e)
	c := b.record(nil, spoken(22, 22))
	gone := make(chan struct{})
	fake.Script(says("Eins."), whispertest.Hangs(gone))
	s := b.scribe()
	ended := make(chan struct{})
	go func() { b.transcribe(s, c); close(ended) }()
	wait(t, func() bool { return len(fake.Requests()) == 2 })
	if err := s.Stop(t.Context(), byTest, c.ID); err != nil {
		t.Fatal(err)
	}
	<-gone
	<-ended
	if w := b.newest(c); w.State != appliance.WritingCancelled || w.Done != 1 {
		t.Errorf("%+v", w)
	}
	if got := b.said(c); got != "" {
		t.Errorf("what was stopped is in use: %q", got)
	}
	if err := b.store.UseWriting(t.Context(), byTest, c.ID, 1); appliance.CodeOf(err) != appliance.CodeConflict {
		t.Errorf("half a transcript can be put to use: %v", err)
	}
	if _, err := b.store.StartWriting(t.Context(), byTest, c.ID, appliance.WritingRequest{}); err != nil {
		t.Errorf("it cannot be begun anew: %v", err)
	}
	resume := appliance.WritingRequest{Resume: true}
	if _, err := b.store.StartWriting(t.Context(), byTest, c.ID, resume); appliance.CodeOf(err) != appliance.CodeConflict {
		t.Errorf("what goes on can be gone on with: %v", err)
	}
}

// Who goes on with a transcript that was stopped has nothing heard again.
func TestAStoppedTranscriptionIsGoneOnWith(t *testing.T) {
	_, e := ears(t)
	fake := whisper(t, e)
	b := newTable(t, e)
	c := b.record(nil, spoken(22, 22))
	resume := appliance.WritingRequest{Resume: true}
	if _, err := b.store.StartWriting(t.Context(), byTest, c.ID, resume); appliance.CodeOf(err) == "" {
		t.Error("what was never begun is gone on with")
	}
	gone := make(chan struct{})
	fake.Script(says("Eins."), whispertest.Hangs(gone))
	fake.Rule(says("Zwei."))
	s := b.scribe()
	ended := make(chan struct{})
	go func() { b.transcribe(s, c); close(ended) }()
	wait(t, func() bool { return len(fake.Requests()) == 2 })
	if err := s.Stop(t.Context(), byTest, c.ID); err != nil {
		t.Fatal(err)
	}
	<-gone
	<-ended
	asked := len(fake.Requests())
	w, err := b.store.StartWriting(t.Context(), byTest, c.ID, resume)
	if err != nil || w.Version != 1 || w.State != appliance.WritingWaiting {
		t.Fatalf("%+v, %v", w, err)
	}
	b.transcribe(s, c)
	if w := b.newest(c); w.State != appliance.WritingDone || w.Version != 1 || !w.InUse {
		t.Errorf("%+v", w)
	}
	if got, again := b.said(c), len(fake.Requests())-asked; got != "Eins.\nZwei.\n" || again != 1 {
		t.Errorf("it says %q after %d more requests", got, again)
	}
}

// Hearing a part anew leaves everything else as people have corrected it, and an earlier version can be taken back.
func TestPartsOfAMeetingAreHeardAnew(t *testing.T) {
	_, e := ears(t)
	fake := whisper(t, e)
	b := newTable(t, e)
	c := b.record(nil, spoken(22, 22, 22))
	fake.Script(says("Eins."), says("Zwo."), says("Drei."))
	s := b.scribe()
	b.transcribe(s, c)
	ctx := t.Context()
	turns, err := b.store.Turns(ctx, c.ID)
	if err != nil || len(turns) != 3 {
		t.Fatalf("%d turns, %v", len(turns), err)
	}
	if err := b.store.EditTurn(ctx, byTest, c.ID, turns[2].ID, "Drei, sagt Anna."); err != nil {
		t.Fatal(err)
	}
	if err := b.store.AssignTurn(ctx, byTest, c.ID, turns[1].ID, store.Assignment{Name: "Anna"}); err != nil {
		t.Fatal(err)
	}
	list, err := b.store.Segments(ctx, c.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.store.StartWriting(ctx, byTest, c.ID, appliance.WritingRequest{Words: []string{"Zwei"}, Only: []appliance.SegmentKey{list[1].Key()}})
	if err != nil {
		t.Fatal(err)
	}
	fake.Script(says("Zwei."))
	b.transcribe(s, c)
	if got := b.said(c); got != "Eins.\nZwei.\nDrei, sagt Anna.\n" {
		t.Errorf("it says %q", got)
	}
	requests := fake.Requests()
	if len(requests) != 4 || requests[3].Fields["prompt"] != "Zwei" {
		t.Errorf("%d requests", len(requests))
	}
	anew, err := b.store.Turns(ctx, c.ID)
	if err != nil || anew[0].ID != turns[0].ID || anew[2].ID != turns[2].ID || anew[1].ID == turns[1].ID || anew[1].Speaker == anew[0].Speaker {
		t.Errorf("what was heard anew has another speaker, or other turns were made anew: %+v, %v", anew, err)
	}
	if err := b.store.UseWriting(ctx, byTest, c.ID, 1); err != nil {
		t.Fatal(err)
	}
	if got := b.said(c); got != "Eins.\nZwo.\nDrei, sagt Anna.\n" {
		t.Errorf("the first version says %q", got)
	}
}

// Who is erased leaves nothing of what they said in a meeting: not in what was heard, nor in its history, nor as sound.
func TestWhoIsErasedLeavesNoWordsInAMeeting(t *testing.T) {
	_, e := ears(t)
	fake := whisper(t, e)
	b := newTable(t, e)
	c := b.record(nil, slices.Concat(spoken(3), tone(6*time.Second, 0)), slices.Concat(tone(5*time.Second, 0), spoken(3)))
	fake.Script(says("Ada sagt es."), says("Grace sagt es."))
	s := b.scribe()
	b.transcribe(s, c)
	ctx := t.Context()
	turns, err := b.store.Turns(ctx, c.ID)
	if err != nil || len(turns) != 2 {
		t.Fatalf("%d turns, %v", len(turns), err)
	}
	if err := b.store.EditTurn(ctx, byTest, c.ID, turns[1].ID, "Grace sagt das."); err != nil {
		t.Fatal(err)
	}
	people, err := b.store.Speakers(ctx, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	grace := people[1].ParticipantID
	r, err := b.store.BeginErasure(ctx, byTest, appliance.ErasePerson, []appliance.Erased{{Kind: "participant", ID: string(grace)}})
	if err == nil {
		err = b.store.FinishErasure(ctx, r.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := b.said(c); strings.Contains(got, "Grace") || !strings.Contains(got, "Ada sagt es.") {
		t.Errorf("it says %q", got)
	}
	list, err := b.store.Segments(ctx, c.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range list {
		if strings.Contains(g.Text, "Grace") || g.Track == 0 && g.State == appliance.SegmentHeard && g.Text != "Ada sagt es." {
			t.Errorf("what was heard is %+v", g)
		}
	}
	if edits, err := b.store.TurnEdits(ctx, c.ID, turns[1].ID); err != nil || len(edits) != 0 {
		t.Errorf("%d wordings of before, %v", len(edits), err)
	}
	if _, err := b.store.StartWriting(ctx, byTest, c.ID, appliance.WritingRequest{}); appliance.CodeOf(err) != appliance.CodeConflict {
		t.Errorf("the voice could be heard again: %v", err)
	}
}

// What is held of a person has what earlier transcripts made of their words, and nothing of what others said.
func TestWhatEarlierTranscriptsHeardIsHeldOfAPerson(t *testing.T) {
	_, e := ears(t)
	fake := whisper(t, e)
	b := newTable(t, e)
	c := b.record(nil, slices.Concat(spoken(3), tone(6*time.Second, 0)), slices.Concat(tone(5*time.Second, 0), spoken(3)))
	fake.Script(says("Ada sagt es."), says("Grass sagt es."), says("Ada sagt das."), says("Grace sagt es."))
	s := b.scribe()
	b.transcribe(s, c)
	ctx := t.Context()
	if _, err := b.store.StartWriting(ctx, byTest, c.ID, appliance.WritingRequest{}); err != nil {
		t.Fatal(err)
	}
	b.transcribe(s, c)
	people, err := b.store.Speakers(ctx, c.ID)
	if err != nil || len(people) != 2 {
		t.Fatalf("%d speakers, %v", len(people), err)
	}
	held, err := b.store.HeldOf(ctx, []appliance.ParticipantID{people[1].ParticipantID})
	if err != nil || len(held) != 1 || len(held[0].Turns) != 1 || held[0].Turns[0].Text != "Grace sagt es." {
		t.Fatalf("%+v, %v", held, err)
	}
	if got := held[0].Earlier; !slices.Equal(got, []string{"Grass sagt es."}) {
		t.Errorf("of before it has %q", got)
	}
}

// A transcript that was asked for anew does not take the words away when the sound goes before it is heard.
func TestWordsStayWhenTheSoundGoesBeforeItIsHeardAnew(t *testing.T) {
	_, e := ears(t)
	fake := whisper(t, e)
	b := newTable(t, e)
	c := b.record(nil, spoken(3))
	fake.Script(says("Eins."))
	s := b.scribe()
	b.transcribe(s, c)
	ctx := t.Context()
	if _, err := b.store.StartWriting(ctx, byTest, c.ID, appliance.WritingRequest{}); err != nil {
		t.Fatal(err)
	}
	if err := b.store.EraseSound(ctx, byTest, c.ID, ""); err != nil {
		t.Fatal(err)
	}
	b.transcribe(s, c)
	if w := b.newest(c); w.State != appliance.WritingFailed || w.Problem != store.ProblemErased || w.InUse {
		t.Errorf("%+v", w)
	}
	if got := b.said(c); got != "Eins.\n" {
		t.Errorf("it says %q", got)
	}
}

// What our own work on a recording costs beside the transcriber's, of the length of the recording.
func BenchmarkTranscribing(b *testing.B) {
	_, e := ears(b)
	fake := whisper(b, e)
	fake.Rule(whispertest.Says("Die Übergabe dauert zu lange, sagt die Nachtschicht.", "german"))
	table := newTable(b, e)
	const minutes = 30
	sound := spoken(slices.Repeat([]int{9, 5, 17, 3}, 14*minutes/8)...)[:minutes*60*capture.Rate]
	took := time.Duration(0)
	for b.Loop() {
		c := table.record(nil, sound)
		began := time.Now()
		table.transcribe(table.scribe(), c)
		took += time.Since(began)
		if w := table.newest(c); w.State != appliance.WritingDone {
			b.Fatalf("%+v", w)
		}
	}
	percent := 100 * took.Seconds() / (minutes * 60 * float64(b.N))
	b.ReportMetric(percent, "%-of-length")
	if percent > 1 {
		b.Errorf("our own work takes %.2f %% of the length of a recording; at most 1 %% is wanted", percent)
	}
}
