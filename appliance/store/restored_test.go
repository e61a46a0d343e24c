package store_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// boxWithRestore makes a data directory with one project, and a committed restore of a state with another one.
func boxWithRestore(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	project(t, dir, "old")
	files(t, dir, map[string]string{"attest.key": "old", "refused.json": "old"})
	into, err := store.PrepareRestore(dir)
	if err != nil {
		t.Fatal(err)
	}
	project(t, into, "new")
	files(t, into, map[string]string{"attest.key": "new", "tls": "new"})
	if err := store.CommitRestore(dir, into, time.Unix(1700000000, 0), []string{"attest.key", "refused.json", "blobs"}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func files(t *testing.T, dir string, content map[string]string) {
	t.Helper()
	for name, text := range content {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func reopen(t *testing.T, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Clock: time.Now, BallastBytes: -1})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// project makes a store in dir that holds one project.
func project(t *testing.T, dir, title string) {
	t.Helper()
	s := reopen(t, dir)
	defer s.Close()
	_, err := s.CreateProject(t.Context(), store.By{Actor: "test"}, store.Once{}, appliance.Project{Title: title, Status: appliance.ProjectActive})
	if err != nil {
		t.Fatal(err)
	}
}

// title opens the store in dir and gives the title of its one project.
func title(t *testing.T, dir string) string {
	t.Helper()
	s := reopen(t, dir)
	defer s.Close()
	var title string
	err := s.Read(t.Context(), func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT group_concat(title) FROM projects`).Scan(&title)
	})
	if err != nil {
		t.Fatal(err)
	}
	return title
}

func text(dir, name string) string {
	raw, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return string(raw)
}

func TestTheNextOpenTakesARestore(t *testing.T) {
	dir := boxWithRestore(t)
	if got := title(t, dir); got != "new" {
		t.Errorf("the project is %q", got)
	}
	before := filepath.Join(dir, "before-restore-20231114T221320Z")
	got := fmt.Sprint(text(dir, "attest.key"), text(dir, "tls"), text(dir, "refused.json"), text(before, "attest.key"), text(before, "refused.json"))
	if got != "newnewoldold" {
		t.Errorf("the files are %q", got)
	}
	// The state before can be taken back in the same way.
	if err := store.CommitRestore(dir, before, time.Unix(1700000100, 0), nil); err != nil {
		t.Fatal(err)
	}
	if got := title(t, dir); got != "old" {
		t.Errorf("after going back the project is %q", got)
	}
	states, err := store.ReplacedStates(dir)
	if err != nil || len(states) != 1 || states[0].At.Unix() != 1700000100 {
		t.Errorf("kept: %+v, %v", states, err)
	}
	if n, err := store.DropReplaced(dir, time.Unix(1700000099, 0)); n != 0 || err != nil {
		t.Errorf("%d removed before their time, %v", n, err)
	}
	if n, err := store.DropReplaced(dir, time.Unix(1700000100, 0)); n != 1 || err != nil {
		t.Errorf("%d removed, %v", n, err)
	}
}

// A lock that is moved away with the old state keeps nobody out: a second server could open the new one.
func TestTheDirectoryStaysLockedWhenARestoreIsTaken(t *testing.T) {
	dir := boxWithRestore(t)
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Clock: time.Now, BallastBytes: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if !store.InUse(dir) {
		t.Error("another process could open it")
	}
	if _, err := store.LockDir(dir); appliance.CodeOf(err) != appliance.CodeConflict {
		t.Errorf("another lock is given: %v", err)
	}
}

// A state that was replaced is never mixed with another one, whatever the clock says.
func TestTwoRestoresOfTheSameSecondKeepTwoStates(t *testing.T) {
	dir := boxWithRestore(t)
	title(t, dir)
	states, err := store.ReplacedStates(dir)
	if err != nil || len(states) != 1 {
		t.Fatalf("%+v, %v", states, err)
	}
	if err := store.CommitRestore(dir, states[0].Path, states[0].At, nil); err != nil {
		t.Fatal(err)
	}
	if got := title(t, dir); got != "old" {
		t.Errorf("the project is %q", got)
	}
	again, err := store.ReplacedStates(dir)
	if err != nil || len(again) != 1 || !again[0].At.Equal(states[0].At.Add(time.Second)) {
		t.Errorf("kept: %+v, %v", again, err)
	}
}

// A process can be killed after any of the renames: what it has not done, the next one does.
func TestARestoreThatWasKilledIsFinishedByTheNextOpen(t *testing.T) {
	for killedAfter := 0; ; killedAfter++ {
		dir := boxWithRestore(t)
		all := renamesOf(t, dir)
		if killedAfter > len(all) {
			break
		}
		away := filepath.Join(dir, "before-restore-20231114T221320Z")
		if err := os.MkdirAll(away, 0o700); err != nil {
			t.Fatal(err)
		}
		for _, r := range all[:killedAfter] {
			if err := os.Rename(filepath.Join(dir, r[0]), filepath.Join(dir, r[1])); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
		}
		if got := title(t, dir); got != "new" {
			t.Errorf("killed after %d of %d renames: the project is %q", killedAfter, len(all), got)
		}
		if got := text(away, "attest.key") + text(dir, "attest.key"); got != "oldnew" {
			t.Errorf("killed after %d of %d renames: the keys are %q", killedAfter, len(all), got)
		}
		project(t, away, "other") // the old database is whole too
	}
}

// renamesOf lists what the next Open renames, in its order.
func renamesOf(t *testing.T, dir string) (list [][2]string) {
	t.Helper()
	var mark struct{ New, Away []string }
	if err := json.Unmarshal([]byte(text(dir, "restore/ready.json")), &mark); err != nil {
		t.Fatal(err)
	}
	const away = "before-restore-20231114T221320Z/"
	for _, name := range mark.Away {
		list = append(list, [2]string{name, away + name})
	}
	for _, name := range mark.New {
		list = append(list, [2]string{name, away + name}, [2]string{"restore/new/" + name, name})
	}
	return list
}

func TestARestoreThatWasNotCommittedIsNotTaken(t *testing.T) {
	dir := t.TempDir()
	project(t, dir, "old")
	into, err := store.PrepareRestore(dir)
	if err != nil {
		t.Fatal(err)
	}
	project(t, into, "new")
	if got := title(t, dir); got != "old" {
		t.Errorf("the project is %q", got)
	}
	if err := store.AbandonRestore(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "restore")); !os.IsNotExist(err) {
		t.Errorf("something is left: %v", err)
	}
}

func TestADirectoryThatIsInUseCannotBeLocked(t *testing.T) {
	dir := t.TempDir()
	s := reopen(t, dir)
	_, err := store.LockDir(dir)
	hasCode(t, err, appliance.CodeConflict)
	s.Close()
	release, err := store.LockDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = store.Open(t.Context(), store.Options{Dir: dir, Clock: time.Now})
	hasCode(t, err, appliance.CodeConflict)
	release()
}

func TestWhatAKilledRestoreHasUnpackedDoesNotStay(t *testing.T) {
	dir := t.TempDir()
	project(t, dir, "old")
	into, err := store.PrepareRestore(dir)
	if err != nil {
		t.Fatal(err)
	}
	project(t, into, "deleted since") // and here the process was killed
	if got := title(t, dir); got != "old" {
		t.Errorf("the state is %q", got)
	}
	if _, err := os.Stat(filepath.Join(into, store.DatabaseFile)); !os.IsNotExist(err) {
		t.Errorf("a readable state of the box was left behind: %v", err)
	}
}
