package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// A process that was killed leaves acknowledged writes in the log. Without it the database opens, and they are gone: it must
// not come to that without a word. The control: with the log they are there.
func TestADatabaseWithoutItsLogIsNotOpened(t *testing.T) {
	killed := func() string {
		dir := t.TempDir()
		s := openNotes(t, testOptions(dir))
		add(t, s, "acknowledged")
		after := t.TempDir() // what a kill leaves
		for _, name := range []string{"harmonium.db", "harmonium.db-wal", "harmonium.lock"} {
			write(t, filepath.Join(after, name), string(readFile(t, dir, name)))
		}
		return after
	}
	whole := openNotes(t, testOptions(killed()))
	if diff := cmp.Diff([]string{"acknowledged"}, ids(t, whole)); diff != "" {
		t.Error(diff)
	}

	dir := killed()
	log := filepath.Join(dir, "harmonium.db-wal")
	if err := os.Rename(log, log+".lost"); err != nil {
		t.Fatal(err)
	}
	before := readFile(t, dir, "harmonium.db")
	for range 2 { // being refused does not make it better
		_, err := store.OpenWith(t.Context(), testOptions(dir), notesSchema())
		wantCode(t, err, appliance.CodeConflict)
		wantMessage(t, err, "harmonium.db-wal is missing", dir, "Nothing was changed", "restore the newest backup", "harmonium.lock")
	}
	if string(before) != string(readFile(t, dir, "harmonium.db")) {
		t.Error("the database was written to")
	}
	if err := os.Rename(log+".lost", log); err != nil {
		t.Fatal(err)
	}
	s := openNotes(t, testOptions(dir))
	if diff := cmp.Diff([]string{"acknowledged"}, ids(t, s)); diff != "" {
		t.Error("with the log put back:", diff)
	}
	closeStore(t, s)
	closeStore(t, openNotes(t, testOptions(dir))) // closed well, it needs no log
}

// A database whose end was cut off is damaged, wherever the cut is, and is left as it is.
func TestADatabaseThatWasCutIsFound(t *testing.T) {
	dir := t.TempDir()
	s := openNotes(t, testOptions(dir))
	for i := range 300 {
		add(t, s, noteID(i))
	}
	closeStore(t, s)
	whole := readFile(t, dir, "harmonium.db")
	for _, size := range []int{1, 100, 4096, 4097, len(whole) / 2, len(whole) - 4096, len(whole) - 1} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "harmonium.db"), string(whole[:size]))
		s, err := store.OpenWith(t.Context(), testOptions(dir), notesSchema())
		if err == nil {
			err = s.QuickCheck(t.Context())
			closeStore(t, s)
		}
		if code := appliance.CodeOf(err); code != appliance.CodeInternal && code != appliance.CodeConflict {
			t.Errorf("cut to %d of %d bytes: %v", size, len(whole), err)
		}
		if left := readFile(t, dir, "harmonium.db"); string(left) != string(whole[:size]) {
			t.Errorf("cut to %d bytes, it has %d now, or others", size, len(left))
		}
	}
}
