package store

import (
	"context"
	"time"

	"harmonium/appliance"
)

// reportDelay is how long the report of a session waits after a digest, so that conversations that end together are
// written up together.
const reportDelay = time.Second

// Digest gives what was last drawn from a conversation; false when nothing was yet.
func (s *Store) Digest(ctx context.Context, id appliance.ConversationID) (d appliance.Digest, ok bool, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		d, ok, err = digest(tx, id)
		return err
	})
	return d, ok && err == nil, err
}

func digest(tx *Tx, id appliance.ConversationID) (d appliance.Digest, ok bool, err error) {
	ok, err = found(tx.QueryRow(`SELECT conversation_id, turns, input_hash, made_by, model_digest, prompt_version, claims,
			located, discarded, parts, by_rules, created_at FROM digests WHERE conversation_id = ?`, id).
		Scan(&d.ConversationID, &d.Turns, &d.InputHash, &d.Maker.By, &d.Maker.ModelDigest, &d.Maker.PromptVersion,
			&d.Claims, &d.Located, &d.Discarded, &d.Parts, &d.ByRules, toTime(&d.CreatedAt)))
	return d, ok, err
}

// SaveDigest replaces what was drawn from a conversation. When the same maker has drawn from the same or from more
// turns meanwhile, that stays: ids of claims do not change without need. What rules have drawn does not replace what a
// model has drawn from as many turns. What was drawn before its participant changed what may be used is not kept; it is
// drawn anew. The report of what rules have drawn is made anew by a job of its own; the job in
// which a model draws writes it itself. A conversation that was deleted meanwhile gives CodeNotFound.
func (s *Store) SaveDigest(ctx context.Context, d appliance.Digest, claims []appliance.Claim) error {
	return s.write(ctx, func(tx *Tx) error {
		c, err := conversation(tx, d.ConversationID)
		if err != nil {
			return err
		}
		if c.Changes != d.Changes { // what may be done with the words has changed since they were read
			_, err = s.enqueue(tx, appliance.JobDigest, c.SessionID, c.ID, s.clock())
			return err
		}
		have, ok, err := digest(tx, d.ConversationID)
		if err != nil {
			return err
		}
		better := have.Maker.Model() && !d.Maker.Model() && have.Turns >= d.Turns
		if !ok || !better && !sameDigest(have, d) && (have.Maker != d.Maker || have.Turns <= d.Turns) {
			if err := replaceDigest(tx, d, claims); err != nil {
				return err
			}
		}
		if err := s.meetingReady(tx, c.SessionID, c.ID, s.clock()); err != nil || d.Maker.Model() {
			return err
		}
		return s.enqueueReportOf(tx, c, s.clock().Add(reportDelay))
	})
}

// EnqueueReportOf has the report made anew that a conversation counts in. One that counts in none, such as a rehearsal, has
// nothing made: that happens when it is let in. A conversation that was deleted meanwhile gives CodeNotFound.
func (s *Store) EnqueueReportOf(ctx context.Context, id appliance.ConversationID) error {
	return s.write(ctx, func(tx *Tx) error {
		c, err := conversation(tx, id)
		if err != nil {
			return err
		}
		if err := s.meetingReady(tx, c.SessionID, c.ID, s.clock()); err != nil {
			return err
		}
		return s.enqueueReportOf(tx, c, s.clock())
	})
}

func (s *Store) enqueueReportOf(tx *Tx, c appliance.Conversation, at time.Time) error {
	if !c.Included {
		return nil
	}
	if err := s.askInsights(tx, c.SessionID, c.ID, at); err != nil {
		return err
	}
	_, err := s.enqueue(tx, appliance.JobReport, c.SessionID, "", at)
	return err
}

func replaceDigest(tx *Tx, d appliance.Digest, claims []appliance.Claim) error {
	themes, err := drawnThemes(tx, d.ConversationID)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM claims WHERE conversation_id = ?`, d.ConversationID); err != nil {
		return err
	}
	if err := insertDigest(tx, d, claims); err != nil {
		return err
	}
	if err := noteSpeakers(tx, d.ConversationID); err != nil {
		return err
	}
	if len(claims) > 0 {
		if err := inheritThemes(tx, claims[0].SessionID, themes, claims); err != nil {
			return err
		}
	}
	if err := notePrompted(tx, d.ConversationID); err != nil {
		return err
	}
	return useQuotes(tx, d.ConversationID)
}

// insertDigest stores a digest and what was drawn.
func insertDigest(tx *Tx, d appliance.Digest, claims []appliance.Claim) error {
	_, err := tx.Exec(`REPLACE INTO digests (conversation_id, turns, input_hash, made_by, model_digest, prompt_version,
			claims, located, discarded, parts, by_rules, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		d.ConversationID, d.Turns, d.InputHash, d.Maker.By, d.Maker.ModelDigest, d.Maker.PromptVersion,
		d.Claims, d.Located, d.Discarded, d.Parts, d.ByRules, ms(d.CreatedAt))
	if err != nil {
		return err
	}
	for i, c := range claims {
		if err := insertClaim(tx, i, c); err != nil {
			return err
		}
	}
	return nil
}

// stale is the condition that a conversation (v) holds something that its digest (d) does not, or that rules of
// another version than the one given have drawn from it.
const stale = `v.turns > 0 AND v.restricted & ` + bitSynthesis + ` = 0 AND (d.turns IS NULL OR d.turns < v.turns OR d.made_by = 'rules' AND d.prompt_version <> ?)`

// unread is the condition that a conversation (v) counts, and that another than the given maker has drawn from it (d).
// Where nobody has drawn yet from what was said last, somebody may be talking still: rules go first.
const unread = forResults + `AND d.turns >= v.turns AND (d.made_by <> ? OR d.model_digest <> ? OR d.prompt_version <> ?)`

// StaleDigests gives the conversations of a session from which maker is to draw anew. Rules draw where somebody spoke
// since, or other rules have drawn, and do not replace what a model has drawn from the same; a model draws where rules
// or another model have.
func (s *Store) StaleDigests(ctx context.Context, session appliance.SessionID, maker appliance.Maker,
) (list []appliance.ConversationID, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list, err = staleDigests(tx, session, maker)
		return err
	})
	return list, err
}

func staleDigests(tx *Tx, session appliance.SessionID, maker appliance.Maker) (list []appliance.ConversationID, err error) {
	where, args := stale, []any{session, maker.PromptVersion}
	if maker.Model() {
		where, args = unread, []any{session, maker.By, maker.ModelDigest, maker.PromptVersion}
	}
	rows, err := tx.Query(`SELECT v.id FROM conversations AS v LEFT JOIN digests AS d ON d.conversation_id = v.id
		WHERE v.session_id = ? AND `+where+` ORDER BY v.created_at, v.id`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id appliance.ConversationID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		list = append(list, id)
	}
	return list, rows.Err()
}

// EnqueueResults has everything that is stale in the results of a session made anew by rules, and gives the job of the
// report, which waits for the others.
func (s *Store) EnqueueResults(ctx context.Context, session appliance.SessionID, maker appliance.Maker,
) (id appliance.JobID, err error) {
	err = s.write(ctx, func(tx *Tx) error {
		now := s.clock()
		list, err := staleDigests(tx, session, maker)
		if err != nil {
			return err
		}
		for _, c := range list {
			if _, err := s.enqueue(tx, appliance.JobDigest, session, c, now); err != nil {
				return err
			}
		}
		id, err = s.enqueue(tx, appliance.JobReport, session, "", now)
		return err
	})
	return id, err
}

// What one sweep looks at: few enough that no other write waits long.
const (
	sweepBatch = 200
	// giveUpFor is how long a conversation is left alone by sweeps after its digest has failed.
	giveUpFor = 24 * time.Hour
)

// EnqueueIdle puts conversations on the queue whose digest is stale for rules and in which nobody has spoken since
// before, at most sweepBatch of them, and says how many it found.
func (s *Store) EnqueueIdle(ctx context.Context, rules appliance.Maker, before time.Time) (n int, err error) {
	type idle struct {
		session      appliance.SessionID
		conversation appliance.ConversationID
	}
	var list []idle
	now := s.clock()
	err = s.read(ctx, func(tx *Tx) error {
		rows, err := tx.Query(`SELECT v.session_id, v.id
			FROM conversations AS v LEFT JOIN digests AS d ON d.conversation_id = v.id
			WHERE v.last_turn_at <= ? AND `+stale+` AND NOT EXISTS (SELECT 1 FROM jobs AS j
				WHERE j.conversation_id = v.id AND j.kind = 'digest'
					AND (j.state IN ('queued', 'running') OR j.state = 'failed' AND j.finished_at > ?))
			LIMIT ?`,
			ms(before), rules.PromptVersion, ms(now.Add(-giveUpFor)), sweepBatch)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var i idle
			if err := rows.Scan(&i.session, &i.conversation); err != nil {
				return err
			}
			list = append(list, i)
		}
		return rows.Err()
	})
	if err != nil || len(list) == 0 {
		return 0, err
	}
	return len(list), s.write(ctx, func(tx *Tx) error {
		for _, i := range list {
			_, err := s.enqueue(tx, appliance.JobDigest, i.session, i.conversation, now)
			if err != nil && appliance.CodeOf(err) != appliance.CodeNotFound { // not found: deleted since it was read
				return err
			}
		}
		return nil
	})
}
