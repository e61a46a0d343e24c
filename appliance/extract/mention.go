package extract

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"harmonium/appliance"
)

// Answers says whether a text begins as an answer to a yes/no question does: 1 for yes, -1 for no, and 0 for everything
// else, also for "yes and no", and for who is not sure. "No one told me" is no answer: a single word that denies has to
// stand for itself.
func (l *Lexicon) Answers(text string) int {
	sentences := Sentences(text)
	if len(sentences) == 0 {
		return 0
	}
	first := SameLetters(strings.ToLower(sentences[0].In(text)))
	yes, no := l.begins(kindYes, first, false), l.begins(kindNo, first, true)
	switch words := Words(first); {
	case l.Marks(first).Unsure || yes == 0 && no == 0 || l.both(words):
		return 0
	case no >= yes:
		return -1
	}
	return 1
}

// begins gives the length of the longest marker of a kind that a text begins with.
func (l *Lexicon) begins(kind, text string, alone bool) (length int) {
	for _, marker := range l.markers[kind] {
		rest, ok := strings.CutPrefix(text, marker)
		next, _ := utf8.DecodeRuneInString(rest)
		if ok && len(marker) > length && !joinsWord(next) && (!alone || strings.Contains(marker, " ") || next != ' ') {
			length = len(marker)
		}
	}
	return length
}

func joinsWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsMark(r) || r == '\'' || r == '’' || r == '-')
}

// both says whether an answer begins with yes and no, in either order.
func (l *Lexicon) both(words []string) bool {
	if len(words) < 2 || len(l.markers[kindYes]) == 0 || len(l.markers[kindNo]) == 0 {
		return false
	}
	yes, no := l.markers[kindYes][0], l.markers[kindNo][0]
	second := words[1]
	if rest, ok := l.withoutPrefix(second); ok || len(l.prefixes) > 0 && strings.HasPrefix(second, "و") {
		second = strings.TrimPrefix(rest, "و") // "and" is written together with the word after it
	} else if len(words) > 2 {
		second = words[2]
	}
	return words[0] == yes && second == no || words[0] == no && second == yes
}

// Mentions says whether a part of a sentence between punctuation marks speaks of what a phrase names, by the stems of its
// words in any order, and whether one does in which a word before them denies it ("not in the morning").
func (l *Lexicon) Mentions(sentence, phrase string) (plain, denied bool) {
	want := l.stemsOf(phrase)
	if len(want) == 0 {
		return false, false
	}
	for _, clause := range l.clauses(sentence) {
		first := len(clause)
		for _, stem := range want {
			first = min(first, slices.IndexFunc(clause, func(w string) bool { return l.stem(w) == stem }))
		}
		if first < 0 {
			continue
		}
		no := slices.ContainsFunc(clause[max(0, first-negationReach):first], func(w string) bool {
			return slices.Contains(l.markers[kindNegation], w)
		})
		plain, denied = plain || !no, denied || no
	}
	return plain, denied
}

// stemsOf gives the stems of the words of a phrase that carry meaning, of all of them where none does.
func (l *Lexicon) stemsOf(phrase string) []string {
	var stems []string
	for _, t := range l.Terms(phrase) {
		stems = append(stems, t.Stem)
	}
	if len(stems) == 0 {
		for _, w := range Words(phrase) {
			stems = append(stems, l.stem(w))
		}
	}
	return stems
}

// Number is a number that stands in a text in digits.
type Number struct {
	Span
	Value float64
}

// digits matches a number as it is written with digits, and what may divide them. Arabic digits are such too.
var digits = regexp.MustCompile(`[0-9٠-٩]+(?:[.,'’٫٬\x{a0}\x{202f}][0-9٠-٩]+)*`)

// Numbers gives the numbers of a text that stand in it in digits. What is written together with letters or is a part of a
// range, a date, a time or a fraction is none: it is not known which number it means.
func Numbers(language appliance.Language, text string) (list []Number) {
	for _, at := range digits.FindAllStringIndex(text, -1) {
		before, _ := utf8.DecodeLastRuneInString(text[:at[0]])
		after, n := utf8.DecodeRuneInString(text[at[1]:])
		next, _ := utf8.DecodeRuneInString(text[at[1]+n:])
		start, sign := at[0], 1.0
		if before == '-' || before == '−' {
			start -= utf8.RuneLen(before)
			if prior, _ := utf8.DecodeLastRuneInString(text[:start]); prior != utf8.RuneError && !unicode.IsSpace(prior) && prior != '(' {
				continue
			}
			sign = -1
		} else if joins(before) {
			continue
		}
		if unicode.IsLetter(after) || joins(after) && (unicode.IsNumber(next) || unicode.IsLetter(next)) {
			continue
		}
		if value, ok := readNumber(language, text[at[0]:at[1]]); ok {
			list = append(list, Number{Span{start, at[1]}, sign * value})
		}
	}
	return list
}

// joins says whether a character makes one thing of a number and what stands on its other side.
func joins(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsNumber(r) || strings.ContainsRune("-–—−/:.,_#", r))
}

// readNumber reads digits with what divides them. One mark with three digits behind it is read as the language does.
func readNumber(language appliance.Language, text string) (float64, bool) {
	text = strings.Map(func(r rune) rune {
		switch {
		case r >= '٠' && r <= '٩':
			return r - '٠' + '0'
		case r == '٫':
			return '.'
		case strings.ContainsRune("'’٬\u00a0\u202f", r):
			return -1
		}
		return r
	}, text)
	if strings.ContainsAny(text, ".,") {
		last := strings.LastIndexAny(text, ".,")
		mark, thousands := text[last], byte(',')
		if language != appliance.English && language != appliance.Arabic {
			thousands = '.'
		}
		switch {
		case strings.Count(text, string(mark)) > 1 || len(text)-last-1 == 3 && mark == thousands:
			text = strings.NewReplacer(".", "", ",", "").Replace(text) // all of them divide thousands
		default:
			text = strings.NewReplacer(".", "", ",", "").Replace(text[:last]) + "." + text[last+1:]
		}
	}
	value, err := strconv.ParseFloat(text, 64)
	return value, err == nil
}
