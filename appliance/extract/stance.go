package extract

import (
	"slices"
	"strings"
)

// negationReach is how many words before a judgement a word may stand that denies it.
const negationReach = 3

// Stance says whether a sentence speaks well of what it is about (1) or ill (-1), by words that do so; 0 where it does
// neither or both. "Not good" speaks ill, and "not bad" neither. It is a coarse judgement: it takes several people on both
// sides before anything is made of it.
func (l *Lexicon) Stance(sentence string) int {
	words := strings.Fields(padded(l.bound(Words(sentence))))
	well, denied := l.judges(kindFor, words)
	ill, _ := l.judges(kindAgainst, words)
	ill = ill || denied
	switch {
	case well && !ill:
		return 1
	case ill && !well:
		return -1
	}
	return 0
}

// judges says whether words hold a marker of a kind that nothing denies, and whether they hold one that is denied.
func (l *Lexicon) judges(kind string, words []string) (plain, denied bool) {
	denies := func(word string) bool { return slices.Contains(l.markers[kindNegation], word) }
	for _, marker := range l.markers[kind] {
		parts := strings.Fields(marker)
		for i := 0; i+len(parts) <= len(words); i++ {
			if !slices.Equal(words[i:i+len(parts)], parts) {
				continue
			}
			no := slices.ContainsFunc(words[max(0, i-negationReach):i], denies)
			plain, denied = plain || !no, denied || no
		}
	}
	return plain, denied
}
