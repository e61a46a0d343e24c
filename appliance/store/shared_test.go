package store_test

import (
	"fmt"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// group is the smallest group of these tests.
const group = 3

// finished has n people say something and end, each with a claim.
func (r *room) finished(n int) (ids []appliance.ConversationID, claims []appliance.ClaimID) {
	r.t.Helper()
	for range n {
		id, turns := r.speaker("It rains.")
		ids, claims = append(ids, id), append(claims, r.draw(id, turns)...)
	}
	return ids, claims
}

// reported makes a report of one sentence that cites claims.
func (r *room) reported(text string, claims ...appliance.ClaimID) {
	r.t.Helper()
	r.now = r.now.Add(time.Minute)
	it := report(claims...)
	it.Body.Sections[0].Sentences[0].Text, it.CreatedAt = text, r.now
	if _, err := r.SaveReport(r.t.Context(), r.material(), it); err != nil {
		r.t.Fatal(err)
	}
	r.now = r.now.Add(time.Minute)
}

func (r *room) shared() store.Shared {
	r.t.Helper()
	s, err := r.Shared(r.t.Context(), r.session, group)
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// people is how many are shown to be counted, once it has been looked twice: looking alone changes nothing.
func (r *room) people() int {
	r.t.Helper()
	first := r.shared().People
	if again := r.shared().People; again != first {
		r.t.Errorf("%d people, and %d when it is looked again", first, again)
	}
	return first
}

func TestResultsAreSharedInStepsOfAGroup(t *testing.T) {
	r := newRoom(t)
	_, claims := r.finished(group - 1)
	r.reported("So it is.", claims...)
	if n := r.people(); n != 0 {
		t.Errorf("of fewer than a group %d are shown", n)
	}
	_, more := r.finished(1)
	claims = append(claims, more...)
	r.reported("So it is.", claims...)
	if s := r.shared(); s.People != group || len(s.Sections) != 1 || s.Sections[0].Sentences[0] != "So it is." {
		t.Errorf("of a group this is shown: %+v", s)
	}
	// The difference attack: one more has finished, and what is shown is the same to the letter.
	_, more = r.finished(group - 1)
	r.reported("It is otherwise.", more...)
	if s := r.shared(); s.People != group || s.Sections[0].Sentences[0] != "So it is." {
		t.Errorf("fewer than a group have come, and this is shown: %+v", s)
	}
	r.finished(1)
	r.reported("It is all otherwise.", claims...)
	if s := r.shared(); s.People != 2*group || s.Sections[0].Sentences[0] != "It is all otherwise." {
		t.Errorf("a group has come, and this is shown: %+v", s)
	}
}

func TestASentenceIsSharedOnlyWhenItRestsOnAGroup(t *testing.T) {
	r := newRoom(t)
	_, claims := r.finished(group + 1)
	r.reported("One person says so.", claims[:group-1]...)
	if s := r.shared(); s.People != group+1 || len(s.Sections) != 0 {
		t.Errorf("a sentence of few is shown: %+v", s)
	}
}

// Whoever is said to have made a report, an archive of another box too: what it quotes is shared only where a group said it.
func TestASentenceThatQuotesOneIsNotShared(t *testing.T) {
	for text, want := range map[string]int{
		"They speak of “rains”.": 1, "They speak of “rains”, or of „snow“.": 0, "They say “rains”„My boss“.": 0, "They say: \"It rains.\"": 1, "One says «My boss lies» and goes": 0,
		"They speak of “rains": 1, "“”": 1,
	} {
		r := newRoom(t)
		_, claims := r.finished(group)
		r.reported(text, claims...)
		if s := r.shared(); s.People != group || len(s.Sections) != want {
			t.Errorf("%q: %d sections are shown, want %d", text, len(s.Sections), want)
		}
	}
}

func TestWhenOneIsTakenBackOrLeftOutTheWholeStepGoes(t *testing.T) {
	for name, leave := range map[string]func(r *room, id appliance.ConversationID) error{
		"erased": func(r *room, id appliance.ConversationID) error {
			_, err := r.EraseConversation(r.t.Context(), store.ErasedByParticipant, id)
			return err
		},
		"left out": func(r *room, id appliance.ConversationID) error {
			return r.SetIncluded(r.t.Context(), store.By{Actor: "test"}, id, false)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			first, claims := r.finished(group)
			r.reported("So it is.", claims...)
			r.shared()
			r.finished(group)
			r.reported("So it is.", claims...)
			if n := r.people(); n != 2*group {
				t.Fatalf("%d are shown", n)
			}
			if err := leave(r, first[0]); err != nil {
				t.Fatal(err)
			}
			if s := r.shared(); s.People != group || len(s.Sections) != 0 {
				t.Errorf("one has gone and this is shown: %+v", s)
			}
			// Those who are left of the step come back among others, not alone.
			_, claims = r.finished(group - 1)
			r.reported("So it is.", claims...)
			if n := r.people(); n != group {
				t.Errorf("fewer than a group have come and %d are shown", n)
			}
			r.finished(1)
			r.reported("So it is.", claims...)
			if n := r.people(); n != 3*group-1 {
				t.Errorf("a group has come and %d are shown", n)
			}
		})
	}
}

func TestWhoIsLeftOutByMistakeAndLetInAgainBringsTheStepBack(t *testing.T) {
	r := newRoom(t)
	ids, claims := r.finished(group)
	r.reported("So it is.", claims...)
	r.shared()
	for _, in := range []bool{false, true} {
		if err := r.SetIncluded(t.Context(), store.By{Actor: "test"}, ids[0], in); err != nil {
			t.Fatal(err)
		}
		if n, want := r.people(), map[bool]int{true: group}[in]; n != want {
			t.Errorf("included %v: %d are shown, want %d", in, n, want)
		}
	}
}

// What a theme is called, and that there is one, changes with a release too: otherwise the words of one person more would show.
func TestThemesAreSharedAsTheyWereWhenTheReleaseCame(t *testing.T) {
	r := newRoom(t)
	ids, claims := r.finished(group)
	theme := appliance.Theme{ID: appliance.NewThemeID(), Title: "Rain", Maker: byRules, CreatedAt: r.now}
	book := appliance.Codebook{SessionID: r.session, Themes: []appliance.Theme{theme}, Maker: byRules, CreatedAt: r.now}
	var places []appliance.ThemePlace
	save := func() {
		t.Helper()
		places = nil
		for _, c := range claims {
			places = append(places, appliance.ThemePlace{ClaimID: c, ThemeID: theme.ID})
		}
		if err := r.SaveCodebook(t.Context(), r.material(), book, places); err != nil {
			t.Fatal(err)
		}
	}
	titled := func() string {
		t.Helper()
		s := r.shared()
		if len(s.Themes) == 0 {
			return ""
		}
		return fmt.Sprint(s.Themes[0].Title, " ", s.Themes[0].People)
	}
	save()
	r.reported("So it is.", claims...)
	if got := titled(); got != "Rain 3" {
		t.Fatalf("of a group this is shown: %q", got)
	}
	_, more := r.finished(group - 1)
	claims = append(claims, more...)
	book.Themes[0].Title = "Rain in the ward of Ada"
	save()
	if got := titled(); got != "Rain 3" {
		t.Errorf("before the next release this is shown: %q", got)
	}
	_, more = r.finished(1)
	claims = append(claims, more...)
	save()
	r.reported("So it is.", claims...)
	if got := titled(); got != "Rain in the ward of Ada 6" {
		t.Errorf("with the next release this is shown: %q", got)
	}
	if _, err := r.EraseConversation(t.Context(), store.ErasedByParticipant, ids[0]); err != nil {
		t.Fatal(err)
	}
	save()
	if got := titled(); got != "" {
		t.Errorf("after somebody has taken everything back this is shown: %q", got)
	}
}

// asked is a room with a form of one question.
type asked struct{ *room }

func newAsked(t *testing.T) asked {
	r := newRoom(t)
	r.exec(`INSERT INTO form_fields (id, session_id, position, type, text, required, options)
		VALUES ('fld_1', ?, 0, 'Options', 'Ward?', 0, '["A","B"]')`, r.session)
	return asked{r}
}

// come has people come who answer so, or not at all, and a report be made.
func (r asked) come(answers ...string) []appliance.ConversationID {
	r.t.Helper()
	ids, claims := r.finished(len(answers))
	for i, a := range answers {
		if a != "" {
			r.exec(`UPDATE participants SET answers = ? WHERE id = (SELECT participant_id FROM conversations WHERE id = ?)`,
				`[{"question_id":"fld_1","text":"Ward?","type":"Options","values":["`+a+`"]}]`, ids[i])
		}
	}
	r.reported("It rains.", claims...)
	return ids
}

// figures are what is told of the answers.
func (r asked) figures() (people int, counts []int) {
	r.t.Helper()
	for _, c := range r.shared().Choices {
		people = c.People
		for _, o := range c.Options {
			counts = append(counts, o.People)
		}
	}
	return people, counts
}

// The figures of one question wait until the difference tells of nobody: each release alone would tell what its one Ben said.
func TestAnswersAreSharedInStepsThatTellOfNobody(t *testing.T) {
	r := newAsked(t)
	r.come("A", "A", "A", "B", "B", "B")
	if people, counts := r.figures(); people != 6 || fmt.Sprint(counts) != "[3 3]" {
		t.Fatalf("of the first release %d people are told, %v", people, counts)
	}
	r.come("A", "A", "B")
	if people, counts := r.figures(); people != 6 || r.people() != 9 {
		t.Errorf("when one of three has said B, %d of %d people are told, %v; want the 6 from before", people, r.people(), counts)
	}
	r.come("A", "B", "B")
	if people, counts := r.figures(); people != 12 || fmt.Sprint(counts) != "[6 6]" {
		t.Errorf("when three have said each, %d people are told, %v; want 12", people, counts)
	}
}

// The difference between what was shown before a whole step went and after it is not the answer of the only one in it who gave one;
// and nor is it later, when those who are left of the step come back with others who have not answered.
func TestWhenAStepGoesTheFiguresTellNobodysAnswer(t *testing.T) {
	for name, goes := range map[string][]int{"the one who answered": {0}, "one who did not": {1}, "all": {0, 1, 2}} {
		t.Run(name, func(t *testing.T) {
			a := newAsked(t)
			step := a.come("A", "", "")
			if n := a.people(); n != group {
				t.Fatalf("%d people are counted, want those of the first step", n)
			}
			a.come("A", "B", "B")
			if people, _ := a.figures(); people != 4 {
				t.Fatalf("%d people are told before, want 4", people)
			}
			for _, i := range goes {
				if _, err := a.EraseConversation(t.Context(), store.ErasedByParticipant, step[i]); err != nil {
					t.Fatal(err)
				}
			}
			told := func(when string, want int) {
				t.Helper()
				if people, _ := a.figures(); people != want {
					t.Errorf("%s: %d people are told, want %d", when, people, want)
				}
			}
			told("after the step went", 0)
			if n := a.people(); n != group {
				t.Errorf("%d people are counted, want those of the other step", n)
			}
			a.come("", "", "")
			told("after three came who did not answer", 0)
			a.come("A", "B", "A")
			a.come("A", "B", "A")
			if people, _ := a.figures(); people < 9 {
				t.Errorf("after six have answered %d people are told", people)
			}
		})
	}
}

// Where the only step goes, who was never shared does not come again: as soon as enough have answered, they are told.
func TestWhenTheOnlyStepGoesThoseWhoComeNewAreTold(t *testing.T) {
	a := newAsked(t)
	step := a.come("A", "B", "A")
	if people, _ := a.figures(); people != group {
		t.Fatalf("%d people are told before, want %d", people, group)
	}
	if _, err := a.EraseConversation(t.Context(), store.ErasedByParticipant, step[0]); err != nil {
		t.Fatal(err)
	}
	a.come("A", "B", "A")
	if people, _ := a.figures(); people < group {
		t.Errorf("after three more have answered %d people are told", people)
	}
}
