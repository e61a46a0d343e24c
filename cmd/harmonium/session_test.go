package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

func TestASessionIsExportedByTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	session, err := s.CreateSession(t.Context(), store.By{Actor: "test"}, store.Once{}, appliance.Session{Language: appliance.English,
		Brief: appliance.Brief{Topic: "The workshop", Goal: "Learn what to mend."}, Status: appliance.SessionOpen, ResultsVisibility: appliance.ResultsHost},
		appliance.GuideVersion{Guide: appliance.Guide{Opening: "Hello.", Closing: "Thanks.",
			Topics: []appliance.Topic{{ID: "t1", Title: "Work", Question: "How is work?", Minutes: 1}}}, Maker: appliance.Maker{By: appliance.MadeByHand}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	id := string(session.ID)
	if got := do(t, "", "session", "export", id, "--format", "md", "--data", dir); got.code != 0 || !strings.Contains(got.out, "# The workshop\n") {
		t.Errorf("to standard output: %+v", got)
	}
	serve(t, dir)
	path := filepath.Join(t.TempDir(), "out.docx")
	if got := do(t, "", "session", "export", id, "--format", "docx", "--out", path, "--data", dir); got.code != 0 {
		t.Errorf("into a file: %+v", got)
	}
	if content, err := os.ReadFile(path); err != nil || !strings.HasPrefix(string(content), "PK") {
		t.Errorf("the file begins with %.10q, %v", content, err)
	}
	if got := do(t, "", "session", "export", id, "--format", "docx", "--out", path, "--data", dir); got.code != 1 || !strings.Contains(got.errOut, "is there already") {
		t.Errorf("over a file: %+v", got)
	}
	for _, args := range [][]string{{}, {id}, {id, "--format", "exe"}, {id, "--format", "csv", "--table", "all"}} {
		if got := do(t, "", append(append([]string{"session", "export"}, args...), "--data", dir)...); got.code != 2 || got.out != "" {
			t.Errorf("%v: %+v", args, got)
		}
	}
	if got := do(t, "", "session", "export", "hst_none", "--format", "md", "--data", dir); got.code != 1 {
		t.Errorf("an unknown session: %+v", got)
	}
}

func TestASessionIsBroughtToAnotherBoxByTheCommandLine(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "session.json")
	table := filepath.Join(t.TempDir(), "Survey.csv")
	if err := os.WriteFile(table, []byte("Name,What holds you up?\nAda,The saws are blunt every week.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	user := []string{"user", "add", "--email", "ada@example.org", "--name", "Ada", "--role", "owner", "--password-stdin", "--data"}
	if got := do(t, "a long password\n", append(user, dir)...); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	made := do(t, "", "session", "import", table, "--data", dir)
	if made.code != 0 || !strings.HasPrefix(made.out, "hst_") {
		t.Fatalf("%+v", made)
	}
	if got := do(t, "", "session", "export", strings.TrimSpace(made.out), "--format", "json", "--out", file, "--data", dir); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	other := t.TempDir()
	if got := do(t, "", "session", "import", file, "--data", other); got.code != 1 || !strings.Contains(got.errOut, "no account") {
		t.Errorf("without an account: %+v", got)
	}
	if got := do(t, "a long password\n", append(user, other)...); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	serve(t, other)
	got := do(t, "", "session", "import", file, "--json", "--data", other)
	if got.code != 0 || !strings.Contains(got.out, `"conversations": 1`) {
		t.Errorf("on another box: %+v", got)
	}
	if got := do(t, "", "session", "import", "--data", other); got.code != 2 {
		t.Errorf("without a file: %+v", got)
	}
}
