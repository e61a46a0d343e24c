package web

import (
	"context"
	"errors"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// SetupState says whether the first account is still to be made.
type SetupState struct {
	Needed bool `json:"needed" doc:"There is no account yet; the box waits for its one-time set-up link"`
}

func (a *API) setupState(ctx context.Context, _ *None) (*Output[SetupState], error) {
	needed, err := a.Store.SetupNeeded(ctx)
	if err != nil {
		return nil, err
	}
	return &Output[SetupState]{SetupState{Needed: needed}}, nil
}

// SetupRequest makes the first account, which owns the box.
type SetupRequest struct {
	Token    string             `json:"token" maxLength:"100" doc:"From the one-time set-up link in the log of the box"`
	Email    string             `json:"email" maxLength:"254"`
	Name     string             `json:"name" maxLength:"100"`
	Password string             `json:"password" doc:"8 to 256 characters; what is easy to guess is refused"`
	Language appliance.Language `json:"language,omitempty" enum:"en,de,fr,es,uk,ar" doc:"Of the interface"`
}

type setupInput struct {
	UserAgent string `header:"User-Agent" hidden:"true"`
	Body      SetupRequest
}

func (a *API) setUp(ctx context.Context, in *setupInput) (*SetCookie, error) {
	token := appliance.Secret(in.Body.Token)
	if err := a.proveSetup(ctx, token); err != nil {
		return nil, err
	}
	account := appliance.Account{Email: in.Body.Email, Name: in.Body.Name, Role: appliance.RoleOwner,
		Language: in.Body.Language.Or(appliance.English)}
	p := problemsOf(account.ValidateNew())
	appliance.CheckPassword(&p, "password", in.Body.Password, account)
	if err := p.Err(); err != nil {
		return nil, err
	}
	passwordHash, err := a.Passwords.Hash(ctx, in.Body.Password)
	if err != nil {
		return nil, err
	}
	account, err = a.Store.SetUp(ctx, callerOf(ctx).Address, token, account, passwordHash)
	if err != nil {
		return nil, err
	}
	return a.startLogin(ctx, account, store.Proved{PasswordHash: passwordHash}, in.UserAgent)
}

// proveSetup checks the token of the set-up link. Guesses are limited as those of passwords are.
func (a *API) proveSetup(ctx context.Context, token appliance.Secret) error {
	try, err := a.throttle.Begin("the set-up link", callerOf(ctx).Address)
	if err != nil {
		return err
	}
	switch err := a.Store.CheckSetup(ctx, token); appliance.CodeOf(err) {
	case "":
		try.Right()
		return nil
	case appliance.CodeForbidden:
		try.Wrong()
		return err
	default:
		try.Unknown()
		return err
	}
}

// problemsOf gives what a validation found, to be shown together with what else is wrong.
func problemsOf(err error) appliance.Problems {
	var e *appliance.Error
	if errors.As(err, &e) {
		return e.Fields
	}
	return nil
}
