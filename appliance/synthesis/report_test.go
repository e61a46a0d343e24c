package synthesis_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
)

var update = flag.Bool("update", false, "write the golden files anew")

// story is what people say in a session, as in the story of the demonstration.
type story struct {
	Topic    string
	Language appliance.Language
	Guide    appliance.Guide
	Form     appliance.Form
	People   []struct {
		Form   []string
		Says   [][]string
		Leaves string
	}
}

// tell puts a story on a desk.
func tell(t testing.TB, s story) *desk {
	t.Helper()
	d := openDesk(t, s.Language, s.Topic, s.Guide, s.Form)
	form, err := d.Form(t.Context(), d.session.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range s.People {
		var answers []appliance.FormAnswer
		for i, value := range p.Form {
			answers = append(answers, appliance.FormAnswer{FieldID: form[i].ID, Values: []string{value}})
		}
		id := d.join(answers...)
		for i, says := range p.Says {
			d.ask(id, d.guide.Topics[i].ID)
			for _, words := range says {
				d.say(id, words)
			}
		}
		if p.Leaves == "" {
			d.finish(id)
		}
	}
	return d
}

// handover is the open session of the demonstration.
func handover(t testing.TB) story {
	t.Helper()
	var demo struct {
		Sessions []struct {
			story
			Brief appliance.Brief
		}
	}
	read(t, "../demo/story.json", &demo)
	s := demo.Sessions[len(demo.Sessions)-1]
	s.Topic, s.Language = s.Brief.Topic, "en"
	return s.story
}

func bibliothek(t testing.TB) (s story) {
	t.Helper()
	read(t, "testdata/bibliothek.json", &s)
	return s
}

func read(t testing.TB, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func TestReportsReadAsTheyShould(t *testing.T) {
	for name, told := range map[string]story{"handover": handover(t), "bibliothek": bibliothek(t)} {
		t.Run(name, func(t *testing.T) {
			got := synthesis.Markdown(tell(t, told).results())
			path := "testdata/" + name + ".md"
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("if that is intended, raise RulesVersion and run with -update:\n%s", diff)
			}
		})
	}
}

// shape is what a report says and shows, without ids and in an order of its own where there is none.
func shape(m store.ReportMaterial, b appliance.ReportBody) (lines []string) {
	words := map[appliance.ClaimID]string{}
	for _, c := range m.Claims {
		words[c.ID] = c.Text
	}
	for _, s := range b.Sections {
		for _, sentence := range s.Sentences {
			var quotes []string
			for _, id := range sentence.Claims {
				quotes = append(quotes, words[id])
			}
			if s.Kind == appliance.SectionUnheard {
				slices.Sort(quotes)
			}
			lines = append(lines, fmt.Sprintf("%s, %d: %s %q", s.Title, s.People, sentence.Text, quotes))
		}
	}
	return lines
}

func TestTheSameMaterialGivesTheSameReport(t *testing.T) {
	d := tell(t, handover(t))
	d.results()
	m, err := d.ReportMaterial(t.Context(), d.session.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := synthesis.Write(m)
	for seed := range uint64(5) {
		if diff := cmp.Diff(want, synthesis.Write(m)); diff != "" {
			t.Fatalf("written again:\n%s", diff)
		}
		// Whole conversations change places, and with them the numbers of their participants.
		other := m
		byPerson := map[int][]store.CitedClaim{}
		for _, c := range m.Claims {
			byPerson[c.Number] = append(byPerson[c.Number], c)
		}
		other.Claims = nil
		for i, number := range rand.New(rand.NewPCG(seed, 0)).Perm(len(m.Claims)) {
			for _, c := range byPerson[number] {
				c.Number = i
				other.Claims = append(other.Claims, c)
			}
		}
		if diff := cmp.Diff(shape(m, want), shape(other, synthesis.Write(other))); diff != "" {
			t.Fatalf("in another order of people:\n%s", diff)
		}
	}
}

func TestEverySentenceAboutWordsCitesThem(t *testing.T) {
	d := tell(t, handover(t))
	r := d.results()
	for _, s := range sections(r, appliance.SectionTopic) {
		for _, sentence := range s.Sentences[1:] {
			if len(sentence.Claims) == 0 {
				t.Errorf("%s: %q cites nothing", s.Title, sentence.Text)
			}
			people := map[appliance.ConversationID]bool{}
			for _, id := range sentence.Claims {
				c := r.Claims[slices.IndexFunc(r.Claims, func(c store.CitedClaim) bool { return c.ID == id })]
				if people[c.ConversationID] {
					t.Errorf("%s: %q cites one person twice", s.Title, sentence.Text)
				}
				people[c.ConversationID] = true
			}
			var n int
			if _, err := fmt.Sscanf(sentence.Text, "%d people mention", &n); err == nil && n != len(people) {
				t.Errorf("%s: %q cites %d people", s.Title, sentence.Text, len(people))
			}
		}
	}
}

func TestEverybodyIsQuotedSomewhere(t *testing.T) {
	d := tell(t, handover(t))
	r := d.results()
	quoted := map[int]bool{}
	for _, c := range r.Claims {
		quoted[c.Number] = true
	}
	if len(quoted) != r.Report.Counts.Conversations {
		t.Errorf("%d of %d people are quoted", len(quoted), r.Report.Counts.Conversations)
	}
	// In a session of hundreds the report says of how many it does not quote.
	big := newDesk(t, "en", "Tools")
	for i := range 40 {
		big.person(fmt.Sprintf("My tool number %d broke and nobody mended it.", i))
	}
	unheard := sections(big.results(), appliance.SectionUnheard)
	if len(unheard) != 1 || !strings.HasSuffix(unheard[0].Sentences[0].Text, "24 of them are quoted here:") ||
		len(unheard[0].Sentences[0].Claims) != 24 {
		t.Errorf("%+v", unheard)
	}
}

func TestAViewOfOnePersonIsShownWhereEnoughHaveSpoken(t *testing.T) {
	const alone = "Swallows nest under the grating, nobody should open the third window."
	for people, want := range map[int][]string{4: nil, 16: {alone}} {
		d := newDesk(t, "en", "Tools")
		for i := range people - 1 {
			d.person([]string{labels, drill, light}[i%3])
		}
		d.person(alone)
		r := d.results()
		var got []string
		for _, s := range sections(r, appliance.SectionMinority) {
			got = append(got, said(r, s)...)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("of %d people:\n%s", people, diff)
		}
	}
}

func TestATopicThatFewAnsweredIsAGap(t *testing.T) {
	d := newDesk(t, "en", "Tools", "Room", "Money")
	d.person(labels, light)
	d.person(drill)
	d.person(drill)
	s := sections(d.results(), appliance.SectionGaps)
	if len(s) != 1 {
		t.Fatalf("%d sections about gaps", len(s))
	}
	var got []string
	for _, sentence := range s[0].Sentences {
		got = append(got, sentence.Text)
	}
	if diff := cmp.Diff([]string{"Only one of 3 answered “Room”.", "Nobody answered “Money”."}, got); diff != "" {
		t.Error(diff)
	}
}

func TestOptionsThatNobodyChoseAreNamedOnceEnoughHaveChosen(t *testing.T) {
	for people, want := range map[int]int{4: 0, 5: 1} {
		form := appliance.Form{{Type: appliance.FieldOptions, Text: "Which shift?", Options: []string{"Early", "Late", "Night"}}}
		s := story{Topic: "The workshop", Language: "en", Guide: appliance.Guide{Opening: "Hello.", Closing: "Thanks.",
			Topics: []appliance.Topic{{Title: "Tools", Question: "What about it?", Minutes: 1}}}, Form: form}
		for range people {
			s.People = append(s.People, handover(t).People[0])
			s.People[len(s.People)-1].Form, s.People[len(s.People)-1].Says = []string{"Early"}, [][]string{{labels}}
		}
		got := 0
		for _, section := range sections(tell(t, s).results(), appliance.SectionUnheard) {
			for _, sentence := range section.Sentences {
				if sentence.Text == "Nobody who answered “Which shift?” chose “Late” or “Night”." {
					got++
				}
			}
		}
		if got != want {
			t.Errorf("%d people: named %d times, want %d", people, got, want)
		}
	}
}

// largeSession is the material of a session of n people with five claims each.
func largeSession(n int) store.ReportMaterial {
	m := store.ReportMaterial{Topic: "The workshop", Language: "en", Counts: appliance.ReportCounts{Conversations: n, Participants: n}}
	g := store.UsedGuide{Conversations: n}
	r := rand.New(rand.NewPCG(1, 1))
	things := strings.Fields("printer label drill saw bench light floor paper night shift lamp motor vice blade window door list sheet room key")
	for topic := range 5 {
		g.Topics = append(g.Topics, appliance.Topic{ID: appliance.TopicID(fmt.Sprint("t", topic)), Title: fmt.Sprint("Part ", topic), Question: "What about it?"})
		for person := range n {
			one, two := things[r.IntN(len(things))], things[r.IntN(len(things))]
			m.Claims = append(m.Claims, store.CitedClaim{Language: "en", Number: person + 1, Claim: appliance.Claim{
				ID: appliance.NewClaimID(), ConversationID: appliance.ConversationID(fmt.Sprint("cnv_", person)),
				TopicID: g.Topics[topic].ID, Salience: r.Float64(),
				Text: fmt.Sprintf("The %s is always late because the %s of team%d was moved behind the %s.", one, two, person%97, things[person%len(things)]),
			}})
		}
	}
	m.Guides = []store.UsedGuide{g}
	return m
}

func BenchmarkReport(b *testing.B) {
	for _, people := range []int{250, 1000, 4000} {
		m := largeSession(people)
		b.Run(fmt.Sprint(people, "people"), func(b *testing.B) {
			for b.Loop() {
				synthesis.Write(m)
			}
		})
	}
}
