package store

import (
	"context"

	"harmonium/appliance"
)

// coverage gives how far a conversation has got with each topic that it has touched.
func coverage(tx *Tx, id appliance.ConversationID) (list []appliance.Coverage, err error) {
	rows, err := tx.Query(`SELECT topic_id, asked, answered, depth, follow_ups, seconds FROM coverage WHERE conversation_id = ?`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var c appliance.Coverage
		if err := rows.Scan(&c.TopicID, &c.Asked, &c.Answered, &c.Depth, &c.FollowUps, &c.Seconds); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// saveCoverage keeps how far a conversation has got with the topics in list.
func saveCoverage(tx *Tx, id appliance.ConversationID, list []appliance.Coverage) error {
	for _, c := range list {
		// A depth that was raised since the list was made stays: see RaiseDepth.
		_, err := tx.Exec(`INSERT INTO coverage (conversation_id, topic_id, asked, answered, depth, follow_ups, seconds)
			VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET asked = excluded.asked,
				answered = max(answered, excluded.answered), depth = max(depth, excluded.depth),
				follow_ups = excluded.follow_ups, seconds = excluded.seconds`,
			string(id), string(c.TopicID), c.Asked, c.Answered, c.Depth, c.FollowUps, c.Seconds)
		if err != nil {
			return err
		}
	}
	return nil
}

// RaiseDepth notes that the answers of a conversation to a topic are at least so deep. A conversation or topic that is
// not there, or was answered more deeply, stays as it is; changed says whether it was not so.
func (s *Store) RaiseDepth(ctx context.Context, id appliance.ConversationID, topic appliance.TopicID, depth int) (changed bool, err error) {
	err = s.write(ctx, func(tx *Tx) error {
		res, err := tx.Exec(`UPDATE coverage SET depth = ?1, answered = 1 WHERE conversation_id = ?2 AND topic_id = ?3 AND depth < ?1`,
			depth, string(id), string(topic))
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		changed = n > 0
		return err
	})
	return changed, err
}

// NoteDistress notes that something was said in a conversation that is hard to bear. One that is gone stays so.
func (s *Store) NoteDistress(ctx context.Context, id appliance.ConversationID) error {
	now := s.clock()
	return s.write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`UPDATE conversations SET distress_at = ? WHERE id = ?`, ms(now), string(id))
		return err
	})
}
