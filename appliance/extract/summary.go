package extract

import (
	"container/heap"
	"maps"
	"math"
	"slices"
)

// Sentence is a sentence of one of several texts.
type Sentence struct {
	Text int // which one, from 0
	Span
}

// The figures of a summary.
const (
	leastSummed = 6   // words of a sentence: shorter ones lean on others
	oftenSaid   = 0.5 // exponent of how often a word comes: the tenth time adds less than the second
	toldAlready = 0.1 // what a word is worth when a chosen sentence has it
	tellsItself = 0.2 // exponent of Salience
	perWord     = 0.7 // exponent of the length of a sentence
)

// Summary chooses sentences that together tell the most of what texts are about, with at most so many words, in the order in
// which they were chosen: the first ones are the summary with fewer words. A sentence is worth what it has of the words that
// the texts come back to and that no chosen one has had yet, for its length: greedy coverage under a budget, as in Lin and
// Bilmes (2010). How telling it is by itself counts too (Salience), so that of equals questions and "I don't know" come last.
func (l *Lexicon) Summary(texts []string, words int) (chosen []Sentence) {
	s := l.summing(texts)
	// What a sentence is worth only falls while others are chosen. So the best one is known as soon as its worth, counted anew,
	// is not below what the next one was worth at most.
	for len(s.left) > 0 {
		best := s.left[0]
		now := s.weigh(best)
		switch {
		case best.words > words || now == 0:
			heap.Pop(s)
		case now < best.worth:
			s.left[0].worth = now
			heap.Fix(s, 0)
		default:
			heap.Pop(s)
			words -= best.words
			chosen = append(chosen, best.Sentence)
			for _, stem := range best.stems {
				s.untold[stem] *= toldAlready
			}
		}
	}
	return chosen
}

// summing is the state of a choice: a heap of the sentences that are left, the one that may be worth most first.
type summing struct {
	left   []summed
	untold map[string]float64 // what each stem is worth
}

// summed is a sentence that may be chosen.
type summed struct {
	Sentence
	words int
	stems []string // each once
	tells float64  // by itself and for its length
	worth float64  // at most
}

func (s *summing) Len() int           { return len(s.left) }
func (s *summing) Less(i, j int) bool { return s.left[i].worth > s.left[j].worth }
func (s *summing) Swap(i, j int)      { s.left[i], s.left[j] = s.left[j], s.left[i] }
func (s *summing) Push(x any)         { s.left = append(s.left, x.(summed)) }
func (s *summing) Pop() any {
	last := s.left[len(s.left)-1]
	s.left = s.left[:len(s.left)-1]
	return last
}

func (l *Lexicon) summing(texts []string) *summing {
	s := &summing{untold: map[string]float64{}}
	weights := l.Weigh(texts...)
	for stem, n := range weights {
		s.untold[stem] = math.Pow(float64(n), oftenSaid)
	}
	for i, text := range texts {
		for _, span := range Sentences(text) {
			sentence := span.In(text)
			one := summed{Sentence: Sentence{i, span}, words: len(Words(sentence))}
			if one.words < leastSummed {
				continue
			}
			one.stems = slices.Sorted(maps.Keys(l.stems(sentence)))
			one.tells = math.Pow(l.Salience(sentence, weights), tellsItself) / math.Pow(float64(one.words), perWord)
			one.worth = s.weigh(one)
			s.left = append(s.left, one)
		}
	}
	heap.Init(s)
	return s
}

func (s *summing) weigh(one summed) (sum float64) {
	for _, stem := range one.stems {
		sum += s.untold[stem]
	}
	return sum * one.tells
}
