package web

import (
	"context"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// Member is somebody with an account on the box.
type Member struct {
	ID        appliance.AccountID `json:"id"`
	Name      string              `json:"name"`
	Email     string              `json:"email"`
	Role      appliance.Role      `json:"role" enum:"owner,admin,editor,viewer" doc:"On the box"`
	Disabled  bool                `json:"disabled" doc:"Cannot log in any more"`
	Factor    *bool               `json:"second_factor" nullable:"true" doc:"Log-ins need a second factor; null for who does not administer the box"`
	CreatedAt Time                `json:"created_at"`
}

// memberOf gives an account as a caller sees it.
func memberOf(c Caller, a appliance.Account) Member {
	m := Member{ID: a.ID, Name: a.Name, Email: a.Email, Role: a.Role, Disabled: a.Disabled, CreatedAt: Time{a.CreatedAt}}
	if c.Account.Role.AtLeast(appliance.RoleAdmin) {
		m.Factor = &a.Factor
	}
	return m
}

type listMembersInput struct {
	Page
	Q        string `query:"q" maxLength:"300" doc:"Name or e-mail address holds this"`
	Disabled bool   `query:"disabled" doc:"Those too who cannot log in any more; for administrators"`
}

func (a *API) listMembers(ctx context.Context, in *listMembersInput) (*Output[List[Member]], error) {
	f := store.PeopleFilter{Text: in.Q, Disabled: in.Disabled && callerOf(ctx).Account.Role.AtLeast(appliance.RoleAdmin),
		Page: store.Page{Limit: in.Limit, Offset: in.Offset}}
	accounts, total, err := a.Store.People(ctx, f)
	if err != nil {
		return nil, err
	}
	members := make([]Member, len(accounts))
	for i, account := range accounts {
		members[i] = memberOf(callerOf(ctx), account)
	}
	return &Output[List[Member]]{List[Member]{members, Pagination{total, in.Limit, in.Offset}}}, nil
}
