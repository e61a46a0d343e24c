package paper

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"harmonium/appliance"
)

// plain is clean without what only steers how others are shown: direction marks, soft hyphens, variation selectors.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cf, unicode.Variation_Selector) {
			return -1
		}
		return r
	}, clean(s))
}

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

// texts calls fn with every text of a document.
func (d Document) texts(fn func(string)) {
	for _, s := range []string{d.Title, d.Lead, d.Foot, d.Page} {
		fn(s)
	}
	for _, b := range d.Blocks {
		fn(b.Label)
		fn(b.Text)
		fn(b.By)
		if b.Table == nil {
			continue
		}
		for _, c := range b.Table.Columns {
			fn(c)
		}
		for _, row := range b.Table.Rows {
			for _, c := range row {
				fn(show(c))
			}
		}
	}
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
