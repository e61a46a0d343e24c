package synthesis

import (
	"cmp"
	"slices"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/quote"
)

// The bounds of what is drawn from one conversation.
const (
	maxClaimsPerTopic = 3
	maxBinding        = 3    // decisions and promises of a topic that are drawn besides
	minSalience       = 0.30 // below it a passage is drawn only when its topic has nothing better
	tooAlike          = 0.6  // two passages that share more than this say the same
	minAside          = 3    // terms: what is said beyond the topics ("Yes, that is right") is mostly no statement
)

// drawing is what was drawn from one conversation.
type drawing struct {
	claims             []appliance.Claim
	located, discarded int // quotations
}

// candidate is a passage that could become a claim.
type candidate struct {
	turn     int // index into the turns
	passage  extract.Span
	text     string
	salience float64
}

// draw chooses the passages of the participant that tell most, up to maxClaimsPerTopic for each
// topic and speaker, in the order in
// which they were said. A topic that was answered at all keeps its best passage, so that nobody's answer is lost
// because others were longer. turns are those of the participant; what they only said to the facilitator is passed over. What
// they said to an idea of others is chosen from apart, so that it takes the place of nothing that they said by themselves.
func (sy *Synthesis) draw(language appliance.Language, turns []appliance.Turn) drawing {
	lexicon := extract.For(language)
	type part struct {
		speaker  appliance.SpeakerID
		topic    appliance.TopicID
		prompted bool
	}
	var parts []part // in the order in which they came up
	answers := map[part][]candidate{}
	var said []string
	for _, t := range turns {
		said = append(said, t.Content)
	}
	weights := lexicon.Weigh(said...)
	guided := slices.ContainsFunc(turns, func(t appliance.Turn) bool { return t.TopicID != "" })
	for i, t := range turns {
		if !sy.says(language, t.Content) {
			continue
		}
		of := part{t.Speaker, t.TopicID, t.Prompted}
		if !slices.Contains(parts, of) {
			parts = append(parts, of)
		}
		for _, s := range lexicon.Passages(t.Content) {
			text := s.In(t.Content)
			if t.TopicID == "" && guided && len(lexicon.Terms(text)) < minAside {
				continue
			}
			answers[of] = append(answers[of], candidate{i, s, text, lexicon.Salience(text, weights)})
		}
	}
	var d drawing
	for _, of := range parts {
		for _, best := range choose(lexicon, answers[of]) {
			d.add(lexicon, turns, of.topic, best)
		}
	}
	return d
}

// choose gives the best passages of one topic in the order in which they were said, and besides them those that tell of
// a decision or a promise: what is to be done shall not be lost because somebody said much else.
func choose(lexicon *extract.Lexicon, all []candidate) []candidate {
	ranked := slices.Clone(all)
	appliance.Sort(ranked, func(a, b candidate) int { return cmp.Compare(b.salience, a.salience) })
	var chosen []candidate
	said := func(c candidate) bool {
		return slices.ContainsFunc(chosen, func(have candidate) bool { return lexicon.Alike(have.text, c.text) > tooAlike })
	}
	rest := ranked
	for len(rest) > 0 && len(chosen) < maxClaimsPerTopic && rest[0].salience > 0 &&
		(len(chosen) == 0 || rest[0].salience >= minSalience) {
		if !said(rest[0]) {
			chosen = append(chosen, rest[0])
		}
		rest = rest[1:]
	}
	for most := len(chosen) + maxBinding; len(rest) > 0 && len(chosen) < most && rest[0].salience > 0; rest = rest[1:] {
		if lexicon.Binds(rest[0].text) && !said(rest[0]) {
			chosen = append(chosen, rest[0])
		}
	}
	appliance.Sort(chosen, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.turn, b.turn), cmp.Compare(a.passage.Start, b.passage.Start))
	})
	return chosen
}

// add makes a claim of a passage, if the quote gate finds it in its turn.
func (d *drawing) add(lexicon *extract.Lexicon, turns []appliance.Turn, topic appliance.TopicID, c candidate) {
	turn := turns[c.turn]
	span, ok := quote.Locate(c.text, []quote.Source{{ID: string(turn.ID), Text: turn.Content}})
	if !ok {
		d.discarded++
		return
	}
	d.located++
	d.claims = append(d.claims, appliance.Claim{
		ID: appliance.NewClaimID(), TopicID: topic, Text: c.text, Verbatim: true, Salience: c.salience,
		Stance: stance(lexicon, c.text),
		Quotes: []appliance.Quote{{
			ID:     appliance.NewQuoteID(),
			Span:   appliance.Span{TurnID: turn.ID, Start: span.Start, End: span.End},
			Method: string(span.Method), Score: span.Score,
		}},
	})
}

// stance says by words how a text stands to what it is about.
func stance(lexicon *extract.Lexicon, text string) appliance.Stance {
	well, ill := false, false
	for _, s := range extract.Sentences(text) {
		good, bad := lexicon.Sides(s.In(text))
		well, ill = well || good, ill || bad
	}
	switch {
	case well && ill:
		return appliance.StanceMixed
	case well:
		return appliance.StanceFor
	case ill:
		return appliance.StanceAgainst
	}
	return appliance.StanceNeutral
}
