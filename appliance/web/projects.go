package web

import (
	"context"

	"harmonium/appliance"
)

// Project is a group of sessions.
type Project struct {
	ID          appliance.ProjectID     `json:"id"`
	Title       string                  `json:"title"`
	Description string                  `json:"description"`
	Status      appliance.ProjectStatus `json:"status" enum:"active,archived"`
	IsPublic    bool                    `json:"is_public" doc:"Every account of the box sees it"`
	CreatedAt   Time                    `json:"created_at"`
	Role        appliance.Role          `json:"role" enum:"owner,admin,editor,viewer" doc:"Of who asks"`
	Models      ModelChoice             `json:"models" doc:"Which models do the work in its sessions, where it differs from the box"`
	Summary     string                  `json:"summary_prompt" doc:"What whoever words the reports of its sessions is told, before the summary_prompt of each"`
	Jargon      string                  `json:"jargon" doc:"Names and terms that may come up in its meetings, one in each line; transcribers are told them"`
}

// ProjectWithSessions is a project with those of its sessions that who asks may see.
type ProjectWithSessions struct {
	Project
	SessionIDs []appliance.SessionID `json:"session_ids" doc:"The last edited first"`
}

func projectOf(p appliance.Project, role appliance.Role) Project {
	return Project{ID: p.ID, Title: p.Title, Description: p.Description, Status: p.Status, IsPublic: p.Public,
		CreatedAt: Time{p.CreatedAt}, Role: role, Models: modelChoiceOut(p.Models), Summary: p.SummaryPrompt, Jargon: p.Jargon}
}

func (a *API) listProjects(ctx context.Context, in *Page) (*Output[List[Project]], error) {
	stored, total, err := a.Store.Projects(ctx, callerOf(ctx).Account.ID, in.Limit, in.Offset)
	if err != nil {
		return nil, err
	}
	var projects []Project
	for _, p := range stored {
		projects = append(projects, projectOf(p.Project, p.Role))
	}
	return &Output[List[Project]]{List[Project]{notNull(projects), Pagination{total, in.Limit, in.Offset}}}, nil
}

// ProjectRequest is a new project.
type ProjectRequest struct {
	Title       string           `json:"title" maxLength:"200"`
	Description Optional[string] `json:"description,omitempty" maxLength:"2000"`
	IsPublic    bool             `json:"is_public,omitempty" doc:"Let every account of the box see it"`
}

type createProjectInput struct {
	Idempotent
	Body ProjectRequest
}

func (a *API) createProject(ctx context.Context, in *createProjectInput) (*Output[Project], error) {
	c := callerOf(ctx)
	p, err := a.Store.CreateProject(ctx, c.By(), in.once(ctx, "createProject", in.Body),
		appliance.Project{Title: in.Body.Title, Description: in.Body.Description.Value, Public: in.Body.IsPublic})
	if err != nil {
		return nil, err
	}
	return &Output[Project]{projectOf(p, appliance.RoleOwner)}, nil
}

// ProjectPath names a project.
type ProjectPath struct {
	ID appliance.ProjectID `path:"id" doc:"Id of the project"`
}

func (a *API) getProject(ctx context.Context, in *ProjectPath) (*Output[ProjectWithSessions], error) {
	p, sessions, err := a.Store.Project(ctx, callerOf(ctx).Account.ID, in.ID)
	if err != nil {
		return nil, err
	}
	return &Output[ProjectWithSessions]{ProjectWithSessions{Project: projectOf(p.Project, p.Role), SessionIDs: notNull(sessions)}}, nil
}

// ProjectPatch changes a project; what is left out stays.
type ProjectPatch struct {
	Title       *string                  `json:"title,omitempty" maxLength:"200"`
	Description Optional[string]         `json:"description,omitempty" maxLength:"2000"`
	Status      *appliance.ProjectStatus `json:"status,omitempty" enum:"active,archived"`
	IsPublic    *bool                    `json:"is_public,omitempty"`
	Summary     *string                  `json:"summary_prompt,omitempty" maxLength:"40000"`
	Jargon      *string                  `json:"jargon,omitempty" doc:"At most 100 names and terms of at most 60 characters, one in each line"`
	Models      Optional[ModelChoice]    `json:"models,omitempty" doc:"Takes the place of the whole choice; null leaves it to the box"`
}

type updateProjectInput struct {
	ProjectPath
	Body ProjectPatch
}

func (a *API) updateProject(ctx context.Context, in *updateProjectInput) (*Output[Project], error) {
	c := callerOf(ctx)
	p, err := a.Store.UpdateProject(ctx, c.By(), in.ID, func(p *appliance.Project) error {
		set(&p.Title, in.Body.Title)
		in.Body.Description.apply(&p.Description)
		set(&p.Status, in.Body.Status)
		set(&p.Public, in.Body.IsPublic)
		set(&p.SummaryPrompt, in.Body.Summary)
		set(&p.Jargon, in.Body.Jargon)
		if !in.Body.Models.Given {
			return nil
		}
		var err error
		p.Models, err = a.installed(in.Body.Models.Value.domain(), p.Models, "models.")
		return err
	})
	if err != nil {
		return nil, err
	}
	role, err := a.Store.RoleOnProject(ctx, c.Account.ID, p.ID)
	if err != nil {
		return nil, err
	}
	return &Output[Project]{projectOf(p, role)}, nil
}

func (a *API) deleteProject(ctx context.Context, in *ProjectPath) (*Output[Project], error) {
	c := callerOf(ctx)
	role, err := a.Store.RoleOnProject(ctx, c.Account.ID, in.ID)
	if err != nil {
		return nil, err
	}
	p, err := a.Store.DeleteProject(ctx, c.By(), in.ID)
	if err != nil {
		return nil, err
	}
	return &Output[Project]{projectOf(p, role)}, nil
}
