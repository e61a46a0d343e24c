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
	marks := 0
	for _, r := range question {
		if extract.IsQuestionMark(r) {
			marks++
		}
	}
	n := appliance.Words(question)
	return marks == 1 && l.asksWith(question) && n >= 2 && n <= maxWords &&
		utf8.RuneCountInString(question) <= appliance.MaxQuestion && !marked(question) &&
		!l.closed.MatchString(question) && !l.praise.MatchString(question) && l.speaks(question)
}

// asksWith says whether a question ends in a mark of the language.
func (l *language) asksWith(question string) bool {
	r, _ := utf8.DecodeLastRuneInString(question)
	return strings.ContainsRune(l.tag.QuestionMarks(), r)
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
		if tag == l.tag {
			own = n
		} else {
			most = max(most, n)
		}
	}
	return own > 0 && own >= most
}
