package store_test

import (
	"context"
	"fmt"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// put stores a session, which is closed, with the least that the schema asks for.
func put(t testing.TB, s *store.Store, id appliance.SessionID, project appliance.ProjectID, public bool) {
	t.Helper()
	err := s.Write(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO sessions (id, project_id, topic, goal, critical, context, status, language, host,
			welcome_message, consent_text, anonymous, public, join_code, guide_version, prompt_override, summary_prompt,
			prompt_summary, prompt_generated_from, meta_description, platform_guidelines, template_id, cross_pollination,
			widgets_enabled, results_visibility, created_at, updated_at)
			VALUES (?1, nullif(?2, ''), 't', 'g', '', '', 'closed', 'en', '', '', '', 0, ?3, ?1, 1, '', '', '', '', '', '', '',
			0, 0, 'host', 0, 0)`, id, project, public)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func enrol(t testing.TB, s *store.Store, where, id string, a appliance.Account, role appliance.Role) {
	t.Helper()
	query := map[string]string{
		"session": `INSERT INTO session_members (session_id, account_id, role) VALUES (?, ?, ?)`,
		"project": `INSERT INTO project_members (project_id, account_id, role) VALUES (?, ?, ?)`,
	}[where]
	err := s.Write(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(query, id, a.ID, role)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Every combination of what a role can follow from, against the rule as it is written down: the highest membership;
// the role on the organisation counts for admins, owners and where the session or its project is public.
func TestTheEffectiveRoleIsTheHighest(t *testing.T) {
	s, _ := office(t)
	ctx := t.Context()
	roles := []appliance.Role{appliance.RoleNone, appliance.RoleViewer, appliance.RoleEditor, appliance.RoleAdmin,
		appliance.RoleOwner}
	for _, inProject := range []bool{false, true} {
		for _, publicSession := range []bool{false, true} {
			for _, publicProject := range []bool{false, true} {
				n := fmt.Sprintf("%t-%t-%t", inProject, publicSession, publicProject)
				maker := hire(t, s, "maker"+n, appliance.RoleViewer)
				p := newProject(t, s, maker, appliance.Project{Title: n, Public: publicProject})
				sid, pid := appliance.SessionID("hst_"+n), appliance.ProjectID("")
				if inProject {
					pid = p.ID
				}
				put(t, s, sid, pid, publicSession)
				for _, org := range roles[1:] {
					for _, onSession := range roles {
						for _, onProject := range roles {
							name := fmt.Sprintf("%s/org=%s/session=%s/project=%s", n, org, onSession, onProject)
							a := hire(t, s, fmt.Sprintf("%s-%s-s%s-p%s", n, org, onSession, onProject), org)
							if onSession != "" {
								enrol(t, s, "session", string(sid), a, onSession)
							}
							if onProject != "" {
								enrol(t, s, "project", string(p.ID), a, onProject)
							}
							everywhere := org == appliance.RoleAdmin || org == appliance.RoleOwner
							wantProject := onProject
							if everywhere || publicProject {
								wantProject = appliance.HighestRole(onProject, org)
							}
							wantSession := onSession
							if inProject {
								wantSession = appliance.HighestRole(onSession, onProject)
							}
							if everywhere || publicSession || inProject && publicProject {
								wantSession = appliance.HighestRole(wantSession, org)
							}
							if got, err := s.RoleOnProject(ctx, a.ID, p.ID); err != nil || got != wantProject {
								t.Errorf("%s: role on the project %q, want %q (%v)", name, got, wantProject, err)
							}
							if got, err := s.RoleOnSession(ctx, a.ID, sid); err != nil || got != wantSession {
								t.Errorf("%s: role on the session %q, want %q (%v)", name, got, wantSession, err)
							}
							seesSession := contains(t, s, a, p.ID, sid)
							if inProject && wantProject != "" && seesSession != (wantSession != "") {
								t.Errorf("%s: the project lists the session: %v, with role %q", name, seesSession, wantSession)
							}
							if _, _, err := s.Project(ctx, a.ID, p.ID); (err == nil) != (wantProject != "") {
								t.Errorf("%s: reading the project with role %q: %v", name, wantProject, err)
							}
						}
					}
				}
			}
		}
	}
}

// contains says whether a sees a session among those of a project.
func contains(t testing.TB, s *store.Store, a appliance.Account, id appliance.ProjectID, session appliance.SessionID) bool {
	t.Helper()
	_, sessions, err := s.Project(t.Context(), a.ID, id)
	if err != nil {
		refused(t, "project", err, appliance.CodeNotFound)
		return false
	}
	return len(sessions) == 1 && sessions[0] == session
}

func TestNobodyHasARoleOnWhatIsNotThere(t *testing.T) {
	s, _ := office(t)
	owner := hire(t, s, "owner", appliance.RoleOwner)
	_, err := s.RoleOnSession(t.Context(), owner.ID, "hst_none")
	refused(t, "session", err, appliance.CodeNotFound)
	_, err = s.RoleOnProject(t.Context(), owner.ID, "prj_none")
	refused(t, "project", err, appliance.CodeNotFound)
	_, err = s.RoleOnConversation(t.Context(), owner.ID, "cnv_none")
	refused(t, "conversation", err, appliance.CodeNotFound)
}

func TestADisabledOrUnknownAccountHasNoRole(t *testing.T) {
	s, _ := office(t)
	ctx := t.Context()
	owner := hire(t, s, "owner", appliance.RoleOwner)
	gone := hire(t, s, "gone", appliance.RoleOwner)
	p := newProject(t, s, gone, appliance.Project{Title: "x", Public: true})
	put(t, s, "hst_1", p.ID, true)
	if _, err := s.Deactivate(ctx, byTest, gone.ID, owner.ID); err != nil {
		t.Fatal(err)
	}
	for _, id := range []appliance.AccountID{gone.ID, "acc_none", ""} {
		for what, ask := range map[string]func() (appliance.Role, error){
			"project": func() (appliance.Role, error) { return s.RoleOnProject(ctx, id, p.ID) },
			"session": func() (appliance.Role, error) { return s.RoleOnSession(ctx, id, "hst_1") },
		} {
			if role, err := ask(); role != appliance.RoleNone || err != nil {
				t.Errorf("%q on the %s: role %q, %v", id, what, role, err)
			}
		}
		if list, total, err := s.Projects(ctx, id, 10, 0); len(list) != 0 || total != 0 || err != nil {
			t.Errorf("%q sees %d projects, %v", id, total, err)
		}
	}
}

func TestDeletingAProjectLeavesItsSessions(t *testing.T) {
	s, _ := office(t)
	owner := hire(t, s, "owner", appliance.RoleOwner)
	p := newProject(t, s, owner, appliance.Project{Title: "x"})
	put(t, s, "hst_1", p.ID, false)
	if _, err := s.DeleteProject(t.Context(), as(owner), p.ID); err != nil {
		t.Fatal(err)
	}
	if role, err := s.RoleOnSession(t.Context(), owner.ID, "hst_1"); role != appliance.RoleOwner || err != nil {
		t.Errorf("role %q, %v", role, err)
	}
}

func BenchmarkRoleOnSession(b *testing.B) {
	s, _ := office(b)
	editor := hire(b, s, "editor", appliance.RoleEditor)
	p := newProject(b, s, editor, appliance.Project{Title: "x"})
	const sessions = 2_000
	for i := range sessions {
		put(b, s, appliance.SessionID(fmt.Sprintf("hst_%d", i)), p.ID, false)
	}
	i := 0
	for b.Loop() {
		i++
		role, err := s.RoleOnSession(context.Background(), editor.ID, appliance.SessionID(fmt.Sprintf("hst_%d", i%sessions)))
		if err != nil || role != appliance.RoleOwner {
			b.Fatal(role, err)
		}
	}
}

// Whoever hands over lowers nobody but themselves: not the other owners, not one who is deactivated for a while, and an
// owner of the box who is no member lowers nobody at all.
func TestHandingOverLowersOnlyWhoHandsOver(t *testing.T) {
	s, _ := office(t)
	ctx := t.Context()
	boss, ada, bea := hire(t, s, "boss", appliance.RoleOwner), hire(t, s, "ada", appliance.RoleEditor), hire(t, s, "bea", appliance.RoleEditor)
	away, heir, last := hire(t, s, "away", appliance.RoleEditor), hire(t, s, "heir", appliance.RoleEditor), hire(t, s, "last", appliance.RoleEditor)
	p := newProject(t, s, ada, appliance.Project{Title: "Wards"})
	put(t, s, "hst_wards", "", false)
	enrol(t, s, "session", "hst_wards", ada, appliance.RoleOwner)
	for _, at := range []appliance.Shared{{Project: p.ID}, {Session: "hst_wards"}} {
		where, id := "project", string(p.ID)
		if at.Session != "" {
			where, id = "session", string(at.Session)
		}
		enrol(t, s, where, id, bea, appliance.RoleOwner)
		enrol(t, s, where, id, away, appliance.RoleOwner)
		disable(t, s, away, true)
		roles := func(step string, want map[appliance.AccountID]appliance.Role) {
			t.Helper()
			list, err := s.Members(ctx, at)
			if err != nil || len(list) != len(want) {
				t.Fatalf("%s, %s: members %v, %v", where, step, list, err)
			}
			for _, m := range list {
				if m.Role != want[m.Account] {
					t.Errorf("%s, %s: %s is %s, want %q", where, step, m.Name, m.Role, want[m.Account])
				}
			}
		}
		refused(t, "to oneself", s.HandOver(ctx, as(ada), at, ada.ID), appliance.CodeValidation)
		roles("to oneself", map[appliance.AccountID]appliance.Role{ada.ID: appliance.RoleOwner, bea.ID: appliance.RoleOwner})
		if err := s.HandOver(ctx, as(ada), at, heir.ID); err != nil {
			t.Fatal(err)
		}
		roles("by an owner", map[appliance.AccountID]appliance.Role{ada.ID: appliance.RoleAdmin, bea.ID: appliance.RoleOwner, heir.ID: appliance.RoleOwner})
		if err := s.HandOver(ctx, as(boss), at, last.ID); err != nil {
			t.Fatal(err)
		}
		disable(t, s, away, false)
		roles("by the owner of the box", map[appliance.AccountID]appliance.Role{ada.ID: appliance.RoleAdmin, bea.ID: appliance.RoleOwner,
			heir.ID: appliance.RoleOwner, last.ID: appliance.RoleOwner, away.ID: appliance.RoleOwner})
	}
}

// disable deactivates an account, or lets it back in.
func disable(t testing.TB, s *store.Store, a appliance.Account, disabled bool) {
	t.Helper()
	_, err := s.UpdateAccount(t.Context(), byTest, a.ID, func(a *appliance.Account) error { a.Disabled = disabled; return nil })
	if err != nil {
		t.Fatal(err)
	}
}
