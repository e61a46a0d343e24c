package web

import (
	"context"

	"harmonium/appliance"
	"harmonium/appliance/auth"
)

// FactorState says how an account stands to the second factor of log-ins.
type FactorState string

// The states.
const (
	FactorOff      FactorState = "off"
	FactorOn       FactorState = "on"
	FactorRequired FactorState = "required" // off, and nothing else can be done before it is on
)

// factorState tells how the account of a caller stands to the second factor.
func (a *API) factorState(ctx context.Context, account appliance.Account) (FactorState, error) {
	if account.Factor {
		return FactorOn, nil
	}
	rule, err := a.Store.FactorRule(ctx)
	if err != nil || !rule.Asks(account.Role) {
		return FactorOff, err
	}
	return FactorRequired, nil
}

// allowFactor refuses what an account may not do before it has set up the second factor that the box asks of it, by log-in or
// by key: otherwise a password that was found out would still make one. The keys work once it is set up.
func (a *API) allowFactor(ctx context.Context, c Caller, p auth.Permission) error {
	if p.Unready {
		return nil
	}
	switch state, err := a.factorState(ctx, c.Account); {
	case err != nil:
		return err
	case state == FactorRequired:
		return &appliance.Error{Code: appliance.CodeForbidden,
			Message: "This box asks for a second factor from accounts like yours. Nothing was changed; please log in and set it up first.",
			Fields:  []appliance.FieldError{{Field: "second_factor", Message: "It has to be set up first."}}}
	}
	return nil
}

// proveFactor checks the code of an account that has a second factor, after its password was right: that of the app, or a
// recovery code. Either is used up.
func (a *API) proveFactor(ctx context.Context, account appliance.Account, typed string) error {
	if typed == "" {
		return codeWanted("Please type the code that your authenticator app shows, or a recovery code.")
	}
	if wait := a.factors.Begin(string(account.ID)); wait > 0 {
		return auth.TooManyTries(wait)
	}
	right, err := a.useCode(ctx, account, typed)
	switch {
	case err != nil:
		a.factors.Right(string(account.ID), false) // it was not found out
		return err
	case !right:
		a.factors.Wrong(string(account.ID))
		if err := a.Store.RefusedLogin(ctx, callerOf(ctx).Address, account.ID); err != nil {
			a.Log.WarnContext(ctx, "a refused log-in was not noted in the audit trail", "error", err)
		}
		return codeWanted("This code is not right, or was used before. Please type the one that is shown now.")
	}
	a.factors.Right(string(account.ID), true)
	return nil
}

func codeWanted(message string) error {
	return &appliance.Error{Code: appliance.CodeUnauthorized, Message: message,
		Fields: []appliance.FieldError{{Field: "code", Message: message}}}
}

func (a *API) useCode(ctx context.Context, account appliance.Account, typed string) (right bool, err error) {
	code, ofApp := auth.IsFactorCode(typed)
	if !ofApp {
		by := callerOf(ctx).By()
		by.Account, by.Actor = account.ID, string(account.ID)
		return a.Store.UseRecoveryCode(ctx, by, account.ID, auth.HashRecoveryCode(typed))
	}
	secret, _, err := a.Store.FactorSecrets(ctx, account.ID)
	if err != nil {
		return false, err
	}
	step, right := auth.FactorStep(secret, code, a.Clock())
	if !right {
		return false, nil
	}
	return a.Store.UseFactor(ctx, account.ID, step)
}

// Factor is the second factor of the own account.
type Factor struct {
	State    FactorState          `json:"state" enum:"off,on,required" doc:"required: off, and nothing else can be done before it is on"`
	Since    *Time                `json:"since" nullable:"true"`
	Recovery int                  `json:"recovery" doc:"Recovery codes that were not used yet"`
	Rule     appliance.FactorRule `json:"rule" enum:"nobody,admins,everybody" doc:"Whose log-ins need one on this box"`
}

func (a *API) getFactor(ctx context.Context, _ *None) (*Output[Factor], error) {
	account := callerOf(ctx).Account
	state, err := a.factorState(ctx, account)
	if err != nil {
		return nil, err
	}
	f, err := a.Store.Factor(ctx, account.ID)
	if err != nil {
		return nil, err
	}
	rule, err := a.Store.FactorRule(ctx)
	return &Output[Factor]{Factor{state, timeOrNull(f.Since), f.Recovery, rule}}, err
}

// NewFactor is a secret to be taken into an authenticator app.
type NewFactor struct {
	Secret string `json:"secret" doc:"To be typed into the app where the QR code cannot be read. It is shown this once"`
	URI    string `json:"uri" doc:"What a QR code for the app says"`
}

// startFactor gives a new secret. The one in use stays in use until a code of the new one has come.
func (a *API) startFactor(ctx context.Context, in *Input[PasswordProof]) (*Output[NewFactor], error) {
	if err := a.proveAgain(ctx, "password", in.Body.Password); err != nil {
		return nil, err
	}
	account, secret := callerOf(ctx).Account, auth.NewFactorSecret()
	if err := a.Store.StartFactor(ctx, account.ID, secret); err != nil {
		return nil, err
	}
	return &Output[NewFactor]{NewFactor{secret, auth.FactorURI(secret, "Harmonium", account.Email)}}, nil
}

// FactorCode is a code that an authenticator app shows.
type FactorCode struct {
	Code string `json:"code" maxLength:"40"`
}

// RecoveryCodes stand in for the app, each once.
type RecoveryCodes struct {
	Codes []string `json:"codes" doc:"They are shown this once and cannot be shown again"`
}

func newRecoveryCodes() (RecoveryCodes, [][]byte) {
	out := RecoveryCodes{auth.NewRecoveryCodes()}
	hashes := make([][]byte, len(out.Codes))
	for i, code := range out.Codes {
		hashes[i] = auth.HashRecoveryCode(code)
	}
	return out, hashes
}

// confirmFactor puts the secret of startFactor to use when a code shows that the app has it, and ends every other log-in of
// the account.
func (a *API) confirmFactor(ctx context.Context, in *Input[FactorCode]) (*Output[RecoveryCodes], error) {
	c := callerOf(ctx)
	_, next, err := a.Store.FactorSecrets(ctx, c.Account.ID)
	if err != nil {
		return nil, err
	}
	if wait := a.factors.Begin(string(c.Account.ID)); wait > 0 {
		return nil, auth.TooManyTries(wait)
	}
	code, _ := auth.IsFactorCode(in.Body.Code)
	step, right := auth.FactorStep(next, code, a.Clock())
	if !right {
		a.factors.Wrong(string(c.Account.ID))
		return nil, appliance.Invalid("code", "This is not the code that the app shows now. Nothing was changed. "+
			"If it is, compare the clock of the phone with that of the box.")
	}
	a.factors.Right(string(c.Account.ID), true)
	out, hashes := newRecoveryCodes()
	return &Output[RecoveryCodes]{out}, a.Store.ConfirmFactor(ctx, c.By(), c.Account.ID, next, step, hashes, c.Login.ID)
}

func (a *API) renewRecoveryCodes(ctx context.Context, in *Input[PasswordProof]) (*Output[RecoveryCodes], error) {
	if err := a.proveAgain(ctx, "password", in.Body.Password); err != nil {
		return nil, err
	}
	c := callerOf(ctx)
	out, hashes := newRecoveryCodes()
	return &Output[RecoveryCodes]{out}, a.Store.RenewRecoveryCodes(ctx, c.By(), c.Account.ID, hashes)
}

// removeFactor takes the own second factor away, unless the box asks for one: it can be replaced then.
func (a *API) removeFactor(ctx context.Context, in *Input[PasswordProof]) (*None, error) {
	c := callerOf(ctx)
	rule, err := a.Store.FactorRule(ctx)
	if err != nil {
		return nil, err
	}
	if rule.Asks(c.Account.Role) {
		return nil, appliance.Errorf(appliance.CodeConflict, "This box asks for a second factor from accounts like yours. Nothing was changed; "+
			"you can set up another one in its place.")
	}
	if err := a.proveAgain(ctx, "password", in.Body.Password); err != nil {
		return nil, err
	}
	return &None{}, a.Store.RemoveOwnFactor(ctx, c.By())
}

// FactorRule says whose log-ins need a second factor.
type FactorRule struct {
	Rule appliance.FactorRule `json:"rule" enum:"nobody,admins,everybody" doc:"admins: owners and admins of the box"`
}

func (a *API) getFactorRule(ctx context.Context, _ *None) (*Output[FactorRule], error) {
	rule, err := a.Store.FactorRule(ctx)
	return &Output[FactorRule]{FactorRule{rule}}, err
}

func (a *API) setFactorRule(ctx context.Context, in *Input[FactorRule]) (*Output[FactorRule], error) {
	return &Output[FactorRule]{in.Body}, a.Store.SetFactorRule(ctx, callerOf(ctx).By(), in.Body.Rule)
}
