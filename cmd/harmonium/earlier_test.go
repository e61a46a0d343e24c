package main_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"
)

// earlier is a box of an earlier program, as testdata/earlier keeps it: the real one of 2026-11-30 whose schema was 12, with two
// sessions in which three people each had talked. One of them was deleted after the backup was made. The backup is kept as it comes
// out of age, since what is encrypted cannot be compressed; the journal of deletions is that of the box, signed by it.
type earlier struct {
	Key, Kept, Gone string
	Results         map[string]any // of the session that was kept, as the earlier program told them, less what newer rules word anew
	entries         []entry
}

// entry is a file of the archive.
type entry struct {
	tar.Header
	content []byte
}

// earlierSchema is the version of the database of the earlier box.
const earlierSchema = 12

func newEarlier(t *testing.T) (e earlier) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "earlier", "box.json"))
	if err == nil {
		err = json.Unmarshal(raw, &e)
	}
	if err != nil {
		t.Fatal(err)
	}
	packed, err := os.Open(filepath.Join("testdata", "earlier", "backup.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	unpacked, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(unpacked); ; {
		h, err := r.Next()
		if err == io.EOF {
			return e
		}
		var content []byte
		if err == nil {
			content, err = io.ReadAll(r)
		}
		if err != nil {
			t.Fatal(err)
		}
		e.entries = append(e.entries, entry{*h, content})
	}
}

// file gives what the archive holds under a name.
func (e earlier) file(name string) []byte {
	for _, f := range e.entries {
		if f.Name == name {
			return f.content
		}
	}
	return nil
}

// write locks the backup as the earlier program did; change alters what is in it.
func (e earlier) write(t *testing.T, file, lock string, change func(name string, content []byte) []byte) {
	t.Helper()
	to, err := age.ParseX25519Recipient(lock)
	if err != nil {
		t.Fatal(err)
	}
	var locked bytes.Buffer
	w, err := age.Encrypt(&locked, to)
	if err != nil {
		t.Fatal(err)
	}
	archive := tar.NewWriter(w)
	for _, f := range e.entries {
		content := change(f.Name, f.content)
		h := f.Header
		h.Size = int64(len(content))
		if err := archive.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, locked.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// check compares what a box tells with what the earlier one told; gone says whether the deleted session is to be missing.
func (e earlier) check(t *testing.T, s *serving, gone bool) {
	t.Helper()
	r := &room{t: t, base: s.url + "/api/v1", key: e.Key}
	for name, want := range e.Results {
		var got any
		if status := r.call(r.key, "GET", "/sessions/"+e.Kept+"/"+name, nil, &got); status != http.StatusOK {
			t.Errorf("the %s are answered with %d", name, status)
		} else if other := missing(name, want, got); other != "" {
			t.Error(other)
		}
	}
	if status := r.call(r.key, "GET", "/sessions/"+e.Gone, nil, nil); (status == http.StatusNotFound) != gone {
		t.Errorf("the session that was deleted is answered with %d", status)
	}
}

// missing names the first value of want that got has not; what got has beside is newer than the earlier program.
func missing(at string, want, got any) string {
	switch want := want.(type) {
	case map[string]any:
		has, _ := got.(map[string]any)
		for name, value := range want {
			if other := missing(at+"."+name, value, has[name]); other != "" {
				return other
			}
		}
		return ""
	case []any:
		has, _ := got.([]any)
		if len(has) != len(want) {
			return fmt.Sprintf("%s has %d values, had %d", at, len(has), len(want))
		}
		for i, value := range want {
			if other := missing(fmt.Sprint(at, ".", i), value, has[i]); other != "" {
				return other
			}
		}
		return ""
	}
	if want != got {
		return fmt.Sprintf("%s is %v, was %v", at, got, want)
	}
	return ""
}

// A backup that an earlier program has made, of an earlier schema, is restored onto an empty box by the real commands: every result is
// the same, and what was deleted later on stays gone, in the answers and in the files. Without the journal it asks first, and the
// control shows that the deleted comes back then. A backup of a newer schema is refused in words.
func TestABackupOfAnEarlierSchemaIsRestored(t *testing.T) {
	e, stick := newEarlier(t), t.TempDir()
	var pair struct{ Key, Recipient string }
	if got := do(t, "", "backup", "key", "--json"); json.Unmarshal([]byte(got.out), &pair) != nil {
		t.Fatalf("%+v", got)
	}
	open := func(dir string, args ...string) outcome {
		return do(t, pair.Key+"\n", append(args, "--passphrase-stdin", "--data", dir)...)
	}
	whole := func(_ string, content []byte) []byte { return content }
	file := filepath.Join(stick, "whole.age")
	e.write(t, file, pair.Recipient, whole)
	started := func(dir string) *serving {
		return serve(t, dir, "--rate-limit", "0", "--bcrypt-cost", "4", "--ollama", "none")
	}

	alone := t.TempDir()
	if got := open(alone, "restore", file); got.code != 1 || !strings.Contains(got.errOut, "No journal of deletions was found") {
		t.Errorf("without the journal: %+v", got)
	}
	if got := open(alone, "restore", file, "--without-deletions"); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	e.check(t, started(alone), false)

	journals, err := filepath.Glob(filepath.Join("testdata", "earlier", "deletions-*.jsonl"))
	if err != nil || len(journals) != 1 {
		t.Fatalf("journals: %v, %v", journals, err)
	}
	journal, err := os.ReadFile(journals[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(stick, filepath.Base(journals[0])), journal, 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if got := open(dir, "backup", "verify", file); got.code != 0 || !strings.Contains(got.out, "whole") {
		t.Errorf("verified: %+v", got)
	}
	if got := open(dir, "restore", file); got.code != 0 || !strings.Contains(got.out, "1 things that had been deleted since were deleted again") {
		t.Fatalf("%+v", got)
	}
	s := started(dir)
	e.check(t, s, true)
	s.Process.Signal(syscall.SIGTERM)
	s.end(t)
	checkWhole(t, filepath.Join(dir, "harmonium.db"))
	for name, word := range map[string]string{"what was deleted": "lantedalpha", "what was kept": "eptword"} { // an index cuts words at their beginning
		if at := filesWith(t, dir, word); (at != "") != (word == "eptword") {
			t.Errorf("%s is found in %q", name, at)
		}
	}

	newer := filepath.Join(stick, "newer.age")
	e.write(t, newer, pair.Recipient, func(name string, content []byte) []byte {
		return bytes.Replace(content, fmt.Appendf(nil, `"schema":%d`, earlierSchema), []byte(`"schema":9012`), 1)
	})
	for _, args := range [][]string{{"backup", "verify", newer}, {"restore", newer, "--without-deletions"}} {
		if got := open(dir, args...); got.code != 1 || !strings.Contains(got.errOut, "newer version of harmonium") || !strings.Contains(got.errOut, "Nothing was changed") {
			t.Errorf("%s: %+v", args, got)
		}
	}
	e.check(t, started(dir), true)
}

var upgradeKills = flag.Int("upgrade-kills", 8, "how often TestAnUpgradeThatIsKilledLosesNothing kills the program")

// SIGKILL at growing delays while the program upgrades the database of an earlier one: whenever it comes, the next start ends with the
// newest schema, everything that the earlier program told, and a whole copy from before. The control: the delays reach from before the
// first migration until after the last.
func TestAnUpgradeThatIsKilledLosesNothing(t *testing.T) {
	e := newEarlier(t)
	old := func() string {
		dir := t.TempDir()
		for name, content := range map[string][]byte{"harmonium.db": e.file("data/harmonium.db"), "attest.key": e.file("data/attest.key")} {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	settings := []string{"--rate-limit", "0", "--bcrypt-cost", "4", "--ollama", "none"}
	first := old()
	began := time.Now()
	s := launch(t, first, settings...)
	newest, err := strconv.ParseInt(s.say(t, `msg="database ready" version=(\d+)`), 10, 64)
	whole := time.Since(began)
	s.Process.Kill()
	s.end(t)
	if err != nil || newest <= earlierSchema {
		t.Fatalf("the newest schema is %d, %v", newest, err)
	}
	stopped := map[int64]int{} // at versions of the schema
	delay, step := time.Duration(0), whole/time.Duration(*upgradeKills)
	for range *upgradeKills {
		dir := old()
		delay += step
		killed := launch(t, dir, settings...)
		time.AfterFunc(delay, func() { killed.Process.Kill() })
		killed.end(t)
		found := schemaOf(t, copyOf(t, dir))
		if found == newest { // too late: this machine is faster now, or as slow as it was at first
			delay, step = delay/4, step*3/4
		}
		stopped[found]++
		s := serve(t, dir, settings...)
		e.check(t, s, false)
		s.Process.Signal(syscall.SIGTERM)
		s.end(t)
		if version := schemaOf(t, dir); version != newest {
			t.Errorf("after the next start the schema is %d, want %d", version, newest)
		}
		checkWhole(t, filepath.Join(dir, "harmonium.db"))
		before, err := filepath.Glob(filepath.Join(dir, fmt.Sprintf("before-migration-%d-*.db", earlierSchema)))
		if err != nil || len(before) == 0 {
			t.Errorf("no copy from before the upgrade is kept: %v", err)
		}
		for _, file := range before {
			checkWhole(t, file)
		}
	}
	if stopped[newest] == *upgradeKills {
		t.Error("no kill came before the end, so that the test proves nothing")
	}
	t.Logf("FIGURE an upgrade is killed at growing delays: whole after the next start in %d of %[1]d; kills by the version at which they "+
		"found the schema, %v", *upgradeKills, stopped)
}

// schemaOf reads the version of the database in a directory that no program uses.
func schemaOf(t *testing.T, dir string) (version int64) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "harmonium.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(`SELECT max(version_id) FROM goose_db_version`).Scan(&version); err != nil {
		t.Fatal(err)
	}
	return version
}
