package appliance

import "time"

// Template is what a session can be started from. A template of the box has a name as its id ("retrospective") and
// belongs to nobody; every other one belongs to a project, or to its author alone.
type Template struct {
	ID        TemplateID
	ProjectID ProjectID // "": it belongs to its author alone
	Public    bool      // every account may see it, with the role it has on the organisation
	CreatedBy AccountID
	CreatedAt time.Time
	UpdatedAt time.Time
	TemplateContent
}

// TemplateContent is what a template says: what is in its file, and what is stored.
type TemplateContent struct {
	Language    Language          `json:"language"`
	Title       string            `json:"title"`
	Description string            `json:"description,omitempty"` // what it is, in one or two sentences
	Icon        string            `json:"icon,omitempty"`        // the name of a picture; one that is not known shows a plain one
	UseWhen     string            `json:"use_when,omitempty"`    // when it is the right one, and when it is not
	Purpose     Purpose           `json:"purpose,omitempty"`
	Brief       Brief             `json:"brief"`                         // to begin with; every field may be empty
	Guide       Guide             `json:"guide"`                         // without topics: it is drafted from the brief
	Form        Form              `json:"form,omitempty"`                // asked before the conversation
	Insights    []InsightAsk      `json:"insights,omitempty"`            // to be put to every conversation afterwards
	Notes       string            `json:"notes,omitempty"`               // for whoever runs the session
	Prompt      string            `json:"facilitation_prompt,omitempty"` // in place of the guide in what a model is told
	Type        TemplateType      `json:"template_type,omitempty"`       // "" is TemplateSingle
	Chain       *Chain            `json:"chain_config,omitempty"`        // with TemplateChain
	Provenance  *SourceProvenance `json:"source_provenance,omitempty"`   // of one that was made from a method elsewhere
}

// Purpose is what a template is for, by which templates are grouped.
type Purpose string

// The purposes, in the order in which they are shown.
const (
	PurposeLookBack   Purpose = "look_back"  // learning from what was
	PurposeUnderstand Purpose = "understand" // finding out how things are
	PurposeIdeas      Purpose = "ideas"      // collecting what could be
	PurposePlan       Purpose = "plan"       // agreeing on what is to be done
	PurposeDecide     Purpose = "decide"     // deciding, or preparing that
)

// Purposes lists them in the order in which they are shown.
func Purposes() []Purpose {
	return []Purpose{PurposeLookBack, PurposeUnderstand, PurposeIdeas, PurposePlan, PurposeDecide}
}

// SourceProvenance says which published method a template was made from.
type SourceProvenance struct {
	SpecID      string `json:"spec_id"`
	SpecVersion string `json:"spec_version"`
	Registry    string `json:"registry"`
	SHA256      string `json:"sha256,omitempty"` // of the file, in hexadecimal; "" when no file was read
	License     string `json:"license,omitempty"`
	Attribution string `json:"attribution,omitempty"`
}

// TemplateType says whether a template makes one session or several in a row.
type TemplateType string

// The types of templates.
const (
	TemplateSingle TemplateType = "single"
	TemplateChain  TemplateType = "chain"
)

// Chain is the plan of a session of several steps.
type Chain struct {
	Steps []ChainStep `json:"steps"`
}

// ChainStep is one session of a chain.
type ChainStep struct {
	ID                 string              `json:"id"`
	Title              string              `json:"title,omitempty"`
	Description        string              `json:"description,omitempty"`
	FacilitationPrompt string              `json:"facilitation_prompt,omitempty"`
	DefaultSessionName string              `json:"default_session_name,omitempty"`
	ContextMode        ContextMode         `json:"context_mode,omitempty"`
	IndividualMemory   bool                `json:"individual_memory,omitempty"`
	Roles              []ChainRole         `json:"roles,omitempty"`
	AssignmentStrategy string              `json:"assignment_strategy,omitempty"`
	CompletionCriteria *CompletionCriteria `json:"completion_criteria,omitempty"`
}

// ContextMode says what of the earlier steps a step of a chain is given.
type ContextMode string

// The modes.
const (
	ContextNone         ContextMode = "none"
	ContextPrevious     ContextMode = "previous_summary"
	ContextAllSummaries ContextMode = "all_summaries"
	ContextCustom       ContextMode = "custom"
)

// ChainRole is a part that people take in a step.
type ChainRole struct {
	Slug   string  `json:"slug"`
	Label  string  `json:"label,omitempty"`
	Weight float64 `json:"weight,omitempty"`
}

// CompletionCriteria says when a step of a chain is over.
type CompletionCriteria struct {
	Type            string `json:"type"`
	DurationSeconds int    `json:"duration_seconds,omitempty"` // with "timer"
	Count           int    `json:"count,omitempty"`            // with "quorum"
	Percent         int    `json:"percent,omitempty"`          // with "quorum_percent"
}

// Limits of templates.
const (
	MaxTemplateNotes = 8_000
	MaxSteps         = 20
	MaxStepRoles     = 20
	MaxSpec          = 200
)
