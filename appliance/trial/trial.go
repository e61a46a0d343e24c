// Package trial tries a model out before it is trusted: how soon it says its first word, how fast it reads and writes,
// what it says when it is asked to ask, and how often it keeps to a form, understands a sentence and copies from it word
// for word. It takes a minute or so on a slow box.
//
// What it shows is whether a model can do the work at all. How good its questions and claims are it does not show.
// Failures of a model that is being tried do not count against the models that are at work.
package trial

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/inference"
	"harmonium/models"
)

// Status is what became of a trial.
type Status string

// The states of a trial.
const (
	Running Status = "running"
	Done    Status = "done"
	Stopped Status = "stopped" // by somebody, or with the server
	Failed  Status = "failed"  // Why says why
)

// State is one trial.
type State struct {
	Model  string
	Digest string
	Status Status
	Why    inference.Kind // of Failed
	Step   int            // that is done, of Steps
	Steps  int
	Began  time.Time
	Ended  time.Time // zero while it runs

	Answer     string // to the first question; it grows while it comes
	FirstToken time.Duration
	Read       float64 // tokens of a question a second; 0: not measured
	Write      float64 // tokens of an answer a second; 0: not measured

	Forms  int // answers that were asked for in a form
	Kept   int // that have it
	Right  int // that are right
	Quoted int // whose quotation is in the sentence word for word
}

// Runner runs one trial at a time, and keeps the last one of each model. All methods are safe for concurrent use.
type Runner struct {
	gateway *inference.Gateway
	clock   appliance.Clock
	log     *slog.Logger

	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu    sync.Mutex
	now   *State // that runs
	stop  context.CancelFunc
	last  string           // digest of the model that was tried last
	kept  map[string]State // by digest
	ended bool
}

// New makes a runner. Close must follow.
func New(g *inference.Gateway, clock appliance.Clock, log *slog.Logger) *Runner {
	r := &Runner{gateway: g, clock: clock, log: log, kept: map[string]State{}}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r
}

// Close ends a trial that runs, and waits for its end.
func (r *Runner) Close() {
	r.mu.Lock()
	r.ended = true
	r.mu.Unlock()
	r.cancel()
	r.work.Wait()
}

// Start begins to try a model out, in a language that it is spoken to in. It refuses when a trial runs, and a model that
// is not installed or not made for words.
func (r *Runner) Start(name string, language appliance.Language) (State, error) {
	state := r.gateway.State()
	i := slices.IndexFunc(state.Models, func(m inference.Model) bool { return m.Name == name })
	switch {
	case !state.Usable():
		return State{}, appliance.Errorf(appliance.CodeConflict, "Models cannot be asked now. Nothing was tried; the health page says what is wrong.")
	case i < 0:
		return State{}, appliance.Invalid("model", "No model of that name is installed. Nothing was tried.")
	case !slices.Contains(models.Roles(name), appliance.ModelFacilitator):
		return State{}, appliance.Invalid("model", "This model is made for other work than words. Nothing was tried.")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now != nil || r.ended {
		return State{}, appliance.Errorf(appliance.CodeConflict, "Another model is being tried out. Nothing was changed; wait for its end, or stop it.")
	}
	s := said(language)
	ctx, stop := context.WithCancel(r.ctx)
	r.now = &State{Model: name, Digest: state.Models[i].Digest, Status: Running, Steps: 1 + len(s.sentences), Began: r.clock()}
	r.last, r.stop = r.now.Digest, stop
	r.work.Go(func() {
		defer stop()
		r.run(ctx, name, s)
	})
	return *r.now, nil
}

// Stop ends the trial that runs, if one does.
func (r *Runner) Stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now != nil {
		r.stop()
	}
}

// Last gives the trial that runs, or the last one; false before the first.
func (r *Runner) Last() (State, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now != nil {
		return *r.now, true
	}
	s, ok := r.kept[r.last]
	return s, ok
}

// Of gives the last whole trial of a model, by its digest.
func (r *Runner) Of(digest string) (State, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, ok := r.kept[digest]
	return s, ok && s.Status == Done
}

// change changes the trial that runs.
func (r *Runner) change(change func(*State)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(r.now)
}

func (r *Runner) run(ctx context.Context, name string, s script) {
	err := r.speak(ctx, name, s)
	for i := 0; err == nil && i < len(s.sentences); i++ {
		err = r.fill(ctx, name, s, s.sentences[i])
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		r.now.Status = Stopped
	case err != nil:
		r.now.Status, r.now.Why = Failed, inference.KindOf(err)
	default:
		r.now.Status = Done
	}
	r.now.Ended = r.clock()
	r.kept[r.now.Digest] = *r.now
	r.log.Info("a model was tried out", "status", string(r.now.Status), "why", string(r.now.Why), "forms", r.now.Forms, "kept", r.now.Kept,
		"ms", r.now.Ended.Sub(r.now.Began).Milliseconds())
	r.now = nil
}

// Bounds of answers, in tokens.
const (
	speechTokens = 120
	formTokens   = 120
)

func (r *Runner) request(name string, messages []inference.Message) inference.Request {
	return inference.Request{Role: appliance.ModelFacilitator, Choice: appliance.ModelChoice{appliance.ModelFacilitator: name},
		Lane: inference.Background, Owner: "trial", Messages: messages, Aside: true}
}

// speak has the model ask one question, as it would in a conversation.
func (r *Runner) speak(ctx context.Context, name string, s script) error {
	req := r.request(name, []inference.Message{{Role: "system", Content: s.interview}, {Role: "user", Content: s.told}})
	req.MaxTokens, req.Temperature = speechTokens, 0.4
	a, err := r.gateway.Chat(ctx, req, func(piece string) error {
		r.change(func(t *State) { t.Answer += strings.ToValidUTF8(piece, "") })
		return nil
	})
	if err != nil && inference.KindOf(err) != inference.CutOff {
		return err
	}
	r.change(func(t *State) {
		t.Step, t.FirstToken = 1, a.FirstToken
		if rest := a.Took - a.FirstToken; rest > 0 && a.Tokens > 4 {
			t.Write = float64(a.Tokens-1) / rest.Seconds()
		}
		if a.PromptTime > 0 && a.PromptTokens > 4 {
			t.Read = float64(a.PromptTokens) / a.PromptTime.Seconds()
		}
	})
	return nil
}

// form is what the model is to fill in about a sentence.
type form struct {
	About *string `json:"about"`
	Quote *string `json:"quote"`
}

// fill has the model fill in the form about one sentence.
func (r *Runner) fill(ctx context.Context, name string, s script, about sentence) error {
	req := r.request(name, []inference.Message{{Role: "system", Content: s.form}, {Role: "user", Content: about.text}})
	req.MaxTokens, req.Format = formTokens, schema
	a, err := r.gateway.Chat(ctx, req, func(string) error { return nil })
	if kind := inference.KindOf(err); err != nil && kind != inference.CutOff && kind != inference.Malformed {
		return err
	}
	f, formErr := readForm(a.Text)
	r.change(func(t *State) {
		t.Step++
		t.Forms++
		if err != nil || formErr != nil {
			return
		}
		t.Kept++
		if *f.About == about.about {
			t.Right++
		}
		if q := strings.TrimSpace(*f.Quote); q != "" && strings.Contains(about.text, q) {
			t.Quoted++
		}
	})
	return nil
}

// readForm reads an answer strictly: one object, nothing missing, nothing more.
func readForm(answer string) (form, error) {
	var f form
	d := json.NewDecoder(bytes.NewBufferString(answer))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return f, errors.New("not of the form")
	}
	if d.More() || f.About == nil || f.Quote == nil || !slices.Contains(abouts, *f.About) {
		return f, errors.New("not of the form")
	}
	return f, nil
}

// abouts are what a sentence can be about.
var abouts = []string{"equipment", "staffing", "pay", "rooms"}

var schema = json.RawMessage(fmt.Sprintf(`{"type":"object","properties":{"about":{"type":"string","enum":["%s"]},"quote":{"type":"string"}},`+
	`"required":["about","quote"],"additionalProperties":false}`, strings.Join(abouts, `","`)))
