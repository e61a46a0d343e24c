package store

import (
	"context"
	"fmt"
	"time"

	"harmonium/appliance"
)

const (
	// inviteAtOnce is how many invitations one write makes or takes back: some 5 ms. Others write in between.
	inviteAtOnce = 200
	// invitationKept is how long a list tells of invitations that are good for nothing any more.
	invitationKept = 90 * 24 * time.Hour
)

const accountInvitationColumns = ` i.id, i.number, i.name, i.email, i.role, coalesce(b.project_id, ''), coalesce(b.session_id, ''),
	b.place_role, b.invited_by, coalesce(i.account_id, ''), b.created_at, b.expires_at, i.used_at, i.revoked_at `

const accountInvitationTables = ` account_invitations i JOIN account_invitation_batches b ON b.id = i.batch AND b.whole `

func accountInvitationDest(i *appliance.AccountInvitation) []any {
	return []any{&i.ID, &i.Number, &i.Name, &i.Email, &i.Role, &i.Place.ProjectID, &i.Place.SessionID, &i.Place.Role, &i.InvitedBy,
		&i.AccountID, toTime(&i.CreatedAt), toTime(&i.ExpiresAt), toTime(&i.UsedAt), toTime(&i.RevokedAt)}
}

// NewAccountInvitations are invitations to be made together.
type NewAccountInvitations struct {
	List      []appliance.AccountInvitation // of each name, e-mail and role
	Place     appliance.Place               // where all lead, as far as by.Account may lead there: the caller has asked
	ExpiresAt time.Time
	Secret    func() []byte // draws the secret of the next one and gives its hash
}

// InviteAccounts makes invitations of by.Account and gives them in the order in which Secret was asked. Nobody is invited
// with a role that is not below one's own. All are made or none: those of a process that was killed half-way are never
// good, and go with the next that are made. When repeated, those that were made the first time and not used since get new
// secrets, since the first never arrived.
func (s *Store) InviteAccounts(ctx context.Context, by By, o Once, n NewAccountInvitations) ([]appliance.AccountInvitation, error) {
	if first, again, err := s.Repeated(ctx, o); err != nil || again {
		if err != nil {
			return nil, err
		}
		return s.reissueAccountInvitations(ctx, by, first, n.Secret)
	}
	batch := string(appliance.NewAccountInvitationID())
	now := s.clock()
	if err := s.write(ctx, func(tx *Tx) error { return beginInviting(tx, by, batch, n, now) }); err != nil {
		return nil, err
	}
	made, err := s.inviteInSteps(ctx, batch, n, now)
	if err == nil {
		err = s.write(ctx, func(tx *Tx) error {
			if _, again, err := s.once(ctx, tx, o, batch); err != nil || again {
				if again {
					err = appliance.Errorf(appliance.CodeConflict, "The same request was carried out at the same moment. Nothing was made twice; load the list.")
				}
				return err
			}
			if _, err := tx.Exec(`UPDATE account_invitation_batches SET whole = 1 WHERE id = ?`, batch); err != nil {
				return err
			}
			return audit(ctx, tx, by.did(now, "account.invite", batch))
		})
	}
	if err == nil {
		return made, nil
	}
	undo := s.erase(context.WithoutCancel(ctx), func(tx *Tx) error {
		_, err := tx.Exec(`DELETE FROM account_invitation_batches WHERE id = ? AND NOT whole`, batch)
		return err
	})
	if undo != nil {
		s.log.Warn("invitations that were not made whole stay until the next are made; none of them is good", "error", undo)
	}
	return nil, err
}

// beginInviting checks what may be made and notes where it leads.
func beginInviting(tx *Tx, by By, batch string, n NewAccountInvitations, now time.Time) error {
	inviter, err := account(tx, by.Account)
	if err != nil {
		return err
	}
	for _, i := range n.List {
		if i.Role == inviter.Role || !inviter.Role.AtLeast(i.Role) {
			return appliance.Errorf(appliance.CodeForbidden, "You can invite people with a role below your own, which is %s. Nobody was invited.", inviter.Role)
		}
	}
	_, err = tx.Exec(`DELETE FROM account_invitation_batches WHERE NOT whole AND created_at < ?
		OR expires_at < ?`, ms(now.Add(-time.Hour)), ms(now.Add(-invitationKept)))
	if err != nil {
		return err
	}
	var good int
	err = tx.QueryRow(`SELECT count(*) FROM`+accountInvitationTables+`WHERE i.used_at IS NULL AND i.revoked_at IS NULL AND b.expires_at > ?`,
		ms(now)).Scan(&good)
	if err != nil {
		return err
	}
	if good+len(n.List) > appliance.MaxAccountInvitations {
		return appliance.Errorf(appliance.CodeConflict, "At most %d invitations can be good at the same time, and %d are. None was made; take back those "+
			"that are not needed.", appliance.MaxAccountInvitations, good)
	}
	_, err = tx.Exec(`INSERT INTO account_invitation_batches (id, whole, project_id, session_id, place_role, invited_by, created_at, expires_at)
		VALUES (?, 0, nullif(?, ''), nullif(?, ''), ?, ?, ?, ?)`, batch, n.Place.ProjectID, n.Place.SessionID, n.Place.Role, by.Account,
		ms(now), ms(n.ExpiresAt))
	if isForeignKey(err) {
		return appliance.Errorf(appliance.CodeNotFound, "The project or session is not there any more. Nobody was invited.")
	}
	return err
}

func (s *Store) inviteInSteps(ctx context.Context, batch string, n NewAccountInvitations, now time.Time) ([]appliance.AccountInvitation, error) {
	made := make([]appliance.AccountInvitation, len(n.List))
	hashes := make([][]byte, len(n.List))
	for k, i := range n.List {
		i.ID, i.Place, i.CreatedAt, i.ExpiresAt = appliance.NewAccountInvitationID(), n.Place, now, n.ExpiresAt
		made[k], hashes[k] = i, n.Secret()
	}
	for from := 0; from < len(made); from += inviteAtOnce {
		to := min(from+inviteAtOnce, len(made))
		err := s.write(ctx, func(tx *Tx) error {
			for k := from; k < to; k++ {
				i := &made[k]
				err := tx.QueryRow(`INSERT INTO account_invitations (id, batch, hash, name, email, role) VALUES (?, ?, ?, ?, ?, ?)
					RETURNING number`, i.ID, batch, hashes[k], i.Name, i.Email, i.Role).Scan(&i.Number)
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return made, nil
}

func (s *Store) reissueAccountInvitations(ctx context.Context, by By, batch string, secret func() []byte) (made []appliance.AccountInvitation, err error) {
	made, err = s.accountInvitations(ctx, `WHERE i.batch = ? AND b.invited_by = ? AND i.used_at IS NULL AND i.revoked_at IS NULL ORDER BY i.number`,
		batch, by.Account)
	for from := 0; err == nil && from < len(made); from += inviteAtOnce {
		part := made[from:min(from+inviteAtOnce, len(made))]
		hashes := make([][]byte, len(part))
		for k := range part {
			hashes[k] = secret()
		}
		err = s.write(ctx, func(tx *Tx) error {
			for k, i := range part {
				if _, err := tx.Exec(`UPDATE account_invitations SET hash = ? WHERE id = ? AND used_at IS NULL`, hashes[k], i.ID); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return made, err
}

func (s *Store) accountInvitations(ctx context.Context, where string, args ...any) (list []appliance.AccountInvitation, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list = nil
		return eachRow(tx, func(rows *Rows) error {
			var i appliance.AccountInvitation
			if err := rows.Scan(accountInvitationDest(&i)...); err != nil {
				return err
			}
			list = append(list, i)
			return nil
		}, `SELECT`+accountInvitationColumns+`FROM`+accountInvitationTables+where, args...)
	})
	return list, err
}

// AccountInvitations gives those of the box that are still told of, the newest first: one page of them, how many there are,
// and how many of them are good now.
func (s *Store) AccountInvitations(ctx context.Context, page Page) (list []appliance.AccountInvitation, total, good int, err error) {
	err = s.lookUp(ctx, `SELECT count(*), count(*) FILTER (WHERE i.used_at IS NULL AND i.revoked_at IS NULL AND b.expires_at > ?)
		FROM`+accountInvitationTables, []any{ms(s.clock())}, []any{&total, &good})
	if err != nil {
		return nil, 0, 0, err
	}
	list, err = s.accountInvitations(ctx, `ORDER BY i.number DESC LIMIT ? OFFSET ?`, page.Limit, page.Offset)
	return list, total, good, err
}

// InvitedAddresses gives the addresses that invitations which are good now were made for.
func (s *Store) InvitedAddresses(ctx context.Context) (list []string, err error) {
	good, err := s.accountInvitations(ctx, `WHERE i.used_at IS NULL AND i.revoked_at IS NULL AND b.expires_at > ? AND i.email <> ''`, ms(s.clock()))
	for _, i := range good {
		list = append(list, i.Email)
	}
	return list, err
}

// InvitedAccount is what a link to make an account leads to.
type InvitedAccount struct {
	appliance.AccountInvitation
	State   InvitationState
	Inviter string // name of who invites
	Title   string // of the project or session that it leads to; "" for none
}

// InvitationExpired is the state of an invitation whose time has passed.
const InvitationExpired InvitationState = "expired"

// InvitedAccount gives the invitation with a hash. One whose inviter could not give its role any more counts as taken back.
func (s *Store) InvitedAccount(ctx context.Context, hash []byte) (i InvitedAccount, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		i, err = s.invitedAccount(tx, hash)
		return err
	})
	return i, err
}

func (s *Store) invitedAccount(tx *Tx, hash []byte) (i InvitedAccount, err error) {
	var inviter appliance.Role
	var disabled bool
	there, err := found(tx.QueryRow(`SELECT`+accountInvitationColumns+`, a.name, a.role, a.disabled, coalesce(p.title, s.topic, '')
		FROM`+accountInvitationTables+`JOIN accounts a ON a.id = b.invited_by
		LEFT JOIN projects p ON p.id = b.project_id LEFT JOIN sessions s ON s.id = b.session_id WHERE i.hash = ?`, hash).
		Scan(append(accountInvitationDest(&i.AccountInvitation), &i.Inviter, &inviter, &disabled, &i.Title)...))
	switch {
	case err != nil:
	case !there:
		i = InvitedAccount{State: InvitationUnknown}
	default:
		i.State = InvitationState(i.AccountInvitation.State(s.clock()))
		if i.State == InvitationGood && (disabled || inviter == i.Role || !inviter.AtLeast(i.Role)) {
			i.State = InvitationRevoked
		}
	}
	return i, err
}

// AcceptInvitation makes the account that the invitation with a hash is for, with the role of the invitation, and a member
// of where it leads when place is set. It fails with CodeForbidden when the invitation is not good (any more), and as
// CreateAccount does.
func (s *Store) AcceptInvitation(ctx context.Context, address string, hash []byte, a appliance.Account, passwordHash string, place bool,
) (appliance.Account, error) {
	var i InvitedAccount
	by := By{Actor: ActorInvitation, Address: address}
	return s.createAccount(ctx, by, "account.create", a, passwordHash, func(tx *Tx) (err error) {
		if i, err = s.invitedAccount(tx, hash); err != nil {
			return err
		}
		if i.State != InvitationGood || i.Role != a.Role {
			return NotInvited()
		}
		return nil
	}, func(tx *Tx, made appliance.Account) error {
		now := s.clock()
		if _, err := tx.Exec(`UPDATE account_invitations SET used_at = ?, account_id = ? WHERE id = ?`, ms(now), made.ID, i.ID); err != nil {
			return err
		}
		if place {
			if err := enter(tx, i.Place, made.ID); err != nil {
				return err
			}
		}
		return audit(ctx, tx, by.did(now, "account.accept", string(i.ID)))
	})
}

func enter(tx *Tx, at appliance.Place, id appliance.AccountID) error {
	switch {
	case at.ProjectID != "":
		return addProjectMember(tx, at.ProjectID, id, at.Role)
	case at.SessionID != "":
		return addSessionMember(tx, at.SessionID, id, at.Role)
	}
	return nil
}

// NotInvited is the error for a link that lets nobody in.
func NotInvited() error {
	return appliance.Errorf(appliance.CodeForbidden, "This link is not good: it was used, taken back, has expired, or was not copied whole. "+
		"Nothing was changed. Please ask whoever gave it to you for a new one.")
}

// RevokeAccountInvitations takes invitations back, or with none named all that are good. Those that were used stay what
// they are. It gives how many were taken back.
func (s *Store) RevokeAccountInvitations(ctx context.Context, by By, ids []appliance.AccountInvitationID) (revoked int, err error) {
	now := s.clock()
	if len(ids) == 0 {
		good, err := s.accountInvitations(ctx, `WHERE i.used_at IS NULL AND i.revoked_at IS NULL`)
		if err != nil {
			return 0, err
		}
		for _, i := range good {
			ids = append(ids, i.ID)
		}
	}
	for from := 0; from < len(ids); from += inviteAtOnce {
		part := ids[from:min(from+inviteAtOnce, len(ids))]
		n := 0
		err = s.erase(ctx, func(tx *Tx) error {
			n = 0
			who, err := account(tx, by.Account)
			if err != nil {
				return err
			}
			for _, id := range part {
				done, err := revokeAccountInvitation(ctx, tx, by, who.Role, id, now)
				if err != nil {
					return err
				}
				if done {
					n++
				}
			}
			return nil
		})
		if err != nil {
			return revoked, fmt.Errorf("take invitations back: %w", err)
		}
		revoked += n
	}
	return revoked, nil
}

func revokeAccountInvitation(ctx context.Context, tx *Tx, by By, own appliance.Role, id appliance.AccountInvitationID, now time.Time) (bool, error) {
	var role appliance.Role
	there, err := found(tx.QueryRow(`SELECT role FROM account_invitations WHERE id = ? AND used_at IS NULL AND revoked_at IS NULL`, id).Scan(&role))
	if err != nil || !there || role == own || !own.AtLeast(role) {
		return false, err
	}
	if _, err := tx.Exec(`UPDATE account_invitations SET revoked_at = ? WHERE id = ?`, ms(now), id); err != nil {
		return false, err
	}
	return true, audit(ctx, tx, by.did(now, "account.uninvite", string(id)))
}
