package web

import (
	"context"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// acceptPath is the page of one-time links to make an account or to set a new password.
const acceptPath = "/accept"

func acceptURL(base string, secret appliance.Secret) string {
	return base + acceptPath + "#t=" + string(secret)
}

// LinkRequest is the secret of a one-time link.
type LinkRequest struct {
	Token string `json:"token" maxLength:"100" doc:"What stands in the link behind #t="`
}

// OneTimeLink is what a one-time link is good for.
type OneTimeLink struct {
	State     store.InvitationState `json:"state" enum:"good,used,revoked,expired,unknown" doc:"Everything but good lets nobody in"`
	Kind      string                `json:"kind" enum:"account,password" doc:"Makes an account, or sets a new password"`
	Name      string                `json:"name" doc:"Of whom it is for, as far as known"`
	Email     string                `json:"email" doc:"The same"`
	Role      appliance.Role        `json:"role" doc:"Of the new account on the box"`
	Inviter   string                `json:"inviter" doc:"Name of who invites"`
	Title     string                `json:"title" doc:"Of the project or session that it leads to"`
	ExpiresAt *Time                 `json:"expires_at" nullable:"true"`
}

// lookAtLink says what a one-time link is good for. Guesses are limited as those of passwords are.
func (a *API) lookAtLink(ctx context.Context, in *Input[LinkRequest]) (*Output[OneTimeLink], error) {
	link, err := a.openLink(ctx, appliance.Secret(in.Body.Token).Hash())
	if err != nil {
		return nil, err
	}
	return &Output[OneTimeLink]{link.out()}, nil
}

// openedLink is a one-time link that somebody has brought: one to set a password when account has an id.
type openedLink struct {
	invited store.InvitedAccount
	account appliance.Account
}

func (l openedLink) out() OneTimeLink {
	if l.account.ID != "" {
		return OneTimeLink{State: store.InvitationGood, Kind: "password", Name: l.account.Name, Email: l.account.Email}
	}
	i := l.invited
	out := OneTimeLink{State: i.State, Kind: "account"}
	if i.State == store.InvitationGood { // of any other nothing is told
		out.Name, out.Email, out.Role, out.Inviter, out.Title = i.Name, i.Email, i.Role, i.Inviter, i.Title
		out.ExpiresAt = timeOrNull(i.ExpiresAt)
	}
	return out
}

func (a *API) openLink(ctx context.Context, hash []byte) (l openedLink, err error) {
	try, err := a.throttle.Begin("a one-time link", callerOf(ctx).Address)
	if err != nil {
		return l, err
	}
	if l.invited, err = a.Store.InvitedAccount(ctx, hash); err != nil {
		try.Unknown()
		return l, err
	}
	if l.invited.State != store.InvitationUnknown {
		try.Right()
		return l, nil
	}
	switch l.account, err = a.Store.PasswordLink(ctx, hash); appliance.CodeOf(err) {
	case "":
		try.Right()
	case appliance.CodeForbidden:
		try.Wrong()
		err = nil // the state of the invitation says it
	default:
		try.Unknown()
	}
	return l, err
}

// AcceptRequest makes an account by an invitation, or sets a new password by a link for that.
type AcceptRequest struct {
	Token    string             `json:"token" maxLength:"100" doc:"What stands in the link behind #t="`
	Name     string             `json:"name,omitempty" maxLength:"100" doc:"Of a new account"`
	Email    string             `json:"email,omitempty" maxLength:"254" doc:"Of a new account, to log in with; nothing is ever sent to it"`
	Password string             `json:"password" doc:"8 to 256 characters; what is easy to guess is refused"`
	Language appliance.Language `json:"language,omitempty" enum:"en,de,fr,es,uk,ar" doc:"Of the interface"`
}

type acceptInput struct {
	UserAgent string `header:"User-Agent" hidden:"true"`
	Body      AcceptRequest
}

// accept makes the account that an invitation is for and logs it in, or sets a new password, after which one logs in.
func (a *API) accept(ctx context.Context, in *acceptInput) (*SetCookie, error) {
	hash := appliance.Secret(in.Body.Token).Hash()
	link, err := a.openLink(ctx, hash)
	if err != nil {
		return nil, err
	}
	account, address := link.account, callerOf(ctx).Address
	var p appliance.Problems
	if account.ID == "" {
		if link.invited.State != store.InvitationGood {
			return nil, store.NotInvited()
		}
		account = appliance.Account{Email: in.Body.Email, Name: in.Body.Name, Role: link.invited.Role,
			Language: in.Body.Language.Or(appliance.English)}
		p = problemsOf(account.ValidateNew())
	}
	appliance.CheckPassword(&p, "password", in.Body.Password, account)
	if err := p.Err(); err != nil {
		return nil, err
	}
	passwordHash, err := a.Passwords.Hash(ctx, in.Body.Password)
	if err != nil {
		return nil, err
	}
	if account.ID != "" {
		return goodbye(), a.Store.SetPasswordByLink(ctx, address, hash, passwordHash)
	}
	place, err := a.mayLead(ctx, link.invited.InvitedBy, link.invited.Place)
	if err != nil {
		return nil, err
	}
	if account, err = a.Store.AcceptInvitation(ctx, address, hash, account, passwordHash, place); err != nil {
		return nil, err
	}
	return a.startLogin(ctx, account, store.Proved{PasswordHash: passwordHash}, in.UserAgent)
}

// mayLead says whether an account may give the role of a place there: admins of it, roles below their own.
func (a *API) mayLead(ctx context.Context, id appliance.AccountID, at appliance.Place) (bool, error) {
	var role appliance.Role
	var err error
	switch {
	case at.ProjectID != "":
		role, err = a.Store.RoleOnProject(ctx, id, at.ProjectID)
	case at.SessionID != "":
		role, err = a.Store.RoleOnSession(ctx, id, at.SessionID)
	default:
		return false, nil
	}
	if appliance.CodeOf(err) == appliance.CodeNotFound {
		return false, nil
	}
	return role.AtLeast(appliance.RoleAdmin) && role.AtLeast(at.Role) && role != at.Role, err
}
