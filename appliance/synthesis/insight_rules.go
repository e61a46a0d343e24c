package synthesis

import (
	"slices"
	"strconv"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/quote"
)

// The bounds of what rules take for an answer.
const (
	leastAsked  = 2 // words of meaning that a question of the facilitator shares with one that it asks
	maxEvidence = 3
)

// answerByRules gives the answer that stands in a conversation as it is: a "yes" or "no" to a question of the facilitator
// that asks the same, the one option that was named, the one number that was said. Where two were, rules do not choose.
func answerByRules(c heard, ask appliance.InsightAsk) appliance.Insight {
	f := finder{c: c, ask: ask, lexicon: extract.For(c.Language)}
	var found []saying
	switch ask.Kind {
	case appliance.InsightYesNo:
		found = f.yesNo()
	case appliance.InsightCategory:
		found = f.options()
	case appliance.InsightNumber:
		found = f.numbers()
	}
	if len(found) == 0 || slices.ContainsFunc(found, func(s saying) bool { return s.value != found[0].value }) {
		return appliance.Insight{State: appliance.InsightNotSaid}
	}
	i := appliance.Insight{State: appliance.InsightSaid, Value: []string{found[0].value}, Number: found[0].number}
	for _, s := range found[:min(len(found), maxEvidence)] {
		span, ok := quote.Locate(s.words, []quote.Source{{ID: string(s.turn.ID), Text: s.turn.Content}})
		if !ok {
			i.Discarded++
			continue
		}
		i.Evidence = append(i.Evidence, placed(s.turn, span, 0))
	}
	if len(i.Evidence) == 0 {
		return appliance.Insight{State: appliance.InsightUnsupported, Discarded: i.Discarded}
	}
	return i
}

// placed gives a place that bears an answer out.
func placed(turn appliance.Turn, span quote.Span, item int) appliance.InsightEvidence {
	return appliance.InsightEvidence{Item: item, Quote: appliance.Quote{ID: appliance.NewQuoteID(),
		Span:   appliance.Span{TurnID: turn.ID, Start: span.Start, End: span.End},
		Method: string(span.Method), Score: span.Score}}
}

// saying is an answer and the words in which it stands.
type saying struct {
	value  string
	number *float64
	turn   appliance.Turn
	words  string
}

// finder looks for the answer of one conversation to one question.
type finder struct {
	c       heard
	ask     appliance.InsightAsk
	lexicon *extract.Lexicon
}

// asked says whether a turn answers a question of the facilitator that asks the same.
func (f finder) asked(turn appliance.Turn) bool {
	want, have := map[string]bool{}, map[string]bool{}
	for _, t := range f.lexicon.Terms(f.ask.Question) {
		want[t.Stem] = true
	}
	for _, t := range f.lexicon.Terms(f.c.questions[turn.ID]) {
		if want[t.Stem] {
			have[t.Stem] = true
		}
	}
	return len(have) > 0 && len(have) >= min(leastAsked, len(want)) && 2*len(have) >= len(want)
}

func (f finder) yesNo() (list []saying) {
	for _, t := range f.c.said {
		if !f.asked(t) {
			continue
		}
		s := saying{turn: t, words: extract.Sentences(t.Content)[0].In(t.Content)}
		switch f.lexicon.Answers(t.Content) {
		case 1:
			s.value = appliance.InsightYes
		case -1:
			s.value = appliance.InsightNo
		default:
			continue
		}
		list = append(list, s)
	}
	return list
}

// options gives where options were named, in answers to the same question if they were there.
func (f finder) options() []saying {
	var all, asked []saying
	for _, t := range f.c.said {
		for _, at := range extract.Sentences(t.Content) {
			words := at.In(t.Content)
			for _, option := range f.ask.Options {
				if named, _ := f.lexicon.Mentions(words, option); !named {
					continue
				}
				s := saying{value: option, turn: t, words: words}
				if all = append(all, s); f.asked(t) {
					asked = append(asked, s)
				}
			}
		}
	}
	if len(asked) > 0 {
		return asked
	}
	return all
}

// numbers gives the numbers within the bounds that were said with the unit, or in answer to the same question, or in a
// sentence that speaks of what the question is about.
func (f finder) numbers() []saying {
	var about, asked []saying
	for _, t := range f.c.said {
		for _, at := range extract.Sentences(t.Content) {
			words := at.In(t.Content)
			answers := f.asked(t)
			unit, _ := f.lexicon.Mentions(words, f.ask.Unit)
			if !answers && (f.ask.Unit != "" && !unit || !(&reader{language: f.c.Language, lexicon: f.lexicon}).shares(f.ask.Question, words)) {
				continue
			}
			for _, n := range extract.Numbers(f.c.Language, words) {
				if !f.ask.Allows(n.Value) {
					continue
				}
				s := saying{value: strconv.FormatFloat(n.Value, 'f', -1, 64), number: &n.Value, turn: t, words: words}
				if about = append(about, s); answers {
					asked = append(asked, s)
				}
			}
		}
	}
	if len(asked) > 0 {
		return asked
	}
	return about
}
