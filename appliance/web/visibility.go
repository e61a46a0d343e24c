package web

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"harmonium/appliance"
)

// Visibility is the table of who may see which part of the results of a session.
type Visibility struct {
	Minimum int             `json:"minimum" minimum:"3" maximum:"1000" doc:"Nothing that fewer people have said is shown to who is no member"`
	Tabs    []TabVisibility `json:"tabs" maxItems:"20" doc:"What is left out is shown to all members, and to nobody else"`
}

// TabVisibility says who may see one part.
type TabVisibility struct {
	Tab     appliance.Tab               `json:"tab" enum:"summary,themes,responses,insights,companion,files,export"`
	Members appliance.Role              `json:"members" enum:"viewer,editor,admin,owner" doc:"From which role on members see it"`
	Shared  appliance.ResultsVisibility `json:"shared" enum:"host,participants,public" doc:"Who sees it beside members: nobody; participants who have finished; everybody who reaches the box. Only summary, themes and responses, of which they see the answers in figures"`
}

func visibilityOut(v appliance.Visibility) Visibility {
	out := Visibility{Minimum: v.Group()}
	for _, t := range appliance.Tabs() {
		out.Tabs = append(out.Tabs, TabVisibility{t, v.Least(t), v.To(t)})
	}
	return out
}

func (v Visibility) domain() appliance.Visibility {
	out := appliance.Visibility{Members: map[appliance.Tab]appliance.Role{}, Shared: map[appliance.Tab]appliance.ResultsVisibility{},
		Minimum: v.Minimum}
	for _, t := range v.Tabs {
		out.Members[t.Tab], out.Shared[t.Tab] = t.Members, t.Shared
	}
	return out
}

// shows puts the table of a patch into a session, as far as somebody with a role on it may; Harmonica's word for it is bound
// by the same.
func (p SessionPatch) shows(s *appliance.Session, before appliance.Session, r appliance.Role) error {
	if p.Visibility != nil {
		s.Visibility, s.ResultsVisibility = p.Visibility.domain(), before.ResultsVisibility
	}
	return before.Visibility.MayBecome(s.Settled(before).Visibility, r)
}

// seesTab refuses who has a role on a session with which a part of its results is not seen. The session is named by its id
// or by that of a conversation.
func (a *API) seesTab(ctx context.Context, r appliance.Role, id string, t appliance.Tab) error {
	v, err := a.Store.VisibilityOf(ctx, id)
	if err == nil && !r.AtLeast(v.Least(t)) {
		return appliance.Errorf(appliance.CodeForbidden, "This part of the results is shown from the role %s on; yours here is %s.",
			v.Least(t), r)
	}
	return err
}

// openTabs gives the parts of the results of a session that the caller sees.
func (a *API) openTabs(ctx context.Context, id appliance.SessionID) ([]appliance.Tab, error) {
	role, err := a.Store.RoleOnSession(ctx, callerOf(ctx).Account.ID, id)
	if err != nil {
		return nil, err
	}
	v, err := a.Store.VisibilityOf(ctx, string(id))
	return v.Open(role), err
}

// opens says whether the caller sees a part of the results of a session.
func (a *API) opens(ctx context.Context, id appliance.SessionID, t appliance.Tab) (bool, error) {
	tabs, err := a.openTabs(ctx, id)
	return slices.Contains(tabs, t), err
}

// resultsURL gives the address at which others than members see what they may see of the results of a session.
func resultsURL(base string, id appliance.SessionID) string {
	return strings.TrimSuffix(base, "/") + "/results?s=" + url.QueryEscape(string(id))
}
