package server_test

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/backup"
	"harmonium/appliance/server"
	"harmonium/appliance/store"
	"harmonium/appliance/testkit"
)

// slowStick takes nothing before it is let.
type slowStick struct {
	began sync.Once
	begun chan struct{}
	let   chan struct{}
}

func (s *slowStick) Write(p []byte) (int, error) {
	s.began.Do(func() { close(s.begun) })
	<-s.let
	return len(p), nil
}

// A backup that is being written to something slow has its copy of the database in the data directory for all that time.
func TestNoReceiptSaysThatNoFileHoldsItWhileABackupDoes(t *testing.T) {
	b := testkit.Server(t)
	var s struct{ ID appliance.SessionID }
	if status := b.Call("POST", "/api/v1/sessions", map[string]any{"topic": "Handover", "goal": "Learn"}, &s); status != 201 {
		t.Fatalf("answered with %d", status)
	}
	much := make([]byte, 16<<20) // more than lies between the box and the stick
	rand.Read(much)
	at := filepath.Join(b.Dir, "tls", "much")
	if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o700), os.WriteFile(at, much, 0o600)); err != nil {
		t.Fatal(err)
	}
	maker, done, err := server.Backups(t.Context(), server.Config{Data: b.Dir})
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	_, recipient, err := backup.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	stick, made := &slowStick{begun: make(chan struct{}), let: make(chan struct{})}, make(chan error, 1)
	go func() {
		_, err := maker.Make(t.Context(), stick, backup.Order{Secret: backup.Secret{Recipients: []string{recipient}}})
		made <- err
	}()
	<-stick.begun
	gone, err := b.Store().DeleteSession(t.Context(), store.By{Actor: "test"}, s.ID)
	if err != nil {
		t.Fatal(err)
	}
	wiped := func() bool {
		r, err := b.Store().Receipt(t.Context(), gone.Receipt)
		if err != nil {
			t.Fatal(err)
		}
		return !r.WipedAt.IsZero()
	}
	scrub, err := b.Store().Enqueue(t.Context(), appliance.JobScrub, "", "")
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool {
		j, err := b.Store().Job(t.Context(), scrub)
		return err == nil && j.State == appliance.JobDone
	})
	if copies, _ := filepath.Glob(filepath.Join(b.Dir, "backup-work", "*", store.DatabaseFile)); len(copies) != 1 {
		t.Fatalf("%d copies: the test proves nothing", len(copies))
	}
	if wiped() {
		t.Error("the receipt says that no file holds it, and the copy does")
	}
	close(stick.let)
	if err := <-made; err != nil {
		t.Fatal(err)
	}
	waitFor(t, wiped)
}
