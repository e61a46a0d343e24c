package store

import (
	"context"

	"harmonium/appliance"
)

// What is being erased is hidden first, in small writes: a session by its column erasing, a conversation by its tombstone,
// which is written at once and not only when the row goes.

// notHidden is the condition that a conversation (c) is not being erased.
const notHidden = ` NOT EXISTS (SELECT 1 FROM tombstones WHERE kind = 'conversation' AND object = c.id) `

// hide has nobody see the sessions and conversations of a list any more, nor let their participants in.
func (s *Store) hide(ctx context.Context, list []appliance.Erased) error {
	for from := 0; from < len(list); from += hideAtOnce {
		part := list[from:min(from+hideAtOnce, len(list))]
		err := s.erase(ctx, func(tx *Tx) error { return s.hideSome(tx, part) })
		if err != nil {
			return err
		}
	}
	gone := make(map[string]bool, len(list))
	for _, e := range list {
		gone[e.ID] = true
	}
	s.seats.forget(func(seat Seat) bool { return gone[string(seat.SessionID)] || gone[string(seat.ConversationID)] })
	return s.endTalks(ctx, list)
}

// hideSome hides those sessions and conversations of a list that are not hidden yet.
func (s *Store) hideSome(tx *Tx, list []appliance.Erased) error {
	touched := map[appliance.SessionID]bool{}
	for _, e := range list {
		var err error
		switch e.Kind {
		case "session":
			err = s.hideSession(tx, appliance.SessionID(e.ID))
		case "conversation":
			err = s.hideConversation(tx, appliance.ConversationID(e.ID), touched)
		}
		if err != nil {
			return err
		}
	}
	return s.withoutHidden(tx, touched)
}

// hideConversation hides a conversation that is there and is not hidden yet, and notes its session in touched.
func (s *Store) hideConversation(tx *Tx, id appliance.ConversationID, touched map[appliance.SessionID]bool) error {
	var session appliance.SessionID
	ok, err := found(tx.QueryRow(`SELECT c.session_id FROM conversations AS c WHERE c.id = ? AND`+notHidden, id).Scan(&session))
	if err != nil || !ok {
		return err
	}
	touched[session] = true
	_, err = tx.Exec(`UPDATE conversations SET included = 0, owed = 0, state = 'finished', ended = iif(state = 'active', 'early', ended),
		finished_at = coalesce(finished_at, ?) WHERE id = ?`, ms(s.clock()), id)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('conversation', ?)`, id)
	return err
}

// withoutHidden has the results of sessions be made anew, without what was hidden in them.
func (s *Store) withoutHidden(tx *Tx, sessions map[appliance.SessionID]bool) error {
	for id := range sessions {
		tx.changesRights()
		if err := forgetResults(tx, id); err != nil {
			return err
		}
		if _, err := s.enqueue(tx, appliance.JobReport, id, "", s.clock()); err != nil {
			return err
		}
	}
	return nil
}

// endTalks ends the conversations of hidden sessions that go on: nobody is let in to them any more, and nobody waits for
// an answer.
func (s *Store) endTalks(ctx context.Context, list []appliance.Erased) error {
	for _, e := range list {
		if e.Kind != "session" {
			continue
		}
		err := s.eraseInSteps(ctx, func(tx *Tx, spent func() bool) (left bool, err error) {
			return deleteUntil(tx, spent, `UPDATE conversations SET state = 'finished', ended = 'closed', owed = 0, finished_at = ?
				WHERE id IN (SELECT id FROM conversations WHERE session_id = ? AND state = 'active' LIMIT ?)`, ms(s.clock()), e.ID, deleteAtOnce)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
