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
