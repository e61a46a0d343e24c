package web

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/guide"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
)

// SessionItem is a session as lists show it.
type SessionItem struct {
	ID               appliance.SessionID     `json:"id"`
	Topic            string                  `json:"topic"`
	Goal             string                  `json:"goal"`
	Status           string                  `json:"status" enum:"active,completed" doc:"active while it is draft or open, completed when it is closed or archived"`
	State            appliance.SessionStatus `json:"state" enum:"draft,open,closed,archived"`
	ParticipantCount int                     `json:"participant_count" doc:"Who joined"`
	ActiveCount      int                     `json:"active_count" doc:"Conversations that go on"`
	FinishedCount    int                     `json:"finished_count" doc:"Conversations that have ended"`
	ProjectID        *appliance.ProjectID    `json:"project_id" nullable:"true"`
	Language         appliance.Language      `json:"language" doc:"Of the guide, and of participants who choose none"`
	Role             appliance.Role          `json:"role" enum:"owner,admin,editor,viewer" doc:"Of who asks"`
	CreatedAt        Time                    `json:"created_at"`
	UpdatedAt        Time                    `json:"updated_at" doc:"Of the last edit"`
	JoinURL          string                  `json:"join_url" doc:"Where people take part, while it is open"`
}

// Session is a session with all that its host has set.
type Session struct {
	SessionItem
	Critical              string                      `json:"critical" doc:"What must be learnt, one point a line"`
	Context               string                      `json:"context" doc:"What the facilitator should know beforehand"`
	Prompt                string                      `json:"prompt" doc:"The guide as one text; the text that was set by hand, if one was"`
	PromptOverride        string                      `json:"prompt_override" doc:"The text that was set by hand in place of the guide; empty when none was"`
	Summary               *string                     `json:"summary" nullable:"true" doc:"Markdown; null while there is none, and for who may not see it"`
	SessionMD             string                      `json:"session_md" doc:"Brief, guide and summary as one Markdown document; without the summary for who may not see it"`
	Host                  string                      `json:"host" doc:"Who asks, as participants read it; empty shows the name of who made the session"`
	WelcomeMessage        string                      `json:"welcome_message" doc:"Empty shows the built-in one"`
	ConsentText           string                      `json:"consent_text" doc:"Empty shows the built-in one"`
	DefaultWelcomeMessage string                      `json:"default_welcome_message" doc:"The built-in one, in the session's language"`
	UsesText              string                      `json:"uses_text" doc:"What follows every consent text: default_use in words"`
	DefaultConsentText    string                      `json:"default_consent_text" doc:"The built-in one, in the session's language"`
	Anonymous             bool                        `json:"anonymous" doc:"No name or e-mail address is asked for or kept"`
	WhoMayJoin            appliance.Access            `json:"who_may_join" enum:"link,code,invitation,account" doc:"Whoever has the link; or whoever types the short code too, brings a single-use invitation, or has logged in on the box"`
	IsPublic              bool                        `json:"is_public" doc:"Every account of the box sees it"`
	JoinCode              *string                     `json:"join_code" nullable:"true" doc:"To type at /join; null unless the session is open"`
	GuideVersion          int                         `json:"guide_version" doc:"The version in use"`
	GuideDrift            bool                        `json:"guide_drift" doc:"The brief has changed since that version was saved"`
	Minutes               int                         `json:"minutes" doc:"How long a conversation is expected to take"`
	OpenedAt              *Time                       `json:"opened_at" nullable:"true"`
	ClosedAt              *Time                       `json:"closed_at" nullable:"true"`
	DefaultUse            appliance.Use               `json:"default_use" enum:"quote,paraphrase,count" doc:"How words may be used in results of participants who choose nothing"`
	CrossPollination      bool                        `json:"cross_pollination" doc:"The facilitator may offer participants ideas of others, in words of the group"`
	PollinationMinimum    int                         `json:"cross_pollination_minimum" doc:"Other people who must have spoken to a topic before that"`
	WidgetsEnabled        bool                        `json:"widgets_enabled"`
	ResultsVisibility     appliance.ResultsVisibility `json:"results_visibility" enum:"host,participants,public" doc:"The widest audience of any part of the results"`
	Visibility            Visibility                  `json:"visibility" doc:"Who may see which part of the results"`
	Tabs                  []appliance.Tab             `json:"tabs" doc:"The parts of the results that who asks may see"`
	ResultsURL            string                      `json:"results_url" doc:"Where others than members see what they may see of the results"`
	Distribution          []string                    `json:"distribution" doc:"Ways in which it is handed out, as the client named them"`
	Roster                []RosterEntry               `json:"roster" doc:"Who is expected to take part; empty for who is no editor"`
	Chain                 *ChainOutcome               `json:"chain,omitempty" doc:"In the answer that made the session, where its template is a chain"`
	SummaryPrompt         string                      `json:"summary_prompt"`
	PromptSummary         string                      `json:"prompt_summary"`
	PromptGeneratedFrom   GeneratedFrom               `json:"prompt_generated_from"`
	MetaDescription       string                      `json:"meta_description"`
	IntroVideoURL         *string                     `json:"intro_video_url" nullable:"true" doc:"Always null: nothing is fetched from elsewhere"`
	TemplateID            *string                     `json:"template_id" nullable:"true"`
	PlatformGuidelines    string                      `json:"platform_guidelines_override"`
	Models                ModelChoice                 `json:"models" doc:"Which models do its work, where it differs from its project"`
	OfferAfter            int                         `json:"offer_after" doc:"Seconds without a word until participants are offered guided mode; 0 leaves it to the box"`
	TakeOverAfter         int                         `json:"take_over_after" doc:"Seconds without a word until guided mode takes over; 0 leaves it to the box"`
	HelpText              string                      `json:"help_text" doc:"Where help is, said to somebody who finds something hard to bear; empty leaves it to the box"`
	Leading               Leading                     `json:"leading" doc:"The three as they hold, with what the box has set"`
}

// base gives the address of the box to give out to participants, without a slash at its end.
func (a *API) base() string { return a.Network.Addresses()[0].URL }

// joinURL gives the address at which people take part in a session.
func joinURL(base string, id appliance.SessionID) string {
	return strings.TrimSuffix(base, "/") + "/chat?s=" + url.QueryEscape(string(id))
}

func (a *API) sessionItem(l store.SessionListing) SessionItem {
	return SessionItem{ID: l.ID, Topic: l.Brief.Topic, Goal: l.Brief.Goal, Status: l.Status.APIStatus(), State: l.Status,
		ParticipantCount: l.Participants, ActiveCount: l.Active, FinishedCount: l.Finished, ProjectID: orNull(l.ProjectID),
		Language: l.Language, Role: l.Role, CreatedAt: Time{l.CreatedAt}, UpdatedAt: Time{l.UpdatedAt}, JoinURL: joinURL(a.base(), l.ID)}
}

// sessionAs gives a session as the caller sees it, with everything.
func (a *API) sessionAs(ctx context.Context, id appliance.SessionID) (*Output[Session], error) {
	l, err := a.Store.SessionListing(ctx, callerOf(ctx).Account.ID, id)
	if err != nil {
		return nil, err
	}
	used, err := a.Store.Guide(ctx, id, 0)
	if err != nil {
		return nil, err
	}
	s := l.Session
	tabs := s.Visibility.Open(l.Role)
	var summary Summary
	if slices.Contains(tabs, appliance.TabSummary) {
		if summary, err = a.summaryOf(ctx, s); err != nil {
			return nil, err
		}
	}
	prompt := promptFrom(s, used.Guide)
	out := Session{SessionItem: a.sessionItem(l), Critical: s.Brief.Critical, Context: s.Brief.Context, Prompt: prompt, PromptOverride: s.PromptOverride,
		Summary: summary.Summary, Host: s.Host, WelcomeMessage: s.WelcomeMessage, ConsentText: s.ConsentText,
		DefaultWelcomeMessage: guide.Welcome(s.Language), DefaultConsentText: guide.Consent(s.Language),
		UsesText:  usesText(s),
		Anonymous: s.Anonymous, WhoMayJoin: s.WhoMayJoin, IsPublic: s.Public, GuideVersion: used.Version, GuideDrift: used.Brief != s.Brief,
		Minutes: used.Guide.Minutes(), OpenedAt: timeOrNull(s.OpenedAt), ClosedAt: timeOrNull(s.ClosedAt),
		DefaultUse: s.DefaultUse, CrossPollination: s.CrossPollination, PollinationMinimum: s.PollinationMinimum, WidgetsEnabled: s.WidgetsEnabled, ResultsVisibility: s.ResultsVisibility,
		Visibility: visibilityOut(s.Visibility), Tabs: tabs, ResultsURL: resultsURL(a.base(), id),
		Distribution: append([]string{}, s.Distribution...), Roster: rosterOut(s, l.Role), SummaryPrompt: s.SummaryPrompt, PromptSummary: s.PromptSummary, PromptGeneratedFrom: GeneratedFrom{s.PromptGeneratedFrom},
		MetaDescription: s.MetaDescription, TemplateID: orNull(s.TemplateID), PlatformGuidelines: s.PlatformGuidelines,
		Models: modelChoiceOut(s.Models), OfferAfter: s.Leading.OfferAfter, TakeOverAfter: s.Leading.TakeOverAfter,
		HelpText: s.Leading.HelpText}
	if out.Leading, err = a.leadingOf(ctx, id); err != nil {
		return nil, err
	}
	text := ""
	if summary.Summary != nil {
		text = *summary.Summary
	}
	out.SessionMD = synthesis.Document(s, prompt, text)
	if s.Status == appliance.SessionOpen {
		out.JoinCode = &s.JoinCode
	}
	return &Output[Session]{out}, nil
}

// promptOf gives the guide of a session as one text, or the text that was set in its place.
func (a *API) promptOf(ctx context.Context, s appliance.Session) (string, error) {
	used, err := a.Store.Guide(ctx, s.ID, 0)
	if err != nil {
		return "", err
	}
	return promptFrom(s, used.Guide), nil
}

func promptFrom(s appliance.Session, g appliance.Guide) string {
	if s.PromptOverride != "" {
		return s.PromptOverride
	}
	return guide.Render(g, s.Brief, s.Language)
}

func (a *API) getSession(ctx context.Context, in *SessionPath) (*Output[Session], error) {
	out, err := a.sessionAs(ctx, in.ID)
	if err == nil && out.Body.Summary != nil {
		a.Store.NoteView(ctx, callerOf(ctx).By(), "results.view", string(in.ID))
	}
	return out, err
}

type listSessionsInput struct {
	Page
	Status    string              `query:"status" enum:"active,completed" doc:"active: draft or open; completed: closed or archived"`
	State     []string            `query:"state,explode" maxItems:"8" doc:"draft, open, closed, archived: one or several, separated by commas or repeated"`
	ProjectID appliance.ProjectID `query:"project_id" maxLength:"40"`
	Q         string              `query:"q" maxLength:"200" doc:"Topic or goal holds this"`
}

func (a *API) listSessions(ctx context.Context, in *listSessionsInput) (*Output[List[SessionItem]], error) {
	states, err := in.states()
	if err != nil {
		return nil, err
	}
	stored, total, err := a.Store.Sessions(ctx, callerOf(ctx).Account.ID, store.SessionFilter{Status: states,
		Project: in.ProjectID, Text: in.Q, Page: store.Page{Limit: in.Limit, Offset: in.Offset}})
	if err != nil {
		return nil, err
	}
	items := make([]SessionItem, len(stored))
	for i, l := range stored {
		items[i] = a.sessionItem(l)
	}
	return &Output[List[SessionItem]]{List[SessionItem]{items, Pagination{total, in.Limit, in.Offset}}}, nil
}

// states gives the states that both filters let through; none where neither was given.
func (in *listSessionsInput) states() ([]appliance.SessionStatus, error) {
	var wanted []appliance.SessionStatus
	for _, list := range in.State {
		for name := range strings.SplitSeq(list, ",") {
			wanted = append(wanted, appliance.SessionStatus(strings.TrimSpace(name)))
		}
	}
	all := []appliance.SessionStatus{appliance.SessionDraft, appliance.SessionOpen, appliance.SessionClosed, appliance.SessionArchived}
	var through []appliance.SessionStatus
	for _, s := range all {
		if (wanted == nil || slices.Contains(wanted, s)) && (in.Status == "" || s.APIStatus() == in.Status) {
			through = append(through, s)
		}
	}
	for _, s := range wanted {
		if !slices.Contains(all, s) {
			return nil, appliance.Invalid("state", "The states of a session are draft, open, closed and archived.")
		}
	}
	if len(through) == 0 {
		return []appliance.SessionStatus{""}, nil // the filters exclude each other
	}
	return through, nil
}
