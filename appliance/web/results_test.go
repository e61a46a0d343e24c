package web_test

import (
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/web"
)

func TestBeforeAnybodySpokeThereAreNoResults(t *testing.T) {
	d := newDesk(t)
	d.person("owner", appliance.RoleOwner)
	path := "/api/v1/sessions/" + string(d.open().ID)
	d.run(
		apiCase{as: "owner", method: "GET", path: path + "/report", status: 404, want: []string{"There is no report yet.", "by itself"}},
		apiCase{as: "owner", method: "GET", path: path + "/themes", status: 200,
			want: []string{`"made_by":""`, `"created_at":null`, `"stability":null`, `"themes":[]`}},
		apiCase{as: "owner", method: "GET", path: "/api/v1/sessions/hst_none/themes", status: 404},
		apiCase{as: "owner", method: "GET", path: path + "/summary", status: 200, want: []string{`"summary":null`, `"generated_at":null`}},
		apiCase{as: "owner", method: "GET", path: path + "/session-md", status: 200, want: []string{"# Handover", "There is no summary yet."}},
		apiCase{as: "owner", method: "GET", path: path + "/knowledge", status: 400, want: []string{"Make the summary first."}},
		apiCase{as: "owner", method: "POST", path: path + "/knowledge", status: 400, want: []string{"Make the summary first."}},
		apiCase{as: "owner", method: "GET", path: path + "/jobs", status: 200, want: []string{`{"data":[],"pagination":{"total":0,"limit":20,"offset":0}}`}},
		apiCase{as: "owner", method: "POST", path: path + "/summary", status: 200, want: []string{"Nobody has answered yet."}},
		apiCase{as: "owner", method: "POST", path: path + "/knowledge", status: 200,
			want: []string{`"status":"skipped"`, `"knowledge":null`, `"reason":"Nobody has said anything yet`}},
		apiCase{as: "owner", method: "GET", path: "/api/v1/sessions/hst_none/report", status: 404},
		apiCase{as: "owner", method: "GET", path: "/api/v1/sessions/hst_none/summary", status: 404},
	)
}

func TestResultsOverTheInterface(t *testing.T) {
	d := newDesk(t)
	owner := d.person("owner", appliance.RoleOwner)
	d.key("client", owner, time.Time{}, appliance.ScopeAll)
	s := d.open()
	path := "/api/v1/sessions/" + string(s.ID)
	around := strings.Repeat("Ja. ", 60)
	words := "We decided last week that the printer on the second floor moves to the ward, because nobody finds it at night."
	d.joinAs("ada", s, "Ada")
	d.await("ada")
	d.say("ada", around+"\n"+words+"\n"+around)
	d.await("ada")

	d.run(
		apiCase{name: "results are asked for", as: "client", method: "POST", path: path + "/summary", status: 200,
			want: []string{"One person answered.", "> “We decided last week", "— Participant 1"}, forbid: []string{"Ada"}},
		apiCase{as: "client", method: "GET", path: path + "/summary", status: 200, want: []string{`"generated_at":"2026-`}},
		apiCase{as: "client", method: "GET", path: path, status: 200, want: []string{`"summary":"## At a glance`}},
		apiCase{as: "client", method: "GET", path: path + "/session-md", status: 200, want: []string{"# Handover", "## At a glance"}, forbid: []string{"Ada"}},
		apiCase{as: "client", method: "POST", path: path + "/knowledge", status: 200,
			want: []string{`"status":"generated"`, `"decisions":[{"description":"We decided last week`, `"actions":[]`, `"tensions":[]`, `"strength":"weak"`, `"evidence":["trn_`}},
	)
	if w := d.send("client", "GET", path+"/session-md", nil); w.Header().Get("Content-Type") != "text/markdown; charset=utf-8" {
		t.Errorf("the document is of type %q", w.Header().Get("Content-Type"))
	}

	var r web.Report
	d.get("client", "GET", path+"/report", nil, 200, &r)
	if r.SessionID != s.ID || r.Version != 1 || r.MadeBy != "rules" || r.Stale || len(r.Claims) != 1 || r.Counts.Located != 1 {
		t.Fatalf("the report is version %d by %s, stale %v, %d claims", r.Version, r.MadeBy, r.Stale, len(r.Claims))
	}
	for id, c := range r.Claims {
		var whole web.Conversation
		d.get("client", "GET", "/api/v1/conversations/"+string(c.ConversationID), nil, 200, &whole)
		q := c.Quotes[0]
		content := whole.TurnsList[q.Seq].Content
		if content[q.Start:q.End] != q.Text || q.Text != words || whole.TurnsList[q.Seq].ID != q.TurnID || c.ID != id || c.Participant != "Participant 1" {
			t.Errorf("the quotation does not stand at turn %d, bytes %d to %d", q.Seq, q.Start, q.End)
		}
		before, cut := strings.CutPrefix(q.Before, "…")
		after, cutToo := strings.CutSuffix(q.After, "…")
		if !cut || !cutToo || !strings.Contains(content, before+q.Text+after) || len(before) > 120 || len(after) > 120 {
			t.Errorf("what stands around it is %q and %q", q.Before, q.After)
		}
	}

	d.run(
		apiCase{name: "who speaks alone makes no theme", as: "client", method: "GET", path: path + "/themes", status: 200,
			want: []string{`"made_by":"rules"`, `"stability":1,"stability_of":1`, `"themes":[]`,
				`"other":{"conversations":1,"people":1,"claims_count":1,"claims_shown":1}`, `"located":1`}},
		apiCase{as: "client", method: "GET", path: path + "/themes/other/claims", status: 200,
			want: []string{`"participant":"Participant 1"`, `"stance":"neutral"`, `"text":"We decided last week`, `"total":1`}, forbid: []string{"Ada"}},
		apiCase{as: "client", method: "GET", path: path + "/themes/thm_none/claims", status: 404},
		apiCase{as: "client", method: "POST", path: path + "/jobs/job_none/stop", status: 404},
	)
	reading, err := d.store.Enqueue(t.Context(), appliance.JobRead, s.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	d.run(apiCase{as: "client", method: "POST", path: path + "/jobs/" + string(reading) + "/stop", status: 200, want: []string{`"state":"cancelled"`}})
	d.audited("results.make", "results.stop")

	d.run(
		apiCase{name: "leave it out", as: "client", method: "PATCH", path: "/api/v1/conversations/" + string(d.listed(s)[0].ID),
			body: map[string]any{"included": false}, status: 200},
		apiCase{name: "until the report is made anew it cites nothing of it", as: "client", method: "GET", path: path + "/report", status: 200,
			want: []string{`"stale":true`, `"claims":{}`, `"waiting":1`}, forbid: []string{"We decided"}},
		apiCase{name: "make it anew", as: "client", method: "POST", path: path + "/report", status: 202, want: []string{`"kind":"report"`, `"state":"queued"`}},
		apiCase{as: "client", method: "GET", path: path + "/jobs", status: 200, want: []string{`"kind":"report"`, `"state":"queued"`, `"finished_at":null`}},
	)
}

func TestWhoMayOnlyReadMakesNoResults(t *testing.T) {
	d := newDesk(t)
	d.person("owner", appliance.RoleOwner)
	d.person("viewer", appliance.RoleViewer)
	s := d.open(func(s *appliance.Session, _ *appliance.Form) { s.Public = true })
	path := "/api/v1/sessions/" + string(s.ID)
	d.joinAs("ada", s, "Ada")
	d.await("ada")
	d.say("ada", telling)
	d.run(
		apiCase{as: "viewer", method: "POST", path: path + "/summary", status: 403},
		apiCase{as: "viewer", method: "POST", path: path + "/report", status: 403},
		apiCase{as: "viewer", method: "POST", path: path + "/knowledge", status: 403},
		apiCase{as: "owner", method: "POST", path: path + "/summary", status: 200},
		apiCase{as: "viewer", method: "GET", path: path + "/report", status: 200, want: []string{`"participant":"Participant 1"`}, forbid: []string{"Ada"}},
		apiCase{as: "viewer", method: "GET", path: path + "/summary", status: 200, forbid: []string{"Ada"}},
		apiCase{as: "viewer", method: "GET", path: path + "/knowledge", status: 200, want: []string{`"status":"generated"`}},
		apiCase{as: "ada", method: "GET", path: path + "/report", status: 401},
		apiCase{as: "", method: "GET", path: path + "/report", status: 401},
	)
}
