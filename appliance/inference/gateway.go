package inference

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ollama/ollama/api"

	"harmonium/appliance"
	"harmonium/models"
)

// Gateway hands work to the models of one Ollama. It knows which model does which work, lets as many requests through
// as the model has slots, watches over each answer, and knows at any time whether Ollama can be used and why not. It
// needs Run for that last part. All methods are safe for concurrent use.
type Gateway struct {
	ollama *api.Client // nil when there is none
	client *http.Client
	clock  appliance.Clock
	log    *slog.Logger
	timing Timing
	queue  *queue
	look   chan struct{} // has Run look at once

	mu      sync.Mutex
	base    string
	state   State
	choice  appliance.ModelChoice
	trials  int                // in a row that failed
	trialAt time.Time          // the next one is not before
	speeds  map[string]*Speed  // by model
	density map[string]float64 // bytes a token, by model, as measured
	shown   map[string]details // by digest
	failed  map[Kind]int64     // requests, since the start

	hangs  func()
	pieces atomic.Int64 // of all answers

	telling sync.Mutex // held while others are told of a change; goes before mu
	changed []func(State)
}

// Options is what a Gateway is made of. Only Client and Clock are needed.
type Options struct {
	// Base is the address of Ollama, "" for none: see SetBase.
	Base string
	// Client is that of a guarded dialer. It has no time limit for whole requests.
	Client *http.Client
	Clock  appliance.Clock
	Log    *slog.Logger // nil discards; never gets content
	// Slots is how many requests Ollama works on at the same time (its OLLAMA_NUM_PARALLEL); 0 is 1.
	Slots int
	// Choice is the box's choice of models. What it leaves open is chosen by what is installed.
	Choice appliance.ModelChoice
	Timing Timing // the zero value is DefaultTiming
	// Hangs, which may be nil, is called when Ollama has to be started anew to be of use: its model is loaded and says
	// nothing to anybody.
	Hangs func()
}

// Timing says how long things may take.
type Timing struct {
	Probe      time.Duration // between two looks at Ollama
	FirstToken time.Duration // until the first token of a model that is loaded
	Load       time.Duration // what loading may take on top
	Between    time.Duration // between two tokens
	Trial      time.Duration // the longest pause between two trials after a failure
	Hang       time.Duration // until one token of a model that is loaded, before it counts as one that hangs
}

// DefaultTiming is generous to slow boxes: a first token may wait for a long prompt to be read at 20 tokens/s.
var DefaultTiming = Timing{
	Probe: 2 * time.Second, FirstToken: 120 * time.Second, Load: 180 * time.Second, Between: 30 * time.Second,
	Trial: 15 * time.Second, Hang: 45 * time.Second,
}

// New makes a gateway. Nothing is known of Ollama before Run has looked.
func New(o Options) *Gateway {
	g := &Gateway{
		client: o.Client, clock: o.Clock, log: o.Log, timing: o.Timing, choice: o.Choice, hangs: o.Hangs,
		queue: newQueue(o.Slots), look: make(chan struct{}, 1),
		speeds: make(map[string]*Speed), density: make(map[string]float64), shown: make(map[string]details), failed: make(map[Kind]int64),
	}
	if g.log == nil {
		g.log = slog.New(slog.DiscardHandler)
	}
	if g.timing == (Timing{}) {
		g.timing = DefaultTiming
	}
	g.state = State{Since: o.Clock(), Why: Off}
	g.SetBase(o.Base)
	return g
}

// State is what is known of Ollama.
type State struct {
	// Why says why models cannot be used, "" when they can.
	Why   Kind
	Since time.Time // when this state began
	Base  string    // its address, "" for none
	// Version and Models are what it said when it was reached last. Models are those that are computed on the box.
	Version string
	Models  []Model
	Refused int // models that it offers and that are computed elsewhere
}

// Usable says whether models can be asked.
func (s State) Usable() bool { return s.Why == "" }

// same says whether nothing has changed but the times.
func (s State) same(other State) bool {
	return s.Why == other.Why && s.Base == other.Base && s.Version == other.Version && slices.Equal(s.Models, other.Models) &&
		s.Refused == other.Refused
}

// State gives what is known of Ollama now.
func (g *Gateway) State() State {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.state
}

// Changed has fn called whenever the state changes, from one goroutine at a time. Changes that were told before are not
// told again, so whoever wants all of them calls it before Run.
func (g *Gateway) Changed(fn func(State)) {
	g.telling.Lock()
	defer g.telling.Unlock()
	g.changed = append(g.changed, fn)
}

// SetBase says where Ollama is from now on, "" for nowhere. An address that cannot be read counts as none.
func (g *Gateway) SetBase(base string) {
	g.mu.Lock()
	u, err := url.Parse(base)
	g.ollama, g.base = nil, ""
	s := State{Why: Off, Since: g.clock()}
	if base != "" && err == nil {
		g.ollama, g.base = api.NewClient(u, g.client), base
		s.Why, s.Base = Absent, base
	}
	g.mu.Unlock()
	g.set(s)
	g.Look()
}

// SetChoice replaces the box's choice of models.
func (g *Gateway) SetChoice(c appliance.ModelChoice) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.choice = c
}

// Look has Run look at Ollama at once.
func (g *Gateway) Look() {
	select {
	case g.look <- struct{}{}:
	default:
	}
}

// Run watches Ollama until ctx ends.
func (g *Gateway) Run(ctx context.Context) {
	tick := time.NewTicker(g.timing.Probe)
	defer tick.Stop()
	for {
		g.probe(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-g.look:
		}
	}
}

// probe looks at Ollama once. That it answers at all does not prove that a model does, so at the start and after a
// failure one token is asked for first. It also has the model loaded before somebody waits for it.
func (g *Gateway) probe(ctx context.Context) {
	g.mu.Lock()
	base, before := g.base, g.state
	g.mu.Unlock()
	if base == "" {
		return
	}
	found, err := Probe(ctx, base, g.client)
	if ctx.Err() != nil {
		return
	}
	s := State{Base: base, Version: before.Version, Models: before.Models, Refused: before.Refused}
	if err != nil {
		s.Why = Absent
		g.set(s)
		return
	}
	s.Version, s.Models = found.Version, found.Local()
	s.Refused = len(found.Models) - len(s.Models)
	switch {
	case len(s.Models) == 0:
		s.Why = NoModel
	case before.Why.troubles() || before.Why == NoModel:
		s.Why = before.Why
		if s.Why == Absent || s.Why == NoModel {
			s.Why = Starting
		}
		g.set(s)
		if f := g.trial(ctx, s.Models); f == nil {
			s.Why = ""
		} else if f.Kind.troubles() {
			s.Why = f.Kind
		}
	case g.State().Why != before.Why:
		g.Look() // a request has failed meanwhile: that Ollama answers this says nothing against it
		return
	}
	g.set(s)
}

// set takes over a state and tells of it where it differs from the one before.
func (g *Gateway) set(s State) {
	g.telling.Lock()
	defer g.telling.Unlock()
	g.mu.Lock()
	if g.base != s.Base || g.state.same(s) {
		g.mu.Unlock()
		return
	}
	s.Since = g.state.Since
	if s.Why != g.state.Why {
		s.Since = g.clock()
	}
	before := g.state
	g.state = s
	g.mu.Unlock()
	if before.Why != s.Why {
		g.log.Info("models", "usable", s.Usable(), "why", string(s.Why), "version", s.Version, "installed", len(s.Models))
	}
	for _, fn := range g.changed {
		fn(s)
	}
}

// blame notes a failure of a request. What troubles Ollama as a whole makes everybody go on by rules until a trial has
// worked.
func (g *Gateway) blame(f *Failure) {
	g.mu.Lock()
	g.failed[f.Kind]++
	g.mu.Unlock()
	if !f.Kind.troubles() {
		return
	}
	s := g.State()
	if s.Why == "" || s.Why.troubles() {
		s.Why = f.Kind
		g.set(s)
	}
	g.Look()
}

// Doubt says that a request was given up because nothing came of it for long. Everybody goes on by rules until a trial
// has worked.
func (g *Gateway) Doubt() { g.blame(&Failure{Kind: Stalled}) }

// Model gives the model that does the work of a role: the one that choice names, else the box's, else one of those that
// are installed. It fails with a Failure when there is none, or the named one is not installed here.
func (g *Gateway) Model(role appliance.ModelRole, choice appliance.ModelChoice) (Model, error) {
	s := g.State()
	if s.Why != "" {
		return Model{}, &Failure{Kind: s.Why}
	}
	return g.pick(role, choice, s.Models)
}

func (g *Gateway) pick(role appliance.ModelRole, choice appliance.ModelChoice, installed []Model) (Model, error) {
	g.mu.Lock()
	name := choice.Over(g.choice)[role]
	g.mu.Unlock()
	if name == "" {
		names := make([]string, len(installed))
		for i, m := range installed {
			names[i] = m.Name
		}
		name = models.Default(role, names)
	}
	for _, m := range installed {
		if m.Name == name || m.Name == name+":latest" {
			return m, nil
		}
	}
	return Model{}, &Failure{Kind: NoModel}
}
