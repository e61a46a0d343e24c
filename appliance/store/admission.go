package store

import (
	"context"
	"crypto/subtle"

	"harmonium/appliance"
)

// Admission is what somebody shows to be let into a session by its link. What the session does not ask for is not
// looked at.
type Admission struct {
	Code       string              // in the form of appliance.CleanJoinCode
	Invitation []byte              // the hash of its secret
	Account    appliance.AccountID // that has logged in
}

// doorOf is what of a session decides who is let in.
type doorOf struct {
	access    appliance.Access
	code      string
	anonymous bool
}

// admit lets a participant in who was just stored, or says in words why not: the session's access is read in the same
// transaction, and the writer is one, so that of two devices with one invitation one comes in.
func (s *Store) admit(tx *Tx, d doorOf, p appliance.Participant, a Admission) error {
	switch d.access {
	case appliance.AccessCode:
		if subtle.ConstantTimeCompare([]byte(d.code), []byte(a.Code)) != 1 {
			return WrongCode()
		}
	case appliance.AccessInvitation:
		return s.useInvitation(tx, d, p.SessionID, a.Invitation)
	case appliance.AccessAccount:
		return joinAs(tx, d, p, a.Account)
	}
	return nil
}

// WrongCode is the error of somebody who has not typed the short code that a session asks for.
func WrongCode() error {
	return appliance.Invalid("code", "This is not the code of the session. Nothing was saved; please check it letter by letter.")
}

func (s *Store) useInvitation(tx *Tx, d doorOf, id appliance.SessionID, hash []byte) error {
	if hash == nil {
		return appliance.Errorf(appliance.CodeForbidden,
			"This session is for invited people. Nothing was saved; please open the link of your invitation.")
	}
	at := msOrNull(s.clock())
	if d.anonymous {
		at = nil
	}
	res, err := tx.Exec(`UPDATE invitations SET used = 1, used_at = ?
		WHERE session_id = ? AND hash = ? AND used = 0 AND revoked_at IS NULL`, at, id, hash)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); n > 0 || err != nil {
		return err
	}
	state, err := invitationState(tx, id, hash)
	switch {
	case err != nil:
		return err
	case state == InvitationUsed:
		return appliance.Errorf(appliance.CodeConflict, "This invitation was used already, and each lets one person in. Nothing "+
			"was saved. Go on with the device on which it was used, or ask whoever invited you for another one.")
	case state == InvitationRevoked:
		return appliance.Errorf(appliance.CodeConflict,
			"This invitation was taken back. Nothing was saved; please ask whoever invited you for another one.")
	}
	return appliance.Errorf(appliance.CodeForbidden,
		"The box does not know this invitation. Nothing was saved; please open the whole link, or scan the card again.")
}

// joinAs notes that an account has joined; an anonymous session does not keep as whom.
func joinAs(tx *Tx, d doorOf, p appliance.Participant, account appliance.AccountID) error {
	if account == "" {
		return appliance.Errorf(appliance.CodeUnauthorized,
			"This session is for people with an account on this box. Nothing was saved; please log in first.")
	}
	var participant any = p.ID
	if d.anonymous {
		participant = nil
	}
	_, err := tx.Exec(`INSERT INTO joined_accounts (session_id, account_id, participant_id) VALUES (?, ?, ?)`,
		p.SessionID, account, participant)
	if isUnique(err) {
		return appliance.Errorf(appliance.CodeConflict, "You take part in this session already, and everybody does so once. "+
			"Nothing was saved. Go on with the device on which you began, or open your private link.")
	}
	return err
}

// AccountJoined says whether an account has joined a session as one of those that are let in by it.
func (s *Store) AccountJoined(ctx context.Context, id appliance.SessionID, account appliance.AccountID) (joined bool, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		return tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM joined_accounts WHERE session_id = ? AND account_id = ?)`, id, account).Scan(&joined)
	})
	return joined, err
}
