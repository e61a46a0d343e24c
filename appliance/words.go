package appliance

import "unicode"

// Words counts the words of a text: runs of letters and digits, in which apostrophes, hyphens and combining marks
// between letters do not separate ("don't", "co-op" are one word each). Scripts that are written without spaces are
// counted by their signs: each Chinese or Japanese sign is a word, and each started group of four letters of Thai,
// Lao, Khmer or Burmese.
func Words(text string) int {
	var c wordCounter
	for _, r := range text {
		c.take(r)
	}
	return c.words
}

// firstDense is the first character of a script that is written without spaces; below it nobody has to be asked.
const firstDense = 0x0e00

type wordCounter struct {
	words  int
	inWord bool // within a run of letters and digits
	joined bool // the run goes on if the next character is a letter
	dense  int  // letters of the present run of a script without spaces
}

func (c *wordCounter) take(r rune) {
	switch {
	case r >= firstDense && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana):
		c.words++
		c.inWord, c.joined, c.dense = false, false, 0
	case r >= firstDense && unicode.In(r, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar):
		if unicode.IsLetter(r) {
			if c.dense%4 == 0 {
				c.words++
			}
			c.dense++
		}
		c.inWord, c.joined = false, false
	case unicode.IsLetter(r), unicode.IsDigit(r):
		if !c.inWord && !c.joined {
			c.words++
		}
		c.inWord, c.joined, c.dense = true, false, 0
	case unicode.IsMark(r), r == '\u00ad', r == '\u200d', r == '\u200c':
		// Belongs to the character before it.
	case c.inWord && (r == '\'' || r == '’' || r == '-' || r == '‐' || r == '‑'):
		c.inWord, c.joined = false, true
	default:
		c.inWord, c.joined, c.dense = false, false, 0
	}
}
