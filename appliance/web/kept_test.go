package web_test

import (
	"slices"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/web"
)

// Results are kept while nothing changes, and never given when something has.
func TestResultsThatWereReadBeforeAreNeverOlderThanAChange(t *testing.T) {
	d := newDesk(t)
	d.person("owner", appliance.RoleOwner)
	d.person("viewer", appliance.RoleViewer)
	var p web.Project
	d.get("owner", "POST", "/api/v1/projects", `{"title":"Night shift","is_public":true}`, 201, &p)
	s := d.open(func(s *appliance.Session, _ *appliance.Form) { s.Public = true })
	path := "/api/v1/sessions/" + string(s.ID)
	d.get("owner", "PATCH", path, map[string]any{"project_id": p.ID}, 200, nil)
	for who, words := range map[string]string{
		"ada": "We decided last week that the printer on the second floor moves to the ward.",
		"ben": "We decided in March that the heron stays on the roof of the hospital.",
	} {
		d.joinAs(who, s, who)
		d.await(who)
		d.say(who, words)
		d.await(who)
		d.run(apiCase{as: who, method: "POST", path: "/api/v1/conversation/finish", body: map[string]any{"keep": true}, status: 200})
	}
	d.get("owner", "POST", path+"/summary", "", 200, nil)
	var list web.List[web.ConversationItem]
	d.get("owner", "GET", path+"/conversations", nil, 200, &list)
	conversation := func(words string) string {
		t.Helper()
		for _, c := range list.Data {
			var whole web.Conversation
			d.get("owner", "GET", "/api/v1/conversations/"+string(c.ID), nil, 200, &whole)
			for _, turn := range whole.TurnsList {
				if strings.Contains(turn.Content, words) && turn.Role == appliance.FromParticipant {
					return "/api/v1/conversations/" + string(c.ID)
				}
			}
		}
		t.Fatal("nobody has said it")
		return ""
	}
	results := []string{path + "/report", path + "/knowledge", path + "/summary", path, "/api/v1/projects/" + string(p.ID) + "/results"}
	read := func(who string, want, forbid []string) { // twice: the second time it may be what was kept
		t.Helper()
		for _, page := range slices.Concat(results, results) {
			d.run(apiCase{as: who, method: "GET", path: page, status: 200, want: want, forbid: forbid})
		}
	}
	printer := conversation("printer")
	read("owner", []string{"heron", "printer"}, nil)
	read("viewer", []string{"heron", "printer"}, nil)

	d.get("owner", "PATCH", printer, map[string]any{"included": false}, 200, nil)
	for _, page := range results {
		d.run(apiCase{name: "left out", as: "owner", method: "GET", path: page, status: 200, forbid: []string{"printer"}})
	}
	d.get("owner", "PATCH", printer, map[string]any{"included": true}, 200, nil)
	d.get("owner", "POST", path+"/summary", "", 200, nil)
	read("owner", []string{"heron", "printer"}, nil)

	d.get("owner", "PATCH", path, map[string]any{"visibility": map[string]any{"minimum": 5,
		"tabs": []map[string]string{{"tab": "responses", "members": "owner", "shared": "host"}, {"tab": "summary", "members": "viewer", "shared": "host"}}}}, 200, nil)
	read("owner", []string{"heron"}, nil)
	for _, page := range []string{path + "/report", path + "/knowledge"} {
		d.run(apiCase{name: "the conversations are shown no more", as: "viewer", method: "GET", path: page, status: 200, forbid: []string{"cnv_", "trn_"}},
			apiCase{as: "owner", method: "GET", path: page, status: 200, want: []string{"trn_"}})
	}
	d.get("owner", "PATCH", path, hide(), 200, nil)
	d.run(apiCase{name: "the summary is shown no more", as: "viewer", method: "GET", path: path + "/report", status: 403},
		apiCase{as: "viewer", method: "GET", path: "/api/v1/projects/" + string(p.ID) + "/results", status: 200, want: []string{`"sessions":[]`}})

	d.run(apiCase{as: "ben", method: "DELETE", path: "/api/v1/conversation", status: 200},
		apiCase{name: "erased", as: "owner", method: "GET", path: path + "/report", status: 404},
		apiCase{as: "owner", method: "GET", path: path + "/knowledge", status: 400})
	for _, page := range results[2:] {
		d.run(apiCase{name: "erased", as: "owner", method: "GET", path: page, status: 200, forbid: []string{"heron"}})
	}
	d.get("owner", "POST", path+"/summary", "", 200, nil)
	for _, page := range results {
		d.run(apiCase{as: "owner", method: "GET", path: page, status: 200, want: []string{"printer"}, forbid: []string{"heron"}})
	}
}
