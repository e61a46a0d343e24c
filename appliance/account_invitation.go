package appliance

import (
	"strings"
	"time"
)

// AccountInvitation lets one person make an account on this box, once, by a link. The secret of the link is shown when
// it is made and kept only as a hash.
type AccountInvitation struct {
	ID        AccountInvitationID
	Number    int    // on its card; never given again
	Name      string // of whom it is for, as far as known; they may write it otherwise
	Email     string // the same
	Role      Role   // that the account gets on the organisation
	Place     Place
	InvitedBy AccountID
	AccountID AccountID // that came of it; "" for none
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    time.Time // zero: not yet
	RevokedAt time.Time // zero: it was not taken back
}

// Place is a project or a session that an invitation leads to, with the role that the account gets there. The zero Place
// is none.
type Place struct {
	ProjectID ProjectID
	SessionID SessionID
	Role      Role
}

// Limits of invitations to make an account.
const (
	MaxAccountInvitations = 10_000 // made at once, and good at the same time
	MaxInvitationDays     = 90
)

// PasswordLinkLife is how long a link is good by which somebody sets a new password.
const PasswordLinkLife = 24 * time.Hour

// NewAccountInvitation makes the secret of an invitation, or of a link to set a new password: 160 random bits, so that
// the QR code on a card stays coarse.
func NewAccountInvitation() Secret { return NewInvitation() }

// Check notes in p what is wrong with what was written for an invitation; prefix stands before the names of fields.
func (i *AccountInvitation) Check(p *Problems, prefix string) {
	i.Name, i.Email = strings.TrimSpace(i.Name), strings.TrimSpace(i.Email)
	CheckName(p, prefix+"name", i.Name, false)
	CheckAddress(p, prefix+"email", i.Email, false)
	if i.Role != RoleAdmin && i.Role != RoleEditor && i.Role != RoleViewer {
		p.Add(prefix+"role", "The role must be admin, editor or viewer.")
	}
	if there := i.Place.ProjectID != "" || i.Place.SessionID != ""; there != (i.Place.Role != RoleNone) || i.Place.Role == RoleOwner ||
		i.Place.ProjectID != "" && i.Place.SessionID != "" {
		p.Add(prefix+"place_role", "An invitation may lead to one project or one session, with the role admin, editor or viewer there.")
	}
}

// State tells what an invitation is good for at a time: "good", "used", "revoked" or "expired".
func (i AccountInvitation) State(now time.Time) string {
	switch {
	case !i.UsedAt.IsZero():
		return "used"
	case !i.RevokedAt.IsZero():
		return "revoked"
	case !now.Before(i.ExpiresAt):
		return "expired"
	}
	return "good"
}
