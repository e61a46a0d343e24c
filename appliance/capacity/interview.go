package capacity

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"harmonium/appliance"
	"harmonium/appliance/inference"
)

// known is how many answers a person has given before the turn that is measured: about the middle of an interview.
const known = 5

// interviews measures the model, crowd after crowd.
func (m *measurement) interviews(ctx context.Context) error {
	warm, _ := m.Turn(m.begins, 0)
	warm.MaxTokens = 1
	if _, err := m.ask(ctx, warm); err != nil { // it is loaded with this
		return err
	}
	m.change(func(s *State) { s.Step++ })
	person := m.begins
	for _, n := range m.crowds {
		if err := m.undisturbing(ctx); err != nil {
			return err
		}
		cold, err := m.crowd(ctx, person+1, n, known)
		if err != nil {
			return err
		}
		m.change(func(s *State) { s.Step++ })
		if err := m.undisturbing(ctx); err != nil {
			return err
		}
		again, err := m.crowd(ctx, person+1, n, known+1)
		if err != nil {
			return err
		}
		person += n
		m.change(func(s *State) {
			s.Step++
			s.Result.Levels = append(s.Result.Levels, levelOf(n, cold, again))
		})
	}
	return nil
}

// turn is what one person's turn took.
type turn struct {
	first, whole   time.Duration
	prompt, answer int // tokens
	read           time.Duration
	write          float64 // tokens a second
}

// crowd is what the turns of several people took who have sent their answers at the same moment.
type crowd struct {
	turns     []turn
	disturbed bool
}

func (m *measurement) crowd(ctx context.Context, first, n, answers int) (crowd, error) {
	c := crowd{turns: make([]turn, n)}
	before := m.Gateway.Begun()
	asked := make([]int, n)
	g, ctx := errgroup.WithContext(ctx)
	for i := range n {
		g.Go(func() (err error) {
			c.turns[i], asked[i], err = m.turn(ctx, first+i, answers)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return c, err
	}
	for _, own := range asked {
		before += own
	}
	c.disturbed = m.Gateway.Begun() != before
	return c, nil
}

// turn has the model take one turn as the facilitator does: a quick model weighs the answer and then speaks, a slow one
// the other way round. It gives how many requests that were.
func (m *measurement) turn(ctx context.Context, person, answers int) (t turn, asked int, err error) {
	weigh, speak := m.Turn(person, answers)
	spoken := func(before time.Duration) error {
		a, err := m.ask(ctx, speak)
		t.first, t.whole = before+a.FirstToken, t.whole+a.Took
		if rest := a.Took - a.FirstToken; rest > 0 && a.Tokens > 1 {
			t.write = float64(a.Tokens-1) / rest.Seconds()
		}
		t.add(a)
		return err
	}
	weighed := func() error {
		a, err := m.ask(ctx, weigh)
		t.whole += a.Took
		t.add(a)
		return err
	}
	if m.quick() {
		if err := weighed(); err != nil {
			return t, 1, err
		}
		return t, 2, spoken(t.whole)
	}
	if err := spoken(0); err != nil {
		return t, 1, err
	}
	return t, 2, weighed()
}

func (t *turn) add(a inference.Answer) {
	t.prompt, t.answer, t.read = max(t.prompt, a.PromptTokens), t.answer+a.Tokens, t.read+a.PromptTime
}

// quick says whether the model weighs before it speaks, by what was measured of it until now.
func (m *measurement) quick() bool {
	s, _ := m.State()
	if n := len(s.Result.Levels); n > 0 {
		return s.Result.Levels[n-1].Write >= m.QuickEnough
	}
	speed, ok := m.Gateway.Speed(m.model)
	return ok && speed.Write >= m.QuickEnough
}

// ask asks the model in the lane of background work. The role is one for which nobody waits, since a model that is too slow
// for conversations is measured too.
func (m *measurement) ask(ctx context.Context, r inference.Request) (inference.Answer, error) {
	r.Role, r.Choice = appliance.ModelAnalyst, appliance.ModelChoice{appliance.ModelAnalyst: m.model.Name}
	r.Lane, r.Owner, r.Aside = inference.Background, "capacity", true
	a, err := m.Gateway.Chat(ctx, r, nil)
	if inference.KindOf(err) == inference.CutOff {
		err = nil // as many tokens as a turn has
	}
	return a, err
}

// levelOf puts together what was measured of a crowd.
func levelOf(n int, cold, again crowd) Level {
	l := Level{AtOnce: n, Disturbed: cold.disturbed || again.disturbed}
	var prompts int
	var reading time.Duration
	for _, t := range cold.turns {
		l.First, l.Turn = max(l.First, t.first.Seconds()), max(l.Turn, t.whole.Seconds())
		l.Prompt, l.Answer = max(l.Prompt, t.prompt), max(l.Answer, t.answer)
		prompts, reading = prompts+t.prompt, max(reading, t.read)
	}
	var rates float64
	for _, t := range again.turns {
		l.Again = max(l.Again, t.first.Seconds())
		rates += t.write
	}
	if reading > 0 {
		l.Read = float64(prompts) / reading.Seconds()
	}
	l.Write = rates / float64(n)
	return l
}
