package inference

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/ollama/ollama/api"

	"harmonium/appliance"
)

// Message is one message of a prompt. Role is "system", "user" or "assistant".
type Message struct {
	Role    string
	Content string
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

// repeats is after how many equal pieces in a row an answer that ends without an end was ended by Ollama: its runner
// gives up at 30 (v0.17.4). The model is well; it has only begun to stammer.
const repeats = 25

// Chat asks a model. heard, which may be nil, is given the answer as it comes, from the calling goroutine; an error of
// heard other than ErrEnough ends the request and is returned as it is. A request that gave nothing usable fails with a *Failure; with
// CutOff the Answer holds what there was. The end of ctx ends the request at Ollama too, and is returned as ctx's
// error. Work in the background that nobody hears is interrupted where a conversation needs its slot, and begins anew.
func (g *Gateway) Chat(ctx context.Context, r Request, heard func(piece string) error) (Answer, error) {
	for {
		a, err := g.chat(ctx, r, heard)
		if !errors.Is(err, errYield) {
			return a, err
		}
	}
}

func (g *Gateway) chat(ctx context.Context, r Request, heard func(string) error) (Answer, error) {
	model, err := g.Model(r.Role, r.Choice)
	if err != nil {
		return Answer{}, err
	}
	held, leave, err := g.queue.enter(ctx, &ticket{lane: r.Lane, owner: r.Owner, yields: r.Lane == Background && heard == nil}, r.Waiting)
	if err != nil {
		return Answer{}, err
	}
	began := g.clock()
	defer func() { leave(g.clock().Sub(began)) }()
	a, err := g.ask(held, model, r, heard)
	switch {
	case err == nil:
		g.measure(model, a)
		return a, nil
	case ctx.Err() != nil:
		return a, ctx.Err()
	case errors.Is(context.Cause(held), errYield):
		return a, errYield
	}
	var f *Failure
	if errors.As(err, &f) {
		g.blame(f)
	}
	return a, err
}

// ask sends one request and reads the answer. It holds a slot.
func (g *Gateway) ask(ctx context.Context, model Model, r Request, heard func(string) error) (Answer, error) {
	a := Answer{Model: model}
	d, err := g.details(ctx, model)
	if err != nil {
		return a, failureOf(err)
	}
	size := d.overhead
	for _, m := range r.Messages {
		size += g.estimate(model, m.Content) + messageTokens
	}
	if size+r.MaxTokens > d.context {
		return a, &Failure{Kind: TooLong}
	}
	g.mu.Lock()
	ollama := g.ollama
	g.mu.Unlock()
	if ollama == nil {
		return a, &Failure{Kind: Off}
	}

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stalled := &Failure{Kind: Stalled}
	watch := time.AfterFunc(g.timing.Load+g.timing.FirstToken, func() { cancel(stalled) })
	defer watch.Stop()

	began := g.clock()
	var text strings.Builder
	var end *api.ChatResponse
	var wrong, told error
	var last string
	same := 0 // pieces in a row that are like the last
	pieces := 0
	err = ollama.Chat(ctx, d.request(r), func(piece api.ChatResponse) error {
		watch.Reset(g.timing.Between)
		if piece.RemoteHost != "" || piece.RemoteModel != "" {
			wrong = &Failure{Kind: Remote}
			return wrong
		}
		if text.Len() == 0 && piece.Message.Content != "" {
			a.FirstToken = g.clock().Sub(began)
		}
		if same++; piece.Message.Content != last {
			last, same = piece.Message.Content, 0
		}
		text.WriteString(piece.Message.Content)
		pieces++
		if text.Len() > r.MaxTokens*tokenBytes {
			wrong = &Failure{Kind: CutOff}
			return wrong
		}
		if heard != nil && piece.Message.Content != "" {
			if told = heard(piece.Message.Content); told != nil {
				return told
			}
		}
		if piece.Done {
			end = &piece
		}
		return nil
	})
	a.Text, a.Took = text.String(), g.clock().Sub(began)
	switch {
	case told == ErrEnough:
		a.Tokens = pieces // a piece is a token, but for a few letters that need several
		return a, nil
	case told != nil:
		return a, told
	case wrong != nil:
		return a, wrong
	case errors.Is(context.Cause(ctx), stalled):
		return a, stalled
	case err != nil:
		f := failureOf(err)
		if f.Kind == TooLong {
			g.tooLong(model)
		}
		return a, f
	case end == nil && same >= repeats:
		return a, &Failure{Kind: CutOff}
	case end == nil:
		return a, &Failure{Kind: Died, Err: errors.New("the answer of Ollama broke off")}
	}
	a.PromptTokens, a.Tokens, a.PromptTime = end.PromptEvalCount, end.EvalCount, end.PromptEvalDuration
	g.learn(model, r.Messages, end.PromptEvalCount)
	if end.DoneReason != "stop" {
		return a, &Failure{Kind: CutOff}
	}
	return a, nil
}

// trial asks each model for one token, the first that fails decides. It is how a model that was in trouble is taken
// back into use; between trials that fail there is a pause that grows.
func (g *Gateway) trial(ctx context.Context, models []Model) *Failure {
	g.mu.Lock()
	wait := g.trials > 0 && g.clock().Before(g.trialAt)
	before := g.state.Why
	g.mu.Unlock()
	if wait {
		return &Failure{Kind: before}
	}
	model, err := g.pick(appliance.ModelFacilitator, nil, models)
	if err == nil {
		_, err = g.ask(ctx, model, Request{MaxTokens: 1, Messages: []Message{{Role: "user", Content: "Hello"}}}, nil)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	var f *Failure
	if errors.As(err, &f) && f.Kind != CutOff { // one token is mostly not the end of an answer
		g.trials++
		pause := min(g.timing.Trial, g.timing.Probe<<min(g.trials, 6))
		g.trialAt = g.clock().Add(pause)
		return f
	}
	g.trials = 0
	return nil
}
