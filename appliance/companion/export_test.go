package companion

import "harmonium/appliance/store"

// Method is how passages are found, with steps left out.
type Method = method

// Ranked is the step between the words that were read and the passages, by a method of which steps may be left out: it gives
// what the passages are within a budget of words.
func Ranked(text string, material []store.Material, m method) func(budget int) []Passage {
	c := newCorpus(newQuestion(text, m), material, m)
	scores := c.scores(m)
	return func(budget int) []Passage { return c.passages(c.take(scores, budget)) }
}
