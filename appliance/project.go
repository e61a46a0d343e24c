package appliance

import "time"

// Project is a group of sessions with its own members.
type Project struct {
	ID          ProjectID
	Title       string
	Description string
	Status      ProjectStatus
	Public      bool        // every account may see it, with the role it has on the organisation
	Models      ModelChoice // which models do the work in its sessions, where it differs from the box
	// SummaryPrompt is what whoever words the reports of its sessions is told, before what is written for each of them.
	SummaryPrompt string
	Jargon        string // names and terms that may come up in its meetings, one in each line; transcribers are told them
	CreatedBy     AccountID
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// ProjectStatus says whether a project is worked in.
type ProjectStatus string

// The states of a project.
const (
	ProjectActive   ProjectStatus = "active"
	ProjectArchived ProjectStatus = "archived"
)

// Validate checks the fields that people fill in.
func (p Project) Validate() error {
	var ps Problems
	CheckLine(&ps, "title", p.Title, MaxTitle, true)
	CheckText(&ps, "description", p.Description, MaxDescription, false)
	p.Models.Check(&ps, "models")
	CheckText(&ps, "summary_prompt", p.SummaryPrompt, MaxPrompt, false)
	CheckJargon(&ps, "jargon", p.Jargon)
	if p.Status != ProjectActive && p.Status != ProjectArchived {
		ps.Add("status", "The status must be active or archived.")
	}
	return ps.Err()
}
