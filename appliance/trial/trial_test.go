package trial_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/egress"
	"harmonium/appliance/inference"
	"harmonium/appliance/inference/ollamatest"
	"harmonium/appliance/trial"
)

// runner is a runner on a gateway that has found a fake Ollama.
func runner(t *testing.T, fake *ollamatest.Fake) (*trial.Runner, *inference.Gateway) {
	t.Helper()
	g := inference.New(inference.Options{Base: fake.URL, Clock: appliance.SystemClock, Client: egress.New(egress.Options{}).Client()})
	usable := make(chan struct{}, 100)
	g.Changed(func(s inference.State) {
		if s.Usable() {
			usable <- struct{}{}
		}
	})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { g.Run(ctx) })
	r := trial.New(g, appliance.SystemClock, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { r.Close(); cancel(); running.Wait() })
	select {
	case <-usable:
	case <-time.After(time.Minute):
		t.Fatal("the gateway has not found the fake within a minute")
	}
	return r, g
}

// ended waits for the end of a trial.
func ended(t *testing.T, r *trial.Runner) trial.State {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		if s, ok := r.Last(); ok && s.Status != trial.Running {
			return s
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-deadline:
			t.Fatal("the trial has not ended within a minute")
		}
	}
}

func TestATrialCountsWhatAModelCanDo(t *testing.T) {
	fake := ollamatest.New(t, "gemma3:4b")
	n := 0
	fake.Rule(func(r ollamatest.Request) ollamatest.Script {
		if r.Format == nil {
			return ollamatest.Slow(20*time.Millisecond, ollamatest.Text("What happens when something was forgotten?"))
		}
		n++
		switch n {
		case 1: // kept, right, quoted
			return ollamatest.Text(`{"about":"equipment","quote":"has been broken"}`)
		case 2: // kept, right, not quoted
			return ollamatest.Text(`{"about":"staffing","quote":"too few people"}`)
		case 3: // kept, wrong, quoted
			return ollamatest.Text(`{"about":"rooms","quote":"wages"}`)
		case 4:
			return ollamatest.Text(`{"about":"something else","quote":""}`)
		case 5:
			return ollamatest.Text(`{"about":"staffing"}`)
		}
		return ollamatest.Text(`Of course! {"about":"equipment","quote":"computer"}`)
	})
	r, _ := runner(t, fake)
	if _, err := r.Start("gemma3:4b", appliance.English); err != nil {
		t.Fatal(err)
	}
	s := ended(t, r)
	if s.Status != trial.Done || s.Forms != 6 || s.Kept != 3 || s.Right != 2 || s.Quoted != 2 || s.Step != s.Steps || s.FirstToken <= 0 ||
		s.Answer != "What happens when something was forgotten?" || s.Ended.IsZero() {
		t.Errorf("%+v", s)
	}
	if of, ok := r.Of(s.Digest); !ok || of.Kept != 3 {
		t.Errorf("%+v, %v", of, ok)
	}
}

func TestATrialSpeaksTheLanguageOfWhoeverAsks(t *testing.T) {
	fake := ollamatest.New(t, "gemma3:4b")
	r, _ := runner(t, fake)
	if _, err := r.Start("gemma3:4b", appliance.German); err != nil {
		t.Fatal(err)
	}
	ended(t, r)
	for _, c := range fake.Chats() {
		if strings.Contains(c.Last(), "Drucker") {
			return
		}
	}
	t.Error("nothing of it was German")
}

func TestAModelThatFailsInATrialTroublesNobodyElse(t *testing.T) {
	fake := ollamatest.New(t, "gemma3:4b", "own:large")
	fake.Rule(func(r ollamatest.Request) ollamatest.Script {
		if r.Model == "own:large" {
			return ollamatest.Fail(500)
		}
		return ollamatest.Text("Well?")
	})
	r, g := runner(t, fake)
	if _, err := r.Start("own:large", appliance.English); err != nil {
		t.Fatal(err)
	}
	if s := ended(t, r); s.Status != trial.Failed || s.Why != inference.Died {
		t.Errorf("%+v", s)
	}
	if !g.State().Usable() {
		t.Errorf("models are now %s", g.State().Why)
	}
}

func TestOneTrialAtATimeWhichCanBeStopped(t *testing.T) {
	fake := ollamatest.New(t, "gemma3:4b", "nomic-embed-text:latest")
	r, _ := runner(t, fake)
	fake.Rule(func(ollamatest.Request) ollamatest.Script { return ollamatest.Stall("") })
	for name, code := range map[string]appliance.Code{"none:1b": appliance.CodeValidation, "nomic-embed-text:latest": appliance.CodeValidation} {
		if _, err := r.Start(name, appliance.English); appliance.CodeOf(err) != code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.Start("gemma3:4b", appliance.English); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Start("gemma3:4b", appliance.English); appliance.CodeOf(err) != appliance.CodeConflict {
		t.Errorf("a second one: %v", err)
	}
	r.Stop()
	if s := ended(t, r); s.Status != trial.Stopped {
		t.Errorf("%+v", s)
	}
	if _, err := r.Start("gemma3:4b", appliance.English); err != nil {
		t.Errorf("after it was stopped: %v", err)
	}
}
