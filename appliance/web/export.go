package web

import (
	"context"
	"errors"
	"mime"
	"slices"

	"harmonium/appliance"
	"harmonium/appliance/export"
	"harmonium/appliance/paper"
)

type exportInput struct {
	SessionPath
	Format        export.Format `query:"format" required:"true" enum:"md,html,pdf,docx,xlsx,csv,polis,json" doc:"polis: statements as Polis exports them (comments.csv); json: the whole session, to be imported on another box"`
	Table         export.Table  `query:"table" enum:"report,decisions,themes,points,insights,choices,form,people,answers" default:"answers" doc:"Of csv, which holds one; xlsx holds all"`
	Names         bool          `query:"names" doc:"Names that participants gave, for editors; in an anonymous session there are none. The audit trail notes it"`
	Conversations bool          `query:"conversations" doc:"md, html, pdf and docx hold the conversations too"`
}

// exportSession gives the results of a session as a file.
func (a *API) exportSession(ctx context.Context, in *exportInput) (*FileOutput, error) {
	request, err := a.exportRequest(ctx, in)
	if err != nil {
		return nil, err
	}
	file, err := a.Exports.Make(ctx, callerOf(ctx).By(), request)
	if err != nil {
		return nil, err
	}
	return exported(file), nil
}

func exported(file export.File) *FileOutput {
	return &FileOutput{file.Type, mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}), file.Content}
}

// exportRequest is what is asked for, with what the caller may see of the results; CodeForbidden when that is too little.
func (a *API) exportRequest(ctx context.Context, in *exportInput) (export.Request, error) {
	request := export.Request{Session: in.ID, Format: in.Format, Table: in.Table, Names: in.Names, Conversations: in.Conversations}
	tabs, err := a.openTabs(ctx, in.ID)
	if err != nil {
		return request, err
	}
	request.Open = tabs
	for _, tab := range request.Holds() {
		if !slices.Contains(tabs, tab) {
			return request, appliance.Errorf(appliance.CodeForbidden, "This file holds what stands in the part “%s” of the results, which you do "+
				"not see. Nothing was exported. Whoever leads the session can open that part to you, or export the file.", tab)
		}
	}
	if !in.Names {
		return request, nil
	}
	names, err := a.showsNames(ctx, in.ID)
	if err == nil && !names {
		err = appliance.Errorf(appliance.CodeForbidden, "You may not see the names that participants gave, or there are none "+
			"because the session is anonymous. Nothing was exported. Export it with numbers in their place.")
	}
	return request, err
}

// ExportPreview is what a file would hold.
type ExportPreview struct {
	Conversations int            `json:"conversations" doc:"In which somebody has said something"`
	Turns         int            `json:"turns" doc:"That the file holds, of everybody; 0 where it does not hold the conversations"`
	Quotations    int            `json:"quotations" doc:"Of points that may be shown, found in their source"`
	Withheld      []ExportKept   `json:"withheld" doc:"What is not in it as it was said, and why; only what there is any of"`
	Closed        []ExportClosed `json:"closed" doc:"Parts of the results that are not in it, because the caller does not see them"`
	Names         bool           `json:"names" doc:"It holds the names that participants gave"`
	Tables        []ExportTable  `json:"tables" doc:"Of a workbook or a table"`
	Blocks        []ExportBlock  `json:"blocks" doc:"The beginning of a document"`
	Columns       []string       `json:"columns" doc:"Of the beginning of a table"`
	Rows          [][]string     `json:"rows"`
	Refused       string         `json:"refused" doc:"Why the file cannot be made; empty where it can"`
}

// ExportKept counts what is not in a file as it was said.
type ExportKept struct {
	Reason string `json:"reason" enum:"left_out,only_counted,paraphrased,discarded" doc:"left_out: conversations that somebody has left out of the results; only_counted and paraphrased: conversations, as their participants wished; discarded: quotations that were found nowhere"`
	Count  int    `json:"count"`
}

// ExportClosed is a part of the results.
type ExportClosed struct {
	Tab appliance.Tab `json:"tab" enum:"themes,insights"`
}

// ExportTable says how many rows a table has.
type ExportTable struct {
	Title string `json:"title"`
	Rows  int    `json:"rows"`
}

// ExportBlock is a paragraph of a document, or a table in it.
type ExportBlock struct {
	Kind    string     `json:"kind" enum:"text,heading,label,words,notice,fine,table"`
	Level   int        `json:"level" doc:"Of a heading"`
	Label   string     `json:"label" doc:"Stands before the text"`
	Text    string     `json:"text"`
	By      string     `json:"by" doc:"Of words: whose"`
	Columns []string   `json:"columns,omitempty"`
	Rows    [][]string `json:"rows,omitempty"`
}

// previewExport tells what a file would hold, without making it.
func (a *API) previewExport(ctx context.Context, in *exportInput) (*Output[ExportPreview], error) {
	request, err := a.exportRequest(ctx, in)
	if err != nil {
		return nil, err
	}
	p, err := a.Exports.Preview(ctx, callerOf(ctx).By(), request)
	if err != nil {
		return nil, err
	}
	out := ExportPreview{Conversations: p.Conversations, Turns: p.Turns, Quotations: p.Quotations, Withheld: []ExportKept{},
		Closed: []ExportClosed{}, Names: p.Named, Tables: []ExportTable{}, Blocks: make([]ExportBlock, len(p.Blocks)), Columns: []string{}, Rows: [][]string{}}
	for _, k := range []ExportKept{{"left_out", p.Withheld.LeftOut}, {"only_counted", p.Withheld.OnlyCounted},
		{"paraphrased", p.Withheld.Paraphrased}, {"discarded", p.Discarded}} {
		if k.Count > 0 {
			out.Withheld = append(out.Withheld, k)
		}
	}
	for _, tab := range p.Closed {
		out.Closed = append(out.Closed, ExportClosed{tab})
	}
	for _, t := range p.Tables {
		out.Tables = append(out.Tables, ExportTable{t.Title, t.Rows})
	}
	for i, b := range p.Blocks {
		out.Blocks[i] = ExportBlock{Kind: blockKinds[b.Kind], Level: b.Level, Label: b.Label, Text: b.Text, By: b.By}
		if b.Table != nil {
			out.Blocks[i].Columns, out.Blocks[i].Rows = b.Table.Columns, b.Table.Texts()
		}
	}
	if p.Table != nil {
		out.Columns, out.Rows = p.Table.Columns, p.Table.Texts()
	}
	var refused *appliance.Error
	if errors.As(p.Refused, &refused) {
		out.Refused = refused.Message
	}
	return &Output[ExportPreview]{out}, nil
}

var blockKinds = map[paper.Kind]string{paper.Text: "text", paper.Heading: "heading", paper.Label: "label", paper.Words: "words",
	paper.Notice: "notice", paper.Fine: "fine", paper.Grid: "table"}

type exportProjectInput struct {
	ProjectPath
	Format        export.Format `query:"format" required:"true" enum:"md,html,pdf,docx,xlsx,csv,polis,json" doc:"md, html, pdf and docx are one document; of the others there is an archive (zip) with the files of each session, of csv with every table"`
	Names         bool          `query:"names" doc:"Names that participants gave, of the sessions that the caller may edit and that are not anonymous. The audit trail notes it"`
	Conversations bool          `query:"conversations" doc:"md, html, pdf and docx hold the conversations too, of the sessions whose conversations the caller sees"`
}

// exportProject gives the results of the sessions of a project that the caller may export, as one file.
func (a *API) exportProject(ctx context.Context, in *exportProjectInput) (*FileOutput, error) {
	me := callerOf(ctx)
	p, ids, err := a.Store.Project(ctx, me.Account.ID, in.ID)
	if err != nil {
		return nil, err
	}
	sessions, err := a.sessionsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	request := export.ProjectRequest{Project: p.Project, Language: appliance.English, Format: in.Format}
	for _, s := range sessions {
		one, err := a.partOfProject(ctx, s, in)
		if err != nil {
			return nil, err
		}
		if one == nil || len(request.Sessions) == maxProjectSessions {
			request.Without = append(request.Without, s.Brief.Topic)
			continue
		}
		if len(request.Sessions) == 0 {
			request.Language = s.Language // of the newest
		}
		request.Sessions = append(request.Sessions, *one)
	}
	if len(request.Sessions) == 0 {
		return nil, appliance.Errorf(appliance.CodeUnprocessable, "No session of this project has results that you may export in this form. "+
			"Nothing was made. Whoever leads a session can open its results to you.")
	}
	slices.Reverse(request.Sessions)
	file, err := a.Exports.MakeProject(ctx, me.By(), request)
	if err != nil {
		return nil, err
	}
	return exported(file), nil
}

// partOfProject is what a session brings to an export of its project; nil when the caller may not export it, or there is no
// report yet.
func (a *API) partOfProject(ctx context.Context, s appliance.Session, in *exportProjectInput) (*export.Request, error) {
	tabs, err := a.openTabs(ctx, s.ID)
	if err != nil || !slices.Contains(tabs, appliance.TabExport) {
		return nil, err
	}
	if _, err := a.Store.Results(ctx, s.ID); appliance.CodeOf(err) == appliance.CodeNotFound {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	names := false
	if in.Names {
		if names, err = a.showsNames(ctx, s.ID); err != nil {
			return nil, err
		}
	}
	one := export.Request{Session: s.ID, Format: in.Format, Table: export.Report, Names: names, Open: tabs,
		Conversations: in.Conversations && slices.Contains(tabs, appliance.TabResponses) && slices.Contains(tabs, appliance.TabThemes)}
	for _, tab := range one.Holds() {
		if !slices.Contains(tabs, tab) {
			return nil, nil
		}
	}
	return &one, nil
}
