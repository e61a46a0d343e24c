package store

import (
	"context"
	"time"

	"harmonium/appliance"
)

// ResponseFilter chooses among the responses of a session. Zero values choose all.
type ResponseFilter struct {
	Since       time.Time // in which somebody has spoken since
	Name        string    // part of the participant's name as it is shown
	ShowNames   bool      // the caller may see the names that participants gave
	MinMessages int
	Oldest      bool // the first to begin first; otherwise the last to speak first
	Page        Page
}

// Response is the head of one conversation as Harmonica's API shows it. Its messages are read apart, with Turns.
type Response struct {
	ConversationID appliance.ConversationID
	ParticipantID  appliance.ParticipantID
	ExternalID     string // that an API client knows the participant by; "" for one who joined by a link
	Number         int    // of the participant
	Name           string // "" when none was given
	Active         bool
	Messages       int       // of both speakers
	FirstAt        time.Time // zero without messages
	LastAt         time.Time // zero without messages
}

// Responses gives the responses of a session from conversations that are included, and how many there are in all.
func (s *Store) Responses(ctx context.Context, session appliance.SessionID, f ResponseFilter,
) (list []Response, total int, err error) {
	const from = ` FROM conversations c JOIN participants p ON p.id = c.participant_id
		WHERE c.session_id = ?1 AND` + forExport + `AND c.next_seq >= ?2 AND (?3 = 0 OR c.last_turn_at >= ?3)
			AND (?4 = '' OR ?5 AND p.name LIKE ?4 ESCAPE '\' OR 'Participant ' || p.number LIKE ?4 ESCAPE '\')`
	order := ` ORDER BY c.last_turn_at DESC, p.number DESC`
	if f.Oldest {
		order = ` ORDER BY c.created_at, p.number`
	}
	since, name := int64(0), ""
	if !f.Since.IsZero() {
		since = max(1, ms(f.Since))
	}
	if f.Name != "" {
		name = containing(f.Name)
	}
	args := []any{session, f.MinMessages, since, name, f.ShowNames}
	err = s.read(ctx, func(tx *Tx) error {
		if err := tx.QueryRow(`SELECT count(*)`+from, args...).Scan(&total); err != nil {
			return err
		}
		rows, err := tx.Query(`SELECT c.id, p.id, coalesce(p.external_id, ''), p.number, p.name, c.state = 'active', c.next_seq,
				(SELECT t.created_at FROM turns t WHERE t.conversation_id = c.id AND t.seq = 0),
				CASE WHEN c.next_seq > 0 THEN c.last_turn_at END`+from+order+` LIMIT ?6 OFFSET ?7`,
			append(args, f.Page.Limit, f.Page.Offset)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		list = nil
		for rows.Next() {
			var r Response
			err := rows.Scan(&r.ConversationID, &r.ParticipantID, &r.ExternalID, &r.Number, &r.Name, &r.Active, &r.Messages,
				toTime(&r.FirstAt), toTime(&r.LastAt))
			if err != nil {
				return err
			}
			list = append(list, r)
		}
		return rows.Err()
	})
	return list, total, err
}
