package synthesis_test

import (
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/inference/ollamatest"
	"harmonium/appliance/store"
)

var byHost = store.By{Actor: "test"}

var (
	askText   = appliance.InsightAsk{Name: "Wish", Question: "What does this person want to change?", Kind: appliance.InsightText}
	askYesNo  = appliance.InsightAsk{Question: "Is there enough light in the workshop?", Kind: appliance.InsightYesNo}
	askWhen   = appliance.InsightAsk{Question: "When does this person work?", Kind: appliance.InsightCategory, Options: []string{"Morning", "Night"}}
	askNumber = appliance.InsightAsk{Question: "How long does the handover take?", Kind: appliance.InsightNumber, Unit: "minutes"}
)

// askAll has a session ask things of all its conversations, and gives the ids of the questions in their order.
func (d *desk) askAll(asks ...appliance.InsightAsk) (ids []appliance.InsightID) {
	d.t.Helper()
	var list []store.NewInsight
	for _, a := range asks {
		list = append(list, store.NewInsight{Ask: a, Maker: appliance.Maker{By: appliance.MadeByHand}})
	}
	if err := d.CreateInsights(d.t.Context(), byHost, store.Once{}, d.session.ID, list); err != nil {
		d.t.Fatal(err)
	}
	defined, err := d.InsightDefinitions(d.t.Context(), d.session.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, def := range defined {
		ids = append(ids, def.ID)
	}
	return ids
}

// run puts the questions of the session to its conversations, and says how many answers were to come.
func (d *desk) run(anew bool) int {
	d.t.Helper()
	asks, err := d.made.InsightMaker(d.t.Context(), d.session.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	n, err := d.StartInsights(d.t.Context(), byHost, d.session.ID, nil, anew, asks)
	if err != nil {
		d.t.Fatal(err)
	}
	d.work()
	return n
}

// answers gives what a conversation answers to a question.
func (d *desk) answer(id appliance.ConversationID, to appliance.InsightID) (store.ShownInsight, bool) {
	d.t.Helper()
	rows, _, err := d.InsightTable(d.t.Context(), d.session.ID, store.InsightFilter{Limit: -1})
	if err != nil {
		d.t.Fatal(err)
	}
	for _, r := range rows {
		if r.ConversationID == id {
			a, ok := r.Answers[to]
			return a, ok
		}
	}
	return store.ShownInsight{}, false
}

// tally gives what came of a question.
func (d *desk) tally(id appliance.InsightID) store.InsightOverview {
	d.t.Helper()
	list, err := d.InsightOverviews(d.t.Context(), d.session.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, o := range list {
		if o.ID == id {
			return o
		}
	}
	d.t.Fatal("no such question")
	return store.InsightOverview{}
}

func TestRulesAnswerWhatStandsInTheWordsAndNothingElse(t *testing.T) {
	d := newDesk(t, "en", "Handover", "Shift")
	d.guide.Topics[0].Question = "What about it?"
	ids := d.askAll(askYesNo, askWhen, askNumber, askText)
	one := d.person("The handover takes 20 minutes and the board is full.", "I work at night, with two colleagues from the press.")
	two := d.person("The handover takes 10 minutes, sometimes 30 minutes when the press is down.", "I work in the morning and sometimes at night.")
	d.work()
	if n := d.run(false); n != 2 { // the text, which waits for a model
		t.Errorf("%d answers were to come", n)
	}
	for _, c := range []struct {
		who   appliance.ConversationID
		of    appliance.InsightID
		state appliance.InsightState
		want  string
	}{
		{one, ids[0], appliance.InsightNotSaid, ""}, {one, ids[1], appliance.InsightSaid, "Night"}, {one, ids[2], appliance.InsightSaid, "20"},
		{two, ids[1], appliance.InsightNotSaid, ""}, {two, ids[2], appliance.InsightNotSaid, ""}, // two each: rules do not choose
	} {
		a, ok := d.answer(c.who, c.of)
		if !ok || a.State != c.state || strings.Join(a.Value, "; ") != c.want {
			t.Errorf("%v: %v %q, want %v %q", ok, a.State, a.Value, c.state, c.want)
		}
		if c.state == appliance.InsightSaid && (len(a.Places) == 0 || !strings.Contains(a.Places[0].Content, a.Places[0].Span.Text)) {
			t.Error("an answer without words that bear it out")
		}
	}
	if _, ok := d.answer(one, ids[3]); ok {
		t.Error("rules have written a text")
	}
	if o := d.tally(ids[3]); o.Runs[0].State != appliance.InsightRunOpen {
		t.Errorf("the text does not wait for a model: %v", o.Runs[0].State)
	}
	if o := d.tally(ids[1]); o.Runs[0].State != appliance.InsightRunDone || o.Tally.Of != 2 || o.Tally.Said != 1 || o.Tally.Options[0] != (store.InsightCount{Value: "Night", Count: 1}) {
		t.Errorf("counted otherwise: %+v", o.Tally)
	}
}

func TestAnAnswerToTheSameQuestionIsReadAsYesOrNo(t *testing.T) {
	guide := appliance.Guide{Opening: "Hello.", Closing: "Thanks.", Topics: []appliance.Topic{{Title: "Light", Question: "What about it?", Minutes: 1}}}
	d := openDesk(t, "en", "The workshop", guide, nil)
	ids := d.askAll(askYesNo)
	id := d.join()
	c, err := d.Conversation(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.CommitReply(t.Context(), store.Reply{ConversationID: id, Seen: c.NextSeq,
		Turn:         appliance.Turn{Content: "Would you say that there is enough light in the workshop?", Move: appliance.MoveAsk, TopicID: "t1"},
		Facilitation: appliance.Facilitation{Phase: appliance.PhaseTopics, Topic: "t1"}}); err != nil {
		t.Fatal(err)
	}
	d.say(id, "No, it is far too dark behind the press.")
	d.finish(id)
	d.work()
	if a, _ := d.answer(id, ids[0]); a.State != appliance.InsightSaid || a.Value[0] != appliance.InsightNo {
		t.Errorf("%v %q", a.State, a.Value)
	}
}

// replies answers insight questions with one answer over the given words of the first turn that holds them.
func replies(answer string, words string) func(ollamatest.Request) ollamatest.Script {
	return func(r ollamatest.Request) ollamatest.Script {
		if !strings.Contains(r.Last(), "find what the person answers") {
			return goodReader(r)
		}
		list := []map[string]any{}
		if strings.Contains(r.Last(), words) || words == "nowhere to be found" {
			list = append(list, map[string]any{"answer": answer, "quote": words, "turn": 1})
		}
		return ollamatest.JSON(map[string]any{"answers": list})
	}
}

func TestAModelAnswersOverWordsThatAreThere(t *testing.T) {
	d := newDesk(t, "en", "Tools")
	fake, _ := withModel(t, d, ollamatest.Patient)
	fake.Rule(replies("The person wants the labels to be printed earlier.", "labels are always late"))
	ids := d.askAll(askText)
	one, two := d.person(labels), d.person(drill)
	d.work()
	a, _ := d.answer(one, ids[0])
	if a.State != appliance.InsightSaid || a.Value[0] != "The person wants the labels to be printed earlier." || a.Maker.By != analyst ||
		len(a.Places) != 1 || a.Places[0].Span.Text != "labels are always late" {
		t.Errorf("%+v", a)
	}
	if a, _ := d.answer(two, ids[0]); a.State != appliance.InsightNotSaid || a.Maker.By != analyst {
		t.Errorf("who did not say it answers %v by %v", a.State, a.Maker.By)
	}
}

func TestAnAnswerOverWordsThatNobodySaidIsLeftOutAndCounted(t *testing.T) {
	d := newDesk(t, "en", "Tools")
	fake, _ := withModel(t, d, ollamatest.Patient)
	fake.Rule(replies("Everybody is happy with the labels.", "nowhere to be found"))
	ids := d.askAll(askText)
	one := d.person(labels)
	d.work()
	if a, _ := d.answer(one, ids[0]); a.State != appliance.InsightUnsupported || len(a.Value) > 0 || a.Discarded == 0 {
		t.Errorf("%+v", a)
	}
}

func TestWhatWaitedForAModelIsAnsweredWhenThereIsOne(t *testing.T) {
	d := newDesk(t, "en", "Tools")
	ids := d.askAll(askText)
	one := d.person(labels)
	d.work()
	if _, ok := d.answer(one, ids[0]); ok {
		t.Fatal("answered without a model")
	}
	fake, _ := withModel(t, d, ollamatest.Patient)
	fake.Rule(replies("The person wants the labels earlier.", "labels are always late"))
	if err := d.made.SweepInsights(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.work()
	if a, _ := d.answer(one, ids[0]); a.State != appliance.InsightSaid {
		t.Errorf("%+v", a)
	}
	if o := d.tally(ids[0]); o.Runs[0].State != appliance.InsightRunDone || len(o.Runs) != 1 {
		t.Errorf("%+v", o.Runs)
	}
}

func TestAskingAnewKeepsTheEarlierAnswersForComparison(t *testing.T) {
	d := newDesk(t, "en", "Tools")
	fake, _ := withModel(t, d, ollamatest.Patient)
	fake.Rule(replies("The person wants the labels earlier.", "labels are always late"))
	ids := d.askAll(askText)
	one, two := d.person(labels), d.person(drill)
	d.work()
	if n := d.run(false); n != 0 {
		t.Errorf("%d answers were to come where everything is answered", n)
	}
	fake.Rule(replies("The person wants other labels.", "labels are always late"))
	if n := d.run(true); n != 2 {
		t.Errorf("%d answers were to come", n)
	}
	diff, err := d.InsightDifference(t.Context(), d.session.ID, ids[0], 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	if diff.Same != 1 || len(diff.Changed) != 1 || diff.Changed[0].ConversationID != one || diff.Changed[0].Before.Value[0] == diff.Changed[0].After.Value[0] {
		t.Errorf("%+v", diff)
	}
	_ = two
}

func TestAConversationThatIsLeftOutIsInNoAnswerAtOnce(t *testing.T) {
	d := newDesk(t, "en", "Handover", "Shift")
	ids := d.askAll(askWhen)
	one := d.person("", "I work at night, with two colleagues from the press.")
	d.work()
	if err := d.SetIncluded(t.Context(), byHost, one, false); err != nil {
		t.Fatal(err)
	}
	if _, ok := d.answer(one, ids[0]); ok {
		t.Error("it is in the table")
	}
	if o := d.tally(ids[0]); o.Tally.Of != 0 || o.Tally.Said != 0 || len(o.Tally.Options) != 0 {
		t.Errorf("it is counted: %+v", o.Tally)
	}
	if err := d.SetIncluded(t.Context(), byHost, one, true); err != nil {
		t.Fatal(err)
	}
	d.work()
	if a, _ := d.answer(one, ids[0]); a.State != appliance.InsightSaid {
		t.Error("it does not come back")
	}
}

func TestAnErasedConversationTakesItsAnswersWithIt(t *testing.T) {
	d := newDesk(t, "en", "Handover", "Shift")
	ids := d.askAll(askWhen)
	one := d.person("", "I work at night, with two colleagues from the press.")
	d.work()
	if a, _ := d.answer(one, ids[0]); a.State != appliance.InsightSaid {
		t.Fatalf("nothing to erase: %v", a.State)
	}
	if _, err := d.EraseConversation(t.Context(), byHost, one); err != nil {
		t.Fatal(err)
	}
	if o := d.tally(ids[0]); o.Tally.Of != 0 || o.Tally.Said != 0 || len(o.Tally.Options) != 0 {
		t.Errorf("its answer is still counted: %+v", o.Tally)
	}
}
