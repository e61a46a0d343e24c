package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"harmonium/appliance"
)

// reportDelay is how long the report of a session waits after a digest, so that conversations that end together are
// written up together.
const reportDelay = time.Second

// Digest gives what was last drawn from a conversation; false when nothing was yet.
func (s *Store) Digest(ctx context.Context, id appliance.ConversationID) (d appliance.Digest, ok bool, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		err := tx.QueryRow(`SELECT conversation_id, input_hash, made_by, model_digest, prompt_version, claims, located,
				discarded, created_at FROM digests WHERE conversation_id = ?`, id).
			Scan(&d.ConversationID, &d.InputHash, &d.Maker.By, &d.Maker.ModelDigest, &d.Maker.PromptVersion, &d.Claims,
				&d.Located, &d.Discarded, toTime(&d.CreatedAt))
		ok = err == nil
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return d, ok && err == nil, err
}

// SaveDigest replaces what was drawn from a conversation and has the report of its session made anew. A conversation
// that was deleted meanwhile gives CodeNotFound.
func (s *Store) SaveDigest(ctx context.Context, d appliance.Digest, claims []appliance.Claim) error {
	return s.write(ctx, func(tx *Tx) error {
		var session appliance.SessionID
		err := tx.QueryRow(`SELECT session_id FROM conversations WHERE id = ?`, d.ConversationID).Scan(&session)
		if err != nil {
			return notFound(err, "conversation")
		}
		if _, err := tx.Exec(`DELETE FROM claims WHERE conversation_id = ?`, d.ConversationID); err != nil {
			return err
		}
		_, err = tx.Exec(`REPLACE INTO digests (conversation_id, input_hash, made_by, model_digest, prompt_version,
				claims, located, discarded, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			d.ConversationID, d.InputHash, d.Maker.By, d.Maker.ModelDigest, d.Maker.PromptVersion,
			d.Claims, d.Located, d.Discarded, ms(d.CreatedAt))
		if err != nil {
			return err
		}
		for i, c := range claims {
			if err := insertClaim(tx, i, c); err != nil {
				return err
			}
		}
		_, err = s.enqueue(tx, appliance.JobReport, session, "", s.clock().Add(reportDelay))
		return err
	})
}

func insertClaim(tx *Tx, position int, c appliance.Claim) error {
	_, err := tx.Exec(`INSERT INTO claims (id, session_id, conversation_id, topic_id, position, text, salience, made_by,
			model_digest, prompt_version, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		c.ID, c.SessionID, c.ConversationID, c.TopicID, position, c.Text, c.Salience, c.Maker.By, c.Maker.ModelDigest,
		c.Maker.PromptVersion, ms(c.CreatedAt))
	if err != nil {
		return fmt.Errorf("insert claim: %w", err)
	}
	for _, q := range c.Quotes {
		_, err := tx.Exec(`INSERT INTO quotes (id, claim_id, turn_id, start_byte, end_byte, method, score)
			VALUES (?, ?, ?, ?, ?, ?, ?)`, q.ID, c.ID, q.Span.TurnID, q.Span.Start, q.Span.End, q.Method, q.Score)
		if err != nil {
			return fmt.Errorf("insert quote: %w", err)
		}
	}
	return nil
}

// CitedQuote is a quote with where it stands.
type CitedQuote struct {
	appliance.Quote
	Seq     int    // of its turn
	Content string // of its turn; Quote.Span.Text is a slice of it
}

// CitedClaim is a claim with who said it and where.
type CitedClaim struct {
	appliance.Claim
	Number int // of the participant; 0 when there is none
	Title  string
	Cited  []CitedQuote
}

// Claims gives the claims of all included conversations of a session, conversation by conversation in the order in
// which those began, each with its quotes.
func (s *Store) Claims(ctx context.Context, session appliance.SessionID) (list []CitedClaim, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list, err = claims(tx, session)
		return err
	})
	return list, err
}

func claims(tx *Tx, session appliance.SessionID) (list []CitedClaim, err error) {
	rows, err := tx.Query(`
		SELECT c.id, c.session_id, c.conversation_id, c.topic_id, c.text, c.salience, c.made_by, c.model_digest,
			c.prompt_version, c.created_at, coalesce(p.number, 0), v.title,
			q.id, q.turn_id, q.start_byte, q.end_byte, q.method, q.score, t.seq, t.content
		FROM conversations AS v
		JOIN claims AS c ON c.conversation_id = v.id
		JOIN quotes AS q ON q.claim_id = c.id
		JOIN turns AS t ON t.id = q.turn_id
		LEFT JOIN participants AS p ON p.id = v.participant_id
		WHERE v.session_id = ? AND v.included = 1
		ORDER BY v.created_at, v.id, c.position, q.rowid`, session)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var c CitedClaim
		var q CitedQuote
		err := rows.Scan(&c.ID, &c.SessionID, &c.ConversationID, &c.TopicID, &c.Text, &c.Salience, &c.Maker.By,
			&c.Maker.ModelDigest, &c.Maker.PromptVersion, toTime(&c.CreatedAt), &c.Number, &c.Title,
			&q.ID, &q.Span.TurnID, &q.Span.Start, &q.Span.End, &q.Method, &q.Score, &q.Seq, &q.Content)
		if err != nil {
			return nil, err
		}
		if q.Span.End > len(q.Content) {
			return nil, fmt.Errorf("quote %s ends at %d in a turn of %d bytes", q.ID, q.Span.End, len(q.Content))
		}
		q.Span.Text = q.Content[q.Span.Start:q.Span.End]
		if n := len(list); n == 0 || list[n-1].ID != c.ID {
			list = append(list, c)
		}
		last := &list[len(list)-1]
		last.Cited = append(last.Cited, q)
		last.Quotes = append(last.Quotes, q.Quote)
	}
	return list, rows.Err()
}

// StaleDigests gives the conversations of a session, or of all with "", from which nothing was drawn since their last
// turn, or by another maker than the present one, and in which nobody has spoken since before. Empty conversations do
// not count.
func (s *Store) StaleDigests(ctx context.Context, session appliance.SessionID, maker appliance.Maker, before time.Time,
) (list []appliance.ConversationID, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		rows, err := tx.Query(`SELECT v.id FROM conversations AS v LEFT JOIN digests AS d ON d.conversation_id = v.id
			WHERE (? = '' OR v.session_id = ?) AND v.turns > 0 AND v.last_turn_at <= ?
				AND (d.created_at IS NULL OR d.created_at < v.last_turn_at OR d.made_by <> ? OR d.prompt_version <> ?)
			ORDER BY v.last_turn_at LIMIT 1000`, session, session, ms(before), maker.By, maker.PromptVersion)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id appliance.ConversationID
			if err := rows.Scan(&id); err != nil {
				return err
			}
			list = append(list, id)
		}
		return rows.Err()
	})
	return list, err
}
