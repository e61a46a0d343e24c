package capture

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/inference"
)

// MaxAnswer is how long an answer that is spoken may be.
const MaxAnswer = 3 * time.Minute

// MaxAnswerBytes is how large the file of one may be: the samples, and a head with remarks.
const MaxAnswerBytes = wavHead + 2*Rate*int64(MaxAnswer/time.Second) + 4096

const (
	// linger is how long work goes on for which nobody waits any more: a phone that has lost the network is back soon.
	linger = 20 * time.Second
	// kept is how long words are kept that nobody has fetched, in memory.
	kept = 10 * time.Minute
)

// AnswerOptions is what Answers are made of.
type AnswerOptions struct {
	Ears  *Ears
	Clock appliance.Clock
	Log   *slog.Logger // never gets content
}

// Answers turns into words what participants say in place of typing, one recording of a conversation at a time. See the
// package for what it promises. All methods are safe for concurrent use.
type Answers struct {
	AnswerOptions
	ctx   context.Context
	close context.CancelFunc
	work  sync.WaitGroup

	mu   sync.Mutex
	jobs map[appliance.ConversationID]*job
	pace time.Duration // of work for a second of sound, on a moving average; 0 before the first
}

// NewAnswers makes Answers. Close must follow.
func NewAnswers(o AnswerOptions) *Answers {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	a := &Answers{AnswerOptions: o, jobs: make(map[appliance.ConversationID]*job)}
	a.ctx, a.close = context.WithCancel(context.Background())
	return a
}

// Close ends all work and waits for its end.
func (a *Answers) Close() {
	a.close()
	a.work.Wait()
}

// By names what would write down an answer now; "" when nothing can. Nil Answers have nothing.
func (a *Answers) By(choice appliance.ModelChoice) string {
	if a == nil {
		return ""
	}
	return a.Ears.Transcriber(choice).By()
}

// Whisper says how the whisper-server of the box is.
func (a *Answers) Whisper() WhisperState {
	if a == nil || a.Ears == nil {
		return WhisperOff
	}
	return a.Ears.Whisper.State()
}

// Recording is what somebody has said.
type Recording struct {
	Conversation appliance.ConversationID
	Key          string // of the recording: asking again with it gives the same words
	File         []byte // WAV: see ReadWAV
	Language     appliance.Language
	Choice       appliance.ModelChoice   // of the session and its project
	Told         func(appliance.Hearing) // how far it is; called from the work, and must not wait
}

// Words is what was heard.
type Words struct {
	Text      string // with Gap for each part that is inaudible
	Inaudible int    // parts
	By        string // what has written it down
}

// job is one recording that is being written down, or was.
type job struct {
	key     string
	cancel  context.CancelFunc
	done    chan struct{}
	words   Words // after done
	err     error
	waiting int         // callers
	timer   *time.Timer // ends the work, or forgets the words, when nobody waits
}

// Write gives the words of a recording. It fails with CodeUnprocessable where there are none to be had from it, and with
// CodeBusy where there may be later. When ctx ends, the work goes on for a moment, so that whoever asks again with the
// same key finds it done; another recording of the same conversation takes its place.
func (a *Answers) Write(ctx context.Context, r Recording) (Words, error) {
	j, err := a.join(r)
	if err != nil {
		return Words{}, err
	}
	defer a.leave(r.Conversation, j)
	select {
	case <-j.done:
		return j.words, j.err
	case <-ctx.Done():
		return Words{}, ctx.Err()
	}
}

// Forget ends the work on what is said in a conversation, and forgets its words.
func (a *Answers) Forget(id appliance.ConversationID) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if j := a.jobs[id]; j != nil {
		j.cancel()
		delete(a.jobs, id)
	}
}

// join finds the work on a recording, or begins it. Work that has failed is begun anew.
func (a *Answers) join(r Recording) (*job, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if j := a.jobs[r.Conversation]; j != nil && j.key == r.Key && !j.failed() {
		j.waiting++
		if j.timer != nil {
			j.timer.Stop()
		}
		return j, nil
	} else if j != nil {
		j.cancel()
	}
	sound, err := ReadWAV(r.File, MaxAnswer)
	if err != nil {
		return nil, err
	}
	levels := sound.Levels()
	if levels.Silent() {
		return nil, appliance.Errorf(appliance.CodeUnprocessable, "Nothing can be heard in the recording. Nothing was written down; "+
			"see whether the microphone is covered or switched off, and speak again.")
	}
	j := &job{key: r.Key, done: make(chan struct{}), waiting: 1}
	var work context.Context
	work, j.cancel = context.WithCancel(a.ctx)
	a.jobs[r.Conversation] = j
	r.File = nil
	a.work.Go(func() {
		defer close(j.done)
		defer j.cancel()
		j.words, j.err = a.write(work, r, sound, levels.Cut(), levels)
	})
	return j, nil
}

func (j *job) failed() bool {
	select {
	case <-j.done:
		return j.err != nil
	default:
		return false
	}
}

// leave lets go of a job. What nobody waits for ends soon; its words are kept for a while.
func (a *Answers) leave(id appliance.ConversationID, j *job) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if j.waiting--; j.waiting > 0 {
		return
	}
	forget := func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if j.waiting > 0 {
			return
		}
		j.cancel()
		if a.jobs[id] == j {
			delete(a.jobs, id)
		}
	}
	select {
	case <-j.done:
		j.timer = time.AfterFunc(kept, forget)
	default:
		j.timer = time.AfterFunc(linger, func() {
			select {
			case <-j.done:
				a.mu.Lock()
				j.timer = time.AfterFunc(kept, forget)
				a.mu.Unlock()
			default:
				forget()
			}
		})
	}
}

// write has the pieces of a recording written down, one after the other.
func (a *Answers) write(ctx context.Context, r Recording, sound Sound, pieces []Span, levels Levels) (Words, error) {
	t := a.Ears.Transcriber(r.Choice)
	began := a.Clock()
	var list []Utterance
	for i, span := range pieces {
		u := Utterance{Span: span}
		if !levels.of(span).Silent() {
			h := hearing{answers: a, told: r.Told, done: i, of: len(pieces), left: sound.Duration() - span.From}
			h.tell(inference.Place{})
			heard, err := Write(ctx, t, Piece{Sound: span.Of(sound), Language: r.Language, Lane: inference.Host,
				Owner: "voice " + string(r.Conversation), Waiting: h.tell})
			if err != nil {
				return Words{}, a.refusal(err)
			}
			u.Text, u.Inaudible, u.Maker = heard.Text, heard.Inaudible, heard.Maker
		}
		list = append(list, u)
	}
	a.learn(a.Clock().Sub(began), sound.Duration())
	w, said := Words{Text: Join(list), By: t.By()}, false
	for _, u := range list {
		said = said || u.Text != ""
		if u.Inaudible {
			w.Inaudible++
		}
	}
	if !said {
		return Words{}, appliance.Errorf(appliance.CodeUnprocessable, "What was said could not be understood. Nothing was written down; "+
			"please speak again, nearer to the microphone, or type your answer.")
	}
	return w, nil
}

// refusal says in words why nothing was written down; a cancelled one stays as it is.
func (a *Answers) refusal(err error) error {
	if errors.Is(err, context.Canceled) {
		return &appliance.Error{Code: appliance.CodeBusy, RetryAfter: 1, Message: "The work on this recording was ended. Please send it again.", Err: err}
	}
	a.Log.Warn("an answer could not be written down", "err", err)
	return &appliance.Error{Code: appliance.CodeBusy, RetryAfter: 10, Err: err,
		Message: "The box cannot write down speech at this moment. Your recording is kept on your device; please try again, or type your answer."}
}

// of gives the levels of a piece.
func (l Levels) of(p Span) Levels {
	return l[min(int(p.From/frame), len(l)):min(int(p.To/frame), len(l))]
}

// hearing tells how far a recording is.
type hearing struct {
	answers  *Answers
	told     func(appliance.Hearing)
	done, of int
	left     time.Duration // of sound
}

func (h hearing) tell(p inference.Place) {
	if h.told == nil {
		return
	}
	h.answers.mu.Lock()
	pace := h.answers.pace
	h.answers.mu.Unlock()
	expect := p.Expect + time.Duration(h.left.Seconds()*float64(pace))
	h.told(appliance.Hearing{Ahead: p.Ahead, Seconds: int((expect + time.Second/2) / time.Second), Done: h.done, Of: h.of})
}

// learn notes how long the work on a recording took.
func (a *Answers) learn(took, played time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pace = average(a.pace, took, played)
}

// average gives how long a second of sound takes, with what the last work took. Lately counts more.
func average(pace, took, played time.Duration) time.Duration {
	last := time.Duration(float64(took) / played.Seconds())
	if pace > 0 {
		return pace + (last-pace)/4
	}
	return last
}
