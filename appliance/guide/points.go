package guide

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"harmonium/appliance"
)

// point is one thing that a brief says is to be learnt.
type point struct {
	raw   string // as the host wrote it, without bullet
	text  string // without lead-in and closing punctuation
	label string // what stood before a colon, "" when nothing did
	asked bool   // it ended in a question mark
}

// bullet is what people put before the entries of a list.
var bullet = regexp.MustCompile(`^(?:[-*•‣◦–—▪·+>#]+|\[[ xX]?\]|\(?\d{1,2}[.)]|\(?[a-zA-Z]\))\s+`)

// emphasis is the marks of Markdown, which people paste.
var emphasis = regexp.MustCompile("\\*\\*|__|`")

// points reads a field of a brief: one point for every line and sentence, and for the parts of a list within one.
func (l *language) points(field string) []point {
	var out []point
	for _, line := range strings.FieldsFunc(field, func(r rune) bool { return r == '\n' || r == '\r' }) {
		line = strings.Join(strings.Fields(emphasis.ReplaceAllString(line, "")), " ")
		for before := ""; before != line; {
			before, line = line, bullet.ReplaceAllString(line, "")
		}
		for _, s := range l.sentences(line) {
			if heading(s) {
				continue
			}
			for _, p := range l.parts(l.point(s)) {
				out = append(out, l.translate(p))
			}
		}
	}
	return out
}

// translate strips a point that this language does not understand by the rules of the others: the brief may be written
// in another language than the session is held in.
func (l *language) translate(p point) point {
	if s, _ := l.shapeOf(p); s != l.Shapes[len(l.Shapes)-1] {
		return p
	}
	for _, tag := range appliance.Languages() {
		if other := languageOf(tag); other != l {
			p.text = other.strip(p.text)
		}
	}
	return p
}

// askable gives the points of a goal without those that are the host's own work ("prepare the decision").
func (l *language) askable(points []point) []point {
	return slices.DeleteFunc(points, func(p point) bool { return l.ownWork.MatchString(l.bare(p.raw)) })
}

// heading says whether s only announces what follows: "We must learn:".
func heading(s string) bool { return strings.HasSuffix(s, ":") }

// sentences cuts a line at the ends of its sentences and at semicolons.
func (l *language) sentences(line string) []string {
	var out []string
	start := 0
	add := func(end int) {
		s := strings.TrimSpace(line[start:end])
		if strings.ContainsFunc(s, unicode.IsLetter) {
			out = append(out, s)
		}
		start = end
	}
	for i, r := range line {
		end := i + utf8.RuneLen(r)
		rest := strings.TrimLeft(line[end:], `.!?…"'”“’»)`)
		switch {
		case i < start:
		case r == ';':
			add(i)
			start = end
		case r == '.' && l.abbreviated(line[start:i]):
		case r == '.' || r == '!' || r == '…' || isQuestionMark(r):
			if rest == "" || strings.HasPrefix(rest, " ") {
				add(len(line) - len(rest))
			}
		}
	}
	add(len(line))
	return out
}

// abbreviated says whether the full stop behind before ends no sentence: after a known abbreviation, a single letter
// or a number ("3. Quartal", "No. 4").
func (l *language) abbreviated(before string) bool {
	word := strings.ToLower(strings.TrimLeft(before[strings.LastIndexByte(before, ' ')+1:], `("'“„`))
	digits := strings.IndexFunc(word, func(r rune) bool { return !unicode.IsDigit(r) }) < 0 && word != ""
	return digits && len(word) <= 2 || utf8.RuneCountInString(word) == 1 && !digits || l.abbrev[word] ||
		strings.Contains(word, ".")
}

// point reads one sentence.
func (l *language) point(s string) point {
	p := point{raw: s, asked: strings.ContainsFunc(tail(s), isQuestionMark)}
	whole := l.bare(s)
	p.text = l.strip(whole)
	if p.text != whole && l.question.MatchString(p.text) && p.text == small(p.text) {
		p.asked = false // "Can you say what …?" asks indirectly
	}
	if label, rest, found := strings.Cut(p.text, ": "); found && len(strings.Fields(label)) <= 5 {
		p.label, p.text = label, l.strip(rest)
	}
	return p
}

// tail is what closes a sentence: its last punctuation marks.
func tail(s string) string {
	i := strings.LastIndexFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
	return s[i+1:]
}

// bare gives s without closing punctuation, without question marks, and without quotation marks around the whole.
func (l *language) bare(s string) string {
	s = strings.TrimSpace(s)
	s = strings.TrimRight(s, " .,;:!…?？؟")
	s = strings.Map(func(r rune) rune {
		if isQuestionMark(r) {
			return -1
		}
		return r
	}, s)
	if inside := strings.Trim(s, "\"'“”„«»‘’"); !strings.ContainsAny(inside, "\"“”„«»") {
		s = strings.TrimRight(inside, " .,;:!…")
	}
	return strings.Join(strings.Fields(s), " ")
}

// strip removes what says only that something is to be learnt: "We need to find out whether …". The first group of a
// pattern stays: it is what shows that the words before it say nothing.
func (l *language) strip(s string) string {
	whole := s
	for before := ""; before != s; {
		before = s
		for _, p := range l.lead {
			s = strings.TrimLeft(p.ReplaceAllString(s, "$1"), " ,:–—-")
		}
		for _, p := range l.trail {
			s = strings.TrimRight(p.ReplaceAllString(s, "$1"), " ,:–—-")
		}
	}
	if !strings.ContainsFunc(s, unicode.IsLetter) {
		return whole
	}
	return s
}

// parts splits a point that asks for several things: "why people leave and what would keep them", "pay, hours and
// recognition".
func (l *language) parts(p point) []point {
	texts := l.clauses(p.text)
	if len(texts) == 1 && !l.question.MatchString(p.text) && !p.asked {
		texts = l.enumeration(p.text)
	}
	if len(texts) == 1 {
		return []point{p}
	}
	out := make([]point, len(texts))
	for i, t := range texts {
		out[i] = p
		out[i].text, out[i].raw = t, t
	}
	return out
}

// clauses splits at "and" before a further question word, and at the commas of such a row.
func (l *language) clauses(s string) []string {
	if !l.question.MatchString(s) {
		return []string{s}
	}
	at := l.joint.FindStringSubmatchIndex(s)
	if at == nil {
		return []string{s}
	}
	first, rest := s[:at[0]], s[at[2]:]
	row := []string{}
	for _, part := range strings.Split(first, ", ") {
		if len(row) > 0 && !l.further.MatchString(part) {
			row[len(row)-1] += ", " + part
			continue
		}
		row = append(row, part)
	}
	row = append(row, l.clauses(rest)...)
	var out []string
	for _, part := range row {
		// "how and why", "what works and what does not": they say something only together.
		switch {
		case len(strings.Fields(part)) < 2:
			return []string{s}
		case l.ellipsis.MatchString(part) && len(out) > 0:
			out[len(out)-1] += " " + l.Bare.And[0] + " " + part
		default:
			out = append(out, part)
		}
	}
	if len(out) == 1 {
		return []string{s}
	}
	return out
}

// enumeration splits a row of at least three short names.
func (l *language) enumeration(s string) []string {
	rest, last := s, ""
	for _, and := range l.Bare.And {
		if i := strings.LastIndex(s, " "+and+" "); i > 0 {
			rest, last = strings.TrimRight(s[:i], ","), s[i+len(and)+2:]
			break
		}
	}
	parts := strings.Split(rest, ", ")
	if last != "" {
		parts = append(parts, last)
	}
	if len(parts) < 3 {
		return []string{s}
	}
	for _, part := range parts {
		if n := len(strings.Fields(part)); n == 0 || n > 3 || l.question.MatchString(part) || l.example.MatchString(part) {
			return []string{s}
		}
	}
	return parts
}

// seen remembers points, to tell those that come again.
type seen struct {
	l    *language
	sets []map[string]bool
}

func newSeen(l *language) *seen { return &seen{l: l} }

// unseen gives the points that say something new, without those that every guide asks anyway.
func (s *seen) unseen(points []point) []point {
	return slices.DeleteFunc(points, func(p point) bool {
		if s.l.dropped(p) {
			return true
		}
		words := s.l.content(p.text)
		for _, other := range s.sets {
			if overlap(words, other) >= 0.8 {
				return true
			}
		}
		s.sets = append(s.sets, words)
		return false
	})
}

// content gives the words of s that carry meaning, without a plural's s; all words where none does.
func (l *language) content(s string) map[string]bool {
	s = strings.ToLower(s)
	for short, long := range l.Fold {
		s = strings.ReplaceAll(s, short, long)
	}
	words := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	set, all := map[string]bool{}, map[string]bool{}
	for _, w := range words {
		all[w] = true
		if !l.stop[w] {
			set[strings.TrimSuffix(w, "s")] = true
		}
	}
	if len(set) == 0 {
		return all
	}
	return set
}

// overlap is the share of words that two sets have in common: 1 for equal sets.
func overlap(a, b map[string]bool) float64 {
	common := 0
	for w := range a {
		if b[w] {
			common++
		}
	}
	if common == 0 {
		return 0
	}
	return float64(common) / float64(len(a)+len(b)-common)
}
