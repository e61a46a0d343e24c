package store

import (
	"context"
	"time"

	"harmonium/appliance"
)

// InvitationState is what an invitation is good for.
type InvitationState string

// The states of an invitation.
const (
	InvitationGood    InvitationState = "good"
	InvitationUsed    InvitationState = "used"
	InvitationRevoked InvitationState = "revoked"
	InvitationUnknown InvitationState = "unknown" // in this session there is none
)

// InvitationState tells what the invitation of a session with a hash is good for.
func (s *Store) InvitationState(ctx context.Context, id appliance.SessionID, hash []byte) (state InvitationState, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		state, err = invitationState(tx, id, hash)
		return err
	})
	return state, err
}

func invitationState(tx *Tx, id appliance.SessionID, hash []byte) (InvitationState, error) {
	var used, revoked bool
	there, err := found(tx.QueryRow(`SELECT used, revoked_at IS NOT NULL FROM invitations WHERE session_id = ? AND hash = ?`, id, hash).
		Scan(&used, &revoked))
	switch {
	case err != nil || !there:
		return InvitationUnknown, err
	case revoked:
		return InvitationRevoked, nil
	case used:
		return InvitationUsed, nil
	}
	return InvitationGood, nil
}

// InvitationListing is the invitations of a session, as its hosts may see them.
type InvitationListing struct {
	// List is one page, the first made first. In an anonymous session none of them says whether it was used: whoever
	// watches the list would see who joins when.
	List []appliance.Invitation
	// How many of all. What was revoked in an anonymous session may have been used before.
	Total, Used, Revoked int
}

// Invitations gives the invitations of a session.
func (s *Store) Invitations(ctx context.Context, id appliance.SessionID, page Page) (l InvitationListing, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		l = InvitationListing{}
		of, err := session(tx, id)
		if err != nil {
			return err
		}
		err = tx.QueryRow(`SELECT count(*), count(*) FILTER (WHERE used = 1), count(revoked_at)
			FROM invitations WHERE session_id = ?`, id).Scan(&l.Total, &l.Used, &l.Revoked)
		if err != nil {
			return err
		}
		l.List, err = invitations(tx, of.Anonymous, `session_id = ? ORDER BY number LIMIT ? OFFSET ?`, id, page.Limit, page.Offset)
		return err
	})
	return l, err
}

func invitations(tx *Tx, anonymous bool, where string, args ...any) (list []appliance.Invitation, err error) {
	rows, err := tx.Query(`SELECT id, number, label, used, used_at, revoked_at, created_at FROM invitations WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var i appliance.Invitation
		err := rows.Scan(&i.ID, &i.Number, &i.Label, &i.Used, toTime(&i.UsedAt), toTime(&i.RevokedAt), toTime(&i.CreatedAt))
		if err != nil {
			return nil, err
		}
		if anonymous {
			i.Used, i.UsedAt = false, time.Time{}
		}
		list = append(list, i)
	}
	return list, rows.Err()
}

// NewInvitations are invitations to be made.
type NewInvitations struct {
	Labels   []string                 // one for each, "" for nobody in particular
	Replaced []appliance.InvitationID // those that are revoked, each in favour of a new one with its label, after the others
	Secret   func() []byte            // draws the secret of the next one and gives its hash
}

// MakeInvitations makes invitations and gives them in the order of their numbers, which is that in which Secret was
// asked. When repeated, those that were made the first time get new secrets, since the first never arrived; those that
// were used or revoked since are left out.
func (s *Store) MakeInvitations(ctx context.Context, by By, o Once, id appliance.SessionID, n NewInvitations,
) (made []appliance.Invitation, err error) {
	batch := appliance.NewInvitationID()
	err = s.write(ctx, func(tx *Tx) error {
		made = nil
		of, err := session(tx, id)
		if err != nil {
			return err
		}
		first, again, err := s.once(ctx, tx, o, string(batch))
		switch {
		case err != nil:
			return err
		case again:
			made, err = reissueInvitations(tx, first, n.Secret)
			return err
		case of.Status == appliance.SessionArchived:
			return appliance.Errorf(appliance.CodeConflict, "This session is archived. No invitation was made; bring it back first.")
		}
		labels, err := s.labelsOf(tx, of, n)
		if err != nil {
			return err
		}
		if len(labels) == 0 || len(labels) > appliance.MaxInvitations {
			return appliance.Invalid("count", "Between 1 and %d invitations can be made at once.", appliance.MaxInvitations)
		}
		if made, err = s.insertInvitations(tx, id, batch, labels, n.Secret); err != nil {
			return err
		}
		return audit(ctx, tx, by.did(s.clock(), "invitation.create", string(id)))
	})
	return made, err
}

// labelsOf gives the labels of the invitations to be made, and revokes those that they replace.
func (s *Store) labelsOf(tx *Tx, of appliance.Session, n NewInvitations) ([]string, error) {
	labels := append([]string{}, n.Labels...)
	for _, old := range n.Replaced {
		label, err := s.revoke(tx, of, old)
		if err != nil {
			return nil, err
		}
		labels = append(labels, label)
	}
	return labels, nil
}

func (s *Store) insertInvitations(tx *Tx, id appliance.SessionID, batch appliance.InvitationID, labels []string, secret func() []byte,
) (made []appliance.Invitation, err error) {
	var last int
	if err := tx.QueryRow(`SELECT coalesce(max(number), 0) FROM invitations WHERE session_id = ?`, id).Scan(&last); err != nil {
		return nil, err
	}
	if last+len(labels) > appliance.MaxSessionInvitations {
		return nil, appliance.Errorf(appliance.CodeConflict, "A session has at most %d invitations, with those that were taken back, and "+
			"this one has %d. None was made.", appliance.MaxSessionInvitations, last)
	}
	now := s.clock()
	for i, label := range labels {
		made = append(made, appliance.Invitation{ID: appliance.NewInvitationID(), Number: last + 1 + i, Label: label, CreatedAt: now})
	}
	made[0].ID = batch
	for _, i := range made {
		_, err := tx.Exec(`INSERT INTO invitations (id, session_id, number, label, hash, batch, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			i.ID, id, i.Number, i.Label, secret(), batch, ms(now))
		if err != nil {
			return nil, err
		}
	}
	return made, nil
}

func reissueInvitations(tx *Tx, batch string, secret func() []byte) ([]appliance.Invitation, error) {
	made, err := invitations(tx, false, `batch = ? AND used = 0 AND revoked_at IS NULL ORDER BY number`, batch)
	if err != nil {
		return nil, err
	}
	for _, i := range made {
		if _, err := tx.Exec(`UPDATE invitations SET hash = ? WHERE id = ?`, secret(), i.ID); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// RevokeInvitations takes invitations of a session back. Those that were taken back before stay so. One that was used is
// refused with CodeConflict, except in an anonymous session, where it would tell that it was used; the conversation that
// came of it goes on.
func (s *Store) RevokeInvitations(ctx context.Context, by By, id appliance.SessionID, list []appliance.InvitationID) error {
	return s.write(ctx, func(tx *Tx) error {
		of, err := session(tx, id)
		if err != nil {
			return err
		}
		for _, i := range list {
			if _, err := s.revoke(tx, of, i); err != nil {
				return err
			}
		}
		return audit(ctx, tx, by.did(s.clock(), "invitation.revoke", string(id)))
	})
}

// revoke takes one invitation back and gives its label.
func (s *Store) revoke(tx *Tx, of appliance.Session, id appliance.InvitationID) (label string, err error) {
	var used bool
	err = tx.QueryRow(`SELECT label, used FROM invitations WHERE id = ? AND session_id = ?`, id, of.ID).Scan(&label, &used)
	if err != nil {
		return "", notFound(err, "invitation")
	}
	if used && !of.Anonymous {
		return "", appliance.Errorf(appliance.CodeConflict, "An invitation among these was used in the meantime, so it can be taken back "+
			"no more. Nothing was changed; load the list again.")
	}
	_, err = tx.Exec(`UPDATE invitations SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL`, ms(s.clock()), id)
	return label, err
}
