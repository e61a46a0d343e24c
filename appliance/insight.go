package appliance

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// InsightAsk is one thing that is asked of every conversation of a session.
type InsightAsk struct {
	Name     string      `json:"name,omitempty"` // at the head of a column; "" shows the question
	Question string      `json:"question"`
	Kind     InsightKind `json:"kind"`
	Options  []string    `json:"options,omitempty"` // with InsightCategory
	Unit     string      `json:"unit,omitempty"`    // with InsightNumber, as the next two
	Min      *float64    `json:"min,omitempty"`     // nil: as small as it may be
	Max      *float64    `json:"max,omitempty"`
}

// InsightKind is what the answer to an insight question is.
type InsightKind string

// The kinds of answers.
const (
	InsightText     InsightKind = "text"
	InsightYesNo    InsightKind = "yes_no"
	InsightCategory InsightKind = "category" // exactly one of the options
	InsightNumber   InsightKind = "number"
	InsightList     InsightKind = "list"
)

// InsightKinds lists them in the order in which they are offered.
func InsightKinds() []InsightKind {
	return []InsightKind{InsightText, InsightList, InsightYesNo, InsightCategory, InsightNumber}
}

// ByRules says whether rules can answer such a question: by what stands in the words as it is. A text and a list have to
// be written, which takes a model.
func (k InsightKind) ByRules() bool { return k != InsightText && k != InsightList }

// Limits of insights.
const (
	MaxInsights     = 12  // questions of a session at work at once, and of a template
	MaxInsight      = 300 // characters of a question
	MaxInsightName  = 60
	MaxInsightUnit  = 30
	MaxInsightText  = 600 // bytes of an answer in words
	MaxInsightItems = 12  // of a list
)

// Validate checks the limits of everything in it.
func (a InsightAsk) Validate() error {
	var p Problems
	a.check(&p, "")
	return p.Err()
}

// check adds what is wrong; at stands before the names of the fields.
func (a InsightAsk) check(p *Problems, at string) {
	CheckLine(p, at+"name", a.Name, MaxInsightName, false)
	CheckLine(p, at+"question", a.Question, MaxInsight, true)
	CheckLine(p, at+"unit", a.Unit, MaxInsightUnit, false)
	if !slices.Contains(InsightKinds(), a.Kind) {
		p.Add(at+"kind", "The kinds are text, yes_no, category, number and list.")
	}
	if a.Kind == InsightCategory && (len(a.Options) < 2 || len(a.Options) > MaxOptions) {
		p.Add(at+"options", "A category needs 2 to %d options.", MaxOptions)
	}
	if a.Kind != InsightCategory && len(a.Options) > 0 {
		p.Add(at+"options", "Only a category has options.")
	}
	seen := map[string]bool{}
	for i, o := range a.Options {
		CheckLine(p, fmt.Sprintf("%soptions[%d]", at, i), o, MaxOption, true)
		if key := strings.ToLower(strings.TrimSpace(o)); seen[key] {
			p.Add(fmt.Sprintf("%soptions[%d]", at, i), "This option is there already.")
		} else {
			seen[key] = true
		}
	}
	if a.Kind != InsightNumber && (a.Unit != "" || a.Min != nil || a.Max != nil) {
		p.Add(at+"unit", "Only a number has a unit and bounds.")
	}
	for _, n := range []*float64{a.Min, a.Max} {
		if n != nil && (math.IsNaN(*n) || math.IsInf(*n, 0) || math.Abs(*n) > maxInsightNumber) {
			p.Add(at+"min", "A bound is a number of at most fifteen digits.")
		}
	}
	if a.Min != nil && a.Max != nil && *a.Min >= *a.Max {
		p.Add(at+"max", "The largest number must be more than the smallest.")
	}
}

const maxInsightNumber = 1e15

// Allows says whether a number is within the bounds.
func (a InsightAsk) Allows(n float64) bool {
	return math.Abs(n) <= maxInsightNumber && (a.Min == nil || n >= *a.Min) && (a.Max == nil || n <= *a.Max)
}

// Equal says whether two ask the same: then the answers to one are answers to the other. The name asks nothing.
func (a InsightAsk) Equal(b InsightAsk) bool {
	same := func(x, y *float64) bool { return (x == nil) == (y == nil) && (x == nil || *x == *y) }
	return a.Question == b.Question && a.Kind == b.Kind && slices.Equal(a.Options, b.Options) && a.Unit == b.Unit &&
		same(a.Min, b.Min) && same(a.Max, b.Max)
}

// InsightDefinition is a question that a session puts to each of its conversations. A change of what is asked is a new
// version; answers stay with the version that they answer.
type InsightDefinition struct {
	ID         InsightID
	SessionID  SessionID
	Ask        InsightAsk
	Version    int       // of Ask, from 1
	Maker      Maker     // of Ask
	ArchivedAt time.Time // zero: it is at work
	CreatedAt  time.Time
}

// InsightRun is one round in which a definition is put to conversations. What was answered in an earlier run of the same
// version holds until it is answered anew.
type InsightRun struct {
	Definition InsightID
	Run        int // from 1
	Version    int // of what is asked
	Anew       bool
	State      InsightRunState
	CreatedAt  time.Time
	EndedAt    time.Time // zero while it is open
}

// InsightRunState is where a run stands.
type InsightRunState string

// The states of a run. Conversations that finish later are answered within the newest run, whatever its state. One that
// waits for a model stays open.
const (
	InsightRunOpen    InsightRunState = "open"
	InsightRunDone    InsightRunState = "done"
	InsightRunStopped InsightRunState = "stopped"
)

// Insight is the answer of one conversation to a definition.
type Insight struct {
	Definition     InsightID
	Version        int
	Run            int
	ConversationID ConversationID
	State          InsightState
	// Value is one text, "yes" or "no", one of the options, a number in digits, or the items of a list; empty unless
	// State is InsightSaid.
	Value     []string
	Number    *float64 // with InsightNumber
	Verbatim  bool     // Value holds the speaker's own words
	Evidence  []InsightEvidence
	Discarded int    // proposals that were left out, because their words were found nowhere or say something else
	Failure   string // a word for what went wrong, with InsightFailed
	InputHash []byte // of what the participant said
	Changes   int    // Conversation.Changes when that was read
	Asked     string // Maker.Key of who was asked, also where rules have answered in the end
	Maker     Maker
	CreatedAt time.Time
}

// InsightEvidence is a place that an answer rests on.
type InsightEvidence struct {
	Quote
	Item int // of the list; 0 otherwise
}

// InsightState says what became of a question in one conversation.
type InsightState string

// The states of an answer.
const (
	InsightSaid        InsightState = "said"
	InsightNotSaid     InsightState = "not_said"    // the conversation does not tell
	InsightUnsupported InsightState = "unsupported" // an answer was proposed, and words that bear it out were found nowhere
	InsightFailed      InsightState = "failed"      // it could not be asked; it is again when somebody wants it
)

// The values of InsightYesNo.
const (
	InsightYes = "yes"
	InsightNo  = "no"
)
