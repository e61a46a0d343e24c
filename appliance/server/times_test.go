package server_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/clock"
	"harmonium/appliance/server"
)

// The dangerous direction is forward: a box that believed such a clock would end and delete what it promises to keep. A
// restart does not make it believe, only an administrator does; then what is over ends, which is the control of this test.
func TestAClockThatJumpsAheadEndsNothingUntilAnAdministratorSaysThatItIsRight(t *testing.T) {
	var ahead atomic.Int64
	c, told := config(t), newLog()
	c.Log = told
	c.Clock = func() time.Time { return appliance.SystemClock().Add(time.Duration(ahead.Load())) }
	c.Running = clock.Running
	s, stop := start(t, c)
	var key server.Key
	for _, step := range []struct {
		command    server.Command
		input, out any
	}{
		{server.CommandUserAdd, server.NewUser{Email: "olga@example.org", Name: "Olga", Role: appliance.RoleOwner, Password: "a password of Olga"}, &server.User{}},
		{server.CommandKeyCreate, server.NewKey{Name: "for a month", Scopes: []appliance.Scope{appliance.ScopeAll}, ExpiresIn: 30 * 24 * time.Hour}, &key},
	} {
		if err := server.Ask(t.Context(), c, step.command, step.input, step.out); err != nil {
			t.Fatal(err)
		}
	}
	let := func(when string, want int) {
		t.Helper()
		r, err := http.NewRequest(http.MethodGet, s.URL()+"/api/v1/me", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+key.Key)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: %d, want %d", when, res.StatusCode, want)
		}
	}
	let("before", 200)

	ahead.Store(int64(10 * 365 * 24 * time.Hour))
	let("ten years ahead", 200)
	if got := levels(t, c)["clock"]; got != appliance.LevelFail {
		t.Errorf("the clock is %q", got)
	}
	told.wait(t, "the clock of the machine was moved")
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	s, _ = start(t, c)
	let("after a restart", 200)

	var times server.Times
	if err := server.Ask(t.Context(), c, server.CommandClockFollow, server.None{}, &times); err != nil || times.Apart {
		t.Fatalf("%+v, %v", times, err)
	}
	let("when an administrator says that the clock is right", 401)
	trail, err := s.Store().AuditTrail(t.Context(), 1)
	if err != nil || trail[0].Action != "box.clock" || trail[0].Actor != "command line" {
		t.Errorf("the trail says %+v, %v", trail, err)
	}
}
