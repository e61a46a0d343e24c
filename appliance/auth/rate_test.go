package auth_test

import (
	"fmt"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/auth"
	"harmonium/appliance/testkit"
)

func TestABucketGivesItsBurstAndThenItsPace(t *testing.T) {
	clock := testkit.NewClock()
	r := auth.NewRate(clock.Now, 3000, time.Minute)
	for i := range 3000 {
		if wait := r.Take("key"); wait != 0 {
			t.Fatalf("request %d waits %v", i+1, wait)
		}
	}
	wait := r.Take("key")
	if wait != 20*time.Millisecond {
		t.Errorf("request 3001 waits %v, want 20ms", wait)
	}
	if wait := r.Take("other"); wait != 0 {
		t.Errorf("another key waits %v", wait)
	}
	clock.Advance(wait)
	if wait := r.Take("key"); wait != 0 {
		t.Errorf("after the time that was named it waits %v", wait)
	}
	clock.Advance(30 * time.Second)
	let := 0
	for r.Take("key") == 0 {
		let++
	}
	if let != 1500 {
		t.Errorf("half a minute fills %d, want 1500", let)
	}
}

func TestACountOfZeroLimitsNothing(t *testing.T) {
	r := auth.NewRate(testkit.NewClock().Now, 0, time.Minute)
	for range 10_000 {
		if wait := r.Take("key"); wait != 0 {
			t.Fatalf("waits %v", wait)
		}
	}
}

func TestARefusedRequestDoesNotPushTheNextOneBack(t *testing.T) {
	clock := testkit.NewClock()
	r := auth.NewRate(clock.Now, 1, time.Minute)
	r.Take("key")
	for range 100 {
		if wait := r.Take("key"); wait != time.Minute {
			t.Fatalf("waits %v", wait)
		}
	}
}

func TestAClockSetBackDoesNotEmptyABucketForAnHour(t *testing.T) {
	clock := testkit.NewClock()
	r := auth.NewRate(clock.Now, 60, time.Minute)
	r.Take("key")
	clock.Advance(-time.Hour)
	if wait := r.Take("key"); wait > time.Second {
		t.Errorf("waits %v", wait)
	}
}

func TestFullBucketsAreForgotten(t *testing.T) {
	clock := testkit.NewClock()
	r := auth.NewRate(clock.Now, 60, time.Minute)
	for i := range 100_000 {
		r.Take(fmt.Sprint(i))
		clock.Advance(time.Millisecond)
	}
	if n := r.Buckets(); n > 5000 {
		t.Errorf("%d buckets are remembered of which about 1000 are not full", n)
	}
}

func TestWhoMustWaitIsToldHowLong(t *testing.T) {
	err := auth.TooOften(1200 * time.Millisecond)
	e, ok := err.(*appliance.Error)
	if !ok || e.Code != appliance.CodeRateLimited || e.RetryAfter != 2 {
		t.Errorf("got %v", err)
	}
}
