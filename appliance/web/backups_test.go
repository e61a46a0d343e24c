package web_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/backup"
	"harmonium/appliance/store"
	"harmonium/appliance/web"
)

// backupsOf gives what the web needs for backups of a store. Nothing restarts and nothing is made by itself.
func backupsOf(t testing.TB, s *store.Store, clock appliance.Clock) web.BackupDeps {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return web.BackupDeps{
		Box:   &backup.Box{Dir: s.Dir(), Store: s, Key: key, Clock: clock, Version: "test", Work: 2},
		Alone: func(do func() error) error { return do() }, Ask: func() error { return nil }, Restart: func() {},
		Running: func() bool { return false },
	}
}

const backupPassphrase = "four words that differ"

// backupFile gives a backup of a box, and the journal of deletions that lies beside it.
func backupFile(t *testing.T, b *backup.Box) (file, journal []byte) {
	t.Helper()
	var out bytes.Buffer
	if _, err := b.Make(t.Context(), &out, backup.Order{Secret: backup.Secret{Passphrase: backupPassphrase}}); err != nil {
		t.Fatal(err)
	}
	_, journal, err := b.JournalCopy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), journal
}

// sendBackup sends a form to a path of the set-up.
func sendBackup(t *testing.T, h http.Handler, path string, fields [][2]string, file []byte) (int, string) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, f := range fields {
		if err := form.WriteField(f[0], f[1]); err != nil {
			t.Fatal(err)
		}
	}
	w, err := form.CreateFormFile("backup", "x")
	if err != nil {
		t.Fatal(err)
	}
	w.Write(file)
	form.Close()
	r := httptest.NewRequest(http.MethodPost, "/api/v1/setup/restore"+path, &body)
	r.Host = "localhost:8080"
	r.Header.Set("Content-Type", form.FormDataContentType())
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	raw, _ := io.ReadAll(rec.Result().Body)
	return rec.Code, string(raw)
}

func TestAnEmptyBoxIsRestoredByItsSetUpPage(t *testing.T) {
	from := newDesk(t)
	_, err := from.store.CreateAccount(t.Context(), byTest, appliance.Account{Email: "a@example.org", Name: "Ada", Role: appliance.RoleOwner, Language: "en"}, "hash")
	if err != nil {
		t.Fatal(err)
	}
	file, journal := backupFile(t, from.deps.Backup.Box)
	restarted := 0
	empty := newDesk(t, func(d *web.Deps) { d.Backup.Restart = func() { restarted++ } })
	token, err := empty.store.SetupToken(t.Context())
	if err != nil || token == "" {
		t.Fatalf("%q, %v", token, err)
	}
	right := [][2]string{{"token", string(token)}, {"passphrase", backupPassphrase}}
	with := func(more ...[2]string) [][2]string { return append(right[:len(right):len(right)], more...) }
	head := file[:min(len(file), 1<<20)]

	status, body := sendBackup(t, empty.handler, "/look", right, head)
	var look web.SetupBackup
	if err := json.Unmarshal([]byte(body), &look); err != nil || status != 200 || look.Accounts == 0 || look.Deletions {
		t.Errorf("look: %d %s", status, body)
	}
	if status, body := sendBackup(t, empty.handler, "/look", with([2]string{"deletions", string(journal)}), head); status != 200 || !strings.Contains(body, `"deletions":true`) {
		t.Errorf("look with the journal: %d %s", status, body)
	}
	for name, c := range map[string]struct {
		fields [][2]string
		file   []byte
		status int
	}{
		"wrong token":                   {[][2]string{{"token", "wrong"}, {"passphrase", backupPassphrase}}, file, 403},
		"no token":                      {[][2]string{{"passphrase", backupPassphrase}}, file, 400},
		"wrong passphrase":              {[][2]string{{"token", string(token)}, {"passphrase", "four words that are others"}}, file, 403},
		"cut off":                       {with([2]string{"anyway", "true"}), file[:len(file)-1], 422},
		"another file":                  {right, []byte("what is this"), 422},
		"deletions are not known since": {right, file, 409},
	} {
		if status, body := sendBackup(t, empty.handler, "", c.fields, c.file); status != c.status {
			t.Errorf("%s: %d %s, want %d", name, status, body, c.status)
		}
	}
	if restarted != 0 {
		t.Error("the box was restarted for nothing")
	}
	status, body = sendBackup(t, empty.handler, "", with([2]string{"deletions", string(journal)}), file)
	if status != 200 || restarted != 1 {
		t.Errorf("restore: %d %s; restarted %d times", status, body, restarted)
	}
	status, body = sendBackup(t, from.handler, "", with([2]string{"anyway", "true"}), file)
	if status != 403 && status != 409 {
		t.Errorf("a box with accounts takes a restore from anybody: %d %s", status, body)
	}
}
