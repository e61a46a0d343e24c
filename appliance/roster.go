package appliance

import (
	"fmt"
	"strings"
)

// RosterEntry is somebody who is expected to take part in a session, as whoever made it wrote them down. It lets nobody
// in and keeps nobody out, and nothing is sent to the address.
type RosterEntry struct {
	Email       string            `json:"email"`
	DisplayName string            `json:"displayName,omitempty"`
	RolesByStep map[string]string `json:"rolesByStep,omitempty"` // the slug of a role by the id of a step of a chain
}

// MaxRoster is how many people a roster names at most.
const MaxRoster = 500

func checkRoster(p *Problems, roster []RosterEntry) {
	if len(roster) > MaxRoster {
		p.Add("roster", "A roster has at most %d people.", MaxRoster)
		return
	}
	seen := make(map[string]bool, len(roster))
	for i, r := range roster {
		at := fmt.Sprintf("roster[%d]", i)
		CheckEmail(p, at+".email", r.Email, true)
		if key := strings.ToLower(r.Email); key != "" && seen[key] {
			p.Add(at+".email", "This address is in the roster already.")
		} else {
			seen[key] = true
		}
		CheckLine(p, at+".displayName", r.DisplayName, MaxName, false)
		if len(r.RolesByStep) > MaxSteps {
			p.Add(at+".rolesByStep", "A chain has at most %d steps.", MaxSteps)
			continue
		}
		for step, role := range r.RolesByStep {
			if !isSlug(step) || !isSlug(role) {
				p.Add(at+".rolesByStep", "Steps and roles are named by short names: letters, digits, points, _ and -.")
			}
		}
	}
}

// CheckRoster notes in p what a roster says of steps and roles that a chain does not have; path is that of the roster.
func (c *Chain) CheckRoster(p *Problems, path string, roster []RosterEntry) {
	roles := map[string]map[string]bool{}
	for _, s := range c.Steps {
		roles[s.ID] = map[string]bool{}
		for _, r := range s.Roles {
			roles[s.ID][r.Slug] = true
		}
	}
	for i, r := range roster {
		for step, role := range r.RolesByStep {
			if at := fmt.Sprintf("%s[%d].rolesByStep.%s", path, i, step); roles[step] == nil {
				p.Add(at, "The chain has no step with this id.")
			} else if len(roles[step]) > 0 && !roles[step][role] {
				p.Add(at, "The step has no role of this name.")
			}
		}
	}
}
