package store_test

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// Whoever is to free some space must be able to log in, and whoever finds a stolen log-in or key to end it.
func TestLoggingInAndRevokingGiveUpTheBallastOnAFullDisk(t *testing.T) {
	for name, do := range map[string]func(s *store.Store, a appliance.Account, l appliance.Login, k appliance.APIKey) error{
		"log in": func(s *store.Store, a appliance.Account, _ appliance.Login, _ appliance.APIKey) error {
			_, err := s.CreateLogin(t.Context(), as(a), appliance.Login{AccountID: a.ID, ExpiresAt: testTime.Add(time.Hour)},
				appliance.NewSecret("").Hash(), store.Proved{PasswordHash: "hash of ada"})
			return err
		},
		"log out": func(s *store.Store, a appliance.Account, l appliance.Login, _ appliance.APIKey) error {
			return s.EndLogin(t.Context(), as(a), a.ID, l.ID)
		},
		"revoke a key": func(s *store.Store, a appliance.Account, _ appliance.Login, k appliance.APIKey) error {
			return s.RevokeKey(t.Context(), as(a), a.ID, k.ID)
		},
		"change the password": func(s *store.Store, a appliance.Account, _ appliance.Login, _ appliance.APIKey) error {
			return s.SetPassword(t.Context(), as(a), a.ID, "new hash", "")
		},
		"disable": func(s *store.Store, a appliance.Account, _ appliance.Login, _ appliance.APIKey) error {
			_, err := s.UpdateAccount(t.Context(), as(a), a.ID, func(a *appliance.Account) error { a.Disabled = true; return nil })
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s, err := store.Open(t.Context(), store.Options{Dir: dir, Clock: testClock, BallastBytes: 1 << 20})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			a := hire(t, s, "ada", appliance.RoleEditor)
			l, _ := logIn(t, s, a, testTime.Add(time.Hour))
			k, _ := issue(t, s, a, store.Once{}, time.Time{})
			if err := s.Scrub(t.Context()); err != nil {
				t.Fatal(err)
			}
			repair := replaceFile(t, filepath.Join(dir, "harmonium.db-wal"), "/dev/full", syscall.O_RDWR)
			refused(t, "with no room at all", do(s, a, l, k), appliance.CodeStorage)
			if n := ballastSize(t, dir); n >= 0 {
				t.Error("the ballast was not given up")
			}
			repair()
			if err := do(s, a, l, k); err != nil {
				t.Errorf("with the room that the ballast took: %v", err)
			}
		})
	}
}
