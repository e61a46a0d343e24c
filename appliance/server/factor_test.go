package server_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/backup"
	"harmonium/appliance/server"
	"harmonium/appliance/store"
)

// at runs do on the store of a box that does not run.
func at(t *testing.T, c server.Config, do func(*store.Store)) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: c.Data, Clock: appliance.SystemClock, BallastBytes: -1})
	if err != nil {
		t.Fatal(err)
	}
	do(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestSecondFactorsWorkAfterABackupWasRestored(t *testing.T) {
	const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
	from := config(t)
	var olga server.User
	in := server.NewUser{Email: "olga@example.org", Name: "Olga", Role: appliance.RoleOwner, Password: "a password of Olga"}
	if err := server.Ask(t.Context(), from, server.CommandUserAdd, in, &olga); err != nil {
		t.Fatal(err)
	}
	at(t, from, func(s *store.Store) {
		if err := s.StartFactor(t.Context(), olga.ID, secret); err != nil {
			t.Fatal(err)
		}
		if err := s.ConfirmFactor(t.Context(), store.By{Account: olga.ID}, olga.ID, secret, 1, nil, ""); err != nil {
			t.Fatal(err)
		}
	})
	maker, done, err := server.Backups(t.Context(), from)
	if err != nil {
		t.Fatal(err)
	}
	locked := backup.Secret{Passphrase: "four words that differ"}
	var file bytes.Buffer
	if _, err := maker.Make(t.Context(), &file, backup.Order{Secret: locked}); err != nil {
		t.Fatal(err)
	}
	if err := done(); err != nil {
		t.Fatal(err)
	}

	other := config(t)
	if _, err := server.RestoreBackup(t.Context(), other, &file, locked, nil, true, nil); err != nil {
		t.Fatal(err)
	}
	at(t, other, func(s *store.Store) {
		if got, _, err := s.FactorSecrets(t.Context(), olga.ID); got != secret || err != nil {
			t.Errorf("on the box that it was restored on: %v", err)
		}
	})
}

func TestTheHealthPageTellsThatTheKeyOfSecondFactorsIsGone(t *testing.T) {
	c := config(t)
	var olga server.User
	in := server.NewUser{Email: "olga@example.org", Name: "Olga", Role: appliance.RoleOwner, Password: "a password of Olga"}
	if err := server.Ask(t.Context(), c, server.CommandUserAdd, in, &olga); err != nil {
		t.Fatal(err)
	}
	at(t, c, func(s *store.Store) {
		if err := s.StartFactor(t.Context(), olga.ID, "SECRET"); err != nil {
			t.Fatal(err)
		}
		if err := s.ConfirmFactor(t.Context(), store.By{Account: olga.ID}, olga.ID, "SECRET", 1, nil, ""); err != nil {
			t.Fatal(err)
		}
	})
	told := func() bool {
		list, err := server.Doctor(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			if f.Code == "data.factor_key" {
				return strings.Contains(f.Todo, "no-second-factor")
			}
		}
		return false
	}
	start(t, c)
	if told() {
		t.Error("it is said to be gone")
	}
	if err := os.Remove(filepath.Join(c.Data, store.FactorKeyFile)); err != nil {
		t.Fatal(err)
	}
	if !told() {
		t.Error("nobody is told")
	}
}
