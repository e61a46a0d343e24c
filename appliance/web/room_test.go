package web_test

import (
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/inference/ollamatest"
	"harmonium/appliance/room"
	"harmonium/appliance/web"
)

// roomLeft is a gauge of which a test says how much of the disk is free, in percent.
type roomLeft struct{ percent int64 }

func (r *roomLeft) gauge() *room.Gauge {
	return &room.Gauge{Disk: func() (int64, int64, error) { return r.percent, 100, nil }}
}

func TestAShortDiskKeepsConversationsThatHaveBegun(t *testing.T) {
	left := &roomLeft{percent: 50}
	d := newDesk(t, func(deps *web.Deps) { deps.Room = left.gauge() })
	olga := d.person("olga", appliance.RoleOwner)
	d.key("key", olga, d.clock.Now().AddDate(1, 0, 0), appliance.ScopeAll)
	s := d.open()
	d.joinAs("ada", s, "Ada")
	left.percent = 4
	d.joinAs("eve", s, "Eve")
	left.percent = 1

	path, body := "/api/v1/join/"+string(s.ID), map[string]any{"language": "en", "consent": true}
	d.run(
		apiCase{name: "somebody new", method: "POST", path: path, body: `{"language":"en","consent":true}`, status: 507,
			want: []string{"insufficient_storage", "Conversations that have begun go on"}},
		apiCase{name: "somebody new, by a program", as: "key", method: "POST", path: "/api/v1/sessions/" + string(s.ID) + "/chat",
			body: `{"participant_id":"p1","content":"Hello"}`, status: 507},
	)
	d.await("ada")
	d.say("ada", telling)
	d.say("eve", telling)
	if c := d.await("ada"); len(c.Turns) < 3 {
		t.Errorf("a conversation that had begun has %d turns", len(c.Turns))
	}
	left.percent = 50
	d.get("", "POST", path, body, 201, nil)
}

func TestATryOutIsRefusedBeforeAConversationIs(t *testing.T) {
	left := &roomLeft{percent: 4}
	d := modelDesk(t, ollamatest.New(t, "own:latest"), func(deps *web.Deps) { deps.Room = left.gauge() })
	d.run(apiCase{name: "a try-out", as: "olga", method: "POST", path: "/api/v1/models/trial", body: `{"model":"own:latest"}`, status: 507,
		want: []string{"kept for conversations"}})
	d.joinAs("eve", d.open(), "Eve")
}
