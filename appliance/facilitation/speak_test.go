package facilitation_test

import (
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/facilitation"
)

// said makes the turns of a participant, one for each topic and text.
func said(parts ...string) []appliance.Turn {
	var turns []appliance.Turn
	for i := 0; i+1 < len(parts); i += 2 {
		turns = append(turns, appliance.Turn{ID: appliance.NewTurnID(), Seq: i, Role: appliance.FromParticipant,
			TopicID: appliance.TopicID(parts[i]), Content: parts[i+1]})
	}
	return turns
}

func TestAReadBackQuotesTheMostTellingSentenceOfEachTopic(t *testing.T) {
	plan := facilitation.NewPlan(threeTopics(), "en")
	turns := said(
		"t1", "Well. It is all right, I think. The night shift starts without notes because the printer fails every week.",
		"t2", "I don't know",
		"t2", "Medication changes get lost when nobody writes them down.",
		"t3", "What do you mean?",
		"t3", "skip",
		"", "hello",
	)
	points := plan.ReadBack(turns)
	want := []string{
		"The night shift starts without notes because the printer fails every week.",
		"Medication changes get lost when nobody writes them down.",
	}
	var quoted []string
	for _, p := range points {
		quoted = append(quoted, p.Quote.Text)
	}
	for _, w := range want {
		if !strings.Contains(strings.Join(quoted, "\n"), w) {
			t.Errorf("the read-back lacks %q: %q", w, quoted)
		}
	}
	if len(points) < 2 || points[0].TopicID != "t1" || points[0].Topic != "Your shift" {
		t.Errorf("points do not follow the guide: %+v", points)
	}
	for _, p := range points {
		if strings.Contains(p.Quote.Text, "skip") || strings.Contains(p.Quote.Text, "know") || strings.Contains(p.Quote.Text, "mean") {
			t.Errorf("%q is no point", p.Quote.Text)
		}
	}
	checkSpans(t, turns, points)
}

func TestAReadBackHasAtMostFivePointsAndCutsLongSentencesAtAWord(t *testing.T) {
	g := threeTopics()
	g.Topics = nil
	var parts []string
	for _, id := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		g.Topics = append(g.Topics, appliance.Topic{ID: appliance.TopicID(id), Title: "Topic " + id, Question: id + "?", Minutes: 1})
		parts = append(parts, id, strings.TrimSpace(strings.Repeat("überlange Wörter ohne jeden Punkt ", 20))+" "+id)
	}
	turns := said(parts...)
	points := facilitation.NewPlan(g, "de").ReadBack(turns)
	if len(points) != 5 {
		t.Errorf("%d points, want 5", len(points))
	}
	for _, p := range points {
		if len(p.Quote.Text) > 240 || !strings.HasSuffix(p.Quote.Text, "ohne") && !strings.HasSuffix(p.Quote.Text, "jeden") &&
			!strings.HasSuffix(p.Quote.Text, "Punkt") && !strings.HasSuffix(p.Quote.Text, "Wörter") && !strings.HasSuffix(p.Quote.Text, "überlange") {
			t.Errorf("a point of %d bytes is cut inside a word: …%s", len(p.Quote.Text), p.Quote.Text[max(0, len(p.Quote.Text)-20):])
		}
	}
	checkSpans(t, turns, points)
}

func checkSpans(t *testing.T, turns []appliance.Turn, points []appliance.Point) {
	t.Helper()
	for _, p := range points {
		found := false
		for _, turn := range turns {
			if turn.ID == p.Quote.TurnID {
				found = turn.Content[p.Quote.Start:p.Quote.End] == p.Quote.Text && turn.TopicID == p.TopicID
			}
		}
		if !found {
			t.Errorf("the point of topic %q is not at its place", p.TopicID)
		}
	}
}

func TestTheTextOfAReadBackReadsWell(t *testing.T) {
	plan := facilitation.NewPlan(threeTopics(), "en")
	points := plan.ReadBack(said("t1", "Nobody writes the medication down because there is no time."))
	d := plan.Decide(facilitation.State{Facilitation: appliance.Facilitation{Phase: appliance.PhaseTopics, Topic: "t3"},
		Coverage: map[appliance.TopicID]appliance.Coverage{"t1": {TopicID: "t1", Asked: true, Answered: true}}},
		facilitation.Assessment{Skip: true}, facilitation.Guided)
	if got, want := plan.Speak("cnv_a", facilitation.State{}, d, nil),
		"Those were all my questions. Before I show you how I understood you: what did I miss?"; got != want {
		t.Errorf("before the points it says %q, want %q", got, want)
	}
	d = plan.Decide(facilitation.State{Facilitation: d.Facilitation,
		Coverage: map[appliance.TopicID]appliance.Coverage{"t1": {TopicID: "t1", Asked: true, Answered: true}}},
		facilitation.Assessment{Nothing: true}, facilitation.Guided)
	got := plan.Speak("cnv_a", facilitation.State{}, d, points)
	want := "Here is how I understood you, in your own words:\n\n" +
		"• Your shift: “Nobody writes the medication down because there is no time.”\n\n" +
		"What would you put differently?"
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestNoBridgeIsSaidTwiceRunningAndEveryTurnAsksOneQuestion(t *testing.T) {
	for _, language := range appliance.Languages() {
		g := threeTopics()
		for _, id := range []appliance.TopicID{"t4", "t5", "t6", "t7", "t8"} {
			g.Topics = append(g.Topics, appliance.Topic{ID: id, Title: "Title " + string(id), Question: "What about " + string(id) + "?", FollowUps: 1})
		}
		plan := facilitation.NewPlan(g, language)
		s := facilitation.State{Coverage: map[appliance.TopicID]appliance.Coverage{}}
		before := ""
		for i := range plan.Turns() {
			d := plan.Decide(s, facilitation.Assessment{Depth: 1 + i%2}, facilitation.Guided)
			text := plan.Speak("cnv_b", s, d, nil)
			wantMarks := 1
			if d.Move == appliance.MoveClose {
				wantMarks = 0
			}
			if n := marks(text); n != wantMarks {
				t.Errorf("%s: %d question marks in %q", language, n, text)
			}
			bridge, _, _ := strings.Cut(text, ".")
			if d.Move != appliance.MoveOpen && bridge == before {
				t.Errorf("%s: %q twice running", language, bridge)
			}
			before = bridge
			if s = after(s, d); d.Finished {
				return
			}
		}
	}
}

func TestWhoDoesNotUnderstandHearsTheSameQuestionOnceMore(t *testing.T) {
	for _, language := range appliance.Languages() {
		g := threeTopics()
		g.Topics[0].FollowUps = 2
		plan := facilitation.NewPlan(g, language)
		s := facilitation.State{Coverage: map[appliance.TopicID]appliance.Coverage{}}
		s = after(s, plan.Decide(s, facilitation.Assessment{}, facilitation.Guided))

		first := plan.Decide(s, facilitation.Assessment{Lost: true}, facilitation.Guided)
		text := plan.Speak("cnv_d", s, first, nil)
		kind, ok := strings.CutSuffix(text, g.Topics[0].Question)
		if !ok || kind == "" || marks(text) != 1 {
			t.Errorf("%s: %q does not ask the question again and say what is meant", language, text)
		}
		s = after(s, first)
		if again := plan.Speak("cnv_d", s, plan.Decide(s, facilitation.Assessment{Lost: true}, facilitation.Guided), nil); strings.Contains(again, g.Topics[0].Question) {
			t.Errorf("%s: asks the same a third time: %q", language, again)
		}
	}
}

func TestABareNoIsAskedWhatLiesBehindIt(t *testing.T) {
	for _, language := range appliance.Languages() {
		g := threeTopics()
		plan := facilitation.NewPlan(g, language)
		s := facilitation.State{Coverage: map[appliance.TopicID]appliance.Coverage{}}
		s = after(s, plan.Decide(s, facilitation.Assessment{}, facilitation.Guided))
		d := plan.Decide(s, facilitation.Assess(language, map[appliance.Language]string{"en": "No.", "de": "Nein.", "fr": "Non.", "es": "No.", "uk": "Ні.", "ar": "لا."}[language]), facilitation.Guided)
		text := plan.Speak("cnv_e", s, d, nil)
		if d.Move != appliance.MoveProbe || !strings.Contains(text, g.Topics[0].Title) {
			t.Errorf("%s: %s %q does not ask about the answer", language, d.Move, text)
		}
		for _, probe := range g.Topics[0].Probes {
			if strings.Contains(text, probe) {
				t.Errorf("%s: %q asks for what a bare no has denied", language, text)
			}
		}
	}
}

func TestTheSameConversationGivesTheSameWords(t *testing.T) {
	plan := facilitation.NewPlan(threeTopics(), "de")
	s := facilitation.State{Coverage: map[appliance.TopicID]appliance.Coverage{"t1": {Asked: true, FollowUps: 1}, "t2": {Asked: true}}}
	d := facilitation.Decision{Move: appliance.MoveAsk, Topic: "t3"}
	first := plan.Speak("cnv_c", s, d, nil)
	for range 50 {
		if got := plan.Speak("cnv_c", s, d, nil); got != first {
			t.Fatalf("%q, then %q", first, got)
		}
	}
}

// Without a model the guide is heard as it is written, and what stands beside it is in its language too where the
// conversation's has no texts.
func TestAGuideInAnotherLanguageIsAskedAsItIsWritten(t *testing.T) {
	g := appliance.Guide{Opening: "Guten Tag.", Closing: "Danke.", Topics: []appliance.Topic{
		{ID: "t1", Title: "Schicht", Question: "Was geschah zuletzt?", FollowUps: 1},
		{ID: "t2", Title: "Team", Question: "Was hilft im Team?", FollowUps: 1}}}
	skipped := facilitation.Decision{Move: appliance.MoveAsk, Topic: "t2", Why: facilitation.WhySkipped}
	for _, language := range []appliance.Language{"pl", "fr"} {
		text := facilitation.NewPlanOf(g, "de", language).Speak("cnv_a", facilitation.State{}, skipped, nil)
		if !strings.HasSuffix(text, "Was hilft im Team?") {
			t.Errorf("%s: %q does not ask the question of the guide", language, text)
		}
		if language == "pl" && strings.Contains(text, "We leave") {
			t.Errorf("%s: %q is not in the language of the guide", language, text)
		}
	}
}

func TestAModelPutsAGuideIntoTheLanguageOfTheConversation(t *testing.T) {
	g := threeTopics()
	ask := facilitation.Decision{Move: appliance.MoveAsk, Topic: "t2"}
	prompts := func(language appliance.Language) string {
		return strings.Join(facilitation.NewPlanOf(g, "en", language).Prompts("Handover", []facilitation.Decision{ask}, nil), "\n")
	}
	if text := prompts("pl"); !strings.Contains(text, "You speak Polish") || !strings.Contains(text, "put into Polish") {
		t.Errorf("nothing says to put the question into Polish:\n%s", text)
	}
	if text := prompts("en"); strings.Contains(text, "put into") {
		t.Errorf("a question is to be put into its own language:\n%s", text)
	}
}
