package auth

import (
	"sync"
	"time"

	"harmonium/appliance"
)

// Limit says how many wrong guesses a Guard lets pass.
type Limit struct {
	Window time.Duration // how long a failure is remembered
	Max    int           // at most so many failures in a window; then a guess waits until the oldest is forgotten
	Free   int           // after so many failures each further guess waits: 1 s, then 2, 4, 8 … up to MaxDelay
}

// MaxDelay is the longest delay between two guesses before Limit.Max is reached.
const MaxDelay = time.Minute

// guardKeys bounds the memory of a Guard: when more keys have failed within the window, those whose last failure is
// the oldest are forgotten.
const guardKeys = 20_000

// Guard slows down guessing: it counts failures by key (an address, an account at an address) and says who must wait.
// It lives in memory; a restart forgets. Safe for concurrent use.
//
// A guess counts as a failure from Begin until it is known to be right, so that many guesses sent at the same moment
// are counted like those sent one after the other.
type Guard struct {
	clock appliance.Clock
	limit Limit

	mu   sync.Mutex
	keys map[string]*guesses
}

type guesses struct {
	failed []time.Time // oldest first, at most Limit.Max
	open   int         // begun, not yet known to be right or wrong
}

// NewGuard makes a Guard. It panics when limit has no window or no maximum, which would let everything pass.
func NewGuard(clock appliance.Clock, limit Limit) *Guard {
	if limit.Window <= 0 || limit.Max <= 0 {
		panic("auth: a guard without a limit")
	}
	return &Guard{clock: clock, limit: limit, keys: make(map[string]*guesses)}
}

// Begin counts a guess at key. When it must wait, nothing is counted and wait says how long; otherwise wait is 0 and
// exactly one of Right and Wrong must follow for the same key.
func (g *Guard) Begin(key string) (wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock()
	at := g.keys[key]
	if at == nil {
		g.makeRoom(now)
		g.keys[key] = &guesses{open: 1}
		return 0
	}
	at.forget(now, g.limit.Window)
	if wait := at.wait(now, g.limit); wait > 0 {
		return wait
	}
	at.open++
	return 0
}

// Right takes back a guess that was right, and with it what has failed at the key when forgive is set.
func (g *Guard) Right(key string, forgive bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	at := g.keys[key]
	if at == nil {
		return // forgotten for want of room
	}
	at.open--
	if forgive {
		at.failed = nil
	}
	if at.open <= 0 && len(at.failed) == 0 {
		delete(g.keys, key)
	}
}

// Wrong keeps a guess as a failure.
func (g *Guard) Wrong(key string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock()
	at := g.keys[key]
	if at == nil {
		g.makeRoom(now)
		at = &guesses{open: 1}
		g.keys[key] = at
	}
	at.open--
	at.failed = append(at.failed, now)
	if extra := len(at.failed) - g.limit.Max; extra > 0 {
		at.failed = at.failed[extra:]
	}
}

// forget drops what is older than the window. A failure in the future (the clock was set back) counts as one of now,
// so that nobody waits for a time that was wrong.
func (a *guesses) forget(now time.Time, window time.Duration) {
	kept := a.failed[:0]
	for _, t := range a.failed {
		if t.After(now) {
			t = now
		}
		if now.Sub(t) < window {
			kept = append(kept, t)
		}
	}
	a.failed = kept
}

func (a *guesses) wait(now time.Time, l Limit) time.Duration {
	n := len(a.failed)
	if n+a.open >= l.Max {
		if n == 0 {
			return time.Second // all are still being checked
		}
		return max(a.failed[0].Add(l.Window).Sub(now), time.Second)
	}
	if n == 0 || n+a.open < l.Free {
		return 0
	}
	delay := MaxDelay
	if doublings := n + a.open - l.Free; doublings < 6 {
		delay = time.Second << doublings
	}
	return max(0, a.failed[n-1].Add(delay).Sub(now))
}

// makeRoom keeps the number of keys bounded. Callers hold mu.
func (g *Guard) makeRoom(now time.Time) {
	if len(g.keys) < guardKeys {
		return
	}
	for key, at := range g.keys {
		at.forget(now, g.limit.Window)
		if at.open <= 0 && len(at.failed) == 0 {
			delete(g.keys, key)
		}
	}
	if len(g.keys) < guardKeys {
		return
	}
	// Still full: somebody fails with ever new keys. Half of them go at once, so that this is done seldom.
	keys := make([]string, 0, len(g.keys))
	for key, at := range g.keys {
		if at.open <= 0 {
			keys = append(keys, key)
		}
	}
	appliance.Sort(keys, func(a, b string) int {
		return g.keys[a].last().Compare(g.keys[b].last())
	})
	for _, key := range keys[:len(keys)/2] {
		delete(g.keys, key)
	}
}

func (a *guesses) last() time.Time { return a.failed[len(a.failed)-1] }
