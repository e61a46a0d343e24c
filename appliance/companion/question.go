package companion

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/store"
)

// question is a question made ready to be compared with what was said.
type question struct {
	text  string
	words []string       // all, in lower case, without 's
	terms []extract.Term // those that say what is looked for, each once
	of    *extract.Lexicon
}

func newQuestion(text string, m method) question {
	language, ok := extract.LanguageOf(text)
	if !ok {
		language = appliance.English
	}
	l := extract.For(language)
	q := question{text: text, words: extract.Words(text), of: l}
	for i, w := range q.words {
		q.words[i] = strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "’s")
	}
	seen := map[string]bool{}
	for _, t := range l.Terms(text) {
		if !seen[t.Stem] && (m.KeepAsking || !l.Asks(t)) {
			seen[t.Stem] = true
			q.terms = append(q.terms, t)
		}
	}
	return q
}

// asksForAll says whether the question names nothing that is looked for, as "What are the main points?" or "What is it about?".
func (q question) asksForAll() bool { return len(q.terms) == 0 && len(q.words) >= 3 }

// lookedFor gives the words of the question that carry meaning, as the store looks for them.
func (q question) lookedFor() []store.EvidenceWord {
	list := make([]store.EvidenceWord, len(q.terms))
	for i, t := range q.terms {
		list[i] = store.EvidenceWord{Begins: t.Stem, Forms: q.of.Forms(t)}
	}
	return list
}

// in gives the terms of the question by their stems in another language: what is one word in two languages is found in both,
// however each of them inflects it.
func (q question) in(l *extract.Lexicon) map[string]int {
	at := make(map[string]int, len(q.terms))
	for i, t := range q.terms {
		at[t.Stem] = i
	}
	for i, t := range q.terms {
		for _, own := range l.Terms(t.Form) {
			if _, there := at[own.Stem]; !there {
				at[own.Stem] = i
			}
		}
	}
	return at
}

// mention is speakers whom the question names.
type mention struct {
	who    map[int]bool // voices
	words  []string     // of the question, in lower case
	likely bool         // only by one word that may as well be an ordinary one: it is not written like a name
}

// mentions finds the speakers that the question names. Of a name that stands there in parts the longest part counts
// ("project manager" is not everybody who is called manager), and where several speakers have it, all of them are meant.
func (q question) mentions(voices []voice) (list []mention) {
	for i := 0; i < len(q.words); {
		m := q.mentionAt(i, voices)
		if len(m.who) == 0 {
			i++
			continue
		}
		i += len(m.words)
		if !slices.ContainsFunc(list, func(have mention) bool { return maps.Equal(have.who, m.who) }) {
			list = append(list, m)
		}
	}
	return list
}

// mentionAt gives the speakers whose name, or part of it, begins at a word of the question.
func (q question) mentionAt(at int, voices []voice) mention {
	longest := 0
	who := map[int]bool{}
	for i, v := range voices {
		n := sharedRunAt(q.words[at:], v.name)
		if n == 1 && len(q.of.Terms(q.words[at])) == 0 {
			n = 0
		}
		if all := sharedRunAt(q.words[at:], v.pseudonym); all == len(v.pseudonym) {
			n = max(n, all)
		}
		if n > longest {
			longest, who = n, map[int]bool{}
		}
		if n > 0 && n == longest {
			who[i] = true
		}
	}
	m := mention{who: who, words: q.words[at : at+longest]}
	m.likely = longest == 1 && !strings.Contains(q.text, capitalised(q.words[at]))
	return m
}

// sharedRunAt gives with how many words a begins that stand in b in the same order, one directly after the other.
func sharedRunAt(a, b []string) (longest int) {
	for from := range b {
		n := 0
		for n < len(a) && from+n < len(b) && a[n] == b[from+n] {
			n++
		}
		longest = max(longest, n)
	}
	return longest
}

func capitalised(word string) string {
	r, size := utf8.DecodeRuneInString(word)
	return string(unicode.ToUpper(r)) + word[size:]
}
