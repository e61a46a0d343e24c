package quote

import "unicode/utf8"

// Runes converts byte offsets into a text to offsets in code points. Each byte that is not UTF-8 counts as one code
// point. An offset inside a code point counts as its beginning, one outside the text as the nearer end.
func Runes(text string, start, end int) (int, int) {
	return convert(text, start, end, func(rune) int { return 1 })
}

// UTF16 converts byte offsets into a text to offsets in UTF-16 code units, with which browsers slice strings. It agrees
// with the text as JSON carries it, where each byte that is not UTF-8 has become U+FFFD. Offsets inside a code point
// or outside the text are taken as by [Runes].
func UTF16(text string, start, end int) (int, int) {
	return convert(text, start, end, func(r rune) int {
		if r > 0xffff {
			return 2
		}
		return 1
	})
}

func convert(text string, start, end int, width func(rune) int) (from, to int) {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		i += n
		if i > start && i > end {
			break
		}
		w := width(r)
		if i <= start {
			from += w
		}
		if i <= end {
			to += w
		}
	}
	return from, to
}
