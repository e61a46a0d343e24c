package web_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/inference/ollamatest"
	"harmonium/appliance/web"
)

// answeredThread asks the first question of a thread and waits for the answer.
func (d *desk) answeredThread(as string, about map[string]any, question string) web.CompanionThread {
	d.t.Helper()
	body := map[string]any{"question": question}
	for name, id := range about {
		body[name] = id
	}
	var made web.CompanionThread
	d.get(as, "POST", "/api/v1/companion/threads", body, 201, &made)
	return d.answered(as, made.ID)
}

// answered gives a thread when its last question is answered.
func (d *desk) answered(as string, id appliance.ThreadID) (h web.CompanionThread) {
	d.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		d.get(as, "GET", "/api/v1/companion/threads/"+string(id), nil, 200, &h)
		if h.Answers[len(h.Answers)-1].State != appliance.AnswerAsked {
			return h
		}
		if time.Now().After(deadline) {
			d.t.Fatal("the Companion does not answer")
		}
	}
}

func TestAThreadIsAskedKeptGoneOnWithExportedAndDeleted(t *testing.T) {
	d := hostDesk(t)
	s := d.open()
	d.joinAs("a person", s, "Bea")
	d.await("a person")
	d.say("a person", telling)
	about := map[string]any{"session_id": s.ID}
	h := d.answeredThread("olga", about, "What does the printer do?")
	a := h.Answers[0]
	if a.Outcome != appliance.OutcomePassages || a.MadeBy != "rules" || len(a.Parts) != 1 {
		t.Fatalf("%+v", a)
	}
	if c := a.Parts[0].Citations[0]; c.Text != telling || c.Participant == "" || strings.Contains(fmt.Sprint(a), "Bea") {
		t.Errorf("the passage is %+v", c)
	}
	thread := "/api/v1/companion/threads/" + string(h.ID)
	var further web.CompanionThread
	d.get("olga", "POST", thread+"/questions", map[string]any{"question": "Who starts without notes?"}, 202, &further)
	if h = d.answered("olga", h.ID); len(h.Answers) != 2 {
		t.Errorf("%d answers", len(h.Answers))
	}
	list := "/api/v1/companion/threads?session_id=" + string(s.ID)
	d.run(
		apiCase{as: "olga", method: "GET", path: list, status: 200, want: []string{string(h.ID), `"questions":2`, "What does the printer do?"}},
		apiCase{name: "threads over everything", as: "olga", method: "GET", path: "/api/v1/companion/threads", status: 200, forbid: []string{string(h.ID)}},
		apiCase{as: "olga", method: "GET", path: thread + "/markdown", status: 200, want: []string{"What does the printer do?", "> " + telling}, forbid: []string{"Bea"}},
		apiCase{name: "a thread of another account", as: "ada", method: "GET", path: thread, status: 404, forbid: []string{"printer"}},
		apiCase{name: "asking in it", as: "ada", method: "POST", path: thread + "/questions", body: `{"question":"And now?"}`, status: 404},
		apiCase{name: "its document", as: "ada", method: "GET", path: thread + "/markdown", status: 404},
		apiCase{name: "deleting it", as: "ada", method: "DELETE", path: thread, status: 404},
		apiCase{name: "stopping it", as: "ada", method: "POST", path: thread + "/stop", status: 404},
		apiCase{name: "two scopes", as: "olga", method: "POST", path: "/api/v1/companion/threads", status: 400,
			body: fmt.Sprintf(`{"question":"What?","session_id":%q,"project_id":"prj_none"}`, s.ID)},
		apiCase{name: "no question", as: "olga", method: "POST", path: "/api/v1/companion/threads", body: `{"question":" "}`, status: 400},
		apiCase{name: "a session that is not there", as: "olga", method: "POST", path: "/api/v1/companion/threads", status: 404,
			body: `{"question":"What?","session_id":"hst_none"}`},
		apiCase{as: "olga", method: "POST", path: thread + "/stop", status: 204},
		apiCase{as: "olga", method: "DELETE", path: thread, status: 204},
		apiCase{as: "olga", method: "GET", path: thread, status: 404},
	)
}

func TestAQuestionThatIsSentTwiceIsAskedOnce(t *testing.T) {
	d := hostDesk(t)
	var first, again web.CompanionThread
	body := map[string]any{"question": "What does the printer do?"}
	d.get("olga", "POST", "/api/v1/companion/threads", body, 201, &first, "Idempotency-Key: q1")
	d.get("olga", "POST", "/api/v1/companion/threads", body, 201, &again, "Idempotency-Key: q1")
	if again.ID != first.ID || len(again.Answers) != 1 {
		t.Errorf("threads %s and %s with %d answers", first.ID, again.ID, len(again.Answers))
	}
}

// An answer that is pinned stands among the insights of its session for everybody who sees them; only editors of the
// session pin and take away.
func TestAnAnswerIsPinnedByAnEditorAndSeenByAll(t *testing.T) {
	d := hostDesk(t)
	d.person("vera", appliance.RoleViewer)
	s := d.open(func(s *appliance.Session, _ *appliance.Form) { s.Public = true })
	d.joinAs("a person", s, "Bea")
	d.await("a person")
	d.say("a person", telling)
	about := map[string]any{"session_id": s.ID}
	h := d.answeredThread("olga", about, "What does the printer do?")
	seen := d.answeredThread("vera", about, "What does the printer do?")
	pin := func(h web.CompanionThread) string {
		return "/api/v1/companion/answers/" + string(h.Answers[0].ID) + "/pin"
	}
	pinned := "/api/v1/sessions/" + string(s.ID) + "/pinned"
	d.run(
		apiCase{name: "a viewer pins", as: "vera", method: "PUT", path: pin(seen), status: 403},
		apiCase{name: "an answer of another account", as: "ada", method: "PUT", path: pin(h), status: 404},
		apiCase{as: "olga", method: "PUT", path: pin(h), status: 204},
		apiCase{as: "vera", method: "GET", path: pinned, status: 200, want: []string{"What does the printer do?", telling}},
		apiCase{name: "a viewer takes away", as: "vera", method: "DELETE", path: pin(h), status: 403},
	)
	for _, public := range []bool{false, true} {
		d.get("olga", "PATCH", "/api/v1/sessions/"+string(s.ID), map[string]any{"is_public": public}, 200, nil)
		if !public {
			d.run(apiCase{name: "of a hidden session, as where nothing is pinned", as: "vera", method: "DELETE", path: pin(h), status: 204})
		}
	}
	d.run(
		apiCase{name: "and it is pinned still", as: "vera", method: "GET", path: pinned, status: 200, want: []string{telling}},
		apiCase{as: "olga", method: "DELETE", path: pin(h), status: 204},
		apiCase{as: "vera", method: "GET", path: pinned, status: 200, forbid: []string{"printer"}},
	)
	none := d.answeredThread("olga", about, "How is the parking garage?")
	d.run(apiCase{name: "an answer that rests on nothing", as: "olga", method: "PUT", path: pin(none), status: 422})
}

// Over everything, a viewer is answered out of what they may see, and the model is told of nothing else.
func TestNobodyIsAnsweredOutOfASessionThatTheyMayNotSee(t *testing.T) {
	fake := ollamatest.New(t, "small:1b")
	d := hostDesk(t, func(deps *web.Deps) { deps.Models = fake.Gateway(nil) })
	d.person("vera", appliance.RoleViewer)
	for _, public := range []bool{true, false} {
		s := d.open(func(s *appliance.Session, _ *appliance.Form) { s.Public = public })
		who := fmt.Sprint("person ", public)
		d.joinAs(who, s, who)
		d.await(who)
		d.say(who, map[bool]string{true: "The printer on the ward is old.", false: "The printer of the secret project is stolen."}[public])
	}
	fake.Rule(func(ollamatest.Request) ollamatest.Script {
		return ollamatest.JSON(map[string]any{"answered": true, "sentences": []any{map[string]any{"text": "The printer on the ward is old.", "turns": []int{1}}}})
	})
	fake.Forget()
	h := d.answeredThread("vera", nil, "What about the printer?")
	if got := h.Answers[0]; got.Outcome != appliance.OutcomeSentences || strings.Contains(fmt.Sprint(got), "stolen") {
		t.Errorf("%+v", got)
	}
	if slices.ContainsFunc(fake.Chats(), func(r ollamatest.Request) bool { return strings.Contains(r.Last(), "stolen") }) {
		t.Error("the model was told of a session that the viewer may not see")
	}
}
