// Package extract finds, without a model, what stands out in what people said: sentences, the terms that carry
// meaning, and how much a sentence tells. Everything it gives is a place in the text that it was given, so what is
// shown of it is always somebody's own words.
//
// It knows words of the languages in lexicon/; for another language it falls back to what needs no words: length,
// punctuation and repetition.
package extract

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Span is a place in a text: bytes [Start, End).
type Span struct{ Start, End int }

// In gives the words at s in text.
func (s Span) In(text string) string { return text[s.Start:s.End] }

// maxSentence is the length in bytes above which a sentence is cut at a comma: who types on a phone often leaves out
// full stops.
const maxSentence = 320

// Sentences gives the sentences of text in order, without surrounding space. A sentence ends at . ! ? … and their
// relatives in other scripts, where a space or the end follows, and at every line break. A full stop after a single
// letter, a number or a known abbreviation does not end one.
func Sentences(text string) []Span {
	var out []Span
	start := 0
	add := func(end int) {
		if s := trim(text, Span{start, end}); s.End > s.Start {
			out = append(out, cutLong(text, s)...)
		}
		start = end
	}
	for i, r := range text {
		size := utf8.RuneLen(r)
		switch {
		case i < start: // a mark that closes the sentence before
		case r == '\n' || r == '\r':
			add(i)
		case r == '.' && (abbreviated(text[start:i]) || !endsWord(text[i+size:])):
		case r == '.' || r == '!' || r == '?' || r == '…' || r == '؟' || r == '۔':
			if endsWord(text[i+size:]) {
				add(i + size + closers(text[i+size:]))
			}
		case r == '。' || r == '！' || r == '？' || r == '।':
			add(i + size)
		}
	}
	add(len(text))
	return out
}

// IsQuestionMark says whether r ends a question in any script; the Greek one, which is a semicolon, is not known to it.
func IsQuestionMark(r rune) bool { return r == '?' || r == '؟' || r == '？' }

// EndsInQuestion says whether the last character of text, apart from spaces, is a question mark.
func EndsInQuestion(text string) bool {
	r, _ := utf8.DecodeLastRuneInString(strings.TrimRightFunc(text, unicode.IsSpace))
	return IsQuestionMark(r)
}

// endsWord says whether what follows a mark lets it end a sentence.
func endsWord(rest string) bool {
	rest = rest[closers(rest):]
	r, _ := utf8.DecodeRuneInString(rest)
	return rest == "" || unicode.IsSpace(r)
}

// closers is the length of the marks that belong to the sentence before them: quotation marks, brackets, more marks.
func closers(rest string) int {
	return len(rest) - len(strings.TrimLeft(rest, `.!?؟…"'”’»)]`))
}

var abbreviations = map[string]bool{
	"e.g": true, "i.e": true, "etc": true, "vs": true, "mr": true, "mrs": true, "ms": true, "dr": true, "prof": true,
	"st": true, "no": false, "approx": true, "bzw": true, "z.b": true, "d.h": true, "u.a": true, "usw": true, "ca": true,
	"p.ex": true, "m": false, "mme": true, "ej": true, "p.ej": true, "sr": true, "sra": true, "ud": true, "uds": true,
	"напр": true, "ім": true, "ін": true, "гр": true, "т.д": true, "т.п": true, "вул": true, "див": true, "evtl": true, "ggf": true, "inkl": true, "nr": true, "str": true, "vgl": true, "sog": true, "mind": true, "max": true,
}

func abbreviated(before string) bool {
	word := strings.ToLower(before[strings.LastIndexFunc(before, unicode.IsSpace)+1:])
	word = strings.TrimLeft(word, `"'“„«([`)
	if abbreviations[word] {
		return true
	}
	letters := utf8.RuneCountInString(word)
	r, _ := utf8.DecodeRuneInString(word)
	return letters == 1 && unicode.IsLetter(r) && word != "i" && word != "я"
}

func trim(text string, s Span) Span {
	part := text[s.Start:s.End]
	s.Start += len(part) - len(strings.TrimLeftFunc(part, isBullet))
	s.End -= len(part) - len(strings.TrimRightFunc(part, unicode.IsSpace))
	if s.End < s.Start {
		s.End = s.Start
	}
	return s
}

func isBullet(r rune) bool {
	return unicode.IsSpace(r) || r == '•' || r == '*' || r == '·' || r == '–' || r == '-'
}

// cutLong cuts a sentence over maxSentence at commas and semicolons into pieces of about half that length or more.
func cutLong(text string, s Span) []Span {
	if s.End-s.Start <= maxSentence {
		return []Span{s}
	}
	var out []Span
	start := s.Start
	for i, r := range text[s.Start:s.End] {
		if i += s.Start; strings.ContainsRune(",;،؛", r) && i-start >= maxSentence/2 {
			out = append(out, trim(text, Span{start, i}))
			start = i + utf8.RuneLen(r)
		}
	}
	if last := trim(text, Span{start, s.End}); last.End > last.Start {
		out = append(out, last)
	}
	return out
}
