package synthesis_test

import (
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/synthesis"
)

// brings gives what the session brings to the results of its project.
func (d *desk) brings() synthesis.SessionResults {
	d.t.Helper()
	r := synthesis.SessionResults{Session: d.session, Guide: d.guide, Results: d.results(), Themes: d.themes()}
	var err error
	if r.Claims, err = d.Claims(d.t.Context(), d.session.ID); err != nil {
		d.t.Fatal(err)
	}
	return r
}

// spring and autumn are two sessions of a workshop: of the drill both speak, first badly and then well; of the lamp only
// the first, and of the canteen only the second.
func spring(t *testing.T) synthesis.SessionResults {
	d := newDesk(t, appliance.English, "Tools", "Room")
	for _, words := range []string{
		"The drill is bad and breaks in the middle of a job.", "The drill is bad when the battery is cold.",
		"The drill is bad for thick walls and slow.", "A drill from the cupboard is bad for every door frame.",
	} {
		d.person(words, "The lamp over the bench flickers all afternoon.")
	}
	d.person("We decided to buy a drill press before summer.", "The lamp over the bench flickers in the evening.")
	return d.brings()
}

func autumn(t *testing.T) synthesis.SessionResults {
	d := newDesk(t, appliance.English, "Tools", "Room")
	for _, words := range []string{
		"The drill is good and helps me with every door frame.", "The drill is good for thick walls and fast.",
		"The drill is good with a warm battery.", "I like the drill, it is good in the middle of a job.",
	} {
		d.person(words, "The canteen closes before the late shift has eaten.")
	}
	d.person("One drill stands in the cupboard.", "The canteen closes before our break begins.")
	return d.brings()
}

func TestProjectNamesWhatRecursAndWhatChangedBetweenItsSessions(t *testing.T) {
	before, after := spring(t), autumn(t)
	p := synthesis.ProjectOf([]synthesis.SessionResults{before, after})
	if len(p.Recurring) != 1 || !strings.Contains(strings.ToLower(p.Recurring[0].Title), "drill") || len(p.Recurring[0].In) != 2 {
		t.Fatalf("%d themes recur; the drill is the one that does", len(p.Recurring))
	}
	for i, in := range p.Recurring[0].In {
		session := []synthesis.SessionResults{before, after}[i]
		if in.Session != session.Session.ID || in.Of != 5 || in.People == 0 {
			t.Errorf("session %d: %d of %d people of %s", i, in.People, in.Of, in.Session)
		}
	}
	kinds := map[synthesis.ChangeKind]string{}
	for _, c := range p.Changes {
		theme := c.After
		if theme == nil {
			theme = c.Before
		}
		kinds[c.Kind] = strings.ToLower(theme.Title)
	}
	for kind, word := range map[synthesis.ChangeKind]string{synthesis.ChangeBetter: "drill", synthesis.ChangeGone: "lamp", synthesis.ChangeAppeared: "canteen"} {
		if !strings.Contains(kinds[kind], word) {
			t.Errorf("%s: the theme is not that of the %s", kind, word)
		}
	}
}

func TestProjectDecisionsLeadToTheWordsOfTheirSession(t *testing.T) {
	before, after := spring(t), autumn(t)
	p := synthesis.ProjectOf([]synthesis.SessionResults{before, after})
	if len(p.Decisions) != 1 || p.Decisions[0].Session != before.Session.ID || len(p.Decisions[0].Evidence) != 1 {
		t.Fatalf("%d decisions", len(p.Decisions))
	}
	at := p.Decisions[0].Evidence[0]
	if words := at.Content[at.Span.Start:at.Span.End]; words != at.Span.Text || !strings.Contains(words, "drill press") || at.Conversation == "" {
		t.Errorf("the place does not hold the words of the decision")
	}
}

func TestProjectOfOneSessionHasNothingThatRecurs(t *testing.T) {
	p := synthesis.ProjectOf([]synthesis.SessionResults{spring(t)})
	if len(p.Recurring)+len(p.Changes) != 0 || len(p.Decisions) != 1 {
		t.Errorf("%d recur, %d changed, %d decided", len(p.Recurring), len(p.Changes), len(p.Decisions))
	}
	if p := synthesis.ProjectOf(nil); p.Recurring == nil || p.Open == nil {
		t.Error("a project without sessions has lists of nothing, and not nothing")
	}
}
