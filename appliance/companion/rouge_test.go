package companion_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"harmonium/appliance/extract"
)

// summaryWords is how long summaries may be: about as long as those that people wrote.
const summaryWords = 120

// BenchmarkSummary compares what is chosen as a summary of a meeting with what TextRank chooses, by the summaries that people
// wrote.
func BenchmarkSummary(b *testing.B) {
	list := meetings(b)
	en := extract.For("en")
	for range b.N {
		fmt.Println("| Summary of 120 words: ROUGE-1 / 2 / L | all 35 meetings | even ones | odd ones |\n|---|---|---|---|")
		for _, row := range []struct {
			name      string
			summarise func([]string) string
		}{
			{"the first words", func(texts []string) string {
				words := strings.Fields(strings.Join(texts, " "))
				return strings.Join(words[:min(summaryWords, len(words))], " ")
			}},
			{"TextRank", func(texts []string) string { return textRank(en, texts, summaryWords) }},
			{"**the method**", func(texts []string) string {
				var parts []string
				chosen := en.Summary(texts, summaryWords)
				slices.SortFunc(chosen, func(a, b extract.Sentence) int {
					return cmp.Or(cmp.Compare(a.Text, b.Text), cmp.Compare(a.Start, b.Start))
				})
				for _, s := range chosen {
					parts = append(parts, s.In(texts[s.Text]))
				}
				return strings.Join(parts, " ")
			}},
		} {
			var of [2]rouge
			for i, m := range list {
				var texts []string
				for _, t := range m.Turns {
					texts = append(texts, t.Content)
				}
				summary := row.summarise(texts)
				for _, q := range m.General {
					of[i%2].add(summary, q.Answer)
				}
			}
			fmt.Printf("| %s | %s | %s | %s |\n", row.name, of[0].with(of[1]), of[0], of[1])
		}
	}
}

// rouge is the sum of ROUGE-1, ROUGE-2 and ROUGE-L (F1, Lin 2004; words in lower case, not stemmed) over n summaries.
type rouge struct {
	sum [3]float64
	n   int
}

func (r rouge) String() string {
	n := float64(max(1, r.n))
	return fmt.Sprintf("%.1f / %.1f / %.1f", 100*r.sum[0]/n, 100*r.sum[1]/n, 100*r.sum[2]/n)
}

func (r rouge) with(o rouge) rouge {
	for i := range r.sum {
		r.sum[i] += o.sum[i]
	}
	r.n += o.n
	return r
}

func (r *rouge) add(summary, reference string) {
	a, b := extract.Words(summary), extract.Words(reference)
	r.sum[0] += overlap(a, b, 1)
	r.sum[1] += overlap(a, b, 2)
	r.sum[2] += f1(float64(longestCommon(a, b)), len(a), len(b))
	r.n++
}

func f1(both float64, a, b int) float64 { return 2 * both / float64(max(1, a+b)) }

func overlap(a, b []string, n int) float64 {
	grams := func(words []string) map[string]int {
		m := map[string]int{}
		for i := 0; i+n <= len(words); i++ {
			m[strings.Join(words[i:i+n], " ")]++
		}
		return m
	}
	x, y := grams(a), grams(b)
	both := 0
	for g, k := range x {
		both += min(k, y[g])
	}
	return f1(float64(both), max(0, len(a)-n+1), max(0, len(b)-n+1))
}

// longestCommon is the length of the longest common subsequence.
func longestCommon(a, b []string) int {
	before := make([]int, len(b)+1)
	for i := range a {
		now := make([]int, len(b)+1)
		for j := range b {
			if a[i] == b[j] {
				now[j+1] = before[j] + 1
			} else {
				now[j+1] = max(now[j], before[j+1])
			}
		}
		before = now
	}
	return before[len(b)]
}

// textRank is what the method is compared with: sentences of two words or more that carry meaning, joined by how many of those
// words they share for the logarithms of their lengths, ranked by PageRank with d = 0.85 (Mihalcea and Tarau 2004), and taken
// in their rank as long as they fit.
func textRank(l *extract.Lexicon, texts []string, words int) string {
	type node struct {
		text, order int
		words       string
		stems       map[string]bool
		size        int
		rank, sum   float64
	}
	var nodes []node
	for i, text := range texts {
		for _, s := range extract.Sentences(text) {
			n := node{text: i, order: len(nodes), words: s.In(text), stems: map[string]bool{}, rank: 1}
			for _, t := range l.Terms(n.words) {
				n.stems[t.Stem] = true
			}
			if n.size = len(extract.Words(n.words)); len(n.stems) > 1 {
				nodes = append(nodes, n)
			}
		}
	}
	type edge struct {
		to     int
		weight float64
	}
	edges := make([][]edge, len(nodes))
	for i := range nodes {
		for j := range i {
			both := 0
			for s := range nodes[i].stems {
				if nodes[j].stems[s] {
					both++
				}
			}
			if both > 0 {
				w := float64(both) / (math.Log(float64(nodes[i].size)) + math.Log(float64(nodes[j].size)))
				edges[i] = append(edges[i], edge{j, w})
				edges[j] = append(edges[j], edge{i, w})
				nodes[i].sum += w
				nodes[j].sum += w
			}
		}
	}
	for range 30 {
		next := make([]float64, len(nodes))
		for i := range nodes {
			next[i] = 0.15
			for _, e := range edges[i] {
				next[i] += 0.85 * e.weight / nodes[e.to].sum * nodes[e.to].rank
			}
		}
		for i := range nodes {
			nodes[i].rank = next[i]
		}
	}
	slices.SortStableFunc(nodes, func(a, b node) int { return cmp.Compare(b.rank, a.rank) })
	var chosen []node
	for _, n := range nodes {
		if n.size <= words {
			words -= n.size
			chosen = append(chosen, n)
		}
	}
	slices.SortFunc(chosen, func(a, b node) int { return cmp.Compare(a.order, b.order) })
	var parts []string
	for _, n := range chosen {
		parts = append(parts, n.words)
	}
	return strings.Join(parts, " ")
}
