package web_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/auth"
	"harmonium/appliance/store"
	"harmonium/appliance/web"
)

// secrets are ids of what belongs to somebody else, by the first words of the routes that name them.
type secrets map[string]string

// others makes a log-in, a key, a thread of the Companion and a group that the guests know nothing of.
func (w *world) others() secrets {
	w.t.Helper()
	owner := w.people["owner"]
	k := w.key("a key to guess", owner, time.Time{}, appliance.ScopeAll)
	w.cookie(owner)
	logins, err := w.store.Logins(w.t.Context(), owner.ID)
	if err != nil || len(logins) == 0 {
		w.t.Fatal(logins, err)
	}
	thread, _, err := w.store.CreateCompanionThread(w.t.Context(), w.by("owner"), store.Once{}, appliance.CompanionScope{}, "What gets lost?")
	if err != nil {
		w.t.Fatal(err)
	}
	answers := thread.Answers
	if len(answers) == 0 {
		w.t.Fatal("the thread has no question")
	}
	return secrets{"/companion/answers/": string(answers[0].ID), "/members/": string(owner.ID), "/groups/": string(w.nurses), "/logins/": string(logins[0].ID), "/api-keys/": string(k.ID),
		"/companion/threads/": string(thread.ID), "/results/": string(w.private.session)}
}

// Whoever guesses ids learns nothing: what is hidden is answered as what is not there, on every route that takes an id.
func TestGuessingAnIDTellsNothing(t *testing.T) {
	w := newWorld(t)
	known := w.others()
	bodies := map[string]string{"askCompanion": `{"question":"Why?"}`, "changeMember": `{"role":"viewer"}`, "setProjectMember": `{"role":"viewer"}`,
		"setSessionMember": `{"role":"viewer"}`, "updateProject": `{"title":"Mine"}`, "updateGroup": `{"name":"Mine"}`}
	looked := 0
	for _, r := range w.routes {
		p, _ := auth.For(r.Operation)
		if !strings.Contains(r.Path, "{") || p.Who == auth.Participant || strings.HasPrefix(r.Path, "/join/") {
			continue // who knows the id of an open session may join it: it is the secret of its link
		}
		looked++
		sent := any(nil)
		if body(r.Method) != nil {
			sent = body(r.Method)
			if b := bodies[r.Operation]; b != "" {
				sent = b
			}
		}
		for _, c := range append(w.callers(p, false), caller{}) {
			if c.seat || c.account && (p.On == auth.Organisation && expected(p, c) == 0 || p.On != auth.Self && p.On != auth.Organisation &&
				c.role != appliance.RoleNone) || c.org == appliance.RoleOwner {
				continue // may see it
			}
			w.as["caller"] = c.credentials
			told := ""
			for i, id := range []string{hiddenID(w, known, r.Path, p), "none", string(appliance.NewSessionID()), strings.Repeat("a", 36), "%27%20OR%201=1"} {
				path, _, _ := strings.Cut(r.Path, "{")
				_, after, _ := strings.Cut(r.Path, "}")
				answer := w.send("caller", r.Method, things{}.address(path+id+after, p.On), sent)
				if now := asTold(answer, id); i == 0 {
					told = now
				} else if now != told {
					t.Errorf("%s as %q: hidden %s, absent %s", r.Operation, c.name, told, now)
				}
				if answer.Code < 400 && r.Operation != "unpinAnswer" { // which is done where nothing is pinned
					t.Errorf("%s as %q: status %d for what is hidden or absent", r.Operation, c.name, answer.Code)
				}
			}
		}
	}
	if looked < 80 {
		t.Errorf("%d routes were looked at", looked)
	}
}

// hiddenID is the id of something that is there.
func hiddenID(w *world, known secrets, path string, p auth.Permission) string {
	for start, id := range known {
		if strings.HasPrefix(path, start) {
			return id
		}
	}
	m := w.private
	switch p.On {
	case auth.Project:
		return string(m.project)
	case auth.Conversation:
		return string(m.conversation)
	case auth.Template:
		return string(m.template)
	}
	return string(m.session)
}

// asTold is an answer without what differs from one to the next.
func asTold(a *httptest.ResponseRecorder, id string) string {
	text, _, _ := strings.Cut(a.Body.String(), `"request_id"`)
	return fmt.Sprint(a.Code, " ", a.Header().Get("Content-Type"), " ", strings.ReplaceAll(text, id, "ID"))
}

// Guessing at full speed is told to slow down, whatever is guessed at; and whoever has what is good gets in beside it, from the
// same address too.
func TestGuessingAtFullSpeedIsToldToWait(t *testing.T) {
	const pace = 600 // a minute
	for _, guess := range []struct {
		name   string
		as     string // who tries; "" for nobody
		header func() string
		path   func() string
		status int // of what is wrong
	}{
		{"API keys", "", func() string { return "Authorization: Bearer " + string(auth.NewAPIKey()) }, func() string { return "/api/v1/sessions" }, 401},
		{"tokens of participants", "", func() string { return "Authorization: Bearer " + string(appliance.NewSecret("")) },
			func() string { return "/api/v1/conversation" }, 401},
		{"log-ins", "", func() string { return "Cookie: __Host-harmonium=" + string(appliance.NewSecret("")) }, func() string { return "/api/v1/me" }, 401},
		{"sessions, by nobody", "", nil, func() string { return "/api/v1/join/" + string(appliance.NewSessionID()) }, 404},
		{"sessions, by an account", "eve", nil, func() string { return "/api/v1/sessions/" + string(appliance.NewSessionID()) }, 404},
		{"addresses", "eve", nil, func() string { return "/api/v1/nothing/" + string(appliance.NewSessionID()) }, 404},
	} {
		t.Run(guess.name, func(t *testing.T) {
			d := hostDesk(t, func(deps *web.Deps) { deps.KeyRate = 100_000 })
			s := d.open()
			try := func() *httptest.ResponseRecorder {
				var header []string
				if guess.header != nil {
					header = append(header, guess.header())
				}
				return d.send(guess.as, "GET", guess.path(), nil, header...)
			}
			for range pace {
				if w := try(); w.Code != guess.status {
					t.Fatalf("status %d, want %d: %s", w.Code, guess.status, w.Body)
				}
			}
			w := try()
			if w.Code != 429 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), `"code":"rate_limited"`) {
				t.Errorf("at full speed: status %d, Retry-After %q: %s", w.Code, w.Header().Get("Retry-After"), w.Body)
			}
			d.get("ada", "GET", "/api/v1/me", nil, 200, nil) // by her log-in
			d.get("ada's key", "GET", "/api/v1/sessions", nil, 200, nil)
			d.joinAs("pia", s, "") // a whole room may share the address
			d.get("pia", "GET", "/api/v1/conversation", nil, 200, nil)
			d.from = "192.0.2.9:40000"
			if w := try(); w.Code != guess.status {
				t.Errorf("from elsewhere: status %d", w.Code)
			}
			d.from = "192.0.2.1:40000"
			d.clock.Advance(time.Minute)
			if w := try(); w.Code != guess.status {
				t.Errorf("a minute later: status %d", w.Code)
			}
		})
	}
}
