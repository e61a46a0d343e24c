package web

import (
	"context"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/guide"
	"harmonium/appliance/store"
)

// TemplateItem is a template as lists show it.
type TemplateItem struct {
	ID                 appliance.TemplateID        `json:"id" doc:"A name for a template of the box, tpl_… for every other one"`
	Title              string                      `json:"title"`
	Description        string                      `json:"description" doc:"What it is"`
	Icon               string                      `json:"icon" doc:"Name of a picture"`
	UseWhen            string                      `json:"use_when" doc:"When it is the right one, and when not"`
	Purpose            appliance.Purpose           `json:"purpose" doc:"look_back, understand, ideas, plan, decide, or empty"`
	Language           appliance.Language          `json:"language"`
	BuiltIn            bool                        `json:"built_in" doc:"It came with the box and cannot be changed"`
	FacilitationPrompt string                      `json:"facilitation_prompt" doc:"What a model is told in place of the guide"`
	DefaultSessionName string                      `json:"default_session_name"`
	DefaultGoal        string                      `json:"default_goal"`
	DefaultCritical    string                      `json:"default_critical"`
	DefaultContext     string                      `json:"default_context"`
	IsPublic           bool                        `json:"is_public" doc:"Every account of the box sees it"`
	WorkspaceID        *appliance.ProjectID        `json:"workspace_id" nullable:"true" doc:"The project it belongs to; null: its author alone, or nobody"`
	Type               appliance.TemplateType      `json:"template_type" enum:"single,chain"`
	Chain              *appliance.Chain            `json:"chain_config,omitempty" doc:"The steps of a chain"`
	Provenance         *appliance.SourceProvenance `json:"source_provenance,omitempty" doc:"The published method it was made from"`
	Topics             int                         `json:"topics" doc:"How many its guide has; 0: the guide is drafted from the brief"`
	Minutes            int                         `json:"minutes" doc:"How long a conversation by its guide is expected to take"`
	Role               appliance.Role              `json:"role" enum:"owner,admin,editor,viewer" doc:"Of who asks"`
	CreatedBy          *appliance.AccountID        `json:"created_by" nullable:"true" doc:"null for a template of the box, and where the account is gone"`
	CreatedAt          *Time                       `json:"created_at" nullable:"true" doc:"null for a template of the box"`
	UpdatedAt          *Time                       `json:"updated_at" nullable:"true"`
}

// Template is a template with all that it brings.
type Template struct {
	TemplateItem
	Guide    Guide                  `json:"guide" doc:"{topic} in its opening is the topic of the session; empty: drafted from the brief"`
	Form     []FormField            `json:"form" doc:"Asked before the conversation"`
	Insights []appliance.InsightAsk `json:"insights" doc:"Questions that are worth putting to every conversation"`
	Notes    string                 `json:"notes" doc:"For whoever runs the session"`
}

func templateItem(t appliance.Template, role appliance.Role) TemplateItem {
	return TemplateItem{ID: t.ID, Title: t.Title, Description: t.Description, Icon: t.Icon, UseWhen: t.UseWhen, Purpose: t.Purpose,
		Language: t.Language, BuiltIn: t.CreatedAt.IsZero(), FacilitationPrompt: t.Prompt, DefaultSessionName: t.Brief.Topic,
		DefaultGoal: t.Brief.Goal, DefaultCritical: t.Brief.Critical, DefaultContext: t.Brief.Context, IsPublic: t.Public,
		WorkspaceID: orNull(t.ProjectID), Type: typeOf(t), Chain: t.Chain, Provenance: t.Provenance, Topics: len(t.Guide.Topics),
		Minutes: t.Guide.Minutes(), Role: role, CreatedBy: orNull(t.CreatedBy), CreatedAt: timeOrNull(t.CreatedAt), UpdatedAt: timeOrNull(t.UpdatedAt)}
}

func typeOf(t appliance.Template) appliance.TemplateType {
	if t.Type == "" {
		return appliance.TemplateSingle
	}
	return t.Type
}

func templateOut(t appliance.Template, role appliance.Role) *Output[Template] {
	return &Output[Template]{Template{TemplateItem: templateItem(t, role), Guide: guideFrom(t.Guide), Form: fieldsOut(t.Form),
		Insights: notNull(t.Insights), Notes: t.Notes}}
}

// roleOnTemplate gives the role of an account on a template; everybody may read those of the box.
func (a *API) roleOnTemplate(ctx context.Context, account appliance.AccountID, id appliance.TemplateID) (appliance.Role, error) {
	if _, ok := guide.Template(id, appliance.English); ok {
		return appliance.RoleViewer, nil
	}
	return a.Store.RoleOnTemplate(ctx, account, id)
}

// template gives a template as the caller sees it: one of the box in a language, or another one.
func (a *API) template(ctx context.Context, id appliance.TemplateID, lang appliance.Language) (store.TemplateListing, error) {
	account := callerOf(ctx).Account
	if t, ok := guide.Template(id, lang.Or(account.Language)); ok {
		return store.TemplateListing{Template: t, Role: appliance.RoleViewer}, nil
	}
	return a.Store.Template(ctx, account.ID, id)
}

type listTemplatesInput struct {
	Page
	Q         string              `query:"q" maxLength:"200" doc:"Title, description or use holds this"`
	Purpose   appliance.Purpose   `query:"purpose" enum:"look_back,understand,ideas,plan,decide"`
	Workspace appliance.ProjectID `query:"workspace_id" maxLength:"40" doc:"Only those of this project"`
	Language  appliance.Language  `query:"language" maxLength:"10" doc:"Of the templates of the box; the account's when left out"`
}

// listTemplates gives the templates that the caller sees: first those that people have saved, the last edited first, then
// those of the box.
func (a *API) listTemplates(ctx context.Context, in *listTemplatesInput) (*Output[List[TemplateItem]], error) {
	account := callerOf(ctx).Account
	own, total, err := a.Store.Templates(ctx, account.ID, store.TemplateFilter{Project: in.Workspace, Purpose: in.Purpose,
		Text: in.Q, Page: store.Page{Limit: in.Limit, Offset: in.Offset}})
	if err != nil {
		return nil, err
	}
	items := make([]TemplateItem, 0, in.Limit)
	for _, t := range own {
		items = append(items, templateItem(t.Template, t.Role))
	}
	box := in.ofTheBox(account)
	if from := max(0, in.Offset-total); from < len(box) {
		items = append(items, box[from:min(len(box), from+in.Limit-len(items))]...)
	}
	return &Output[List[TemplateItem]]{List[TemplateItem]{items, Pagination{total + len(box), in.Limit, in.Offset}}}, nil
}

// ofTheBox gives the templates of the box that the filters let through.
func (in *listTemplatesInput) ofTheBox(account appliance.Account) (items []TemplateItem) {
	if in.Workspace != "" {
		return nil
	}
	words := strings.ToLower(strings.Join(strings.Fields(in.Q), " "))
	for _, t := range guide.Templates(in.Language.Or(account.Language)) {
		text := strings.ToLower(t.Title + "\n" + t.Description + "\n" + t.UseWhen)
		if (in.Purpose == "" || t.Purpose == in.Purpose) && strings.Contains(text, words) {
			items = append(items, templateItem(t, appliance.RoleViewer))
		}
	}
	return items
}

// TemplatePath names a template.
type TemplatePath struct {
	ID appliance.TemplateID `path:"id" doc:"Id of the template"`
}

type getTemplateInput struct {
	TemplatePath
	Language appliance.Language `query:"language" maxLength:"10" doc:"Of a template of the box; the account's when left out"`
}

func (a *API) getTemplate(ctx context.Context, in *getTemplateInput) (*Output[Template], error) {
	t, err := a.template(ctx, in.ID, in.Language)
	if err != nil {
		return nil, err
	}
	return templateOut(t.Template, t.Role), nil
}

// getTemplateFile gives a template as a file, to be imported on another box.
func (a *API) getTemplateFile(ctx context.Context, in *getTemplateInput) (*FileOutput, error) {
	t, err := a.template(ctx, in.ID, in.Language)
	if err != nil {
		return nil, err
	}
	data, err := guide.WriteTemplate(t.TemplateContent)
	if err != nil {
		return nil, err
	}
	return &FileOutput{"application/json; charset=utf-8", `attachment; filename="template-` + string(t.ID) + `.json"`, data}, nil
}

func (a *API) deleteTemplate(ctx context.Context, in *TemplatePath) (*Output[Template], error) {
	if err := ownTemplate(in.ID); err != nil {
		return nil, err
	}
	role, err := a.Store.RoleOnTemplate(ctx, callerOf(ctx).Account.ID, in.ID)
	if err != nil {
		return nil, err
	}
	t, err := a.Store.DeleteTemplate(ctx, callerOf(ctx).By(), in.ID)
	if err != nil {
		return nil, err
	}
	return templateOut(t, role), nil
}

// ownTemplate refuses to change a template of the box.
func ownTemplate(id appliance.TemplateID) error {
	if _, ok := guide.Template(id, appliance.English); !ok {
		return nil
	}
	return appliance.Errorf(appliance.CodeForbidden, "This template came with the box and stays as it is. Save a copy of it and change that.")
}
