package store_test

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

const planted = 400

// plant writes planted notes that hold one word each found nowhere else, among others.
func plant(t *testing.T, s *store.Store) {
	t.Helper()
	for i := range planted {
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			for j := range 5 {
				id := fmt.Sprintf("other_%d_%d", i, j)
				if err := insertNote(id, fmt.Sprintf("ordinary words number %d of many", i*5+j))(tx); err != nil {
					return err
				}
			}
			return insertNote("planted_"+noteID(i), "nobody may read "+plantedWord(i)+" again")(tx)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// plantedWord gives a word whose last part is told by plantedTail: the search index compresses the beginnings of
// words, so that only the ends can be looked for.
func plantedWord(i int) string { return "planted" + plantedTail(i) }

func plantedTail(i int) string {
	h := fnv.New64a()
	fmt.Fprint(h, "planted ", i)
	return fmt.Sprintf("%016x", h.Sum64())
}

// found counts the planted words in the bytes of all files of dir.
func found(t *testing.T, dir string) (n int) {
	t.Helper()
	var all [][]byte
	for _, name := range names(t, dir) {
		all = append(all, readFile(t, dir, name))
	}
	for i := range planted {
		tail := []byte(plantedTail(i))
		for _, data := range all {
			if bytes.Contains(data, tail) {
				n++
				break
			}
		}
	}
	return n
}

func deletePlanted(t *testing.T, s *store.Store) {
	t.Helper()
	err := s.Erase(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec("DELETE FROM notes WHERE id LIKE 'planted%'")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestScrubbedWordsAreInNoFile(t *testing.T) {
	dir := t.TempDir()
	s := openNotes(t, testOptions(dir))
	plant(t, s)
	if n := found(t, dir); n != planted {
		t.Fatalf("%d of %d planted words found before deleting: the search is wrong", n, planted)
	}
	deletePlanted(t, s)
	// The control: deleting alone, with secure_delete on, leaves them.
	if n := found(t, dir); n == 0 {
		t.Fatal("nothing found after deleting alone: the test proves nothing")
	}
	if err := s.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := found(t, dir); n != 0 {
		t.Errorf("%d of %d planted words found after Scrub", n, planted)
	}
	if n := number(t, s, "SELECT count(*) FROM notes"); n != planted*5 {
		t.Errorf("%d other notes, want %d", n, planted*5)
	}
	if n := number(t, s, "SELECT count(*) FROM notes_fts WHERE notes_fts MATCH 'ordinary'"); n != planted*5 {
		t.Errorf("%d other notes found by the index, want %d", n, planted*5)
	}
	if n := number(t, s, "PRAGMA freelist_count"); n != 0 {
		t.Errorf("%d free pages kept", n)
	}
}

func TestScrubWorksWhileOthersReadAndWrite(t *testing.T) {
	dir := t.TempDir()
	s := openNotes(t, testOptions(dir))
	plant(t, s)
	ctx, stop := context.WithCancel(t.Context())
	var others sync.WaitGroup
	began := make(chan struct{}, 2)
	others.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			add(t, s, noteID(i))
			if i == 10 {
				began <- struct{}{}
			}
		}
	})
	others.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			number(t, s, "SELECT count(*) FROM notes_fts WHERE notes_fts MATCH 'ordinary'")
			if i == 10 {
				began <- struct{}{}
			}
		}
	})
	<-began
	<-began
	deletePlanted(t, s)
	err := s.Scrub(t.Context())
	n := found(t, dir)
	stop()
	others.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if n != 0 {
		t.Errorf("%d of %d planted words found after Scrub", n, planted)
	}
}

func TestScrubSaysThatAReadHoldsItUp(t *testing.T) {
	s := newNotes(t)
	add(t, s, "a")
	err := s.Read(t.Context(), func(tx *store.Tx) error {
		if err := tx.QueryRow("SELECT count(*) FROM notes").Scan(new(int)); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		add(t, s, "b")
		err := s.Scrub(ctx)
		wantCode(t, err, appliance.CodeBusy)
		wantMessage(t, err, "read", "again")
		add(t, s, "c") // nobody else is held up
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Scrub(t.Context()); err != nil {
		t.Errorf("after the read: %v", err)
	}
	if n := s.Stats().WALBytes; n != 0 {
		t.Errorf("%d bytes of log are left", n)
	}
}

// ballastSize gives the bytes of the ballast file, -1 when there is none.
func ballastSize(t *testing.T, dir string) int64 {
	fi, err := os.Stat(filepath.Join(dir, "ballast"))
	if err != nil {
		return -1
	}
	return fi.Size()
}

func TestBallastTakesSpaceAndGivesItBack(t *testing.T) {
	dir := t.TempDir()
	o := testOptions(dir)
	o.BallastBytes = 8 << 20
	s := openNotes(t, o)
	fi, err := os.Stat(filepath.Join(dir, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	if n := fi.Sys().(*syscall.Stat_t).Blocks * 512; n < 8<<20 {
		t.Errorf("the ballast takes %d bytes of the disk, want %d", n, 8<<20)
	}
	for _, want := range []bool{true, false} {
		released, err := s.ReleaseBallast()
		if released != want || err != nil {
			t.Errorf("released %v, %v; want %v", released, err, want)
		}
	}
	if err := s.EnsureBallast(); err != nil {
		t.Fatal(err)
	}
	if n := ballastSize(t, dir); n != 8<<20 {
		t.Errorf("ballast of %d bytes", n)
	}
	free, total, err := s.DiskSpace()
	if err != nil || free <= 0 || total < free {
		t.Errorf("disk space %d of %d, %v", free, total, err)
	}
}

func TestStoreWithoutBallastMakesNone(t *testing.T) {
	s := newNotes(t)
	if err := s.EnsureBallast(); err != nil {
		t.Error(err)
	}
	if n := ballastSize(t, s.Dir()); n >= 0 {
		t.Errorf("ballast of %d bytes", n)
	}
}
