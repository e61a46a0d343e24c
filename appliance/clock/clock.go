// Package clock keeps the time of the box when the clock of the machine is moved while it runs, or is wrong when it starts.
//
// The time of the box is that of the machine as long as both go on together. They are compared with what the kernel counts
// since the machine was started, which nobody can set. When the machine's clock is moved by more than Slack, the box does
// not follow: its own time goes on as time has passed. So a clock that is wrong deletes nothing, ends no log-in and makes
// none last longer, whatever part of the program asks for the time. The box follows
//
//   - when the machine's clock comes back to its own time;
//   - by itself, when the difference is at most FollowedAlone and the machine's clock has not been moved again for
//     SteadyFor: a clock that was corrected;
//   - at once, when its own time was never more than a guess, since the machine started with a clock that cannot be right;
//   - whatever the difference is, when an administrator says that the machine's clock is right (Follow).
//
// What the box knows of the time is kept in a file in the data directory, so that a clock that is wrong at the start is
// found too: it is not believed when it is before the time at which the box was at work last, or more than LongestRest
// after it. A box that starts for the first time has nothing to compare with, but Earliest and Latest.
package clock

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"harmonium/appliance"
)

// How much is believed.
const (
	Slack         = 5 * time.Minute
	FollowedAlone = 24 * time.Hour
	SteadyFor     = time.Hour
	LongestRest   = 400 * 24 * time.Hour
)

// File is the name of the file in the data directory that has the time at which the box was at work last.
const File = "clock.json"

// keepEvery is how often the file is written.
const keepEvery = 10 * time.Minute

// Earliest is before every time that can be right: the program was not there yet. Latest is after all of them.
func Earliest() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

// Latest is when nobody uses this version of the program any more.
func Latest() time.Time { return Earliest().AddDate(25, 0, 0) }

// Running is how long the machine has been running, with the time that it slept (CLOCK_BOOTTIME in clock_gettime(2)).
func Running() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return 0 // no kernel since 2.6.39 refuses; nothing would count as moved
	}
	return time.Duration(t.Nano())
}

// State is how the two times are.
type State struct {
	Box     time.Time
	Machine time.Time
	// Apart says that the box does not follow the machine's clock, Since when by its own time.
	Apart bool
	Since time.Time
	// Alone says that the box will follow by itself, when the machine's clock stays as it is.
	Alone bool
}

// String names both times, for the audit trail.
func (s State) String() string {
	return "from " + s.Box.UTC().Format(time.RFC3339) + " to " + s.Machine.UTC().Format(time.RFC3339)
}

// Keeper keeps the time of one box. It may be used by several goroutines.
type Keeper struct {
	machine appliance.Clock
	running func() time.Duration
	path    string
	log     *slog.Logger
	changed chan struct{} // holds a token when the file should be written

	writing sync.Mutex // of the file

	mu    sync.Mutex
	own   time.Time // when running was ran
	ran   time.Duration
	apart bool
	since time.Time
	shift time.Duration // by which the machine's clock was ahead when it was moved last
	moved time.Duration // running then
	guess bool          // own began at last, since the clock at the start was not believed
	last  time.Time     // at which the box was at work before
}

// New makes a keeper for the box with the data directory dir, which need not be there yet. Nothing is written before Run.
func New(dir string, machine appliance.Clock, running func() time.Duration, log *slog.Logger) *Keeper {
	k := &Keeper{machine: machine, running: running, path: filepath.Join(dir, File), log: log, changed: make(chan struct{}, 1)}
	k.own, k.ran = machine(), running()
	if last, ok := k.read(); ok {
		k.begin(last)
	}
	return k
}

// record is what the file holds.
type record struct {
	At    time.Time `json:"at"`                 // the time of the box when it was written
	Ahead int64     `json:"ahead_ms,omitempty"` // by which the machine's clock was ahead that the box did not follow
}

func (k *Keeper) read() (r record, ok bool) {
	raw, err := os.ReadFile(k.path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, false
	}
	if err == nil {
		err = json.Unmarshal(raw, &r)
	}
	if err != nil || r.At.IsZero() {
		k.log.Warn("when the box was at work last is not known; the clock of the machine is believed", "error", err)
		return r, false
	}
	return r, true
}

// begin compares the machine's clock with what was known at the end of the last run.
func (k *Keeper) begin(last record) {
	machine, ahead := k.own, time.Duration(last.Ahead)*time.Millisecond
	switch {
	case ahead > 0 && plausible(machine.Add(-ahead), last.At): // it is still as wrong as it was
		k.own = machine.Add(-ahead)
	case plausible(machine, last.At):
		return
	default:
		k.own, k.guess, k.last = last.At, true, last.At
	}
	k.apart, k.since, k.shift, k.moved = true, k.own, machine.Sub(k.own), k.ran
	k.log.Warn("the clock of the machine is not believed; the box goes by its own time", "machine", machine, "box", k.own)
}

// plausible says whether a box that was at work at last can be at now.
func plausible(now, last time.Time) bool {
	return !now.Before(last.Add(-Slack)) && now.Before(last.Add(LongestRest))
}

// Now is the time of the box: an appliance.Clock.
func (k *Keeper) Now() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.look()
	return k.own.Truncate(time.Millisecond)
}

// State tells how the two times are.
func (k *Keeper) State() State {
	k.mu.Lock()
	defer k.mu.Unlock()
	machine := k.look()
	s := State{Box: k.own.Truncate(time.Millisecond), Machine: machine, Apart: k.apart}
	if k.apart {
		s.Since, s.Alone = k.since, machine.Sub(k.own).Abs() <= FollowedAlone
	}
	return s
}

// Follow has the box go by the machine's clock, because somebody who knows says that it is right. Where the two are not
// apart nothing changes.
func (k *Keeper) Follow() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if machine := k.look(); k.apart {
		k.follow(machine)
	}
}

// look lets the time go on that has passed since the last look, and gives the machine's time. k.mu is held.
func (k *Keeper) look() (machine time.Time) {
	machine = k.machine()
	ran := k.running()
	k.own, k.ran = k.own.Add(ran-k.ran), ran
	shift := machine.Sub(k.own)
	switch {
	case shift.Abs() <= Slack && k.apart:
		k.follow(machine)
	case shift.Abs() <= Slack:
		k.own = machine
	case !k.apart || (shift-k.shift).Abs() > Slack:
		k.movedTo(machine, shift)
	case shift.Abs() <= FollowedAlone && k.ran-k.moved >= SteadyFor:
		k.follow(machine)
	}
	return machine
}

// movedTo notes that the machine's clock was moved, which it is followed in when the box's own time was only a guess.
func (k *Keeper) movedTo(machine time.Time, shift time.Duration) {
	if !k.apart {
		k.since = k.own
	}
	k.apart, k.shift, k.moved = true, shift, k.ran
	guessed := k.own.Before(Earliest()) && !machine.Before(Earliest()) || k.guess && plausible(machine, k.last)
	if guessed {
		k.follow(machine)
		return
	}
	k.tell()
	k.log.Warn("the clock of the machine was moved; the box goes by its own time, so that nothing ends or is deleted by it",
		"machine", machine, "box", k.own)
}

func (k *Keeper) follow(machine time.Time) {
	k.log.Info("the box goes by the clock of the machine again", "machine", machine, "box", k.own)
	k.own, k.apart, k.guess = machine, false, false
	k.tell()
}

func (k *Keeper) tell() {
	select {
	case k.changed <- struct{}{}:
	default:
	}
}

// Run writes down which time it is, until ctx ends.
func (k *Keeper) Run(ctx context.Context) {
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	for {
		if err := k.Keep(); err != nil {
			k.log.Warn("which time it is was not written down; it is tried again", "error", err)
		}
		select {
		case <-tick.C:
		case <-k.changed:
		case <-ctx.Done():
			if err := k.Keep(); err != nil {
				k.log.Warn("which time it is was not written down", "error", err)
			}
			return
		}
	}
}

// Keep writes down which time it is, whole or not at all.
func (k *Keeper) Keep() error {
	k.writing.Lock()
	defer k.writing.Unlock()
	s := k.State()
	r := record{At: s.Box.UTC()}
	if s.Apart {
		r.Ahead = s.Machine.Sub(s.Box).Milliseconds()
	}
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	part := k.path + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	return os.Rename(part, k.path)
}
