package synthesis

import (
	"cmp"
	"slices"
	"strings"

	"harmonium/appliance"
)

// The bounds of mentions.
const (
	alwaysShared = 2 // people who must share a word before it is reported as shared
	sharedBy     = 8 // where many speak, one of so many must share it
	maxMerged    = 2 // words of one mention
)

// mention is a word or expression that several people use, or two that come up together.
type mention struct {
	words  []string
	people int
	claims []int // in which it is used, ascending
}

// spoken is a word or a pair of words with the claims in which it is used.
type spoken struct {
	words  []int
	claims []int
	people int
	score  float64
}

// mentions gives what people speak of in claims (ascending): at most n words or expressions that say something about
// these claims more than about the rest, what most people use first. Words in given, those of the question, do not
// count. What comes up in mostly the same claims is one mention.
func (x *index) mentions(claims []int, given map[int]bool, n int) []mention {
	return x.mentionsBy(max(alwaysShared, (x.speakers(claims)+sharedBy-1)/sharedBy), false, claims, given, n)
}

// mentionsBy is mentions of what at least so many people share. With tight, what only some of those who speak of the one
// say too is not put to it.
func (x *index) mentionsBy(least int, tight bool, claims []int, given map[int]bool, n int) []mention {
	candidates := x.candidates(least, claims, given)
	appliance.Sort(candidates, func(a, b spoken) int {
		return cmp.Or(cmp.Compare(b.score, a.score), strings.Compare(x.show(a.words), x.show(b.words)),
			slices.Compare(a.words, b.words))
	})
	out := x.merge(candidates, tight, n)
	appliance.Sort(out, func(a, b mention) int { return cmp.Compare(b.people, a.people) })
	return out
}

// candidates gives the words and expressions that name something and that at least so many people use in claims
// (ascending), in no order.
func (x *index) candidates(least int, claims []int, given map[int]bool) []spoken {
	words, pairs := map[int][]int{}, map[[2]int][]int{}
	for _, c := range claims {
		for _, w := range x.claims[c].words {
			if !given[w] {
				words[w] = append(words[w], c)
			}
		}
		for _, p := range x.claims[c].pairs {
			if list := pairs[p]; len(list) == 0 || list[len(list)-1] != c {
				pairs[p] = append(list, c)
			}
		}
	}
	// What only people use who wish to be counted and not shown is not shown.
	visible := func(in []int) bool { return x.speakers(x.shown(in)) >= alwaysShared }
	var candidates []spoken
	for w, in := range words {
		if people := x.speakers(in); people >= least && visible(in) && x.words[w].thing > 0 && !x.everywhere(w) {
			candidates = append(candidates, spoken{[]int{w}, in, people, x.weight(w, people)})
		}
	}
	for p, in := range pairs {
		a, b := p[0], p[1]
		people := x.speakers(in)
		if people < least || !visible(in) || given[a] && given[b] || x.words[b].thing < 0 {
			continue
		}
		// An expression says more than its words, where most who use the rarer of them use it so.
		if rarer := min(x.speakers(words[a]), x.speakers(words[b])); people*2 >= rarer {
			candidates = append(candidates, spoken{[]int{a, b}, in, people, 1.5 * max(x.weight(a, people), x.weight(b, people))})
		}
	}
	return candidates
}

// weight says how much a word that people of a topic use tells about it: less when it comes up elsewhere too.
func (x *index) weight(w, people int) float64 {
	here := float64(people) / float64(max(people, x.words[w].people))
	return float64(people) * (0.4 + 0.6*here)
}

// merge takes the first n of candidates, putting those together that come up in mostly the same claims.
func (x *index) merge(candidates []spoken, tight bool, n int) []mention {
	var out []mention
	used := map[int]bool{} // words that are part of a mention
	for _, c := range candidates {
		if slices.ContainsFunc(c.words, func(w int) bool { return used[w] }) {
			continue
		}
		i := slices.IndexFunc(out, func(m mention) bool {
			of := min(len(m.claims), len(c.claims))
			if tight {
				of = max(len(m.claims), len(c.claims))
			}
			return common(m.claims, c.claims)*10 >= 6*of
		})
		switch {
		case i < 0 && len(out) < n:
			out = append(out, mention{[]string{x.show(c.words)}, c.people, c.claims})
		case i >= 0 && len(out[i].words) < maxMerged:
			out[i].words = append(out[i].words, x.show(c.words))
			out[i].claims = union(out[i].claims, c.claims)
			out[i].people = x.speakers(out[i].claims)
		case i < 0:
			return out
		}
		for _, w := range c.words {
			used[w] = true
		}
	}
	return out
}

// show gives a word or an expression as it is written.
func (x *index) show(words []int) string {
	forms := make([]string, len(words))
	for i, w := range words {
		forms[i] = x.form(w)
	}
	return strings.Join(forms, " ")
}
