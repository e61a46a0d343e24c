package synthesis

import (
	"slices"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/quote"
)

// The bounds of what is drawn from one conversation.
const (
	maxClaimsPerTopic = 3
	minSalience       = 0.30 // below it a sentence is drawn only when its topic has nothing better
	tooAlike          = 0.6  // two sentences that share more than this say the same
)

// drawing is what was drawn from one conversation.
type drawing struct {
	claims             []appliance.Claim
	located, discarded int // quotations
}

// candidate is a sentence that could become a claim.
type candidate struct {
	turn     int // index into the turns
	sentence extract.Span
	text     string
	salience float64
}

// draw chooses the sentences of the participant that tell most, up to maxClaimsPerTopic for each topic, in the order
// in which they were said. A topic that was answered at all keeps its best sentence, so that nobody's answer is lost
// because others were longer.
func draw(c appliance.Conversation, turns []appliance.Turn) drawing {
	lexicon := extract.For(c.Language)
	var topics []appliance.TopicID // in the order in which they came up
	answers := map[appliance.TopicID][]candidate{}
	topic := appliance.TopicID("")
	var said []string
	for _, t := range turns {
		if t.Role == appliance.FromParticipant {
			said = append(said, t.Content)
		}
	}
	weights := lexicon.Weigh(said...)
	for i, t := range turns {
		if t.Role != appliance.FromParticipant {
			topic = t.TopicID
			continue
		}
		if !slices.Contains(topics, topic) {
			topics = append(topics, topic)
		}
		for _, s := range extract.Sentences(t.Content) {
			text := s.In(t.Content)
			answers[topic] = append(answers[topic], candidate{i, s, text, lexicon.Salience(text, weights)})
		}
	}
	var d drawing
	for _, topic := range topics {
		for _, best := range choose(lexicon, answers[topic]) {
			d.add(turns, topic, best)
		}
	}
	return d
}

// choose gives the best sentences of one topic in the order in which they were said.
func choose(lexicon *extract.Lexicon, all []candidate) []candidate {
	ranked := slices.Clone(all)
	slices.SortStableFunc(ranked, func(a, b candidate) int {
		switch {
		case a.salience > b.salience:
			return -1
		case a.salience < b.salience:
			return 1
		}
		return 0
	})
	var chosen []candidate
	for _, c := range ranked {
		if len(chosen) == maxClaimsPerTopic || c.salience == 0 || len(chosen) > 0 && c.salience < minSalience {
			break
		}
		if !slices.ContainsFunc(chosen, func(have candidate) bool { return lexicon.Alike(have.text, c.text) > tooAlike }) {
			chosen = append(chosen, c)
		}
	}
	slices.SortFunc(chosen, func(a, b candidate) int {
		if a.turn != b.turn {
			return a.turn - b.turn
		}
		return a.sentence.Start - b.sentence.Start
	})
	return chosen
}

// add makes a claim of a sentence, if the quote gate finds it in its turn.
func (d *drawing) add(turns []appliance.Turn, topic appliance.TopicID, c candidate) {
	turn := turns[c.turn]
	span, ok := quote.Locate(c.text, []quote.Source{{ID: string(turn.ID), Text: turn.Content}})
	if !ok {
		d.discarded++
		return
	}
	d.located++
	d.claims = append(d.claims, appliance.Claim{
		ID: appliance.NewClaimID(), TopicID: topic, Text: c.text, Salience: c.salience,
		Quotes: []appliance.Quote{{
			ID:     appliance.NewQuoteID(),
			Span:   appliance.Span{TurnID: turn.ID, Start: span.Start, End: span.End},
			Method: string(span.Method), Score: span.Score,
		}},
	})
}
