package export

import (
	"context"
	"slices"

	"harmonium/appliance"
	"harmonium/appliance/paper"
	"harmonium/appliance/store"
)

// Preview is what a file would hold.
type Preview struct {
	Conversations int // in which somebody has said something
	Turns         int // that the file holds, of everybody; 0 where it does not hold the conversations
	Quotations    int // of the points that may be shown, found in their source
	Discarded     int // that were found nowhere, and are not shown
	Withheld      store.Withheld
	Closed        []appliance.Tab // parts that are not in it, because who asks does not see them
	Named         bool            // with the names that participants gave
	Tables        []TableRows     // of a workbook or a CSV file
	Blocks        []paper.Block   // the beginning of a document
	Table         *paper.Table    // the beginning of a table
	Refused       error           // why the file cannot be made
}

// TableRows says how many rows a table has.
type TableRows struct {
	Table Table
	Title string
	Rows  int
}

// The bounds of a preview.
const (
	previewBlocks = 24
	previewRows   = 6
)

// Preview says what a file would hold, without making it: nothing of it leaves the box, and nothing is noted.
func (e *Exporter) Preview(ctx context.Context, by store.By, r Request) (Preview, error) {
	if r.Table == "" {
		r.Table = Answers
	}
	material, err := e.store.Handout(ctx, by.Account, r.Session, false)
	if err != nil {
		return Preview{}, err
	}
	h := newHandout(r, material, e.clock())
	p := Preview{Conversations: h.spoke(), Discarded: h.Withheld.Discarded, Withheld: h.Withheld, Named: h.named && r.Format != Polis}
	for _, c := range h.Claims {
		p.Quotations += len(c.Cited)
	}
	for _, tab := range []appliance.Tab{appliance.TabThemes, appliance.TabInsights} {
		if !h.opens(tab) {
			p.Closed = append(p.Closed, tab)
		}
	}
	if slices.ContainsFunc(r.Holds(), func(t appliance.Tab) bool { return t == appliance.TabResponses }) {
		for _, c := range h.Conversations {
			p.Turns += len(c.Said)
		}
	}
	return p, p.show(h)
}

// show gives the beginning of the file.
func (p *Preview) show(h *handout) error {
	switch h.request.Format {
	case Markdown, HTML, PDF, DOCX:
		d := h.document()
		if h.request.Format == PDF {
			p.Refused = paper.Printable(d)
		}
		p.Blocks = d.Blocks[:min(len(d.Blocks), previewBlocks)]
		for i, b := range p.Blocks {
			if b.Table != nil {
				cut := beginning(*b.Table)
				p.Blocks[i].Table = &cut
			}
		}
	case XLSX:
		for _, name := range h.tables() {
			t := makers[name](h)
			p.Tables = append(p.Tables, TableRows{name, t.Title, len(t.Rows)})
		}
	case CSV:
		makes, ok := makers[h.request.Table]
		if !ok {
			return noTable(h.request.Table)
		}
		t := makes(h)
		p.Tables = []TableRows{{h.request.Table, t.Title, len(t.Rows)}}
		cut := beginning(t)
		p.Table = &cut
	case Polis:
		t := h.statements()
		p.Tables = []TableRows{{Title: h.say("export_points", 0), Rows: len(t.Rows)}}
		cut := beginning(t)
		p.Table = &cut
	}
	return nil
}

func beginning(t paper.Table) paper.Table {
	t.Rows = t.Rows[:min(len(t.Rows), previewRows)]
	return t
}
