package store

import (
	"context"

	"harmonium/appliance"
)

// The effective role of an account on a session is the highest of its membership of the session, its membership of the
// session's project, and its role on the organisation; the last counts only for admins and owners, and for everybody
// where the session or its project is public. A disabled account has none.

// visibleSessions is what follows FROM in a statement over the sessions that an account has a role on. ?1 is the
// account; further conditions follow with AND. The tables are s (sessions), p (its project), sm and pm (memberships)
// and me (the account); roleColumns may be selected and scanned into an access.
const visibleSessions = ` sessions s
	JOIN accounts me ON me.id = ?1 AND me.disabled = 0
	LEFT JOIN projects p ON p.id = s.project_id
	LEFT JOIN session_members sm ON sm.session_id = s.id AND sm.account_id = me.id
	LEFT JOIN project_members pm ON pm.project_id = s.project_id AND pm.account_id = me.id
	WHERE (me.role IN ('owner', 'admin') OR s.public OR p.public
		OR sm.role IS NOT NULL OR pm.role IS NOT NULL) `

// ranks ends an expression for the rank of a role, as appliance.Role.AtLeast has it.
const ranks = ` WHEN 'owner' THEN 4 WHEN 'admin' THEN 3 WHEN 'editor' THEN 2 WHEN 'viewer' THEN 1 ELSE 0 END `

// roleRank is that of the effective role, in a statement over visibleSessions.
const roleRank = ` max(CASE sm.role` + ranks + `, CASE pm.role` + ranks + `,
	CASE WHEN s.public OR coalesce(p.public, 0) OR me.role IN ('owner', 'admin') THEN CASE me.role` + ranks + `ELSE 0 END) `

// responsesSessions are the visibleSessions whose conversations the account may read, companionSessions those about which it
// may ask the Companion, whose answers lead into those: appliance.Visibility.Open, in SQL.
const (
	responsesSessions = visibleSessions + `AND` + roleRank + `>= CASE coalesce(s.visibility ->> '$.members.responses', 'viewer')` + ranks
	companionSessions = responsesSessions + `AND` + roleRank + `>= CASE coalesce(s.visibility ->> '$.members.companion', 'viewer')` + ranks
)

// VisibilityOf gives who may see the results of a session, or of the session of a conversation. It fails with CodeNotFound
// when there is none.
func (s *Store) VisibilityOf(ctx context.Context, id string) (v appliance.Visibility, err error) {
	err = s.lookUp(ctx, `SELECT visibility FROM sessions WHERE id = coalesce((SELECT session_id FROM conversations WHERE id = ?1), ?1)`,
		[]any{id}, []any{toJSON(&v)})
	return v, notFound(err, "session")
}

// visibleProjects is the same for projects.
const visibleProjects = ` projects p
	JOIN accounts me ON me.id = ?1 AND me.disabled = 0
	LEFT JOIN project_members pm ON pm.project_id = p.id AND pm.account_id = me.id
	WHERE (me.role IN ('owner', 'admin') OR p.public OR pm.role IS NOT NULL) `

// The columns of access.
const (
	roleColumns        = ` me.role, s.public OR coalesce(p.public, 0), coalesce(sm.role, ''), coalesce(pm.role, '') `
	projectRoleColumns = ` me.role, p.public, '', coalesce(pm.role, '') `
)

// access is what the role of an account on an object follows from.
type access struct {
	organisation, session, project appliance.Role
	public                         bool
}

// dest gives where roleColumns and projectRoleColumns are scanned to.
func (a *access) dest() []any { return []any{&a.organisation, &a.public, &a.session, &a.project} }

func (a *access) role() appliance.Role {
	role := appliance.HighestRole(a.session, a.project)
	if a.public || a.organisation.AtLeast(appliance.RoleAdmin) {
		role = appliance.HighestRole(role, a.organisation)
	}
	return role
}

// RoleOnProject gives the role of an account on a project, RoleNone when it may not see it. It fails with CodeNotFound
// when there is no such project.
func (s *Store) RoleOnProject(ctx context.Context, account appliance.AccountID, id appliance.ProjectID,
) (appliance.Role, error) {
	return s.roleOn(ctx, "project", `SELECT `+projectRoleColumns+` FROM projects p
		LEFT JOIN accounts me ON me.id = ?1 AND me.disabled = 0
		LEFT JOIN project_members pm ON pm.project_id = p.id AND pm.account_id = me.id
		WHERE p.id = ?2`, account, string(id))
}

// RoleOnSession gives the role of an account on a session, RoleNone when it may not see it. It fails with CodeNotFound
// when there is no such session.
func (s *Store) RoleOnSession(ctx context.Context, account appliance.AccountID, id appliance.SessionID,
) (appliance.Role, error) {
	return s.roleOn(ctx, "session", `SELECT `+roleColumns+` FROM sessions s`+sessionRoleJoins+`
		WHERE s.id = ?2`, account, string(id))
}

// RoleOnConversation gives the role of an account on the session of a conversation, RoleNone when it may not see it.
// It fails with CodeNotFound when there is no such conversation.
func (s *Store) RoleOnConversation(ctx context.Context, account appliance.AccountID, id appliance.ConversationID,
) (appliance.Role, error) {
	return s.roleOn(ctx, "conversation", `SELECT `+roleColumns+` FROM conversations c
		JOIN sessions s ON s.id = c.session_id`+sessionRoleJoins+`
		WHERE c.id = ?2`, account, string(id))
}

const sessionRoleJoins = `
	LEFT JOIN accounts me ON me.id = ?1 AND me.disabled = 0
	LEFT JOIN projects p ON p.id = s.project_id
	LEFT JOIN session_members sm ON sm.session_id = s.id AND sm.account_id = me.id
	LEFT JOIN project_members pm ON pm.project_id = s.project_id AND pm.account_id = me.id`

func (s *Store) roleOn(ctx context.Context, what, query string, account appliance.AccountID, id string,
) (appliance.Role, error) {
	var a access
	var organisation *appliance.Role // NULL: no such account, or disabled
	dest := a.dest()
	dest[0] = &organisation
	if err := s.lookUp(ctx, query, []any{account, id}, dest); err != nil {
		return appliance.RoleNone, notFound(err, what)
	}
	if organisation == nil {
		return appliance.RoleNone, nil
	}
	a.organisation = *organisation
	return a.role(), nil
}

// addSessionMember gives an account a role on a session, in place of the one that it had.
func addSessionMember(tx *Tx, id appliance.SessionID, account appliance.AccountID, role appliance.Role) error {
	_, err := tx.Exec(`INSERT INTO session_members (session_id, account_id, role) VALUES (?1, ?2, ?3)
		ON CONFLICT (session_id, account_id) DO UPDATE SET role = ?3`, id, account, role)
	return err
}

// addProjectMember gives an account a role on a project, in place of the one that it had.
func addProjectMember(tx *Tx, id appliance.ProjectID, account appliance.AccountID, role appliance.Role) error {
	_, err := tx.Exec(`INSERT INTO project_members (project_id, account_id, role) VALUES (?1, ?2, ?3)
		ON CONFLICT (project_id, account_id) DO UPDATE SET role = ?3`, id, account, role)
	return err
}
