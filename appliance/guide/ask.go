package guide

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"harmonium/appliance"
)

// asking is a point turned into a question.
type asking struct {
	title    string
	question string
	kind     kind
	listen   string
}

// ask turns a point into a question, by the first shape that fits. used makes the ways to ask take turns.
func (l *language) ask(p point, used map[string]int) asking {
	s, values := l.shapeOf(p)
	a := l.phrase(p, s, values, used)
	if len(strings.Fields(a.question)) > maxWords || utf8.RuneCountInString(a.question) > appliance.MaxQuestion {
		// Too long to be said: quote its beginning. The aim of the topic keeps all of it.
		p.text = cutWords(p.text)
		quote := l.Shapes[len(l.Shapes)-1]
		a = l.phrase(p, quote, l.values(p, nil, nil), used)
	}
	return a
}

// dropped says whether the first shape that fits drops the point.
func (l *language) dropped(p point) bool {
	s, _ := l.shapeOf(p)
	return s.Ask == ""
}

// shapeOf finds the first shape that fits. The last one of every language fits all.
func (l *language) shapeOf(p point) (*shape, map[string]string) {
	for _, s := range l.Shapes {
		if s.When == "question" && !p.asked || s.When == "statement" && p.asked {
			continue
		}
		m := s.match.FindStringSubmatch(p.text)
		if m == nil {
			continue
		}
		values := l.values(p, s.match.SubexpNames(), m)
		if s.When == "bare" && !l.standsBare(values["x"], false) || s.When == "bare first" && !l.standsBare(values["x"], true) {
			continue
		}
		return s, values
	}
	return l.Shapes[len(l.Shapes)-1], l.values(p, nil, nil)
}

// values gives what a template may name: the groups of a match, "0" for the whole point and "q" for the point as it
// stands between quotation marks, each also with "~" (first letter small) and "^" (first letter large).
func (l *language) values(p point, names, groups []string) map[string]string {
	v := map[string]string{}
	add := func(name, text string) {
		v[name], v["~"+name], v["^"+name] = text, small(text), large(text)
	}
	for i, name := range names {
		if name != "" {
			add(name, groups[i])
		}
	}
	add("0", p.text)
	quote := p.text
	if p.label != "" {
		quote = p.label + ": " + p.text
	} else if x, ok := v["x"]; ok {
		quote = x
	}
	add("q", large(l.inner(quote)))
	return v
}

func (l *language) phrase(p point, s *shape, values map[string]string, used map[string]int) asking {
	a := asking{listen: s.Listen, kind: s.Kind == coming.name()}
	switch {
	case s.Title != "":
		a.title = fill(s.Title, values)
	default:
		a.title = p.text
	}
	if p.label != "" {
		a.title = p.label
	}
	a.title = clip(large(a.title), maxTitle)
	// Related ways to ask ("np", "np_the") take turns together, so that two of them do not begin alike.
	family, _, _ := strings.Cut(s.Ask, "_")
	question := oneLine(fill(l.next(used, family, l.Asks[s.Ask]), values))
	a.question = large(strings.Replace(question, " ?", "?", 1))
	if p.label != "" && family != "quoted" {
		// What stands before a colon is what the question is about.
		if l.Colon == "small" {
			question = small(a.question)
		}
		a.question = large(l.inner(p.label)) + ": " + question
	}
	return a
}

// standsBare says whether the noun phrase x reads right without an article. Unless it comes first, its first word must
// also be one that may be written small.
func (l *language) standsBare(x string, first bool) bool {
	words := strings.Fields(x)
	if len(words) == 0 || len(words) > 12 {
		return false
	}
	if w := words[0]; !first && w != strings.ToLower(w) && !l.smallWord(strings.ToLower(w)) {
		return false
	}
	head := ""
	for _, w := range words {
		w = strings.ToLower(strings.Trim(w, ",()"))
		switch {
		case slices.Contains(l.Bare.And, w):
			if !l.bareNoun(head) {
				return false
			}
		case l.prepositions[w]:
			return l.bareNoun(head)
		default:
			head = w
		}
	}
	return l.bareNoun(head)
}

func (l *language) bareNoun(w string) bool {
	if l.bareWords[w] {
		return true
	}
	ends := func(list []string) bool {
		return slices.ContainsFunc(list, func(e string) bool { return strings.HasSuffix(w, e) })
	}
	return utf8.RuneCountInString(w) > 3 && ends(l.Bare.Endings) && !ends(l.Bare.NotEndings)
}

func (l *language) smallWord(w string) bool {
	return l.bareWords[w] || slices.ContainsFunc(l.Bare.SmallEndings, func(e string) bool { return strings.HasSuffix(w, e) })
}

// cutWords keeps about the first half of a question's words, to a comma where there is one.
func cutWords(s string) string {
	words := strings.Fields(s)
	if len(words) <= maxWords/2 {
		return clip(s, maxTitle*3)
	}
	words = words[:maxWords/2]
	for i := len(words) - 1; i >= maxWords/3; i-- {
		if strings.HasSuffix(words[i], ",") {
			words = words[:i+1]
			break
		}
	}
	return clip(strings.TrimRight(strings.Join(words, " "), " ,;:–—-("), maxTitle*3) + " …"
}

// small gives s with a small first letter, unless its first word is an abbreviation or "I".
func small(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	second, m := utf8.DecodeRuneInString(s[n:])
	if m > 0 && (unicode.IsUpper(second) || unicode.IsDigit(second)) || r == 'I' && (m == 0 || !unicode.IsLetter(second)) {
		return s
	}
	return string(unicode.ToLower(r)) + s[n:]
}

// large gives s with a large first letter.
func large(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}
