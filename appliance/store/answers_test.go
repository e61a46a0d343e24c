package store_test

import (
	"fmt"
	"sync"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// asked has the facilitator ask a question with a control.
func (r *room) asked(id appliance.ConversationID, seen int, c appliance.Control) appliance.Turn {
	r.t.Helper()
	turn, err := r.CommitReply(r.t.Context(), store.Reply{ConversationID: id, Seen: seen,
		Turn:         appliance.Turn{Content: "How often?", TopicID: "t1", Move: appliance.MoveAsk, Control: &c, Maker: appliance.Maker{By: "rules"}},
		Facilitation: appliance.Facilitation{Phase: appliance.PhaseTopics, Topic: "t1"}})
	if err != nil {
		r.t.Fatal(err)
	}
	return turn
}

var daily = appliance.Control{Type: appliance.ControlSingle, Options: []string{"Daily", "Weekly"}}

// Two devices of one participant answer in the same moment: one of them is told that it was answered.
func TestAControlIsAnsweredOnceHoweverManyTryAtOnce(t *testing.T) {
	r := newRoom(t)
	j := r.join("")
	q := r.asked(j.ConversationID, 0, daily)
	var wg sync.WaitGroup
	results := make([]error, 8)
	for i := range results {
		wg.Go(func() {
			_, _, results[i] = r.AppendTurn(t.Context(), store.Message{ConversationID: j.ConversationID, Key: fmt.Sprint(i),
				Answer: &appliance.ControlAnswer{TurnID: q.ID, Chosen: []int{i % 2}}})
		})
	}
	wg.Wait()
	stored := 0
	for _, err := range results {
		switch appliance.CodeOf(err) {
		case "":
			stored++
		case appliance.CodeUnprocessable:
		default:
			t.Error(err)
		}
	}
	if n := r.number(`SELECT count(*) FROM turns WHERE answer IS NOT NULL`); stored != 1 || n != 1 {
		t.Errorf("%d were acknowledged and %d stored, want 1", stored, n)
	}
}

// An answer that comes late, from a phone that was without a network, still belongs to the question that it answers.
func TestALateAnswerGoesToItsQuestion(t *testing.T) {
	r := newRoom(t)
	j := r.join("")
	q := r.asked(j.ConversationID, 0, daily)
	if _, _, err := r.AppendTurn(t.Context(), store.Message{ConversationID: j.ConversationID, Content: "It depends.", Key: "a"}); err != nil {
		t.Fatal(err)
	}
	_, err := r.CommitReply(t.Context(), store.Reply{ConversationID: j.ConversationID, Seen: 2,
		Turn:         appliance.Turn{Content: "What is two?", TopicID: "t2", Move: appliance.MoveAsk, Maker: appliance.Maker{By: "rules"}},
		Facilitation: appliance.Facilitation{Phase: appliance.PhaseTopics, Topic: "t2"}})
	if err != nil {
		t.Fatal(err)
	}
	turn, _, err := r.AppendTurn(t.Context(), store.Message{ConversationID: j.ConversationID, Key: "b",
		Answer: &appliance.ControlAnswer{TurnID: q.ID, Chosen: []int{1}}})
	if err != nil || turn.TopicID != "t1" || turn.Content != "Weekly" {
		t.Errorf("the answer went to topic %q as %q: %v", turn.TopicID, turn.Content, err)
	}
	// What is said to the newest question is not read as an answer to an earlier one.
	turn, _, err = r.AppendTurn(t.Context(), store.Message{ConversationID: j.ConversationID, Key: "c", Content: "1"})
	if err != nil || turn.TopicID != "t2" || turn.Answer != nil {
		t.Errorf("the words went to topic %q with %+v: %v", turn.TopicID, turn.Answer, err)
	}
}
