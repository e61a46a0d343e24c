package web

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"harmonium/appliance"
	"harmonium/appliance/guide"
)

// SessionRequest is a new session.
type SessionRequest struct {
	Topic             string                      `json:"topic,omitempty" maxLength:"300" doc:"What it is about, one line; left out, that of the template"`
	Goal              string                      `json:"goal,omitempty" maxLength:"2000" doc:"What the host wants to know or decide; left out, that of the template"`
	Critical          Optional[string]            `json:"critical,omitempty" maxLength:"2000" doc:"What must be learnt, one point a line"`
	Context           Optional[string]            `json:"context,omitempty" maxLength:"10000" doc:"What the facilitator should know beforehand"`
	Language          appliance.Language          `json:"language,omitempty" maxLength:"10" doc:"Of the guide; when left out, the one that the brief is written in, and that of the account when that is not clear"`
	ProjectID         Optional[string]            `json:"project_id,omitempty" maxLength:"40"`
	Prompt            Optional[string]            `json:"prompt,omitempty" maxLength:"40000" doc:"What a model is told in place of the guide, within the rules of the program. Guided mode keeps to the guide that is drafted from the brief"`
	TemplateID        Optional[string]            `json:"template_id,omitempty" maxLength:"100" doc:"What to start from: its guide, its form where questions are left out, and what a model is told"`
	WhoMayJoin        appliance.Access            `json:"who_may_join,omitempty" enum:"link,code,invitation,account" doc:"Whoever has the link when left out; or whoever types the short code too, brings a single-use invitation, or has logged in on the box"`
	DefaultUse        appliance.Use               `json:"default_use,omitempty" enum:"quote,paraphrase,count" doc:"How words may be used in results of participants who choose nothing; quote when left out"`
	CrossPollination  bool                        `json:"cross_pollination,omitempty" doc:"Let the facilitator offer participants ideas of others, in words of the group"`
	PollinateFrom     int                         `json:"cross_pollination_minimum,omitempty" minimum:"3" maximum:"1000" doc:"Other people who must have spoken to a topic before that; 5 when left out"`
	WidgetsEnabled    bool                        `json:"widgets_enabled,omitempty"`
	ResultsVisibility appliance.ResultsVisibility `json:"results_visibility,omitempty" enum:"public,participants,host" doc:"host when left out"`
	Distribution      []Channel                   `json:"distribution,omitempty" maxItems:"20" doc:"Ways to hand the session out. A box that lets nothing out has link, qr and code"`
	Questions         []Question                  `json:"questions,omitempty" maxItems:"30" doc:"Asked before the conversation"`
	Roster            []RosterEntry               `json:"roster,omitempty" maxItems:"500" doc:"Who is expected to take part. It is kept, and lets nobody in"`
	Draft             bool                        `json:"draft,omitempty" doc:"Do not open it at once"`
}

// Question is a question of the form, as clients of the interface write it.
type Question struct {
	Text     string              `json:"text" maxLength:"300"`
	Type     appliance.FieldType `json:"type,omitempty" enum:"Short field,Long field,Email,Options,Multiple,Rating,Number,Date,Consent" doc:"Short field when left out"`
	Required bool                `json:"required,omitempty"`
	Options  []string            `json:"options,omitempty" maxItems:"20" doc:"For Options and Multiple"`
}

func formOf(questions []Question) appliance.Form {
	form := make(appliance.Form, len(questions))
	for i, q := range questions {
		form[i] = appliance.FormField{Type: cmp.Or(q.Type, appliance.FieldShort), Text: q.Text, Required: q.Required, Options: q.Options}
	}
	return form
}

// Channel is a way to hand a session out: its name, or an object that names it as "channel".
type Channel string

// UnmarshalJSON reads a channel in either form.
func (c *Channel) UnmarshalJSON(data []byte) error {
	var object struct {
		Channel string `json:"channel"`
	}
	if len(data) > 0 && data[0] == '{' {
		err := json.Unmarshal(data, &object)
		*c = Channel(object.Channel)
		return err
	}
	return json.Unmarshal(data, (*string)(c))
}

// Schema describes both forms.
func (Channel) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{
		{Type: huma.TypeString},
		{Type: huma.TypeObject, Properties: map[string]*huma.Schema{"channel": {Type: huma.TypeString}},
			Required: []string{"channel"}, AdditionalProperties: true},
	}}
}

// localChannels are the ways to hand a session out that need no other computer.
var localChannels = [...]Channel{"link", "qr", "code"}

// channelsOf gives the names of ways to hand a session out, or says in words which of them the box does not have.
func channelsOf(list []Channel) (names []string, err error) {
	for i, c := range list {
		if !slices.Contains(localChannels[:], c) {
			return nil, unprocessable(fmt.Sprintf("distribution[%d]", i), "This box sends nothing out, so it has no channel "+
				"of this kind. Hand out the link, the QR code or the short code of the session instead. Nothing was saved.")
		}
		names = append(names, string(c))
	}
	return names, nil
}

// unprocessable is the error of a field that says something that is understood and cannot be done here.
func unprocessable(field, message string) error {
	return &appliance.Error{Code: appliance.CodeUnprocessable, Message: message,
		Fields: []appliance.FieldError{{Field: field, Message: message}}}
}

type createSessionInput struct {
	Idempotent
	Body SessionRequest
}

func (a *API) createSession(ctx context.Context, in *createSessionInput) (*Output[Session], error) {
	c, r := callerOf(ctx), in.Body
	channels, err := channelsOf(r.Distribution)
	if err != nil {
		return nil, err
	}
	from, err := a.startFrom(ctx, appliance.TemplateID(r.TemplateID.Value), r.Language)
	if err != nil {
		return nil, err
	}
	s := appliance.Session{
		Brief: r.brief(from), TemplateID: string(from.ID),
		ProjectID: appliance.ProjectID(r.ProjectID.Value), Status: appliance.SessionOpen, Language: r.Language,
		PromptOverride: r.Prompt.Value, DefaultUse: r.DefaultUse, CrossPollination: r.CrossPollination,
		PollinationMinimum: r.PollinateFrom, WidgetsEnabled: r.WidgetsEnabled,
		ResultsVisibility: r.ResultsVisibility, WhoMayJoin: r.WhoMayJoin, Distribution: channels, Roster: rosterOf(r.Roster),
	}
	if r.Draft {
		s.Status = appliance.SessionDraft
	}
	if s.Language == "" {
		s.Language = from.Language // the guide is written in it
	}
	if s.Language == "" {
		s.Language, _ = languageFor(c.Account, s.Brief)
	}
	if s.PromptOverride == "" {
		s.PromptOverride = from.Prompt
	}
	if s.ResultsVisibility == "" {
		s.ResultsVisibility = appliance.ResultsHost
	}
	form := formOf(r.Questions)
	if r.Questions == nil {
		form = from.Form
	}
	p := append(problemsOf(s.Validate()), problemsOf(form.Validate("questions"))...)
	if from.Chain != nil {
		from.Chain.CheckRoster(&p, "roster", s.Roster)
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	if err := a.mayFill(ctx, s.ProjectID); err != nil {
		return nil, err
	}
	g := guideOf(s, from)
	made, err := a.Store.CreateSession(ctx, c.By(), in.once(ctx, "createSession", in.Body), s, g, form)
	if err != nil {
		return nil, err
	}
	out, err := a.sessionAs(ctx, made.ID)
	if err == nil {
		out.Body.Chain = chainOutcome(from)
	}
	return out, err
}

// languageFor gives the language of a session for which none was chosen, and whether the brief shows it: who writes in
// German asks people in German, whatever language they read the pages in.
func languageFor(account appliance.Account, b appliance.Brief) (language appliance.Language, recognised bool) {
	if language, recognised = guide.LanguageOf(b); recognised {
		return language, true
	}
	return account.Language.Or(appliance.English), false
}

// BriefRequest is a brief on its way, with whatever of it is written.
type BriefRequest struct {
	Topic    string `json:"topic,omitempty" maxLength:"300"`
	Goal     string `json:"goal,omitempty" maxLength:"2000"`
	Critical string `json:"critical,omitempty" maxLength:"2000"`
	Context  string `json:"context,omitempty" maxLength:"10000"`
}

// BriefLanguage is the language that a session with a brief gets when none is chosen.
type BriefLanguage struct {
	Language   appliance.Language `json:"language"`
	Recognised bool               `json:"recognised" doc:"By the words of the brief; else it is the account's"`
}

type recogniseLanguageInput struct{ Body BriefRequest }

func (a *API) recogniseLanguage(ctx context.Context, in *recogniseLanguageInput) (*Output[BriefLanguage], error) {
	language, recognised := languageFor(callerOf(ctx).Account, appliance.Brief(in.Body))
	return &Output[BriefLanguage]{Body: BriefLanguage{Language: language, Recognised: recognised}}, nil
}

// draftOf drafts the guide of a session from its brief.
func draftOf(s appliance.Session) appliance.GuideVersion {
	return appliance.GuideVersion{SessionID: s.ID, Guide: guide.Draft(s.Brief, s.Language),
		Maker: appliance.Maker{By: appliance.MadeByRules, PromptVersion: guide.PromptVersion}, Reason: "drafted from the brief"}
}

// startFrom gives the template that a session is to be started from; the zero one for the empty id.
func (a *API) startFrom(ctx context.Context, id appliance.TemplateID, lang appliance.Language) (appliance.Template, error) {
	if id == "" {
		return appliance.Template{}, nil
	}
	t, err := a.template(ctx, id, lang)
	switch {
	case appliance.CodeOf(err) == appliance.CodeNotFound:
		return appliance.Template{}, unprocessable("template_id", "There is no template with this id on this box, or you may not see "+
			"it. GET /templates lists those that there are. Nothing was saved.")
	case err != nil:
		return appliance.Template{}, err
	}
	return firstStep(t.Template), nil
}

// brief gives the brief that was sent, with that of a template where nothing was.
func (r SessionRequest) brief(from appliance.Template) appliance.Brief {
	b := appliance.Brief{Topic: cmp.Or(r.Topic, from.Brief.Topic), Goal: cmp.Or(r.Goal, from.Brief.Goal),
		Critical: from.Brief.Critical, Context: from.Brief.Context}
	r.Critical.apply(&b.Critical)
	r.Context.apply(&b.Context)
	return b
}

// guideOf gives the guide of a new session: that of its template, else one drafted from its brief.
func guideOf(s appliance.Session, from appliance.Template) appliance.GuideVersion {
	g, ok := guide.GuideFrom(from.TemplateContent, s.Brief)
	if !ok {
		return draftOf(s)
	}
	return appliance.GuideVersion{SessionID: s.ID, Guide: g, Maker: appliance.Maker{By: appliance.MadeByHand},
		Reason: "from the template “" + from.Title + "”"}
}

// mayFill checks that the caller may put a session into a project; "" is none, which everybody may.
func (a *API) mayFill(ctx context.Context, id appliance.ProjectID) error {
	if id == "" {
		return nil
	}
	role, err := a.Store.RoleOnProject(ctx, callerOf(ctx).Account.ID, id)
	switch {
	case appliance.CodeOf(err) == appliance.CodeNotFound, err == nil && role == appliance.RoleNone:
		return appliance.Invalid("project_id", "There is no such project, or you may not see it.")
	case err != nil:
		return err
	case !role.AtLeast(appliance.RoleEditor):
		return appliance.Errorf(appliance.CodeForbidden, "Putting a session into this project needs the role editor; yours there is %s.", role)
	}
	return nil
}
