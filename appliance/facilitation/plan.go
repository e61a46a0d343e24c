package facilitation

import (
	"strings"
	"sync"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/extract"
)

// Plan is a guide made ready for one language: for each topic its question and the follow-ups that may be asked in it,
// in order. No question stands in it twice. A Plan is never changed and serves any number of conversations.
type Plan struct {
	guide    appliance.Guide
	language appliance.Language
	written  appliance.Language // of the guide
	phrases  *phrases
	topics   []planTopic
	about    string // the topic of the session, for prompts
	approach Approach
	shares   bool // ideas of others may be offered
	chooses  bool // the facilitator may choose controls

	once   sync.Once // makes prefix
	prefix string    // see system
	keep   sync.Once // makes kept
	kept   secrets   // see hides
}

type planTopic struct {
	question  string
	followUps []string                             // as many as may be asked
	behind    string                               // in place of the first follow-up, when the answer was only yes or no; "" for none
	controls  map[appliance.ControlType]controlled // follow-ups of the rules that are answered by a control
	plain     bool                                 // the question keeps the rules of questions, so that a model can ask it
}

// NewPlan makes a plan. A topic's follow-ups are its probes, and after them general ones about its title; at most as
// many as the topic allows. A host's question that stands in the guide twice is asked once, and replaced by a general
// one the second time.
func NewPlan(g appliance.Guide, language appliance.Language) *Plan {
	return NewPlanOf(g, language, language)
}

// NewPlanOf makes a plan of a guide that is written in another language than that of the conversation: a model then puts
// the questions of the guide into the language of the conversation, and the rules ask them as they are written. What the
// rules say beside them is in the language of the conversation where it is complete, else in that of the guide.
func NewPlanOf(g appliance.Guide, written, language appliance.Language) *Plan {
	p := &Plan{guide: g, language: language, written: written, phrases: phrasesOf(language.Or(written)),
		topics: make([]planTopic, len(g.Topics))}
	used := make(map[string]bool)
	first := func(candidates []string) (string, bool) {
		for _, c := range candidates {
			if k := sameQuestion(c); k != "" && !used[k] {
				used[k] = true
				return c, true
			}
		}
		return "", false
	}
	about := func(follow []string, t appliance.Topic) []string {
		out := make([]string, len(follow))
		for i := range follow {
			out[i] = p.phrases.about(follow[i], t.Title)
		}
		return out
	}
	general := func(t appliance.Topic) []string { return about(p.phrases.Generic, t) }
	// Questions go before all follow-ups: they must be asked.
	for i, t := range g.Topics {
		q, ok := first(append([]string{t.Question}, general(t)...))
		if !ok {
			q = t.Question
		}
		p.topics[i].question = q
		p.topics[i].plain = len(CheckQuestion(Utterance{Text: q, Language: written, Move: appliance.MoveAsk, Must: q})) == 0
	}
	for i, t := range g.Topics {
		candidates := append(append([]string{}, t.Probes...), general(t)...)
		for len(p.topics[i].followUps) < t.FollowUps {
			q, ok := first(candidates)
			if !ok {
				break
			}
			p.topics[i].followUps = append(p.topics[i].followUps, q)
		}
		behind := about(p.phrases.Behind, t)
		n := i % len(behind)
		p.topics[i].behind, _ = first(append(behind[n:], behind[:n]...))
		p.topics[i].controls = p.controlsAbout(t, first)
	}
	return p
}

// translated says whether a model has to put the questions of the guide into another language.
func (p *Plan) translated() bool { return p.language != p.written }

// sameQuestion gives what two wordings of one question share: its words.
func sameQuestion(q string) string { return strings.Join(extract.Words(q), " ") }

// Turns is the greatest number of turns that the facilitator takes by this plan: opening, questions, follow-ups,
// the question what was missed, read-back and closing, and what it may do beside the guide.
func (p *Plan) Turns() int {
	n := 3 + maxReplies + maxCares + maxBoundaries + 1 + min(maxIdeas, len(p.topics))
	for _, t := range p.topics {
		n += 1 + len(t.followUps)
	}
	return n
}

// leastTime is what every conversation may take, however short its guide is.
const leastTime = 10 * time.Minute

// Time is how long the participant may take for the questions of the guide: twice what the guide expects, and never
// less than ten minutes. Time counts as it does in appliance.Coverage, so that nobody loses it by being away.
func (p *Plan) Time() time.Duration {
	return max(leastTime, 2*time.Duration(p.guide.Minutes())*time.Minute)
}

// timeUp says whether that has been taken, with c in the place of its topic's coverage.
func (p *Plan) timeUp(s State, c appliance.Coverage) bool {
	total := c.Seconds
	for id, other := range s.Coverage {
		if id != c.TopicID {
			total += other.Seconds
		}
	}
	return time.Duration(total)*time.Second >= p.Time()
}

// index gives the place of a topic in the guide, -1 when it is not there.
func (p *Plan) index(id appliance.TopicID) int {
	for i, t := range p.guide.Topics {
		if t.ID == id {
			return i
		}
	}
	return -1
}
