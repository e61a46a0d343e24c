package facilitation_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/facilitation"
)

// kindsOfAnswer are the columns of the table of moves.
var kindsOfAnswer = []struct {
	name string
	said facilitation.Assessment
}{
	{"full", facilitation.Assessment{Depth: 2}},
	{"thin", facilitation.Assessment{Depth: 1}},
	{"empty", facilitation.Assessment{}},
	{"yes", facilitation.Assessment{Depth: 1, Bare: true}},
	{"no", facilitation.Assessment{Depth: 1, Bare: true, No: true}},
	{"nothing", facilitation.Assessment{Nothing: true}},
	{"skip", facilitation.Assessment{Skip: true}},
	{"lost", facilitation.Assessment{Lost: true}},
	{"stop", facilitation.Assessment{Stop: true}},
	{"off", facilitation.Assessment{Depth: 1, Off: true}},
	{"hard", facilitation.Assessment{Depth: 2, Hard: true}},
	{"hard-stop", facilitation.Assessment{Hard: true, Stop: true}},
	{"abuse", facilitation.Assessment{Abuse: true}},
	{"asks", facilitation.Assessment{Ask: facilitation.AskLong}},
	{"answers-asks", facilitation.Assessment{Depth: 2, Ask: facilitation.AskLong}},
	{"german", facilitation.Assessment{Depth: 2, Foreign: "de"}},
}

// statesOf are its rows.
func statesOf() map[string]facilitation.State {
	topics := func(c appliance.Coverage, f appliance.Facilitation) facilitation.State {
		f.Phase, f.Topic = appliance.PhaseTopics, "t1"
		c.TopicID, c.Asked = "t1", true
		return facilitation.State{Facilitation: f, Coverage: map[appliance.TopicID]appliance.Coverage{"t1": c}}
	}
	type (
		cov = appliance.Coverage
		fac = appliance.Facilitation
	)
	spent := appliance.Asides{Replies: 4, Cares: 2, Boundaries: 1, Offered: "de"}
	return map[string]facilitation.State{
		"opening":        {},
		"asked":          topics(cov{}, fac{}),
		"probed":         topics(cov{FollowUps: 1, Answered: true, Depth: 1}, fac{}),
		"no-probes-left": topics(cov{FollowUps: 2, Answered: true, Depth: 1}, fac{}),
		"minutes-over":   topics(cov{Seconds: 4 * 60}, fac{}),
		"time-over":      topics(cov{Seconds: 20 * 60}, fac{}),
		"cared":          topics(cov{Answered: true, Depth: 2}, fac{Aside: appliance.AsideCare, Asides: appliance.Asides{Cares: 1}}),
		"offered":        topics(cov{Answered: true, Depth: 2}, fac{Aside: appliance.AsideLanguage, Asides: appliance.Asides{Offered: "de"}}),
		"asides-spent":   topics(cov{}, fac{Asides: spent}),
		"missed":         {Facilitation: fac{Phase: appliance.PhaseMissed}, Coverage: map[appliance.TopicID]appliance.Coverage{"t1": {Answered: true}}},
		"missed-silent":  {Facilitation: fac{Phase: appliance.PhaseMissed}},
		"read-back":      {Facilitation: fac{Phase: appliance.PhaseReadBack}},
		"done":           {Facilitation: fac{Phase: appliance.PhaseDone}},
	}
}

// What follows in every state on every kind of answer is testdata/moves.txt: the move, its topic, why, the language that
// the conversation changes to and what is answered first. A change of it is a change of how people are led.
func TestEveryStateAndEveryAssessmentHasItsMove(t *testing.T) {
	plan := facilitation.NewPlan(threeTopics(), "en")
	states := statesOf()
	var table strings.Builder
	for _, name := range slices.Sorted(maps.Keys(states)) {
		for _, k := range kindsOfAnswer {
			d := plan.Decide(states[name], k.said, facilitation.Guided)
			fmt.Fprintf(&table, "%-15s %-13s %s\n", name, k.name, strings.Join(strings.Fields(fmt.Sprint(
				d.Move, " ", d.Topic, " ", d.Why, " ", d.Switch, " ", d.Ask)), " "))
		}
	}
	golden(t, "testdata/moves.txt", table.String())
}

// after a question back, an insult or a moment of care the question that was asked stands again, and there is only one.
func TestWhatIsSaidBesideTheGuideAsksOneQuestion(t *testing.T) {
	for _, language := range appliance.Languages() {
		plan := facilitation.NewPlan(threeTopics(), language)
		s := statesOf()["asked"]
		s.Last = "Thank you. What is said at a handover?"
		s.About = facilitation.About{Host: "Ada Lovelace", Help: "Call the ward on 4711."}
		for _, c := range []struct {
			said facilitation.Assessment
			has  []string
		}{
			{facilitation.Assessment{Abuse: true}, []string{s.Last[len("Thank you. "):]}},
			{facilitation.Assessment{Ask: facilitation.AskWho}, []string{"Ada Lovelace", "What is said at a handover?"}},
			{facilitation.Assessment{Ask: facilitation.AskLong}, []string{"10 ", "What is said at a handover?"}},
			{facilitation.Assessment{Ask: facilitation.AskWords}, []string{"What is said at a handover?"}},
			{facilitation.Assessment{Ask: facilitation.AskMachine}, []string{"What is said at a handover?"}},
			{facilitation.Assessment{Ask: facilitation.AskOther}, []string{"What is said at a handover?"}},
			{facilitation.Assessment{Hard: true}, []string{"Call the ward on 4711."}},
			{facilitation.Assessment{Depth: 2, Foreign: "de"}, []string{"Deutsch"}},
			{facilitation.Assessment{Depth: 2, Ask: facilitation.AskWho}, []string{"Ada Lovelace", "What gets lost between shifts?"}},
		} {
			text := plan.Speak("cnv_a", s, plan.Decide(s, c.said, facilitation.Guided), nil)
			for _, has := range c.has {
				if marks(text) != 1 || !strings.Contains(text, has) || !extract.EndsInQuestion(text) {
					t.Errorf("%s: on %+v is said %q, which lacks %q or has not one question", language, c.said, text, has)
				}
			}
		}
	}
}

// Without words of the host, what is said of help and of who asks are the program's own.
func TestWhereNobodyHasWrittenAnythingTheProgramHasWords(t *testing.T) {
	for _, language := range appliance.Languages() {
		plan := facilitation.NewPlan(threeTopics(), language)
		s := statesOf()["asked"]
		for _, said := range []facilitation.Assessment{{Hard: true}, {Hard: true, Stop: true}, {Ask: facilitation.AskWho}} {
			if text := plan.Speak("cnv_a", s, plan.Decide(s, said, facilitation.Guided), nil); strings.Contains(text, "{") || len(text) < 80 {
				t.Errorf("%s: %q", language, text)
			}
		}
	}
}

func TestWhatPeopleSayBesideAnswersIsRecognised(t *testing.T) {
	for _, c := range []struct {
		language appliance.Language
		want     func(facilitation.Assessment) bool
		texts    []string
	}{
		{"en", func(a facilitation.Assessment) bool { return a.Hard }, []string{"I want to die.",
			"The shifts are long and since March I don’t want to live any more.", "He beats me at home", "Ich will nicht mehr leben."}},
		{"de", func(a facilitation.Assessment) bool { return a.Hard }, []string{"Ich will nicht mehr leben", "Er schlägt mich.",
			"Ich habe schon an Suizid gedacht, so schlimm ist es", "I want to kill myself"}},
		{"en", func(a facilitation.Assessment) bool { return a.Abuse }, []string{"fuck you", "You idiot!", "shut up, stupid bot", "Fick dich"}},
		{"de", func(a facilitation.Assessment) bool { return a.Abuse }, []string{"Fick dich!", "Halt die Klappe.", "Arschloch", "fuck you"}},
		{"en", func(a facilitation.Assessment) bool { return a.Ask == facilitation.AskWho && a.Depth == 0 }, []string{"Who are you?", "Why are you asking me this?"}},
		{"en", func(a facilitation.Assessment) bool { return a.Ask == facilitation.AskWords && a.Depth == 0 }, []string{"Who reads this?",
			"Is this anonymous?", "Sorry, what happens with my answers"}},
		{"en", func(a facilitation.Assessment) bool { return a.Ask == facilitation.AskWords && a.Depth == 2 }, []string{
			"The printer fails every week because nobody mends it, and we write by hand. Who reads this?"}},
		{"en", func(a facilitation.Assessment) bool { return a.Ask == facilitation.AskLong }, []string{"How long does this take?", "how many more questions"}},
		{"en", func(a facilitation.Assessment) bool { return a.Ask == facilitation.AskMachine }, []string{"Are you a robot?", "bist du ein Mensch?"}},
		{"en", func(a facilitation.Assessment) bool { return a.Ask == facilitation.AskOther }, []string{"Can you give me the password?", "What is your favourite colour?"}},
		{"de", func(a facilitation.Assessment) bool { return a.Ask == facilitation.AskWords }, []string{"Wer liest das?", "Was passiert mit meinen Antworten?"}},
		{"de", func(a facilitation.Assessment) bool { return a.Ask == facilitation.AskMachine }, []string{"Sind Sie ein Mensch?", "Are you human?"}},
		{"de", func(a facilitation.Assessment) bool { return a.Ask == facilitation.AskLong }, []string{"Wie lange dauert das noch?"}},
		{"de", func(a facilitation.Assessment) bool { return a.Foreign == "en" }, []string{"We do not have enough people at night and nobody writes it down."}},
		{"en", func(a facilitation.Assessment) bool { return a.Foreign == "de" }, []string{"Wir haben nachts nicht genug Leute und niemand schreibt es auf."}},

		// None of that: people speak of their work.
		{"en", func(a facilitation.Assessment) bool {
			return !a.Hard && !a.Abuse && a.Ask == facilitation.AskNothing && a.Foreign == "" && a.Depth > 0
		}, []string{"A patient was suicidal last week and nobody told us.", "This fucking printer never works.", "My manager is an idiot, honestly",
			"Who reads the list is never clear, and so things get lost between us.", "Why does nobody ask the night shift?",
			"I killed the process and started it again.", "The German word is Übergabe."}},
		{"de", func(a facilitation.Assessment) bool {
			return !a.Hard && !a.Abuse && a.Ask == facilitation.AskNothing && a.Foreign == "" && a.Depth > 0
		}, []string{"Der Drucker ist ein Idiot", "Wer liest das schon, wenn es auf Papier steht und keiner Zeit hat dafür", "Warum fragt uns nie jemand?",
			"Ein Patient wollte sterben und wir waren zu zweit."}},
	} {
		for _, text := range c.texts {
			if got := facilitation.Assess(c.language, text); !c.want(got) {
				t.Errorf("%s %q: %+v", c.language, text, got)
			}
		}
	}
}

func TestAConversationGoesOnInTheLanguageThatThePersonWrites(t *testing.T) {
	inHouse(t, threeTopics(), func(h *house) {
		seat := h.join("en")
		h.answer(seat, -1)
		offer := h.answer(seat, h.say(seat, "Wir haben nachts nicht genug Leute und niemand schreibt es auf.", "1").Seq)
		if offer.Move != appliance.MoveLanguage || offer.Content != "Sie schreiben auf Deutsch. Möchten Sie auf Deutsch weitermachen?" {
			h.Fatalf("on German words comes a %s: %q", offer.Move, offer.Content)
		}
		next := h.answer(seat, h.say(seat, "Ja", "2").Seq)
		c, err := h.store.Conversation(h.Context(), seat.ConversationID)
		if err != nil || c.Language != "de" || next.TopicID != "t2" || strings.Contains(next.Content, "Thank") {
			h.Errorf("after a yes it goes on in %q with %q: %v", c.Language, next.Content, err)
		}
		// Nothing is offered again.
		if again := h.answer(seat, h.say(seat, "We do not have enough people at night and nobody writes it down.", "3").Seq); again.Move == appliance.MoveLanguage {
			h.Errorf("offers once more: %q", again.Content)
		}
	})
}

// The minutes of a topic are in its coverage after every answer, and bound its follow-ups.
func TestTheTimeThatATopicTookIsKept(t *testing.T) {
	inHouse(t, threeTopics(), func(h *house) {
		seat := h.join("en")
		h.answer(seat, -1)
		pass(3 * time.Minute)
		probe := h.answer(seat, h.say(seat, "Badly.", "1").Seq)
		pass(2 * time.Minute)
		next := h.answer(seat, h.say(seat, "What do you mean?", "2").Seq)
		if probe.Move != appliance.MoveProbe || next.Move != appliance.MoveProbe {
			h.Errorf("asked %s, %s", probe.Move, next.Move)
		}
		th, err := h.store.ConversationListing(h.Context(), seat.ConversationID)
		if err != nil || len(th.Coverage) != 1 || th.Coverage[0].Seconds != 300 {
			h.Errorf("after three minutes and two: %+v, %v", th.Coverage, err)
		}
		if on := h.answer(seat, h.say(seat, "Badly, I say.", "3").Seq); on.Move != appliance.MoveAsk {
			h.Errorf("over its minutes a topic is asked on: %s", on.Move)
		}
	})
}
