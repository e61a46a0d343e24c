package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/auth"
	"harmonium/appliance/guide"
	"harmonium/appliance/store"
)

// world is what callers try to reach: a private and a public project, session and conversation, all made by "maker".
type world struct {
	*desk
	people          map[string]appliance.Account
	private, public things
	nurses, chiefs  appliance.GroupID // groups: editors of the projects, and administrators of the sessions
	dead            []string          // credentials that are not good any more
}

type things struct {
	project      appliance.ProjectID
	session      appliance.SessionID
	conversation appliance.ConversationID
	meeting      appliance.ConversationID // of which a device records
	template     appliance.TemplateID
	token        appliance.Secret // of the participant whose conversation it is
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{desk: newDesk(t), people: map[string]appliance.Account{}}
	for name, role := range map[string]appliance.Role{"viewer": appliance.RoleViewer, "editor": appliance.RoleEditor,
		"admin": appliance.RoleAdmin, "owner": appliance.RoleOwner, "maker": appliance.RoleEditor,
		"demoted maker": appliance.RoleEditor, "disabled": appliance.RoleOwner, "editor elsewhere": appliance.RoleViewer,
		"nurse": appliance.RoleViewer, "chief": appliance.RoleViewer} {
		w.people[name] = w.person(strings.ReplaceAll(name, " ", "-"), role)
	}
	w.makeDead()
	w.makeOthers()
	w.make(false)
	w.make(true)
	return w
}

// makeDead collects credentials of the owner that were good once.
func (w *world) makeDead() {
	w.t.Helper()
	owner, disabled := w.people["owner"], w.people["disabled"]
	remember := func(who string) { w.dead = append(w.dead, w.as[who]) }
	revoked := w.key("revoked key", owner, time.Time{}, appliance.ScopeAll)
	if err := w.store.RevokeKey(w.t.Context(), byTest, "", revoked.ID); err != nil {
		w.t.Fatal(err)
	}
	remember("revoked key")
	w.key("key of a disabled account", disabled, time.Time{}, appliance.ScopeAll)
	w.as["log-in of a disabled account"] = w.cookie(disabled)
	remember("key of a disabled account")
	remember("log-in of a disabled account")
	if _, err := w.store.UpdateAccount(w.t.Context(), byTest, disabled.ID, func(a *appliance.Account) error {
		a.Disabled = true
		return nil
	}); err != nil {
		w.t.Fatal(err)
	}
	w.key("expired key", owner, w.clock.Now().Add(time.Hour), appliance.ScopeAll)
	remember("expired key")
	w.as["idle log-in"] = w.cookie(owner)
	remember("idle log-in")
	w.clock.Advance(13 * time.Hour)
	w.dead = append(w.dead, "Bearer "+string(auth.NewAPIKey()), "Bearer "+string(appliance.NewSecret("")),
		"Cookie __Host-harmonium="+string(appliance.NewSecret("")))
}

// makeOthers gives roles elsewhere, and makes groups whose members have roles on the things.
func (w *world) makeOthers() {
	w.t.Helper()
	by := w.by("owner")
	elsewhere, err := w.store.CreateProject(w.t.Context(), by, store.Once{}, appliance.Project{Title: "Day shift"})
	if err == nil {
		err = w.store.SetMember(w.t.Context(), by, appliance.Shared{Project: elsewhere.ID},
			appliance.Membership{Account: w.people["editor elsewhere"].ID, Role: appliance.RoleEditor})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	for name, id := range map[string]*appliance.GroupID{"nurse": &w.nurses, "chief": &w.chiefs} {
		// Who cannot log in any more is in the groups too, and gets nothing by it.
		g, err := w.store.CreateGroup(w.t.Context(), by, store.Once{}, name, []appliance.AccountID{w.people[name].ID, w.people["disabled"].ID})
		if err != nil {
			w.t.Fatal(err)
		}
		*id = g.ID
	}
}

func (w *world) by(name string) store.By {
	id := w.people[name].ID
	return store.By{Account: id, Actor: string(id)}
}

// make makes the private or the public things anew, since some operations end them.
func (w *world) make(public bool) {
	w.t.Helper()
	m := w.thingsOf(public)
	err := w.store.SetMember(w.t.Context(), w.by("owner"), appliance.Shared{Project: m.project},
		appliance.Membership{Group: w.nurses, Role: appliance.RoleEditor})
	if err == nil {
		err = w.store.SetMember(w.t.Context(), w.by("owner"), appliance.Shared{Session: m.session},
			appliance.Membership{Group: w.chiefs, Role: appliance.RoleAdmin})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	if public {
		w.public = m
	} else {
		w.private = m
	}
}

// org is the role of a person on the box.
func (w *world) org(name string) appliance.Role {
	if name == "demoted maker" {
		return appliance.RoleViewer
	}
	return w.people[name].Role
}

// role is the role of a person on the private or the public things of a kind: the highest of those that hold there.
func (w *world) role(name string, on auth.Object, public bool) appliance.Role {
	held, named := appliance.RoleNone, appliance.RoleNone
	if org := w.org(name); public || org.AtLeast(appliance.RoleAdmin) {
		held = org
	}
	switch {
	case name == "demoted maker" && !public:
		named = appliance.RoleOwner
	case name == "nurse":
		named = appliance.RoleEditor // on what is in the project too
	case name == "chief" && (on == auth.Session || on == auth.Conversation):
		named = appliance.RoleAdmin
	}
	if named.AtLeast(held) {
		return named
	}
	return held
}

func (w *world) thingsOf(public bool) (made things) {
	w.t.Helper()
	ctx := w.t.Context()
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	// Two people own the private things: one is demoted on the organisation afterwards, which leaves the ownership.
	maker := w.people["maker"]
	if !public {
		maker = w.people["demoted maker"]
		w.promote(maker, appliance.RoleEditor)
	}
	by := store.By{Account: maker.ID, Actor: string(maker.ID)}
	p, err := w.store.CreateProject(ctx, by, store.Once{}, appliance.Project{Title: "Night shift", Public: public})
	must(err)
	brief := appliance.Brief{Topic: "Handover between shifts", Goal: "Find out what gets lost"}
	var visibility appliance.Visibility
	if !public {
		visibility.Members = privateParts
	}
	s, err := w.store.CreateSession(ctx, by, store.Once{}, appliance.Session{ProjectID: p.ID, Brief: brief, Public: public,
		Status: appliance.SessionOpen, Language: appliance.English, ResultsVisibility: appliance.ResultsHost, Visibility: visibility},
		appliance.GuideVersion{Guide: guide.Draft(brief, appliance.English), Brief: brief,
			Maker: appliance.Maker{By: appliance.MadeByRules}, Reason: "drafted"}, nil)
	must(err)
	token := appliance.NewSecret("")
	j, err := w.store.Join(ctx, store.Joining{TokenHash: token.Hash(), Participant: appliance.Participant{SessionID: s.ID,
		Language: appliance.English, Origin: appliance.OriginLink, ConsentText: "Yes.", ConsentedAt: w.clock.Now()}})
	must(err)
	tpl, err := w.store.CreateTemplate(ctx, by, store.Once{}, appliance.Template{ProjectID: p.ID, Public: public,
		TemplateContent: appliance.TemplateContent{Title: "Handover", Language: appliance.English}}, false)
	must(err)
	meeting, err := w.store.CreateRecording(ctx, by, store.Once{}, store.NewRecording{Session: s.ID, Title: "Round",
		Recording: appliance.Recording{Provider: appliance.ProvidedBrowser, Keep: appliance.KeepWithText}})
	must(err)
	_, _, err = w.store.BeginTake(ctx, meeting, 0, "device")
	must(err)
	must(w.store.AddPiece(ctx, store.TakePath{ID: meeting}, 0, 0, []byte(noise(1, 1600))))
	_, err = w.store.AddMark(ctx, by, store.Once{}, meeting, appliance.Mark{Kind: appliance.MarkNote, Text: "Here."})
	must(err)
	if !public {
		w.promote(maker, appliance.RoleViewer)
	}
	return things{p.ID, s.ID, j.ConversationID, meeting, tpl.ID, token}
}

// address puts ids into the path of a route.
func (m things) address(path string, on auth.Object) string {
	id := map[auth.Object]string{auth.Project: string(m.project), auth.Session: string(m.session), auth.Self: "none", auth.Organisation: "none",
		auth.Conversation: string(m.conversation), auth.Template: string(m.template), auth.Nothing: string(m.session)}[on]
	if strings.HasPrefix(path, "/meetings/{id}") {
		id = string(m.meeting)
	}
	for {
		before, rest, ok := strings.Cut(path, "{")
		if !ok {
			return "/api/v1" + path
		}
		name, after, _ := strings.Cut(rest, "}")
		if name == "id" || name == "session_id" {
			path = before + id + after
		} else {
			path = before + "1" + after
		}
	}
}

// caller is somebody who tries an operation on some things.
type caller struct {
	name        string
	credentials string
	account     bool                             // a person of the box, by log-in or key
	key         []appliance.Scope                // what the key grants; nil: not by key
	seat        bool                             // a participant
	org, role   appliance.Role                   // on the organisation and on the things
	parts       map[appliance.Tab]appliance.Role // the least role that sees a part of the results of the things, where it is not every member
}

// privateParts is from which role on the private session shows parts of its results; the others are for every member.
var privateParts = map[appliance.Tab]appliance.Role{appliance.TabSummary: appliance.RoleEditor, appliance.TabThemes: appliance.RoleAdmin,
	appliance.TabResponses: appliance.RoleOwner, appliance.TabInsights: appliance.RoleAdmin}

// guests are viewers of the box: one edits another project, two have their roles by a group.
var guests = []string{"editor elsewhere", "nurse", "chief"}

// callers gives everybody who tries the operation p on the private or the public things, with fresh credentials; those
// of the participant are added when the things are known.
func (w *world) callers(p auth.Permission, public bool) []caller {
	w.t.Helper()
	list := []caller{{name: "stranger"}, {name: "participant", seat: true}}
	for i, c := range w.dead {
		list = append(list, caller{name: fmt.Sprint("dead credential ", i), credentials: c})
	}
	for _, name := range append([]string{"viewer", "editor", "admin", "owner", "demoted maker"}, guests...) {
		c := caller{name: name, account: true, org: w.org(name), role: w.role(name, p.On, public), credentials: w.as["log-in of "+name]}
		if !public {
			c.parts = privateParts
		}
		if c.credentials == "" || p.On == auth.Self { // which may end it
			c.credentials = w.cookie(w.people[name])
			w.as["log-in of "+name] = c.credentials
		}
		list = append(list, c)
		other := appliance.ScopeProjectsRead
		if other == p.Scope {
			other = appliance.ScopeResultsRead
		}
		keys := []appliance.Scope{appliance.ScopeAll, other}
		if p.Scope != "" {
			keys = append(keys, p.Scope)
		}
		for _, scope := range keys {
			k := c
			k.name, k.key, k.credentials = name+"'s key for "+string(scope), []appliance.Scope{scope}, w.keyFor(name, scope)
			list = append(list, k)
		}
	}
	return list
}

// keyFor gives a key of a person with one scope, made once.
func (w *world) keyFor(name string, scope appliance.Scope) string {
	w.t.Helper()
	who := name + " " + string(scope)
	if w.as[who] == "" {
		w.key(who, w.people[name], time.Time{}, scope)
	}
	return w.as[who]
}

// expected says how the permission table is read, written down a second time: the status with which c is refused, 0
// when c is let through.
func expected(p auth.Permission, c caller) int {
	switch {
	case p.Who == auth.Anyone:
		return 0
	case p.Who == auth.Participant && c.seat:
		return 0
	case p.Who == auth.Participant || !c.account:
		return 401
	case c.key != nil && (p.CookieOnly || !auth.KeyGrants(c.key, p.Scope)):
		return 403
	case !c.org.AtLeast(p.OrgRole):
		return 403
	case p.On == auth.Self:
		return 0
	case p.On == auth.Organisation && !c.org.AtLeast(p.Role):
		return 403
	case p.On == auth.Organisation:
		return 0
	case c.role == appliance.RoleNone:
		return 404
	case !c.role.AtLeast(p.Role):
		return 403
	case p.Tab != "" && c.parts[p.Tab] != "" && !c.role.AtLeast(c.parts[p.Tab]):
		return 403
	}
	return 0
}

// ASVS 8.2.1, 8.2.2: every operation, for everybody, on what is theirs, public, and somebody else's.
func TestEveryOperationIsOpenToWhomTheTableSays(t *testing.T) {
	w := newWorld(t)
	for _, r := range w.routes {
		p, ok := auth.For(r.Operation)
		if !ok {
			t.Errorf("%s has no row in the permission table", r.Operation)
			continue
		}
		t.Run(r.Operation, func(t *testing.T) {
			w.t = t
			let := 0
			for _, public := range []bool{false, true} {
				for _, c := range w.callers(p, public) {
					m := w.private
					if public {
						m = w.public
					}
					if c.seat {
						c.credentials = "Bearer " + string(m.token)
					}
					want := expected(p, c)
					w.as["caller"] = c.credentials
					answer := w.send("caller", r.Method, m.address(r.Path, p.On), body(r.Method))
					if problem := judge(answer, want); problem != "" {
						t.Errorf("%s %s as %s (public %v): %s: %s", r.Method, r.Path, c.name, public, problem, answer.Body)
					}
					if want == 0 {
						let++
						if r.Method != "GET" && answer.Code < 300 {
							w.make(public) // whatever it has ended is there again
						}
					}
				}
			}
			if let == 0 {
				t.Error("nobody is let through")
			}
		})
	}
	w.t = t
}

// body is what goes with a request that is about who may, not about what: an empty object, which most refuse.
func body(method string) any {
	if method == "GET" || method == "DELETE" {
		return nil
	}
	return "{}"
}

// notVisible is how one is told of what one may not see, and of nothing else.
const notVisible = "There is nothing under this address, or you may not see it."

// judge says what is wrong with an answer to somebody who should be refused with the status want, or, when that is 0,
// be let through to the operation itself, which may refuse what was sent.
func judge(answer *httptest.ResponseRecorder, want int) string {
	var problem struct {
		Error struct{ Message string }
	}
	_ = json.Unmarshal(answer.Body.Bytes(), &problem)
	switch {
	case want == 404 && problem.Error.Message != notVisible:
		return "what may not be seen is told apart from what is not there"
	case want != 0 && answer.Code != want:
		return fmt.Sprintf("status %d, want %d", answer.Code, want)
	case want == 0 && (answer.Code == 401 || answer.Code == 403 || answer.Code >= 500 || problem.Error.Message == notVisible):
		return fmt.Sprintf("status %d for somebody who may", answer.Code)
	}
	return ""
}

func TestEveryRowOfTheTableHasItsRoute(t *testing.T) {
	d := newDesk(t)
	routes := map[string]bool{}
	for _, r := range d.routes {
		if routes[r.Operation] {
			t.Errorf("%s has two routes", r.Operation)
		}
		routes[r.Operation] = true
	}
	for _, p := range auth.All() {
		if !routes[p.Operation] {
			t.Errorf("%s has a row in the permission table and no route", p.Operation)
		}
	}
}

// postsThatRead are the operations behind a POST that a key which grants reading alone may call.
var postsThatRead = map[string]string{
	"findEvidence": "searches: the question is longer than an address",
	"createThread": "asks: the thread is of the account alone, and nothing else changes",
	"askCompanion": "asks, as createThread",
}

// A key that grants reading changes nothing that others keep.
func TestWhatChangesSomethingNeedsAScopeThatWrites(t *testing.T) {
	d := newDesk(t)
	for _, r := range d.routes {
		p, ok := auth.For(r.Operation)
		if !ok || p.Who != auth.Account || p.CookieOnly || r.Method == http.MethodGet {
			continue
		}
		writes, reason := strings.HasSuffix(string(p.Scope), ":write"), postsThatRead[r.Operation]
		if writes == (reason != "") {
			t.Errorf("%s %s asks for the scope %q; reason to let readers do it: %q", r.Method, r.Operation, p.Scope, reason)
		}
	}
}

// What shows passages word for word asks for the scope of what was said, by whatever way it shows them.
func TestTheCompanionAsksForTheScopeOfWhatWasSaid(t *testing.T) {
	for _, operation := range []string{"search", "findEvidence", "listThreads", "createThread", "askCompanion", "getThread", "getThreadMD"} {
		if p, _ := auth.For(operation); p.Scope != appliance.ScopeResponsesRead {
			t.Errorf("%s asks for the scope %q", operation, p.Scope)
		}
	}
}
