package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/store"
	"harmonium/appliance/testkit"
)

// desk is a store with an owner, an editor and a stranger, on which sessions are made.
type desk struct {
	*store.Store
	t     testing.TB
	now   time.Time
	owner store.By
}

var deskGuide = appliance.Guide{
	Opening: "Hello.", Closing: "Thanks.",
	Topics: []appliance.Topic{
		{ID: "tpc_one", Title: "One", Aim: "Learn one.", Question: "What is one?", Probes: []string{"How so?"}, FollowUps: 1, Minutes: 4},
		{ID: "tpc_two", Title: "Two", Question: "What is two?", Probes: []string{}, Minutes: 3},
	},
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	d := &desk{t: t, now: time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC), owner: store.By{Account: "acc_owner", Actor: "acc_owner"}}
	s, err := store.Open(t.Context(), store.Options{Dir: testkit.Dir(t), Clock: func() time.Time { return d.now }, BallastBytes: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	d.Store = s
	for id, role := range map[string]string{"acc_owner": "owner", "acc_editor": "editor", "acc_other": "editor"} {
		d.exec(`INSERT INTO accounts (id, email, email_key, name, role, password_hash, created_at, updated_at)
			VALUES (?1, ?1, ?1, 'Name of ' || ?1, ?2, '', 0, 0)`, id, role)
	}
	return d
}

func (d *desk) exec(query string, args ...any) {
	d.t.Helper()
	err := d.Write(d.t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) count(query string, args ...any) (n int) {
	d.t.Helper()
	err := d.Read(d.t.Context(), func(tx *store.Tx) error { return tx.QueryRow(query, args...).Scan(&n) })
	if err != nil {
		d.t.Fatal(err)
	}
	return n
}

func draftSession(topic string) appliance.Session {
	return appliance.Session{
		Brief:  appliance.Brief{Topic: topic, Goal: "Learn what gets lost", Critical: "handover", Context: "Two wards."},
		Status: appliance.SessionDraft, Language: appliance.English, ResultsVisibility: appliance.ResultsHost,
	}
}

func (d *desk) create(by store.By, s appliance.Session) appliance.Session {
	d.t.Helper()
	made, err := d.CreateSession(d.t.Context(), by, store.Once{}, s,
		appliance.GuideVersion{Guide: deskGuide, Maker: appliance.Maker{By: appliance.MadeByRules, PromptVersion: "p"}, Reason: "drafted"}, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	return made
}

func (d *desk) join(id appliance.SessionID, token string) store.Joined {
	d.t.Helper()
	j, err := d.Join(d.t.Context(), store.Joining{
		Participant: appliance.Participant{SessionID: id, Origin: appliance.OriginLink}, TokenHash: appliance.Secret(token).Hash(),
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return j
}

func (d *desk) tell(id appliance.ConversationID, words string) {
	d.t.Helper()
	if _, _, err := d.AppendTurn(d.t.Context(), store.Message{ConversationID: id, Content: words}); err != nil {
		d.t.Fatal(err)
	}
}

func hasCode(t testing.TB, err error, want appliance.Code) {
	t.Helper()
	if got := appliance.CodeOf(err); got != want {
		t.Errorf("error code %q (%v), want %q", got, err, want)
	}
}

func TestACreatedSessionIsThereWithGuideFormAndOwner(t *testing.T) {
	d := newDesk(t)
	project, err := d.CreateProject(t.Context(), d.owner, store.Once{}, appliance.Project{Title: "P"})
	if err != nil {
		t.Fatal(err)
	}
	want := appliance.Session{
		ProjectID: project.ID, Brief: appliance.Brief{Topic: "T", Goal: "G", Critical: "C", Context: "X"},
		Status: appliance.SessionDraft, Language: appliance.German, Host: "H", WelcomeMessage: "W", ConsentText: "CT",
		Anonymous: true, Public: true, PromptOverride: "PO", SummaryPrompt: "SP", PromptSummary: "PS",
		PromptGeneratedFrom: "PG", MetaDescription: "MD", PlatformGuidelines: "PL", TemplateID: "TI",
		DefaultUse: appliance.UseParaphrase, WhoMayJoin: appliance.AccessCode, CrossPollination: true, PollinationMinimum: 7, WidgetsEnabled: true, ResultsVisibility: appliance.ResultsPublic,
		Visibility: appliance.Visibility{Shared: map[appliance.Tab]appliance.ResultsVisibility{appliance.TabSummary: appliance.ResultsPublic,
			appliance.TabThemes: appliance.ResultsPublic}},
	}
	form := appliance.Form{{Type: appliance.FieldOptions, Text: "Which?", Required: true, Options: []string{"a", "b"}}, {Type: appliance.FieldLong, Text: "Why?"}}
	editor := store.By{Account: "acc_editor", Actor: "key_1"}
	made, err := d.CreateSession(t.Context(), editor, store.Once{}, want, appliance.GuideVersion{Guide: deskGuide, Maker: appliance.Maker{By: "rules"}, Reason: "r"}, form)
	if err != nil {
		t.Fatal(err)
	}
	want.ID, want.JoinCode, want.GuideVersion, want.CreatedBy = made.ID, made.JoinCode, 1, "acc_editor"
	want.CreatedAt, want.UpdatedAt = d.now, d.now
	if diff := cmp.Diff(want, made); diff != "" || len(made.JoinCode) != 6 {
		t.Errorf("code %q, session (-want +got):\n%s", made.JoinCode, diff)
	}
	stored, err := d.Session(t.Context(), made.ID)
	if diff := cmp.Diff(want, stored); err != nil || diff != "" {
		t.Errorf("%v, stored session (-want +got):\n%s", err, diff)
	}
	g, err := d.Guide(t.Context(), made.ID, 0)
	wantGuide := appliance.GuideVersion{SessionID: made.ID, Version: 1, Guide: deskGuide, Brief: want.Brief,
		Maker: appliance.Maker{By: "rules"}, Author: "acc_editor", Reason: "r", CreatedAt: d.now}
	if diff := cmp.Diff(wantGuide, g); err != nil || diff != "" {
		t.Errorf("%v, guide (-want +got):\n%s", err, diff)
	}
	f, err := d.Form(t.Context(), made.ID)
	if err != nil || len(f) != 2 || f[0].Text != "Which?" || !f[0].Required || !slices.Equal(f[0].Options, form[0].Options) || f[1].ID == f[0].ID {
		t.Errorf("form %+v, %v", f, err)
	}
	role, err := d.RoleOnSession(t.Context(), "acc_editor", made.ID)
	if role != appliance.RoleOwner || err != nil {
		t.Errorf("the role of who made it is %q, %v", role, err)
	}
	if n := d.count(`SELECT count(*) FROM audit WHERE action = 'session.create' AND object = ? AND actor = 'key_1'`, made.ID); n != 1 {
		t.Errorf("%d entries in the audit trail, want 1", n)
	}
}

func TestWhatIsNotValidMakesNoSession(t *testing.T) {
	d := newDesk(t)
	good := appliance.GuideVersion{Guide: deskGuide}
	tests := []struct {
		name  string
		spoil func(*appliance.Session, *appliance.GuideVersion, *appliance.Form)
		field string
	}{
		{"no topic", func(s *appliance.Session, _ *appliance.GuideVersion, _ *appliance.Form) { s.Brief.Topic = " " }, "topic"},
		{"goal too long", func(s *appliance.Session, _ *appliance.GuideVersion, _ *appliance.Form) {
			s.Brief.Goal = strings.Repeat("ä", 2001)
		}, "goal"},
		{"bidi control", func(s *appliance.Session, _ *appliance.GuideVersion, _ *appliance.Form) { s.Brief.Context = "a\u202eb" }, "context"},
		{"language", func(s *appliance.Session, _ *appliance.GuideVersion, _ *appliance.Form) { s.Language = "xx" }, "language"},
		{"guide", func(_ *appliance.Session, g *appliance.GuideVersion, _ *appliance.Form) { g.Guide.Topics = nil }, "topics"},
		{"form", func(_ *appliance.Session, _ *appliance.GuideVersion, f *appliance.Form) {
			*f = appliance.Form{{Type: "Odd", Text: "x"}}
		}, "questions[0].type"},
		{"project", func(s *appliance.Session, _ *appliance.GuideVersion, _ *appliance.Form) { s.ProjectID = "prj_none" }, "project_id"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, g, f := draftSession("T"), good, appliance.Form(nil)
			tt.spoil(&s, &g, &f)
			_, err := d.CreateSession(t.Context(), d.owner, store.Once{}, s, g, f)
			hasCode(t, err, appliance.CodeValidation)
			if e, ok := err.(*appliance.Error); ok && e.Fields[0].Field != tt.field {
				t.Errorf("field %q, want %q", e.Fields[0].Field, tt.field)
			}
		})
	}
	if n := d.count(`SELECT count(*) FROM sessions`) + d.count(`SELECT count(*) FROM guides`); n != 0 {
		t.Errorf("%d rows were kept", n)
	}
}

func TestARepeatedCreationGivesTheSameSession(t *testing.T) {
	d := newDesk(t)
	once := store.Once{Actor: "key_1", Operation: "createSession", Key: "k", BodyHash: []byte("h")}
	create := func(o store.Once) (appliance.Session, error) {
		return d.CreateSession(t.Context(), d.owner, o, draftSession("T"), appliance.GuideVersion{Guide: deskGuide}, nil)
	}
	first, err := create(once)
	if err != nil {
		t.Fatal(err)
	}
	again, err := create(once)
	if diff := cmp.Diff(first, again); err != nil || diff != "" {
		t.Errorf("%v, repeated (-first +again):\n%s", err, diff)
	}
	once.BodyHash = []byte("other")
	_, err = create(once)
	hasCode(t, err, appliance.CodeConflict)
	if n := d.count(`SELECT count(*) FROM sessions`); n != 1 {
		t.Errorf("%d sessions, want 1", n)
	}
}

func TestAJoinCodeLeadsToItsSessionOnlyWhileThatIsOpen(t *testing.T) {
	d := newDesk(t)
	s := d.create(d.owner, draftSession("T"))
	find := func() error {
		found, err := d.SessionByCode(t.Context(), s.JoinCode)
		if err == nil && found.ID != s.ID {
			t.Errorf("the code leads to %s", found.ID)
		}
		return err
	}
	hasCode(t, find(), appliance.CodeNotFound)
	d.move(s.ID, appliance.SessionOpen)
	hasCode(t, find(), "")
	d.move(s.ID, appliance.SessionClosed)
	hasCode(t, find(), appliance.CodeNotFound)
}

func (d *desk) move(id appliance.SessionID, to appliance.SessionStatus) appliance.Session {
	d.t.Helper()
	s, err := d.MoveSession(d.t.Context(), d.owner, id, to)
	if err != nil {
		d.t.Fatal(err)
	}
	return s
}

func TestASessionMovesOnlyAlongTheAllowedWays(t *testing.T) {
	states := []appliance.SessionStatus{appliance.SessionDraft, appliance.SessionOpen, appliance.SessionClosed, appliance.SessionArchived}
	ways := map[appliance.SessionStatus][]appliance.SessionStatus{ // how to get into a state
		appliance.SessionDraft: {}, appliance.SessionOpen: {appliance.SessionOpen},
		appliance.SessionClosed:   {appliance.SessionOpen, appliance.SessionClosed},
		appliance.SessionArchived: {appliance.SessionOpen, appliance.SessionClosed, appliance.SessionArchived},
	}
	allowed := map[string]bool{"draft open": true, "draft archived": true, "open closed": true, "closed open": true, "closed archived": true, "archived closed": true}
	d := newDesk(t)
	for _, from := range states {
		for _, to := range states {
			s := d.create(d.owner, draftSession("T"))
			for _, step := range ways[from] {
				s = d.move(s.ID, step)
			}
			moved, err := d.MoveSession(t.Context(), d.owner, s.ID, to)
			if allowed[fmt.Sprintf("%s %s", from, to)] {
				if err != nil || moved.Status != to {
					t.Errorf("%s to %s: %v, %s", from, to, err, moved.Status)
				}
				continue
			}
			hasCode(t, err, appliance.CodeConflict)
			if stored, _ := d.Session(t.Context(), s.ID); stored.Status != from {
				t.Errorf("%s to %s: refused, and yet it is %s", from, to, stored.Status)
			}
		}
	}
	_, err := d.MoveSession(t.Context(), d.owner, "hst_none", appliance.SessionOpen)
	hasCode(t, err, appliance.CodeNotFound)
}

func TestClosingEndsConversationsAndReopeningLetsThemGoOn(t *testing.T) {
	d := newDesk(t)
	s := d.create(d.owner, draftSession("T"))
	opened := d.move(s.ID, appliance.SessionOpen)
	if !opened.OpenedAt.Equal(d.now) {
		t.Errorf("opened at %v", opened.OpenedAt)
	}
	finished, active := d.join(s.ID, "a"), d.join(s.ID, "b")
	d.tell(active.ConversationID, "I was about to say")
	if _, err := d.FinishConversation(t.Context(), finished.ConversationID, appliance.EndedComplete); err != nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(time.Hour)
	closed := d.move(s.ID, appliance.SessionClosed)
	if !closed.ClosedAt.Equal(d.now) || !closed.OpenedAt.Equal(opened.OpenedAt) || !closed.UpdatedAt.Equal(d.now) {
		t.Errorf("closed at %v, opened at %v, updated at %v", closed.ClosedAt, closed.OpenedAt, closed.UpdatedAt)
	}
	c, err := d.Conversation(t.Context(), active.ConversationID)
	if err != nil || c.State != appliance.ConversationFinished || c.Ended != appliance.EndedClosed || c.Turns != 1 {
		t.Errorf("after closing: %s, ended %q, %d turns, %v", c.State, c.Ended, c.Turns, err)
	}
	reopened := d.move(s.ID, appliance.SessionOpen)
	if !reopened.ClosedAt.IsZero() || !reopened.OpenedAt.Equal(opened.OpenedAt) {
		t.Errorf("reopened: closed at %v, opened at %v", reopened.ClosedAt, reopened.OpenedAt)
	}
	for id, want := range map[appliance.ConversationID]appliance.ConversationState{
		active.ConversationID: appliance.ConversationActive, finished.ConversationID: appliance.ConversationFinished,
	} {
		if c, _ := d.Conversation(t.Context(), id); c.State != want {
			t.Errorf("after opening again %s is %s, want %s", id, c.State, want)
		}
	}
	if n := d.count(`SELECT count(*) FROM events WHERE session_id = ? AND type LIKE 'session.%'`, s.ID); n != 3 {
		t.Errorf("%d events of the session, want opened, closed, opened", n)
	}
}

func TestAnUpdateKeepsWhatIsNotForPeopleToFillIn(t *testing.T) {
	d := newDesk(t)
	s := d.create(d.owner, draftSession("Before"))
	d.now = d.now.Add(time.Minute)
	after, err := d.UpdateSession(t.Context(), d.owner, s.ID, func(c *appliance.Session) error {
		*c = appliance.Session{Brief: appliance.Brief{Topic: "After", Goal: "G"}, Language: appliance.German, Anonymous: true,
			ResultsVisibility: appliance.ResultsParticipants, Status: appliance.SessionOpen, JoinCode: "AAAAAA", GuideVersion: 9}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := appliance.Session{ID: s.ID, Brief: appliance.Brief{Topic: "After", Goal: "G"}, Status: s.Status, Language: appliance.German,
		Anonymous: true, WhoMayJoin: appliance.AccessLink, JoinCode: s.JoinCode, GuideVersion: 1, ResultsVisibility: appliance.ResultsParticipants,
		Visibility: appliance.Visibility{Shared: map[appliance.Tab]appliance.ResultsVisibility{appliance.TabSummary: appliance.ResultsParticipants,
			appliance.TabThemes: appliance.ResultsParticipants}}, DefaultUse: appliance.UseQuote,
		PollinationMinimum: appliance.DefaultPollinationMinimum, CreatedBy: s.CreatedBy, CreatedAt: s.CreatedAt, UpdatedAt: d.now}
	if diff := cmp.Diff(want, after); diff != "" {
		t.Errorf("updated (-want +got):\n%s", diff)
	}
	if stored, _ := d.Session(t.Context(), s.ID); cmp.Diff(want, stored) != "" {
		t.Errorf("stored (-want +got):\n%s", cmp.Diff(want, stored))
	}
}

func TestARefusedUpdateChangesNothing(t *testing.T) {
	d := newDesk(t)
	s := d.create(d.owner, draftSession("Before"))
	change := func(field string) func(*appliance.Session) error {
		return func(c *appliance.Session) error {
			c.Brief.Goal = "changed"
			if field == "topic" {
				c.Brief.Topic = ""
			} else {
				c.ProjectID = "prj_none"
			}
			return nil
		}
	}
	for _, field := range []string{"topic", "project_id"} {
		_, err := d.UpdateSession(t.Context(), d.owner, s.ID, change(field))
		hasCode(t, err, appliance.CodeValidation)
	}
	_, err := d.UpdateSessionAndForm(t.Context(), d.owner, s.ID, change("topic"), appliance.Form{{Type: appliance.FieldShort, Text: "Q"}})
	hasCode(t, err, appliance.CodeValidation)
	if stored, _ := d.Session(t.Context(), s.ID); cmp.Diff(s, stored) != "" {
		t.Errorf("it was changed:\n%s", cmp.Diff(s, stored))
	}
	if f, _ := d.Form(t.Context(), s.ID); len(f) != 0 {
		t.Errorf("the form was changed")
	}
	_, err = d.UpdateSession(t.Context(), d.owner, "hst_none", change("topic"))
	hasCode(t, err, appliance.CodeNotFound)
}

func TestAccountsSeeTheSessionsThatTheyHaveARoleOn(t *testing.T) {
	d := newDesk(t)
	editor, other := store.By{Account: "acc_editor"}, store.By{Account: "acc_other"}
	own := d.create(editor, draftSession("Own"))
	public := draftSession("Public")
	public.Public = true
	shared := d.create(other, public)
	d.create(other, draftSession("Foreign"))
	project, err := d.CreateProject(t.Context(), editor, store.Once{}, appliance.Project{Title: "P"})
	if err != nil {
		t.Fatal(err)
	}
	inProject := draftSession("In the project")
	inProject.ProjectID = project.ID
	ofProject := d.create(other, inProject)

	tests := []struct {
		account appliance.AccountID
		want    map[appliance.SessionID]appliance.Role
		total   int
	}{
		{"acc_editor", map[appliance.SessionID]appliance.Role{own.ID: "owner", shared.ID: "editor", ofProject.ID: "owner"}, 3},
		{"acc_other", nil, 3},
		{"acc_owner", nil, 4},
		{"acc_none", map[appliance.SessionID]appliance.Role{}, 0},
	}
	for _, tt := range tests {
		list, total, err := d.Sessions(t.Context(), tt.account, store.SessionFilter{Page: store.Page{Limit: 10}})
		if err != nil || total != tt.total || len(list) != tt.total {
			t.Errorf("%s sees %d of %d, want %d, %v", tt.account, len(list), total, tt.total, err)
		}
		for _, l := range list {
			if want, ok := tt.want[l.ID]; tt.want != nil && (!ok || l.Role != want) {
				t.Errorf("%s sees %q as %q, want %q", tt.account, l.Brief.Topic, l.Role, want)
			}
			one, err := d.SessionListing(t.Context(), tt.account, l.ID)
			if diff := cmp.Diff(l, one); err != nil || diff != "" {
				t.Errorf("alone it is another: %v\n%s", err, diff)
			}
		}
	}
	_, err = d.SessionListing(t.Context(), "acc_other", own.ID)
	hasCode(t, err, appliance.CodeNotFound)
}

func TestSessionsAreListedByTheirLastEditWithCounts(t *testing.T) {
	d := newDesk(t)
	var ids []appliance.SessionID
	for i := range 5 {
		d.now = d.now.Add(time.Minute)
		ids = append(ids, d.create(d.owner, draftSession(fmt.Sprint("S", i))).ID)
	}
	d.now = d.now.Add(time.Minute)
	d.move(ids[1], appliance.SessionOpen)
	a, _ := d.join(ids[1], "a"), d.join(ids[1], "b")
	if _, err := d.FinishConversation(t.Context(), a.ConversationID, appliance.EndedEarly); err != nil {
		t.Fatal(err)
	}
	list, total, err := d.Sessions(t.Context(), "acc_owner", store.SessionFilter{Page: store.Page{Limit: 2}})
	if err != nil || total != 5 || len(list) != 2 || list[0].ID != ids[1] || list[1].ID != ids[4] {
		t.Fatalf("first page %v of %d, %v", list, total, err)
	}
	if l := list[0]; l.Participants != 2 || l.Active != 1 || l.Finished != 1 {
		t.Errorf("%d participants, %d active, %d finished; want 2, 1, 1", l.Participants, l.Active, l.Finished)
	}
	rest, _, err := d.Sessions(t.Context(), "acc_owner", store.SessionFilter{Page: store.Page{Limit: 100, Offset: 2}})
	if err != nil || len(rest) != 3 || rest[0].ID != ids[3] || rest[2].ID != ids[0] {
		t.Errorf("second page %v, %v", rest, err)
	}
}

func TestSessionsAreFilteredByStateProjectAndText(t *testing.T) {
	d := newDesk(t)
	project, err := d.CreateProject(t.Context(), d.owner, store.Once{}, appliance.Project{Title: "P"})
	if err != nil {
		t.Fatal(err)
	}
	add := func(topic, goal string, project appliance.ProjectID, open bool) {
		s := draftSession(topic)
		s.Brief.Goal, s.ProjectID = goal, project
		if open {
			s.Status = appliance.SessionOpen
		}
		d.create(d.owner, s)
	}
	add("100% sure", "a_b", "", false)
	add("100 sure", "axb", project.ID, true)
	add(`back\slash`, "Übergabe", project.ID, false)
	add("Night shift", "straße", "", true)
	tests := []struct {
		name string
		f    store.SessionFilter
		want []string
	}{
		{"all", store.SessionFilter{}, []string{"100 sure", "100% sure", "Night shift", `back\slash`}},
		{"open", store.SessionFilter{Status: []appliance.SessionStatus{"open"}}, []string{"100 sure", "Night shift"}},
		{"open or draft", store.SessionFilter{Status: []appliance.SessionStatus{"open", "draft"}}, []string{"100 sure", "100% sure", "Night shift", `back\slash`}},
		{"archived", store.SessionFilter{Status: []appliance.SessionStatus{"archived"}}, nil},
		{"project", store.SessionFilter{Project: project.ID}, []string{"100 sure", `back\slash`}},
		{"project and open", store.SessionFilter{Project: project.ID, Status: []appliance.SessionStatus{"open"}}, []string{"100 sure"}},
		{"per cent is no wildcard", store.SessionFilter{Text: "100%"}, []string{"100% sure"}},
		{"underscore is no wildcard", store.SessionFilter{Text: "a_b"}, []string{"100% sure"}},
		{"backslash", store.SessionFilter{Text: `\`}, []string{`back\slash`}},
		{"quotation mark", store.SessionFilter{Text: `'"`}, nil},
		{"small letters", store.SessionFilter{Text: "night SHIFT"}, []string{"Night shift"}},
		{"small umlaut", store.SessionFilter{Text: "übergabe"}, []string{`back\slash`}},
		{"large umlaut", store.SessionFilter{Text: "ÜBERGABE"}, []string{`back\slash`}},
		{"space around and within", store.SessionFilter{Text: "  night   shift "}, []string{"Night shift"}},
		{"text and state", store.SessionFilter{Text: "sure", Status: []appliance.SessionStatus{"draft"}}, []string{"100% sure"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.f.Page.Limit = 100
			list, total, err := d.Sessions(t.Context(), "acc_owner", tt.f)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, l := range list {
				got = append(got, l.Brief.Topic)
			}
			slices.Sort(got)
			if diff := cmp.Diff(tt.want, got); diff != "" || total != len(got) {
				t.Errorf("total %d (-want +got):\n%s", total, diff)
			}
		})
	}
}

// addMany puts n sessions into the store at once, every second one visible to acc_editor as a member.
func (d *desk) addMany(n int) {
	d.exec(`INSERT INTO sessions (id, topic, goal, critical, context, status, language, host, welcome_message, consent_text,
			anonymous, public, join_code, guide_version, prompt_override, summary_prompt, prompt_summary,
			prompt_generated_from, meta_description, platform_guidelines, template_id, cross_pollination, widgets_enabled,
			results_visibility, created_at, updated_at)
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		SELECT 'hst_' || i, 'Topic number ' || i, 'A goal of about the usual length, number ' || i, '', '', 'closed', 'en', '', '', '',
			0, 0, 'C' || i, 1, '', '', '', '', '', '', '', 0, 0, 'host', i, (i * 7919) % 100000 FROM n`, n)
	d.exec(`INSERT INTO session_members (session_id, account_id, role) SELECT id, 'acc_editor', 'viewer' FROM sessions WHERE created_at % 2 = 0`)
	d.exec(`INSERT INTO participants (id, session_id, number, name, email, language, origin, consent_text, answers, created_at)
		SELECT 'prt_' || id, id, 1, '', '', 'en', 'link', '', '[]', 0 FROM sessions`)
}

func TestManySessionsAreCountedAndPagedToTheLast(t *testing.T) {
	d := newDesk(t)
	d.addMany(3_000)
	for account, want := range map[appliance.AccountID]int{"acc_owner": 3_000, "acc_editor": 1_500, "acc_other": 0} {
		seen := map[appliance.SessionID]bool{}
		var last time.Time
		for page := (store.Page{Limit: 700}); ; page.Offset += page.Limit {
			list, total, err := d.Sessions(t.Context(), account, store.SessionFilter{Page: page})
			if err != nil || total != want {
				t.Fatalf("%s: %d in all, want %d, %v", account, total, want, err)
			}
			for _, l := range list {
				if seen[l.ID] || !last.IsZero() && l.UpdatedAt.After(last) || l.Participants != 1 {
					t.Fatalf("%s: %s comes twice, out of order or with %d participants", account, l.ID, l.Participants)
				}
				seen[l.ID], last = true, l.UpdatedAt
			}
			if len(list) == 0 {
				break
			}
		}
		if len(seen) != want {
			t.Errorf("%s has paged through %d sessions, want %d", account, len(seen), want)
		}
	}
}

// The aim is 50 ms; two cores take 17.
func BenchmarkSessions(b *testing.B) {
	d := newDesk(b)
	d.addMany(20_000)
	for _, account := range []appliance.AccountID{"acc_owner", "acc_editor"} {
		b.Run(string(account), func(b *testing.B) {
			for b.Loop() {
				if _, _, err := d.Sessions(context.Background(), account, store.SessionFilter{Page: store.Page{Limit: 20}}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
