package companion

import (
	"math"
	"slices"
	"strconv"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/store"
)

// corpus is the turns of some conversations side by side, and where in them stands what a question asks for.
type corpus struct {
	material []store.Material
	turns    []appliance.Turn
	voices   []voice
	said     []int     // of each turn: its voice; -1 when nobody who can be named says it
	words    []float64 // of each turn, by CountWords; at least 1
	begins   []int     // of each conversation: its first turn; one more at the end
	total    float64   // words
	signals  []signal
	// asksForAll says that the question names nothing that is looked for: "What are the main points?"
	asksForAll bool
}

// voice is somebody who speaks in a conversation, in the words by which a question may name them.
type voice struct {
	name      []string // may be named in part
	pseudonym []string // only as a whole: "participant 3"
}

func newVoice(s appliance.Speaker) voice {
	v := voice{name: extract.Words(s.Name)}
	if s.Number != 0 {
		v.pseudonym = []string{"participant", strconv.Itoa(s.Number)}
	}
	return v
}

// signal is one thing that a question asks for.
type signal struct {
	weight  float64
	counts  []float64 // for each turn: how much of it stands there
	speaker bool      // counts are words of a speaker
}

func newCorpus(q question, material []store.Material, m method) *corpus {
	c := &corpus{material: material, begins: []int{0}, asksForAll: q.asksForAll()}
	for _, one := range material {
		before := len(c.voices)
		for _, s := range one.Speakers {
			c.voices = append(c.voices, newVoice(s))
		}
		for _, t := range one.Turns {
			who := slices.IndexFunc(one.Speakers, func(s appliance.Speaker) bool {
				return s.ID == t.Speaker && (s.ID != "" || t.Role == appliance.FromParticipant)
			})
			if who >= 0 {
				who += before
			}
			c.said = append(c.said, who)
			n := float64(max(1, CountWords(t.Content)))
			c.turns = append(c.turns, t)
			c.words = append(c.words, n)
			c.total += n
		}
		c.begins = append(c.begins, len(c.turns))
	}
	named := map[string]bool{} // stems that are a speaker's name
	if !m.NoSpeakers {
		named = c.listen(q)
	}
	c.read(q, named)
	return c
}

// listen adds what the speakers say whom a question names, and gives the stems of their names.
func (c *corpus) listen(q question) map[string]bool {
	named := map[string]bool{}
	for _, m := range q.mentions(c.voices) {
		s := signal{weight: speakerWeight, counts: make([]float64, len(c.turns)), speaker: true}
		if m.likely {
			s.weight /= 2
		}
		theirs := 0.0
		for i, who := range c.said {
			if m.who[who] {
				s.counts[i] = c.words[i]
				theirs += c.words[i]
			}
		}
		if theirs > 0 && theirs < mostlyOne*c.total {
			c.signals = append(c.signals, s)
		}
		if !m.likely {
			for _, t := range q.terms {
				for _, w := range m.words {
					if t.Word == w || t.Word == w+"'s" || t.Word == w+"’s" {
						named[t.Stem] = true
					}
				}
			}
		}
	}
	return named
}

// read adds where the words of a question stand. Said again in the same turn a word counts less.
func (c *corpus) read(q question, without map[string]bool) {
	list := make([]signal, len(q.terms))
	for i := range list {
		list[i] = signal{weight: 1, counts: make([]float64, len(c.turns))}
	}
	for i, m := range c.material {
		l := extract.For(m.Language)
		at := q.in(l)
		for k := c.begins[i]; k < c.begins[i+1]; k++ {
			for _, t := range l.Terms(c.turns[k].Content) {
				if n, asked := at[t.Stem]; asked {
					list[n].counts[k]++
				}
			}
		}
	}
	for i, s := range list {
		some := false
		for k, n := range s.counts {
			if n > 0 {
				s.counts[k] = math.Pow(n, again)
				some = true
			}
		}
		if some && !without[q.terms[i].Stem] {
			c.signals = append(c.signals, s)
		}
	}
}

// conversation gives the bounds of a conversation among the turns.
func (c *corpus) conversation(i int) (from, to int) { return c.begins[i], c.begins[i+1] }
