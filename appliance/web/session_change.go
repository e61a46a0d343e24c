package web

import (
	"context"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// SessionPatch changes a session; what is left out stays, and null empties where it is possible. The brief changes
// alone: the guide stays as it is until it is drafted anew or edited.
type SessionPatch struct {
	Topic               Optional[string]             `json:"topic,omitempty" maxLength:"300" nullable:"false"`
	Goal                Optional[string]             `json:"goal,omitempty" maxLength:"2000" nullable:"false"`
	Critical            Optional[string]             `json:"critical,omitempty" maxLength:"2000"`
	Context             Optional[string]             `json:"context,omitempty" maxLength:"10000"`
	Language            *appliance.Language          `json:"language,omitempty" maxLength:"10"`
	Host                Optional[string]             `json:"host,omitempty" maxLength:"100" doc:"Who asks, as participants read it"`
	WelcomeMessage      Optional[string]             `json:"welcome_message,omitempty" maxLength:"2000" doc:"null or empty shows the built-in one"`
	ConsentText         Optional[string]             `json:"consent_text,omitempty" maxLength:"4000" doc:"null or empty shows the built-in one"`
	Anonymous           *bool                        `json:"anonymous,omitempty"`
	WhoMayJoin          *appliance.Access            `json:"who_may_join,omitempty" enum:"link,code,invitation,account" doc:"Those who joined before stay"`
	IsPublic            *bool                        `json:"is_public,omitempty"`
	ProjectID           Optional[string]             `json:"project_id,omitempty" maxLength:"40" doc:"null takes the session out of its project"`
	Prompt              Optional[string]             `json:"prompt,omitempty" maxLength:"40000" doc:"What a model is told in place of the guide, within the rules of the program; null or empty tells it the guide again. Its first 8000 bytes count. Guided mode keeps to the guide itself"`
	SummaryPrompt       Optional[string]             `json:"summary_prompt,omitempty" maxLength:"40000"`
	PromptSummary       Optional[string]             `json:"prompt_summary,omitempty" maxLength:"40000"`
	PromptGeneratedFrom Optional[GeneratedFrom]      `json:"prompt_generated_from,omitempty"`
	DefaultUse          *appliance.Use               `json:"default_use,omitempty" enum:"quote,paraphrase,count" doc:"Of participants who join from now on"`
	CrossPollination    *bool                        `json:"cross_pollination,omitempty" doc:"Let the facilitator offer participants ideas of others, in words of the group"`
	PollinationMinimum  *int                         `json:"cross_pollination_minimum,omitempty" minimum:"3" maximum:"1000" doc:"Other people who must have spoken to a topic before that"`
	WidgetsEnabled      *bool                        `json:"widgets_enabled,omitempty"`
	ResultsVisibility   *appliance.ResultsVisibility `json:"results_visibility,omitempty" enum:"public,participants,host" doc:"Shares the summary and the themes, or nothing; visibility says it more exactly"`
	Visibility          *Visibility                  `json:"visibility,omitempty" doc:"Takes the place of the whole table"`
	Distribution        *[]Channel                   `json:"distribution,omitempty" maxItems:"20" doc:"link, qr and code"`
	MetaDescription     Optional[string]             `json:"meta_description,omitempty" maxLength:"2000"`
	IntroVideoURL       Optional[string]             `json:"intro_video_url,omitempty" maxLength:"2000" doc:"null or empty: nothing is fetched from elsewhere"`
	TemplateID          Optional[string]             `json:"template_id,omitempty" maxLength:"100" doc:"Another one than the session has puts the guide of that template in use, as a new version"`
	PlatformGuidelines  Optional[string]             `json:"platform_guidelines_override,omitempty" maxLength:"40000" doc:"How a model is to speak, beside the rules of the program; its first 2000 bytes count"`
	Models              Optional[ModelChoice]        `json:"models,omitempty" doc:"Takes the place of the whole choice; null leaves it to the project and the box"`
	OfferAfter          Optional[int]                `json:"offer_after,omitempty" minimum:"0" maximum:"120" doc:"null or 0 leaves it to the box"`
	TakeOverAfter       Optional[int]                `json:"take_over_after,omitempty" minimum:"0" maximum:"300" doc:"null or 0 leaves it to the box"`
	HelpText            Optional[string]             `json:"help_text,omitempty" maxLength:"1000" doc:"null or empty leaves it to the box"`
	Questions           *[]Question                  `json:"questions,omitempty" maxItems:"30" doc:"Takes the place of the whole form"`
}

// cannotDo says in words what of a patch is understood and not possible here; nil when all is.
func (p SessionPatch) cannotDo() error {
	if p.IntroVideoURL.Value != "" {
		return unprocessable("intro_video_url", "This box fetches nothing from elsewhere and keeps no videos, so there "+
			"can be no introduction by video. Say it in the welcome message. Nothing was changed.")
	}
	if p.Distribution != nil {
		_, err := channelsOf(*p.Distribution)
		return err
	}
	return nil
}

func (p SessionPatch) apply(s *appliance.Session) {
	p.Topic.apply(&s.Brief.Topic) // null empties it, and a session without a topic or goal is refused
	p.Goal.apply(&s.Brief.Goal)
	p.Critical.apply(&s.Brief.Critical)
	p.Context.apply(&s.Brief.Context)
	set(&s.Language, p.Language)
	p.Host.apply(&s.Host)
	p.WelcomeMessage.apply(&s.WelcomeMessage)
	p.ConsentText.apply(&s.ConsentText)
	set(&s.Anonymous, p.Anonymous)
	set(&s.WhoMayJoin, p.WhoMayJoin)
	set(&s.Public, p.IsPublic)
	if p.ProjectID.Given {
		s.ProjectID = appliance.ProjectID(p.ProjectID.Value)
	}
	p.Prompt.apply(&s.PromptOverride)
	p.SummaryPrompt.apply(&s.SummaryPrompt)
	p.PromptSummary.apply(&s.PromptSummary)
	if p.PromptGeneratedFrom.Given {
		s.PromptGeneratedFrom = p.PromptGeneratedFrom.Value.text
	}
	if p.Distribution != nil {
		s.Distribution, _ = channelsOf(*p.Distribution) // see cannotDo
	}
	set(&s.DefaultUse, p.DefaultUse)
	set(&s.CrossPollination, p.CrossPollination)
	set(&s.PollinationMinimum, p.PollinationMinimum)
	set(&s.WidgetsEnabled, p.WidgetsEnabled)
	set(&s.ResultsVisibility, p.ResultsVisibility)
	p.MetaDescription.apply(&s.MetaDescription)
	p.TemplateID.apply(&s.TemplateID)
	p.PlatformGuidelines.apply(&s.PlatformGuidelines)
	p.OfferAfter.apply(&s.Leading.OfferAfter)
	p.TakeOverAfter.apply(&s.Leading.TakeOverAfter)
	p.HelpText.apply(&s.Leading.HelpText)
}

type updateSessionInput struct {
	SessionPath
	Body SessionPatch
}

func (a *API) updateSession(ctx context.Context, in *updateSessionInput) (*Output[Session], error) {
	patch := in.Body
	if err := patch.cannotDo(); err != nil {
		return nil, err
	}
	if err := a.mayMove(ctx, in.ID, patch); err != nil {
		return nil, err
	}
	before, err := a.Store.Session(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	from, err := a.startFrom(ctx, appliance.TemplateID(patch.TemplateID.Value), before.Language)
	if err != nil {
		return nil, err
	}
	by := callerOf(ctx).By()
	role, err := a.Store.RoleOnSession(ctx, by.Account, in.ID)
	if err != nil {
		return nil, err
	}
	change := func(s *appliance.Session) error {
		was := *s
		patch.apply(s)
		if s.Public != was.Public && !role.AtLeast(appliance.RoleAdmin) {
			return appliance.Errorf(appliance.CodeForbidden, "Who sees the session beside its members is for its administrators; your role here is %s. "+
				"Nothing was changed.", role)
		}
		if err := patch.shows(s, was, role); err != nil || !patch.Models.Given {
			return err
		}
		var err error
		s.Models, err = a.installed(patch.Models.Value.domain(), s.Models, "models.")
		return err
	}
	var after appliance.Session
	if patch.Questions != nil {
		after, err = a.Store.UpdateSessionAndForm(ctx, by, in.ID, change, formOf(*patch.Questions))
	} else {
		after, err = a.Store.UpdateSession(ctx, by, in.ID, change)
	}
	if err != nil {
		return nil, err
	}
	a.Engine.SessionChanged(in.ID)
	if from.ID != "" && before.TemplateID != after.TemplateID {
		if _, err := a.Store.SaveGuide(ctx, by, store.Once{}, guideOf(after, from), 0); err != nil {
			return nil, err
		}
	}
	return a.sessionAs(ctx, in.ID)
}

// mayMove checks that the caller may put the session where the patch puts it. Leaving it in its project needs nothing. The
// people of a project have their roles on its sessions: who sees a session is for its administrators, and nobody rises by
// moving one.
func (a *API) mayMove(ctx context.Context, id appliance.SessionID, p SessionPatch) error {
	if !p.ProjectID.Given {
		return nil
	}
	s, err := a.Store.Session(ctx, id)
	if err != nil || string(s.ProjectID) == p.ProjectID.Value {
		return err
	}
	account := callerOf(ctx).By().Account
	role, err := a.Store.RoleOnSession(ctx, account, id)
	if err != nil {
		return err
	}
	need := appliance.RoleAdmin
	if p.ProjectID.Value != "" {
		if err := a.mayFill(ctx, appliance.ProjectID(p.ProjectID.Value)); err != nil {
			return err
		}
		there, err := a.Store.RoleOnProject(ctx, account, appliance.ProjectID(p.ProjectID.Value))
		if err != nil {
			return err
		}
		need = appliance.HighestRole(need, there)
	}
	if !role.AtLeast(need) {
		return appliance.Errorf(appliance.CodeForbidden, "Into which project a session goes is for its administrators, and for who has no "+
			"higher role on that project; your role on the session is %s. Nothing was changed.", role)
	}
	return nil
}

// openSession opens a draft, or a closed session again.
func (a *API) openSession(ctx context.Context, in *SessionPath) (*Output[Session], error) {
	return a.moveSession(ctx, in.ID, appliance.SessionOpen)
}

func (a *API) closeSession(ctx context.Context, in *SessionPath) (*Output[Session], error) {
	return a.moveSession(ctx, in.ID, appliance.SessionClosed)
}

func (a *API) archiveSession(ctx context.Context, in *SessionPath) (*Output[Session], error) {
	return a.moveSession(ctx, in.ID, appliance.SessionArchived)
}

// reopenSession opens a closed session, and brings an archived one back to the closed ones.
func (a *API) reopenSession(ctx context.Context, in *SessionPath) (*Output[Session], error) {
	s, err := a.Store.Session(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	switch s.Status {
	case appliance.SessionArchived:
		return a.moveSession(ctx, in.ID, appliance.SessionClosed)
	case appliance.SessionDraft:
		return nil, appliance.Errorf(appliance.CodeConflict, "This session was never open. Open it instead.")
	}
	return a.moveSession(ctx, in.ID, appliance.SessionOpen)
}

// moveSession puts a session in another state and tells whoever listens, once it is on the disk.
func (a *API) moveSession(ctx context.Context, id appliance.SessionID, to appliance.SessionStatus) (*Output[Session], error) {
	if _, err := a.Store.MoveSession(ctx, callerOf(ctx).By(), id, to); err != nil {
		return nil, err
	}
	switch to {
	case appliance.SessionOpen:
		// What is owed is taken up even if whoever opened the session does not wait for the answer. A failure leaves
		// it owed: the next message, or the next start, takes it up.
		if err := a.Engine.SessionOpened(context.WithoutCancel(ctx), id); err != nil {
			a.Log.ErrorContext(ctx, "answers were not taken up", "session", string(id), "err", err)
		}
	case appliance.SessionClosed:
		a.Engine.SessionClosed(id)
		// What fails here is done by the next sweep.
		if err := a.Store.Coarsen(context.WithoutCancel(ctx)); err != nil {
			a.Log.ErrorContext(ctx, "the times of an anonymous session were not taken away yet", "session", string(id), "err", err)
		}
	}
	return a.sessionAs(ctx, id)
}

type deleteSessionInput struct {
	SessionPath
	Body SessionDeletion
}

// SessionDeletion confirms that a session is to be deleted.
type SessionDeletion struct {
	Topic string `json:"topic" maxLength:"300" doc:"The topic of the session, so that it is the right one that goes"`
}

// Deletion says what was deleted for good, in numbers.
type Deletion struct {
	Sessions      int                 `json:"sessions"`
	Conversations int                 `json:"conversations"`
	Turns         int                 `json:"turns"`
	Participants  int                 `json:"participants"`
	FinishedAt    Time                `json:"finished_at"`
	Receipt       appliance.ReceiptID `json:"receipt" doc:"Id of the receipt; empty while it waits"`
	Waits         bool                `json:"waits" doc:"A legal hold keeps it: it is over and counts nowhere any more, and an administrator decides whether it is erased"`
}

func deletionOf(d store.Deletion) Deletion {
	return Deletion{d.Sessions, d.Conversations, d.Turns, d.Participants, Time{d.FinishedAt}, d.Receipt, false}
}

func (a *API) deleteSession(ctx context.Context, in *deleteSessionInput) (*Output[Deletion], error) {
	s, err := a.Store.Session(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(in.Body.Topic) != strings.TrimSpace(s.Brief.Topic) {
		return nil, appliance.Invalid("topic", "This is not the topic of the session. Nothing was deleted; please type it as it stands there.")
	}
	r, err := a.Retention.Begin(ctx, callerOf(ctx).By(), appliance.EraseSession, []appliance.Erased{{Kind: "session", ID: string(in.ID)}})
	if err != nil {
		return nil, err
	}
	return &Output[Deletion]{deletionOf(store.DeletionOf(r, r.BeganAt))}, nil
}
