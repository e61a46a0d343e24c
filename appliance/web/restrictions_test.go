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
	path      string // with {session}, {project}, {meeting}, {turn} and {thread}
	body      map[string]any
	tells     string   // in its answer, when it tells of the meeting; a word of it where this is left out
	forbidden []string // the restrictions with which it tells nothing of the meeting
}

// consumers is everything that tells what people said in a meeting. What only its page tells goes on whatever is restricted.
var consumers = []consumer{
	{name: "its page", path: "/conversations/{meeting}"},
	{name: "its transcript", path: "/meetings/{meeting}/transcript"},
	{name: "what a turn said before", path: "/meetings/{meeting}/turns/{turn}/edits"},
	{name: "the list of meetings", path: "/meetings", tells: "{meeting}"},
	{name: "the list of conversations", path: "/sessions/{session}/conversations", tells: "{meeting}"},
	{name: "an answer of the Companion", path: "/companion/threads/{thread}", tells: "zeppelin hangar is",
		forbidden: []string{"synthesis"}},
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

// forPrograms gives each consumer once more, as a program, which hands on what it reads.
func forPrograms(list []consumer) (both []consumer) {
	for _, c := range list {
		p := c
		p.name, p.as = c.name+", for a program", "program"
		p.forbidden = append([]string{"external_export"}, c.forbidden...)
		both = append(both, c, p)
	}
	return both
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
	var page web.Conversation
	d.get("owner", "GET", "/api/v1/conversations/"+string(meeting.ID), nil, 200, &page)
	turn := page.TurnsList[1].ID
	for _, text := range []string{hangar + " Soon.", hangar} {
		d.run(apiCase{as: "owner", method: "PATCH", path: "/api/v1/meetings/" + string(meeting.ID) + "/turns/" + string(turn), status: 204,
			body: map[string]any{"text": text}})
	}
	d.run(apiCase{as: "owner", method: "POST", path: "/api/v1/sessions/" + string(s.ID) + "/summary", status: 200})
	thread := d.answeredThread("owner", map[string]any{"session_id": s.ID}, "What about the zeppelin hangar?")
	at := strings.NewReplacer("{session}", string(s.ID), "{project}", string(project.ID), "{meeting}", string(meeting.ID),
		"{turn}", string(turn), "{thread}", string(thread.ID))
	consumers := forPrograms(consumers)
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

// What is read of a meeting by its address is refused to a program, its sound and its title too; only that it is restricted is told.
func TestAProgramReadsNothingOfAMeetingThatMustNotBeHandedOut(t *testing.T) {
	d := newDesk(t)
	owner := d.person("owner", appliance.RoleOwner)
	d.key("program", owner, time.Time{}, appliance.ScopeAll)
	var m web.MeetingDetail
	d.get("owner", "POST", "/api/v1/meetings", map[string]any{"title": "Zeppelin", "provider": "browser"}, 201, &m)
	path := "/api/v1/meetings/" + string(m.ID)
	restrict := func(as string, status int, scopes ...string) {
		d.t.Helper()
		d.run(apiCase{as: as, method: "POST", path: path + "/restrictions", status: status,
			body: map[string]any{"action": "set", "scopes": append([]string{}, scopes...)}})
	}
	d.run(apiCase{as: "program", method: "GET", path: path, status: 200, want: []string{"Zeppelin"}},
		apiCase{as: "program", method: "GET", path: path + "/segments", status: 200})
	restrict("program", 200, "external_export", "sharing")
	for _, of := range []string{"", "/sound", "/segments", "/versions", "/transcript", "/minutes", "/minutes/file?format=md", "/captions?format=srt", "/turns/trn_x/edits"} {
		d.run(apiCase{name: of, as: "program", method: "GET", path: path + of, status: 403, want: []string{"must not be handed to other programs"},
			forbid: []string{"Zeppelin"}})
	}
	d.run(apiCase{as: "program", method: "GET", path: path + "/restrictions", status: 200, want: []string{"external_export"}},
		apiCase{as: "program", method: "PATCH", path: path, status: 200, body: map[string]any{"keep": "transcript"}, forbid: []string{"Zeppelin"}},
		apiCase{as: "program", method: "POST", path: path + "/close", status: 200, forbid: []string{"Zeppelin"}},
		apiCase{as: "owner", method: "GET", path: path, status: 200, want: []string{"Zeppelin"}})
	restrict("program", 403)
	restrict("program", 403, "sharing")
	restrict("program", 200, "external_export", "synthesis")
	restrict("owner", 200)
	d.run(apiCase{as: "program", method: "GET", path: path, status: 200, want: []string{"Zeppelin"}})
}

func TestAProgramConfirmsWhatKeepsItOutAndDismissesItNot(t *testing.T) {
	d := newDesk(t)
	owner := d.person("owner", appliance.RoleOwner)
	d.key("program", owner, time.Time{}, appliance.ScopeAll)
	s := d.open()
	var m web.ConversationItem
	d.get("owner", "POST", "/api/v1/sessions/"+string(s.ID)+"/conversations", map[string]any{"title": "Round", "turns": []any{
		map[string]any{"speaker": "Ada", "text": "This is off the record. The hangar leaks."}}}, 201, &m)
	path := "/api/v1/meetings/" + string(m.ID) + "/restrictions"
	var is web.Restrictions
	d.get("program", "GET", path, nil, 200, &is)
	decide := func(decision string) map[string]any {
		return map[string]any{"action": "review_candidate", "candidate_event_id": is.Pending[0].ID, "decision": decision}
	}
	d.run(apiCase{as: "program", method: "POST", path: path, body: decide("dismiss"), status: 403, want: []string{"no program may lift it"}},
		apiCase{as: "program", method: "POST", path: path, body: decide("confirm"), status: 200, want: []string{`"pending_candidates":[]`}})
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
