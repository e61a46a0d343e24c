package auth_test

import (
	"fmt"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/auth"
	"harmonium/appliance/testkit"
)

// guess tries once and says how long one has to wait, 0 when the guess was let through (and was wrong).
func guess(t testing.TB, th *auth.Throttle, account, address string) int {
	t.Helper()
	try, err := th.Begin(account, address)
	if err == nil {
		try.Wrong()
		return 0
	}
	e, ok := err.(*appliance.Error)
	if !ok || e.Code != appliance.CodeRateLimited || e.RetryAfter < 1 {
		t.Fatalf("refused with %v", err)
	}
	return e.RetryAfter
}

// attack guesses as fast as it is let for d and gives the number of guesses let through.
func attack(t testing.TB, clock *testkit.Clock, d time.Duration, next func(n int) (wait int)) int {
	t.Helper()
	end := clock.Now().Add(d)
	let := 0
	for clock.Now().Before(end) {
		if wait := next(let); wait > 0 {
			clock.Advance(time.Duration(wait) * time.Second)
		} else {
			let++
		}
	}
	return let
}

// Promise P11, first half. The time to wait that is named is always enough, so the attacker here never asks in vain.
func TestGuessingAtOneAccountFromOneAddress(t *testing.T) {
	clock := testkit.NewClock()
	th := auth.NewThrottle(clock.Now)
	let := attack(t, clock, 15*time.Minute-time.Second, func(int) int {
		return guess(t, th, "owner@example.org", "192.0.2.7")
	})
	if let > 10 {
		t.Errorf("%d guesses in 15 minutes, promised are at most 10", let)
	}
	if let < 8 {
		t.Errorf("%d guesses in 15 minutes: a person who mistypes is kept out", let)
	}
}

// Promise P11, second half: changing the account does not help.
func TestGuessingAtManyAccountsFromOneAddress(t *testing.T) {
	clock := testkit.NewClock()
	th := auth.NewThrottle(clock.Now)
	anybody := func(n int) int { return guess(t, th, fmt.Sprintf("person%d@example.org", n), "192.0.2.7") }
	if let := attack(t, clock, time.Minute-time.Second, anybody); let > 5 {
		t.Errorf("%d guesses in a minute, promised are at most 5", let)
	}
	if let := attack(t, clock, 14*time.Minute, anybody); let > 25 {
		t.Errorf("%d more guesses in 14 minutes, want at most 25", let)
	}
}

func TestTheOwnerGetsInFromElsewhereWhileSomebodyGuesses(t *testing.T) {
	clock := testkit.NewClock()
	th := auth.NewThrottle(clock.Now)
	for address := range 200 { // a whole network guesses at the owner
		for range 12 {
			guess(t, th, "owner@example.org", fmt.Sprintf("10.0.0.%d", address))
		}
	}
	try, err := th.Begin("owner@example.org", "192.0.2.1")
	if err != nil {
		t.Fatalf("the owner is kept out: %v", err)
	}
	try.Right()
}

func TestTheDelayGrowsWithEachFailure(t *testing.T) {
	clock := testkit.NewClock()
	g := auth.NewGuard(clock.Now, auth.Limit{Window: 15 * time.Minute, Max: 10, Free: 3})
	want := []time.Duration{0, 0, 0, 1, 2, 4, 8, 16, 32, 60}
	for i, w := range want {
		wait := g.Begin("k")
		if wait != w*time.Second {
			t.Fatalf("before guess %d one waits %v, want %v", i+1, wait, w*time.Second)
		}
		if wait > 0 {
			clock.Advance(wait)
			if wait := g.Begin("k"); wait != 0 {
				t.Fatalf("guess %d still waits %v after the time that was named", i+1, wait)
			}
		}
		g.Wrong("k")
	}
	if wait := g.Begin("k"); wait < 10*time.Minute {
		t.Errorf("after ten failures one waits %v", wait)
	}
	clock.Advance(15 * time.Minute)
	if wait := g.Begin("k"); wait != 0 {
		t.Errorf("a quarter of an hour later one still waits %v", wait)
	}
}

func TestARightPasswordForgivesItsAccountOnly(t *testing.T) {
	clock := testkit.NewClock()
	th := auth.NewThrottle(clock.Now)
	for range 3 {
		guess(t, th, "mine@example.org", "192.0.2.7")
	}
	clock.Advance(time.Second)
	try, err := th.Begin("mine@example.org", "192.0.2.7")
	if err != nil {
		t.Fatal(err)
	}
	try.Right()
	if try, err = th.Begin("mine@example.org", "192.0.2.7"); err != nil {
		t.Fatalf("after the right password: %v", err)
	}
	try.Unknown()
	// The address has failed three times in this minute; two more are left for it, whatever the account.
	let := 0
	for n := range 10 {
		if guess(t, th, fmt.Sprintf("victim%d@example.org", n), "192.0.2.7") == 0 {
			let++
		}
	}
	if let != 2 {
		t.Errorf("%d guesses at others were let through after one's own log-in, want 2", let)
	}
}

func TestGuessesSentAtTheSameMomentAreCounted(t *testing.T) {
	clock := testkit.NewClock()
	th := auth.NewThrottle(clock.Now)
	var open []*auth.Try
	for range 50 {
		if try, err := th.Begin("owner@example.org", "192.0.2.7"); err == nil {
			open = append(open, try)
		}
	}
	if len(open) != 5 {
		t.Errorf("%d guesses are being checked at the same moment, want 5", len(open))
	}
	for _, try := range open {
		try.Unknown()
	}
	if try, err := th.Begin("owner@example.org", "192.0.2.7"); err != nil {
		t.Errorf("guesses that were not carried out still count: %v", err)
	} else {
		try.Unknown()
	}
}

func TestWritingTheAddressInAnotherCaseIsTheSameAccount(t *testing.T) {
	clock := testkit.NewClock()
	th := auth.NewThrottle(clock.Now)
	for _, email := range []string{"Owner@Example.org", " owner@example.org", "OWNER@EXAMPLE.ORG"} {
		guess(t, th, email, "192.0.2.7")
	}
	if guess(t, th, "owner@example.org", "192.0.2.7") == 0 {
		t.Error("the fourth guess need not wait")
	}
}

func TestOneNetworkOfIPv6IsOneAddress(t *testing.T) {
	tests := []struct{ address, want string }{
		{"192.0.2.7", "192.0.2.7"},
		{"::ffff:192.0.2.7", "192.0.2.7"},
		{"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
		{"2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"},
		{"fe80::1%eth0", "fe80::/64"},
		{"@", "@"},
	}
	for _, tt := range tests {
		if got := auth.AddressKey(tt.address); got != tt.want {
			t.Errorf("AddressKey(%q) = %q, want %q", tt.address, got, tt.want)
		}
	}
}

func TestAClockSetBackKeepsNobodyOutForLonger(t *testing.T) {
	clock := testkit.NewClock()
	g := auth.NewGuard(clock.Now, auth.Limit{Window: time.Minute, Max: 2, Free: 2})
	for range 2 {
		g.Begin("k")
		g.Wrong("k")
	}
	clock.Advance(-time.Hour)
	wait := g.Begin("k")
	if wait <= 0 || wait > time.Minute {
		t.Errorf("one waits %v", wait)
	}
	clock.Advance(wait)
	if wait := g.Begin("k"); wait != 0 {
		t.Errorf("after that one still waits %v", wait)
	}
}

func TestAGuardForgetsTheOldestWhenTooManyFail(t *testing.T) {
	clock := testkit.NewClock()
	g := auth.NewGuard(clock.Now, auth.Limit{Window: time.Hour, Max: 2, Free: 1})
	for i := range 3 * auth.GuardKeys {
		key := fmt.Sprint(i)
		g.Begin(key)
		g.Wrong(key)
		clock.Advance(time.Millisecond)
	}
	if n := g.Keys(); n > auth.GuardKeys {
		t.Errorf("%d keys are remembered", n)
	}
	if wait := g.Begin(fmt.Sprint(3*auth.GuardKeys - 1)); wait == 0 {
		t.Error("the newest failure is forgotten")
	}
}
