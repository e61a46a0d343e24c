package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"harmonium/appliance"
)

// ErrEnded says that a conversation is finished, so that the facilitator has nothing more to say in it.
var ErrEnded = errors.New("store: the conversation is finished")

// conversationColumns of conversations c, as scanConversation reads them.
const conversationColumns = ` c.id, c.session_id, coalesce(c.participant_id, ''), c.source, c.title, c.language,
	c.guide_version, c.state, c.ended, c.included, c.restricted, c.use, coalesce(c.rating, 0), c.uses_changed, c.next_seq, c.answered_seq, c.facilitation, c.turns, c.words,
	c.created_at, c.last_turn_at, c.finished_at, c.distress_at `

// conversationDest gives where conversationColumns are scanned to.
func conversationDest(c *appliance.Conversation) []any {
	return []any{&c.ID, &c.SessionID, &c.ParticipantID, &c.Source, &c.Title, &c.Language, &c.GuideVersion, &c.State,
		&c.Ended, &c.Included, &c.Restricted, &c.Use, &c.Rating, &c.Changes, &c.NextSeq, &c.AnsweredSeq, toJSON(&c.Facilitation), &c.Turns, &c.Words,
		toTime(&c.CreatedAt), toTime(&c.LastTurnAt), toTime(&c.FinishedAt), toTime(&c.DistressAt)}
}

func insertConversation(tx *Tx, c appliance.Conversation, owed bool) error {
	_, err := tx.Exec(`INSERT INTO conversations (id, session_id, participant_id, source, title, language, guide_version,
			state, ended, included, use, next_seq, answered_seq, owed, facilitation, turns, words, created_at, last_turn_at,
			finished_at)
		VALUES (?, ?, nullif(?, ''), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		c.ID, c.SessionID, c.ParticipantID, c.Source, c.Title, c.Language, c.GuideVersion, c.State, c.Ended, c.Included, c.Use,
		c.NextSeq, c.AnsweredSeq, owed, asJSON(c.Facilitation), c.Turns, c.Words, ms(c.CreatedAt), ms(c.LastTurnAt),
		msOrNull(c.FinishedAt))
	if err != nil {
		return fmt.Errorf("insert conversation: %w", err)
	}
	return nil
}

// Conversation gives one conversation; CodeNotFound when it is not there.
func (s *Store) Conversation(ctx context.Context, id appliance.ConversationID) (c appliance.Conversation, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		c, err = conversation(tx, id)
		return err
	})
	return c, err
}

func conversation(tx *Tx, id appliance.ConversationID) (c appliance.Conversation, err error) {
	err = tx.QueryRow(`SELECT`+conversationColumns+`FROM conversations c WHERE c.id = ?`, id).Scan(conversationDest(&c)...)
	return c, notFound(err, "conversation")
}

// FinishConversation ends a conversation and keeps what was said. Finishing it again changes nothing and gives how it
// had ended.
func (s *Store) FinishConversation(ctx context.Context, id appliance.ConversationID, ending appliance.Ending,
) (c appliance.Conversation, err error) {
	now := s.clock()
	err = s.write(ctx, func(tx *Tx) error {
		res, err := tx.Exec(`UPDATE conversations SET state = 'finished', ended = ?, owed = 0, finished_at = ?
			WHERE id = ? AND state = 'active'`, ending, ms(now), id)
		if err != nil {
			return err
		}
		if c, err = conversation(tx, id); err != nil {
			return err
		}
		if n, err := res.RowsAffected(); n == 0 || err != nil {
			return err
		}
		return s.afterFinish(tx, c.SessionID, id, now)
	})
	return c, err
}

// afterFinish notes the end of a conversation, erases what its participant has taken back, restricts a meeting in which
// somebody asks for it, and has its claims drawn.
func (s *Store) afterFinish(tx *Tx, session appliance.SessionID, id appliance.ConversationID, now time.Time) error {
	if err := s.noteMeeting(tx, id, now); err != nil {
		return err
	}
	if err := s.addEvent(tx, appliance.EventConversationFinished, session, id, now); err != nil {
		return err
	}
	if _, err := s.withdraw(tx, id); err != nil {
		return err
	}
	_, err := s.enqueue(tx, appliance.JobDigest, session, id, now)
	return err
}

// closeConversations ends every conversation of a session that still goes on, because the session closes. What was
// said is kept; a question that waits for its answer stays unanswered.
func (s *Store) closeConversations(tx *Tx, id appliance.SessionID) error {
	now := s.clock()
	rows, err := tx.Query(`UPDATE conversations SET state = 'finished', ended = 'closed', owed = 0, finished_at = ?
		WHERE session_id = ? AND state = 'active' RETURNING id`, ms(now), id)
	if err != nil {
		return err
	}
	defer rows.Close()
	var closed []appliance.ConversationID
	for rows.Next() {
		var c appliance.ConversationID
		if err := rows.Scan(&c); err != nil {
			return err
		}
		closed = append(closed, c)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, c := range closed {
		if err := s.afterFinish(tx, id, c, now); err != nil {
			return err
		}
	}
	return nil
}

// reopenConversations lets those conversations of a session go on that ended only because it was closed. What the
// facilitator owed then it owes again.
func reopenConversations(tx *Tx, id appliance.SessionID) error {
	_, err := tx.Exec(`UPDATE conversations SET state = 'active', ended = '', finished_at = NULL,
			owed = facilitation ->> 'phase' IS NOT 'done' AND (next_seq = 0 OR EXISTS (SELECT 1 FROM turns t
				WHERE t.conversation_id = conversations.id AND t.role = 'participant' AND t.seq > answered_seq))
		WHERE session_id = ? AND ended = 'closed'`, id)
	return err
}

// SetIncluded lets a conversation count in results, search and exports, or not, and has the report made anew.
func (s *Store) SetIncluded(ctx context.Context, by By, id appliance.ConversationID, included bool) error {
	return s.write(ctx, func(tx *Tx) error {
		c, err := conversation(tx, id)
		if err != nil || c.Included == included {
			return err
		}
		var back bool
		if err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM withdrawals WHERE conversation_id = ?)`, id).Scan(&back); err != nil {
			return err
		} else if back {
			return appliance.Errorf(appliance.CodeConflict, "Its participant has taken this back. It counts nowhere any more; nothing was changed.")
		}
		if _, err := tx.Exec(`UPDATE conversations SET included = ? WHERE id = ?`, included, id); err != nil {
			return err
		}
		action := "conversation.exclude"
		if included {
			action = "conversation.include"
		}
		if err := audit(ctx, tx, by.did(s.clock(), action, string(id))); err != nil {
			return err
		}
		if err := unshareReport(tx, c.SessionID); err != nil {
			return err
		}
		if included {
			if err := s.askInsights(tx, c.SessionID, id, s.clock()); err != nil {
				return err
			}
		}
		_, err = s.enqueue(tx, appliance.JobReport, c.SessionID, "", s.clock())
		return err
	})
}

// ErasedByParticipant is the actor of an erasure that a participant asked for. Nothing tells which one it was.
var ErasedByParticipant = By{Actor: "participant"}

// EraseConversation deletes a conversation with everything that came of it: its participant with form answers and
// name, turns, claims, and the reports and themes of its session, which may hold its words and are made anew. What the files of
// the database still hold is wiped by a job. Nothing of it can be brought back; a receipt stays. It fails with CodeConflict
// where a legal hold is on it.
func (s *Store) EraseConversation(ctx context.Context, by By, id appliance.ConversationID) (Deletion, error) {
	kind := appliance.EraseConversation
	if by == ErasedByParticipant {
		kind = appliance.EraseWithdrawal
	}
	return s.eraseConversation(ctx, by, id, kind, false)
}

func (s *Store) eraseConversation(ctx context.Context, by By, id appliance.ConversationID, kind appliance.ErasureKind, held bool,
) (Deletion, error) {
	r, err := s.beginErasure(ctx, by, kind, []appliance.Erased{{Kind: "conversation", ID: string(id)}}, held)
	if err != nil {
		return Deletion{}, err
	}
	return DeletionOf(r, r.BeganAt), s.FinishErasure(ctx, r.ID)
}

// eraseRowsOf deletes the rows of a conversation, and has the results of its session made anew.
func (s *Store) eraseRowsOf(tx *Tx, by By, c appliance.Conversation, now time.Time) error {
	if err := forgetResults(tx, c.SessionID); err != nil {
		return err
	}
	people, err := participantsOf(tx, c)
	if err != nil {
		return err
	}
	// The rest of what belongs to either goes with it, by its foreign keys.
	if _, err := tx.Exec(`DELETE FROM conversations WHERE id = ?`, c.ID); err != nil {
		return err
	}
	for _, p := range people {
		if err := eraseParticipant(tx, c.SessionID, p); err != nil {
			return err
		}
	}
	if err := audit(tx.ctx, tx, by.did(now, "conversation.delete", string(c.ID))); err != nil {
		return err
	}
	_, err = s.enqueue(tx, appliance.JobReport, c.SessionID, "", now)
	return err
}

// eraseParticipant deletes a participant and what a repeated join would be recognised by.
func eraseParticipant(tx *Tx, session appliance.SessionID, id appliance.ParticipantID) error {
	if _, err := tx.Exec(`DELETE FROM participants WHERE id = ?`, id); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM requests WHERE actor = ? AND operation = 'join' AND object_id = ?`,
		JoinActor(session), id)
	return err
}

// JoinActor is the actor of the Idempotency-Keys of those who join a session (Once.Actor), with operation "join".
func JoinActor(session appliance.SessionID) string { return "join " + string(session) }
