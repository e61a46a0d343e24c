package guide

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"harmonium/appliance"
	"harmonium/appliance/extract"
)

// Bounds of a published method, beside those of the template that it becomes.
const (
	maxMethodHead  = 32 << 10 // bytes of its YAML head
	maxMethodNodes = 2_000    // values in the head
	maxMethodDepth = 12
	maxLabel       = 2 // words before a colon that only announce a question
)

// methodHead is what is read of the head of a method.md: the format of the Open Facilitation Library, version 0.2.
type methodHead struct {
	ID          string        `yaml:"id"`
	Title       string        `yaml:"title"`
	Version     string        `yaml:"version"`
	Summary     string        `yaml:"summary"`
	License     string        `yaml:"license"`
	Attribution string        `yaml:"attribution"`
	Runtime     methodRuntime `yaml:"runtime"`
	Roles       []methodRole  `yaml:"roles"`
	Stages      []methodStage `yaml:"stages"`
}

type methodRuntime struct {
	Artifact string `yaml:"artifact"`
}

type methodRole struct {
	Slug  string `yaml:"slug"`
	Label string `yaml:"label"`
}

type methodStage struct {
	ID         string    `yaml:"id"`
	Title      string    `yaml:"title"`
	Roles      yaml.Node `yaml:"roles"` // one name or several
	Assignment string    `yaml:"assignment_strategy"`
	Context    string    `yaml:"context_mode"`
	Completion yaml.Node `yaml:"completion"` // a name, or an object with a type
}

// methodSection is a "## Stage:" section of the body.
type methodSection struct{ id, goal, text string }

// ReadMethod makes a template of a published method: a method.md with a YAML head and a section "## Stage: ID" for each
// stage. A method of one session becomes a guide with a topic for each stage, whose questions are those of the text where
// they can be asked as they stand, and else are made by rules; the text itself becomes what a model is told. A method of
// several sessions becomes a chain. Where it comes from and the hash of the file are kept. What cannot be read is refused
// in words. Nothing is fetched, and nothing in the file is carried out.
func ReadMethod(data []byte, lang appliance.Language, registry string) (c appliance.TemplateContent, err error) {
	if len(data) > MaxTemplateFile {
		return c, tooLarge()
	}
	if !utf8.Valid(data) {
		return c, unreadable(nil, "It is not text (UTF-8).")
	}
	text := strings.ReplaceAll(strings.TrimPrefix(string(data), "\ufeff"), "\r\n", "\n")
	head, body, err := splitMethod(text)
	if err != nil {
		return c, err
	}
	sections := sectionsOf(body)
	if err := head.match(sections); err != nil {
		return c, err
	}
	if lang == "" {
		lang, _ = extract.LanguageOf(head.Summary + "\n" + body)
	}
	sum := sha256.Sum256(data)
	c = appliance.TemplateContent{
		Language: lang.Or(appliance.English), Title: oneLine(head.Title), Icon: "book-open",
		Description: clip(head.Summary, appliance.MaxDescription), Notes: clip(introOf(body), appliance.MaxTemplateNotes),
		Provenance: &appliance.SourceProvenance{SpecID: head.ID, SpecVersion: head.Version, Registry: registry,
			SHA256: hex.EncodeToString(sum[:]), License: clip(oneLine(head.License), appliance.MaxSpec),
			Attribution: clip(head.Attribution, appliance.MaxDescription)},
	}
	if head.Runtime.Artifact == "chain" {
		c.Type, c.Chain = appliance.TemplateChain, head.chain(sections)
	} else {
		c.Guide = head.guide(c.Language, sections)
		c.Prompt = clip(promptOf(head, sections), appliance.MaxPrompt)
	}
	return c, c.Validate()
}

// splitMethod takes a method apart into its head and its body.
func splitMethod(text string) (head methodHead, body string, err error) {
	rest, ok := strings.CutPrefix(text, "---\n")
	end := strings.Index(rest, "\n---\n")
	if !ok || end < 0 {
		return head, "", unreadable(nil, "A method begins with a head between two lines of three dashes.")
	}
	if end > maxMethodHead {
		return head, "", unreadable(nil, "Its head is longer than a method's can be.")
	}
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(rest[:end]), &root); err != nil {
		return head, "", unreadable(nil, "Its head is not YAML.")
	}
	count := 0
	if err := plainYAML(&root, 0, &count); err != nil {
		return head, "", err
	}
	if err := root.Decode(&head); err != nil {
		return head, "", unreadable(nil, "Its head does not say id, title, version and stages as a method does.")
	}
	return head, rest[end+len("\n---\n"):], nil
}

// plainYAML refuses what a head does not need and what can be made to explode: references to other parts of the file,
// deep nesting, very many values.
func plainYAML(n *yaml.Node, depth int, count *int) error {
	*count++
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		return unreadable(nil, "Its head refers to other parts of itself (& and *), which is not allowed here.")
	case depth > maxMethodDepth || *count > maxMethodNodes:
		return unreadable(nil, "Its head holds more than a method's can.")
	}
	for _, child := range n.Content {
		if err := plainYAML(child, depth+1, count); err != nil {
			return err
		}
	}
	return nil
}

var stageHeading = regexp.MustCompile(`^##[ \t]+(?i:stage):[ \t]*(.*?)[ \t#]*$`)

// sectionsOf gives the sections of the stages, in their order.
func sectionsOf(body string) (sections []methodSection) {
	var lines []string
	flush := func() {
		if len(sections) > 0 {
			s := &sections[len(sections)-1]
			s.goal, s.text = goalOf(strings.Join(lines, "\n"))
		}
		lines = nil
	}
	in := false
	for line := range strings.Lines(body) {
		line = strings.TrimRight(line, "\n")
		if m := stageHeading.FindStringSubmatch(line); m != nil {
			flush()
			sections, in = append(sections, methodSection{id: m[1]}), true
			continue
		}
		if strings.HasPrefix(line, "## ") || strings.HasPrefix(line, "# ") {
			flush()
			in = false
		}
		if in {
			lines = append(lines, line)
		}
	}
	if in {
		flush()
	}
	return sections
}

var goalLine = regexp.MustCompile(`(?im)^\*\*goal:?\*\*:?[ \t]*(.+)$`)

// goalOf takes the goal out of a section.
func goalOf(text string) (goal, rest string) {
	if m := goalLine.FindStringSubmatchIndex(text); m != nil {
		goal = text[m[2]:m[3]]
		text = text[:m[0]] + text[m[1]:]
	}
	return oneLine(goal), strings.TrimSpace(text)
}

// introOf gives what stands before the first stage, without marks of quoting.
func introOf(body string) string {
	var out []string
	for line := range strings.Lines(body) {
		line = strings.TrimRight(line, "\n")
		if stageHeading.MatchString(line) {
			break
		}
		if !strings.HasPrefix(line, "# ") {
			out = append(out, strings.TrimPrefix(strings.TrimPrefix(line, ">"), " "))
		}
	}
	return strings.TrimSpace(strings.ReplaceAll(strings.Join(out, "\n"), "**", ""))
}

// match puts the stages of the head and the sections of the body together, and says in words what does not fit.
func (h *methodHead) match(sections []methodSection) error {
	switch {
	case strings.TrimSpace(h.ID) == "" || strings.TrimSpace(h.Title) == "":
		return unreadable(nil, "Its head has no id or no title.")
	case len(sections) == 0:
		return unreadable(nil, "It has no section that begins with “## Stage:”.")
	case len(sections) > appliance.MaxTopics:
		return unreadable(nil, fmt.Sprintf("It has %d stages; at most %d are possible.", len(sections), appliance.MaxTopics))
	case len(h.Stages) == 0: // an older form, without wiring
		for _, s := range sections {
			h.Stages = append(h.Stages, methodStage{ID: s.id})
		}
	case len(h.Stages) != len(sections):
		return unreadable(nil, fmt.Sprintf("Its head names %d stages and its text has %d.", len(h.Stages), len(sections)))
	}
	for i, s := range sections {
		if h.Stages[i].ID != s.id {
			return unreadable(errors.New("stages differ"), fmt.Sprintf("Stage %d is called otherwise in its head than in its text.", i+1))
		}
	}
	return nil
}

func (s methodStage) title() string {
	if t := oneLine(s.Title); t != "" {
		return t
	}
	return large(strings.NewReplacer("-", " ", "_", " ").Replace(s.ID))
}

// guide makes a topic of each stage.
func (h *methodHead) guide(lang appliance.Language, sections []methodSection) appliance.Guide {
	l := languageOf(lang)
	d := drafter{l: l, used: map[string]int{}}
	quote := l.Shapes[len(l.Shapes)-1]
	for i, s := range sections {
		title := h.Stages[i].title()
		p := point{raw: title, text: title}
		t := appliance.Topic{Title: clip(title, maxTitle), Aim: clip(s.goal, appliance.MaxAim)}
		if asked := l.askedIn(s.text); len(asked) > 0 {
			t.Question, t.Probes = asked[0], asked[1:min(len(asked), appliance.MaxProbes)]
		} else {
			t.Question = l.phrase(p, quote, l.values(p, nil, nil), d.used).question
		}
		d.add(t, fact)
	}
	d.spread()
	for i := range d.topics {
		d.topics[i].ID = ""
		d.topics[i].Minutes = max(1, d.topics[i].Minutes)
	}
	return appliance.Guide{Opening: l.Guide.Opening, Topics: d.topics, Closing: l.Guide.Closing}
}

// askedIn gives the questions of a text that can be asked as they stand, each once.
func (l *language) askedIn(text string) (asked []string) {
	for line := range strings.Lines(text) {
		line = bullet.ReplaceAllString(oneLine(emphasis.ReplaceAllString(line, "")), "")
		for _, s := range l.sentences(line) {
			if label, rest, found := strings.Cut(s, ": "); found && len(strings.Fields(label)) <= maxLabel {
				s = rest // "Ask: …"
			}
			s = strings.Trim(s, "\"“”„'‘’")
			if l.asksWell(s) && utf8.RuneCountInString(s) <= appliance.MaxProbe && !slices.Contains(asked, s) {
				asked = append(asked, s)
			}
		}
	}
	return asked
}

// promptOf writes out the stages as one text, for a model to follow.
func promptOf(h methodHead, sections []methodSection) string {
	var out strings.Builder
	for i, s := range sections {
		fmt.Fprintf(&out, "## %s\n\n", h.Stages[i].title())
		if s.goal != "" {
			fmt.Fprintf(&out, "%s\n\n", s.goal)
		}
		fmt.Fprintf(&out, "%s\n\n", s.text)
	}
	return strings.TrimSpace(out.String())
}

// chain makes a step of each stage.
func (h *methodHead) chain(sections []methodSection) *appliance.Chain {
	labels := map[string]string{}
	for _, r := range h.Roles {
		labels[r.Slug] = oneLine(r.Label)
	}
	chain := &appliance.Chain{}
	for i, s := range sections {
		stage := h.Stages[i]
		step := appliance.ChainStep{ID: stage.ID, Title: clip(stage.title(), appliance.MaxTitle),
			Description: clip(s.goal, appliance.MaxDescription), FacilitationPrompt: clip(s.text, appliance.MaxPrompt),
			ContextMode: appliance.ContextMode(stage.Context), AssignmentStrategy: stage.Assignment,
			CompletionCriteria: completionOf(stage.Completion)}
		for _, slug := range namesOf(stage.Roles) {
			step.Roles = append(step.Roles, appliance.ChainRole{Slug: slug, Label: labels[slug]})
		}
		chain.Steps = append(chain.Steps, step)
	}
	return chain
}

// namesOf gives the names of a list, or the one name that stands in its place.
func namesOf(n yaml.Node) []string {
	var list []string
	if n.Kind == yaml.SequenceNode && n.Decode(&list) == nil {
		return list
	}
	if n.Kind == yaml.ScalarNode && n.Value != "" {
		return []string{n.Value}
	}
	return nil
}

// completionOf reads how a stage ends; nil where it does not say.
func completionOf(n yaml.Node) *appliance.CompletionCriteria {
	switch n.Kind {
	case yaml.ScalarNode:
		if n.Value != "" {
			return &appliance.CompletionCriteria{Type: n.Value}
		}
	case yaml.MappingNode:
		var c struct {
			Type            string `yaml:"type"`
			DurationSeconds int    `yaml:"duration_seconds"`
			Count           int    `yaml:"count"`
			Percent         int    `yaml:"percent"`
		}
		if n.Decode(&c) == nil {
			return &appliance.CompletionCriteria{Type: c.Type, DurationSeconds: c.DurationSeconds, Count: c.Count, Percent: c.Percent}
		}
	}
	return nil
}
