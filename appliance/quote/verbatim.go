package quote

import (
	"strings"
	"unicode"
)

// verbatimRun is how many words in a row, the same as in the source, make a text hold somebody's own words. Fewer are
// shared by chance: "in the middle of the" is nobody's.
const verbatimRun = 5

// Verbatim says whether a text holds a run of a source's own words, or is nothing but such words. What it compares is
// what Normalise leaves, without marks.
func Verbatim(text, source string) bool {
	words, said := plainWords(text), " "+strings.Join(plainWords(source), " ")+" "
	for i := 0; i+min(verbatimRun, len(words)) <= len(words) && len(words) > 0; i++ {
		if strings.Contains(said, " "+strings.Join(words[i:i+min(verbatimRun, len(words))], " ")+" ") {
			return true
		}
	}
	return false
}

func plainWords(text string) []string {
	return strings.FieldsFunc(Normalise(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
}
