package capture

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/inference"
	"harmonium/appliance/live"
	"harmonium/appliance/store"
)

// ScribeOptions is what a Scribe is made of.
type ScribeOptions struct {
	Store *store.Store
	Ears  *Ears
	Hub   *live.Hub
	Clock appliance.Clock
	Log   *slog.Logger // never gets content
}

// Scribe transcribes recordings of meetings, one after the other, while nobody waits for the transcriber. It promises:
//
//   - Nothing is silently left out: everything that is said is in one segment, which was heard, is inaudible, or is missing
//     since its sound never came.
//   - Each segment is stored when it was heard. Whatever ends the work, it goes on with the next one.
//   - Without a transcriber a recording waits and loses nothing; it is taken up when there is one (Sweep).
//   - The words of a version are those of the meeting only when it is whole.
//
// All methods are safe for concurrent use.
type Scribe struct {
	ScribeOptions

	mu    sync.Mutex
	stop  map[appliance.ConversationID]*work // that runs
	pace  time.Duration                      // of work for a second of sound, on a moving average; 0 before the first
	fails map[place]failure
	heard int // segments, since the start
}

// work is what is being done on a recording.
type work struct{ cancel context.CancelFunc }

// place is a segment of a recording.
type place struct {
	conversation appliance.ConversationID
	version      int
	appliance.SegmentKey
}

// A transcriber that goes away over a segment may be ended by it. After so many times the segment is left for the end.
// After more it is inaudible: if others were heard since the first time, so that the transcriber is well; else, when nothing
// comes after it by which that could be seen, after many more.
const (
	leftForLater = 3
	endsIt       = 2 * leftForLater
	endsItAlone  = 4 * leftForLater
)

// failure is how often a transcriber went away over a segment, and how many it had heard of all when it first did.
type failure struct{ times, heard int }

// NewScribe makes a Scribe.
func NewScribe(o ScribeOptions) *Scribe {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Scribe{ScribeOptions: o, stop: map[appliance.ConversationID]*work{}, fails: map[place]failure{}}
}

// Transcribe is the work of a job of the kind transcribe: it goes on with the transcript of the recording of its
// conversation. It ends without an error and with the recording waiting when there is no transcriber now.
func (s *Scribe) Transcribe(ctx context.Context, job appliance.Job, progress func(done, total int)) error {
	id := job.ConversationID
	w, open, err := s.Store.OpenWriting(ctx, id)
	if err != nil || !open {
		return err
	}
	if lost, err := s.erased(ctx, w); err != nil || lost {
		return err
	}
	choice, err := s.Store.ModelChoice(ctx, job.SessionID)
	if err != nil {
		return err
	}
	if r, err := s.Store.Recording(ctx, id); err != nil || s.Ears.Transcriber(choice).By() == "" && r.ErasedAt.IsZero() {
		return err // what is left of a recording without sound are gaps, for which nothing has to hear
	}
	stoppable, end := s.begin(ctx, id)
	defer end()
	if going, err := s.Store.RunWriting(ctx, id, w.Version, appliance.WritingRunning); err != nil || !going {
		return err
	}
	list, planned, err := s.segments(stoppable, id, w.Version)
	if err != nil || !planned {
		return err
	}
	task := task{scribe: s, writing: w, session: job.SessionID, choice: choice, progress: progress}
	whole, err := task.hear(stoppable, list)
	if stoppable.Err() != nil && ctx.Err() == nil {
		return nil // it was stopped, and that is noted
	}
	if err != nil || !whole {
		return err
	}
	done, first, err := s.Store.FinishWriting(ctx, id, w.Version)
	if err != nil || !done {
		return err
	}
	event := live.Event{Type: appliance.EventSessionState, SessionID: job.SessionID, ConversationID: id}
	if first {
		event.Type = appliance.EventConversationFinished
	}
	s.Hub.Publish(live.SessionTopic(job.SessionID), event)
	return nil
}

// erased ends a version whose sound was erased before it was heard: it is not to take the place of one that is whole, nor to
// stand there without a word. What was heard of the first version is put to use, with the rest as gaps.
func (s *Scribe) erased(ctx context.Context, w appliance.Writing) (lost bool, err error) {
	r, err := s.Store.Recording(ctx, w.ConversationID)
	if err != nil || r.ErasedAt.IsZero() {
		return false, err
	}
	list, err := s.Store.Segments(ctx, w.ConversationID, w.Version)
	if err != nil || r.Version == 0 && len(list) > 0 {
		return false, err
	}
	return true, s.Store.FailWriting(ctx, w.ConversationID, w.Version, store.ProblemErased)
}

// begin notes that a recording is worked on, so that Stop ends it.
func (s *Scribe) begin(ctx context.Context, id appliance.ConversationID) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	w := &work{cancel}
	s.stop[id] = w
	return ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		cancel()
		if s.stop[id] == w { // somebody may have gone on with it before this came to its end
			delete(s.stop, id)
		}
	}
}

// Stop ends the work on a recording at once; what was heard so far is kept. It is no error when there is none.
func (s *Scribe) Stop(ctx context.Context, by store.By, id appliance.ConversationID) error {
	err := s.Store.CancelWriting(ctx, by, id)
	if err == nil {
		s.Forget(id)
	}
	return err
}

// Forget ends the work on a recording that is gone.
func (s *Scribe) Forget(id appliance.ConversationID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.stop[id]; w != nil {
		w.cancel()
	}
}

// Left says how long it takes to write down so much sound, as far as is known; 0 when it is not.
func (s *Scribe) Left(sound time.Duration) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Duration(sound.Seconds() * float64(s.pace))
}

// By names what transcribes the recordings of a session now; "" when nothing can.
func (s *Scribe) By(ctx context.Context, session appliance.SessionID) (string, error) {
	choice, err := s.Store.ModelChoice(ctx, session)
	if err != nil {
		return "", err
	}
	return s.Ears.Transcriber(choice).By(), nil
}

// Sweep goes on with recordings that waited for a transcriber, or that nobody has put on the queue.
func (s *Scribe) Sweep(ctx context.Context) error {
	list, err := s.Store.WaitingWritings(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		by, err := s.By(ctx, c.SessionID)
		if err == nil && by != "" {
			_, err = s.Store.Enqueue(ctx, appliance.JobTranscribe, c.SessionID, c.ID)
		}
		if err != nil && appliance.CodeOf(err) != appliance.CodeNotFound {
			return err
		}
	}
	return nil
}

// segments gives what a version is heard in, and cuts the recording when that is not known yet. planned is false when sound came while
// it was cut; Sweep comes back to it.
func (s *Scribe) segments(ctx context.Context, id appliance.ConversationID, version int) (list []appliance.Segment, planned bool, err error) {
	list, err = s.Store.Segments(ctx, id, version)
	if err != nil || len(list) > 0 {
		return list, true, err
	}
	r, err := s.Store.CutWriting(ctx, id, version)
	if err != nil {
		return nil, false, err
	}
	for _, number := range r.Tracks() {
		track, err := trackOf(s.Store, r, number)
		if appliance.CodeOf(err) == appliance.CodeNotFound {
			continue // a device that was taken on and gave nothing
		} else if err != nil {
			return nil, false, err
		}
		levels, err := track.Levels(ctx)
		if err != nil {
			return nil, false, err
		}
		list = append(list, levels.Plan(number, r.Starts(number)...)...)
	}
	if planned, err = s.Store.PlanSegments(ctx, id, version, list); err != nil || !planned {
		return nil, false, err
	}
	list, err = s.Store.Segments(ctx, id, version)
	return list, true, err
}

// task is one version of a transcript while it is being made.
type task struct {
	scribe   *Scribe
	writing  appliance.Writing
	session  appliance.SessionID
	choice   appliance.ModelChoice
	progress func(done, total int)
}

// hear writes down every segment that waits, in the order of their times. It says whether the version is whole now.
func (t task) hear(ctx context.Context, list []appliance.Segment) (whole bool, err error) {
	waiting := slices.DeleteFunc(slices.Clone(list), func(g appliance.Segment) bool { return g.State != appliance.SegmentWaiting })
	total := len(waiting)
	for _, g := range list {
		if g.State == appliance.SegmentHeard || g.State == appliance.SegmentInaudible {
			total++
		}
	}
	slices.SortStableFunc(waiting, func(x, y appliance.Segment) int {
		return t.scribe.failures(t.place(x)).times/leftForLater - t.scribe.failures(t.place(y)).times/leftForLater
	})
	done := total - len(waiting)
	t.progress(done, total)
	for _, g := range waiting {
		heard, err := t.segment(ctx, g)
		switch {
		case errors.Is(err, ErrAway) && t.scribe.failed(t.place(g), done):
			heard.State = appliance.SegmentInaudible
		case errors.Is(err, ErrAway):
			t.scribe.Log.Warn("the transcriber went away; a recording waits for it", "conversation", string(t.writing.ConversationID), "err", err)
			_, err := t.scribe.Store.RunWriting(ctx, t.writing.ConversationID, t.writing.Version, appliance.WritingWaiting)
			return false, err
		case err != nil:
			return false, err
		}
		going, err := t.scribe.Store.SaveSegment(ctx, t.writing.ConversationID, t.writing.Version, heard)
		if err != nil || !going {
			return false, err
		}
		done++
		t.progress(done, total)
	}
	return true, nil
}

func (t task) place(g appliance.Segment) place {
	return place{t.writing.ConversationID, t.writing.Version, g.Key()}
}

// failures says how often a transcriber went away over a segment.
func (s *Scribe) failures(p place) failure {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fails[p]
}

// failed notes that a transcriber went away over a segment, and says whether it is the segment that ended it.
func (s *Scribe) failed(p place, done int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, known := s.fails[p]
	if !known {
		f.heard = s.heard
	}
	f.times++
	s.fails[p] = f
	return f.times >= endsIt && s.heard > f.heard || f.times >= endsItAlone && done > 0
}

// segment has one segment written down.
func (t task) segment(ctx context.Context, g appliance.Segment) (appliance.Segment, error) {
	began := t.scribe.Clock()
	sound, gone, err := t.sound(ctx, g)
	if err != nil {
		return g, err
	}
	if gone {
		g.State = appliance.SegmentMissing
		return g, nil
	}
	u, err := Write(ctx, t.scribe.Ears.Transcriber(t.choice), Piece{Sound: sound, Language: t.writing.Language, Words: t.writing.Words,
		Lane: inference.Background, Owner: "meeting " + string(t.writing.ConversationID)})
	if err != nil {
		return g, err
	}
	g.State, g.Text, g.Parts, g.Language, g.Maker = appliance.SegmentHeard, u.Text, u.Parts, u.Language, u.Maker
	if u.Inaudible {
		g.State = appliance.SegmentInaudible
	}
	t.scribe.learn(t.scribe.Clock().Sub(began), sound.Duration())
	return g, nil
}

// sound reads the samples of a segment. Those that are missing are silence; gone says that none are there any more.
func (t task) sound(ctx context.Context, g appliance.Segment) (s Sound, gone bool, err error) {
	track, err := OpenTrack(ctx, t.scribe.Store, t.writing.ConversationID, g.Track)
	if appliance.CodeOf(err) == appliance.CodeNotFound {
		_, err := t.scribe.erased(ctx, t.writing)
		return nil, true, err
	} else if err != nil {
		return nil, false, err
	}
	from, to := g.StartMS*Rate/1000, g.EndMS*Rate/1000
	s, gone = make(Sound, to-from), true
	err = track.Each(ctx, from, to, func(start int64, part Sound) {
		gone = false
		copy(s[start-from:], part)
	})
	return s, gone, err
}

// learn notes how long the work on a segment took.
func (s *Scribe) learn(took, played time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pace = average(s.pace, took, played)
	s.heard++
}
