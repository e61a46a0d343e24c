package web_test

import (
	"net/http"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/web"
)

func TestAProjectIsCopiedWithTheDesignsOfItsSessions(t *testing.T) {
	d := hostDesk(t)
	vera := d.person("vera", appliance.RoleViewer)
	var p, copied, again web.Project
	d.get("ada", "POST", "/api/v1/projects", `{"title":"Night shift","description":"All wards"}`, 201, &p)
	s := d.session("ada", `{`+wards+`,"project_id":"`+string(p.ID)+`","questions":[{"text":"Which ward?","type":"Short field"}]}`)
	d.session("ada", `{"topic":"Breaks","goal":"When people rest","draft":true,"project_id":"`+string(p.ID)+`"}`)
	d.get("ada", "PUT", "/api/v1/projects/"+string(p.ID)+"/members/"+string(vera.ID), `{"role":"editor"}`, 200, nil)
	from := "/api/v1/projects/" + string(p.ID) + "/duplicate"
	d.get("ada", "POST", "/api/v1/templates", `{"title":"Shift talk","workspace_id":"`+string(p.ID)+`"}`, 201, nil)
	d.run(
		apiCase{name: "by somebody who does not see it", as: "eve", method: "POST", path: from, status: 404},
		apiCase{name: "by somebody who may make no project", as: "vera", method: "POST", path: from, status: 403},
		apiCase{name: "with a title that is too long", as: "ada", method: "POST", path: from, body: map[string]any{"title": string(make([]rune, 201))}, status: 400},
	)
	d.get("ada", "POST", from, `{"title":"Day shift"}`, http.StatusCreated, &copied, "Idempotency-Key: copy")
	d.get("ada", "POST", from, `{"title":"Day shift"}`, http.StatusCreated, &again, "Idempotency-Key: copy")
	if again.ID != copied.ID || copied.ID == p.ID || copied.Title != "Day shift" || copied.Description != "All wards" || copied.Role != appliance.RoleOwner {
		t.Errorf("copied as %+v, then %+v", copied, again)
	}
	var list web.List[web.SessionItem]
	d.get("ada", "GET", "/api/v1/sessions?project_id="+string(copied.ID), nil, 200, &list)
	if len(list.Data) != 2 {
		t.Fatalf("%d sessions are in the copy", len(list.Data))
	}
	for _, one := range list.Data {
		if one.State != appliance.SessionDraft || one.ID == s.ID {
			t.Errorf("%s is copied as %q", one.Topic, one.State)
		}
		if one.Topic == s.Topic {
			d.run(apiCase{as: "ada", method: "GET", path: "/api/v1/sessions/" + string(one.ID) + "/questions", status: 200, want: []string{"Which ward?"}})
		}
	}
	d.run(apiCase{name: "templates come along", as: "ada", method: "GET", path: "/api/v1/templates?workspace_id=" + string(copied.ID), status: 200,
		want: []string{"Shift talk", string(copied.ID)}, forbid: []string{string(p.ID)}},
		apiCase{name: "and are private to it", as: "eve", method: "GET", path: "/api/v1/templates?workspace_id=" + string(copied.ID), status: 200, forbid: []string{string(copied.ID)}})
	d.run(apiCase{name: "members stay out", as: "vera", method: "GET", path: "/api/v1/projects/" + string(copied.ID), status: 404},
		apiCase{name: "the original is as it was", as: "ada", method: "GET", path: "/api/v1/projects/" + string(p.ID), status: 200, want: []string{"Night shift", string(s.ID)}})
}
