package appliance

import (
	"strings"
	"time"
)

// Account is a person who can log in to this box.
type Account struct {
	ID        AccountID
	Email     string // as written; compared by EmailKey
	Name      string
	Role      Role // on the organisation
	Language  Language
	Disabled  bool
	Factor    bool // log-ins need a second factor
	CreatedAt time.Time
	UpdatedAt time.Time
}

// EmailKey is the form in which two addresses are compared: lower case, without surrounding space.
func EmailKey(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// Validate checks the fields that people fill in.
func (a Account) Validate() error {
	var p Problems
	CheckEmail(&p, "email", a.Email, true)
	CheckLine(&p, "name", a.Name, MaxName, true)
	if !a.Role.Valid() {
		p.Add("role", "The role must be owner, admin, editor or viewer.")
	}
	return p.Err()
}

// ValidateNew is Validate for what is written anew: a name and an address that nobody takes for somebody else's.
func (a Account) ValidateNew() error {
	if err := a.Validate(); err != nil {
		return err
	}
	var p Problems
	CheckName(&p, "name", a.Name, true)
	CheckAddress(&p, "email", a.Email, true)
	return p.Err()
}

// Login is one log-in of an account in one browser.
type Login struct {
	ID         LoginID
	AccountID  AccountID
	CreatedAt  time.Time
	LastSeenAt time.Time
	ExpiresAt  time.Time // absolute end, whatever is done until then
	Address    string    // of the client, as the server saw it
	UserAgent  string
}

// APIKey lets a program act as its account, within its scopes. The key itself is shown once and kept only as a hash.
type APIKey struct {
	ID         KeyID
	AccountID  AccountID
	Name       string
	Prefix     string // the first 12 characters of the key, to tell keys apart
	Scopes     []Scope
	CreatedAt  time.Time
	ExpiresAt  time.Time // zero: never
	LastUsedAt time.Time // zero: not yet
}

// Scope is one thing that an API key may do, written "object:verb"; "object:*" is every verb, "*" everything.
type Scope string

// The scopes that keys can have now.
const (
	ScopeAll            Scope = "*"
	ScopeSessionsRead   Scope = "sessions:read"
	ScopeSessionsWrite  Scope = "sessions:write"
	ScopeResponsesRead  Scope = "responses:read"
	ScopeResponsesWrite Scope = "responses:write"
	ScopeResultsRead    Scope = "results:read"
	ScopeMeetingsRead   Scope = "meetings:read"
	ScopeMeetingsWrite  Scope = "meetings:write"
	ScopeProjectsRead   Scope = "projects:read"
	ScopeProjectsWrite  Scope = "projects:write"
	ScopeTemplatesRead  Scope = "templates:read"
	ScopeTemplatesWrite Scope = "templates:write"
	ScopeAdminRead      Scope = "admin:read"
	ScopeAdminWrite     Scope = "admin:write"
)

// Scopes lists every scope that names one verb, in the order in which they are shown.
func Scopes() []Scope {
	return []Scope{ScopeSessionsRead, ScopeSessionsWrite, ScopeResponsesRead, ScopeResponsesWrite, ScopeResultsRead,
		ScopeMeetingsRead, ScopeMeetingsWrite, ScopeProjectsRead, ScopeProjectsWrite, ScopeTemplatesRead, ScopeTemplatesWrite, ScopeAdminRead, ScopeAdminWrite}
}

// Valid says whether s is a scope that a key can have: one of Scopes, "object:*" for an object of theirs, or "*".
func (s Scope) Valid() bool {
	if s == ScopeAll {
		return true
	}
	for _, have := range Scopes() {
		object, _, _ := strings.Cut(string(have), ":")
		if s == have || string(s) == object+":*" {
			return true
		}
	}
	return false
}

// Grants says whether a key that has s may do need.
func (s Scope) Grants(need Scope) bool {
	if s == ScopeAll || s == need {
		return true
	}
	object, _, _ := strings.Cut(string(need), ":")
	return string(s) == object+":*"
}

// Validate checks the fields of a new key.
func (k APIKey) Validate() error {
	var p Problems
	CheckLine(&p, "name", k.Name, MaxName, true)
	if len(k.Scopes) == 0 {
		p.Add("scopes", "A key needs at least one scope.")
	}
	for _, s := range k.Scopes {
		if !s.Valid() {
			p.Add("scopes", "%.60q is not a scope.", string(s))
		}
	}
	return p.Err()
}
