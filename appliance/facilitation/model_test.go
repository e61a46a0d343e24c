package facilitation_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/egress"
	"harmonium/appliance/facilitation"
	"harmonium/appliance/inference"
	"harmonium/appliance/inference/ollamatest"
	"harmonium/appliance/live"
	"harmonium/appliance/store"
)

const someModel = "small:1b"

// calm lets answers take their time on a busy machine, and looks often.
var calm = inference.Timing{Probe: 10 * time.Millisecond, FirstToken: 60 * time.Second, Load: 60 * time.Second,
	Between: 60 * time.Second, Trial: 40 * time.Millisecond}

// study is an engine with a model over a real store with one open session, in real time.
type study struct {
	*house
	fake    *ollamatest.Fake
	gateway *inference.Gateway
}

// newStudy makes a study; change may change the options of its engine.
func newStudy(t *testing.T, g appliance.Guide, timing inference.Timing, change func(*facilitation.Options)) *study {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), Clock: appliance.SystemClock, BallastBytes: -1})
	if err != nil {
		t.Fatal(err)
	}
	fake := ollamatest.New(t, someModel)
	gateway := inference.New(inference.Options{Base: fake.URL, Client: egress.New(egress.Options{}).Client(),
		Clock: appliance.SystemClock, Slots: 2, Timing: timing})
	o := facilitation.Options{Store: s, Hub: live.NewHub(appliance.SystemClock), Clock: appliance.SystemClock, Models: gateway, Pace: time.Millisecond,
		Offer: time.Minute, TakeOver: time.Minute}
	if change != nil {
		change(&o)
	}
	st := &study{house: &house{T: t, store: s, hub: o.Hub, engine: facilitation.New(o)}, fake: fake, gateway: gateway}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { gateway.Run(ctx) })
	t.Cleanup(func() {
		st.engine.Close(context.Background())
		cancel()
		running.Wait()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	st.open(g)
	st.until("the model can be used", func() bool { return gateway.State().Usable() })
	fake.Forget()
	return st
}

// open makes the session.
func (h *house) open(g appliance.Guide) {
	h.Helper()
	var err error
	h.session, err = h.store.CreateSession(h.Context(), store.By{Actor: store.ActorCommandLine}, store.Once{}, appliance.Session{
		Brief: appliance.Brief{Topic: "Handover", Goal: "Learn what gets lost"}, Status: appliance.SessionOpen,
		Language: appliance.English, ResultsVisibility: appliance.ResultsHost,
	}, appliance.GuideVersion{Guide: g, Brief: appliance.Brief{Topic: "Handover", Goal: "Learn what gets lost"},
		Maker: appliance.Maker{By: appliance.MadeByHand}, Reason: "made"}, nil)
	if err != nil {
		h.Fatal(err)
	}
}

// until waits until something is so.
func (h *house) until(what string, so func() bool) {
	h.Helper()
	ctx, cancel := context.WithTimeout(h.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			h.Fatalf("waited in vain: %s", what)
		}
	}
}

// weighs answers requests to weigh an answer with one value, and others with a question that fits.
func weighs(answer string) func(ollamatest.Request) ollamatest.Script {
	return func(r ollamatest.Request) ollamatest.Script {
		if r.Format != nil {
			return ollamatest.Text(answer)
		}
		return ollamatest.Text(fitting(r.Last()))
	}
}

// fitting is a question that the rules let pass: the guide's own where the instruction names it, with a sentence before.
func fitting(instruction string) string {
	_, question, asked := strings.Cut(instruction, "ask this: ⟦")
	if !asked {
		_, question, asked = strings.Cut(instruction, "nearly these: ⟦")
	}
	if !asked {
		return "Hello." // a trial of the gateway
	}
	question, _, _ = strings.Cut(question, "⟧")
	return "So the notes were missing. " + question
}

func TestTheModelAsksAndWhatIsSpokenIsStored(t *testing.T) {
	s := newStudy(t, threeTopics(), calm, nil)
	s.fake.Rule(weighs(`{"d":1,"s":"none"}`))
	seat := s.join("en")
	opening := s.answer(seat, -1)
	if opening.Maker.By != appliance.MadeByRules || opening.Content != "Hello, this is about the handover.\n\nHow does a handover go on your ward?" {
		s.Errorf("the opening is %q by %q; it is the guide's own", opening.Content, opening.Maker.By)
	}
	sc := s.watch(seat)
	turn := s.answer(seat, s.say(seat, "It goes badly.", "1").Seq)
	want := "So the notes were missing. What happened the last time?"
	if turn.Content != want || turn.Move != appliance.MoveProbe {
		s.Errorf("the model's turn is a %s: %q", turn.Move, turn.Content)
	}
	if turn.Maker.By != someModel || len(turn.Maker.ModelDigest) != 64 || turn.Maker.PromptVersion != "facilitator-1/probe-1" {
		s.Errorf("made by %+v", turn.Maker)
	}
	s.until("the screen has the turn", func() bool { _, _, ok := s.engine.Speaking(seat.ConversationID); return !ok })
	sc.close()
	deltas := 0
	for _, kind := range sc.types {
		if kind == appliance.EventTurnDelta {
			deltas++
		}
	}
	if deltas < 5 || sc.resets != 0 {
		s.Errorf("%d pieces and %d resets for %q", deltas, sc.resets, want)
	}
}

func liveSession(s *study) live.Topic { return live.SessionTopic(s.session.ID) }

// hears waits until a listener is told of a facilitator that is so.
func (s *study) hears(sub *live.Subscription, so func(appliance.Facilitator) bool) {
	s.Helper()
	late := time.After(time.Minute)
	for {
		select {
		case e := <-sub.C:
			if e.Type == appliance.EventFacilitatorChanged && so(*e.Facilitator) {
				return
			}
		case <-late:
			s.Fatal("nobody was told who leads now")
		}
	}
}
