package store_test

import (
	"fmt"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// The size of a large organisation.
const (
	manyPeople   = 10_000
	manyProjects = 1_000
	manySessions = 20_000
	manyGroups   = 200
)

// organisation fills a store with a large organisation: each project has 30 members and a group of 100, every tenth is
// public; each session lies in a project and has its owner and two guests, every fiftieth is public. "acc_1" is an owner of
// the box, "acc_2" an administrator, the others are editors and viewers.
func organisation(t testing.TB, s *store.Store) {
	t.Helper()
	const numbers = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) `
	for _, q := range []struct {
		text string
		n    int
	}{
		{`INSERT INTO accounts (id, email, email_key, name, role, language, password_hash, disabled, created_at, updated_at) ` + numbers +
			`SELECT 'acc_' || i, i || '@a.example', i || '@a.example', 'Person ' || i,
				CASE i WHEN 1 THEN 'owner' WHEN 2 THEN 'admin' ELSE iif(i % 2, 'editor', 'viewer') END, 'en', '', 0, 0, 0 FROM n`, manyPeople},
		{`INSERT INTO groups (id, name, name_key, created_at, updated_at) ` + numbers +
			`SELECT 'grp_' || i, 'Group ' || i, 'group ' || i, 0, 0 FROM n`, manyGroups},
		{`INSERT INTO group_members (group_id, account_id) ` + numbers +
			`SELECT 'grp_' || (1 + i % 200), 'acc_' || (1 + (i * 7) % 10000) FROM n WHERE i <> 0`, 100 * manyGroups / 2},
		{`INSERT INTO projects (id, title, description, status, public, models, summary_prompt, created_at, updated_at) ` + numbers +
			`SELECT 'prj_' || i, 'Project ' || i, '', 'active', i % 10 = 0, '{}', '', i, i FROM n`, manyProjects},
		{`INSERT INTO project_members (project_id, account_id, role) ` + numbers +
			`SELECT 'prj_' || (1 + i % 1000), 'acc_' || (1 + (i * 13) % 10000), iif(i % 3, 'viewer', 'editor') FROM n`, 30 * manyProjects / 3},
		{`INSERT OR IGNORE INTO project_members (project_id, account_id, role) ` + numbers +
			`SELECT 'prj_' || (1 + (i * 17) % 1000), 'acc_' || (1 + (i * 29) % 10000), 'viewer' FROM n`, 20 * manyProjects},
		{`INSERT INTO project_groups (project_id, group_id, role) ` + numbers +
			`SELECT 'prj_' || i, 'grp_' || (1 + i % 200), 'editor' FROM n`, manyProjects},
		{`INSERT INTO sessions (id, project_id, topic, goal, critical, context, status, language, host, welcome_message, consent_text,
			anonymous, public, join_code, guide_version, prompt_override, summary_prompt, prompt_summary, prompt_generated_from,
			meta_description, platform_guidelines, template_id, cross_pollination, widgets_enabled, results_visibility, created_at,
			updated_at) ` + numbers +
			`SELECT 'hst_' || i, 'prj_' || (1 + i % 1000), 'Topic number ' || i, 'A goal of about the usual length, number ' || i, '',
				printf('%.1500c', 'x'), 'closed', 'en', '', '', '', 0, i % 50 = 0, 'C' || i, 1, '', '', '', '', '', '', '', 0, 0, 'host',
				i, (i * 7919) % 100000 FROM n`, manySessions},
		{`INSERT INTO session_members (session_id, account_id, role) ` + numbers +
			`SELECT 'hst_' || i, 'acc_' || (1 + (i * 31) % 10000), 'owner' FROM n`, manySessions},
		{`INSERT OR IGNORE INTO session_members (session_id, account_id, role) ` + numbers +
			`SELECT 'hst_' || (1 + (i * 3) % 20000), 'acc_' || (1 + (i * 37) % 10000), 'viewer' FROM n`, 2 * manySessions},
	} {
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(q.text, q.n)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A permission check, for somebody and something else each time, and asked again as pages do: at most 20 µs.
func BenchmarkPermission(b *testing.B) {
	s, _ := office(b)
	organisation(b, s)
	run := func(name string, people, things int) {
		b.Run(name, func(b *testing.B) {
			i := 0
			for b.Loop() {
				i++
				a := appliance.AccountID(fmt.Sprintf("acc_%d", 1+(i*7919)%people))
				if _, err := s.RoleOnSession(b.Context(), a, appliance.SessionID(fmt.Sprintf("hst_%d", 1+(i*104729)%things))); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	run("first", manyPeople, manySessions)
	run("again", 100, 5)
}

// A page of what one may see, with how much there is in all: at most 20 ms at p99.
func BenchmarkListing(b *testing.B) {
	s, _ := office(b)
	organisation(b, s)
	for _, account := range []appliance.AccountID{"acc_1", "acc_2", "acc_31", "acc_32"} {
		b.Run("sessions/"+string(account), func(b *testing.B) {
			for b.Loop() {
				if _, _, err := s.Sessions(b.Context(), account, store.SessionFilter{Page: store.Page{Limit: 20}}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("projects/"+string(account), func(b *testing.B) {
			for b.Loop() {
				if _, _, err := s.Projects(b.Context(), account, 20, 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
