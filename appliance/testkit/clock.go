package testkit

import (
	"sync"
	"time"
)

// Clock is a clock that stands still until it is moved. Its method Now is an appliance.Clock. It is safe for
// concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock makes a Clock that stands at nine o'clock of a Monday morning.
func NewClock() *Clock { return &Clock{now: time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)} }

// Now gives the time at which the clock stands.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock by d, back when d is negative.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
