package testkit

import (
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// Store opens a new, empty store in a directory of the test, on the clock of the machine or on the one given, and
// closes it when the test ends.
func Store(t testing.TB, clock ...appliance.Clock) *store.Store {
	t.Helper()
	o := store.Options{Dir: t.TempDir(), Clock: appliance.SystemClock, BallastBytes: -1}
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
