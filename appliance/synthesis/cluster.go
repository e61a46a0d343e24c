package synthesis

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// The bounds of clusters.
const (
	mostThemes = 20   // of one session, by rules or by a model
	joins      = 0.35 // how much of what is typical of a cluster a claim must have to join it
	grain      = 1e6  // scores are compared up to this: sums depend a little on the order of what is added
)

// themesFor is how many themes so many claims are divided into, at most: the cube root of their number. A hundred
// claims give five themes and five thousand give seventeen, which a person can take in, while no theme of many claims
// stands for all.
func themesFor(claims int) int {
	return min(mostThemes, max(1, int(math.Round(math.Cbrt(float64(claims))))))
}

// cluster is a group of claims with the words that they have in common.
type cluster struct {
	words  [][]int // words or expressions: what it is called by
	core   []int   // claims that use one of them, ascending
	claims []int   // all its claims, ascending
}

// clusters divides the claims that are voices of their own into at most so many groups, whatever the order of the
// claims: it takes, one after the other, the word or expression that most people use who are in no group yet, where
// rarer ones count more, and puts what comes up with it to it. A claim belongs to the group that it is most like, also
// where it has none of the words but what else is typical of the group; some belong to none. Words in given say nothing.
// It takes time that grows with the number of claims.
func (x *index) clusters(given map[int]bool, most int) []cluster {
	voices := make([]int, 0, len(x.claims))
	for i, c := range x.claims {
		if !c.Prompted {
			voices = append(voices, i)
		}
	}
	candidates := x.candidates(alwaysShared, voices, given)
	taken := make([]bool, len(x.claims))
	used := map[int]bool{}
	var list []cluster
	for len(list) < min(most, themesFor(len(voices))) {
		best, ok := x.next(candidates, taken, used)
		if !ok {
			break
		}
		c := cluster{words: [][]int{best.words}, core: slices.Clone(best.claims)}
		note(used, best.words)
		if with, ok := x.companion(candidates, best, used); ok {
			c.words = append(c.words, with.words)
			c.core = union(c.core, with.claims)
			note(used, with.words)
		}
		for _, claim := range c.core {
			taken[claim] = true
		}
		list = append(list, c)
	}
	x.assign(list, voices, given)
	return slices.DeleteFunc(list, func(c cluster) bool { return x.speakers(c.claims) < alwaysShared })
}

func note(used map[int]bool, words []int) {
	for _, w := range words {
		used[w] = true
	}
}

// next gives the candidate that brings the most people into groups.
func (x *index) next(candidates []spoken, taken []bool, used map[int]bool) (best spoken, ok bool) {
	score := 0.0
	for _, c := range candidates {
		if slices.ContainsFunc(c.words, func(w int) bool { return used[w] }) {
			continue
		}
		fresh, last := 0, -1
		for _, claim := range c.claims {
			if who := x.claims[claim].who; !taken[claim] && who != last {
				fresh, last = fresh+1, who
			}
		}
		if fresh < alwaysShared {
			continue
		}
		now := float64(fresh) * x.rarity(c.people)
		if len(c.words) > 1 {
			now *= 1.5 // an expression says more than its words
		}
		now = math.Round(now * grain)
		if now > score || now == score && strings.Compare(x.show(c.words), x.show(best.words)) < 0 {
			best, score, ok = c, now, true
		}
	}
	return best, ok
}

// rarity is how much a word tells that so many people use.
func (x *index) rarity(people int) float64 {
	return math.Log1p(float64(x.people) / float64(max(1, people)))
}

// companion gives what most people use of what comes up mostly where best does too.
func (x *index) companion(candidates []spoken, best spoken, used map[int]bool) (with spoken, ok bool) {
	for _, c := range candidates {
		if slices.ContainsFunc(c.words, func(w int) bool { return used[w] }) ||
			common(c.claims, best.claims)*10 < 6*len(c.claims) || c.people*4 < best.people {
			continue
		}
		if !ok || cmp.Or(cmp.Compare(c.people, with.people), strings.Compare(x.show(with.words), x.show(c.words))) > 0 {
			with, ok = c, true
		}
	}
	return with, ok
}

// profile is how often each word comes up in the core of a cluster: a share of its claims.
func (x *index) profile(c cluster, given map[int]bool) map[int]float64 {
	share := map[int]float64{}
	for _, claim := range c.core {
		for _, w := range x.claims[claim].words {
			if !given[w] && !x.everywhere(w) {
				share[w] += 1 / float64(len(c.core))
			}
		}
	}
	for w, s := range share {
		if s*float64(len(c.core)) < 1.5 { // one claim makes nothing typical
			delete(share, w)
		}
	}
	return share
}

// assign gives each claim to the cluster that it is most like.
func (x *index) assign(list []cluster, voices []int, given map[int]bool) {
	at := map[int][]typical{} // by word
	core := make([]map[int]bool, len(list))
	for i, c := range list {
		for w, share := range x.profile(c, given) {
			at[w] = append(at[w], typical{i, share})
		}
		core[i] = make(map[int]bool, len(c.core))
		for _, claim := range c.core {
			core[i][claim] = true
		}
	}
	for _, claim := range voices {
		scores := make([]float64, len(list))
		for _, w := range x.claims[claim].words {
			for _, t := range at[w] {
				scores[t.cluster] += t.share
			}
		}
		best, score := -1, 0.0
		for i := range list {
			now := math.Round(scores[i] * grain)
			if core[i][claim] {
				now += 10 * grain // whoever uses the word speaks of it
			}
			if now > score && (core[i][claim] || scores[i] >= joins) {
				best, score = i, now
			}
		}
		if best >= 0 {
			list[best].claims = append(list[best].claims, claim)
		}
	}
}

// typical says in how many of the claims of a cluster a word comes up, as a share.
type typical struct {
	cluster int
	share   float64
}

// shuffled is the same index as if people and claims had come in another order, and words had been met in another.
func (x *index) shuffled(seed int64) *index {
	r := rand.New(rand.NewPCG(uint64(seed), 0)) // no secret: it has to be the same again
	number := r.Perm(len(x.words))
	y := &index{number: make(map[string]int, len(x.number)), words: make([]word, len(x.words)), people: x.people, topics: x.topics}
	for w, of := range x.words {
		y.words[number[w]] = of
	}
	for key, w := range x.number {
		y.number[key] = number[w]
	}
	people := make([][]indexed, x.people)
	for _, c := range x.claims {
		c.words, c.pairs = slices.Clone(c.words), slices.Clone(c.pairs)
		for i, w := range c.words {
			c.words[i] = number[w]
		}
		slices.Sort(c.words)
		for i, p := range c.pairs {
			c.pairs[i] = [2]int{number[p[0]], number[p[1]]}
		}
		people[c.who] = append(people[c.who], c)
	}
	r.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
	for who, claims := range people {
		r.Shuffle(len(claims), func(i, j int) { claims[i], claims[j] = claims[j], claims[i] })
		for _, c := range claims {
			c.who = who
			y.claims = append(y.claims, c)
		}
	}
	return y
}
