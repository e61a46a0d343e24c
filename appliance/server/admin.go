package server

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/auth"
	"harmonium/appliance/backup"
	"harmonium/appliance/capacity"
	"harmonium/appliance/clock"
	"harmonium/appliance/lan"
	"harmonium/appliance/privacy"
	"harmonium/appliance/room"
	"harmonium/appliance/store"
)

// Admin does what the command line can ask for. The commands are the same whether the server runs them for a client
// of its control socket or a command has opened the data directory by itself.
type Admin struct {
	store     *store.Store
	passwords *auth.Passwords
	clock     appliance.Clock
	keeper    *clock.Keeper
	doctor    func(context.Context) []appliance.Finding
	look      func() // has the models be looked at; nil where no server runs
	network   func(context.Context) (*lan.Network, error)
	support   func(context.Context) ([]byte, error) // nil where no server runs
	capacity  *capacity.Runner                      // nil where no server runs
	room      *room.Gauge
	attest    func(context.Context) (privacy.Signed, error) // nil where no server runs
	ways      func(context.Context) error                   // looks which ways out are open; nil where no server runs
	backups   *backup.Box
	alone     func(do func() error) error // one backup or restore at a time; nil where no server runs
	restart   func()                      // starts the server anew, on another state; nil where none runs
}

// by is what the audit trail notes of whoever uses the command line.
func (a *Admin) by() store.By { return store.By{Actor: store.ActorCommandLine} }

// NewUser is the account to make by "user add".
type NewUser struct {
	Email    string             `json:"email"`
	Name     string             `json:"name"`
	Role     appliance.Role     `json:"role"`
	Language appliance.Language `json:"language"`
	Password string             `json:"password"`
}

// User is an account as the command line shows it.
type User struct {
	ID        appliance.AccountID `json:"id"`
	Email     string              `json:"email"`
	Name      string              `json:"name"`
	Role      appliance.Role      `json:"role"`
	Language  appliance.Language  `json:"language"`
	Disabled  bool                `json:"disabled"`
	Factor    bool                `json:"second_factor"`
	CreatedAt time.Time           `json:"created_at"`
}

func userOf(a appliance.Account) User {
	return User{ID: a.ID, Email: a.Email, Name: a.Name, Role: a.Role, Language: a.Language, Disabled: a.Disabled, Factor: a.Factor,
		CreatedAt: a.CreatedAt}
}

// None is the input of commands that need none and the output of those that have nothing to tell.
type None struct{}

// AddUser makes an account. No set-up link is needed: who can use the command line of the box owns it.
func (a *Admin) AddUser(ctx context.Context, in NewUser) (User, error) {
	account := appliance.Account{Email: in.Email, Name: in.Name, Role: in.Role, Language: in.Language.Or(appliance.English)}
	var p appliance.Problems
	if e := (*appliance.Error)(nil); errors.As(account.Validate(), &e) {
		p = append(p, e.Fields...)
	}
	if in.Language != "" && !in.Language.Valid() {
		p.Add("language", "This language is not on the box yet. Choose one of: %s.", appliance.LanguageList())
	}
	appliance.CheckPassword(&p, "password", in.Password, account)
	if err := p.Err(); err != nil {
		return User{}, err
	}
	hash, err := a.passwords.Hash(ctx, in.Password)
	if err != nil {
		return User{}, err
	}
	account, err = a.store.CreateAccount(ctx, a.by(), account, hash)
	if err != nil {
		return User{}, err
	}
	return userOf(account), nil
}

// Users lists all accounts by name.
func (a *Admin) Users(ctx context.Context, _ None) ([]User, error) {
	accounts, err := a.store.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	users := make([]User, 0, len(accounts))
	for _, account := range accounts {
		users = append(users, userOf(account))
	}
	return users, nil
}

// NewPassword is the password to set by "user passwd".
type NewPassword struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

// SetPassword sets the password of an account and ends all its log-ins.
func (a *Admin) SetPassword(ctx context.Context, in NewPassword) (None, error) {
	account, err := a.account(ctx, in.Email)
	if err != nil {
		return None{}, err
	}
	var p appliance.Problems
	appliance.CheckPassword(&p, "password", in.Password, account)
	if err := p.Err(); err != nil {
		return None{}, err
	}
	hash, err := a.passwords.Hash(ctx, in.Password)
	if err != nil {
		return None{}, err
	}
	return None{}, a.store.SetPassword(ctx, a.by(), account.ID, hash, "")
}

// UserName names an account, for "user no-second-factor" and "user reactivate".
type UserName struct {
	Email string `json:"email"`
}

// RemoveFactor takes the second factor of an account away, for the day on which the app and the recovery codes are lost and
// nobody else can do it.
func (a *Admin) RemoveFactor(ctx context.Context, in UserName) (None, error) {
	account, err := a.account(ctx, in.Email)
	if err != nil {
		return None{}, err
	}
	return None{}, a.store.RemoveFactor(ctx, a.by(), account.ID)
}

// OldUser names an account for "user deactivate", and who becomes an owner of what nobody else owns, "" for nobody.
type OldUser struct {
	Email string `json:"email"`
	To    string `json:"to"`
}

// Deactivate keeps an account from being used.
func (a *Admin) Deactivate(ctx context.Context, in OldUser) (User, error) {
	account, err := a.account(ctx, in.Email)
	if err != nil {
		return User{}, err
	}
	var heir appliance.Account
	if in.To != "" {
		if heir, err = a.account(ctx, in.To); err != nil {
			return User{}, err
		}
	}
	account, err = a.store.Deactivate(ctx, a.by(), account.ID, heir.ID)
	return userOf(account), err
}

// Reactivate lets an account be used again.
func (a *Admin) Reactivate(ctx context.Context, in UserName) (User, error) {
	account, err := a.account(ctx, in.Email)
	if err != nil {
		return User{}, err
	}
	account, err = a.store.Reactivate(ctx, a.by(), account.ID)
	return userOf(account), err
}

// account gives the account with an e-mail address.
func (a *Admin) account(ctx context.Context, email string) (appliance.Account, error) {
	account, _, err := a.store.AccountByEmail(ctx, email)
	if appliance.CodeOf(err) == appliance.CodeNotFound {
		return account, appliance.Errorf(appliance.CodeNotFound,
			"There is no account with the e-mail address %q. Nothing was changed; harmonium user list shows them all.", email)
	}
	return account, err
}

// NewKey is the key to make by "key create".
type NewKey struct {
	Email     string            `json:"email"` // of the account; empty: the only one
	Name      string            `json:"name"`
	Scopes    []appliance.Scope `json:"scopes"`
	ExpiresIn time.Duration     `json:"expires_in"` // 0: never
}

// Key is an API key as the command line shows it.
type Key struct {
	ID         appliance.KeyID   `json:"id"`
	Email      string            `json:"email"`
	Name       string            `json:"name"`
	KeyPrefix  string            `json:"key_prefix"`
	Scopes     []appliance.Scope `json:"scopes"`
	CreatedAt  time.Time         `json:"created_at"`
	ExpiresAt  *time.Time        `json:"expires_at"`
	LastUsedAt *time.Time        `json:"last_used_at"`
	Key        string            `json:"key,omitempty"` // the key itself, shown once
}

func keyOf(k appliance.APIKey, email string) Key {
	return Key{ID: k.ID, Email: email, Name: k.Name, KeyPrefix: k.Prefix, Scopes: k.Scopes, CreatedAt: k.CreatedAt,
		ExpiresAt: timeOrNil(k.ExpiresAt), LastUsedAt: timeOrNil(k.LastUsedAt)}
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// CreateKey makes an API key for an account.
func (a *Admin) CreateKey(ctx context.Context, in NewKey) (Key, error) {
	if in.ExpiresIn < 0 {
		return Key{}, appliance.Invalid("expires", "A key cannot expire before it is made.")
	}
	account, err := a.accountOrOnly(ctx, in.Email)
	if err != nil {
		return Key{}, err
	}
	secret := auth.NewAPIKey()
	k := appliance.APIKey{AccountID: account.ID, Name: in.Name, Prefix: auth.KeyPrefix(secret), Scopes: in.Scopes}
	if in.ExpiresIn > 0 {
		k.ExpiresAt = a.clock().Add(in.ExpiresIn)
	}
	k, err = a.store.CreateKey(ctx, a.by(), store.Once{}, k, secret.Hash())
	if err != nil {
		return Key{}, err
	}
	made := keyOf(k, account.Email)
	made.Key = string(secret)
	return made, nil
}

// accountOrOnly gives the account that something new belongs to: where there is only one it need not be named.
func (a *Admin) accountOrOnly(ctx context.Context, email string) (appliance.Account, error) {
	if email != "" {
		return a.account(ctx, email)
	}
	accounts, err := a.store.Accounts(ctx)
	switch {
	case err != nil:
		return appliance.Account{}, err
	case len(accounts) == 0:
		return appliance.Account{}, appliance.Errorf(appliance.CodeNotFound, "There is no account yet that it could belong to. "+
			"Nothing was made; harmonium user add makes an account.")
	case len(accounts) > 1:
		return appliance.Account{}, appliance.Invalid("email", "There are %d accounts; say with --email whose it is to be. "+
			"harmonium user list shows them all.", len(accounts))
	}
	return accounts[0], nil
}

// Keys lists the API keys of all accounts.
func (a *Admin) Keys(ctx context.Context, _ None) ([]Key, error) {
	accounts, err := a.store.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	emails := map[appliance.AccountID]string{}
	for _, account := range accounts {
		emails[account.ID] = account.Email
	}
	stored, err := a.store.Keys(ctx, "")
	if err != nil {
		return nil, err
	}
	keys := make([]Key, 0, len(stored))
	for _, k := range stored {
		keys = append(keys, keyOf(k, emails[k.AccountID]))
	}
	return keys, nil
}

// OldKey is the key to revoke by "key revoke": its id, or its prefix where no other key has the same.
type OldKey struct {
	Key string `json:"key"`
}

// RevokeKey ends an API key.
func (a *Admin) RevokeKey(ctx context.Context, in OldKey) (None, error) {
	keys, err := a.store.Keys(ctx, "")
	if err != nil {
		return None{}, err
	}
	keys = slices.DeleteFunc(keys, func(k appliance.APIKey) bool { return string(k.ID) != in.Key && k.Prefix != in.Key })
	switch len(keys) {
	case 0:
		return None{}, appliance.Errorf(appliance.CodeNotFound,
			"There is no API key %q. Nothing was changed; harmonium key list shows them all.", in.Key)
	case 1:
		return None{}, a.store.RevokeKey(ctx, a.by(), keys[0].AccountID, keys[0].ID)
	}
	var ids []string
	for _, k := range keys {
		ids = append(ids, string(k.ID))
	}
	return None{}, appliance.Errorf(appliance.CodeConflict,
		"Several API keys begin with %q. Nothing was changed; name one of them by its id: %s.", in.Key, strings.Join(ids, ", "))
}

// Doctor looks at everything that can be wrong with the box.
func (a *Admin) Doctor(ctx context.Context, _ None) ([]appliance.Finding, error) {
	return a.doctor(ctx), nil
}
