package store_test

import (
	"fmt"
	"strings"
	"testing"

	"harmonium/appliance/store"
)

func TestLogStaysSmallUnderConstantWriting(t *testing.T) {
	s := newNotes(t)
	text := strings.Repeat("x", 64<<10)
	var largest int64
	for i := range 3 * store.CheckpointPages / 16 {
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec("INSERT INTO notes (id, text) VALUES (?, ?)", noteID(i), text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		largest = max(largest, s.Stats().WALBytes)
	}
	if n := s.Stats().Checkpoints; n == 0 {
		t.Error("no checkpoint was made")
	}
	if limit := int64(2 * store.CheckpointPages * 4096); largest > limit {
		t.Errorf("the log grew to %d bytes, want at most %d", largest, limit)
	}
}

func TestLogThatCannotBeEmptiedIsReported(t *testing.T) {
	var log logLines
	o := testOptions(t.TempDir())
	o.Log = log.logger()
	s := openNotes(t, o)
	add(t, s, "a")
	text := strings.Repeat("x", 1<<20)
	err := s.Read(t.Context(), func(tx *store.Tx) error {
		if err := tx.QueryRow("SELECT count(*) FROM notes").Scan(new(int)); err != nil {
			return err
		}
		for i := 0; !log.contain("log grows"); i++ {
			if n := s.Stats().WALBytes; n > 4*store.LogAlarm {
				return fmt.Errorf("a log of %d bytes is not reported", n)
			}
			err := s.Write(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Exec("INSERT INTO notes (id, text) VALUES (?, ?)", noteID(i), text)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := s.Stats().WALBytes; n < store.LogAlarm {
		t.Errorf("a log of %d bytes was reported", n)
	}
}
