package web

import (
	"context"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// Group is a number of people who are given roles together.
type Group struct {
	ID          appliance.GroupID `json:"id"`
	Name        string            `json:"name"`
	MemberCount int               `json:"member_count" doc:"People in it who can log in"`
	CreatedAt   Time              `json:"created_at"`
	UpdatedAt   Time              `json:"updated_at"`
}

// GroupWithMembers is a group with the people in it.
type GroupWithMembers struct {
	Group
	Members []Member `json:"members" doc:"By name"`
}

func groupOf(g appliance.Group) Group {
	return Group{ID: g.ID, Name: g.Name, MemberCount: g.Count, CreatedAt: Time{g.CreatedAt}, UpdatedAt: Time{g.UpdatedAt}}
}

func (a *API) listGroups(ctx context.Context, in *Page) (*Output[List[Group]], error) {
	stored, total, err := a.Store.Groups(ctx, store.Page{Limit: in.Limit, Offset: in.Offset})
	if err != nil {
		return nil, err
	}
	groups := make([]Group, len(stored))
	for i, g := range stored {
		groups[i] = groupOf(g)
	}
	return &Output[List[Group]]{List[Group]{groups, Pagination{total, in.Limit, in.Offset}}}, nil
}

// GroupRequest is a new group.
type GroupRequest struct {
	Name string                `json:"name" maxLength:"100"`
	Add  []appliance.AccountID `json:"add,omitempty" maxItems:"1000" doc:"Accounts of the people in it"`
}

type createGroupInput struct {
	Idempotent
	Body GroupRequest
}

func (a *API) createGroup(ctx context.Context, in *createGroupInput) (*Output[Group], error) {
	g, err := a.Store.CreateGroup(ctx, callerOf(ctx).By(), in.once(ctx, "createGroup", in.Body), in.Body.Name, in.Body.Add)
	if err != nil {
		return nil, err
	}
	return &Output[Group]{groupOf(g)}, nil
}

// GroupPath names a group.
type GroupPath struct {
	ID appliance.GroupID `path:"id" doc:"Id of the group"`
}

func (a *API) getGroup(ctx context.Context, in *GroupPath) (*Output[GroupWithMembers], error) {
	g, people, err := a.Store.Group(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := GroupWithMembers{groupOf(g), make([]Member, len(people))}
	for i, account := range people {
		out.Members[i] = memberOf(callerOf(ctx), account)
	}
	return &Output[GroupWithMembers]{out}, nil
}

// GroupPatch changes a group; what is left out stays.
type GroupPatch struct {
	Name   *string               `json:"name,omitempty" maxLength:"100"`
	Add    []appliance.AccountID `json:"add,omitempty" maxItems:"1000" doc:"Accounts to put into it; those who are in it stay"`
	Remove []appliance.AccountID `json:"remove,omitempty" maxItems:"1000" doc:"Accounts to take out of it"`
}

type updateGroupInput struct {
	GroupPath
	Body GroupPatch
}

func (a *API) updateGroup(ctx context.Context, in *updateGroupInput) (*Output[Group], error) {
	g, err := a.Store.UpdateGroup(ctx, callerOf(ctx).By(), in.ID, store.GroupChange(in.Body))
	if err != nil {
		return nil, err
	}
	return &Output[Group]{groupOf(g)}, nil
}

func (a *API) deleteGroup(ctx context.Context, in *GroupPath) (*None, error) {
	return &None{}, a.Store.DeleteGroup(ctx, callerOf(ctx).By(), in.ID)
}
