package facilitation_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/facilitation"
	"harmonium/appliance/inference"
	"harmonium/appliance/inference/ollamatest"
)

// interview leads a conversation to its end. before is called with the number of each message before it is sent.
func (s *study) interview(before func(n int)) []appliance.Turn {
	s.Helper()
	seat := s.join("en")
	sc := s.watch(seat)
	turn := s.answer(seat, -1)
	limit := facilitation.NewPlan(threeTopics(), "en").Turns()
	var said []string
	for turn.Move != appliance.MoveClose && len(said) < limit {
		before(len(said))
		said = append(said, fmt.Sprintf("Too few people, the %s time.", []string{"first", "second", "third"}[len(said)%3]))
		turn = s.answer(seat, s.say(seat, said[len(said)-1], fmt.Sprint(len(said))).Seq)
	}
	if !s.finished(seat) {
		s.Errorf("not finished after %d messages", len(said))
	}
	turns := s.turns(seat)
	checkTranscript(s, turns, said)
	if broken := facilitation.NewPlan(threeTopics(), "en").CheckTurns(turns); len(broken) > 0 {
		s.Errorf("questions that break rules were stored: %v", broken)
	}
	for _, t := range turns {
		if t.Role == appliance.FromFacilitator && t.Maker.By != appliance.MadeByRules && (t.Maker.By != someModel || t.Maker.ModelDigest == "") {
			s.Errorf("turn %d is made by %+v", t.Seq, t.Maker)
		}
	}
	sc.close()
	return turns
}

// Whatever goes wrong with the model in the middle of a conversation: nothing is lost, the next question comes, the
// conversation ends, and the model is used again when it is back.
func TestEveryScriptInAWholeConversation(t *testing.T) {
	hasty := ollamatest.Patient
	hasty.FirstToken, hasty.Load, hasty.Between, hasty.Hang = time.Second, time.Second, time.Second, time.Second
	for _, c := range []struct {
		name   string
		script ollamatest.Script
		timing inference.Timing
		wait   time.Duration // until rules take over; 0 for the patient one
		rules  bool          // no answer can be the model's while it is so
	}{
		{"nothing comes", ollamatest.Stall(""), hasty, time.Second, true},
		{"nothing more comes", ollamatest.Stall("So the "), hasty, time.Second, true},
		{"it comes late", ollamatest.Slow(200*time.Millisecond, ollamatest.Text("So the notes were missing. What came of that?")), ollamatest.Patient, 0, false},
		{"it comes slowly", ollamatest.Paced(20*time.Millisecond, "So the notes were missing. What came of that?"), ollamatest.Patient, 0, false},
		{"the runner dies in mid-answer", ollamatest.Die("So the "), ollamatest.Patient, 0, true},
		{"the connection breaks in mid-answer", ollamatest.Vanish("So the "), ollamatest.Patient, 0, true},
		{"the model cannot be loaded", ollamatest.Fail(500), ollamatest.Patient, 0, true},
		{"too many wait in Ollama", ollamatest.Fail(503), ollamatest.Patient, 0, true},
		{"the model is gone", ollamatest.Fail(404), ollamatest.Patient, 0, true},
		{"the answer is cut off", ollamatest.CutOff("So what was "), ollamatest.Patient, 0, true},
		{"the answer does not end", ollamatest.Endless("and "), ollamatest.Patient, 0, true},
		{"the same over and over", ollamatest.Stammer("and "), ollamatest.Patient, 0, true},
		{"the prompt is too long", ollamatest.TooLong(), ollamatest.Patient, 0, true},
		{"the answer comes from elsewhere", ollamatest.FromElsewhere("So what came of that?"), ollamatest.Patient, 0, true},
		{"bytes that are no JSON", ollamatest.Garbage(), ollamatest.Patient, 0, true},
		{"no words", ollamatest.Text(""), ollamatest.Patient, 0, true},
		{"no question", ollamatest.Text("I have heard what you said about the notes."), ollamatest.Patient, 0, true},
		{"praise", ollamatest.Text("What a great answer this is! What came of that?"), ollamatest.Patient, 0, true},
		{"yes or no", ollamatest.Text("Are there too few people on the ward?"), ollamatest.Patient, 0, true},
		{"another language", ollamatest.Text("Das ist nicht gut für alle. Was war es?"), ollamatest.Patient, 0, true},
		{"its own orders", ollamatest.Text("The answer was thin: ask for the reason behind it or what?"), ollamatest.Patient, 0, true},
		{"JSON", ollamatest.JSON(map[string]string{"question": "What came of that?"}), ollamatest.Patient, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStudy(t, threeTopics(), c.timing, func(o *facilitation.Options) {
				if c.wait > 0 {
					o.TakeOver = c.wait
				}
			})
			good := weighs(`{"d":1,"s":"none"}`)
			s.fake.Rule(good)
			from := 0 // the number of the first turn that was answered when all was well again
			turns := s.interview(func(n int) {
				switch n {
				case 1:
					s.fake.Rule(func(ollamatest.Request) ollamatest.Script { return c.script })
				case 3:
					s.fake.Rule(good)
					s.until("the model can be used again", func() bool { return s.gateway.State().Usable() })
					from = 2*n + 1
				}
			})
			for _, turn := range turns {
				asked := turn.Move == appliance.MoveAsk || turn.Move == appliance.MoveProbe
				switch byRules := turn.Maker.By == appliance.MadeByRules; {
				case !asked:
				case (turn.Seq < 4 || turn.Seq > from) && byRules && c.wait == 0:
					t.Errorf("turn %d is made by rules although all was well", turn.Seq)
				case turn.Seq >= 4 && turn.Seq < from && !byRules && c.rules:
					t.Errorf("turn %d is the model's: %q", turn.Seq, turn.Content)
				}
			}
		})
	}
}

// An Ollama that ends in mid-sentence: the sentence is taken back, rules go on, everybody is told who leads, and told
// again when it is back.
func TestAnOllamaThatDiesAndComesBack(t *testing.T) {
	s := newStudy(t, threeTopics(), ollamatest.Patient, nil)
	s.fake.Rule(func(ollamatest.Request) ollamatest.Script { return ollamatest.Stall("So the notes were ") })
	seat := s.join("en")
	s.answer(seat, -1)
	sc := s.watch(seat)
	host := s.hub.Subscribe(liveSession(s))
	defer host.Close()
	first := s.say(seat, "It goes badly.", "1")
	s.until("words are heard", func() bool {
		_, text, _ := s.engine.Speaking(seat.ConversationID)
		return strings.HasPrefix(text, "So the notes")
	})
	s.fake.Stop()
	turn := s.answer(seat, first.Seq)
	if turn.Maker.By != appliance.MadeByRules || turn.Move != appliance.MoveProbe {
		t.Errorf("the answer is a %s by %s", turn.Move, turn.Maker.By)
	}
	s.hears(host, func(f appliance.Facilitator) bool { return f.Guided() && f.Why != "" && !f.Since.IsZero() })
	if f, err := s.engine.Facilitator(t.Context(), s.session.ID); err != nil || !f.Guided() {
		t.Errorf("led by %+v, %v", f, err)
	}
	s.fake.Rule(weighs(`{"d":1,"s":"none"}`))
	s.fake.Start()
	s.hears(host, func(f appliance.Facilitator) bool { return f.By == someModel && f.Why == "" })
	if turn := s.answer(seat, s.say(seat, "Nobody writes anything down.", "2").Seq); turn.Maker.By != someModel {
		t.Errorf("after it is back the answer is made by %s", turn.Maker.By)
	}
	if sc.close().resets != 1 {
		t.Errorf("%d times words were taken back, want once", sc.resets)
	}
}
