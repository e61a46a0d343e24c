package store

import (
	"bytes"
	"cmp"
	"context"
	"fmt"

	"harmonium/appliance"
)

// insertClaim stores a claim of a conversation with its quotes; position is its place within the conversation.
func insertClaim(tx *Tx, position int, c appliance.Claim) error {
	_, err := tx.Exec(`INSERT INTO claims (id, session_id, conversation_id, topic_id, position, text, verbatim, salience, stance,
			made_by, model_digest, prompt_version, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		c.ID, c.SessionID, c.ConversationID, c.TopicID, position, c.Text, c.Verbatim, c.Salience,
		cmp.Or(c.Stance, appliance.StanceNeutral), c.Maker.By, c.Maker.ModelDigest, c.Maker.PromptVersion, ms(c.CreatedAt))
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
	Language appliance.Language // of its conversation
	Number   int                // of the participant; 0 when there is none
	Title    string             // of the conversation
	Cited    []CitedQuote       // the quotes of the claim that may be shown, in the same order as in Quotes; none of a paraphrase
	Hidden   bool               // counts, and may not be shown: see uses.go
}

// Claims gives the claims of all included conversations of a session that may be shown, conversation by conversation in
// the order in which those began, each with the quotes that may be shown.
func (s *Store) Claims(ctx context.Context, session appliance.SessionID) (list []CitedClaim, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list, err = citedClaims(tx, `TRUE`, session)
		return err
	})
	return list, err
}

// ClaimsByID is Claims of those that are named.
func (s *Store) ClaimsByID(ctx context.Context, session appliance.SessionID, ids []appliance.ClaimID) (list []CitedClaim, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list, err = citedClaims(tx, `c.id IN (SELECT value FROM json_each(?))`, session, asJSON(ids))
		return err
	})
	return list, err
}

// citedClaims gives the claims of the included conversations of a session that may be shown and meet a condition on
// claims (c), with the quotes that may be shown.
func citedClaims(tx *Tx, where string, session appliance.SessionID, args ...any) (list []CitedClaim, err error) {
	rows, err := tx.Query(`
		SELECT c.id, c.session_id, c.conversation_id, c.topic_id, c.text, c.verbatim, c.salience, c.stance, c.made_by,
			c.model_digest, c.prompt_version, c.created_at, c.prompted, v.language, coalesce(p.number, 0), v.title, coalesce(q.id, ''),
			coalesce(q.turn_id, ''), coalesce(q.start_byte, 0), coalesce(q.end_byte, 0), coalesce(q.method, ''),
			coalesce(q.score, 0), coalesce(t.seq, 0), coalesce(t.quotable, t.content, '')
		FROM conversations AS v
		JOIN claims AS c ON c.conversation_id = v.id
		LEFT JOIN quotes AS q ON q.claim_id = c.id AND q.use = 'quote'
		LEFT JOIN turns AS t ON t.id = q.turn_id
		LEFT JOIN participants AS p ON p.id = coalesce(c.participant_id, v.participant_id)
		WHERE v.session_id = ? AND v.included = 1 AND v.restricted & ? = 0 AND `+shownText+` <> '' AND `+where+`
		ORDER BY v.created_at, v.id, c.position, q.rowid`, append([]any{session, tx.without()}, args...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var c CitedClaim
		var q CitedQuote
		err := rows.Scan(&c.ID, &c.SessionID, &c.ConversationID, &c.TopicID, &c.Text, &c.Verbatim, &c.Salience, &c.Stance, &c.Maker.By,
			&c.Maker.ModelDigest, &c.Maker.PromptVersion, toTime(&c.CreatedAt), &c.Prompted, &c.Language, &c.Number, &c.Title,
			&q.ID, &q.Span.TurnID, &q.Span.Start, &q.Span.End, &q.Method, &q.Score, &q.Seq, &q.Content)
		if err != nil {
			return nil, err
		}
		if q.Span.End > len(q.Content) {
			return nil, fmt.Errorf("quote %s ends at %d in a turn of %d bytes", q.ID, q.Span.End, len(q.Content))
		}
		if n := len(list); n == 0 || list[n-1].ID != c.ID {
			list = append(list, c)
		}
		if q.ID == "" {
			continue
		}
		q.Span.Text = q.Content[q.Span.Start:q.Span.End]
		last := &list[len(list)-1]
		last.Cited = append(last.Cited, q)
		last.Quotes = append(last.Quotes, q.Quote)
	}
	return list, rows.Err()
}

// bareClaims gives the claims of the included conversations of a session without their quotes, makers, times and
// titles: a report of a large session is made from thousands, and each column costs. Those that may not be shown are
// among them, since they count, and are marked.
func bareClaims(tx *Tx, session appliance.SessionID) (list []CitedClaim, err error) {
	rows, err := tx.Query(`
		SELECT c.id, c.conversation_id, c.topic_id, c.text, c.salience, c.stance, c.prompted, v.language, coalesce(p.number, 0), `+shownText+` = ''
		FROM conversations AS v
		JOIN claims AS c ON c.conversation_id = v.id
		LEFT JOIN participants AS p ON p.id = coalesce(c.participant_id, v.participant_id)
		WHERE v.session_id = ? AND`+forResults+`
		ORDER BY v.created_at, v.id, c.position`, session)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var c CitedClaim
		err := rows.Scan(&c.ID, &c.ConversationID, &c.TopicID, &c.Text, &c.Salience, &c.Stance, &c.Prompted, &c.Language, &c.Number,
			&c.Hidden)
		if err != nil {
			return nil, err
		}
		c.SessionID = session
		list = append(list, c)
	}
	return list, rows.Err()
}

// sameDigest says whether two digests were made from the same words by the same maker.
func sameDigest(a, b appliance.Digest) bool {
	return a.Maker == b.Maker && bytes.Equal(a.InputHash, b.InputHash)
}
