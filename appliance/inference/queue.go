package inference

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Lane says how urgent a request is.
type Lane int

// The lanes. Whoever waits in a conversation goes before all work in the background, and takes the slot of such work
// where none is free: that begins anew later, unless somebody has already read a part of its answer.
const (
	Interactive Lane = iota
	Background
	lanes
)

// maxWaiting bounds each lane. Beyond it a request is refused at once: it would be served by rules long before.
const maxWaiting = 1000

// Place is where a request stands in the queue.
type Place struct {
	Ahead  int           // requests that will be begun before it
	Expect time.Duration // until it is begun, from how long requests took lately; 0 when none was measured yet
}

// errYield is why a request in the background is interrupted: its slot is needed.
var errYield = errors.New("inference: the slot is needed by a conversation")

// queue shares the slots of a model among those who wait. Within a lane everybody has a turn before anybody has a
// second one: a ticket of an owner stands behind one ticket of each other owner. All methods are safe for concurrent
// use.
type queue struct {
	mu      sync.Mutex
	slots   int
	running map[*ticket]bool
	kept    map[string]*time.Timer // slots that are kept free, by the owner for whom
	waiting [lanes][]*ticket       // in the order in which they are served
	round   [lanes]int             // of the ticket that was served last
	last    [lanes]map[string]int  // the newest round of each owner who waits or runs
	held    time.Duration          // how long a slot was held in the interactive lane, on a moving average
}

// ticket is one request from the moment it waits until its slot is free again.
type ticket struct {
	lane   Lane
	owner  string
	round  int
	turn   chan struct{} // closed when it has a slot
	yield  context.CancelCauseFunc
	yields bool // can be interrupted
	asked  bool // to yield
	keeps  bool // another one of its owner follows at once, in the same slot
}

// keptFor is how long a slot is kept free for the request that follows at once. The program needs a few milliseconds
// between the two; in another slot, Ollama would have to read the whole conversation again.
const keptFor = 100 * time.Millisecond

func newQueue(slots int) *queue {
	q := &queue{slots: max(1, slots), running: make(map[*ticket]bool), kept: make(map[string]*time.Timer)}
	for lane := range q.last {
		q.last[lane] = make(map[string]int) // what an owner has in the background costs them no turn in a conversation
	}
	return q
}

// enter waits for a slot. told, which may be nil, hears of the place in the queue at once when there is a wait, and
// about every second after. The context that is given ends with ctx, and with errYield when the slot is needed. leave
// must be called once with the time for which the slot was held.
func (q *queue) enter(ctx context.Context, t *ticket, told func(Place)) (held context.Context, leave func(time.Duration), err error) {
	t.turn = make(chan struct{})
	held, t.yield = context.WithCancelCause(ctx)
	if !q.add(t) {
		t.yield(nil)
		return nil, nil, &Failure{Kind: Full}
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if told != nil {
			if p, waits := q.place(t); waits {
				told(p)
			}
		}
		select {
		case <-t.turn:
			return held, func(took time.Duration) { q.remove(t, took) }, nil
		case <-ctx.Done():
			q.remove(t, 0)
			return nil, nil, ctx.Err()
		case <-tick.C:
		}
	}
}

// add puts a ticket into its lane; false when the lane is full.
func (q *queue) add(t *ticket) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	lane := q.waiting[t.lane]
	if len(lane) >= maxWaiting {
		return false
	}
	if timer, ok := q.kept[t.owner]; ok {
		timer.Stop()
		delete(q.kept, t.owner)
		t.round = q.round[t.lane]
		q.running[t] = true
		close(t.turn)
		return true
	}
	t.round = q.round[t.lane]
	if n, waits := q.last[t.lane][t.owner]; waits {
		t.round = max(t.round, n+1)
	}
	q.last[t.lane][t.owner] = t.round
	at, _ := slices.BinarySearchFunc(lane, t.round+1, func(other *ticket, round int) int { return other.round - round })
	q.waiting[t.lane] = slices.Insert(lane, at, t)
	q.serve()
	return true
}

// remove takes out a ticket that waits no longer, or frees its slot.
func (q *queue) remove(t *ticket, took time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	t.yield(nil)
	if q.running[t] {
		delete(q.running, t)
		if t.lane == Interactive && took > 0 {
			q.held = average(q.held, took)
		}
		if t.keeps && t.owner != "" {
			q.keep(t.owner)
		}
	} else if at := slices.Index(q.waiting[t.lane], t); at >= 0 {
		q.waiting[t.lane] = slices.Delete(q.waiting[t.lane], at, at+1)
	}
	if last := q.last[t.lane]; last[t.owner] == t.round {
		delete(last, t.owner)
	}
	q.serve()
}

// keep keeps a slot free for an owner for a moment. q.mu is held.
func (q *queue) keep(owner string) {
	var timer *time.Timer
	timer = time.AfterFunc(keptFor, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		if q.kept[owner] == timer {
			delete(q.kept, owner)
			q.serve()
		}
	})
	q.kept[owner] = timer
}

// serve gives free slots to those who wait, and asks for slots back where a conversation waits. q.mu is held.
func (q *queue) serve() {
	for lane := range lanes {
		for len(q.waiting[lane]) > 0 && len(q.running)+len(q.kept) < q.slots {
			t := q.waiting[lane][0]
			q.waiting[lane] = slices.Delete(q.waiting[lane], 0, 1)
			q.round[lane] = t.round
			q.running[t] = true
			close(t.turn)
		}
	}
	wanted := len(q.waiting[Interactive])
	for t := range q.running {
		if t.asked {
			wanted--
		}
	}
	for t := range q.running {
		if wanted > 0 && t.yields && !t.asked {
			t.asked = true
			t.yield(errYield)
			wanted--
		}
	}
}

// place says where a ticket stands; false when it does not wait.
func (q *queue) place(t *ticket) (Place, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	ahead := slices.Index(q.waiting[t.lane], t)
	if ahead < 0 {
		return Place{}, false
	}
	if t.lane == Background {
		ahead += len(q.waiting[Interactive])
	}
	return Place{Ahead: ahead, Expect: q.held * time.Duration(ahead+1) / time.Duration(q.slots)}, true
}

// load says how many requests wait in each lane and how many run.
func (q *queue) load() (interactive, background, running int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting[Interactive]), len(q.waiting[Background]), len(q.running)
}

// average is a moving average in which the newest value has a fifth of the weight; the first value is taken whole.
func average[T ~int64 | ~float64](before, now T) T {
	if before == 0 {
		return now
	}
	return before + (now-before)/5
}
