package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

var update = flag.Bool("update", false, "write the golden files anew")

// versions gives the first n of a series of migrations.
func versions(n int) fs.FS {
	all := []string{
		notes,
		"-- +goose Up\nALTER TABLE notes ADD COLUMN stars INTEGER NOT NULL DEFAULT 0;\n",
		"-- +goose Up\nCREATE INDEX notes_stars ON notes (stars);\nUPDATE notes SET stars = 5;\n",
	}
	files := fstest.MapFS{}
	for i, data := range all[:n] {
		files[fmt.Sprintf("%05d_step.sql", i+1)] = &fstest.MapFile{Data: []byte(data)}
	}
	return files
}

func openAt(t *testing.T, o store.Options, migrations fs.FS) *store.Store {
	t.Helper()
	s, err := store.OpenWith(t.Context(), o, migrations)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func closeStore(t *testing.T, s *store.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// schema gives the statements that made the database.
func schema(t *testing.T, s *store.Store) string {
	t.Helper()
	var b strings.Builder
	err := s.Read(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT sql FROM sqlite_schema
			WHERE sql IS NOT NULL AND tbl_name NOT IN ('goose_db_version', 'sqlite_sequence') ORDER BY type, name`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var text string
			if err := rows.Scan(&text); err != nil {
				return err
			}
			b.WriteString(text + ";\n\n")
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSchemaIsTheGoldenOne(t *testing.T) {
	s, err := store.Open(t.Context(), testOptions(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got := schema(t, s)
	golden := filepath.Join("testdata", "schema.sql")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(readFile(t, golden)), got); diff != "" {
		t.Errorf("the migrations make another schema (go test -update writes it):\n%s", diff)
	}
}

func TestUpgradedDatabaseEqualsAFreshOne(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, testOptions(dir), versions(1))
	add(t, s, "old")
	closeStore(t, s)

	s = openAt(t, testOptions(dir), versions(3))
	fresh := openAt(t, testOptions(t.TempDir()), versions(3))
	if diff := cmp.Diff(schema(t, fresh), schema(t, s)); diff != "" {
		t.Error(diff)
	}
	if n := number(t, s, "SELECT stars FROM notes WHERE id = 'old'"); n != 5 {
		t.Errorf("%d stars, want 5", n)
	}
	for _, db := range []*store.Store{s, fresh} {
		if n := number(t, db, "PRAGMA user_version"); n != 3 {
			t.Errorf("the header tells version %d, want 3", n)
		}
	}
}

func TestDatabaseIsCopiedBeforeItsMigration(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, testOptions(dir), versions(1))
	add(t, s, "old")
	closeStore(t, s)
	if diff := cmp.Diff([]string{"harmonium.db", "harmonium.lock"}, names(t, dir)); diff != "" {
		t.Error("a fresh database needs no copy:", diff)
	}
	// What a process left that was killed while it made a copy.
	if err := os.WriteFile(filepath.Join(dir, "before-migration-1-20300101T000000Z.db.part"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, testOptions(dir), versions(2))
	add(t, s, "new")
	closeStore(t, s)
	const name = "before-migration-1-20310506T070809Z.db"
	if diff := cmp.Diff([]string{name, "harmonium.db", "harmonium.lock"}, names(t, dir)); diff != "" {
		t.Error(diff)
	}

	// The copy is the way back: the program of version 1 opens it.
	back := t.TempDir()
	if err := os.WriteFile(filepath.Join(back, "harmonium.db"), readFile(t, dir, name), 0o600); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, testOptions(back), versions(1))
	if diff := cmp.Diff([]string{"old"}, ids(t, s)); diff != "" {
		t.Error(diff)
	}
}

func TestNewestCopiesAreKept(t *testing.T) {
	dir := t.TempDir()
	closeStore(t, openAt(t, testOptions(dir), versions(1)))
	for _, name := range []string{
		"before-migration-9-20280101T000000Z.db", "before-migration-10-20290101T000000Z.db",
		"before-migration-1-20300101T000000Z.db",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := openAt(t, testOptions(dir), versions(2))
	want := []string{
		"before-migration-1-20300101T000000Z.db", "before-migration-1-20310506T070809Z.db",
		"before-migration-10-20290101T000000Z.db",
	}
	if diff := cmp.Diff(want, names(t, dir)[:3]); diff != "" {
		t.Error(diff)
	}
	n, err := s.RemoveMigrationCopies()
	if n != 3 || err != nil {
		t.Errorf("removed %d copies: %v", n, err)
	}
	closeStore(t, s)
	if diff := cmp.Diff([]string{"harmonium.db", "harmonium.lock"}, names(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestNewerDatabaseIsRefusedUntouched(t *testing.T) {
	for name, hide := range map[string]string{
		"both tell":         "",
		"goose alone tells": "PRAGMA user_version = 1",
		"the header alone":  "DELETE FROM goose_db_version WHERE version_id > 1",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := openAt(t, testOptions(dir), versions(3))
			add(t, s, "new")
			if hide != "" {
				if err := s.OnWriter(t.Context(), hide); err != nil {
					t.Fatal(err)
				}
			}
			closeStore(t, s)
			before := readFile(t, dir, "harmonium.db")

			_, err := store.OpenWith(t.Context(), testOptions(dir), versions(2))
			wantCode(t, err, appliance.CodeConflict)
			wantMessage(t, err, dir, "version 3", "up to 2")
			if !bytes.Equal(before, readFile(t, dir, "harmonium.db")) {
				t.Error("the database was written to")
			}
		})
	}
}

func TestFailingMigrationLeavesTheVersionBefore(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, testOptions(dir), versions(1))
	add(t, s, "old")
	before := schema(t, s)
	closeStore(t, s)

	broken := fstest.MapFS{}
	for _, name := range []string{"00001_step.sql", "00002_step.sql"} {
		data, err := fs.ReadFile(versions(2), name)
		if err != nil {
			t.Fatal(err)
		}
		broken[name] = &fstest.MapFile{Data: data}
	}
	broken["00002_step.sql"].Data = append(broken["00002_step.sql"].Data, "DELETE FROM notes;\nINSERT INTO nowhere VALUES (1);\n"...)
	if _, err := store.OpenWith(t.Context(), testOptions(dir), broken); err == nil {
		t.Fatal("opened")
	}
	s = openAt(t, testOptions(dir), versions(1))
	if diff := cmp.Diff(before, schema(t, s)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"old"}, ids(t, s)); diff != "" {
		t.Error(diff)
	}
}

func TestMigrationGoesOnAfterAKill(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, testOptions(dir), versions(2))
	// Killed after the transaction of the last migration and before the header was written.
	if err := s.OnWriter(t.Context(), "PRAGMA user_version = 1"); err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	s = openAt(t, testOptions(dir), versions(2))
	if n := number(t, s, "PRAGMA user_version"); n != 2 {
		t.Errorf("the header tells version %d, want 2", n)
	}
	if diff := cmp.Diff([]string{"harmonium.db", "harmonium.db-shm", "harmonium.db-wal", "harmonium.lock"},
		names(t, dir)); diff != "" {
		t.Error("nothing was to be migrated, and no copy made:", diff)
	}

	// Killed in the middle of the very first start: a file of ours without tables.
	dir = t.TempDir()
	execFile(t, filepath.Join(dir, "harmonium.db"), "PRAGMA journal_mode = WAL", "PRAGMA application_id = 1215131245")
	s = openAt(t, testOptions(dir), versions(1))
	add(t, s, "a")
}

// A copy that was put back has no write-ahead log, and one is begun by the next start. Killed in the middle of that, or of anything else
// without a log, it goes on with what there was before. The control: another program's database in the same state stays as it is.
func TestAStartThatIsKilledBeforeThereIsALogIsUndone(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, testOptions(dir), versions(1))
	for i := range 200 {
		add(t, s, noteID(i))
	}
	before := ids(t, s)
	closeStore(t, s)
	path := filepath.Join(dir, "harmonium.db")
	execFile(t, path, "PRAGMA journal_mode = DELETE")

	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, query := range []string{"PRAGMA cache_size = 1", "BEGIN IMMEDIATE", "UPDATE notes SET id = id || ' half written'"} {
		if _, err := db.ExecContext(t.Context(), query); err != nil {
			t.Fatal(query, err)
		}
	}
	killed, foreign := t.TempDir(), t.TempDir()
	for _, to := range []string{killed, foreign} {
		for _, name := range []string{"harmonium.db", "harmonium.db-journal"} {
			write(t, filepath.Join(to, name), string(readFile(t, dir, name)))
		}
	}
	if s := openAt(t, testOptions(killed), versions(1)); !cmp.Equal(before, ids(t, s)) {
		t.Errorf("%d rows, or others; want the %d of before", len(ids(t, s)), len(before))
	}

	raw := readFile(t, foreign, "harmonium.db")
	raw[68] ^= 1 // the mark of the program
	write(t, filepath.Join(foreign, "harmonium.db"), string(raw))
	if _, err := store.OpenWith(t.Context(), testOptions(foreign), versions(1)); err == nil {
		t.Error("another program's database is opened")
	}
	if !bytes.Equal(raw, readFile(t, foreign, "harmonium.db")) {
		t.Error("another program's database was written to")
	}
}

// execFile runs statements on a database file as another program would.
func execFile(t *testing.T, path string, queries ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, query := range queries {
		if _, err := db.ExecContext(context.Background(), query); err != nil {
			t.Fatal(query, err)
		}
	}
}

func TestForeignFileIsRefusedUntouched(t *testing.T) {
	for name, make := range map[string]func(path string){
		"another program's database": func(path string) { execFile(t, path, "CREATE TABLE t (x)") },
		"another program's mark": func(path string) {
			execFile(t, path, "PRAGMA application_id = 7", "CREATE TABLE t (x)", "DROP TABLE t")
		},
		"a text":       func(path string) { write(t, path, "Dear diary") },
		"a long text":  func(path string) { write(t, path, strings.Repeat("Dear diary\n", 10_000)) },
		"a large file": func(path string) { write(t, path, strings.Repeat("\x00", 100_000)) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "harmonium.db")
			make(path)
			before := readFile(t, path)
			_, err := store.OpenWith(t.Context(), testOptions(dir), notesSchema())
			wantCode(t, err, appliance.CodeConflict)
			wantMessage(t, err, path, "not a database of harmonium", "Nothing was changed")
			if !bytes.Equal(before, readFile(t, path)) {
				t.Error("the file was written to")
			}
			// It can be tried again: the lock is free.
			_, err = store.OpenWith(t.Context(), testOptions(dir), notesSchema())
			wantMessage(t, err, "not a database of harmonium")
		})
	}
}

func write(t testing.TB, path, data string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestLostDatabaseIsNotStartedEmpty(t *testing.T) {
	for name, lose := range map[string]func(dir string){
		"only the log is left": func(dir string) { write(t, filepath.Join(dir, "harmonium.db-wal"), "x") },
		"only ballast is left": func(dir string) { write(t, filepath.Join(dir, "ballast"), "x") },
		"the database is empty": func(dir string) {
			write(t, filepath.Join(dir, "harmonium.db"), "")
			write(t, filepath.Join(dir, "ballast"), "x")
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			lose(dir)
			_, err := store.OpenWith(t.Context(), testOptions(dir), notesSchema())
			wantCode(t, err, appliance.CodeConflict)
			wantMessage(t, err, "missing", dir, "restore a backup")
		})
	}
}

func TestDamagedDatabaseIsFound(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, testOptions(dir), versions(1))
	for i := range 500 {
		add(t, s, noteID(i))
	}
	if err := s.QuickCheck(t.Context()); err != nil {
		t.Fatalf("a whole database: %v", err)
	}
	closeStore(t, s)

	path := filepath.Join(dir, "harmonium.db")
	data := readFile(t, path)
	rows := bytes.Index(data, []byte("text of note_000250"))
	if rows < 0 {
		t.Fatal("the row is not in the file")
	}
	page := rows / 4096 * 4096
	copy(data[page:page+64], bytes.Repeat([]byte{0xff}, 64)) // the header of the page
	write(t, path, string(data))

	s = openAt(t, testOptions(dir), versions(1))
	err := s.QuickCheck(t.Context())
	wantCode(t, err, appliance.CodeInternal)
	wantMessage(t, err, "damaged", "restore")
	closeStore(t, s)

	// After an I/O error the check comes first.
	write(t, filepath.Join(dir, "io-error"), "20310506T070809Z disk I/O error\n")
	_, err = store.OpenWith(t.Context(), testOptions(dir), versions(1))
	wantMessage(t, err, "damaged", "restore")
	if _, err := os.Stat(filepath.Join(dir, "io-error")); err != nil {
		t.Error("the mark of the I/O error is gone although the check has failed:", err)
	}
}

func TestCheckStopsWithItsContext(t *testing.T) {
	s := newNotes(t)
	ctx, cancel := context.WithTimeout(t.Context(), -time.Second)
	defer cancel()
	if err := s.QuickCheck(ctx); err == nil {
		t.Error("checked without time")
	}
}

// A database of every version that the program ever had becomes that of a fresh one, with its rows (promise P22). No version was
// released yet: each migration stands for the databases of its time.
func TestEveryVersionIsUpgradedToTheSameSchema(t *testing.T) {
	all, err := fs.Glob(store.MigrationFiles(), "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	want := schema(t, openAt(t, testOptions(t.TempDir()), store.MigrationFiles()))
	for n := 1; n < len(all); n += max(1, *sweep/4) {
		dir := t.TempDir()
		s := openAt(t, testOptions(dir), firstMigrations(t, all[:n]))
		if err := s.OnWriter(t.Context(), `INSERT INTO accounts (id, email, email_key, name, password_hash, role, language, created_at, updated_at)
			VALUES ('acc_old', 'old@example.org', 'old@example.org', 'Old', 'hash', 'owner', 'en', 1, 1)`); err != nil {
			t.Fatalf("version %d: %v", n, err)
		}
		closeStore(t, s)
		s, err := store.Open(t.Context(), testOptions(dir))
		if err != nil {
			t.Errorf("from version %d: %v", n, err)
			continue
		}
		if got := schema(t, s); got != want {
			t.Errorf("from version %d:\n%s", n, cmp.Diff(want, got))
		}
		if a, _, err := s.AccountByEmail(t.Context(), "old@example.org"); err != nil || a.Name != "Old" {
			t.Errorf("from version %d the account is %+v, %v", n, a, err)
		}
		if err := s.QuickCheck(t.Context()); err != nil {
			t.Errorf("from version %d: %v", n, err)
		}
		closeStore(t, s)
	}
}

// firstMigrations gives the migrations of an earlier program.
func firstMigrations(t *testing.T, names []string) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range names {
		data, err := fs.ReadFile(store.MigrationFiles(), name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	return files
}
