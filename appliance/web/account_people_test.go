package web_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/hotp"

	"harmonium/appliance"
	"harmonium/appliance/auth"
	"harmonium/appliance/web"
)

// tokenOf gives the secret that stands in a link.
func tokenOf(t testing.TB, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil || u.Path != "/accept" || !strings.HasPrefix(u.Fragment, "t=") {
		t.Fatalf("%s, %v", link, err)
	}
	return u.Fragment[2:]
}

// invite invites one person and gives the link's secret.
func (d *desk) invite(as, name, role string) string {
	d.t.Helper()
	var made web.NewAccountInvitations
	d.get(as, "POST", "/api/v1/account-invitations", fmt.Sprintf(`{"people":[{"name":%q,"role":%q}]}`, name, role), 201, &made)
	return tokenOf(d.t, made.Data[0].URL)
}

func TestSomebodyIsInvitedComesInAndHasTheRole(t *testing.T) {
	d := newDesk(t)
	d.person("olga", appliance.RoleOwner)
	token := d.invite("olga", "Ana Koch", "editor")
	accept := fmt.Sprintf(`{"token":%q,"name":"Ana Koch","email":"ana@example.org","password":"a quiet room with a view","language":"de"}`, token)
	d.run(
		apiCase{name: "the list has no secret", as: "olga", method: "GET", path: "/api/v1/account-invitations", status: 200,
			want: []string{`"name":"Ana Koch"`, `"state":"good"`, `"good":1`}, forbid: []string{token}},
		apiCase{name: "what the link is for", method: "POST", path: "/api/v1/links/look", body: fmt.Sprintf(`{"token":%q}`, token), status: 200,
			want: []string{`"state":"good"`, `"kind":"account"`, `"role":"editor"`, `"inviter":"olga"`}},
		apiCase{name: "a password that is guessed first", method: "POST", path: "/api/v1/links/accept", body: strings.Replace(accept, "a quiet room with a view", "password1", 1),
			status: 400, want: []string{`"field":"password"`}},
		apiCase{name: "a role of one's own", method: "POST", path: "/api/v1/links/accept", body: strings.Replace(accept, `"language"`, `"role":"owner","language"`, 1), status: 400},
		apiCase{name: "somebody else's address", method: "POST", path: "/api/v1/links/accept", body: strings.Replace(accept, "ana@", "OLGA@", 1), status: 409,
			want: []string{`"field":"email"`}},
		apiCase{name: "an address that looks like it", method: "POST", path: "/api/v1/links/accept", body: strings.Replace(accept, "ana@", "оlga@", 1), status: 400,
			want: []string{`"field":"email"`}},
		apiCase{name: "a name that looks like somebody's", method: "POST", path: "/api/v1/links/accept", body: strings.Replace(accept, `"Ana Koch"`, `"Оlga"`, 1), status: 400,
			want: []string{`"field":"name"`}},
		apiCase{method: "POST", path: "/api/v1/links/accept", body: accept, status: 204},
		apiCase{name: "again", method: "POST", path: "/api/v1/links/accept", body: accept, status: 403},
		apiCase{method: "POST", path: "/api/v1/links/look", body: fmt.Sprintf(`{"token":%q}`, token), status: 200, want: []string{`"state":"used"`},
			forbid: []string{"Ana", "olga"}},
		apiCase{method: "POST", path: "/api/v1/login", body: `{"email":"ana@example.org","password":"a quiet room with a view"}`, status: 204},
		apiCase{as: "olga", method: "GET", path: "/api/v1/members?q=ana", status: 200, want: []string{`"role":"editor"`, `"second_factor":false`}},
	)
	d.audited("account.invite", "account.accept", "account.create")
	if strings.Contains(d.log.String(), token) {
		t.Error("the log holds the secret of the link")
	}
}

// audited fails when the trail lacks one of the actions.
func (d *desk) audited(actions ...string) {
	d.t.Helper()
	trail, err := d.store.AuditTrail(d.t.Context(), 100)
	if err != nil {
		d.t.Fatal(err)
	}
	have := map[string]bool{}
	for _, e := range trail {
		have[e.Action] = true
	}
	for _, a := range actions {
		if !have[a] {
			d.t.Errorf("the trail has no %s", a)
		}
	}
}

func TestNobodyInvitesToARoleThatIsNotBelowTheirOwn(t *testing.T) {
	d := newDesk(t)
	d.person("olga", appliance.RoleOwner)
	d.person("adam", appliance.RoleAdmin)
	d.person("edda", appliance.RoleEditor)
	try := func(as, role string, status int) apiCase {
		return apiCase{name: as + " invites " + role, as: as, method: "POST", path: "/api/v1/account-invitations", body: `{"people":[{"name":"N","role":"` + role + `"}]}`, status: status}
	}
	d.run(try("olga", "owner", 400), try("olga", "admin", 201), try("adam", "admin", 403), try("adam", "editor", 201), try("edda", "viewer", 403), try("", "viewer", 401))
}

func TestAnInvitationIsNotGoodForLongerThanWhoMadeIt(t *testing.T) {
	d := newDesk(t)
	d.person("olga", appliance.RoleOwner)
	adam := d.person("adam", appliance.RoleAdmin)
	fired, late, back := d.invite("adam", "A", "editor"), d.invite("olga", "B", "editor"), d.invite("olga", "C", "editor")
	d.run(apiCase{as: "olga", method: "POST", path: "/api/v1/members/" + string(adam.ID) + "/deactivate", status: 200})
	state := func(token, want string) {
		t.Helper()
		d.run(apiCase{method: "POST", path: "/api/v1/links/look", body: fmt.Sprintf(`{"token":%q}`, token), status: 200, want: []string{`"state":"` + want + `"`}},
			apiCase{method: "POST", path: "/api/v1/links/accept", body: fmt.Sprintf(`{"token":%q,"name":"X","email":"x@example.org","password":"a quiet room with a view"}`, token), status: 403})
	}
	state(fired, "revoked")
	var list web.AccountInvitations
	d.get("olga", "GET", "/api/v1/account-invitations", nil, 200, &list)
	d.run(apiCase{as: "olga", method: "POST", path: "/api/v1/account-invitations/revoke", body: `{"ids":["` + string(list.Data[0].ID) + `"]}`, status: 200, want: []string{`"revoked":1`}})
	state(back, "revoked")
	d.clock.Advance(15 * 24 * time.Hour)
	state(late, "expired")
	state("no such link", "unknown")
}

func TestGuessingLinksIsSlow(t *testing.T) {
	d := newDesk(t)
	refused := 0
	for i := range 20 {
		if a := d.send("", "POST", "/api/v1/links/look", fmt.Sprintf(`{"token":"guess%d"}`, i)); a.Code == 429 {
			refused++
		}
	}
	if refused < 15 {
		t.Errorf("only %d of 20 guesses at once were refused", refused)
	}
}

func TestAnInvitationLeadsIntoAProject(t *testing.T) {
	d := newDesk(t)
	d.person("olga", appliance.RoleOwner)
	d.person("edda", appliance.RoleEditor)
	var p web.Project
	d.get("edda", "POST", "/api/v1/projects", `{"title":"Night shift"}`, 201, &p)
	var made web.NewAccountInvitations
	d.get("olga", "POST", "/api/v1/account-invitations", `{"people":[{"role":"viewer"}],"project_id":"`+string(p.ID)+`","place_role":"editor"}`, 201, &made)
	token := tokenOf(t, made.Data[0].URL)
	d.run(
		apiCase{as: "olga", method: "POST", path: "/api/v1/account-invitations", body: `{"people":[{"role":"viewer"}],"project_id":"prj_no","place_role":"editor"}`, status: 400},
		apiCase{as: "olga", method: "POST", path: "/api/v1/account-invitations", body: `{"people":[{"role":"viewer"}],"project_id":"` + string(p.ID) + `"}`, status: 400},
		apiCase{method: "POST", path: "/api/v1/links/look", body: fmt.Sprintf(`{"token":%q}`, token), status: 200, want: []string{`"title":"Night shift"`}},
		apiCase{method: "POST", path: "/api/v1/links/accept", body: fmt.Sprintf(`{"token":%q,"name":"Ana","email":"ana@example.org","password":"a quiet room with a view"}`, token), status: 204},
	)
	ana, _, err := d.store.AccountByEmail(t.Context(), "ana@example.org")
	if err != nil {
		t.Fatal(err)
	}
	if role, err := d.store.RoleOnProject(t.Context(), ana.ID, p.ID); role != appliance.RoleEditor || err != nil {
		t.Errorf("role %q, %v", role, err)
	}
}

func TestATableInvitesAllOrNobody(t *testing.T) {
	d := newDesk(t)
	d.person("olga", appliance.RoleOwner)
	var b strings.Builder
	b.WriteString("\ufeffName;E-Mail;Abteilung\r\n")
	for i := range 10_000 {
		fmt.Fprintf(&b, "Person %d;p%d@example.org;Ward %d\r\n", i, i, i%7)
	}
	table := b.String()
	send := func(text string, status int, into any) {
		t.Helper()
		d.get("olga", "POST", "/api/v1/account-invitations/table?role=viewer", text, status, into, "Content-Type: text/csv")
	}
	var problem struct {
		Error struct {
			Message string
			Fields  []appliance.FieldError
		}
	}
	bad := strings.Replace(strings.Replace(strings.Replace(table, "p17@example.org", "p16@example.org", 1), "Person 30;", "Рerson 30;", 1), "p9999@example.org", "nonsense", 1)
	send(bad, 400, &problem)
	got := fmt.Sprint(problem.Error.Fields)
	for _, line := range []string{"line[19].email", "line 18", "line[32].name", "line[10001].email"} {
		if !strings.Contains(got, line) {
			t.Errorf("%s is not named: %.300s", line, got)
		}
	}
	if len(problem.Error.Fields) != 3 || !strings.Contains(problem.Error.Message, "3 lines") {
		t.Errorf("%d problems, %s", len(problem.Error.Fields), problem.Error.Message)
	}
	send(table+"One too many;last@example.org;\r\n", 400, nil)
	send("name,email\n\"Ana,ana@example.org\n", 400, nil)
	send("name,email\n\n,\n", 400, nil)
	d.run(apiCase{as: "olga", method: "GET", path: "/api/v1/account-invitations", status: 200, want: []string{`"total":0`}})
	var made web.NewAccountInvitations
	send(table, 201, &made)
	if len(made.Data) != 10_000 || made.Data[9_999].Name != "Person 9999" || len(made.Ignored) != 1 || made.Ignored[0] != "Abteilung" {
		t.Fatalf("%d made, ignored %v", len(made.Data), made.Ignored)
	}
	d.run(apiCase{method: "POST", path: "/api/v1/links/look", body: fmt.Sprintf(`{"token":%q}`, tokenOf(t, made.Data[4_000].URL)), status: 200,
		want: []string{`"state":"good"`, `"name":"Person 4000"`}})
	send(table, 400, nil) // everybody is invited already
	d.run(apiCase{as: "olga", method: "POST", path: "/api/v1/account-invitations/revoke", body: `{"all":true}`, status: 200, want: []string{`"revoked":10000`}})
}

// enrol sets up the second factor of somebody made by person, and gives its secret and recovery codes.
func (d *desk) enrol(name string) (secret string, codes []string) {
	d.t.Helper()
	var started web.NewFactor
	d.get(name, "POST", "/api/v1/me/second-factor", `{"password":"password of `+name+`"}`, 201, &started)
	var recovery web.RecoveryCodes
	d.get(name, "POST", "/api/v1/me/second-factor/confirm", `{"code":"`+d.code(started.Secret)+`"}`, 200, &recovery)
	return started.Secret, recovery.Codes
}

// code is what an authenticator app shows now.
func (d *desk) code(secret string) string {
	d.t.Helper()
	code, err := hotp.GenerateCode(secret, uint64(d.clock.Now().Unix()/30))
	if err != nil {
		d.t.Fatal(err)
	}
	return code
}

func logIn(name, code string, status int, want ...string) apiCase {
	body := `{"email":"` + name + `@example.org","password":"password of ` + name + `"`
	if code != "" {
		body += `,"code":"` + code + `"`
	}
	return apiCase{name: fmt.Sprintf("%s logs in with the code %q", name, code), method: "POST", path: "/api/v1/login", body: body + "}", status: status, want: want}
}

func TestASecondFactorIsSetUpAskedForAndUsedOnce(t *testing.T) {
	d := newDesk(t)
	ada := d.person("ada", appliance.RoleEditor)
	d.as["elsewhere"] = d.cookie(ada)
	d.run(
		apiCase{name: "not without the password", as: "ada", method: "POST", path: "/api/v1/me/second-factor", body: `{"password":"guess"}`, status: 400},
		apiCase{name: "nothing to confirm", as: "ada", method: "POST", path: "/api/v1/me/second-factor/confirm", body: `{"code":"123456"}`, status: 400},
	)
	d.clock.Advance(time.Minute)
	secret, recovery := d.enrol("ada")
	used := d.code(secret)
	d.run(
		apiCase{name: "the log-in that did not have it has ended", as: "elsewhere", method: "GET", path: "/api/v1/me", status: 401},
		apiCase{as: "ada", method: "GET", path: "/api/v1/me/second-factor", status: 200, want: []string{`"state":"on"`, `"recovery":10`}, forbid: []string{secret}},
		logIn("ada", "", 401, `"field":"code"`),
		logIn("ada", used, 401, `"field":"code"`), // it was used to set it up
	)
	d.clock.Advance(time.Minute)
	next := d.code(secret)
	d.run(logIn("ada", next, 204), logIn("ada", next, 401))
	d.clock.Advance(10 * time.Minute)
	d.run(logIn("ada", strings.ToUpper(recovery[3]), 204), logIn("ada", recovery[3], 401), logIn("ada", recovery[4], 204),
		apiCase{name: "the wrong password tells nothing of it", method: "POST", path: "/api/v1/login", body: `{"email":"ada@example.org","password":"x","code":"123456"}`,
			status: 401, forbid: []string{`"field"`}})
	d.clock.Advance(10 * time.Minute)
	var fresh web.RecoveryCodes
	d.get("ada", "POST", "/api/v1/me/second-factor/codes", `{"password":"password of ada"}`, 200, &fresh)
	d.run(logIn("ada", recovery[5], 401), logIn("ada", fresh.Codes[0], 204),
		apiCase{as: "ada", method: "POST", path: "/api/v1/me/second-factor/remove", body: `{"password":"password of ada"}`, status: 204},
		logIn("ada", "", 204))
	d.audited("factor.on", "factor.recovery", "factor.codes", "factor.remove")
	if log := d.log.String(); strings.Contains(log, secret) || strings.Contains(log, recovery[0]) {
		t.Error("the log holds a secret")
	}
}

func TestAnotherPhoneTakesThePlaceOfTheFirst(t *testing.T) {
	d := newDesk(t)
	d.person("ada", appliance.RoleEditor)
	first, _ := d.enrol("ada")
	d.clock.Advance(time.Minute)
	var started web.NewFactor
	d.get("ada", "POST", "/api/v1/me/second-factor", `{"password":"password of ada"}`, 201, &started)
	d.run(logIn("ada", d.code(first), 204)) // until the new one is there
	d.clock.Advance(time.Minute)
	d.get("ada", "POST", "/api/v1/me/second-factor/confirm", `{"code":"`+d.code(started.Secret)+`"}`, 200, &web.RecoveryCodes{})
	d.clock.Advance(time.Minute)
	d.run(logIn("ada", d.code(first), 401), logIn("ada", d.code(started.Secret), 204))
}

func TestGuessingCodesIsSlowWhereverItIsDoneFrom(t *testing.T) {
	d := newDesk(t)
	d.person("ada", appliance.RoleEditor)
	d.enrol("ada")
	let := 0
	for i := range 200 {
		d.from = fmt.Sprintf("192.0.2.%d:40000", i)
		if a := d.send("", "POST", "/api/v1/login", `{"email":"ada@example.org","password":"password of ada","code":"000000"}`); a.Code != 429 {
			let++
		}
	}
	if let > 10 {
		t.Errorf("%d of 200 guesses were let through at once", let)
	}
}

func TestWhoLacksTheSecondFactorThatIsAskedForCanOnlySetItUp(t *testing.T) {
	d := newDesk(t)
	olga := d.person("olga", appliance.RoleOwner)
	adam := d.person("adam", appliance.RoleAdmin)
	d.person("edda", appliance.RoleEditor)
	d.key("olga's key", olga, time.Time{}, "*")
	d.run(apiCase{as: "adam", method: "PUT", path: "/api/v1/second-factor", body: `{"rule":"admins"}`, status: 403},
		apiCase{as: "olga", method: "PUT", path: "/api/v1/second-factor", body: `{"rule":"sometimes"}`, status: 400},
		apiCase{as: "olga", method: "PUT", path: "/api/v1/second-factor", body: `{"rule":"admins"}`, status: 200})
	open := map[string]bool{"getMe": true, "updateMe": true, "getFactor": true, "startFactor": true, "confirmFactor": true, "logOut": true}
	for _, r := range d.routes {
		if p, _ := auth.For(r.Operation); p.Who != auth.Account {
			continue
		}
		d.as["adam"] = d.cookie(adam)
		a := d.send("adam", r.Method, things{meeting: "none"}.address(r.Path, auth.Self), body(r.Method))
		if refused := a.Code == 403 && strings.Contains(a.Body.String(), `"field":"second_factor"`); refused == open[r.Operation] {
			t.Errorf("%s: %d %s", r.Operation, a.Code, a.Body)
		}
	}
	d.run(
		apiCase{as: "olga", method: "GET", path: "/api/v1/me", status: 200, want: []string{`"second_factor":"required"`}},
		apiCase{name: "nor by key", as: "olga's key", method: "GET", path: "/api/v1/sessions", status: 403, want: []string{`"field":"second_factor"`}},
		apiCase{as: "olga's key", method: "POST", path: "/api/v1/projects", body: `{"title":"Night shift"}`, status: 403},
		apiCase{name: "but whose it is", as: "olga's key", method: "GET", path: "/api/v1/me", status: 200},
		apiCase{as: "edda", method: "GET", path: "/api/v1/sessions", status: 200},
	)
	d.clock.Advance(time.Minute)
	d.enrol("olga")
	d.run(apiCase{as: "olga", method: "GET", path: "/api/v1/sessions", status: 200},
		apiCase{name: "the key works again", as: "olga's key", method: "GET", path: "/api/v1/sessions", status: 200},
		apiCase{name: "it can be replaced, not removed", as: "olga", method: "POST", path: "/api/v1/me/second-factor/remove", body: `{"password":"password of olga"}`, status: 409})
}

func TestALostSecondFactorIsTakenAwayByWhoIsAbove(t *testing.T) {
	d := newDesk(t)
	olga := d.person("olga", appliance.RoleOwner)
	d.person("adam", appliance.RoleAdmin)
	ada := d.person("ada", appliance.RoleEditor)
	d.enrol("ada")
	d.enrol("olga")
	remove := func(as string, id appliance.AccountID, status int) apiCase {
		return apiCase{name: as + " takes it away", as: as, method: "DELETE", path: "/api/v1/members/" + string(id) + "/second-factor", status: status}
	}
	d.run(remove("ada", ada.ID, 403), remove("adam", olga.ID, 403), remove("adam", ada.ID, 204), remove("adam", ada.ID, 409), remove("olga", olga.ID, 409), logIn("olga", "", 401),
		remove("olga", "acc_no", 404), logIn("ada", "", 204))
	d.audited("factor.remove")
}

func TestADeactivatedPersonIsOutAtOnce(t *testing.T) {
	d := newDesk(t)
	olga := d.person("olga", appliance.RoleOwner)
	adam := d.person("adam", appliance.RoleAdmin)
	ada := d.person("ada", appliance.RoleEditor)
	d.key("ada's key", ada, time.Time{}, "*")
	change := func(as string, id appliance.AccountID, what string, status int) apiCase {
		return apiCase{name: as + ": " + what, as: as, method: "POST", path: "/api/v1/members/" + string(id) + "/" + what, status: status}
	}
	d.run(
		change("ada", adam.ID, "deactivate", 403), change("adam", olga.ID, "deactivate", 403), change("adam", adam.ID, "deactivate", 409),
		change("olga", olga.ID, "deactivate", 409), change("olga", "acc_no", "deactivate", 404),
		apiCase{as: "ada", method: "GET", path: "/api/v1/me", status: 200},
		change("adam", ada.ID, "deactivate", 200),
		apiCase{as: "ada", method: "GET", path: "/api/v1/me", status: 401},
		apiCase{as: "ada's key", method: "GET", path: "/api/v1/me", status: 401},
		logIn("ada", "", 401, "e-mail address or the password"),
		change("adam", ada.ID, "reactivate", 200),
		apiCase{name: "the log-in stays ended", as: "ada", method: "GET", path: "/api/v1/me", status: 401},
		logIn("ada", "", 204),
		change("olga", adam.ID, "deactivate", 200),
	)
	d.audited("account.disable", "account.enable")
}

func TestAPasswordIsSetByALinkThatNobodyElseReads(t *testing.T) {
	d := newDesk(t)
	d.person("olga", appliance.RoleOwner)
	d.person("adam", appliance.RoleAdmin)
	ada := d.person("ada", appliance.RoleEditor)
	path := "/api/v1/members/" + string(ada.ID) + "/password-link"
	var first, second web.NewPasswordLink
	d.get("olga", "POST", path, nil, 201, &first)
	d.get("olga", "POST", path, nil, 201, &second)
	accept := func(link web.NewPasswordLink, password string, status int) apiCase {
		return apiCase{method: "POST", path: "/api/v1/links/accept", body: fmt.Sprintf(`{"token":%q,"password":%q}`, tokenOf(t, link.URL), password), status: status}
	}
	d.run(
		apiCase{as: "adam", method: "POST", path: path, status: 403},
		accept(first, "a quiet room with a view", 403), // the second took its place
		accept(second, "ada12345", 400),
		apiCase{as: "ada", method: "GET", path: "/api/v1/me", status: 200},
		accept(second, "a quiet room with a view", 204),
		apiCase{as: "ada", method: "GET", path: "/api/v1/me", status: 401},
		accept(second, "another quiet room with a view", 403),
		logIn("ada", "", 401),
		apiCase{method: "POST", path: "/api/v1/login", body: `{"email":"ada@example.org","password":"a quiet room with a view"}`, status: 204},
	)
	d.get("olga", "POST", path, nil, 201, &first)
	d.clock.Advance(25 * time.Hour)
	d.run(accept(first, "yet another quiet room", 403))
	d.audited("password.link", "password.change")
}

func TestTheAddressIsChangedWithThePassword(t *testing.T) {
	d := newDesk(t)
	d.person("ada", appliance.RoleEditor)
	d.person("eve", appliance.RoleEditor)
	change := func(email, password string, status int) apiCase {
		return apiCase{name: email, as: "ada", method: "POST", path: "/api/v1/me/email", body: fmt.Sprintf(`{"email":%q,"password":%q}`, email, password), status: status}
	}
	d.run(change("new@example.org", "guess", 400), change("eve@example.org", "password of ada", 409), change("not one", "password of ada", 400),
		change("new@example.org", "password of ada", 200), logIn("ada", "", 401),
		apiCase{method: "POST", path: "/api/v1/login", body: `{"email":"NEW@example.org","password":"password of ada"}`, status: 204})
}

func TestAnAccountIsDeletedAndItsSessionsAreWhereTheyWereAskedToBe(t *testing.T) {
	d := newDesk(t)
	d.person("olga", appliance.RoleOwner)
	heir := d.person("heir", appliance.RoleEditor)
	gone := d.person("gone", appliance.RoleEditor)
	lost := d.person("lost", appliance.RoleEditor)
	const session = `{"topic":"Handover between shifts","goal":"Find out what gets lost"}`
	d.person("adam", appliance.RoleAdmin)
	empty := d.person("empty", appliance.RoleEditor)
	titled := d.person("titled", appliance.RoleEditor)
	var kept, deleted web.Session
	var project web.Project
	d.get("titled", "POST", "/api/v1/projects", `{"title":"Wards"}`, 201, &project)
	d.get("gone", "POST", "/api/v1/sessions", session, 201, &kept)
	d.get("lost", "POST", "/api/v1/sessions", session, 201, &deleted)
	path := func(a appliance.Account, how string) string { return "/api/v1/members/" + string(a.ID) + how }
	d.run(
		apiCase{as: "olga", method: "GET", path: path(gone, "/holdings"), status: 200, want: []string{`"sessions":1`, `"keys":0`}},
		apiCase{name: "what becomes of sessions must be said", as: "olga", method: "DELETE", path: path(gone, ""), status: 400},
		apiCase{as: "olga", method: "DELETE", path: path(gone, "?sessions=hand_over"), status: 400},
		apiCase{as: "olga", method: "DELETE", path: path(gone, "?sessions=hand_over&to="+string(gone.ID)), status: 400},
		apiCase{as: "heir", method: "DELETE", path: path(gone, "?sessions=delete"), status: 403},
		apiCase{as: "gone", method: "GET", path: "/api/v1/me", status: 200},
		apiCase{as: "olga", method: "DELETE", path: path(gone, "?sessions=hand_over&to="+string(heir.ID)), status: 200, want: []string{`"sessions":0`}},
		apiCase{as: "gone", method: "GET", path: "/api/v1/me", status: 401},
		apiCase{name: "the heir owns it", as: "heir", method: "GET", path: "/api/v1/sessions/" + string(kept.ID), status: 200, want: []string{`"role":"owner"`}},
		apiCase{name: "an administrator, who could not delete the session itself", as: "adam", method: "DELETE", path: path(lost, "?sessions=delete"),
			status: 403, want: []string{"only their owners and the owners of the box", "Nothing was changed"}},
		apiCase{name: "nor the project", as: "adam", method: "DELETE", path: path(titled, "?sessions=delete"), status: 403},
		apiCase{name: "it is as it was", as: "titled", method: "GET", path: "/api/v1/projects/" + string(project.ID), status: 200},
		apiCase{as: "lost", method: "GET", path: "/api/v1/sessions/" + string(deleted.ID), status: 200},
		apiCase{name: "who owns nothing", as: "adam", method: "DELETE", path: path(empty, "?sessions=delete"), status: 200, want: []string{`"sessions":0`}},
		apiCase{as: "olga", method: "DELETE", path: path(lost, "?sessions=delete"), status: 200, want: []string{`"sessions":1`}},
		apiCase{as: "olga", method: "GET", path: "/api/v1/sessions/" + string(deleted.ID), status: 404},
		apiCase{as: "olga", method: "DELETE", path: path(lost, "?sessions=delete"), status: 404},
		apiCase{as: "olga", method: "GET", path: "/api/v1/members", status: 200, forbid: []string{"gone@", "lost@"}},
	)
	d.audited("account.delete", "session.delete")
}

func TestADeactivatedOwnerLeavesNothingWithoutOne(t *testing.T) {
	d := newDesk(t)
	d.person("olga", appliance.RoleOwner)
	ada := d.person("ada", appliance.RoleEditor)
	heir := d.person("heir", appliance.RoleViewer)
	var s web.Session
	d.get("ada", "POST", "/api/v1/sessions", `{"topic":"Handover between shifts","goal":"Find out what gets lost"}`, 201, &s)
	off := "/api/v1/members/" + string(ada.ID) + "/deactivate"
	d.run(
		apiCase{as: "olga", method: "POST", path: off, status: 409, want: []string{"1 session"}},
		apiCase{as: "olga", method: "POST", path: off + "?to=acc_none", status: 400, want: []string{`"field":"to"`}},
		apiCase{as: "heir", method: "POST", path: off + "?to=" + string(heir.ID), status: 403},
		apiCase{name: "nothing was changed", as: "ada", method: "GET", path: "/api/v1/me", status: 200},
		apiCase{as: "olga", method: "POST", path: off + "?to=" + string(heir.ID), status: 200, want: []string{`"disabled":true`}},
		apiCase{as: "heir", method: "GET", path: "/api/v1/sessions/" + string(s.ID), status: 200, want: []string{`"role":"owner"`}},
	)
}

func TestTheLastOwnerIsNeverLost(t *testing.T) {
	d := newDesk(t)
	olga := d.person("olga", appliance.RoleOwner)
	otto := d.person("otto", appliance.RoleOwner)
	d.run(
		apiCase{as: "olga", method: "POST", path: "/api/v1/members/" + string(otto.ID) + "/deactivate", status: 200},
		apiCase{as: "olga", method: "DELETE", path: "/api/v1/members/" + string(olga.ID) + "?sessions=delete", status: 409},
	)
	if _, err := d.store.Deactivate(t.Context(), byTest, olga.ID, ""); appliance.CodeOf(err) != appliance.CodeConflict {
		t.Errorf("the command line disables the last owner: %v", err)
	}
	if _, err := d.store.DeleteAccount(t.Context(), byTest, olga.ID, ""); appliance.CodeOf(err) != appliance.CodeConflict {
		t.Errorf("the command line deletes the last owner: %v", err)
	}
	d.run(apiCase{as: "olga", method: "GET", path: "/api/v1/me", status: 200})
}
