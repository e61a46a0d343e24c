package export

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/paper"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
)

// ProjectRequest says what to hand out of a project. Documents are one file with what its sessions say together and then
// each of them; of the other formats there is an archive (zip) with the files of each session, of CSV every table.
type ProjectRequest struct {
	Project  appliance.Project
	Language appliance.Language // of what the document says of the project itself
	Format   Format
	Sessions []Request // those that may be handed out, the first made first, each with what may be seen of it
	Without  []string  // topics of the sessions that are not in it
}

// MakeProject makes an export of a project and notes it in the audit trail, for the project and for each of its sessions.
func (e *Exporter) MakeProject(ctx context.Context, by store.By, r ProjectRequest) (File, error) {
	w, ok := writers[r.Format]
	if !ok && r.Format != JSON {
		return File{}, noFormat(r.Format)
	}
	if err := e.store.Note(ctx, by, "project.export."+string(r.Format), string(r.Project.ID)); err != nil {
		return File{}, err
	}
	name := fileName(appliance.Session{ID: appliance.SessionID(r.Project.ID), Brief: appliance.Brief{Topic: r.Project.Title}})
	if !r.Format.document() {
		content, err := e.zip(ctx, by, r)
		return File{name + ".zip", "application/zip", content}, err
	}
	var list []*handout
	for _, of := range r.Sessions {
		of.Format = r.Format
		material, err := e.store.Handout(ctx, by.Account, of.Session, true)
		if err != nil {
			return File{}, err
		}
		h := newHandout(of, material, e.clock())
		if err := e.note(ctx, by, of, h.named); err != nil {
			return File{}, err
		}
		list = append(list, h)
	}
	content, err := w.write(&handout{whole: e.project(r, list), language: r.Language})
	return File{name + w.extension, w.kind, content}, err
}

// document says whether a format is one of documents.
func (f Format) document() bool { return f == Markdown || f == HTML || f == PDF || f == DOCX }

// zip puts the files of each session into an archive.
func (e *Exporter) zip(ctx context.Context, by store.By, r ProjectRequest) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i, of := range r.Sessions {
		of.Format = r.Format
		tables := []Table{""}
		if r.Format == CSV {
			tables = Tables()
		}
		for _, table := range tables {
			of.Table = table
			if of.Open != nil && !of.mayHold() {
				continue
			}
			f, err := e.Make(ctx, by, of)
			if err != nil {
				return nil, err
			}
			w, err := z.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("%02d-%s", i+1, f.Name), Method: zip.Deflate, Modified: e.clock().UTC()})
			if err != nil {
				return nil, err
			}
			if _, err := w.Write(f.Content); err != nil {
				return nil, err
			}
		}
	}
	err := z.Close() // writes what is in it
	return b.Bytes(), err
}

// project puts together what the document of a project says.
func (e *Exporter) project(r ProjectRequest, list []*handout) *paper.Document {
	at := e.clock()
	say := func(key string, n int, args ...any) string { return synthesis.Say(r.Language, key, n, args...) }
	d := &paper.Document{Language: r.Language, Title: r.Project.Title, Lead: say("export_lead", 0, "date", at.UTC().Format(time.DateOnly)),
		Foot: r.Project.Title, Page: say("export_page", 0), At: at}
	var of []synthesis.SessionResults
	var topics []string
	for _, h := range list {
		topics = append(topics, synthesis.Quoted(r.Language, h.Session.Brief.Topic))
		if h.Results.Report.Version > 0 && h.opens(appliance.TabThemes) {
			of = append(of, synthesis.SessionResults{Session: h.Session, Themes: h.Found.Themes, Guide: h.Guide, Results: h.Results, Claims: h.Claims})
		}
	}
	if r.Project.Description != "" {
		d.Blocks = append(d.Blocks, paper.Block{Text: r.Project.Description})
	}
	if len(topics) > 0 {
		d.Blocks = append(d.Blocks, paper.Block{Text: say("project_sessions", 0, "topics", strings.Join(topics, ", "))})
	}
	if len(r.Without) > 0 {
		quoted := make([]string, len(r.Without))
		for i, topic := range r.Without {
			quoted[i] = synthesis.Quoted(r.Language, topic)
		}
		d.Blocks = append(d.Blocks, paper.Block{Kind: paper.Fine, Text: say("project_without", 0, "topics", strings.Join(quoted, ", "))})
	}
	d.Blocks = append(d.Blocks, across(r.Language, of)...)
	for _, h := range list {
		part := h.document()
		d.Blocks = append(d.Blocks, paper.Block{Kind: paper.Heading, Level: 1, Text: part.Title})
		d.Blocks = append(d.Blocks, part.Blocks...)
	}
	return d
}

// across gives what recurs in sessions and what has changed between them; nothing when there is neither.
func across(language appliance.Language, of []synthesis.SessionResults) (list []paper.Block) {
	say := func(key string, n int, args ...any) string { return synthesis.Say(language, key, n, args...) }
	topics := map[appliance.SessionID]string{}
	for _, s := range of {
		topics[s.Session.ID] = s.Session.Brief.Topic
	}
	p := synthesis.ProjectOf(of)
	if len(p.Recurring)+len(p.Changes) > 0 {
		list = append(list, paper.Block{Kind: paper.Heading, Level: 1, Text: say("project_across", 0)})
	}
	if len(p.Recurring) > 0 {
		list = append(list, paper.Block{Kind: paper.Heading, Level: 2, Text: say("project_recurs", 0)})
	}
	for _, theme := range p.Recurring {
		list = append(list, paper.Block{Kind: paper.Label, Text: theme.Title})
		for _, in := range theme.In {
			list = append(list, paper.Block{Text: say("project_in", in.People, "n", in.People, "total", in.Of, "topic", topics[in.Session])})
		}
	}
	if len(p.Changes) > 0 {
		list = append(list, paper.Block{Kind: paper.Heading, Level: 2, Text: say("project_changed", 0)})
	}
	for _, c := range p.Changes {
		of := c.After
		if of == nil {
			of = c.Before
		}
		list = append(list, paper.Block{Text: changed(say, c.Kind, of.Title)})
	}
	return list
}

// changed tells a change of a theme.
func changed(say func(key string, n int, args ...any) string, kind synthesis.ChangeKind, theme string) string {
	switch kind {
	case synthesis.ChangeAppeared:
		return say("changed_appeared", 0, "theme", theme)
	case synthesis.ChangeGone:
		return say("changed_gone", 0, "theme", theme)
	case synthesis.ChangeMore:
		return say("changed_more", 0, "theme", theme)
	case synthesis.ChangeFewer:
		return say("changed_fewer", 0, "theme", theme)
	case synthesis.ChangeBetter:
		return say("changed_better", 0, "theme", theme)
	}
	return say("changed_worse", 0, "theme", theme)
}
