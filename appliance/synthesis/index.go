package synthesis

import (
	"cmp"
	"slices"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/store"
)

// index is the claims of a session, made ready for questions about their words. It does not depend on the order in
// which the claims are given, except within one conversation, and it answers in time that grows with the number of
// claims, not with its square.
type index struct {
	claims []indexed
	words  []word
	number map[string]int // language and stem to index in words
	at     map[appliance.ClaimID]int
	people int // who said them
	topics int // topics that claims belong to
}

// indexed is a claim with its words.
type indexed struct {
	store.CitedClaim
	who   int      // number of who said it, from 0: a participant, or a conversation without any
	words []int    // indexes into index.words, ascending, each once
	pairs [][2]int // words that stand side by side, as they were said
}

// word is all forms of one word that carries meaning.
type word struct {
	language appliance.Language
	stem     string
	forms    map[string]int // as written, with how often; those that begin a sentence are in firsts
	firsts   map[string]int
	thing    int // sum of extract.Term.Thing
	articles int // how often an article says that it is nobody's name
	people   int // in whose claims it stands
	topics   int // topics in whose claims it stands
}

func newIndex(claims []store.CitedClaim) *index {
	x := &index{claims: make([]indexed, len(claims)), number: map[string]int{}, at: make(map[appliance.ClaimID]int, len(claims))}
	for i, c := range claims {
		x.claims[i].CitedClaim = c
	}
	appliance.Sort(x.claims, func(a, b indexed) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.ConversationID, b.ConversationID))
	})
	for i := range x.claims {
		c := &x.claims[i]
		x.at[c.ID] = i
		switch {
		case i == 0:
			x.people = 1
		case c.ConversationID != x.claims[i-1].ConversationID || c.Number != x.claims[i-1].Number:
			x.people++
		}
		c.who = x.people - 1
		x.read(c)
	}
	x.count()
	return x
}

// place gives the index of a claim; false when it is not among them.
func (x *index) place(id appliance.ClaimID) (int, bool) {
	i, ok := x.at[id]
	return i, ok
}

// count finds out how far each word is spread.
func (x *index) count() {
	last := make([]int, len(x.words)) // the conversation that was counted last, from 1
	topics := map[appliance.TopicID]map[int]bool{}
	for _, c := range x.claims {
		if c.Prompted {
			continue // the words may be those of the idea that it replies to
		}
		if topics[c.TopicID] == nil {
			topics[c.TopicID] = map[int]bool{}
		}
		for _, w := range c.words {
			if last[w] != c.who+1 {
				last[w] = c.who + 1
				x.words[w].people++
			}
			topics[c.TopicID][w] = true
		}
	}
	x.topics = len(topics)
	for _, words := range topics {
		for w := range words {
			x.words[w].topics++
		}
	}
}

// everywhere says whether a word comes up whatever is talked about: it belongs to the place and not to a topic.
func (x *index) everywhere(w int) bool {
	return x.topics >= 4 && x.words[w].topics*10 > x.topics*7 && x.words[w].people*2 > x.people
}

// read notes the words of a claim.
func (x *index) read(c *indexed) {
	lexicon := extract.For(c.Language)
	before := -1
	for _, t := range lexicon.Terms(c.Text) {
		w := x.word(c.Language, t.Stem)
		switch {
		case c.Hidden: // it counts, and how it is written shows somebody's words
		case t.First:
			x.words[w].firsts[t.Form]++
		default:
			x.words[w].forms[t.Form]++
		}
		x.words[w].thing += t.Thing
		if t.Article {
			x.words[w].articles++
		}
		c.words = append(c.words, w)
		if t.Bound && before != w {
			c.pairs = append(c.pairs, [2]int{before, w})
		}
		before = w
	}
	slices.Sort(c.words)
	c.words = slices.Compact(c.words)
}

// word gives the number of a word, which is new if need be.
func (x *index) word(language appliance.Language, stem string) int {
	key := string(language) + " " + stem
	w, ok := x.number[key]
	if !ok {
		w = len(x.words)
		x.number[key] = w
		x.words = append(x.words, word{language: language, stem: stem, forms: map[string]int{}, firsts: map[string]int{}})
	}
	return w
}

// wordsOf gives the numbers of the words of a text that come up in claims of a language.
func (x *index) wordsOf(language appliance.Language, text string) map[int]bool {
	set := map[int]bool{}
	for _, t := range extract.For(language).Terms(text) {
		if w, ok := x.number[string(language)+" "+t.Stem]; ok {
			set[w] = true
		}
	}
	return set
}

// form is how a word is shown: as it was written most often. The capital letter that begins a sentence counts only
// where nothing else is known.
func (x *index) form(w int) string {
	forms := x.words[w].forms
	if len(forms) == 0 {
		forms = map[string]int{}
		for form, n := range x.words[w].firsts {
			if x.words[w].language != appliance.German { // where a word that begins an answer is mostly a noun
				form = strings.ToLower(form)
			}
			forms[form] += n
		}
	}
	best := ""
	for form, n := range forms {
		if best == "" || cmp.Or(cmp.Compare(n, forms[best]), cmp.Compare(len(best), len(form)), strings.Compare(best, form)) > 0 {
			best = form
		}
	}
	return best
}

// speakers counts the people that claims, ascending, are of.
func (x *index) speakers(claims []int) int {
	n := 0
	for i, c := range claims {
		if i == 0 || x.claims[c].who != x.claims[claims[i-1]].who {
			n++
		}
	}
	return n
}

// shown gives those of claims that may be shown.
func (x *index) shown(claims []int) []int {
	return slices.DeleteFunc(slices.Clone(claims), func(c int) bool { return x.claims[c].Hidden })
}

// alike says how much two claims share: the Jaccard index of their words, 0 to 1.
func (x *index) alike(a, b int) float64 {
	both := common(x.claims[a].words, x.claims[b].words)
	all := len(x.claims[a].words) + len(x.claims[b].words) - both
	if all == 0 {
		return 0
	}
	return float64(both) / float64(all)
}

// byTelling compares claims: the more telling first, and those that tell as much by their words, so that nothing
// depends on the order in which they came.
func (x *index) byTelling(a, b int) int {
	return cmp.Or(cmp.Compare(x.claims[b].Salience, x.claims[a].Salience),
		strings.Compare(x.claims[a].Text, x.claims[b].Text), cmp.Compare(a, b))
}

// perPerson gives the most telling of claims, one for each person, the most telling first.
func (x *index) perPerson(claims []int) []int {
	ranked := slices.Clone(claims)
	appliance.Sort(ranked, x.byTelling)
	seen := map[int]bool{}
	return slices.DeleteFunc(ranked, func(c int) bool {
		again := seen[x.claims[c].who]
		seen[x.claims[c].who] = true
		return again
	})
}

// common counts what two ascending lists share.
func common(a, b []int) int {
	n := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			n, i, j = n+1, i+1, j+1
		}
	}
	return n
}

// union gives what is in either of two ascending lists, ascending.
func union(a, b []int) []int {
	out := append(slices.Clone(a), b...)
	slices.Sort(out)
	return slices.Compact(out)
}
