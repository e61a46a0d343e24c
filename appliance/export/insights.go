package export

import (
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/paper"
	"harmonium/appliance/store"
)

// asks is what stands at the head of the column of a question.
func asks(o store.InsightOverview) string {
	if o.Ask.Name != "" {
		return o.Ask.Name
	}
	return o.Ask.Question
}

// insightsTable has a row for each conversation, and for each question a column with the answer and one with the words that
// bear it out. What may only be counted is an empty cell.
func (h *handout) insightsTable() paper.Table {
	t := paper.Table{Title: h.say("export_insights", 0), Columns: []string{h.say("col_participant", 0)}}
	for _, asked := range h.Found.Asked {
		t.Columns = append(t.Columns, asks(asked), asks(asked)+" / "+h.say("col_words_said", 0))
	}
	if len(h.Found.Asked) == 0 {
		return t
	}
	for _, r := range h.Found.Answers {
		row := []paper.Cell{h.called(r.Number, r.Title)}
		for _, asked := range h.Found.Asked {
			a := r.Answers[asked.ID]
			words := make([]string, len(a.Places))
			for i, p := range a.Places {
				words[i] = p.Span.Text
			}
			row = append(row, h.answer(asked.Ask.Kind, a), strings.Join(words, "\n"))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// answer is what a conversation answers, as a cell.
func (h *handout) answer(kind appliance.InsightKind, a store.ShownInsight) paper.Cell {
	if a.Number != nil {
		return *a.Number
	}
	values := make([]string, len(a.Value))
	for i, v := range a.Value {
		values[i] = h.value(kind, v)
	}
	return strings.Join(values, "; ")
}

// value tells one value of an answer.
func (h *handout) value(kind appliance.InsightKind, v string) string {
	if kind == appliance.InsightYesNo {
		return h.say(v, 0) // yes, no
	}
	return v
}

// insights gives them as a section of a document: counts of what can be counted, and what was answered in words.
func (h *handout) insights() (list []paper.Block) {
	for _, asked := range h.Found.Asked {
		tally := asked.Tally
		if tally.Run == 0 {
			continue
		}
		if len(list) == 0 {
			list = append(list, paper.Block{Kind: paper.Heading, Level: 2, Text: h.say("export_insights", 0)})
		}
		said := h.say("insight_said", tally.Said, "n", tally.Said, "total", tally.Of)
		if mean, median, ok := appliance.Middle(tally.Numbers); ok {
			said += " " + h.middle(mean, median)
		}
		list = append(list, paper.Block{Kind: paper.Label, Text: asked.Ask.Question}, paper.Block{Text: said})
		if table := h.insightGrid(asked); len(table.Rows) > 0 {
			list = append(list, paper.Block{Kind: paper.Grid, Table: &table})
		}
	}
	return list
}

// insightGrid counts the answers to a question; those in words and numbers it gives one by one.
func (h *handout) insightGrid(asked store.InsightOverview) paper.Table {
	kind := asked.Ask.Kind
	if kind != appliance.InsightText && kind != appliance.InsightNumber {
		t := paper.Table{Columns: []string{h.say("tally_option", 0), h.say("export_conversations", 0)}}
		for _, o := range asked.Tally.Options {
			t.Rows = append(t.Rows, []paper.Cell{h.value(kind, o.Value), o.Count})
		}
		return t
	}
	t := paper.Table{Columns: []string{h.say("col_participant", 0), h.say("tally_option", 0)}}
	for _, r := range h.Found.Answers {
		if a, ok := r.Answers[asked.ID]; ok && !a.Hidden && a.State == appliance.InsightSaid {
			t.Rows = append(t.Rows, []paper.Cell{h.called(r.Number, r.Title), h.answer(kind, a)})
		}
	}
	return t
}

// pinned gives the answers of the Companion that stand among the insights, each sentence with the words that it rests on.
func (h *handout) pinned() (list []paper.Block) {
	for _, a := range h.Found.Pinned {
		if len(list) == 0 {
			list = append(list, paper.Block{Kind: paper.Heading, Level: 2, Text: h.say("pinned_title", 0)})
		}
		list = append(list, paper.Block{Kind: paper.Label, Text: a.Question})
		for _, p := range a.Parts {
			if p.Kind == appliance.PartSentence {
				list = append(list, paper.Block{Text: p.Text})
			}
			for _, c := range p.Citations {
				list = append(list, h.words(store.CitedQuote{Quote: appliance.Quote{Span: c.Span}, Seq: c.Seq, Content: c.Content},
					h.called(c.Number, c.Title)))
			}
		}
		if names := h.madeBy([]appliance.Maker{a.Maker}); names != "" {
			list = append(list, paper.Block{Kind: paper.Fine, Text: h.say("export_made", 0, "what", h.say("pinned_title", 0), "makers", names)})
		}
	}
	return list
}
