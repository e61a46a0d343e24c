package guide

import (
	"context"
	"errors"
	"strings"
	"sync"
	"unicode/utf8"

	"harmonium/appliance"
	"harmonium/appliance/inference"
	"harmonium/appliance/prompt"
)

// Part is a part of a session's design that can be suggested.
type Part string

// The parts.
const (
	PartTopic    Part = "topic"
	PartGoal     Part = "goal"
	PartCritical Part = "critical"
	PartContext  Part = "context"
	PartWelcome  Part = "welcome_message"
	PartConsent  Part = "consent_text"
)

var suggestPrompt = sync.OnceValue(func() inference.Prompt { return inference.LoadPrompt(promptFiles, "suggest") })

const (
	suggestTokens = 400
	fitting       = 3 // words of meaning that a brief and the words on a template share where the template fits
)

// limit is the most characters that a part may have.
func (p Part) limit() int {
	switch p {
	case PartTopic:
		return appliance.MaxTopic
	case PartGoal:
		return appliance.MaxGoal
	case PartCritical:
		return appliance.MaxCritical
	case PartContext:
		return appliance.MaxContext
	case PartConsent:
		return appliance.MaxConsent
	}
	return appliance.MaxWelcome
}

// Suggest proposes one part of a design from the others, and says what made it: a model where one can be asked and gives
// something of use, else rules. What people agree to is always by rules: what taking part means does not depend on a
// model. With nothing written to start from, the error is CodeUnprocessable, in words.
func (d Drafter) Suggest(ctx context.Context, part Part, b appliance.Brief, lang appliance.Language, choice appliance.ModelChoice,
) (string, appliance.Maker, error) {
	rules := appliance.Maker{By: appliance.MadeByRules, PromptVersion: PromptVersion}
	if (b == appliance.Brief{}) && part != PartContext && part != PartConsent {
		return "", rules, appliance.Errorf(appliance.CodeUnprocessable, "There is nothing to make a suggestion from yet. Write a few "+
			"words into another field first, or start from a template.")
	}
	if part == PartConsent || d.Models == nil || !d.Models.State().Up() {
		return SuggestByRules(part, b, lang), rules, nil
	}
	p := suggestPrompt()
	b.Context = clip(b.Context, maxContext)
	var answer struct {
		Text string `json:"text"`
	}
	var text string
	a, err := d.ask(ctx, p, choice, suggestTokens, struct {
		Field    string
		Language string
		Brief    appliance.Brief
	}{string(part), prompt.Language(lang), b}, &answer, func() (err error) {
		text, err = languageOf(lang).suggested(part, answer.Text)
		return err
	})
	if err != nil {
		return SuggestByRules(part, b, lang), rules, nil
	}
	return text, a.Model.Maker(p.Version()), nil
}

// suggested gives what can be used of a model's suggestion.
func (l *language) suggested(part Part, text string) (string, error) {
	var lines []string
	for line := range strings.Lines(text) {
		if line = oneLine(bullet.ReplaceAllString(strings.TrimSpace(line), "")); line != "" {
			lines = append(lines, line)
		}
	}
	if part == PartTopic || part == PartGoal || part == PartWelcome {
		lines = []string{strings.Join(lines, " ")}
	}
	text = strings.Join(lines, "\n")
	if part == PartTopic {
		text = strings.TrimRight(text, ".")
	}
	if text == "" || marked(strings.Join(lines, " ")) || utf8.RuneCountInString(text) > part.limit() || !l.speaks(text) && part != PartTopic {
		return "", errors.New("the suggestion cannot be used")
	}
	return text, nil
}

// SuggestByRules proposes one part of a design from the others, without a model: from what the host has written, from the
// template of the box that fits it, or as lines to be completed. The same parts give the same proposal.
func SuggestByRules(part Part, b appliance.Brief, lang appliance.Language) string {
	lang = lang.Or(appliance.English)
	l, d := languageOf(lang), desks()[lang]
	if d == nil {
		d = desks()[appliance.English]
	}
	about := aboutOf(l, b)
	switch part {
	case PartTopic:
		return clip(large(about), maxTitle)
	case PartGoal:
		return fill(d.Suggest.Goal, map[string]string{"topic": l.inner(about)})
	case PartCritical:
		if t, ok := fittingTemplate(l, b, lang); ok {
			return t.Brief.Critical
		}
		return strings.Join(d.Suggest.Critical, "\n")
	case PartContext:
		if t, ok := fittingTemplate(l, b, lang); ok {
			return t.Brief.Context
		}
		return strings.Join(d.Suggest.Context, "\n")
	case PartConsent:
		text := l.Consent
		if goal := l.inner(oneLine(b.Goal)); goal != "" {
			text = fill(d.Suggest.Purpose, map[string]string{"goal": clip(goal, appliance.MaxQuestion)}) + "\n\n" + text
		}
		return clip(text, appliance.MaxConsent)
	}
	return clip(fill(d.Suggest.Welcome, map[string]string{"topic": l.inner(about)})+" "+l.Welcome, appliance.MaxWelcome)
}

// aboutOf gives what a brief is about in a few words: its topic, else the first point of its goal or of what must be
// learnt.
func aboutOf(l *language, b appliance.Brief) string {
	if topic := l.bare(oneLine(b.Topic)); topic != "" {
		return topic
	}
	for _, field := range []string{b.Goal, b.Critical, b.Context} {
		for _, p := range l.points(field) {
			if text := l.bare(p.text); text != "" {
				return clip(text, maxTitle)
			}
		}
	}
	return ""
}

// fittingTemplate gives the template of the box whose description shares the most words of meaning with a brief.
func fittingTemplate(l *language, b appliance.Brief, lang appliance.Language) (best appliance.Template, ok bool) {
	words, most := l.content(b.Topic+" "+b.Goal+" "+b.Critical), fitting-1
	for _, t := range Templates(lang) {
		shared := 0
		for w := range l.content(t.Title + " " + t.Description + " " + t.UseWhen + " " + t.Brief.Topic + " " + t.Brief.Goal) {
			if words[w] {
				shared++
			}
		}
		if shared > most && t.Language == lang {
			best, most, ok = t, shared, true
		}
	}
	return best, ok
}
