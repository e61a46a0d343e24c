package web_test

import (
	"fmt"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/auth"
	"harmonium/appliance/web"
)

// hide gives a patch with which members see each part from the role editor on.
func hide() map[string]any {
	var tabs []map[string]string
	for _, t := range appliance.Tabs() {
		tabs = append(tabs, map[string]string{"tab": string(t), "members": "editor", "shared": "host"})
	}
	return map[string]any{"visibility": map[string]any{"minimum": 5, "tabs": tabs}}
}

// share gives a patch that shows parts to others than members: pairs of a part and its audience.
func share(minimum int, pairs ...string) map[string]any {
	tabs := []map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		tabs = append(tabs, map[string]string{"tab": pairs[i], "members": "viewer", "shared": pairs[i+1]})
	}
	return map[string]any{"visibility": map[string]any{"minimum": minimum, "tabs": tabs}}
}

func TestWhatTellsOfResultsBelongsToAPartOfThem(t *testing.T) {
	for _, p := range auth.All() {
		of := p.On == auth.Session || p.On == auth.Conversation
		tells := p.Scope == appliance.ScopeResponsesRead || p.Scope == appliance.ScopeResultsRead || p.Scope == appliance.ScopeMeetingsRead
		if of && tells && p.Tab == "" {
			t.Errorf("%s tells of results, and the table does not say of which part", p.Operation)
		}
		if !of && p.Tab != "" {
			t.Errorf("%s belongs to the part %s, and to no session", p.Operation, p.Tab)
		}
	}
}

// Every operation that tells a part of the results, for a viewer from whom all parts are kept.
func TestAViewerGetsNothingOfAPartThatIsKeptFromViewers(t *testing.T) {
	w := newWorld(t)
	w.as["owner"], w.as["viewer"] = w.cookie(w.people["owner"]), w.cookie(w.people["viewer"])
	w.run(apiCase{as: "owner", method: "PATCH", path: "/api/v1/sessions/" + string(w.public.session), body: hide(), status: 200})
	for _, r := range w.routes {
		p, _ := auth.For(r.Operation)
		if p.Tab == "" || p.Role != appliance.RoleViewer {
			continue
		}
		answer := w.send("viewer", r.Method, w.public.address(r.Path, p.On), body(r.Method))
		if answer.Code != 403 || !strings.Contains(answer.Body.String(), "This part of the results is shown from the role editor on") {
			t.Errorf("%s: %d %s", r.Operation, answer.Code, answer.Body)
		}
		if answer := w.send("owner", r.Method, w.public.address(r.Path, p.On), body(r.Method)); answer.Code == 403 {
			t.Errorf("%s is kept from the owner", r.Operation)
		}
	}
}

func TestAHiddenPartIsNowhereElseEither(t *testing.T) {
	d := newDesk(t)
	owner := d.person("owner", appliance.RoleOwner)
	d.person("viewer", appliance.RoleViewer)
	s := d.open(func(s *appliance.Session, _ *appliance.Form) { s.Public, s.CreatedBy = true, owner.ID })
	path := "/api/v1/sessions/" + string(s.ID)
	d.joinAs("ada", s, "Ada")
	d.await("ada")
	d.say("ada", telling)
	d.await("ada")
	d.run(
		apiCase{as: "owner", method: "POST", path: path + "/summary", status: 200},
		apiCase{as: "viewer", method: "GET", path: path, status: 200, want: []string{`"summary":"##`, `"tabs":["summary","themes","responses"`}},
		apiCase{as: "viewer", method: "GET", path: "/api/v1/search?q=printer", status: 200, want: []string{`"conversation_id":"cnv_`}},
		apiCase{as: "owner", method: "PATCH", path: path, body: hide(), status: 200, want: []string{`"summary":"##`}},
		apiCase{as: "viewer", method: "GET", path: path, status: 200, want: []string{`"summary":null`, `"tabs":[]`}, forbid: []string{"At a glance", "printer"}},
		apiCase{as: "viewer", method: "GET", path: "/api/v1/search?q=printer", status: 200, forbid: []string{"cnv_"}},
		apiCase{as: "viewer", method: "POST", path: "/api/v1/companion/evidence", body: map[string]any{"question": "printer", "budget_words": 100},
			status: 200, want: []string{`"passages":[]`}},
		apiCase{as: "viewer", method: "POST", path: "/api/v1/companion/evidence",
			body: map[string]any{"question": "printer", "budget_words": 100, "session_id": s.ID}, status: 404},
	)
}

// Who may take files away, and not see what was said, gets none of what was said.
func TestCaptionsAreKeptFromWhoDoesNotSeeConversations(t *testing.T) {
	d := newDesk(t)
	owner := d.person("owner", appliance.RoleOwner)
	d.person("viewer", appliance.RoleViewer)
	s := d.open(func(s *appliance.Session, _ *appliance.Form) { s.Public, s.CreatedBy = true, owner.ID })
	path := "/api/v1/sessions/" + string(s.ID)
	var m web.ConversationItem
	d.get("owner", "POST", path+"/conversations", map[string]any{"title": "Round", "turns": []any{
		map[string]any{"speaker": "Ada", "text": hangar, "start_ms": 1000, "end_ms": 2000}}}, 201, &m)
	captions := "/api/v1/meetings/" + string(m.ID) + "/captions?format=srt"
	d.run(apiCase{as: "viewer", method: "GET", path: captions, status: 200, want: []string{"zeppelin"}},
		apiCase{as: "owner", method: "PATCH", path: path, status: 200, body: map[string]any{"visibility": map[string]any{"minimum": 5,
			"tabs": []map[string]string{{"tab": "responses", "members": "editor", "shared": "host"}, {"tab": "export", "members": "viewer", "shared": "host"}}}}},
		apiCase{as: "viewer", method: "GET", path: captions, status: 403, want: []string{"No file was made"}, forbid: []string{"zeppelin"}},
		apiCase{as: "owner", method: "GET", path: captions, status: 200, want: []string{"zeppelin"}})
}

func TestOfAReportWithoutTheConversationsNothingLeadsIntoThem(t *testing.T) {
	d := newDesk(t)
	d.person("owner", appliance.RoleOwner)
	d.person("viewer", appliance.RoleViewer)
	s := d.open(func(s *appliance.Session, _ *appliance.Form) { s.Public = true })
	path := "/api/v1/sessions/" + string(s.ID)
	d.joinAs("ada", s, "Ada")
	d.await("ada")
	d.say("ada", telling)
	d.await("ada")
	closed := share(5)
	closed["visibility"].(map[string]any)["tabs"] = []map[string]string{{"tab": "responses", "members": "editor", "shared": "host"}}
	d.run(apiCase{as: "ada", method: "POST", path: "/api/v1/conversation/finish", body: map[string]any{"keep": true}, status: 200})
	d.run(
		apiCase{as: "owner", method: "POST", path: path + "/summary", status: 200},
		apiCase{as: "viewer", method: "GET", path: path + "/report", status: 200, want: []string{`"conversation_id":"cnv_`, `"turn_id":"trn_`}},
		apiCase{as: "owner", method: "PATCH", path: path, body: closed, status: 200},
		apiCase{as: "viewer", method: "GET", path: path + "/report", status: 200, want: []string{`"quotes":[{`}, forbid: []string{"cnv_", "trn_"}},
		apiCase{as: "viewer", method: "GET", path: path + "/jobs", status: 200, want: []string{`"kind":"digest"`}, forbid: []string{"cnv_"}},
	)
}

func TestTheTableIsCheckedAndKept(t *testing.T) {
	d := newDesk(t)
	d.person("owner", appliance.RoleOwner)
	d.person("editor", appliance.RoleEditor)
	s := d.open(func(s *appliance.Session, _ *appliance.Form) { s.Public = true })
	path := "/api/v1/sessions/" + string(s.ID)
	forOwners := hide()
	forOwners["visibility"].(map[string]any)["tabs"] = []map[string]string{{"tab": "themes", "members": "owner", "shared": "host"}}
	d.run(
		apiCase{name: "single people cannot be shown", as: "owner", method: "PATCH", path: path, body: share(5, "companion", "public"), status: 400,
			want: []string{"visibility.tabs", "the other parts show single people"}},
		apiCase{name: "nor groups of two", as: "owner", method: "PATCH", path: path, body: share(2, "summary", "public"), status: 400},
		apiCase{name: "an editor does not shut themselves out", as: "editor", method: "PATCH", path: path, body: forOwners, status: 403},
		apiCase{as: "owner", method: "PATCH", path: path, body: forOwners, status: 200},
		apiCase{name: "nor opens what they do not see", as: "editor", method: "PATCH", path: path, body: share(5), status: 403,
			want: []string{"You do not see the part “themes”"}},
		apiCase{name: "nor by Harmonica's word", as: "editor", method: "PATCH", path: path, body: map[string]any{"results_visibility": "public"}, status: 403},
		apiCase{as: "owner", method: "PATCH", path: path, body: share(7, "summary", "public", "responses", "participants"), status: 200,
			want: []string{`"results_visibility":"public"`, `"minimum":7`, `{"tab":"responses","members":"viewer","shared":"participants"}`,
				`{"tab":"themes","members":"viewer","shared":"host"}`}},
		apiCase{as: "owner", method: "PATCH", path: path, body: map[string]any{"results_visibility": "participants"}, status: 200,
			want: []string{`{"tab":"themes","members":"viewer","shared":"participants"}`, `{"tab":"responses","members":"viewer","shared":"host"}`}},
	)
}

// A participant and a stranger, before and after the end, with and without what is shown to each.
func TestOthersThanMembersSeeWhatTheTableSaysAndNothingOfOnePerson(t *testing.T) {
	d := newDesk(t)
	d.person("owner", appliance.RoleOwner)
	s := d.openPicks()
	path, results := "/api/v1/sessions/"+string(s.ID), "/api/v1/results/"+string(s.ID)
	none := apiCase{method: "GET", path: results, status: 404, want: []string{"There are no results to see here"}}
	as := func(who string, c apiCase) apiCase { c.as = who; return c }
	for i := range 4 {
		who := fmt.Sprint("guest ", i)
		d.joinAs(who, s, "")
		d.await(who)
		d.pick(who, "one", web.Answer{TurnID: d.await(who).Turns[0].ID, Chosen: []int{0}})
		d.await(who)
	}
	finish := func(who string) {
		d.run(apiCase{as: who, method: "POST", path: "/api/v1/conversation/finish", body: map[string]any{"keep": true}, status: 200})
	}
	d.run(
		as("", none), as("guest 0", none),
		apiCase{as: "guest 0", method: "GET", path: "/api/v1/conversation", status: 200, want: []string{`"results":false`}},
		apiCase{as: "owner", method: "PATCH", path: path, body: share(4, "responses", "participants"), status: 200},
		apiCase{as: "guest 0", method: "GET", path: "/api/v1/conversation", status: 200, want: []string{`"results":true`}},
		as("", none), as("guest 0", none), // who still talks is to speak for themselves
		apiCase{as: "", method: "GET", path: "/api/v1/results/hst_none", status: 404, want: none.want},
	)
	for i := range 3 {
		finish(fmt.Sprint("guest ", i))
	}
	d.run(
		apiCase{as: "owner", method: "POST", path: path + "/summary", status: 200},
		apiCase{name: "too few have finished", as: "guest 0", method: "GET", path: results, status: 200,
			want: []string{`"people":0`, `"minimum":4`, `"answers":[]`}},
	)
	finish("guest 3")
	d.run(
		apiCase{as: "owner", method: "POST", path: path + "/summary", status: 200},
		apiCase{as: "guest 0", method: "GET", path: results, status: 200, want: []string{`"people":4`, `"tabs":["responses"]`, `"answered":4`,
			`"count":4`, `"summary":[]`}, forbid: []string{"cnv_", "trn_", "prt_", "clm_", "Participant"}},
		as("", none),
		apiCase{as: "owner", method: "PATCH", path: path, body: share(4, "summary", "public"), status: 200},
		apiCase{as: "", method: "GET", path: results, status: 200, want: []string{`"people":4`, `"tabs":["summary"]`, `"answers":[]`},
			forbid: []string{"cnv_", "trn_", "prt_", "clm_", "Participant"}},
	)
}
