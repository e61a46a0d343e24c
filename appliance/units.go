package appliance

import (
	"slices"
	"strings"
	"unicode"
)

// Units gives the words of a text without case and marks; letters of scripts that are written without spaces stand
// alone.
func Units(text string) (units []string) {
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			units = append(units, word.String())
			word.Reset()
		}
	}
	for _, r := range text {
		switch {
		case Dense(r):
			end()
			units = append(units, string(r))
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			word.WriteRune(unicode.ToLower(r))
		default:
			end()
		}
	}
	end()
	return units
}

// Dense says whether a letter is of a script that is written without spaces.
func Dense(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai)
}

// maxShared is how many words two pieces share at most: half a second of speech, and as much again.
const maxShared = 6

// WithoutOverlap gives a text without the words at its beginning with which the one before ends.
func WithoutOverlap(text, before string) string {
	words, last := strings.Fields(text), strings.Fields(before)
	for n := min(maxShared, len(words), len(last)); n > 0; n-- {
		same := slices.EqualFunc(words[:n], last[len(last)-n:], func(a, b string) bool {
			return slices.Equal(Units(a), Units(b))
		})
		if same {
			return strings.Join(words[n:], " ")
		}
	}
	return text
}
