package web

import (
	"context"
	"mime"
	"slices"

	"harmonium/appliance"
	"harmonium/appliance/export"
)

type exportInput struct {
	SessionPath
	Format        export.Format `query:"format" required:"true" enum:"md,html,pdf,docx,xlsx,csv,polis,json" doc:"polis: statements as Polis exports them (comments.csv); json: the whole session, to be imported on another box"`
	Table         export.Table  `query:"table" enum:"report,points,choices,people,answers" default:"answers" doc:"Of csv, which holds one; xlsx holds all"`
	Names         bool          `query:"names" doc:"Names that participants gave, for editors; in an anonymous session there are none. The audit trail notes it"`
	Conversations bool          `query:"conversations" doc:"md, html, pdf and docx hold the conversations too"`
}

// exportSession gives the results of a session as a file.
func (a *API) exportSession(ctx context.Context, in *exportInput) (*FileOutput, error) {
	request := export.Request{Session: in.ID, Format: in.Format, Table: in.Table, Names: in.Names, Conversations: in.Conversations}
	tabs, err := a.openTabs(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	for _, tab := range request.Holds() {
		if !slices.Contains(tabs, tab) {
			return nil, appliance.Errorf(appliance.CodeForbidden, "This file holds what stands in the part “%s” of the results, which you do "+
				"not see. Nothing was exported. Whoever leads the session can open that part to you, or export the file.", tab)
		}
	}
	if in.Names {
		names, err := a.showsNames(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		if !names {
			return nil, appliance.Errorf(appliance.CodeForbidden, "You may not see the names that participants gave, or there are none "+
				"because the session is anonymous. Nothing was exported. Export it with numbers in their place.")
		}
	}
	file, err := a.Exports.Make(ctx, callerOf(ctx).By(), request)
	if err != nil {
		return nil, err
	}
	return &FileOutput{file.Type, mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}), file.Content}, nil
}
