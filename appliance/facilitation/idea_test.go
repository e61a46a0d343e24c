package facilitation_test

import (
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/facilitation"
)

// noon is when these conversations are.
var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

func TestEveryStateHasItsOfferOrNone(t *testing.T) {
	const t1, t2 = appliance.TopicID("t1"), appliance.TopicID("t2")
	idea := &appliance.Idea{Kind: appliance.IdeaConvergence, Words: []string{"parking"}, Text: "Some people here also brought this up: parking."}
	topics := func(aside appliance.Aside, asides appliance.Asides) appliance.Facilitation {
		return appliance.Facilitation{Phase: appliance.PhaseTopics, Topic: t1, Aside: aside, Asides: asides}
	}
	once := func(ago time.Duration, after int) appliance.Asides {
		return appliance.Asides{Ideas: 1, IdeaAt: noon.Add(-ago).UnixMilli(), IdeaAfter: after}
	}
	plain, full := topics("", appliance.Asides{}), facilitation.Assessment{Depth: 2}
	for _, c := range []struct {
		name    string
		state   appliance.Facilitation
		said    facilitation.Assessment
		answers int
		idea    *appliance.Idea
		took    time.Duration
		want    appliance.Move
		topic   appliance.TopicID
	}{
		{"after a full answer", plain, full, 2, idea, 0, "idea", t1},
		{"where there is no idea", plain, full, 2, nil, 0, "ask", t2},
		{"before the second answer", plain, full, 1, idea, 0, "ask", t2},
		{"after a thin answer the follow-up goes first", plain, facilitation.Assessment{Depth: 1}, 2, idea, 0, "probe", t1},
		{"after a question that was skipped", plain, facilitation.Assessment{Skip: true}, 2, idea, 0, "ask", t2},
		{"after nothing was said", plain, facilitation.Assessment{}, 2, idea, 0, "probe", t1},
		{"after something else was spoken of", plain, facilitation.Assessment{Depth: 2, Off: true}, 2, idea, 0, "probe", t1},
		{"after an answer that asks something", plain, facilitation.Assessment{Depth: 2, Ask: facilitation.AskLong}, 2, idea, 0, "ask", t2},
		{"to somebody who wants to stop", plain, facilitation.Assessment{Depth: 2, Stop: true}, 2, idea, 0, "read_back", ""},
		{"to somebody in distress", plain, facilitation.Assessment{Depth: 2, Hard: true}, 2, idea, 0, "care", t1},
		{"to somebody who insults", plain, facilitation.Assessment{Abuse: true}, 2, idea, 0, "boundary", t1},
		{"to somebody who was in distress before", topics("", appliance.Asides{Cares: 1}), full, 9, idea, 0, "ask", t2},
		{"to somebody who has insulted before", topics("", appliance.Asides{Boundaries: 1}), full, 9, idea, 0, "ask", t2},
		{"while it is asked whether to go on", topics(appliance.AsideCare, appliance.Asides{Cares: 1}), full, 9, idea, 0, "ask", t2},
		{"when the time is over", plain, full, 2, idea, time.Hour, "missed", ""},
		{"a second one after two minutes and two answers", topics("", once(2*time.Minute, 2)), full, 5, idea, 0, "idea", t1},
		{"a second one a moment too early", topics("", once(2*time.Minute-time.Millisecond, 2)), full, 5, idea, 0, "ask", t2},
		{"a second one after one answer and the reply", topics("", once(time.Hour, 2)), full, 4, idea, 0, "ask", t2},
		{"a fourth one", topics("", appliance.Asides{Ideas: 3, IdeaAt: noon.Add(-time.Hour).UnixMilli()}), full, 20, idea, 0, "ask", t2},
		{"while what was missed is asked", appliance.Facilitation{Phase: appliance.PhaseMissed}, full, 9, idea, 0, "read_back", ""},
		{"in the read-back", appliance.Facilitation{Phase: appliance.PhaseReadBack}, full, 9, idea, 0, "close", ""},
		{"a reply to an idea", topics(appliance.AsideIdea, once(0, 2)), full, 3, idea, 0, "ask", t2},
		{"an idea that is left out", topics(appliance.AsideIdea, once(0, 2)), facilitation.Assessment{Skip: true}, 3, idea, 0, "ask", t2},
		{"an idea that is not understood", topics(appliance.AsideIdea, once(0, 2)), facilitation.Assessment{Lost: true}, 3, idea, 0, "ask", t2},
		{"a question back about an idea", topics(appliance.AsideIdea, once(0, 2)), facilitation.Assessment{Ask: facilitation.AskWho}, 3, idea, 0, "reply", t1},
		{"distress over an idea", topics(appliance.AsideIdea, once(0, 2)), facilitation.Assessment{Hard: true}, 3, idea, 0, "care", t1},
		{"an end over an idea", topics(appliance.AsideIdea, once(0, 2)), facilitation.Assessment{Stop: true}, 3, idea, 0, "read_back", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := facilitation.NewPlan(threeTopics(), "en").Decide(facilitation.State{Facilitation: c.state, Idea: c.idea, Answers: c.answers, Now: noon,
				Coverage: map[appliance.TopicID]appliance.Coverage{t1: {TopicID: t1, Asked: true, Answered: true, Depth: 1,
					Seconds: int(c.took.Seconds())}}}, c.said, facilitation.Led)
			if d.Move != c.want || d.Topic != c.topic {
				t.Errorf("%s to %q, want %s to %q", d.Move, d.Topic, c.want, c.topic)
			}
			if d.Finished != (d.Move == appliance.MoveClose) || (d.Idea != nil) != (d.Move == appliance.MoveIdea) {
				t.Errorf("finished %v, idea %v with %s", d.Finished, d.Idea, d.Move)
			}
		})
	}
}

func TestAnIdeaIsKeptInTheStateAndItsReplyIsNoAnswer(t *testing.T) {
	plan := facilitation.NewPlan(threeTopics(), "en")
	s := facilitation.State{Facilitation: appliance.Facilitation{Phase: appliance.PhaseTopics, Topic: "t1"}, Answers: 2, Now: noon,
		Idea:     &appliance.Idea{Text: "Some people here also brought this up: parking."},
		Coverage: map[appliance.TopicID]appliance.Coverage{"t1": {TopicID: "t1", Asked: true}}}
	d := plan.Decide(s, facilitation.Assessment{Depth: 2}, facilitation.Guided)
	want := appliance.Facilitation{Phase: appliance.PhaseTopics, Topic: "t1", Aside: appliance.AsideIdea,
		Asides: appliance.Asides{Ideas: 1, IdeaAt: noon.UnixMilli(), IdeaAfter: 2}}
	if d.Facilitation != want {
		t.Fatalf("%+v, want %+v", d.Facilitation, want)
	}
	text := plan.Speak("cnv_x", s, d, nil)
	if !strings.HasPrefix(text, s.Idea.Text+"\n\n") || !strings.HasSuffix(text, "?") {
		t.Errorf("says %q", text)
	}
	s = after(s, d)
	s.Took = time.Minute
	d = plan.Decide(s, facilitation.Assessment{Depth: 3}, facilitation.Guided)
	if c := d.Changed[0]; c.Depth != 2 || c.Seconds != 60 || d.Facilitation.Asides.Ideas != 1 || d.Facilitation.Aside != "" {
		t.Errorf("after the reply: %+v, %+v", c, d.Facilitation)
	}
}

func TestWhatIsOfferedKeepsTheRulesOfQuestions(t *testing.T) {
	for language, ideas := range map[appliance.Language][]string{
		"en": {"Some people here also said, in other words: The yard is too small for so many cars."},
		"de": {"Einige hier sagten auch, in anderen Worten: Der Hof ist für so viele Autos zu klein."},
		"fr": {"Certains ici ont aussi dit, en d'autres mots : La cour est trop petite pour tant de voitures."},
		"es": {"Algunas personas aquí también han dicho, con otras palabras: El patio es demasiado pequeño para tantos coches."},
	} {
		for _, idea := range ideas {
			if !facilitation.FitsIdea(language, idea) {
				t.Errorf("%s: %q cannot be offered", language, idea)
			}
		}
	}
	for _, idea := range []string{"Is the yard too small?", "", "* The yard\n* The cars", "Great idea of many: the yard.", strings.Repeat("word ", 40)} {
		if facilitation.FitsIdea("en", idea) {
			t.Errorf("%q can be offered", idea)
		}
	}
}
