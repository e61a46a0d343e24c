package synthesis

import (
	"fmt"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// quotesInSummary is how many quotations stand under one sentence about a topic in the Markdown form; the page shows
// all, and so do the other sections here.
const quotesInSummary = 3

// Markdown gives results as a Markdown document: each section, each sentence, and under it the words that it rests on
// with the participant's number. A quotation stands there once, under the first sentence that shows it.
func Markdown(r store.Results) string {
	t := textsFor(r.Language)
	claims := byID(r.Claims)
	var b strings.Builder
	for _, line := range r.Report.Body.Missing {
		fmt.Fprintf(&b, "> %s\n\n", escape(line))
	}
	shown := map[appliance.ClaimID]bool{}
	for _, s := range r.Report.Body.Sections {
		fmt.Fprintf(&b, "## %s\n\n", escape(s.Title))
		for _, sentence := range s.Sentences {
			b.WriteString(escape(sentence.Text) + "\n\n")
			n := 0
			for _, id := range sentence.Claims {
				c, ok := claims[id]
				if !ok || shown[id] || n == quotesInSummary && s.Kind == appliance.SectionTopic {
					continue
				}
				n++
				shown[id] = true
				words := t.say("paraphrased", 0, "text", c.Text)
				if len(c.Cited) > 0 {
					words = t.quoted(strings.Join(strings.Fields(c.Cited[0].Span.Text), " "))
				}
				fmt.Fprintf(&b, "> %s\n>\n> — %s\n\n", escape(words), escape(Pseudonym(r.Language, c.Number, c.Title)))
			}
		}
	}
	if c := r.Report.Counts; c.Turns > 0 {
		figures := t.say("answered", c.Turns, "turns", c.Turns, "words", c.Words)
		if c.Finished > 0 {
			figures = t.say("finished", c.Finished, "n", c.Finished) + " " + figures
		}
		fmt.Fprintf(&b, "*%s*\n\n", escape(figures))
	}
	discarded := r.Report.Counts.Discarded
	made := t.say("made_by_rules", discarded, "n", discarded)
	if m := r.Report.Maker; m.Model() {
		made = t.say("made_by_model", discarded, "n", discarded, "model", m.By, "prompt", m.PromptVersion)
		if strings.HasSuffix(m.PromptVersion, wishMark) {
			made += " " + t.say("made_as_wished", 0)
		}
	}
	fmt.Fprintf(&b, "*%s*\n", escape(made))
	return b.String()
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

// Document is a whole session as Markdown: the brief, the guide as it is rendered (prompt), and the summary, which
// may be empty.
func Document(s appliance.Session, prompt, summary string) string {
	t := textsFor(s.Language)
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", escape(s.Brief.Topic))
	for _, part := range []struct{ key, text string }{
		{"goal", s.Brief.Goal}, {"critical", s.Brief.Critical}, {"context", s.Brief.Context},
	} {
		if part.text != "" {
			fmt.Fprintf(&b, "**%s**\n\n%s\n\n", t.say(part.key, 0), escapeLines(part.text))
		}
	}
	fmt.Fprintf(&b, "# %s\n\n%s\n\n# %s\n\n", t.say("guide", 0), strings.TrimSpace(prompt), t.say("summary", 0))
	if summary == "" {
		summary = t.say("no_summary", 0) + "\n"
	}
	b.WriteString(summary)
	return b.String()
}

var escaper = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "#", `\#`,
	"<", "&lt;", ">", "&gt;", "&", "&amp;", "|", `\|`, "~", `\~`, "\r", " ", "\n", " ")

// escape keeps what people wrote from being read as Markdown or HTML. It gives one line.
func escape(s string) string {
	s = escaper.Replace(strings.TrimSpace(s))
	// At the beginning of a line these make a list, a rule or a heading.
	mark := strings.TrimLeft(s, "0123456789")
	switch {
	case mark == "" || !strings.ContainsRune("-+=.)", rune(mark[0])):
		return s
	case len(mark) < len(s) == (mark[0] == '.' || mark[0] == ')'):
		return s[:len(s)-len(mark)] + `\` + mark
	}
	return s
}

// escapeLines is escape for a text of several lines, which stay lines (two spaces at their end do that in Markdown).
func escapeLines(s string) string {
	var lines []string
	for line := range strings.Lines(s) {
		lines = append(lines, escape(line))
	}
	return strings.Join(lines, "  \n")
}
