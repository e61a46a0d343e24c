// Package meter counts how long things take, for the figures of the box. It keeps numbers only: what was measured is named
// by the program, never by what somebody said.
package meter

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// bounds are the upper ends of the classes into which times are counted, in seconds: from what nobody notices to what
// nobody waits for.
var bounds = []float64{0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 20, 60}

// Times counts times under names. The zero value is ready; all methods are safe for concurrent use, and a nil Times
// counts nothing.
type Times struct {
	mu sync.Mutex
	of map[string]*Distribution
}

// Distribution is how long something took, all in all.
type Distribution struct {
	Name  string
	Below []int64 // for each of Bounds how many took at most so long
	Count int64
	Sum   time.Duration
}

// Bounds gives the upper ends of the classes, in seconds.
func Bounds() []float64 { return slices.Clone(bounds) }

// Add counts one time under a name. Names are few: each is kept for good.
func (t *Times) Add(name string, took time.Duration) {
	if t == nil {
		return
	}
	took = max(0, took)
	t.mu.Lock()
	defer t.mu.Unlock()
	d := t.of[name]
	if d == nil {
		if t.of == nil {
			t.of = make(map[string]*Distribution)
		}
		d = &Distribution{Name: name, Below: make([]int64, len(bounds))}
		t.of[name] = d
	}
	d.Count++
	d.Sum += took
	for i, bound := range bounds {
		if took.Seconds() <= bound {
			d.Below[i]++
		}
	}
}

// All gives what was counted, by name.
func (t *Times) All() []Distribution {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []Distribution
	for _, name := range slices.Sorted(maps.Keys(t.of)) {
		d := *t.of[name]
		d.Below = slices.Clone(d.Below)
		list = append(list, d)
	}
	return list
}
