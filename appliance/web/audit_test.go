package web_test

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/web"
)

// actions gives what the trail has of some kind, the newest first.
func (d *desk) actions(kind string) (list []web.AuditEntry) {
	d.t.Helper()
	var page web.List[web.AuditEntry]
	d.get("olga", "GET", "/api/v1/audit?limit=100&action="+kind, nil, 200, &page)
	return page.Data
}

func TestWhoLooksAtWhatPeopleSaidIsInTheTrail(t *testing.T) {
	d := hostDesk(t)
	s := d.open()
	d.joinAs("pia", s, "")
	path := "/api/v1/sessions/" + string(s.ID)
	var list web.List[web.ConversationItem]
	d.get("olga", "GET", path+"/conversations", nil, 200, &list)
	conversation := string(list.Data[0].ID)
	for range 3 { // a page that loads itself anew
		d.get("olga", "GET", path+"/responses", nil, 200, nil)
		d.get("olga", "GET", "/api/v1/conversations/"+conversation, nil, 200, nil)
	}
	d.get("eve", "GET", path+"/responses", nil, 404, nil)
	views := d.actions("responses.view")
	if len(views) != 1 || views[0].Name != "olga" || views[0].Object != string(s.ID) || views[0].Address == "" {
		t.Errorf("%+v", views)
	}
	if seen := d.actions("transcript.view"); len(seen) != 1 || seen[0].Object != conversation {
		t.Errorf("%+v", seen)
	}
	for _, e := range d.actions("") {
		if strings.HasPrefix(e.Actor, "prt_") {
			t.Errorf("a participant is in the trail: %+v", e)
		}
	}
}

// Every way to what people said, and to what quotes it, leaves one entry, however often it is taken within an hour; and so
// does what a program says in the place of people.
func TestEveryWayToWhatPeopleSaidLeavesOneEntry(t *testing.T) {
	d := hostDesk(t)
	client := d.key("client", d.person("clara", appliance.RoleOwner), time.Time{}, appliance.ScopeAll)
	s := d.open()
	d.joinAs("pia", s, "")
	d.await("pia")
	d.say("pia", telling)
	d.await("pia")
	path := "/api/v1/sessions/" + string(s.ID)
	d.get("client", "POST", path+"/summary", nil, 200, nil)
	var project web.Project
	d.get("client", "POST", "/api/v1/projects", `{"title":"Night shift"}`, 201, &project)
	d.get("client", "PATCH", path, map[string]any{"project_id": project.ID}, 200, nil)
	thread := d.answeredThread("client", map[string]any{"session_id": s.ID}, "What does the printer do?")
	template := d.template("olga", `{"title":"Handover"}`)
	session, none := string(s.ID), ""
	for _, look := range []struct {
		method, path, body string
		action, object     string
	}{
		{"GET", path, none, "results.view", session},
		{"GET", path + "/report", none, "results.view", session},
		{"GET", path + "/summary", none, "results.view", session},
		{"GET", path + "/themes", none, "results.view", session},
		{"GET", path + "/themes/other/claims", none, "results.view", session},
		{"GET", path + "/knowledge", none, "results.view", session},
		{"POST", path + "/knowledge", none, "results.view", session},
		{"GET", path + "/pinned", none, "results.view", session},
		{"GET", "/api/v1/projects/" + string(project.ID) + "/results", none, "results.view", string(project.ID)},
		{"GET", path + "/insights/table", none, "responses.view", session},
		{"GET", path + "/ideas", none, "responses.view", session},
		{"GET", path + "/export/preview?format=md", none, "responses.view", session},
		{"GET", path + "/session-md", none, "session.export.md", session},
		{"GET", "/api/v1/companion/threads/" + string(thread.ID), none, "thread.view", string(thread.ID)},
		{"GET", "/api/v1/search?q=printer", none, "responses.search", ""},
		{"POST", path + "/responses", `{"content":"The printer is broken."}`, "responses.add", session},
		{"POST", path + "/chat", `{"content":"The printer is broken.","participant_id":"a"}`, "responses.chat", session},
		{"GET", "/api/v1/templates/" + string(template.ID) + "/file", none, "template.export.json", string(template.ID)},
	} {
		d.clock.Advance(time.Hour)
		before := d.newest(client)
		for range 2 {
			var body any
			if look.body != "" {
				body = look.body
			}
			if w := d.send("client", look.method, look.path, body); w.Code > 201 {
				t.Fatalf("%s %s: %d %s", look.method, look.path, w.Code, w.Body)
			}
		}
		after := d.newest(client)
		if len(after) != len(before)+1 || after[0].Action != look.action || after[0].Object != look.object || after[0].Address == "" {
			t.Errorf("%s %s: %d entries more, want one, %s on %q: %+v", look.method, look.path, len(after)-len(before), look.action, look.object, after[0])
		}
	}
}

// newest gives what the trail has of a key, the newest first.
func (d *desk) newest(key appliance.APIKey) (list []appliance.AuditEntry) {
	d.t.Helper()
	trail, err := d.store.AuditTrail(d.t.Context(), 1000)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, e := range trail {
		if e.Actor == string(key.ID) {
			list = append(list, e)
		}
	}
	return list
}

// What cannot be found leaves no entry with what somebody has made up.
func TestAnIDThatLeadsNowhereIsNotInTheTrail(t *testing.T) {
	d := hostDesk(t)
	for _, path := range []string{"/companion/threads/thr_made%0aup", "/meetings/mtg_made%0aup/transcript", "/sessions/hst_made%0aup/report",
		"/conversations/cnv_made%0aup", "/templates/tpl_made%0aup/file", "/projects/prj_made%0aup/results"} {
		d.run(apiCase{as: "olga", method: "GET", path: "/api/v1" + path, status: 404})
	}
	for _, e := range d.actions("") {
		if strings.Contains(e.Object, "made") {
			t.Errorf("%+v", e)
		}
	}
}

func TestTheTrailIsReadFilteredAndTakenAway(t *testing.T) {
	d := hostDesk(t)
	s := d.session("ada's key", `{`+wards+`}`)
	var page web.List[web.AuditEntry]
	d.get("olga", "GET", "/api/v1/audit?who=ada&action=session&object="+string(s.ID), nil, 200, &page)
	if len(page.Data) != 1 || page.Data[0].Action != "session.create" || page.Data[0].Name != "ada" || page.Data[0].Key != "ada's key" {
		t.Errorf("%+v", page)
	}
	d.get("olga", "GET", "/api/v1/audit?from="+d.clock.Now().Add(time.Hour).Format(time.RFC3339), nil, 200, &page)
	if page.Pagination.Total != 0 {
		t.Errorf("of later than now: %+v", page)
	}
	w := d.send("olga", "GET", "/api/v1/audit/file?format=csv&action=session", nil)
	rows, err := csv.NewReader(w.Body).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][6] != "session.create" {
		t.Errorf("%v, %v", rows, err)
	}
	w = d.send("olga", "GET", "/api/v1/audit/file?format=json", nil)
	var entries []web.AuditEntry
	if err := json.Unmarshal(w.Body.Bytes(), &entries); err != nil || entries[0].Action != "audit.export.json" ||
		entries[len(entries)-1].Seq != 1 || len(entries) != int(entries[0].Seq) {
		t.Errorf("%v, %v", err, w.Body)
	}
	w = d.send("olga", "GET", "/api/v1/audit/file?format=json&who=nobody", nil)
	if err := json.Unmarshal(w.Body.Bytes(), &entries); err != nil || len(entries) != 0 {
		t.Errorf("an empty file: %v, %s", err, w.Body)
	}
	var check web.AuditCheck
	d.get("olga", "GET", "/api/v1/audit/check", nil, 200, &check)
	if !check.Sound || check.Broken != nil || check.Proven == 0 || len(check.Head) != 64 {
		t.Errorf("%+v", check)
	}
	d.run(
		apiCase{as: "ada", method: "GET", path: "/api/v1/audit", status: 403},
		apiCase{as: "ada", method: "GET", path: "/api/v1/audit/file", status: 403},
		apiCase{as: "ada", method: "GET", path: "/api/v1/audit/check", status: 403},
		apiCase{as: "olga", method: "GET", path: "/api/v1/audit?from=yesterday", status: 400, want: []string{"from"}},
		apiCase{as: "olga", method: "GET", path: "/api/v1/audit?whom=ada", status: 400},
	)
}

// A trail of many pages is taken away whole.
func TestALongTrailIsTakenAwayWhole(t *testing.T) {
	d := hostDesk(t)
	for range 2100 {
		if err := d.store.Note(t.Context(), byTest, "box.try", "box"); err != nil {
			t.Fatal(err)
		}
	}
	w := d.send("olga", "GET", "/api/v1/audit/file?action=box", nil)
	rows, err := csv.NewReader(w.Body).ReadAll()
	if err != nil || len(rows) != 2101 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}
