// Package capacity measures how many people this box can talk with at once, with the model that leads conversations, and
// by rules.
//
// For 1, 2 … as many people at once as the model has slots, invented interviews are led by the prompts of real ones: each
// person's turn is measured twice, once by a model that has to read the whole interview (another person had the slot
// meanwhile), and once by one that knows its beginning. From that People derives a number.
//
// Conversations go before it: it waits in the lane of background work, does not begin while people talk and ends when
// somebody begins, unless it is to measure anyway. Its failures do not count against the models at work.
package capacity

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/inference"
	"harmonium/models"
)

// FirstWord is how soon people are promised the first word of the next question (decision 9).
const FirstWord = 5 * time.Second

// Thinking is how long a person takes between a question and sending an answer: 15 s to read and think, and 1.2 s for
// each of 40 words on a phone.
const Thinking = 63 * time.Second

// Level is what was measured with so many people at once. Of several people the slowest counts for what they wait, and the
// mean for rates.
type Level struct {
	AtOnce    int     `json:"at_once"`
	First     float64 `json:"first_word_seconds"`       // with the whole interview to read
	Again     float64 `json:"first_word_known_seconds"` // with its beginning known
	Turn      float64 `json:"turn_seconds"`             // that a slot is held for, with the whole interview to read
	Write     float64 `json:"write_tokens_per_second"`  // of each
	Read      float64 `json:"read_tokens_per_second"`   // of all together; 0: not measured
	Prompt    int     `json:"prompt_tokens"`            // of one turn
	Answer    int     `json:"answer_tokens"`            // of one turn
	Disturbed bool    `json:"disturbed"`                // others were at work too
}

// Result is a whole measurement. It is stored as JSON.
type Result struct {
	At       time.Time `json:"at"`
	Model    string    `json:"model"` // "": there is none, only rules were measured
	Digest   string    `json:"digest"`
	Slots    int       `json:"slots"`
	Levels   []Level   `json:"levels"`
	People   int       `json:"people"`             // who can talk at once with the model, by People
	Thinking float64   `json:"thinking_seconds"`   // that each takes for an answer
	Within   float64   `json:"first_word_within"`  // seconds, for nine of ten answers
	Answers  float64   `json:"answers_per_second"` // by rules
	Guided   int       `json:"guided_people"`      // who can talk at once in guided mode
}

// Status is what became of a measurement.
type Status string

// The states of a measurement.
const (
	Running Status = "running"
	Done    Status = "done"
	Stopped Status = "stopped" // by somebody, or with the server
	Talking Status = "talking" // ended because people began to talk
	Failed  Status = "failed"
)

// State is a measurement that runs, or the last one since the start of the box.
type State struct {
	Status Status
	Why    inference.Kind // of Failed; "" when it was not the model
	Step   int            // that is done, of Steps
	Steps  int
	Result Result // as far as it has come
}

// Options is what a Runner is made of. All but Log are needed.
type Options struct {
	Gateway *inference.Gateway
	Clock   appliance.Clock
	Log     *slog.Logger
	// Turn gives what the model is asked for the turn after so many answers of a person: to weigh the answer, and to speak.
	Turn func(person, answers int) (weigh, speak inference.Request)
	// QuickEnough is how many tokens a second a model writes that weighs before it speaks; slower ones weigh after it.
	QuickEnough float64
	// Guided measures how many answers a second the rules give.
	Guided func(context.Context) (float64, error)
	// Most is how many people the box lets in, whatever carries them.
	Most int
	// People says how many people are talking.
	People func(context.Context) (int, error)
}

// Runner runs one measurement at a time. All methods are safe for concurrent use.
type Runner struct {
	Options
	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu    sync.Mutex
	state State
	known bool
	stop  context.CancelFunc // nil while none runs
	ended bool
}

// New makes a runner. Close must follow.
func New(o Options) *Runner {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	r := &Runner{Options: o}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r
}

// Close ends a measurement that runs, and waits for its end.
func (r *Runner) Close() {
	r.mu.Lock()
	r.ended = true
	r.mu.Unlock()
	r.cancel()
	r.work.Wait()
}

// Start begins to measure; keep stores what was measured, for whoever has asked. It refuses when a measurement runs, and
// while people talk unless it is to do so anyway.
func (r *Runner) Start(ctx context.Context, anyway bool, keep func(context.Context, Result) error) (State, error) {
	switch people, err := r.People(ctx); {
	case err != nil:
		return State{}, err
	case people > 0 && !anyway:
		return State{}, appliance.Errorf(appliance.CodeConflict, "People are talking with the box (conversations: %d), and measuring would make them wait. "+
			"Nothing was measured. Wait until they are done, or measure anyway.", people)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stop != nil || r.ended {
		return State{}, appliance.Errorf(appliance.CodeConflict, "The box is being measured already. Nothing was changed; wait for its end, or stop it.")
	}
	m := measurement{Runner: r, anyway: anyway, keep: keep, begins: int(r.Clock().Unix() % 100_000)}
	result := Result{At: r.Clock().UTC(), Slots: r.Gateway.Load().Slots, Levels: []Level{}, Thinking: Thinking.Seconds(), Within: FirstWord.Seconds()}
	if model, ok := speaker(r.Gateway); ok {
		m.model, m.crowds = model, crowds(result.Slots)
		result.Model, result.Digest = model.Name, model.Digest
	}
	r.state, r.known = State{Status: Running, Steps: m.steps(), Result: result}, true
	ctx, r.stop = context.WithCancel(r.ctx)
	r.work.Go(func() { m.run(ctx) })
	return r.state.copy(), nil
}

// speaker gives the model that leads conversations, also one that is left alone in them since it is slow.
func speaker(g *inference.Gateway) (inference.Model, bool) {
	m, err := g.Model(appliance.ModelFacilitator, nil)
	if err != nil && inference.KindOf(err) != inference.Slow {
		return m, false
	}
	return m, slices.Contains(models.Roles(m.Name), appliance.ModelFacilitator)
}

// crowds are the numbers of people at once that are measured: each up to four, then in doublings up to all slots.
func crowds(slots int) (list []int) {
	for n := 1; n < slots; n++ {
		if n <= 4 || n&(n-1) == 0 {
			list = append(list, n)
		}
	}
	return append(list, max(1, slots))
}

// Stop ends the measurement that runs, if one does.
func (r *Runner) Stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stop != nil {
		r.stop()
	}
}

// State gives the measurement that runs, or the last one since the start; false before the first.
func (r *Runner) State() (State, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state.copy(), r.known
}

func (s State) copy() State {
	s.Result.Levels = slices.Clone(s.Result.Levels)
	return s
}

func (r *Runner) change(change func(*State)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.state)
}

// measurement is one that runs.
type measurement struct {
	*Runner
	anyway bool
	keep   func(context.Context, Result) error
	model  inference.Model
	crowds []int // empty where there is no model
	begins int   // number of the first invented person: no two measurements have the same
}

// steps are: to load the model, twice each crowd, and the rules.
func (m *measurement) steps() int {
	if len(m.crowds) == 0 {
		return 1
	}
	return 1 + 2*len(m.crowds) + 1
}

// errTalking ends a measurement because people talk.
var errTalking = errors.New("capacity: people talk")

func (m *measurement) run(ctx context.Context) {
	err := m.measure(ctx)
	m.mu.Lock()
	defer m.mu.Unlock()
	stopped := ctx.Err() != nil
	m.stop()
	m.stop = nil
	s := &m.state
	switch {
	case stopped:
		s.Status = Stopped
	case errors.Is(err, errTalking):
		s.Status = Talking
	case err != nil:
		s.Status, s.Why = Failed, inference.KindOf(err)
	default:
		s.Status = Done
	}
	log := m.Log.With("status", string(s.Status), "model", s.Result.Model, "people", s.Result.People, "guided", s.Result.Guided)
	if s.Status == Failed {
		log = log.With("error", err)
	}
	log.Info("the capacity of the box was measured")
}

func (m *measurement) measure(ctx context.Context) error {
	if len(m.crowds) > 0 {
		if err := m.interviews(ctx); err != nil {
			return err
		}
	}
	if err := m.undisturbing(ctx); err != nil {
		return err
	}
	rate, err := m.Guided(ctx)
	if err != nil {
		return fmt.Errorf("measure the rules: %w", err)
	}
	m.change(func(s *State) {
		s.Step++
		s.Result.Answers, s.Result.Guided = rate, GuidedPeople(rate, m.Most)
		s.Result.People = min(m.Most, People(s.Result))
	})
	s, _ := m.State()
	return m.keep(ctx, s.Result)
}

// undisturbing returns errTalking when people talk who should not be disturbed.
func (m *measurement) undisturbing(ctx context.Context) error {
	if m.anyway {
		return nil
	}
	switch people, err := m.People(ctx); {
	case err != nil:
		return err
	case people > 0:
		return errTalking
	}
	return nil
}
