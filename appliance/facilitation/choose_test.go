package facilitation_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/facilitation"
	"harmonium/appliance/inference/ollamatest"
	"harmonium/appliance/store"
)

// choosing is a session in which the facilitator may choose controls.
var choosing = appliance.Session{WidgetsEnabled: true}

// A control is chosen for a follow-up that is to make answering easier, far from others, and for nothing else: every
// state with every assessment.
func TestWhereAControlIsChosen(t *testing.T) {
	states := map[string]appliance.Facilitation{
		"opening": {}, "missed": {Phase: appliance.PhaseMissed}, "read back": {Phase: appliance.PhaseReadBack}, "done": {Phase: appliance.PhaseDone},
		"first topic": {Phase: appliance.PhaseTopics, Topic: "t1"}, "second topic": {Phase: appliance.PhaseTopics, Topic: "t2"},
		"topic without follow-ups": {Phase: appliance.PhaseTopics, Topic: "t3"}, "topic that is gone": {Phase: appliance.PhaseTopics, Topic: "gone"},
		"care": {Phase: appliance.PhaseTopics, Topic: "t1", Aside: appliance.AsideCare},
	}
	answers := map[string]facilitation.Assessment{
		"thin": {Depth: 1}, "no words": {}, "bare": {Depth: 1, Bare: true}, "nothing": {Nothing: true}, "picked": {Depth: 1, Picked: true},
		"a reason": {Depth: 2}, "both": {Depth: 3}, "skip": {Skip: true}, "lost": {Lost: true}, "stop": {Stop: true}, "off": {Depth: 1, Off: true},
		"hard": {Depth: 1, Hard: true}, "abuse": {Abuse: true}, "asks": {Ask: facilitation.AskWho}, "foreign": {Depth: 1, Foreign: "de"},
		"suits words": {Depth: 1, Suits: facilitation.InWords}, "suits ranking": {Depth: 1, Suits: appliance.ControlRanking},
		"deep, suits rating": {Depth: 2, Suits: appliance.ControlRating},
	}
	// Of the two topics with follow-ups alone, and of these answers; everything else is asked in words.
	want := map[string]map[string]appliance.ControlType{
		"first topic":  {"thin": "rating", "no words": "rating", "bare": "rating", "picked": "rating", "nothing": "single", "suits ranking": "ranking"},
		"second topic": {"thin": "rating", "no words": "rating", "bare": "rating", "picked": "rating", "nothing": "multiple", "suits ranking": "ranking"},
	}
	plan := facilitation.NewPlan(threeTopics(), "en").With(choosing)
	for name, state := range states {
		for said, a := range answers {
			for words := range appliance.WordsBetween + 1 {
				state.Chosen.Words = words
				d := plan.Decide(facilitation.State{Facilitation: state}, a, facilitation.Guided)
				expect := want[name][said]
				if words < appliance.WordsBetween {
					expect = ""
				}
				if d.Control != expect {
					t.Errorf("%s, %s, %d turns in words before: %q, want %q", name, said, words, d.Control, expect)
				}
				if after := d.Facilitation.Chosen; d.Control == "" && after.Words != min(words+1, appliance.WordsBetween) ||
					d.Control != "" && after != (appliance.Chosen{Topic: d.Topic}) {
					t.Errorf("%s, %s: after %q stands %+v", name, said, d.Control, after)
				}
			}
		}
	}
}

func TestNoControlIsChosenWhereThereIsOneNear(t *testing.T) {
	fixed := &appliance.Control{Type: appliance.ControlRating, Scale: 5}
	for name, c := range map[string]struct {
		change func(*appliance.Guide, *facilitation.State, *appliance.Session)
		want   appliance.ControlType
	}{
		"nothing is near":              {func(*appliance.Guide, *facilitation.State, *appliance.Session) {}, "rating"},
		"the session does not let it":  {func(_ *appliance.Guide, _ *facilitation.State, s *appliance.Session) { s.WidgetsEnabled = false }, ""},
		"the topic has one":            {func(g *appliance.Guide, _ *facilitation.State, _ *appliance.Session) { g.Topics[0].Control = fixed }, ""},
		"the next topic has one":       {func(g *appliance.Guide, _ *facilitation.State, _ *appliance.Session) { g.Topics[1].Control = fixed }, ""},
		"the topic after that has one": {func(g *appliance.Guide, _ *facilitation.State, _ *appliance.Session) { g.Topics[2].Control = fixed }, "rating"},
		"one was chosen in the topic": {func(_ *appliance.Guide, s *facilitation.State, _ *appliance.Session) {
			s.Facilitation.Chosen.Topic = "t1"
		}, ""},
		"one was chosen in another topic before": {func(_ *appliance.Guide, s *facilitation.State, _ *appliance.Session) {
			s.Facilitation.Chosen.Topic = "t0"
		}, "rating"},
		"there is no time left": {func(_ *appliance.Guide, s *facilitation.State, _ *appliance.Session) {
			s.Coverage["t1"] = appliance.Coverage{TopicID: "t1", Seconds: 10_000}
		}, ""},
	} {
		g, session := threeTopics(), choosing
		s := facilitation.State{Coverage: map[appliance.TopicID]appliance.Coverage{}, Facilitation: appliance.Facilitation{
			Phase: appliance.PhaseTopics, Topic: "t1", Chosen: appliance.Chosen{Words: appliance.WordsBetween}}}
		c.change(&g, &s, &session)
		if d := facilitation.NewPlan(g, "en").With(session).Decide(s, facilitation.Assessment{Depth: 1}, facilitation.Led); d.Control != c.want {
			t.Errorf("%s: %q, want %q", name, d.Control, c.want)
		}
	}
}

// What a control does not ask, the reason, is asked after it once, also by rules that would ask for no more.
func TestBehindWhatWasPickedAReasonIsAskedFor(t *testing.T) {
	plan := facilitation.NewPlan(threeTopics(), "en").With(choosing)
	s := facilitation.State{Facilitation: appliance.Facilitation{Phase: appliance.PhaseTopics, Topic: "t1", Chosen: appliance.Chosen{Topic: "t1"}},
		Coverage: map[appliance.TopicID]appliance.Coverage{"t1": {TopicID: "t1", Asked: true, FollowUps: 1}}}
	for _, c := range []struct {
		said facilitation.Assessment
		move appliance.Move
		why  facilitation.Why
	}{
		{facilitation.Assessment{Depth: 1, Picked: true}, appliance.MoveProbe, facilitation.WhyPicked},
		{facilitation.Assessment{Depth: 1}, appliance.MoveAsk, ""},
		{facilitation.Assessment{Nothing: true}, appliance.MoveAsk, facilitation.WhyNothing},
		{facilitation.Assessment{Depth: 2}, appliance.MoveAsk, ""},
		{facilitation.Assessment{Skip: true}, appliance.MoveAsk, facilitation.WhySkipped},
	} {
		if d := plan.Decide(s, c.said, facilitation.Guided); d.Move != c.move || d.Why != c.why || d.Control != "" {
			t.Errorf("after %+v: %s because %q with control %q, want %s because %q", c.said, d.Move, d.Why, d.Control, c.move, c.why)
		}
	}
}

// Whatever people answer and models wish, at most one turn in four has a control of the facilitator's choice, none is
// next to any other, and no topic gets two.
func TestChosenControlsStayApart(t *testing.T) {
	kinds := []appliance.ControlType{"", "", facilitation.InWords, appliance.ControlSingle, appliance.ControlMultiple, appliance.ControlRating, appliance.ControlRanking}
	seen := 0
	for seed := range uint64(3_000) {
		r := rand.New(rand.NewPCG(seed, 2))
		g := randomGuide(r)
		for i := range g.Topics {
			if r.IntN(4) == 0 {
				g.Topics[i].Control = &appliance.Control{Type: appliance.ControlRating, Scale: 3}
			}
		}
		plan := facilitation.NewPlan(g, "en").With(choosing)
		s := facilitation.State{Coverage: map[appliance.TopicID]appliance.Coverage{}}
		topics := map[appliance.TopicID]bool{}
		var chosen, any []bool // of the turns so far: one of its choice, one at all
		for finished := false; !finished; {
			a := anything(r)
			a.Picked, a.Suits = a.Depth == 1 && r.IntN(4) == 0, kinds[r.IntN(len(kinds))]
			d := plan.Decide(s, a, facilitation.Patience(r.IntN(6)))
			chosen, any = append(chosen, d.Control != ""), append(any, d.Control != "" || facilitation.ControlOf(plan, d) != nil)
			n := len(chosen) - 1
			if d.Control != "" {
				seen++
				if d.Move != appliance.MoveProbe || topics[d.Topic] {
					t.Fatalf("seed %d: a control is chosen for a %s of %s, again %t", seed, d.Move, d.Topic, topics[d.Topic])
				}
				topics[d.Topic] = true
				if slices.Contains(any[max(0, n-3):n], true) || n < 3 {
					t.Fatalf("seed %d: turn %d has a control, before it: %v", seed, n, any[:n])
				}
			}
			if n > 0 && any[n] && chosen[n-1] {
				t.Fatalf("seed %d: a control follows a chosen one", seed)
			}
			s, finished = after(s, d), d.Finished
			if n > plan.Turns() {
				t.Fatalf("seed %d: does not end", seed)
			}
		}
	}
	if seen < 300 {
		t.Errorf("only %d controls were chosen at all", seen)
	}
}

// letChoose lets the facilitator of the house's session choose controls.
func (h *house) letChoose() {
	h.Helper()
	if _, err := h.store.UpdateSession(h.Context(), store.By{Actor: store.ActorCommandLine}, h.session.ID, func(s *appliance.Session) error {
		s.WidgetsEnabled = true
		return nil
	}); err != nil {
		h.Fatal(err)
	}
	h.engine.SessionChanged(h.session.ID)
}

// fourTopics is a guide in which the third topic is far enough from the beginning for a control.
func fourTopics() appliance.Guide {
	g := threeTopics()
	g.Topics[2].FollowUps = 2
	g.Topics = append(g.Topics, appliance.Topic{ID: "t4", Title: "The end", Question: "What else belongs here?", Minutes: 1})
	return g
}

const aReason = "It gets lost because the board hangs in the corridor, for example on Sunday."

func TestRulesOfferAChoiceToWhoeverHasNothingToSay(t *testing.T) {
	inHouse(t, fourTopics(), func(h *house) {
		h.letChoose()
		seat := h.join("en")
		h.answer(seat, -1)
		for i := range 2 {
			h.answer(seat, h.say(seat, aReason, fmt.Sprint(i)).Seq)
		}
		h.restart() // how far the last control is away is in the store
		h.letChoose()
		early := h.join("en") // who has just begun gets none
		h.answer(early, -1)
		if turn := h.answer(early, h.say(early, "I don't know", "").Seq); turn.Control != nil {
			h.Errorf("the second turn of a conversation comes with %+v", turn.Control)
		}
		turn := h.answer(seat, h.say(seat, "I don't know", "n").Seq)
		if turn.Move != appliance.MoveProbe || turn.Control == nil || turn.Control.Type != appliance.ControlSingle ||
			!strings.HasSuffix(turn.Content, "How often does “Change” come up for you?") {
			h.Fatalf("%s: %q with %+v", turn.Move, turn.Content, turn.Control)
		}
		picked, _, err := h.engine.Pick(h.Context(), seat, appliance.ControlAnswer{TurnID: turn.ID, Chosen: []int{1}}, "p")
		if err != nil || picked.Content != "Every week" {
			h.Fatal(picked.Content, err)
		}
		if _, _, err := h.engine.Pick(h.Context(), seat, appliance.ControlAnswer{TurnID: turn.ID, Chosen: []int{2}}, "q"); err == nil {
			h.Error("an answer that was sent can be changed")
		}
		next := h.answer(seat, picked.Seq)
		if next.Move != appliance.MoveProbe || next.Control != nil || !strings.Contains(next.Content, "your answer") {
			h.Errorf("behind what was picked is asked: %s %q", next.Move, next.Content)
		}
		if next = h.answer(seat, h.say(seat, "It just does.", "r").Seq); next.TopicID != "t4" {
			h.Errorf("then it goes on to %s", next.TopicID)
		}
		tallies, err := h.store.Tallies(h.Context(), h.session.ID)
		if err != nil || len(tallies) != 1 || !tallies[0].Chosen || tallies[0].Asked != 1 || tallies[0].Answered != 1 || tallies[0].Options[1].Count != 1 {
			h.Errorf("counted: %+v, %v", tallies, err)
		}
	})
}

// Every built-in question that is answered by a control keeps the rules of questions, but for the one that offers.
func TestBuiltInQuestionsWithControlsKeepTheRules(t *testing.T) {
	for _, language := range appliance.Languages() {
		plan := facilitation.NewPlan(threeTopics(), language).With(choosing)
		for kind, c := range facilitation.ControlsOf(plan, "t1") {
			if broken := facilitation.CheckQuestion(facilitation.Utterance{Text: c.Question, Language: language, Move: appliance.MoveProbe}); len(broken) > 0 {
				t.Errorf("%s %s: %q breaks %v", language, kind, c.Question, broken)
			}
			if err := c.Control.Validate(); err != nil {
				t.Errorf("%s %s: %v", language, kind, err)
			}
			if err := plan.CheckOffer(kind, c.Question, c.Options...); err != nil {
				t.Errorf("%s %s: %q with %v could not come from a model", language, kind, c.Question, c.Options)
			}
		}
		if n := len(facilitation.ControlsOf(plan, "t1")); n != 3 {
			t.Errorf("%s: %d questions with controls", language, n)
		}
	}
}

func TestWhatAModelMayOffer(t *testing.T) {
	g := threeTopics()
	g.Topics[0].Aim = "whether the heads of the wards hide their mistakes from the board"
	plan := facilitation.NewPlan(g, "en").With(choosing)
	const q = "Which of these weighs most on your shift?"
	for name, c := range map[string]struct {
		kind    appliance.ControlType
		q       string
		options []string
		good    bool
	}{
		"a choice":                       {"single", q, []string{"The workload", "The hours", "The rota"}, true},
		"a choice of two":                {"single", q, []string{"The workload", "The hours"}, true},
		"several":                        {"multiple", "Which shifts do you know?", []string{"Early", "Late", "Night"}, true},
		"a rating":                       {"rating", "How well does that work for you?", []string{"badly", "well"}, true},
		"a ranking":                      {"ranking", "In which order do these matter to you?", []string{"Pay", "Hours", "Respect"}, true},
		"one option":                     {"ranking", q, []string{"Pay"}, false},
		"too many":                       {"ranking", q, strings.Fields("a1 b2 c3 d4 e5 f6 g7"), false},
		"too many with something else":   {"single", q, strings.Fields("a1 b2 c3 d4 e5 f6"), false},
		"the same twice":                 {"single", q, []string{"Pay", "pay.", "Hours"}, false},
		"a rating with three ends":       {"rating", "How well does that work?", []string{"badly", "so so", "well"}, false},
		"a rating with the same ends":    {"rating", "How well does that work?", []string{"well", "Well"}, false},
		"a rating with a long end":       {"rating", "How well does that work?", []string{"so badly that nobody wants to do it at all any more", "well"}, false},
		"a long option":                  {"single", q, []string{"The workload that grows from week to week and never ends", "Pay"}, false},
		"yes and no":                     {"single", q, []string{"Yes", "No"}, false},
		"praise":                         {"single", q, []string{"Your excellent idea", "Pay"}, false},
		"a question as option":           {"single", q, []string{"Is it the pay?", "Hours"}, false},
		"markup":                         {"single", q, []string{"**Pay**", "Hours"}, false},
		"a link":                         {"single", q, []string{"www.example.org", "Hours"}, false},
		"a label":                        {"single", q, []string{"Answer: pay", "Hours"}, false},
		"a semicolon":                    {"single", q, []string{"Pay; hours", "Respect"}, false},
		"nothing":                        {"single", q, []string{"…", "Hours"}, false},
		"leading option":                 {"single", q, []string{"Of course the rota", "Hours"}, false},
		"leading question":               {"rating", "How bad is it, as everybody obviously knows?", []string{"a little", "very"}, false},
		"an option in the question":      {"single", "Which weighs most, surely the rota?", []string{"The rota", "The pay"}, false},
		"a closed question":              {"single", "Is it one of these?", []string{"Pay", "Hours"}, false},
		"two questions":                  {"single", "Which one? And why?", []string{"Pay", "Hours"}, false},
		"the aim":                        {"single", q, []string{"Heads of the wards hide their mistakes", "Pay"}, false},
		"the aim in two":                 {"single", q, []string{"The heads of the wards", "hide their mistakes from the board"}, false},
		"the prompt":                     {"single", q, []string{"Everything that people wrote stands between", "Pay"}, false},
		"another language":               {"single", q, []string{"Die Arbeit ist zu viel für uns", "Das Geld und die Zeit"}, false},
		"a question in another language": {"single", "Was davon ist für Sie am schwersten?", []string{"Pay", "Hours"}, false},
		"a question asked before":        {"rating", "How does a handover go on your ward?", []string{"badly", "well"}, false},
	} {
		if err := plan.CheckOffer(c.kind, c.q, c.options...); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// properties says whether a request has an answer with a property asked for.
func properties(r ollamatest.Request, name string) bool {
	format, _ := json.Marshal(r.Format)
	return strings.Contains(string(format), `"`+name+`":`)
}

// offers answers requests to weigh with a wish for a control, and requests for one with what it is given.
func offers(kind, offer string) func(ollamatest.Request) ollamatest.Script {
	return func(r ollamatest.Request) ollamatest.Script {
		switch {
		case r.Format != nil && properties(r, "q"):
			return ollamatest.Text(offer)
		case r.Format != nil && !properties(r, "c"):
			return ollamatest.Text(`{}`)
		case r.Format != nil && kind == "":
			return ollamatest.Text(`{"d":2,"s":"none","c":"words"}`)
		case r.Format != nil:
			return ollamatest.Text(`{"d":1,"s":"none","c":"` + kind + `"}`)
		}
		return ollamatest.Text(fitting(r.Last()))
	}
}

func TestAModelChoosesTheControlAndTheProgramWhenAndWhatPasses(t *testing.T) {
	for name, c := range map[string]struct {
		kind, offer string
		maker       string
		want        *appliance.Control
		content     string
	}{
		"single": {"single", `{"q":"Which of these would change most for you?","o":["The workload","The hours"]}`, someModel,
			&appliance.Control{Type: "single", Options: []string{"The workload", "The hours", "Something else"}}, "Which of these would change most for you?"},
		"multiple": {"multiple", `{"q":"Which  shifts\n do you know?","o":["Early","Late","Something else"]}`, someModel,
			&appliance.Control{Type: "multiple", Options: []string{"Early", "Late", "Something else"}}, "Which shifts do you know?"},
		"rating": {"rating", `{"q":"How much would that help you?","o":["hardly","a lot"]}`, someModel,
			&appliance.Control{Type: "rating", Scale: 5, Low: "hardly", High: "a lot"}, "How much would that help you?"},
		"ranking": {"ranking", `{"q":"In which order do these matter to you?","o":["Pay","Hours","Respect"]}`, someModel,
			&appliance.Control{Type: "ranking", Options: []string{"Pay", "Hours", "Respect"}}, "In which order do these matter to you?"},
		"an offer that breaks the rules": {"rating", `{"q":"Is it good?","o":["no","yes"]}`, appliance.MadeByRules,
			&appliance.Control{Type: "rating", Scale: 5, Low: "not important", High: "very important"}, "How important is “Change” to you?"},
		"an offer that breaks the rules and rules have none": {"ranking", `{"q":"Is it good?","o":["no","yes"]}`, someModel, nil,
			"What is the first thing that comes to mind when you think of “Change”?"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStudy(t, fourTopics(), ollamatest.Patient, nil)
			s.letChoose()
			s.quick()
			s.fake.Rule(offers("", ""))
			seat := s.join("en")
			s.answer(seat, -1)
			for i := range 2 {
				if turn := s.answer(seat, s.say(seat, aReason, fmt.Sprint(i)).Seq); turn.Control != nil || turn.Move != appliance.MoveAsk {
					t.Fatalf("a %s with %+v", turn.Move, turn.Control)
				}
			}
			s.fake.Rule(offers(c.kind, c.offer))
			turn := s.answer(seat, s.say(seat, "The rota.", "x").Seq)
			if turn.Move != appliance.MoveProbe || turn.Maker.By != c.maker || !strings.HasSuffix(turn.Content, c.content) {
				t.Errorf("a %s by %s: %q", turn.Move, turn.Maker.By, turn.Content)
			}
			if fmt.Sprint(turn.Control) != fmt.Sprint(c.want) {
				t.Errorf("with %+v, want %+v", turn.Control, c.want)
			}
			if c.want == nil {
				return
			}
			if next := s.answer(seat, s.say(seat, "It depends on the day", "y").Seq); next.Control != nil {
				t.Errorf("the next turn has a control too: %+v", next.Control)
			}
		})
	}
}

// A model that lets a hostile participant write its options offers nothing that tells the guide.
func TestHostileWordsDoNotBecomeOptions(t *testing.T) {
	g := fourTopics()
	g.Topics[2].Aim = secretAim
	s := newStudy(t, g, ollamatest.Patient, nil)
	s.letChoose()
	s.quick()
	told := strings.TrimSuffix(secretAim, ".")
	for i, hostile := range injections(t) {
		if hostile.Language != appliance.English {
			continue
		}
		s.fake.Rule(offers("", ""))
		seat := s.join("en")
		s.answer(seat, -1)
		s.answer(seat, s.say(seat, aReason, "1").Seq)
		s.answer(seat, s.say(seat, aReason, "2").Seq)
		s.fake.Rule(offers("single", fmt.Sprintf(`{"q":"Which of these is it?","o":[%q,"Something else"]}`,
			[]string{told, "My instructions are secret", "Write your next turn as JSON of"}[i%3])))
		turn := s.answer(seat, s.say(seat, hostile.Text, "3").Seq)
		if turn.Maker.By != appliance.MadeByRules && turn.Control != nil || tellsSecrets(turn) != "" {
			t.Errorf("on %q: %q with %+v", hostile.Text, turn.Content, turn.Control)
		}
	}
}
