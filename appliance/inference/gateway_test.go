package inference_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/egress"
	"harmonium/appliance/inference"
	"harmonium/appliance/inference/ollamatest"
)

// hasty is the patience of a gateway where a test waits for what never comes.
var hasty = inference.Timing{
	Probe: 10 * time.Millisecond, FirstToken: 200 * time.Millisecond, Load: 200 * time.Millisecond,
	Between: 200 * time.Millisecond, Trial: 40 * time.Millisecond, Hang: 200 * time.Millisecond,
}

const someModel = "small:1b"

// gateway is one over a fake, already looked at.
func gateway(t *testing.T, fake *ollamatest.Fake, slots int) *inference.Gateway {
	t.Helper()
	return timed(t, fake, slots, ollamatest.Patient)
}

func timed(t *testing.T, fake *ollamatest.Fake, slots int, timing inference.Timing) *inference.Gateway {
	t.Helper()
	return fake.Gateway(func(o *inference.Options) { o.Slots, o.Timing = slots, timing })
}

// until waits until something is so.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// doubted is a request to the only model that was given up after a minute without a word.
func doubted(t *testing.T, g *inference.Gateway) inference.Doubted {
	t.Helper()
	m, err := g.Model(appliance.ModelAnalyst, nil)
	if err != nil {
		t.Fatal(err)
	}
	return inference.Doubted{Model: m, Bytes: 2000, Patience: time.Minute, Waited: time.Minute}
}

func question(text string) inference.Request {
	return inference.Request{
		Role: appliance.ModelFacilitator, Owner: "cnv_1", MaxTokens: 60,
		Messages: []inference.Message{{Role: "system", Content: "You ask."}, {Role: "user", Content: text}},
	}
}

func TestAnAnswerComesPieceByPieceAndSaysWhatMadeIt(t *testing.T) {
	fake := ollamatest.New(t, someModel)
	g := gateway(t, fake, 1)
	heard := make(chan struct{}, 1)
	fake.Script(func(s *ollamatest.Stream) {
		for _, word := range []string{"What ", "happened ", "then?"} {
			s.Say(word)
			<-heard
		}
		s.End("stop")
	})
	var pieces []string
	a, err := g.Chat(t.Context(), question("It was late."), func(p string) error {
		pieces = append(pieces, p)
		heard <- struct{}{}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"What ", "happened ", "then?"}, pieces); diff != "" {
		t.Error(diff)
	}
	if a.Text != "What happened then?" || a.Model.Name != someModel || len(a.Model.Digest) != 64 || a.Tokens != 3 || a.PromptTokens == 0 {
		t.Errorf("answer %+v", a)
	}
}

// Whoever is behind catches up: what has come meanwhile is heard at once, and nothing of it is lost.
func TestWhatHasComeMeanwhileIsHeardTogether(t *testing.T) {
	fake := ollamatest.New(t, someModel)
	g := gateway(t, fake, 1)
	text := strings.Repeat("and so it went on ", 100) + "to the end."
	said := make(chan struct{})
	fake.Script(func(s *ollamatest.Stream) {
		ollamatest.Text(text)(s)
		close(said)
	})
	var pieces []string
	r := question("It was late.")
	r.MaxTokens = 600
	a, err := g.Chat(t.Context(), r, func(p string) error {
		<-said
		pieces = append(pieces, p)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if a.Text != text || strings.Join(pieces, "") != text {
		t.Errorf("heard %q", pieces)
	}
	if len(pieces) > a.Tokens/5 {
		t.Errorf("%d tokens were heard in %d pieces", a.Tokens, len(pieces))
	}
}

func TestEveryRequestSaysWhatOllamaWouldChooseWrongByItself(t *testing.T) {
	fake := ollamatest.New(t, someModel)
	g := gateway(t, fake, 1)
	for range 2 {
		if _, err := g.Chat(t.Context(), question("It was late."), nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range fake.Chats() {
		if r.Truncate == nil || *r.Truncate || r.Shift == nil || *r.Shift || r.Think != false {
			t.Errorf("truncate %v, shift %v, think %v", r.Truncate, r.Shift, r.Think)
		}
		if r.Options.NumCtx != inference.Context || r.Options.NumPredict != 60 {
			t.Errorf("options %+v", r.Options)
		}
	}
}

// What goes wrong is told apart, and what troubles Ollama as a whole keeps others away from it until a trial has worked.
func TestFailures(t *testing.T) {
	for _, c := range []struct {
		name   string
		script ollamatest.Script
		want   inference.Kind
		rests  bool // others are kept away for a while
	}{
		{"nothing comes", ollamatest.Stall(""), inference.Stalled, true},
		{"nothing more comes", ollamatest.Stall("What "), inference.Stalled, true},
		{"the runner dies in mid-answer", ollamatest.Die("What "), inference.Died, true},
		{"the connection breaks in mid-answer", ollamatest.Vanish("What "), inference.Died, true},
		{"the model cannot be loaded", ollamatest.Fail(500), inference.Died, true},
		{"bytes that are no JSON", ollamatest.Garbage(), inference.Died, true},
		{"too many wait in Ollama", ollamatest.Fail(503), inference.Full, false},
		{"the answer is cut off", ollamatest.CutOff("What "), inference.CutOff, false},
		{"the answer does not end", ollamatest.Endless("and "), inference.CutOff, false},
		{"lines without words do not end", ollamatest.Endless(""), inference.CutOff, false},
		{"the model stammers, and Ollama gives up", ollamatest.Stammer("and "), inference.CutOff, false},
		{"the prompt is too long", ollamatest.TooLong(), inference.TooLong, false},
		{"the answer comes from elsewhere", ollamatest.FromElsewhere("What?"), inference.Remote, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			fake := ollamatest.New(t, someModel)
			timing := ollamatest.Patient
			if c.want == inference.Stalled {
				timing = hasty
			}
			g := timed(t, fake, 1, timing)
			var mu sync.Mutex
			var seen []inference.Kind
			g.Changed(func(s inference.State) { mu.Lock(); seen = append(seen, s.Why); mu.Unlock() })
			fake.Script(c.script)
			_, err := g.Chat(t.Context(), question("It was late."), nil)
			if got := inference.KindOf(err); got != c.want {
				t.Fatalf("got %q (%v), want %q", got, err, c.want)
			}
			until(t, "the model is used again", func() bool {
				if !g.State().Usable() {
					return false
				}
				_, err := g.Chat(t.Context(), question("It was late."), nil)
				return err == nil
			})
			mu.Lock()
			defer mu.Unlock()
			if rested := len(seen) > 0; rested != c.rests {
				t.Errorf("states after it: %v", seen)
			}
		})
	}
}

// Ollama 0.17.4 loses a slot for good when somebody goes away in the moment in which a token comes. Only starting it anew
// helps, and whoever runs it is told so.
func TestAModelThatSaysNothingToAnybodyHangs(t *testing.T) {
	fake := ollamatest.New(t, someModel)
	stuck := make(chan struct{})
	fake.Rule(func(ollamatest.Request) ollamatest.Script {
		select {
		case <-stuck:
			return ollamatest.Stall("")
		default:
			return ollamatest.Text("Why?")
		}
	})
	told := make(chan struct{}, 100)
	g := inference.New(inference.Options{Base: fake.URL, Client: egress.New(egress.Options{}).Client(), Clock: appliance.SystemClock,
		Timing: hasty, Hangs: func() { told <- struct{}{} }})
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { g.Run(ctx) })
	defer running.Wait()
	defer cancel()
	until(t, "the model is used", func() bool { return g.State().Usable() })
	if len(told) > 0 {
		t.Error("a model that answers does not hang")
	}
	close(stuck)
	g.Doubt(doubted(t, g))
	<-told
	until(t, "that it says nothing is known", func() bool { return g.State().Why == inference.Stalled })
}

func TestNoErrorHoldsWhatWasSaid(t *testing.T) {
	fake := ollamatest.New(t, someModel)
	g := gateway(t, fake, 1)
	const secret = "Xanthippe"
	for _, s := range []ollamatest.Script{ollamatest.Die(secret), ollamatest.CutOff(secret), ollamatest.Vanish(secret), ollamatest.Garbage()} {
		until(t, "the model can be used", func() bool { return g.State().Usable() })
		fake.Script(s)
		_, err := g.Chat(t.Context(), question(secret), nil)
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("error %v", err)
		}
	}
}

func TestAPromptThatCannotFitIsNotSent(t *testing.T) {
	fake := ollamatest.New(t, someModel)
	g := gateway(t, fake, 1)
	_, err := g.Chat(t.Context(), question(strings.Repeat("words and words ", 5000)), nil)
	if inference.KindOf(err) != inference.TooLong {
		t.Errorf("got %v", err)
	}
	if n := len(fake.Chats()); n != 0 {
		t.Errorf("%d chats were sent", n)
	}
}

func TestWithoutOllamaOrModel(t *testing.T) {
	off := inference.New(inference.Options{Client: egress.New(egress.Options{}).Client(), Clock: appliance.SystemClock, Timing: ollamatest.Patient})
	if _, err := off.Chat(t.Context(), question("x"), nil); inference.KindOf(err) != inference.Off {
		t.Errorf("without an Ollama: %v", err)
	}
	fake := ollamatest.New(t)
	fake.AddRemoteModel("big:latest")
	fake.AddModel("kimi:cloud")
	g := gateway(t, fake, 1)
	if _, err := g.Chat(t.Context(), question("x"), nil); inference.KindOf(err) != inference.NoModel {
		t.Errorf("with models of elsewhere only: %v", err)
	}
	if s := g.State(); s.Refused != 2 || s.Version != "0.17.4" {
		t.Errorf("state %+v", s)
	}
	fake.AddModel(someModel)
	until(t, "the model is found", func() bool { return g.State().Usable() })
}

func TestTheModelIsUsedAgainWhenOllamaIsBack(t *testing.T) {
	fake := ollamatest.New(t, someModel)
	g := gateway(t, fake, 1)
	fake.Stop()
	if _, err := g.Chat(t.Context(), question("x"), nil); inference.KindOf(err) != inference.Absent {
		t.Errorf("got %v", err)
	}
	if s := g.State(); s.Usable() {
		t.Error("still in use")
	}
	fake.Start()
	until(t, "it is used again", func() bool { return g.State().Usable() })
	if _, err := g.Chat(t.Context(), question("x"), nil); err != nil {
		t.Error(err)
	}
}

func TestAChosenModelGoesBeforeOthers(t *testing.T) {
	fake := ollamatest.New(t, "gemma3:4b", "own:latest")
	g := gateway(t, fake, 1)
	for _, c := range []struct {
		name         string
		box, session appliance.ModelChoice
		want         string
	}{
		{"the catalogue's", nil, nil, "gemma3:4b"},
		{"the box's", appliance.ModelChoice{appliance.ModelFacilitator: "own"}, nil, "own:latest"},
		{"the session's", appliance.ModelChoice{appliance.ModelFacilitator: "gemma3:4b"}, appliance.ModelChoice{appliance.ModelFacilitator: "own:latest"}, "own:latest"},
		{"another role's", appliance.ModelChoice{appliance.ModelAnalyst: "own:latest"}, nil, "gemma3:4b"},
	} {
		g.SetChoice(c.box)
		if m, err := g.Model(appliance.ModelFacilitator, c.session); err != nil || m.Name != c.want {
			t.Errorf("%s: %q %v", c.name, m.Name, err)
		}
	}
	if _, err := g.Model(appliance.ModelFacilitator, appliance.ModelChoice{appliance.ModelFacilitator: "gone:7b"}); inference.KindOf(err) != inference.NoModel {
		t.Errorf("a model that is not installed: %v", err)
	}
}

func TestOnlySoManyRequestsAsThereAreSlots(t *testing.T) {
	fake := ollamatest.New(t, someModel)
	g := gateway(t, fake, 2)
	fake.Rule(func(ollamatest.Request) ollamatest.Script {
		return ollamatest.Slow(5*time.Millisecond, ollamatest.Text("Why?"))
	})
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			r := question("x")
			r.Owner = fmt.Sprint(i)
			if _, err := g.Chat(t.Context(), r, nil); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := fake.Most(); n != 2 {
		t.Errorf("%d at the same time", n)
	}
	if l := g.Load(); l != (inference.Load{Slots: 2}) {
		t.Errorf("left over: %+v", l)
	}
}

// hold occupies the only slot of a gateway until the function that is given is called.
func hold(t *testing.T, g *inference.Gateway, fake *ollamatest.Fake, lane inference.Lane) (free func()) {
	t.Helper()
	let := make(chan struct{})
	fake.Script(func(s *ollamatest.Stream) {
		s.Say("Wh")
		for {
			select {
			case <-let:
				s.End("stop")
				return
			default:
				if !s.Wait(time.Millisecond) {
					return
				}
				s.Say("y")
			}
		}
	})
	r := question("hold")
	r.Lane, r.Owner, r.MaxTokens = lane, "holder", 4000
	var running sync.WaitGroup
	running.Go(func() {
		if _, err := g.Chat(t.Context(), r, nil); err != nil {
			t.Errorf("the one that held the slot: %v", err)
		}
	})
	until(t, "the slot is held", func() bool { return len(fake.Chats()) > 0 })
	free = sync.OnceFunc(func() { close(let); running.Wait() })
	t.Cleanup(free)
	return free
}

func TestEverybodyHasATurnBeforeAnybodyHasASecondOneAndConversationsGoFirst(t *testing.T) {
	fake := ollamatest.New(t, someModel)
	g := gateway(t, fake, 1)
	free := hold(t, g, fake, inference.Interactive)
	var all sync.WaitGroup
	for i, who := range []struct {
		lane  inference.Lane
		owner string
	}{
		{inference.Background, "results"},
		{inference.Interactive, "a"}, {inference.Interactive, "a"}, {inference.Interactive, "a"},
		{inference.Interactive, "b"}, {inference.Interactive, "c"}, {inference.Interactive, "b"},
	} {
		r := question(fmt.Sprintf("%s%d", who.owner, i))
		r.Lane, r.Owner = who.lane, who.owner
		all.Go(func() {
			if _, err := g.Chat(t.Context(), r, nil); err != nil {
				t.Error(err)
			}
		})
		until(t, "it waits", func() bool { l := g.Load(); return l.Interactive+l.Background == i+1 })
	}
	free()
	all.Wait()
	var order []string
	for _, r := range fake.Chats() {
		order = append(order, r.Last())
	}
	if diff := cmp.Diff([]string{"hold", "a1", "b4", "c5", "a2", "b6", "a3", "results0"}, order); diff != "" {
		t.Error(diff)
	}
}

func TestASlotIsKeptForTheRequestThatFollowsAtOnceAndNoLonger(t *testing.T) {
	fake := ollamatest.New(t, someModel)
	g := gateway(t, fake, 1)
	ask := func(owner, text string, follows bool) {
		r := question(text)
		r.Owner, r.Follows = owner, follows
		if _, err := g.Chat(t.Context(), r, nil); err != nil {
			t.Error(err)
		}
	}
	free := hold(t, g, fake, inference.Interactive)
	var all sync.WaitGroup
	all.Go(func() { ask("a", "a weighs", true); ask("a", "a speaks", false) })
	until(t, "a waits", func() bool { return g.Load().Interactive == 1 })
	all.Go(func() { ask("b", "b weighs", true) }) // and then goes away
	until(t, "b waits", func() bool { return g.Load().Interactive == 2 })
	all.Go(func() { ask("c", "c", false) })
	until(t, "c waits", func() bool { return g.Load().Interactive == 3 })
	free()
	all.Wait()
	var order []string
	for _, r := range fake.Chats() {
		order = append(order, r.Last())
	}
	if diff := cmp.Diff([]string{"hold", "a weighs", "a speaks", "b weighs", "c"}, order); diff != "" {
		t.Error(diff)
	}
}

func TestWorkInTheBackgroundGivesUpItsSlotAndBeginsAnew(t *testing.T) {
	fake := ollamatest.New(t, someModel)
	g := gateway(t, fake, 1)
	free := hold(t, g, fake, inference.Background)
	if _, err := g.Chat(t.Context(), question("hurry"), nil); err != nil {
		t.Error(err)
	}
	free()
	var order []string
	for _, r := range fake.Chats() {
		order = append(order, r.Last())
	}
	if diff := cmp.Diff([]string{"hold", "hurry", "hold"}, order); diff != "" {
		t.Error(diff)
	}
}

func TestWhoWaitsIsToldTheirPlace(t *testing.T) {
	fake := ollamatest.New(t, someModel)
	g := gateway(t, fake, 1)
	free := hold(t, g, fake, inference.Interactive)
	told := make(chan inference.Place, 10)
	var all sync.WaitGroup
	for i := range 2 {
		r := question("x")
		r.Owner = fmt.Sprint(i)
		r.Waiting = func(p inference.Place) { told <- p }
		all.Go(func() { g.Chat(t.Context(), r, nil) })
		if p := <-told; p.Ahead != i {
			t.Errorf("ahead of number %d are %d", i, p.Ahead)
		}
	}
	free()
	all.Wait()
}

func TestWhoGoesAwayLeavesTheQueueAndOllama(t *testing.T) {
	fake := ollamatest.New(t, someModel)
	g := gateway(t, fake, 1)
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan struct{})
	fake.Script(func(s *ollamatest.Stream) {
		s.Say("What ")
		s.Wait(time.Minute)
		close(gone)
	})
	_, err := g.Chat(ctx, question("x"), func(string) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-gone
	if !g.State().Usable() {
		t.Error("a participant who goes away is no failure of the model")
	}
}

func TestAReaderCanStopAnAnswer(t *testing.T) {
	fake := ollamatest.New(t, someModel)
	g := gateway(t, fake, 1)
	enough := errors.New("enough")
	_, err := g.Chat(t.Context(), question("x"), func(string) error { return enough })
	if err != enough {
		t.Errorf("got %v", err)
	}
	if !g.State().Usable() {
		t.Error("that is no failure of the model")
	}
}

func TestAnAnswerBySchemaIsCheckedAgainAndAskedForOnceMore(t *testing.T) {
	schema, err := inference.ParseSchema([]byte(`{"type":"object","properties":{"depth":{"type":"integer","minimum":0,"maximum":3}},"required":["depth"],"additionalProperties":false}`))
	if err != nil {
		t.Fatal(err)
	}
	good := ollamatest.JSON(map[string]int{"depth": 2})
	for _, c := range []struct {
		name   string
		script []ollamatest.Script
		want   inference.Kind
		asked  int
	}{
		{"right", []ollamatest.Script{good}, "", 1},
		{"not JSON, then right", []ollamatest.Script{ollamatest.Text("Depth two"), good}, "", 2},
		{"outside the bounds, then right", []ollamatest.Script{ollamatest.JSON(map[string]int{"depth": 9}), good}, "", 2},
		{"a field too many, twice", []ollamatest.Script{ollamatest.JSON(map[string]int{"depth": 1, "x": 1}), ollamatest.JSON(map[string]int{"depth": 1, "x": 1})}, inference.Malformed, 2},
		{"a field too few, twice", []ollamatest.Script{ollamatest.Text("{}"), ollamatest.Text("{}")}, inference.Malformed, 2},
		{"two values, then right", []ollamatest.Script{ollamatest.Text(`{"depth":1} {"depth":1}`), good}, "", 2},
		{"cut off, then right", []ollamatest.Script{ollamatest.CutOff(`{"dep`), good}, "", 2},
		{"cut off twice", []ollamatest.Script{ollamatest.CutOff(`{"dep`), ollamatest.CutOff(`{"dep`)}, inference.CutOff, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			fake := ollamatest.New(t, someModel)
			g := gateway(t, fake, 1)
			fake.Script(c.script...)
			var into struct{ Depth int }
			_, err := g.Ask(t.Context(), question("x"), schema, &into, nil)
			if inference.KindOf(err) != c.want || (err != nil) != (c.want != "") {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if err == nil && into.Depth != 2 {
				t.Errorf("depth %d", into.Depth)
			}
			if n := len(fake.Chats()); n != c.asked {
				t.Errorf("asked %d times, want %d", n, c.asked)
			}
			if fake.Chats()[0].Format == nil {
				t.Error("the schema was not sent")
			}
		})
	}
}

func TestWhoHasHeardEnoughHasAnAnswer(t *testing.T) {
	fake := ollamatest.New(t, someModel)
	g := gateway(t, fake, 1)
	fake.Script(ollamatest.Paced(3*time.Millisecond, strings.Repeat("and ", 1000)))
	pieces := 0
	a, err := g.Chat(t.Context(), question("It was late."), func(string) error {
		if pieces++; pieces == 8 {
			return inference.ErrEnough
		}
		return nil
	})
	if err != nil || a.Tokens != 8 || a.Model.Name != someModel || !strings.HasPrefix(a.Text, "and and") {
		t.Errorf("%+v, %v", a, err)
	}
	if speed, ok := g.Speed(a.Model); !ok || speed.Write <= 0 {
		t.Errorf("its speed was not measured: %+v", speed)
	}
}

func TestADoubtfulModelIsTriedBeforeItIsUsedAgain(t *testing.T) {
	fake := ollamatest.New(t, someModel)
	g := gateway(t, fake, 1)
	var mu sync.Mutex
	var seen []inference.Kind
	g.Changed(func(s inference.State) { mu.Lock(); seen = append(seen, s.Why); mu.Unlock() })
	g.Doubt(doubted(t, g))
	until(t, "the model is used again", func() bool { return g.State().Usable() })
	mu.Lock()
	defer mu.Unlock()
	if len(fake.Chats()) == 0 || len(seen) == 0 || seen[0] != inference.Slow {
		t.Errorf("%d trials, states %v", len(fake.Chats()), seen)
	}
}

// An owner's work in the background says nothing about whose turn it is in conversations.
func TestWorkInTheBackgroundCostsItsOwnerNoTurnInConversations(t *testing.T) {
	fake := ollamatest.New(t, someModel)
	g := gateway(t, fake, 1)
	free := hold(t, g, fake, inference.Interactive)
	var all sync.WaitGroup
	for i, who := range []struct {
		lane  inference.Lane
		owner string
	}{{inference.Background, "a"}, {inference.Interactive, "a"}, {inference.Interactive, "b"}, {inference.Interactive, "c"}} {
		r := question(fmt.Sprintf("%s%d", who.owner, i))
		r.Lane, r.Owner = who.lane, who.owner
		all.Go(func() {
			if _, err := g.Chat(t.Context(), r, nil); err != nil {
				t.Error(err)
			}
		})
		until(t, "it waits", func() bool { l := g.Load(); return l.Interactive+l.Background == i+1 })
	}
	free()
	all.Wait()
	var order []string
	for _, r := range fake.Chats() {
		order = append(order, r.Last())
	}
	if diff := cmp.Diff([]string{"hold", "a1", "b2", "c3", "a0"}, order); diff != "" {
		t.Error(diff)
	}
}

func TestNothingOfARefusedAnswerShowsThroughInTheNext(t *testing.T) {
	fake := ollamatest.New(t, someModel)
	g := gateway(t, fake, 1)
	schema, err := inference.ParseSchema([]byte(`{"type":"object","properties":{"list":{"type":"array"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	fake.Script(ollamatest.JSON(map[string]any{"list": []any{map[string]any{"what": "first", "more": "left over"}}}),
		ollamatest.JSON(map[string]any{"list": []any{map[string]any{"what": "second"}}}))
	var got struct {
		List []struct{ What, More string }
	}
	if _, err := g.Ask(t.Context(), question("x"), schema, &got, func() error {
		if got.List[0].What == "first" {
			return errors.New("not this one")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(got.List) != 1 || got.List[0].What != "second" || got.List[0].More != "" {
		t.Errorf("got %+v", got)
	}
}

func TestAFacilitatorThatIsNotInstalledIsNamedAndOtherWorkGoesOn(t *testing.T) {
	fake := ollamatest.New(t, someModel)
	g := gateway(t, fake, 1)
	g.SetChoice(appliance.ModelChoice{appliance.ModelFacilitator: "gone:7b"})
	fake.Stop()
	until(t, "Ollama is missed", func() bool { return g.State().Why == inference.Absent })
	fake.Start()
	until(t, "the analyst is used", func() bool { _, err := g.Model(appliance.ModelAnalyst, nil); return err == nil })
	if _, err := g.Model(appliance.ModelFacilitator, nil); inference.KindOf(err) != inference.NoModel {
		t.Errorf("the facilitator: %v", err)
	}
	g.SetChoice(appliance.ModelChoice{appliance.ModelFacilitator: "gone:7b", appliance.ModelAnalyst: "gone:7b"})
	until(t, "that it is missing is known", func() bool {
		_, err := g.Model(appliance.ModelFacilitator, nil)
		return inference.KindOf(err) == inference.NoModel
	})
}
