package quote

import "unicode"

// class is what a unit is to the words around it; a character can be several things.
type class uint16

const (
	white    class = 1 << iota
	letter         // of a script that puts spaces between words
	digit          // any number
	linker         // joins letters or digits on both sides: apostrophes, hyphens
	divider        // joins digits on both sides: points, commas, slashes, dashes of ranges
	prefix         // belongs to a digit after it: signs, currencies
	postfix        // belongs to a digit before it: percent signs, currencies
	unspaced       // letter of a script without spaces between words
	other          // anything else that is seen: it ends words

	wordly = letter | digit
)

// classOf returns the class of a unit that begins with r, before r is folded: an em dash parts two words, a hyphen
// joins them, and once folded they are one.
func classOf(r rune) class {
	if r < 0x80 {
		return classOfASCII(byte(r))
	}
	switch r {
	case '’', '‘', '´', 'ʹ', '′', '׳', '״', '՚', '᾽', '᾿', '＇', '·', '‧':
		return linker
	case '‐', '‑', '֊', '־', '﹣', '－':
		return linker | divider | prefix
	case '–', '⁄', '∕', '٫', '٬', '．', '，':
		return divider
	case '−':
		return divider | prefix
	case '±', '＋':
		return prefix
	case '‰', '‱', '٪', '％', '°':
		return postfix
	case zeroWidthSpace:
		return white
	}
	switch {
	case unicode.IsSpace(r):
		return white
	case isUnspaced(r):
		return unspaced
	case unicode.IsLetter(r), unicode.IsMark(r):
		return letter
	case unicode.IsNumber(r):
		return digit
	case unicode.Is(unicode.Sc, r):
		return prefix | postfix
	}
	return other
}

func classOfASCII(c byte) class {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		return letter
	case '0' <= c && c <= '9':
		return digit
	}
	switch c {
	case ' ', '\t', '\n', '\v', '\f', '\r':
		return white
	case '\'', '`':
		return linker
	case '-':
		return linker | divider | prefix
	case '.', ',', ':', '/':
		return divider
	case '+':
		return prefix
	case '$':
		return prefix | postfix
	case '%':
		return postfix
	}
	return other
}

// isUnspaced reports whether the script of r is written without spaces between words: those that Unicode's UAX #14
// breaks by dictionary (class SA) or between any two characters (class ID).
func isUnspaced(r rune) bool {
	if r < 0xe00 {
		return false
	}
	if r == 'ー' || r == 'ｰ' {
		return true
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer,
		unicode.Myanmar, unicode.Bopomofo, unicode.Yi, unicode.Tai_Le, unicode.New_Tai_Lue, unicode.Tai_Tham,
		unicode.Tai_Viet, unicode.Ahom, unicode.Tangut, unicode.Nushu)
}

// joinWords marks the units that no place may begin with or end before, because the unit before them belongs to the
// same word. Dropped characters are looked through: a soft hyphen does not part a word.
func joinWords(units []unit) {
	end := len(units) - 1 // the closing unit
	seen := func(i int) int {
		for i < end && units[i].class == 0 {
			i++
		}
		return i
	}
	classAt := func(i int) class {
		if i < 0 {
			return 0
		}
		return units[i].class
	}
	before, a := -1, -1
	for b := seen(0); b < end; {
		after := seen(b + 1)
		if joined(classAt(before), classAt(a), classAt(b), classAt(after)) {
			for i := a + 1; i <= b; i++ {
				units[i].joined = true
			}
		}
		before, a, b = a, b, after
	}
}

// joined reports whether a and b belong to one word, with the unit before a and the one after b. What it answers from
// the neighbours can only add: with fewer of them known, no more is joined.
func joined(before, a, b, after class) bool {
	switch {
	case a&wordly != 0 && b&wordly != 0:
		return true
	case a&wordly != 0 && b&linker != 0 && after&wordly != 0, before&wordly != 0 && a&linker != 0 && b&wordly != 0:
		return true
	case a&digit != 0 && b&divider != 0 && after&digit != 0, before&digit != 0 && a&divider != 0 && b&digit != 0:
		return true
	}
	return a&prefix != 0 && b&digit != 0 || a&digit != 0 && b&postfix != 0
}
