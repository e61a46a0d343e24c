package auth

import (
	"time"

	"harmonium/appliance"
)

// How long a log-in lasts. Who may do more is asked again sooner (ASVS 7.3.1, 7.3.2).
const (
	IdleHigh     = 30 * time.Minute    // owners and admins: after so long without a request
	IdleLow      = 12 * time.Hour      // editors and viewers
	AbsoluteHigh = 12 * time.Hour      // owners and admins: whatever they do
	AbsoluteLow  = 30 * 24 * time.Hour // editors and viewers
)

// clockSlack is how far a log-in may seem to have been used in the future.
const clockSlack = 2 * time.Minute

// LoginLimits gives how long a log-in of an account with role on the organisation lasts without a request, and in all.
func LoginLimits(role appliance.Role) (idle, absolute time.Duration) {
	if role.AtLeast(appliance.RoleAdmin) {
		return IdleHigh, AbsoluteHigh
	}
	return IdleLow, AbsoluteLow
}

// LoginAlive says whether a log-in of an account with role is still good. The role of now counts, so that a log-in
// made before a promotion does not outlast the stricter limits. When the clock was set back to before the log-in was
// last used, it has ended: else it would last longer by as much.
func LoginAlive(l appliance.Login, role appliance.Role, now time.Time) bool {
	idle, absolute := LoginLimits(role)
	return now.Before(l.ExpiresAt) &&
		now.Before(l.CreatedAt.Add(absolute)) &&
		now.Before(l.LastSeenAt.Add(idle)) &&
		!now.Before(l.LastSeenAt.Add(-clockSlack))
}
