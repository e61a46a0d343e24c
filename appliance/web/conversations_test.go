package web_test

import (
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/web"
)

func TestTheHostSeesConversationsAsTheyStand(t *testing.T) {
	d := newDesk(t)
	d.person("owner", appliance.RoleOwner)
	s := d.open(func(s *appliance.Session, f *appliance.Form) {
		s.Public = true
		*f = appliance.Form{{Type: appliance.FieldShort, Text: "Your ward?"}, {Type: appliance.FieldEmail, Text: "Your address?"}}
	})
	form, err := d.store.Form(t.Context(), s.ID)
	if err != nil {
		t.Fatal(err)
	}
	var joined web.Joined
	d.get("", "POST", "/api/v1/join/"+string(s.ID), map[string]any{"name": "Ada", "email": "ada@mail.example", "language": "en", "consent": true,
		"answers": map[string][]string{string(form[0].ID): {"North"}, string(form[1].ID): {"ada@example.org"}}}, 201, &joined)
	d.as["ada"] = "Bearer " + joined.Token
	d.await("ada")
	d.joinAs("second", s, "")
	d.await("second")
	d.say("ada", telling)
	d.await("ada")

	list := d.listed(s)
	if len(list) != 2 {
		t.Fatalf("%d conversations, want 2", len(list))
	}
	first := list[0]
	if first.Number != 1 || first.ParticipantName != "Ada" || first.State != "active" || first.Waiting != "participant" ||
		first.Turns != 1 || first.Words != 12 || first.TopicsDone != 1 || first.TopicsTotal != 2 || first.MinutesLeft != 3 || !first.Included {
		t.Errorf("the first conversation is %+v", first)
	}
	if list[1].ParticipantName != "Participant 2" {
		t.Errorf("who gave no name is called %q", list[1].ParticipantName)
	}
	var whole web.Conversation
	path := "/api/v1/conversations/" + string(first.ID)
	d.get("owner", "GET", path, nil, 200, &whole)
	if len(whole.TurnsList) != 3 || len(whole.Form) != 2 || whole.Form[0].Values[0] != "North" || len(whole.Topics) != 2 ||
		whole.ConsentedAt == nil || whole.SessionID != s.ID || whole.Email != "ada@mail.example" {
		t.Errorf("the whole conversation has %d turns, %d form answers, %d topics", len(whole.TurnsList), len(whole.Form), len(whole.Topics))
	}

	d.person("viewer", appliance.RoleViewer)
	d.run(
		apiCase{name: "a viewer sees no names", as: "viewer", method: "GET", path: path, status: 200,
			want: []string{"Participant 1", "North"}, forbid: []string{"Ada", "ada@example.org", "ada@mail.example"}},
		apiCase{name: "nor in the list", as: "viewer", method: "GET", path: "/api/v1/sessions/" + string(s.ID) + "/conversations", status: 200, forbid: []string{"Ada"}},
		apiCase{name: "pages", as: "owner", method: "GET", path: "/api/v1/sessions/" + string(s.ID) + "/conversations?limit=1&offset=1", status: 200,
			want: []string{`"number":2`, `"total":2`}, forbid: []string{`"number":1,`}},
		apiCase{name: "unknown field", as: "owner", method: "PATCH", path: path, body: map[string]any{"state": "finished"}, status: 400},
		apiCase{name: "exclude", as: "owner", method: "PATCH", path: path, body: map[string]any{"included": false}, status: 200, want: []string{`"included":false`}},
		apiCase{name: "erase", as: "owner", method: "DELETE", path: path, status: 200, want: []string{`"conversations":1`, `"turns":3`, `"participants":1`}},
		apiCase{name: "erased", as: "owner", method: "GET", path: path, status: 404},
		apiCase{name: "the participant's link leads nowhere", as: "ada", method: "GET", path: "/api/v1/conversation", status: 401},
	)
}

func TestAnAnonymousSessionShowsNoNamesToAnybody(t *testing.T) {
	d := newDesk(t)
	s := d.open()
	d.joinAs("ada", s, "Ada")
	if _, err := d.store.UpdateSession(t.Context(), byTest, s.ID, func(s *appliance.Session) error {
		s.Anonymous = true
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	d.joinAs("berta", s, "Berta")
	for _, c := range d.listed(s) {
		if strings.HasPrefix(c.ParticipantName, "Participant ") == false {
			t.Errorf("%q is shown", c.ParticipantName)
		}
	}
}

func TestSearchOverTheInterface(t *testing.T) {
	d := newDesk(t)
	d.person("owner", appliance.RoleOwner)
	d.person("viewer", appliance.RoleViewer)
	s := d.open()
	d.joinAs("ada", s, "Ada")
	d.await("ada")
	d.say("ada", telling)
	d.run(
		apiCase{as: "owner", method: "GET", path: "/api/v1/search?q=printer", status: 200,
			want: []string{`"kind":"turn"`, `{"text":"printer","hit":true}`, `"seq":1`, `"title":"Handover"`, `"total":1`, `"participant":"Participant 1"`}, forbid: []string{"Ada"}},
		apiCase{as: "owner", method: "GET", path: "/api/v1/search?q=handover", status: 200, want: []string{`"kind":"session"`, `"conversation_id":null`}},
		apiCase{as: "owner", method: "GET", path: "/api/v1/search?q=printer&session_id=hst_none", status: 200, want: []string{`"data":[]`}},
		apiCase{as: "viewer", method: "GET", path: "/api/v1/search?q=printer", status: 200, want: []string{`"data":[]`}, forbid: []string{"printer"}},
		apiCase{as: "owner", method: "GET", path: "/api/v1/search?q=%22%27%29%28*:NEAR", status: 200, want: []string{`"data":[]`}},
		apiCase{as: "owner", method: "GET", path: "/api/v1/search", status: 200, want: []string{`"data":[]`}},
		apiCase{as: "owner", method: "GET", path: "/api/v1/search?q=a&limit=500", status: 400},
	)
}
