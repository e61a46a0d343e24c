package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/store"
	"harmonium/appliance/web"
)

// talkGuide allows one follow-up in its first topic and none in the second.
var talkGuide = appliance.Guide{
	Opening: "Hello, this is about the handover.",
	Topics: []appliance.Topic{
		{ID: "tpc_one", Title: "Your ward", Question: "How does a handover go on your ward?",
			Probes: []string{"What happened the last time?"}, FollowUps: 1, Minutes: 4},
		{ID: "tpc_two", Title: "Change", Question: "What should change first?", Minutes: 3},
	},
	Closing: "Thank you for your time.",
}

// telling is an answer that needs no follow-up.
const telling = "The night shift starts without notes because the printer fails every week."

// open makes an open session; change alters it first.
func (d *desk) open(change ...func(*appliance.Session, *appliance.Form)) appliance.Session {
	d.t.Helper()
	s := appliance.Session{Brief: appliance.Brief{Topic: "Handover", Goal: "Learn what gets lost"}, Status: appliance.SessionOpen,
		Language: appliance.English, Host: "Quality team", ResultsVisibility: appliance.ResultsHost}
	var form appliance.Form
	for _, c := range change {
		c(&s, &form)
	}
	made, err := d.store.CreateSession(d.t.Context(), byTest, store.Once{}, s,
		appliance.GuideVersion{Guide: talkGuide, Maker: appliance.Maker{By: appliance.MadeByHand}, Reason: "made"}, form)
	if err != nil {
		d.t.Fatal(err)
	}
	return made
}

// joinAs takes somebody into a session and lets requests be sent as who.
func (d *desk) joinAs(who string, s appliance.Session, name string) web.Joined {
	d.t.Helper()
	var joined web.Joined
	d.get("", "POST", "/api/v1/join/"+string(s.ID), map[string]any{"name": name, "language": "en", "consent": true}, 201, &joined)
	d.as[who] = "Bearer " + joined.Token
	return joined
}

// await asks for the own conversation until the facilitator has spoken after what is stored.
func (d *desk) await(who string) web.ParticipantConversation {
	d.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; {
		var c web.ParticipantConversation
		d.get(who, "GET", "/api/v1/conversation", nil, 200, &c)
		if !c.Owed {
			return c
		}
		if time.Now().After(deadline) {
			d.t.Fatal("the facilitator does not answer")
		}
	}
}

func (d *desk) say(who, content string) web.Turn {
	d.t.Helper()
	var turn web.Turn
	d.get(who, "POST", "/api/v1/conversation/turns", map[string]string{"content": content, "key": fmt.Sprint("k", time.Now().UnixNano())}, 201, &turn)
	return turn
}

func TestAConversationFromTheWelcomeToTheEnd(t *testing.T) {
	d := newDesk(t)
	s := d.open()
	var found web.FoundSession
	d.get("", "GET", "/api/v1/join?code="+strings.ToLower(s.JoinCode[:3])+"%20"+s.JoinCode[3:], nil, 200, &found)
	var welcome web.Welcome
	d.get("", "GET", "/api/v1/join/"+string(found.SessionID), nil, 200, &welcome)
	if welcome.State != "open" || welcome.Host != "Quality team" || welcome.Minutes != 7 || welcome.QuestionsCount != 2 ||
		welcome.ConsentText == "" || welcome.WelcomeMessage == "" || !welcome.Guided {
		t.Errorf("the welcome is %+v", welcome)
	}
	joined := d.joinAs("ada", s, "Ada")
	if want := "http://localhost:8080/chat?s=" + string(s.ID) + "#t=" + joined.Token; joined.ReturnURL != want {
		t.Errorf("the way back is not the private link of this session")
	}
	c := d.await("ada")
	if len(c.Turns) != 1 || c.Turns[0].Move != "open" || c.State != "active" || c.MadeBy != "rules" || c.ReturnURL != joined.ReturnURL {
		t.Errorf("at the beginning: %d turns, state %q, made by %q", len(c.Turns), c.State, c.MadeBy)
	}
	if p := c.Progress; p.Done != 0 || p.MinutesLeft != 7 || p.Topics[0].State != "current" || p.Topics[1].State != "to_come" {
		t.Errorf("progress at the beginning: %+v", p)
	}
	for _, content := range []string{telling, "Everything.", "Nothing", "That's right"} {
		d.say("ada", content)
		c = d.await("ada")
	}
	if c.State != "finished" || c.Ended != "complete" || len(c.Turns) != 9 || c.Progress.MinutesLeft != 0 || c.Progress.Done != 2 {
		t.Errorf("at the end: state %q, ended %q, %d turns, progress %+v", c.State, c.Ended, len(c.Turns), c.Progress)
	}
	points := c.Turns[6].Points
	if c.Turns[4].Move != "missed" || len(c.Turns[4].Points) != 0 {
		t.Errorf("before the points are shown comes %q with %d points", c.Turns[4].Move, len(c.Turns[4].Points))
	}
	if c.Turns[6].Move != "read_back" || len(points) == 0 || points[0].Text != telling || points[0].TurnID != c.Turns[1].ID ||
		c.Turns[1].Content[points[0].Start:points[0].End] != points[0].Text {
		t.Errorf("the read-back has %d points, or they are not at their places", len(points))
	}
	d.run(apiCase{as: "ada", method: "POST", path: "/api/v1/conversation/turns", body: map[string]string{"content": "More.", "key": "late"},
		status: 409, want: []string{"finished", "kept"}})
	if log := d.log.String(); strings.Contains(log, "printer") || strings.Contains(log, "Ada") || strings.Contains(log, joined.Token) {
		t.Error("the log holds what was said, a name or a token")
	}
}

func TestJoiningIsRefusedAtTheFieldAndInWords(t *testing.T) {
	d := newDesk(t)
	s := d.open(func(_ *appliance.Session, f *appliance.Form) {
		*f = appliance.Form{{Type: appliance.FieldOptions, Text: "Your ward?", Required: true, Options: []string{"North", "South"}}}
	})
	form, err := d.store.Form(t.Context(), s.ID)
	if err != nil {
		t.Fatal(err)
	}
	q := string(form[0].ID)
	ok := func() map[string]any {
		return map[string]any{"language": "en", "consent": true, "answers": map[string][]string{q: {"North"}}}
	}
	with := func(key string, value any) map[string]any { m := ok(); m[key] = value; return m }
	path := "/api/v1/join/" + string(s.ID)
	d.run(
		apiCase{name: "no consent", method: "POST", path: path, body: with("consent", false), status: 400, want: []string{`"field":"consent"`}},
		apiCase{name: "consent left out", method: "POST", path: path, body: map[string]any{"language": "en"}, status: 400, want: []string{`consent`}},
		apiCase{name: "language that is not there", method: "POST", path: path, body: with("language", "xx"), status: 400, want: []string{`"field":"language"`}},
		apiCase{name: "name too long", method: "POST", path: path, body: with("name", strings.Repeat("ä", 101)), status: 400, want: []string{`"field":"name"`}},
		apiCase{name: "name that reorders what others read", method: "POST", path: path, body: with("name", "a\u202eb"), status: 400, want: []string{`"field":"name"`}},
		apiCase{name: "no e-mail address", method: "POST", path: path, body: with("email", "nobody"), status: 400, want: []string{`"field":"email"`}},
		apiCase{name: "required question left out", method: "POST", path: path, body: with("answers", map[string][]string{}), status: 400, want: []string{`"field":"answers.` + q}},
		apiCase{name: "no option", method: "POST", path: path, body: with("answers", map[string][]string{q: {"West"}}), status: 400, want: []string{`"field":"answers.` + q}},
		apiCase{name: "unknown question", method: "POST", path: path, body: with("answers", map[string][]string{q: {"North"}, "fld_x": {"a"}}), status: 400, want: []string{"fld_x"}},
		apiCase{name: "unknown field", method: "POST", path: path, body: with("role", "admin"), status: 400, want: []string{`"field":"role"`}},
		apiCase{name: "wrong type", method: "POST", path: path, body: with("name", 7), status: 400, want: []string{`"field":"name"`}},
		apiCase{name: "no JSON", method: "POST", path: path, body: "{", status: 400},
		apiCase{name: "several at once", method: "POST", path: path, body: map[string]any{"language": "xx", "consent": false}, status: 400,
			want: []string{`"field":"language"`, `"field":"consent"`, `"field":"answers.`}},
		apiCase{name: "no such session", method: "POST", path: "/api/v1/join/hst_none", body: ok(), status: 404},
		apiCase{name: "no such session to read about", method: "GET", path: "/api/v1/join/hst_none", status: 404},
	)
	if n := len(d.listed(s)); n != 0 {
		t.Errorf("%d conversations were begun by refused joins", n)
	}
	d.get("", "POST", path, ok(), 201, nil)

	for _, status := range []appliance.SessionStatus{appliance.SessionClosed, appliance.SessionArchived} {
		if _, err := d.store.MoveSession(t.Context(), byTest, s.ID, status); err != nil {
			t.Fatal(err)
		}
		d.run(apiCase{name: "joining when " + string(status), method: "POST", path: path, body: ok(), status: 409, want: []string{"closed", "Nothing was saved"}},
			apiCase{name: "reading when " + string(status), method: "GET", path: path, status: 200, want: []string{`"state":"closed"`, `"fields":[]`}},
			apiCase{name: "code when " + string(status), method: "GET", path: "/api/v1/join?code=" + s.JoinCode, status: 404})
	}
	draft := d.open(func(s *appliance.Session, _ *appliance.Form) { s.Status = appliance.SessionDraft })
	d.run(apiCase{name: "joining a draft", method: "POST", path: "/api/v1/join/" + string(draft.ID), body: ok(), status: 409, want: []string{"not open yet"}})
}

// listed gives the conversations of a session as its owner sees them.
func (d *desk) listed(s appliance.Session) []web.ConversationItem {
	d.t.Helper()
	if d.as["lister"] == "" {
		d.person("lister", appliance.RoleOwner)
	}
	var list web.List[web.ConversationItem]
	d.get("lister", "GET", "/api/v1/sessions/"+string(s.ID)+"/conversations", nil, 200, &list)
	return list.Data
}

func TestJoiningTwiceWithOneTokenOrOneKey(t *testing.T) {
	d := newDesk(t)
	s := d.open()
	path, body := "/api/v1/join/"+string(s.ID), map[string]any{"language": "de", "consent": true}
	var first, again web.Joined
	d.get("", "POST", path, body, 201, &first, "Idempotency-Key: one")
	d.get("", "POST", path, body, 201, &again, "Idempotency-Key: one")
	if again.ParticipantID != first.ParticipantID || again.ConversationID != first.ConversationID || again.Token == first.Token {
		t.Errorf("the repetition gives another participant or the same token")
	}
	d.as["lost"], d.as["arrived"] = "Bearer "+first.Token, "Bearer "+again.Token
	d.run(
		apiCase{as: "lost", method: "GET", path: "/api/v1/conversation", status: 401},
		apiCase{as: "arrived", method: "GET", path: "/api/v1/conversation", status: 200, want: []string{`"language":"de"`}},
		apiCase{name: "joining again with the token", as: "arrived", method: "POST", path: path, body: body, status: 409, want: []string{"joined this session already"}},
		apiCase{name: "the key for another body", method: "POST", path: path, header: []string{"Idempotency-Key: one"},
			body: map[string]any{"language": "en", "consent": true}, status: 409},
	)
	other := d.open()
	d.run(apiCase{name: "another session with the token", as: "arrived", method: "POST", path: "/api/v1/join/" + string(other.ID), body: body, status: 201})
}

// ASVS 2.4.1, 6.6.3
func TestWrongCodesAreLimitedAndRightOnesAreNot(t *testing.T) {
	d := newDesk(t)
	s := d.open()
	for range 200 {
		d.get("", "GET", "/api/v1/join?code="+s.JoinCode, nil, 200, nil)
	}
	last := 0
	for range 80 {
		if last = d.send("", "GET", "/api/v1/join?code=AAAAAA", nil).Code; last == 429 {
			break
		}
	}
	if last != 429 {
		t.Errorf("after 80 wrong codes the status is %d, want 429", last)
	}
	d.from = "192.0.2.2:40000"
	d.get("", "GET", "/api/v1/join?code="+s.JoinCode, nil, 200, nil)
}

func TestMessagesAreRefusedInWordsAndNothingIsLost(t *testing.T) {
	d := newDesk(t, func(deps *web.Deps) { deps.KeyRate = 3000 })
	s := d.open()
	d.joinAs("ada", s, "")
	d.await("ada")
	const path = "/api/v1/conversation/turns"
	msg := func(content, key string) map[string]string { return map[string]string{"content": content, "key": key} }
	d.run(
		apiCase{name: "empty", as: "ada", method: "POST", path: path, body: msg("  \n ", "a"), status: 400, want: []string{`"field":"content"`}},
		apiCase{name: "too long", as: "ada", method: "POST", path: path, body: msg(strings.Repeat("ä", 10_001), "a"), status: 400, want: []string{`"field":"content"`, "10001", "10000"}},
		apiCase{name: "control character", as: "ada", method: "POST", path: path, body: msg("a\x02b", "a"), status: 400, want: []string{`"field":"content"`}},
		apiCase{name: "bidi override", as: "ada", method: "POST", path: path, body: msg("a\u202eb", "a"), status: 400, want: []string{`"field":"content"`}},
		apiCase{name: "no UTF-8", as: "ada", method: "POST", path: path, body: "{\"content\":\"a\xff\",\"key\":\"a\"}", status: 400, want: []string{"UTF-8"}},
		apiCase{name: "no key", as: "ada", method: "POST", path: path, body: map[string]string{"content": "a"}, status: 400, want: []string{"key"}},
		apiCase{name: "key with a space", as: "ada", method: "POST", path: path, body: msg("a", "a b"), status: 400, want: []string{`"field":"key"`}},
		apiCase{name: "unknown field", as: "ada", method: "POST", path: path, body: map[string]string{"content": "a", "key": "a", "role": "facilitator"}, status: 400, want: []string{`"field":"role"`}},
		apiCase{name: "wrong type", as: "ada", method: "POST", path: path, body: map[string]any{"content": []int{1}, "key": "a"}, status: 400, want: []string{`"field":"content"`}},
		apiCase{name: "no JSON", as: "ada", method: "POST", path: path, body: "content=a", status: 400},
		apiCase{name: "far too large", as: "ada", method: "POST", path: path, body: `{"content":"` + strings.Repeat("a", 1<<20) + `","key":"a"}`, status: 413},
		apiCase{name: "stranger", method: "POST", path: path, body: msg("a", "a"), status: 401},
		apiCase{name: "as long as is allowed", as: "ada", method: "POST", path: path, body: msg(strings.Repeat("ä", 10_000), "long"), status: 201},
		apiCase{name: "the same again", as: "ada", method: "POST", path: path, body: msg(strings.Repeat("ä", 10_000), "long"), status: 200},
		apiCase{name: "the same key for something else", as: "ada", method: "POST", path: path, body: msg("b", "long"), status: 409, want: []string{"kept"}},
	)
	if _, err := d.store.MoveSession(t.Context(), byTest, s.ID, appliance.SessionClosed); err != nil {
		t.Fatal(err)
	}
	d.run(apiCase{name: "closed session", as: "ada", method: "POST", path: path, body: msg("a", "new"), status: 409, want: []string{"closed", "kept"}},
		apiCase{name: "reading on", as: "ada", method: "GET", path: "/api/v1/conversation", status: 200, want: []string{`"session_state":"closed"`, `"ended":"closed"`}})
	if strings.Contains(d.log.String(), "ää") {
		t.Error("the log holds what was said")
	}
}

// A body that claims to be a gigabyte is not read to its end.
func TestAnEndlessBodyIsNotRead(t *testing.T) {
	d := newDesk(t)
	d.joinAs("ada", d.open(), "")
	read := 0
	r := httptest.NewRequestWithContext(t.Context(), "POST", "http://localhost/api/v1/conversation/turns", endless{&read})
	r.ContentLength = 1 << 30
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", d.as["ada"])
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	if w.Code != http.StatusRequestEntityTooLarge || read > 1<<20 {
		t.Errorf("status %d after %d bytes", w.Code, read)
	}
}

type endless struct{ read *int }

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	*e.read += len(p)
	return len(p), nil
}

// ASVS 2.4.1: 20 a second, 40 at once.
func TestAFloodOfMessagesIsLimitedForItsSenderOnly(t *testing.T) {
	d := newDesk(t, func(deps *web.Deps) { deps.KeyRate = 3000 })
	s := d.open()
	d.joinAs("flood", s, "")
	d.joinAs("calm", s, "")
	send := func(who string, i int) int {
		return d.send(who, "POST", "/api/v1/conversation/turns", map[string]string{"content": "a", "key": fmt.Sprint("k", i)}).Code
	}
	refused := 0
	for i := range 60 {
		if send("flood", i) == 429 {
			refused++
		}
	}
	if refused != 20 {
		t.Errorf("%d of 60 messages at once were refused, want 20", refused)
	}
	if code := send("calm", 0); code != 201 {
		t.Errorf("somebody else's message: status %d", code)
	}
	d.clock.Advance(time.Second)
	if code := send("flood", 59); code == 429 {
		t.Error("a second later the sender is still limited")
	}
}

func TestFinishingEarly(t *testing.T) {
	d := newDesk(t)
	s := d.open()
	for who, keep := range map[string]bool{"keeps": true, "discards": false} {
		d.joinAs(who, s, "Planted Name")
		d.await(who)
		d.say(who, telling)
		d.await(who)
		var finished web.Finished
		d.get(who, "POST", "/api/v1/conversation/finish", map[string]bool{"keep": keep}, 200, &finished)
		if finished.Kept != keep {
			t.Errorf("%s: kept %v", who, finished.Kept)
		}
	}
	d.run(
		apiCase{as: "keeps", method: "GET", path: "/api/v1/conversation", status: 200, want: []string{`"ended":"early"`, "printer"}},
		apiCase{as: "discards", method: "GET", path: "/api/v1/conversation", status: 401, want: []string{"erased"}},
		apiCase{as: "discards", method: "POST", path: "/api/v1/conversation/finish", body: map[string]bool{"keep": true}, status: 401},
		apiCase{name: "finishing again", as: "keeps", method: "POST", path: "/api/v1/conversation/finish", body: map[string]bool{"keep": true}, status: 200},
		apiCase{name: "withdrawing later", as: "keeps", method: "POST", path: "/api/v1/conversation/finish", body: map[string]bool{"keep": false}, status: 200},
		apiCase{as: "keeps", method: "GET", path: "/api/v1/conversation", status: 401},
	)
	if n := len(d.listed(s)); n != 0 {
		t.Errorf("%d conversations are left", n)
	}
}

// A conversation may be held in a language that no page of the box has.
func TestPeopleChooseAmongThirtyLanguages(t *testing.T) {
	d := newDesk(t)
	s := d.open(func(*appliance.Session, *appliance.Form) {})
	path := "/api/v1/join/" + string(s.ID)
	d.run(
		apiCase{name: "they are offered", method: "GET", path: path, status: 200, want: []string{`"pl"`, `"ja"`, `"ar"`, `"uk"`}},
		apiCase{name: "one is chosen", method: "POST", path: path, body: map[string]any{"language": "pl", "consent": true}, status: 201, want: []string{`conversation_id`}},
	)
}
