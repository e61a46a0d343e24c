package web_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/web"
)

// Decision: Harmonica's clients work when only address and key change.
func TestAClientChatsToTheEnd(t *testing.T) {
	d := newDesk(t)
	owner := d.person("owner", appliance.RoleOwner)
	d.key("client", owner, time.Time{}, appliance.ScopeAll)
	s := d.open()
	path := "/api/v1/sessions/" + string(s.ID)
	said := []string{"Hello", telling, "Everything should.", "Nothing", "That's right"}
	var answer web.ChatAnswer
	for i, content := range said {
		if answer.Message.IsFinal {
			t.Fatalf("final before message %d", i)
		}
		body := map[string]string{"content": content, "participant_id": "bot 1", "participant_name": "Ada"}
		var again web.ChatAnswer
		d.get("client", "POST", path+"/chat", body, 200, &answer, "Idempotency-Key: m"+string(rune('0'+i)))
		d.get("client", "POST", path+"/chat", body, 200, &again, "Idempotency-Key: m"+string(rune('0'+i)))
		if again != answer || answer.Message.Role != "assistant" || answer.Message.Content == "" {
			t.Errorf("message %d: the repetition has another answer", i)
		}
	}
	if !answer.Message.IsFinal || !strings.HasSuffix(answer.Message.Content, talkGuide.Closing) {
		t.Errorf("the last answer is not final")
	}
	d.run(apiCase{name: "a refused message makes no participant", as: "client", method: "POST", path: path + "/chat", status: 400, want: []string{`"field":"content"`},
		body: map[string]string{"content": " ", "participant_id": "ghost"}})
	var list web.List[web.Response]
	d.get("client", "GET", path+"/responses", nil, 200, &list)
	if len(list.Data) != 1 || list.Pagination.Total != 1 {
		t.Fatalf("%d responses of %d, want 1", len(list.Data), list.Pagination.Total)
	}
	r := list.Data[0]
	if r.ParticipantID != "bot 1" || r.ParticipantName != "Ada" || r.Active || r.MessageCount != 10 || len(r.Messages) != 10 ||
		r.Messages[0].Role != "user" || r.Messages[1].Role != "assistant" || r.Messages[0].Content != "Hello" || r.FirstMessageAt == nil {
		t.Errorf("the response is of %q with %d messages, active %v", r.ParticipantName, len(r.Messages), r.Active)
	}
	d.run(
		apiCase{name: "after the end", as: "client", method: "POST", path: path + "/chat", status: 409, want: []string{"finished", "kept"},
			body: map[string]string{"content": "More.", "participant_id": "bot 1"}},
		apiCase{name: "mode list", as: "client", method: "GET", path: path + "/responses?mode=list", status: 200, want: []string{`"message_count":10`}, forbid: []string{"messages\"", "printer"}},
		apiCase{name: "unknown mode", as: "client", method: "GET", path: path + "/responses?mode=x", status: 400},
		apiCase{name: "min_messages", as: "client", method: "GET", path: path + "/responses?min_messages=11", status: 200, want: []string{`"data":[]`, `"total":0`}},
		apiCase{name: "since", as: "client", method: "GET", path: path + "/responses?since=2040-01-01T00:00:00Z", status: 200, want: []string{`"data":[]`}},
		apiCase{name: "since that is no time", as: "client", method: "GET", path: path + "/responses?since=yesterday", status: 400},
		apiCase{name: "no participant", as: "client", method: "POST", path: path + "/chat", body: map[string]string{"content": "a"}, status: 400, want: []string{"participant_id"}},
		apiCase{name: "an id that is kept", as: "client", method: "POST", path: path + "/chat", body: map[string]string{"content": "a", "participant_id": "account:x"}, status: 400, want: []string{"participant_id"}},
		apiCase{name: "no content", as: "client", method: "POST", path: path + "/chat", body: map[string]string{"content": " ", "participant_id": "bot 2"}, status: 400, want: []string{"content"}},
	)
}

func TestAClientBeginsWithTheForm(t *testing.T) {
	d := newDesk(t)
	owner := d.person("owner", appliance.RoleOwner)
	d.key("client", owner, time.Time{}, appliance.ScopeAll)
	s := d.open(func(_ *appliance.Session, f *appliance.Form) {
		*f = appliance.Form{{Type: appliance.FieldMultiple, Text: "Shifts?", Required: true, Options: []string{"Early", "Late", "Night"}}}
	})
	form, err := d.store.Form(t.Context(), s.ID)
	if err != nil {
		t.Fatal(err)
	}
	q := string(form[0].ID)
	path := "/api/v1/sessions/" + string(s.ID) + "/chat/questions"
	fill := func(values ...string) map[string]any {
		var answers []map[string]string
		for _, v := range values {
			answers = append(answers, map[string]string{"question_id": q, "answer": v})
		}
		return map[string]any{"participant_id": "bot", "answers": answers}
	}
	d.run(
		apiCase{name: "nothing filled in", as: "client", method: "POST", path: path, body: fill(), status: 400, want: []string{"answers." + q}},
		apiCase{name: "no option", as: "client", method: "POST", path: path, body: fill("Early", "Noon"), status: 400, want: []string{`"field":"answers[1].answer"`}},
		apiCase{name: "no question", as: "client", method: "POST", path: path, status: 400, want: []string{`"field":"answers[1].question_id"`},
			body: map[string]any{"participant_id": "bot", "answers": []map[string]string{{"question_id": q, "answer": "Early"}, {"question_id": "fld_none", "answer": "b"}}}},
		apiCase{name: "filled in", as: "client", method: "POST", path: path, body: fill("Early", "Night"), status: 200, want: []string{talkGuide.Topics[0].Question, `"is_final":false`, `"thread_id":"cnv_`}},
		apiCase{name: "again", as: "client", method: "POST", path: path, body: fill("Late"), status: 409, want: []string{"joined already", "kept"}},
		apiCase{name: "and on", as: "client", method: "POST", path: strings.TrimSuffix(path, "/questions"), body: map[string]string{"content": telling, "participant_id": "bot"}, status: 200, want: []string{talkGuide.Topics[1].Question}},
	)
}

func TestManyFirstMessagesOfOneParticipantMakeOneConversation(t *testing.T) {
	d := newDesk(t)
	owner := d.person("owner", appliance.RoleOwner)
	d.key("client", owner, time.Time{}, appliance.ScopeAll)
	s := d.open()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			w := d.send("client", "POST", "/api/v1/sessions/"+string(s.ID)+"/chat", map[string]string{"content": "Hello", "participant_id": "bot"})
			if w.Code != 200 {
				t.Errorf("status %d: %s", w.Code, w.Body)
			}
		})
	}
	wg.Wait()
	if n := len(d.listed(s)); n != 1 {
		t.Errorf("%d conversations, want 1", n)
	}
}

func TestATextIsAddedAsTheCallersOwn(t *testing.T) {
	d := newDesk(t)
	owner := d.person("owner", appliance.RoleOwner)
	d.key("client", owner, time.Time{}, appliance.ScopeAll)
	s := d.open()
	path := "/api/v1/sessions/" + string(s.ID) + "/responses"
	d.run(
		apiCase{name: "no text", as: "client", method: "POST", path: path, body: map[string]string{"content": " "}, status: 400, want: []string{`"field":"content"`}},
		apiCase{name: "a refused text makes no participant", as: "client", method: "GET", path: path, status: 200, want: []string{`"data":[]`}},
		apiCase{as: "client", method: "POST", path: path, header: []string{"Idempotency-Key: one"}, body: map[string]string{"content": telling}, status: 201, want: []string{`"session_id":"` + string(s.ID), "printer", `"id":"trn_`}},
		apiCase{name: "again", as: "client", method: "POST", path: path, header: []string{"Idempotency-Key: one"}, body: map[string]string{"content": telling}, status: 201},
		apiCase{name: "another", as: "client", method: "POST", path: path, body: map[string]string{"content": "Second."}, status: 201},
		apiCase{name: "too long", as: "client", method: "POST", path: path, body: map[string]string{"content": strings.Repeat("a", 10_001)}, status: 400, want: []string{"content"}},
		apiCase{name: "all of them", as: "client", method: "GET", path: path, status: 200, want: []string{`"message_count":2`, `"participant_name":"owner"`, `"participant_id":"account:`}, forbid: []string{"assistant"}},
	)
	if _, err := d.store.MoveSession(t.Context(), byTest, s.ID, appliance.SessionClosed); err != nil {
		t.Fatal(err)
	}
	d.run(apiCase{name: "closed", as: "client", method: "POST", path: path, body: map[string]string{"content": "Late."}, status: 409, want: []string{"closed"}})
}
