package web

import (
	"context"

	"harmonium/appliance"
)

// Me is the account that asks.
type Me struct {
	ID                 appliance.AccountID `json:"id"`
	Email              string              `json:"email"`
	Name               string              `json:"name"`
	SubscriptionStatus string              `json:"subscription_status" enum:"ENTERPRISE" doc:"Always ENTERPRISE: everything is in the box"`
	Role               appliance.Role      `json:"role" enum:"owner,admin,editor,viewer" doc:"On the organisation"`
	Language           appliance.Language  `json:"language" enum:"en,de,fr,es,uk,ar" doc:"Of the interface"`
	SecondFactor       FactorState         `json:"second_factor" enum:"off,on,required" doc:"Of log-ins; required: nothing else can be done before it is set up"`
	APIKey             *MeKey              `json:"api_key" doc:"The key that asks; null for a browser"`
}

// MeKey is the API key that asks.
type MeKey struct {
	_          struct{} `nullable:"true"`
	Name       string   `json:"name"`
	KeyPrefix  string   `json:"key_prefix"`
	CreatedAt  Time     `json:"created_at"`
	LastUsedAt *Time    `json:"last_used_at" nullable:"true" doc:"Before this request, to the minute; null when this is its first"`
}

// me gives the account of a caller.
func (a *API) me(ctx context.Context, c Caller) (*Output[Me], error) {
	state, err := a.factorState(ctx, c.Account)
	if err != nil {
		return nil, err
	}
	me := Me{ID: c.Account.ID, Email: c.Account.Email, Name: c.Account.Name, SubscriptionStatus: "ENTERPRISE",
		Role: c.Account.Role, Language: c.Account.Language, SecondFactor: state}
	if c.Key != nil {
		me.APIKey = &MeKey{Name: c.Key.Name, KeyPrefix: c.Key.Prefix, CreatedAt: Time{c.Key.CreatedAt},
			LastUsedAt: timeOrNull(c.Key.LastUsedAt)}
	}
	return &Output[Me]{me}, nil
}

func (a *API) getMe(ctx context.Context, _ *None) (*Output[Me], error) {
	return a.me(ctx, callerOf(ctx))
}

// MePatch changes the own account; what is left out stays.
type MePatch struct {
	Name     *string             `json:"name,omitempty" maxLength:"100"`
	Language *appliance.Language `json:"language,omitempty" enum:"en,de,fr,es,uk,ar"`
}

func (a *API) updateMe(ctx context.Context, in *Input[MePatch]) (*Output[Me], error) {
	c := callerOf(ctx)
	account, err := a.Store.UpdateAccount(ctx, c.By(), c.Account.ID, func(account *appliance.Account) error {
		set(&account.Name, in.Body.Name)
		set(&account.Language, in.Body.Language)
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.Account = account
	return a.me(ctx, c)
}

// PasswordChange sets a new password for the own account.
type PasswordChange struct {
	CurrentPassword string `json:"current_password" maxLength:"256"`
	NewPassword     string `json:"new_password" doc:"8 to 256 characters; what is easy to guess is refused"`
}

// changePassword ends every other log-in of the account, so that whoever knew the old password is out.
func (a *API) changePassword(ctx context.Context, in *Input[PasswordChange]) (*None, error) {
	var p appliance.Problems
	appliance.CheckPassword(&p, "new_password", in.Body.NewPassword, callerOf(ctx).Account)
	if err := p.Err(); err != nil {
		return nil, err
	}
	if err := a.proveAgain(ctx, "current_password", in.Body.CurrentPassword); err != nil {
		return nil, err
	}
	passwordHash, err := a.Passwords.Hash(ctx, in.Body.NewPassword)
	if err != nil {
		return nil, err
	}
	c := callerOf(ctx)
	return &None{}, a.Store.SetPassword(ctx, c.By(), c.Account.ID, passwordHash, c.Login.ID)
}
