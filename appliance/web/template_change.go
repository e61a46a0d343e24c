package web

import (
	"context"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/guide"
	"harmonium/appliance/store"
)

// TemplateRequest is a new template.
type TemplateRequest struct {
	Title              string                      `json:"title" maxLength:"200"`
	Description        Optional[string]            `json:"description,omitempty" maxLength:"2000" doc:"What it is"`
	Icon               string                      `json:"icon,omitempty" maxLength:"64" doc:"Name of a picture"`
	UseWhen            string                      `json:"use_when,omitempty" maxLength:"2000" doc:"When it is the right one, and when not"`
	Purpose            appliance.Purpose           `json:"purpose,omitempty" enum:"look_back,understand,ideas,plan,decide"`
	Language           appliance.Language          `json:"language,omitempty" maxLength:"10" doc:"The account's when left out"`
	FacilitationPrompt string                      `json:"facilitation_prompt,omitempty" maxLength:"40000" doc:"What a model is told in place of the guide"`
	DefaultSessionName string                      `json:"default_session_name,omitempty" maxLength:"300"`
	DefaultGoal        string                      `json:"default_goal,omitempty" maxLength:"2000"`
	DefaultCritical    string                      `json:"default_critical,omitempty" maxLength:"2000"`
	DefaultContext     string                      `json:"default_context,omitempty" maxLength:"10000"`
	IsPublic           bool                        `json:"is_public,omitempty" doc:"Let every account of the box see it"`
	WorkspaceID        Optional[string]            `json:"workspace_id,omitempty" maxLength:"40" doc:"The project it belongs to; null: you alone"`
	Type               appliance.TemplateType      `json:"template_type,omitempty" enum:"single,chain" doc:"single when left out"`
	Chain              *appliance.Chain            `json:"chain_config,omitempty" doc:"The steps of a chain. They are kept; sessions of several steps come with a later version"`
	Provenance         *appliance.SourceProvenance `json:"source_provenance,omitempty" doc:"The published method it was made from"`
	Guide              *Guide                      `json:"guide,omitempty" doc:"{topic} in its opening is the topic of the session"`
	Form               []Question                  `json:"form,omitempty" maxItems:"30"`
	Insights           []appliance.InsightAsk      `json:"insights,omitempty" maxItems:"12"`
	Notes              string                      `json:"notes,omitempty" maxLength:"8000" doc:"For whoever runs the session"`
	Force              bool                        `json:"force,omitempty" doc:"Also when there is a template of the same published method already"`
}

type createTemplateInput struct {
	Idempotent
	Body TemplateRequest
}

func (a *API) createTemplate(ctx context.Context, in *createTemplateInput) (*Output[Template], error) {
	r := in.Body
	c := appliance.TemplateContent{Language: r.Language, Title: r.Title, Description: r.Description.Value, Icon: r.Icon, UseWhen: r.UseWhen,
		Purpose: r.Purpose, Prompt: r.FacilitationPrompt, Type: r.Type, Chain: r.Chain, Provenance: r.Provenance, Form: formOf(r.Form),
		Insights: r.Insights, Notes: r.Notes, Brief: appliance.Brief{Topic: r.DefaultSessionName, Goal: r.DefaultGoal,
			Critical: r.DefaultCritical, Context: r.DefaultContext}}
	if r.Guide != nil {
		c.Guide = r.Guide.domain()
	}
	return a.saveTemplate(ctx, in.once(ctx, "createTemplate", in.Body), c, r.WorkspaceID.Value, r.IsPublic, r.Force)
}

// saveTemplate stores a new template of the caller.
func (a *API) saveTemplate(ctx context.Context, once store.Once, c appliance.TemplateContent, project string, public, force bool,
) (*Output[Template], error) {
	caller := callerOf(ctx)
	if c.Language == "" {
		c.Language = caller.Account.Language.Or(appliance.English)
	}
	if err := a.mayKeepTemplates(ctx, appliance.ProjectID(project)); err != nil {
		return nil, err
	}
	t, err := a.Store.CreateTemplate(ctx, caller.By(), once, appliance.Template{ProjectID: appliance.ProjectID(project),
		Public: public, TemplateContent: c}, force)
	if err != nil {
		return nil, err
	}
	made, err := a.Store.Template(ctx, caller.Account.ID, t.ID)
	if err != nil {
		return nil, err
	}
	return templateOut(made.Template, made.Role), nil
}

// mayKeepTemplates checks that the caller may put a template into a project; "" is none, which everybody may.
func (a *API) mayKeepTemplates(ctx context.Context, id appliance.ProjectID) error {
	err := a.mayFill(ctx, id)
	if appliance.CodeOf(err) == appliance.CodeValidation {
		return appliance.Invalid("workspace_id", "There is no such project, or you may not see it.")
	}
	return err
}

// TemplatePatch changes a template; what is left out stays.
type TemplatePatch struct {
	Title              *string                     `json:"title,omitempty" maxLength:"200"`
	Description        Optional[string]            `json:"description,omitempty" maxLength:"2000"`
	Icon               Optional[string]            `json:"icon,omitempty" maxLength:"64"`
	UseWhen            Optional[string]            `json:"use_when,omitempty" maxLength:"2000"`
	Purpose            Optional[appliance.Purpose] `json:"purpose,omitempty"`
	Language           *appliance.Language         `json:"language,omitempty" maxLength:"10"`
	FacilitationPrompt Optional[string]            `json:"facilitation_prompt,omitempty" maxLength:"40000"`
	DefaultSessionName Optional[string]            `json:"default_session_name,omitempty" maxLength:"300"`
	DefaultGoal        Optional[string]            `json:"default_goal,omitempty" maxLength:"2000"`
	DefaultCritical    Optional[string]            `json:"default_critical,omitempty" maxLength:"2000"`
	DefaultContext     Optional[string]            `json:"default_context,omitempty" maxLength:"10000"`
	IsPublic           *bool                       `json:"is_public,omitempty"`
	WorkspaceID        Optional[string]            `json:"workspace_id,omitempty" maxLength:"40" doc:"null takes it out of its project"`
	Type               *appliance.TemplateType     `json:"template_type,omitempty" enum:"single,chain"`
	Chain              Optional[appliance.Chain]   `json:"chain_config,omitempty"`
	Guide              *Guide                      `json:"guide,omitempty"`
	Form               *[]Question                 `json:"form,omitempty" maxItems:"30"`
	Insights           *[]appliance.InsightAsk     `json:"insights,omitempty" maxItems:"12"`
	Notes              Optional[string]            `json:"notes,omitempty" maxLength:"8000"`
	Provenance         *appliance.SourceProvenance `json:"source_provenance,omitempty"`
	Force              bool                        `json:"force,omitempty" doc:"Accepted for the sake of other clients; changes nothing"`
}

func (p TemplatePatch) apply(t *appliance.Template) {
	set(&t.Title, p.Title)
	p.Description.apply(&t.Description)
	p.Icon.apply(&t.Icon)
	p.UseWhen.apply(&t.UseWhen)
	p.Purpose.apply(&t.Purpose)
	set(&t.Language, p.Language)
	p.FacilitationPrompt.apply(&t.Prompt)
	p.DefaultSessionName.apply(&t.Brief.Topic)
	p.DefaultGoal.apply(&t.Brief.Goal)
	p.DefaultCritical.apply(&t.Brief.Critical)
	p.DefaultContext.apply(&t.Brief.Context)
	set(&t.Public, p.IsPublic)
	if p.WorkspaceID.Given {
		t.ProjectID = appliance.ProjectID(p.WorkspaceID.Value)
	}
	set(&t.Type, p.Type)
	if p.Chain.Given {
		t.Chain = &p.Chain.Value
		if len(p.Chain.Value.Steps) == 0 {
			t.Chain = nil
		}
	}
	if p.Guide != nil {
		t.Guide = p.Guide.domain()
	}
	if p.Form != nil {
		t.Form = formOf(*p.Form)
	}
	set(&t.Insights, p.Insights)
	p.Notes.apply(&t.Notes)
	if p.Provenance != nil {
		t.Provenance = p.Provenance
	}
}

type updateTemplateInput struct {
	TemplatePath
	Body TemplatePatch
}

func (a *API) updateTemplate(ctx context.Context, in *updateTemplateInput) (*Output[Template], error) {
	if err := ownTemplate(in.ID); err != nil {
		return nil, err
	}
	c := callerOf(ctx)
	before, err := a.Store.Template(ctx, c.Account.ID, in.ID)
	if err != nil {
		return nil, err
	}
	if to := in.Body.WorkspaceID; to.Given && to.Value != string(before.ProjectID) {
		if err := a.mayKeepTemplates(ctx, appliance.ProjectID(to.Value)); err != nil {
			return nil, err
		}
	}
	_, err = a.Store.UpdateTemplate(ctx, c.By(), in.ID, func(t *appliance.Template) error {
		in.Body.apply(t)
		return nil
	})
	if err != nil {
		return nil, err
	}
	after, err := a.Store.Template(ctx, c.Account.ID, in.ID)
	if err != nil {
		return nil, err
	}
	return templateOut(after.Template, after.Role), nil
}

// TemplateFile is a file to make a template of.
type TemplateFile struct {
	Content     string             `json:"content" maxLength:"204800" doc:"A template of Harmonium (JSON), or a published method: method.md, a YAML head and sections that begin with ## Stage:"`
	Language    appliance.Language `json:"language,omitempty" maxLength:"10" doc:"Of a published method; recognised by its words when left out"`
	Registry    string             `json:"registry,omitempty" maxLength:"2000" doc:"Where a published method comes from"`
	WorkspaceID Optional[string]   `json:"workspace_id,omitempty" maxLength:"40" doc:"The project it is to belong to; null: you alone"`
	IsPublic    bool               `json:"is_public,omitempty"`
	Force       bool               `json:"force,omitempty" doc:"Also when there is a template of the same published method already"`
}

type importTemplateInput struct {
	Idempotent
	Body TemplateFile
}

// importTemplate makes a template of a file. Nothing is fetched: the file is all there is.
func (a *API) importTemplate(ctx context.Context, in *importTemplateInput) (*Output[Template], error) {
	c, err := readTemplate(in.Body)
	if err != nil {
		return nil, err
	}
	return a.saveTemplate(ctx, in.once(ctx, "importTemplate", in.Body), c, in.Body.WorkspaceID.Value, in.Body.IsPublic, in.Body.Force)
}

func readTemplate(f TemplateFile) (appliance.TemplateContent, error) {
	if text := strings.TrimLeft(f.Content, "\ufeff \t\r\n"); strings.HasPrefix(text, "---") {
		return guide.ReadMethod([]byte(text), f.Language, f.Registry)
	}
	return guide.ReadTemplate([]byte(f.Content))
}

// SessionTemplate says how a template that a session is saved as is called and whose it is.
type SessionTemplate struct {
	Title       string            `json:"title" maxLength:"200"`
	Description string            `json:"description,omitempty" maxLength:"2000"`
	UseWhen     string            `json:"use_when,omitempty" maxLength:"2000"`
	Purpose     appliance.Purpose `json:"purpose,omitempty" enum:"look_back,understand,ideas,plan,decide"`
	WorkspaceID Optional[string]  `json:"workspace_id,omitempty" maxLength:"40" doc:"The project it is to belong to; null: you alone"`
	IsPublic    bool              `json:"is_public,omitempty" doc:"Let every account of the box see it"`
}

type saveAsTemplateInput struct {
	SessionPath
	Idempotent
	Body SessionTemplate
}

// saveAsTemplate makes a template of what a session has been designed as: brief, guide, form, what a model is told.
// Nothing that participants said is in it.
func (a *API) saveAsTemplate(ctx context.Context, in *saveAsTemplateInput) (*Output[Template], error) {
	s, err := a.Store.Session(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	used, err := a.Store.Guide(ctx, in.ID, 0)
	if err != nil {
		return nil, err
	}
	form, err := a.Store.Form(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	c := appliance.TemplateContent{Language: s.Language, Title: in.Body.Title, Description: in.Body.Description, UseWhen: in.Body.UseWhen,
		Purpose: in.Body.Purpose, Brief: s.Brief, Guide: used.Guide, Form: form, Prompt: s.PromptOverride}
	if from, err := a.template(ctx, appliance.TemplateID(s.TemplateID), s.Language); s.TemplateID != "" && err == nil {
		c.Icon, c.Insights, c.Notes = from.Icon, from.Insights, from.Notes
	}
	for i := range c.Form {
		c.Form[i].ID = ""
	}
	once := in.once(ctx, "saveAsTemplate", struct {
		ID   appliance.SessionID
		Body SessionTemplate
	}{in.ID, in.Body})
	return a.saveTemplate(ctx, once, c, in.Body.WorkspaceID.Value, in.Body.IsPublic, true)
}
