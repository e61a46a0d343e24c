package inference

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ollama/ollama/api"

	"harmonium/appliance"
	"harmonium/appliance/meter"
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
	waits  meter.Times   // for a slot, by lane
	look   chan struct{} // has Run look at once

	mu       sync.Mutex
	base     string
	whole    Kind                  // why no model at all can be asked: Off, Absent, NoModel, or "" when they can
	found    Status                // what Ollama said when it was reached last; only models of this box
	refused  int                   // models of others that it offers
	usual    appliance.ModelChoice // what of found does the work for which nothing is chosen
	troubles map[string]*trouble   // by name of the model
	state    State                 // what follows from the above, as it was told
	choice   appliance.ModelChoice
	speeds   map[string]*Speed  // by model
	density  map[string]float64 // bytes a token, by model, as measured
	shown    map[Model]details  // by name, digest and size
	failed   map[Kind]int64     // requests, since the start

	hangs  func()
	pieces atomic.Int64   // of all answers
	trials sync.WaitGroup // that run

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
	Trial      time.Duration // the longest pause between two trials of a model that has failed
	Rest       time.Duration // the longest pause where trials cost others much: see Gateway.pause
	Hang       time.Duration // until one token of a model that is loaded, before it counts as one that hangs
	Reply      time.Duration // until Ollama is asked anew which models it holds; after as long again it is absent
}

// DefaultTiming is generous to slow boxes: a first token may wait for a long prompt to be read at 20 tokens/s. Probe
// and twice Reply together are less than the 3 s within which everybody knows that Ollama is gone, also when it is only
// stopped.
var DefaultTiming = Timing{
	Probe: time.Second, FirstToken: 120 * time.Second, Load: 180 * time.Second, Between: 30 * time.Second,
	Trial: 15 * time.Second, Rest: 5 * time.Minute, Hang: 45 * time.Second, Reply: 950 * time.Millisecond,
}

// New makes a gateway. Nothing is known of Ollama before Run has looked.
func New(o Options) *Gateway {
	g := &Gateway{
		client: o.Client, clock: o.Clock, log: o.Log, timing: o.Timing, choice: o.Choice, hangs: o.Hangs,
		queue: newQueue(o.Slots), look: make(chan struct{}, 1), troubles: make(map[string]*trouble), whole: Off,
		speeds: make(map[string]*Speed), density: make(map[string]float64), shown: make(map[Model]details),
		failed: make(map[Kind]int64),
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

// State is what is known of Ollama and its models.
type State struct {
	// Why says why rules lead conversations for which nothing else was chosen, "" when a model does: what ails Ollama as
	// a whole, else the model that leads. With Slow, that model is asked for all that no participant waits for. Sessions
	// with a choice of their own may fare otherwise: see Model.
	Why   Kind
	Since time.Time // when this began
	Base  string    // the address of Ollama, "" for none
	// Version and Models are what it said when it was reached last. Models are those that are computed on the box.
	Version  string
	Models   []Model
	Refused  int       // models that it offers and that are computed elsewhere
	Troubles []Trouble // installed models that are not asked for now, the slow ones in conversations only; by name
}

// Usable says whether the model that leads conversations by the box's choice can be asked: see Why.
func (s State) Usable() bool { return s.Why == "" }

// Up says whether Ollama answers and holds models. A single one of them may still be in trouble.
func (s State) Up() bool { return s.Why != Off && s.Why != Absent && s.Why != NoModel }

// Trouble gives what ails a model; false when nothing is known against it.
func (s State) Trouble(m Model) (Trouble, bool) {
	i := slices.IndexFunc(s.Troubles, func(t Trouble) bool { return t.Model == m })
	if i < 0 {
		return Trouble{}, false
	}
	return s.Troubles[i], true
}

// same says whether nothing has changed but the times.
func (s State) same(other State) bool {
	return s.Why == other.Why && s.Base == other.Base && s.Version == other.Version &&
		slices.Equal(s.Models, other.Models) && s.Refused == other.Refused && slices.Equal(s.Troubles, other.Troubles)
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
	u, err := url.Parse(base)
	g.update(func() {
		g.ollama, g.base, g.whole = nil, "", Off
		g.found, g.refused, g.usual = Status{}, 0, nil
		if base != "" && err == nil {
			g.ollama, g.base, g.whole = api.NewClient(u, g.client), base, Absent
		}
	})
	g.Look()
}

// SetChoice replaces the box's choice of models.
func (g *Gateway) SetChoice(c appliance.ModelChoice) {
	g.update(func() { g.choice = c })
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
	defer g.trials.Wait()
	tick := time.NewTicker(g.timing.Probe)
	defer tick.Stop()
	for {
		g.probe(ctx)
		g.try(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-g.look:
		}
	}
}

// probe looks at Ollama once. That it answers at all does not prove that a model does: see arrive.
func (g *Gateway) probe(ctx context.Context) {
	g.mu.Lock()
	base := g.base
	g.mu.Unlock()
	if base == "" {
		return
	}
	heard := g.pieces.Load()
	found, err := g.twice(ctx, base)
	var local []Model
	if err == nil {
		local = g.hearing(ctx, found.Local())
	}
	if ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) && g.pieces.Load() != heard {
		return // an Ollama that talks to others is only busy
	}
	g.update(func() {
		if g.base != base {
			return
		}
		if err != nil {
			g.whole = Absent
			return
		}
		before := g.whole
		g.whole, g.refused = "", len(found.Models)
		found.Models = local
		if g.refused -= len(found.Models); !slices.Equal(found.Models, g.found.Models) {
			g.usual = usual(found.Models)
		}
		g.found = found
		g.forget()
		switch {
		case len(found.Models) == 0:
			g.whole = NoModel
		case before != "":
			g.arrive()
		}
	})
}

// sight is what came of asking Ollama what it holds.
type sight struct {
	found Status
	err   error
}

// twice asks Ollama what it holds, and once more when no reply has come for a while: a box that reads long prompts may
// be late with one. The first reply of the two counts, and so does at once that nobody is there.
func (g *Gateway) twice(ctx context.Context, base string) (Status, error) {
	reply := cmp.Or(g.timing.Reply, probeTimeout)
	ctx, cancel := context.WithTimeout(ctx, 2*reply)
	defer cancel()
	seen := make(chan sight, 2)
	look := func() {
		found, err := Probe(ctx, base, g.client)
		seen <- sight{found, err}
	}
	go look()
	late := time.NewTimer(reply)
	defer late.Stop()
	select {
	case s := <-seen:
		return s.found, s.err
	case <-late.C:
	}
	go look()
	s := <-seen
	return s.found, s.err
}

// update changes what is known, and tells of what follows from that where it differs from before.
func (g *Gateway) update(change func()) {
	g.telling.Lock()
	defer g.telling.Unlock()
	g.mu.Lock()
	change()
	before, s := g.state, State{Base: g.base, Why: g.whole, Version: g.found.Version, Models: g.found.Models,
		Refused: g.refused, Troubles: g.ailing()}
	if m, leads, err := g.leader(); s.Why == "" && err == nil {
		if t := g.troubled(m, leads); t != nil {
			s.Why = t.Why
		}
	}
	s.Since = before.Since
	if s.Why != before.Why {
		s.Since = g.clock()
	}
	if before.same(s) {
		g.mu.Unlock()
		return
	}
	g.state = s
	g.mu.Unlock()
	g.note(before, s)
	for _, fn := range g.changed {
		fn(s)
	}
}

// note writes into the log what has changed.
func (g *Gateway) note(before, now State) {
	if before.Why != now.Why {
		g.log.Info("models", "usable", now.Usable(), "why", string(now.Why), "version", now.Version,
			"installed", len(now.Models))
	}
	for _, t := range now.Troubles {
		if b, known := before.Trouble(t.Model); !known || b.Why != t.Why {
			g.log.Info("a model is not asked for now", "model", t.Model.Name, "why", string(t.Why))
		}
	}
	for _, t := range before.Troubles {
		if _, still := now.Trouble(t.Model); !still {
			g.log.Info("a model can be asked again", "model", t.Model.Name)
		}
	}
}

// Model gives the model that does the work of a role: the one that choice names, else the box's, else one of those that
// are installed. It fails with a Failure when there is none, when the named one is not installed here, and, with the
// model, when that is in trouble (ErrNotAsked). That it is Slow is no trouble but for the facilitator: nobody
// waits in a conversation for the others.
func (g *Gateway) Model(role appliance.ModelRole, choice appliance.ModelChoice) (Model, error) {
	return g.model(role, choice, role == appliance.ModelFacilitator)
}

// model is Model; waited says whether a participant waits for what is asked.
func (g *Gateway) model(role appliance.ModelRole, choice appliance.ModelChoice, waited bool) (Model, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.whole != "" {
		return Model{}, &Failure{Kind: g.whole}
	}
	m, err := g.pick(role, choice)
	if err != nil {
		return m, err
	}
	if t := g.troubled(m, waited); t != nil {
		return m, &Failure{Kind: t.Why, Err: ErrNotAsked}
	}
	return m, nil
}

// Chosen gives the name that was chosen for a role, by choice or for the box; "" when none was.
func (g *Gateway) Chosen(role appliance.ModelRole, choice appliance.ModelChoice) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return cmp.Or(choice[role], g.choice[role])
}

// usual says which of the installed models do the work for which nothing is chosen. It is asked for very often, so it
// is kept: to find it out means to read the whole catalogue.
func usual(installed []Model) appliance.ModelChoice {
	names := make([]string, len(installed))
	for i, m := range installed {
		names[i] = m.Name
	}
	choice := appliance.ModelChoice{}
	for _, role := range appliance.ModelRoles() {
		choice[role] = models.Default(role, names)
	}
	if i := slices.IndexFunc(installed, func(m Model) bool { return m.Hears }); i >= 0 && choice[appliance.ModelTranscriber] == "" {
		choice[appliance.ModelTranscriber] = installed[i].Name
	}
	return choice
}

// pick gives the model for a role of those that are installed; one that takes no sound never transcribes. g.mu is held.
func (g *Gateway) pick(role appliance.ModelRole, choice appliance.ModelChoice) (Model, error) {
	name := cmp.Or(choice[role], g.choice[role], g.usual[role])
	for _, m := range g.found.Models {
		if (m.Name == name || m.Name == name+":latest") && (m.Hears || role != appliance.ModelTranscriber) {
			return m, nil
		}
	}
	return Model{}, &Failure{Kind: NoModel}
}
