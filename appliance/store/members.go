package store

import (
	"context"

	"harmonium/appliance"
)

// The effective role of an account on a session is the highest of its membership of the session and of the session's
// project, those of the groups that it is in, and its role on the organisation; the last counts only for admins and owners,
// and for everybody where the session or its project is public. A disabled account has none.

// ranks ends an expression for the rank of a role, as appliance.Role.AtLeast has it.
const ranks = ` WHEN 'owner' THEN 4 WHEN 'admin' THEN 3 WHEN 'editor' THEN 2 WHEN 'viewer' THEN 1 ELSE 0 END `

// The ranks that the account me has on a session s and on its project, or on a project p, by itself and by its groups; 0 for
// none. The cross joins have the few groups of the object looked at first, and then whether the account is in them.
const (
	sessionRank = ` max(CASE sm.role` + ranks + `, coalesce((SELECT max(CASE g.role` + ranks + `) FROM session_groups g
		CROSS JOIN group_members gm ON gm.group_id = g.group_id AND gm.account_id = me.id WHERE g.session_id = s.id), 0)) `
	ofProjectRank = ` max(CASE pm.role` + ranks + `, coalesce((SELECT max(CASE g.role` + ranks + `) FROM project_groups g
		CROSS JOIN group_members gm ON gm.group_id = g.group_id AND gm.account_id = me.id WHERE g.project_id = s.project_id), 0)) `
	projectRank = ` max(CASE pm.role` + ranks + `, coalesce((SELECT max(CASE g.role` + ranks + `) FROM project_groups g
		CROSS JOIN group_members gm ON gm.group_id = g.group_id AND gm.account_id = me.id WHERE g.project_id = p.id), 0)) `
)

// ownProjects and ownSessions are the ids of what the account ?1 is let into by a membership, by a group, or because
// everybody is, some of them several times; invitedSessions those that it is let into by themselves. They cost what the account may see, however much there is on the box.
const (
	ownProjects = ` SELECT project_id FROM project_members WHERE account_id = ?1
		UNION ALL SELECT g.project_id FROM group_members gm CROSS JOIN project_groups g ON g.group_id = gm.group_id
			WHERE gm.account_id = ?1
		UNION ALL SELECT id FROM projects WHERE public = 1 `
	invitedSessions = ` SELECT session_id FROM session_members WHERE account_id = ?1
		UNION ALL SELECT g.session_id FROM group_members gm CROSS JOIN session_groups g ON g.group_id = gm.group_id
			WHERE gm.account_id = ?1 `
	ownSessions = invitedSessions + `
		UNION ALL SELECT id FROM sessions WHERE public = 1
		UNION ALL SELECT id FROM sessions WHERE project_id IN (` + ownProjects + `) `
)

// sessionJoins are the tables that roleColumns are read from, beside s (sessions) and me (the account): p (the project), sm
// and pm (memberships).
const sessionJoins = `
	LEFT JOIN projects p INDEXED BY projects_access ON p.id = s.project_id
	LEFT JOIN session_members sm ON sm.session_id = s.id AND sm.account_id = me.id
	LEFT JOIN project_members pm ON pm.project_id = s.project_id AND pm.account_id = me.id`

// sessionRoleJoins is the same with the account, for a statement about one session: NULL where it is not there, or
// disabled.
const sessionRoleJoins = `
	LEFT JOIN accounts me INDEXED BY accounts_access ON me.id = ?1 AND me.disabled = 0` + sessionJoins

// visibleSessions is what follows FROM in a statement over the sessions that an account has a role on. ?1 is the
// account; further conditions follow with AND. roleColumns may be selected and scanned into an access. For one session
// oneSession costs less.
const visibleSessions = ` sessions s
	JOIN accounts me ON me.id = ?1 AND me.disabled = 0` + sessionJoins + `
	WHERE s.erasing = 0 AND (me.role IN ('owner', 'admin') OR s.id IN (` + ownSessions + `)) `

// oneSession is visibleSessions for a statement that names the session.
const oneSession = ` sessions s
	JOIN accounts me ON me.id = ?1 AND me.disabled = 0` + sessionJoins + `
	WHERE s.erasing = 0 AND (me.role IN ('owner', 'admin') OR s.public OR p.public OR ` + sessionRank + ` > 0 OR ` + ofProjectRank + ` > 0) `

// roleRank is that of the effective role, in a statement over visibleSessions or oneSession.
const roleRank = ` max(` + sessionRank + `, ` + ofProjectRank + `,
	CASE WHEN s.public OR coalesce(p.public, 0) OR me.role IN ('owner', 'admin') THEN CASE me.role` + ranks + `ELSE 0 END) `

// The conditions that the account may see parts of the results of a session: appliance.Visibility.Open, in SQL.
const (
	opensResponses = `AND (` + roleRank + `>= CASE coalesce(s.visibility ->> '$.members.responses', 'viewer')` + ranks + `)`
	opensCompanion = `AND (` + roleRank + `>= CASE coalesce(s.visibility ->> '$.members.companion', 'viewer')` + ranks + `)`
)

// responsesSessions are the visibleSessions whose conversations the account may read, companionSessions those about which it
// may ask the Companion, whose answers lead into those; companionSession is one of these.
const (
	responsesSessions = visibleSessions + opensResponses
	companionSessions = visibleSessions + opensResponses + opensCompanion
	companionSession  = oneSession + opensResponses + opensCompanion
)

// VisibilityOf gives who may see the results of a session, or of the session of a conversation. It fails with CodeNotFound
// when there is none.
func (s *Store) VisibilityOf(ctx context.Context, id string) (v appliance.Visibility, err error) {
	err = s.lookUp(ctx, `SELECT visibility FROM sessions WHERE id = coalesce((SELECT session_id FROM conversations WHERE id = ?1), ?1)`,
		[]any{id}, []any{toJSON(&v)})
	return v, notFound(err, "session")
}

// projectJoins are the tables that projectRoleColumns are read from, beside p (projects) and me (the account).
const projectJoins = `
	LEFT JOIN project_members pm ON pm.project_id = p.id AND pm.account_id = me.id`

// visibleProjects is to projects what visibleSessions is to sessions.
const visibleProjects = ` projects p
	JOIN accounts me ON me.id = ?1 AND me.disabled = 0` + projectJoins + `
	WHERE (me.role IN ('owner', 'admin') OR p.id IN (` + ownProjects + `)) `

// The columns of access.
const (
	roleColumns        = ` me.role, s.public OR coalesce(p.public, 0),` + sessionRank + `,` + ofProjectRank
	projectRoleColumns = ` me.role, p.public, 0,` + projectRank
)

// access is what the role of an account on an object follows from.
type access struct {
	organisation, session, project appliance.Role
	public                         bool
}

// dest gives where roleColumns and projectRoleColumns are scanned to.
func (a *access) dest() []any {
	return []any{&a.organisation, &a.public, toRole(&a.session), toRole(&a.project)}
}

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
		LEFT JOIN accounts me ON me.id = ?1 AND me.disabled = 0`+projectJoins+`
		WHERE p.id = ?2`, account, string(id))
}

// RoleOnSession gives the role of an account on a session, RoleNone when it may not see it. It fails with CodeNotFound
// when there is no such session.
func (s *Store) RoleOnSession(ctx context.Context, account appliance.AccountID, id appliance.SessionID,
) (appliance.Role, error) {
	return s.roleOn(ctx, "session", `SELECT `+roleColumns+` FROM sessions s INDEXED BY sessions_access`+sessionRoleJoins+`
		WHERE s.id = ?2 AND s.erasing = 0`, account, string(id))
}

// RoleOnConversation gives the role of an account on the session of a conversation, RoleNone when it may not see it.
// It fails with CodeNotFound when there is no such conversation, and when its participant has taken
// it back while a legal hold keeps it, except for those who decide about that.
func (s *Store) RoleOnConversation(ctx context.Context, account appliance.AccountID, id appliance.ConversationID,
) (appliance.Role, error) {
	return s.roleOn(ctx, "conversation", `SELECT `+roleColumns+` FROM conversations c
		JOIN sessions s ON s.id = c.session_id`+sessionRoleJoins+`
		WHERE c.id = ?2 AND s.erasing = 0 AND`+notHidden+`
			AND (NOT EXISTS (SELECT 1 FROM withdrawals WHERE conversation_id = c.id) OR me.role IN ('owner', 'admin'))`, account, string(id))
}

func (s *Store) roleOn(ctx context.Context, what, query string, account appliance.AccountID, id string,
) (appliance.Role, error) {
	held := heldBy{account, id}
	known, generation := s.rights.get(held)
	if known != appliance.RoleNone {
		return known, nil
	}
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
	role := a.role()
	s.rights.put(held, role, generation)
	return role, nil
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
