package store

import (
	"fmt"
	"time"

	"harmonium/appliance"
)

// addEvent records a lifecycle event in the transaction that makes it true, and what webhooks are to be told of it. conversation is "" for an event of the
// session.
func (s *Store) addEvent(tx *Tx, kind appliance.EventType, session appliance.SessionID, conversation appliance.ConversationID,
	at time.Time,
) error {
	_, err := tx.Exec(`INSERT INTO events (type, session_id, conversation_id, at) VALUES (?, ?, nullif(?, ''), ?)`,
		kind, session, conversation, ms(at))
	if err != nil {
		return fmt.Errorf("event %s: %w", kind, err)
	}
	return s.tellWebhooks(tx, kind, session, conversation, at)
}
