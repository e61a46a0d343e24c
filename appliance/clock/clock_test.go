package clock_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"harmonium/appliance/clock"
)

var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// machine is one whose clock can be set, beside what its kernel counts.
type machine struct {
	t   *testing.T
	dir string
	set time.Time // its clock when ran was 0
	ran time.Duration
	log bytes.Buffer
}

func newMachine(t *testing.T, at time.Time) *machine {
	return &machine{t: t, dir: t.TempDir(), set: at}
}

func (m *machine) clock() time.Time       { return m.set.Add(m.ran) }
func (m *machine) running() time.Duration { return m.ran }
func (m *machine) pass(d time.Duration)   { m.ran += d }
func (m *machine) move(d time.Duration)   { m.set = m.set.Add(d) }
func (m *machine) box() *clock.Keeper {
	return clock.New(m.dir, m.clock, m.running, slog.New(slog.NewTextHandler(&m.log, nil)))
}
func (m *machine) ahead(k *clock.Keeper) time.Duration { return k.Now().Sub(m.clock()) }

// stop has a keeper write down what it knows, as a server does that ends.
func (m *machine) stop(k *clock.Keeper) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	k.Run(ctx)
}

// boxAgain is the box after its machine was off for a while, and came back with its clock moved by so much.
func (m *machine) boxAgain(off, moved time.Duration) *clock.Keeper {
	m.set, m.ran = m.clock().Add(off+moved), 0
	return m.box()
}

func TestTheBoxGoesByTheClockOfTheMachine(t *testing.T) {
	m := newMachine(t, noon)
	k := m.box()
	for range 100 {
		m.pass(time.Hour)
		m.move(time.Minute) // corrected again and again, as by NTP
		if got := m.ahead(k); got != 0 || k.State().Apart {
			t.Fatalf("the box is %v ahead", got)
		}
	}
	if m.log.Len() > 0 {
		t.Errorf("it logs %s", &m.log)
	}
}

func TestAMovedClockIsNotFollowed(t *testing.T) {
	for _, tt := range []struct {
		name string
		by   time.Duration
	}{
		{"ten years ahead", 10 * 365 * 24 * time.Hour}, {"two days ahead", 48 * time.Hour},
		{"two days back", -48 * time.Hour}, {"to 1970", time.Unix(0, 0).Sub(noon)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newMachine(t, noon)
			k := m.box()
			m.pass(time.Hour)
			m.move(tt.by)
			for range 1000 {
				if got := m.ahead(k); got != -tt.by {
					t.Fatalf("the box is %v ahead", got)
				}
				m.pass(time.Hour)
			}
			s := k.State()
			if !s.Apart || s.Alone || !s.Since.Equal(noon.Add(time.Hour)) || s.Machine.Sub(s.Box) != tt.by {
				t.Errorf("%+v", s)
			}
			if n := strings.Count(m.log.String(), "\n"); n != 1 || !strings.Contains(m.log.String(), "was moved") {
				t.Errorf("it logs %d lines: %s", n, &m.log)
			}
			m.move(-tt.by + time.Minute)
			if got := m.ahead(k); got != 0 || k.State().Apart {
				t.Errorf("when the clock is right again, the box is %v ahead", got)
			}
		})
	}
}

// A machine that was asleep, or a virtual one that stood still, is corrected by hours and not by years.
func TestAClockThatWasCorrectedByHoursIsFollowedWhenItIsSteady(t *testing.T) {
	for _, by := range []time.Duration{3 * time.Hour, -3 * time.Hour} {
		m := newMachine(t, noon)
		k := m.box()
		m.move(by)
		if s := k.State(); !s.Apart || !s.Alone {
			t.Errorf("%+v", s)
		}
		m.pass(clock.SteadyFor - time.Minute)
		m.move(-time.Hour) // moved once more: it has to be steady from now on
		if got := m.ahead(k); got != time.Hour-by {
			t.Errorf("the box is %v ahead", got)
		}
		m.pass(clock.SteadyFor - time.Minute)
		if !k.State().Apart {
			t.Error("followed too early")
		}
		m.pass(time.Minute)
		if got := m.ahead(k); got != 0 {
			t.Errorf("the box is %v ahead", got)
		}
	}
}

func TestAnAdministratorSaysThatTheClockIsRight(t *testing.T) {
	m := newMachine(t, noon)
	k := m.box()
	m.move(100 * 24 * time.Hour)
	k.Now()
	if got, want := k.State().String(), "from 2026-11-30T12:00:00Z to 2027-03-10T12:00:00Z"; got != want {
		t.Errorf("apart %s, want %s", got, want)
	}
	k.Follow()
	if m.ahead(k) != 0 || k.State().Apart {
		t.Error("the box does not follow")
	}
	if k.Follow(); m.ahead(k) != 0 {
		t.Error("it does not follow any more")
	}
}

// A restart is no confirmation: the clock is as wrong as before.
func TestAWrongClockIsFoundAtTheStart(t *testing.T) {
	const day = 24 * time.Hour
	for _, tt := range []struct {
		name       string
		off, moved time.Duration
		apart      bool
	}{
		{"a box that was off for a night", 10 * time.Hour, 0, false},
		{"a box that was off for a year", 365 * day, 0, false},
		{"a clock that is a minute behind", 0, -time.Minute, false},
		{"a clock that is ten years ahead", day, 3650 * day, true},
		{"a clock that is an hour behind", 0, -time.Hour, true},
		{"a clock that has no battery", day, time.Unix(0, 0).Sub(noon.Add(day)), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newMachine(t, noon)
			m.stop(m.box())
			k := m.boxAgain(tt.off, tt.moved)
			if s := k.State(); s.Apart != tt.apart || tt.apart && !s.Box.Equal(noon) {
				t.Errorf("%+v", s)
			}
			m.pass(time.Minute)
			m.move(-tt.moved) // somebody, or the network, sets it right
			if got := m.ahead(k); got != 0 || k.State().Apart {
				t.Errorf("when the clock is right, the box is %v ahead", got)
			}
		})
	}
}

func TestAStartDoesNotBelieveWhatTheBoxDidNotFollowBefore(t *testing.T) {
	const moved = 100 * 24 * time.Hour // which could be the time that a box was off
	m := newMachine(t, noon)
	k := m.box()
	m.move(moved)
	k.Now()
	m.stop(k)
	again := m.boxAgain(time.Hour, 0)
	if s := again.State(); !s.Apart || !s.Box.Equal(noon.Add(time.Hour)) {
		t.Errorf("%+v", s)
	}
	again.Follow()
	m.stop(again)
	if s := m.boxAgain(time.Hour, 0).State(); s.Apart {
		t.Errorf("after an administrator has said that it is right: %+v", s)
	}
}

// The first start has nothing to compare with. What it makes of a machine without a battery is mended by the first time
// that can be right.
func TestAFirstStartIn1970FollowsAsSoonAsTheClockCanBeRight(t *testing.T) {
	m := newMachine(t, time.Unix(0, 0).UTC())
	k := m.box()
	m.pass(time.Minute)
	if got := m.ahead(k); got != 0 {
		t.Errorf("the box is %v ahead", got)
	}
	m.stop(k)
	k = m.boxAgain(0, 0)
	m.move(noon.Sub(m.clock()))
	if got := m.ahead(k); got != 0 || k.State().Apart {
		t.Errorf("the box is %v ahead", got)
	}
}

func TestADamagedFileIsNotBelieved(t *testing.T) {
	m := newMachine(t, noon)
	if err := os.WriteFile(filepath.Join(m.dir, clock.File), []byte(`{"at":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if k := m.box(); m.ahead(k) != 0 || !strings.Contains(m.log.String(), "is not known") {
		t.Errorf("it logs %s", &m.log)
	}
}

func TestTheKernelCountsOn(t *testing.T) {
	first := clock.Running()
	if second := clock.Running(); first <= 0 || second < first {
		t.Errorf("%v, then %v", first, second)
	}
}
