package guide

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"harmonium/appliance"
	"harmonium/appliance/extract"
)

// asksWell says whether a text of a model can be asked: exactly one question at its end, of at most maxWords words,
// that cannot be answered by yes or no, without praise, in the language, and without marks of a prompt.
func (l *language) asksWell(question string) bool {
	marks := strings.Count(question, "?")
	n := appliance.Words(question)
	return marks == 1 && strings.HasSuffix(question, "?") && n >= 2 && n <= maxWords &&
		utf8.RuneCountInString(question) <= appliance.MaxQuestion && !marked(question) &&
		!l.closed.MatchString(question) && !l.praise.MatchString(question) && l.speaks(question)
}

// marked says whether a text has marks of a prompt or of a layout in it, or characters that are no text.
func marked(text string) bool {
	return !utf8.ValidString(text) || strings.ContainsAny(text, "⟦⟧{}<>|`*_#\\[]") || strings.Contains(text, "://") ||
		strings.ContainsFunc(text, func(r rune) bool {
			return r == utf8.RuneError || !unicode.IsPrint(r) && !unicode.In(r, unicode.Zs)
		})
}

// speaks says whether a text has more of the words that join others together of its own language than of another.
func (l *language) speaks(text string) bool {
	own, most := 0, 0
	for _, tag := range appliance.Languages() {
		n := extract.For(tag).Common(text)
		if languageOf(tag) == l {
			own = n
		} else {
			most = max(most, n)
		}
	}
	return own > 0 && own >= most
}
