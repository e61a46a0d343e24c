package quote

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// clusterEnd returns where the grapheme cluster at i ends. It follows the extended grapheme clusters of Unicode's
// UAX #29; where that needs tables that Go does not have it keeps more together, never less.
func clusterEnd(text string, i int) int {
	r, n := utf8.DecodeRuneInString(text[i:])
	end := i + n
	if r == '\r' && strings.HasPrefix(text[end:], "\n") {
		return end + 1
	}
	if breaksAround(r) {
		return end
	}
	before := r
	flag := isRegional(r) // a flag that lacks its second letter
	conjunct := false     // a virama that asks for the next consonant
	for end < len(text) {
		r, n = utf8.DecodeRuneInString(text[end:])
		switch {
		case extends(r):
			conjunct = isVirama(r) || conjunct && r != 0x200c
		case breaksAround(r):
			return end
		case flag && isRegional(before) && isRegional(r):
			flag = false
		case before == zeroWidthJoiner && isPictograph(r):
		case isPrepended(before):
			flag = isRegional(r)
		case conjunct && unicode.IsLetter(r):
			conjunct = false
		case hangulJoins(before, r):
		default:
			return end
		}
		before = r
		end += n
	}
	return end
}

// breaksAround reports whether the character always stands alone: control, format and line separator characters.
func breaksAround(r rune) bool {
	switch {
	case r < 0x80:
		return r < ' ' || r == 0x7f
	case r == 0x200c || r == zeroWidthJoiner || isTag(r) || isPrepended(r):
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// extends reports whether the character belongs to the one before it: marks, joiners, skin tones, tags, and the vowel
// signs and voicing marks that Unicode counts as letters.
func extends(r rune) bool {
	if r < 0x300 {
		return false
	}
	switch r {
	case 0xe33, 0xeb3, 0x200c, zeroWidthJoiner, 0xff9e, 0xff9f:
		return true
	}
	return unicode.IsMark(r) || r >= 0x1f3fb && r <= 0x1f3ff || isTag(r)
}

// isTag reports whether the character spells the region of a flag such as that of Scotland.
func isTag(r rune) bool {
	return r >= 0xe0020 && r <= 0xe007f
}

func isRegional(r rune) bool {
	return r >= 0x1f1e6 && r <= 0x1f1ff
}

// isVirama reports whether the sign makes one cluster of the consonants around it (rule GB9c).
func isVirama(r rune) bool {
	switch r {
	case 0x94d, 0x9cd, 0xacd, 0xb4d, 0xc4d, 0xd4d:
		return true
	}
	return false
}

// isPrepended reports whether the character belongs to the one after it: number signs of Arabic, Syriac and Kaithi,
// and letters of Indic scripts that are written above the next.
func isPrepended(r rune) bool {
	switch r {
	case 0x6dd, 0x70f, 0x890, 0x891, 0x8e2, 0xd4e, 0x110bd, 0x110cd, 0x111c2, 0x111c3, 0x1193f, 0x11941,
		0x11a3a, 0x11d46, 0x11f02:
		return true
	}
	return r >= 0x600 && r <= 0x605 || r >= 0x11a84 && r <= 0x11a89
}

// isPictograph reports whether the character can follow a joiner in an emoji sequence. All symbols count, which is more
// than Unicode lists.
func isPictograph(r rune) bool {
	switch {
	case r < 0xa9, isRegional(r):
		return false
	case r >= 0x1f000 && r <= 0x1faff, r >= 0x1fc00 && r <= 0x1fffd, r == 0x203c, r == 0x2049, r == 0x3030, r == 0x303d:
		return true
	}
	return unicode.IsSymbol(r)
}

// hangulJoins reports whether two Hangul characters belong to one syllable: leading consonants to what follows, vowels
// and trailing consonants to what comes before.
func hangulJoins(a, b rune) bool {
	if b < 0x1100 {
		return false
	}
	leading := func(r rune) bool { return r >= 0x1100 && r <= 0x115f || r >= 0xa960 && r <= 0xa97c }
	trailing := func(r rune) bool { return r >= 0x1160 && r <= 0x11ff || r >= 0xd7b0 && r <= 0xd7fb }
	syllable := func(r rune) bool { return r >= 0xac00 && r <= 0xd7a3 }
	if leading(a) {
		return leading(b) || trailing(b) || syllable(b)
	}
	return trailing(b) && (trailing(a) || syllable(a))
}
