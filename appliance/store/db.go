// Package store keeps everything that the appliance must not lose in one SQLite database, and is the only package
// that speaks SQL.
//
// Guarantees:
//
//   - A write that returned nil is on the disk (journal_mode=WAL, synchronous=FULL) and survives SIGKILL and a power
//     cut. A write that returned an error has changed nothing.
//   - Writes of many callers share one commit (see Store.write), each in a savepoint of its own: the error of one
//     undoes only that one.
//   - A read sees one moment of the database, however many statements it runs, and is ended after readLimit.
//   - After an I/O error nothing is acknowledged any more: Dead is closed, every further write fails, and the next
//     Open checks the whole database before it is ready.
//   - A full disk refuses writes with appliance.CodeStorage; the store goes on, and deletions still work because they
//     may use up the ballast file.
//   - One directory belongs to one process; databases of newer versions and files of other programs are refused
//     before anything is written to them.
//
// Times are INTEGER columns of Unix milliseconds in UTC, structured values are TEXT columns of JSON (see column.go).
// sql.ErrNoRows never leaves the package.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"harmonium/appliance"
	"harmonium/appliance/blob"
)

// The files of a data directory that belong to this package. SQLite adds databaseFile-wal and databaseFile-shm.
const (
	databaseFile = "harmonium.db"
	lockFile     = "harmonium.lock"
	ballastFile  = "ballast"
	ioErrorFile  = "io-error"
)

// applicationID marks a database file as ours (PRAGMA application_id): the letters "Hmnm".
const applicationID = 0x486d6e6d

// minSQLite is the first version without a bug that can corrupt a WAL database under concurrent checkpoints.
var minSQLite = [3]int{3, 51, 3}

// Options says where and how to open a store.
type Options struct {
	// Dir is the data directory. It is made if need be, and is only for the account that the server runs as.
	Dir string
	// Clock gives the time for names of files and for what the tables record. Needed.
	Clock appliance.Clock
	// Log takes what an operator should know; never content. nil discards.
	Log *slog.Logger
	// BallastBytes is the size of the file that is given up so that deleting works on a full disk: 0 means 64 MiB,
	// -1 none.
	BallastBytes int64
	// Readers is the number of connections that read at the same time: 0 means one for each core, at least 2.
	Readers int
}

// Store is an open data directory. All methods may be called at the same time from many goroutines.
type Store struct {
	dir   string
	clock appliance.Clock
	log   *slog.Logger

	lock    *dirLock
	ballast ballast

	writeDB *sql.DB // the connections of the writer and of the checkpointer
	readDB  *sql.DB
	readers *readers

	kept    kept // see kept.go
	seats   seats
	callers callers // see callers.go
	views   views   // see views.go
	rights  rights  // see rights.go

	queue       queue
	writer      *writer
	checkpoints *checkpointer
	blobs       *blob.Dir
	blobGate    sync.RWMutex // see blobs.go
	uploading   uploading    // see uploads.go

	scrubbing         chan struct{} // holds one token while Scrub runs
	jobsWaiting       chan struct{} // holds one token after jobs were enqueued
	deliveriesWaiting chan struct{} // the same for deliveries to webhooks
	deleted           chan struct{} // see Deleted

	failure  atomic.Pointer[failure]
	failOnce sync.Once
	dead     chan struct{}

	closeOnce sync.Once
	closeErr  error
}

// Open locks the data directory, makes or migrates the database and is ready to read and write when it returns. It
// needs milliseconds, except after an I/O error (the whole database is checked first) and for a migration (a copy is
// made first).
//
// Errors a person can act on are *appliance.Error: CodeConflict when another process has the directory or the file is
// not a database of this program or a newer one, CodeStorage when the disk is full.
func Open(ctx context.Context, o Options) (*Store, error) {
	return open(ctx, o, migrationFiles())
}

func open(ctx context.Context, o Options, migrations fs.FS) (_ *Store, err error) {
	s, err := newStore(o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.release()
		}
	}()
	if err := makeDir(s.dir, s.log); err != nil {
		return nil, err
	}
	if s.lock, err = lockDir(s.dir); err != nil {
		return nil, err
	}
	if err := s.takeRestored(); err != nil {
		return nil, err
	}
	// On a disk without a free byte SQLite cannot even make its shared-memory file: the ballast is what lets a box
	// that stopped with a full disk start again, so that somebody can delete something.
	if free, _, err := s.DiskSpace(); err == nil && free < minFreeToOpen {
		if _, err := s.ReleaseBallast(); err != nil {
			return nil, err
		}
	}
	if err := s.prepare(ctx, migrations); err != nil {
		return nil, err
	}
	if err := s.start(ctx, o.Readers); err != nil {
		return nil, err
	}
	if err := s.EnsureBallast(); err != nil {
		s.log.Warn("no ballast file: deleting may fail when the disk is full", "error", err)
	}
	if err := s.sealFactors(ctx); err != nil {
		s.log.Error("secrets of second factors are still readable in the database, and are not used", "error", err)
	}
	return s, nil
}

func newStore(o Options) (*Store, error) {
	if o.Dir == "" || o.Clock == nil {
		return nil, errors.New("store: Options need Dir and Clock")
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	s := &Store{
		dir:               dir,
		clock:             o.Clock,
		log:               o.Log,
		scrubbing:         make(chan struct{}, 1),
		jobsWaiting:       make(chan struct{}, 1),
		deliveriesWaiting: make(chan struct{}, 1),
		deleted:           make(chan struct{}, 1),
		dead:              make(chan struct{}),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.blobs = blob.New(s.path(blobDir))
	s.ballast.path = s.path(ballastFile)
	s.ballast.size = o.BallastBytes
	if o.BallastBytes == 0 {
		s.ballast.size = defaultBallast
	}
	s.queue.wake = make(chan struct{}, 1)
	return s, nil
}

// prepare brings the database from whatever is on the disk to the newest schema.
func (s *Store) prepare(ctx context.Context, migrations fs.FS) error {
	if err := s.removePartialCopies(); err != nil {
		return err
	}
	// The inspecting connection stays open until the writer is, so that a long write-ahead log is gone through once.
	found, err := s.inspect(ctx)
	if err != nil {
		return err
	}
	defer found.close()
	if err := s.checkAfterIOError(ctx, found); err != nil {
		return err
	}
	plan, err := s.planMigration(found, migrations)
	if err != nil {
		return err
	}
	if plan.needsCopy() {
		if err := s.copyBeforeMigration(ctx, plan.from); err != nil {
			return err
		}
	}
	if err := s.makeDatabaseFile(); err != nil {
		return err
	}
	if s.writeDB, err = sql.Open("sqlite", writerAddress(s.path(databaseFile))); err != nil {
		return err
	}
	s.writeDB.SetMaxOpenConns(2) // the writer and the checkpointer
	s.writeDB.SetMaxIdleConns(2)
	return s.migrate(ctx, plan)
}

// start makes the goroutines and pools that serve reads and writes.
func (s *Store) start(ctx context.Context, readConns int) error {
	if readConns <= 0 {
		readConns = max(2, runtime.NumCPU())
	}
	var err error
	if s.readDB, err = sql.Open("sqlite", readerAddress(s.path(databaseFile))); err != nil {
		return err
	}
	s.readDB.SetMaxOpenConns(readConns)
	s.readDB.SetMaxIdleConns(readConns)
	s.readers = newReaders(s.readDB, readConns)

	if s.writer, err = newWriter(ctx, s); err != nil {
		return fmt.Errorf("open the database for writing: %w", s.openError(err))
	}
	if s.checkpoints, err = newCheckpointer(ctx, s); err != nil {
		return fmt.Errorf("open the database for checkpoints: %w", s.openError(err))
	}
	if err := s.lock.markLog(s.dir, true); err != nil {
		return s.openError(err)
	}
	go s.writer.run()
	go s.checkpoints.run()
	// What a killed process left in the write-ahead log is moved now, while the server is already answering.
	if s.walSize() > checkpointPages/4*4096 {
		s.checkpoints.ask()
	}
	return nil
}

// Close waits for the writes that were accepted, refuses new ones, empties the write-ahead log and gives the
// directory free. It waits for running reads, at most readLimit. Calling it again does nothing.
func (s *Store) Close() error {
	s.closeOnce.Do(func() {
		s.checkpoints.stop()
		s.queue.close()
		<-s.writer.stopped
		s.readers.close()
		if s.Failed() == nil {
			// Readers are gone, so this succeeds; if not, the next Open reads the log, nothing is lost.
			if err := s.writer.truncateLog(); err != nil {
				s.log.Warn("the write-ahead log was not emptied", "error", err)
			}
		}
		s.closeErr = s.release()
	})
	return s.closeErr
}

// release closes what is open, in the order in which nothing can refer to what is already closed.
func (s *Store) release() error {
	var errs []error
	if s.readDB != nil {
		errs = append(errs, s.readDB.Close())
	}
	if s.checkpoints != nil {
		errs = append(errs, s.checkpoints.conn.close())
	}
	if s.writer != nil {
		errs = append(errs, s.writer.conn.close())
	}
	if s.writeDB != nil {
		errs = append(errs, s.writeDB.Close())
		if !exists(s.path(databaseFile + "-wal")) { // the last connection has moved it into the database, and removed it
			errs = append(errs, s.lock.markLog(s.dir, false))
		}
	}
	if s.lock != nil {
		errs = append(errs, s.lock.release())
	}
	return errors.Join(errs...)
}

// Dir gives the absolute path of the data directory.
func (s *Store) Dir() string { return s.dir }

func (s *Store) path(name string) string { return filepath.Join(s.dir, name) }

// walSize gives the bytes of the write-ahead log on the disk, 0 when there is none.
func (s *Store) walSize() int64 {
	fi, err := os.Stat(s.path(databaseFile + "-wal"))
	if err != nil {
		return 0
	}
	return fi.Size()
}

// Stats are figures for health pages and metrics, counted since Open.
type Stats struct {
	Writes      int64 // writes that were committed
	Commits     int64 // commits that carried them; Writes/Commits is the size of a group
	Refused     int64 // writes that returned an error of any kind
	Waiting     int   // writes that wait for their turn now
	WALBytes    int64 // size of the write-ahead log on the disk now
	Checkpoints int64 // times that the log was moved into the database
}

// Stats gives the present figures.
func (s *Store) Stats() Stats {
	return Stats{
		Writes:      s.writer.writes.Load(),
		Commits:     s.writer.commits.Load(),
		Refused:     s.writer.refused.Load(),
		Waiting:     s.queue.len(),
		WALBytes:    s.walSize(),
		Checkpoints: s.checkpoints.done.Load(),
	}
}

// The addresses set every pragma for every connection; a PRAGMA statement would reach one connection of a pool only.
//
// Both: dqs=0 takes "x" for a name, never for a text; defensive and trusted_schema=OFF keep a damaged or hostile file
// from running code of its own; cell_size_check finds damaged pages early; temp_store=MEMORY keeps content out of
// temporary files; mmap_size=0, because a failing disk must give an error and not a signal.
//
// Writer: immediate transactions cannot fail half-way with "busy"; auto_vacuum lets deletions give space back;
// secure_delete zeroes what is deleted; wal_autocheckpoint=0, because SQLite's own checkpoint after a commit swallows
// I/O errors (checkpoint.go does it instead).
const (
	addressCommon = "_dqs=0&_defensive=1&_error_rc=1&_foreign_keys=1" +
		"&_pragma=trusted_schema(OFF)&_pragma=cell_size_check(ON)&_pragma=temp_store(MEMORY)&_pragma=mmap_size(0)"

	addressWriter = addressCommon + "&_txlock=immediate&_busy_timeout=5000&_auto_vacuum=INCREMENTAL" +
		"&_journal_mode=WAL&_synchronous=FULL&_pragma=secure_delete(ON)" +
		"&_pragma=journal_size_limit(67108864)&_pragma=wal_autocheckpoint(0)"

	addressReader = "mode=ro&" + addressCommon + "&_txlock=deferred&_busy_timeout=5000&_query_only=1"

	// VACUUM INTO is refused on a connection with query_only, and needs no more than mode=ro.
	addressCopier = "mode=ro&" + addressCommon + "&_txlock=deferred&_busy_timeout=5000"
)

// fileAddress gives a file: address, because SQLite ignores mode=ro in a plain path. Every byte of the path that means
// something in an address is escaped.
func fileAddress(path, query string) string {
	u := url.URL{Scheme: "file", Path: path}
	return u.String() + "?" + query
}

func writerAddress(path string) string { return fileAddress(path, addressWriter) }
func readerAddress(path string) string { return fileAddress(path, addressReader) }
func copierAddress(path string) string { return fileAddress(path, addressCopier) }

// checkVersion refuses to run on an SQLite that is known to corrupt databases of our kind.
func checkVersion(version string) error {
	var v [3]int
	for i, part := range strings.SplitN(version, ".", 3) {
		n, err := strconv.Atoi(part)
		if err != nil {
			return fmt.Errorf("SQLite calls itself version %q", version)
		}
		v[i] = n
	}
	for i := range v {
		if v[i] != minSQLite[i] {
			if v[i] > minSQLite[i] {
				return nil
			}
			return fmt.Errorf("SQLite %s is built in; at least %d.%d.%d is needed", version,
				minSQLite[0], minSQLite[1], minSQLite[2])
		}
	}
	return nil
}
