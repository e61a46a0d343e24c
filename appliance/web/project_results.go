package web

import (
	"context"
	"slices"

	"harmonium/appliance"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
)

// The bounds of the results of a project.
const (
	maxProjectSessions = 30 // the newest with results
	projectClaims      = 12 // of each theme, by which themes are compared
)

// ProjectResults is what the sessions of a project say together, by rules. Everything leads back to its session.
type ProjectResults struct {
	ProjectID appliance.ProjectID `json:"project_id"`
	Sessions  []ProjectSession    `json:"sessions" doc:"Those with results that who asks may see, the first made first; of more than 30 the last 30"`
	Missing   []string            `json:"missing" doc:"What of recorded meetings is in no result, a sentence each, in the language of its session"`
	Recurring []RecurringTheme    `json:"recurring" doc:"Themes of several sessions; what most sessions have first"`
	Changes   []ThemeChange       `json:"changes" doc:"Between the last two sessions, and of what recurs between the first and the last that have it"`
	Decisions []SessionStatement  `json:"decisions" doc:"The last session first"`
	Open      []SessionStatement  `json:"open" doc:"Open questions: gaps and tensions, the last session first"`
}

// ProjectSession is a session that the results of a project are of.
type ProjectSession struct {
	ID        appliance.SessionID `json:"id"`
	Topic     string              `json:"topic"`
	CreatedAt Time                `json:"created_at"`
	People    int                 `json:"people" doc:"Who have answered"`
}

// RecurringTheme is a theme of several sessions.
type RecurringTheme struct {
	Title string         `json:"title" doc:"In the last session that has it"`
	In    []SessionTheme `json:"in" doc:"The first session first"`
}

// SessionTheme is a theme of one session.
type SessionTheme struct {
	SessionID appliance.SessionID `json:"session_id"`
	ThemeID   appliance.ThemeID   `json:"theme_id"`
	Title     string              `json:"title"`
	People    int                 `json:"people" doc:"Who speak of it"`
	Of        int                 `json:"of" doc:"People of the session who have answered"`
	Stance    Stances             `json:"stance"`
}

// ThemeChange is what differs between two sessions.
type ThemeChange struct {
	Kind   synthesis.ChangeKind `json:"kind" enum:"appeared,gone,more,fewer,better,worse" doc:"appeared and gone: in the last session against those before it; more and fewer: by a quarter of the people or more; better and worse: from mostly against it to mostly for it, or the other way"`
	Before *SessionTheme        `json:"before,omitempty"`
	After  *SessionTheme        `json:"after,omitempty"`
}

// SessionStatement is a decision or an open question of a session.
type SessionStatement struct {
	SessionID appliance.SessionID     `json:"session_id"`
	Kind      synthesis.StatementKind `json:"kind" enum:"decision,gap,tension"`
	Text      string                  `json:"text"`
	Evidence  []StatementEvidence     `json:"evidence"`
}

// StatementEvidence is where in a conversation somebody said it.
type StatementEvidence struct {
	ConversationID appliance.ConversationID `json:"conversation_id"`
	TurnID         appliance.TurnID         `json:"turn_id"`
	Seq            int                      `json:"seq"`
	Start          int                      `json:"start" doc:"First byte of the words in the turn's content (UTF-8)"`
	End            int                      `json:"end"`
}

// getProjectResults puts the results of the sessions of a project together: the same results give the same.
func (a *API) getProjectResults(ctx context.Context, in *ProjectPath) (*Output[ProjectResults], error) {
	_, ids, err := a.Store.Project(ctx, callerOf(ctx).Account.ID, in.ID)
	if err != nil {
		return nil, err
	}
	open := map[appliance.SessionID][]appliance.Tab{}
	var shown []appliance.SessionID
	for _, id := range ids {
		tabs, err := a.openTabs(ctx, id)
		if err != nil {
			return nil, err
		}
		if slices.Contains(tabs, appliance.TabSummary) && slices.Contains(tabs, appliance.TabThemes) {
			open[id] = tabs
			shown = append(shown, id)
		}
	}
	slices.Sort(shown) // whoever sees the same sessions is given the same
	out, err := store.Keep(ctx, a.Store, projectPage{in.ID, callerOf(ctx).Key != nil}, shown, func() (ProjectResults, error) { return a.projectResults(ctx, in.ID, shown) })
	if err != nil {
		return nil, err
	}
	out.Decisions, out.Open = statementsFor(open, out.Decisions), statementsFor(open, out.Open)
	return &Output[ProjectResults]{out}, nil
}

// projectPage names the results of a project among what is kept.
type projectPage struct {
	id      appliance.ProjectID
	program bool // see store.ForProgram
}

// projectResults puts the results of sessions together.
func (a *API) projectResults(ctx context.Context, id appliance.ProjectID, shown []appliance.SessionID) (ProjectResults, error) {
	sessions, err := a.sessionsOf(ctx, shown)
	if err != nil {
		return ProjectResults{}, err
	}
	var of []synthesis.SessionResults
	for _, s := range sessions {
		if len(of) == maxProjectSessions {
			break
		}
		r, err := a.sessionResults(ctx, s)
		if code := appliance.CodeOf(err); code == appliance.CodeNotFound {
			continue // there is no report yet
		} else if err != nil {
			return ProjectResults{}, err
		}
		of = append(of, r)
	}
	slices.Reverse(of)
	return projectResultsOut(id, of), nil
}

// sessionsOf gives sessions, the newest first.
func (a *API) sessionsOf(ctx context.Context, ids []appliance.SessionID) (list []appliance.Session, err error) {
	list = make([]appliance.Session, len(ids))
	for i, id := range ids {
		if list[i], err = a.Store.Session(ctx, id); err != nil {
			return nil, err
		}
	}
	appliance.Sort(list, func(a, b appliance.Session) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return list, nil
}

// statementsFor leaves out statements of sessions whose insights are not open to who asks, and where in conversations something
// was said, of sessions whose conversations are not.
func statementsFor(open map[appliance.SessionID][]appliance.Tab, list []SessionStatement) []SessionStatement {
	list = slices.DeleteFunc(slices.Clone(list), func(s SessionStatement) bool { return !slices.Contains(open[s.SessionID], appliance.TabInsights) })
	for i, s := range list {
		if !slices.Contains(open[s.SessionID], appliance.TabResponses) {
			list[i].Evidence = []StatementEvidence{}
		}
	}
	return list
}

// sessionResults reads what a session brings to the results of its project; CodeNotFound when it has no report.
func (a *API) sessionResults(ctx context.Context, s appliance.Session) (r synthesis.SessionResults, err error) {
	id := s.ID
	r.Session = s
	if r.Results, r.Themes, r.Claims, err = a.Store.ResultsForProject(ctx, id, projectClaims); err != nil {
		return r, err
	}
	version, err := a.Store.Guide(ctx, id, s.GuideVersion)
	if err != nil {
		return r, err
	}
	r.Guide = version.Guide
	return r, nil
}

func projectResultsOut(id appliance.ProjectID, of []synthesis.SessionResults) ProjectResults {
	out := ProjectResults{ProjectID: id, Sessions: []ProjectSession{}, Missing: []string{}, Recurring: []RecurringTheme{}, Changes: []ThemeChange{}}
	for _, r := range of {
		out.Sessions = append(out.Sessions, ProjectSession{r.Session.ID, r.Session.Brief.Topic, Time{r.Session.CreatedAt}, r.Themes.People})
		for _, m := range r.Results.Gaps {
			out.Missing = append(out.Missing, synthesis.MissingOf(r.Results.Language, m))
		}
	}
	p := synthesis.ProjectOf(of)
	for _, r := range p.Recurring {
		theme := RecurringTheme{Title: r.Title}
		for _, t := range r.In {
			theme.In = append(theme.In, sessionThemeOut(t))
		}
		out.Recurring = append(out.Recurring, theme)
	}
	for _, c := range p.Changes {
		change := ThemeChange{Kind: c.Kind}
		if c.Before != nil {
			t := sessionThemeOut(*c.Before)
			change.Before = &t
		}
		if c.After != nil {
			t := sessionThemeOut(*c.After)
			change.After = &t
		}
		out.Changes = append(out.Changes, change)
	}
	out.Decisions, out.Open = statementsOut(p.Decisions), statementsOut(p.Open)
	return out
}

func sessionThemeOut(t synthesis.ThemeIn) SessionTheme {
	return SessionTheme{t.Session, t.ID, t.Title, t.People, t.Of, stancesOut(t.Stances)}
}

func statementsOut(list []synthesis.SessionStatement) []SessionStatement {
	out := make([]SessionStatement, len(list))
	for i, s := range list {
		out[i] = SessionStatement{s.Session, s.Kind, s.Text, make([]StatementEvidence, len(s.Evidence))}
		for n, e := range s.Evidence {
			out[i].Evidence[n] = StatementEvidence{e.Conversation, e.Span.TurnID, e.Seq, e.Span.Start, e.Span.End}
		}
	}
	return out
}
