package appliance

import "time"

// Group is a number of people who are given roles together: who is in it has each role that it has on projects and
// sessions. It has none on the box.
type Group struct {
	ID        GroupID
	Name      string
	Count     int // people in it who can log in
	CreatedAt time.Time
	UpdatedAt time.Time
}

// MaxGroupChange is how many people one change puts into a group or takes out of it.
const MaxGroupChange = 1_000

// Validate checks the fields that people fill in.
func (g Group) Validate() error {
	var p Problems
	CheckName(&p, "name", g.Name, true)
	return p.Err()
}

// Membership is the role that one person or one group has on a project or a session by itself.
type Membership struct {
	Account AccountID // "" for a group
	Group   GroupID   // "" for a person
	Name    string
	Email   string // of a person
	Count   int    // people in the group
	Role    Role
	// OfProject says that the role is one on the project of the session, which holds on the session too.
	OfProject bool
}

// Shared is what people are given roles on beside the box: a project or a session, one of the two.
type Shared struct {
	Project ProjectID
	Session SessionID
}

// Gives says whether somebody with role r may give the role to others, change it or take it away: it must be a lower one.
// Ownership is never given: it is handed over.
func (r Role) Gives(role Role) bool { return roleRank[role] < roleRank[r] }
