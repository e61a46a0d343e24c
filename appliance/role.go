package appliance

// Role is what an account may do on the organisation, on a project or on a session. The effective role on an object
// is the highest that the account holds there.
type Role string

// The roles, from the highest.
const (
	RoleOwner  Role = "owner"  // everything, also deleting and giving the object away
	RoleAdmin  Role = "admin"  // members and settings
	RoleEditor Role = "editor" // designing, opening and closing, results
	RoleViewer Role = "viewer" // reading
	RoleNone   Role = ""       // nothing, not even knowing that the object exists
)

var roleRank = map[Role]int{RoleOwner: 4, RoleAdmin: 3, RoleEditor: 2, RoleViewer: 1, RoleNone: 0}

// Valid says whether r is one of the four roles that can be given.
func (r Role) Valid() bool { return roleRank[r] > 0 }

// AtLeast says whether r may do all that need may.
func (r Role) AtLeast(need Role) bool { return roleRank[r] >= roleRank[need] }

// HighestRole gives the highest of roles.
func HighestRole(roles ...Role) Role {
	highest := RoleNone
	for _, r := range roles {
		if roleRank[r] > roleRank[highest] {
			highest = r
		}
	}
	return highest
}
