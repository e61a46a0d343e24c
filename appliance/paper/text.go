package paper

import (
	"unicode"
	"unicode/utf8"

	"harmonium/appliance"
)

// rightToLeft says whether a text reads from right to left: whether its first letter does.
func rightToLeft(s string) bool {
	for _, r := range s {
		if unicode.IsLetter(r) {
			return isRightToLeft(r)
		}
	}
	return false
}

// isRightToLeft says whether a letter belongs to a script that is written from right to left.
func isRightToLeft(r rune) bool {
	return unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko, unicode.Adlam, unicode.Mandaic,
		unicode.Samaritan, unicode.Hanifi_Rohingya)
}

// readsRightToLeft says the same of a language.
func readsRightToLeft(l appliance.Language) bool {
	switch l {
	case appliance.Arabic, "fa", "he", "ur":
		return true
	}
	return false
}

// length is how many characters a text has.
func length(s string) int { return utf8.RuneCountInString(s) }

// isNumber says whether a cell is set to the end of its column, as numbers are.
func isNumber(c Cell) bool {
	switch c.(type) {
	case int, float64:
		return true
	}
	return false
}
