package web_test

import (
	"fmt"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/web"
)

const (
	blunt  = "The saws are blunt because nobody orders new blades before the old ones break apart."
	quotas = "Our quotas for the second shift are too high, and people skip the safety check to reach them."
	canopy = "A canopy over the loading yard would let us work outside when it rains in autumn."
)

// meeting is a conversation of two people and one who asks, with everything that is easily lost.
func meeting() map[string]any {
	turn := func(speaker, text string, start, end int) map[string]any {
		return map[string]any{"speaker": speaker, "text": text, "start_ms": start, "end_ms": end}
	}
	return map[string]any{"title": "Works council, May", "turns": []any{
		turn("Interviewer", "What holds you up?", 0, 1500),
		turn("Ada", "  "+blunt+" \n", 1500, 9000),
		turn("Grace", quotas+" e\u0301 👩‍🔧 שלום", 8000, 15000),
		turn("Ada", "", 15000, 15000),
		turn("Ada", canopy, 0, 0),
	}}
}

func TestAConversationIsStoredAsItIs(t *testing.T) {
	d := newDesk(t)
	d.person("owner", appliance.RoleOwner)
	d.person("viewer", appliance.RoleViewer)
	s := d.open(func(s *appliance.Session, _ *appliance.Form) { s.Public = true })
	path := "/api/v1/sessions/" + string(s.ID) + "/conversations"
	var item, again web.ConversationItem
	d.get("owner", "POST", path, meeting(), 201, &item, "Idempotency-Key: k1")
	d.get("owner", "POST", path, meeting(), 201, &again, "Idempotency-Key: k1")
	if item.ID != again.ID || len(d.listed(s)) != 1 {
		t.Errorf("a repetition made %s beside %s", again.ID, item.ID)
	}
	var c web.Conversation
	d.get("owner", "GET", "/api/v1/conversations/"+string(item.ID), nil, 200, &c)
	want := meeting()["turns"].([]any)
	if len(c.TurnsList) != len(want) {
		t.Fatalf("%d turns, want %d", len(c.TurnsList), len(want))
	}
	names := map[appliance.SpeakerID]string{}
	for _, k := range c.Speakers {
		names[k.ID] = k.Name
	}
	for i, turn := range c.TurnsList {
		w := want[i].(map[string]any)
		if turn.Seq != i || turn.Content != w["text"] || names[*turn.SpeakerID] != w["speaker"] ||
			turn.StartMS != int64(w["start_ms"].(int)) || turn.EndMS != int64(w["end_ms"].(int)) {
			t.Errorf("turn %d came back otherwise", i)
		}
	}
	if c.TurnsList[0].Role != appliance.FromFacilitator || c.TurnsList[1].Role != appliance.FromParticipant || c.Turns != 4 {
		t.Errorf("the one who asks counts among those who answer: %d turns", c.Turns)
	}
	d.run(
		apiCase{name: "a viewer sees no names", as: "viewer", method: "GET", path: "/api/v1/conversations/" + string(item.ID), status: 200,
			want: []string{"Participant 1", "Participant 2"}, forbid: []string{"Ada", "Grace"}},
		apiCase{name: "a viewer stores nothing", as: "viewer", method: "POST", path: path, body: meeting(), status: 403},
		apiCase{name: "no turns", as: "owner", method: "POST", path: path, body: map[string]any{"title": "", "turns": []any{}}, status: 400, want: []string{"turns"}},
		apiCase{name: "backwards", as: "owner", method: "POST", path: path, status: 400, want: []string{"turns[0].end_ms"},
			body: map[string]any{"title": "", "turns": []any{map[string]any{"speaker": "A", "text": "x", "start_ms": 9, "end_ms": 3}}}},
		apiCase{name: "control character", as: "owner", method: "POST", path: path, status: 400, want: []string{"turns[1].text"}, forbid: []string{"secret"},
			body: map[string]any{"title": "", "turns": []any{map[string]any{"speaker": "A", "text": "x"}, map[string]any{"speaker": "A", "text": "secret\x02"}}}},
		apiCase{name: "unknown field", as: "owner", method: "POST", path: path, status: 400,
			body: map[string]any{"title": "", "turns": []any{map[string]any{"speaker": "A", "text": "x", "role": "user"}}}},
	)
}

func TestEachSpeakerIsAPersonInTheResults(t *testing.T) {
	d := newDesk(t)
	d.person("owner", appliance.RoleOwner)
	s := d.open()
	var first, second web.ConversationItem
	path := "/api/v1/sessions/" + string(s.ID)
	d.get("owner", "POST", path+"/conversations", meeting(), 201, &first)
	d.get("owner", "POST", path+"/conversations", map[string]any{"title": "Alone", "turns": []any{
		map[string]any{"speaker": "Ada", "text": "The quotas for the second shift are too high for the three of us."}}}, 201, &second)
	if second.Number != 3 { // of the same name, and another person
		t.Errorf("the third speaker is number %d", second.Number)
	}
	if err := d.deps.Synthesis.Now(t.Context(), s.ID); err != nil {
		t.Fatal(err)
	}
	var r web.Report
	d.get("owner", "GET", path+"/report", nil, 200, &r)
	if r.Counts.Conversations != 2 || r.Counts.People != 3 || r.Counts.Participants != 3 {
		t.Errorf("counts are %+v", r.Counts)
	}
	people := map[string]bool{}
	for _, c := range r.Claims {
		people[c.Participant] = true
		if said := c.Quotes[0].Text; strings.Contains(said, "saws") && c.Number != 1 || strings.Contains(said, "quotas") && c.Number == 1 {
			t.Errorf("words are given to participant %d", c.Number)
		}
	}
	if len(people) != 3 {
		t.Errorf("%d people are cited, want 3", len(people))
	}
	d.run(apiCase{name: "excluded", as: "owner", method: "PATCH", path: "/api/v1/conversations/" + string(first.ID),
		body: map[string]any{"included": false}, status: 200})
	if err := d.deps.Synthesis.Now(t.Context(), s.ID); err != nil {
		t.Fatal(err)
	}
	d.get("owner", "GET", path+"/report", nil, 200, &r)
	if r.Counts.People != 1 {
		t.Errorf("%d people count after the meeting was left out", r.Counts.People)
	}
	var gone web.Deletion
	d.get("owner", "DELETE", "/api/v1/conversations/"+string(first.ID), nil, 200, &gone)
	if gone.Participants != 2 {
		t.Errorf("%d participants went with the meeting, want 2", gone.Participants)
	}
}

func TestAVeryLongConversationIsRefusedWithWords(t *testing.T) {
	d := newDesk(t)
	d.person("owner", appliance.RoleOwner)
	s := d.open()
	turns := make([]any, 100_000)
	for i := range turns {
		turns[i] = map[string]any{"speaker": "A", "text": fmt.Sprint("word ", i)}
	}
	d.run(apiCase{name: "too many", as: "owner", method: "POST", path: "/api/v1/sessions/" + string(s.ID) + "/conversations",
		body: map[string]any{"title": "", "turns": turns}, status: 400, want: []string{"20000", `"turns"`}})
	if n := len(d.listed(s)); n != 0 {
		t.Errorf("%d conversations were stored", n)
	}
}
