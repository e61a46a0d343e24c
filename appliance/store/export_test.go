package store

import (
	"context"
	"io/fs"
	"time"
)

// What the tests of the engine room need beside the exported methods.

const (
	CheckpointPages = checkpointPages
	LogAlarm        = logAlarm
	MaxGroup        = maxGroup
	MaxGroupTime    = maxGroupTime
	ReadLimit       = readLimit
)

func OpenWith(ctx context.Context, o Options, migrations fs.FS) (*Store, error) {
	return open(ctx, o, migrations)
}

func MigrationFiles() fs.FS { return migrationFiles() }

func (s *Store) Write(ctx context.Context, fn func(*Tx) error) error { return s.write(ctx, fn) }
func (s *Store) Read(ctx context.Context, fn func(*Tx) error) error  { return s.read(ctx, fn) }
func (s *Store) Erase(ctx context.Context, fn func(*Tx) error) error { return s.erase(ctx, fn) }

// OnWriter runs a statement on the write connection outside any transaction.
func (s *Store) OnWriter(ctx context.Context, query string) error {
	return s.alone(ctx, func(c *conn) error { return c.exec(query) })
}

// OnWriterWait runs fn on the writer's goroutine, which nothing in the product may do.
func (s *Store) OnWriterWait(fn func()) error {
	return s.alone(context.Background(), func(*conn) error { fn(); return nil })
}

// CheckVersion says whether an SQLite of this version would be refused.
func CheckVersion(version string) error { return checkVersion(version) }

func NotFound(err error, what string) error { return notFound(err, what) }
func IsUnique(err error) bool               { return isUnique(err) }
func IsForeignKey(err error) bool           { return isForeignKey(err) }
func IsConstraint(err error) bool           { return isConstraint(err) }

func MS(t time.Time) int64             { return ms(t) }
func MSOrNull(t time.Time) any         { return msOrNull(t) }
func FromMS(n int64) time.Time         { return fromMS(n) }
func ToTime(t *time.Time) any          { return toTime(t) }
func AsJSON(v any) string              { return asJSON(v) }
func ToJSON(v any) any                 { return toJSON(v) }
func WriterAddress(path string) string { return writerAddress(path) }

// KnowsTombstone says whether Replay deletes what tombstones of a kind name.
func KnowsTombstone(kind string) bool {
	return rowDeletions[kind] != "" || kind == "words" || kind == "sound" || kind == "use" || kind == "session" || kind == "conversation" || kind == "project" ||
		kind == "account_off" || kind == "account_on" || kind == "hold" || kind == "hold_off" || kind == "withdrawal" || kind == "restriction"
}

// VerifyTrail is VerifyAudit within a transaction.
var VerifyTrail = verifyTrail

// Bits are the bits of restrictions as statements have them, in the order of the restrictions.
var Bits = []string{bitSynthesis, bitProject, bitExport, bitSharing, bitProcessing}
