package extract

import (
	"slices"
	"strings"
)

// How many words before a judgement a word may stand that denies it, and behind it where a language denies so.
const (
	negationReach = 3
	denialReach   = 2
)

// Sides says whether a sentence speaks well of what it is about, and whether it speaks ill, by words that do so. "Not good"
// speaks ill, and "not bad" neither. A word denies within its part of the sentence: "No, it is good" speaks well. It is a
// coarse judgement: it takes several people on both sides before anything is made of it.
func (l *Lexicon) Sides(sentence string) (well, ill bool) {
	for _, clause := range l.clauses(sentence) {
		plain, denied := l.judges(kindFor, clause)
		bad, _ := l.judges(kindAgainst, clause)
		well, ill = well || plain, ill || bad || denied
	}
	return well, ill
}

// clauses gives the words between punctuation marks.
func (l *Lexicon) clauses(sentence string) (list [][]string) {
	var clause []token
	flush := func() {
		if len(clause) > 0 {
			list = append(list, l.same(clause))
		}
		clause = nil
	}
	for _, t := range tokens(sentence) {
		if t.apart {
			flush()
		}
		clause = append(clause, t)
	}
	flush()
	return list
}

// judges says whether words hold a marker of a kind that nothing denies, and whether they hold one that is denied.
func (l *Lexicon) judges(kind string, words []string) (plain, denied bool) {
	denies := func(word string) bool { return slices.Contains(l.markers[kindNegation], word) }
	for _, marker := range l.markers[kind] {
		parts := strings.Fields(marker)
		for i := 0; i+len(parts) <= len(words); i++ {
			if !l.stands(words[i:i+len(parts)], parts) {
				continue
			}
			before, behind := words[max(0, i-negationReach):i], words[i+len(parts):]
			no := slices.ContainsFunc(before, denies)
			if l.deniedBehind {
				behind = behind[:min(denialReach, len(behind))]
				if and := slices.IndexFunc(behind, l.conjoins); and >= 0 {
					behind = behind[:and]
				}
				no = no || slices.ContainsFunc(behind, denies)
			}
			plain, denied = plain || !no, denied || no
		}
	}
	return plain, denied
}

// conjoins says whether another statement may begin with a word.
func (l *Lexicon) conjoins(word string) bool { return slices.Contains(l.markers["and"], word) }

// stands says whether words are those of a marker. What is written together with the first of them in some languages
// ("والمفيد") does not matter.
func (l *Lexicon) stands(words, parts []string) bool {
	if slices.Equal(words, parts) {
		return true
	}
	if len(l.prefixes) == 0 {
		return false
	}
	rest := strings.TrimPrefix(words[0], "و")
	return slices.Equal(words[1:], parts[1:]) && (rest == parts[0] || strings.TrimPrefix(rest, "ال") == parts[0])
}
