package store_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	sqlite3 "modernc.org/sqlite/lib"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

var (
	cuts       = flag.Int("cuts", 15, "how many moments of a run are tried for a power cut")
	deviceCuts = flag.Int("device-cuts", 5, "how often a device loses power")
	sweep      = flag.Int("sweep", 25, "every how manieth operation of a disk fails; and in which steps moments of a kill are tried, times four")
)

// senders write at the same time, so that commits carry several writes.
const writers, each = 4, 10

// storeNotes has several senders write notes, and wipes in the middle, so that there are checkpoints. It gives the errors.
func storeNotes(t testing.TB, s *store.Store, d *disk) (refused []error) {
	var mu sync.Mutex
	for half := range 2 {
		var all sync.WaitGroup
		for sender := range writers {
			all.Go(func() {
				for n := range each / 2 {
					id := fmt.Sprintf("note_%d_%d_%d", half, sender, n)
					err := s.Write(t.Context(), insertNote(id, textOf(id)))
					if err == nil {
						d.acknowledge(id)
						continue
					}
					mu.Lock()
					refused = append(refused, err)
					mu.Unlock()
				}
			})
		}
		all.Wait()
		if err := s.Scrub(t.Context()); err != nil {
			refused = append(refused, err)
		}
	}
	return refused
}

// textOf is longer than a sector, so that it can be torn.
func textOf(id string) string { return strings.Repeat("text of "+id+" ", 60) }

// wrong says what is not as it must be in a directory whose process or machine has ended; "" for nothing.
func wrong(t testing.TB, dir string, acknowledged []string) string {
	t.Helper()
	s, err := store.OpenWith(t.Context(), testOptions(dir), notesSchema())
	if err != nil {
		return "it does not open: " + err.Error()
	}
	defer s.Close()
	if err := s.QuickCheck(t.Context()); err != nil {
		return err.Error()
	}
	if err := s.OnWriter(t.Context(), `INSERT INTO notes_fts (notes_fts, rank) VALUES ('integrity-check', 1)`); err != nil {
		return "the search index: " + err.Error()
	}
	kept := map[string]string{}
	err = s.Read(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT id, text FROM notes`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id, text string
			if err := rows.Scan(&id, &text); err != nil {
				return err
			}
			kept[id] = text
		}
		return rows.Err()
	})
	if err != nil {
		return err.Error()
	}
	for _, id := range acknowledged {
		if _, ok := kept[id]; !ok {
			return id + " is lost"
		}
	}
	for id, text := range kept {
		if text != textOf(id) {
			return id + " is torn"
		}
	}
	return ""
}

// lostIn stores notes on a disk with the given durability, and tries power cuts. It says what was wrong after each.
func lostIn(t *testing.T, synchronous string) (found []string) {
	dir := t.TempDir()
	d := watch(t, dir)
	s := openNotes(t, testOptions(dir))
	if err := s.OnWriter(t.Context(), "PRAGMA synchronous = "+synchronous); err != nil {
		t.Fatal(err)
	}
	from := len(d.done)
	if refused := storeNotes(t, s, d); len(refused) > 0 {
		t.Fatal(refused)
	}
	for range *cuts {
		seed := rand.Uint64()
		chance := rand.New(rand.NewPCG(seed, 0))
		at := from + chance.IntN(len(d.done)-from+1)
		after := t.TempDir()
		d.powerCut(t, at, after, chance)
		if w := wrong(t, after, d.acknowledged(at)); w != "" {
			found = append(found, fmt.Sprintf("cut after operation %d of %d, seed %d: %s", at, len(d.done), seed, w))
		}
	}
	return found
}

// A power cut takes what was not synchronised, in any part, and nothing that was acknowledged (promise P4). The control: without
// a synchronised log, acknowledged writes are lost.
func TestNothingAcknowledgedIsLostInAPowerCut(t *testing.T) {
	for _, found := range lostIn(t, "FULL") {
		t.Error(found)
	}
	lost := lostIn(t, "NORMAL")
	if len(lost) == 0 {
		t.Error("nothing is lost without synchronising either, so that the test proves nothing")
	}
	t.Logf("FIGURE power cuts in the record of a disk: 0 of %d lose something; with synchronous=NORMAL %d of %d", *cuts, len(lost), *cuts)
}

// met tells of one run on a disk that fails.
type met struct {
	operation
	refused []error
	opened  bool
	failed  error
	wrong   string
}

// onFailingDisk runs a store on a disk whose operation number n fails, and says what came of it.
func onFailingDisk(t *testing.T, n int, f fault, forever bool) (m met) {
	dir := t.TempDir()
	d := watch(t, dir)
	d.failAt(n, f, forever)
	s, err := store.OpenWith(t.Context(), testOptions(dir), notesSchema())
	if err != nil {
		m.refused = append(m.refused, err)
	} else {
		m.opened = true
		m.refused = storeNotes(t, s, d)
		m.failed = s.Failed()
		s.Close()
	}
	m.operation = d.repair()
	m.wrong = wrong(t, dir, d.acknowledged(len(d.done)))
	return m
}

// Whatever write or synchronisation fails: nothing that was acknowledged is lost, what is not kept is refused in words, a
// full disk lets the store go on and a failing one ends it (promise P5). The control: a disk that lies is found out.
func TestADiskThatFailsAtAnyOperationLosesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		fault
		forever bool
	}{
		"a write fails":                {fault{"write", sqlite3.SQLITE_IOERR_WRITE}, false},
		"all writes fail from then on": {fault{"write truncate", sqlite3.SQLITE_IOERR_WRITE}, true},
		"a synchronisation fails":      {fault{"sync", sqlite3.SQLITE_IOERR_FSYNC}, false},
		"the disk is full for once":    {fault{"write truncate", sqlite3.SQLITE_FULL}, false},
		"the disk is full":             {fault{"write", sqlite3.SQLITE_FULL}, true},
		"the disk becomes read-only":   {fault{"write truncate", sqlite3.SQLITE_READONLY}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tried := 0
			for n := rand.IntN(*sweep); ; n += *sweep {
				m := onFailingDisk(t, n, c.fault, c.forever)
				if m.kind == "" {
					break // fewer operations than that were done
				}
				tried++
				where := fmt.Sprintf("%s of %s number %d", m.kind, m.file, n)
				if m.wrong != "" {
					t.Errorf("%s: %s", where, m.wrong)
				}
				for _, err := range m.refused {
					if code := appliance.CodeOf(err); m.opened && code != appliance.CodeBusy && code != appliance.CodeStorage {
						t.Errorf("%s: refused with %q: %v", where, code, err)
					}
				}
				if full := c.code == sqlite3.SQLITE_FULL; m.opened && full && m.failed != nil {
					t.Errorf("%s: a full disk stopped the store: %v", where, m.failed)
				} else if m.opened && !full && m.failed == nil && len(m.refused) > 0 {
					t.Errorf("%s: the store goes on, on a disk that fails: %v", where, m.refused)
				}
			}
			if tried == 0 {
				t.Error("nothing failed")
			}
			t.Logf("FIGURE %s: 0 lost, 0 corrupt at %d operations", name, tried)
		})
	}
	t.Run("control", func(t *testing.T) {
		found := 0
		for n := 60; found == 0 && n < 400; n += 7 {
			if m := onFailingDisk(t, n, fault{"write", sqlite3.SQLITE_OK}, true); m.kind == "" {
				break
			} else if m.wrong != "" {
				found++
			}
		}
		if found == 0 {
			t.Error("a disk that keeps nothing is not noticed, so that the test proves nothing")
		}
	})
}

// A migration that is killed at any operation, or whose machine loses power there, is gone on with by the next start: the
// database is that of before or after it, and holds what it held (promise P22).
func TestAMigrationThatIsKilledAnywhereLosesNothing(t *testing.T) {
	dir := t.TempDir()
	d := watch(t, dir)
	s := openAt(t, testOptions(dir), versions(1))
	for i := range 20 {
		add(t, s, noteID(i))
	}
	closeStore(t, s)
	from := len(d.done)
	s = openAt(t, testOptions(dir), versions(3))
	want := schema(t, s)
	until := len(d.done)
	closeStore(t, s)
	if until == from {
		t.Fatal("the migration did nothing, so that the test proves nothing")
	}
	states := map[int64]int{}
	for at := from; at <= until; at += max(1, *sweep/4) {
		for _, power := range []bool{false, true} {
			after := t.TempDir()
			if power {
				d.powerCut(t, at, after, rand.New(rand.NewPCG(uint64(at), 1)))
			} else {
				d.killed(t, at, after)
			}
			states[versionIn(t, after)]++
			s, err := store.OpenWith(t.Context(), testOptions(after), versions(3))
			if err != nil {
				t.Fatalf("after operation %d: %v", at-from, err)
			}
			if n := number(t, s, "SELECT count(*) FROM notes WHERE stars = 5"); n != 20 || schema(t, s) != want || s.QuickCheck(t.Context()) != nil {
				t.Errorf("after operation %d: %d notes, or another schema, or damage", at-from, n)
			}
			closeStore(t, s)
		}
	}
	if states[1] == 0 || states[3] == 0 {
		t.Errorf("the moments are all on one side of the migration: %v", states)
	}
}

// versionIn gives the version of the schema in a directory.
func versionIn(t *testing.T, dir string) int64 {
	t.Helper()
	copied := t.TempDir()
	for _, name := range []string{"harmonium.db", "harmonium.db-wal"} {
		if slices.Contains(names(t, dir), name) {
			write(t, filepath.Join(copied, name), string(readFile(t, dir, name)))
		}
	}
	s, err := store.OpenWith(t.Context(), testOptions(copied), versions(3))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, name := range names(t, copied) {
		var version int64
		if _, err := fmt.Sscanf(name, "before-migration-%d-", &version); err == nil {
			return version
		}
	}
	return 3
}

// So is the very first start, of which nothing was to be kept.
func TestAFirstStartThatIsKilledAnywhereIsBegunAnew(t *testing.T) {
	dir := t.TempDir()
	d := watch(t, dir)
	openNotes(t, testOptions(dir))
	for at := 0; at < len(d.done); at += max(1, *sweep/4) {
		for _, power := range []bool{false, true} {
			after := t.TempDir()
			if power {
				d.powerCut(t, at, after, rand.New(rand.NewPCG(uint64(at), 2)))
			} else {
				d.killed(t, at, after)
			}
			if w := wrong(t, after, nil); w != "" {
				t.Errorf("after operation %d of %d (power cut: %t): %s", at, len(d.done), power, w)
			}
		}
	}
}
