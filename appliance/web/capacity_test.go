package web_test

import (
	"testing"
	"time"

	"harmonium/appliance/capacity"
	"harmonium/appliance/inference/ollamatest"
	"harmonium/appliance/store"
	"harmonium/appliance/web"
)

func TestTheCapacityOfTheBoxIsMeasured(t *testing.T) {
	d := modelDesk(t, ollamatest.New(t, "own:latest"))
	const path = "/api/v1/capacity"
	d.run(
		apiCase{name: "an editor", as: "ada", method: "POST", path: path, body: `{}`, status: 403},
		apiCase{name: "nothing so far", as: "ada", method: "GET", path: path, status: 200, want: []string{`"last":null`}},
	)
	s := d.open()
	d.joinAs("eve", s, "Eve")
	d.run(apiCase{name: "while somebody talks", as: "olga", method: "POST", path: path, body: `{}`, status: 409, want: []string{"People are talking"}})

	var c web.Capacity
	d.get("olga", "POST", path, `{"anyway":true}`, 202, &c)
	deadline := time.After(time.Minute)
	for c.Status == capacity.Running {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-deadline:
			t.Fatal("the measurement has not ended within a minute")
		}
		d.get("ada", "GET", path, nil, 200, &c)
	}
	last := c.Last.Value
	if c.Status != capacity.Done || last == nil || last.Model != "own:latest" || last.Digest == "" || len(last.Levels) != 2 ||
		last.Guided != 315 || last.Within != 5 || last.At.IsZero() {
		t.Errorf("%+v, %+v", c, last)
	}
	olga, _, err := d.store.AccountByEmail(t.Context(), "olga@example.org")
	if err != nil {
		t.Fatal(err)
	}
	trail, err := d.store.AuditTrail(t.Context(), 1)
	if err != nil || len(trail) != 1 || trail[0].Object != store.SettingCapacity || trail[0].Actor != string(olga.ID) {
		t.Errorf("the trail says %+v, %v; it was olga", trail, err)
	}
	d.get("olga", "DELETE", path, nil, 204, nil)
}
