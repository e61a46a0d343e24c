package capacity_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/capacity"
	"harmonium/appliance/facilitation"
	"harmonium/appliance/inference"
	"harmonium/appliance/inference/ollamatest"
)

// bench is a runner whose surroundings a test decides.
type bench struct {
	*capacity.Runner
	gateway *inference.Gateway
	talking atomic.Int64
	kept    chan capacity.Result
}

func newBench(t *testing.T, g *inference.Gateway) *bench {
	b := &bench{gateway: g, kept: make(chan capacity.Result, 1)}
	b.Runner = capacity.New(capacity.Options{
		Gateway: g, Clock: appliance.SystemClock, QuickEnough: facilitation.QuickEnough, Most: 8192,
		Turn: func(person, answers int) (weigh, speak inference.Request) {
			r := facilitation.Rehearse(person, answers)
			return r.Weigh, r.Speak
		},
		Guided: func(context.Context) (float64, error) { return 100, nil },
		People: func(context.Context) (int, error) { return int(b.talking.Load()), nil },
	})
	t.Cleanup(b.Close)
	return b
}

// begin has the box be measured.
func (b *bench) begin(t *testing.T, anyway bool) (capacity.State, error) {
	return b.Start(t.Context(), anyway, func(_ context.Context, r capacity.Result) error { b.kept <- r; return nil })
}

// ended waits for the end of a measurement.
func (b *bench) ended(t *testing.T) capacity.State {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		if s, ok := b.State(); ok && s.Status != capacity.Running {
			return s
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-deadline:
			t.Fatal("the measurement has not ended within a minute")
		}
	}
}

// slowFake answers as a model of 40 tokens a second does.
func slowFake(t *testing.T) *ollamatest.Fake {
	fake := ollamatest.New(t, "gemma3:4b")
	fake.Rule(func(r ollamatest.Request) ollamatest.Script {
		if r.Format != nil {
			return ollamatest.Text(`{"d": 2, "s": "none"}`)
		}
		return ollamatest.Paced(2*time.Millisecond, "So the note was lying under the cups. What did you do then?")
	})
	return fake
}

func TestABoxIsMeasuredWithOneTwoAndAllSlotsInUse(t *testing.T) {
	fake := slowFake(t)
	b := newBench(t, fake.Gateway(func(o *inference.Options) { o.Slots = 3 }))
	s, err := b.begin(t, false)
	if err != nil || s.Status != capacity.Running || s.Steps != 8 {
		t.Fatalf("%+v, %v", s, err)
	}
	if _, err := b.begin(t, false); appliance.CodeOf(err) != appliance.CodeConflict {
		t.Errorf("a second measurement beside the first: %v", err)
	}
	s = b.ended(t)
	if s.Status != capacity.Done || s.Step != s.Steps {
		t.Fatalf("%+v", s)
	}
	r := <-b.kept
	if len(r.Levels) != 3 || r.Model != "gemma3:4b" || r.Digest == "" || r.Slots != 3 || r.Guided != 3150 || r.People < 3 {
		t.Errorf("%+v", r)
	}
	for i, l := range r.Levels {
		if l.AtOnce != i+1 || l.First <= 0 || l.Again <= 0 || l.Turn < l.First || l.Write <= 0 || l.Prompt < 500 || l.Answer == 0 || l.Disturbed {
			t.Errorf("%+v", l)
		}
	}
	if fake.Most() != 3 {
		t.Errorf("at most %d were asked at the same time, of 3 slots", fake.Most())
	}
}

func TestWhereNoModelLeadsTheRulesAreMeasured(t *testing.T) {
	b := newBench(t, inference.New(inference.Options{Clock: appliance.SystemClock}))
	if _, err := b.begin(t, false); err != nil {
		t.Fatal(err)
	}
	if s := b.ended(t); s.Status != capacity.Done || s.Steps != 1 || s.Result.Model != "" || s.Result.Guided != 3150 || s.Result.People != 0 {
		t.Errorf("%+v", s)
	}
}

func TestPeopleWhoTalkAreNotDisturbed(t *testing.T) {
	fake := slowFake(t)
	b := newBench(t, fake.Gateway(nil))
	b.talking.Store(2)
	if _, err := b.begin(t, false); appliance.CodeOf(err) != appliance.CodeConflict {
		t.Fatalf("while people talk: %v", err)
	}
	b.talking.Store(0)
	fake.Rule(func(r ollamatest.Request) ollamatest.Script {
		b.talking.Store(1) // somebody begins in the middle of it
		return ollamatest.Text("What then?")
	})
	if _, err := b.begin(t, false); err != nil {
		t.Fatal(err)
	}
	if s := b.ended(t); s.Status != capacity.Talking || len(s.Result.Levels) != 0 {
		t.Errorf("%+v", s)
	}
	if _, err := b.begin(t, true); err != nil {
		t.Fatalf("anyway: %v", err)
	}
	if s := b.ended(t); s.Status != capacity.Done {
		t.Errorf("anyway: %+v", s)
	}
}

func TestAMeasurementIsStopped(t *testing.T) {
	fake := slowFake(t)
	g := fake.Gateway(nil)
	asked := make(chan struct{}, 10)
	fake.Rule(func(ollamatest.Request) ollamatest.Script {
		asked <- struct{}{}
		return ollamatest.Stall("What")
	})
	b := newBench(t, g)
	if _, err := b.begin(t, false); err != nil {
		t.Fatal(err)
	}
	<-asked
	b.Stop()
	if s := b.ended(t); s.Status != capacity.Stopped {
		t.Errorf("%+v", s)
	}
	select {
	case r := <-b.kept:
		t.Errorf("half a measurement was kept: %+v", r)
	default:
	}
	if !g.State().Usable() {
		t.Error("the model counts as one in trouble")
	}
}

func TestAModelThatBreaksOffSaysWhy(t *testing.T) {
	fake := slowFake(t)
	b := newBench(t, fake.Gateway(nil))
	fake.Rule(func(ollamatest.Request) ollamatest.Script { return ollamatest.Fail(500) })
	if _, err := b.begin(t, false); err != nil {
		t.Fatal(err)
	}
	if s := b.ended(t); s.Status != capacity.Failed || s.Why != inference.Died {
		t.Errorf("%+v", s)
	}
}
