package auth_test

import (
	"cmp"
	"regexp"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/auth"
)

func TestEveryRowOfTheTableIsSound(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range auth.All() {
		if seen[p.Operation] {
			t.Errorf("%s has two rows", p.Operation)
		}
		seen[p.Operation] = true
		onObject := p.On != auth.Nothing && p.On != auth.Self
		switch {
		case p.Who == auth.Account && p.On == auth.Nothing:
			t.Errorf("%s needs an account and names no object", p.Operation)
		case p.Who == auth.Account && onObject != (p.Role != appliance.RoleNone):
			t.Errorf("%s asks for role %q on %q", p.Operation, p.Role, p.On)
		case p.Who != auth.Account && (p.On != auth.Nothing || p.Role != "" || p.OrgRole != "" || p.Scope != "" || p.CookieOnly):
			t.Errorf("%s is not for accounts and yet asks for what only accounts have", p.Operation)
		case p.CookieOnly && p.Scope != "":
			t.Errorf("%s refuses keys and yet asks for a scope", p.Operation)
		case p.Who == auth.Account && onObject && !p.CookieOnly && p.Scope == "":
			t.Errorf("%s would be open to a key without any scope", p.Operation)
		case p.Scope != "" && !p.Scope.Valid():
			t.Errorf("%s asks for the scope %q, which no key can have", p.Operation, p.Scope)
		}
		if got, ok := auth.For(p.Operation); !ok || got != p {
			t.Errorf("For(%s) = %+v, %v", p.Operation, got, ok)
		}
	}
	if len(seen) < 60 {
		t.Errorf("the table has %d rows only", len(seen))
	}
}

func TestAnUnknownOperationHasNoRow(t *testing.T) {
	if p, ok := auth.For("dropEverything"); ok {
		t.Errorf("got %+v", p)
	}
}

func TestTheTableCannotBeChangedFromOutside(t *testing.T) {
	auth.All()[0].Who = auth.Participant
	if p := auth.All()[0]; p.Who == auth.Participant {
		t.Errorf("the first row is now %+v", p)
	}
}

// What a key must never be able to do, whatever scopes it has: turn itself into more.
func TestKeysCannotTouchLogInsPasswordsAndKeys(t *testing.T) {
	for _, operation := range []string{"changePassword", "listLogins", "endLogin", "logOutEverywhere", "listKeys", "createKey",
		"revokeKey", "updateMe"} {
		if p, ok := auth.For(operation); !ok || !p.CookieOnly {
			t.Errorf("%s is open to API keys", operation)
		}
	}
}

func TestAKeyGrantsWhatItsScopesSay(t *testing.T) {
	tests := []struct {
		scopes []appliance.Scope
		need   appliance.Scope
		want   bool
	}{
		{nil, "", true},
		{nil, appliance.ScopeSessionsRead, false},
		{[]appliance.Scope{"sessions:read"}, appliance.ScopeSessionsRead, true},
		{[]appliance.Scope{"sessions:read"}, appliance.ScopeSessionsWrite, false},
		{[]appliance.Scope{"results:read", "sessions:*"}, appliance.ScopeSessionsWrite, true},
		{[]appliance.Scope{"sessions:*"}, appliance.ScopeProjectsRead, false},
		{[]appliance.Scope{"*"}, appliance.ScopeAdminWrite, true},
		{[]appliance.Scope{"sessions"}, appliance.ScopeSessionsRead, false},
	}
	for _, tt := range tests {
		if got := auth.KeyGrants(tt.scopes, tt.need); got != tt.want {
			t.Errorf("KeyGrants(%v, %q) = %v", tt.scopes, tt.need, got)
		}
	}
}

// Whoever reads the results of a session is shown what people said, or what quotes it, and so the audit trail is told; but for
// what shows figures only, and what is noted for what it does.
func TestWhoLooksAtResultsIsNoted(t *testing.T) {
	unseen := map[string]string{
		"listJobs":        "shows how far work has come",
		"getTallies":      "shows figures",
		"getInsights":     "shows figures",
		"getRestrictions": "shows what was decided, and by which words of a fixed list",
		"getInsightsCSV":  "is noted as insight.export",
		"exportSession":   "is noted as session.export",
		"exportCaptions":  "is noted as meeting.export",
		"exportMinutes":   "is noted as meeting.export",
	}
	reads := regexp.MustCompile(`^(get|list|live|compare|preview|export)[A-Z]`)
	for _, p := range auth.All() {
		if p.Tab == "" || p.Tab == appliance.TabFiles || !reads.MatchString(p.Operation) {
			continue
		}
		if why, ok := unseen[p.Operation]; ok == (p.View != "") {
			t.Errorf("%s tells of %s; the trail notes %q; it %s", p.Operation, p.Tab, p.View, cmp.Or(why, "is on no list"))
		}
		delete(unseen, p.Operation)
	}
	for operation := range unseen {
		t.Errorf("%s tells of no results", operation)
	}
}
