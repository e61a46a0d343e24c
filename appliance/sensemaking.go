package appliance

import (
	"fmt"
	"time"
)

// Sensemaking is how the opinion map of a project is to be shown on the network of the box. The map itself is not built
// yet: what is set is kept for it.
type Sensemaking struct {
	SensemakingText
	Enabled       bool      `json:"enabled,omitempty"`        // it is to be shown
	ReasoningLens bool      `json:"reasoning_lens,omitempty"` // with why people think so
	Knowledge     bool      `json:"knowledge,omitempty"`      // statements are drawn from the knowledge of the sessions too
	CreatedAt     time.Time `json:"-"`
	UpdatedAt     time.Time `json:"-"`
}

// SensemakingText is what is told about a map. Every part may be "".
type SensemakingText struct {
	Slug        string       `json:"slug,omitempty"` // in its address; no two projects have the same
	Theme       string       `json:"theme,omitempty"`
	Title       string       `json:"title,omitempty"`
	Description string       `json:"description,omitempty"`
	Intro       string       `json:"intro,omitempty"`
	FAQ         []AskedOften `json:"faq,omitempty"`
}

// AskedOften is a question that is often asked, with its answer.
type AskedOften struct {
	Question string `json:"q"`
	Answer   string `json:"a"`
}

const maxFAQ = 30

// Validate checks the fields that people fill in.
func (s Sensemaking) Validate() error {
	var p Problems
	if s.Slug != "" && !isSlug(s.Slug) {
		p.Add("slug", "A slug has letters, digits, points, _ and -, at most %d.", maxSlug)
	}
	if s.Theme != "" && !isSlug(s.Theme) {
		p.Add("theme", "A theme is a short name: letters, digits, points, _ and -.")
	}
	CheckLine(&p, "title", s.Title, MaxTitle, false)
	CheckText(&p, "description", s.Description, MaxDescription, false)
	CheckText(&p, "intro", s.Intro, MaxContext, false)
	if len(s.FAQ) > maxFAQ {
		p.Add("faq", "At most %d questions are possible here.", maxFAQ)
		return p.Err()
	}
	for i, f := range s.FAQ {
		CheckText(&p, fmt.Sprintf("faq[%d].q", i), f.Question, MaxDescription, true)
		CheckText(&p, fmt.Sprintf("faq[%d].a", i), f.Answer, MaxContext, true)
	}
	return p.Err()
}
