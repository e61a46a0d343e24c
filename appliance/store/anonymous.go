package store

import (
	"context"
	"time"

	"harmonium/appliance"
)

func isAnonymous(tx *Tx, id appliance.SessionID) (is bool, err error) {
	err = tx.QueryRow(`SELECT anonymous FROM sessions WHERE id = ?`, id).Scan(&is)
	return is, err
}

// auditParticipant notes what a participant did with a conversation that stays. The trail has the time of day, so that of an
// anonymous session it tells the session only.
func auditParticipant(tx *Tx, by By, action string, c appliance.Conversation, at time.Time) error {
	anonymous, err := isAnonymous(tx, c.SessionID)
	if err != nil {
		return err
	}
	object := string(c.ID)
	if anonymous {
		object = string(c.SessionID)
	}
	return audit(tx.ctx, tx, by.did(at, action, object))
}

// coarsenAtOnce is of how many conversations one write takes the times away.
const coarsenAtOnce = 20

// dayMS is a day in the milliseconds of columns.
const dayMS = int64(24 * time.Hour / time.Millisecond)

// Coarsen takes away at which time of day people came and spoke in anonymous sessions that are closed: whoever saw them come
// could tell who they are. What is left is the day (in UTC) and the order of what was said within each conversation; which
// conversation came first, nothing tells any more but the numbers of participants. It goes on where it was interrupted, and
// with what is said in a session that was opened again and is closed.
func (s *Store) Coarsen(ctx context.Context) error {
	for {
		left := 0
		err := s.write(ctx, func(tx *Tx) error {
			ids, err := conversationIDs(tx, `SELECT c.id FROM sessions AS s JOIN conversations AS c ON c.session_id = s.id
				WHERE s.anonymous = 1 AND s.status IN ('closed', 'archived') AND (c.created_at % ?1 <> 0 OR c.last_turn_at % ?1 <> 0
					OR c.finished_at % ?1 <> 0 OR c.distress_at % ?1 <> 0 OR EXISTS (SELECT 1 FROM jobs AS j WHERE j.conversation_id = c.id
						AND j.state IN ('done', 'failed', 'cancelled') AND j.created_at % ?1 <> 0)) LIMIT ?2`, dayMS, coarsenAtOnce)
			if left = len(ids); err != nil {
				return err
			}
			for _, id := range ids {
				if err := coarsen(tx, id); err != nil {
					return err
				}
			}
			return coarsenUnindexed(tx, ids)
		})
		if err != nil || left < coarsenAtOnce {
			return err
		}
	}
}

// coarsen leaves of the times of a conversation, and of what came of it, the day.
func coarsen(tx *Tx, id appliance.ConversationID) error {
	for _, query := range []string{
		`UPDATE turns SET created_at = created_at - created_at % ?2 WHERE conversation_id = ?1`,
		`UPDATE claims SET created_at = created_at - created_at % ?2 WHERE conversation_id = ?1`,
		`UPDATE insights SET created_at = created_at - created_at % ?2 WHERE conversation_id = ?1`,
		`UPDATE digests SET created_at = created_at - created_at % ?2 WHERE conversation_id = ?1`,
		`UPDATE windows SET created_at = created_at - created_at % ?2 WHERE conversation_id = ?1`,
		`UPDATE offers SET created_at = created_at - created_at % ?2 WHERE turn_id IN (SELECT id FROM turns WHERE conversation_id = ?1)`,
		`UPDATE events SET at = at - at % ?2 WHERE conversation_id = ?1`,
		`UPDATE jobs SET created_at = created_at - created_at % ?2, run_at = run_at - run_at % ?2, finished_at = finished_at - finished_at % ?2
			WHERE conversation_id = ?1 AND state IN ('done', 'failed', 'cancelled')`,
		`UPDATE participants SET created_at = created_at - created_at % ?2, consented_at = consented_at - consented_at % ?2
			WHERE id IN (SELECT participant_id FROM conversations WHERE id = ?1
				UNION SELECT participant_id FROM speakers WHERE conversation_id = ?1)`,
		`UPDATE conversations SET created_at = created_at - created_at % ?2, last_turn_at = last_turn_at - last_turn_at % ?2,
			finished_at = finished_at - finished_at % ?2, distress_at = distress_at - distress_at % ?2 WHERE id = ?1`,
	} {
		if _, err := tx.Exec(query, id, dayMS); err != nil {
			return err
		}
	}
	return nil
}

// coarsenUnindexed does so where all rows have to be looked through, so once for many conversations.
func coarsenUnindexed(tx *Tx, list []appliance.ConversationID) error {
	for _, query := range []string{
		`UPDATE deliveries SET at = at - at % ?2, next_at = next_at - next_at % ?2, tried_at = tried_at - tried_at % ?2
			WHERE state <> 'waiting' AND conversation_id IN (SELECT value FROM json_each(?1))`,
		`UPDATE requests SET created_at = created_at - created_at % ?2 WHERE object_id IN (SELECT value FROM json_each(?1)
			UNION ALL SELECT participant_id FROM conversations WHERE id IN (SELECT value FROM json_each(?1)))`,
	} {
		if _, err := tx.Exec(query, asJSON(list), dayMS); err != nil {
			return err
		}
	}
	return nil
}
