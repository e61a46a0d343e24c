package web_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/lan"
	"harmonium/appliance/store"
	"harmonium/appliance/web"
)

// hostDesk is a desk at which ada, an editor, makes sessions; eve is another editor, olga owns the box.
func hostDesk(t testing.TB, change ...func(*web.Deps)) *desk {
	d := newDesk(t, append(change, func(deps *web.Deps) {
		deps.Network = network(t, lan.Options{Mode: lan.ModeNone, Public: "http://192.168.1.20:8080", Listen: "localhost:8080", Clock: deps.Clock})
	})...)
	ada := d.person("ada", appliance.RoleEditor)
	d.person("eve", appliance.RoleEditor)
	d.person("olga", appliance.RoleOwner)
	d.key("ada's key", ada, time.Time{}, "sessions:read", "sessions:write")
	return d
}

const wards = `"topic":"Handover between wards","goal":"Find out what gets lost","critical":"why notes are not read\nhandover at night"`

// session makes a session and gives it.
func (d *desk) session(as, body string) (s web.Session) {
	d.t.Helper()
	d.get(as, "POST", "/api/v1/sessions", body, 201, &s)
	d.clock.Advance(time.Second)
	return s
}

func sessionPath(s web.Session, rest string) string { return "/api/v1/sessions/" + string(s.ID) + rest }

func TestASessionIsMadeOpenWithAGuideFromItsBrief(t *testing.T) {
	d := hostDesk(t)
	s := d.session("ada's key", `{`+wards+`,"context":"Two wards.","cross_pollination":true,"questions":[{"text":"Which ward?","type":"Options","required":true,"options":["A","B"]}]}`)
	if s.State != "open" || s.Status != "active" || s.ResultsVisibility != "host" || s.Language != "en" || s.Role != "owner" || !s.CrossPollination {
		t.Errorf("made %+v", s.SessionItem)
	}
	if s.JoinURL != "http://192.168.1.20:8080/chat?s="+string(s.ID) || s.JoinCode == nil || len(*s.JoinCode) != 6 || s.OpenedAt == nil {
		t.Errorf("join at %s with %v, opened %v", s.JoinURL, s.JoinCode, s.OpenedAt)
	}
	for _, words := range []string{"# Interview guide: Handover between wards", "why notes are not read?", "handover at night", "Two wards."} {
		if !strings.Contains(s.Prompt, words) {
			t.Errorf("the prompt lacks %q", words)
		}
	}
	if s.Summary != nil || s.GuideDrift || s.GuideVersion != 1 || s.Minutes != 10 || !strings.Contains(s.SessionMD, "Handover between wards") {
		t.Errorf("summary %v, drift %v, version %d, %d minutes", s.Summary, s.GuideDrift, s.GuideVersion, s.Minutes)
	}
	d.run(
		apiCase{as: "ada's key", method: "GET", path: sessionPath(s, "/questions"), status: 200,
			want: []string{`"text":"Which ward?"`, `"position":0`, `"type":"Options"`, `"required":true`, `"options":["A","B"]`}},
		apiCase{as: "ada", method: "GET", path: sessionPath(s, "/guide"), status: 200,
			want: []string{`"version":1`, `"made_by":"rules"`, `"author_name":"ada"`, `"reason":"drafted from the brief"`, `"goal":"Find out what gets lost"`}},
		apiCase{name: "somebody else", as: "eve", method: "GET", path: sessionPath(s, ""), status: 404, forbid: []string{"Handover"}},
		apiCase{name: "the owner of the box", as: "olga", method: "GET", path: sessionPath(s, ""), status: 200, want: []string{`"role":"owner"`}},
	)
}

func TestASessionSpeaksTheLanguageThatItsBriefIsWrittenIn(t *testing.T) {
	d := hostDesk(t)
	brief := `"topic":"Übergabe auf Station 3","goal":"Herausfinden, was bei der Übergabe verloren geht"`
	s := d.session("ada's key", `{`+brief+`}`)
	if s.Language != "de" || !strings.Contains(s.Prompt, "Gesprächsleitfaden") {
		t.Errorf("a German brief over the interface makes a session in %q", s.Language)
	}
	if s = d.session("ada", `{`+brief+`,"language":"en"}`); s.Language != "en" {
		t.Errorf("language %q, want the one asked for", s.Language)
	}
	for _, c := range []struct {
		body string
		want web.BriefLanguage
	}{
		{`{` + brief + `}`, web.BriefLanguage{Language: "de", Recognised: true}},
		{`{` + wards + `}`, web.BriefLanguage{Language: "en", Recognised: true}},
		{`{"topic":"Retro 4.2","context":"Das Team ist neu, und es gab viel Streit mit der Leitung."}`, web.BriefLanguage{Language: "de", Recognised: true}},
		{`{}`, web.BriefLanguage{Language: "en"}},
	} {
		var got web.BriefLanguage
		if d.get("ada", "POST", "/api/v1/sessions/language", c.body, 200, &got); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.body, got, c.want)
		}
	}
}

func TestOurOwnPagesMakeDraftsInTheLanguageOfTheAccount(t *testing.T) {
	d := hostDesk(t)
	d.run(apiCase{as: "ada", method: "PATCH", path: "/api/v1/me", body: `{"language":"de"}`, status: 200})
	var recognised web.BriefLanguage
	s := d.session("ada", `{"topic":"Übergabe","goal":"Übergabe verbessern","draft":true}`)
	if s.State != "draft" || s.Status != "active" || s.Language != "de" || s.JoinCode != nil || s.OpenedAt != nil {
		t.Errorf("%+v, code %v", s.SessionItem, s.JoinCode)
	}
	if !strings.Contains(s.Prompt, "Gesprächsleitfaden") || !strings.Contains(s.DefaultConsentText, "bleibt auf dieser Box") || s.DefaultWelcomeMessage == "" {
		t.Errorf("not in German: %s", s.Prompt[:40])
	}
	d.get("ada", "POST", "/api/v1/sessions/language", `{"topic":"Übergabe"}`, 200, &recognised)
	if recognised.Language != "de" || recognised.Recognised {
		t.Errorf("%+v, want the account's", recognised)
	}
	english := d.session("ada", `{"topic":"Handover","goal":"g","language":"en","draft":true}`)
	if english.Language != "en" {
		t.Errorf("language %q, want the one asked for", english.Language)
	}
}

func TestTheSameRequestAgainMakesNoSecondSession(t *testing.T) {
	d := hostDesk(t)
	var first, second web.Session
	d.get("ada's key", "POST", "/api/v1/sessions", `{`+wards+`}`, 201, &first, "Idempotency-Key: k1")
	d.get("ada's key", "POST", "/api/v1/sessions", `{`+wards+`}`, 201, &second, "Idempotency-Key: k1")
	if first.ID != second.ID || first.Prompt != second.Prompt {
		t.Errorf("%s, then %s", first.ID, second.ID)
	}
	d.run(
		apiCase{name: "the same key for another session", as: "ada's key", method: "POST", path: "/api/v1/sessions",
			body: `{"topic":"Other","goal":"g"}`, header: []string{"Idempotency-Key: k1"}, status: 409},
		apiCase{as: "ada", method: "GET", path: "/api/v1/sessions", status: 200, want: []string{`"total":1`}},
	)
}

func TestWhatIsNoSessionIsRefusedAtItsField(t *testing.T) {
	d := hostDesk(t)
	bad := func(name, body, field string, want ...string) apiCase {
		return apiCase{name: name, as: "ada", method: "POST", path: "/api/v1/sessions", body: body, status: 400,
			want: append(want, `"code":"validation_error"`, `"field":"`+field+`"`)}
	}
	long := func(n int) string { return strings.Repeat("ä", n) }
	d.run(
		bad("no topic", `{"goal":"g"}`, "topic"),
		bad("empty topic", `{"topic":"","goal":"g"}`, "topic"),
		bad("blank goal", `{"topic":"t","goal":"  "}`, "goal"),
		bad("long topic", `{"topic":"`+long(301)+`","goal":"g"}`, "topic", "300"),
		bad("long goal", `{"topic":"t","goal":"`+long(2001)+`"}`, "goal", "2000"),
		bad("long critical", `{"topic":"t","goal":"g","critical":"`+long(2001)+`"}`, "critical"),
		bad("long context", `{"topic":"t","goal":"g","context":"`+long(10_001)+`"}`, "context"),
		bad("long prompt", `{"topic":"t","goal":"g","prompt":"`+long(40_001)+`"}`, "prompt"),
		bad("topic of two lines", `{"topic":"a\nb","goal":"g"}`, "topic", "one line"),
		bad("control character", `{"topic":"t","goal":"a\u0007b"}`, "goal", "U+0007"),
		bad("direction override", `{"topic":"t","goal":"g","context":"a\u202eb"}`, "context", "U+202E"),
		bad("topic as number", `{"topic":7,"goal":"g"}`, "topic"),
		bad("goal null", `{"topic":"t","goal":null}`, "goal"),
		bad("unknown field", `{"topic":"t","goal":"g","color":"red"}`, "color"),
		bad("field in other letters", `{"topic":"t","goal":"g","CONTEXT":"c"}`, "CONTEXT"),
		bad("unknown language", `{"topic":"t","goal":"g","language":"xx"}`, "language"),
		bad("unknown visibility", `{"topic":"t","goal":"g","results_visibility":"all"}`, "results_visibility"),
		bad("unknown project", `{"topic":"t","goal":"g","project_id":"prj_none"}`, "project_id"),
		bad("flag as text", `{"topic":"t","goal":"g","draft":"yes"}`, "draft"),
		bad("unknown question type", `{"topic":"t","goal":"g","questions":[{"text":"a","type":"Email"},{"text":"b","type":"Slider"}]}`, "questions[1].type", "Short field"),
		bad("unknown field of a question", `{"topic":"t","goal":"g","questions":[{"text":"a","type":"Email","hint":"b"}]}`, "questions[0].hint"),
		bad("question without text", `{"topic":"t","goal":"g","questions":[{"text":" ","type":"Email"}]}`, "questions[0].text"),
		bad("choice of one", `{"topic":"t","goal":"g","questions":[{"text":"a","type":"Options","options":["x"]}]}`, "questions[0].options"),
		bad("option twice", `{"topic":"t","goal":"g","questions":[{"text":"a","type":"Multiple","options":["x","x"]}]}`, "questions[0].options[1]"),
		bad("31 questions", `{"topic":"t","goal":"g","questions":[`+strings.Repeat(`{"text":"a","type":"Email"},`, 30)+`{"text":"a","type":"Email"}]}`, "questions"),
		apiCase{name: "several at once", as: "ada", method: "POST", path: "/api/v1/sessions",
			body: `{"topic":"a\nb","goal":" ","language":"xx"}`, status: 400, want: []string{`"field":"topic"`, `"field":"goal"`, `"field":"language"`}},
	)
	for _, body := range []string{`{`, `null`, `[]`, `"x"`, "{\"topic\":\"\xff\",\"goal\":\"g\"}", `{"topic":"t","goal":"g"} x`} {
		d.run(apiCase{name: fmt.Sprintf("body %.40q", body), as: "ada", method: "POST", path: "/api/v1/sessions", body: body, status: 400})
	}
	d.run(
		apiCase{name: "more than the box takes", as: "ada", method: "POST", path: "/api/v1/sessions",
			body: `{"topic":"t","goal":"` + strings.Repeat("x", 300_000) + `"}`, status: 413},
		apiCase{as: "ada", method: "GET", path: "/api/v1/sessions", status: 200, want: []string{`"data":[]`, `"total":0`}},
	)
	if strings.Contains(d.log.String(), "ä") {
		t.Error("the log holds what was sent")
	}
}

func TestWhatABoxWithoutAWayOutCannotDoIsSaidInWords(t *testing.T) {
	d := hostDesk(t)
	cannot := func(name, extra, field, words string) apiCase {
		return apiCase{name: name, as: "ada's key", method: "POST", path: "/api/v1/sessions", body: `{"topic":"t","goal":"g",` + extra + `}`,
			status: 422, want: []string{`"code":"unprocessable"`, `"field":"` + field + `"`, words, "Nothing was saved"}}
	}
	d.run(
		cannot("telegram", `"distribution":["telegram"]`, "distribution[0]", "sends nothing out"),
		cannot("telegram as an object", `"distribution":["link",{"channel":"telegram","group_id":"g"}]`, "distribution[1]", "sends nothing out"),
		cannot("template", `"template_id":"tpl_1"`, "template_id", "no template"),
		apiCase{name: "a roster is kept", as: "ada's key", method: "POST", path: "/api/v1/sessions",
			body: `{"topic":"t","goal":"g","roster":[{"email":"a@example.org","displayName":"A","rolesByStep":{}}]}`, status: 201,
			want: []string{`"roster":[{"email":"a@example.org","displayName":"A"}]`}},
		apiCase{name: "channels of this box", as: "ada's key", method: "POST", path: "/api/v1/sessions",
			body: `{"topic":"t","goal":"g","distribution":["link",{"channel":"qr"},"code"],"template_id":null,"roster":[],"critical":null,"context":null,"prompt":null,"project_id":null}`, status: 201,
			want: []string{`"distribution":["link","qr","code"]`}},
	)
	s := d.session("ada", `{`+wards+`}`)
	d.run(
		apiCase{name: "video", as: "ada", method: "PATCH", path: sessionPath(s, ""), body: `{"topic":"New","intro_video_url":"https://example.org/v"}`,
			status: 422, want: []string{`"field":"intro_video_url"`, "Nothing was changed"}},
		apiCase{name: "template", as: "ada", method: "PATCH", path: sessionPath(s, ""), body: `{"template_id":"tpl_1"}`, status: 422},
		apiCase{name: "neither", as: "ada", method: "PATCH", path: sessionPath(s, ""), body: `{"intro_video_url":null,"template_id":""}`,
			status: 200, want: []string{`"intro_video_url":null`, `"template_id":null`, `"topic":"Handover between wards"`}},
	)
}

func TestAPatchChangesWhatItNamesAndNothingElse(t *testing.T) {
	d := hostDesk(t)
	var project web.Project
	d.get("ada", "POST", "/api/v1/projects", `{"title":"Wards"}`, 201, &project)
	s := d.session("ada", `{`+wards+`,"context":"Two wards.","draft":true}`)
	before := s
	all := map[string]any{"topic": "T", "goal": "G", "critical": "C", "context": "X", "language": "de", "host": "H",
		"welcome_message": "W", "consent_text": "CT", "anonymous": true, "is_public": true, "project_id": project.ID, "prompt": "P",
		"summary_prompt": "SP", "prompt_summary": "PS", "prompt_generated_from": "PG", "default_use": "count", "cross_pollination": true,
		"widgets_enabled": true, "results_visibility": "participants", "meta_description": "MD", "platform_guidelines_override": "PL"}
	// One field at a time: everything else stays as it is.
	for field, value := range all {
		var was, is map[string]any
		d.get("ada", "GET", sessionPath(s, ""), nil, 200, &was)
		d.clock.Advance(time.Second)
		d.get("ada", "PATCH", sessionPath(s, ""), map[string]any{field: value}, 200, &is)
		if fmt.Sprint(is[field]) != fmt.Sprint(value) {
			t.Errorf("%s is %v, want %v", field, is[field], value)
		}
		// What follows from others: the rendered texts, the built-in ones, the time of the edit.
		follows := []string{field, "updated_at", "session_md", "prompt", "prompt_override", "guide_drift", "default_welcome_message", "default_consent_text", "uses_text"}
		if field == "results_visibility" {
			follows = append(follows, "visibility")
		}
		for name := range is {
			if !slices.Contains(follows, name) && fmt.Sprint(was[name]) != fmt.Sprint(is[name]) {
				t.Errorf("changing %s changed %s from %v to %v", field, name, was[name], is[name])
			}
		}
	}
	d.get("ada", "PATCH", sessionPath(s, ""), `{"project_id":null,"critical":null,"prompt":"","host":null}`, 200, &s)
	if s.ProjectID != nil || s.Critical != "" || s.Host != "" || !strings.Contains(s.Prompt, "Gesprächsleitfaden: T") || !s.GuideDrift {
		t.Errorf("emptied: project %v, critical %q, host %q, drift %v", s.ProjectID, s.Critical, s.Host, s.GuideDrift)
	}
	edited := s.UpdatedAt
	d.clock.Advance(time.Second)
	d.get("ada", "PATCH", sessionPath(s, ""), `{}`, 200, &s)
	d.get("ada", "PATCH", sessionPath(s, ""), `{"topic":"T"}`, 200, &s)
	if !s.UpdatedAt.Equal(edited.Time) {
		t.Errorf("a patch that changes nothing moved the time of the edit from %v to %v", edited, s.UpdatedAt)
	}
	if s.Topic != "T" || s.CreatedAt != before.CreatedAt || s.GuideVersion != 1 {
		t.Errorf("an empty patch: %+v", s.SessionItem)
	}
	bad := func(name, body, field string) apiCase {
		return apiCase{name: name, as: "ada", method: "PATCH", path: sessionPath(s, ""), body: body, status: 400, want: []string{`"field":"` + field + `"`}}
	}
	d.run(
		bad("state", `{"state":"open"}`, "state"),
		bad("id", `{"id":"hst_x"}`, "id"),
		bad("guide version", `{"guide_version":7}`, "guide_version"),
		bad("blank topic", `{"topic":"  "}`, "topic"),
		bad("topic null", `{"topic":null}`, "topic"),
		bad("goal null", `{"goal":null}`, "goal"),
		bad("unknown visibility", `{"results_visibility":"nobody"}`, "results_visibility"),
		bad("long host", `{"host":"`+strings.Repeat("x", 101)+`"}`, "host"),
		bad("long welcome", `{"welcome_message":"`+strings.Repeat("x", 2001)+`"}`, "welcome_message"),
		bad("long consent", `{"consent_text":"`+strings.Repeat("x", 4001)+`"}`, "consent_text"),
		bad("unknown language", `{"language":"tlh"}`, "language"),
		bad("unknown project", `{"project_id":"prj_none"}`, "project_id"),
		bad("question", `{"questions":[{"text":"a","type":"Odd"}]}`, "questions[0].type"),
	)
}

func TestAPatchOfTheQuestionsTakesThePlaceOfTheForm(t *testing.T) {
	d := hostDesk(t)
	s := d.session("ada's key", `{`+wards+`,"questions":[{"text":"Name?","type":"Short field"},{"text":"Ward?","type":"Short field"}]}`)
	var before, after web.Data[web.SessionQuestion]
	d.get("ada's key", "GET", sessionPath(s, "/questions"), nil, 200, &before)
	d.run(apiCase{as: "ada's key", method: "PATCH", path: sessionPath(s, ""), status: 200,
		body: `{"questions":[{"text":"Ward?","type":"Short field"},{"text":"Since?","type":"Date","required":true}]}`})
	d.get("ada's key", "GET", sessionPath(s, "/questions"), nil, 200, &after)
	if len(after.Data) != 2 || after.Data[0].ID != before.Data[1].ID || after.Data[1].Text != "Since?" || !after.Data[1].Required {
		t.Errorf("before %+v, after %+v", before.Data, after.Data)
	}
	d.run(
		apiCase{name: "a refused form leaves the topic", as: "ada's key", method: "PATCH", path: sessionPath(s, ""), status: 400,
			body: `{"topic":"Changed","questions":[{"text":"a","type":"Options","options":["x"]}]}`, want: []string{`"field":"questions[0].options"`}},
		apiCase{as: "ada", method: "GET", path: sessionPath(s, ""), status: 200, forbid: []string{"Changed"}},
		apiCase{as: "ada", method: "PATCH", path: sessionPath(s, ""), body: `{"questions":[]}`, status: 200},
		apiCase{as: "ada", method: "GET", path: sessionPath(s, "/questions"), status: 200, want: []string{`{"data":[]}`}},
	)
}

func TestAPromptOfOnesOwnIsShownAndTheGuideStays(t *testing.T) {
	d := hostDesk(t)
	s := d.session("ada's key", `{`+wards+`,"prompt":"Ask about the weather."}`)
	if s.Prompt != "Ask about the weather." {
		t.Errorf("prompt %q", s.Prompt)
	}
	var g web.GuideVersion
	d.get("ada", "GET", sessionPath(s, "/guide"), nil, 200, &g)
	if len(g.Guide.Topics) < 4 || strings.Contains(g.Guide.Opening, "weather") {
		t.Errorf("the guide is %+v", g.Guide)
	}
}

func TestSessionsAreListedFilteredAndPaged(t *testing.T) {
	d := hostDesk(t)
	var project web.Project
	d.get("ada", "POST", "/api/v1/projects", `{"title":"P"}`, 201, &project)
	add := func(topic, extra string) web.Session {
		return d.session("ada", `{"topic":"`+topic+`","goal":"g"`+extra+`}`)
	}
	draft := add("Draft", `,"draft":true`)
	open := add("Open 100%", `,"project_id":"`+string(project.ID)+`"`)
	closed := add("Closed", "")
	archived := add("Archived", `,"draft":true`)
	d.get("ada", "POST", sessionPath(closed, "/close"), nil, 200, nil)
	d.get("ada", "POST", sessionPath(archived, "/archive"), nil, 200, nil)
	d.session("eve", `{"topic":"Not ada's","goal":"g"}`)
	tests := []struct {
		query string
		want  []web.Session
	}{
		{"", []web.Session{draft, open, closed, archived}},
		{"?status=active", []web.Session{draft, open}},
		{"?status=completed", []web.Session{closed, archived}},
		{"?state=open", []web.Session{open}},
		{"?state=open,closed", []web.Session{open, closed}},
		{"?state=open&state=archived", []web.Session{open, archived}},
		{"?state=draft&status=completed", nil},
		{"?state=draft,closed&status=completed", []web.Session{closed}},
		{"?project_id=" + string(project.ID), []web.Session{open}},
		{"?project_id=prj_none", nil},
		{"?q=100%25", []web.Session{open}},
		{"?q=CLOSED", []web.Session{closed}},
		{"?q=%25", []web.Session{open}},
	}
	for _, tt := range tests {
		var list web.List[web.SessionItem]
		d.get("ada", "GET", "/api/v1/sessions"+tt.query, nil, 200, &list)
		var got, want []string
		for _, item := range list.Data {
			got = append(got, item.Topic)
		}
		for _, s := range tt.want {
			want = append(want, s.Topic)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) || list.Pagination.Total != len(want) {
			t.Errorf("%s: %q (%d in all), want %q", tt.query, got, list.Pagination.Total, want)
		}
	}
	var page web.List[web.SessionItem]
	d.get("ada", "GET", "/api/v1/sessions?limit=1&offset=1", nil, 200, &page)
	if len(page.Data) != 1 || page.Pagination != (web.Pagination{Total: 4, Limit: 1, Offset: 1}) {
		t.Errorf("page %+v", page)
	}
	bad := func(query, field string) apiCase {
		return apiCase{as: "ada", method: "GET", path: "/api/v1/sessions" + query, status: 400, want: []string{`"field":"` + field + `"`}}
	}
	d.run(bad("?status=open", "status"), bad("?state=finished", "state"), bad("?limit=0", "limit"), bad("?limit=101", "limit"),
		bad("?offset=-1", "offset"), bad("?q="+strings.Repeat("x", 201), "q"), bad("?sort=topic", "sort"))
}

func TestASessionGoesThroughItsStates(t *testing.T) {
	d := hostDesk(t)
	s := d.session("ada", `{`+wards+`,"draft":true}`)
	move := func(to string, status int, want ...string) apiCase {
		return apiCase{as: "ada", method: "POST", path: sessionPath(s, "/"+to), status: status, want: want}
	}
	d.run(
		move("close", 409, "never open"),
		move("reopen", 409, "Open it instead"),
		move("open", 200, `"state":"open"`, `"status":"active"`, `"join_code":"`),
		move("open", 409, "open already"),
		move("reopen", 409, "open already"),
		move("archive", 409, "Close it first"),
		move("close", 200, `"state":"closed"`, `"status":"completed"`, `"join_code":null`),
		move("close", 409, "closed already"),
		move("reopen", 200, `"state":"open"`, `"closed_at":null`),
		move("close", 200),
		move("archive", 200, `"state":"archived"`, `"status":"completed"`),
		move("open", 409, "archived"),
		move("reopen", 200, `"state":"closed"`),
		move("open", 200, `"state":"open"`),
		apiCase{as: "eve", method: "POST", path: sessionPath(s, "/close"), status: 404},
	)
}

func TestClosingASessionEndsItsConversationsInItsCounts(t *testing.T) {
	d := hostDesk(t)
	s := d.session("ada", `{`+wards+`}`)
	if _, err := d.store.Join(t.Context(), store.Joining{Participant: appliance.Participant{SessionID: s.ID, Origin: appliance.OriginLink},
		TokenHash: appliance.NewSecret("").Hash()}); err != nil {
		t.Fatal(err)
	}
	d.run(
		apiCase{as: "ada", method: "GET", path: sessionPath(s, ""), status: 200, want: []string{`"participant_count":1`, `"active_count":1`, `"finished_count":0`}},
		apiCase{as: "ada", method: "POST", path: sessionPath(s, "/close"), status: 200, want: []string{`"active_count":0`, `"finished_count":1`}},
		apiCase{as: "ada", method: "POST", path: sessionPath(s, "/reopen"), status: 200, want: []string{`"active_count":1`, `"finished_count":0`}},
	)
}

func TestACopyIsADraftWithTheSameBriefGuideAndForm(t *testing.T) {
	d := hostDesk(t)
	s := d.session("ada", `{`+wards+`,"widgets_enabled":true,"prompt":"P","questions":[{"text":"Ward?","type":"Short field"}]}`)
	var g web.GuideVersion
	d.get("ada", "GET", sessionPath(s, "/guide"), nil, 200, &g)
	g.Guide.Closing = "Bye for now."
	d.get("ada", "PUT", sessionPath(s, "/guide"), map[string]any{"guide": g.Guide, "base_version": 1}, 200, nil)

	var copied, again, renamed web.Session
	d.get("ada", "POST", sessionPath(s, "/duplicate"), `{}`, 201, &copied, "Idempotency-Key: k")
	d.get("ada", "POST", sessionPath(s, "/duplicate"), `{}`, 201, &again, "Idempotency-Key: k")
	d.get("ada", "POST", sessionPath(s, "/duplicate"), `{"topic":"Round two"}`, 201, &renamed)
	d.get("ada", "POST", sessionPath(s, "/duplicate"), nil, 201, nil)
	if copied.ID == s.ID || copied.ID != again.ID || renamed.ID == copied.ID {
		t.Errorf("ids %s, %s, %s of %s", copied.ID, again.ID, renamed.ID, s.ID)
	}
	if copied.Topic != s.Topic || copied.Critical != s.Critical || copied.State != "draft" || !copied.WidgetsEnabled || copied.Prompt != "P" ||
		copied.GuideVersion != 1 || copied.OpenedAt != nil || copied.Role != "owner" || renamed.Topic != "Round two" {
		t.Errorf("copy %+v", copied)
	}
	var copiedGuide web.GuideVersion
	d.get("ada", "GET", sessionPath(copied, "/guide"), nil, 200, &copiedGuide)
	if copiedGuide.Guide.Closing != "Bye for now." || copiedGuide.Guide.Topics[0].ID == g.Guide.Topics[0].ID {
		t.Errorf("the guide of the copy is %+v", copiedGuide.Guide)
	}
	d.run(
		apiCase{as: "ada", method: "GET", path: sessionPath(copied, "/form"), status: 200, want: []string{"Ward?"}},
		apiCase{as: "ada", method: "POST", path: sessionPath(s, "/duplicate"), body: `{"topic":"a\nb"}`, status: 400, want: []string{`"field":"topic"`}},
		apiCase{as: "ada", method: "POST", path: sessionPath(s, "/duplicate"), body: `{"goal":"g"}`, status: 400, want: []string{`"field":"goal"`}},
		apiCase{as: "eve", method: "POST", path: sessionPath(s, "/duplicate"), status: 404},
	)
}

func TestACopyIsPutOnlyIntoAProjectThatTheCopierMayFill(t *testing.T) {
	d := hostDesk(t)
	var project web.Project
	d.get("ada", "POST", "/api/v1/projects", `{"title":"P"}`, 201, &project)
	s := d.session("ada", `{`+wards+`,"project_id":"`+string(project.ID)+`"}`)
	d.get("ada", "PATCH", sessionPath(s, ""), `{"is_public":true}`, 200, nil)
	var own, others web.Session
	d.get("ada", "POST", sessionPath(s, "/duplicate"), nil, 201, &own)
	d.get("eve", "POST", sessionPath(s, "/duplicate"), nil, 201, &others)
	if own.ProjectID == nil || others.ProjectID != nil {
		t.Errorf("projects %v and %v", own.ProjectID, others.ProjectID)
	}
	d.run(
		apiCase{name: "a project of somebody else", as: "eve", method: "POST", path: "/api/v1/sessions",
			body: `{"topic":"t","goal":"g","project_id":"` + string(project.ID) + `"}`, status: 400, want: []string{`"field":"project_id"`}, forbid: []string{`"P"`}},
		apiCase{name: "by a patch", as: "eve", method: "PATCH", path: sessionPath(others, ""),
			body: `{"project_id":"` + string(project.ID) + `"}`, status: 400, want: []string{`"field":"project_id"`}},
		apiCase{name: "leaving it where it is", as: "eve", method: "PATCH", path: sessionPath(s, ""),
			body: `{"project_id":"` + string(project.ID) + `","meta_description":"x"}`, status: 200},
	)
}

func TestASessionIsDeletedByWhoTypesItsTopic(t *testing.T) {
	d := hostDesk(t)
	s := d.session("ada", `{`+wards+`}`)
	for range 2 {
		_, err := d.store.Join(t.Context(), store.Joining{TokenHash: appliance.NewSecret("").Hash(),
			Participant: appliance.Participant{SessionID: s.ID, Origin: appliance.OriginLink}})
		if err != nil {
			t.Fatal(err)
		}
	}
	path := sessionPath(s, "")
	d.run(
		apiCase{name: "without a word", as: "ada", method: "DELETE", path: path, status: 400},
		apiCase{name: "another topic", as: "ada", method: "DELETE", path: path, body: `{"topic":"Handover"}`, status: 400,
			want: []string{`"field":"topic"`, "Nothing was deleted"}},
		apiCase{name: "somebody else", as: "eve", method: "DELETE", path: path, body: `{"topic":"Handover between wards"}`, status: 404},
		apiCase{as: "ada's key", method: "DELETE", path: path, body: `{"topic":" Handover between wards "}`, status: 200,
			want: []string{`"sessions":1`, `"conversations":2`, `"participants":2`, `"turns":0`, `"finished_at":"2026-`}},
		apiCase{as: "ada", method: "GET", path: path, status: 404},
		apiCase{name: "again", as: "ada", method: "DELETE", path: path, body: `{"topic":"Handover between wards"}`, status: 404},
	)
}

func TestTheLaunchPageSaysHowPeopleComeIn(t *testing.T) {
	d := hostDesk(t)
	s := d.session("ada", `{`+wards+`,"draft":true}`)
	var before, after web.Launch
	d.get("ada", "GET", sessionPath(s, "/launch"), nil, 200, &before)
	d.get("ada", "POST", sessionPath(s, "/open"), nil, 200, nil)
	d.get("ada", "GET", sessionPath(s, "/launch"), nil, 200, &after)
	if before.Code != nil || after.Code == nil || after.JoinURL != s.JoinURL || after.CodeURL != "http://192.168.1.20:8080/join" {
		t.Errorf("before %+v, after %+v", before, after)
	}
	want := []web.LaunchAddress{{URL: "http://192.168.1.20:8080", ReachableFromPhones: true}, {URL: "http://localhost:8080", ReachableFromPhones: false}}
	if !slices.Equal(after.Addresses, want) {
		t.Errorf("addresses %+v, want %+v", after.Addresses, want)
	}
	first := d.send("ada", "GET", after.QRSVGURL, nil)
	second := d.send("ada", "GET", sessionPath(s, "/qr.svg?url=1"), nil)
	if first.Code != 200 || first.Header().Get("Content-Type") != "image/svg+xml" || !strings.HasPrefix(first.Body.String(), "<svg ") {
		t.Errorf("QR code: %d, %s", first.Code, first.Header())
	}
	if bytes.Equal(first.Body.Bytes(), second.Body.Bytes()) {
		t.Error("the codes of two addresses are the same")
	}
	d.run(
		apiCase{as: "ada", method: "GET", path: sessionPath(s, "/qr.svg?url=2"), status: 400, want: []string{`"field":"url"`}},
		apiCase{as: "ada", method: "GET", path: sessionPath(s, "/qr.svg?url=-1"), status: 400},
		apiCase{as: "eve", method: "GET", path: sessionPath(s, "/qr.svg"), status: 404},
	)
}

func TestTheDocumentedSessionIsTheAnsweredOne(t *testing.T) {
	d := hostDesk(t)
	s := d.session("ada", `{`+wards+`}`)
	w := d.send("ada", "GET", sessionPath(s, ""), nil)
	var answer map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	var openapi struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]any
				Required   []string
			}
		}
	}
	d.get("", "GET", "/api/v1/openapi.json", nil, 200, &openapi)
	schema := openapi.Components.Schemas["Session"]
	for name := range answer {
		if schema.Properties[name] == nil {
			t.Errorf("%s is answered and not documented", name)
		}
	}
	for _, name := range schema.Required {
		if _, ok := answer[name]; !ok {
			t.Errorf("%s is documented and not answered", name)
		}
	}
	if len(schema.Properties) < 40 {
		t.Errorf("only %d properties are documented", len(schema.Properties))
	}
}
