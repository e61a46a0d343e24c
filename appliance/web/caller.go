package web

import (
	"context"
	"net/http"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/auth"
	"harmonium/appliance/store"
)

// Caller is who sends a request: an account by log-in or key, a participant, or nobody that we know.
type Caller struct {
	Account appliance.Account // zero ID: no account
	Login   appliance.Login   // zero ID: not by cookie
	Key     *appliance.APIKey // nil: not by key
	keyHash []byte            // of its secret
	Seat    store.Seat        // of a participant; zero otherwise
	Address string
}

// By is what the audit trail notes of the caller.
func (c Caller) By() store.By {
	by := store.By{Account: c.Account.ID, Actor: string(c.Account.ID), Address: c.Address}
	if c.Key != nil {
		by.Actor = string(c.Key.ID)
	}
	return by
}

// callerOf gives the caller of a request that has passed allow.
func callerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(keyCaller).(Caller)
	return c
}

// allow finds out who calls and whether the operation's row in the permission table lets them, on the object that
// the path names. The context it gives carries the Caller.
func (a *API) allow(r *http.Request, operation string, param func(string) string) (context.Context, error) {
	p, ok := auth.For(operation)
	if !ok {
		return nil, appliance.Errorf(appliance.CodeForbidden, "Nobody may do this.")
	}
	c, err := a.caller(r)
	if err != nil && p.Who != auth.Anyone {
		return nil, err
	}
	ctx := context.WithValue(r.Context(), keyCaller, c)
	switch p.Who {
	case auth.Anyone:
		return ctx, nil
	case auth.Participant:
		if c.Seat.ParticipantID == "" {
			return nil, appliance.Errorf(appliance.CodeUnauthorized, "This needs a participant's private link.")
		}
		return ctx, nil
	}
	if c.Account.ID == "" {
		return nil, appliance.Errorf(appliance.CodeUnauthorized, "Please log in.")
	}
	if c.Key != nil {
		if p.CookieOnly {
			return nil, appliance.Errorf(appliance.CodeForbidden, "This is for people who are logged in, not for API keys.")
		}
		ctx = store.ForProgram(ctx)
		if !auth.KeyGrants(c.Key.Scopes, p.Scope) {
			return nil, appliance.Errorf(appliance.CodeForbidden, "This key lacks the scope %s.", p.Scope)
		}
	}
	if !c.Account.Role.AtLeast(p.OrgRole) {
		return nil, appliance.Errorf(appliance.CodeForbidden, "This needs the role %s; yours on this box is %s.",
			p.OrgRole, c.Account.Role)
	}
	if err := a.allowFactor(ctx, c, p); err != nil {
		return nil, err
	}
	if err := a.allowRole(ctx, c, p, param("id")); err != nil {
		return ctx, err
	}
	return ctx, a.allowProgram(ctx, c, p, appliance.ConversationID(param("id")))
}

// allowProgram refuses a program whatever tells of a conversation that must not be handed out, but for what says so. Results are
// read without it: see store.ForProgram.
func (a *API) allowProgram(ctx context.Context, c Caller, p auth.Permission, id appliance.ConversationID) error {
	reads := p.Scope == appliance.ScopeMeetingsRead || p.Scope == appliance.ScopeResponsesRead
	if c.Key == nil || p.On != auth.Conversation || !reads || p.Operation == "getRestrictions" {
		return nil
	}
	v, err := a.Store.Conversation(ctx, id)
	if err != nil {
		return err
	}
	return refuseProgram(ctx, v.Restricted)
}

// noteView tells the audit trail who is about to look at what people said, once allow has let them. An id is noted only where
// allow has found what it names: others are whatever somebody has sent.
func (a *API) noteView(ctx context.Context, operation, id string) {
	p, _ := auth.For(operation)
	if p.View == "" {
		return
	}
	if p.On == auth.Self || p.On == auth.Organisation {
		id = ""
	}
	a.Store.NoteView(ctx, callerOf(ctx).By(), p.View, id)
}

// allowRole compares the caller's role on the object with the one that is needed. Who may not even see the object is
// told that it does not exist.
func (a *API) allowRole(ctx context.Context, c Caller, p auth.Permission, id string) (err error) {
	role := appliance.RoleNone
	switch p.On {
	case auth.Nothing, auth.Self:
		return nil
	case auth.Organisation:
		role = c.Account.Role
	case auth.Project:
		role, err = a.Store.RoleOnProject(ctx, c.Account.ID, appliance.ProjectID(id))
	case auth.Session:
		role, err = a.Store.RoleOnSession(ctx, c.Account.ID, appliance.SessionID(id))
	case auth.Conversation:
		role, err = a.Store.RoleOnConversation(ctx, c.Account.ID, appliance.ConversationID(id))
	case auth.Template:
		role, err = a.roleOnTemplate(ctx, c.Account.ID, appliance.TemplateID(id))
	}
	hidden := role == appliance.RoleNone && p.On != auth.Organisation
	switch {
	case appliance.CodeOf(err) == appliance.CodeNotFound, err == nil && hidden:
		return appliance.Errorf(appliance.CodeNotFound, "There is nothing under this address, or you may not see it.")
	case err != nil:
		return err
	case !role.AtLeast(p.Role):
		return appliance.Errorf(appliance.CodeForbidden, "This needs the role %s; yours here is %s.", p.Role, role)
	case p.Tab == "":
		return nil
	}
	return a.seesTab(ctx, role, id, p.Tab)
}

// caller identifies who sends r: by the Authorization header where there is one, else by the cookie. Nothing of the
// two is no error: the caller is then nobody.
func (a *API) caller(r *http.Request) (Caller, error) {
	c := Caller{Address: clientAddress(r)}
	if header := r.Header.Get("Authorization"); header != "" {
		token, ok := strings.CutPrefix(header, "Bearer ")
		if !ok {
			return c, appliance.Errorf(appliance.CodeUnauthorized, "The Authorization header must be: Bearer, a space, the key.")
		}
		return a.bearer(r.Context(), c, token)
	}
	cookie, err := r.Cookie(loginCookie)
	if err != nil {
		return c, nil
	}
	return a.loggedIn(r.Context(), c, appliance.Secret(cookie.Value))
}

// holds gives what fails once the key or log-in by which a request came has ended, or its account may not do the operation any
// more on the object with the id. It is nil for operations that need no account.
func (a *API) holds(ctx context.Context, r *http.Request, operation, id string) func() error {
	c := callerOf(ctx)
	p, _ := auth.For(operation)
	if p.Who != auth.Account {
		return nil
	}
	return func() (err error) {
		if c.Key != nil {
			_, c.Account, err = a.Store.KeyByHash(ctx, c.keyHash)
		} else {
			c, err = a.caller(r)
		}
		if err != nil {
			return err
		}
		return a.allowRole(ctx, c, p, id)
	}
}
