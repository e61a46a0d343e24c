package web_test

import (
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/web"
)

// The results of a project hold those of the sessions that who asks may see, and of no other.
func TestProjectResultsLeadBackToSessionsThatMayBeSeen(t *testing.T) {
	d := newDesk(t)
	d.person("owner", appliance.RoleOwner)
	d.person("vera", appliance.RoleViewer)
	var p web.Project
	d.get("owner", "POST", "/api/v1/projects", `{"title":"Night shift","is_public":true}`, 201, &p)
	path := "/api/v1/projects/" + string(p.ID)
	d.run(apiCase{as: "owner", method: "GET", path: path + "/results", status: 200,
		want: []string{`"sessions":[]`, `"recurring":[]`, `"changes":[]`, `"decisions":[]`, `"open":[]`}})

	s := d.open()
	d.get("owner", "PATCH", "/api/v1/sessions/"+string(s.ID), `{"project_id":"`+string(p.ID)+`"}`, 200, nil)
	d.joinAs("ada", s, "Ada")
	d.await("ada")
	d.say("ada", "We decided last week that the printer on the second floor moves to the ward.")
	d.await("ada")
	d.get("owner", "POST", "/api/v1/sessions/"+string(s.ID)+"/summary", "", 200, nil)

	var r web.ProjectResults
	d.get("owner", "GET", path+"/results", nil, 200, &r)
	if len(r.Sessions) != 1 || r.Sessions[0].ID != s.ID || r.Sessions[0].People != 1 {
		t.Errorf("%d sessions", len(r.Sessions))
	}
	if len(r.Decisions) != 1 || r.Decisions[0].SessionID != s.ID || len(r.Decisions[0].Evidence) != 1 || r.Decisions[0].Evidence[0].Seq != 1 {
		t.Errorf("%d decisions", len(r.Decisions))
	}

	only := func(tab string) {
		d.get("owner", "PATCH", "/api/v1/sessions/"+string(s.ID),
			`{"visibility":{"minimum":5,"tabs":[{"tab":"`+tab+`","members":"owner","shared":"host"}]}}`, 200, nil)
	}
	only("responses")
	d.run(apiCase{name: "without conversations", as: "vera", method: "GET", path: path + "/results", status: 200,
		want: []string{"printer", `"evidence":[]`}, forbid: []string{"trn_", "cnv_"}})
	only("summary")
	d.run(apiCase{name: "without the summary", as: "vera", method: "GET", path: path + "/results", status: 200,
		want: []string{`"sessions":[]`}, forbid: []string{"printer"}})

	d.get("owner", "PATCH", path, `{"is_public":false}`, 200, nil)
	d.run(apiCase{as: "vera", method: "GET", path: path + "/results", status: 404, forbid: []string{"printer"}})
}
