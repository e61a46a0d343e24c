// Package export hands out what a session has brought: the report as a document, its material as tables, its points as
// statements for an opinion survey.
//
// What may be handed out is decided in the store (store.Handout): conversations that are left out of the results are in
// no export, and words that their participants do not want quoted are not shown as theirs. Participants are called by
// numbers, unless names are asked for; whether somebody may ask for them is the caller's business. Every export is noted
// in the audit trail before anybody gets it. The same material gives the same bytes, except for the time at which it was
// made.
package export

import (
	"context"
	"encoding/json"
	"strings"
	"unicode"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// Format is a kind of file.
type Format string

// The formats.
const (
	Markdown Format = "md"
	HTML     Format = "html"
	PDF      Format = "pdf"
	DOCX     Format = "docx"
	XLSX     Format = "xlsx"
	CSV      Format = "csv"
	Polis    Format = "polis" // comments.csv, as Polis exports its statements
	JSON     Format = "json"  // appliance.Archive: the whole session, to be brought to another box
)

// Table is one of the tables of a session; a CSV file has one, a workbook all.
type Table string

// The tables.
const (
	Report  Table = "report"  // the sentences of the report
	Points  Table = "points"  // claims with the words they rest on
	Choices Table = "choices" // what was answered by controls, counted
	People  Table = "people"  // who took part, with their answers to the form
	Answers Table = "answers" // everything that was said
)

// Request says what to hand out.
type Request struct {
	Session       appliance.SessionID
	Format        Format
	Table         Table // of CSV; "" is Answers
	Names         bool  // names that participants gave; in an anonymous session there are none
	Conversations bool  // documents hold the conversations too, and every quotation leads to its place there
}

// Holds says of which parts of the results a file holds something.
func (r Request) Holds() []appliance.Tab {
	table := r.Table
	if table == "" {
		table = Answers
	}
	switch {
	case r.Conversations, r.Format == JSON, r.Format == XLSX, r.Format == Polis, r.Format == CSV && table != Report && table != Points:
		return []appliance.Tab{appliance.TabSummary, appliance.TabThemes, appliance.TabResponses}
	}
	if r.Format == CSV && table == Points {
		return []appliance.Tab{appliance.TabSummary, appliance.TabThemes} // every claim, cited by the report or not
	}
	return []appliance.Tab{appliance.TabSummary}
}

// File is what was made.
type File struct {
	Name    string
	Type    string // of its content
	Content []byte
}

// Exporter makes exports.
type Exporter struct {
	store *store.Store
	clock appliance.Clock
}

// New gives an Exporter over what is stored.
func New(s *store.Store, clock appliance.Clock) *Exporter { return &Exporter{s, clock} }

// writers makes each format but JSON, which is no document: see Exporter.archive.
var writers = map[Format]struct {
	write     func(*handout) ([]byte, error)
	kind      string
	extension string
}{
	Markdown: {(*handout).markdown, "text/markdown; charset=utf-8", ".md"},
	HTML:     {(*handout).html, "text/html; charset=utf-8", ".html"},
	PDF:      {(*handout).pdf, "application/pdf", ".pdf"},
	DOCX:     {(*handout).docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx"},
	XLSX:     {(*handout).xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"},
	CSV:      {(*handout).csv, "text/csv; charset=utf-8", ".csv"},
	Polis:    {(*handout).polis, "text/csv; charset=utf-8", "-comments.csv"},
}

// Make makes an export and notes it in the audit trail: who, when, of which session, in which format, and whether with
// names. Where it cannot be noted there is none.
func (e *Exporter) Make(ctx context.Context, by store.By, r Request) (File, error) {
	if r.Format == JSON {
		return e.archive(ctx, by, r)
	}
	w, ok := writers[r.Format]
	if !ok {
		return File{}, appliance.Invalid("format", "%.20q is no format of exports. Choose md, html, pdf, docx, xlsx, csv, polis or json.", string(r.Format))
	}
	if r.Table == "" {
		r.Table = Answers
	}
	material, err := e.store.Handout(ctx, r.Session)
	if err != nil {
		return File{}, err
	}
	h := newHandout(r, material, e.clock())
	content, err := w.write(h)
	if err != nil {
		return File{}, err
	}
	if err := e.note(ctx, by, r, h.named && r.Format != Polis); err != nil {
		return File{}, err
	}
	name := fileName(material.Session)
	if r.Format == CSV {
		name += "-" + string(r.Table)
	}
	return File{name + w.extension, w.kind, content}, nil
}

// archive makes the whole session as JSON.
func (e *Exporter) archive(ctx context.Context, by store.By, r Request) (File, error) {
	a, err := e.store.Archive(ctx, r.Session, r.Names)
	if err != nil {
		return File{}, err
	}
	if a.Session.Anonymous {
		a.Coarsen()
	}
	content, err := json.MarshalIndent(a, "", " ")
	if err != nil {
		return File{}, err
	}
	if err := e.note(ctx, by, r, a.Names); err != nil {
		return File{}, err
	}
	return File{fileName(appliance.Session{ID: r.Session, Brief: a.Session.Brief}) + ".json", "application/json", content}, nil
}

// note notes an export in the audit trail.
func (e *Exporter) note(ctx context.Context, by store.By, r Request, named bool) error {
	action := "session.export." + string(r.Format)
	if named {
		action += ".names"
	}
	return e.store.Note(ctx, by, action, string(r.Session))
}

// maxName is how many characters of the topic are in the name of a file.
const maxName = 60

// fileName gives the topic of a session as the name of a file: its letters and digits, with hyphens between.
func fileName(s appliance.Session) string {
	words := strings.FieldsFunc(strings.ToLower(s.Brief.Topic), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
	name := ""
	for _, w := range words {
		if longer := strings.TrimPrefix(name+"-"+w, "-"); len([]rune(longer)) <= maxName {
			name = longer
			continue
		}
		break
	}
	if name == "" {
		name = string(s.ID)
	}
	return name
}
