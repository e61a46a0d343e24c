package guide

import (
	"context"
	"embed"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"harmonium/appliance"
	"harmonium/appliance/inference"
	"harmonium/appliance/prompt"
)

//go:embed prompts
var promptFiles embed.FS

// The prompts of this package. What is too long in an answer is cut or refused when the answer is there.
var (
	draftPrompt  = sync.OnceValue(func() inference.Prompt { return inference.LoadPrompt(promptFiles, "draft") })
	refinePrompt = sync.OnceValue(func() inference.Prompt { return inference.LoadPrompt(promptFiles, "refine") })
)

// The bounds of what a model is asked for. A host waits meanwhile.
const (
	defaultWait  = 2 * time.Minute
	draftTokens  = 1200
	refineTokens = 1200
	maxContext   = 4000 // characters of the brief's background that a model is shown
	fewestTopics = 3    // that must be left of a draft
)

// Drafter makes and changes guides with a model, and by rules where there is none.
type Drafter struct {
	// Models are those that are asked; nil leaves drafts to rules, and refines nothing.
	Models *inference.Gateway
	// Owner is whoever waits for it: among owners everybody has a turn before anybody has a second one, and by it the place
	// in the queue is found.
	Owner string
	// Wait is how long a model may take; 0 is two minutes.
	Wait time.Duration
}

// Draft makes a guide from a brief and says what made it. A model writes the topics. The program sees to it that every
// question is one open question, that what must be learnt is asked, and what the opening and the closing say: what
// taking part means does not depend on a model. Where that gives no guide in time, rules make it (see the function
// Draft).
func (d Drafter) Draft(ctx context.Context, b appliance.Brief, lang appliance.Language, choice appliance.ModelChoice,
) (appliance.Guide, appliance.Maker) {
	byRules := appliance.Maker{By: appliance.MadeByRules, PromptVersion: PromptVersion}
	if d.Models == nil || !d.Models.State().Up() {
		return Draft(b, lang), byRules
	}
	p := draftPrompt()
	short := b
	short.Context = clip(b.Context, maxContext)
	var answer struct {
		Topics []topicText `json:"topics"`
	}
	var g appliance.Guide
	a, err := d.ask(ctx, p, choice, draftTokens, struct {
		Language     string
		Fewest, Most int
		Brief        appliance.Brief
	}{prompt.Language(lang), minTopics, maxPoints, short}, &answer, func() (err error) {
		g, err = assemble(b, lang, answer.Topics)
		return err
	})
	if err != nil {
		return Draft(b, lang), byRules
	}
	return g, a.Model.Maker(p.Version())
}

// ask asks the analyst for an answer by schema.
func (d Drafter) ask(ctx context.Context, p inference.Prompt, choice appliance.ModelChoice, tokens int, data, into any, check func() error,
) (inference.Answer, error) {
	wait := d.Wait
	if wait == 0 {
		wait = defaultWait
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	return d.Models.Ask(ctx, inference.Request{
		Role: appliance.ModelAnalyst, Choice: choice, Lane: inference.Host,
		Owner: d.Owner, MaxTokens: tokens,
		Messages: []inference.Message{{Role: "user", Content: p.Render(data)}},
	}, p.Schema, into, check)
}

// assemble makes a guide of the topics that a model wrote. Topics without a question that can be asked are left out;
// points of the brief about which none of the others asks get the topic that rules would make.
func assemble(b appliance.Brief, lang appliance.Language, written []topicText) (appliance.Guide, error) {
	l := languageOf(lang)
	d := drafter{l: l, used: map[string]int{}}
	said := map[string]bool{} // questions and titles, in small letters
	for _, w := range written {
		t, ok := l.usable(w, said)
		if ok && len(d.topics) < maxTopics {
			d.add(t, fact)
		}
	}
	if len(d.topics) < fewestTopics {
		return appliance.Guide{}, errors.New("too few topics can be used")
	}
	last := d.topics[len(d.topics)-1]
	d.topics = d.topics[:len(d.topics)-1]
	for _, p := range newSeen(l).unseen(l.points(b.Critical)) {
		if slices.ContainsFunc(append(d.topics, last), func(t appliance.Topic) bool { return l.asksAbout(t, p) }) {
			continue
		}
		if len(d.topics) < maxTopics-1 {
			t, kind := d.topicOf(p)
			d.add(t, kind)
		} else {
			d.fold(p)
		}
	}
	d.topics = append(d.topics, last)
	d.spread()
	g := appliance.Guide{
		Opening: fill(l.Guide.Opening, map[string]string{"topic": l.inner(l.bare(b.Topic))}),
		Topics:  d.topics,
		Closing: l.Guide.Closing,
	}
	return g, g.Validate()
}

// usable gives a topic that a model wrote without what cannot be used of it; false when its question or title cannot.
// said are the questions and titles that were used before.
func (l *language) usable(w topicText, said map[string]bool) (appliance.Topic, bool) {
	fresh := func(text string) bool {
		key := strings.ToLower(text)
		known := said[key]
		said[key] = true
		return !known
	}
	title, question := strings.TrimRight(oneLine(w.Title), ".:"), oneLine(w.Question)
	if title == "" || marked(title) || !fresh(title) || !l.asksWell(question) || !fresh(question) {
		return appliance.Topic{}, false
	}
	t := appliance.Topic{Title: clip(title, maxTitle), Question: question}
	if aim := oneLine(w.Aim); !marked(aim) {
		t.Aim = clip(aim, appliance.MaxAim)
	}
	for _, p := range w.Probes {
		if p = oneLine(p); len(t.Probes) < 3 && l.asksWell(p) && utf8.RuneCountInString(p) <= appliance.MaxProbe && fresh(p) {
			t.Probes = append(t.Probes, p)
		}
	}
	return t, true
}

// asksAbout says whether a topic asks about a point: half of the words of the point that carry meaning stand in it.
func (l *language) asksAbout(t appliance.Topic, p point) bool {
	topic := l.content(t.Title + " " + t.Aim + " " + t.Question + " " + strings.Join(t.Probes, " "))
	words := l.content(p.text)
	there := 0
	for w := range words {
		if topic[w] {
			there++
		}
	}
	return there*2 >= len(words)
}
