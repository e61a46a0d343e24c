package web

import (
	"context"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// SessionCopyRequest says how a copy differs.
type SessionCopyRequest struct {
	Topic string `json:"topic,omitempty" maxLength:"300" doc:"Of the copy; the same when left out"`
}

type duplicateSessionInput struct {
	SessionPath
	Idempotent
	Body *SessionCopyRequest
}

// duplicateSession makes a draft with the same brief, guide, form and settings, and without conversations.
func (a *API) duplicateSession(ctx context.Context, in *duplicateSessionInput) (*Output[Session], error) {
	d, err := a.designOf(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if in.Body != nil && in.Body.Topic != "" {
		d.Session.Brief.Topic = in.Body.Topic
	}
	if a.mayFill(ctx, d.Session.ProjectID) != nil {
		d.Session.ProjectID = "" // seen through the session, and not the copier's to fill
	}
	once := in.once(ctx, "duplicateSession", struct {
		ID   appliance.SessionID
		Body *SessionCopyRequest
	}{in.ID, in.Body})
	made, err := a.Store.CreateSession(ctx, callerOf(ctx).By(), once, d.Session, d.Guide, d.Form)
	if err != nil {
		return nil, err
	}
	return a.sessionAs(ctx, made.ID)
}

// designOf gives the design of a session, for a draft of its own.
func (a *API) designOf(ctx context.Context, id appliance.SessionID) (d store.Design, err error) {
	if d.Session, err = a.Store.Session(ctx, id); err != nil {
		return d, err
	}
	if d.Guide, err = a.Store.Guide(ctx, id, 0); err != nil {
		return d, err
	}
	if d.Form, err = a.Store.Form(ctx, id); err != nil {
		return d, err
	}
	d.Session.Status, d.Session.Roster = appliance.SessionDraft, nil // who is expected was written down for that session
	for i := range d.Guide.Guide.Topics {
		d.Guide.Guide.Topics[i].ID = appliance.NewTopicID()
	}
	d.Guide.Reason = "copied with the session"
	return d, nil
}

// ProjectCopyRequest says how a copy differs.
type ProjectCopyRequest struct {
	Title string `json:"title,omitempty" maxLength:"200" doc:"Of the copy; the same when left out"`
}

type duplicateProjectInput struct {
	ProjectPath
	Idempotent
	Body *ProjectCopyRequest
}

// maxCopied is how many sessions are copied with their project: they are all there at once, or none.
const maxCopied = 100

// duplicateProject makes a project of the caller's own with a draft of each session. What belongs to people or to what was
// said stays out: members, conversations, results, and how long things are kept. Templates are copied.
func (a *API) duplicateProject(ctx context.Context, in *duplicateProjectInput) (*Output[Project], error) {
	c := callerOf(ctx)
	p, sessions, err := a.Store.Project(ctx, c.Account.ID, in.ID)
	if err != nil {
		return nil, err
	}
	if len(sessions) > maxCopied {
		return nil, appliance.Errorf(appliance.CodeUnprocessable,
			"This project has %d sessions; at most %d are copied at once. Nothing was made. Copy those that you need one by one.", len(sessions), maxCopied)
	}
	var with []store.Design
	for i := len(sessions) - 1; i >= 0; i-- { // the last edited last, as they were
		d, err := a.designOf(ctx, sessions[i])
		if err != nil {
			return nil, err
		}
		with = append(with, d)
	}
	if in.Body != nil && in.Body.Title != "" {
		p.Title = in.Body.Title
	}
	once := in.once(ctx, "duplicateProject", struct {
		ID   appliance.ProjectID
		Body *ProjectCopyRequest
	}{in.ID, in.Body})
	made, err := a.Store.CopyProject(ctx, c.By(), once, p.Project, in.ID, with)
	if err != nil {
		return nil, err
	}
	return &Output[Project]{projectOf(made, appliance.RoleOwner)}, nil
}
