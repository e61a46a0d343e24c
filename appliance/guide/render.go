package guide

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"harmonium/appliance"
)

// renderText has the words of a rendered guide.
type renderText struct {
	Title       string   `json:"title"`
	Purpose     string   `json:"purpose"`
	Goal        string   `json:"goal"`
	Critical    string   `json:"critical"`
	Context     string   `json:"context"`
	Manner      string   `json:"manner"`
	Rules       []string `json:"rules"`
	Opening     string   `json:"opening"`
	Topics      string   `json:"topics"`
	MinutesOne  string   `json:"minutes_one"`
	MinutesMany string   `json:"minutes_many"`
	Aim         string   `json:"aim"`
	Question    string   `json:"question"`
	Answers     string   `json:"answers"` // the names of controls are those below
	Single      string   `json:"single"`
	Multiple    string   `json:"multiple"`
	Rating      string   `json:"rating"`
	Ranking     string   `json:"ranking"`
	ProbesNone  string   `json:"probes_none"`
	ProbesOne   string   `json:"probes_one"`
	ProbesMany  string   `json:"probes_many"`
	Closing     string   `json:"closing"`
}

// Render writes a guide out as one text (Markdown) for people to read and for a model to follow: the field "prompt" of
// the interface. It has the brief, the rules of asking, and every part of the guide in order, as the host wrote them.
func Render(g appliance.Guide, b appliance.Brief, lang appliance.Language) string {
	t := languageOf(lang).Render
	var out strings.Builder
	heading := func(level, text string) { fmt.Fprintf(&out, "%s %s\n\n", level, oneLine(text)) }
	field := func(name, text string) {
		text = strings.TrimSpace(text)
		switch {
		case text == "":
		case strings.Contains(text, "\n"):
			fmt.Fprintf(&out, "**%s:**\n\n%s\n\n", name, text)
		default:
			fmt.Fprintf(&out, "**%s:** %s\n\n", name, text)
		}
	}

	heading("#", fill(t.Title, map[string]string{"topic": b.Topic}))
	heading("##", t.Purpose)
	field(t.Goal, b.Goal)
	field(t.Critical, b.Critical)
	field(t.Context, b.Context)

	heading("##", t.Manner)
	for _, rule := range t.Rules {
		fmt.Fprintf(&out, "- %s\n", rule)
	}
	out.WriteByte('\n')

	heading("##", t.Opening)
	fmt.Fprintf(&out, "%s\n\n", strings.TrimSpace(g.Opening))
	heading("##", fill(t.Topics, map[string]string{"minutes": strconv.Itoa(g.Minutes())}))
	for i, topic := range g.Topics {
		heading("###", fmt.Sprintf("%d. %s (%s)", i+1, topic.Title, t.minutes(topic.Minutes)))
		field(t.Aim, topic.Aim)
		field(t.Question, topic.Question)
		field(t.Answers, t.control(topic.Control))
		t.probes(&out, topic)
	}
	heading("##", t.Closing)
	fmt.Fprintf(&out, "%s\n", strings.TrimSpace(g.Closing))
	return out.String()
}

// control says by what a question can be answered; "" for words alone.
func (t renderText) control(c *appliance.Control) string {
	if c == nil {
		return ""
	}
	switch c.Type {
	case appliance.ControlRating:
		labels := ""
		if c.Low != "" || c.High != "" {
			labels = fmt.Sprintf(" (%s – %s)", oneLine(c.Low), oneLine(c.High))
		}
		return fmt.Sprintf("%s, 1–%d%s", t.Rating, c.Scale, labels)
	case appliance.ControlMultiple:
		return t.Multiple + ": " + strings.Join(c.Options, "; ")
	case appliance.ControlRanking:
		return t.Ranking + ": " + strings.Join(c.Options, "; ")
	}
	return t.Single + ": " + strings.Join(c.Options, "; ")
}

func (t renderText) minutes(n int) string {
	if n == 1 {
		return t.MinutesOne
	}
	return fill(t.MinutesMany, map[string]string{"minutes": strconv.Itoa(n)})
}

func (t renderText) probes(out *strings.Builder, topic appliance.Topic) {
	switch {
	case topic.FollowUps == 0 || len(topic.Probes) == 0:
		fmt.Fprintf(out, "%s\n\n", t.ProbesNone)
		return
	case topic.FollowUps == 1:
		fmt.Fprintf(out, "%s:\n", t.ProbesOne)
	default:
		fmt.Fprintf(out, "%s:\n", fill(t.ProbesMany, map[string]string{"follow_ups": strconv.Itoa(topic.FollowUps)}))
	}
	for _, probe := range topic.Probes {
		fmt.Fprintf(out, "- %s\n", oneLine(probe))
	}
	out.WriteByte('\n')
}

// oneLine gives text on one line, with single spaces. The spaces that no line breaks at, as before a French question
// mark, stay what they are.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) && r != '\u00a0' && r != '\u202f'
	}), " ")
}
