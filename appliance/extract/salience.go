package extract

// Weights says how often each stem occurs in the material that sentences are compared within.
type Weights map[string]int

// Weigh counts the stems of texts.
func (l *Lexicon) Weigh(texts ...string) Weights {
	w := Weights{}
	for _, text := range texts {
		for _, t := range l.Terms(text) {
			w[t.Stem]++
		}
	}
	return w
}

// Salience says how much a sentence tells, from 0 (nothing) to 1: it has a fitting length, words that carry meaning
// and that its speaker comes back to, and gives a reason, an example or a judgement. Questions, "I don't
// know" and what only makes sense together with the sentence before tell little, and a sentence without any word that
// carries meaning nothing.
func (l *Lexicon) Salience(sentence string, w Weights) float64 {
	words := Words(sentence)
	terms := l.Terms(sentence)
	if len(words) < 3 || len(terms) == 0 {
		return 0
	}
	padded := padded(l.bound(words))
	score := 0.30*lengthFit(len(words)) + 0.15*min(1, float64(len(terms))/6) + 0.20*repetition(terms, w)
	for _, m := range []struct {
		there  bool
		weight float64
	}{
		{l.has(kindReason, padded), 0.12},
		{l.has(kindExample, padded), 0.08},
		{l.has(kindJudge, padded), 0.15},
		{l.leans(sentence), -0.10},
		{EndsInQuestion(sentence), -0.25},
		{l.has(kindUnsure, padded), -0.35},
	} {
		if m.there {
			score += m.weight
		}
	}
	return max(0, min(1, score))
}

// lengthFit is 1 for 8 to 30 words and falls off on both sides.
func lengthFit(words int) float64 {
	switch {
	case words < 8:
		return float64(words) / 8
	case words <= 30:
		return 1
	default:
		return max(0.3, 1-float64(words-30)/40)
	}
}

// repetition says how much the terms of a sentence come up elsewhere in the material: a word said three times counts
// fully.
func repetition(terms []Term, w Weights) float64 {
	if len(terms) == 0 {
		return 0
	}
	sum := 0.0
	for _, t := range terms {
		sum += min(1, float64(max(0, w[t.Stem]-1))/2)
	}
	return sum / float64(len(terms))
}

// Alike says how much two sentences share: the Jaccard index of their stems, 0 to 1.
func (l *Lexicon) Alike(a, b string) float64 {
	x, y := l.stems(a), l.stems(b)
	if len(x) == 0 || len(y) == 0 {
		return 0
	}
	both := 0
	for s := range x {
		if y[s] {
			both++
		}
	}
	return float64(both) / float64(len(x)+len(y)-both)
}

func (l *Lexicon) stems(text string) map[string]bool {
	set := map[string]bool{}
	for _, t := range l.Terms(text) {
		set[t.Stem] = true
	}
	return set
}
