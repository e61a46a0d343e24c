package facilitation_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/inference/ollamatest"
	"harmonium/appliance/store"
)

// Planted where a long conversation begins and ends.
const (
	atHead = "The key to cupboard 4711 hangs behind the green door of ward seven."
	atTail = "On Sundays the spare list lies in drawer 0815 of the night desk."
)

// manyTopics is a guide of as many topics as there may be, without follow-ups.
func manyTopics() appliance.Guide {
	g := appliance.Guide{Opening: "Hello.", Closing: "Thanks. You can close this page."}
	for i := range appliance.MaxTopics {
		g.Topics = append(g.Topics, appliance.Topic{ID: appliance.TopicID(fmt.Sprint("t", i)), Title: fmt.Sprint("Part ", i),
			Question: fmt.Sprintf("What comes to your mind about part %d of the handover?", i), Minutes: 5})
	}
	return g
}

// ramble is a long answer in which nothing stands out.
func ramble(n int) string {
	return strings.Repeat("We do it as we have always done it on the ward, and it goes as it goes, because nobody has changed it. ", 35) +
		fmt.Sprintf("That is what I think of matter %s.", strings.Repeat("i", n+1))
}

// tells has a person tell a conversation whose transcript has several times the bytes that the model takes, and gives
// the last request.
func (s *study) tells(seat store.Seat) ollamatest.Request {
	s.Helper()
	turn, last := s.answer(seat, -1), ollamatest.Request{}
	for i := 0; turn.Move != appliance.MoveMissed; i++ {
		content := ramble(i)
		if i == 0 {
			content += " " + atHead
		}
		if turn.TopicID == "t19" {
			content += " " + atTail
		}
		turn = s.answer(seat, s.say(seat, content, "").Seq)
	}
	for _, c := range s.fake.Chats() {
		if len(c.Messages) > 2 {
			last = c
		}
	}
	return last
}

func text(r ollamatest.Request) string {
	var b strings.Builder
	for _, m := range r.Messages {
		b.WriteString(m.Content + "\n")
	}
	return b.String()
}

func TestALongConversationIsFoldedAndBothItsEndsReachTheModel(t *testing.T) {
	s := newStudy(t, manyTopics(), ollamatest.Patient, nil)
	s.quick()
	s.fake.Rule(weighs(`{"d":2,"s":"none"}`))
	seat := s.join("en")
	last := text(s.tells(seat))
	if !strings.Contains(last, atHead) || !strings.Contains(last, atTail) {
		t.Errorf("of a conversation of %d bytes a prompt of %d bytes has the head: %v, the tail: %v", size(s.turns(seat)), len(last),
			strings.Contains(last, atHead), strings.Contains(last, atTail))
	}
	if size(s.turns(seat)) < 2*len(last) {
		t.Errorf("the conversation has %d bytes, the prompt %d: it is not long", size(s.turns(seat)), len(last))
	}
	facts, folded, err := s.store.Facts(t.Context(), seat.ConversationID)
	if err != nil || folded < 10 || len(facts) < folded/4 {
		t.Fatalf("%d facts of %d turns: %v", len(facts), folded, err)
	}
	turns := s.turns(seat)
	for _, f := range facts {
		if turn := turns[f.Seq]; f.Seq >= folded || turn.ID != f.Quote.TurnID || turn.Content[f.Quote.Start:f.Quote.End] != f.Quote.Text {
			t.Errorf("the fact of turn %d does not stand there", f.Seq)
		}
	}
	for i, c := range s.fake.Chats() {
		if len(c.Messages) < 3 {
			continue
		}
		if said := c.Messages[len(c.Messages)-2]; said.Role == "user" && !strings.Contains(text(c), "kept here") &&
			!strings.Contains(text(c), atHead) {
			t.Errorf("request %d lacks the beginning and does not say so", i)
		}
	}
}

func size(turns []appliance.Turn) (n int) {
	for _, t := range turns {
		n += len(t.Content)
	}
	return n
}

// A model words facts in its own time. What it gives is kept where its words stand in the turn that it names.
func TestAModelWordsFactsOverWordsThatWereSaid(t *testing.T) {
	s := newStudy(t, manyTopics(), ollamatest.Patient, nil)
	s.quick()
	s.fake.Rule(func(r ollamatest.Request) ollamatest.Script {
		if r.Format != nil && strings.Contains(r.Last(), "Below is a part") {
			var b bytes.Buffer
			for _, line := range strings.Split(r.Last(), "\n") {
				if n, said, ok := strings.Cut(strings.TrimPrefix(line, "[T"), "] Person: ⟦"); ok {
					fmt.Fprintf(&b, `{"t":%s,"q":%q,"f":"They do it as ever, %s."},{"t":%s,"q":"words nobody said anywhere","f":"Invented."},`,
						n, said[:60], n, n)
				}
			}
			return ollamatest.Text(`{"facts":[` + strings.TrimSuffix(b.String(), ",") + `]}`)
		}
		return weighs(`{"d":2,"s":"none"}`)(r)
	})
	seat := s.join("en")
	s.tells(seat)
	s.until("the model's facts are kept", func() bool {
		facts, _, err := s.store.Facts(t.Context(), seat.ConversationID)
		if err != nil {
			t.Fatal(err)
		}
		made := 0
		for _, f := range facts {
			if f.Maker.By == someModel {
				made++
				if f.Text == "Invented." || !strings.HasPrefix(f.Text, "They do it as ever") || f.Quote.Text == "" {
					t.Fatalf("kept %q over %q", f.Text, f.Quote.Text)
				}
			}
		}
		return made > 3
	})
}

// What is kept of a conversation goes with it.
func TestFactsAreErasedWithTheirConversation(t *testing.T) {
	s := newStudy(t, manyTopics(), ollamatest.Patient, nil)
	s.quick()
	s.fake.Rule(weighs(`{"d":2,"s":"none"}`))
	seat := s.join("en")
	s.tells(seat)
	if _, err := s.engine.Finish(t.Context(), seat, false); err != nil {
		t.Fatal(err)
	}
	if facts, folded, err := s.store.Facts(t.Context(), seat.ConversationID); err != nil || len(facts) > 0 || folded > 0 {
		t.Errorf("%d facts of %d turns are left: %v", len(facts), folded, err)
	}
}
