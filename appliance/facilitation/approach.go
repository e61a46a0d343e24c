package facilitation

import (
	"strings"

	"harmonium/appliance"
)

// Approach is what a host has written down for the model of a session, beside or in place of its guide. It never
// replaces a rule: the rules of the system message stand before it and say that they hold, and what the program decides
// and checks does not depend on it. Guided mode does not read it.
type Approach struct {
	Guide  string // in place of the guide in what the model is told; "" leaves the guide there
	Manner string // how to speak, beside the rules; "" for nothing
}

// What of it a model is given, in bytes: beside it the conversation needs room.
const (
	maxApproach = 8_000
	maxManner   = 2_000
)

// approachOf gives what the host of a session has written down.
func approachOf(s appliance.Session) Approach {
	return Approach{Guide: shortened(s.PromptOverride, maxApproach), Manner: shortened(s.PlatformGuidelines, maxManner)}
}

// mark tells turns that were made with a host's words from others.
func (a Approach) mark() string {
	if a == (Approach{}) {
		return ""
	}
	return "+host"
}

// shortened gives the beginning of a text that is too long, and says so to whoever reads it.
func shortened(text string, limit int) string {
	text = strings.TrimSpace(text)
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "\n" + restLeftOut
}

// restLeftOut stands where the end of a text is left out.
const restLeftOut = "(The rest is left out here.)"
