package server_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/server"
	"harmonium/appliance/store"
	"harmonium/appliance/testkit"
)

// unzipped gives the files of a bundle by their names.
func unzipped(t *testing.T, file []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[strings.TrimPrefix(f.Name, "harmonium-support/")] = string(text)
	}
	return files
}

// planted is a word that stands everywhere where content, names or secrets can be.
const planted = "Zaunkoenig"

// plant has a box hold the planted word in a title, an account, a form, a name, a form answer, what somebody says, the
// handbook, documents and their names, a key and a project, and sends it where nothing of that name is.
func plant(t *testing.T, box *testkit.Box) (keys []string) {
	t.Helper()
	must := func(want int, method, path string, body, out any) {
		t.Helper()
		if got := box.Call(method, path, body, out); got != want {
			t.Fatalf("%s %s: %d, %s", method, path, got, box.Log())
		}
	}
	type m = map[string]any
	var project, session struct{ ID string }
	must(201, "POST", "/api/v1/projects", m{"title": planted + " project", "description": planted}, &project)
	must(201, "POST", "/api/v1/sessions", m{"topic": planted + " session", "goal": planted, "critical": planted, "context": planted,
		"language": "en", "project_id": project.ID, "questions": []m{{"type": "Short field", "text": planted + "?"}}}, &session)
	var form struct{ Data []struct{ ID string } }
	must(200, "GET", "/api/v1/sessions/"+session.ID+"/form", nil, &form)
	var joined struct{ Token string }
	must(201, "POST", "/api/v1/join/"+session.ID, m{"name": planted, "email": planted + "@example.org", "language": "en", "consent": true,
		"answers": m{form.Data[0].ID: []string{planted}}}, &joined)
	as := "Bearer " + joined.Token
	if got := box.CallAs(as, "POST", "/api/v1/conversation/turns", m{"content": "I think of " + planted + " and its nest.", "key": "k1"}, nil); got != 201 {
		t.Fatalf("a turn: %d", got)
	}
	must(200, "PUT", "/api/v1/handbook", m{"text": planted + " is what we call a wren."}, nil)
	file := appliance.Background{SessionID: appliance.SessionID(session.ID), Name: planted + ".txt", Format: "txt", FileSHA256: make([]byte, 32)}
	if _, err := box.Store().AddFile(t.Context(), store.By{Actor: "test"}, store.Once{}, file, []string{"A file about " + planted + "."}); err != nil {
		t.Fatal(err)
	}
	box.Call("GET", "/api/v1/search?q="+planted, nil, nil)
	box.Call("GET", "/api/v1/sessions/"+planted, nil, nil)
	box.Call("POST", "/api/v1/sessions", `{"topic":"`+planted, nil)
	box.CallAs("", "POST", "/api/v1/login", m{"email": planted + "@example.org", "password": planted + " is wrong"}, nil)
	return []string{planted, "Olga Owner", box.Email, box.Password, box.Key, joined.Token}
}

func TestASupportBundleTellsHowTheBoxIsAndNothingThatSomebodySaid(t *testing.T) {
	box := testkit.Server(t)
	secrets := plant(t, box)
	r, err := http.NewRequest(http.MethodGet, box.URL+"/api/v1/support", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+box.Key)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	file, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 || !strings.Contains(res.Header.Get("Content-Disposition"), "harmonium-support.zip") {
		t.Fatalf("%d, %v", res.StatusCode, err)
	}
	files := unzipped(t, file)
	for _, name := range []string{"README.txt", "about.json", "settings.json", "findings.json", "tables.json", "metrics.txt", "capacity.json", "log.jsonl"} {
		if strings.TrimSpace(files[name]) == "" || strings.Contains(files[name], "could not be made") {
			t.Errorf("%s: %q", name, files[name])
		}
	}
	for name, text := range files {
		for _, secret := range secrets {
			if strings.Contains(strings.ToLower(text), strings.ToLower(secret)) {
				t.Errorf("%s holds %q", name, secret)
			}
		}
	}
	var rows map[string]int64
	if err := json.Unmarshal([]byte(files["tables.json"]), &rows); err != nil {
		t.Fatal(err)
	}
	for table, want := range map[string]int64{"participants": 1, "sessions": 1, "background": 2, "facts": 0, "points": 0} {
		if n, ok := rows[table]; !ok || n != want {
			t.Errorf("%s: %d rows (%v), want %d", table, n, ok, want)
		}
	}
	if !strings.Contains(files["log.jsonl"], `"msg":"ready"`) {
		t.Errorf("the log is %s", files["log.jsonl"])
	}
}

// The story of a bundle, and what went wrong in it, is in the log of the box too: as numbers, routes and codes.
func TestTheLogHoldsNothingThatSomebodySaid(t *testing.T) {
	box := testkit.Server(t, "log-format=json")
	for _, secret := range plant(t, box) {
		if strings.Contains(strings.ToLower(box.Log()), strings.ToLower(secret)) {
			t.Errorf("the log holds %q", secret)
		}
	}
	for line := range strings.Lines(box.Log()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not structured: %s", line)
		}
	}
}

func TestASupportBundleIsMadeWithoutAServerToo(t *testing.T) {
	c := config(t, "ollama=http://127.0.0.1:1")
	_, stop := start(t, c)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	file, err := server.Support(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	files := unzipped(t, file)
	var found []appliance.Finding
	if err := json.Unmarshal([]byte(files["findings.json"]), &found); err != nil || len(found) == 0 || found[0].Text != "The server is not running." {
		t.Errorf("%+v, %v", found, err)
	}
	if files["settings.json"] == "" || files["log.jsonl"] != "" {
		t.Errorf("%v", files)
	}
}
