package appliance

import "time"

// Clock gives the time. Every package takes it as a parameter, so that tests can move it and a wrong system clock
// shows in one place. SystemClock is the only one outside tests.
type Clock func() time.Time

// SystemClock is the clock of the machine, in UTC, to the millisecond (the precision that the store keeps).
func SystemClock() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
