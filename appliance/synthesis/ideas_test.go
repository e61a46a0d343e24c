package synthesis_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/facilitation"
	"harmonium/appliance/inference/ollamatest"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
)

// hall is a desk whose session offers ideas of others, with the facilitator.
type hall struct {
	*desk
	engine *facilitation.Engine
}

func newHall(t *testing.T, titles ...string) *hall {
	t.Helper()
	h := &hall{desk: newDesk(t, appliance.English, titles...)}
	h.share(0)
	h.engine = facilitation.New(facilitation.Options{Store: h.Store, Hub: h.hub, Clock: h.clock.Now})
	t.Cleanup(func() { h.engine.Close(t.Context()) })
	return h
}

// share lets ideas be offered from so many other people on, 0 for the usual number.
func (h *hall) share(minimum int) {
	h.t.Helper()
	_, err := h.UpdateSession(h.t.Context(), store.By{Actor: "test"}, h.session.ID, func(s *appliance.Session) error {
		s.CrossPollination, s.PollinationMinimum = true, minimum
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// visitor is somebody in a conversation with the facilitator.
type visitor struct {
	*hall
	seat store.Seat
	last appliance.Turn // of the facilitator
}

func (h *hall) visit() *visitor {
	h.t.Helper()
	j, err := h.Join(h.t.Context(), store.Joining{Participant: appliance.Participant{
		SessionID: h.session.ID, Language: h.session.Language, Origin: appliance.OriginLink}})
	if err != nil {
		h.t.Fatal(err)
	}
	v := &visitor{hall: h, seat: j.Seat}
	v.last, err = h.engine.Answer(h.t.Context(), j.ConversationID, -1)
	if err != nil {
		h.t.Fatal(err)
	}
	return v
}

// says has something said half a minute later and gives what the facilitator does then.
func (v *visitor) says(text string) appliance.Move {
	v.t.Helper()
	v.clock.Advance(30 * time.Second)
	turn, _, err := v.engine.Say(v.t.Context(), v.seat, text, "")
	if err != nil {
		v.t.Fatal(err)
	}
	if v.last, err = v.engine.Answer(v.t.Context(), v.seat.ConversationID, turn.Seq); err != nil {
		v.t.Fatal(err)
	}
	return v.last.Move
}

func (h *hall) ideas() store.IdeasOf {
	h.t.Helper()
	of, err := h.IdeasOf(h.t.Context(), h.session.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	return of
}

// The answers of people who speak of the workshop's parking to the second of three questions. What they say to the first has
// nothing in common.
var (
	first  = []string{"I weld frames because somebody has to.", "My days are spent on invoices, since nobody else writes them.", "I drive the van, so I am rarely in.", "Lathes are what I know best because I trained on them.", "I answer phones, since customers call all day.", "Paint is my trade because my father had it."}
	second = []string{"We need more parking because the yard is full by seven.", "The parking is hopeless, since vans stand everywhere.", "I want parking near the gate because I carry tools.", "They should mark the parking so that everybody finds a space.", "The lack of parking makes me late, because I circle for ages.", "I would pay for parking because it saves me time."}
)

func (h *hall) people(n int) (ids []appliance.ConversationID) {
	for i := range n {
		ids = append(ids, h.person(first[i], second[i]))
	}
	h.work()
	return ids
}

func TestWhatFiveOthersSayIsOfferedAndWhatFourSayIsNot(t *testing.T) {
	for _, c := range []struct {
		others, minimum int
		want            appliance.Move
	}{{4, 0, appliance.MoveAsk}, {5, 0, appliance.MoveIdea}, {5, 6, appliance.MoveAsk}, {3, 3, appliance.MoveIdea}} {
		t.Run(fmt.Sprintf("%d others, %d asked for", c.others, c.minimum), func(t *testing.T) {
			h := newHall(t, "Your work", "What would help", "Anything else")
			h.share(c.minimum)
			h.people(c.others)
			v := h.visit()
			if got := v.says("I mend tools, because they break often in our hands."); got != appliance.MoveAsk {
				t.Fatalf("after one answer: %s", got)
			}
			if got := v.says("Better light would help, because I work in the cellar."); got != c.want {
				t.Errorf("%s, want %s: %s", got, c.want, v.last.Content)
			}
		})
	}
}

func TestAnIdeaIsATurnOfItsOwnInWordsOfTheGroup(t *testing.T) {
	h := newHall(t, "Your work", "What would help", "Anything else")
	h.people(5)
	v := h.visit()
	v.says("I mend tools, because they break often in our hands.")
	v.says("Better light would help, because I work in the cellar.")
	if v.last.Move != appliance.MoveIdea || !strings.Contains(v.last.Content, "parking") || v.last.TopicID != "t2" {
		t.Fatalf("offered: %+v", v.last)
	}
	plain := strings.ReplaceAll(v.last.Content, "\n\n", " ")
	if broken := facilitation.CheckQuestion(facilitation.Utterance{Text: plain, Language: "en", Move: appliance.MoveIdea}); len(broken) > 0 {
		t.Errorf("breaks %v: %s", broken, plain)
	}
	for _, words := range append(slices.Clone(first), second...) {
		if n := extract.SharedRun(v.last.Content, words); n > synthesis.MaxRun {
			t.Errorf("%d words in a row of what somebody said", n)
		}
	}
	if got := v.says("skip"); got != appliance.MoveAsk || v.last.TopicID != "t3" {
		t.Errorf("after it was left out: %s to %s", got, v.last.TopicID)
	}
	of := h.ideas()
	if len(of.Offers) != 1 {
		t.Fatalf("%d offers are noted", len(of.Offers))
	}
	o := of.Offers[0]
	if o.Number != 6 || o.Kind != appliance.IdeaConvergence || o.Pool != 5 || !o.Replied || len(of.Sources[o.TurnID]) != 5 {
		t.Errorf("noted: %+v from %d claims", o, len(of.Sources[o.TurnID]))
	}
	if !strings.HasPrefix(v.hall.turns(v.seat)[o.Seq].Content, o.Text) {
		t.Error("what is noted is not what was said")
	}
}

func (h *hall) turns(seat store.Seat) []appliance.Turn {
	h.t.Helper()
	list, err := h.Turns(h.t.Context(), seat.ConversationID)
	if err != nil {
		h.t.Fatal(err)
	}
	return list
}

// offered brings a visitor to the offer of the parking.
func (h *hall) offered() *visitor {
	h.t.Helper()
	v := h.visit()
	v.says("I mend tools, because they break often in our hands.")
	if got := v.says("Better light would help, because I work in the cellar."); got != appliance.MoveIdea {
		h.t.Fatalf("%s, want an idea", got)
	}
	return v
}

func TestNoIdeaComesFromWhatMayNotBeCarriedToOthers(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(h *hall, ids []appliance.ConversationID)
	}{
		{"one may only be counted", func(h *hall, ids []appliance.ConversationID) { h.use(ids[0], appliance.UseCount) }},
		{"one may not be quoted, and no model has put it into other words", func(h *hall, ids []appliance.ConversationID) {
			h.use(ids[0], appliance.UseParaphrase)
		}},
		{"one is left out of the results", func(h *hall, ids []appliance.ConversationID) {
			if err := h.SetIncluded(h.t.Context(), store.By{Actor: "test"}, ids[0], false); err != nil {
				h.t.Fatal(err)
			}
		}},
		{"one is deleted", func(h *hall, ids []appliance.ConversationID) {
			if _, err := h.EraseConversation(h.t.Context(), store.ErasedByParticipant, ids[0]); err != nil {
				h.t.Fatal(err)
			}
		}},
	} {
		for _, done := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, put together anew: %v", c.name, done), func(t *testing.T) {
				h := newHall(t, "Your work", "What would help", "Anything else")
				ids := h.people(5)
				c.change(h, ids)
				if done {
					h.work()
				}
				v := h.visit()
				v.says("I mend tools, because they break often in our hands.")
				if got := v.says("Better light would help, because I work in the cellar."); got != appliance.MoveAsk {
					t.Errorf("%s: %s", got, v.last.Content)
				}
			})
		}
	}
}

func (h *hall) use(id appliance.ConversationID, use appliance.Use) {
	h.t.Helper()
	if _, err := h.Review(h.t.Context(), id, appliance.Review{Use: use}); err != nil {
		h.t.Fatal(err)
	}
}

func TestWhoJoinedBeforePeopleWereToldIsNotCarriedToOthers(t *testing.T) {
	h := &hall{desk: newDesk(t, appliance.English, "Your work", "What would help", "Anything else")}
	h.people(5)
	h.clock.Advance(time.Minute)
	h.share(0)
	h.work()
	if of := h.ideas(); len(of.Ideas) > 0 || of.People["t2"] > 0 {
		t.Errorf("%d ideas from %d people who were not told", len(of.Ideas), of.People["t2"])
	}
}

func TestAnIdeaIsNotOfferedToWhoeverSaidItThemselves(t *testing.T) {
	h := newHall(t, "Your work", "What would help", "Anything else")
	h.people(5)
	v := h.visit()
	v.says("I mend tools, because I never find parking for my own car.")
	if got := v.says("Better light would help, because I work in the cellar."); got != appliance.MoveAsk {
		t.Errorf("%s: %s", got, v.last.Content)
	}
}

func TestAnIdeaIsOfferedOnlyWithinItsTopic(t *testing.T) {
	h := newHall(t, "Your work", "What would help", "Anything else")
	h.people(5)
	v := h.visit()
	v.says("I mend tools, because they break often in our hands.")
	v.says("I would rather not say")
	if got := v.says("Better light would help, because I work in the cellar."); got == appliance.MoveIdea {
		t.Errorf("offered in another topic: %s", v.last.Content)
	}
}

func TestEarlyAndLateCountTheSame(t *testing.T) {
	h := newHall(t, "Your work", "What would help", "Anything else")
	h.people(5)
	for range 5 {
		h.offered()
	}
	// Five have said it, and five have heard it: it goes no further, however many come.
	v := h.visit()
	v.says("I mend tools, because they break often in our hands.")
	if got := v.says("Better light would help, because I work in the cellar."); got != appliance.MoveAsk {
		t.Errorf("the sixth hears it too: %s", v.last.Content)
	}
	heard := map[int]int{}
	for _, o := range h.ideas().Offers {
		heard[o.Carried]++
	}
	if len(heard) != 5 {
		t.Errorf("carried before: %v", heard)
	}
}

func TestAnOfferOutlivesARestart(t *testing.T) {
	h := newHall(t, "Your work", "What would help", "Anything else")
	h.people(5)
	v := h.offered()
	h.engine.Close(t.Context())
	h.engine = facilitation.New(facilitation.Options{Store: h.Store, Hub: h.hub, Clock: h.clock.Now})
	v.says("We had that at my old place, and it never worked because nobody kept to it.")
	if v.last.TopicID != "t3" || !h.turns(v.seat)[5].Prompted {
		t.Errorf("after a restart: %+v", v.last)
	}
}

func TestAReplyToAnIdeaIsNoVoiceOfItsOwn(t *testing.T) {
	h := newHall(t, "Your work", "What would help", "Anything else")
	h.people(5)
	v := h.offered()
	v.says("The parking matters to me as well, because the lack of parking costs me an hour.")
	v.says("Nothing more comes to my mind about this, because we have talked about all of it.")
	h.finish(v.seat.ConversationID)
	h.work()
	for _, s := range sections(h.results(), appliance.SectionTopic) {
		if s.TopicID != "t2" {
			continue
		}
		for _, sentence := range s.Sentences {
			if strings.Contains(sentence.Text, "mention") && strings.Contains(sentence.Text, "parking") && !strings.HasPrefix(sentence.Text, "5 people") {
				t.Errorf("counted with the reply: %s", sentence.Text)
			}
		}
		if last := s.Sentences[len(s.Sentences)-1]; !strings.Contains(last.Text, "One person also replied") || len(last.Claims) != 1 {
			t.Errorf("the reply is not told apart: %+v", last)
		}
	}
	if n := h.ideas().People["t2"]; n != 6 {
		t.Errorf("%d people can be put together, want 6 with their own words", n)
	}
	for _, idea := range h.ideas().Ideas {
		if idea.TopicID == "t2" && slices.Contains(idea.Words, "parking") && idea.People != 5 {
			t.Errorf("%d people stand behind %v, want 5", idea.People, idea.Words)
		}
	}
}

func TestWhatIsTakenBackIsTakenOutOfWhatWasOffered(t *testing.T) {
	h := newHall(t, "Your work", "What would help", "Anything else")
	ids := h.people(5)
	v := h.offered()
	before := h.turns(v.seat)[4].Content
	if _, err := h.EraseConversation(t.Context(), store.ErasedByParticipant, ids[2]); err != nil {
		t.Fatal(err)
	}
	after := h.turns(v.seat)[4].Content
	if len(h.ideas().Offers) > 0 || strings.Contains(after, "parking") || len(after) != len(before) {
		t.Errorf("%q stays of %q", after, before)
	}
	if !strings.HasSuffix(after, "?") || !strings.HasPrefix(after, "[…]") {
		t.Errorf("what is left: %q", after)
	}
	stones, err := h.Tombstones(t.Context(), 0)
	if err != nil || !slices.ContainsFunc(stones, func(s store.Tombstone) bool { return s.Kind == "words" }) {
		t.Errorf("%v, tombstones %v", err, stones)
	}
	if got := v.says("skip"); got != appliance.MoveAsk {
		t.Errorf("the conversation goes on with %s", got)
	}
}

func TestAPointThatIsTakenBackTakesItsWordsOutOfWhatWasOffered(t *testing.T) {
	h := newHall(t, "Your work", "What would help", "Anything else")
	h.people(4)
	fifth := h.visit()
	fifth.says("I answer phones, since customers call us all day long.")
	fifth.says("The lack of parking makes me late, because I circle for ages.")
	fifth.says("Nobody has asked us for years, because the board is far away.")
	if got := fifth.says("That is all, because we spoke of everything."); got != appliance.MoveReadBack {
		t.Fatalf("%s", got)
	}
	if _, err := h.engine.Review(t.Context(), fifth.seat, appliance.Review{Done: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.engine.Answer(t.Context(), fifth.seat.ConversationID, fifth.last.Seq); err != nil {
		t.Fatal(err)
	}
	h.work()
	v := h.offered()
	back := h.turns(fifth.seat)[fifth.last.Seq].Points
	i := slices.IndexFunc(back, func(p appliance.Point) bool { return strings.Contains(p.Quote.Text, "parking") })
	_, err := h.engine.Review(t.Context(), fifth.seat, appliance.Review{Points: []appliance.PointReview{{ID: back[i].ID, State: appliance.PointDropped}}})
	if err != nil {
		t.Fatal(err)
	}
	if left := h.turns(v.seat)[v.last.Seq].Content; len(h.ideas().Offers) > 0 || strings.Contains(left, "parking") {
		t.Errorf("%d offers, and %q is left", len(h.ideas().Offers), left)
	}
	h.work()
	if n := h.ideas().People["t2"]; n != 4 {
		t.Errorf("%d people can be put together, want 4", n)
	}
}

func TestASessionThatIsDeletedLeavesNothingOfItsIdeas(t *testing.T) {
	h := newHall(t, "Your work", "What would help", "Anything else")
	h.people(5)
	h.offered()
	if _, err := h.DeleteSession(t.Context(), store.By{Actor: "test"}, h.session.ID); err != nil {
		t.Fatal(err)
	}
	rows, err := h.TableRows(t.Context())
	for _, table := range []string{"ideas", "idea_claims", "offers", "offer_sources"} {
		if err != nil || rows[table] != 0 {
			t.Errorf("%v, %s: %d", err, table, rows[table])
		}
	}
	stones, err := h.Tombstones(t.Context(), 0)
	if err != nil || len(stones) != 1 {
		t.Errorf("%v, %d tombstones for one session", err, len(stones))
	}
}

func TestIdeasAreTypedByHowTheirClaimsStandToEachOther(t *testing.T) {
	h := newHall(t, "Your work", "What would help", "Anything else")
	h.share(3)
	for i, words := range []string{
		"The new rota works well, because it is fair to us.", "The rota helps me, since I can plan my week.",
		"The rota is bad, because it came too late.", "The rota is a problem, since nobody asked us about it.",
		"A canteen would be what I want because the nearest shop is a walk away.", "We want a canteen, because cold lunches are all we have.",
		"Gloves are what I ask for, because frost bites.", "New drills, because mine is older than me.", "Quiet, since radios play all day.",
		"A roof over the yard, because rain rusts everything.", "More apprentices, because we grow old.", "Longer breaks, since my back hurts."} {
		h.person(first[i%len(first)], words)
	}
	h.work()
	kinds := map[string]appliance.IdeaKind{}
	for _, idea := range h.ideas().Ideas {
		if idea.TopicID == "t2" {
			for _, w := range idea.Words {
				kinds[w] = idea.Kind
			}
		}
		stances := map[int]int{}
		for _, c := range idea.Claims {
			stances[c.Stance]++
		}
		if (idea.Kind == appliance.IdeaTension) != (stances[1] >= 2 && stances[-1] >= 2) {
			t.Errorf("%s of %v", idea.Kind, stances)
		}
	}
	if kinds["rota"] != appliance.IdeaTension || kinds["canteen"] != appliance.IdeaOutlier {
		t.Errorf("kinds: %v", kinds)
	}
	for word := range kinds {
		if slices.Contains([]string{"gloves", "drills", "radios", "roof", "apprentices"}, strings.ToLower(word)) {
			t.Errorf("%q was said by one person alone", word)
		}
	}
}

func TestNoIdeaNamesAnybodyOrGivesNumbers(t *testing.T) {
	h := newHall(t, "Your work", "What would help", "Anything else")
	h.share(3)
	for i := range 4 {
		h.person(first[i], []string{"Marta decides about room 214 and that is good.", "I ask Marta, since she has room 214.",
			"Without Marta and room 214 nothing happens here.", "Everything goes to Marta because she sits in room 214."}[i])
	}
	h.work()
	for _, idea := range h.ideas().Ideas {
		if strings.Contains(idea.Text, "Marta") || strings.Contains(idea.Text, "214") {
			t.Errorf("offered: %s", idea.Text)
		}
	}
}

func TestAColleagueIsNotNamedInAnyLanguage(t *testing.T) {
	for _, c := range []struct {
		language      appliance.Language
		answers       []string
		name, offered string
	}{
		{"de", []string{"Mit Sabine klappt die Übergabe nie, weil sie zu spät kommt.", "Die Übergabe, die Sabine macht, ist chaotisch, weil nichts notiert wird.",
			"Wir verlieren Zeit bei der Übergabe, weil Sabine die Listen nicht führt.", "Ich finde, Sabine sollte die Übergabe lassen, weil sie krank ist."},
			"Sabine", "Übergabe"},
		{"de", []string{"bei der übergabe mit sabine geht viel verloren, weil sie spät kommt.", "mit sabine klappt die übergabe nie.",
			"von sabine kommt bei der übergabe nichts, weil sie müde ist.", "ohne sabine wäre die übergabe leichter."}, "sabine", "übergabe"},
		{"en", []string{"The rota with smith is late because he is tired.", "I get the rota from smith, who is late.",
			"Without smith the rota would be on time.", "The rota of Mary and our Smith is late because he is tired."}, "smith", "rota"},
		{"ar", []string{"التسليم مع فاطمة صعب لأنها تتأخر كثيرا.", "مع فاطمة يضيع التسليم دائما لأنها متعبة.",
			"نحتاج وقتا في التسليم لأن كل شيء يأتي من فاطمة.", "التسليم من فاطمة يتأخر كل مرة."}, "فاطمة", "التسليم"},
	} {
		t.Run(string(c.language)+" "+c.name, func(t *testing.T) {
			h := &hall{desk: newDesk(t, c.language, "T1", "T2", "T3")}
			h.share(3)
			for _, words := range c.answers {
				h.person("", words)
			}
			h.work()
			offered := false
			for _, idea := range h.ideas().Ideas {
				if strings.Contains(strings.ToLower(idea.Text), strings.ToLower(c.name)) {
					t.Errorf("offered: %s", idea.Text)
				}
				offered = offered || strings.Contains(idea.Text, c.offered)
			}
			if !offered {
				t.Errorf("what it is about is not offered: %+v", h.ideas().Ideas)
			}
		})
	}
}

func TestAModelWordsAnIdeaWithinTheRules(t *testing.T) {
	for _, c := range []struct {
		name, text string
		used       bool
	}{
		{"in words of the group", "Too little parking costs time.", true},
		{"with a quotation", "The “parking” is too small.", false},
		{"with a number", "There is parking for 12 cars.", false},
		{"with a name", "The parking is what Marta sees to.", false},
		{"with how many think so", "Many people think the parking is too small.", false},
		{"in somebody's own words", "The lack of parking makes me late there.", false},
		{"with what one person alone has said", "The parking is short near the gate.", false},
		{"about something else", "The weather is bad in winter.", false},
		{"as a question", "Is the parking too small?", false},
		{"in another language", "Das parking ist für alle viel zu klein.", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHall(t, "Your work", "What would help", "Anything else")
			fake, _ := withModel(t, h.desk, hasty)
			fake.Rule(func(r ollamatest.Request) ollamatest.Script {
				if strings.Contains(r.Last(), "without giving anybody away") {
					return ollamatest.JSON(map[string]any{"text": c.text})
				}
				return points()
			})
			h.people(5)
			v := h.offered()
			if used := strings.Contains(v.last.Content, c.text); used != c.used || !strings.Contains(v.last.Content, "parking") {
				t.Errorf("offered: %s", v.last.Content)
			}
			if (v.last.Maker.By == analyst) != c.used {
				t.Errorf("made by %s", v.last.Maker.By)
			}
		})
	}
}
