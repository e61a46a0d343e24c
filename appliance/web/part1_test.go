package web_test

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"harmonium/appliance/web"
)

// The forms of Part 1 of the contract, row by row.
var (
	meForm = object{"id": "string", "email": "string", "name": "string", "subscription_status": "string",
		"api_key": object{"name": "string", "key_prefix": "string", "created_at": "time", "last_used_at": "time?"}}
	sessionItemForm = object{"id": "string", "topic": "string", "goal": "string", "status": "string", "participant_count": "int",
		"created_at": "time", "updated_at": "time"}
	questionForm = object{"id": "string", "text": "string", "position": "int", "type": "string", "required": "bool", "options": "list"}
	responseForm = object{"participant_id": "string", "participant_name": "string", "active": "bool", "message_count": "int",
		"first_message_at": "time?", "last_message_at": "time?"}
	messageForm  = object{"id": "string", "role": "string", "content": "string", "created_at": "time"}
	chatForm     = object{"message": object{"role": "string", "content": "string", "is_final": "bool"}, "thread_id": "string"}
	summaryForm  = object{"session_id": "string", "summary": "string?", "generated_at": "time?"}
	templateForm = object{"id": "string", "title": "string", "description": "string", "icon": "string", "facilitation_prompt": "string",
		"default_session_name": "string", "default_goal": "string", "default_critical": "string", "default_context": "string",
		"is_public": "bool", "workspace_id": "string?", "template_type": "string", "created_by": "string?"}
	projectForm = object{"id": "string", "title": "string", "description": "string", "status": "string", "is_public": "bool",
		"created_at": "time"}
)

// withParts gives a form with more parts.
func withParts(form object, more object) object {
	all := object{}
	for _, f := range []object{form, more} {
		for k, v := range f {
			all[k] = v
		}
	}
	return all
}

// A program written from Part 1 alone does its whole work: from who it is to what people said, and what they decided.
func TestAProgramWrittenFromTheContractDoesItsWholeWork(t *testing.T) {
	c, _ := newOutsider(t)
	me := c.does(200, "GET", "/me", nil)
	c.has("me", me, meForm)
	if me["subscription_status"] != "ENTERPRISE" {
		t.Errorf("the subscription is %v", me["subscription_status"])
	}

	template := c.does(201, "POST", "/templates", object{"title": "Handover", "description": "For wards", "icon": "users",
		"facilitation_prompt": "Ask about notes.", "default_session_name": "Handover between wards", "default_goal": "Find out what gets lost",
		"default_critical": "notes", "default_context": "Two wards.", "is_public": true, "template_type": "single"})
	c.has("template", template, templateForm)
	project := c.does(201, "POST", "/projects", object{"title": "Wards", "description": "All of them"})
	c.has("project", project, projectForm)

	s := c.does(201, "POST", "/sessions", object{"topic": "Handover", "goal": "Find out what gets lost", "context": "Two wards.",
		"critical": "notes", "template_id": template["id"], "project_id": project["id"], "cross_pollination": true, "widgets_enabled": true,
		"results_visibility": "participants", "distribution": []object{{"channel": "link"}},
		"questions": []object{{"text": "Name", "required": true}, {"text": "E-mail", "type": "Email"},
			{"text": "Ward", "type": "Options", "required": true, "options": []string{"A", "B"}}},
		"roster": []object{{"email": "ada@example.org", "displayName": "Ada", "rolesByStep": object{"one": "speaker"}}}})
	c.has("session", s, withParts(sessionItemForm, object{"join_url": "string"}))
	if s["status"] != "active" || s["chain"] != nil {
		t.Errorf("the session is %v, with the chain %v", s["status"], s["chain"])
	}
	at := "/sessions/" + c.text(s, "id")
	c.has("session", c.does(200, "GET", at, nil), withParts(sessionItemForm, object{"critical": "string", "context": "string",
		"prompt": "string", "summary": "string?", "session_md": "string", "roster": []object{{"email": "string", "displayName": "string",
			"rolesByStep": object{"one": "string"}}}}))

	answers := c.answersTo(at)
	said := object{"participant_id": "p-1", "participant_name": "Ada", "answers": answers}
	opening := c.does(200, "POST", at+"/chat/questions", said)
	c.has("the opening", opening, chatForm)
	c.fails(409, "conflict", "POST", at+"/chat/questions", said)
	c.talks(at, "p-1")
	c.readsResponses(at)
	c.readsResults(at)

	id := c.text(project, "id")
	one := c.does(200, "GET", "/projects/"+id, nil)
	c.has("project", one, withParts(projectForm, object{"session_ids": "list"}))
	if !reflect.DeepEqual(one["session_ids"], []any{s["id"]}) {
		t.Errorf("the project holds %v", one["session_ids"])
	}
	c.does(200, "PATCH", at, object{"project_id": nil})
	if got := c.does(200, "GET", "/projects/"+id, nil)["session_ids"]; !reflect.DeepEqual(got, []any{}) {
		t.Errorf("the session was taken out, and the project holds %v", got)
	}
	c.does(200, "PATCH", at, object{"project_id": id})
	c.has("the deleted project", c.does(200, "DELETE", "/projects/"+id, nil), projectForm)
	c.does(200, "GET", at, nil) // it stays
}

// answersTo reads the questions of a session and answers each.
func (c *outsider) answersTo(at string) (answers []object) {
	c.t.Helper()
	questions := c.does(200, "GET", at+"/questions", nil)
	c.has("questions", questions, object{"data": []object{questionForm}})
	for i, q := range objects(questions["data"]) {
		given := "Ada"
		switch q["type"] {
		case "Email":
			given = "ada@example.org"
		case "Options":
			given = "B"
		case "Short field":
		default:
			c.t.Errorf("question %d is of the type %v", i, q["type"])
		}
		answers = append(answers, object{"question_id": q["id"], "answer": given})
	}
	if len(answers) != 3 {
		c.t.Fatalf("%d questions, want 3", len(answers))
	}
	return answers
}

// talks says something for a participant until the facilitator has said the last word.
func (c *outsider) talks(at, participant string) {
	c.t.Helper()
	const longest = 60
	for i := range longest {
		out := c.does(200, "POST", at+"/chat", object{"participant_id": participant, "participant_name": "Ada", "content": fmt.Sprintf(
			"The night shift wrote note %d on paper because the printer was broken, so we decided to keep a book.", i)})
		c.has("chat", out, chatForm)
		message := out["message"].(object)
		if message["role"] != "assistant" || message["content"] == "" {
			c.t.Errorf("the answer is %v", message)
		}
		if w, ok := message["widget_spec"]; ok {
			c.is("widget_spec", w, object{"root": object{"type": "string", "props": object{}, "children": "list"}})
		}
		if message["is_final"] == true {
			return
		}
	}
	c.t.Fatalf("no end after %d messages", longest)
}

func (c *outsider) readsResponses(at string) {
	c.t.Helper()
	all := c.list("responses", c.does(200, "GET", at+"/responses", nil), withParts(responseForm, object{"messages": []object{messageForm}}))
	if len(all) != 1 || all[0]["participant_id"] != "p-1" || all[0]["active"] != false {
		c.t.Fatalf("the responses are %v", all)
	}
	heads := c.list("heads", c.does(200, "GET", at+"/responses?mode=list&sort=oldest&limit=1&min_messages=2&name=Ada", nil), responseForm)
	if len(heads) != 1 || heads[0]["messages"] != nil {
		c.t.Errorf("with mode=list there is %v", heads)
	}
	for _, none := range []string{"min_messages=1000", "name=Nobody", "since=2999-01-01T00:00:00Z"} {
		if got := objects(c.does(200, "GET", at+"/responses?"+none, nil)["data"]); len(got) != 0 {
			c.t.Errorf("%s lets %d through", none, len(got))
		}
	}
	stored := c.does(201, "POST", at+"/responses", object{"content": "Written down by the head of the ward."})
	c.has("the stored response", stored, object{"id": "string", "session_id": "string", "content": "string", "created_at": "time"})
	if got := objects(c.does(200, "GET", at+"/responses", nil)["data"]); len(got) != 2 {
		c.t.Errorf("%d responses with the text that was added, want 2", len(got))
	}
	c.fails(400, "validation_error", "POST", at+"/responses", object{"content": ""}, "content")
	c.fails(400, "validation_error", "POST", at+"/responses", object{"content": strings.Repeat("a", 10_001)}, "content")
	c.fails(400, "validation_error", "GET", at+"/responses?mode=everything", nil, "mode")
	c.fails(400, "validation_error", "GET", at+"/responses?sort=best", nil, "sort")
}

func (c *outsider) readsResults(at string) {
	c.t.Helper()
	made := c.does(200, "POST", at+"/summary", nil)
	c.has("the summary", made, object{"session_id": "string", "summary": "string", "generated_at": "time"})
	if got := c.does(200, "GET", at+"/summary", nil); !reflect.DeepEqual(got, made) {
		c.t.Errorf("the summary that was made is not the one that is read: %v", got)
	}
	md := c.send("GET", at+"/session-md", nil)
	if md.status != 200 || !strings.HasPrefix(md.header.Get("Content-Type"), "text/markdown") || !strings.Contains(string(md.body), "# Handover") {
		c.t.Errorf("the document: %d, %s", md.status, md.header.Get("Content-Type"))
	}
	for _, method := range []string{"POST", "GET"} {
		k := c.does(200, method, at+"/knowledge", nil)
		c.has("knowledge", k, object{"status": "string", "knowledge": object{
			"decisions": []object{{"description": "string", "evidence": "list"}},
			"actions":   []object{{"description": "string", "owner": "string", "due": "string", "evidence": "list"}},
			"tensions":  []object{{"summary": "string", "sides": "list", "evidence": "list"}},
			"claims":    []object{{"category": "string", "strength": "string", "evidence": "list"}},
			"gaps":      "list"}})
	}
}

func TestEverythingOfASessionIsChanged(t *testing.T) {
	c, _ := newOutsider(t)
	template := c.does(201, "POST", "/templates", object{"title": "Handover"})
	project := c.does(201, "POST", "/projects", object{"title": "Wards"})
	s := c.does(201, "POST", "/sessions", object{"topic": "Handover", "goal": "Find out"})
	at := "/sessions/" + c.text(s, "id")
	changes := object{"topic": "Another", "goal": "Something else", "context": "Three wards.", "critical": "books",
		"prompt": "Ask about books.", "summary_prompt": "Briefly.", "prompt_summary": "About books",
		"cross_pollination": true, "widgets_enabled": true, "results_visibility": "public",
		"project_id": project["id"], "welcome_message": "Hello.", "meta_description": "About wards", "intro_video_url": nil,
		"template_id": template["id"], "platform_guidelines_override": "Be brief.",
		"prompt_generated_from": object{"topic": "a", "goal": "b", "critical": "c", "context": "d"},
		"distribution":          []any{"link", "qr"},
	}
	for name, value := range changes {
		c.does(200, "PATCH", at, object{name: value})
		if got := c.does(200, "GET", at, nil)[name]; !reflect.DeepEqual(got, value) {
			t.Errorf("%s is %v after it was set to %v", name, got, value)
		}
	}
	c.does(200, "PATCH", at, object{"prompt_generated_from": "a text", "questions": []object{{"text": "Ward?", "type": "Short field"}}})
	if got := objects(c.does(200, "GET", at+"/questions", nil)["data"]); len(got) != 1 || got[0]["text"] != "Ward?" {
		t.Errorf("the questions are %v", got)
	}
	c.does(200, "PATCH", at, object{"questions": []object{}, "template_id": nil, "prompt_generated_from": nil, "platform_guidelines_override": nil})
	if got := c.does(200, "GET", at, nil); got["template_id"] != nil || got["prompt_generated_from"] != nil {
		t.Errorf("null leaves %v, %v", got["template_id"], got["prompt_generated_from"])
	}
	c.fails(422, "unprocessable", "PATCH", at, object{"intro_video_url": "https://video.example.org/1"}, "intro_video_url")
	c.fails(422, "unprocessable", "PATCH", at, object{"distribution": []object{{"channel": "telegram", "group_id": "1"}}}, "distribution[0]")
}

// What is not known is refused, and its path says where it is.
func TestWhatIsNotKnownIsRefusedWithItsPath(t *testing.T) {
	c, _ := newOutsider(t)
	_, meeting := c.brings("Handover", meeting())
	session := func(more object) object { return withParts(object{"topic": "Handover", "goal": "Find out"}, more) }
	chain := func(step object) object {
		return object{"title": "Chain", "template_type": "chain", "chain_config": object{"steps": []object{withParts(object{"id": "one"}, step)}}}
	}
	for _, no := range []struct {
		path, field string
		body        any
	}{
		{"/sessions", "colour", session(object{"colour": "red"})},
		{"/sessions", "results_visibility", session(object{"results_visibility": "everybody"})},
		{"/sessions", "questions[0].type", session(object{"questions": []object{{"text": "a", "type": "Colour"}}})},
		{"/sessions", "questions[1].colour", session(object{"questions": []object{{"text": "a"}, {"text": "b", "colour": 1}}})},
		{"/sessions", "questions[0].options", session(object{"questions": []object{{"text": "a", "type": "Options"}}})},
		{"/sessions", "roster[0].email", session(object{"roster": []object{{"email": "nobody"}}})},
		{"/sessions", "roster[0].colour", session(object{"roster": []object{{"email": "a@example.org", "colour": 1}}})},
		{"/sessions", "roster[1].email", session(object{"roster": []object{{"email": "a@example.org"}, {"email": "A@example.org"}}})},
		{"/sessions", "goal", object{"topic": "Handover"}},
		{"/sessions", "topic", object{"goal": "Find out"}},
		{"/sessions", "cross_pollination", session(object{"cross_pollination": "yes"})},
		{"/sessions", "project_id", session(object{"project_id": "prj_none"})},
		{"/templates", "template_type", object{"title": "a", "template_type": "tree"}},
		{"/templates", "title", object{"description": "a"}},
		{"/templates", "workspace_id", object{"title": "a", "workspace_id": "prj_none"}},
		{"/templates", "chain_config.steps[0].context_mode", chain(object{"context_mode": "some"})},
		{"/templates", "chain_config.steps[0].colour", chain(object{"colour": 1})},
		{"/templates", "chain_config.steps[0].roles[0].slug", chain(object{"roles": []object{{"slug": "", "label": "a", "weight": 1}}})},
		{"/templates", "chain_config.steps[0].completion_criteria.type", chain(object{"completion_criteria": object{"type": "never"}})},
		{"/templates", "chain_config.steps[0].completion_criteria.count", chain(object{"completion_criteria": object{"type": "quorum"}})},
		{"/projects", "title", object{"title": strings.Repeat("a", 201)}},
		{"/projects", "description", object{"title": "a", "description": strings.Repeat("a", 2001)}},
		{"/projects", "colour", object{"title": "a", "colour": 1}},
		{meeting + "/restrictions", "action", object{"action": "lift"}},
		{meeting + "/restrictions", "scopes[0]", object{"action": "set", "scopes": []string{"everything"}, "reason": "a"}},
		{meeting + "/restrictions", "scopes", object{"action": "set", "reason": "a"}},
		{meeting + "/restrictions", "candidate_event_id", object{"action": "review_candidate", "decision": "confirm"}},
		{meeting + "/restrictions", "decision", object{"action": "review_candidate", "candidate_event_id": "x", "decision": "perhaps", "reason": "a"}},
	} {
		c.fails(400, "validation_error", "POST", no.path, no.body, no.field)
	}
	c.fails(422, "unprocessable", "POST", "/sessions", session(object{"distribution": []object{{"channel": "telegram", "group_id": "1"}}}), "distribution[0]")
	c.fails(422, "unprocessable", "POST", "/sessions", session(object{"template_id": "tpl_none"}), "template_id")
	for _, query := range []string{"/sessions?status=open", "/sessions?limit=0", "/sessions?limit=101", "/sessions?offset=-1", "/sessions?colour=red",
		"/sessions?limit=many", "/meetings?status=lost", "/meetings?from=yesterday", "/meetings?to=2", "/meetings?updated_since=x", "/meetings?limit=0", "/meetings?cursor=x"} {
		_, rest, _ := strings.Cut(query, "?")
		name, _, _ := strings.Cut(rest, "=")
		c.fails(400, "validation_error", "GET", query, nil, name)
	}
}

func TestErrorsHaveTheCodesOfTheContract(t *testing.T) {
	c, browser := newOutsider(t)
	nobody := &outsider{t: t, url: c.url, header: http.Header{}}
	nobody.fails(401, "unauthorized", "GET", "/me", nil)
	nobody.fails(401, "unauthorized", "GET", "/sessions/hst_none", nil)
	stranger := &outsider{t: t, url: c.url, header: http.Header{"Authorization": {"Bearer hm_live_" + strings.Repeat("0", 32)}}}
	stranger.fails(401, "unauthorized", "GET", "/sessions", nil)
	c.fails(403, "forbidden", "GET", "/api-keys", nil)
	c.fails(403, "forbidden", "POST", "/api-keys", object{"name": "more", "scopes": []string{"*"}})
	for _, path := range []string{"/sessions/hst_none", "/sessions/hst_none/questions", "/sessions/hst_none/responses", "/sessions/hst_none/summary",
		"/sessions/hst_none/session-md", "/sessions/hst_none/knowledge", "/templates/tpl_none", "/projects/prj_none", "/projects/prj_none/sensemaking",
		"/meetings/mtg_none/transcript", "/meetings/mtg_none/restrictions", "/nothing"} {
		c.fails(404, "not_found", "GET", path, nil)
	}
	c.fails(404, "not_found", "POST", "/meetings/mtg_none/restrictions", object{"action": "set", "scopes": []string{"sharing"}, "reason": "a"})
	c.fails(400, "validation_error", "POST", "/sessions", "{")
	c.fails(400, "validation_error", "POST", "/sessions", "[]")

	s := c.does(201, "POST", "/sessions", object{"topic": "Handover", "goal": "Find out"})
	at := "/sessions/" + c.text(s, "id")
	c.has("no summary yet", c.does(200, "GET", at+"/summary", nil), summaryForm)
	c.fails(400, "validation_error", "POST", at+"/knowledge", nil)
	c.fails(422, "unprocessable", "GET", "/sessions/public", nil)

	made := browser.does(201, "POST", "/api-keys", object{"name": "for a test", "scopes": []string{"sessions:read"}, "expires_at": "2999-01-01T00:00:00Z"})
	keyForm := object{"id": "string", "name": "string", "key_prefix": "string", "scopes": "list", "created_at": "time", "expires_at": "time?", "last_used_at": "time?"}
	browser.has("the key", made, withParts(keyForm, object{"key": "string"}))
	for _, k := range browser.list("keys", browser.does(200, "GET", "/api-keys", nil), keyForm) {
		if k["key"] != nil || len(k["key_prefix"].(string)) != 12 {
			t.Errorf("the list shows the key %v with the prefix %v", k["key"], k["key_prefix"])
		}
	}
	reader := &outsider{t: t, url: c.url, header: http.Header{"Authorization": {"Bearer " + made["key"].(string)}, "Content-Type": {"application/json"}}}
	reader.does(200, "GET", "/sessions", nil)
	reader.fails(403, "forbidden", "POST", "/sessions", object{"topic": "a", "goal": "b"})
	reader.fails(403, "forbidden", "GET", at+"/responses", nil)
	browser.does(204, "DELETE", "/api-keys/"+made["id"].(string), nil)
	browser.fails(404, "not_found", "DELETE", "/api-keys/"+made["id"].(string), nil)
	reader.fails(401, "unauthorized", "GET", "/sessions", nil)
}

func TestLists(t *testing.T) {
	c, _ := newOutsider(t)
	for i := range 5 {
		c.does(201, "POST", "/sessions", object{"topic": fmt.Sprint("Handover ", i), "goal": "Find out"})
		c.does(201, "POST", "/projects", object{"title": fmt.Sprint("Ward ", i)})
	}
	page := c.does(200, "GET", "/sessions?limit=2&offset=1", nil)
	if got := c.list("sessions", page, sessionItemForm); len(got) != 2 ||
		!reflect.DeepEqual(page["pagination"], object{"total": 5., "limit": 2., "offset": 1.}) {
		t.Errorf("a part of the sessions: %d, %v", len(got), page["pagination"])
	}
	if p := c.does(200, "GET", "/sessions", nil)["pagination"].(object); p["limit"] != 20. {
		t.Errorf("without a limit it is %v", p["limit"])
	}
	for query, want := range map[string]int{"q=Handover+3": 1, "q=nothing": 0, "status=active": 5, "status=completed": 0, "offset=5": 0} {
		if got := c.list(query, c.does(200, "GET", "/sessions?"+query, nil), sessionItemForm); len(got) != want {
			t.Errorf("%s gives %d sessions, want %d", query, len(got), want)
		}
	}
	if got := c.list("projects", c.does(200, "GET", "/projects?limit=3", nil), projectForm); len(got) != 3 {
		t.Errorf("%d projects, want 3", len(got))
	}
	c.list("templates", c.does(200, "GET", "/templates?limit=100", nil), templateForm)
	meetings := c.does(200, "GET", "/meetings?status=ready&from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z&updated_since=2026-01-01T00:00:00Z&limit=5&offset=0", nil)
	c.has("meetings", meetings, object{"data": []object{{}}, "pagination": object{"total": "int", "limit": "int", "offset": "int"}, "next_cursor": "string?"})
	c.does(200, "GET", "/meetings?cursor=", nil)
	if got := c.does(200, "GET", "/integrations/telegram/groups", nil); !reflect.DeepEqual(got["data"], []any{}) {
		t.Errorf("the groups are %v", got)
	}
}

func TestTemplatesOfTheContract(t *testing.T) {
	c, _ := newOutsider(t)
	project := c.does(201, "POST", "/projects", object{"title": "Wards", "description": nil})
	from := object{"spec_id": "circle", "spec_version": "1.0", "registry": "https://methods.example.org"}
	steps := []any{object{"id": "one", "title": "First", "description": "Alone", "facilitation_prompt": "Ask.", "default_session_name": "Part one",
		"context_mode": "none", "individual_memory": true, "roles": []any{object{"slug": "speaker", "label": "Speaker", "weight": 2.}},
		"assignment_strategy": "balanced", "completion_criteria": object{"type": "quorum", "count": 3.}},
		object{"id": "two", "context_mode": "all_summaries", "completion_criteria": object{"type": "timer", "duration_seconds": 600.}},
		object{"id": "three", "context_mode": "custom", "completion_criteria": object{"type": "quorum_percent", "percent": 50.}},
		object{"id": "four", "context_mode": "previous_summary", "completion_criteria": object{"type": "all_submitted"}},
		object{"id": "five", "completion_criteria": object{"type": "host_continue"}}}
	asked := object{"title": "Circle", "description": nil, "template_type": "chain", "chain_config": object{"steps": steps},
		"source_provenance": from, "workspace_id": project["id"]}
	chain := c.does(201, "POST", "/templates", asked)
	c.has("chain", chain, withParts(templateForm, object{"chain_config": object{"steps": []object{{"id": "string"}}}, "source_provenance": object{
		"spec_id": "string", "spec_version": "string", "registry": "string"}}))
	if got := chain["chain_config"].(object)["steps"]; !reflect.DeepEqual(got, steps) {
		t.Errorf("the steps are kept as %v", got)
	}
	c.fails(409, "conflict", "POST", "/templates", asked)
	c.does(201, "POST", "/templates", withParts(asked, object{"force": true}))
	at := "/templates/" + c.text(chain, "id")
	changed := c.does(200, "PATCH", at, object{"title": "Circles", "is_public": true, "source_provenance": from, "force": true})
	if changed["title"] != "Circles" || changed["is_public"] != true {
		t.Errorf("the template is %v, public %v", changed["title"], changed["is_public"])
	}

	// A session of a chain is there, and says that it does not run as one.
	s := c.does(201, "POST", "/sessions", object{"topic": "Wards", "goal": "Find out", "template_id": chain["id"],
		"roster": []object{{"email": "ada@example.org", "rolesByStep": object{"one": "speaker"}}}})
	c.has("session", s, withParts(sessionItemForm, object{"join_url": "string", "chain": object{"status": "string"}}))
	if status := s["chain"].(object)["status"]; status != "unsupported" {
		t.Errorf("the chain is %v", status)
	}
	c.fails(400, "validation_error", "POST", "/sessions", object{"topic": "Wards", "goal": "Find out", "template_id": chain["id"],
		"roster": []object{{"email": "ada@example.org", "rolesByStep": object{"nine": "speaker"}}}}, "roster[0].rolesByStep.nine")

	c.has("the deleted template", c.does(200, "DELETE", at, nil), templateForm)
	c.fails(404, "not_found", "GET", at, nil)
}

// Nothing of an opinion map is taken or told before there is one, so that nobody believes they have published something.
func TestSensemakingIsRefusedInWordsUntilThereIsAMap(t *testing.T) {
	c, _ := newOutsider(t)
	project := c.does(201, "POST", "/projects", object{"title": "Wards"})
	at := "/projects/" + c.text(project, "id") + "/sensemaking"
	set := object{"slug": "wards", "title": "Our wards", "description": "All", "intro": nil, "faq": []object{{"q": "What is it?", "a": "A map."}},
		"theme": "light", "enabled": true, "reasoningLensEnabled": true, "knowledgeStatementsEnabled": true}
	for _, method := range []string{"PATCH", "POST", "PUT"} {
		c.fails(422, "unprocessable", method, at, set)
	}
	c.fails(400, "validation_error", "PATCH", at, object{"colour": 1}, "colour")
	c.fails(422, "unprocessable", "GET", at, nil)
}

// Every POST that creates something takes an Idempotency-Key; repeating it returns the first answer.
func TestWhatIsRepeatedIsMadeOnce(t *testing.T) {
	c, browser := newOutsider(t)
	s := c.does(201, "POST", "/sessions", object{"topic": "Handover", "goal": "Find out"})
	at := "/sessions/" + c.text(s, "id")
	for path, body := range map[string]any{
		"/sessions":       object{"topic": "Twice", "goal": "Find out"},
		"/projects":       object{"title": "Twice"},
		"/templates":      object{"title": "Twice"},
		at + "/responses": object{"content": "Twice"},
	} {
		first := c.does(201, "POST", path, body, "Idempotency-Key: twice")
		if again := c.does(201, "POST", path, body, "Idempotency-Key: twice"); again["id"] != first["id"] {
			t.Errorf("POST %s, repeated, makes %v beside %v", path, again["id"], first["id"])
		}
	}
	chat := object{"participant_id": "p", "participant_name": "P", "content": "We lost a note."}
	if first, again := c.does(200, "POST", at+"/chat", chat, "Idempotency-Key: twice"), c.does(200, "POST", at+"/chat", chat, "Idempotency-Key: twice"); !reflect.DeepEqual(first, again) {
		t.Errorf("the chat, repeated, answers %v", again)
	}
	key := object{"name": "Twice", "scopes": []string{"sessions:read"}}
	if first, again := browser.does(201, "POST", "/api-keys", key, "Idempotency-Key: twice"), browser.does(201, "POST", "/api-keys", key, "Idempotency-Key: twice"); first["id"] != again["id"] {
		t.Errorf("the key, repeated, is another one")
	}
}

func TestAKeyIsSlowedDown(t *testing.T) {
	const most = 20
	c, browser := newOutsider(t, func(d *web.Deps) { d.KeyRate = most })
	for range most {
		c.does(200, "GET", "/me", nil)
	}
	a := c.send("GET", "/me", nil)
	wait, err := time.ParseDuration(a.header.Get("Retry-After") + "s")
	if a.status != 429 || err != nil || wait < time.Second || wait > time.Minute || !strings.Contains(string(a.body), `"rate_limited"`) {
		t.Errorf("request %d is answered %d, Retry-After %q: %s", most+1, a.status, a.header.Get("Retry-After"), a.body)
	}
	browser.does(200, "GET", "/me", nil) // the limit is of the key
}
