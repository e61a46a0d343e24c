package auth

import (
	"sync"
	"time"

	"harmonium/appliance"
)

// Rate limits how often something may be done by each of many keys: a bucket of burst tokens for each key, filled at
// an even pace. Buckets that are full are forgotten, so that memory is bounded by the keys in use. Safe for concurrent
// use.
type Rate struct {
	clock appliance.Clock
	each  time.Duration // for one token
	burst int

	mu      sync.Mutex
	buckets map[string]bucket
	sweepAt int
}

// bucket says when it will be full: one number is enough for a bucket that fills at an even pace.
type bucket struct{ full time.Time }

// firstSweep is the number of buckets at which full ones are looked for the first time.
const firstSweep = 1024

// NewRate makes a Rate of count a period, all of which may be used at once. A count of 0 limits nothing.
func NewRate(clock appliance.Clock, count int, period time.Duration) *Rate {
	r := &Rate{clock: clock, burst: count, buckets: make(map[string]bucket), sweepAt: firstSweep}
	if count > 0 {
		r.each = period / time.Duration(count)
	}
	return r
}

// Take takes one token of key. When there is none it gives how long to wait for the next, else 0.
func (r *Rate) Take(key string) (wait time.Duration) {
	if r.burst <= 0 {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.clock()
	whole := r.each * time.Duration(r.burst)
	full := r.buckets[key].full
	if full.Before(now) {
		full = now
	} else if full.After(now.Add(whole)) {
		full = now.Add(whole) // the clock was set back: an empty bucket, not one that stays empty for an hour
	}
	full = full.Add(r.each)
	if over := full.Sub(now) - whole; over > 0 {
		return over
	}
	r.buckets[key] = bucket{full}
	if len(r.buckets) >= r.sweepAt {
		r.sweep(now)
	}
	return 0
}

func (r *Rate) sweep(now time.Time) {
	for key, b := range r.buckets {
		if !b.full.After(now) {
			delete(r.buckets, key)
		}
	}
	r.sweepAt = max(firstSweep, 2*len(r.buckets))
}

// TooOften is the error for who must wait before the next request.
func TooOften(wait time.Duration) error {
	n := seconds(wait)
	return &appliance.Error{Code: appliance.CodeRateLimited, RetryAfter: n,
		Message: "Too many requests. This one was not carried out; please wait " + inWords(n) + " and send it again."}
}
