package companion

import "math"

// The figures of the method. They are round, and were chosen on half of the meetings of the benchmark; the other half is what
// BENCHMARKS.md measures with. None of them is sharp: half or twice of each costs less than two points.
const (
	// speakerWeight is what the words of a speaker whom the question names weigh, against one word of the question.
	speakerWeight = 4.0
	// mostlyOne is the share of all words from which on a speaker is no hint: nearly everything is theirs.
	mostlyOne = 0.95
	// again is the exponent of how often a word stands in one turn.
	again = 0.7

	// usualWords is how long a conversation is for which the lengths below hold. In shorter ones everything is shorter in
	// proportion: two sentences answer what a quarter of an hour does in a long meeting.
	usualWords = 5000.0
	// backgroundWords is how many words of the material as a whole each passage is thought to hold besides its own, so
	// that a short one is not taken for the best because of one word (Dirichlet smoothing).
	backgroundWords = 800.0
	// shortness is the exponent of the length of a passage by which a longer one is thought less likely.
	shortness = 0.7
	// The lengths that passages are tried with, in words: from leastWords on, each longer by growth, up to a share of all.
	leastWords = 40.0
	growth     = 1.4
	mostShare  = 0.35

	// nearWeight is what BM25 spread over the neighbours counts against the passages, each as if it chose nearWords words.
	nearWeight = 0.15
	nearWords  = 500.0
)

// scale is what lengths are to be taken times in this material.
func (c *corpus) scale() float64 {
	return min(1, c.total/float64(max(1, len(c.material)))/usualWords)
}

// passageChances gives for each turn how likely it lies in the passage that answers the question. Every run of turns, short
// and long, is weighed as a whole: how much more likely the words of the question are in it than in all the material
// (query likelihood, Ponte and Croft 1998, with the smoothing of Zhai and Lafferty 2001), and what it weighs is given to
// each of its turns. So a turn without any of the words counts where turns on both sides of it have them, and the length of
// a passage need not be known.
func (c *corpus) passageChances() []float64 {
	out := make([]float64, len(c.turns))
	sums := make([][]float64, len(c.signals)) // before each turn
	shares := make([]float64, len(c.signals))
	for i, s := range c.signals {
		sums[i] = running(s.counts)
		shares[i] = sums[i][len(c.turns)] / c.total
	}
	at := running(c.words)
	var tried []candidate
	background := backgroundWords * c.scale()
	best := math.Inf(-1)
	for i := range c.material {
		c.tries(i, at, func(from, to int) {
			length := at[to] - at[from]
			weight := -shortness * math.Log(length)
			for k, s := range c.signals {
				n := sums[k][to] - sums[k][from]
				weight += s.weight * math.Log((n/shares[k]+background)/(length+background))
			}
			tried = append(tried, candidate{from, to, weight})
			best = max(best, weight)
		})
	}
	all := 0.0
	change := make([]float64, len(c.turns)+1)
	for _, t := range tried {
		chance := math.Exp(t.weight - best)
		change[t.from] += chance
		change[t.to] -= chance
		all += chance
	}
	now := 0.0
	for i := range out {
		now += change[i]
		out[i] = max(0, now) / all
	}
	return out
}

// candidate is the turns [from, to) as a passage, and the logarithm of how well it answers.
type candidate struct {
	from, to int
	weight   float64
}

// tries gives the passages of a conversation that are weighed: from every turn on, some lengths.
func (c *corpus) tries(conversation int, at []float64, try func(from, to int)) {
	first, end := c.conversation(conversation)
	least := leastWords * c.scale()
	most := max(least, min(mostShare*c.total, at[end]-at[first]))
	for from := first; from < end; from++ {
		to := from
		for size := least; size <= most && to < end; size *= growth {
			if to > from && at[to]-at[from] >= size {
				continue // one turn is longer than several of the lengths
			}
			for to < end && at[to]-at[from] < size {
				to++
			}
			try(from, to)
		}
	}
}

// running gives the sums of what stands before each place, and of all at the end.
func running(list []float64) []float64 {
	sums := make([]float64, len(list)+1)
	for i, x := range list {
		sums[i+1] = sums[i] + x
	}
	return sums
}

// nearby gives for each turn its share of what BM25 finds in it and in the words around it, in all 1 for each word.
func (c *corpus) nearby(m method) []float64 {
	raw := make([]float64, len(c.turns))
	mean := c.total / float64(max(1, len(c.turns)))
	for _, s := range c.signals {
		if s.speaker {
			continue
		}
		holding := 0.0
		for _, n := range s.counts {
			holding += min(1, n)
		}
		rare := math.Log(1 + (float64(len(c.turns))-holding+0.5)/(holding+0.5))
		for i, n := range s.counts {
			raw[i] += rare * n * 2.2 / (n + 1.2*(0.25+0.75*c.words[i]/mean))
		}
	}
	out := make([]float64, len(c.turns))
	if m.NoNeighbours {
		copy(out, raw)
	} else {
		for i := range c.material {
			from, to := c.conversation(i)
			for _, reach := range []float64{80, 300} {
				spread(out[from:to], raw[from:to], c.words[from:to], reach*c.scale())
			}
		}
	}
	all := 0.0
	for i, x := range out {
		all += x * c.words[i]
	}
	for i := range out {
		if all > 0 {
			out[i] /= all
		}
	}
	return out
}

// spread gives each turn a share of what stands around it, less by e for every reach words of distance.
func spread(out, raw, words []float64, reach float64) {
	before := 0.0
	for i := range raw {
		before = before*math.Exp(-words[i]/reach) + raw[i]
		out[i] += before / reach
	}
	after := 0.0
	for i := len(raw) - 1; i >= 0; i-- {
		out[i] += after * math.Exp(-words[i]/reach) / reach
		after = after*math.Exp(-words[i]/reach) + raw[i]
	}
}
