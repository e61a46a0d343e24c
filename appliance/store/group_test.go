package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

func TestWriteIsThereAfterReopening(t *testing.T) {
	dir := t.TempDir()
	s := openNotes(t, testOptions(dir))
	add(t, s, "a")
	add(t, s, "b")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openNotes(t, testOptions(dir))
	if diff := cmp.Diff([]string{"a", "b"}, ids(t, s)); diff != "" {
		t.Error(diff)
	}
}

// Tests that depend on who shares a group run in a bubble: its time stands still while they work, so that a slow
// machine does not end a group early.

func TestWaitingWritesShareOneCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newNotes(t)
		before := s.Stats()
		h := hold(t, s)
		for i := range 50 {
			h.write(t.Context(), insertNote(noteID(i), "x"))
		}
		h.release()
		after := s.Stats()
		if n := after.Writes - before.Writes; n != 50 {
			t.Errorf("%d writes, want 50", n)
		}
		if n := after.Commits - before.Commits; n != 1 {
			t.Errorf("%d commits for 50 waiting writes, want 1", n)
		}
		if n := number(t, s, "SELECT count(*) FROM notes"); n != 50 {
			t.Errorf("%d notes, want 50", n)
		}
	})
}

func TestGroupIsBoundedByNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newNotes(t)
		h := hold(t, s)
		for i := range 2*store.MaxGroup + 1 {
			h.write(t.Context(), insertNote(noteID(i), "x"))
		}
		before := s.Stats().Commits
		h.release()
		if n := s.Stats().Commits - before; n != 3 {
			t.Errorf("%d commits for twice the largest group and one more, want 3", n)
		}
	})
}

func TestGroupIsBoundedByTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newNotes(t)
		h := hold(t, s)
		h.write(t.Context(), func(tx *store.Tx) error {
			<-time.After(store.MaxGroupTime)
			return insertNote("slow", "x")(tx)
		})
		h.write(t.Context(), insertNote("patient", "x"))
		before := s.Stats().Commits
		h.release()
		if n := s.Stats().Commits - before; n != 2 {
			t.Errorf("%d commits, want one for the slow write and one for the next", n)
		}
	})
}

func TestErrorUndoesOnlyItsOwnWrite(t *testing.T) {
	s := newNotes(t)
	own := errors.New("changed my mind")
	h := hold(t, s)
	first := h.write(t.Context(), insertNote("first", "x"))
	failed := h.write(t.Context(), func(tx *store.Tx) error {
		if err := insertNote("failed", "x")(tx); err != nil {
			return err
		}
		return own
	})
	same := h.write(t.Context(), insertNote("first", "y"))
	last := h.write(t.Context(), insertNote("last", "x"))
	h.release()
	if *first != nil || *last != nil {
		t.Errorf("neighbours of a failed write: %v, %v", *first, *last)
	}
	if !errors.Is(*failed, own) {
		t.Errorf("failed write returned %v", *failed)
	}
	if !store.IsUnique(*same) {
		t.Errorf("doubled write returned %v", *same)
	}
	if diff := cmp.Diff([]string{"first", "last"}, ids(t, s)); diff != "" {
		t.Error(diff)
	}
}

func TestPanicIsUndoneAndGoesOnInTheCaller(t *testing.T) {
	s := newNotes(t)
	h := hold(t, s)
	var caught any
	h.write(t.Context(), insertNote("before", "x"))
	h.writers.Go(func() {
		defer func() { caught = recover() }()
		_ = s.Write(context.Background(), func(tx *store.Tx) error {
			if err := insertNote("panicked", "x")(tx); err != nil {
				return err
			}
			panic("the value")
		})
	})
	h.release()
	if caught != "the value" {
		t.Errorf("caller caught %v", caught)
	}
	add(t, s, "after")
	if diff := cmp.Diff([]string{"before", "after"}, ids(t, s)); diff != "" {
		t.Error(diff)
	}
}

func TestWriteLeftByItsCallerNeverRuns(t *testing.T) {
	s := newNotes(t)
	ctx, cancel := context.WithCancel(t.Context())
	h := hold(t, s)
	ran := false
	h.write(t.Context(), insertNote("before", "x"))
	left := make(chan error)
	go func() {
		left <- s.Write(ctx, func(tx *store.Tx) error {
			ran = true
			return insertNote("left", "x")(tx)
		})
	}()
	for s.Stats().Waiting < 2 {
		runtime.Gosched()
	}
	cancel()
	if err := <-left; !errors.Is(err, context.Canceled) { // while the writer is still held
		t.Errorf("left write returned %v", err)
	}
	h.write(t.Context(), insertNote("after", "x"))
	h.release()
	if ran {
		t.Error("the write ran although its caller had gone")
	}
	if diff := cmp.Diff([]string{"before", "after"}, ids(t, s)); diff != "" {
		t.Error(diff)
	}
	if err := s.Write(ctx, insertNote("dead on arrival", "x")); !errors.Is(err, context.Canceled) {
		t.Errorf("write with an ended context returned %v", err)
	}
}

func TestWriteThatHasBegunIsNotTornByItsContext(t *testing.T) {
	s := newNotes(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Write(ctx, func(tx *store.Tx) error {
		if err := insertNote("one", "x")(tx); err != nil {
			return err
		}
		cancel()
		return insertNote("two", "x")(tx)
	})
	if err != nil {
		t.Errorf("write returned %v", err)
	}
	if diff := cmp.Diff([]string{"one", "two"}, ids(t, s)); diff != "" {
		t.Error(diff)
	}
}

func TestConcurrentWritesAreAllKeptOnce(t *testing.T) {
	s := newNotes(t)
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for i := range 40 {
				add(t, s, noteID(w*1000+i))
			}
		})
	}
	wg.Wait()
	got := ids(t, s)
	slices.Sort(got)
	var want []string
	for w := range 16 {
		for i := range 40 {
			want = append(want, noteID(w*1000+i))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := number(t, s, "SELECT count(*) FROM notes_fts WHERE notes_fts MATCH 'text'"); n != 640 {
		t.Errorf("%d notes found by the index, want 640", n)
	}
}

func TestAtCommitRunsOncePerGroupForThoseThatStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newNotes(t)
		const count = "INSERT INTO owners (id) SELECT 'owner_' || (SELECT count(*) FROM owners)"
		h := hold(t, s)
		for i := range 5 {
			h.write(t.Context(), func(tx *store.Tx) error {
				tx.AtCommit(count)
				return insertNote(noteID(i), "x")(tx)
			})
		}
		h.release()
		if n := number(t, s, "SELECT count(*) FROM owners"); n != 1 {
			t.Errorf("ran %d times for one group", n)
		}
		undone := errors.New("undone")
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			tx.AtCommit(count)
			return undone
		})
		if !errors.Is(err, undone) {
			t.Errorf("write returned %v", err)
		}
		if n := number(t, s, "SELECT count(*) FROM owners"); n != 1 {
			t.Error("ran for a write that was undone")
		}
	})
}

func TestNoteDeletedInTheGroupThatWroteItLeavesTheIndexWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newNotes(t)
		add(t, s, "stays")
		h := hold(t, s)
		h.write(t.Context(), insertNote("goes", "fleeting"))
		h.write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec("DELETE FROM notes WHERE id = 'goes'")
			return err
		})
		h.write(t.Context(), insertNote("comes", "lasting"))
		h.release()
		for word, want := range map[string]int64{"fleeting": 0, "lasting": 1, "stays": 1} {
			if n := number(t, s, "SELECT count(*) FROM notes_fts WHERE notes_fts MATCH ?", word); n != want {
				t.Errorf("%q found %d times, want %d", word, n, want)
			}
		}
		// The command compares the index with the table and fails when they differ.
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec("INSERT INTO notes_fts (notes_fts, rank) VALUES ('integrity-check', 1)")
			return err
		})
		if err != nil {
			t.Error("index and table differ:", err)
		}
	})
}

func TestFailingAtCommitFailsTheGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newNotes(t)
		h := hold(t, s)
		one := h.write(t.Context(), insertNote("one", "x"))
		two := h.write(t.Context(), func(tx *store.Tx) error {
			tx.AtCommit("INSERT INTO nowhere VALUES (1)")
			return nil
		})
		h.release()
		if *one == nil || *two == nil {
			t.Errorf("acknowledged without a commit: %v, %v", *one, *two)
		}
		if got := ids(t, s); len(got) != 0 {
			t.Errorf("kept %q", got)
		}
		add(t, s, "after")
	})
}

func TestFullDatabaseRefusesAndGoesOn(t *testing.T) {
	s := newNotes(t)
	add(t, s, "before")
	limitPages(t, s, 2) // a few pages more than now
	big := string(make([]byte, 1<<20))
	h := hold(t, s)
	small := h.write(t.Context(), insertNote("small", "x"))
	large := h.write(t.Context(), insertNote("large", "x"+big))
	h.release()
	// The transaction was one; SQLite may undo all of it when there is no room.
	wantCode(t, *large, appliance.CodeStorage)
	wantMessage(t, *large, "disk is full", "Nothing was changed")
	want := []string{"before"}
	if *small == nil {
		want = append(want, "small")
	} else {
		wantCode(t, *small, appliance.CodeStorage)
	}
	if diff := cmp.Diff(want, ids(t, s)); diff != "" {
		t.Error(diff)
	}
	if err := s.Failed(); err != nil {
		t.Errorf("a full disk stopped the store: %v", err)
	}
	limitPages(t, s, 1<<20)
	add(t, s, "after")
}

func TestErrorThatEndsTheTransactionCannotBeSwallowed(t *testing.T) {
	s := newNotes(t)
	limitPages(t, s, 2)
	err := s.Write(t.Context(), func(tx *store.Tx) error {
		_ = insertNote("large", "x"+string(make([]byte, 1<<20)))(tx)
		_ = insertNote("small", "x")(tx)
		return nil
	})
	wantCode(t, err, appliance.CodeStorage)
	if got := ids(t, s); len(got) != 0 {
		t.Errorf("kept %q of a write that was refused", got)
	}
}

// limitPages makes SQLite report a full disk when the database has n pages more than now.
func limitPages(t *testing.T, s *store.Store, n int64) {
	t.Helper()
	pages := number(t, s, "PRAGMA page_count")
	if err := s.OnWriter(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages+n)); err != nil {
		t.Fatal(err)
	}
}

func TestDatabaseMovedAwayIsNotWrittenTo(t *testing.T) {
	for _, name := range []string{"harmonium.db", "harmonium.db-wal"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := openNotes(t, testOptions(dir))
			add(t, s, "before")
			if err := os.Rename(filepath.Join(dir, name), filepath.Join(dir, "moved")); err != nil {
				t.Fatal(err)
			}
			wantCode(t, s.Write(t.Context(), insertNote("lost", "x")), appliance.CodeBusy)
			if s.Failed() == nil {
				t.Error("the store goes on writing to a file that is not there")
			}
		})
	}
}

func TestClosedStoreRefuses(t *testing.T) {
	s := newNotes(t)
	h := hold(t, s)
	accepted := h.write(t.Context(), insertNote("accepted", "x"))
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	h.release()
	if err := <-closed; err != nil {
		t.Error("close:", err)
	}
	if *accepted != nil {
		t.Errorf("a write accepted before Close: %v", *accepted)
	}
	wantCode(t, s.Write(t.Context(), insertNote("late", "x")), appliance.CodeBusy)
	wantCode(t, s.Read(t.Context(), func(*store.Tx) error { return nil }), appliance.CodeBusy)
	if err := s.Close(); err != nil {
		t.Error("second close:", err)
	}
	if diff := cmp.Diff([]string{"harmonium.db", "harmonium.lock"}, names(t, s.Dir())); diff != "" {
		t.Error("files after Close:", diff)
	}
}
