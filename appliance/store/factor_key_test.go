package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/store"
	"harmonium/appliance/testkit"
)

const factorSecret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

// factored opens a store in dir in which an account has a second factor.
func factored(t *testing.T, dir string) (*store.Store, appliance.AccountID) {
	t.Helper()
	s := openIn(t, dir)
	a := hire(t, s, "ada", appliance.RoleOwner)
	setUpFactor(t, s, a, factorSecret)
	return s, a.ID
}

func openIn(t *testing.T, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Clock: testkit.NewClock().Now, BallastBytes: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func setUpFactor(t *testing.T, s *store.Store, a appliance.Account, secret string) {
	t.Helper()
	if err := s.StartFactor(t.Context(), a.ID, secret); err != nil {
		t.Fatal(err)
	}
	if err := s.ConfirmFactor(t.Context(), as(a), a.ID, secret, 1, nil, ""); err != nil {
		t.Fatal(err)
	}
}

// inFiles says in which files of a data directory, other than that of the key, a text is found.
func inFiles(t *testing.T, dir, text string) (found []string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err == nil && bytes.Contains(raw, []byte(text)) {
			found = append(found, f.Name())
		}
	}
	return found
}

func TestASecretIsInNoFileAsItIs(t *testing.T) {
	dir := testkit.Dir(t)
	s, id := factored(t, dir)
	next := strings.Repeat("MFRGGZDF", 4)
	if err := s.StartFactor(t.Context(), id, next); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{factorSecret, next} {
		if files := inFiles(t, dir, secret); len(files) > 0 {
			t.Errorf("a secret is readable in %v", files)
		}
	}
	got, gotNext, err := s.FactorSecrets(t.Context(), id)
	if got != factorSecret || gotNext != next || err != nil {
		t.Errorf("they are not what they were: %v", err)
	}
	info, err := os.Stat(filepath.Join(dir, store.FactorKeyFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key is open to others: %v, %v", info.Mode(), err)
	}
}

func TestASecretIsOfNoUseToAnotherAccount(t *testing.T) {
	dir := testkit.Dir(t)
	s, _ := factored(t, dir)
	eve := hire(t, s, "eve", appliance.RoleViewer)
	setUpFactor(t, s, eve, strings.Repeat("MFRGGZDF", 4))
	err := s.Write(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE second_factors SET secret = (SELECT secret FROM second_factors WHERE account_id <> ?1) WHERE account_id = ?1`, eve.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = s.FactorSecrets(t.Context(), eve.ID)
	hasCode(t, err, appliance.CodeConflict)
}

func TestWithoutItsKeyNoCodeIsTaken(t *testing.T) {
	other := testkit.Dir(t)
	factored(t, other)
	foreign, err := os.ReadFile(filepath.Join(other, store.FactorKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"missing": nil, "of another box": foreign, "damaged": []byte("x")} {
		t.Run(name, func(t *testing.T) {
			dir := testkit.Dir(t)
			s, id := factored(t, dir)
			path := filepath.Join(dir, store.FactorKeyFile)
			right, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if content == nil {
				err = os.Remove(path)
			} else {
				err = os.WriteFile(path, content, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = s.FactorSecrets(t.Context(), id)
			hasCode(t, err, appliance.CodeConflict)
			if !strings.Contains(err.Error(), "recovery code can be used") {
				t.Errorf("it does not say what can be done: %v", err)
			}
			if fits, err := s.FactorKeyFits(t.Context()); fits || err != nil {
				t.Errorf("nobody is told: %v", err)
			}
			// Nobody sets one up with another key meanwhile, and nothing is put in the place of what is missing.
			eve := hire(t, s, "eve", appliance.RoleViewer)
			hasCode(t, s.StartFactor(t.Context(), eve.ID, factorSecret), appliance.CodeConflict)
			hasCode(t, s.StartFactor(t.Context(), id, factorSecret), appliance.CodeConflict)
			if now, _ := os.ReadFile(path); !bytes.Equal(now, content) {
				t.Error("the file was changed")
			}

			if err := os.WriteFile(path, right, 0o600); err != nil {
				t.Fatal(err)
			}
			if got, _, err := s.FactorSecrets(t.Context(), id); got != factorSecret || err != nil {
				t.Errorf("after it was put back: %v", err)
			}
		})
	}
}

func TestAnAdministratorStartsAnewWithoutTheKey(t *testing.T) {
	dir := testkit.Dir(t)
	s, id := factored(t, dir)
	path := filepath.Join(dir, store.FactorKeyFile)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveFactor(t.Context(), byTest, id); err != nil { // harmonium user no-second-factor
		t.Fatal(err)
	}
	if fits, err := s.FactorKeyFits(t.Context()); !fits || err != nil {
		t.Errorf("it is still missed: %v", err)
	}
	a, err := s.Account(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	setUpFactor(t, s, a, factorSecret)
	if got, _, err := s.FactorSecrets(t.Context(), id); got != factorSecret || err != nil {
		t.Error(err)
	}
}

func TestSecretsOfAnEarlierVersionAreSealedAtTheStart(t *testing.T) {
	dir := testkit.Dir(t)
	s, id := factored(t, dir)
	eve := hire(t, s, "eve", appliance.RoleViewer)
	err := s.Write(t.Context(), func(tx *store.Tx) error {
		if _, err := tx.Exec(`UPDATE second_factors SET secret = ?`, factorSecret); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO second_factors (account_id, secret, next, last_step) VALUES (?, '', ?, 0)`, eve.ID, factorSecret)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, store.FactorKeyFile)); err != nil {
		t.Fatal(err)
	}
	_, _, err = s.FactorSecrets(t.Context(), id)
	hasCode(t, err, appliance.CodeConflict) // one that is readable is not used
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openIn(t, dir)
	if got, _, err := s.FactorSecrets(t.Context(), id); got != factorSecret || err != nil {
		t.Errorf("in use: %v", err)
	}
	if _, next, err := s.FactorSecrets(t.Context(), eve.ID); next != factorSecret || err != nil {
		t.Errorf("being set up: %v", err)
	}
	if err := s.Scrub(t.Context()); err != nil { // the job that it asked for
		t.Fatal(err)
	}
	if files := inFiles(t, dir, factorSecret); len(files) > 0 {
		t.Errorf("it is still readable in %v", files)
	}
}
