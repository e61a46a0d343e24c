package export

import (
	"fmt"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/paper"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
)

// document puts together what a document says: the brief, what was answered to the form and by choice, the report, themes,
// decisions, insights, the conversations where they are asked for, and what is not in it.
func (h *handout) document() paper.Document {
	if h.whole != nil {
		return *h.whole
	}
	date := h.at.UTC().Format(time.DateOnly)
	d := paper.Document{Language: h.language, Title: h.Session.Brief.Topic, Lead: h.say("export_lead", 0, "date", date),
		Foot: h.Session.Brief.Topic, Page: h.say("export_page", 0), At: h.at}
	if h.Results.Stale {
		d.Blocks = append(d.Blocks, paper.Block{Kind: paper.Notice, Text: h.say("export_stale", 0)})
	}
	d.Blocks = append(d.Blocks, synthesis.Brief(h.Session)...)
	if told := h.toldBeside(); told != "" {
		d.Blocks = append(d.Blocks, paper.Block{Text: told})
	}
	d.Blocks = append(d.Blocks, h.form()...)
	d.Blocks = append(d.Blocks, synthesis.Tallies(h.language, h.Handout.Tallies)...)
	if h.Results.Report.Version == 0 {
		for _, line := range synthesis.Missing(h.Results) {
			d.Blocks = append(d.Blocks, paper.Block{Kind: paper.Notice, Text: line})
		}
		d.Blocks = append(d.Blocks, paper.Block{Kind: paper.Notice, Text: h.say("no_summary", 0)})
	} else {
		how := synthesis.Telling{Who: func(c store.CitedClaim) string { return h.called(c.Number, c.Title) }}
		if h.request.Conversations {
			how.Place = func(q store.CitedQuote) string { return string(q.Span.TurnID) }
		}
		d.Blocks = append(d.Blocks, synthesis.Told(h.Results, how)...)
	}
	if h.opens(appliance.TabThemes) {
		d.Blocks = append(d.Blocks, h.themes()...)
	}
	if h.opens(appliance.TabInsights) {
		d.Blocks = append(d.Blocks, h.knowledge()...)
		d.Blocks = append(d.Blocks, h.insights()...)
		d.Blocks = append(d.Blocks, h.pinned()...)
	}
	if h.request.Conversations {
		d.Blocks = append(d.Blocks, h.conversations()...)
	}
	d.Blocks = append(d.Blocks, paper.Block{Kind: paper.Heading, Level: 2, Text: h.say("export_about", 0)})
	for _, line := range h.about() {
		d.Blocks = append(d.Blocks, paper.Block{Kind: paper.Fine, Text: line})
	}
	return d
}

// conversations gives everything that was said; each turn can be found by its id.
func (h *handout) conversations() []paper.Block {
	list := []paper.Block{{Kind: paper.Heading, Level: 1, Text: h.say("export_conversations", 0)}}
	for _, c := range h.Conversations {
		if len(c.Said) == 0 {
			continue
		}
		list = append(list, paper.Block{Kind: paper.Heading, Level: 2, Text: h.of(c)})
		for _, t := range c.Said {
			list = append(list, paper.Block{ID: string(t.ID), Label: fmt.Sprintf("%d · %s:", t.Seq+1, h.speaker(c, t)), Text: t.Content})
		}
	}
	return list
}

func (h *handout) markdown() ([]byte, error) {
	d := h.document()
	head := []paper.Block{{Kind: paper.Heading, Level: 1, Text: d.Title}, {Text: d.Lead}}
	return []byte(paper.Markdown(append(head, d.Blocks...))), nil
}

func (h *handout) html() ([]byte, error) { return paper.HTML(h.document()), nil }

func (h *handout) docx() ([]byte, error) { return paper.DOCX(h.document()) }

func (h *handout) pdf() ([]byte, error) { return paper.PDF(h.document(), h.say("export_signs", 0)) }
