package auth_test

import (
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/auth"
)

// Promise P14.
func TestHowLongALoginLasts(t *testing.T) {
	const day = 24 * time.Hour
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	tests := []struct {
		name  string
		role  appliance.Role
		seen  time.Duration // after the start
		now   time.Duration
		until time.Duration // absolute end that was stored
		want  bool
	}{
		{"owner, 29 minutes idle", appliance.RoleOwner, 0, 29 * time.Minute, 12 * time.Hour, true},
		{"owner, 30 minutes idle", appliance.RoleOwner, 0, 30 * time.Minute, 12 * time.Hour, false},
		{"admin, 30 minutes idle", appliance.RoleAdmin, 0, 30 * time.Minute, 12 * time.Hour, false},
		{"editor, 11 hours idle", appliance.RoleEditor, 0, 11 * time.Hour, 30 * day, true},
		{"viewer, 12 hours idle", appliance.RoleViewer, 0, 12 * time.Hour, 30 * day, false},
		{"owner, active, 12 hours", appliance.RoleOwner, 12*time.Hour - time.Minute, 12 * time.Hour, 12 * time.Hour, false},
		{"editor, active, 29 days", appliance.RoleEditor, 29 * day, 29*day + time.Minute, 30 * day, true},
		{"editor, active, 30 days", appliance.RoleEditor, 30*day - time.Minute, 30 * day, 30 * day, false},
		{"editor who became admin", appliance.RoleAdmin, 13 * time.Hour, 13*time.Hour + time.Minute, 30 * day, false},
		{"stored end has passed", appliance.RoleEditor, 59 * time.Minute, time.Hour, time.Hour, false},
		{"clock set back a minute", appliance.RoleEditor, time.Hour, 59 * time.Minute, 30 * day, true},
		{"clock set back an hour", appliance.RoleEditor, 2 * time.Hour, time.Hour, 30 * day, false},
	}
	for _, tt := range tests {
		l := appliance.Login{CreatedAt: start, LastSeenAt: start.Add(tt.seen), ExpiresAt: start.Add(tt.until)}
		if got := auth.LoginAlive(l, tt.role, start.Add(tt.now)); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestAnAPIKeyHasItsForm(t *testing.T) {
	key := auth.NewAPIKey()
	if s := string(key); !auth.IsAPIKey(s) || len(s) != 40 {
		t.Errorf("a new key is not one")
	}
	if got := auth.KeyPrefix(key); len(got) != 12 || got[:8] != "hm_live_" {
		t.Errorf("prefix %q", got)
	}
	if key == auth.NewAPIKey() {
		t.Error("two keys are equal")
	}
	for _, s := range []string{"", "hm_live_", "hm_live_0123456789abcdef0123456789abcde",
		"hm_live_0123456789abcdef0123456789abcdef0", "hm_test_0123456789abcdef0123456789abcdef",
		"hm_live_0123456789ABCDEF0123456789ABCDEF", "hm_live_0123456789abcdef0123456789abcde\n"} {
		if auth.IsAPIKey(s) {
			t.Errorf("%q passes for a key", s)
		}
	}
}
