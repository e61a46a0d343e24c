package store

import (
	"encoding/json"

	"harmonium/appliance"
)

// answerBy makes the turn t the answer m.Answer in words, and gives the topic of the question.
func answerBy(tx *Tx, m Message, t *appliance.Turn) (topic string, err error) {
	var control appliance.Control
	err = tx.QueryRow(`SELECT topic_id, control FROM turns WHERE id = ? AND conversation_id = ? AND control IS NOT NULL`,
		string(m.Answer.TurnID), string(m.ConversationID)).Scan(&topic, toJSON(&control))
	if ok, err := found(err); err != nil {
		return "", err
	} else if !ok {
		return "", appliance.Invalid("answer.turn_id", "This is no question of this conversation that can be answered so. "+
			"Nothing was saved; answer in your own words.")
	}
	if err := control.Check(*m.Answer); err != nil {
		return "", err
	}
	t.Content, t.Answer = control.Text(*m.Answer), m.Answer
	return topic, nil
}

// saysAnswer gives the answer to a control that words say, nil when they say something else or it was answered before.
func saysAnswer(tx *Tx, turn, control, words string) (*appliance.ControlAnswer, error) {
	var c appliance.Control
	if err := json.Unmarshal([]byte(control), &c); err != nil {
		return nil, err
	}
	a, ok := c.Understand(words)
	if !ok {
		return nil, nil
	}
	a.TurnID = appliance.TurnID(turn)
	if notAnswered(tx, a.TurnID) != nil {
		return nil, nil
	}
	return &a, nil
}

// notAnswered says in words that the control of a turn was answered already, and gives nil when it was not.
func notAnswered(tx *Tx, id appliance.TurnID) error {
	var n int
	if err := tx.QueryRow(`SELECT count(*) FROM turns WHERE answer ->> 'turn_id' = ?`, string(id)).Scan(&n); err != nil || n == 0 {
		return err
	}
	return appliance.Errorf(appliance.CodeUnprocessable,
		"This question was answered already. That answer is kept; this one was not saved. You can still add something in your own words.")
}

// sameAnswer says whether two answers by controls are one.
func sameAnswer(a, b *appliance.ControlAnswer) bool { return a != nil && asJSON(a) == asJSON(b) }

// jsonOrNull is v as JSON, NULL for nil.
func jsonOrNull[T any](v *T) any {
	if v == nil {
		return nil
	}
	return asJSON(v)
}
