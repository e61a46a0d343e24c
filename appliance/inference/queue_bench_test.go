package inference_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"harmonium/appliance/inference"
)

// BenchmarkQueue measures what the queue itself costs a request: from the moment that a slot is free until the next
// request has it, while others wait.
func BenchmarkQueue(b *testing.B) {
	const waiting, rounds = 500, 20
	var mu sync.Mutex
	var costs []time.Duration
	for b.Loop() {
		q := inference.NewQueue(2)
		var freed time.Time // when a slot was given back last; mu is held
		var all sync.WaitGroup
		for i := range waiting {
			all.Go(func() {
				for range rounds {
					leave, err := q.Enter(fmt.Sprint(i))
					now := time.Now()
					if err != nil {
						b.Error(err)
						return
					}
					mu.Lock()
					if !freed.IsZero() && now.After(freed) {
						costs = append(costs, now.Sub(freed))
					}
					freed = time.Now()
					mu.Unlock()
					leave(0)
				}
			})
		}
		all.Wait()
	}
	slices.Sort(costs)
	b.ReportMetric(float64(costs[len(costs)*99/100].Nanoseconds())/1e6, "p99-ms")
}
