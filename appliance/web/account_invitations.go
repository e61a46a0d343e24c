package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// AccountInvitation lets one person make an account.
type AccountInvitation struct {
	ID        appliance.AccountInvitationID `json:"id"`
	Number    int                           `json:"number" doc:"On its card"`
	Name      string                        `json:"name" doc:"Of whom it is for, as far as known"`
	Email     string                        `json:"email" doc:"The same"`
	Role      appliance.Role                `json:"role" enum:"admin,editor,viewer" doc:"Of the new account on the box"`
	State     string                        `json:"state" enum:"good,used,revoked,expired"`
	CreatedAt Time                          `json:"created_at"`
	ExpiresAt Time                          `json:"expires_at"`
	UsedAt    *Time                         `json:"used_at" nullable:"true"`
	RevokedAt *Time                         `json:"revoked_at" nullable:"true"`
}

func accountInvitationOut(i appliance.AccountInvitation, now time.Time) AccountInvitation {
	return AccountInvitation{ID: i.ID, Number: i.Number, Name: i.Name, Email: i.Email, Role: i.Role, State: i.State(now),
		CreatedAt: Time{i.CreatedAt}, ExpiresAt: Time{i.ExpiresAt}, UsedAt: timeOrNull(i.UsedAt), RevokedAt: timeOrNull(i.RevokedAt)}
}

// AccountInvitations is a page of the invitations to the box, and how many of all are good now.
type AccountInvitations struct {
	List[AccountInvitation]
	Good int `json:"good"`
}

func (a *API) listAccountInvitations(ctx context.Context, in *Page) (*Output[AccountInvitations], error) {
	list, total, good, err := a.Store.AccountInvitations(ctx, store.Page{Limit: in.Limit, Offset: in.Offset})
	if err != nil {
		return nil, err
	}
	out := AccountInvitations{List: List[AccountInvitation]{[]AccountInvitation{}, Pagination{total, in.Limit, in.Offset}}, Good: good}
	for _, i := range list {
		out.Data = append(out.Data, accountInvitationOut(i, a.Clock()))
	}
	return &Output[AccountInvitations]{out}, nil
}

// InvitePlace says where invitations lead beside the box, and how long they are good.
type InvitePlace struct {
	Days      int                 `json:"days,omitempty" minimum:"1" maximum:"90" default:"14" doc:"How long they are good"`
	ProjectID appliance.ProjectID `json:"project_id,omitempty" maxLength:"40" doc:"A project that they lead into"`
	SessionID appliance.SessionID `json:"session_id,omitempty" maxLength:"40" doc:"Or a session"`
	PlaceRole appliance.Role      `json:"place_role,omitempty" enum:"admin,editor,viewer" doc:"The role there, below the caller's own"`
}

// InviteRequest says whom to invite to the box.
type InviteRequest struct {
	InvitePlace
	People []Invited `json:"people" minItems:"1" maxItems:"500" doc:"For more see the table"`
}

// Invited is somebody to be invited.
type Invited struct {
	Name  string         `json:"name,omitempty" maxLength:"100"`
	Email string         `json:"email,omitempty" maxLength:"254" doc:"Nothing is sent to it"`
	Role  appliance.Role `json:"role" enum:"admin,editor,viewer" doc:"On the box, below the caller's own"`
}

// NewAccountInvitation is an invitation that was made just now.
type NewAccountInvitation struct {
	AccountInvitation
	URL string `json:"url" doc:"Its link, with its secret behind the #. It is shown this once and cannot be shown again"`
}

// NewAccountInvitations are invitations that were made together.
type NewAccountInvitations struct {
	Data    []NewAccountInvitation `json:"data"`
	Ignored []string               `json:"ignored" doc:"Columns of the table that say nothing to the box"`
}

type inviteInput struct {
	Idempotent
	Body InviteRequest
}

func (a *API) inviteAccounts(ctx context.Context, in *inviteInput) (*Output[NewAccountInvitations], error) {
	list := make([]appliance.AccountInvitation, len(in.Body.People))
	var p appliance.Problems
	for k, one := range in.Body.People {
		list[k] = appliance.AccountInvitation{Name: one.Name, Email: one.Email, Role: one.Role}
		list[k].Check(&p, fmt.Sprintf("people[%d].", k))
	}
	taken, err := a.takenAddresses(ctx)
	if err != nil {
		return nil, err
	}
	for k, i := range list {
		if problem := taken.add(i.Email, fmt.Sprintf("entry %d", k+1)); problem != "" {
			p.Add(fmt.Sprintf("people[%d].email", k), "%s", problem)
		}
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	return a.invite(ctx, in.once(ctx, "inviteAccounts", in.Body), in.Body.InvitePlace, list)
}

type inviteTableInput struct {
	Idempotent
	Role      appliance.Role      `query:"role" enum:"admin,editor,viewer" default:"viewer" doc:"Of lines that name none"`
	Days      int                 `query:"days" minimum:"1" maximum:"90" default:"14" doc:"How long they are good"`
	ProjectID appliance.ProjectID `query:"project_id" maxLength:"40" doc:"A project that they lead into"`
	SessionID appliance.SessionID `query:"session_id" maxLength:"40" doc:"Or a session"`
	PlaceRole appliance.Role      `query:"place_role" enum:"admin,editor,viewer" doc:"The role there"`
	RawBody   []byte              `contentType:"text/csv" doc:"CSV, at most 2 MB and 10,000 people: name, e-mail, role. A first line may name the columns"`
}

// inviteTable invites everybody in a table, or nobody.
func (a *API) inviteTable(ctx context.Context, in *inviteTableInput) (*Output[NewAccountInvitations], error) {
	taken, err := a.takenAddresses(ctx)
	if err != nil {
		return nil, err
	}
	t, err := readInvited(bytes.NewReader(in.RawBody), in.Role, taken)
	if err != nil {
		return nil, err
	}
	once := in.once(ctx, "inviteTable", []any{in.Role, in.Days, in.ProjectID, in.SessionID, in.PlaceRole, sha256.Sum256(in.RawBody)})
	out, err := a.invite(ctx, once, InvitePlace{in.Days, in.ProjectID, in.SessionID, in.PlaceRole}, t.list)
	if err != nil {
		return nil, err
	}
	out.Body.Ignored = notNull(t.ignored)
	return out, nil
}

// invite makes the invitations of a list that was checked.
func (a *API) invite(ctx context.Context, once store.Once, to InvitePlace, list []appliance.AccountInvitation) (*Output[NewAccountInvitations], error) {
	c := callerOf(ctx)
	place := appliance.Place{ProjectID: to.ProjectID, SessionID: to.SessionID, Role: to.PlaceRole}
	if place != (appliance.Place{}) {
		var p appliance.Problems
		checked := appliance.AccountInvitation{Role: appliance.RoleViewer, Place: place}
		if checked.Check(&p, ""); len(p) > 0 {
			return nil, p.Err()
		}
		if may, err := a.mayLead(ctx, c.Account.ID, place); err != nil || !may {
			if err == nil {
				err = appliance.Invalid("place_role", "You can lead people only to projects and sessions of which you are an admin or owner, with a role below your own "+
					"there. Nobody was invited.")
			}
			return nil, err
		}
	}
	var secrets []appliance.Secret
	made, err := a.Store.InviteAccounts(ctx, c.By(), once, store.NewAccountInvitations{List: list, Place: place,
		ExpiresAt: a.Clock().Add(time.Duration(to.Days) * 24 * time.Hour), Secret: func() []byte {
			secrets = append(secrets, appliance.NewAccountInvitation())
			return secrets[len(secrets)-1].Hash()
		}})
	if err != nil {
		return nil, err
	}
	out := NewAccountInvitations{Data: make([]NewAccountInvitation, len(made)), Ignored: []string{}}
	base := strings.TrimSuffix(a.base(), "/")
	for k, i := range made {
		out.Data[k] = NewAccountInvitation{accountInvitationOut(i, a.Clock()), acceptURL(base, secrets[k])}
	}
	return &Output[NewAccountInvitations]{out}, nil
}

// RevokedAccountInvitations names the invitations that are to be taken back.
type RevokedAccountInvitations struct {
	IDs []appliance.AccountInvitationID `json:"ids,omitempty" maxItems:"500"`
	All bool                            `json:"all,omitempty" doc:"All that are good now, in place of ids"`
}

// Revoked says how many were taken back.
type Revoked struct {
	Revoked int `json:"revoked"`
}

func (a *API) revokeAccountInvitations(ctx context.Context, in *Input[RevokedAccountInvitations]) (*Output[Revoked], error) {
	if in.Body.All == (len(in.Body.IDs) > 0) {
		return nil, appliance.Invalid("ids", "Name the invitations to take back, or all. Nothing was changed.")
	}
	n, err := a.Store.RevokeAccountInvitations(ctx, callerOf(ctx).By(), in.Body.IDs)
	return &Output[Revoked]{Revoked{n}}, err
}
