package appliance

import "time"

// SecondFactor is what proves a log-in beside the password: a secret that the authenticator app of its person shares
// with the box (RFC 6238), and recovery codes for the day on which the app is lost.
type SecondFactor struct {
	On       bool
	Since    time.Time // zero: off
	Recovery int       // codes that were not used yet
}

// RecoveryCodes is how many recovery codes an account is given at once.
const RecoveryCodes = 10

// FactorRule says whose log-ins need a second factor. Whoever it names and has none sets one up after the next log-in,
// and can do nothing else before.
type FactorRule string

// The rules.
const (
	FactorForNobody    FactorRule = "nobody" // whoever wants to
	FactorForAdmins    FactorRule = "admins" // owners and admins of the box
	FactorForEverybody FactorRule = "everybody"
)

// Valid says whether r is one of the rules.
func (r FactorRule) Valid() bool {
	return r == FactorForNobody || r == FactorForAdmins || r == FactorForEverybody
}

// Asks says whether an account with role on the organisation needs a second factor.
func (r FactorRule) Asks(role Role) bool {
	return r == FactorForEverybody || r == FactorForAdmins && role.AtLeast(RoleAdmin)
}
