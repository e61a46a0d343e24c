package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/web"
)

// hangar stands in the meeting, and in nothing else.
const hangar = "We have decided that the zeppelin hangar is repaired before winter."

// consumer reads something of a session, or of more, as somebody or as a program.
type consumer struct {
	name      string
	as        string // owner where it is left out
	method    string // GET where it is left out
	path      string // with {session}, {project} and {meeting}
	body      map[string]any
	tells     string   // in its answer, when it tells of the meeting; a word of it where this is left out
	forbidden []string // the restrictions with which it tells nothing of the meeting
}

// consumers is everything that tells what people said in a meeting. What only its page tells goes on whatever is restricted.
var consumers = []consumer{
	{name: "its page", path: "/conversations/{meeting}"},
	{name: "its transcript", path: "/meetings/{meeting}/transcript"},
	{name: "its transcript, for a program", as: "program", path: "/meetings/{meeting}/transcript", forbidden: []string{"external_export"}},
	{name: "its page, for a program", as: "program", path: "/conversations/{meeting}", forbidden: []string{"external_export"}},
	{name: "the report", path: "/sessions/{session}/report", forbidden: []string{"synthesis"}},
	{name: "themes", path: "/sessions/{session}/themes/other/claims", forbidden: []string{"synthesis"}},
	{name: "the summary", path: "/sessions/{session}/summary", forbidden: []string{"synthesis", "external_export"}},
	{name: "the session as Markdown", path: "/sessions/{session}/session-md", forbidden: []string{"synthesis", "external_export"}},
	{name: "knowledge", path: "/sessions/{session}/knowledge", forbidden: []string{"synthesis"}},
	{name: "results of the project", path: "/projects/{project}/results", forbidden: []string{"synthesis", "project_attachment"}},
	{name: "passages of the project", tells: "{meeting}", method: "POST", path: "/companion/evidence", forbidden: []string{"synthesis", "project_attachment"},
		body: map[string]any{"question": "What about the zeppelin hangar?", "project_id": "{project}", "budget_words": 500}},
	{name: "passages of everything", tells: "{meeting}", method: "POST", path: "/companion/evidence", forbidden: []string{"synthesis", "project_attachment"},
		body: map[string]any{"question": "What about the zeppelin hangar?", "budget_words": 500}},
	{name: "passages of the session", tells: "{meeting}", method: "POST", path: "/companion/evidence", forbidden: []string{"synthesis"},
		body: map[string]any{"question": "What about the zeppelin hangar?", "session_id": "{session}", "budget_words": 500}},
	{name: "passages of the meeting alone", tells: "{meeting}", method: "POST", path: "/companion/evidence",
		body: map[string]any{"question": "What about the zeppelin hangar?", "conversation_id": "{meeting}", "budget_words": 500}},
	{name: "the search", path: "/search?q=zeppelin"},
	{name: "responses", path: "/sessions/{session}/responses", forbidden: []string{"external_export"}},
	{name: "an export with conversations", path: "/sessions/{session}/export?format=md&conversations=true", forbidden: []string{"external_export"}},
	{name: "an export of what was found", path: "/sessions/{session}/export?format=md", forbidden: []string{"synthesis", "external_export"}},
	{name: "a table of points", path: "/sessions/{session}/export?format=csv&table=points", forbidden: []string{"synthesis", "external_export"}},
	{name: "an export of the project", path: "/projects/{project}/export?format=md",
		forbidden: []string{"synthesis", "project_attachment", "external_export"}},
	{name: "an archive for another box", path: "/sessions/{session}/export?format=json",
		forbidden: []string{"synthesis", "project_attachment", "external_export", "sharing"}},
}

// told says whether the consumer is told of the meeting.
func (c consumer) told(d *desk, at *strings.Replacer) bool {
	d.t.Helper()
	var body any
	if c.body != nil {
		filled := map[string]any{}
		for name, v := range c.body {
			if text, ok := v.(string); ok {
				v = at.Replace(text)
			}
			filled[name] = v
		}
		body = filled
	}
	answer := d.send(orElse(c.as, "owner"), orElse(c.method, http.MethodGet), "/api/v1"+at.Replace(c.path), body)
	if answer.Code != 200 && (answer.Code != 403 || c.as != "program") {
		d.t.Errorf("%s: status %d: %s", c.name, answer.Code, answer.Body)
	}
	return strings.Contains(answer.Body.String(), at.Replace(orElse(c.tells, "zeppelin")))
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// Every consumer is asked under every restriction, before anything is made anew: what is restricted is gone at once.
func TestNothingTellsOfAMeetingWhatItsRestrictionsForbid(t *testing.T) {
	d := newDesk(t)
	owner := d.person("owner", appliance.RoleOwner)
	d.key("program", owner, time.Time{}, appliance.ScopeAll)
	var project web.Project
	d.get("owner", "POST", "/api/v1/projects", map[string]any{"title": "Airfield"}, 201, &project)
	s := d.open(func(s *appliance.Session, _ *appliance.Form) { s.ProjectID = project.ID })
	add := func(speaker, text string) web.ConversationItem {
		var item web.ConversationItem
		d.get("owner", "POST", "/api/v1/sessions/"+string(s.ID)+"/conversations", map[string]any{"title": "Round", "turns": []any{
			map[string]any{"speaker": "Interviewer", "text": "What is to be done?"}, map[string]any{"speaker": speaker, "text": text}}}, 201, &item)
		return item
	}
	add("Grace", blunt)
	meeting := add("Ada", hangar)
	at := strings.NewReplacer("{session}", string(s.ID), "{project}", string(project.ID), "{meeting}", string(meeting.ID))
	anew := func() {
		d.run(apiCase{as: "owner", method: "POST", path: "/api/v1/sessions/" + string(s.ID) + "/summary", status: 200})
	}
	restrict := func(scopes ...string) {
		d.run(apiCase{as: "owner", method: "POST", path: "/api/v1/meetings/" + string(meeting.ID) + "/restrictions", status: 200,
			body: map[string]any{"action": "set", "scopes": append([]string{}, scopes...)}})
	}
	anew()
	for _, c := range consumers {
		if !c.told(d, at) {
			t.Errorf("%s does not tell of the meeting, though nothing is restricted", c.name)
		}
	}
	for _, scope := range appliance.RestrictionScopes() {
		restrict(scope)
		for _, round := range []string{"at once", "made anew"} {
			for _, c := range consumers {
				forbidden := slices.Contains(c.forbidden, scope)
				if scope == "all_downstream_processing" {
					forbidden = len(c.forbidden) > 0 || strings.Contains(c.name, "alone") || strings.Contains(c.name, "search")
				}
				if told := c.told(d, at); told == forbidden {
					t.Errorf("%s, %s: %s tells of the meeting: %v", scope, round, c.name, told)
				}
			}
			anew()
		}
		restrict()
		anew()
	}
	for _, c := range consumers {
		if !c.told(d, at) {
			t.Errorf("%s does not tell of the meeting any more, though everything is lifted", c.name)
		}
	}
}

// Results that others see are made of releases: a meeting that must not be shared goes out of them, and takes its release along.
func TestAMeetingThatMustNotBeSharedIsInNothingThatOthersSee(t *testing.T) {
	d := newDesk(t)
	d.person("owner", appliance.RoleOwner)
	s := d.open()
	path := "/api/v1/sessions/" + string(s.ID)
	d.run(apiCase{as: "owner", method: "PATCH", path: path, body: share(3, "themes", "public"), status: 200})
	var last web.ConversationItem
	for i := range 3 {
		d.get("owner", "POST", path+"/conversations", map[string]any{"title": "Round", "turns": []any{
			map[string]any{"speaker": fmt.Sprint("Person ", i), "text": hangar}}}, 201, &last)
	}
	seen := func(people int) {
		t.Helper()
		d.run(apiCase{as: "owner", method: "POST", path: path + "/summary", status: 200},
			apiCase{as: "", method: "GET", path: "/api/v1/results/" + string(s.ID), status: 200, want: []string{fmt.Sprintf(`"people":%d`, people)}})
	}
	restrict := func(scopes ...string) {
		d.run(apiCase{as: "owner", method: "POST", path: "/api/v1/meetings/" + string(last.ID) + "/restrictions", status: 200,
			body: map[string]any{"action": "set", "scopes": append([]string{}, scopes...)}})
	}
	seen(3)
	restrict("sharing")
	seen(0) // two are left, which are fewer than the minimum
	restrict()
	seen(3)
}
