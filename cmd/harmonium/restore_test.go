package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// keeper is a box with two sessions, of which one is to be deleted, and the backups that are made of it.
type keeper struct {
	*room
	dir, backups string
	secret, lock string // key that opens the backups, and its public part; a passphrase takes a second each time
	kept, gone   string // sessions
	turns        string // what was said in kept, as the interface gives it
}

// newKeeper makes a box, and has somebody talk in both sessions.
func newKeeper(t *testing.T, dir string, s *serving) *keeper {
	t.Helper()
	if got := do(t, "a long password\n", "user", "add", "--email", "a@example.org", "--name", "A", "--role", "owner", "--password-stdin", "--data", dir); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	key := do(t, "", "key", "create", "--email", "a@example.org", "--name", "k", "--data", dir)
	k := &keeper{room: &room{t: t, key: strings.TrimSpace(key.out)}, dir: dir, backups: filepath.Join(t.TempDir(), "stick")}
	k.at(s)
	if err := os.Mkdir(k.backups, 0o700); err != nil {
		t.Fatal(err)
	}
	var pair struct{ Key, Recipient string }
	if got := do(t, "", "backup", "key", "--json"); json.Unmarshal([]byte(got.out), &pair) != nil {
		t.Fatalf("%+v", got)
	}
	k.secret, k.lock = pair.Key+"\n", pair.Recipient
	k.kept, k.gone = k.talked("Keptword"), k.talked("Plantedalpha")
	k.turns = k.said(k.kept)
	return k
}

// at has the requests go to the server that runs now.
func (k *keeper) at(s *serving) { k.base = s.url + "/api/v1" }

// talked makes a session in which somebody has said a word, and gives its id.
func (k *keeper) talked(word string) string {
	k.t.Helper()
	var made struct{ ID string }
	if status := k.call(k.key, "POST", "/sessions", map[string]any{"topic": word, "goal": "What gets lost", "critical": "What is forgotten"}, &made); status != http.StatusCreated {
		k.t.Fatalf("the session was answered with %d", status)
	}
	var joined struct{ Token string }
	if status := k.call("", "POST", "/join/"+made.ID, joining{Language: "en", Consent: true, Answers: map[string]any{}, key: word}, &joined); status != http.StatusCreated {
		k.t.Fatalf("the join was answered with %d", status)
	}
	if status := k.call(joined.Token, "POST", "/conversation/turns", map[string]any{"content": word + " gets lost, because nobody writes it down.", "key": "1"}, nil); status/100 != 2 {
		k.t.Fatalf("the message was answered with %d", status)
	}
	return made.ID
}

// said gives what was said in a session, as its host reads it; "" when there is no such session.
func (k *keeper) said(session string) string {
	k.t.Helper()
	var list struct {
		Data []struct{ ID string }
	}
	if status := k.call(k.key, "GET", "/sessions/"+session+"/conversations?limit=100", nil, &list); status != http.StatusOK {
		return ""
	}
	var all strings.Builder
	for _, c := range list.Data {
		for _, turn := range k.room.turns(c.ID) {
			if turn.Role == "participant" {
				fmt.Fprintln(&all, turn.Content)
			}
		}
	}
	return all.String()
}

// open runs a command that opens a backup.
func (k *keeper) open(args ...string) outcome {
	k.t.Helper()
	return do(k.t, k.secret, append(args, "--passphrase-stdin", "--data", k.dir)...)
}

func (k *keeper) mustOpen(args ...string) outcome {
	k.t.Helper()
	got := k.open(args...)
	if got.code != 0 {
		k.t.Fatalf("harmonium %s: %+v", strings.Join(args, " "), got)
	}
	return got
}

// make makes a backup by hand, and gives its file.
func (k *keeper) make(name string) string {
	k.t.Helper()
	file := filepath.Join(k.backups, name)
	if got := do(k.t, "", "backup", "create", file, "--recipient", k.lock, "--data", k.dir); got.code != 0 {
		k.t.Fatalf("%+v", got)
	}
	return file
}

// untouched fails when the box holds anything else than it did.
func (k *keeper) untouched(after string) {
	k.t.Helper()
	if said := k.said(k.kept); said != k.turns {
		k.t.Errorf("after %s the box holds %q, want %q", after, said, k.turns)
	}
	if left, _ := filepath.Glob(filepath.Join(k.dir, "before-restore-*")); len(left) != 0 {
		k.t.Errorf("after %s: %v", after, left)
	}
}

// again waits for the server that starts itself anew after a restore.
func (k *keeper) again(s *serving) {
	k.t.Helper()
	s.say(k.t, `msg=ready address=(\S+)`)
}

// Whatever is wrong with a backup is said in words by the real commands, and the box that runs stays as it is. The control:
// the same file as it was is verified and restored.
func TestCommandsRefuseBackupsThatAreNotRight(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, dir, "--listen", freeAddress(t), "--rate-limit", "0", "--bcrypt-cost", "4", "--guided-pace", "0s")
	k := newKeeper(t, dir, s)
	whole, err := os.ReadFile(k.make("whole.age"))
	if err != nil {
		t.Fatal(err)
	}
	changed, other := bytes.Clone(whole), []byte("PK\x03\x04 minutes of a meeting")
	changed[len(changed)/2] ^= 1
	file := filepath.Join(k.backups, "passphrase.age")
	if got := do(t, "four words that differ\n", "backup", "create", file, "--passphrase-stdin", "--data", dir); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	locked, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		content      []byte
		secret, says string
	}{
		"a wrong passphrase":  {locked, "four words that are others\n", "passphrase"},
		"a changed byte":      {changed, k.secret, "Nothing was changed"},
		"a cut file":          {whole[:len(whole)/2], k.secret, "Nothing was changed"},
		"another file":        {other, k.secret, "Nothing was changed"},
		"nothing in the file": {nil, k.secret, "Nothing was changed"},
	} {
		file := filepath.Join(k.backups, "wrong.age")
		if err := os.WriteFile(file, c.content, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"backup", "verify", file}, {"restore", file}} {
			got := do(t, c.secret, append(args, "--passphrase-stdin", "--data", dir)...)
			if got.code != 1 || !strings.Contains(got.errOut, c.says) || got.out != "" {
				t.Errorf("%s, %s: %+v", args, name, got)
			}
		}
		k.untouched(name)
		os.Remove(file)
	}
	if got := k.open("restore", filepath.Join(k.backups, "none.age")); got.code != 1 {
		t.Errorf("a file that is not there: %+v", got)
	}
	k.mustOpen("backup", "verify", filepath.Join(k.backups, "whole.age"))
	if got := do(t, k.secret, "restore", filepath.Join(k.backups, "whole.age"), "--passphrase-stdin", "--without-deletions", "--data", dir); got.code != 0 {
		t.Errorf("the control: %+v", got)
	}
	k.again(s)
	if said := k.said(k.kept); said != k.turns {
		t.Errorf("the control holds %q, want %q", said, k.turns)
	}
}

// While a restore is under way, from a stick that has stalled, another one and a backup are refused in words; when the stick never gives
// the rest, nothing has changed.
func TestARestoreThatStallsIsAloneAndChangesNothing(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, dir, "--listen", freeAddress(t), "--rate-limit", "0", "--bcrypt-cost", "4", "--guided-pace", "0s")
	k := newKeeper(t, dir, s)
	file := k.make("whole.age")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	stalled := filepath.Join(k.backups, "stalled.age")
	if err := syscall.Mkfifo(stalled, 0o600); err != nil {
		t.Fatal(err)
	}
	ended := make(chan outcome, 1)
	go func() { ended <- k.open("restore", stalled) }()
	pipe, err := os.OpenFile(stalled, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pipe.Write(whole[:len(whole)/2]); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "the restore has begun", func() bool {
		_, err := os.Stat(filepath.Join(dir, "restore"))
		return err == nil
	})
	for _, args := range [][]string{{"restore", file}, {"backup", "create", filepath.Join(k.backups, "other.age"), "--recipient", k.lock}} {
		if got := do(t, k.secret, append(args, "--data", dir, "--passphrase-stdin")...); got.code != 1 || !strings.Contains(got.errOut, "under way") {
			t.Errorf("%s meanwhile: %+v", args, got)
		}
	}
	k.untouched("what was refused")
	pipe.Close() // it was pulled out
	if got := <-ended; got.code != 1 || !strings.Contains(got.errOut, "Nothing was changed") {
		t.Errorf("the restore: %+v", got)
	}
	k.untouched("a restore without its end")
	k.mustOpen("restore", file)
	k.again(s)
	if said := k.said(k.kept); said != k.turns {
		t.Errorf("the control holds %q, want %q", said, k.turns)
	}
}

// waitUntil waits until something is so.
func waitUntil(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !so(); {
		if time.Now().After(end) {
			t.Fatalf("after a minute it is not so that %s", what)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// A stick that is full, and one that is not there any more: said in words, noted, and the backups that were made stay whole.
func TestAStickThatIsFullOrGoneIsNamed(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, dir, "--listen", freeAddress(t), "--rate-limit", "0", "--bcrypt-cost", "4", "--guided-pace", "0s")
	k := newKeeper(t, dir, s)
	if got := do(t, "", "backup", "plan", "on", "--destination", k.backups, "--recipient", k.lock, "--data", dir); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	run := func() outcome { return do(t, "", "backup", "run", "--now", "--data", dir) }
	if got := run(); got.code != 0 || !strings.Contains(got.out, "written and checked") {
		t.Fatalf("%+v", got)
	}
	if got := do(t, "", "backup", "run", "--data", dir); got.code != 0 || !strings.Contains(got.out, "No backup is due") {
		t.Errorf("the timer: %+v", got)
	}
	k.mustOpen("backup", "verify", k.backups)

	if err := os.Rename(k.backups, k.backups+".away"); err != nil { // the stick is pulled out
		t.Fatal(err)
	}
	if got := run(); got.code != 1 || !strings.Contains(got.errOut, k.backups) {
		t.Errorf("without the stick: %+v", got)
	}
	if _, err := os.Stat(k.backups); err == nil {
		t.Error("a directory was made where the stick was")
	}
	if got := do(t, "", "doctor", "--data", dir); !strings.Contains(got.out, "The last backup could not be made") {
		t.Errorf("doctor: %s", got.out)
	}
	if err := os.Mkdir(k.backups, 0o700); err != nil { // another stick
		t.Fatal(err)
	}
	if got := run(); got.code != 1 || !strings.Contains(got.errOut, "set the destination again") {
		t.Errorf("with another stick: %+v", got)
	}
	if got := do(t, "", "backup", "plan", "on", "--destination", k.backups, "--data", dir); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	if got := run(); got.code != 0 {
		t.Errorf("with another stick, after the destination was set again: %+v", got)
	}
	k.mustOpen("backup", "verify", k.backups)
	if err := errors.Join(os.Rename(k.backups, k.backups+".other"), os.Rename(k.backups+".away", k.backups)); err != nil {
		t.Fatal(err)
	}
	if got := run(); got.code != 0 {
		t.Errorf("when the stick is back: %+v", got)
	}
	if got := do(t, "", "doctor", "--data", dir); strings.Contains(got.out, "could not be made") {
		t.Errorf("doctor still says it: %s", got.out)
	}
	k.mustOpen("backup", "verify", k.backups)
	k.untouched("a stick that was pulled out")

	full := filepath.Join(t.TempDir(), "full")
	if err := os.Mkdir(full, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("none", full, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("NOT CHECKED: a full stick, since this machine lets nobody mount: ", err)
	}
	t.Cleanup(func() { syscall.Unmount(full, syscall.MNT_DETACH) })
	got := do(t, "", "backup", "create", filepath.Join(full, "x.age"), "--recipient", k.lock, "--data", dir)
	if got.code != 1 || !strings.Contains(got.errOut, "full") {
		t.Errorf("a full stick: %+v", got)
	}
	if left, _ := os.ReadDir(full); len(left) > 0 && !strings.HasPrefix(left[0].Name(), "deletions-") {
		t.Errorf("left on the full stick: %v", left)
	}
	k.untouched("a full stick")
}

// A dead disk: the box is installed anew and restored from the file beside which the journal of deletions lies. The results are the
// same, and what was deleted stays gone; with a journal of another day it asks first (promises P8 and P10).
func TestAnEmptyBoxIsRestoredByCommandAndTheDeletedStaysGone(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, dir, "--listen", freeAddress(t), "--rate-limit", "0", "--bcrypt-cost", "4", "--guided-pace", "0s")
	k := newKeeper(t, dir, s)
	k.make("before.age")
	earlier := t.TempDir() // a journal from before the backup, as an older copy of the stick has it
	journals, err := filepath.Glob(filepath.Join(k.backups, "deletions-*.jsonl"))
	if err != nil || len(journals) != 1 {
		t.Fatalf("journals: %v, %v", journals, err)
	}
	copied, err := os.ReadFile(journals[0])
	if err != nil {
		t.Fatal(err)
	}
	file := k.make("whole.age")
	older := filepath.Join(earlier, filepath.Base(journals[0]))
	report := do(t, "", "session", "export", k.kept, "--format", "polis", "--data", dir)
	if report.code != 0 {
		t.Fatalf("%+v", report)
	}
	if status := k.call(k.key, "DELETE", "/sessions/"+k.gone, map[string]any{"topic": "Plantedalpha"}, nil); status/100 != 2 {
		t.Fatalf("the deletion was answered with %d", status)
	}
	later := k.make("later.age") // brings the journal there up to date
	if raw, _ := os.ReadFile(later); bytes.Contains(raw, []byte("Keptword")) {
		t.Error("a backup can be read")
	}
	s.Process.Signal(syscall.SIGTERM)
	s.end(t)

	if err := os.WriteFile(older, copied, 0o600); err != nil {
		t.Fatal(err)
	}
	alone := filepath.Join(earlier, "whole.age")
	if err := os.Link(file, alone); err != nil {
		t.Fatal(err)
	}
	asked := t.TempDir()
	if got := do(t, k.secret, "restore", alone, "--passphrase-stdin", "--data", asked); got.code != 1 ||
		!strings.Contains(got.errOut, "No journal of deletions was found that is newer") || !strings.Contains(got.errOut, "Nothing was changed") {
		t.Errorf("with the journal of another day: %+v", got)
	}
	// The control: who says that it may go on without a journal has what was deleted back.
	if got := do(t, k.secret, "restore", alone, "--passphrase-stdin", "--without-deletions", "--data", asked); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	control := serve(t, asked, "--rate-limit", "0", "--bcrypt-cost", "4")
	k.at(control)
	if k.said(k.gone) == "" {
		t.Error("without the journal the deleted session is not there either, so that the test proves nothing")
	}

	began := time.Now()
	k.dir = t.TempDir()
	got := k.mustOpen("restore", file)
	if !strings.Contains(got.out, "1 things that had been deleted since were deleted again") && !strings.Contains(got.out, "deleted again") {
		t.Errorf("%s", got.out)
	}
	again := serve(t, k.dir, "--rate-limit", "0", "--bcrypt-cost", "4")
	k.at(again)
	if status := k.try("", "POST", "/login", map[string]any{"email": "a@example.org", "password": "a long password"}, nil); status != http.StatusNoContent {
		t.Errorf("the log-in of before was answered with %d", status)
	}
	var found struct{ Data []any }
	if status := k.call(k.key, "GET", "/search?q=Keptword", nil, &found); status != http.StatusOK || len(found.Data) == 0 {
		t.Errorf("the search was answered with %d and %d hits", status, len(found.Data))
	}
	t.Logf("FIGURE an empty box and one file: restored, logged in and searching after %.1f s (small box)", time.Since(began).Seconds())
	if said := k.said(k.kept); said != k.turns {
		t.Errorf("the box holds %q, want %q", said, k.turns)
	}
	if after := do(t, "", "session", "export", k.kept, "--format", "polis", "--data", k.dir); after.out != report.out {
		t.Errorf("other results than before:\n%s\nbefore:\n%s", after.out, report.out)
	}
	if k.said(k.gone) != "" {
		t.Error("what was deleted came back")
	}
	again.Process.Signal(syscall.SIGTERM)
	again.end(t)
	for name, word := range map[string]string{"what was deleted": "lantedalpha", "what was kept": "eptword"} { // an index cuts words at their beginning
		if at := filesWith(t, k.dir, word); (at != "") != (word == "eptword") {
			t.Errorf("%s is found in %q", name, at)
		}
	}
}

// filesWith gives the name of a file below dir that holds a word, "" when none does.
func filesWith(t *testing.T, dir, word string) (at string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if bytes.Contains(raw, []byte(word)) {
			at = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// A database that is damaged, cut, foreign or without its log is found, never started empty, and set aside unchanged by the restore
// of the newest backup, which is offered by name. The control: the box as it was starts.
func TestADamagedDatabaseIsSetAsideAndTheNewestBackupOffered(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, dir, "--listen", freeAddress(t), "--rate-limit", "0", "--bcrypt-cost", "4", "--guided-pace", "0s")
	k := newKeeper(t, dir, s)
	file := k.make("whole.age")
	s.Process.Kill()
	s.end(t)
	killed := copyOf(t, dir)
	s = serve(t, dir)
	s.Process.Signal(syscall.SIGTERM)
	s.end(t)
	database := func(dir string) string { return filepath.Join(dir, "harmonium.db") }
	for name, c := range map[string]struct {
		of   string
		harm func(dir string) error
	}{
		"the file is cut":    {dir, func(dir string) error { return os.Truncate(database(dir), 5000) }},
		"its log is missing": {killed, func(dir string) error { return os.Remove(database(dir) + "-wal") }},
		"it is a foreign file": {dir, func(dir string) error {
			return os.WriteFile(database(dir), bytes.Repeat([]byte("no database "), 1000), 0o600)
		}},
		"it is gone": {dir, func(dir string) error { return os.Remove(database(dir)) }},
	} {
		t.Run(name, func(t *testing.T) {
			hurt := copyOf(t, c.of)
			if err := c.harm(hurt); err != nil {
				t.Fatal(err)
			}
			before, _ := os.ReadFile(database(hurt))
			got := refuses(t, hurt)
			if got.code != 1 || !strings.Contains(got.errOut, "Nothing was changed") {
				t.Fatalf("it starts: %+v", got)
			}
			if foreign := strings.Contains(got.errOut, "not a database of harmonium"); !foreign && !strings.Contains(got.errOut, "harmonium restore "+file) {
				t.Errorf("the newest backup is not offered: %s", got.errOut)
			}
			if doctor := do(t, "", "doctor", "--data", hurt); doctor.code != 1 || !strings.Contains(doctor.out, "fail  database") {
				t.Errorf("doctor: %+v", doctor)
			}
			if after, _ := os.ReadFile(database(hurt)); !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
			if got := do(t, k.secret, "restore", file, "--passphrase-stdin", "--data", hurt); got.code != 0 {
				t.Fatalf("restore: %+v", got)
			}
			aside, err := filepath.Glob(filepath.Join(hurt, "before-restore-*", "harmonium.db"))
			if raw, _ := os.ReadFile(strings.Join(aside, "")); err != nil || !bytes.Equal(raw, before) {
				t.Errorf("set aside: %v, as it was: %t", aside, bytes.Equal(raw, before))
			}
			k.at(serve(t, hurt, "--rate-limit", "0"))
			if said := k.said(k.kept); said != k.turns {
				t.Errorf("after the restore it holds %q, want %q", said, k.turns)
			}
		})
	}
	k.at(serve(t, killed, "--rate-limit", "0"))
	if said := k.said(k.kept); said != k.turns {
		t.Errorf("the control holds %q, want %q", said, k.turns)
	}
}

// A page that is damaged while the rest can be read is found by the check after the start. The box goes on for those who do not need
// that page, says what there is to do, and is restored while it runs. The control: before, the same check finds it sound.
func TestADamagedPageIsFoundAtTheStartAndTheRunningBoxRestored(t *testing.T) {
	dir := t.TempDir()
	settings := []string{"--listen", freeAddress(t), "--rate-limit", "0", "--bcrypt-cost", "4", "--guided-pace", "0s"}
	s := serve(t, dir, settings...)
	k := newKeeper(t, dir, s)
	file := k.make("whole.age")
	s.Process.Signal(syscall.SIGTERM)
	s.end(t)
	s = serve(t, dir, settings...)
	s.say(t, `msg="the database is (sound)"`)
	s.Process.Signal(syscall.SIGTERM)
	s.end(t)

	database := filepath.Join(dir, "harmonium.db")
	raw, err := os.ReadFile(database)
	at := bytes.Index(raw, []byte("Keptword gets lost"))
	if err != nil || at < 0 {
		t.Fatalf("the words are not found in the file: %v", err)
	}
	page := at / 4096 * 4096
	copy(raw[page:page+64], bytes.Repeat([]byte{0xff}, 64)) // its header
	if err := os.WriteFile(database, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	s = serve(t, dir, settings...)
	s.say(t, `msg="the database is (damaged)"`)
	if doctor := do(t, "", "doctor", "--data", dir); doctor.code != 1 || !strings.Contains(doctor.out, "harmonium restore "+file) {
		t.Errorf("doctor: %+v", doctor)
	}
	k.mustOpen("restore", file)
	k.again(s)
	s.say(t, `msg="the database is (sound)"`)
	if said := k.said(k.kept); said != k.turns {
		t.Errorf("after the restore it holds %q, want %q", said, k.turns)
	}
	aside, _ := filepath.Glob(filepath.Join(dir, "before-restore-*", "harmonium.db"))
	if left, _ := os.ReadFile(strings.Join(aside, "")); !bytes.Contains(left, raw[page:page+64]) {
		t.Errorf("the damaged database was not set aside: %v", aside)
	}
}

// refuses starts a server that is not to start, and gives how it ended.
func refuses(t *testing.T, dir string) outcome {
	t.Helper()
	var errOut strings.Builder
	cmd := exec.CommandContext(t.Context(), program(t), "serve", "--data", dir, "--listen", "127.0.0.1:0")
	cmd.Env, cmd.Stderr = environment(), &errOut
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	limit := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	defer limit.Stop()
	cmd.Wait()
	return outcome{code: cmd.ProcessState.ExitCode(), errOut: errOut.String()}
}

// copyOf gives a copy of a directory.
func copyOf(t *testing.T, dir string) string {
	t.Helper()
	copied := t.TempDir()
	if err := os.CopyFS(copied, regular{os.DirFS(dir)}); err != nil {
		t.Fatal(err)
	}
	return copied
}

// regular is a directory without its sockets, which a killed server leaves behind.
type regular struct{ fs.FS }

// ReadDir implements fs.ReadDirFS.
func (r regular) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(r.FS, name)
	return slices.DeleteFunc(list, func(e fs.DirEntry) bool { return !e.IsDir() && !e.Type().IsRegular() }), err
}
