package extract

import (
	"slices"
	"strings"
	"unicode"
)

// Voice says for whom somebody speaks.
type Voice int

// The voices.
const (
	Alone    Voice = iota + 1 // "I will"
	Together                  // "we will"
)

// Decides says whether a sentence tells, at its beginning, that something was decided: "In the end we agreed on ten
// minutes." Whether it was, nobody knows but its speaker.
func (l *Lexicon) Decides(sentence string) bool {
	if EndsInQuestion(sentence) {
		return false
	}
	words := l.opening(sentence)
	for _, p := range l.decided {
		if n := p.match(words); n > 0 && !slices.ContainsFunc(words[:n], func(w string) bool { return slices.Contains(l.markers[kindNegation], w) }) {
			return true
		}
	}
	return false
}

// Promises says whether somebody tells, at the beginning of a sentence, that they will do something, and for whom they
// speak; 0 where they do not. What is only hoped, feared, denied or bound to an "if" is no promise.
func (l *Lexicon) Promises(sentence string) Voice {
	if EndsInQuestion(sentence) {
		return 0
	}
	words := l.opening(sentence)
	begins := func(patterns []pattern) bool {
		return slices.ContainsFunc(patterns, func(p pattern) bool { return p.match(words) > 0 })
	}
	voice := Voice(0)
	switch {
	case begins(l.promisedByOne):
		voice = Alone
	case begins(l.promisedBySeveral):
		voice = Together
	default:
		return 0
	}
	if slices.ContainsFunc(l.noPromise, func(p pattern) bool { return p.within(words) }) {
		return 0
	}
	return voice
}

// Binds says whether any sentence of a text tells of a decision or a promise.
func (l *Lexicon) Binds(text string) bool {
	if len(l.decided) == 0 {
		return false
	}
	return slices.ContainsFunc(Sentences(text), func(s Span) bool {
		return l.Decides(s.In(text)) || l.Promises(s.In(text)) != 0
	})
}

// Due gives the words of a text that say when something is to be done ("by the end of the month"), the first such; an
// empty span where there are none. It knows days, months, seasons and the words around them, and no calendar.
func (l *Lexicon) Due(text string) Span {
	list := tokens(text)
	for i := 0; i < len(list); {
		n := l.dueRun(list[i:])
		if first, last, ok := l.dueWithin(list[i : i+n]); ok {
			return Span{list[i+first].at, list[i+last].at + len(list[i+last].form)}
		}
		i += max(1, n)
	}
	return Span{}
}

// dueRun counts the tokens from the first on that may all belong to one time.
func (l *Lexicon) dueRun(list []token) int {
	n := 0
	for n < len(list) && (n == 0 || !list[n].apart || number(list[n-1].form)) && (number(list[n].form) || l.isDue(list[n], dueKinds...)) {
		n++
	}
	return n
}

// dueWithin gives the first and the last token of the time in a run.
func (l *Lexicon) dueWithin(run []token) (first, last int, ok bool) {
	last = -1
	for i, t := range run {
		if l.isDue(t, kindDueTime, kindDueAlone) || date(t.form) || last >= 0 && (number(t.form) || l.isDue(t, kindDueEnd)) {
			last = i
		}
	}
	if last < 0 {
		return 0, 0, false
	}
	run = run[:last+1]
	if i := slices.IndexFunc(run, func(t token) bool { return l.isDue(t, kindDueLead) }); i >= 0 && i < last {
		return i, last, true
	}
	if slices.ContainsFunc(run, func(t token) bool { return l.isDue(t, kindDueEnd) || date(t.form) }) {
		return 0, last, true
	}
	i := slices.IndexFunc(run, func(t token) bool { return l.isDue(t, kindDueAlone) })
	return i, last, i >= 0
}

func (l *Lexicon) isDue(t token, kinds ...string) bool {
	word := SameLetters(strings.ToLower(t.form))
	return slices.ContainsFunc(kinds, func(kind string) bool {
		return slices.ContainsFunc(l.markers[kind], func(entry string) bool { return fits(entry, word) })
	})
}

// number says whether a word begins with a digit: "12", "3rd", "2027-01-31".
func number(word string) bool { return strings.IndexFunc(word, unicode.IsDigit) == 0 }

// date says whether a word is a date in digits: "2027-01-31".
func date(word string) bool { return number(word) && strings.Count(word, "-") == 2 }

// opening gives the words of a sentence without those that stand before what it says: "So", "Then", "By Friday".
func (l *Lexicon) opening(sentence string) []string {
	list := tokens(sentence)
	for skipped := true; skipped && len(list) > 0; {
		skipped = false
		words := l.same(list)
		for _, p := range l.beforeIt {
			if n := p.match(words); n > 0 {
				list, skipped = list[l.tokensOf(list, n):], true
				break
			}
		}
		if n := l.dueRun(list); !skipped && n > 0 && n < len(list) {
			if first, last, ok := l.dueWithin(list[:n]); ok && first == 0 {
				list, skipped = list[last+1:], true
			}
		}
	}
	return l.same(list)
}

// same gives the words of tokens as the lists of the language have them.
func (l *Lexicon) same(list []token) []string {
	words := make([]string, len(list))
	for i, t := range list {
		words[i] = SameLetters(strings.ToLower(t.form))
	}
	return l.bound(words)
}

// tokensOf counts the tokens of which n bound words come.
func (l *Lexicon) tokensOf(list []token, n int) int {
	for i := range list {
		if n -= len(l.same(list[i : i+1])); n <= 0 {
			return i + 1
		}
	}
	return len(list)
}

// pattern is a sequence of words as a lexicon file has it. Of a word, "a/b" is either; "*a" ends so, "a*" begins so;
// "_" is any word or none, "…" up to maxGap of them.
type pattern [][]string

const (
	gap    = "…"
	maybe  = "_"
	maxGap = 14
)

func (l *Lexicon) patterns(entries []string) []pattern {
	list := make([]pattern, 0, len(entries))
	for _, entry := range entries {
		var p pattern
		for _, word := range l.bound(strings.Fields(entry)) {
			p = append(p, strings.Split(word, "/"))
		}
		list = append(list, p)
	}
	return list
}

// match gives how many words from the first on fit a pattern; 0 when they do not.
func (p pattern) match(words []string) int {
	if len(p) == 0 {
		return 0
	}
	widest := 0
	switch p[0][0] {
	case gap:
		widest = maxGap
	case maybe:
		widest = 1
	default:
		if len(words) == 0 || !slices.ContainsFunc(p[0], func(entry string) bool { return fits(entry, words[0]) }) {
			return 0
		}
		if len(p) == 1 {
			return 1
		}
		if n := p[1:].match(words[1:]); n > 0 {
			return 1 + n
		}
		return 0
	}
	for skip := 0; skip <= min(widest, len(words)); skip++ {
		if n := p[1:].match(words[skip:]); n > 0 {
			return skip + n
		}
	}
	return 0
}

// within says whether a pattern fits anywhere in words.
func (p pattern) within(words []string) bool {
	for i := range words {
		if p.match(words[i:]) > 0 {
			return true
		}
	}
	return false
}

// fits says whether a word is what an entry of a list names.
func fits(entry, word string) bool {
	if end, ok := strings.CutPrefix(entry, "*"); ok {
		return len(word) > len(end) && strings.HasSuffix(word, end)
	}
	if begin, ok := strings.CutSuffix(entry, "*"); ok {
		return strings.HasPrefix(word, begin)
	}
	return entry == word
}
