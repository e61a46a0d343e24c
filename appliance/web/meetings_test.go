package web_test

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/web"
)

// The forms of meetings in Part 1 of the contract.
var (
	meetingForm = object{"id": "string", "title": "string", "meeting_url": "string", "meeting_provider": "string", "starts_at": "time",
		"ends_at": "time?", "timezone": "string", "status": "string", "error_code": "string", "error_message": "string", "created_at": "time",
		"updated_at": "time", "transcript_status": "string", "transcript_language": "string", "has_transcript": "bool", "empty_transcript": "bool",
		"utterance_count": "int", "speaker_count": "int", "actual_duration_ms": "int"}
	transcriptForm = object{"id": "string", "meeting_id": "string", "provider": "string", "model": "string", "language": "string",
		"status": "string", "error_code": "string", "error_message": "string", "completed_at": "time?",
		"utterances": []object{{"sequence": "int", "speaker_id": "string", "speaker_name": "string", "speaker_email": "string", "start_ms": "int",
			"end_ms": "int", "text": "string", "language": "string"}}}
	restrictionsForm = object{"authoritative_scopes": "list", "candidate_scopes": "list", "effective_scopes": "list",
		"pending_candidates": []object{{"id": "string", "scopes": "list", "reason": "string", "created_at": "time"}},
		"history":            []object{{"id": "string", "action": "string", "scopes": "list", "reason": "string", "created_at": "time"}}}
)

// brings makes a session with a meeting that was brought in as text, and gives the paths of both.
func (c *outsider) brings(topic string, transcript any) (session, meeting string) {
	c.t.Helper()
	session = "/sessions/" + c.text(c.does(201, "POST", "/sessions", object{"topic": topic, "goal": "Find out"}), "id")
	return session, "/meetings/" + c.text(c.does(201, "POST", session+"/conversations", transcript), "id")
}

// asking is a meeting in which somebody says something about its own use.
func asking(text string) object {
	return object{"title": "Round", "turns": []object{{"speaker": "Ada", "text": blunt}, {"speaker": "Grace", "text": text}}}
}

func TestAProgramReadsMeetings(t *testing.T) {
	c, _ := newOutsider(t)
	session, at := c.brings("Handover", meeting())
	list := c.list("meetings", c.does(200, "GET", "/meetings", nil), meetingForm)
	if len(list) != 1 {
		t.Fatalf("%d meetings, want the one that was brought in", len(list))
	}
	m := list[0]
	for name, want := range (object{"id": at[len("/meetings/"):], "title": "Works council, May", "meeting_provider": "text", "meeting_url": "",
		"status": "ready", "transcript_status": "completed", "has_transcript": true, "empty_transcript": false, "utterance_count": 5.,
		"speaker_count": 3., "actual_duration_ms": 15000., "error_code": "", "timezone": "UTC"}) {
		if m[name] != want {
			t.Errorf("%s is %v, want %v", name, m[name], want)
		}
	}
	told := c.does(200, "GET", at+"/transcript", nil)
	c.has("the transcript", told, transcriptForm)
	said := told["utterances"].([]any)
	for i, turn := range meeting()["turns"].([]any) {
		w, got := turn.(map[string]any), said[i].(object)
		if got["sequence"] != float64(i) || got["text"] != w["text"] || got["speaker_name"] != w["speaker"] ||
			got["start_ms"] != float64(w["start_ms"].(int)) || got["end_ms"] != float64(w["end_ms"].(int)) {
			t.Errorf("utterance %d came back otherwise", i)
		}
	}
	if told["status"] != "completed" || told["provider"] != "text" || told["meeting_id"] != m["id"] {
		t.Errorf("the transcript is told as %v %v of %v", told["status"], told["provider"], told["meeting_id"])
	}
	c.talks(session, "p-1") // an interview is no meeting
	if n := len(c.list("meetings", c.does(200, "GET", "/meetings", nil), meetingForm)); n != 1 {
		t.Errorf("%d meetings beside an interview, want 1", n)
	}
}

func TestMeetingsAreListedInParts(t *testing.T) {
	c, _ := newOutsider(t)
	var ids []string
	for i := range 5 {
		_, at := c.brings(fmt.Sprint("Round ", i), asking("We meet again."))
		ids = append(ids, at[len("/meetings/"):])
	}
	seen := map[string]bool{}
	var all []object
	for cursor := ""; ; {
		page := c.does(200, "GET", "/meetings?limit=2&cursor="+url.QueryEscape(cursor), nil)
		if p := page["pagination"].(object); p["total"] != 5. || p["limit"] != 2. {
			t.Errorf("the pagination says %v", p)
		}
		for _, m := range c.list("a part", page, meetingForm) {
			seen[m["id"].(string)] = true
			all = append(all, m)
		}
		if page["next_cursor"] == nil {
			break
		}
		cursor = page["next_cursor"].(string)
	}
	if len(all) != 5 || len(seen) != 5 {
		t.Errorf("by cursors %d meetings were given, %d of them different; want 5", len(all), len(seen))
	}
	begins := func(i int) string { return url.QueryEscape(all[i]["starts_at"].(string)) }
	for query, want := range map[string]int{"limit=2&offset=4": 1, "status=ready": 5, "status=recording": 0, "from=" + begins(0) + "&limit=1": 1,
		"to=" + begins(4): 0, "from=" + begins(4): 5, "updated_since=2000-01-01T00:00:00Z": 5, "updated_since=2999-01-01T00:00:00Z": 0} {
		if got := c.list(query, c.does(200, "GET", "/meetings?"+query, nil), meetingForm); len(got) != want {
			t.Errorf("%s gives %d meetings, want %d", query, len(got), want)
		}
	}
	c.fails(400, "validation_error", "GET", "/meetings?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", nil, "to")
	if len(ids) != len(seen) {
		t.Errorf("not all of %v are listed", ids)
	}
}

func TestMeetingsAreListedForThoseWhoMayReadThem(t *testing.T) {
	d := newDesk(t)
	owner := d.person("owner", appliance.RoleOwner)
	d.person("stranger", appliance.RoleEditor)
	d.person("viewer", appliance.RoleViewer)
	d.key("program", owner, time.Time{}, appliance.ScopeMeetingsRead)
	hidden := d.open()
	shown := d.open(func(s *appliance.Session, _ *appliance.Form) { s.Public = true })
	at := map[appliance.SessionID]string{}
	for _, s := range []appliance.Session{hidden, shown} {
		var item web.ConversationItem
		d.get("owner", "POST", "/api/v1/sessions/"+string(s.ID)+"/conversations", meeting(), 201, &item)
		at[s.ID] = "/api/v1/meetings/" + string(item.ID)
	}
	for who, want := range map[string]int{"owner": 2, "stranger": 1, "viewer": 1, "program": 2} {
		var list web.Meetings
		d.get(who, "GET", "/api/v1/meetings", nil, 200, &list)
		if len(list.Data) != want || list.Pagination.Total != want {
			t.Errorf("%s sees %d meetings of %d, want %d", who, len(list.Data), list.Pagination.Total, want)
		}
	}
	set := map[string]any{"action": "set", "scopes": []string{"sharing"}}
	d.run(
		apiCase{name: "of another's session", as: "stranger", method: "GET", path: at[hidden.ID] + "/transcript", status: 404, forbid: []string{blunt}},
		apiCase{name: "restrictions of another's session", as: "stranger", method: "GET", path: at[hidden.ID] + "/restrictions", status: 404},
		apiCase{name: "a viewer sees no names", as: "viewer", method: "GET", path: at[shown.ID] + "/transcript", status: 200,
			want: []string{blunt, "Participant 1"}, forbid: []string{"Grace"}},
		apiCase{name: "a viewer restricts nothing", as: "viewer", method: "POST", path: at[shown.ID] + "/restrictions", body: set, status: 403},
		apiCase{name: "a key that only reads", as: "program", method: "POST", path: at[shown.ID] + "/restrictions", body: set, status: 403},
	)
}

func TestRestrictionsAreSetLiftedAndKeptAsHistory(t *testing.T) {
	c, browser := newOutsider(t)
	_, at := c.brings("Handover", meeting())
	at += "/restrictions"
	effective := func(r object) string {
		c.has("restrictions", r, restrictionsForm)
		return fmt.Sprint(r["effective_scopes"])
	}
	if got := effective(c.does(200, "GET", at, nil)); got != "[]" {
		t.Errorf("at first %s are restricted", got)
	}
	set := object{"action": "set", "scopes": []string{"sharing", "synthesis"}, "reason": "The council asks for it."}
	for range 2 {
		if got := effective(c.does(200, "POST", at, set, "Idempotency-Key: once")); got != "[synthesis sharing]" {
			t.Errorf("restricted are %s", got)
		}
	}
	if got := effective(c.does(200, "POST", at, object{"action": "set", "scopes": []string{"all_downstream_processing"}})); got !=
		"[synthesis project_attachment external_export sharing all_downstream_processing]" {
		t.Errorf("all are %s", got)
	}
	lifted := object{"action": "set", "scopes": []string{}, "reason": "Agreed."}
	c.fails(403, "forbidden", "POST", at, lifted) // it keeps programs out
	if got := effective(browser.does(200, "POST", at, lifted)); got != "[]" {
		t.Errorf("lifted, %s are restricted", got)
	}
	var reasons []string
	for _, e := range c.does(200, "GET", at, nil)["history"].([]any) {
		reasons = append(reasons, e.(object)["reason"].(string))
	}
	if got := fmt.Sprintf("%q", reasons); got != `["The council asks for it." "" "Agreed."]` {
		t.Errorf("the history has the reasons %s", got)
	}
}

// What somebody says about the use of their words holds at once, until somebody decides.
func TestASignalHoldsUntilSomebodyDecides(t *testing.T) {
	for text, want := range map[string]string{
		"This is off the record, please.":                         "[synthesis external_export sharing]",
		"Das bitte nicht ins Protokoll.":                          "[synthesis external_export sharing]",
		"Ceci reste entre nous, d'accord ?":                       "[external_export sharing]",
		"Que no conste en acta lo que digo.":                      "[synthesis external_export sharing]",
		"Це між нами.":                                            "[external_export sharing]",
		"أوقفوا التسجيل من فضلكم":                                 "[synthesis external_export sharing]",
		"The record of the off-season was kept in this big room.": "[]",
	} {
		c, browser := newOutsider(t)
		_, at := c.brings("Round", asking(text))
		at += "/restrictions"
		r := c.does(200, "GET", at, nil)
		if got := fmt.Sprint(r["effective_scopes"]); got != want {
			t.Errorf("%q restricts %s, want %s", text, got, want)
		}
		pending := r["pending_candidates"].([]any)
		if len(pending) == 0 {
			continue
		}
		if got := pending[0].(object)["sequence"]; got != 1. {
			t.Errorf("the signal is said to stand in turn %v", got)
		}
		decide := object{"action": "review_candidate", "candidate_event_id": pending[0].(object)["id"], "decision": "dismiss"}
		c.fails(403, "forbidden", "POST", at, decide) // it keeps programs out
		r = browser.does(200, "POST", at, decide)
		if fmt.Sprint(r["effective_scopes"]) != "[]" || len(r["pending_candidates"].([]any)) != 0 {
			t.Errorf("dismissed, it still restricts %v", r["effective_scopes"])
		}
		c.fails(409, "conflict", "POST", at, decide)
		c.fails(404, "not_found", "POST", at, object{"action": "review_candidate", "candidate_event_id": "rst_none", "decision": "confirm"})
	}
	c, _ := newOutsider(t)
	_, at := c.brings("Round", asking("That is off the record."))
	pending := c.does(200, "GET", at+"/restrictions", nil)["pending_candidates"].([]any)
	r := c.does(200, "POST", at+"/restrictions", object{"action": "review_candidate", "candidate_event_id": pending[0].(object)["id"], "decision": "confirm"})
	if fmt.Sprint(r["authoritative_scopes"]) != "[synthesis external_export sharing]" || fmt.Sprint(r["candidate_scopes"]) != "[]" {
		t.Errorf("confirmed, it is told as %v and %v", r["authoritative_scopes"], r["candidate_scopes"])
	}
}
