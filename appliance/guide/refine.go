package guide

import (
	"context"
	"errors"
	"slices"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/inference"
	"harmonium/appliance/prompt"
)

// MaxWish bounds a wish for a guide, in characters.
const MaxWish = 1000

// maxChanges bounds what a model proposes at once.
const maxChanges = 40

// change is one change that a model proposes. Topic is a number from 1.
type change struct {
	What    string   `json:"what"`
	Topic   int      `json:"topic"`
	To      int      `json:"to"`
	Title   string   `json:"title"`
	Aim     string   `json:"aim"`
	Probes  []string `json:"probes"`
	Asked   string   `json:"question"`
	Minutes int      `json:"minutes"`
	Text    string   `json:"text"`
}

// Refine changes a guide as a wish says, and says what made the change. Only a model can: without one that can be asked
// the error is CodeBusy, and CodeUnprocessable when its answer is of no use, both in words for the host. Nothing is
// stored. What the wish does not touch stays as it is, with the ids of its topics.
func (d Drafter) Refine(ctx context.Context, g appliance.Guide, wish string, b appliance.Brief, lang appliance.Language,
	choice appliance.ModelChoice,
) (appliance.Guide, appliance.Maker, error) {
	var problems appliance.Problems
	appliance.CheckText(&problems, "wish", wish, MaxWish, true)
	if err := problems.Err(); err != nil {
		return appliance.Guide{}, appliance.Maker{}, err
	}
	if d.Models == nil || !d.Models.State().Up() {
		return appliance.Guide{}, appliance.Maker{}, noModel(nil)
	}
	type numbered struct {
		Number int
		appliance.Topic
	}
	data := struct {
		Language, Topic, Wish string
		Guide                 appliance.Guide
		Topics                []numbered
	}{prompt.Language(lang), b.Topic, wish, g, nil}
	for i, t := range g.Topics {
		data.Topics = append(data.Topics, numbered{i + 1, t})
	}
	p := refinePrompt()
	var answer struct {
		Changes []change `json:"changes"`
	}
	var changed appliance.Guide
	a, err := d.ask(ctx, p, choice, refineTokens, data, &answer, func() (err error) {
		changed, err = apply(g, lang, answer.Changes)
		return err
	})
	switch inference.KindOf(err) {
	case "":
		if err == nil {
			return changed, a.Model.Maker(p.Version()), nil
		}
	case inference.Malformed, inference.CutOff, inference.TooLong, inference.Remote:
		return appliance.Guide{}, appliance.Maker{}, &appliance.Error{Code: appliance.CodeUnprocessable, Err: err,
			Message: "The model gave no change that can be used. The guide is as it was. Say the wish in other words or in " +
				"smaller steps, or change the guide by hand."}
	}
	return appliance.Guide{}, appliance.Maker{}, noModel(err)
}

func noModel(err error) error {
	return &appliance.Error{Code: appliance.CodeBusy, Err: err,
		Message: "Changing the guide by a sentence needs a model, and none has answered in time or can be asked now. The " +
			"guide is as it was. Change it by hand, or try again later."}
}

// apply makes changes to a guide. It fails when nothing would be different, or no guide that can be used is left.
func apply(g appliance.Guide, lang appliance.Language, changes []change) (appliance.Guide, error) {
	e := editor{l: languageOf(lang), guide: g, before: g.Topics}
	e.guide.Topics = slices.Clone(g.Topics)
	if len(changes) > maxChanges {
		return appliance.Guide{}, errors.New("too many changes")
	}
	for _, c := range changes {
		if err := e.apply(c); err != nil {
			return appliance.Guide{}, err
		}
	}
	if !e.changed {
		return appliance.Guide{}, errors.New("nothing is changed")
	}
	return e.guide, e.guide.Validate()
}

// editor applies changes one after the other.
type editor struct {
	l       *language
	guide   appliance.Guide
	before  []appliance.Topic // as numbers of topics mean them
	changed bool
}

var errNoTopic = errors.New("there is no topic with this number")

// place finds the topic with a number; false when there is none, or it was removed.
func (e *editor) place(number int) (int, bool) {
	if number < 1 || number > len(e.before) {
		return 0, false
	}
	i := slices.IndexFunc(e.guide.Topics, func(t appliance.Topic) bool { return t.ID == e.before[number-1].ID })
	return i, i >= 0
}

func (e *editor) apply(c change) error {
	i, found := e.place(c.Topic)
	switch c.What {
	case "opening", "closing":
		return e.say(c)
	case "add":
		if !found && c.Topic != 0 {
			return errNoTopic
		}
		if found {
			i++
		}
		return e.add(i, c)
	}
	if !found {
		return errNoTopic
	}
	switch c.What {
	case "change":
		return e.change(&e.guide.Topics[i], c)
	case "remove":
		e.guide.Topics = slices.Delete(e.guide.Topics, i, i+1)
	case "move":
		if c.To < 1 || c.To > len(e.guide.Topics) {
			return errNoTopic
		}
		t := e.guide.Topics[i]
		e.guide.Topics = slices.Insert(slices.Delete(e.guide.Topics, i, i+1), c.To-1, t)
	}
	e.changed = true
	return nil
}

// say changes what is said at the beginning or the end.
func (e *editor) say(c change) error {
	text := strings.TrimSpace(c.Text)
	if text == "" || marked(oneLine(text)) || !e.l.speaks(text) {
		return errors.New("these words cannot be said")
	}
	if c.What == "opening" {
		e.guide.Opening = text
	} else {
		e.guide.Closing = text
	}
	e.changed = true
	return nil
}

func (e *editor) add(at int, c change) error {
	d := drafter{l: e.l, used: map[string]int{}}
	t, ok := e.l.usable(topicText{Title: c.Title, Aim: c.Aim, Question: c.Asked, Probes: c.Probes}, map[string]bool{})
	if !ok {
		return errors.New("a new topic cannot be asked")
	}
	t.FollowUps, t.Minutes = 1, min(max(c.Minutes, 1), appliance.MaxTopicLength)
	d.add(t, fact)
	e.guide.Topics = slices.Insert(e.guide.Topics, at, d.topics[0])
	e.changed = true
	return nil
}

// change changes what a model gave of a topic.
func (e *editor) change(t *appliance.Topic, c change) error {
	if title := oneLine(c.Title); title != "" && !marked(title) {
		t.Title, e.changed = clip(title, maxTitle), true
	}
	if aim := oneLine(c.Aim); aim != "" && !marked(aim) {
		t.Aim, e.changed = clip(aim, appliance.MaxAim), true
	}
	if question := oneLine(c.Asked); question != "" {
		if !e.l.asksWell(question) {
			return errors.New("a question cannot be asked")
		}
		t.Question, e.changed = question, true
	}
	var probes []string
	for _, p := range c.Probes {
		if p = oneLine(p); e.l.asksWell(p) && len(probes) < appliance.MaxProbes {
			probes = append(probes, p)
		}
	}
	if len(probes) > 0 {
		t.Probes, e.changed = probes, true
	}
	if c.Minutes > 0 {
		t.Minutes, e.changed = min(c.Minutes, appliance.MaxTopicLength), true
	}
	return nil
}
