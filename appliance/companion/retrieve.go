package companion

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/store"
)

// CountWords counts the words of a text against a budget: as words are counted everywhere (appliance.Words), or by the
// spaces between them where that is more, so that nobody who counts in one of these ways finds the budget exceeded.
func CountWords(text string) int { return max(appliance.Words(text), len(strings.Fields(text))) }

// question is a question made ready to be compared.
type question struct {
	text  string
	terms []extract.Term
}

func newQuestion(text string) question {
	language, ok := extract.LanguageOf(text)
	if !ok {
		language = appliance.English
	}
	return question{text, extract.For(language).Terms(text)}
}

// words gives what the words of the question that carry meaning begin with.
func (q question) words() (list []string) {
	for _, t := range q.terms {
		if !slices.Contains(list, t.Stem) {
			list = append(list, t.Stem)
		}
	}
	return list
}

// scored is one turn with how much it bears on the question.
type scored struct {
	material int
	turn     int
	words    int
	score    float64
}

// choose gives the best passages of some conversations within a budget of words.
func choose(q question, material []store.Material, budget int) []Passage {
	all := score(q, material)
	order := slices.Clone(all)
	slices.SortStableFunc(order, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	chosen := make([][]float64, len(material))
	for i, m := range material {
		chosen[i] = make([]float64, len(m.Turns))
	}
	left := budget
	for _, s := range order {
		if s.score > 0 && s.words <= left {
			left -= s.words
			chosen[s.material][s.turn] = s.score
		}
	}
	return passages(material, chosen)
}

// passages puts the turns that were chosen together where they follow each other.
func passages(material []store.Material, chosen [][]float64) []Passage {
	var list []Passage
	for i, m := range material {
		open := false
		for j, t := range m.Turns {
			if chosen[i][j] <= 0 {
				open = false
				continue
			}
			if !open {
				list = append(list, Passage{Conversation: m.Conversation, Session: m.Session})
				open = true
			}
			p := &list[len(list)-1]
			p.Turns = append(p.Turns, t)
			p.Words += CountWords(t.Content)
			p.Score = max(p.Score, chosen[i][j])
		}
	}
	slices.SortStableFunc(list, func(a, b Passage) int { return cmp.Compare(b.Score, a.Score) })
	return list
}

// score weighs every turn: BM25 of the turn, spread over the words around it.
func score(q question, material []store.Material) (all []scored) {
	asked := map[string]bool{}
	for _, t := range q.terms {
		asked[t.Stem] = true
	}
	holding := map[string]float64{}
	counts := []map[string]float64{}
	total := 0.0
	for i, m := range material {
		l := extract.For(m.Language)
		for j, t := range m.Turns {
			count := map[string]float64{}
			for _, term := range l.Terms(t.Content) {
				if asked[term.Stem] {
					count[term.Stem]++
				}
			}
			for stem := range count {
				holding[stem]++
			}
			counts = append(counts, count)
			all = append(all, scored{material: i, turn: j, words: CountWords(t.Content)})
			total += float64(all[len(all)-1].words)
		}
	}
	if len(all) == 0 {
		return nil
	}
	mean := max(1, total/float64(len(all)))
	raw := make([]float64, len(all))
	for k, count := range counts {
		for stem, n := range count {
			idf := math.Log(1 + (float64(len(all))-holding[stem]+0.5)/(holding[stem]+0.5))
			raw[k] += idf * n * 2.2 / (n + 1.2*(0.25+0.75*float64(all[k].words)/mean))
		}
	}
	spread(all, raw)
	return all
}

// spread gives each turn a share of what stands within 80 and 300 words of it.
func spread(all []scored, raw []float64) {
	for k := range all {
		for _, reach := range []float64{80, 300} {
			for _, step := range []int{-1, 1} {
				distance := 0.0
				for o := k; o >= 0 && o < len(all) && all[o].material == all[k].material && distance < 3*reach; o += step {
					if o != k || step == 1 {
						all[k].score += raw[o] * math.Exp(-distance/reach) / reach
					}
					distance += float64(max(1, all[o].words))
				}
			}
		}
	}
}
