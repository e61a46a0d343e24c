package companion_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/companion"
	"harmonium/appliance/store"
	"harmonium/appliance/testkit"
)

// meeting is one line of QMSum (Zhong et al., NAACL 2021): a real meeting, with questions and where their answers are.
type meeting struct {
	Turns []struct {
		Speaker string `json:"speaker"`
		Content string `json:"content"`
	} `json:"meeting_transcripts"`
	Specific []struct {
		Query string      `json:"query"`
		Spans [][2]string `json:"relevant_text_span"`
	} `json:"specific_query_list"`
	General []struct {
		Query  string `json:"query"`
		Answer string `json:"answer"`
	} `json:"general_query_list"`
}

// meetings reads the validation split of QMSum. The figures of the method were chosen with the even ones.
func meetings(t testing.TB) (list []meeting) {
	t.Helper()
	f, err := os.Open(testkit.Data(t, "qmsum/val.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var m meeting
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		list = append(list, m)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// material is the meeting as the store gives a conversation.
func (m meeting) material(id int) store.Material {
	out := store.Material{Conversation: appliance.ConversationID(fmt.Sprint("meeting ", id)), Language: appliance.English}
	for _, t := range m.Turns {
		utter(&out, t.Speaker, t.Content)
	}
	return out
}

// words counts as those who made the task do: by spaces.
func (m meeting) words(turns map[int]bool) (n int) {
	for i := range turns {
		n += len(strings.Fields(m.Turns[i].Content))
	}
	return n
}

// shares are the budgets, as shares of the words of a meeting.
var shares = []float64{1. / 6, 1. / 5, 1. / 4, 1. / 3}

// coverage is the share of the words of relevant turns that is found within each budget, summed over questions.
type coverage struct {
	found   [4]float64
	queries int
}

func (c coverage) String() string {
	var cells []string
	for _, x := range c.found {
		cells = append(cells, fmt.Sprintf("%.1f", 100*x/float64(max(1, c.queries))))
	}
	return strings.Join(cells, " / ")
}

// BenchmarkEvidence measures how much of what answers a question is found without any model, with each step of the method and
// without it.
func BenchmarkEvidence(b *testing.B) {
	list := meetings(b)
	type finder func(question string, m store.Material) func(budget int) []companion.Passage
	by := func(m companion.Method) finder {
		return func(question string, one store.Material) func(int) []companion.Passage {
			return companion.Ranked(question, []store.Material{one}, m)
		}
	}
	for range b.N {
		fmt.Printf("| Evidence found at 1/6, 1/5, 1/4, 1/3 of the words | all %d meetings | even ones | odd ones |\n|---|---|---|---|\n", len(list))
		for _, row := range []struct {
			name string
			find finder
		}{
			{"turns by chance", byChance},
			{"turns by BM25, those with a word of the question", by(companion.Method{KeepAsking: true, NoSpeakers: true, NoPassages: true, NoNeighbours: true})},
			{"… spread over their neighbours", by(companion.Method{KeepAsking: true, NoSpeakers: true, NoPassages: true})},
			{"passages of every length", by(companion.Method{KeepAsking: true, NoSpeakers: true, NoMixture: true})},
			{"… without words that only ask", by(companion.Method{NoSpeakers: true, NoMixture: true})},
			{"… with speakers who are named", by(companion.Method{NoMixture: true})},
			{"**… and BM25 nearby: the method**", by(companion.Method{})},
			{"the method without passages", by(companion.Method{NoPassages: true})},
			{"the method without speakers", by(companion.Method{NoSpeakers: true})},
			{"the method with words that only ask", by(companion.Method{KeepAsking: true})},
		} {
			var of [2]coverage
			for i, m := range list {
				of[i%2].add(b, m, m.material(i), row.find)
			}
			all := coverage{queries: of[0].queries + of[1].queries}
			for i := range all.found {
				all.found[i] = of[0].found[i] + of[1].found[i]
			}
			fmt.Printf("| %s | %s | %s | %s |\n", row.name, all, of[0], of[1])
		}
	}
}

// add measures the questions of one meeting.
func (c *coverage) add(b *testing.B, m meeting, as store.Material, find func(string, store.Material) func(int) []companion.Passage) {
	everything := map[int]bool{}
	for i := range m.Turns {
		everything[i] = true
	}
	total := float64(m.words(everything))
	for _, q := range m.Specific {
		relevant := map[int]bool{}
		for _, s := range q.Spans {
			var from, to int
			if _, err := fmt.Sscan(s[0]+" "+s[1], &from, &to); err != nil {
				b.Fatal(err)
			}
			for i := from; i <= min(to, len(m.Turns)-1); i++ {
				relevant[i] = true
			}
		}
		within := find(q.Query, as)
		for i, share := range shares {
			both, all := map[int]bool{}, map[int]bool{}
			for _, p := range within(int(total * share)) {
				for _, t := range p.Turns {
					all[t.Seq] = true
					if relevant[t.Seq] {
						both[t.Seq] = true
					}
				}
			}
			if m.words(all) > int(total*share) {
				b.Fatalf("%d words were chosen with a budget of %d", m.words(all), int(total*share))
			}
			c.found[i] += float64(m.words(both)) / float64(max(1, m.words(relevant)))
		}
		c.queries++
	}
}

// byChance takes turns in an order of chance.
func byChance(_ string, m store.Material) func(int) []companion.Passage {
	r := rand.New(rand.NewPCG(1, uint64(len(m.Turns))))
	order := r.Perm(len(m.Turns))
	return func(budget int) (list []companion.Passage) {
		for _, i := range order {
			if n := companion.CountWords(m.Turns[i].Content); n <= budget {
				budget -= n
				list = append(list, companion.Passage{Turns: m.Turns[i : i+1]})
			}
		}
		return list
	}
}
