package web

import (
	"context"

	"harmonium/appliance"
)

// MemberPath names somebody with an account on the box.
type MemberPath struct {
	ID appliance.AccountID `path:"id" doc:"Id of the account"`
}

type deactivateMemberInput struct {
	MemberPath
	To appliance.AccountID `query:"to" maxLength:"40" doc:"Who becomes an owner of the sessions and projects that nobody else owns; needed where there are any"`
}

func (a *API) deactivateMember(ctx context.Context, in *deactivateMemberInput) (*Output[Member], error) {
	account, err := a.Store.Deactivate(ctx, callerOf(ctx).By(), in.ID, in.To)
	return &Output[Member]{memberOf(callerOf(ctx), account)}, err
}

func (a *API) reactivateMember(ctx context.Context, in *MemberPath) (*Output[Member], error) {
	account, err := a.Store.Reactivate(ctx, callerOf(ctx).By(), in.ID)
	return &Output[Member]{memberOf(callerOf(ctx), account)}, err
}

func (a *API) removeMemberFactor(ctx context.Context, in *MemberPath) (*None, error) {
	return &None{}, a.Store.RemoveFactor(ctx, callerOf(ctx).By(), in.ID)
}

// NewPasswordLink is a link by which somebody sets a new password.
type NewPasswordLink struct {
	URL       string `json:"url" doc:"With its secret behind the #. It is shown this once and cannot be shown again"`
	ExpiresAt Time   `json:"expires_at"`
}

// linkPassword makes a link by which the person of an account sets a new password; whoever makes it never sees that.
func (a *API) linkPassword(ctx context.Context, in *MemberPath) (*Output[NewPasswordLink], error) {
	secret, until := appliance.NewAccountInvitation(), a.Clock().Add(appliance.PasswordLinkLife)
	if err := a.Store.LinkPassword(ctx, callerOf(ctx).By(), in.ID, secret.Hash(), until); err != nil {
		return nil, err
	}
	return &Output[NewPasswordLink]{NewPasswordLink{acceptURL(a.base(), secret), Time{until}}}, nil
}

// Holdings is what hangs on an account.
type Holdings struct {
	Sessions  int `json:"sessions" doc:"That nobody else owns"`
	Projects  int `json:"projects" doc:"That nobody else owns"`
	Templates int `json:"templates" doc:"Of its own"`
	Keys      int `json:"keys"`
	Threads   int `json:"threads" doc:"Of questions to the Companion"`
}

func (a *API) getHoldings(ctx context.Context, in *MemberPath) (*Output[Holdings], error) {
	h, err := a.Store.Holdings(ctx, in.ID)
	return &Output[Holdings]{Holdings(h)}, err
}

type deleteMemberInput struct {
	MemberPath
	Sessions string              `query:"sessions" required:"true" enum:"delete,hand_over" doc:"What becomes of the sessions, projects and templates that nobody else owns. delete needs the role owner on each of these sessions and projects"`
	To       appliance.AccountID `query:"to" maxLength:"40" doc:"Who takes them, with hand_over"`
}

func (a *API) deleteMember(ctx context.Context, in *deleteMemberInput) (*Output[Deletion], error) {
	if (in.Sessions == "hand_over") != (in.To != "") {
		return nil, appliance.Invalid("to", "Say who takes the sessions when they are handed over, and only then. Nothing was changed.")
	}
	d, err := a.Store.DeleteAccount(ctx, callerOf(ctx).By(), in.ID, in.To)
	if err != nil {
		return nil, err
	}
	return &Output[Deletion]{deletionOf(d)}, nil
}

// EmailChange is a new address to log in with, and the password of who is logged in.
type EmailChange struct {
	Email    string `json:"email" maxLength:"254"`
	Password string `json:"password" maxLength:"256"`
}

// changeEmail changes the address that the own account logs in with. Nothing is ever sent to it.
func (a *API) changeEmail(ctx context.Context, in *Input[EmailChange]) (*Output[Me], error) {
	if err := a.proveAgain(ctx, "password", in.Body.Password); err != nil {
		return nil, err
	}
	c := callerOf(ctx)
	account, err := a.Store.SetEmail(ctx, c.By(), c.Account.ID, in.Body.Email)
	if err != nil {
		return nil, err
	}
	c.Account = account
	return a.me(ctx, c)
}
