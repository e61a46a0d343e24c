package inference_test

import (
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
