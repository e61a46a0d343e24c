package guide

import (
	"context"
	"errors"
	"slices"
	"sync"

	"harmonium/appliance"
	"harmonium/appliance/inference"
	"harmonium/appliance/prompt"
)

var insightsPrompt = sync.OnceValue(func() inference.Prompt { return inference.LoadPrompt(promptFiles, "insights") })

// The bounds of a draft of insight questions.
const (
	fewestInsights = 3
	mostInsights   = 6
	insightsTokens = 900
)

// DraftInsights proposes what could be asked of every conversation of a session, and says what made it: a model from the
// brief where one can be asked and gives something of use, else rules (DraftInsightsByRules).
func (d Drafter) DraftInsights(ctx context.Context, s appliance.Session, topics []appliance.Topic, choice appliance.ModelChoice,
) ([]appliance.InsightAsk, appliance.Maker) {
	lang := s.Language
	byRules := appliance.Maker{By: appliance.MadeByRules, PromptVersion: PromptVersion}
	if d.Models == nil || !d.Models.State().Up() {
		return DraftInsightsByRules(s, topics), byRules
	}
	p := insightsPrompt()
	short := s.Brief
	short.Context = clip(short.Context, maxContext)
	var answer struct {
		Questions []appliance.InsightAsk `json:"questions"`
	}
	var list []appliance.InsightAsk
	a, err := d.ask(ctx, p, choice, insightsTokens, struct {
		Language     string
		Fewest, Most int
		Brief        appliance.Brief
		Topics       []appliance.Topic
	}{prompt.Language(lang), fewestInsights, mostInsights, short, topics}, &answer, func() error {
		list = languageOf(lang).usableInsights(answer.Questions)
		if len(list) == 0 {
			return errors.New("no question can be used")
		}
		return nil
	})
	if err != nil {
		return DraftInsightsByRules(s, topics), byRules
	}
	return list, a.Model.Maker(p.Version())
}

// usableInsights gives those of a model's questions that can be asked.
func (l *language) usableInsights(list []appliance.InsightAsk) (usable []appliance.InsightAsk) {
	for _, q := range list {
		q.Question, q.Name = oneLine(q.Question), oneLine(q.Name)
		if q.Kind != appliance.InsightCategory {
			q.Options = nil
		}
		for i, o := range q.Options {
			q.Options[i] = oneLine(o)
		}
		odd := marked(q.Question) || marked(q.Name) || slices.ContainsFunc(q.Options, marked)
		again := slices.ContainsFunc(usable, func(have appliance.InsightAsk) bool { return have.Question == q.Question })
		if !odd && !again && q.Validate() == nil && l.speaks(q.Question) && len(usable) < mostInsights {
			usable = append(usable, q)
		}
	}
	return usable
}

// DraftInsightsByRules proposes what the template that a session was started from asks afterwards, then the questions of
// the guide, each as a text: what an answer looks like takes somebody who knows.
func DraftInsightsByRules(s appliance.Session, topics []appliance.Topic) (list []appliance.InsightAsk) {
	if t, ok := Template(appliance.TemplateID(s.TemplateID), s.Language); ok {
		list = append(list, t.Insights...)
	}
	for _, t := range topics {
		question := clip(oneLine(t.Question), appliance.MaxInsight)
		if question == "" || slices.ContainsFunc(list, func(have appliance.InsightAsk) bool { return have.Question == question }) {
			continue
		}
		list = append(list, appliance.InsightAsk{Name: clip(oneLine(t.Title), appliance.MaxInsightName), Question: question, Kind: appliance.InsightText})
	}
	return list[:min(len(list), mostInsights)]
}
