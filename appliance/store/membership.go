package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"harmonium/appliance"
)

// The rules of giving roles, kept here and nowhere else:
//
//   - Whoever gives, changes or takes away a role must have a higher one on the same object; everybody may lower or
//     leave their own.
//   - Ownership is handed over by an owner to one other person; the owner who hands it over is an administrator from then
//     on, and other owners stay owners.
//   - The last owner of the box, of a project or of a session is neither lowered nor removed.

// ofProject turns a statement about members of a session into one about members of a project.
var ofProject = strings.NewReplacer("session_members", "project_members", "session_groups", "project_groups", "session_id", "project_id")

// execIn and queryIn run a statement about members that is written for sessions, for what at names.
func execIn(tx *Tx, at appliance.Shared, query string, args ...any) error {
	if at.Session == "" {
		query = ofProject.Replace(query)
	}
	_, err := tx.Exec(query, args...)
	return err
}

func queryIn(tx *Tx, at appliance.Shared, query string, args ...any) (*Rows, error) {
	if at.Session == "" {
		query = ofProject.Replace(query)
	}
	return tx.Query(query, args...)
}

// idOf and whatIs tell what is shared apart.
func idOf(at appliance.Shared) string { return cmp.Or(string(at.Session), string(at.Project)) }

func whatIs(at appliance.Shared) string {
	if at.Session != "" {
		return "session"
	}
	return "project"
}

// Members gives who has a role on a place by itself, people and groups, the highest role first; for a session those of its
// project too, after its own. Owners and administrators of the box are not among them unless they are members too.
func (s *Store) Members(ctx context.Context, at appliance.Shared) (list []appliance.Membership, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		if list, err = members(tx, at); err != nil || at.Session == "" {
			return err
		}
		sn, err := session(tx, at.Session)
		if err != nil || sn.ProjectID == "" {
			return err
		}
		more, err := members(tx, appliance.Shared{Project: sn.ProjectID})
		for _, m := range more {
			m.OfProject = true
			list = append(list, m)
		}
		return err
	})
	return list, err
}

func members(tx *Tx, at appliance.Shared) (list []appliance.Membership, err error) {
	rows, err := queryIn(tx, at, `SELECT a.id, '', a.name, a.email, 0, m.role FROM session_members m
			JOIN accounts a ON a.id = m.account_id AND a.disabled = 0 WHERE m.session_id = ?1
		UNION ALL SELECT '', gr.id, gr.name, '', (SELECT count(*) FROM group_members x JOIN accounts a ON a.id = x.account_id AND a.disabled = 0
			WHERE x.group_id = gr.id), m.role FROM session_groups m JOIN groups gr ON gr.id = m.group_id WHERE m.session_id = ?1`, idOf(at))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m appliance.Membership
		if err := rows.Scan(&m.Account, &m.Group, &m.Name, &m.Email, &m.Count, &m.Role); err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	appliance.Sort(list, func(a, b appliance.Membership) int {
		switch {
		case a.Role != b.Role && a.Role.AtLeast(b.Role):
			return -1
		case a.Role != b.Role:
			return 1
		}
		return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return list, rows.Err()
}

// roleOnBox gives the role of who acts: owner for the command line, which acts for nobody.
func roleOnBox(tx *Tx, by By) (role appliance.Role, err error) {
	if by.Account == "" {
		return appliance.RoleOwner, nil
	}
	err = tx.QueryRow(`SELECT role FROM accounts WHERE id = ? AND disabled = 0`, by.Account).Scan(&role)
	return role, notFound(err, "account")
}

// roleIn gives the effective role on a place of who acts, as it is within this transaction.
func roleIn(tx *Tx, by By, at appliance.Shared) (appliance.Role, error) {
	if by.Account == "" {
		return appliance.RoleOwner, nil
	}
	var a access
	row := tx.QueryRow(`SELECT`+roleColumns+`FROM`+oneSession+`AND s.id = ?2`, by.Account, at.Session)
	if at.Session == "" {
		row = tx.QueryRow(`SELECT`+projectRoleColumns+`FROM`+visibleProjects+`AND p.id = ?2`, by.Account, at.Project)
	}
	err := row.Scan(a.dest()...)
	return a.role(), notFound(err, whatIs(at))
}

// memberRole gives the role that a person or group has on a place by itself, RoleNone for none.
func memberRole(tx *Tx, at appliance.Shared, who appliance.Membership) (role appliance.Role, err error) {
	rows, err := queryIn(tx, at, `SELECT role FROM session_members WHERE session_id = ?1 AND account_id = ?2
		UNION ALL SELECT role FROM session_groups WHERE session_id = ?1 AND group_id = ?3`, idOf(at), who.Account, who.Group)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	if rows.Next() {
		err = rows.Scan(&role)
	}
	return role, cmp.Or(err, rows.Err())
}

// mayChange refuses who may not change the role that somebody has on a place into another, RoleNone to take it away.
func mayChange(tx *Tx, by By, at appliance.Shared, who appliance.Membership, to appliance.Role) error {
	mine, err := roleIn(tx, by, at)
	if err != nil {
		return err
	}
	has, err := memberRole(tx, at, who)
	if err != nil {
		return err
	}
	self := who.Account != "" && who.Account == by.Account
	switch {
	case to != appliance.RoleNone && !mine.Gives(to):
		return onlyBelow(mine)
	case !self && !mine.AtLeast(appliance.RoleAdmin):
		return appliance.Errorf(appliance.CodeForbidden, "This needs the role admin; yours here is %s. Nothing was changed.", mine)
	case has != appliance.RoleNone && !mine.Gives(has) && !self:
		return appliance.Errorf(appliance.CodeForbidden, "The role %s can be changed only by somebody with a higher one; yours here is %s. "+
			"Nothing was changed.", has, mine)
	case has != appliance.RoleOwner:
		return nil
	}
	list, err := members(tx, at)
	others := slices.ContainsFunc(list, func(m appliance.Membership) bool {
		return m.Role == appliance.RoleOwner && m.Account != who.Account
	})
	if err == nil && !others {
		return appliance.Errorf(appliance.CodeConflict, "This is the last owner of the %s. Nothing was changed; hand the ownership over first.", whatIs(at))
	}
	return err
}

func onlyBelow(mine appliance.Role) error {
	return appliance.Errorf(appliance.CodeForbidden, "You can give only roles below your own, which is %s here. Nothing was changed.", mine)
}

// SetMember gives a person or a group a role on a at, in place of the one that they had. It fails with CodeForbidden for a
// role that is not below that of by.Account, with CodeConflict for the last owner, and with CodeValidation for a
// person or group that there is not.
func (s *Store) SetMember(ctx context.Context, by By, at appliance.Shared, who appliance.Membership) error {
	if !who.Role.Valid() {
		return appliance.Invalid("role", "The role must be admin, editor or viewer.")
	}
	return s.changeMembers(ctx, by, at, "share", func(tx *Tx) error {
		if err := mayChange(tx, by, at, who, who.Role); err != nil {
			return err
		}
		if err := canLogIn(tx, who.Account); err != nil {
			return err
		}
		changesRightsOf(tx, who)
		if who.Group == "" {
			return execIn(tx, at, putMember, idOf(at), who.Account, who.Role)
		}
		err := execIn(tx, at, `INSERT INTO session_groups (session_id, group_id, role) VALUES (?1, ?2, ?3)
			ON CONFLICT (session_id, group_id) DO UPDATE SET role = ?3`, idOf(at), who.Group, who.Role)
		if isForeignKey(err) {
			return nobody()
		}
		return err
	})
}

// putMember gives an account a role, in place of the one that it had.
const putMember = `INSERT INTO session_members (session_id, account_id, role) VALUES (?1, ?2, ?3)
	ON CONFLICT (session_id, account_id) DO UPDATE SET role = ?3`

func nobody() error {
	return appliance.Invalid("member", "Nobody on this box has this id, and no group. Nothing was changed.")
}

// canLogIn refuses an account that is disabled or not there; "" is none.
func canLogIn(tx *Tx, id appliance.AccountID) error {
	if id == "" {
		return nil
	}
	var disabled bool
	there, err := found(tx.QueryRow(`SELECT disabled FROM accounts WHERE id = ?`, id).Scan(&disabled))
	switch {
	case err != nil:
		return err
	case !there:
		return nobody()
	case disabled:
		return appliance.Invalid("member", "This account is deactivated. Nothing was changed.")
	}
	return nil
}

// RemoveMember takes away the role that a person or a group has on a place by itself. It fails with CodeNotFound when they
// have none, and otherwise as SetMember does.
func (s *Store) RemoveMember(ctx context.Context, by By, at appliance.Shared, who appliance.Membership) error {
	return s.changeMembers(ctx, by, at, "unshare", func(tx *Tx) error {
		if has, err := memberRole(tx, at, who); err != nil || has == appliance.RoleNone {
			return cmp.Or(err, error(appliance.Errorf(appliance.CodeNotFound, "%s", noSuch("member"))))
		}
		if err := mayChange(tx, by, at, who, appliance.RoleNone); err != nil {
			return err
		}
		changesRightsOf(tx, who)
		if who.Group != "" {
			return execIn(tx, at, `DELETE FROM session_groups WHERE session_id = ? AND group_id = ?`, idOf(at), who.Group)
		}
		return execIn(tx, at, `DELETE FROM session_members WHERE session_id = ? AND account_id = ?`, idOf(at), who.Account)
	})
}

// HandOver makes another person an owner of a place, and the owner who acts an administrator of it. It needs the role owner,
// which owners of the box have everywhere: one who does not own the place as a member lowers nobody by it.
func (s *Store) HandOver(ctx context.Context, by By, at appliance.Shared, to appliance.AccountID) error {
	return s.changeMembers(ctx, by, at, "transfer", func(tx *Tx) error {
		mine, err := roleIn(tx, by, at)
		if err != nil {
			return err
		}
		if mine != appliance.RoleOwner {
			return appliance.Errorf(appliance.CodeForbidden, "Only an owner can hand the ownership over. Nothing was changed.")
		}
		if to == by.Account {
			return appliance.Invalid("member", "You own this already. Nothing was changed.")
		}
		if err := canLogIn(tx, to); err != nil {
			return err
		}
		tx.changesRights(by.Account, to)
		lower := `UPDATE session_members SET role = 'admin' WHERE session_id = ? AND account_id = ? AND role = 'owner'`
		if err := execIn(tx, at, lower, idOf(at), by.Account); err != nil {
			return err
		}
		return execIn(tx, at, putMember, idOf(at), to, appliance.RoleOwner)
	})
}

// changesRightsOf is changesRights for a person, or for whoever is in a group.
func changesRightsOf(tx *Tx, who appliance.Membership) {
	if who.Group != "" {
		tx.changesRights()
		return
	}
	tx.changesRights(who.Account)
}

// changeMembers runs a change of who is a member of a place. It works on a full disk too (see erase).
func (s *Store) changeMembers(ctx context.Context, by By, at appliance.Shared, action string, change func(*Tx) error) error {
	now := s.clock()
	return s.erase(ctx, func(tx *Tx) error {
		if err := change(tx); err != nil {
			return err
		}
		return audit(ctx, tx, by.did(now, whatIs(at)+"."+action, idOf(at)))
	})
}

// SetRole gives an account another role on the box, under the rules of SetMember.
func (s *Store) SetRole(ctx context.Context, by By, id appliance.AccountID, to appliance.Role) (appliance.Account, error) {
	return s.changeAccount(ctx, by, id, func(tx *Tx, a *appliance.Account) error {
		mine, err := roleOnBox(tx, by)
		switch {
		case err != nil:
			return err
		case !mine.Gives(to):
			return onlyBelow(mine)
		case !mine.Gives(a.Role) && a.ID != by.Account:
			return appliance.Errorf(appliance.CodeForbidden, "The role %s can be changed only by somebody with a higher one; yours on this box is %s. "+
				"Nothing was changed.", a.Role, mine)
		}
		a.Role = to
		return nil
	})
}

// HandOverBox makes another account an owner of the box, and the owner who acts an administrator.
func (s *Store) HandOverBox(ctx context.Context, by By, to appliance.AccountID) (appliance.Account, error) {
	now := s.clock()
	return s.changeAccount(ctx, by, to, func(tx *Tx, a *appliance.Account) error {
		mine, err := roleOnBox(tx, by)
		switch {
		case err != nil:
			return err
		case mine != appliance.RoleOwner:
			return appliance.Errorf(appliance.CodeForbidden, "Only an owner can hand the ownership over. Nothing was changed.")
		case a.Disabled:
			return appliance.Invalid("role", "This account is deactivated. Nothing was changed.")
		case a.ID == by.Account:
			return appliance.Invalid("role", "You own this box already. Nothing was changed.")
		}
		a.Role = appliance.RoleOwner
		tx.changesRights(by.Account)
		_, err = tx.Exec(`UPDATE accounts SET role = 'admin', updated_at = ? WHERE id = ?`, ms(now), by.Account)
		return err
	})
}
