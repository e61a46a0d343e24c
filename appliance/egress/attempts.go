package egress

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"harmonium/appliance"
)

// Attempt is a destination that was refused: where to and how often, never what was to be sent.
type Attempt struct {
	Class Class     `json:"class"`
	To    string    `json:"to"` // as it was asked for: "192.0.2.1:443"
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
	Count int64     `json:"count"`
}

// maxAttempts bounds how many destinations are kept by name, and maxTo how long a name may be in bytes. Whoever asks for
// more has its later destinations counted by class only.
const (
	maxAttempts = 256
	maxTo       = 120
)

// attempts keeps what was refused.
type attempts struct {
	clock appliance.Clock

	mu   sync.Mutex
	list map[string]*Attempt // by To
}

func (a *attempts) note(class Class, to string) {
	if len(to) > maxTo {
		to = to[:maxTo]
	}
	now := a.clock().UTC().Truncate(time.Second)
	a.mu.Lock()
	defer a.mu.Unlock()
	known, found := a.list[to]
	if !found {
		if len(a.list) >= maxAttempts {
			return
		}
		known = &Attempt{Class: class, To: to, First: now}
		a.list[to] = known
	}
	known.Last = now
	known.Count++
}

// Attempts gives what was refused, the last first.
func (g *Guard) Attempts() []Attempt {
	g.attempts.mu.Lock()
	defer g.attempts.mu.Unlock()
	list := make([]Attempt, 0, len(g.attempts.list))
	for _, a := range g.attempts.list {
		list = append(list, *a)
	}
	appliance.Sort(list, func(a, b Attempt) int { return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(a.To, b.To)) })
	return list
}

// Remember adds what was refused in earlier runs, as Attempts gave it then. What is broken in it is left out.
func (g *Guard) Remember(earlier []Attempt) {
	g.attempts.mu.Lock()
	defer g.attempts.mu.Unlock()
	for _, a := range earlier {
		if a.Count <= 0 || len(a.To) > maxTo || !slices.Contains(classes[:], a.Class) || len(g.attempts.list) >= maxAttempts {
			continue
		}
		known, found := g.attempts.list[a.To]
		if !found {
			g.attempts.list[a.To] = &a
			continue
		}
		known.Count += a.Count
		if a.First.Before(known.First) {
			known.First = a.First
		}
	}
}
