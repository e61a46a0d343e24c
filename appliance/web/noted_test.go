package web_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/auth"
	"harmonium/appliance/store"
	"harmonium/appliance/web"
)

// unnoted are the operations that are no GET and leave no entry in the audit trail, each for one of these reasons.
var unnoted = func() map[string]string {
	list := map[string]string{}
	for reason, operations := range map[string][]string{
		"participants are never in the trail":                         {"join", "postTurn", "writeDown", "goOnGuided", "finishConversation", "reviewConversation"},
		"a piece of sound: who records is noted once for the meeting": {"putPiece"},
		"it saves nothing": {"checkBrief", "suggestPart", "recogniseLanguage", "refineGuide", "draftInsights", "planErasure", "lookAtLink", "lookAtBackup"},
		"it only ends work; that was noted when it began, or is when its result is kept": {"stopAnswer", "endRehearsals", "stopModelTrial", "measureCapacity", "stopCapacity"},
		"nothing is in use before it is confirmed, which is noted":                       {"startFactor"},
		"the box is empty, and its trail is that of the backup":                          {"restoreBackup"},
		"it is refused until there is an opinion map":                                    {"changeSensemaking"},
	} {
		for _, operation := range operations {
			list[operation] = reason
		}
	}
	return list
}()

// entries are the operations that changed something for a test, and whether they left an entry in the trail.
type entries struct {
	mu     sync.Mutex
	routes []web.Route
	left   map[string]bool
}

// everything collects what all tests of the package do: see TestMain.
var everything = entries{left: map[string]bool{}}

// wrong says what is wrong when all tests have run: an operation that leaves no entry although none of the reasons holds, or that no
// test has carried out.
func (e *entries) wrong() (list []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range e.routes {
		left, done := e.left[r.Operation]
		switch {
		case r.Method == http.MethodGet || unnoted[r.Operation] != "":
		case !done:
			list = append(list, fmt.Sprintf("%s was carried out by no test, so that nobody knows whether it leaves an entry in the audit trail", r.Operation))
		case !left:
			list = append(list, fmt.Sprintf("%s left no entry in the audit trail, and is not among the exceptions", r.Operation))
		}
	}
	slices.Sort(list)
	return list
}

// watch has the handler of a desk note which operations leave an entry.
func (d *desk) watch(e *entries) http.Handler {
	next := d.handler
	e.mu.Lock()
	defer e.mu.Unlock()
	e.routes = d.routes
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		operation := operationOf(d.routes, r)
		if r.Method == http.MethodGet || operation == "" || unnoted[operation] != "" {
			next.ServeHTTP(w, r)
			return
		}
		before := d.lastEntry(r)
		answer := &statusWriter{w, http.StatusOK}
		next.ServeHTTP(answer, r)
		if answer.status < 300 {
			left := d.lastEntry(r) > before
			e.mu.Lock()
			defer e.mu.Unlock()
			e.left[operation] = e.left[operation] || left
		}
	})
}

// lastEntry is the number of the newest entry of the trail that somebody has left, and not the box itself.
func (d *desk) lastEntry(r *http.Request) int64 {
	list, err := d.store.AuditTrail(r.Context(), 20)
	if i := slices.IndexFunc(list, func(e appliance.AuditEntry) bool { return e.Actor != store.ActorSystem }); err == nil && i >= 0 {
		return list[i].Seq
	}
	return 0
}

// statusWriter remembers how a request was answered.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the writer below.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// operationOf gives the operation that a request is for: of the routes that fit, the one with the most words of its own.
func operationOf(routes []web.Route, r *http.Request) (operation string) {
	path := strings.Split(strings.TrimPrefix(r.URL.Path, "/api/v1"), "/")
	most := -1
	for _, route := range routes {
		parts := strings.Split(route.Path, "/")
		if route.Method != r.Method || len(parts) != len(path) {
			continue
		}
		own := 0
		for i, part := range parts {
			if part == path[i] {
				own++
			} else if !strings.HasPrefix(part, "{") {
				own = -1
				break
			}
		}
		if own > most {
			operation, most = route.Operation, own
		}
	}
	return operation
}

// Each exception is an operation that there is, and none of them changes what others keep by a key that only reads.
func TestWhatLeavesNoEntryIsAnOperation(t *testing.T) {
	d := newDesk(t)
	there := map[string]bool{}
	for _, r := range d.routes {
		there[r.Operation] = r.Method != http.MethodGet
	}
	for _, operation := range slices.Sorted(maps.Keys(unnoted)) {
		if !there[operation] {
			t.Errorf("%s is among the operations without an entry, and there is none of that name that changes anything", operation)
		}
		if p, _ := auth.For(operation); p.Who == auth.Participant != (unnoted[operation] == "participants are never in the trail") && p.Who != auth.Anyone {
			t.Errorf("%s is open to %q, and leaves no entry because %s", operation, p.Who, unnoted[operation])
		}
	}
}

// The control: what leaves no entry, and what nobody tries, is found.
func TestAnOperationWithoutAnEntryIsFound(t *testing.T) {
	d := hostDesk(t)
	d.handler, d.routes = web.NewWithRoutes(d.deps)
	kept := d.handler
	own := &entries{left: map[string]bool{}}
	d.handler = d.watch(own)
	d.get("olga", "PUT", "/api/v1/contact", map[string]any{"contact": "Olga, room 4", "imprint": ""}, 200, nil)
	d.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // the same answer, and nothing done
		answer := httptest.NewRecorder()
		answer.Code = http.StatusCreated
		w.WriteHeader(answer.Code)
	})
	d.handler = d.watch(own)
	d.send("olga", "POST", "/api/v1/projects", `{"title":"Night shift"}`)
	d.handler = kept
	wrong := strings.Join(own.wrong(), "\n")
	if strings.Contains(wrong, "setContact") || !strings.Contains(wrong, "createProject left no entry") || !strings.Contains(wrong, "createSession was carried out by no test") ||
		strings.Contains(wrong, "putPiece") {
		t.Error(wrong)
	}
}

// What the tests of other things do not carry out: an officer's work on what is kept, insights, a second question to the Companion, and another transcript.
func TestWhatAnOfficerDoesIsInTheTrail(t *testing.T) {
	d := newDesk(t)
	olga := d.person("olga", appliance.RoleOwner)
	s := d.open()
	d.joinAs("pia", s, "Pia")
	d.await("pia")
	d.say("pia", telling)
	d.get("pia", "POST", "/api/v1/conversation/finish", map[string]bool{"keep": true}, 200, nil)
	d.joinAs("tom", s, "Tom")
	session := "/api/v1/sessions/" + string(s.ID)
	did := func(method, path string, body any, action string, out any) {
		t.Helper()
		before := d.actions("")[0].Seq
		w := d.send("olga", method, path, body)
		if last := d.actions(action); w.Code > 299 || len(last) == 0 || last[0].Seq <= before || last[0].Name != "olga" {
			t.Fatalf("%s %s: %d, no entry %s: %s", method, path, w.Code, action, w.Body)
		}
		if out != nil && json.Unmarshal(w.Body.Bytes(), out) != nil {
			t.Fatalf("%s %s: %s", method, path, w.Body)
		}
	}
	backups := map[string]any{"on": false, "destination": "/var/backups/box", "hour": 2, "days": 7, "weeks": 4, "lock": "key"}
	did("PUT", "/api/v1/backups", backups, "setting.change", nil)
	did("POST", "/api/v1/backups/run", nil, "backup.run", nil)

	var project web.Project
	did("POST", "/api/v1/projects", `{"title":"Night shift"}`, "project.create", &project)
	did("PUT", "/api/v1/retention", `{"days":400}`, "retention", nil)
	did("PUT", "/api/v1/projects/"+string(project.ID)+"/retention", `{"days":400}`, "project.retention", nil)
	did("PUT", session+"/retention", `{"days":400}`, "session.retention", nil)

	var kept web.Retention
	did("POST", "/api/v1/holds", map[string]any{"kind": "session", "object": s.ID, "reason": "A dispute."}, "hold.place", &kept)
	d.get("tom", "DELETE", "/api/v1/conversation", nil, 200, nil)
	d.get("olga", "GET", "/api/v1/retention", nil, 200, &kept)
	did("POST", "/api/v1/withdrawals/"+string(kept.Withdrawals[0].ConversationID)+"/erase", nil, "conversation", nil)
	did("DELETE", "/api/v1/holds/"+string(kept.Holds[0].ID), nil, "hold.lift", nil)

	d.get("olga", "POST", session+"/summary", nil, 200, nil) // what insights are drawn from
	var insights web.Insights
	did("POST", session+"/insights", `{"insights":[{"question":"What gets lost?","kind":"text"}]}`, "insight.create", &insights)
	did("POST", session+"/insights/run", `{}`, "insight.run", nil)
	insight := session + "/insights/" + string(insights.Insights[0].ID)
	did("PATCH", insight, `{"archived":true}`, "insight.change", nil)
	did("DELETE", insight, nil, "insight.delete", nil)

	var people web.Data[web.Person]
	did("POST", "/api/v1/persons/find", `{"text":"Pia"}`, "responses.search", &people)
	pia := []appliance.ParticipantID{people.Data[0].ID}
	did("POST", "/api/v1/persons/file", map[string]any{"people": pia}, "participant.export", nil)
	thread := d.answeredThread("olga", map[string]any{"session_id": s.ID}, "What does the printer do?")
	order := map[string]any{"kind": "person", "people": pia}
	var plan web.ErasurePlan
	d.get("olga", "POST", "/api/v1/erasures/plan", order, 200, &plan)
	did("POST", "/api/v1/erasures", map[string]any{"order": order, "typed": plan.Phrase, "token": plan.Token}, "erasure.begin", nil)

	m := d.record("olga", nil)
	did("POST", meetingPath(m)+"/takes", `{"track":0,"device":"device-01"}`, "recording.take", nil)
	d.mustPut("olga", m, 0, 0, 0, noise(1, 16_000))
	d.clock.Advance(time.Hour) // within one, it is the same entry
	d.as["olga"] = d.cookie(olga)
	did("POST", "/api/v1/companion/threads/"+string(thread.ID)+"/questions", `{"question":"What else?"}`, "responses.search", nil)
	did("POST", meetingPath(m)+"/takes/0/0/end", `{"samples":16000}`, "recording.take", nil)
	did("POST", meetingPath(m)+"/close", `{}`, "recording.end", nil)
	for version := 1; version <= 2; version++ { // each is made, of no words
		if version > 1 {
			did("POST", meetingPath(m)+"/transcription", `{}`, "meeting.transcribe", nil)
		}
		_, err := d.store.RunWriting(t.Context(), m.ID, version, appliance.WritingRunning)
		if done, _, finishErr := d.store.FinishWriting(t.Context(), m.ID, version); err != nil || finishErr != nil || !done {
			t.Fatalf("transcript %d: %t, %v, %v", version, done, err, finishErr)
		}
	}
	did("POST", meetingPath(m)+"/versions/1", nil, "meeting.transcript.use", nil)
}
