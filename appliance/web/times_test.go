package web_test

import (
	"log/slog"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/clock"
	"harmonium/appliance/testkit"
	"harmonium/appliance/web"
)

// The clock that deletes and ends things too early is one that was moved ahead: only an administrator makes it count.
func TestAnAdministratorSaysThatTheClockOfTheMachineIsRight(t *testing.T) {
	machine := testkit.NewClock()
	times := clock.New(t.TempDir(), machine.Now, func() time.Duration { return 0 }, slog.New(slog.DiscardHandler))
	d := newDesk(t, func(deps *web.Deps) { deps.Times = times })
	d.person("olga", appliance.RoleOwner)
	d.person("ada", appliance.RoleEditor)
	machine.Advance(100 * 24 * time.Hour)
	const path = "/api/v1/health/clock"
	d.run(apiCase{name: "an editor", as: "ada", method: "POST", path: path, status: 403})
	if !times.State().Apart {
		t.Error("an editor has made the clock count")
	}
	d.run(apiCase{name: "an administrator", as: "olga", method: "POST", path: path, status: 204})
	trail, err := d.store.AuditTrail(t.Context(), 1)
	if err != nil || trail[0].Action != "box.clock" || trail[0].Object != "from 2026-03-02T09:00:00Z to 2026-06-10T09:00:00Z" {
		t.Errorf("the trail says %+v, %v", trail, err)
	}
	d.run(apiCase{name: "once more", as: "olga", method: "POST", path: path, status: 204})
	if again, _ := d.store.AuditTrail(t.Context(), 1); times.State().Apart || again[0].Seq != trail[0].Seq {
		t.Errorf("%+v, and the trail says %+v", times.State(), again)
	}
}
