package export

import (
	"math"
	"strconv"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/paper"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
)

// finding is a decision, an action or an open question.
type finding struct {
	kind       string // what it is called
	title      string // of all of its kind
	text       string
	owner, due string
	said       []synthesis.Place
}

// findings lists the decisions, then the actions, then the open questions.
func (h *handout) findings() (list []finding) {
	kind, title := h.say("kind_decision", 0), h.say("decisions_title", 0)
	for _, d := range h.known.Decisions {
		list = append(list, finding{kind, title, d.Description, "", "", d.Said})
	}
	kind, title = h.say("kind_action", 0), h.say("actions_title", 0)
	for _, a := range h.known.Actions {
		owner := a.Owner
		if owner != "" && len(a.Said) > 0 {
			owner = h.called(a.Said[0].Number, a.Said[0].Title)
		}
		list = append(list, finding{kind, title, a.Description, owner, a.Due, a.Said})
	}
	kind, title = h.say("kind_question", 0), h.say("questions_title", 0)
	for _, t := range h.known.Tensions {
		list = append(list, finding{kind, title, t.Summary, "", "", t.Said[:min(len(t.Said), saidOfQuestion)]})
	}
	for _, gap := range h.known.Gaps {
		list = append(list, finding{kind: kind, title: title, text: gap})
	}
	return list
}

// knowledgeTable has each place where somebody said it in a row of its own.
func (h *handout) knowledgeTable() paper.Table {
	t := paper.Table{Title: h.say("export_knowledge", 0), Columns: []string{h.say("col_kind", 0), h.say("col_what", 0), h.say("col_owner", 0),
		h.say("col_due", 0), h.say("col_words_said", 0), h.say("col_participant", 0), h.say("col_turn", 0)}}
	for _, f := range h.findings() {
		row := []paper.Cell{f.kind, f.text, f.owner, f.due}
		if len(f.said) == 0 {
			t.Rows = append(t.Rows, append(row, nil, nil, nil))
		}
		for _, p := range f.said {
			t.Rows = append(t.Rows, append(row[:4:4], p.Span.Text, h.called(p.Number, p.Title), p.Seq+1))
		}
	}
	return t
}

// knowledge gives the same as sections of a document.
func (h *handout) knowledge() (list []paper.Block) {
	last := ""
	for _, f := range h.findings() {
		if f.title != last {
			list = append(list, paper.Block{Kind: paper.Heading, Level: 2, Text: f.title})
			last = f.title
		}
		list = append(list, paper.Block{Text: f.text})
		var who []string
		if f.owner != "" {
			who = append(who, h.say("action_owner", 0, "who", f.owner))
		}
		if f.due != "" {
			who = append(who, h.say("action_due", 0, "due", f.due))
		}
		if len(who) > 0 {
			list = append(list, paper.Block{Text: strings.Join(who, " ")})
		}
		for _, p := range f.said {
			list = append(list, h.words(p.CitedQuote, h.called(p.Number, p.Title)))
		}
	}
	if last != "" {
		list = append(list, paper.Block{Kind: paper.Fine, Text: h.say("knowledge_why", 0)})
	}
	return list
}

// saidOfQuestion is how many quotations stand with an open question; the report has them all.
const saidOfQuestion = 4

// words shows somebody's own words; where the conversations are in the document it leads to their place.
func (h *handout) words(q store.CitedQuote, by string) paper.Block {
	b := paper.Block{Kind: paper.Words, Own: true, By: by, Text: synthesis.Quoted(h.language, strings.Join(strings.Fields(q.Span.Text), " "))}
	if h.request.Conversations {
		b.To = string(q.Span.TurnID)
	}
	return b
}

func (h *handout) themesTable() paper.Table {
	t := paper.Table{Title: h.say("themes_title", 0), Columns: []string{h.say("col_theme", 0), h.say("col_description", 0), h.say("export_people", 0),
		h.say("export_conversations", 0), h.say("export_points", 0), h.say("stance_for", 0), h.say("stance_against", 0),
		h.say("stance_mixed", 0), h.say("stance_neutral", 0), h.say("col_maker", 0)}}
	row := func(title, description, maker string, c store.ThemeCount) {
		t.Rows = append(t.Rows, []paper.Cell{title, description, c.People, c.Conversations, c.Count, c.Stances[appliance.StanceFor],
			c.Stances[appliance.StanceAgainst], c.Stances[appliance.StanceMixed], c.Stances[appliance.StanceNeutral], maker})
	}
	for _, c := range h.Found.Themes.Themes {
		row(c.Title, c.Description, h.madeBy([]appliance.Maker{c.Maker}), c)
	}
	if other := h.Found.Themes.Other; other.Count > 0 && len(h.Found.Themes.Themes) > 0 {
		row(h.say("theme_none", 0), "", "", other)
	}
	return t
}

// themes gives the figures of the themes as a section of a document; what is said of each stands in the report.
func (h *handout) themes() []paper.Block {
	table := h.themesTable()
	if len(table.Rows) == 0 {
		return nil
	}
	list := []paper.Block{{Kind: paper.Heading, Level: 2, Text: table.Title}}
	for _, c := range h.Found.Themes.Themes {
		if c.Description != "" {
			list = append(list, paper.Block{Label: c.Title + ":", Text: c.Description})
		}
	}
	narrow := paper.Table{Columns: append([]string{table.Columns[0]}, table.Columns[2:9]...)}
	for _, row := range table.Rows {
		narrow.Rows = append(narrow.Rows, append([]paper.Cell{row[0]}, row[2:9]...))
	}
	return append(list, paper.Block{Kind: paper.Grid, Table: &narrow})
}

func (h *handout) formTable() paper.Table {
	t := paper.Table{Title: h.say("export_form", 0), Columns: []string{h.say("col_question", 0), h.say("tally_option", 0),
		h.say("tally_count", 0), h.say("col_answered", 0)}}
	for _, c := range h.Found.Form {
		for _, o := range c.Options {
			t.Rows = append(t.Rows, []paper.Cell{c.Text, h.option(c, o), o.People, c.People})
		}
	}
	return t
}

// option is what an option of the form is called.
func (h *handout) option(c store.Choice, o store.ChoiceOption) string {
	if c.Type == appliance.FieldConsent {
		return h.ticked(o.Text)
	}
	return o.Text
}

// ticked tells a tick.
func (h *handout) ticked(value string) string {
	switch value {
	case "true":
		return h.say("yes", 0)
	case "false":
		return h.say("no", 0)
	}
	return value
}

// form gives what was answered to the form as a section of a document.
func (h *handout) form() (list []paper.Block) {
	for _, c := range h.Found.Form {
		if c.People == 0 {
			continue
		}
		if len(list) == 0 {
			list = append(list, paper.Block{Kind: paper.Heading, Level: 2, Text: h.say("export_form", 0)})
		}
		said := h.say("form_answered", c.People, "n", c.People)
		if mean, median, ok := appliance.Middle(c.Numbers); ok {
			said += " " + h.middle(mean, median)
		}
		table := paper.Table{Columns: []string{h.say("tally_option", 0), h.say("tally_count", 0)}}
		for _, o := range c.Options {
			table.Rows = append(table.Rows, []paper.Cell{h.option(c, o), o.People})
		}
		list = append(list, paper.Block{Kind: paper.Label, Text: c.Text}, paper.Block{Text: said}, paper.Block{Kind: paper.Grid, Table: &table})
	}
	return list
}

func (h *handout) middle(mean, median float64) string {
	shown := func(n float64) string { return strconv.FormatFloat(math.Round(n*10)/10, 'f', -1, 64) }
	return h.say("tally_middle", 0, "mean", shown(mean), "median", shown(median))
}
