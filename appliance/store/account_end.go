package store

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"harmonium/appliance"
)

// mayEnd says with nil whether by may take an account, its password or its second factor away from its person: the
// command line always, owners of the box from everybody, admins from those below them.
func mayEnd(tx *Tx, by By, of appliance.Account) error {
	if by.Account == "" {
		return nil
	}
	who, err := account(tx, by.Account)
	switch {
	case err != nil:
		return err
	case who.Disabled: // since the request was let through
		return NotLoggedIn()
	case who.ID == of.ID:
		return appliance.Errorf(appliance.CodeConflict, "This is your own account. Nothing was changed; please ask another owner or admin of the box.")
	case who.Role == appliance.RoleOwner, who.Role == appliance.RoleAdmin && !of.Role.AtLeast(appliance.RoleAdmin):
		return nil
	}
	return appliance.Errorf(appliance.CodeForbidden, "This account has the role %s on this box, and yours is %s. Nothing was changed.", of.Role, who.Role)
}

// Deactivate keeps an account from being used, until it is reactivated: every log-in of it ends, its keys stop working, and
// a link to a new password is void. The sessions and projects that nobody else who can log in owns get heir for an
// owner beside it, so that it still owns them when it is reactivated. It fails with CodeConflict where there are such and heir is "", and for the last
// owner of the box who can log in. It works on a full disk too (see erase).
func (s *Store) Deactivate(ctx context.Context, by By, id, heir appliance.AccountID) (a appliance.Account, err error) {
	return s.setDisabled(ctx, by, id, true, func(tx *Tx) error {
		if heir == "" {
			return nil
		}
		if err := mayInherit(tx, by, id, heir); err != nil {
			return err
		}
		return handOver(tx, id, heir)
	})
}

// Reactivate lets an account be used again that was deactivated.
func (s *Store) Reactivate(ctx context.Context, by By, id appliance.AccountID) (appliance.Account, error) {
	return s.setDisabled(ctx, by, id, false, func(*Tx) error { return nil })
}

func (s *Store) setDisabled(ctx context.Context, by By, id appliance.AccountID, disabled bool, first func(*Tx) error) (a appliance.Account, err error) {
	now := s.clock()
	defer s.callers.forget()
	err = s.erase(ctx, func(tx *Tx) error {
		before, err := account(tx, id)
		if err != nil {
			return err
		}
		if err := mayEnd(tx, by, before); err != nil {
			return err
		}
		if err := first(tx); err != nil {
			return err
		}
		a = before
		if a.Disabled = disabled; a == before {
			return nil
		}
		a.UpdatedAt = now
		if err := keepOwners(tx, before, a); err != nil {
			return err
		}
		if err := writeAccount(tx, a); err != nil {
			return err
		}
		return audit(ctx, tx, by.did(now, updateAction(before, a), string(id)))
	})
	return a, err
}

// Holdings is what hangs on an account, in numbers.
type Holdings struct {
	Sessions  int // that have no other owner
	Projects  int // the same
	Templates int // of its own
	Keys      int
	Threads   int // of the Companion
}

// What has no owner but ?1 who could log in. A session that is being erased has no need of one.
const (
	orphanedSessions = ` (SELECT m.session_id FROM session_members m JOIN sessions ms ON ms.id = m.session_id AND ms.erasing = 0
		WHERE m.account_id = ?1 AND m.role = 'owner' AND NOT EXISTS
		(SELECT 1 FROM session_members o JOIN accounts a ON a.id = o.account_id AND a.disabled = 0
			WHERE o.session_id = m.session_id AND o.role = 'owner' AND o.account_id <> ?1)) `
	orphanedProjects = ` (SELECT m.project_id FROM project_members m WHERE m.account_id = ?1 AND m.role = 'owner' AND NOT EXISTS
		(SELECT 1 FROM project_members o JOIN accounts a ON a.id = o.account_id AND a.disabled = 0
			WHERE o.project_id = m.project_id AND o.role = 'owner' AND o.account_id <> ?1)) `
)

// Holdings tells what hangs on an account.
func (s *Store) Holdings(ctx context.Context, id appliance.AccountID) (h Holdings, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		if _, err := account(tx, id); err != nil {
			return err
		}
		return tx.QueryRow(`SELECT (SELECT count(*) FROM`+orphanedSessions+`), (SELECT count(*) FROM`+orphanedProjects+`),
				(SELECT count(*) FROM templates WHERE created_by = ?1 AND project_id IS NULL),
				(SELECT count(*) FROM api_keys WHERE account_id = ?1), (SELECT count(*) FROM companion_threads WHERE account_id = ?1)`, id).
			Scan(&h.Sessions, &h.Projects, &h.Templates, &h.Keys, &h.Threads)
	})
	return h, err
}

// DeleteAccount deletes an account for good: its log-ins, keys, threads and memberships go, the audit trail keeps the id.
// What it alone owns goes to heir, or is deleted where heir is "": its sessions with everything in them, its own templates,
// and its projects in which no session is left. It fails with CodeConflict, and nothing was changed, for the last owner of the
// box, and where a project or a session would be left without an owner: heir is "", and it alone owns a project with sessions of
// others, or something that a legal hold keeps; or such a hold is on everything. It fails with CodeForbidden where heir is "" and by could not delete each
// of them by itself.
//
// Sessions are deleted one after the other. Should that stop half-way, the account is left deactivated, which the trail tells,
// with what was not yet deleted; deleting it again goes on, or hands the rest over.
func (s *Store) DeleteAccount(ctx context.Context, by By, id, heir appliance.AccountID) (d Deletion, err error) {
	now := s.clock()
	defer s.callers.forget()
	if err := s.erase(ctx, func(tx *Tx) error { return s.beginDeletingAccount(ctx, tx, by, id, heir, now) }); err != nil {
		return Deletion{}, err
	}
	s.callers.forget()
	ctx = context.WithoutCancel(ctx) // half a deletion helps nobody
	if heir == "" {
		if d, err = s.deleteOwned(ctx, by, id); err != nil {
			return Deletion{}, err
		}
	}
	d.FinishedAt = s.clock()
	err = s.erase(ctx, func(tx *Tx) error {
		if _, err := account(tx, id); err != nil {
			return err // somebody else was faster
		}
		// What was put into its projects meanwhile is not deleted unseen.
		if left, err := ownedAlone(tx, id); err != nil || left != "" {
			return cmp.Or(err, error(appliance.Errorf(appliance.CodeConflict, "The account was deactivated and not deleted: nobody else owns "+
				"%s, which came in the meantime. Delete it again, and say who takes over.", left)))
		}
		for _, query := range []string{
			`DELETE FROM templates WHERE created_by = ?1 AND project_id IS NULL`,
			`DELETE FROM requests WHERE actor = ?1 OR actor IN (SELECT id FROM api_keys WHERE account_id = ?1)`,
			`DELETE FROM accounts WHERE id = ?1`,
		} {
			if _, err := tx.Exec(query, id); err != nil {
				return err
			}
		}
		tx.changesRights()
		if err := audit(ctx, tx, by.did(d.FinishedAt, "account.delete", string(id))); err != nil {
			return err
		}
		_, err := s.enqueue(tx, appliance.JobScrub, "", "", d.FinishedAt)
		return err
	})
	return d, err
}

// beginDeletingAccount checks whether an account may be deleted, hands over what it owns, and deactivates it.
func (s *Store) beginDeletingAccount(ctx context.Context, tx *Tx, by By, id, heir appliance.AccountID, now time.Time) error {
	before, err := account(tx, id)
	if err != nil {
		return err
	}
	if err := cmp.Or(mayEnd(tx, by, before), s.refuseHeldBox(tx, by)); err != nil {
		return err
	}
	if heir == "" {
		err = s.mayDeleteOwned(tx, by, id)
	} else if err = mayInherit(tx, by, id, heir); err == nil {
		err = inherit(tx, id, heir)
	}
	if err != nil || before.Disabled {
		return err
	}
	a := before
	a.Disabled, a.UpdatedAt = true, now
	if err := keepOwnerOfBox(tx, before, a); err != nil {
		return err
	}
	if err := writeAccount(tx, a); err != nil {
		return err
	}
	return audit(ctx, tx, by.did(now, updateAction(before, a), string(id)))
}

// mayInherit refuses an heir who is not there, cannot log in, or would rise by it.
func mayInherit(tx *Tx, by By, id, heir appliance.AccountID) error {
	to, err := account(tx, heir)
	if appliance.CodeOf(err) == appliance.CodeNotFound || err == nil && (to.Disabled || to.ID == id) {
		return appliance.Invalid("to", "There is nobody with this account who could take the sessions. Nothing was changed.")
	}
	if err != nil || heir != by.Account {
		return err
	}
	mine, err := roleOnBox(tx, by)
	if err == nil && mine != appliance.RoleOwner {
		err = appliance.Errorf(appliance.CodeForbidden, "Only an owner of the box can take over what somebody else owns. Please name "+
			"another person. Nothing was changed.")
	}
	return err
}

// mayDeleteOwned refuses to begin with deleting what nobody but an account owns where that cannot come to its end.
func (s *Store) mayDeleteOwned(tx *Tx, by By, id appliance.AccountID) error {
	var shared int
	err := tx.QueryRow(`SELECT count(*) FROM`+orphanedProjects+`o WHERE EXISTS (SELECT 1 FROM sessions s WHERE s.project_id = o.project_id
		AND s.id NOT IN`+orphanedSessions+`)`, id).Scan(&shared)
	if err != nil {
		return err
	}
	if shared > 0 {
		return appliance.Errorf(appliance.CodeConflict, "Others have sessions in projects that nobody else owns (%d). Nothing was changed; "+
			"say who takes over what this account owns.", shared)
	}
	sessions, err := ids(tx, `SELECT session_id FROM`+orphanedSessions, id)
	for _, one := range sessions {
		err = cmp.Or(err, mayDeletePlace(tx, by, appliance.Shared{Session: appliance.SessionID(one)}),
			s.refuseHeldSession(tx, by, appliance.SessionID(one)))
	}
	if err != nil {
		return err
	}
	projects, err := ids(tx, `SELECT project_id FROM`+orphanedProjects, id)
	for _, one := range projects {
		err = cmp.Or(err, mayDeletePlace(tx, by, appliance.Shared{Project: appliance.ProjectID(one)}),
			s.refuseHeldProject(tx, by, appliance.ProjectID(one)))
	}
	return err
}

// mayDeletePlace refuses who could not delete a session or a project by itself: to end its owner is no way around that.
func mayDeletePlace(tx *Tx, by By, at appliance.Shared) error {
	mine, err := roleIn(tx, by, at)
	if err == nil && mine != appliance.RoleOwner {
		return appliance.Errorf(appliance.CodeForbidden, "This account alone owns sessions or projects, which only their owners and the owners of "+
			"the box can delete. Nothing was changed; say who takes them over.")
	}
	return err
}

// keepPlaces refuses to leave a session or a project without an owner who can log in.
func keepPlaces(tx *Tx, id appliance.AccountID) error {
	owned, err := ownedAlone(tx, id)
	if err != nil || owned == "" {
		return err
	}
	return appliance.Errorf(appliance.CodeConflict, "Nobody else owns %s of this account. Nothing was changed; say who takes over.", owned)
}

// ownedAlone says in words what has no owner but an account who could log in, "" for nothing.
func ownedAlone(tx *Tx, id appliance.AccountID) (string, error) {
	var sessions, projects int
	err := tx.QueryRow(`SELECT (SELECT count(*) FROM`+orphanedSessions+`), (SELECT count(*) FROM`+orphanedProjects+`)`, id).Scan(&sessions, &projects)
	if err != nil {
		return "", err
	}
	var parts []string
	for _, part := range []struct {
		n         int
		one, more string
	}{{sessions, "1 session", "sessions"}, {projects, "1 project", "projects"}} {
		switch {
		case part.n == 1:
			parts = append(parts, part.one)
		case part.n > 1:
			parts = append(parts, fmt.Sprint(part.n, " ", part.more))
		}
	}
	return strings.Join(parts, " and "), nil
}

// deleteOwned deletes what nobody but an account owns.
func (s *Store) deleteOwned(ctx context.Context, by By, id appliance.AccountID) (d Deletion, err error) {
	sessions, err := s.idsOf(ctx, `SELECT session_id FROM`+orphanedSessions, id)
	if err != nil {
		return d, err
	}
	for _, one := range sessions {
		gone, err := s.DeleteSession(ctx, by, appliance.SessionID(one))
		if err != nil && appliance.CodeOf(err) != appliance.CodeNotFound {
			return d, err
		}
		d.Sessions += gone.Sessions
		d.Conversations += gone.Conversations
		d.Turns += gone.Turns
		d.Participants += gone.Participants
	}
	projects, err := s.idsOf(ctx, `SELECT o.project_id FROM`+orphanedProjects+`o
		WHERE NOT EXISTS (SELECT 1 FROM sessions s WHERE s.project_id = o.project_id)`, id)
	if err != nil {
		return d, err
	}
	for _, one := range projects {
		if _, err := s.DeleteProject(ctx, by, appliance.ProjectID(one)); err != nil && appliance.CodeOf(err) != appliance.CodeNotFound {
			return d, err
		}
	}
	return d, nil
}

// idsOf gives the first column of a query about an account.
func (s *Store) idsOf(ctx context.Context, query string, id appliance.AccountID) (list []string, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list, err = ids(tx, query, id)
		return err
	})
	return list, err
}

func ids(tx *Tx, query string, id appliance.AccountID) (list []string, err error) {
	err = eachRow(tx, func(rows *Rows) error {
		var one string
		err := rows.Scan(&one)
		list = append(list, one)
		return err
	}, query, id)
	return list, err
}

// handOver makes heir an owner of the sessions and projects that nobody but an account owns.
func handOver(tx *Tx, id, heir appliance.AccountID) error {
	tx.changesRights(heir)
	for _, query := range []string{
		`INSERT INTO session_members (session_id, account_id, role) SELECT session_id, ?2, 'owner' FROM` + orphanedSessions + `WHERE true
			ON CONFLICT (session_id, account_id) DO UPDATE SET role = 'owner'`,
		`INSERT INTO project_members (project_id, account_id, role) SELECT project_id, ?2, 'owner' FROM` + orphanedProjects + `WHERE true
			ON CONFLICT (project_id, account_id) DO UPDATE SET role = 'owner'`,
	} {
		if _, err := tx.Exec(query, id, heir); err != nil {
			return err
		}
	}
	return nil
}

// inherit is handOver for an account that goes: what it made is of heir from then on.
func inherit(tx *Tx, id, heir appliance.AccountID) error {
	if err := handOver(tx, id, heir); err != nil {
		return err
	}
	for _, query := range []string{
		`UPDATE sessions SET created_by = ?2 WHERE created_by = ?1`,
		`UPDATE projects SET created_by = ?2 WHERE created_by = ?1`,
		`UPDATE templates SET created_by = ?2 WHERE created_by = ?1`,
	} {
		if _, err := tx.Exec(query, id, heir); err != nil {
			return err
		}
	}
	return nil
}

// LinkPassword keeps the hash of a link by which the person of an account sets a new password, until a time. A link that
// was made before is void; the password of now, log-ins and keys stay until it is used.
func (s *Store) LinkPassword(ctx context.Context, by By, id appliance.AccountID, hash []byte, until time.Time) error {
	return s.write(ctx, func(tx *Tx) error {
		a, err := account(tx, id)
		if err != nil {
			return err
		}
		if err := mayEnd(tx, by, a); err != nil {
			return err
		}
		if a.Disabled {
			return appliance.Errorf(appliance.CodeConflict, "This account is deactivated. Nothing was changed; reactivate it first.")
		}
		_, err = tx.Exec(`INSERT INTO password_links (account_id, hash, expires_at) VALUES (?1, ?2, ?3)
			ON CONFLICT (account_id) DO UPDATE SET hash = ?2, expires_at = ?3`, id, hash, ms(until))
		if err != nil {
			return err
		}
		return audit(ctx, tx, by.did(s.clock(), "password.link", string(id)))
	})
}

// PasswordLink gives the account whose person may set a new password by the link with a hash. It fails with CodeForbidden
// when there is none, or it has expired.
func (s *Store) PasswordLink(ctx context.Context, hash []byte) (a appliance.Account, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		a, err = s.passwordLink(tx, hash)
		return err
	})
	return a, err
}

func (s *Store) passwordLink(tx *Tx, hash []byte) (a appliance.Account, err error) {
	there, err := found(tx.QueryRow(`SELECT`+accountColumns+`FROM password_links l JOIN accounts a ON a.id = l.account_id AND a.disabled = 0
		WHERE l.hash = ? AND l.expires_at > ?`, hash, ms(s.clock())).Scan(accountDest(&a)...))
	if err == nil && !there {
		err = NotInvited()
	}
	return a, err
}

// SetPasswordByLink stores the hash of a new password of whom a link is for, uses the link up and ends all log-ins.
func (s *Store) SetPasswordByLink(ctx context.Context, address string, hash []byte, passwordHash string) error {
	defer s.callers.forget()
	return s.erase(ctx, func(tx *Tx) error {
		a, err := s.passwordLink(tx, hash)
		if err != nil {
			return err
		}
		return setPassword(ctx, tx, By{Actor: ActorInvitation, Address: address}.did(s.clock(), "password.change", string(a.ID)), a.ID, passwordHash, "")
	})
}
