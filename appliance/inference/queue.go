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

// The lanes. Whoever waits in a conversation goes first, then a host who waits for a draft, then work in the
// background. Who comes later in this order gives up their slot to who comes first, and begins anew later; see
// ticket.firm for what bounds that.
const (
	Interactive Lane = iota // a participant waits
	Host                    // a host waits, or a participant for the words of what was spoken
	Background              // nobody waits
	lanes
)

// maxBroken is how often a request is interrupted for the sake of conversations. After that it comes to its end, so
// that people who talk now and then do not keep results from being made. It bounds the interruptions only: as long as a
// conversation waits at every moment, nothing else is begun.
const maxBroken = 3

// maxWaiting bounds each lane. Beyond it a request is refused at once: it would be served by rules long before.
const maxWaiting = 1000

// Place is where a request stands in the queue.
type Place struct {
	Ahead  int           // requests that will be begun before it
	Expect time.Duration // until it is begun, from how long requests took lately; 0 when none was measured yet
}

// errYield is why a request that is not of a conversation is interrupted: its slot is needed.
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
	held    [lanes]time.Duration   // how long a slot was held, on moving averages
	begun   int                    // requests, since the start
}

// ticket is one request from the moment it waits until its slot is free again.
type ticket struct {
	lane   Lane
	owner  string
	round  int
	turn   chan struct{} // closed when it has a slot
	yield  context.CancelCauseFunc
	whole  bool // cannot begin anew: somebody has heard a part of its answer
	broken int  // so often it was interrupted and begun anew
	firm   bool // it is not interrupted: see serve
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
// must be called once with the time for which the slot was held, 0 when that says nothing about others.
func (q *queue) enter(ctx context.Context, t *ticket, told func(Place)) (
	held context.Context, leave func(time.Duration), err error,
) {
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
	if t.broken > 0 { // it has had its turn, and lost it through no fault of its own
		t.round = q.round[t.lane]
		q.waiting[t.lane] = slices.Insert(lane, 0, t)
		q.serve()
		return true
	}
	if timer, ok := q.kept[t.owner]; ok && t.lane == Interactive { // what an owner has in the background waits its turn
		timer.Stop()
		delete(q.kept, t.owner)
		t.round = q.round[t.lane]
		q.begin(t)
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
		if took > 0 && !t.asked {
			q.held[t.lane] = average(q.held[t.lane], took)
		}
		if t.keeps && t.owner != "" && t.lane == Interactive {
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

// serve gives free slots to those who wait, and asks for slots back: in the background for all who wait, and those of
// hosts for conversations. q.mu is held.
func (q *queue) serve() {
	for lane := range lanes {
		for len(q.waiting[lane]) > 0 && len(q.running)+len(q.kept) < q.slots {
			t := q.waiting[lane][0]
			q.waiting[lane] = slices.Delete(q.waiting[lane], 0, 1)
			q.round[lane] = t.round
			q.begin(t)
		}
	}
	asked := 0
	for t := range q.running {
		if t.asked {
			asked++
		}
	}
	for lane := lanes - 1; lane > Interactive; lane-- {
		wanted := -asked
		for before := range lane {
			wanted += len(q.waiting[before])
		}
		for t := range q.running {
			if wanted > 0 && t.lane == lane && !t.firm && !t.asked {
				t.asked = true
				t.yield(errYield)
				asked, wanted = asked+1, wanted-1
			}
		}
	}
}

// begin gives a ticket its slot, and says whether it may keep it to its end. All of a conversation may. Of the rest a
// draft for which a host waits may, and what was interrupted often enough, as long as a slot is left that conversations
// can have; where there is only one slot, what was interrupted often enough has it once, and conversations wait for it
// or go on by rules. q.mu is held.
func (q *queue) begin(t *ticket) {
	firm := 0
	for other := range q.running {
		if other.lane != Interactive && other.firm {
			firm++
		}
	}
	often := t.broken >= maxBroken
	t.firm = t.lane == Interactive || t.whole || (t.lane == Host || often) && firm < q.slots-1 || often && q.slots == 1
	q.running[t] = true
	q.begun++
	close(t.turn)
}

// place says where a ticket stands; false when it does not wait.
func (q *queue) place(t *ticket) (Place, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.standing(t.lane, slices.Index(q.waiting[t.lane], t))
}

// placeOf says where the first ticket of an owner stands in a lane; false when none waits.
func (q *queue) placeOf(lane Lane, owner string) (Place, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.standing(lane, slices.IndexFunc(q.waiting[lane], func(t *ticket) bool { return t.owner == owner }))
}

// standing is the place of the ticket at an index of a lane; false without one. What is expected is the work that
// stands before it, by what requests of each lane took lately, shared among the slots; those that run are half done on
// average, and those that will be interrupted do not count. q.mu is held.
func (q *queue) standing(lane Lane, at int) (Place, bool) {
	if at < 0 {
		return Place{}, false
	}
	p := Place{Ahead: at}
	work := time.Duration(at) * q.held[lane]
	for before := range lane {
		p.Ahead += len(q.waiting[before])
		work += time.Duration(len(q.waiting[before])) * q.held[before]
	}
	for t := range q.running {
		if t.firm || lane != Interactive {
			work += q.held[t.lane] / 2
		}
	}
	p.Expect = work / time.Duration(q.slots)
	return p, true
}

// load says how much waits in each lane and how much runs.
func (q *queue) load() Load {
	q.mu.Lock()
	defer q.mu.Unlock()
	return Load{Slots: q.slots, Running: len(q.running), Interactive: len(q.waiting[Interactive]),
		Host: len(q.waiting[Host]), Background: len(q.waiting[Background])}
}

// alone says whether at most one request runs, and how many were begun until now: whoever runs alone at two moments
// between which none was begun was alone all the time.
func (q *queue) alone() (begun int, alone bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.begun, len(q.running) <= 1
}

// average is a moving average in which the newest value has a fifth of the weight; the first value is taken whole.
func average[T ~int64 | ~float64](before, now T) T {
	if before == 0 {
		return now
	}
	return before + (now-before)/5
}
