package privacy

import (
	"fmt"
	"strings"
	"time"

	"harmonium/appliance"
)

// Person is everything that is held of somebody who took part in one session.
type Person struct {
	Number                  int // 0: only on the roster, as somebody who is expected
	Name, Email, ExternalID string
	Topic                   string // of the session
	JoinedAt                time.Time
	Language                appliance.Language
	ConsentText             string
	ConsentedAt             time.Time // zero: not asked
	Answers                 []appliance.FormAnswer
	Use                     appliance.Use
	Rating                  int // of how well they were understood; 0: not told
	Turns                   []PersonTurn
	Earlier                 []string // wordings that were corrected
	Notes                   []string // of their words, while they spoke
	Claims                  []string
	Insights                []PersonInsight
}

// PersonTurn is one turn of their conversation.
type PersonTurn struct {
	At   time.Time
	Own  bool // they said it themselves
	Text string
}

// PersonInsight is what was answered to a question about their conversation.
type PersonInsight struct {
	Name   string
	Values []string
}

// PersonMarkdown gives everything that is held of somebody, session by session, as a text that the person can read. What
// they and others wrote stands in blocks that show it as it is.
func PersonMarkdown(list []Person, now time.Time, language appliance.Language) string {
	w, _ := wordsOf(language)
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n", w.say("person.title"), w.say("person.lead", "at", at(now), "count", len(list)))
	for _, p := range list {
		p.write(&b, w)
	}
	return b.String()
}

func (p Person) write(b *strings.Builder, w words) {
	fmt.Fprintf(b, "\n## %s\n\n", w.say("person.session"))
	fact := func(key, value string) {
		if value != "" {
			fmt.Fprintf(b, "**%s**\n\n%s\n", w.say(key), block(value))
		}
	}
	fact("person.topic", p.Topic)
	fact("person.name", p.Name)
	fact("person.email", p.Email)
	fact("person.external", p.ExternalID)
	if p.Number == 0 {
		fmt.Fprintf(b, "- %s\n\n", w.say("person.expected"))
		return
	}
	fmt.Fprintf(b, "- %s\n- %s\n", w.say("person.joined", "number", p.Number, "at", at(p.JoinedAt)), w.say("person.use."+string(p.Use)))
	if p.Rating > 0 {
		fmt.Fprintf(b, "- %s\n", w.say("person.rating", "rating", p.Rating))
	}
	if !p.ConsentedAt.IsZero() {
		fmt.Fprintf(b, "- %s\n", w.say("person.consented", "at", at(p.ConsentedAt)))
	}
	b.WriteString("\n")
	fact("person.consent", p.ConsentText)
	p.writeWords(b, w)
}

func (p Person) writeWords(b *strings.Builder, w words) {
	if len(p.Answers) > 0 {
		fmt.Fprintf(b, "### %s\n\n", w.say("person.form"))
		for _, a := range p.Answers {
			fmt.Fprint(b, block(a.Text+"\n"+strings.Join(a.Values, "\n")), "\n")
		}
	}
	if len(p.Turns) > 0 {
		fmt.Fprintf(b, "### %s\n\n", w.say("person.turns"))
	}
	for _, t := range p.Turns {
		who := "person.other"
		if t.Own {
			who = "person.own"
		}
		fmt.Fprintf(b, "%s, %s\n\n%s\n", w.say(who), at(t.At), block(t.Text))
	}
	for _, made := range []struct {
		key  string
		list []string
	}{{"person.earlier", p.Earlier}, {"person.notes", p.Notes}, {"person.claims", p.Claims}} {
		if len(made.list) > 0 {
			fmt.Fprintf(b, "### %s\n\n", w.say(made.key))
		}
		for _, text := range made.list {
			fmt.Fprint(b, block(text), "\n")
		}
	}
	if len(p.Insights) > 0 {
		fmt.Fprintf(b, "### %s\n\n", w.say("person.insights"))
		for _, i := range p.Insights {
			fmt.Fprint(b, block(i.Name+"\n"+strings.Join(i.Values, "\n")), "\n")
		}
	}
}

// block gives lines as Markdown shows them unchanged.
func block(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("    " + strings.TrimRight(line, "\r\n") + "\n")
	}
	return b.String()
}
