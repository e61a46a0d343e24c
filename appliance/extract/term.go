package extract

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Term is one word that carries meaning.
type Term struct {
	Stem    string // what forms of the same word share
	Word    string // in lower case
	Form    string // as it was written
	First   bool   // it begins a sentence, so that its capital letter says nothing
	Bound   bool   // only spaces stand between it and the term before: the two may be one expression
	Thing   int    // more than 0 when what stands around it says that it names a thing, less when it says that it does not
	Article bool   // an article stands before it or is written with it, as it hardly does with what somebody is called
}

// Terms gives the words of text that carry meaning, in order, with repetitions.
func (l *Lexicon) Terms(text string) []Term {
	var out []Term
	var before token // the word before, of any kind
	bound := false   // before is a term
	article := false // one stands before, or before the adjectives that stand before
	list := tokens(text)
	capitals := l.capitalNouns && slices.ContainsFunc(list, token.capital)
	for _, t := range list {
		if article, _, ok := l.elision(strings.ToLower(t.form)); ok {
			// The two are one word as it is written, and the article says that a thing follows.
			before, bound = token{form: article, first: t.first}, false
			t.form = t.form[strings.IndexAny(t.form, "'’"):]
			t.form = strings.TrimLeft(t.form, "'’")
		}
		word := strings.ToLower(t.form)
		isTerm := utf8.RuneCountInString(word) >= 3 && !l.common(word) && startsWithLetter(word)
		if isTerm {
			term := Term{Stem: l.stem(word), Word: word, Form: t.form, First: t.first, Bound: bound && !t.apart,
				Thing: l.thing(t, before, capitals), Article: article && !t.apart || l.definite(word)}
			// In "the late shift" the article says nothing about "late". Where it is written with its noun, that comes first.
			if last := len(out) - 1; term.Bound && out[last].Thing == 1 && !l.definite(out[last].Word) {
				out[last].Thing = 0
			}
			out = append(out, term)
		}
		before, bound = t, isTerm
		// Behind a comma it is mostly a pronoun: "the shift that", "die Schicht, die".
		article = l.articles[SameLetters(word)] && (t.first || !t.apart) || article && !t.apart && l.bends(t.form)
	}
	return out
}

// Forms gives how a word that carries meaning may be written with the endings that the language is known to have, and what is
// written together with it: ways to look for it where words are kept as they were written. Some are no words; none is missing
// that has the same stem by a suffix of the list.
func (l *Lexicon) Forms(t Term) []string {
	forms := []string{t.Word, t.Stem}
	for _, suffix := range l.suffixes {
		forms = append(forms, t.Stem+suffix)
	}
	for _, prefix := range l.prefixes {
		forms = append(forms, prefix+t.Stem, prefix+t.Word)
	}
	slices.Sort(forms)
	return slices.Compact(forms)
}

// definite says whether the article is written together with a word.
func (l *Lexicon) definite(word string) bool {
	rest, ok := l.withoutPrefix(SameLetters(word))
	return ok && slices.ContainsFunc([]string{"ال", "لل"}, func(article string) bool {
		return strings.HasSuffix(strings.TrimSuffix(SameLetters(word), rest), article)
	})
}

// bends says whether a word may be an adjective between an article and its noun, where nouns have a capital letter.
func (l *Lexicon) bends(form string) bool {
	r, _ := utf8.DecodeRuneInString(form)
	return l.capitalNouns && unicode.IsLower(r) && slices.ContainsFunc([]string{"e", "en", "er", "es", "em"}, func(end string) bool {
		return strings.HasSuffix(form, end)
	})
}

// thing weighs whether a word names a thing, by what it is and what stands around it: its capital letter where nouns
// have one and the text was typed with capitals, else the word before.
func (l *Lexicon) thing(t, before token, capitals bool) int {
	switch {
	case l.faint[strings.ToLower(t.form)]:
		return -1
	case capitals && t.capital():
		return 2
	case capitals && !t.first:
		return -1
	case t.first || t.apart:
		return 0
	}
	word := SameLetters(strings.ToLower(before.form))
	switch {
	case l.nounFollows[word] || strings.HasSuffix(word, "'s"):
		return 1
	case l.verbFollows[word]:
		return -1
	}
	return 0
}

// Words gives the words of text in lower case: letters, digits and marks, with apostrophes and hyphens inside.
func Words(text string) []string {
	list := tokens(text)
	words := make([]string, len(list))
	for i, t := range list {
		words[i] = strings.ToLower(t.form)
	}
	return words
}

// token is a word of a text.
type token struct {
	form  string
	at    int  // where it begins in the text, in bytes
	first bool // the first of the text or after the end of a sentence
	apart bool // more than spaces stand between it and the word before
}

// capital says whether t has a capital letter that is not owed to its place in the sentence.
func (t token) capital() bool {
	r, _ := utf8.DecodeRuneInString(t.form)
	return !t.first && unicode.IsUpper(r)
}

func tokens(text string) []token {
	out := make([]token, 0, len(text)/6+1)
	end := 0 // of the word before
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if !inWord(r) {
			i += size
			continue
		}
		start := i
		for i < len(text) {
			if r, size = utf8.DecodeRuneInString(text[i:]); !inWord(r) && !isJoint(r) {
				break
			}
			i += size
		}
		form := strings.TrimRightFunc(text[start:i], isJoint)
		between := text[end:start]
		out = append(out, token{
			form: form, at: start, first: len(out) == 0 || strings.ContainsAny(between, ".!?؟¿¡…:\n\r“„«»\""),
			apart: strings.TrimSpace(between) != "",
		})
		end = start + len(form)
	}
	return out
}

func inWord(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// isJoint says whether r, within a word, does not end it.
func isJoint(r rune) bool { return r == '\'' || r == '’' || r == '-' || r == '‐' || r == '‑' }

func startsWithLetter(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return unicode.IsLetter(r)
}

// sameLetters makes letters one that people write for each other without another word coming of it: apostrophes, and in
// Arabic the forms of alif, the letters that look alike at the end of a word, and the marks that may be left out.
var sameLetters = strings.NewReplacer("’", "'", "ʼ", "'",
	"أ", "ا", "إ", "ا", "آ", "ا", "ٱ", "ا", "ى", "ي", "ة", "ه", "ـ", "",
	"ً", "", "ٌ", "", "ٍ", "", "َ", "", "ُ", "", "ِ", "", "ّ", "", "ْ", "", "ٰ", "")

// SameLetters gives a text in which every way of writing a word is one, as for comparing it with a list of words of
// which this was done too.
func SameLetters(text string) string {
	if strings.IndexFunc(text, func(r rune) bool { return r > unicode.MaxLatin1 }) < 0 {
		return text
	}
	return sameLetters.Replace(text)
}
