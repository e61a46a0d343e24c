package testkit

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// Store opens a new, empty store in a directory of the test, on the clock of the machine or on the one given, and
// closes it when the test ends.
func Store(t testing.TB, clock ...appliance.Clock) *store.Store {
	t.Helper()
	o := store.Options{Dir: Dir(t), Clock: appliance.SystemClock, BallastBytes: -1}
	if len(clock) > 0 {
		o.Clock = clock[0]
	}
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatalf("open a store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return s
}

// Dir gives a data directory of the test that holds an empty database of the newest version: what a first start leaves
// after its migrations, which take longer than most tests.
func Dir(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	database, err := migrated()
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, databaseFile), database, 0o600)
	}
	if err != nil {
		t.Fatalf("make an empty database: %v", err)
	}
	return dir
}

const databaseFile = "harmonium.db"

// migrated is an empty database after all migrations, made once for all tests of a package.
var migrated = sync.OnceValues(func() (_ []byte, err error) {
	dir, err := os.MkdirTemp("", "harmonium-test-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(context.Background(), store.Options{Dir: dir, Clock: NewClock().Now, BallastBytes: -1})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, databaseFile))
})
