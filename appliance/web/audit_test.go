package web_test

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

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
