package synthesis_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/inference/ollamatest"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
)

// What is said in the planted meeting: a decision, a promise with a day, a question that nobody answers, and one that is answered.
const (
	decided  = "We have decided that the broken lamps in the corridor are replaced before the winter."
	promised = "I will order the new lamps for the corridor by Friday."
	left     = "Who pays for the lamps in the yard?"
	answered = "Are the lamps in the store broken as well?"
	reply    = "No, the lamps in the store were mended in the spring by the caretaker."
)

func (d *desk) planted() appliance.ConversationID {
	d.t.Helper()
	return d.meeting(appliance.Utterance{Speaker: "Ada", Text: decided}, appliance.Utterance{Speaker: "Grace", Text: promised},
		appliance.Utterance{Speaker: "Ada", Text: answered}, appliance.Utterance{Speaker: "Joan", Text: reply},
		appliance.Utterance{Speaker: "Ada", Text: left})
}

func (d *desk) minutes(id appliance.ConversationID) synthesis.Minutes {
	d.t.Helper()
	m, err := d.MeetingMaterial(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	return synthesis.MinutesOf(m)
}

// isMinutes says whether a model is asked for the summary of a meeting.
func isMinutes(r ollamatest.Request) bool {
	return strings.Contains(r.Last(), "report about one meeting")
}

// words gives what is minuted, and proves that each stands in its turn.
func (d *desk) words(id appliance.ConversationID, list []synthesis.MinutedWords) (words []string) {
	d.t.Helper()
	turns := d.turnsOf(id)
	for _, w := range list {
		if at := turns[w.Seq]; at.ID != w.Span.TurnID || at.Content[w.Span.Start:w.Span.End] != w.Span.Text {
			d.t.Errorf("%q is not what stands in turn %d", w.Span.Text, w.Seq)
		}
		words = append(words, w.Span.Text)
	}
	return words
}

func TestMinutesByRulesSayEverythingAtItsPlace(t *testing.T) {
	d := newDesk(t, "en", "Tools")
	id := d.planted()
	m := d.minutes(id)
	if diff := cmp.Diff([]string{left}, d.words(id, m.Questions)); diff != "" {
		t.Errorf("open questions:\n%s", diff)
	}
	if said := d.words(id, m.Summary); len(said) == 0 || !slices.IsSortedFunc(m.Summary, func(a, b synthesis.MinutedWords) int { return a.Seq - b.Seq }) {
		t.Errorf("the summary is %q", said)
	}
	if len(m.Decisions) != 1 || m.Decisions[0].Description != decided || m.Decisions[0].Said[0].Seq != 0 {
		t.Errorf("decisions: %+v", m.Decisions)
	}
	if len(m.Actions) != 1 || m.Actions[0].Description != promised || m.Actions[0].Due != "by Friday" || m.Actions[0].Said[0].Seq != 1 ||
		m.Actions[0].Owner == "" {
		t.Errorf("actions: %+v", m.Actions)
	}
	if len(m.Terms) == 0 || m.Terms[0].Term != "lamps" || m.Terms[0].Count != 5 || m.Terms[0].Seq != 0 {
		t.Errorf("terms: %+v", m.Terms)
	}
	if m.Worded.Maker.By != "" || len(m.Worded.Sentences) > 0 {
		t.Errorf("without a model it is worded by %q", m.Worded.Maker.By)
	}
}

func TestOfAMeetingThatSaysNothingThereAreNoMinutes(t *testing.T) {
	d := newDesk(t, "en", "Tools")
	fake, _ := withModel(t, d, ollamatest.Patient)
	for _, m := range []synthesis.Minutes{synthesis.MinutesOf(store.MeetingMaterial{}), d.minutes(d.meeting(appliance.Utterance{Speaker: "Ada", Text: "Hm."}))} {
		if n := len(m.Summary) + len(m.Decisions) + len(m.Actions) + len(m.Questions) + len(m.Terms) + len(m.Worded.Sentences); n != 0 {
			t.Errorf("%+v", m)
		}
	}
	if n := len(of(fake, isMinutes)); n != 0 {
		t.Errorf("a model was asked %d times to word nothing", n)
	}
}

// The model cites the first two points, says something that nobody said, and quotes what nobody said.
func TestAModelWordsTheSummaryOfAMeetingWithinTheRules(t *testing.T) {
	d := newDesk(t, "en", "Tools")
	fake, g := withModel(t, d, ollamatest.Patient)
	const worded = "The broken lamps in the corridor are replaced and ordered."
	fake.Rule(func(r ollamatest.Request) ollamatest.Script {
		if isMinutes(r) {
			return sentences(sentence{worded, []int{1, 2}}, sentence{"The cafeteria serves cold soup and this is a disgrace.", []int{1}},
				sentence{"The lamps “explode in the night” in the corridor.", []int{1}}, sentence{"The lamps in the yard are paid by them.", []int{99}})
		}
		return goodReader(r)
	})
	id := d.planted()
	w := d.minutes(id).Worded
	model, err := g.Model(appliance.ModelAnalyst, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := (appliance.Maker{By: analyst, ModelDigest: model.Digest, PromptVersion: "minutes-1"}); w.Maker != want {
		t.Errorf("made by %+v, want %+v", w.Maker, want)
	}
	if len(w.Sentences) != 1 || w.Sentences[0].Text != worded || w.Dropped != 3 || w.Failed {
		t.Fatalf("%+v", w)
	}
	turns := d.turnsOf(id)
	if said := w.Sentences[0].Said; len(said) != 2 || said[0].Seq != 0 || said[1].Seq != 1 ||
		turns[1].Content[said[1].Span.Start:said[1].Span.End] != said[1].Span.Text {
		t.Errorf("it rests on %+v", said)
	}
	if n := len(of(fake, isMinutes)); n != 1 {
		t.Errorf("the model was asked %d times, want once", n)
	}
	for _, s := range d.newest().Report.Body.Sections {
		for _, sentence := range s.Sentences {
			if sentence.Text == worded {
				t.Error("the summary of the meeting stands in the report of the session")
			}
		}
	}

	fake.Forget()
	d.person(labels) // another conversation changes nothing about this one
	d.work()
	if n := len(of(fake, isMinutes)); n != 0 {
		t.Errorf("the same meeting was worded again, %d times", n)
	}
	if err := d.EditTurn(t.Context(), byHost, id, turns[0].ID, planes); err != nil {
		t.Fatal(err)
	}
	if w := d.minutes(id).Worded; len(w.Sentences) > 0 {
		t.Errorf("of words that are there no more it still says %q", w.Sentences[0].Text)
	}
}

func TestAModelThatGivesNothingOfUseLeavesTheMinutesByRules(t *testing.T) {
	d := newDesk(t, "en", "Tools")
	fake, _ := withModel(t, d, ollamatest.Patient)
	fake.Rule(func(r ollamatest.Request) ollamatest.Script {
		if isMinutes(r) {
			return ollamatest.Text("I cannot help with that.")
		}
		return goodReader(r)
	})
	id := d.planted()
	m := d.minutes(id)
	if !m.Worded.Failed || len(m.Worded.Sentences) > 0 || m.Worded.Maker.By != analyst || len(m.Summary) == 0 {
		t.Errorf("%+v", m.Worded)
	}
	if !d.newest().Report.Maker.Model() {
		t.Error("the report is not by the model, which failed over the minutes only")
	}
	fake.Forget()
	d.sweep()
	if n := len(fake.Chats()); n != 0 {
		t.Errorf("it was asked again %d times", n)
	}
}

func TestMinutesAreWordedWhenThereIsAModel(t *testing.T) {
	d := newDesk(t, "en", "Tools")
	id := d.planted()
	withModel(t, d, ollamatest.Patient)
	d.sweep()
	if w := d.minutes(id).Worded; len(w.Sentences) == 0 || w.Maker.By != analyst {
		t.Errorf("%+v", w)
	}
}

func TestAMeetingThatMustNotBeReadHasNoMinutesAndNoModelIsAskedOfIt(t *testing.T) {
	d := newDesk(t, "en", "Tools")
	fake, _ := withModel(t, d, ollamatest.Patient)
	id := d.meeting(appliance.Utterance{Speaker: "Ada", Text: "This is off the record."}, appliance.Utterance{Speaker: "Grace", Text: promised})
	if _, err := d.MeetingMaterial(t.Context(), id); appliance.CodeOf(err) != appliance.CodeForbidden {
		t.Errorf("its minutes: %v", err)
	}
	if n := len(fake.Chats()); n != 0 {
		t.Errorf("a model was asked %d times", n)
	}
}
