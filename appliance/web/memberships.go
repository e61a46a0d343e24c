package web

import (
	"context"
	"strings"

	"harmonium/appliance"
)

// Membership is the role of a person or a group on a project or a session.
type Membership struct {
	ID          string         `json:"id" doc:"Of the account (acc_…) or of the group (grp_…)"`
	Kind        string         `json:"kind" enum:"person,group"`
	Name        string         `json:"name"`
	Email       string         `json:"email" doc:"Of a person"`
	MemberCount int            `json:"member_count" doc:"Of a group: people in it who can log in"`
	Role        appliance.Role `json:"role" enum:"owner,admin,editor,viewer"`
	From        string         `json:"from" enum:"here,project" doc:"project: a role on the project of the session, which holds here too and is changed there"`
}

// Memberships are all who have a role on a project or a session by name. Owners and administrators of the box have that
// role on everything and are not named for it.
type Memberships struct {
	Data []Membership `json:"data" doc:"The highest role first; those of the project last"`
}

func membershipsOf(list []appliance.Membership) *Output[Memberships] {
	out := Memberships{make([]Membership, len(list))}
	for i, m := range list {
		row := Membership{ID: string(m.Account), Kind: "person", Name: m.Name, Email: m.Email, Role: m.Role, From: "here"}
		if m.Group != "" {
			row.ID, row.Kind, row.MemberCount = string(m.Group), "group", m.Count
		}
		if m.OfProject {
			row.From = "project"
		}
		out.Data[i] = row
	}
	return &Output[Memberships]{out}
}

// MembershipChange gives a role.
type MembershipChange struct {
	Role     appliance.Role `json:"role" enum:"owner,admin,editor,viewer" doc:"Below the caller's own; owner only with transfer"`
	Transfer bool           `json:"transfer,omitempty" doc:"With owner: hand the ownership over to this person. Who hands it over is an administrator then; other owners stay owners"`
}

// SharePath names a member among those of a project or a session.
type SharePath struct {
	Member string `path:"member" maxLength:"40" doc:"Id of an account (acc_…) or of a group (grp_…)"`
}

// member is who the path names, with a role.
func (p SharePath) member(role appliance.Role) appliance.Membership {
	if strings.HasPrefix(p.Member, "grp_") {
		return appliance.Membership{Group: appliance.GroupID(p.Member), Role: role}
	}
	return appliance.Membership{Account: appliance.AccountID(p.Member), Role: role}
}

// setMember gives a role on a place, or its ownership.
func (a *API) setMember(ctx context.Context, place appliance.Shared, path SharePath, change MembershipChange) (*Output[Memberships], error) {
	by, who := callerOf(ctx).By(), path.member(change.Role)
	var err error
	switch {
	case !change.Transfer:
		err = a.Store.SetMember(ctx, by, place, who)
	case change.Role != appliance.RoleOwner || who.Group != "":
		err = appliance.Invalid("transfer", "Only ownership can be handed over, to one person. Nothing was changed.")
	default:
		err = a.Store.HandOver(ctx, by, place, who.Account)
	}
	if err != nil {
		return nil, err
	}
	return a.membersOf(ctx, place)
}

func (a *API) membersOf(ctx context.Context, place appliance.Shared) (*Output[Memberships], error) {
	list, err := a.Store.Members(ctx, place)
	if err != nil {
		return nil, err
	}
	return membershipsOf(list), nil
}

func (a *API) listProjectMembers(ctx context.Context, in *ProjectPath) (*Output[Memberships], error) {
	return a.membersOf(ctx, appliance.Shared{Project: in.ID})
}

type projectMemberInput struct {
	ProjectPath
	SharePath
	Body MembershipChange
}

func (a *API) setProjectMember(ctx context.Context, in *projectMemberInput) (*Output[Memberships], error) {
	return a.setMember(ctx, appliance.Shared{Project: in.ID}, in.SharePath, in.Body)
}

type projectMemberPath struct {
	ProjectPath
	SharePath
}

func (a *API) removeProjectMember(ctx context.Context, in *projectMemberPath) (*None, error) {
	return &None{}, a.Store.RemoveMember(ctx, callerOf(ctx).By(), appliance.Shared{Project: in.ID}, in.member(appliance.RoleNone))
}

func (a *API) listSessionMembers(ctx context.Context, in *SessionPath) (*Output[Memberships], error) {
	return a.membersOf(ctx, appliance.Shared{Session: in.ID})
}

type sessionMemberInput struct {
	SessionPath
	SharePath
	Body MembershipChange
}

func (a *API) setSessionMember(ctx context.Context, in *sessionMemberInput) (*Output[Memberships], error) {
	return a.setMember(ctx, appliance.Shared{Session: in.ID}, in.SharePath, in.Body)
}

type sessionMemberPath struct {
	SessionPath
	SharePath
}

func (a *API) removeSessionMember(ctx context.Context, in *sessionMemberPath) (*None, error) {
	return &None{}, a.Store.RemoveMember(ctx, callerOf(ctx).By(), appliance.Shared{Session: in.ID}, in.member(appliance.RoleNone))
}

type changeMemberInput struct {
	MemberPath
	Body MembershipChange
}

// changeMember gives somebody another role on the box, or the box itself. A key may do the former only: who finds one must
// not be able to take the box.
func (a *API) changeMember(ctx context.Context, in *changeMemberInput) (*Output[Member], error) {
	c := callerOf(ctx)
	var account appliance.Account
	var err error
	switch {
	case !in.Body.Transfer:
		account, err = a.Store.SetRole(ctx, c.By(), in.ID, in.Body.Role)
	case in.Body.Role != appliance.RoleOwner:
		err = appliance.Invalid("transfer", "Only ownership can be handed over. Nothing was changed.")
	case c.Key != nil:
		err = appliance.Errorf(appliance.CodeForbidden, "This is for people who are logged in, not for API keys.")
	default:
		account, err = a.Store.HandOverBox(ctx, c.By(), in.ID)
	}
	if err != nil {
		return nil, err
	}
	return &Output[Member]{memberOf(c, account)}, nil
}
