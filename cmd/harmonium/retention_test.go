package main_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// exec changes the database beside the server, which is started anew then.
func (k *keeper) exec(query string, args ...any) {
	k.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(k.dir, "harmonium.db")+"?_pragma=busy_timeout(10000)")
	if err == nil {
		_, err = db.Exec(query, args...)
	}
	if err != nil {
		k.t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		k.t.Fatal(err)
	}
}

// found counts those of some words that are in the bytes of any file of the data directory.
func (k *keeper) found(words []string) (n int) {
	k.t.Helper()
	var all []byte
	err := filepath.WalkDir(k.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		all = append(all, raw...)
		return err
	})
	if err != nil {
		k.t.Fatal(err)
	}
	for _, word := range words {
		if bytes.Contains(all, []byte(word)) {
			n++
		}
	}
	return n
}

// unwiped has what is too old be deleted, and says of how many receipts the files are not wiped yet, and how many there are.
func (k *keeper) unwiped() (open, all int) {
	k.t.Helper()
	var box struct {
		Receipts []struct {
			WipedAt *string `json:"wiped_at"`
		}
	}
	if status := k.call(k.key, "POST", "/retention/approve", nil, &box); status != http.StatusOK {
		k.t.Fatalf("answered with %d", status)
	}
	for _, r := range box.Receipts {
		if r.WipedAt == nil {
			open++
		}
	}
	return open, len(box.Receipts)
}

// P7: an hour before its time everything is there; an hour after it nothing, though the server is killed while it deletes.
func TestWhatIsTooOldGoesThoughTheServerIsKilledMeanwhile(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, dir)
	k := newKeeper(t, dir, s)
	words := []string{"Plantedalpha"}
	for i := range 12 {
		words = append(words, fmt.Sprintf("Planted%02dbeta", i))
		k.talked(words[len(words)-1])
	}
	again := func(closed time.Duration) {
		if closed != 0 {
			k.exec(`INSERT OR REPLACE INTO settings (key, value, updated_at) VALUES ('retention', '{"days":30,"recording_days":0}', 0)`)
			k.exec(`UPDATE sessions SET status = 'closed', closed_at = ? WHERE id <> ?`, time.Now().Add(-closed).UnixMilli(), k.kept)
		}
		s.Process.Kill()
		s.end(t)
		s = serve(t, dir)
		k.at(s)
	}
	const period = 30 * 24 * time.Hour
	again(period - time.Hour)
	if _, all := k.unwiped(); all != 0 || k.found(words) != len(words) {
		t.Fatalf("an hour sooner there are %d receipts, and %d of %d words", all, k.found(words), len(words))
	}
	again(period + time.Hour)
	for range 3 {
		open, all := k.unwiped()
		t.Logf("killed with %d of %d receipts open", open, all)
		again(0)
	}
	end := time.Now().Add(time.Minute)
	for {
		if open, all := k.unwiped(); open == 0 && all > 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("it is not finished a minute after the last start")
		}
		<-time.After(20 * time.Millisecond)
	}
	if n := k.found(words); n != 0 || k.said(k.kept) != k.turns {
		t.Errorf("%d of %d words are left; what stays is %q", n, len(words), k.said(k.kept))
	}
}
