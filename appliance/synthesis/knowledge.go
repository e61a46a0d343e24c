package synthesis

import (
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/extract"
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

// Action is something that somebody said they would do. Owner and Due are "" where rules cannot tell.
type Action struct {
	Description string
	Owner       string
	Due         string
	Evidence    []appliance.TurnID
}

// Tension is a matter with at least two sides.
type Tension struct {
	Summary  string
	Sides    []string
	Evidence []appliance.TurnID
}

// KnowledgeClaim is a claim that the report cites. Strength is "strong" when at least two others say something alike
// on the same topic, "moderate" for one, else "weak".
type KnowledgeClaim struct {
	Text     string
	Category string // title of the topic
	Strength string
	Evidence []appliance.TurnID
}

// How people say that something was decided, or that they will do it. Matched in lower case at the start of a word.
var (
	decided  = []string{"we decided", "we have decided", "we agreed", "it was decided", "wir haben beschlossen", "wir haben entschieden", "wir haben vereinbart", "wurde beschlossen"}
	promised = []string{"i will ", "i'll ", "we will ", "we'll ", "i am going to ", "ich werde ", "wir werden ", "ich kümmere mich"}
)

// KnowledgeOf reads the knowledge out of a report and its claims, by rules: decisions and actions by how people say
// them, gaps from the report. Rules cannot tell a tension from two different matters, so they name none.
func KnowledgeOf(s appliance.Session, guide appliance.Guide, r appliance.Report, claims []store.CitedClaim) Knowledge {
	k := Knowledge{Decisions: []Decision{}, Actions: []Action{}, Tensions: []Tension{}, Claims: []KnowledgeClaim{}, Gaps: []string{}}
	titles := map[appliance.TopicID]string{}
	for _, t := range guide.Topics {
		titles[t.ID] = t.Title
	}
	cited := map[appliance.ClaimID]bool{}
	for _, s := range r.Body.Sections {
		for _, sentence := range s.Sentences {
			if s.Kind == appliance.SectionGaps {
				k.Gaps = append(k.Gaps, sentence.Text)
			}
			for _, id := range sentence.Claims {
				cited[id] = true
			}
		}
	}
	lexicon := extract.For(s.Language)
	for _, c := range claims {
		evidence := make([]appliance.TurnID, 0, len(c.Quotes))
		for _, q := range c.Quotes {
			evidence = append(evidence, q.Span.TurnID)
		}
		switch text := strings.ToLower(strings.ReplaceAll(c.Text, "’", "'")); {
		case says(text, decided):
			k.Decisions = append(k.Decisions, Decision{c.Text, evidence})
		case says(text, promised):
			k.Actions = append(k.Actions, Action{Description: c.Text, Evidence: evidence})
		}
		if cited[c.ID] {
			k.Claims = append(k.Claims, KnowledgeClaim{c.Text, titles[c.TopicID], strength(lexicon, c, claims), evidence})
		}
	}
	return k
}

// alike is how much two claims of different people must share to strengthen each other.
const alike = 0.2

func strength(lexicon *extract.Lexicon, c store.CitedClaim, claims []store.CitedClaim) string {
	others := map[appliance.ConversationID]bool{}
	for _, o := range claims {
		if o.TopicID == c.TopicID && o.ConversationID != c.ConversationID && lexicon.Alike(o.Text, c.Text) >= alike {
			others[o.ConversationID] = true
		}
	}
	switch len(others) {
	case 0:
		return "weak"
	case 1:
		return "moderate"
	}
	return "strong"
}

func says(text string, phrases []string) bool {
	for _, p := range phrases {
		if strings.HasPrefix(text, p) || strings.Contains(text, " "+p) {
			return true
		}
	}
	return false
}
