package store_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// notes is a schema of its own, so that these tests do not change with the tables of the product.
const notes = `-- +goose Up
CREATE TABLE owners (id TEXT NOT NULL PRIMARY KEY) STRICT;
CREATE TABLE notes (
  row   INTEGER PRIMARY KEY,
  id    TEXT NOT NULL UNIQUE,
  owner TEXT REFERENCES owners (id) ON DELETE CASCADE,
  text  TEXT NOT NULL CHECK (text <> '')
) STRICT;
CREATE VIRTUAL TABLE notes_fts USING fts5 (
  text, content = 'notes', content_rowid = 'row', tokenize = 'unicode61 remove_diacritics 2'
);
-- +goose StatementBegin
CREATE TRIGGER notes_fts_delete AFTER DELETE ON notes
WHEN EXISTS (SELECT 1 FROM notes_fts_docsize WHERE id = old.row) BEGIN
  INSERT INTO notes_fts (notes_fts, rowid, text) VALUES ('delete', old.row, old.text);
END;
-- +goose StatementEnd
`

// indexNotes brings the rows into the index that are not in it yet: those above the highest that is.
const indexNotes = `INSERT INTO notes_fts (rowid, text) SELECT row, text FROM notes
	WHERE row > (SELECT coalesce(max(id), 0) FROM notes_fts_docsize)`

func notesSchema() fs.FS {
	return fstest.MapFS{"00001_notes.sql": &fstest.MapFile{Data: []byte(notes)}}
}

var testTime = time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)

func testClock() time.Time { return testTime }

func testOptions(dir string) store.Options {
	return store.Options{Dir: dir, Clock: testClock, BallastBytes: -1}
}

// openNotes opens a store with the schema above and closes it at the end of the test.
func openNotes(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	s, err := store.OpenWith(t.Context(), o, notesSchema())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error("close:", err)
		}
	})
	return s
}

func newNotes(t testing.TB) *store.Store {
	t.Helper()
	return openNotes(t, testOptions(t.TempDir()))
}

func insertNote(id, text string) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		tx.AtCommit(indexNotes)
		_, err := tx.Exec("INSERT INTO notes (id, text) VALUES (?, ?)", id, text)
		return err
	}
}

func add(t testing.TB, s *store.Store, id string) {
	t.Helper()
	if err := s.Write(context.Background(), insertNote(id, "text of "+id)); err != nil {
		t.Fatalf("write %s: %v", id, err)
	}
}

// ids gives the ids of all notes in the order in which they were written.
func ids(t testing.TB, s *store.Store) []string {
	t.Helper()
	var list []string
	err := s.Read(context.Background(), func(tx *store.Tx) error {
		rows, err := tx.Query("SELECT id FROM notes ORDER BY row")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			list = append(list, id)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal("read the notes:", err)
	}
	return list
}

func number(t testing.TB, s *store.Store, query string, args ...any) (n int64) {
	t.Helper()
	err := s.Read(context.Background(), func(tx *store.Tx) error { return tx.QueryRow(query, args...).Scan(&n) })
	if err != nil {
		t.Fatal(query, err)
	}
	return n
}

// held keeps the writer busy until release is called, so that what is written meanwhile forms one group.
type held struct {
	t       testing.TB
	s       *store.Store
	end     chan struct{}
	writers sync.WaitGroup
}

func hold(t testing.TB, s *store.Store) *held {
	h := &held{t: t, s: s, end: make(chan struct{})}
	began := make(chan struct{})
	h.writers.Go(func() {
		err := s.OnWriterWait(func() { close(began); <-h.end })
		if err != nil {
			t.Error("hold:", err)
		}
	})
	<-began
	return h
}

// write queues fn behind what was queued before, and gives where its outcome will be.
func (h *held) write(ctx context.Context, fn func(*store.Tx) error) *error {
	before := h.s.Stats().Waiting
	err := new(error)
	h.writers.Go(func() { *err = h.s.Write(ctx, fn) })
	for h.s.Stats().Waiting == before {
		runtime.Gosched()
	}
	return err
}

// release lets the writer go on and waits until everything queued has its outcome.
func (h *held) release() {
	close(h.end)
	h.writers.Wait()
}

func wantCode(t testing.TB, err error, code appliance.Code) {
	t.Helper()
	if appliance.CodeOf(err) != code {
		t.Errorf("error %v has code %q, want %q", err, appliance.CodeOf(err), code)
	}
}

func wantMessage(t testing.TB, err error, parts ...string) {
	t.Helper()
	var e *appliance.Error
	if !errors.As(err, &e) {
		t.Errorf("error %v is not for a person", err)
		return
	}
	for _, part := range parts {
		if !strings.Contains(e.Message, part) {
			t.Errorf("message %q does not tell %q", e.Message, part)
		}
	}
}

// names gives the names of the files in dir, sorted.
func names(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func readFile(t testing.TB, path ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// logLines collects what a store logs.
type logLines struct {
	mu    sync.Mutex
	lines []string
}

func (l *logLines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, string(b))
	return len(b), nil
}

func (l *logLines) contain(part string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.lines {
		if strings.Contains(line, part) {
			return true
		}
	}
	return false
}

func (l *logLines) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

func noteID(i int) string { return fmt.Sprintf("note_%06d", i) }
