package synthesis

import (
	"fmt"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/paper"
	"harmonium/appliance/store"
)

// quotesInSummary is how many quotations stand under one sentence about a topic in a document; the page shows all, and
// so do the other sections here.
const quotesInSummary = 3

// Telling says how a report is told in a document.
type Telling struct {
	Who   func(store.CitedClaim) string // what a participant is called; nil gives the pseudonym
	Place func(store.CitedQuote) string // the ID of the block of the document in which the words stand; nil where none is
}

// Markdown gives results as a Markdown document.
func Markdown(r store.Results) string { return paper.Markdown(Told(r, Telling{})) }

// Told gives results as the blocks of a document: each section, each sentence, and under it the words that it rests on
// with whose they are. A quotation stands there once, under the first sentence that shows it.
func Told(r store.Results, how Telling) []paper.Block {
	t := textsFor(r.Language)
	claims := byID(r.Claims)
	who := how.Who
	if who == nil {
		who = func(c store.CitedClaim) string { return Pseudonym(r.Language, c.Number, c.Title) }
	}
	var list []paper.Block
	for _, line := range Missing(r) {
		list = append(list, paper.Block{Kind: paper.Notice, Text: line})
	}
	shown := map[appliance.ClaimID]bool{}
	for _, s := range r.Report.Body.Sections {
		list = append(list, paper.Block{Kind: paper.Heading, Level: 2, Text: s.Title})
		for _, sentence := range s.Sentences {
			list = append(list, paper.Block{Text: sentence.Text})
			n := 0
			for _, id := range sentence.Claims {
				c, ok := claims[id]
				if !ok || shown[id] || n == quotesInSummary && brief(s.Kind) {
					continue
				}
				n++
				shown[id] = true
				list = append(list, t.words(c, who(c), how.Place))
			}
		}
	}
	for _, line := range t.figures(r.Report) {
		list = append(list, paper.Block{Kind: paper.Fine, Text: line})
	}
	return list
}

// maxGaps is how many gaps of one meeting the head of a report names.
const maxGaps = 20

// Missing gives what is not in results, as the head of a report names it: the gaps of recorded meetings with their times, as they are now,
// and what could not be included when the report was made.
func Missing(r store.Results) []string {
	list := []string{}
	for _, m := range r.Gaps {
		list = append(list, MissingOf(r.Language, m))
	}
	return append(list, r.Report.Body.Missing...)
}

// MissingOf says what of a meeting is in no result.
func MissingOf(language appliance.Language, m store.MeetingGaps) string {
	if m.Unheard == "" {
		return GapsOf(language, m.Title, m.Gaps)
	}
	t := textsFor(language)
	key := "unheard_transcribing"
	switch m.Unheard {
	case appliance.MeetingRecording:
		key = "unheard_recording"
	case appliance.MeetingFailed:
		key = "unheard_failed"
	case appliance.MeetingCancelled:
		key = "unheard_cancelled"
	}
	if m.Problem == store.ProblemErased {
		key = "unheard_erased"
	}
	length := t.say("unheard_minutes", 0, "n", int(max(1, (m.SoundMS+30_000)/60_000)))
	return t.say("meeting_unheard", 0, "title", t.quoted(m.Title), "length", length, "why", t.say(key, 0))
}

// GapsOf says which parts of a meeting are not in its transcript.
func GapsOf(language appliance.Language, title string, gaps []appliance.Segment) string {
	t := textsFor(language)
	var parts []string
	for _, g := range gaps[:min(len(gaps), maxGaps)] {
		from, to := Moment(g.StartMS), Moment(g.EndMS)
		if g.State == appliance.SegmentMissing {
			parts = append(parts, t.say("gap_missing", 0, "from", from, "to", to))
		} else {
			parts = append(parts, t.say("gap_inaudible", 0, "from", from, "to", to))
		}
	}
	if more := len(gaps) - maxGaps; more > 0 {
		parts = append(parts, t.say("gap_more", 0, "n", more))
	}
	return t.say("meeting_gaps", len(gaps), "n", len(gaps), "title", t.quoted(title), "parts", strings.Join(parts, t.Comma))
}

// Moment is a time in a recording, as its page shows it.
func Moment(ms int64) string {
	s := ms / 1000
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// brief says whether a document shows only the first quotations under the sentences of a section.
func brief(kind appliance.SectionKind) bool {
	return kind == appliance.SectionTopic || kind == appliance.SectionThemes || kind == appliance.SectionTensions
}

// words shows a claim: in the person's own words where they may be shown, else in others.
func (t texts) words(c store.CitedClaim, by string, place func(store.CitedQuote) string) paper.Block {
	if len(c.Cited) > 0 {
		b := paper.Block{Kind: paper.Words, Own: true, By: by, Text: t.quoted(strings.Join(strings.Fields(c.Cited[0].Span.Text), " "))}
		if place != nil {
			b.To = place(c.Cited[0])
		}
		return b
	}
	return paper.Block{Kind: paper.Words, By: by, Text: t.say("paraphrased", 0, "text", c.Text)}
}

// figures says how much was said, and how a report was made.
func (t texts) figures(r appliance.Report) []string {
	var lines []string
	if c := r.Counts; c.Turns > 0 {
		figures := t.say("answered", c.Turns, "turns", c.Turns, "words", c.Words)
		if c.Finished > 0 {
			figures = t.say("finished", c.Finished, "n", c.Finished) + " " + figures
		}
		lines = append(lines, figures)
	}
	discarded := r.Counts.Discarded
	made := t.say("made_by_rules", discarded, "n", discarded)
	if m := r.Maker; m.Model() {
		made = t.say("made_by_model", discarded, "n", discarded, "model", m.By, "prompt", m.PromptVersion)
		if strings.HasSuffix(m.PromptVersion, wishMark) {
			made += " " + t.say("made_as_wished", 0)
		}
	}
	return append(lines, made)
}

// Pseudonym is how a participant is called in results; title is that of a conversation without participant.
func Pseudonym(language appliance.Language, number int, title string) string {
	switch {
	case number == 0:
		return title
	case number < 0:
		return textsFor(language).say("rehearsal", 0, "n", fmt.Sprint(-number))
	}
	return textsFor(language).say("participant", 0, "n", fmt.Sprint(number))
}

// Say gives a sentence of results in a language, by its key in texts; see texts.say.
func Say(language appliance.Language, key string, n int, args ...any) string {
	return textsFor(language).say(key, n, args...)
}

// Quoted puts text into the quotation marks of a language.
func Quoted(language appliance.Language, text string) string { return textsFor(language).quoted(text) }

// Brief gives the brief of a session as the blocks of a document, without the topic.
func Brief(s appliance.Session) []paper.Block {
	t := textsFor(s.Language)
	var list []paper.Block
	for _, part := range []struct{ key, text string }{
		{"goal", s.Brief.Goal}, {"critical", s.Brief.Critical}, {"context", s.Brief.Context},
	} {
		if part.text != "" {
			list = append(list, paper.Block{Kind: paper.Label, Text: t.say(part.key, 0)}, paper.Block{Text: part.text})
		}
	}
	return list
}

// Document is a whole session as Markdown: the brief, the guide as it is rendered (prompt), and the summary, which
// may be empty.
func Document(s appliance.Session, prompt, summary string) string {
	t := textsFor(s.Language)
	if summary == "" {
		summary = t.say("no_summary", 0) + "\n"
	}
	head := paper.Markdown(append([]paper.Block{{Kind: paper.Heading, Level: 1, Text: s.Brief.Topic}}, Brief(s)...))
	return fmt.Sprintf("%s\n# %s\n\n%s\n\n# %s\n\n%s", head, t.say("guide", 0), strings.TrimSpace(prompt), t.say("summary", 0), summary)
}
