package store

import (
	"context"
	"database/sql"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/pressly/goose/v3"
	sqlite3 "modernc.org/sqlite/lib"

	"harmonium/appliance"
)

// A released migration is never edited; a change is a new file with the next number.
//
//go:embed migrations/*.sql
var migrationDir embed.FS

func migrationFiles() fs.FS {
	sub, err := fs.Sub(migrationDir, "migrations")
	if err != nil {
		panic(err) // the directory is compiled in
	}
	return sub
}

// versionTable is where goose notes the migrations that were applied.
const versionTable = goose.DefaultTablename

// smallestPage is that of databases of SQLite, whose files are made of whole pages.
const smallestPage = 512

// state is what is on the disk before anything is written.
type state struct {
	exists        bool // there is a database file
	empty         bool // without tables
	applicationID int64
	version       int64 // of the schema
	db            *sql.DB
}

func (st *state) close() {
	if st.db != nil {
		st.db.Close()
	}
}

// inspect looks at the database without changing it, and refuses what is not ours or not whole. The connection stays
// open until close, so that the write-ahead log of a killed process need not be read a second time by the writer.
func (s *Store) inspect(ctx context.Context) (_ *state, err error) {
	st := &state{}
	path := s.path(databaseFile)
	size, err := fileSize(path)
	if err != nil {
		return nil, err
	}
	if size <= 0 {
		return st, s.refuseLostDatabase()
	}
	if size == 1 { // SQLite takes such a file for an empty one
		return nil, s.foreign(errors.New("a single byte"))
	}
	if err := s.undoFirstStart(ctx); err != nil {
		return nil, err
	}
	if err := s.refuseLostLog(); err != nil {
		return nil, err
	}
	hasLog := exists(path + "-wal") // before SQLite makes one
	st.exists = true
	if err := s.closeToOthers(); err != nil {
		return nil, err
	}
	if st.db, err = sql.Open("sqlite", readerAddress(path)); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			st.close()
		}
	}()
	var sqliteVersion string
	var tables int
	err = st.db.QueryRowContext(ctx, `SELECT sqlite_version(), application_id, user_version,
		(SELECT count(*) FROM sqlite_schema) FROM pragma_application_id, pragma_user_version`).
		Scan(&sqliteVersion, &st.applicationID, &st.version, &tables)
	if err == nil {
		err = checkVersion(sqliteVersion)
	}
	if err == nil {
		st.empty = tables == 0
		err = st.readVersion(ctx)
	}
	if err == nil && size%smallestPage != 0 && !hasLog {
		return nil, s.damaged(errors.New("the file ends within a page"))
	}
	if err != nil {
		return nil, s.inspectError(err)
	}
	return st, nil
}

// undoFirstStart rolls back what a process was doing when it ended while there was no write-ahead log yet, which no connection that
// only reads could: the very first start, or the first one on a copy or a backup, which SQLite writes without a log. Nothing is touched
// in another program's database.
func (s *Store) undoFirstStart(ctx context.Context) error {
	const pagesBefore = 16 // where the journal of SQLite has the size of the database (sqlite.org/fileformat2.html, "The Rollback Journal")
	journal, err := os.ReadFile(s.path(databaseFile + "-journal"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return dirError(s.dir, err)
	}
	if len(journal) < pagesBefore+4 || binary.BigEndian.Uint32(journal[pagesBefore:]) > 1 && !s.bearsOurMark() {
		return nil
	}
	db, err := sql.Open("sqlite", fileAddress(s.path(databaseFile), addressCommon))
	if err != nil {
		return err
	}
	defer db.Close()
	var tables int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return s.inspectError(err)
	}
	return nil
}

// bearsOurMark says whether the head of the database file has our application id.
func (s *Store) bearsOurMark() bool {
	const at = 68 // sqlite.org/fileformat2.html, "The Database Header"
	f, err := os.Open(s.path(databaseFile))
	if err != nil {
		return false
	}
	defer f.Close()
	var mark [4]byte
	_, err = f.ReadAt(mark[:], at)
	return err == nil && binary.BigEndian.Uint32(mark[:]) == applicationID
}

// readVersion takes the version of goose when that is higher than the one in the header: a process that was killed
// between a migration and the writing of the header leaves them different.
func (st *state) readVersion(ctx context.Context) error {
	var table int
	err := st.db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE name = ?", versionTable).Scan(&table)
	if err != nil || table == 0 {
		return err
	}
	var applied int64
	err = st.db.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM "+versionTable).Scan(&applied)
	st.version = max(st.version, applied)
	return err
}

// refuseLostDatabase is for a directory without a database: an empty one is where we begin, one that has held a
// database has lost it, and must not look as if nothing had ever been there.
func (s *Store) refuseLostDatabase() error {
	for _, name := range []string{databaseFile + "-wal", ballastFile} {
		size, err := fileSize(s.path(name))
		if err != nil {
			return err
		}
		if size > 0 || s.lock.hadLog {
			return &appliance.Error{Code: appliance.CodeConflict, Err: ErrDamaged, Message: fmt.Sprintf("The database %s is missing from %s, where "+
				"there has been one. Nothing was changed. Put it back or restore a backup; to begin anew, name an empty directory with --data.",
				databaseFile, s.dir)}
		}
	}
	return nil
}

// refuseLostLog is for a database whose last process did not close it, and whose write-ahead log is gone since: what was
// acknowledged last would be lost without a word.
func (s *Store) refuseLostLog() error {
	if !s.lock.hadLog || exists(s.path(databaseFile+"-wal")) {
		return nil
	}
	return &appliance.Error{Code: appliance.CodeConflict, Err: ErrDamaged, Message: fmt.Sprintf("The file %s-wal is missing from %s: what was said "+
		"last is in it. Nothing was changed. Put it back, or restore the newest backup. To go on without what was in it, delete %s and start again.",
		databaseFile, s.dir, s.path(lockFile))}
}

func (s *Store) inspectError(err error) error {
	switch primary(err) {
	case sqlite3.SQLITE_NOTADB:
		return s.foreign(err)
	case sqlite3.SQLITE_CORRUPT:
		return s.damaged(err)
	}
	return fmt.Errorf("look at the database: %w", s.openError(err))
}

func (s *Store) damaged(cause error) error {
	return &appliance.Error{Code: appliance.CodeInternal, Err: errors.Join(ErrDamaged, cause), Message: fmt.Sprintf("The database in %s is damaged. "+
		"Nothing was changed. Keep a copy of the directory as it is, and restore the newest backup.", s.dir)}
}

func (s *Store) foreign(cause error) error {
	return &appliance.Error{
		Code: appliance.CodeConflict,
		Message: fmt.Sprintf("The file %s is not a database of harmonium. Nothing was changed. Move it away, or name "+
			"another directory with --data.", s.path(databaseFile)),
		Err: cause,
	}
}

// plan is what has to be done to a database.
type plan struct {
	found    *state
	files    fs.FS
	from, to int64 // versions of the schema
}

// planMigration compares what was found with the migrations that this program has, and refuses a database that is not
// ours or newer.
func (s *Store) planMigration(found *state, files fs.FS) (*plan, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, err
	}
	p := &plan{found: found, files: files, from: found.version}
	for _, name := range names {
		v, err := goose.NumericComponent(name)
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", name, err)
		}
		p.to = max(p.to, v)
	}
	if !found.exists {
		return p, nil
	}
	if found.applicationID != applicationID && (found.applicationID != 0 || !found.empty) {
		return nil, s.foreign(fmt.Errorf("application id %#x", found.applicationID))
	}
	if p.from > p.to {
		return nil, appliance.Errorf(appliance.CodeConflict, "The database in %s has version %d, and this harmonium "+
			"knows versions up to %d only. Nothing was changed. Install the harmonium that last used it or a newer "+
			"one, or restore a backup that was made before the upgrade.", s.dir, p.from, p.to)
	}
	return p, nil
}

func (p *plan) pending() bool { return p.from < p.to }

// needsCopy says whether there is something that a migration could lose.
func (p *plan) needsCopy() bool { return p.pending() && p.found.exists && !p.found.empty }

// makeDatabaseFile makes an empty database file that only its owner may read; SQLite gives the log and the shared
// memory the same mode.
func (s *Store) makeDatabaseFile() error {
	f, err := os.OpenFile(s.path(databaseFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return dirError(s.dir, err)
	}
	return f.Close()
}

// closeToOthers takes the files of the database away from other accounts of the machine.
func (s *Store) closeToOthers() error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		path := s.path(databaseFile + suffix)
		fi, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return dirError(s.dir, err)
		}
		if fi.Mode().Perm()&0o077 != 0 {
			if err := os.Chmod(path, 0o600); err != nil {
				s.log.Warn("others on this machine may read the database; it could not be closed to them",
					"file", path, "error", err)
			}
		}
	}
	return nil
}

// migrate applies what is pending. Each migration is one transaction: a process that is killed in it leaves the
// database at the version before.
func (s *Store) migrate(ctx context.Context, p *plan) error {
	if err := s.applyMigrations(ctx, p); err != nil {
		return fmt.Errorf("prepare the database: %w", s.openError(err))
	}
	if p.pending() {
		s.log.Info("database ready", "version", p.to, "from", p.from)
	}
	return nil
}

func (s *Store) applyMigrations(ctx context.Context, p *plan) error {
	if !p.found.exists {
		var version string
		if err := s.writeDB.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version); err != nil {
			return err
		}
		if err := checkVersion(version); err != nil {
			return err
		}
	}
	if p.found.applicationID != applicationID {
		if err := s.setPragma(ctx, "application_id", applicationID); err != nil {
			return err
		}
	}
	if p.pending() {
		provider, err := goose.NewProvider(goose.DialectSQLite3, s.writeDB, p.files,
			goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
		if err != nil {
			return err
		}
		if _, err := provider.Up(ctx); err != nil {
			return fmt.Errorf("from version %d to %d: %w", p.from, p.to, err)
		}
	}
	// The header tells the version to a program that knows nothing of goose, first of all an older one of ours.
	var header int64
	if err := s.writeDB.QueryRowContext(ctx, "PRAGMA user_version").Scan(&header); err != nil {
		return err
	}
	if header != p.to {
		if err := s.setPragma(ctx, "user_version", p.to); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) setPragma(ctx context.Context, name string, value int64) error {
	_, err := s.writeDB.ExecContext(ctx, fmt.Sprintf("PRAGMA %s = %d", name, value))
	return err
}

// fileSize gives the size of the file at path, -1 when there is none.
func fileSize(path string) (int64, error) {
	fi, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return -1, nil
	}
	if err != nil {
		return 0, err
	}
	return fi.Size(), nil
}
