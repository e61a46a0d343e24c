package appliance

import "time"

// Access says who may join a session.
type Access string

// The ways to be let in. A change while a session is open is for those who join from then on.
const (
	AccessLink       Access = "link"       // whoever has the link
	AccessCode       Access = "code"       // whoever has the link and types the short code
	AccessInvitation Access = "invitation" // whoever brings an invitation, each of which lets one person in
	AccessAccount    Access = "account"    // whoever has logged in on the box, once each
)

// Valid says whether a is one of the ways.
func (a Access) Valid() bool {
	switch a {
	case AccessLink, AccessCode, AccessInvitation, AccessAccount:
		return true
	}
	return false
}

// Limits of invitations.
const (
	MaxInvitations        = 500   // made at once
	MaxSessionInvitations = 2_000 // of one session
	MaxInvitationLabel    = 100   // characters of what stands on a card
)

// Invitation lets one person into a session. Which conversation came of it is not kept anywhere.
type Invitation struct {
	ID        InvitationID
	Number    int    // on its card, from 1 within its session; never given again
	Label     string // for whom it is, as the host wrote it; "" for nobody in particular
	Used      bool
	UsedAt    time.Time // zero in an anonymous session, where it would tell which conversation began then
	RevokedAt time.Time // zero: it is good
	CreatedAt time.Time
}

// NewInvitation makes the secret of an invitation: 160 random bits, so that the QR code on a card stays coarse.
func NewInvitation() Secret { return Secret(newID("", 20)) }
