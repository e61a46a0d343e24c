package egress_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance/egress"
)

func TestRefusedDestinationsAreKept(t *testing.T) {
	now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	g := egress.New(egress.Options{Clock: func() time.Time { return now }})
	first := now
	for range 3 {
		g.DialContext(t.Context(), "tcp", "192.0.2.1:80")
		now = now.Add(time.Minute)
	}
	g.DialContext(t.Context(), "tcp", "name.example:443")
	want := []egress.Attempt{
		{Class: egress.Name, To: "name.example:443", First: now, Last: now, Count: 1},
		{Class: egress.Public, To: "192.0.2.1:80", First: first, Last: now.Add(-time.Minute), Count: 3},
	}
	if diff := cmp.Diff(want, g.Attempts()); diff != "" {
		t.Errorf("attempts (-tried +kept):\n%s", diff)
	}
	earlier := egress.Attempt{Class: egress.Public, To: "192.0.2.1:80", First: first.Add(-time.Hour), Last: first.Add(-time.Hour), Count: 4}
	g.Remember([]egress.Attempt{earlier, {Class: "invented", To: "x", Count: 1}, {Class: egress.Public, To: "y", Count: -1}})
	want[1].First, want[1].Count = earlier.First, 7
	if diff := cmp.Diff(want, g.Attempts()); diff != "" {
		t.Errorf("with those of earlier runs (-tried +kept):\n%s", diff)
	}
}

func TestManyDestinationsTakeBoundedRoom(t *testing.T) {
	g := egress.New(egress.Options{})
	for i := range 600 {
		g.DialContext(t.Context(), "tcp", fmt.Sprintf("192.0.2.1:%d", i+1))
	}
	if n := len(g.Attempts()); n > 256 {
		t.Errorf("%d destinations are kept", n)
	}
	if n := g.Refused()[egress.Public]; n != 600 {
		t.Errorf("%d of 600 were counted", n)
	}
}

// What the kernel offers here is not known, but every way is tried, fast, and answered one way or the other.
func TestEveryWayOutIsTried(t *testing.T) {
	began := time.Now()
	trials := egress.Escape(t.Context())
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("the trials took %v", took)
	}
	ways := map[string]bool{}
	for _, trial := range trials {
		ways[trial.Way] = true
		if trial.Open == (trial.Cause != "") {
			t.Errorf("%+v is neither open nor refused", trial)
		}
		if trial.Way == "tcp" && trial.Open {
			t.Errorf("%+v: a connection was made where no route had been found", trial)
		}
	}
	for _, way := range []string{"udp", "dns", "socket", "raw", "packet"} {
		if !ways[way] {
			t.Errorf("%s was not tried", way)
		}
	}
}
