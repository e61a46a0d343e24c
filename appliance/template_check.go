package appliance

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
)

const maxSlug = 64 // characters of a short name

var (
	slug      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	sha256Hex = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// Validate checks the limits of everything in it. A template may leave out what its sessions will need: those are
// checked when they are made.
func (c TemplateContent) Validate() error {
	var p Problems
	CheckLine(&p, "title", c.Title, MaxTitle, true)
	CheckText(&p, "description", c.Description, MaxDescription, false)
	CheckText(&p, "use_when", c.UseWhen, MaxDescription, false)
	CheckText(&p, "notes", c.Notes, MaxTemplateNotes, false)
	CheckText(&p, "facilitation_prompt", c.Prompt, MaxPrompt, false)
	CheckLine(&p, "default_session_name", c.Brief.Topic, MaxTopic, false)
	CheckText(&p, "default_goal", c.Brief.Goal, MaxGoal, false)
	CheckText(&p, "default_critical", c.Brief.Critical, MaxCritical, false)
	CheckText(&p, "default_context", c.Brief.Context, MaxContext, false)
	CheckLine(&p, "icon", c.Icon, maxSlug, false)
	if !c.Language.Valid() {
		p.Add("language", "This language is not on the box yet. Choose one of: %s.", LanguageList())
	}
	if c.Purpose != "" && !slices.Contains(Purposes(), c.Purpose) {
		p.Add("purpose", "The purposes are look_back, understand, ideas, plan and decide.")
	}
	c.checkGuide(&p)
	if err := c.Form.Validate("form"); err != nil {
		p = append(p, fieldsOf(err)...)
	}
	c.checkInsights(&p)
	c.checkChain(&p)
	c.Provenance.check(&p)
	return p.Err()
}

func (c TemplateContent) checkGuide(p *Problems) {
	if len(c.Guide.Topics) == 0 {
		if c.Guide.Opening != "" || c.Guide.Closing != "" {
			p.Add("guide.topics", "A guide needs at least one topic.")
		}
		return
	}
	g := c.Guide
	g.Topics = slices.Clone(g.Topics)
	for i := range g.Topics {
		if g.Topics[i].ID == "" {
			g.Topics[i].ID = TopicID(fmt.Sprintf("new-%d", i)) // gets one of its own in a session
		}
	}
	if err := g.Validate(); err != nil {
		for _, f := range fieldsOf(err) {
			p.Add("guide."+f.Field, "%s", f.Message)
		}
	}
}

func (c TemplateContent) checkInsights(p *Problems) {
	if len(c.Insights) > MaxInsights {
		p.Add("insights", "At most %d insight questions are possible.", MaxInsights)
		return
	}
	for i, n := range c.Insights {
		n.check(p, fmt.Sprintf("insights[%d].", i))
	}
}

func (c TemplateContent) checkChain(p *Problems) {
	switch {
	case c.Type != "" && c.Type != TemplateSingle && c.Type != TemplateChain:
		p.Add("template_type", "A template is single or chain.")
	case c.Type == TemplateChain && (c.Chain == nil || len(c.Chain.Steps) == 0):
		p.Add("chain_config", "A chain needs at least one step.")
	case c.Type != TemplateChain && c.Chain != nil:
		p.Add("chain_config", "Only a template of the type chain has steps.")
	case c.Chain != nil && len(c.Chain.Steps) > MaxSteps:
		p.Add("chain_config.steps", "A chain has at most %d steps.", MaxSteps)
	case c.Chain != nil:
		seen := map[string]bool{}
		for i, s := range c.Chain.Steps {
			at := fmt.Sprintf("chain_config.steps[%d]", i)
			if !isSlug(s.ID) || seen[s.ID] {
				p.Add(at+".id", "Every step needs an id of its own: letters, digits, points, _ and -.")
			}
			seen[s.ID] = true
			s.check(p, at)
		}
	}
}

func isSlug(s string) bool { return len(s) <= maxSlug && slug.MatchString(s) }

func (s ChainStep) check(p *Problems, at string) {
	CheckLine(p, at+".title", s.Title, MaxTitle, false)
	CheckText(p, at+".description", s.Description, MaxDescription, false)
	CheckText(p, at+".facilitation_prompt", s.FacilitationPrompt, MaxPrompt, false)
	CheckLine(p, at+".default_session_name", s.DefaultSessionName, MaxTopic, false)
	CheckLine(p, at+".assignment_strategy", s.AssignmentStrategy, MaxSpec, false)
	switch s.ContextMode {
	case "", ContextNone, ContextPrevious, ContextAllSummaries, ContextCustom:
	default:
		p.Add(at+".context_mode", "The modes are none, previous_summary, all_summaries and custom.")
	}
	if len(s.Roles) > MaxStepRoles {
		p.Add(at+".roles", "A step has at most %d roles.", MaxStepRoles)
		return
	}
	for i, r := range s.Roles {
		if !isSlug(r.Slug) {
			p.Add(fmt.Sprintf("%s.roles[%d].slug", at, i), "A role needs a short name: letters, digits, points, _ and -.")
		}
		CheckLine(p, fmt.Sprintf("%s.roles[%d].label", at, i), r.Label, MaxTitle, false)
		if !(r.Weight >= 0 && r.Weight <= 1000) {
			p.Add(fmt.Sprintf("%s.roles[%d].weight", at, i), "A weight is a number from 0 to 1000.")
		}
	}
	s.CompletionCriteria.check(p, at+".completion_criteria")
}

func (c *CompletionCriteria) check(p *Problems, at string) {
	if c == nil {
		return
	}
	switch c.Type {
	case "host_continue", "all_submitted":
	case "timer":
		if c.DurationSeconds < 1 || c.DurationSeconds > 365*24*3600 {
			p.Add(at+".duration_seconds", "A timer runs from one second to a year.")
		}
	case "quorum":
		if c.Count < 1 || c.Count > 1_000_000 {
			p.Add(at+".count", "A quorum is a number of people from 1.")
		}
	case "quorum_percent":
		if c.Percent < 1 || c.Percent > 100 {
			p.Add(at+".percent", "A quorum is from 1 to 100 percent.")
		}
	default:
		p.Add(at+".type", "The ways to end a step are host_continue, all_submitted, timer, quorum and quorum_percent.")
	}
}

func (s *SourceProvenance) check(p *Problems) {
	if s == nil {
		return
	}
	CheckLine(p, "source_provenance.spec_id", s.SpecID, MaxSpec, true)
	CheckLine(p, "source_provenance.spec_version", s.SpecVersion, MaxSpec, false)
	CheckLine(p, "source_provenance.registry", s.Registry, MaxDescription, false)
	CheckLine(p, "source_provenance.license", s.License, MaxSpec, false)
	CheckText(p, "source_provenance.attribution", s.Attribution, MaxDescription, false)
	if s.SHA256 != "" && !sha256Hex.MatchString(s.SHA256) {
		p.Add("source_provenance.sha256", "A SHA-256 has 64 hexadecimal digits in small letters.")
	}
}

// fieldsOf gives the problems that an error of Problems.Err holds.
func fieldsOf(err error) Problems {
	var e *Error
	if errors.As(err, &e) {
		return e.Fields
	}
	return nil
}
