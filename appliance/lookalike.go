package appliance

import (
	"strings"
	"unicode"
)

// twins are the small letters of other alphabets that are drawn like a Latin one, with that letter: those of Unicode's
// list of confusables (technical standard 39) that the fonts of today draw alike.
var twins = map[rune]rune{
	'а': 'a', 'ӕ': 'æ', 'ь': 'b', 'с': 'c', 'ԁ': 'd', 'е': 'e', 'ё': 'ë', 'һ': 'h', 'і': 'i', 'ї': 'ï', 'ј': 'j', 'ӏ': 'l',
	'о': 'o', 'ӧ': 'ö', 'р': 'p', 'ԛ': 'q', 'г': 'r', 'ѕ': 's', 'ԝ': 'w', 'х': 'x', 'у': 'y', 'ү': 'y', 'ѵ': 'v', 'в': 'b',
	'к': 'k', 'м': 'm', 'н': 'h', 'т': 't', 'п': 'n',
	'α': 'a', 'β': 'b', 'ϲ': 'c', 'ε': 'e', 'η': 'n', 'ι': 'i', 'ϳ': 'j', 'κ': 'k', 'ν': 'v', 'ο': 'o', 'ρ': 'p', 'σ': 'o',
	'τ': 't', 'υ': 'u', 'χ': 'x', 'ω': 'w', 'γ': 'y', 'μ': 'u', 'ζ': 'z',
	'օ': 'o', 'ս': 'u', 'ո': 'n', 'հ': 'h', 'ց': 'g', 'զ': 'q', 'ı': 'i', 'ɑ': 'a', 'ɡ': 'g', 'ℓ': 'l',
	'\u2010': '-', '\u2011': '-', '\u2012': '-', '\u2013': '-', '\u2212': '-',
}

// Looks gives the form in which two texts are the same that a reader takes for each other: small letters, those of other
// alphabets by the Latin letter that they are drawn like, full width as plain, without what nobody sees.
func Looks(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0xff01 && r <= 0xff5e { // full width forms of ASCII
			r -= 0xff01 - '!'
		}
		r = unicode.ToLower(r)
		switch twin, ok := twins[r]; {
		case ok:
			return twin
		case unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
			return -1
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, strings.TrimSpace(text))
}

// alphabets are those between whose letters a reader cannot tell.
var alphabets = []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Armenian}

// mixed says whether a word of a text has letters of two of alphabets, or something in it that nobody sees between letters
// of one of them: nobody writes like that but to look like somebody else.
func mixed(text string) bool {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.Is(unicode.Cf, r) }) {
		var of *unicode.RangeTable
		unseen := false
		for _, r := range word {
			unseen = unseen || unicode.Is(unicode.Cf, r)
			for _, a := range alphabets {
				if !unicode.Is(a, r) {
					continue
				}
				if of != nil && of != a {
					return true
				}
				of = a
			}
		}
		if unseen && of != nil {
			return true
		}
	}
	return false
}

// CheckName is CheckLine for what a person, a group or a place is called: words of letters that look like those of another
// alphabet, beside letters of that other alphabet, are a problem too.
func CheckName(p *Problems, field, name string, required bool) {
	before := len(*p)
	CheckLine(p, field, name, MaxName, required)
	if len(*p) == before && mixed(name) {
		p.Add(field, "This has letters of different alphabets that look alike within one word. Please type it in one alphabet.")
	}
}

// CheckAddress is CheckEmail for the address that somebody logs in with, which must be told from any other by looking.
func CheckAddress(p *Problems, field, address string, required bool) {
	before := len(*p)
	CheckEmail(p, field, address, required)
	if len(*p) == before && mixed(address) {
		p.Add(field, "This has letters of different alphabets that look alike within one word. Please type it in one alphabet.")
	}
}
