package web

import (
	"context"

	"harmonium/appliance"
)

// SensemakingTopic is how the opinion map of a project is to be shown on the network of the box. The map itself comes with a
// later version: until then nothing is shown, and it counts nothing.
type SensemakingTopic struct {
	WorkspaceID   appliance.ProjectID    `json:"workspace_id" doc:"The project"`
	Enabled       bool                   `json:"enabled" doc:"It is to be shown once it is there"`
	Slug          *string                `json:"slug" nullable:"true"`
	Theme         *string                `json:"theme" nullable:"true"`
	Title         *string                `json:"title" nullable:"true"`
	Description   *string                `json:"description" nullable:"true"`
	Intro         *string                `json:"intro" nullable:"true"`
	FAQ           []appliance.AskedOften `json:"faq" nullable:"true"`
	Groups        int                    `json:"group_count" doc:"0 while there is no map"`
	Statements    int                    `json:"statement_count" doc:"0 while there is no map"`
	Voters        int                    `json:"voter_count" doc:"0 while there is no map"`
	ComputedAt    *Time                  `json:"computed_at" nullable:"true" doc:"null while there is no map"`
	GalleryStatus string                 `json:"gallery_status" enum:"none" doc:"Always none: the box has no public gallery"`
	ReasoningLens bool                   `json:"reasoning_lens_enabled"`
	FromKnowledge bool                   `json:"knowledge_statements_enabled"`
	CreatedAt     Time                   `json:"created_at"`
}

// Sensemaking holds the settings of a project, or null where nothing was set yet.
type Sensemaking struct {
	Data OrNull[SensemakingTopic] `json:"data"`
}

func sensemakingOut(id appliance.ProjectID, m appliance.Sensemaking) *Output[Sensemaking] {
	return &Output[Sensemaking]{Sensemaking{OrNull[SensemakingTopic]{&SensemakingTopic{WorkspaceID: id, Enabled: m.Enabled,
		Slug: orNull(m.Slug), Theme: orNull(m.Theme), Title: orNull(m.Title), Description: orNull(m.Description), Intro: orNull(m.Intro),
		FAQ: m.FAQ, GalleryStatus: "none", ReasoningLens: m.ReasoningLens, FromKnowledge: m.Knowledge, CreatedAt: Time{m.CreatedAt}}}}}
}

func (a *API) getSensemaking(ctx context.Context, in *ProjectPath) (*Output[Sensemaking], error) {
	m, there, err := a.Store.Sensemaking(ctx, in.ID)
	if err != nil || !there {
		return &Output[Sensemaking]{}, err
	}
	return sensemakingOut(in.ID, m), nil
}

// SensemakingPatch changes how the opinion map of a project is to be shown; what is left out stays, and null empties.
type SensemakingPatch struct {
	Slug          Optional[string]                 `json:"slug,omitempty" maxLength:"64" doc:"In the address of the map"`
	Title         Optional[string]                 `json:"title,omitempty" maxLength:"200"`
	Description   Optional[string]                 `json:"description,omitempty" maxLength:"2000"`
	Intro         Optional[string]                 `json:"intro,omitempty" maxLength:"10000"`
	FAQ           Optional[[]appliance.AskedOften] `json:"faq,omitempty" maxItems:"30"`
	Theme         Optional[string]                 `json:"theme,omitempty" maxLength:"64"`
	Enabled       *bool                            `json:"enabled,omitempty"`
	ReasoningLens *bool                            `json:"reasoningLensEnabled,omitempty"`
	FromKnowledge *bool                            `json:"knowledgeStatementsEnabled,omitempty"`
}

type changeSensemakingInput struct {
	ProjectPath
	Body SensemakingPatch
}

func (a *API) changeSensemaking(ctx context.Context, in *changeSensemakingInput) (*Output[Sensemaking], error) {
	m, err := a.Store.ChangeSensemaking(ctx, callerOf(ctx).By(), in.ID, func(m *appliance.Sensemaking) {
		p := in.Body
		p.Slug.apply(&m.Slug)
		p.Title.apply(&m.Title)
		p.Description.apply(&m.Description)
		p.Intro.apply(&m.Intro)
		p.FAQ.apply(&m.FAQ)
		p.Theme.apply(&m.Theme)
		set(&m.Enabled, p.Enabled)
		set(&m.ReasoningLens, p.ReasoningLens)
		set(&m.Knowledge, p.FromKnowledge)
	})
	if err != nil {
		return nil, err
	}
	return sensemakingOut(in.ID, m), nil
}
