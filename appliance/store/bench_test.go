package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"harmonium/appliance/store"
)

// benchSchema is a turn and its conversation, with the constraints that a turn has to pass.
const benchSchema = `-- +goose Up
CREATE TABLE conversations (id TEXT NOT NULL PRIMARY KEY, turns INTEGER NOT NULL, last_at INTEGER NOT NULL) STRICT;
CREATE TABLE turns (
  row             INTEGER PRIMARY KEY,
  id              TEXT NOT NULL UNIQUE,
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  seq             INTEGER NOT NULL,
  content         TEXT NOT NULL,
  created_at      INTEGER NOT NULL,
  UNIQUE (conversation_id, seq)
) STRICT;
CREATE VIRTUAL TABLE turns_fts USING fts5 (
  content, content = 'turns', content_rowid = 'row', tokenize = 'unicode61 remove_diacritics 2'
);
`

const benchTrigger = `-- +goose StatementBegin
CREATE TRIGGER turns_fts_insert AFTER INSERT ON turns BEGIN
  INSERT INTO turns_fts (rowid, content) VALUES (new.row, new.content);
END;
-- +goose StatementEnd
`

const (
	insertTurn = `INSERT INTO turns (id, conversation_id, seq, content, created_at) VALUES (?, ?, ?, ?, ?)`
	countTurn  = `UPDATE conversations SET turns = turns + 1, last_at = ? WHERE id = ?`
	indexTurns = `INSERT INTO turns_fts (rowid, content) SELECT row, content FROM turns
		WHERE row > (SELECT coalesce(max(id), 0) FROM turns_fts_docsize)`
)

func benchFiles(trigger bool) fs.FS {
	schema := benchSchema
	if trigger {
		schema += benchTrigger
	}
	return fstest.MapFS{"00001_bench.sql": &fstest.MapFile{Data: []byte(schema)}}
}

// benchTurn gives the values of the n-th turn: 25 words of a vocabulary of 2,000.
func benchTurn(n int64) []any {
	r := rand.New(rand.NewPCG(uint64(n), 1))
	words := make([]string, 25)
	for i := range words {
		words[i] = fmt.Sprintf("word%d", r.IntN(2000))
	}
	conversation := fmt.Sprintf("cnv_%016d", n%64)
	return []any{fmt.Sprintf("trn_%016x", r.Uint64()), conversation, n / 64, strings.Join(words, " "), n}
}

// senders runs send for b.N turns from as many goroutines, each waiting for its answer before it sends the next, and
// gives the rate.
func senders(b *testing.B, n int, send func(turn []any) error) float64 {
	var next atomic.Int64
	var wg sync.WaitGroup
	waits := make([][]time.Duration, n)
	b.ResetTimer()
	before := cpuTime(b)
	for i := range n {
		wg.Go(func() {
			for {
				k := next.Add(1) - 1
				if k >= int64(b.N) {
					return
				}
				turn := benchTurn(k)
				begin := time.Now()
				if err := send(turn); err != nil {
					b.Error(err)
					return
				}
				waits[i] = append(waits[i], time.Since(begin))
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64((cpuTime(b)-before).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
	all := slices.Concat(waits...)
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(all[len(all)-1].Microseconds())/1000, "max-ms")
	rate := float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(rate, "turns/s")
	return rate
}

// cpuTime gives what this process has used of the processors: the figure that a busy machine does not change.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkTurns compares a turn stored by the store with the same rows through database/sql, one commit each. All are
// on the disk (synchronous=FULL) and in the search index when they are answered.
func BenchmarkTurns(b *testing.B) {
	for _, n := range []int{1, 8, 64} {
		var plain float64 // of the same number of senders
		b.Run(fmt.Sprintf("plain/senders=%d", n), func(b *testing.B) {
			plain = senders(b, n, plainSender(b))
		})
		stored := func(trigger bool) func(*testing.B) {
			return func(b *testing.B) {
				rate := senders(b, n, storeSender(b, trigger))
				if plain > 0 {
					b.ReportMetric(rate/plain, "x-plain")
				}
			}
		}
		b.Run(fmt.Sprintf("store-trigger/senders=%d", n), stored(true)) // what Tx.AtCommit saves
		b.Run(fmt.Sprintf("store/senders=%d", n), stored(false))
	}
}

// plainSender stores turns the straight way: one connection, prepared statements, BEGIN IMMEDIATE, COMMIT.
func plainSender(b *testing.B) func([]any) error {
	dir := b.TempDir()
	s, err := store.OpenWith(b.Context(), testOptions(dir), benchFiles(true))
	if err != nil {
		b.Fatal(err)
	}
	addConversations(b, s)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	// With SQLite's own checkpoint after every 1,000 pages, which the store does without.
	address := strings.Replace(store.WriterAddress(filepath.Join(dir, "harmonium.db")),
		"wal_autocheckpoint(0)", "wal_autocheckpoint(1000)", 1)
	db, err := sql.Open("sqlite", address)
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	b.Cleanup(func() { db.Close() })
	insert, err := db.Prepare(insertTurn)
	if err != nil {
		b.Fatal(err)
	}
	count, err := db.Prepare(countTurn)
	if err != nil {
		b.Fatal(err)
	}
	return func(turn []any) error {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if _, err := tx.Stmt(insert).Exec(turn...); err != nil {
			return err
		}
		if _, err := tx.Stmt(count).Exec(turn[4], turn[1]); err != nil {
			return err
		}
		return tx.Commit()
	}
}

func storeSender(b *testing.B, trigger bool) func([]any) error {
	s, err := store.OpenWith(b.Context(), testOptions(b.TempDir()), benchFiles(trigger))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		st := s.Stats()
		b.ReportMetric(float64(st.Writes)/float64(max(st.Commits, 1)), "per-commit")
		s.Close()
	})
	addConversations(b, s)
	return func(turn []any) error {
		return s.Write(context.Background(), func(tx *store.Tx) error {
			if !trigger {
				tx.AtCommit(indexTurns)
			}
			if _, err := tx.Exec(insertTurn, turn...); err != nil {
				return err
			}
			_, err := tx.Exec(countTurn, turn[4], turn[1])
			return err
		})
	}
}

func addConversations(b *testing.B, s *store.Store) {
	err := s.Write(b.Context(), func(tx *store.Tx) error {
		for i := range 64 {
			id := fmt.Sprintf("cnv_%016d", i)
			if _, err := tx.Exec("INSERT INTO conversations VALUES (?, 0, 0)", id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkRead is the cost of a read transaction of one row.
func BenchmarkRead(b *testing.B) {
	s := newNotes(b)
	add(b, s, "a")
	before := cpuTime(b)
	defer func() { b.ReportMetric(float64((cpuTime(b)-before).Nanoseconds())/1000/float64(b.N), "cpu-µs/op") }()
	for b.Loop() {
		var text string
		err := s.Read(b.Context(), func(tx *store.Tx) error {
			return tx.QueryRow("SELECT text FROM notes WHERE id = ?", "a").Scan(&text)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen is the start on a database of 100,000 turns: after a clean end, and after SIGKILL with a write-ahead
// log of 50 MB.
func BenchmarkOpen(b *testing.B) {
	source := b.TempDir()
	s, err := store.OpenWith(b.Context(), testOptions(source), benchFiles(false))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	addConversations(b, s)
	n := int64(0)
	write := func(turns int64) error {
		return s.Write(b.Context(), func(tx *store.Tx) error {
			tx.AtCommit(indexTurns)
			for end := n + turns; n < end; n++ {
				if _, err := tx.Exec(insertTurn, benchTurn(n)...); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for n < 100_000 {
		if err := write(1000); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Scrub(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Run("clean", func(b *testing.B) { benchOpen(b, source) })
	err = s.Read(b.Context(), func(tx *store.Tx) error {
		// As long as this read lasts, nothing is moved out of the log.
		if err := tx.QueryRow("SELECT count(*) FROM conversations").Scan(new(int)); err != nil {
			return err
		}
		for s.Stats().WALBytes < 50<<20 {
			if err := write(20); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("killed-50MB", func(b *testing.B) { benchOpen(b, source) })
}

// benchOpen opens copies of the database as it is now.
func benchOpen(b *testing.B, source string) {
	dir := b.TempDir()
	for i := range b.N {
		b.StopTimer()
		o := testOptions(filepath.Join(dir, fmt.Sprint(i)))
		if err := os.Mkdir(o.Dir, 0o700); err != nil {
			b.Fatal(err)
		}
		for _, name := range []string{"harmonium.db", "harmonium.db-wal"} {
			if err := os.WriteFile(filepath.Join(o.Dir, name), readFile(b, source, name), 0o600); err != nil {
				b.Fatal(err)
			}
		}
		b.StartTimer()
		s, err := store.OpenWith(b.Context(), o, benchFiles(false))
		if err != nil {
			b.Fatal(err)
		}
		var turns int
		count := func(tx *store.Tx) error { return tx.QueryRow("SELECT max(row) FROM turns").Scan(&turns) }
		if err := s.Read(b.Context(), count); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if turns < 100_000 {
			b.Errorf("%d turns", turns)
		}
		s.Close()
		os.RemoveAll(o.Dir)
	}
}
