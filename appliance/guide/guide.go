// Package guide drafts the guide of a session from its brief, writes it out as a text that people and models can
// read, and holds the built-in texts that participants see before a conversation.
//
// A Drafter drafts with a model where one can be asked, and can change a guide as a sentence of the host says. Drafting
// is by rules otherwise, so that a box without a model has guides that can be used as they are. What the host wrote is
// turned into open, neutral, single questions by the shapes of texts/<language>.json: a shape says how a line may be
// built ("why …", "find out whether …", "handover between shifts", a question) and what to ask then. A line that fits
// no shape is quoted as it stands, which is always correct. A language is one file; adding one needs no code.
//
// The package does not know the store, and the rules do no input or output.
package guide

import (
	"cmp"
	"strings"
	"unicode/utf8"

	"harmonium/appliance"
	"harmonium/appliance/extract"
)

// PromptVersion names the rules by which this package drafts and renders. It is stored with every guide and report
// made by them, and changes when the same brief would give another text.
const PromptVersion = "guide-rules-3"

// The size of a draft. Ten minutes carry four to six topics well. A brief with more points gets a topic of one minute
// for each, up to maxTopics; what is then still left goes into the aims and probes of the nearest topics, so that
// nothing of what must be learnt is dropped without a word.
const (
	minTopics   = 4
	maxTopics   = 10
	maxPoints   = maxTopics - 2 // topics between the first and the last
	maxWords    = 40            // of a question
	maxTitle    = 60            // characters of a title that rules write
	maxGeneral  = 2             // topics of no point
	talkMinutes = 10
)

// Draft makes a guide from a brief: opening, a first topic about the person's own experience, a topic for each point
// that must be learnt, a last topic about what should change or matters most, closing. The same brief gives the same
// guide but for the ids of its topics, and a valid brief gives a valid guide.
func Draft(b appliance.Brief, lang appliance.Language) appliance.Guide {
	l := languageOf(lang)
	d := drafter{l: l, used: map[string]int{}}
	seen := newSeen(l)
	points := seen.unseen(l.points(b.Critical))
	if wanted := minTopics - 2; len(points) < wanted {
		more := seen.unseen(l.askable(l.points(b.Goal)))
		points = append(points, more[:min(len(more), wanted+1-len(points))]...)
	}
	points, rest := cutPoints(points, maxPoints)

	d.add(l.Guide.First.topic(), fact)
	future := false
	for _, p := range points {
		t, kind := d.topicOf(p)
		d.add(t, kind)
		future = future || kind == coming
	}
	if len(d.topics) < minTopics-1 {
		for i, added := 0, 0; i < len(l.Guide.General) && added < maxGeneral; i++ {
			if t := l.Guide.General[i]; !t.coveredBy(points) {
				d.add(t.topic(), fact)
				added++
			}
		}
	}
	for _, p := range rest {
		d.fold(p)
	}
	last := l.Guide.Change
	if future || last.coveredBy(points) {
		last = l.Guide.Matters
	}
	t := last.topic()
	if goal := oneLine(b.Goal); goal != "" {
		t.Aim = clip(fill(l.Guide.GoalAim, map[string]string{"goal": l.inner(goal)})+" "+t.Aim, appliance.MaxAim)
	}
	d.add(t, coming)
	d.spread()

	topic := l.inner(l.bare(b.Topic))
	return appliance.Guide{
		Opening: fill(l.Guide.Opening, map[string]string{"topic": topic}),
		Topics:  d.topics,
		Closing: l.Guide.Closing,
	}
}

// cutPoints parts points after limit of them.
func cutPoints(points []point, limit int) (kept, rest []point) {
	if len(points) <= limit {
		return points, nil
	}
	return points[:limit], points[limit:]
}

// drafter collects the topics of one draft.
type drafter struct {
	l      *language
	topics []appliance.Topic
	used   map[string]int // how often each list of phrases was drawn from, so that no phrase comes twice
}

// topicOf makes the topic of one point, without its probes.
func (d *drafter) topicOf(p point) (appliance.Topic, kind) {
	a := d.l.ask(p, d.used)
	aim := fill(d.l.Guide.PointAim, map[string]string{"point": d.l.inner(p.raw)})
	return appliance.Topic{
		Title:    a.title,
		Aim:      clip(aim+" "+d.l.Listen[a.listen], appliance.MaxAim),
		Question: a.question,
	}, a.kind
}

// add appends t with an id, and with probes for an example, a reason and a consequence or contrast where it has none
// of its own.
func (d *drafter) add(t appliance.Topic, k kind) {
	t.ID = appliance.NewTopicID()
	if len(t.Probes) == 0 {
		p := d.l.Probes[k.name()]
		for _, list := range []struct {
			name    string
			phrases []string
		}{{"example", p.Example}, {"reason", p.Reason}, {"contrast", p.Contrast}} {
			t.Probes = append(t.Probes, d.l.next(d.used, k.name()+list.name, list.phrases))
		}
	}
	d.topics = append(d.topics, t)
}

// fold puts a point for which there is no topic left into the nearest one: its question is asked as a follow-up, and
// the aim says so.
func (d *drafter) fold(p point) {
	a := d.l.ask(p, d.used)
	words := d.l.content(p.text)
	best, score := 1, -1.0
	for i := 1; i < len(d.topics); i++ {
		s := overlap(words, d.l.content(d.topics[i].Title+" "+d.topics[i].Aim))
		if len(d.topics[i].Probes) >= appliance.MaxProbes {
			s = -2
		}
		// Points of equal fit are shared out, so that no topic gets all of them.
		if s -= float64(len(d.topics[i].Probes)) / 100; s > score {
			best, score = i, s
		}
	}
	t := &d.topics[best]
	if len(t.Probes) < appliance.MaxProbes && utf8.RuneCountInString(a.question) <= appliance.MaxProbe {
		t.Probes = append([]string{a.question}, t.Probes...)
	}
	t.Aim = clip(t.Aim+" "+fill(d.l.Guide.AlsoAim, map[string]string{"point": d.l.inner(p.raw)}), appliance.MaxAim)
}

// spread gives every topic its minutes, ten in all, and its limit of follow-ups: the points of the brief get more
// than the first and the last topic.
func (d *drafter) spread() {
	n := len(d.topics)
	order := make([]int, 0, 2*n)
	for i := 1; i < n-1; i++ {
		order = append(order, i)
	}
	order = append(append(append(order, 0), order...), n-1)
	for i := range d.topics {
		t := &d.topics[i]
		t.Minutes, t.FollowUps = 1, 1
		if i > 0 && i < n-1 && (n <= 6 || len(t.Probes) > 3) {
			t.FollowUps = 2
		}
	}
	for i := range talkMinutes - n {
		d.topics[order[i%len(order)]].Minutes++
	}
}

// LanguageOf recognises the language in which a brief is written: by what is asked for, and where that is too little by
// what the facilitator should know beforehand. It gives false when that is not clear.
func LanguageOf(b appliance.Brief) (appliance.Language, bool) {
	asked := b.Topic + "\n" + b.Goal + "\n" + b.Critical
	if language, ok := extract.LanguageOf(asked); ok {
		return language, true
	}
	return extract.LanguageOf(asked + "\n" + b.Context)
}

// Welcome gives the built-in welcome message: what a participant reads before joining.
func Welcome(lang appliance.Language) string { return languageOf(lang).Welcome }

// Consent gives the built-in text that a participant agrees to. It says only what the appliance keeps.
func Consent(lang appliance.Language) string { return languageOf(lang).Consent }

// Voice gives what stands after a consent text where answers can be spoken: what becomes of the sound.
func Voice(lang appliance.Language) string { return languageOf(lang).Voice }

// Uses gives what stands after every consent text, also one that a host has written: how words may be used of somebody
// who chooses nothing, and that they can choose.
func Uses(lang appliance.Language, use appliance.Use) string {
	texts := languageOf(lang).Uses
	return texts[string(cmp.Or(use, appliance.UseQuote))] + " " + texts["end"]
}

// Shared gives what stands there too where ideas of participants may be offered to others.
func Shared(lang appliance.Language) string { return languageOf(lang).Uses["ideas"] }

// fill puts values in the place of their {names}.
func fill(template string, values map[string]string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(template, "{")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		out.WriteString(values[name])
		template = after
	}
}

// clip cuts s to limit characters, after a whole word and with an ellipsis where it had to cut.
func clip(s string, limit int) string {
	s = strings.TrimSpace(s)
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	r := []rune(s)[:limit-1]
	cut := string(r)
	if i := strings.LastIndexByte(cut, ' '); i > len(cut)/2 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " ,;:–—-") + "…"
}
