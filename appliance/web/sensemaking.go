package web

import (
	"context"

	"harmonium/appliance"
)

// noMapYet is why there is nothing of sensemaking, and noMap why nothing of it can be set: settings that show nothing anywhere
// would look like something published.
const (
	noMapYet = "There is no sensemaking on this box until the opinion map exists, which comes with a later version."
	noMap    = noMapYet + " Nothing was saved."
)

// SensemakingTopic is what there is to tell of the opinion map of a project once there are opinion maps.
type SensemakingTopic struct {
	WorkspaceID   appliance.ProjectID `json:"workspace_id" doc:"The project"`
	Enabled       bool                `json:"enabled"`
	Slug          *string             `json:"slug" nullable:"true"`
	Theme         *string             `json:"theme" nullable:"true"`
	Title         *string             `json:"title" nullable:"true"`
	Description   *string             `json:"description" nullable:"true"`
	Intro         *string             `json:"intro" nullable:"true"`
	FAQ           []AskedOften        `json:"faq" nullable:"true"`
	Groups        int                 `json:"group_count"`
	Statements    int                 `json:"statement_count"`
	Voters        int                 `json:"voter_count"`
	ComputedAt    *Time               `json:"computed_at" nullable:"true"`
	GalleryStatus string              `json:"gallery_status" enum:"none" doc:"Always none: the box has no public gallery"`
	ReasoningLens bool                `json:"reasoning_lens_enabled"`
	FromKnowledge bool                `json:"knowledge_statements_enabled"`
	CreatedAt     Time                `json:"created_at"`
}

// AskedOften is a question that is often asked, with its answer.
type AskedOften struct {
	Question string `json:"q"`
	Answer   string `json:"a"`
}

// Sensemaking holds the opinion map of a project.
type Sensemaking struct {
	Data SensemakingTopic `json:"data"`
}

// getSensemaking is refused as changeSensemaking is.
func (a *API) getSensemaking(context.Context, *ProjectPath) (*Output[Sensemaking], error) {
	return nil, appliance.Errorf(appliance.CodeUnprocessable, noMapYet)
}

// SensemakingPatch is what is set of an opinion map.
type SensemakingPatch struct {
	Slug          Optional[string]       `json:"slug,omitempty" maxLength:"64" doc:"In the address of the map"`
	Title         Optional[string]       `json:"title,omitempty" maxLength:"200"`
	Description   Optional[string]       `json:"description,omitempty" maxLength:"2000"`
	Intro         Optional[string]       `json:"intro,omitempty" maxLength:"10000"`
	FAQ           Optional[[]AskedOften] `json:"faq,omitempty" maxItems:"30"`
	Theme         Optional[string]       `json:"theme,omitempty" maxLength:"64"`
	Enabled       *bool                  `json:"enabled,omitempty"`
	ReasoningLens *bool                  `json:"reasoningLensEnabled,omitempty"`
	FromKnowledge *bool                  `json:"knowledgeStatementsEnabled,omitempty"`
}

type changeSensemakingInput struct {
	ProjectPath
	Body SensemakingPatch
}

// changeSensemaking is refused with a sentence, to whom it would be allowed.
func (a *API) changeSensemaking(context.Context, *changeSensemakingInput) (*Output[Sensemaking], error) {
	return nil, appliance.Errorf(appliance.CodeUnprocessable, noMap)
}
