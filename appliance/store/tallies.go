package store

import (
	"context"
	"slices"
	"strings"

	"harmonium/appliance"
)

// counted says which conversations of a session count: those of some releases, or, where it is nil, all that are included.
type counted []int

// inCount is the condition that a conversation (c) counts; ?2 is a counted as JSON.
const inCount = ` (?2 = 'null' AND c.included = 1 AND c.restricted & ` + bitSynthesis + ` = 0 OR c.release IN (SELECT value FROM json_each(?2))) `

// tallied are the questions q of a session (?1) that could be answered by a control, in the conversations that count, and
// the answers a to them.
const tallied = ` FROM conversations c
	JOIN turns q ON q.conversation_id = c.id AND q.control IS NOT NULL
	LEFT JOIN turns a ON a.answer ->> 'turn_id' = q.id AND a.answer IS NOT NULL
	WHERE c.session_id = ?1 AND` + inCount

// tallyKey tells questions apart: the same control in the same topic is one question, in whatever words it was asked.
type tallyKey struct {
	topic   appliance.TopicID
	control string
}

// Tallies counts what was answered by controls in a session: questions of the guide in its order, then those that the
// facilitator chose to ask so.
func (s *Store) Tallies(ctx context.Context, id appliance.SessionID) (list []appliance.Tally, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		g, err := guideVersion(tx, id, 0)
		if err == nil {
			list, err = tallies(tx, id, nil, g.Guide)
		}
		return err
	})
	return list, err
}

func tallies(tx *Tx, id appliance.SessionID, of counted, g appliance.Guide) (list []appliance.Tally, err error) {
	places := make(map[tallyKey]int)
	if list, err = tallyHeads(tx, id, of, g, places); err != nil || len(list) == 0 {
		return list, err
	}
	return list, tallyOptions(tx, id, of, list, places)
}

// tallyHeads gives the questions without their options, and notes in places where each stands.
func tallyHeads(tx *Tx, id appliance.SessionID, of counted, g appliance.Guide, places map[tallyKey]int) (list []appliance.Tally, err error) {
	found := make(map[tallyKey]appliance.Tally)
	var order []tallyKey
	rows, err := tx.Query(`SELECT q.topic_id, q.control, max(q.content), count(DISTINCT q.conversation_id), count(a.id), min(q.move = 'probe')`+
		tallied+`GROUP BY q.topic_id, q.control ORDER BY min(q.created_at), q.topic_id, q.control`, string(id), asJSON(of))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var k tallyKey
		var t appliance.Tally
		if err := rows.Scan(&k.topic, &k.control, &t.Question, &t.Asked, &t.Answered, &t.Chosen); err != nil {
			return nil, err
		}
		if err := toJSON(&t.Control).Scan(k.control); err != nil {
			return nil, err
		}
		t.TopicID = k.topic
		t.Question = t.Question[strings.LastIndex(t.Question, "\n")+1:] // what stands before answers something else, or greets
		t.Options = make([]appliance.OptionTally, max(t.Control.Scale, len(t.Control.Options)))
		found[k] = t
		order = append(order, k)
	}
	add := func(k tallyKey) {
		places[k] = len(list)
		list = append(list, found[k])
	}
	for _, topic := range g.Topics {
		if topic.Control == nil {
			continue
		}
		k := tallyKey{topic.ID, asJSON(topic.Control)}
		if t, ok := found[k]; ok {
			t.Question = topic.Question
			found[k] = t
			add(k)
		}
	}
	for _, chosen := range []bool{false, true} {
		for _, k := range order {
			if _, there := places[k]; !there && found[k].Chosen == chosen {
				add(k)
			}
		}
	}
	return list, rows.Err()
}

// tallyOptions counts what was picked.
func tallyOptions(tx *Tx, id appliance.SessionID, of counted, list []appliance.Tally, places map[tallyKey]int) error {
	rows, err := tx.Query(`SELECT topic_id, control, option, count(*), sum(place = 0), avg(place + 1.0) FROM (
			SELECT q.topic_id, q.control, CASE WHEN a.answer ->> 'rating' IS NULL THEN o.value ELSE a.answer ->> 'rating' - 1 END
				AS option, coalesce(o.key, 0) AS place
			FROM conversations c
			JOIN turns q ON q.conversation_id = c.id AND q.control IS NOT NULL
			JOIN turns a ON a.answer ->> 'turn_id' = q.id AND a.answer IS NOT NULL
			LEFT JOIN json_each(a.answer, '$.chosen') o
			WHERE c.session_id = ?1 AND`+inCount+`)
		GROUP BY topic_id, control, option`, string(id), asJSON(of))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var k tallyKey
		var option int
		var o appliance.OptionTally
		if err := rows.Scan(&k.topic, &k.control, &option, &o.Count, &o.First, &o.Place); err != nil {
			return err
		}
		t := list[places[k]]
		if t.Control.Type != appliance.ControlRanking {
			o.First, o.Place = 0, 0
		}
		if option >= 0 && option < len(t.Options) {
			t.Options[option] = o
		}
	}
	return rows.Err()
}

// charted are the types of questions of a form whose answers are counted for everybody; numbers, dates and ticks only for
// members, since one that few have given can tell who somebody is.
var charted = []appliance.FieldType{appliance.FieldOptions, appliance.FieldMultiple, appliance.FieldRating}

// measured are those that are counted for members.
var measured = append(slices.Clone(charted), appliance.FieldNumber, appliance.FieldDate, appliance.FieldConsent)

// FormTallies counts the answers to the questions of the form of a session that are not answered in words, in the
// conversations that count.
func (s *Store) FormTallies(ctx context.Context, id appliance.SessionID) (list []Choice, err error) {
	err = s.read(ctx, func(tx *Tx) (err error) {
		list, err = choices(tx, id, nil, measured...)
		return err
	})
	return list, err
}

// Ratings counts how well participants say that they were understood, from MinUnderstood to MaxUnderstood, in the
// conversations that count.
func (s *Store) Ratings(ctx context.Context, id appliance.SessionID) (counts [appliance.MaxUnderstood]int, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		rows, err := tx.Query(`SELECT rating, count(*) FROM conversations
			WHERE session_id = ? AND included = 1 AND rating IS NOT NULL GROUP BY rating`, id)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var rating, n int
			if err := rows.Scan(&rating, &n); err != nil {
				return err
			}
			counts[rating-appliance.MinUnderstood] = n
		}
		return rows.Err()
	})
	return counts, err
}
