package extract

import "strings"

// The bounds of a passage.
const (
	maxPassage          = 280 // bytes
	maxPassageSentences = 3
	fragment            = 4 // words: fewer say little on their own
)

// Passages gives the parts of text that can be understood on their own, in order: sentences, and where one leans on
// its neighbour ("The checklist. It takes two minutes.") both together. Lines are never joined.
func (l *Lexicon) Passages(text string) []Span {
	var out []Span
	sentences := 0
	for _, s := range Sentences(text) {
		if n := len(out) - 1; n >= 0 && sentences < maxPassageSentences && l.joins(text, out[n], s) {
			out[n].End = s.End
			sentences++
			continue
		}
		out = append(out, s)
		sentences = 1
	}
	return out
}

// joins says whether s belongs to the passage before it.
func (l *Lexicon) joins(text string, before, s Span) bool {
	if s.End-before.Start > maxPassage || strings.ContainsAny(text[before.End:s.Start], "\r\n") {
		return false
	}
	return len(Words(before.In(text))) < fragment || len(Words(s.In(text))) < fragment || l.leans(s.In(text))
}

// leans says whether a sentence begins with a word that points back to what was said before it.
func (l *Lexicon) leans(sentence string) bool {
	list := tokens(sentence)
	if len(list) == 0 {
		return false
	}
	first := SameLetters(strings.ToLower(list[0].form))
	if article, _, ok := l.elision(first); ok {
		first = article
	}
	if l.leaningAlone[first] {
		return len(list) < 2 || !list[1].capital()
	}
	return l.leaning[first]
}
