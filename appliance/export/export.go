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
	"slices"
	"strings"
	"unicode"

	"harmonium/appliance"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
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
	Report    Table = "report"    // the sentences of the report
	Knowledge Table = "decisions" // decisions, actions and open questions
	Themes    Table = "themes"    // themes with who speaks in them, and for or against
	Points    Table = "points"    // claims with the words they rest on
	Insights  Table = "insights"  // what every conversation was asked, a column each
	Choices   Table = "choices"   // what was answered by controls, counted
	Form      Table = "form"      // what was answered to the form, counted
	People    Table = "people"    // who took part, with their answers to the form
	Answers   Table = "answers"   // everything that was said
)

// rests says which part of the results each table is of, beside the summary.
var rests = map[Table][]appliance.Tab{
	Knowledge: {appliance.TabInsights},
	Themes:    {appliance.TabThemes},
	Points:    {appliance.TabThemes}, // every claim, cited by the report or not
	Insights:  {appliance.TabInsights},
	People:    {appliance.TabThemes, appliance.TabResponses},
	Answers:   {appliance.TabThemes, appliance.TabResponses},
}

// Request says what to hand out.
type Request struct {
	Session       appliance.SessionID
	Format        Format
	Table         Table // of CSV; "" is Answers
	Names         bool  // names that participants gave; in an anonymous session there are none
	Conversations bool  // documents hold the conversations too, and every quotation leads to its place there
	// Open are the parts of the results that who asks may see; nil for all. What is of others and not in Holds is left out,
	// which the file says.
	Open []appliance.Tab
}

// Holds says which parts of the results somebody must see to have a file: without them little would be in it.
func (r Request) Holds() []appliance.Tab {
	table := r.Table
	if table == "" {
		table = Answers
	}
	list := []appliance.Tab{appliance.TabSummary}
	switch {
	case r.Format == CSV:
		list = append(list, rests[table]...)
	case r.Conversations, r.Format == JSON, r.Format == XLSX, r.Format == Polis:
		list = append(list, appliance.TabThemes, appliance.TabResponses)
	}
	return list
}

// mayHold says whether who asks may see all parts in Holds.
func (r Request) mayHold() bool {
	return !slices.ContainsFunc(r.Holds(), func(t appliance.Tab) bool { return !slices.Contains(r.Open, t) })
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
		return File{}, noFormat(r.Format)
	}
	if r.Table == "" {
		r.Table = Answers
	}
	material, err := e.store.Handout(ctx, by.Account, r.Session, false)
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

func noFormat(f Format) error {
	return appliance.Invalid("format", "%.20q is no format of exports. Choose md, html, pdf, docx, xlsx, csv, polis or json.", string(f))
}

// archive makes the whole session as JSON.
func (e *Exporter) archive(ctx context.Context, by store.By, r Request) (File, error) {
	a, err := e.store.Archive(ctx, by.Account, r.Session, r.Names, r.Open == nil || slices.Contains(r.Open, appliance.TabInsights))
	if err != nil {
		return File{}, err
	}
	if a.Session.Anonymous {
		a.Coarsen()
	}
	if a.Report != nil {
		a.Report.Body.Missing = slices.Concat(archivedGaps(a), a.Report.Body.Missing)
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

// archivedGaps names the gaps of the meetings in an archive, for the head of its report.
func archivedGaps(a appliance.Archive) []string {
	list := []string{}
	for _, c := range a.Conversations {
		if len(c.Gaps) == 0 {
			continue
		}
		var gaps []appliance.Segment
		for _, g := range c.Gaps {
			gaps = append(gaps, appliance.Segment{StartMS: g.StartMS, EndMS: g.EndMS, State: g.State})
		}
		list = append(list, synthesis.GapsOf(a.Session.Language, c.Title, gaps))
	}
	for _, m := range a.Unheard {
		list = append(list, synthesis.MissingOf(a.Session.Language, store.MeetingGaps{Title: m.Title, Unheard: m.Status, Problem: m.Problem, SoundMS: m.DurationMS}))
	}
	return list
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
