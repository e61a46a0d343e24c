package inference

import (
	"context"
	"time"
)

// Queue is the queue of a gateway, for its benchmark.
type Queue struct{ q *queue }

// NewQueue makes one.
func NewQueue(slots int) Queue { return Queue{newQueue(slots)} }

// Enter waits for a slot in the interactive lane, as a request does that hears of its place.
func (q Queue) Enter(owner string) (leave func(time.Duration), err error) {
	_, leave, err = q.q.enter(context.Background(), &ticket{owner: owner}, func(Place) {})
	return leave, err
}
