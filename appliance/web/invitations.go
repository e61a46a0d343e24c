package web

import (
	"context"
	"fmt"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// Invitation lets one person into a session.
type Invitation struct {
	ID        appliance.InvitationID `json:"id"`
	Number    int                    `json:"number" doc:"On its card, from 1 within the session"`
	Label     string                 `json:"label" doc:"For whom it is; empty for nobody in particular"`
	State     string                 `json:"state" enum:"unused,used,revoked,hidden" doc:"hidden in an anonymous session unless it was taken back: whoever watched would see who joins when"`
	UsedAt    *Time                  `json:"used_at" nullable:"true"`
	RevokedAt *Time                  `json:"revoked_at" nullable:"true"`
	CreatedAt Time                   `json:"created_at"`
}

func invitationOut(i appliance.Invitation, anonymous bool) Invitation {
	state := "unused"
	switch {
	case !i.RevokedAt.IsZero():
		state = "revoked"
	case anonymous:
		state = "hidden"
	case i.Used:
		state = "used"
	}
	return Invitation{i.ID, i.Number, i.Label, state, timeOrNull(i.UsedAt), timeOrNull(i.RevokedAt), Time{i.CreatedAt}}
}

// Invitations is a page of the invitations of a session, and how many there are of each kind.
type Invitations struct {
	List[Invitation]
	Used    int `json:"used" doc:"How many people have come in by one; which conversations are theirs is not kept"`
	Revoked int `json:"revoked" doc:"In an anonymous session some of these may have been used before"`
}

type listInvitationsInput struct {
	SessionPath
	Page
}

func (a *API) listInvitations(ctx context.Context, in *listInvitationsInput) (*Output[Invitations], error) {
	return a.invitations(ctx, in.ID, in.Page)
}

func (a *API) invitations(ctx context.Context, id appliance.SessionID, p Page) (*Output[Invitations], error) {
	s, err := a.Store.Session(ctx, id)
	if err != nil {
		return nil, err
	}
	l, err := a.Store.Invitations(ctx, id, store.Page{Limit: p.Limit, Offset: p.Offset})
	if err != nil {
		return nil, err
	}
	out := Invitations{List: List[Invitation]{[]Invitation{}, Pagination{l.Total, p.Limit, p.Offset}}, Used: l.Used, Revoked: l.Revoked}
	for _, i := range l.List {
		out.Data = append(out.Data, invitationOut(i, s.Anonymous))
	}
	return &Output[Invitations]{out}, nil
}

// InvitationsRequest says how many invitations to make, or for whom, or in place of which.
type InvitationsRequest struct {
	Count    int                      `json:"count,omitempty" minimum:"0" maximum:"500" doc:"So many for nobody in particular"`
	Labels   []string                 `json:"labels,omitempty" maxItems:"500" doc:"One for each of these, which is printed on its card"`
	Replaces []appliance.InvitationID `json:"replaces,omitempty" maxItems:"500" doc:"One with the label of each of these, which is taken back"`
}

// NewInvitation is an invitation that was made just now.
type NewInvitation struct {
	Invitation
	URL string `json:"url" doc:"Its link, with its secret behind the #. It is shown this once and cannot be shown again"`
}

type makeInvitationsInput struct {
	SessionPath
	Idempotent
	Body InvitationsRequest
}

// check gives the labels of the invitations to be made, tidied, beside those that replace others.
func (r InvitationsRequest) check() ([]string, error) {
	var p appliance.Problems
	all := r.Count + len(r.Labels) + len(r.Replaces)
	if all < 1 || all > appliance.MaxInvitations {
		p.Add("count", "Between 1 and %d invitations can be made at once. None was made.", appliance.MaxInvitations)
	}
	labels := make([]string, 0, r.Count+len(r.Labels))
	for i, label := range r.Labels {
		label = strings.TrimSpace(label)
		appliance.CheckLine(&p, fmt.Sprintf("labels[%d]", i), label, appliance.MaxInvitationLabel, false)
		labels = append(labels, label)
	}
	return append(labels, make([]string, r.Count)...), p.Err()
}

func (a *API) makeInvitations(ctx context.Context, in *makeInvitationsInput) (*Output[Data[NewInvitation]], error) {
	labels, err := in.Body.check()
	if err != nil {
		return nil, err
	}
	once := in.once(ctx, "makeInvitations", struct {
		ID   appliance.SessionID
		Body InvitationsRequest
	}{in.ID, in.Body})
	var secrets []appliance.Secret
	made, err := a.Store.MakeInvitations(ctx, callerOf(ctx).By(), once, in.ID, store.NewInvitations{
		Labels: labels, Replaced: in.Body.Replaces, Secret: func() []byte {
			secrets = append(secrets, appliance.NewInvitation())
			return secrets[len(secrets)-1].Hash()
		}})
	if err != nil {
		return nil, err
	}
	secrets = secrets[len(secrets)-len(made):] // a write may have been tried before
	out := Data[NewInvitation]{Data: make([]NewInvitation, len(made))}
	for i, m := range made {
		out.Data[i] = NewInvitation{invitationOut(m, false), joinURL(a.base(), in.ID) + "#i=" + string(secrets[i])}
	}
	return &Output[Data[NewInvitation]]{out}, nil
}

// RevokedInvitations names the invitations that are to be taken back.
type RevokedInvitations struct {
	IDs []appliance.InvitationID `json:"ids" minItems:"1" maxItems:"500"`
}

type revokeInvitationsInput struct {
	SessionPath
	Body RevokedInvitations
}

// revokeInvitations takes invitations back and gives how the list stands then.
func (a *API) revokeInvitations(ctx context.Context, in *revokeInvitationsInput) (*Output[Invitations], error) {
	if err := a.Store.RevokeInvitations(ctx, callerOf(ctx).By(), in.ID, in.Body.IDs); err != nil {
		return nil, err
	}
	return a.invitations(ctx, in.ID, Page{Limit: 100})
}
