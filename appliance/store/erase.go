package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"harmonium/appliance"
)

// A DELETE takes rows out of their tables, and secure_delete zeroes the pages. The words are still found in the
// write-ahead log and in the search index, which only marks what is gone. Scrub takes them out of both.

const (
	// mergePages is how much of a search index one step rewrites: about a millisecond of the writer's time.
	mergePages = 64

	// vacuumPages is how many free pages one step gives back to the disk.
	vacuumPages = 256

	// truncateWait is how long the writer waits for readers of the log, in milliseconds, in one attempt to empty it.
	truncateWait = 50

	// truncateRetry is the pause between two attempts. A reader has readLimit at most.
	truncateRetry = 100 * time.Millisecond
)

// erase is write for deletions: when the disk is full it gives up the ballast and runs fn once more, so fn must be
// such that it can run twice.
func (s *Store) erase(ctx context.Context, fn func(tx *Tx) error) error {
	defer s.tellDeleted()
	return s.withBallast(func() error { return s.write(ctx, fn) })
}

// withBallast runs fn, and when the disk is full once more without the ballast.
func (s *Store) withBallast(fn func() error) error {
	err := fn()
	if err == nil || !isFull(err) {
		return err
	}
	released, releaseErr := s.ReleaseBallast()
	if !released {
		return errors.Join(err, releaseErr)
	}
	return fn()
}

// Scrub makes what was deleted before unrecoverable from the files of the database: it rewrites the search indexes
// without the deleted words, gives free pages back to the disk and empties the write-ahead log. It works in steps of
// a few milliseconds, so that others write in between, and takes well under a second for a few sessions. When it
// returns nil, nothing that was deleted before it began is in the database file, the log or the shared memory.
//
// It fails with CodeBusy when ctx ends while a read still holds on to the log; what was deleted may then still be in
// it, so Scrub must be called again. One Scrub runs at a time; others wait. The ballast is made again if it was
// given up.
//
// Copies that were made before a migration hold what was in the database then: see Wipe.
func (s *Store) Scrub(ctx context.Context) error {
	select {
	case s.scrubbing <- struct{}{}:
		defer func() { <-s.scrubbing }()
	case <-ctx.Done():
		return fmt.Errorf("scrub: %w", ctx.Err())
	}
	tables, err := s.searchTables(ctx)
	if err != nil {
		return fmt.Errorf("scrub: %w", err)
	}
	for _, table := range tables {
		if err := s.mergeIndex(ctx, table); err != nil {
			return fmt.Errorf("scrub the index %s: %w", table, err)
		}
	}
	if err := s.giveBackPages(ctx); err != nil {
		return fmt.Errorf("scrub free pages: %w", err)
	}
	if err := s.withBallast(func() error { return s.emptyLog(ctx) }); err != nil {
		return fmt.Errorf("scrub the log: %w", err)
	}
	if err := s.EnsureBallast(); err != nil {
		s.log.Warn("no ballast file: deleting may fail when the disk is full", "error", err)
	}
	return nil
}

// searchTables gives the FTS5 tables of the schema. They are looked up and not listed, so that none can be forgotten.
func (s *Store) searchTables(ctx context.Context) ([]string, error) {
	var names []string
	err := s.read(ctx, func(tx *Tx) error {
		names = names[:0]
		rows, err := tx.Query(`SELECT name FROM sqlite_schema
			WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%USING fts5%' AND sql NOT LIKE '%USING fts5vocab%' ORDER BY name`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			names = append(names, name)
		}
		return rows.Err()
	})
	return names, err
}

// mergeIndex rewrites one FTS5 index until nothing of it is older than the call: "merge" with a negative number puts
// all segments on one level, so that the following calls go through every one of them (sqlite.org/fts5.html, 6.10).
// The "optimize" command would do the same in one transaction, which takes seconds in a large index.
func (s *Store) mergeIndex(ctx context.Context, table string) error {
	name := `"` + strings.ReplaceAll(table, `"`, `""`) + `"`
	query := "INSERT INTO " + name + " (" + name + ", rank) VALUES ('merge', ?)"
	pages := -mergePages
	for {
		var changes int64
		err := s.erase(ctx, func(tx *Tx) error {
			before, err := totalChanges(tx)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(query, pages); err != nil {
				return err
			}
			after, err := totalChanges(tx)
			changes = after - before
			return err
		})
		if err != nil {
			return err
		}
		// The command itself counts as one change; fewer than two mean that nothing was left to do.
		if pages > 0 && changes < 2 {
			return nil
		}
		pages = mergePages
	}
}

func totalChanges(tx *Tx) (n int64, err error) {
	err = tx.QueryRow("SELECT total_changes()").Scan(&n)
	return n, err
}

// giveBackPages cuts the free pages off the database file.
func (s *Store) giveBackPages(ctx context.Context) error {
	left := int64(-1)
	for {
		var now int64
		err := s.erase(ctx, func(tx *Tx) error {
			if _, err := tx.Exec(fmt.Sprintf("PRAGMA incremental_vacuum(%d)", vacuumPages)); err != nil {
				return err
			}
			return tx.QueryRow("PRAGMA freelist_count").Scan(&now)
		})
		if err != nil {
			return err
		}
		// Others may free pages in the meantime; what matters here is that this call gets no further.
		if now == 0 || now == left {
			return nil
		}
		left = now
	}
}

// emptyLog moves the whole write-ahead log into the database and cuts it to nothing.
func (s *Store) emptyLog(ctx context.Context) error {
	for {
		var st logState
		err := s.alone(ctx, func(c *conn) (err error) {
			// The writer waits for readers with the patience of one write, not with that of a lock.
			if err := c.exec(fmt.Sprintf("PRAGMA busy_timeout(%d)", truncateWait)); err != nil {
				return err
			}
			st, err = checkpoint(c, "TRUNCATE")
			return errors.Join(err, c.exec("PRAGMA busy_timeout(5000)"))
		})
		if err != nil {
			return err
		}
		if !st.busy {
			return nil
		}
		retry := time.NewTimer(truncateRetry)
		select {
		case <-retry.C:
		case <-ctx.Done():
			retry.Stop()
			return &appliance.Error{
				Code: appliance.CodeBusy,
				Message: "What was deleted is gone from the tables, but a long read still keeps copies of it in the " +
					"log of the database. It will be tried again.",
				RetryAfter: 5,
				Err:        ctx.Err(),
			}
		}
	}
}
