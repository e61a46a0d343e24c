package web_test

import (
	"encoding/json"
	"strings"
	"testing"

	"harmonium/appliance/web"
)

const handovers = `"title":"Handovers","description":"How shifts hand over","default_session_name":"Handover","default_goal":"Find out what gets lost",
	"guide":{"opening":"Hello. About “{topic}”.","closing":"Thanks.","topics":[{"id":"","title":"Nights","aim":"","question":"How do nights go?","probes":["Which night?"],"follow_ups":1,"minutes":2}]},
	"form":[{"text":"Which ward?","type":"Options","options":["A","B"]}],"insights":[{"question":"What gets lost?","kind":"list"}],"notes":"Ask before the round."`

// template makes a template and gives it.
func (d *desk) template(as, body string) (t web.Template) {
	d.t.Helper()
	d.get(as, "POST", "/api/v1/templates", body, 201, &t)
	return t
}

func TestTheBoxListsItsTemplatesInTheLanguageOfTheAccount(t *testing.T) {
	d := hostDesk(t)
	d.run(
		apiCase{as: "ada", method: "GET", path: "/api/v1/templates?limit=100", status: 200,
			want: []string{`"id":"retrospective"`, `"title":"Retrospective"`, `"built_in":true`, `"total":16`, `"created_at":null`, `"workspace_id":null`}},
		apiCase{name: "in German", as: "ada", method: "GET", path: "/api/v1/templates?language=de&q=r%C3%BCckblick", status: 200,
			want: []string{`"title":"Rückblick"`, `"language":"de"`}, forbid: []string{`"id":"swot"`}},
		apiCase{name: "for a purpose", as: "ada", method: "GET", path: "/api/v1/templates?purpose=plan", status: 200,
			want: []string{`"id":"okr"`}, forbid: []string{`"id":"swot"`}},
		apiCase{name: "the second page", as: "ada", method: "GET", path: "/api/v1/templates?limit=3&offset=15", status: 200,
			want: []string{`"id":"consent-decision"`, `"total":16,"limit":3,"offset":15`}, forbid: []string{`"id":"policy-proposal"`}},
		apiCase{name: "one, whole", as: "ada", method: "GET", path: "/api/v1/templates/swot", status: 200,
			want: []string{`"What are we better at than others?"`, `"kind":"list"`, `"role":"viewer"`, `"template_type":"single"`}},
		apiCase{name: "none", as: "ada", method: "GET", path: "/api/v1/templates/nothing", status: 404},
		apiCase{name: "changing one of the box", as: "olga", method: "PATCH", path: "/api/v1/templates/swot", body: `{"title":"x"}`, status: 403},
		apiCase{name: "deleting one of the box", as: "olga", method: "DELETE", path: "/api/v1/templates/swot", status: 403},
	)
}

func TestATemplateIsMadeChangedAndDeleted(t *testing.T) {
	d := hostDesk(t)
	tpl := d.template("ada", `{`+handovers+`}`)
	path := "/api/v1/templates/" + string(tpl.ID)
	d.run(
		apiCase{as: "ada", method: "GET", path: "/api/v1/templates?limit=1", status: 200,
			want: []string{string(tpl.ID), `"total":17`, `"role":"owner"`, `"minutes":2`, `"topics":1`}},
		apiCase{name: "found by words", as: "ada", method: "GET", path: "/api/v1/templates?q=SHIFTS", status: 200, want: []string{string(tpl.ID), `"total":1,`}},
		apiCase{name: "seen by nobody else", as: "eve", method: "GET", path: path, status: 404},
		apiCase{as: "eve", method: "GET", path: "/api/v1/templates?limit=100", status: 200, forbid: []string{string(tpl.ID)}},
		apiCase{as: "ada", method: "PATCH", path: path, body: `{"title":"Handover by night","is_public":true,"notes":null}`, status: 200,
			want: []string{`"title":"Handover by night"`, `"is_public":true`, `"notes":""`, `"How do nights go?"`}},
		apiCase{name: "public, everybody sees it", as: "eve", method: "GET", path: path, status: 200, want: []string{`"role":"editor"`}},
		apiCase{as: "ada", method: "DELETE", path: path, status: 200, want: []string{`"title":"Handover by night"`}},
		apiCase{as: "ada", method: "GET", path: path, status: 404},
	)
}

func TestATemplateBelongsToAProject(t *testing.T) {
	d := hostDesk(t)
	var mine, foreign web.Project
	d.get("ada", "POST", "/api/v1/projects", `{"title":"Wards"}`, 201, &mine)
	d.get("eve", "POST", "/api/v1/projects", `{"title":"Kitchen"}`, 201, &foreign)
	tpl := d.template("ada", `{`+handovers+`,"workspace_id":"`+string(mine.ID)+`"}`)
	d.run(
		apiCase{as: "ada", method: "GET", path: "/api/v1/templates?workspace_id=" + string(mine.ID), status: 200, want: []string{string(tpl.ID), `"total":1,`}},
		apiCase{name: "not somebody else's", as: "ada", method: "POST", path: "/api/v1/templates",
			body: `{"title":"x","workspace_id":"` + string(foreign.ID) + `"}`, status: 400, want: []string{`"field":"workspace_id"`}},
		apiCase{name: "nor moved there", as: "ada", method: "PATCH", path: "/api/v1/templates/" + string(tpl.ID),
			body: `{"workspace_id":"` + string(foreign.ID) + `"}`, status: 400},
		apiCase{name: "the project goes", as: "ada", method: "DELETE", path: "/api/v1/projects/" + string(mine.ID), status: 200},
		apiCase{name: "its author keeps the template", as: "ada", method: "GET", path: "/api/v1/templates/" + string(tpl.ID), status: 200,
			want: []string{`"workspace_id":null`}},
	)
}

func TestWhatATemplateCannotHoldIsRefused(t *testing.T) {
	d := hostDesk(t)
	bad := func(name, body string, want ...string) apiCase {
		return apiCase{name: name, as: "ada", method: "POST", path: "/api/v1/templates", body: body, status: 400, want: want}
	}
	steps := func(step string) string {
		return `{"title":"x","template_type":"chain","chain_config":{"steps":[` + step + `]}}`
	}
	d.run(
		bad("no title", `{"description":"x"}`, "title"),
		bad("a chain without steps", `{"title":"x","template_type":"chain"}`, "chain_config"),
		bad("steps without a chain", `{"title":"x","chain_config":{"steps":[{"id":"a"}]}}`, "chain_config"),
		bad("a step without an id", steps(`{"id":""}`), "chain_config.steps[0].id"),
		bad("two steps of one id", steps(`{"id":"a"},{"id":"a"}`), "chain_config.steps[1].id"),
		bad("an unknown mode", steps(`{"id":"a","context_mode":"everything"}`), "context_mode"),
		bad("a timer of no time", steps(`{"id":"a","completion_criteria":{"type":"timer"}}`), "duration_seconds"),
		bad("a quorum of 101 percent", steps(`{"id":"a","completion_criteria":{"type":"quorum_percent","percent":101}}`), "percent"),
		bad("a role without a name", steps(`{"id":"a","roles":[{"slug":" ","label":"x"}]}`), "roles[0].slug"),
		bad("a guide without a question", `{"title":"x","guide":{"opening":"a","closing":"b","topics":[{"id":"","title":"t","aim":"","question":"","probes":[],"follow_ups":0,"minutes":1}]}}`, "guide.topics[0].question"),
		bad("a category without options", `{"title":"x","insights":[{"question":"q","kind":"category"}]}`, "insights[0].options"),
		bad("an unknown kind of insight", `{"title":"x","insights":[{"question":"q","kind":"poem"}]}`, "insights[0].kind"),
		bad("an unknown purpose", `{"title":"x","purpose":"fun"}`, "purpose"),
		apiCase{name: "a whole chain is kept", as: "ada", method: "POST", path: "/api/v1/templates", status: 201,
			body: steps(`{"id":"a","title":"Open","context_mode":"none","individual_memory":true,"roles":[{"slug":"expert","label":"Expert","weight":2}],"assignment_strategy":"roster","completion_criteria":{"type":"timer","duration_seconds":600}},{"id":"b","context_mode":"all_summaries","completion_criteria":{"type":"quorum_percent","percent":50}}`),
			want: []string{`"template_type":"chain"`, `"duration_seconds":600`, `"percent":50`, `"individual_memory":true`, `"weight":2`}},
	)
}

func TestASessionIsStartedFromATemplate(t *testing.T) {
	d := hostDesk(t)
	own := d.template("ada", `{`+handovers+`,"facilitation_prompt":"Ask like a nurse."}`)
	chain := d.template("ada", `{"title":"x","template_type":"chain","chain_config":{"steps":[{"id":"a"}]}}`)
	fromBox := d.session("ada's key", `{"topic":"Our “spring”","goal":"Learn from it","template_id":"retrospective","language":"de"}`)
	fromOwn := d.session("ada", `{"template_id":"`+string(own.ID)+`","draft":true}`)
	d.run(
		apiCase{as: "ada", method: "GET", path: sessionPath(fromBox, ""), status: 200,
			want: []string{`"template_id":"retrospective"`, `"language":"de"`, `"goal":"Learn from it"`, `"critical":"Was sich bewährt hat`}},
		apiCase{as: "ada", method: "GET", path: sessionPath(fromBox, "/guide"), status: 200,
			want: []string{"Was hat sich so bewährt", "Our ‚spring‘", "from the template “Rückblick”"}, forbid: []string{"{topic}"}},
		apiCase{as: "ada", method: "GET", path: sessionPath(fromBox, "/form"), status: 200, want: []string{"Was war Ihre Aufgabe"}},
		apiCase{name: "brief, guide, form and what a model is told", as: "ada", method: "GET", path: sessionPath(fromOwn, ""), status: 200,
			want: []string{`"topic":"Handover"`, `"goal":"Find out what gets lost"`, `"prompt":"Ask like a nurse."`, `"minutes":2`}},
		apiCase{as: "ada", method: "GET", path: sessionPath(fromOwn, "/form"), status: 200, want: []string{"Which ward?"}},
		apiCase{name: "one's own questions win", as: "ada", method: "POST", path: "/api/v1/sessions",
			body: `{"template_id":"` + string(own.ID) + `","questions":[]}`, status: 201, want: []string{string(own.ID)}},
		apiCase{name: "somebody else's", as: "eve", method: "POST", path: "/api/v1/sessions", body: `{"topic":"t","goal":"g","template_id":"` + string(own.ID) + `"}`,
			status: 422, want: []string{"no template with this id", "Nothing was saved"}},
		apiCase{name: "a chain", as: "ada", method: "POST", path: "/api/v1/sessions", body: `{"topic":"t","goal":"g","template_id":"` + string(chain.ID) + `"}`,
			status: 201, want: []string{`"chain":{"status":"unsupported"`, "several steps"}},
		apiCase{name: "another template later", as: "ada", method: "PATCH", path: sessionPath(fromOwn, ""), body: `{"template_id":"swot"}`, status: 200,
			want: []string{`"template_id":"swot"`, `"guide_version":2`, `"topic":"Handover"`}},
		apiCase{name: "the same again changes nothing", as: "ada", method: "PATCH", path: sessionPath(fromOwn, ""), body: `{"template_id":"swot"}`, status: 200,
			want: []string{`"guide_version":2`}},
	)
}

func TestASessionIsSavedAsATemplateWithoutWhatWasSaid(t *testing.T) {
	d := hostDesk(t)
	s := d.session("ada", `{`+wards+`,"context":"Two wards.","template_id":"swot","questions":[{"text":"Which ward?","type":"Short field"}]}`)
	d.get("ada", "POST", sessionPath(s, "/responses"), `{"content":"a secret of the night"}`, 201, nil)
	var tpl web.Template
	d.get("ada", "POST", sessionPath(s, "/template"), `{"title":"Ours","purpose":"look_back"}`, 201, &tpl, "Idempotency-Key: once")
	d.run(
		apiCase{as: "ada", method: "GET", path: "/api/v1/templates/" + string(tpl.ID), status: 200,
			want: []string{`"title":"Ours"`, `"default_session_name":"Handover between wards"`, `"default_context":"Two wards."`, "Which ward?",
				"What are we better at than others?", `"kind":"list"`}, forbid: []string{"secret"}},
		apiCase{name: "sent again", as: "ada", method: "POST", path: sessionPath(s, "/template"), body: `{"title":"Ours","purpose":"look_back"}`,
			header: []string{"Idempotency-Key: once"}, status: 201, want: []string{string(tpl.ID)}},
		apiCase{name: "somebody else's session", as: "eve", method: "POST", path: sessionPath(s, "/template"), body: `{"title":"Ours"}`, status: 404},
	)
}

func TestATemplateGoesToAnotherBoxAsAFile(t *testing.T) {
	d, other := hostDesk(t), hostDesk(t)
	tpl := d.template("ada", `{`+handovers+`}`)
	file := d.send("ada", "GET", "/api/v1/templates/"+string(tpl.ID)+"/file", nil)
	if file.Code != 200 || !strings.Contains(file.Header().Get("Content-Disposition"), "attachment") {
		t.Fatalf("status %d, %v", file.Code, file.Header())
	}
	var made web.Template
	body, _ := json.Marshal(map[string]string{"content": file.Body.String()})
	other.get("eve", "POST", "/api/v1/templates/import", string(body), 201, &made)
	if made.ID == tpl.ID || made.Title != tpl.Title || made.Guide.Topics[0].Question != tpl.Guide.Topics[0].Question || len(made.Form) != 1 {
		t.Errorf("arrived as %+v", made)
	}
	d.run(apiCase{name: "no template", as: "ada", method: "POST", path: "/api/v1/templates/import", body: `{"content":"%PDF-1.4"}`, status: 422,
		want: []string{"cannot be read as a template", "Nothing was saved"}})
}

const method = "---\\nid: quiet-circle\\ntitle: Quiet circle\\nversion: 0.2.0\\nsummary: A round in which everybody speaks once.\\nlicense: CC0-1.0\\n" +
	"runtime: { artifact: single }\\nstages:\\n  - { id: arrive, title: Arriving }\\n  - { id: speak, title: Speaking }\\n---\\n\\n# Quiet circle\\n\\nFor small groups.\\n\\n" +
	"## Stage: arrive\\n**Goal:** be there.\\n\\nAsk: What do you bring with you today?\\n\\n## Stage: speak\\n**Goal:** hear everybody.\\n\\nLet them speak.\\n"

func TestAPublishedMethodBecomesATemplateThatSaysWhereItComesFrom(t *testing.T) {
	d := hostDesk(t)
	body := `{"content":"` + method + `","registry":"a stick"}`
	d.run(
		apiCase{as: "ada", method: "POST", path: "/api/v1/templates/import", body: body, status: 201,
			want: []string{`"title":"Quiet circle"`, `"spec_id":"quiet-circle"`, `"spec_version":"0.2.0"`, `"registry":"a stick"`, `"sha256":"`,
				`"license":"CC0-1.0"`, `"What do you bring with you today?"`, `"Speaking"`, `"language":"en"`}},
		apiCase{name: "the same again", as: "ada", method: "POST", path: "/api/v1/templates/import", body: body, status: 409, want: []string{"already"}},
		apiCase{name: "the same, by force", as: "ada", method: "POST", path: "/api/v1/templates/import",
			body: `{"force":true,` + body[1:], status: 201},
		apiCase{name: "somebody else's does not count", as: "eve", method: "POST", path: "/api/v1/templates/import", body: body, status: 201},
	)
}
