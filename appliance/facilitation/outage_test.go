package facilitation_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/facilitation"
	"harmonium/appliance/inference"
	"harmonium/appliance/inference/ollamatest"
	"harmonium/appliance/live"
	"harmonium/appliance/store"
)

// choose makes another session, which has chosen a model of its own, and turns to it.
func (s *study) choose(model string) (before appliance.Session) {
	s.Helper()
	before = s.session
	s.open(threeTopics())
	s.session.Models = appliance.ModelChoice{appliance.ModelFacilitator: model}
	changed, err := s.store.UpdateSession(s.Context(), store.By{Actor: store.ActorCommandLine}, s.session.ID,
		func(own *appliance.Session) error { own.Models = s.session.Models; return nil })
	if err != nil {
		s.Fatal(err)
	}
	s.session = changed
	return before
}

func TestABrokenModelOfOneSessionLeavesOthersWithTheirs(t *testing.T) {
	const ailing = "ailing:1b"
	s := newStudy(t, threeTopics(), ollamatest.Patient, nil)
	s.gateway.SetChoice(appliance.ModelChoice{appliance.ModelFacilitator: someModel})
	s.fake.AddModel(ailing)
	s.until("both models are known", func() bool { return len(s.gateway.State().Models) == 2 })
	var well atomic.Bool
	good := weighs(`{"d":1,"s":"none"}`)
	s.fake.Rule(func(r ollamatest.Request) ollamatest.Script {
		if r.Model == ailing && !well.Load() {
			return ollamatest.Die("So the ")
		}
		return good(r)
	})
	first := s.choose(ailing)
	theirs := s.join("en")
	s.answer(theirs, -1)
	began := appliance.SystemClock()
	if turn := s.answer(theirs, s.say(theirs, "It goes badly.", "").Seq); turn.Maker.By != appliance.MadeByRules {
		t.Errorf("the answer in the session with the broken model is by %s", turn.Maker.By)
	}
	f, err := s.engine.Facilitator(t.Context(), s.session.ID)
	if err != nil || !f.Guided() || f.Why != string(inference.Died) || f.Since.Before(began) {
		t.Errorf("it is led by %+v, %v", f, err)
	}
	own := s.session
	s.session = first
	others := s.join("en")
	s.answer(others, -1)
	for i := range 2 {
		if turn := s.answer(others, s.say(others, "It goes badly.", fmt.Sprint(i)).Seq); turn.Maker.By != someModel {
			t.Errorf("the answer in the other session is by %s", turn.Maker.By)
		}
	}
	if f, err := s.engine.Facilitator(t.Context(), first.ID); err != nil || f.By != someModel {
		t.Errorf("the other session is led by %+v, %v", f, err)
	}
	well.Store(true)
	s.until("the session has its model back", func() bool {
		f, err := s.engine.Facilitator(t.Context(), own.ID)
		return err == nil && f.By == ailing
	})
	if turn := s.answer(theirs, s.say(theirs, "Nobody writes it down.", "").Seq); turn.Maker.By != ailing {
		t.Errorf("then the answer is by %s", turn.Maker.By)
	}
}

// On a box that is too slow people wait once, not again after each trial, and the model comes back by itself.
func TestASlowBoxStaysWithRulesUntilItIsQuick(t *testing.T) {
	timing := ollamatest.Patient
	timing.Rest = 50 * time.Millisecond
	s := newStudy(t, threeTopics(), timing, func(o *facilitation.Options) { o.TakeOver = 300 * time.Millisecond })
	var quick atomic.Bool
	good := weighs(`{"d":1,"s":"none"}`)
	s.fake.Rule(func(r ollamatest.Request) ollamatest.Script {
		if r.Tokens() > 100 && !quick.Load() { // anybody is quick with "Hello"
			return ollamatest.Slow(500*time.Millisecond, good(r))
		}
		return good(r)
	})
	seat := s.join("en")
	s.answer(seat, -1)
	spoken := func() int { // requests of conversations
		return len(slices.DeleteFunc(s.fake.Chats(), func(r ollamatest.Request) bool { return r.Messages[0].Role != "system" }))
	}
	for i := range 3 {
		if turn := s.answer(seat, s.say(seat, "Too few people.", fmt.Sprint(i)).Seq); turn.Maker.By != appliance.MadeByRules {
			t.Errorf("answer %d is by %s", i, turn.Maker.By)
		}
		s.until("it was tried", func() bool { return len(s.fake.Chats())-spoken() >= 4*(i+1) })
	}
	if n := spoken(); n != 1 {
		t.Errorf("people waited for it %d times", n)
	}
	f, err := s.engine.Facilitator(t.Context(), s.session.ID)
	if err != nil || f.Why != string(inference.Slow) {
		t.Errorf("led by %+v, %v", f, err)
	}
	quick.Store(true)
	s.until("it is quick enough", func() bool { return s.gateway.State().Usable() })
	if turn := s.answer(seat, s.say(seat, "Nobody writes it down.", "").Seq); turn.Maker.By != someModel {
		t.Errorf("then the answer is by %s", turn.Maker.By)
	}
}

// What has to be found out about a model before it can be asked belongs to the wait: whoever waits is told, and may go
// on without it.
func TestTheWaitBeginsWhenSomethingIsSent(t *testing.T) {
	const fresh = "fresh:1b" // of which nothing was asked yet
	s := newStudy(t, threeTopics(), ollamatest.Patient, func(o *facilitation.Options) { o.Offer = 20 * time.Millisecond })
	s.fake.AddModel(fresh)
	s.until("it is known", func() bool { return len(s.gateway.State().Models) == 2 })
	s.choose(fresh)
	seat := s.join("en")
	s.answer(seat, -1)
	sub := s.hub.Subscribe(live.ConversationTopic(s.session.ID, seat.ConversationID))
	defer sub.Close()
	thaw := s.fake.Freeze()
	defer thaw()
	said := s.say(seat, "It goes badly.", "")
	offered := false
	for late := time.After(time.Minute); !offered; {
		select {
		case e := <-sub.C:
			offered = e.Type == appliance.EventTurnWaiting && e.Waiting.Offer
			if e.Type == appliance.EventTurnDelta {
				t.Fatal("words came before anything was offered")
			}
		case <-late:
			t.Fatal("nothing was offered")
		}
	}
	s.engine.GuideNow(seat.ConversationID)
	if turn := s.answer(seat, said.Seq); turn.Maker.By != appliance.MadeByRules {
		t.Errorf("the answer is by %s", turn.Maker.By)
	}
}

// An answer that was to be weighed in the background when the server ended keeps the weight that rules gave it, and
// nothing else is different.
func TestNothingDependsOnWhatWasToBeWeighedWhenTheServerEnded(t *testing.T) {
	s := newStudy(t, threeTopics(), ollamatest.Patient, nil)
	weighing := make(chan struct{}, 100)
	s.fake.Rule(func(r ollamatest.Request) ollamatest.Script {
		if r.Format != nil {
			return func(st *ollamatest.Stream) { weighing <- struct{}{}; st.Wait(time.Hour) }
		}
		return ollamatest.Paced(50*time.Millisecond, fitting(r.Last()))
	})
	seat := s.join("en")
	s.answer(seat, -1)
	turn := s.answer(seat, s.say(seat, "The rota.", "").Seq)
	<-weighing
	if err := s.engine.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	s.engine = facilitation.New(facilitation.Options{Store: s.store, Hub: s.hub, Clock: appliance.SystemClock, Models: s.gateway,
		Offer: time.Minute, TakeOver: time.Minute})
	if err := s.engine.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.depth(seat, "t1"); got != 1 {
		t.Errorf("depth %d, want that of the rules", got)
	}
	s.fake.Rule(weighs(`{"d":2,"s":"none"}`))
	said := []string{"The rota."}
	for turn.Move != appliance.MoveClose && len(said) < 40 {
		said = append(said, fmt.Sprintf("Too few people, because nobody came, %d.", len(said)))
		turn = s.answer(seat, s.say(seat, said[len(said)-1], "").Seq)
	}
	if !s.finished(seat) {
		t.Error("the conversation does not end")
	}
	checkTranscript(t, s.turns(seat), said)
}

// accepts measures how long messages take until they are stored, from eight people at a time, and gives the 99th
// percentile.
func (s *study) accepts(what string) time.Duration {
	s.Helper()
	var mu sync.Mutex
	var took []time.Duration
	var people sync.WaitGroup
	for range 8 {
		var seats [5]store.Seat
		for i := range seats {
			seats[i] = s.join("en")
		}
		people.Go(func() {
			for i := range 5 * len(seats) {
				began := appliance.SystemClock()
				if _, _, err := s.engine.Say(s.Context(), seats[i%len(seats)], "Too few people.", fmt.Sprint(i)); err != nil {
					s.Error(err)
					return
				}
				mu.Lock()
				took = append(took, appliance.SystemClock().Sub(began))
				mu.Unlock()
			}
		})
	}
	people.Wait()
	slices.Sort(took)
	p99 := took[len(took)*99/100]
	s.Logf("accepted %s: p99 %v", what, p99.Round(10*time.Microsecond))
	return p99
}

// takes measures how long after something was done a host is told of a facilitator that is so.
func (s *study) takes(do func(), so func(appliance.Facilitator) bool) time.Duration {
	s.Helper()
	host := s.hub.Subscribe(liveSession(s))
	defer host.Close()
	began := appliance.SystemClock()
	do()
	s.hears(host, so)
	return appliance.SystemClock().Sub(began)
}

// Whatever happens to Ollama, messages are taken as fast as before, everybody is told soon, and it is used soon after it
// is back. The limits are promise P20 with room for a busy machine; the log has what was measured.
func TestAFailingModelDoesNotStopPeople(t *testing.T) {
	var broken atomic.Bool
	good := weighs(`{"d":1,"s":"none"}`)
	for _, c := range []struct {
		name string
		fail func(*study) (mend func())
	}{
		{"killed", func(s *study) func() { s.fake.Stop(); return s.fake.Start }},
		{"stopped", func(s *study) func() { return s.fake.Freeze() }},
		{"out of memory", func(s *study) func() {
			broken.Store(true)
			seat := s.join("en")
			s.answer(seat, -1)
			s.answer(seat, s.say(seat, "It goes badly.", "").Seq)
			return func() { broken.Store(false) }
		}},
	} {
		s := newStudy(t, threeTopics(), inference.DefaultTiming, func(o *facilitation.Options) {
			o.Pace, o.Offer, o.TakeOver = 0, 0, 0
		})
		s.fake.Rule(func(r ollamatest.Request) ollamatest.Script {
			if broken.Load() {
				return ollamatest.Fail(500)
			}
			return good(r)
		})
		usual := s.accepts("while all is well")
		var mend func()
		told := s.takes(func() { mend = c.fail(s) }, func(f appliance.Facilitator) bool { return f.Guided() && f.Why != "" })
		meanwhile := s.accepts("while Ollama is " + c.name)
		back := s.takes(mend, func(f appliance.Facilitator) bool { return f.By == someModel })
		t.Logf("%s: told after %v, used again after %v, p99 of accepting %.2f times the usual", c.name, told.Round(time.Millisecond),
			back.Round(time.Millisecond), float64(meanwhile)/float64(usual))
		if told > 6*time.Second || back > 20*time.Second || meanwhile > max(3*usual, 300*time.Millisecond) {
			t.Errorf("%s: told after %v, back after %v, accepting took %v in place of %v", c.name, told, back, meanwhile, usual)
		}
		seat := s.join("en")
		s.answer(seat, -1)
		if turn := s.answer(seat, s.say(seat, "It goes badly.", "").Seq); turn.Maker.By != someModel {
			t.Errorf("%s: after it is back the answer is by %s", c.name, turn.Maker.By)
		}
	}
}
