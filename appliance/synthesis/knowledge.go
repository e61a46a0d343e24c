package synthesis

import (
	"regexp"
	"slices"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// Knowledge is what a session's results hold in a form that programs read. Evidence names turns.
type Knowledge struct {
	Decisions []Decision
	Actions   []Action
	Tensions  []Tension
	Claims    []KnowledgeClaim
	Gaps      []string
}

// Decision is something that people said was decided.
type Decision struct {
	Description string
	Evidence    []appliance.TurnID
}

// Action is something that somebody said they would do. Owner is their pseudonym; both it and Due are "" where rules
// cannot tell.
type Action struct {
	Description string
	Owner       string
	Due         string // as it was said
	Evidence    []appliance.TurnID
}

// Tension is a matter with at least two sides.
type Tension struct {
	Summary  string
	Sides    []string
	Evidence []appliance.TurnID
}

// Strength says how many others support a claim on the same topic.
type Strength string

// The strengths of claims.
const (
	Weak     Strength = "weak"     // nobody else
	Moderate Strength = "moderate" // one other person
	Strong   Strength = "strong"   // two or more
)

// KnowledgeClaim is a claim that the report cites.
type KnowledgeClaim struct {
	Text     string
	Category string // title of the topic
	Strength Strength
	Evidence []appliance.TurnID
}

// supports is how much two claims of different people must share (see index.alike) to strengthen each other.
const supports = 0.2

// How people say, at the beginning of a sentence, that something was decided or that they will do it. What is only
// hoped, feared or denied ("I will never", "we will lose") is neither.
var (
	decided = regexp.MustCompile(`(?i)^(?:(?:so|and|then|today|yesterday|also|dann|heute|gestern) )?` +
		`(?:we (?:have |had )?(?:just |finally )?(?:decided|agreed|settled)\b|it was (?:decided|agreed)\b|` +
		`(?:wir haben|es wurde|wurde) .{0,120}\b(?:beschlossen|entschieden|vereinbart|ausgemacht)\b)`)
	promised = regexp.MustCompile(`(?i)^(?:(?:so|and|then|ok|okay|also|dann|und|gut|tomorrow|morgen),? )?` +
		`(?P<who>i|we|ich|wir)(?:'ll| will| am going to| are going to| promise to| werde| werden| kümmere mich| kümmern uns)\b`)
	notPromised = regexp.MustCompile(`(?i)\b(?:never|not|if|unless|lose|need|miss|have to|be able|nie|nicht|kein\w*|wenn|falls|` +
		`verlieren|brauchen|müssen|vermissen)\b|n't\b|\?$`)
	due = regexp.MustCompile(`(?i)\b(?:(?:by|until|before|on|this|next|bis|am|nächste[nrsm]?|diese[nrsm]?) )+` +
		`(?:the end of )?(?:the |this |next |zum |zur |kommenden |nächste[nr]? |ende der )?` +
		`(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|week|month|year|spring|summer|autumn|winter|` +
		`montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|woche|monat|jahr)\b|\b(?:tomorrow|morgen)\b`)
)

// KnowledgeOf reads the knowledge out of results and of all claims of the session, by rules: decisions and actions by
// how people say them, gaps from the report. Rules cannot tell a tension from two different matters, so they name
// none.
func KnowledgeOf(guide appliance.Guide, r store.Results, claims []store.CitedClaim) Knowledge {
	k := Knowledge{Decisions: []Decision{}, Actions: []Action{}, Tensions: []Tension{}, Claims: []KnowledgeClaim{},
		Gaps: []string{}}
	for _, s := range r.Report.Body.Sections {
		for _, sentence := range s.Sentences {
			if s.Kind == appliance.SectionGaps {
				k.Gaps = append(k.Gaps, sentence.Text)
			}
		}
	}
	titles := map[appliance.TopicID]string{}
	for _, t := range guide.Topics {
		titles[t.ID] = t.Title
	}
	cited := map[appliance.ClaimID]bool{}
	for _, id := range r.Report.Body.Cited() {
		cited[id] = true
	}
	x := newIndex(claims)
	byTopic := map[appliance.TopicID][]int{}
	for i, c := range x.claims {
		byTopic[c.TopicID] = append(byTopic[c.TopicID], i)
	}
	for i, c := range x.claims {
		text := strings.ReplaceAll(c.Text, "’", "'")
		switch {
		case decided.MatchString(text):
			k.Decisions = append(k.Decisions, Decision{c.Text, evidence(c)})
		case promised.MatchString(text) && !notPromised.MatchString(text):
			k.Actions = append(k.Actions, Action{c.Text, owner(r.Language, c, text), due.FindString(text), evidence(c)})
		}
		if cited[c.ID] {
			k.Claims = append(k.Claims, KnowledgeClaim{c.Text, titles[c.TopicID], x.strength(i, byTopic[c.TopicID]), evidence(c)})
		}
	}
	return k
}

// owner is who promised: the participant, if they spoke for themselves.
func owner(language appliance.Language, c indexed, text string) string {
	m := promised.FindStringSubmatch(text)
	if who := strings.ToLower(m[promised.SubexpIndex("who")]); who != "i" && who != "ich" {
		return ""
	}
	return Pseudonym(language, c.Number, c.Title)
}

// evidence gives the turns that a claim quotes.
func evidence(c indexed) []appliance.TurnID {
	turns := make([]appliance.TurnID, 0, len(c.Quotes))
	for _, q := range c.Quotes {
		if !slices.Contains(turns, q.Span.TurnID) {
			turns = append(turns, q.Span.TurnID)
		}
	}
	return turns
}

// strength counts the people who say something alike, up to two.
func (x *index) strength(claim int, topic []int) Strength {
	others := map[int]bool{}
	for _, o := range topic {
		if who := x.claims[o].who; who != x.claims[claim].who && !x.claims[o].Prompted && !others[who] && x.alike(o, claim) >= supports {
			if others[who] = true; len(others) == 2 {
				return Strong
			}
		}
	}
	if len(others) == 1 {
		return Moderate
	}
	return Weak
}
