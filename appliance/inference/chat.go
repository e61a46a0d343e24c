package inference

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"harmonium/appliance"
)

// Message is one message of a prompt. Role is "system", "user" or "assistant".
type Message struct {
	Role    string
	Content string
	Sound   string // the bytes of a WAV file, 16 kHz mono, at most 30 s: more is cut silently (v0.20); for a model that hears
}

// Request is one thing that a model is asked.
type Request struct {
	Role   appliance.ModelRole
	Choice appliance.ModelChoice // of the session and its project; goes before the box's
	Lane   Lane
	// Owner is for whom it is asked, such as the id of a conversation: among owners everybody has a turn before anybody
	// has a second one.
	Owner    string
	Messages []Message
	// Format is a JSON schema that the answer follows, nil for prose.
	Format json.RawMessage
	// MaxTokens bounds the answer. It must be set.
	MaxTokens   int
	Temperature float64
	// Waiting, which may be nil, hears of the place in the queue about once a second while there is a wait.
	Waiting func(Place)

	// Follows says that another request of the same conversation comes at once, with the same beginning: the slot is kept
	// for it for a moment, since Ollama reads on from where the two differ only in the slot that knows the beginning. It
	// counts in the lane Interactive only.
	Follows bool

	// Aside says that a failure says nothing of the models at work: a model is only being tried out.
	Aside bool

	trial time.Duration // after which it is given up
}

// Answer is what a model said to a request.
type Answer struct {
	Text string
	// Model made it. Its name and digest are stored with everything that is made of the answer.
	Model        Model
	PromptTokens int
	Tokens       int
	PromptTime   time.Duration // that the model took to read the prompt, less what it still knew of it
	FirstToken   time.Duration // from the slot to the first token
	Took         time.Duration // from the slot to the end
}

// ErrEnough is what heard returns when it has heard all that it wants: the request is ended, and what was said until
// then is the answer.
var ErrEnough = errors.New("inference: enough was heard")

// keepAlive is how long a model stays loaded after a request. Pauses in a session are shorter.
const keepAlive = time.Hour

// tokenBytes is more than any vocabulary has in one token on average: what is longer than its tokens allow never ends.
const tokenBytes = 64

// Chat asks a model. heard, which may be nil, is given the answer as it comes, from the calling goroutine; an error of
// heard other than ErrEnough ends the request and is returned as it is. A request that gave nothing usable fails with a
// *Failure; with CutOff the Answer holds what there was. The end of ctx ends the request at Ollama too, and is returned
// as ctx's error. What is of no conversation and nobody hears is interrupted where a conversation needs its slot, and
// begins anew; three times at most, if it can be helped.
func (g *Gateway) Chat(ctx context.Context, r Request, heard func(piece string) error) (Answer, error) {
	for broken := 0; ; broken++ {
		a, err := g.chat(ctx, r, heard, broken)
		if !errors.Is(err, errYield) {
			return a, err
		}
	}
}

// Work is something beside Ollama that takes the same processor.
type Work struct {
	Lane    Lane
	Owner   string      // as of a Request
	Waiting func(Place) // as of a Request
}

// Beside has something done when its turn has come among the requests, and holds a slot meanwhile. Like a request it is
// interrupted where a conversation needs its slot, and begins anew: do must end with its context.
func (g *Gateway) Beside(ctx context.Context, w Work, do func(context.Context) error) error {
	for broken := 0; ; broken++ {
		came := g.clock()
		held, leave, err := g.queue.enter(ctx, &ticket{lane: w.Lane, owner: w.Owner, broken: broken}, w.Waiting)
		if err != nil {
			return err
		}
		began := g.clock()
		g.waits.Add(laneNames[w.Lane], began.Sub(came))
		err = do(held)
		yields := errors.Is(context.Cause(held), errYield)
		leave(g.clock().Sub(began))
		if err == nil || !yields || ctx.Err() != nil {
			return err
		}
	}
}

func (g *Gateway) chat(ctx context.Context, r Request, heard func(string) error, broken int) (Answer, error) {
	waited := r.Role == appliance.ModelFacilitator || r.Lane == Interactive
	if _, err := g.model(r.Role, r.Choice, waited); err != nil {
		return Answer{}, err
	}
	came := g.clock()
	held, leave, err := g.queue.enter(ctx, &ticket{lane: r.Lane, owner: r.Owner, whole: heard != nil, broken: broken,
		keeps: r.Follows}, r.Waiting)
	if err != nil {
		return Answer{}, err
	}
	g.waits.Add(laneNames[r.Lane], g.clock().Sub(came))
	model, err := g.model(r.Role, r.Choice, waited) // it may have got into trouble meanwhile
	if err != nil {
		leave(0)
		return Answer{}, err
	}
	began := g.clock()
	defer func() { leave(g.clock().Sub(began)) }()
	a, err := g.ask(held, model, r, heard)
	switch {
	case err == nil:
		if !hasSound(r.Messages) {
			g.measure(model, a)
		}
		g.worked(r.Lane, a)
		return a, nil
	case ctx.Err() != nil:
		return a, ctx.Err()
	case errors.Is(context.Cause(held), errYield):
		return a, errYield
	}
	var f *Failure
	if errors.As(err, &f) && !r.Aside {
		g.blame(model, f)
	}
	return a, err
}

// ask sends one request and reads the answer. It holds a slot.
func (g *Gateway) ask(ctx context.Context, model Model, r Request, heard func(string) error) (Answer, error) {
	l := listener{clock: g.clock, heard: heard, longest: r.MaxTokens * tokenBytes, answer: Answer{Model: model}}
	d, err := g.details(ctx, model)
	if err != nil {
		return l.answer, failureOf(err)
	}
	size := d.overhead
	for _, m := range r.Messages {
		size += g.tokens(model, m)
	}
	if size+r.MaxTokens > d.context {
		return l.answer, &Failure{Kind: TooLong}
	}
	base := g.State().Base
	if base == "" {
		return l.answer, &Failure{Kind: Off}
	}

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stalled := &Failure{Kind: Stalled}
	first := g.timing.Load + g.timing.FirstToken
	if r.trial > 0 {
		first = r.trial
	}
	watch := time.AfterFunc(first, func() { cancel(stalled) })
	defer watch.Stop()

	l.began = g.clock()
	err = g.stream(ctx, base, d.request(r), func(part line, more bool) error {
		watch.Reset(g.timing.Between)
		g.pieces.Add(1)
		return l.take(part, more)
	})
	if errors.Is(context.Cause(ctx), stalled) {
		err = stalled
	}
	a, err := l.end(err)
	if KindOf(err) == TooLong {
		g.tooLong(model)
	}
	g.learn(model, r.Messages, a.PromptTokens)
	return a, err
}

// listener takes in an answer piece by piece.
type listener struct {
	clock   appliance.Clock
	heard   func(string) error
	longest int // bytes of text, and lines
	began   time.Time

	answer Answer
	text   strings.Builder
	told   int // bytes of text that heard was given
	lines  int
	pieces int   // lines with text
	done   bool  // the last line came
	last   line  // that one
	ended  error // what heard said
}

// take takes a line of the answer. When more says that the next one is here already, it is heard together with that.
func (l *listener) take(part line, more bool) error {
	if part.RemoteHost != "" || part.RemoteModel != "" {
		return &Failure{Kind: Remote}
	}
	if part.Done {
		l.done, l.last = true, part
	}
	if l.lines++; l.lines > l.longest {
		return &Failure{Kind: CutOff} // thoughts, or nothing at all, without end
	}
	if said := part.Message.Content; said != "" {
		if l.pieces++; l.pieces == 1 {
			l.answer.FirstToken = l.clock().Sub(l.began)
		}
		l.text.WriteString(said)
	}
	if l.text.Len() > l.longest {
		return &Failure{Kind: CutOff}
	}
	if fresh := l.text.String()[l.told:]; l.heard != nil && fresh != "" && (!more || part.Done) {
		l.told = l.text.Len()
		l.ended = l.heard(fresh)
	}
	return l.ended
}

// end gives the answer and what is wrong with it. An answer that Ollama ends in good order but without its last piece
// is one in which it found no end: its runner gives up after 30 equal tokens (v0.17.4), and the model is well.
func (l *listener) end(err error) (Answer, error) {
	a := l.answer
	a.Text, a.Tokens, a.Took = l.text.String(), l.pieces, l.clock().Sub(l.began)
	switch {
	case l.ended == ErrEnough:
		return a, nil
	case l.ended != nil:
		return a, l.ended
	case err != nil:
		return a, failureOf(err)
	case !l.done:
		return a, &Failure{Kind: CutOff}
	}
	a.PromptTokens, a.Tokens, a.PromptTime = l.last.PromptEvalCount, l.last.EvalCount, l.last.PromptEvalDuration
	if l.last.DoneReason != "stop" {
		return a, &Failure{Kind: CutOff}
	}
	return a, nil
}
