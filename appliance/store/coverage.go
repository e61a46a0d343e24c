package store

import "harmonium/appliance"

// coverage gives how far a conversation has got with each topic that it has touched.
func coverage(tx *Tx, id appliance.ConversationID) (list []appliance.Coverage, err error) {
	rows, err := tx.Query(`SELECT topic_id, asked, answered, depth, follow_ups FROM coverage WHERE conversation_id = ?`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var c appliance.Coverage
		if err := rows.Scan(&c.TopicID, &c.Asked, &c.Answered, &c.Depth, &c.FollowUps); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// saveCoverage keeps how far a conversation has got with the topics in list.
func saveCoverage(tx *Tx, id appliance.ConversationID, list []appliance.Coverage) error {
	for _, c := range list {
		_, err := tx.Exec(`REPLACE INTO coverage (conversation_id, topic_id, asked, answered, depth, follow_ups)
			VALUES (?, ?, ?, ?, ?, ?)`, string(id), string(c.TopicID), c.Asked, c.Answered, c.Depth, c.FollowUps)
		if err != nil {
			return err
		}
	}
	return nil
}
