package companion

import (
	"cmp"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/store"
)

// CountWords counts the words of a text against a budget: as words are counted everywhere (appliance.Words), or by the
// spaces between them where that is more, so that nobody who counts in one of these ways finds the budget exceeded.
func CountWords(text string) int { return max(appliance.Words(text), len(strings.Fields(text))) }

// method is how passages are found; the zero value is how the product does it. Each step can be left out, to measure what it
// brings.
type method struct {
	KeepAsking   bool // also words that only ask count ("summarize", "discussed")
	NoSpeakers   bool // a question that names a speaker means everybody
	NoPassages   bool // turns are weighed one by one, by BM25
	NoNeighbours bool // … and not spread over those around them
	NoMixture    bool // passages alone count, not what BM25 finds nearby
}

// choose gives the best passages of some conversations within a budget of words.
func choose(q question, material []store.Material, budget int, m method) []Passage {
	c := newCorpus(q, material, m)
	return c.passages(c.take(c.scores(m), budget))
}

// scores says for each turn how much it bears on the question. A question that asks for nothing in particular is about
// everything: what tells the most of it bears on it most.
func (c *corpus) scores(m method) []float64 {
	meant, stands := c.meanings()
	if len(c.signals) == 0 {
		if c.asksForAll || !stands {
			return c.mostTelling()
		}
		return meant
	}
	near := c.nearby(m)
	if m.NoPassages {
		return near
	}
	out := c.passageChances()
	for i := range out {
		if !m.NoMixture {
			out[i] += nearWeight * nearWords * near[i]
		}
		if meant != nil {
			out[i] += meaningWeight * nearWords * meant[i]
		}
	}
	return out
}

// mostTelling scores the turns that a summary of everything would take its sentences from, those first that it takes first; none
// where the question asks for something, which then stands nowhere.
func (c *corpus) mostTelling() []float64 {
	out := make([]float64, len(c.turns))
	if !c.asksForAll || len(c.material) == 0 {
		return out
	}
	texts := make([]string, len(c.turns))
	for i, t := range c.turns {
		texts[i] = t.Content
	}
	for place, s := range extract.For(c.material[0].Language).Summary(texts, int(c.total)) {
		if out[s.Text] == 0 {
			out[s.Text] = 1 / float64(1+place)
		}
	}
	return out
}

// take chooses the turns with the highest scores that a budget of words has room for; 0 stands for those it has not.
func (c *corpus) take(scores []float64, budget int) []float64 {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	appliance.Sort(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	chosen := make([]float64, len(scores))
	left := float64(budget)
	for _, i := range order {
		if scores[i] > 0 && c.words[i] <= left {
			left -= c.words[i]
			chosen[i] = scores[i]
		}
	}
	return chosen
}

// passages puts the turns that were chosen together where they follow each other, the best first.
func (c *corpus) passages(chosen []float64) []Passage {
	var list []Passage
	for i, m := range c.material {
		open := false
		for k := c.begins[i]; k < c.begins[i+1]; k++ {
			if chosen[k] <= 0 {
				open = false
				continue
			}
			if !open {
				list = append(list, Passage{Conversation: m.Conversation, Session: m.Session})
				open = true
			}
			p := &list[len(list)-1]
			p.Turns = append(p.Turns, c.turns[k])
			p.Words += CountWords(c.turns[k].Content)
			p.Score = max(p.Score, chosen[k])
		}
	}
	appliance.Sort(list, func(a, b Passage) int { return cmp.Compare(b.Score, a.Score) })
	return list
}
