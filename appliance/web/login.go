package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/auth"
	"harmonium/appliance/store"
)

// loginCookie holds the token of a log-in. The prefix makes browsers refuse it when it is not Secure, names a domain,
// or has another path, so that no neighbour can plant one (ASVS 3.3.3). Host pages are on HTTPS or on this machine;
// browsers take Secure cookies from http://localhost and http://127.0.0.1 too.
const loginCookie = "__Host-harmonium"

// SetCookie is an answer that changes the browser's cookie and says nothing else.
type SetCookie struct {
	Cookie    http.Cookie `header:"Set-Cookie"`
	ClearSite string      `header:"Clear-Site-Data"`
}

func cookie(value string, seconds int) http.Cookie {
	return http.Cookie{Name: loginCookie, Value: value, Path: "/", MaxAge: seconds, Secure: true, HttpOnly: true,
		SameSite: http.SameSiteLaxMode}
}

// goodbye makes the browser forget the log-in and what it has kept of our answers. What a participant on the same
// device has written and not sent stays.
func goodbye() *SetCookie {
	return &SetCookie{Cookie: cookie("", -1), ClearSite: `"cache"`}
}

// LoginRequest is what a person types to log in.
type LoginRequest struct {
	Email    string `json:"email" maxLength:"254"`
	Password string `json:"password" maxLength:"256"`
	Code     string `json:"code,omitempty" maxLength:"40" doc:"Of the authenticator app, or a recovery code: asked for, with a 401 at this field, of accounts that have a second factor"`
}

type loginInput struct {
	UserAgent string `header:"User-Agent" hidden:"true"`
	Body      LoginRequest
}

// logIn answers the same, after the same work, whether the account does not exist, is disabled, or has another
// password. Only after the right password it tells whether a second factor is asked for.
func (a *API) logIn(ctx context.Context, in *loginInput) (*SetCookie, error) {
	c := callerOf(ctx)
	account, passwordHash, err := a.prove(ctx, in.Body.Email, in.Body.Password)
	if err != nil {
		return nil, err
	}
	if account.Factor {
		if err := a.proveFactor(ctx, account, in.Body.Code); err != nil {
			return nil, err
		}
	}
	answer, err := a.startLogin(ctx, account, store.Proved{PasswordHash: passwordHash, Factor: account.Factor}, in.UserAgent)
	if err != nil {
		return nil, err
	}
	if c.Login.ID != "" {
		// The browser forgets its earlier log-in, so nobody could use it any more, or only somebody else.
		if err := a.Store.EndLogin(ctx, c.By(), c.Login.AccountID, c.Login.ID); appliance.CodeOf(err) == appliance.CodeInternal {
			return nil, err
		}
	}
	return answer, nil
}

// prove finds the account that an e-mail address and a password belong to, with the hash that the password was
// compared with.
func (a *API) prove(ctx context.Context, email, password string) (appliance.Account, string, error) {
	address := callerOf(ctx).Address
	try, err := a.throttle.Begin(email, address)
	if err != nil {
		return appliance.Account{}, "", err
	}
	account, passwordHash, err := a.Store.AccountByEmail(ctx, email)
	if err != nil && appliance.CodeOf(err) != appliance.CodeNotFound {
		try.Unknown()
		return appliance.Account{}, "", err
	}
	right, err := a.Passwords.Check(ctx, passwordHash, password)
	if err != nil {
		try.Unknown()
		return appliance.Account{}, "", err
	}
	if !right || account.Disabled {
		try.Wrong()
		if err := a.Store.RefusedLogin(ctx, address, account.ID); err != nil {
			a.Log.WarnContext(ctx, "a refused log-in was not noted in the audit trail", "error", err)
		}
		return appliance.Account{}, "", appliance.Errorf(appliance.CodeUnauthorized,
			"The e-mail address or the password is not right. Please try again.")
	}
	try.Right()
	return account, passwordHash, nil
}

// proveAgain checks the password of an account that has logged in already, before something that whoever found the
// open browser must not do. field is where the password was typed.
func (a *API) proveAgain(ctx context.Context, field, password string) error {
	c := callerOf(ctx)
	try, err := a.throttle.Begin(c.Account.Email, c.Address)
	if err != nil {
		return err
	}
	passwordHash, err := a.Store.PasswordHash(ctx, c.Account.ID)
	if err != nil {
		try.Unknown()
		return err
	}
	right, err := a.Passwords.Check(ctx, passwordHash, password)
	switch {
	case err != nil:
		try.Unknown()
		return err
	case !right:
		try.Wrong()
		return appliance.Invalid(field, "This is not your password. Nothing was changed.")
	}
	try.Right()
	return nil
}

// startLogin stores a new log-in and gives the cookie for it.
func (a *API) startLogin(ctx context.Context, account appliance.Account, proved store.Proved, userAgent string,
) (*SetCookie, error) {
	c := callerOf(ctx)
	_, absolute := auth.LoginLimits(account.Role)
	token := appliance.NewSecret("")
	by := c.By()
	by.Account, by.Actor = account.ID, string(account.ID)
	_, err := a.Store.CreateLogin(ctx, by, appliance.Login{
		AccountID: account.ID,
		ExpiresAt: a.Clock().Add(absolute),
		Address:   c.Address,
		UserAgent: cleanHeader(userAgent),
	}, token.Hash(), proved)
	if err != nil {
		return nil, err
	}
	return &SetCookie{Cookie: cookie(string(token), int(absolute/time.Second))}, nil
}

// cleanHeader keeps the printable ASCII of a header that a client may set as it likes.
func cleanHeader(s string) string {
	b := []byte(s)[:min(len(s), 300)]
	for i, c := range b {
		if c < 0x20 || c > 0x7e {
			b[i] = '?'
		}
	}
	return string(b)
}

// loggedIn adds to c the account of a log-in that is still good, and notes that it is used. A socket asks it again
// while it is open, and ends when it fails.
func (a *API) loggedIn(ctx context.Context, c Caller, token appliance.Secret) (Caller, error) {
	hash := token.Hash()
	login, account, err := a.Store.LoginByToken(ctx, hash)
	if err != nil {
		return c, err
	}
	if !auth.LoginAlive(login, account.Role, a.Clock()) {
		return c, store.NotLoggedIn()
	}
	a.Store.SeenLogin(ctx, hash)
	c.Login, c.Account = login, account
	return c, nil
}

// bearer adds to c whoever a token in the Authorization header belongs to: an account by its API key, or a
// participant. A mistyped key is still a key to whoever typed it, so its beginning decides.
func (a *API) bearer(ctx context.Context, c Caller, token string) (Caller, error) {
	hash := appliance.Secret(token).Hash()
	if !strings.HasPrefix(token, "hm_live_") {
		var err error
		c.Seat, err = a.Store.ParticipantByToken(ctx, hash)
		return c, err
	}
	key, account, err := a.Store.KeyByHash(ctx, hash)
	if err != nil {
		return c, err
	}
	if wait := a.rate.Take(string(key.ID)); wait > 0 {
		return c, auth.TooOften(wait)
	}
	a.Store.SeenKey(ctx, hash)
	c.Key, c.keyHash, c.Account = &key, hash, account
	return c, nil
}

func (a *API) logOut(ctx context.Context, _ *None) (*SetCookie, error) {
	c := callerOf(ctx)
	if err := a.Store.EndLogin(ctx, c.By(), c.Account.ID, c.Login.ID); err != nil {
		return nil, err
	}
	return goodbye(), nil
}

// PasswordProof is the password of who is logged in, asked for again.
type PasswordProof struct {
	Password string `json:"password" maxLength:"256"`
}

func (a *API) logOutEverywhere(ctx context.Context, in *Input[PasswordProof]) (*SetCookie, error) {
	if err := a.proveAgain(ctx, "password", in.Body.Password); err != nil {
		return nil, err
	}
	c := callerOf(ctx)
	if err := a.Store.EndLogins(ctx, c.By(), c.Account.ID); err != nil {
		return nil, err
	}
	return goodbye(), nil
}

// Login is one log-in of the own account.
type Login struct {
	ID         appliance.LoginID `json:"id"`
	CreatedAt  Time              `json:"created_at"`
	LastSeenAt Time              `json:"last_seen_at" doc:"To the minute"`
	ExpiresAt  Time              `json:"expires_at" doc:"When it ends at the latest, whatever is done"`
	Address    string            `json:"address" doc:"From where, as the box saw it"`
	UserAgent  string            `json:"user_agent" doc:"What the browser says of itself"`
	Current    bool              `json:"current" doc:"The log-in that asks"`
}

func (a *API) listLogins(ctx context.Context, in *Page) (*Output[List[Login]], error) {
	c := callerOf(ctx)
	stored, err := a.Store.Logins(ctx, c.Account.ID)
	if err != nil {
		return nil, err
	}
	var logins []Login
	for _, l := range stored {
		if !auth.LoginAlive(l, c.Account.Role, a.Clock()) {
			continue
		}
		logins = append(logins, Login{ID: l.ID, CreatedAt: Time{l.CreatedAt}, LastSeenAt: Time{l.LastSeenAt}, ExpiresAt: Time{l.ExpiresAt},
			Address: l.Address, UserAgent: l.UserAgent, Current: l.ID == c.Login.ID})
	}
	return &Output[List[Login]]{pageOf(logins, *in)}, nil
}

// LoginPath names a log-in.
type LoginPath struct {
	ID appliance.LoginID `path:"id" doc:"Id of the log-in"`
}

func (a *API) endLogin(ctx context.Context, in *LoginPath) (*None, error) {
	c := callerOf(ctx)
	return &None{}, a.Store.EndLogin(ctx, c.By(), c.Account.ID, in.ID)
}
