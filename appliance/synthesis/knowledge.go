package synthesis

import (
	"slices"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/store"
)

// Knowledge is what a session's results hold in a form that programs read. Evidence names turns; Said gives the words
// themselves, where they stand and whose they are, as far as they may be shown.
type Knowledge struct {
	Decisions []Decision
	Actions   []Action
	Tensions  []Tension
	Claims    []KnowledgeClaim
	Gaps      []string
}

// Decision is something that people said was decided, in the words of the first of them.
type Decision struct {
	Description string
	Evidence    []appliance.TurnID
	Said        []Place
}

// Action is something that somebody said they would do. Owner is their pseudonym; both it and Due are "" where rules
// cannot tell.
type Action struct {
	Description string
	Owner       string
	Due         string // as it was said
	Evidence    []appliance.TurnID
	Said        []Place
}

// Tension is a matter with at least two sides, each in the words of somebody who takes it.
type Tension struct {
	Summary  string
	Sides    []string
	Evidence []appliance.TurnID
	Said     []Place
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

// The bounds of knowledge.
const (
	supports = 0.2 // how much two claims of different people must share (see index.alike) to strengthen each other
	compared = 200 // decisions, and as many actions, with which the next one is compared
)

// knowing reads the knowledge out of the results of a session.
type knowing struct {
	Knowledge
	x        *index
	language appliance.Language // of the report
	read     map[told]bool
}

// told is a sentence in which something was decided or promised.
type told struct {
	turn appliance.TurnID
	text string
}

// stated is such a sentence and where it stands; nowhere when its words may not be shown.
type stated struct {
	told
	at []Place
}

// KnowledgeOf reads the knowledge out of results and of all claims of the session, by rules: decisions and actions by
// how people say them, tensions and gaps from the report. A claim that a model has worded is described in its words; what
// was decided or promised is read from what its speaker said.
func KnowledgeOf(guide appliance.Guide, r store.Results, claims []store.CitedClaim) Knowledge {
	k := &knowing{Knowledge: Knowledge{Decisions: []Decision{}, Actions: []Action{}, Tensions: []Tension{}, Claims: []KnowledgeClaim{},
		Gaps: []string{}}, x: newIndex(claims), language: r.Language, read: map[told]bool{}}
	for _, s := range r.Report.Body.Sections {
		for i, sentence := range s.Sentences {
			switch {
			case s.Kind == appliance.SectionGaps:
				k.Gaps = append(k.Gaps, sentence.Text)
			case s.Kind == appliance.SectionTensions && i%2 == 1:
				k.tension(s.Sentences[i-1], sentence)
			}
		}
	}
	cited := map[appliance.ClaimID]bool{}
	for _, id := range r.Report.Body.Cited() {
		cited[id] = true
	}
	titles := map[appliance.TopicID]string{}
	for _, t := range guide.Topics {
		titles[t.ID] = t.Title
	}
	same := map[appliance.TopicID][]int{}
	for i, c := range k.x.claims {
		same[c.TopicID] = append(same[c.TopicID], i)
	}
	for i, c := range k.x.claims {
		k.statements(c)
		if cited[c.ID] {
			k.Claims = append(k.Claims, KnowledgeClaim{c.Text, titles[c.TopicID], k.x.strength(i, same[c.TopicID]), evidence(c)})
		}
	}
	return k.Knowledge
}

// statements notes what was decided or promised in the sentences that a claim rests on.
func (k *knowing) statements(c indexed) {
	l := extract.For(c.Language)
	for _, s := range k.sentences(c) {
		if k.read[s.told] {
			continue
		}
		if l.Decides(s.text) {
			k.read[s.told] = true
			k.decision(Decision{c.Text, evidence(c), s.at}, c)
		} else if voice := l.Promises(s.text); voice != 0 {
			k.read[s.told] = true
			action := Action{Description: c.Text, Due: l.Due(s.text).In(s.text), Evidence: evidence(c), Said: s.at}
			if voice == extract.Alone {
				action.Owner = Pseudonym(k.language, c.Number, c.Title)
			}
			k.action(action, c)
		}
	}
}

// sentences gives the sentences in which the quotations of a claim stand, as they were said; where none may be shown,
// those of its text.
func (k *knowing) sentences(c indexed) (list []stated) {
	for _, q := range c.Cited {
		for _, s := range extract.Sentences(q.Content) {
			if s.Start < q.Span.End && s.End > q.Span.Start {
				list = append(list, stated{told{q.Span.TurnID, s.In(q.Content)}, []Place{placeOf(c, widened(q, s))}})
			}
		}
	}
	if len(c.Cited) > 0 {
		return list
	}
	for _, s := range extract.Sentences(c.Text) {
		list = append(list, stated{told: told{appliance.TurnID(c.ID), s.In(c.Text)}})
	}
	return list
}

// placeOf is where somebody says something of a claim.
func placeOf(c indexed, q store.CitedQuote) Place {
	return Place{Conversation: c.ConversationID, Number: c.Number, Title: c.Title, CitedQuote: q}
}

// widened gives a quotation as the sentence that it stands in; as it is, where part of that may not be shown.
func widened(q store.CitedQuote, s extract.Span) store.CitedQuote {
	if text := s.In(q.Content); !strings.ContainsRune(text, '…') {
		q.Span.Start, q.Span.End, q.Span.Text = s.Start, s.End, text
	}
	return q
}

// decision adds a decision, or its evidence to that of the same one as others tell it.
func (k *knowing) decision(d Decision, c indexed) {
	l := extract.For(c.Language)
	for i, have := range k.Decisions[:min(len(k.Decisions), compared)] {
		if l.Alike(have.Description, d.Description) > tooAlike {
			k.Decisions[i].Evidence = joined(have.Evidence, d.Evidence)
			k.Decisions[i].Said = append(have.Said, d.Said...)
			return
		}
	}
	k.Decisions = append(k.Decisions, d)
}

// action adds an action, or its evidence to that of the same one as its owner has told it before.
func (k *knowing) action(a Action, c indexed) {
	l := extract.For(c.Language)
	for i, have := range k.Actions[:min(len(k.Actions), compared)] {
		if have.Owner == a.Owner && have.Due == a.Due && l.Alike(have.Description, a.Description) > tooAlike {
			k.Actions[i].Evidence = joined(have.Evidence, a.Evidence)
			k.Actions[i].Said = append(have.Said, a.Said...)
			return
		}
	}
	k.Actions = append(k.Actions, a)
}

// tension notes one over which the report says that people are divided: a sentence for each side.
func (k *knowing) tension(well, ill appliance.ReportSentence) {
	t := Tension{Summary: well.Text + " " + ill.Text}
	for _, side := range []appliance.ReportSentence{well, ill} {
		first := true
		for _, id := range side.Claims {
			c, ok := k.x.place(id)
			if !ok {
				continue // not included any more
			}
			if first {
				t.Sides, first = append(t.Sides, k.x.claims[c].Text), false
			}
			t.Evidence = joined(t.Evidence, evidence(k.x.claims[c]))
			for _, q := range k.x.claims[c].Cited {
				t.Said = append(t.Said, placeOf(k.x.claims[c], q))
			}
		}
	}
	if len(t.Sides) == 2 {
		k.Tensions = append(k.Tensions, t)
	}
}

// joined gives what is in either of two lists of turns, each once.
func joined(a, b []appliance.TurnID) []appliance.TurnID {
	for _, id := range b {
		if !slices.Contains(a, id) {
			a = append(a, id)
		}
	}
	return a
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
