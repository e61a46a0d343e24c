package synthesis

import (
	"fmt"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// quotesInSummary is how many quotations stand under one sentence of the Markdown form; the page shows all.
const quotesInSummary = 3

// Markdown gives a report as a Markdown document: each section, each sentence, under it the words that it rests on
// with the participant's number.
func Markdown(language appliance.Language, r appliance.Report, claims []store.CitedClaim) string {
	t := textsFor(language)
	byID := make(map[appliance.ClaimID]store.CitedClaim, len(claims))
	for _, c := range claims {
		byID[c.ID] = c
	}
	var b strings.Builder
	for _, line := range r.Body.Missing {
		fmt.Fprintf(&b, "> %s\n\n", line)
	}
	for _, s := range r.Body.Sections {
		fmt.Fprintf(&b, "## %s\n\n", escape(s.Title))
		for _, sentence := range s.Sentences {
			b.WriteString(escape(sentence.Text) + "\n\n")
			for i, id := range sentence.Claims {
				c, ok := byID[id]
				if i == quotesInSummary || !ok {
					break
				}
				fmt.Fprintf(&b, "> %s%s%s\n> — %s\n\n", t.Open, escape(strings.ReplaceAll(c.Cited[0].Span.Text, "\n", " ")), t.Close,
					Pseudonym(language, c.Number, c.Title))
			}
		}
	}
	fmt.Fprintf(&b, "*%s*\n", t.say("made_by_rules", 0, "discarded", r.Counts.Discarded))
	return b.String()
}

// Pseudonym is how a participant is called in results; title is that of a conversation without participant.
func Pseudonym(language appliance.Language, number int, title string) string {
	if number == 0 {
		return title
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
			fmt.Fprintf(&b, "**%s**\n\n%s\n\n", t.say(part.key, 0), escape(part.text))
		}
	}
	fmt.Fprintf(&b, "# %s\n\n%s\n\n# %s\n\n", t.say("guide", 0), prompt, t.say("summary", 0))
	if summary == "" {
		summary = t.say("no_summary", 0) + "\n"
	}
	b.WriteString(summary)
	return b.String()
}

// escape keeps what people wrote from being read as Markdown or HTML.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "#", `\#`,
		"<", "&lt;", ">", "&gt;", "|", `\|`).Replace(s)
}
