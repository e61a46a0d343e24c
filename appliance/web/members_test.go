package web_test

import (
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/web"
)

// One can give only roles below one's own, on the box, on a project and on a session.
func TestRolesAreGivenFromAbove(t *testing.T) {
	d := newDesk(t)
	owner := d.person("owner", appliance.RoleOwner)
	d.person("adam", appliance.RoleAdmin)
	other := d.person("ada", appliance.RoleAdmin)
	edith := d.person("edith", appliance.RoleEditor)
	vera := d.person("vera", appliance.RoleViewer)
	to := func(a appliance.Account) string { return "/api/v1/members/" + string(a.ID) }
	d.run(
		apiCase{name: "an administrator makes an editor", as: "adam", method: "PATCH", path: to(vera), body: `{"role":"editor"}`, status: 200,
			want: []string{`"role":"editor"`}},
		apiCase{name: "and no administrator", as: "adam", method: "PATCH", path: to(vera), body: `{"role":"admin"}`, status: 403},
		apiCase{name: "nor lowers one", as: "adam", method: "PATCH", path: to(other), body: `{"role":"viewer"}`, status: 403},
		apiCase{name: "nor an owner", as: "adam", method: "PATCH", path: to(owner), body: `{"role":"viewer"}`, status: 403},
		apiCase{name: "nor takes the box", as: "adam", method: "PATCH", path: to(vera), body: `{"role":"owner","transfer":true}`, status: 403},
		apiCase{name: "an editor gives nothing", as: "edith", method: "PATCH", path: to(vera), body: `{"role":"viewer"}`, status: 403},
		apiCase{name: "the last owner stays", as: "owner", method: "PATCH", path: to(owner), body: `{"role":"admin"}`, status: 409},
		apiCase{name: "ownership is not given", as: "owner", method: "PATCH", path: to(other), body: `{"role":"owner"}`, status: 403},
		apiCase{name: "it is handed over", as: "owner", method: "PATCH", path: to(other), body: `{"role":"owner","transfer":true}`, status: 200},
		apiCase{name: "once", as: "owner", method: "PATCH", path: to(edith), body: `{"role":"owner","transfer":true}`, status: 403},
		apiCase{name: "who stepped down", as: "owner", method: "PATCH", path: to(owner), body: `{"role":"viewer"}`, status: 200},
		apiCase{name: "somebody unknown", as: "ada", method: "PATCH", path: "/api/v1/members/acc_none", body: `{"role":"viewer"}`, status: 404},
	)
}

func TestMembersOfAProjectAndASession(t *testing.T) {
	d := newDesk(t)
	d.person("boss", appliance.RoleOwner)
	owner := d.person("owner", appliance.RoleEditor)
	edith := d.person("edith", appliance.RoleEditor)
	vera := d.person("vera", appliance.RoleViewer)
	gone := d.person("gone", appliance.RoleViewer)
	if _, err := d.store.UpdateAccount(t.Context(), byTest, gone.ID, func(a *appliance.Account) error { a.Disabled = true; return nil }); err != nil {
		t.Fatal(err)
	}
	var p web.Project
	d.get("owner", "POST", "/api/v1/projects", `{"title":"Night shift"}`, 201, &p)
	s := d.openAs("owner")
	for _, path := range []string{"/api/v1/projects/" + string(p.ID), "/api/v1/sessions/" + string(s.ID)} {
		member := func(a appliance.Account) string { return path + "/members/" + string(a.ID) }
		d.run(
			apiCase{name: "hidden", as: "vera", method: "GET", path: path, status: 404},
			apiCase{name: "let in", as: "owner", method: "PUT", path: member(vera), body: `{"role":"viewer"}`, status: 200,
				want: []string{`"name":"vera"`, `"role":"viewer"`, `"from":"here"`}},
			apiCase{name: "seen", as: "vera", method: "GET", path: path, status: 200, want: []string{`"role":"viewer"`}},
			apiCase{name: "a viewer shares nothing", as: "vera", method: "PUT", path: member(edith), body: `{"role":"viewer"}`, status: 403},
			apiCase{name: "raised", as: "owner", method: "PUT", path: member(vera), body: `{"role":"admin"}`, status: 200},
			apiCase{name: "shares", as: "vera", method: "PUT", path: member(edith), body: `{"role":"editor"}`, status: 200},
			apiCase{name: "not her own role", as: "vera", method: "PUT", path: member(edith), body: `{"role":"admin"}`, status: 403},
			apiCase{name: "an editor removes nobody", as: "edith", method: "DELETE", path: member(vera), status: 403},
			apiCase{name: "the last owner stays", as: "owner", method: "DELETE", path: member(owner), status: 409},
			apiCase{name: "also against the owner of the box", as: "boss", method: "PUT", path: member(owner), body: `{"role":"viewer"}`, status: 403},
			apiCase{name: "no owner beside it", as: "owner", method: "PUT", path: member(edith), body: `{"role":"owner"}`, status: 403},
			apiCase{name: "an administrator hands nothing over", as: "vera", method: "PUT", path: member(vera), body: `{"role":"owner","transfer":true}`, status: 403},
			apiCase{name: "nor over to themselves", as: "owner", method: "PUT", path: member(owner), body: `{"role":"owner","transfer":true}`, status: 400,
				want: []string{"already"}},
			apiCase{name: "handed over", as: "owner", method: "PUT", path: member(edith), body: `{"role":"owner","transfer":true}`, status: 200,
				want: []string{`"role":"owner"`}},
			apiCase{name: "leaves", as: "owner", method: "DELETE", path: member(owner), status: 204},
			apiCase{name: "has left", as: "owner", method: "GET", path: path, status: 404},
			apiCase{name: "nobody", as: "edith", method: "PUT", path: path + "/members/acc_none", body: `{"role":"viewer"}`, status: 400, want: []string{`"field":"member"`}},
			apiCase{name: "no group", as: "edith", method: "PUT", path: path + "/members/grp_none", body: `{"role":"viewer"}`, status: 400, want: []string{`"field":"member"`}},
			apiCase{name: "a deactivated account", as: "edith", method: "PUT", path: member(gone), body: `{"role":"viewer"}`, status: 400},
			apiCase{name: "not a member", as: "edith", method: "DELETE", path: member(owner), status: 404},
			apiCase{name: "removed", as: "edith", method: "DELETE", path: member(vera), status: 204},
			apiCase{name: "hidden again", as: "vera", method: "GET", path: path, status: 404},
		)
	}
}

// A group has roles on projects and sessions as a person has, and each of its people has them.
func TestGroupsOfPeople(t *testing.T) {
	d := newDesk(t)
	d.person("boss", appliance.RoleOwner)
	d.person("adam", appliance.RoleAdmin)
	d.person("owner", appliance.RoleEditor)
	vera := d.person("vera", appliance.RoleViewer)
	walt := d.person("walt", appliance.RoleViewer)
	var g web.Group
	d.get("adam", "POST", "/api/v1/groups", map[string]any{"name": "Nurses", "add": []appliance.AccountID{vera.ID}}, 201, &g)
	s := d.openAs("owner")
	var p web.Project
	d.get("owner", "POST", "/api/v1/projects", `{"title":"Night shift"}`, 201, &p)
	session, project, group := "/api/v1/sessions/"+string(s.ID), "/api/v1/projects/"+string(p.ID), "/api/v1/groups/"+string(g.ID)
	d.run(
		apiCase{name: "the same name", as: "adam", method: "POST", path: "/api/v1/groups", body: `{"name":"nurses"}`, status: 409},
		apiCase{name: "one that looks the same", as: "adam", method: "POST", path: "/api/v1/groups", body: `{"name":"Ｎurses"}`, status: 409},
		apiCase{name: "mixed alphabets", as: "adam", method: "POST", path: "/api/v1/groups", body: `{"name":"Nursеs"}`, status: 400, want: []string{`"field":"name"`}},
		apiCase{name: "no group of an editor", as: "owner", method: "POST", path: "/api/v1/groups", body: `{"name":"Mine"}`, status: 403},
		apiCase{name: "hidden", as: "vera", method: "GET", path: session, status: 404},
		apiCase{name: "no group owns", as: "owner", method: "PUT", path: session + "/members/" + string(g.ID), body: `{"role":"owner","transfer":true}`, status: 400},
		apiCase{name: "let in", as: "owner", method: "PUT", path: session + "/members/" + string(g.ID), body: `{"role":"editor"}`, status: 200,
			want: []string{`"kind":"group"`, `"member_count":1`}},
		apiCase{name: "seen", as: "vera", method: "GET", path: session, status: 200, want: []string{`"role":"editor"`}},
		apiCase{name: "listed", as: "vera", method: "GET", path: "/api/v1/sessions", status: 200, want: []string{string(s.ID), `"total":1`}},
		apiCase{name: "not by others", as: "walt", method: "GET", path: session, status: 404},
		apiCase{name: "let into the project", as: "owner", method: "PUT", path: project + "/members/" + string(g.ID), body: `{"role":"admin"}`, status: 200},
		apiCase{name: "sees the project", as: "vera", method: "GET", path: project, status: 200, want: []string{`"role":"admin"`}},
		apiCase{name: "an administrator cannot fill a group of administrators", as: "adam", method: "PATCH", path: group,
			body: map[string]any{"add": []appliance.AccountID{walt.ID}}, status: 403},
		apiCase{name: "an owner can", as: "boss", method: "PATCH", path: group, body: map[string]any{"add": []appliance.AccountID{walt.ID}}, status: 200,
			want: []string{`"member_count":2`}},
		apiCase{name: "nobody unknown", as: "boss", method: "PATCH", path: group, body: `{"add":["acc_none"]}`, status: 400, want: []string{`"field":"add[0]"`}},
		apiCase{name: "seen by both", as: "walt", method: "GET", path: session, status: 200},
		apiCase{name: "with its people", as: "walt", method: "GET", path: group, status: 200, want: []string{`"name":"vera"`, `"name":"walt"`}},
		apiCase{name: "nor empty it", as: "adam", method: "PATCH", path: group, body: map[string]any{"remove": []appliance.AccountID{walt.ID}}, status: 403},
		apiCase{name: "taken out", as: "boss", method: "PATCH", path: group, body: map[string]any{"remove": []appliance.AccountID{walt.ID}}, status: 200},
		apiCase{name: "hidden again", as: "walt", method: "GET", path: session, status: 404},
	)
	d.get("owner", "PATCH", session, `{"project_id":"`+string(p.ID)+`"}`, 200, nil)
	d.run(
		apiCase{name: "by the project too", as: "vera", method: "GET", path: session + "/members", status: 200, want: []string{`"from":"project"`}},
		apiCase{name: "the higher role counts", as: "vera", method: "GET", path: session, status: 200, want: []string{`"role":"admin"`}},
		apiCase{name: "not deleted by one who is not above its roles", as: "adam", method: "DELETE", path: group, status: 403},
		apiCase{name: "deleted", as: "boss", method: "DELETE", path: group, status: 204},
		apiCase{name: "without the group", as: "vera", method: "GET", path: session, status: 404},
		apiCase{name: "nothing is left", as: "vera", method: "GET", path: "/api/v1/sessions", status: 200, forbid: []string{string(s.ID)}},
	)
}

// openAs has somebody make a session, which is open.
func (d *desk) openAs(who string) (s web.Session) {
	d.t.Helper()
	d.get(who, "POST", "/api/v1/sessions", `{"topic":"Handover","goal":"Learn what gets lost"}`, 201, &s)
	return s
}

// The people of a project have their roles on its sessions: nobody rises by moving a session, and an administrator of the box
// does not by deleting an account.
func TestNobodyRisesByMovingOrInheriting(t *testing.T) {
	d := newDesk(t)
	d.person("boss", appliance.RoleOwner)
	adam := d.person("adam", appliance.RoleAdmin)
	owner := d.person("owner", appliance.RoleEditor)
	edith := d.person("edith", appliance.RoleEditor)
	s := d.openAs("owner")
	session := "/api/v1/sessions/" + string(s.ID)
	projectOf := func(who string) string {
		var p web.Project
		d.get(who, "POST", "/api/v1/projects", `{"title":"Of `+who+`"}`, 201, &p)
		return `{"project_id":"` + string(p.ID) + `"}`
	}
	ediths, adams, owners := projectOf("edith"), projectOf("adam"), projectOf("owner")
	member := "/api/v1/members/" + string(owner.ID)
	d.run(
		apiCase{name: "an editor is let in", as: "owner", method: "PUT", path: session + "/members/" + string(edith.ID), body: `{"role":"editor"}`, status: 200},
		apiCase{name: "and does not move it into her project", as: "edith", method: "PATCH", path: session, body: ediths, status: 403},
		apiCase{name: "nor does an administrator into his", as: "adam", method: "PATCH", path: session, body: adams, status: 403},
		apiCase{name: "its owner moves it", as: "owner", method: "PATCH", path: session, body: owners, status: 200},
		apiCase{name: "an editor does not cut the project off", as: "edith", method: "PATCH", path: session, body: `{"project_id":null}`, status: 403},
		apiCase{name: "it is as it was", as: "edith", method: "GET", path: session, status: 200, want: []string{`"role":"editor"`}},
		apiCase{name: "an administrator does not take over what others own", as: "adam", method: "DELETE", path: member + "?sessions=hand_over&to=" + string(adam.ID), status: 403},
		apiCase{name: "and names somebody else", as: "adam", method: "DELETE", path: member + "?sessions=hand_over&to=" + string(edith.ID), status: 200},
		apiCase{name: "who owns it then", as: "edith", method: "GET", path: session, status: 200, want: []string{`"role":"owner"`}},
	)
}
