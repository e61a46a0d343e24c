package inference_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/inference"
	"harmonium/appliance/inference/ollamatest"
)

// The models of these tests: the box uses healthy, a session has chosen ailing.
const healthy, ailing = someModel, "ailing:1b"

// ofSession asks the model that a session has chosen.
func ofSession(text string) inference.Request {
	r := question(text)
	r.Choice, r.Owner = appliance.ModelChoice{appliance.ModelFacilitator: ailing}, "cnv_2"
	return r
}

// hospital is a gateway to a healthy model and an ailing one, which answers as its script says.
func hospital(t *testing.T, timing inference.Timing, script func() ollamatest.Script) (*inference.Gateway, *ollamatest.Fake) {
	t.Helper()
	fake := ollamatest.New(t, healthy, ailing)
	fake.Rule(func(r ollamatest.Request) ollamatest.Script {
		if r.Model == ailing {
			return script()
		}
		return ollamatest.Text("What came of that?")
	})
	g := fake.Gateway(func(o *inference.Options) {
		o.Timing, o.Slots, o.Choice = timing, 2, appliance.ModelChoice{appliance.ModelFacilitator: healthy}
	})
	return g, fake
}

// askedFor counts the requests to a model.
func askedFor(fake *ollamatest.Fake, model string) (n int) {
	for _, r := range fake.Chats() {
		if r.Model == model {
			n++
		}
	}
	return n
}

func TestAModelInTroubleConcernsOnlyThoseWhoChoseIt(t *testing.T) {
	for _, c := range []struct {
		name   string
		script ollamatest.Script
		timing inference.Timing
		want   inference.Kind
	}{
		{"it breaks off", ollamatest.Die("What "), ollamatest.Patient, inference.Died},
		{"it cannot be loaded", ollamatest.Fail(500), ollamatest.Patient, inference.Died},
		{"it says nothing", ollamatest.Stall(""), hasty, inference.Stalled},
	} {
		t.Run(c.name, func(t *testing.T) {
			var mu sync.Mutex
			script := c.script
			g, fake := hospital(t, c.timing, func() ollamatest.Script { mu.Lock(); defer mu.Unlock(); return script })
			var seen []inference.Kind
			g.Changed(func(s inference.State) { mu.Lock(); seen = append(seen, s.Why); mu.Unlock() })
			began := appliance.SystemClock()
			if _, err := g.Chat(t.Context(), ofSession("x"), nil); inference.KindOf(err) != c.want || errors.Is(err, inference.ErrNotAsked) {
				t.Fatalf("the ailing one gave %v", err)
			}
			m, err := g.Model(appliance.ModelFacilitator, ofSession("x").Choice)
			trouble, known := g.State().Trouble(m)
			if inference.KindOf(err) != c.want || !errors.Is(err, inference.ErrNotAsked) || m.Name != ailing || !known || trouble.Why != c.want || trouble.Since.Before(began) {
				t.Errorf("%s, %v; its trouble is %+v", m.Name, err, trouble)
			}
			// It is tried again and again; that delays nobody.
			until(t, "it was tried twice", func() bool { return askedFor(fake, ailing) >= 3 })
			for range 3 {
				if _, err := g.Chat(t.Context(), question("x"), nil); err != nil {
					t.Errorf("the healthy one gave %v", err)
				}
			}
			if n := askedFor(fake, healthy); n != 3 {
				t.Errorf("the healthy one was asked %d times; it needs no trial", n)
			}
			mu.Lock()
			script = ollamatest.Text("What happened then?")
			mu.Unlock()
			until(t, "it is used again", func() bool {
				_, err := g.Chat(t.Context(), ofSession("x"), nil)
				return err == nil
			})
			if list := g.State().Troubles; len(list) > 0 {
				t.Errorf("still in trouble: %+v", list)
			}
			mu.Lock()
			defer mu.Unlock()
			if slices.ContainsFunc(seen, func(k inference.Kind) bool { return k != "" }) {
				t.Errorf("the box as a whole was said to be %v", seen)
			}
		})
	}
}

func TestAModelThatIsRemovedIsNotTriedAnyMore(t *testing.T) {
	g, fake := hospital(t, ollamatest.Patient, func() ollamatest.Script { return ollamatest.Die("What ") })
	if _, err := g.Chat(t.Context(), ofSession("x"), nil); inference.KindOf(err) != inference.Died {
		t.Fatalf("the ailing one gave %v", err)
	}
	fake.RemoveModels()
	fake.AddModel(healthy)
	until(t, "its trouble is forgotten", func() bool { s := g.State(); return s.Usable() && len(s.Troubles) == 0 && len(s.Models) == 1 })
	before := askedFor(fake, ailing)
	for range 5 {
		if _, err := g.Chat(t.Context(), question("x"), nil); err != nil {
			t.Error(err)
		}
		if _, err := g.Chat(t.Context(), ofSession("x"), nil); inference.KindOf(err) != inference.NoModel {
			t.Errorf("the removed one gave %v", err)
		}
	}
	if after := askedFor(fake, ailing); after > before+1 { // one may have been under way
		t.Errorf("it was tried %d times more", after-before)
	}
}

// One word after "Hello" is quick on any box; what counts is a prompt as long as those of conversations.
func TestAModelThatIsTooSlowIsLeftAloneUntilItIsQuick(t *testing.T) {
	var mu sync.Mutex
	delay := 190 * time.Millisecond
	fake := ollamatest.New(t, someModel)
	fake.Rule(func(r ollamatest.Request) ollamatest.Script {
		mu.Lock()
		defer mu.Unlock()
		if len(r.Last()) > 1000 {
			return ollamatest.Slow(delay, ollamatest.Text("They tick on."))
		}
		return ollamatest.Text("Hello.")
	})
	timing := ollamatest.Patient
	timing.Trial, timing.Rest = 5*time.Millisecond, 20*time.Millisecond
	g := timed(t, fake, 1, timing)
	var states []inference.Kind
	g.Changed(func(s inference.State) { mu.Lock(); states = append(states, s.Why); mu.Unlock() })
	d := doubted(t, g)
	d.Patience, d.Waited = 200*time.Millisecond, 250*time.Millisecond
	g.Doubt(d)
	trials := func() (long int) {
		for _, r := range fake.Chats() {
			if len(r.Last()) > 1000 {
				long++
			}
		}
		return long
	}
	until(t, "it was tried three times", func() bool { return trials() >= 3 })
	s := g.State()
	trouble, _ := s.Trouble(d.Model)
	if s.Why != inference.Slow || trouble.First < 100*time.Millisecond || trouble.Since != s.Since {
		t.Errorf("it is %q, %+v", s.Why, trouble)
	}
	begun := map[string]bool{}
	for _, r := range fake.Chats() {
		if text := r.Last(); len(text) > 1000 {
			begun[text[:60]] = true
			if len(text) > d.Bytes+100 || len(text) < d.Bytes {
				t.Errorf("tried with %d bytes, doubted was one with %d", len(text), d.Bytes)
			}
		}
	}
	if len(begun) < 3 {
		t.Errorf("%d different beginnings: what was read before is not read again", len(begun))
	}
	mu.Lock()
	if slices.Contains(states, "") {
		t.Errorf("it was used in between: %v", states)
	}
	delay = 0
	mu.Unlock()
	until(t, "it is used again", func() bool { return g.State().Usable() })
	if speed, ok := g.Speed(d.Model); !ok || speed.FirstToken < 10*time.Millisecond {
		t.Errorf("its speed in trials is not known: %+v", speed)
	}
}

// Each time that a model was no better the pause grows, up to a bound. Whoever was in trouble, came back, and has not
// given a good answer since does not begin anew.
func TestPausesBetweenTrials(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		name    string
		why     inference.Kind
		crowded bool
		want    []time.Duration
	}{
		{"a model that died, alone on the box", inference.Died, false, []time.Duration{0, s, 2 * s, 4 * s, 8 * s, 15 * s, 15 * s}},
		{"a model whose loading would push out others", inference.Died, true, []time.Duration{0, s, 2 * s, 4 * s, 8 * s, 16 * s, 32 * s, 64 * s, 128 * s, 256 * s, 300 * s}},
		{"a slow model", inference.Slow, false, []time.Duration{0, 15 * s, 30 * s, 60 * s, 120 * s, 240 * s, 300 * s, 300 * s}},
	} {
		if diff := cmp.Diff(c.want, inference.Pauses(c.why, c.crowded, len(c.want))); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
}

// A model that passes its trials, on an idle box, and disappoints people again and again is left alone for longer.
func TestAModelThatDisappointsAgainIsTriedLater(t *testing.T) {
	fake := ollamatest.New(t, someModel)
	timing := ollamatest.Patient
	timing.Trial, timing.Rest = 80*time.Millisecond, time.Hour
	g := timed(t, fake, 1, timing)
	var waits []time.Duration
	d := doubted(t, g)
	for range 3 {
		began := appliance.SystemClock()
		g.Doubt(d)
		until(t, "it is used again", func() bool { return g.State().Usable() })
		waits = append(waits, appliance.SystemClock().Sub(began))
	}
	if waits[1] < timing.Trial || waits[2] < 2*timing.Trial {
		t.Errorf("it rested for %v", waits)
	}
	if _, err := g.Chat(t.Context(), question("x"), nil); err != nil {
		t.Fatal(err)
	}
	fake.Forget()
	g.Doubt(d)
	until(t, "it is tried at once after it has given a good answer", func() bool {
		return slices.ContainsFunc(fake.Chats(), func(r ollamatest.Request) bool { return strings.HasPrefix(r.Last(), "This was written") })
	})
	if s, _ := g.Speed(d.Model); s.Answers == 0 {
		t.Error("nothing was measured")
	}
}

// A process that is stopped takes connections and answers nothing.
func TestAnOllamaThatIsStoppedIsMissedSoonAndUsedAgain(t *testing.T) {
	fake := ollamatest.New(t, someModel)
	timing := ollamatest.Patient
	timing.Reply = 100 * time.Millisecond
	g := timed(t, fake, 1, timing)
	thaw := fake.Freeze()
	until(t, "it is missed", func() bool { return g.State().Why == inference.Absent })
	thaw()
	until(t, "it is used again", func() bool { _, err := g.Chat(t.Context(), question("x"), nil); return err == nil })
}

// Nobody waits in a conversation for the analysis, so a slow model does it. Once it dies it does nothing any more.
func TestASlowModelDoesWhatNobodyWaitsFor(t *testing.T) {
	var mu sync.Mutex
	dies := false
	fake := ollamatest.New(t, someModel)
	fake.Rule(func(r ollamatest.Request) ollamatest.Script {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case dies:
			return ollamatest.Die("They ")
		case strings.HasPrefix(r.Last(), "This was written"):
			return ollamatest.Slow(100*time.Millisecond, ollamatest.Text("They tick on."))
		}
		return ollamatest.Text("They left early.")
	})
	timing := ollamatest.Patient
	timing.Trial, timing.Rest = time.Hour, time.Hour
	g := timed(t, fake, 1, timing)
	d := doubted(t, g)
	d.Patience, d.Waited = 50*time.Millisecond, 60*time.Millisecond
	g.Doubt(d)
	if _, err := g.Chat(t.Context(), question("x"), nil); inference.KindOf(err) != inference.Slow {
		t.Errorf("in a conversation: %v", err)
	}
	claims := question("x")
	claims.Role, claims.Lane = appliance.ModelAnalyst, inference.Background
	if a, err := g.Chat(t.Context(), claims, nil); err != nil || a.Text != "They left early." {
		t.Errorf("the analysis: %q, %v", a.Text, err)
	}
	claims.Lane = inference.Interactive
	if _, err := g.Chat(t.Context(), claims, nil); inference.KindOf(err) != inference.Slow {
		t.Errorf("other work for which a participant waits: %v", err)
	}
	mu.Lock()
	dies = true
	mu.Unlock()
	claims.Lane = inference.Background
	if _, err := g.Chat(t.Context(), claims, nil); inference.KindOf(err) != inference.Died || errors.Is(err, inference.ErrNotAsked) {
		t.Errorf("the analysis by a model that dies: %v", err)
	}
	if _, err := g.Chat(t.Context(), claims, nil); inference.KindOf(err) != inference.Died || !errors.Is(err, inference.ErrNotAsked) {
		t.Errorf("a model that died is asked again: %v", err)
	}
	if trouble, _ := g.State().Trouble(d.Model); trouble.Why != inference.Died || trouble.First != 0 {
		t.Errorf("its trouble is %+v", trouble)
	}
}

// A slow box that reads long prompts says nothing to anybody for longer than a trial waits. It does not hang.
func TestAnOllamaThatReadsForOthersDoesNotHang(t *testing.T) {
	fake := ollamatest.New(t, someModel)
	var mu sync.Mutex
	stuck := false
	read := make(chan struct{})
	fake.Rule(func(r ollamatest.Request) ollamatest.Script {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case r.Last() == "read":
			return func(s *ollamatest.Stream) { <-read; ollamatest.Text("They left early.")(s) }
		case stuck:
			return ollamatest.Stall("")
		}
		return ollamatest.Text("Hello.")
	})
	hung := make(chan struct{}, 100)
	g := fake.Gateway(func(o *inference.Options) {
		o.Timing, o.Slots, o.Hangs = ollamatest.Patient, 2, func() { hung <- struct{}{} }
		o.Timing.Hang = 50 * time.Millisecond
	})
	d := doubted(t, g)
	claims := question("read")
	claims.Role, claims.Lane = appliance.ModelAnalyst, inference.Background
	var reading sync.WaitGroup
	reading.Go(func() {
		if _, err := g.Chat(t.Context(), claims, nil); err != nil {
			t.Error(err)
		}
	})
	until(t, "it reads", func() bool { return len(fake.Chats()) == 1 })
	mu.Lock()
	stuck = true
	mu.Unlock()
	g.Doubt(d)
	until(t, "it was tried twice", func() bool { return len(fake.Chats()) >= 4 })
	if _, err := g.Model(appliance.ModelAnalyst, nil); err != nil || len(hung) > 0 {
		t.Errorf("%d times it was said to hang; the analysis: %v", len(hung), err)
	}
	close(read)
	reading.Wait()
	<-hung // with nobody else at work
}

// With its only slot lost, Ollama leaves work in the background waiting too: that does not keep it from being found out.
func TestAnOllamaThatHangsIsFoundOutThoughWorkWaitsForIt(t *testing.T) {
	fake := ollamatest.New(t, someModel)
	hung := make(chan struct{}, 100)
	g := fake.Gateway(func(o *inference.Options) {
		o.Timing, o.Slots, o.Hangs = ollamatest.Patient, 1, func() { hung <- struct{}{} }
		o.Timing.Hang = 50 * time.Millisecond
	})
	d := doubted(t, g)
	fake.Rule(func(ollamatest.Request) ollamatest.Script { return ollamatest.Stall("") })
	claims := question("read")
	claims.Role, claims.Lane = appliance.ModelAnalyst, inference.Background
	ctx, cancel := context.WithCancel(t.Context())
	var reading sync.WaitGroup
	reading.Go(func() { g.Chat(ctx, claims, nil) })
	until(t, "it reads", func() bool { return len(fake.Chats()) == 1 })
	g.Doubt(d)
	select {
	case <-hung:
	case <-time.After(20 * time.Second):
		t.Error("it was not found out")
	}
	cancel()
	reading.Wait()
}

func TestOneReplyThatIsMissingIsNoAbsence(t *testing.T) {
	fake := ollamatest.New(t, someModel)
	timing := ollamatest.Patient
	timing.Reply = 300 * time.Millisecond
	g := timed(t, fake, 1, timing)
	var mu sync.Mutex
	var seen []inference.Kind
	g.Changed(func(s inference.State) { mu.Lock(); seen = append(seen, s.Why); mu.Unlock() })
	fake.Ignore(1)
	until(t, "a look has no reply", func() bool { _, left := fake.Looks(); return left == 0 })
	before, _ := fake.Looks()
	until(t, "it was looked at again", func() bool { now, _ := fake.Looks(); return now >= before+3 })
	mu.Lock()
	defer mu.Unlock()
	if len(seen) > 0 {
		t.Errorf("the box was said to be %q", seen)
	}
}

// Requests that are refused when their turn comes took no time; that says nothing about those that are answered.
func TestWhatWasNotAskedDoesNotShortenTheWaitThatIsTold(t *testing.T) {
	gate := make(chan struct{})
	fake := ollamatest.New(t, healthy, ailing)
	fake.Rule(func(r ollamatest.Request) ollamatest.Script {
		switch {
		case r.Model == ailing:
			return func(s *ollamatest.Stream) { <-gate; ollamatest.Die("So ")(s) }
		case r.Last() == "long":
			return ollamatest.Slow(400*time.Millisecond, ollamatest.Text("Why?"))
		}
		return ollamatest.Text("Why?")
	})
	g := fake.Gateway(func(o *inference.Options) { o.Choice = appliance.ModelChoice{appliance.ModelFacilitator: healthy} })
	if _, err := g.Chat(t.Context(), question("long"), nil); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if _, err := g.Chat(t.Context(), ofSession("x"), nil); inference.KindOf(err) != inference.Died {
				t.Error(err)
			}
		})
	}
	until(t, "they wait", func() bool { return g.Load().Interactive == 15 })
	close(gate)
	all.Wait()
	all.Go(func() { g.Chat(t.Context(), question("long"), nil) })
	until(t, "somebody is asked", func() bool { return g.Load().Running == 1 })
	next := question("x")
	next.Owner = "next"
	all.Go(func() { g.Chat(t.Context(), next, nil) })
	var p inference.Place
	until(t, "somebody waits", func() (waits bool) { p, waits = g.Place(inference.Interactive, "next"); return waits })
	if p.Expect < 100*time.Millisecond {
		t.Errorf("a wait of %v is told", p.Expect)
	}
	all.Wait()
}

// What was held against the models of an Ollama is not said of another one.
func TestTroublesGoWithTheirOllama(t *testing.T) {
	g, fake := hospital(t, ollamatest.Patient, func() ollamatest.Script { return ollamatest.Die("So ") })
	var mu sync.Mutex
	var began []time.Time
	g.Changed(func(s inference.State) {
		mu.Lock()
		defer mu.Unlock()
		for _, trouble := range s.Troubles {
			if trouble.Why == inference.Starting && trouble.Model.Name == ailing {
				began = append(began, trouble.Since)
			}
		}
	})
	if _, err := g.Chat(t.Context(), ofSession("x"), nil); inference.KindOf(err) != inference.Died {
		t.Fatal(err)
	}
	g.SetBase("")
	if s := g.State(); len(s.Troubles) > 0 {
		t.Errorf("without an Ollama: %+v", s.Troubles)
	}
	again := appliance.SystemClock()
	g.SetBase(fake.URL)
	until(t, "it is loaded", func() bool { mu.Lock(); defer mu.Unlock(); return len(began) > 0 })
	mu.Lock()
	defer mu.Unlock()
	if began[0].Before(again) {
		t.Errorf("loading since %v, but Ollama came at %v", began[0], again)
	}
}
