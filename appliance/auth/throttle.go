package auth

import (
	"math"
	"net/netip"
	"strconv"
	"time"

	"harmonium/appliance"
)

// Throttle slows down guessing of passwords (and of the set-up token). Failures are counted twice: for an account as
// seen from one address, and for the address whatever the account.
//
//   - Account at an address: 3 failures are free, then 1, 2, 4 … 32 and 60 s pass between two tries; never more than
//     10 failures fit in 15 minutes.
//   - Address: never more than 5 failures a minute and 30 in 15 minutes, with delays that grow from the fifth.
//
// An account alone is never blocked: whoever knows its e-mail address could then keep its owner out, and the owner
// still gets in from any address that has not failed. What many addresses together can try is bounded by Passwords,
// which hashes a few a second for the whole box. An account that does not exist is counted like one that does. A right
// password forgives the failures of its account at its address, not those of the address: else one's own account would
// be the way to guess at others'.
//
// An IPv6 address counts as its /64 network, which is what one device can choose from.
type Throttle struct {
	pair, minute, address *Guard
}

// NewThrottle makes a Throttle that has seen no failure.
func NewThrottle(clock appliance.Clock) *Throttle {
	return &Throttle{
		pair:    NewGuard(clock, Limit{Window: 15 * time.Minute, Max: 10, Free: 3}),
		minute:  NewGuard(clock, Limit{Window: time.Minute, Max: 5, Free: 5}),
		address: NewGuard(clock, Limit{Window: 15 * time.Minute, Max: 30, Free: 5}),
	}
}

// Try is one guess that was let through. Exactly one of its methods must be called, once.
type Try struct {
	t             *Throttle
	pair, address string
}

// Begin lets a guess through or gives CodeRateLimited with the seconds to wait. Account is what was typed, existing or
// not; address is the client's.
func (t *Throttle) Begin(account, address string) (*Try, error) {
	try := &Try{t: t, address: AddressKey(address)}
	try.pair = appliance.EmailKey(account) + "\x00" + try.address
	if wait := t.pair.Begin(try.pair); wait > 0 {
		return nil, TooManyTries(wait)
	}
	if wait := t.minute.Begin(try.address); wait > 0 {
		t.pair.Right(try.pair, false)
		return nil, TooManyTries(wait)
	}
	if wait := t.address.Begin(try.address); wait > 0 {
		t.pair.Right(try.pair, false)
		t.minute.Right(try.address, false)
		return nil, TooManyTries(wait)
	}
	return try, nil
}

// Right says that the guess was right.
func (y *Try) Right() { y.end(true) }

// Wrong says that the guess was wrong.
func (y *Try) Wrong() {
	y.t.pair.Wrong(y.pair)
	y.t.minute.Wrong(y.address)
	y.t.address.Wrong(y.address)
}

// Unknown takes the guess back: it was not found out whether it was right, because something else failed.
func (y *Try) Unknown() { y.end(false) }

func (y *Try) end(forgive bool) {
	y.t.pair.Right(y.pair, forgive)
	y.t.minute.Right(y.address, false)
	y.t.address.Right(y.address, false)
}

// TooManyTries is the error for who must wait before the next guess.
func TooManyTries(wait time.Duration) error {
	n := seconds(wait)
	return &appliance.Error{Code: appliance.CodeRateLimited, RetryAfter: n,
		Message: "Too many tries have failed from here. Please wait " + inWords(n) + " and try again."}
}

// seconds rounds up: who waits for so long is not refused again for being early.
func seconds(wait time.Duration) int { return int(math.Ceil(wait.Seconds())) }

func inWords(seconds int) string {
	switch {
	case seconds <= 1:
		return "a second"
	case seconds < 100:
		return strconv.Itoa(seconds) + " seconds"
	}
	return strconv.Itoa((seconds+59)/60) + " minutes"
}

// AddressKey gives the form of a client's address by which limits count: an IPv4 address as it is, an IPv6 address as
// its /64 network. Text that is no address counts as itself.
func AddressKey(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if a = a.Unmap().WithZone(""); a.Is4() {
		return a.String()
	}
	return netip.PrefixFrom(a, 64).Masked().String()
}
