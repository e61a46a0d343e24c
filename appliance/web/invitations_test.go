package web_test

import (
	"net/http"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/web"
)

func letIn(a appliance.Access, anonymous bool) func(*appliance.Session, *appliance.Form) {
	return func(s *appliance.Session, _ *appliance.Form) { s.WhoMayJoin, s.Anonymous = a, anonymous }
}

// invited makes invitations and gives them with their secrets.
func (d *desk) invited(s appliance.Session, body string) (made []web.NewInvitation, secrets []string) {
	d.t.Helper()
	var answer web.Data[web.NewInvitation]
	d.get("olga", "POST", "/api/v1/sessions/"+string(s.ID)+"/invitations", body, 201, &answer)
	for _, i := range answer.Data {
		_, secret, _ := strings.Cut(i.URL, "#i=")
		secrets = append(secrets, secret)
	}
	return answer.Data, secrets
}

const consent = `"language":"en","consent":true`

func TestAnInvitationFromTheCardToTheConversation(t *testing.T) {
	d := newDesk(t)
	d.person("olga", appliance.RoleOwner)
	s := d.open(letIn(appliance.AccessInvitation, false))
	at, list := "/api/v1/join/"+string(s.ID), "/api/v1/sessions/"+string(s.ID)+"/invitations"
	made, secrets := d.invited(s, `{"labels":[" Ana "],"count":1}`)
	if len(made) != 2 || made[0].Label != "Ana" || made[1].Number != 2 || len(secrets[0]) != 32 {
		t.Fatalf("made %+v", made)
	}
	with := func(secret string) []string { return []string{"Invitation: " + secret} }
	d.run(
		apiCase{name: "without one", method: "GET", path: at, status: 200, want: []string{`"entry":"invitation"`}},
		apiCase{name: "an invented one", method: "GET", path: at, header: with("abc"), status: 200, want: []string{`"entry":"unknown"`}},
		apiCase{name: "a good one", method: "GET", path: at, header: with(secrets[0]), status: 200, want: []string{`"entry":"free"`}},
		apiCase{name: "joining without one", method: "POST", path: at, body: `{` + consent + `}`, status: 403, want: []string{"invited people"}},
		apiCase{name: "joining", method: "POST", path: at, body: `{` + consent + `,"invitation":"` + secrets[0] + `"}`, status: 201},
		apiCase{name: "another device", method: "POST", path: at, body: `{` + consent + `,"invitation":"` + secrets[0] + `"}`, status: 409,
			want: []string{"used already"}},
		apiCase{name: "the same one again", method: "GET", path: at, header: with(secrets[0]), status: 200, want: []string{`"entry":"used"`}},
		apiCase{name: "the list", as: "olga", method: "GET", path: list, status: 200,
			want: []string{`"state":"used"`, `"state":"unused"`, `"used":1`}, forbid: append(secrets, "participant")},
		apiCase{name: "taking the other one back", as: "olga", method: "POST", path: list + "/revoke", body: `{"ids":["` + string(made[1].ID) + `"]}`,
			status: 200, want: []string{`"state":"revoked"`}},
		apiCase{name: "one that was taken back", method: "GET", path: at, header: with(secrets[1]), status: 200, want: []string{`"entry":"revoked"`}},
		apiCase{name: "joining with it", method: "POST", path: at, body: `{` + consent + `,"invitation":"` + secrets[1] + `"}`, status: 409,
			want: []string{"taken back"}},
		apiCase{name: "none", as: "olga", method: "POST", path: list, body: `{}`, status: 400},
		apiCase{name: "too many", as: "olga", method: "POST", path: list, body: `{"count":500,"labels":["x"]}`, status: 400},
	)
	if strings.Contains(d.log.String(), secrets[0]) {
		t.Error("the log holds the secret of an invitation")
	}
}

// The answer with the token was lost; the same request sent again is the same person, though the invitation is used.
func TestARepeatedJoinByInvitationIsNoSecondDevice(t *testing.T) {
	d := newDesk(t)
	d.person("olga", appliance.RoleOwner)
	s := d.open(letIn(appliance.AccessInvitation, false))
	_, secrets := d.invited(s, `{"count":1}`)
	body := `{` + consent + `,"invitation":"` + secrets[0] + `"}`
	var first, second web.Joined
	d.get("", "POST", "/api/v1/join/"+string(s.ID), body, 201, &first, "Idempotency-Key: k1")
	d.get("", "POST", "/api/v1/join/"+string(s.ID), body, 201, &second, "Idempotency-Key: k1")
	if first.ParticipantID != second.ParticipantID || first.Token == second.Token {
		t.Errorf("joined as %v, then as %v", first.ParticipantID, second.ParticipantID)
	}
}

func TestAnAnonymousSessionHidesWhichInvitationsWereUsed(t *testing.T) {
	d := newDesk(t)
	d.person("olga", appliance.RoleOwner)
	s := d.open(letIn(appliance.AccessInvitation, true))
	_, secrets := d.invited(s, `{"labels":["Ana","Ben"]}`)
	d.run(
		apiCase{method: "POST", path: "/api/v1/join/" + string(s.ID), body: `{` + consent + `,"invitation":"` + secrets[0] + `"}`, status: 201},
		apiCase{as: "olga", method: "GET", path: "/api/v1/sessions/" + string(s.ID) + "/invitations", status: 200,
			want: []string{`"state":"hidden"`, `"used":1`}, forbid: []string{`"state":"used"`, `"state":"unused"`}},
	)
}

func TestTheShortCodeIsAskedForAndWrongOnesAreLimited(t *testing.T) {
	d := newDesk(t)
	s := d.open(letIn(appliance.AccessCode, false))
	at := "/api/v1/join/" + string(s.ID)
	d.run(
		apiCase{method: "GET", path: at, status: 200, want: []string{`"entry":"code"`}, forbid: []string{s.JoinCode}},
		apiCase{name: "none", method: "POST", path: at, body: `{` + consent + `}`, status: 400, want: []string{`"field":"code"`}},
		apiCase{name: "as people type it", method: "POST", path: at, status: 201,
			body: `{` + consent + `,"code":"` + strings.ToLower(s.JoinCode[:3]) + " " + s.JoinCode[3:] + `"}`},
	)
	for range 100 {
		d.get("", "POST", at, `{`+consent+`,"code":"`+s.JoinCode+`"}`, 201, nil)
	}
	last := 0
	for range 80 {
		if last = d.send("", "POST", at, `{`+consent+`,"code":"AAAAAA"}`).Code; last == http.StatusTooManyRequests {
			break
		}
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("after 80 wrong codes the status is %d, want 429", last)
	}
}

func TestAccountsJoinUnderTheirNameAndOnce(t *testing.T) {
	d := newDesk(t)
	olga := d.person("olga", appliance.RoleOwner)
	d.person("ada", appliance.RoleViewer)
	d.key("olga's key", olga, d.clock.Now().AddDate(1, 0, 0), appliance.ScopeAll)
	s := d.open(letIn(appliance.AccessAccount, false))
	at := "/api/v1/join/" + string(s.ID)
	d.run(
		apiCase{method: "GET", path: at, status: 200, want: []string{`"entry":"log_in"`, `"account_name":""`}},
		apiCase{as: "ada", method: "GET", path: at, status: 200, want: []string{`"entry":"free"`, `"account_name":"ada"`}},
		apiCase{name: "nobody", method: "POST", path: at, body: `{` + consent + `}`, status: 401},
		apiCase{name: "a key is no person", as: "olga's key", method: "POST", path: at, body: `{` + consent + `}`, status: 401},
		apiCase{as: "ada", method: "POST", path: at, body: `{` + consent + `,"name":"Somebody else"}`, status: 201},
		apiCase{as: "ada", method: "POST", path: at, body: `{` + consent + `}`, status: 409, want: []string{"already"}},
		apiCase{as: "ada", method: "GET", path: at, status: 200, want: []string{`"entry":"joined"`}},
		apiCase{as: "olga", method: "GET", path: "/api/v1/sessions/" + string(s.ID) + "/conversations", status: 200,
			want: []string{`"participant_name":"ada"`}, forbid: []string{"Somebody else"}},
	)
}

func TestAnotherDoorIsForThoseWhoComeAfterwards(t *testing.T) {
	d := newDesk(t)
	d.person("olga", appliance.RoleOwner)
	s := d.open()
	d.joinAs("early", s, "Early")
	d.await("early")
	d.run(
		apiCase{as: "olga", method: "PATCH", path: "/api/v1/sessions/" + string(s.ID), body: `{"who_may_join":"invitation"}`, status: 200,
			want: []string{`"who_may_join":"invitation"`}},
		apiCase{as: "olga", method: "PATCH", path: "/api/v1/sessions/" + string(s.ID), body: `{"who_may_join":"friends"}`, status: 400},
		apiCase{name: "late", method: "POST", path: "/api/v1/join/" + string(s.ID), body: `{` + consent + `}`, status: 403},
	)
	d.say("early", telling)
}
