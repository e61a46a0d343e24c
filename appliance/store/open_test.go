package store_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// pragmas reads the settings of the connection behind run back.
func pragmas(t *testing.T, run func(func(*store.Tx) error) error) map[string]string {
	t.Helper()
	got := make(map[string]string)
	err := run(func(tx *store.Tx) error {
		for _, name := range []string{
			"journal_mode", "synchronous", "foreign_keys", "busy_timeout", "auto_vacuum", "secure_delete",
			"trusted_schema", "cell_size_check", "temp_store", "journal_size_limit", "mmap_size", "query_only",
			"wal_autocheckpoint",
		} {
			var value string
			// mmap_size gives no row where the limit is not compiled in; 0 is what it then is.
			if err := tx.QueryRow("PRAGMA " + name).Scan(&value); err == sql.ErrNoRows {
				value = "0"
			} else if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			got[name] = value
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestEveryConnectionHasItsSettings(t *testing.T) {
	s := newNotes(t)
	write := func(fn func(*store.Tx) error) error { return s.Write(t.Context(), fn) }
	want := map[string]string{
		"journal_mode":       "wal",
		"synchronous":        "2", // FULL
		"foreign_keys":       "1",
		"busy_timeout":       "5000",
		"auto_vacuum":        "2", // INCREMENTAL
		"secure_delete":      "1",
		"trusted_schema":     "0",
		"cell_size_check":    "1",
		"temp_store":         "2", // MEMORY
		"journal_size_limit": "67108864",
		"mmap_size":          "0",
		"query_only":         "0",
		"wal_autocheckpoint": "0", // the store does it
	}
	if diff := cmp.Diff(want, pragmas(t, write)); diff != "" {
		t.Error("writer:", diff)
	}
	want["query_only"] = "1"
	// Of no effect on a connection that cannot write; left as SQLite has them.
	want["secure_delete"] = "0"
	want["journal_size_limit"] = "-1"
	want["wal_autocheckpoint"] = "1000"
	for range 4 { // more than one connection of the pool
		read := func(fn func(*store.Tx) error) error {
			return s.Read(t.Context(), func(tx *store.Tx) error {
				return s.Read(t.Context(), func(*store.Tx) error { return fn(tx) })
			})
		}
		if diff := cmp.Diff(want, pragmas(t, read)); diff != "" {
			t.Error("reader:", diff)
		}
	}
}

func TestDefensiveModeAndNamesInQuotes(t *testing.T) {
	s := newNotes(t)
	run := func(query string) error {
		return s.Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(query)
			return err
		})
	}
	if run("DELETE FROM notes_fts_data") == nil {
		t.Error("the tables behind the search index can be written")
	}
	if run(`SELECT "no such column"`) == nil {
		t.Error("a name in double quotes is taken for a text")
	}
}

func TestDirectoryWithASpecialNameIsTheOneThatIsUsed(t *testing.T) {
	for _, name := range []string{"a b", "what?mode=memory", "100%41", "a#b", "ü&ö=1"} {
		dir := filepath.Join(t.TempDir(), name)
		s := openNotes(t, testOptions(dir))
		add(t, s, "a")
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{"harmonium.db", "harmonium.lock"}, names(t, dir)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		s = openNotes(t, testOptions(dir))
		if diff := cmp.Diff([]string{"a"}, ids(t, s)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestSecondStoreOnADirectoryIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := openNotes(t, testOptions(dir))
	_, err := store.OpenWith(t.Context(), testOptions(dir), notesSchema())
	wantCode(t, err, appliance.CodeConflict)
	wantMessage(t, err, dir, "process "+strconv.Itoa(os.Getpid()), "--data")
	add(t, s, "a")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	openNotes(t, testOptions(dir))
}

func TestFilesAreForTheirOwnerOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	o := testOptions(dir)
	o.BallastBytes = 4096
	check := func() {
		t.Helper()
		for _, name := range append(names(t, dir), ".") {
			fi, err := os.Stat(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			want := os.FileMode(0o600)
			if fi.IsDir() {
				want = 0o700
			}
			if fi.Mode().Perm() != want {
				t.Errorf("%s has mode %o, want %o", name, fi.Mode().Perm(), want)
			}
		}
	}
	s := openNotes(t, o)
	add(t, s, "a")
	check()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for path, mode := range map[string]os.FileMode{dir: 0o755, filepath.Join(dir, "harmonium.db"): 0o644} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	s = openNotes(t, o)
	add(t, s, "b")
	check()
}

func TestADirectoryOfOthersIsLeftAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "etc")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "passwd"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := store.OpenWith(t.Context(), testOptions(dir), notesSchema())
	wantCode(t, err, appliance.CodeConflict)
	wantMessage(t, err, dir, "--data")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if fi, err := os.Stat(dir); err != nil || fi.Mode().Perm() != 0o755 || len(entries) != 1 {
		t.Errorf("mode %v, %d entries (%v)", fi.Mode(), len(entries), err)
	}
}

func TestADiskOfItsOwnCanBecomeADataDirectory(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "lost+found"), 0o700); err != nil {
		t.Fatal(err)
	}
	add(t, openNotes(t, testOptions(dir)), "a")
}

func TestDirectoryThatCannotBeUsedIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(file, "data")
	_, err := store.OpenWith(t.Context(), testOptions(dir), notesSchema())
	wantCode(t, err, appliance.CodeStorage)
	wantMessage(t, err, dir, "Nothing was changed", "writable", "--data")
}

// A disk that has reported errors is often mounted read-only by the kernel: more rights would not help.
func TestADiskThatIsReadOnlyIsSaidToBeSo(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can mount")
	}
	dir := t.TempDir()
	add(t, openNotes(t, testOptions(dir)), "a")
	if err := syscall.Mount(dir, dir, "", syscall.MS_BIND, ""); err != nil {
		t.Skip("this machine lets nobody mount: ", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_BIND|syscall.MS_RDONLY, ""); err != nil {
		t.Skip("this machine lets nobody mount: ", err)
	}
	_, err := store.OpenWith(t.Context(), testOptions(dir), notesSchema())
	wantCode(t, err, appliance.CodeStorage)
	wantMessage(t, err, dir, "read-only", "Nothing was changed", "mount it for writing")
}

func TestOldSQLiteIsRefused(t *testing.T) {
	for version, ok := range map[string]bool{
		"3.51.3": true, "3.51.10": true, "3.52.0": true, "4.0.0": true,
		"3.51.2": false, "3.50.9": false, "2.99.99": false, "3.x": false, "": false,
	} {
		if err := store.CheckVersion(version); (err == nil) != ok {
			t.Errorf("version %q: %v", version, err)
		}
	}
}

func TestAcknowledgedWritesSurviveAKill(t *testing.T) {
	dir := t.TempDir()
	s := openNotes(t, testOptions(dir))
	for i := range 20 {
		add(t, s, noteID(i))
	}
	// What SIGKILL leaves: the files as they are now, with no process that has them open.
	killed := t.TempDir()
	for _, name := range []string{"harmonium.db", "harmonium.db-wal"} {
		if err := os.WriteFile(filepath.Join(killed, name), readFile(t, dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s = openNotes(t, testOptions(killed))
	if n := number(t, s, "SELECT count(*) FROM notes"); n != 20 {
		t.Errorf("%d notes after the kill, want 20", n)
	}
	if err := s.QuickCheck(t.Context()); err != nil {
		t.Error(err)
	}
}
