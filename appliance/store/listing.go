package store

import (
	"context"

	"harmonium/appliance"
)

// Page is a part of a list.
type Page struct{ Limit, Offset int }

// ConversationListing is a conversation as lists show it.
type ConversationListing struct {
	appliance.Conversation
	Number    int                 // of the participant; 0 when there is none
	Name      string              // that the participant gave; "" when none, and always in an anonymous session
	Rehearsal appliance.Character // who speaks, in a rehearsal; "" otherwise
	Owed      bool                // the next turn is the facilitator's
	Coverage  []appliance.Coverage
	Progress  appliance.Progress
}

// counts is the condition under which a conversation (c, with its participant p) is one of the session's own: rehearsals
// are not, unless they were let in; nor are those that were taken back while a legal hold keeps them or that are being erased, nor recordings of which
// no transcript is there yet.
const counts = ` (coalesce(p.rehearsal, '') = '' OR c.included = 1) AND NOT (c.source = 'recording' AND c.next_seq = 0)
	AND NOT EXISTS (SELECT 1 FROM withdrawals WHERE conversation_id = c.id) AND` + notHidden

// Conversations gives the conversations of a session in the order in which they began (of an anonymous one that is closed: of
// the days), and how many there are in all, without rehearsals that were not let in. The number of statements does not depend on how many that is.
func (s *Store) Conversations(ctx context.Context, session appliance.SessionID, page Page,
) (list []ConversationListing, total int, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		err := tx.QueryRow(`SELECT count(*) FROM conversations c LEFT JOIN participants p ON p.id = c.participant_id
			WHERE c.session_id = ? AND c.restricted & ? = 0 AND`+counts, session, tx.purpose).Scan(&total)
		if err != nil {
			return err
		}
		list, err = listings(tx, `c.session_id = ?1 AND c.restricted & ?4 = 0 AND`+counts+`ORDER BY c.created_at, iif(c.created_at % 86400000 = 0, 0, p.number), c.id LIMIT ?2 OFFSET ?3`,
			session, page.Limit, page.Offset, tx.purpose)
		return err
	})
	return list, total, err
}

// ConversationListing gives one conversation as lists show it; CodeNotFound when it is not there.
func (s *Store) ConversationListing(ctx context.Context, id appliance.ConversationID) (l ConversationListing, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list, err := listings(tx, `c.id = ?1`, id)
		if err == nil && len(list) == 0 {
			_, err = conversation(tx, id) // says that it is not there
		}
		if err == nil {
			l = list[0]
		}
		return err
	})
	return l, err
}

// listings gives the conversations (c, with their participants p) that follow a condition.
func listings(tx *Tx, where string, args ...any) (list []ConversationListing, err error) {
	rows, err := tx.Query(`SELECT`+conversationColumns+`, c.owed, coalesce(p.number, 0), coalesce(p.name, ''),
			coalesce(p.rehearsal, '')
		FROM conversations c LEFT JOIN participants p ON p.id = c.participant_id WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []appliance.ConversationID
	for rows.Next() {
		var l ConversationListing
		if err := rows.Scan(append(conversationDest(&l.Conversation), &l.Owed, &l.Number, &l.Name, &l.Rehearsal)...); err != nil {
			return nil, err
		}
		list = append(list, l)
		ids = append(ids, l.ID)
	}
	if err := rows.Err(); err != nil || len(list) == 0 {
		return nil, err
	}
	return list, fillListings(tx, list, ids)
}

// fillListings adds coverage and progress.
func fillListings(tx *Tx, list []ConversationListing, ids []appliance.ConversationID) error {
	covered, err := coverageOf(tx, ids)
	if err != nil {
		return err
	}
	guides, err := guidesOf(tx, ids)
	if err != nil {
		return err
	}
	for i := range list {
		l := &list[i]
		l.Coverage = covered[l.ID]
		l.Progress = appliance.ProgressOf(guides[guideKey{l.SessionID, l.GuideVersion}], l.Facilitation)
		if l.State == appliance.ConversationFinished {
			l.Progress.MinutesLeft = 0
		}
	}
	return nil
}

func coverageOf(tx *Tx, ids []appliance.ConversationID) (map[appliance.ConversationID][]appliance.Coverage, error) {
	rows, err := tx.Query(`SELECT conversation_id, topic_id, asked, answered, depth, follow_ups, seconds FROM coverage
		WHERE conversation_id IN (SELECT value FROM json_each(?))`, asJSON(ids))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := make(map[appliance.ConversationID][]appliance.Coverage)
	for rows.Next() {
		var id appliance.ConversationID
		var c appliance.Coverage
		if err := rows.Scan(&id, &c.TopicID, &c.Asked, &c.Answered, &c.Depth, &c.FollowUps, &c.Seconds); err != nil {
			return nil, err
		}
		all[id] = append(all[id], c)
	}
	return all, rows.Err()
}

type guideKey struct {
	session appliance.SessionID
	version int
}

// guidesOf gives the guide versions by which conversations are led.
func guidesOf(tx *Tx, ids []appliance.ConversationID) (map[guideKey]appliance.Guide, error) {
	rows, err := tx.Query(`SELECT g.session_id, g.version, g.guide FROM guides g WHERE (g.session_id, g.version) IN (
		SELECT DISTINCT session_id, guide_version FROM conversations WHERE id IN (SELECT value FROM json_each(?)))`,
		asJSON(ids))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	guides := make(map[guideKey]appliance.Guide)
	for rows.Next() {
		var k guideKey
		var g appliance.Guide
		if err := rows.Scan(&k.session, &k.version, toJSON(&g)); err != nil {
			return nil, err
		}
		guides[k] = g
	}
	return guides, rows.Err()
}
