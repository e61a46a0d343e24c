package inference

import (
	"context"
	"time"
)

// Queue is the queue of a gateway, for its tests.
type Queue struct{ q *queue }

// NewQueue makes one.
func NewQueue(slots int) Queue { return Queue{newQueue(slots)} }

// Enter waits for a slot in the interactive lane, as a request does that hears of its place.
func (q Queue) Enter(owner string) (leave func(time.Duration), err error) {
	_, leave, err = q.q.enter(context.Background(), &ticket{owner: owner}, func(Place) {})
	return leave, err
}

// Begin enters a lane with a request that was interrupted so often. held ends when its slot is needed.
func (q Queue) Begin(ctx context.Context, lane Lane, owner string, broken int) (held context.Context, leave func(time.Duration), err error) {
	return q.q.enter(ctx, &ticket{lane: lane, owner: owner, broken: broken}, nil)
}

// Follow is Begin in a conversation, for a request which another one of the owner follows at once.
func (q Queue) Follow(ctx context.Context, owner string) (held context.Context, leave func(time.Duration), err error) {
	return q.q.enter(ctx, &ticket{owner: owner, keeps: true}, nil)
}

// Place gives where an owner stands in a lane.
func (q Queue) Place(lane Lane, owner string) (Place, bool) { return q.q.placeOf(lane, owner) }

// Load gives what waits and runs.
func (q Queue) Load() Load { return q.q.load() }

// Pauses gives the first pauses before the trials of a model that gets no better.
func Pauses(why Kind, crowded bool, n int) (list []time.Duration) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	g := &Gateway{timing: DefaultTiming, clock: func() time.Time { return now }}
	t := &trouble{Trouble: Trouble{Why: why}}
	for range n {
		g.pause(t, crowded)
		list = append(list, t.next.Sub(now))
	}
	return list
}

// ReadLine gives the token of a line of an answer, and whether the line holds nothing else of interest.
func ReadLine(text []byte) (token string, only bool, err error) {
	part, err := readLine(text)
	token = part.Message.Content
	part.Message.Content = ""
	return token, part == line{}, err
}
