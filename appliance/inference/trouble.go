package inference

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ollama/ollama/api"

	"harmonium/appliance"
)

// Trouble is a model that is not asked for now, although Ollama holds it. One that is Slow is not asked in
// conversations only. What others were chosen for goes on with them.
type Trouble struct {
	Model Model
	Why   Kind      // Starting, Stalled, Died or Slow
	Since time.Time // when it was asked in vain
	// First and Sentence say how slow a model is with Slow: how long it took to its first word and to a sentence, or how
	// long somebody waited for them in vain.
	First, Sentence time.Duration
}

// Doubted is a request that was given up because too little came of it.
type Doubted struct {
	Model    Model
	Bytes    int           // of its prompt
	Patience time.Duration // for which a first word may be waited for
	First    time.Duration // until there was a word; 0 when there was none
	Waited   time.Duration // until it was given up
}

// trouble is what has to be known of a model that was in trouble, until it has given somebody a good answer again.
type trouble struct {
	Trouble           // Why is "" while the model can be asked
	doubted Doubted   // with Patience when it is to be tried whether it is quick enough
	trials  int       // in a row after which it was no better
	next    time.Time // when it is tried again
	trying  bool      // just now
	hung    time.Time // when it was found to hang last
	broken  int       // trials in a row that gave way to a conversation
}

// quickSentence is how many tokens a trial of speed asks for: a short sentence.
const quickSentence = 24

// quick says whether a first word after so long leaves a margin to the patience, for others may be working at the same
// time.
func (d Doubted) quick(first time.Duration) bool { return first <= d.Patience*3/4 }

// concerns says whether a failure speaks against the model that was asked, so that the next request to it would most
// likely fail too.
func (k Kind) concerns() bool { return k == Stalled || k == Died }

// blame notes a failure of a request: against Ollama, or against the model that was asked.
func (g *Gateway) blame(m Model, f *Failure) {
	g.update(func() {
		g.failed[f.Kind]++
		switch {
		case f.Kind == Absent && g.base != "":
			g.whole = Absent
		case f.Kind.concerns():
			g.suspect(m, Trouble{Why: f.Kind}, Doubted{})
		}
	})
	if f.Kind == Absent || f.Kind == NoModel || f.Kind.concerns() {
		g.Look()
	}
}

// Doubt says that a request was given up because too little came of it. The model is not asked in conversations until a
// trial has shown that it is quick enough. When it is doubted again without having given a good answer in
// between, the trial comes later each time.
func (g *Gateway) Doubt(d Doubted) {
	g.update(func() {
		g.failed[Slow]++
		first := d.First
		if first == 0 {
			first = d.Waited
		}
		g.suspect(d.Model, Trouble{Why: Slow, First: first, Sentence: d.Waited}, d)
	})
	g.Look()
}

// suspect notes a model as one in trouble. g.mu is held.
func (g *Gateway) suspect(m Model, why Trouble, d Doubted) {
	if !slices.Contains(g.found.Models, m) {
		return // it was removed or replaced while it was asked
	}
	t := g.troubles[m.Name]
	if t == nil {
		t = &trouble{}
		g.troubles[m.Name] = t
	}
	if t.Why != "" && !(t.Why == Slow && why.Why.concerns()) {
		return // known already
	}
	if t.Why != Slow { // else it has to be quick as well, once it answers again
		t.doubted = d
	}
	why.Model, why.Since = m, g.clock()
	t.Trouble = why
	g.pause(t, false)
}

// pause says when a model is tried next: at once for the first time, then later each time that it was no better. A slow
// model is left alone longest, since to try it costs the box much. So is one that would have to be loaded, for which
// Ollama may push others out of memory that are at work (crowded). g.mu is held.
func (g *Gateway) pause(t *trouble, crowded bool) {
	pause, most := g.timing.Probe, g.timing.Trial
	if t.Why == Slow {
		pause = g.timing.Trial
	}
	if t.Why == Slow || crowded {
		most = g.timing.Rest
	}
	if t.trials == 0 {
		pause = 0
	}
	for range t.trials - 1 {
		pause = min(2*pause, most)
	}
	t.trials++
	t.next = g.clock().Add(min(pause, most))
}

// worked notes that a model has given a good answer: what was held against it is forgotten.
func (g *Gateway) worked(lane Lane, a Answer) {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.troubles[a.Model.Name]
	if t == nil || t.Why != "" {
		return
	}
	if t.doubted.Patience == 0 || lane == Interactive && t.doubted.quick(a.FirstToken) {
		delete(g.troubles, a.Model.Name)
	}
}

// troubled gives why a model is not asked, nil when it can be. Whether it is slow counts where a participant waits for
// what is asked (waited). g.mu is held.
func (g *Gateway) troubled(m Model, waited bool) *trouble {
	if t := g.troubles[m.Name]; t != nil && t.Why != "" && (waited || t.Why != Slow) {
		return t
	}
	return nil
}

// arrive makes ready for an Ollama that was not there before: the model that leads is loaded before somebody waits for
// it, and what was held against others is tried at once. g.mu is held.
func (g *Gateway) arrive() {
	for _, t := range g.troubles {
		t.next = g.clock()
		if t.Why.concerns() {
			t.Why, t.Since, t.trials = Starting, g.clock(), 1
		}
	}
	if m, _, err := g.leader(); err == nil && g.troubles[m.Name] == nil {
		g.suspect(m, Trouble{Why: Starting}, Doubted{})
	}
}

// forget drops what was held against models that Ollama does not hold any more. g.mu is held.
func (g *Gateway) forget() {
	for name, t := range g.troubles {
		if !slices.Contains(g.found.Models, t.Model) {
			delete(g.troubles, name)
		}
	}
}

// try begins the trials that are due. Each runs by itself, so that none delays another or the look at Ollama.
func (g *Gateway) try(ctx context.Context) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.whole != "" {
		return
	}
	for _, t := range g.troubles {
		if t.Why != "" && !t.trying && !g.clock().Before(t.next) {
			t.trying = true
			base, known, d, broken := g.base, t.Trouble, t.doubted, t.broken
			g.trials.Go(func() { g.trial(ctx, t, base, known, d, broken) })
		}
	}
}

// trial finds out whether a model that was in trouble, as known, can be asked again.
func (g *Gateway) trial(ctx context.Context, t *trouble, base string, known Trouble, d Doubted, broken int) {
	m := known.Model
	loaded, others := g.loaded(ctx, m)
	quiet, err := g.greet(ctx, m, loaded, broken)
	var a Answer
	if d.Patience > 0 && answered(err) {
		a, err = g.race(ctx, m, d, broken)
	}
	anew := false
	g.update(func() {
		t.trying = false
		if ctx.Err() != nil || g.base != base || g.troubles[m.Name] != t || t.Trouble != known {
			return // what has become known meanwhile is newer
		}
		kind := KindOf(err)
		yields := errors.Is(err, errYield)
		if t.broken++; !yields {
			t.broken = 0
		}
		if yields || known.Why == Slow && kind == Stalled && !quiet {
			t.next = g.clock().Add(g.timing.Trial) // others had what it needed: nothing is known
			return
		}
		switch {
		case kind == Absent:
			g.whole = Absent
			return
		case kind == Slow:
			t.Why, t.First, t.Sentence = Slow, a.FirstToken, a.Took
		case kind.concerns():
			if t.Why == Slow {
				t.Since = g.clock() // until now it was asked, though not in conversations
			}
			t.Why, t.First, t.Sentence = kind, 0, 0
			anew = loaded && quiet && kind == Stalled && !g.clock().Before(t.hung.Add(g.timing.Rest))
		case kind == Full:
		default: // it answers; or it is not there or not ours, which is told to whoever asks for it
			t.Why = ""
			return
		}
		g.pause(t, !loaded && others)
		if anew {
			t.hung = g.clock()
		}
	})
	if anew && g.hangs != nil {
		g.hangs()
	}
}

// greet asks a model for one token, in its turn: what Ollama has no slot for would wait there for those who have one. It
// goes before work in the background, which would otherwise wait for minutes for a model that hangs. quiet says that
// nobody else was served meanwhile.
//
// A model that is loaded, and of which a trial in such quiet hears nothing, hangs: Ollama 0.17.4 loses a slot for good
// when somebody goes away in the moment in which a token comes. Without quiet, a slow box may just read long prompts.
func (g *Gateway) greet(ctx context.Context, m Model, loaded bool, broken int) (quiet bool, err error) {
	held, leave, err := g.queue.enter(ctx, &ticket{lane: Host, owner: trialOf(m), broken: broken}, nil)
	if err != nil {
		return false, err
	}
	defer leave(0)
	limit := g.timing.Load
	if loaded {
		limit = g.timing.Hang
	}
	heard := g.pieces.Load()
	before, alone := g.queue.alone()
	hello := []Message{{Role: "user", Content: "Hello"}}
	_, err = g.ask(held, m, Request{trial: limit, MaxTokens: 1, Messages: hello}, nil)
	after, _ := g.queue.alone()
	if errors.Is(context.Cause(held), errYield) && !answered(err) {
		err = errYield
	}
	return alone && before == after && heard == g.pieces.Load(), err
}

// trialOf is under which name the trials of a model wait in the queue.
func trialOf(m Model) string { return "trial of " + m.Name }

// answered says whether a trial shows that a model answers. One token is mostly not the end of an answer.
func answered(err error) bool { return err == nil || KindOf(err) == CutOff }

// race asks a model for a sentence after a prompt as long as the one of which too little came, and fails with Slow when
// that is not quick enough. What was read before would be quick, so the prompt begins with something new.
func (g *Gateway) race(ctx context.Context, m Model, d Doubted, broken int) (Answer, error) {
	held, leave, err := g.queue.enter(ctx, &ticket{lane: Background, owner: trialOf(m), broken: broken}, nil)
	if err != nil {
		return Answer{}, err
	}
	began := g.clock()
	defer func() { leave(g.clock().Sub(began)) }()
	text := fmt.Sprintf("This was written at %s. ", began.Format(time.RFC3339Nano))
	text += strings.Repeat("The clock in the hall goes on while people talk. ", max(1, d.Bytes/50))
	limit := 3 * d.Patience
	a, err := g.ask(held, m, Request{trial: limit, MaxTokens: quickSentence,
		Messages: []Message{{Role: "user", Content: text[:max(60, min(len(text), d.Bytes))] + " What comes next?"}}}, nil)
	switch {
	case errors.Is(context.Cause(held), errYield):
		return a, errYield
	case KindOf(err) == Stalled:
		a.FirstToken, a.Took = max(a.FirstToken, limit), max(a.Took, limit)
	case !answered(err):
		return a, err
	default:
		g.measure(m, a)
	}
	if !d.quick(a.FirstToken) || a.Took > d.Patience {
		return a, &Failure{Kind: Slow}
	}
	return a, nil
}

// loaded says whether Ollama has a model in its memory, and whether it has others.
func (g *Gateway) loaded(ctx context.Context, m Model) (this, others bool) {
	g.mu.Lock()
	ollama := g.ollama
	g.mu.Unlock()
	if ollama == nil {
		return false, false
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	running, err := ollama.ListRunning(ctx)
	if err != nil {
		return false, false
	}
	named := func(r api.ProcessModelResponse) bool { return r.Name == m.Name }
	this = slices.ContainsFunc(running.Models, named)
	return this, len(slices.DeleteFunc(running.Models, named)) > 0
}

// ailing lists the installed models that are not asked for now, by name. g.mu is held.
func (g *Gateway) ailing() (list []Trouble) {
	for _, t := range g.troubles {
		if t.Why != "" && slices.Contains(g.found.Models, t.Model) {
			list = append(list, t.Trouble)
		}
	}
	appliance.Sort(list, func(a, b Trouble) int { return cmp.Compare(a.Model.Name, b.Model.Name) })
	return list
}

// leader is the model that leads conversations by the box's choice; where there is none, the one that does the analysis
// (leads is false then). g.mu is held.
func (g *Gateway) leader() (m Model, leads bool, err error) {
	if m, err = g.pick(appliance.ModelFacilitator, nil); err == nil {
		return m, true, nil
	}
	m, err = g.pick(appliance.ModelAnalyst, nil)
	return m, false, err
}
