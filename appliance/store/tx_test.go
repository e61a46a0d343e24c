package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

func TestStatementCanRunInsideItsOwnRows(t *testing.T) {
	s := newNotes(t)
	for i := range 3 {
		add(t, s, noteID(i))
	}
	const after = "SELECT row FROM notes WHERE row > ? ORDER BY row"
	var pairs [][2]int
	err := s.Read(t.Context(), func(tx *store.Tx) error {
		outer, err := tx.Query(after, 0)
		if err != nil {
			return err
		}
		defer outer.Close()
		for outer.Next() {
			var a int
			if err := outer.Scan(&a); err != nil {
				return err
			}
			inner, err := tx.Query(after, a)
			if err != nil {
				return err
			}
			for inner.Next() {
				var b int
				if err := inner.Scan(&b); err != nil {
					return err
				}
				pairs = append(pairs, [2]int{a, b})
			}
			if err := inner.Close(); err != nil {
				return err
			}
		}
		return outer.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][2]int{{1, 2}, {1, 3}, {2, 3}}, pairs); diff != "" {
		t.Error(diff)
	}
}

func TestForgottenRowsAreClosed(t *testing.T) {
	s := newNotes(t)
	add(t, s, "a")
	add(t, s, "b")
	forget := func(tx *store.Tx) error {
		rows, err := tx.Query("SELECT id FROM notes")
		if err == nil {
			rows.Next()
		}
		return err
	}
	for range 3 {
		if err := s.Read(t.Context(), forget); err != nil {
			t.Fatal(err)
		}
		if err := s.Write(t.Context(), forget); err != nil {
			t.Fatal(err)
		}
	}
	add(t, s, "c")
	// An open row would hold on to the log.
	if err := s.Scrub(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestMoreStatementsThanAreKept(t *testing.T) {
	s := newNotes(t)
	err := s.Read(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query("SELECT 1 UNION SELECT 2") // open while its statement is pushed out
		if err != nil {
			return err
		}
		for i := range 600 {
			var n int
			if err := tx.QueryRow(fmt.Sprintf("SELECT %d", i)).Scan(&n); err != nil {
				return err
			}
			if n != i {
				return fmt.Errorf("statement %d gave %d", i, n)
			}
		}
		count := 0
		for rows.Next() {
			count++
		}
		if count != 2 {
			return fmt.Errorf("%d rows, want 2", count)
		}
		return rows.Close()
	})
	if err != nil {
		t.Error(err)
	}
}

func TestTransactionIsOverAfterItsFunction(t *testing.T) {
	s := newNotes(t)
	var kept *store.Tx
	for name, run := range map[string]func() error{
		"read":  func() error { return s.Read(t.Context(), func(tx *store.Tx) error { kept = tx; return nil }) },
		"write": func() error { return s.Write(t.Context(), func(tx *store.Tx) error { kept = tx; return nil }) },
	} {
		if err := run(); err != nil {
			t.Fatal(err)
		}
		if _, err := kept.Exec("INSERT INTO owners VALUES ('x')"); err == nil {
			t.Errorf("%s: Exec after the end works", name)
		}
		if _, err := kept.Query("SELECT 1"); err == nil {
			t.Errorf("%s: Query after the end works", name)
		}
		if err := kept.QueryRow("SELECT 1").Scan(new(int)); err == nil {
			t.Errorf("%s: QueryRow after the end works", name)
		}
	}
}

func TestReadSeesOneMoment(t *testing.T) {
	s := newNotes(t)
	add(t, s, "a")
	count := func(tx *store.Tx) (n int) {
		if err := tx.QueryRow("SELECT count(*) FROM notes").Scan(&n); err != nil {
			t.Error(err)
		}
		return n
	}
	err := s.Read(t.Context(), func(tx *store.Tx) error {
		if n := count(tx); n != 1 {
			t.Errorf("%d notes, want 1", n)
		}
		add(t, s, "b") // acknowledged before the read goes on
		if n := count(tx); n != 1 {
			t.Errorf("%d notes in the same read, want 1", n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := number(t, s, "SELECT count(*) FROM notes"); n != 2 {
		t.Errorf("%d notes in the next read, want 2", n)
	}
}

func TestReadCannotWrite(t *testing.T) {
	s := newNotes(t)
	err := s.Read(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec("INSERT INTO owners VALUES ('x')")
		return err
	})
	if err == nil {
		t.Error("a read has written")
	}
	if err := s.Failed(); err != nil {
		t.Errorf("the attempt stopped the store: %v", err)
	}
	add(t, s, "a")
}

// forever is a query that ends only when it is interrupted.
const forever = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

func TestReadLeftByItsCallerIsInterrupted(t *testing.T) {
	o := testOptions(t.TempDir())
	o.Readers = 1
	s := openNotes(t, o)
	add(t, s, "a")
	for range 3 { // the connection is as good as new each time
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		err := s.Read(ctx, func(tx *store.Tx) error { return tx.QueryRow(forever).Scan(new(int)) })
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("left read returned %v", err)
		}
		if n := number(t, s, "SELECT count(*) FROM notes"); n != 1 {
			t.Errorf("%d notes, want 1", n)
		}
	}
}

func TestReadIsStoppedAtItsLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newNotes(t)
		err := s.Read(t.Context(), func(tx *store.Tx) error {
			<-time.After(store.ReadLimit + time.Second)
			return tx.QueryRow("SELECT 1").Scan(new(int))
		})
		wantCode(t, err, appliance.CodeBusy)
		wantMessage(t, err, "too long")
		if err := s.Read(t.Context(), func(tx *store.Tx) error { return tx.QueryRow("SELECT 1").Scan(new(int)) }); err != nil {
			t.Errorf("the next read: %v", err)
		}
	})
}

func TestPanicInReadGivesTheConnectionBack(t *testing.T) {
	o := testOptions(t.TempDir())
	o.Readers = 1
	s := openNotes(t, o)
	func() {
		defer func() {
			if v := recover(); v != "the value" {
				t.Errorf("caught %v", v)
			}
		}()
		_ = s.Read(t.Context(), func(*store.Tx) error { panic("the value") })
	}()
	if n := number(t, s, "SELECT count(*) FROM notes"); n != 0 {
		t.Errorf("%d notes", n)
	}
}

func TestNoRowsHasACodeOutsideTheStore(t *testing.T) {
	s := newNotes(t)
	find := func(tx *store.Tx) error { return tx.QueryRow("SELECT 1 FROM notes WHERE id = 'no'").Scan(new(int)) }
	wantCode(t, s.Read(t.Context(), find), appliance.CodeNotFound)
	wantCode(t, s.Write(t.Context(), find), appliance.CodeNotFound)
	err := s.Read(t.Context(), func(tx *store.Tx) error { return store.NotFound(find(tx), "note") })
	wantCode(t, err, appliance.CodeNotFound)
	wantMessage(t, err, "no such note")
	if errors.Is(err, sql.ErrNoRows) {
		t.Error("sql.ErrNoRows left the store")
	}
	if store.NotFound(nil, "note") != nil {
		t.Error("notFound makes an error of nil")
	}
}

func TestConstraintsAreToldByNumber(t *testing.T) {
	s := newNotes(t)
	add(t, s, "a")
	for _, tt := range []struct {
		query                  string
		unique, foreign, other bool
	}{
		{query: "INSERT INTO notes (id, text) VALUES ('a', 'x')", unique: true},
		{query: "INSERT INTO notes (row, id, text) VALUES (1, 'b', 'x')", unique: true},
		{query: "INSERT INTO owners (id) VALUES ('o'), ('o')", unique: true},
		{query: "INSERT INTO notes (id, owner, text) VALUES ('c', 'nobody', 'x')", foreign: true},
		{query: "INSERT INTO notes (id, text) VALUES ('d', '')", other: true},
		{query: "INSERT INTO notes (id, text) VALUES (NULL, 'x')", other: true},
		{query: "INSERT INTO notes (row, id, text) VALUES ('word', 'e', 'x')"},
	} {
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(tt.query)
			return err
		})
		if err == nil {
			t.Errorf("%s: no error", tt.query)
		}
		want := [3]bool{tt.unique, tt.foreign, tt.unique || tt.foreign || tt.other}
		got := [3]bool{store.IsUnique(err), store.IsForeignKey(err), store.IsConstraint(err)}
		if got != want {
			t.Errorf("%s: unique, foreign key, any constraint: %v, want %v", tt.query, got, want)
		}
	}
}
