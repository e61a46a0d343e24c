package web

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"harmonium/appliance"
)

// GeneratedFrom is what a client says that it made a prompt from: a text, or the four fields of a brief. It is given back as
// it came.
type GeneratedFrom struct {
	text string // JSON where it is a brief
}

// UnmarshalJSON reads it in either form.
func (g *GeneratedFrom) UnmarshalJSON(data []byte) error {
	if data[0] != '{' {
		return json.Unmarshal(data, &g.text)
	}
	var b BriefRequest
	if err := json.Unmarshal(data, &b); err != nil {
		return err
	}
	text, err := json.Marshal(b)
	g.text = string(text)
	return err
}

// MarshalJSON writes it as it came, null for none.
func (g GeneratedFrom) MarshalJSON() ([]byte, error) {
	var b BriefRequest
	if g.text == "" {
		return []byte("null"), nil
	}
	if strings.HasPrefix(g.text, "{") && json.Unmarshal([]byte(g.text), &b) == nil {
		return json.Marshal(b)
	}
	return json.Marshal(g.text)
}

// Schema describes both forms, and none.
func (GeneratedFrom) Schema(r huma.Registry) *huma.Schema {
	most := appliance.MaxPrompt
	return &huma.Schema{OneOf: []*huma.Schema{{Type: huma.TypeString, Nullable: true, MaxLength: &most}, r.Schema(reflect.TypeFor[BriefRequest](), true, "")}}
}

// RosterEntry is somebody who is expected to take part.
type RosterEntry struct {
	Email       string            `json:"email" maxLength:"254" doc:"Nothing is sent to it"`
	DisplayName string            `json:"displayName,omitempty" maxLength:"100"`
	RolesByStep map[string]string `json:"rolesByStep,omitempty" doc:"The role in each step of a chain, by the id of the step"`
}

func rosterOf(list []RosterEntry) (roster []appliance.RosterEntry) {
	for _, r := range list {
		roster = append(roster, appliance.RosterEntry(r))
	}
	return roster
}

// rosterOut gives the roster to those who may see who is expected.
func rosterOut(s appliance.Session, r appliance.Role) []RosterEntry {
	list := []RosterEntry{}
	for _, e := range s.Roster {
		if r.AtLeast(appliance.RoleEditor) {
			list = append(list, RosterEntry(e))
		}
	}
	return list
}

// ChainOutcome says whether a session that was started from a chain runs as one.
type ChainOutcome struct {
	Status  string `json:"status" enum:"unsupported" doc:"The session is there, and does not run as a chain: it is the first step alone"`
	Message string `json:"message"`
}

// chainOutcome gives what became of the chain of a template; nil for a template of one session.
func chainOutcome(from appliance.Template) *ChainOutcome {
	if from.Type != appliance.TemplateChain {
		return nil
	}
	return &ChainOutcome{Status: "unsupported", Message: "This box does not run sessions of several steps yet. The session was made from " +
		"the first step alone; the roster is kept."}
}

// firstStep gives a template as that of its first step where it is a chain.
func firstStep(t appliance.Template) appliance.Template {
	if t.Type != appliance.TemplateChain {
		return t
	}
	step := t.Chain.Steps[0]
	if step.FacilitationPrompt != "" {
		t.Prompt = step.FacilitationPrompt
	}
	if step.DefaultSessionName != "" {
		t.Brief.Topic = step.DefaultSessionName
	}
	return t
}
