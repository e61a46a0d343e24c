package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"harmonium/appliance"
)

// ErrOvertaken says that the participant has said more since the turns were read that a reply answers.
var ErrOvertaken = errors.New("store: the participant has said more")

// indexTurns puts the turns that the search index does not know yet into it. They are always those with the highest
// row ids, because every group of writes that brings turns to be found ends with this statement (see Tx.AtCommit).
const indexTurns = `INSERT INTO turns_fts (rowid, content, session) SELECT row, content, session FROM said
	WHERE row > (SELECT coalesce(max(id), 0) FROM turns_fts_docsize)`

// Message is what a participant says.
type Message struct {
	ConversationID appliance.ConversationID
	Content        string
	Key            string // makes sending it again harmless, within the conversation; "" does without
	Silent         bool   // nobody has to answer
	Spoken         bool   // see appliance.Turn
	// Answer is what was answered by a control; its words then take the place of Content.
	Answer *appliance.ControlAnswer
}

// AppendTurn stores a message as the next turn of its conversation. The topic that the conversation is in becomes that
// of the turn, and the facilitator owes an answer. When the key was used before in the conversation, the turn stored
// then is given and created is false; with another content that is a CodeConflict. A finished conversation, or one of
// a session that is not open, takes nothing: CodeConflict.
//
// An answer by a control (m.Answer) has to be one that the control of a question of the same conversation takes, else it
// fails with CodeValidation, and the first one to it, else with CodeUnprocessable; where the question is no longer the
// newest, the answer goes to the topic of the question. A content that says the same in words becomes such an answer, when it answers the
// newest question.
func (s *Store) AppendTurn(ctx context.Context, m Message) (t appliance.Turn, created bool, err error) {
	t = appliance.Turn{
		ID: appliance.NewTurnID(), ConversationID: m.ConversationID, Role: appliance.FromParticipant, Content: m.Content,
		ClientKey: m.Key, Spoken: m.Spoken, CreatedAt: s.clock(),
	}
	var use appliance.Use
	err = s.write(ctx, func(tx *Tx) error {
		topic := ""
		if m.Answer != nil {
			if topic, err = answerBy(tx, m, &t); err != nil {
				return err
			}
		}
		var asked struct{ turn, control string }
		ok, err := found(tx.QueryRow(`UPDATE conversations
			SET next_seq = next_seq + 1, turns = turns + 1, words = words + ?1, last_turn_at = ?2, owed = max(owed, ?3)
			WHERE id = ?4 AND state = 'active'
				AND (EXISTS (SELECT 1 FROM sessions WHERE sessions.id = session_id AND status = 'open')
					OR EXISTS (SELECT 1 FROM participants WHERE participants.id = participant_id AND rehearsal <> ''))
			RETURNING next_seq - 1, coalesce(nullif(?5, ''), facilitation ->> 'topic'), use,
				coalesce(facilitation ->> 'aside', '') = 'idea',`+newestControl+`,`+newestControlled,
			appliance.Words(t.Content), ms(t.CreatedAt), !m.Silent, string(m.ConversationID), topic).
			Scan(&t.Seq, &t.TopicID, &use, &t.Prompted, &asked.control, &asked.turn))
		if err != nil {
			return err
		}
		if !ok {
			return errNotTaken
		}
		if asked.control != "" && m.Answer == nil {
			if t.Answer, err = saysAnswer(tx, asked.turn, asked.control, t.Content); err != nil {
				return err
			}
		}
		tx.AtCommit(indexTurns)
		if err := insertMessage(tx, t); err != nil {
			return err
		}
		return hideNew(tx, use, &t)
	})
	// Said before, or not wanted any more: both are rare, so what is usual does not ask for them.
	if errors.Is(err, errNotTaken) {
		t, err = s.turnByKey(ctx, m)
		return t, false, err
	}
	return t, err == nil, err
}

// Of a conversation: the control of the facilitator's newest turn and the id of that turn, "" when it has none.
const (
	newestControl = ` coalesce((SELECT control FROM turns t
		WHERE t.conversation_id = conversations.id AND t.seq = answered_seq + 1), '')`
	newestControlled = ` coalesce((SELECT id FROM turns t
		WHERE t.conversation_id = conversations.id AND t.seq = answered_seq + 1), '')`
)

func insertMessage(tx *Tx, t appliance.Turn) error {
	_, err := tx.Exec(`INSERT INTO turns (id, conversation_id, seq, role, speaker, content, topic_id, move, made_by,
			model_digest, prompt_version, client_key, start_ms, end_ms, created_at, answer, prompted, spoken)
		VALUES (?, ?, ?, 'participant', '', ?, ?, '', '', '', '', nullif(?, ''), 0, 0, ?, ?, ?, ?)`,
		string(t.ID), string(t.ConversationID), t.Seq, t.Content, string(t.TopicID), t.ClientKey, ms(t.CreatedAt),
		jsonOrNull(t.Answer), t.Prompted, t.Spoken)
	if isUnique(err) {
		return errNotTaken
	}
	return err
}

var errNotTaken = errors.New("store: turn not taken")

// turnByKey gives the turn that was stored under the key of m, and says why m is refused when there is none.
func (s *Store) turnByKey(ctx context.Context, m Message) (t appliance.Turn, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		if m.Key != "" {
			ok, err := found(tx.QueryRow(`SELECT`+turnColumns+`FROM turns WHERE conversation_id = ? AND client_key = ?`,
				m.ConversationID, m.Key).Scan(turnDest(&t)...))
			switch {
			case err != nil:
				return err
			case ok && (t.Content == m.Content || m.Answer != nil && sameAnswer(t.Answer, m.Answer)):
				return nil
			case ok:
				return appliance.Errorf(appliance.CodeConflict,
					"Another message was saved under this key before. That one is kept; this one was not saved.")
			}
		}
		c, err := conversation(tx, m.ConversationID)
		if err != nil {
			return err
		}
		if m.Answer != nil {
			if err := notAnswered(tx, m.Answer.TurnID); err != nil {
				return err
			}
		}
		return refusal(tx, c)
	})
	return t, err
}

// refusal says in words why a conversation takes no message.
func refusal(tx *Tx, c appliance.Conversation) error {
	const kept = "Everything you said before is kept; this message was not saved."
	if c.State == appliance.ConversationActive || c.Ended == appliance.EndedClosed {
		if err := notOpen(tx, c.SessionID, kept); err != nil {
			return err
		}
	}
	if c.State == appliance.ConversationFinished {
		return appliance.Errorf(appliance.CodeConflict, "This conversation is finished. %s", kept)
	}
	return &appliance.Error{Code: appliance.CodeBusy, RetryAfter: 1,
		Message: "The session was opened this moment. This message was not saved; please send it again."}
}

// Reply is the facilitator's next turn and what the conversation is after it.
type Reply struct {
	ConversationID appliance.ConversationID
	// Seen is the number of turns that there were when the answer was made. One more, and it is overtaken.
	Seen int
	// Turn gives Content, TopicID, Move, Points, Control and Maker.
	Turn         appliance.Turn
	Facilitation appliance.Facilitation
	Coverage     []appliance.Coverage // of the topics that changed
	Finished     bool                 // the conversation is over with this turn
	Language     appliance.Language   // in which the conversation goes on; "" leaves it
	Idea         appliance.IdeaID     // of others that the turn offers, in the first IdeaEnd bytes of its content; "" otherwise
	IdeaEnd      int
	Distress     bool // what the participant has said is hard to bear: see Conversation.DistressAt
}

// CommitReply stores a turn of the facilitator with the state that it leads to, all or nothing. It fails with
// ErrOvertaken when the participant has said more in the meantime or the idea that it offers may not be offered any more,
// and with ErrEnded when the conversation was
// finished; nothing is stored then.
func (s *Store) CommitReply(ctx context.Context, r Reply) (appliance.Turn, error) {
	t := r.Turn
	t.ID, t.ConversationID, t.Seq = appliance.NewTurnID(), r.ConversationID, r.Seen
	t.Role, t.CreatedAt = appliance.FromFacilitator, s.clock()
	t.Points = slices.Clone(t.Points)
	for i := range t.Points {
		t.Points[i].ID, t.Points[i].State = appliance.NewPointID(), appliance.PointOpen
	}
	err := s.write(ctx, func(tx *Tx) error {
		session, use, err := s.answer(tx, r, t)
		if err != nil {
			return err
		}
		if err := errors.Join(insertReply(tx, t), hideNew(tx, use, &t)); err != nil {
			return err
		}
		if r.Idea != "" {
			if err := saveOffer(tx, r, t); err != nil {
				return err
			}
		}
		if err := saveCoverage(tx, r.ConversationID, r.Coverage); err != nil {
			return err
		}
		if r.Finished {
			return s.afterFinish(tx, session, r.ConversationID, t.CreatedAt)
		}
		return nil
	})
	if err != nil {
		return appliance.Turn{}, err
	}
	return t, nil
}

// answer brings the conversation to its state after r.
func (s *Store) answer(tx *Tx, r Reply, t appliance.Turn) (session appliance.SessionID, use appliance.Use, err error) {
	state, ended, finishedAt := appliance.ConversationActive, appliance.Ending(""), any(nil)
	if r.Finished {
		state, ended, finishedAt = appliance.ConversationFinished, appliance.EndedComplete, ms(t.CreatedAt)
	}
	ok, err := found(tx.QueryRow(`UPDATE conversations
		SET next_seq = next_seq + 1, answered_seq = next_seq - 1, owed = 0, facilitation = ?, last_turn_at = ?,
			state = ?, ended = ?, finished_at = ?, language = coalesce(nullif(?, ''), language),
			distress_at = CASE WHEN ? THEN ? ELSE distress_at END
		WHERE id = ? AND state = 'active' AND next_seq = ? RETURNING session_id, use`,
		asJSON(r.Facilitation), ms(t.CreatedAt), string(state), string(ended), finishedAt, string(r.Language),
		r.Distress, ms(t.CreatedAt), string(r.ConversationID), r.Seen).
		Scan(&session, &use))
	if ok || err != nil {
		return session, use, err
	}
	var now appliance.ConversationState
	if err := tx.QueryRow(`SELECT state FROM conversations WHERE id = ?`, r.ConversationID).Scan(&now); err != nil {
		return "", "", notFound(err, "conversation")
	}
	if now != appliance.ConversationActive {
		return "", "", ErrEnded
	}
	return "", "", ErrOvertaken
}

func insertReply(tx *Tx, t appliance.Turn) error {
	_, err := tx.Exec(`INSERT INTO turns (id, conversation_id, seq, role, speaker, content, topic_id, move,
			made_by, model_digest, prompt_version, client_key, start_ms, end_ms, created_at, control)
		VALUES (?, ?, ?, 'facilitator', '', ?, ?, ?, ?, ?, ?, NULL, 0, 0, ?, ?)`,
		string(t.ID), string(t.ConversationID), t.Seq, t.Content, string(t.TopicID), string(t.Move), t.Maker.By,
		t.Maker.ModelDigest, t.Maker.PromptVersion, ms(t.CreatedAt), jsonOrNull(t.Control))
	if err != nil {
		return fmt.Errorf("insert turn: %w", err)
	}
	return insertPoints(tx, t)
}

// Columns of turns as an audience may see them, as turnDest takes them. What was answered by a control is not there
// where its words may not be seen.
const (
	turnHead    = ` id, conversation_id, seq, role, speaker, `
	turnMiddle  = `, topic_id, move, made_by, model_digest, prompt_version, coalesce(client_key, ''), start_ms, end_ms, created_at, prompted, spoken, control, `
	turnColumns = turnHead + `content` + turnMiddle + `answer `
)

// columns gives the columns of turns as an audience may see them.
func columns(a Audience) string {
	switch a {
	case ForReaders:
		return turnHead + `coalesce(readable, content)` + turnMiddle + `CASE WHEN readable IS NULL THEN answer END `
	case ForClaims:
		return turnHead + `coalesce(counted, content)` + turnMiddle + `CASE WHEN counted IS NULL THEN answer END `
	case ForResults:
		return turnHead + `coalesce(quotable, content)` + turnMiddle + `CASE WHEN quotable IS NULL THEN answer END `
	}
	return turnColumns
}

func turnDest(t *appliance.Turn) []any {
	return []any{&t.ID, &t.ConversationID, &t.Seq, &t.Role, &t.Speaker, &t.Content, &t.TopicID, &t.Move,
		&t.Maker.By, &t.Maker.ModelDigest, &t.Maker.PromptVersion, &t.ClientKey, &t.StartMS, &t.EndMS, toTime(&t.CreatedAt), &t.Prompted, &t.Spoken,
		toJSON(&t.Control), toJSON(&t.Answer)}
}

// Turns gives all turns of a conversation in order as its participant sees them, the points of a read-back with their
// words. Others see them by TurnsFor.
func (s *Store) Turns(ctx context.Context, id appliance.ConversationID) ([]appliance.Turn, error) {
	return s.TurnsFor(ctx, ForParticipant, id)
}

// TurnsFor gives all turns of a conversation in order as an audience may see them: none where a restriction forbids it. What it may
// not see is masked; the places of everything else are what they are in the whole.
func (s *Store) TurnsFor(ctx context.Context, a Audience, id appliance.ConversationID) (list []appliance.Turn, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list, err = turns(tx, a, `conversation_id = ?1 AND NOT EXISTS (SELECT 1 FROM conversations AS v WHERE v.id = ?1 AND v.restricted & ?2 <> 0)`,
			id, a.forbidden()|tx.purpose)
		if err != nil {
			return err
		}
		return fillPoints(tx, id, list)
	})
	return list, err
}

// turns gives the turns of one conversation that meet a condition, in order.
func turns(tx *Tx, a Audience, where string, args ...any) (list []appliance.Turn, err error) {
	rows, err := tx.Query(`SELECT`+columns(a)+`FROM turns WHERE `+where+` ORDER BY seq`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var t appliance.Turn
		if err := rows.Scan(turnDest(&t)...); err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, rows.Err()
}

// Thread is what the facilitator needs to know for its next turn.
type Thread struct {
	Conversation appliance.Conversation
	Owed         bool                 // the next turn is the facilitator's
	Last         appliance.Turn       // of the facilitator; zero before the opening
	Unanswered   []appliance.Turn     // what the participant has said since, in order
	Coverage     []appliance.Coverage // of the topics touched so far
}

// Thread gives where a conversation stands; CodeNotFound when it is not there.
func (s *Store) Thread(ctx context.Context, id appliance.ConversationID) (th Thread, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		dest := append(conversationDest(&th.Conversation), &th.Owed)
		err := tx.QueryRow(`SELECT`+conversationColumns+`, c.owed FROM conversations c WHERE c.id = ?`, id).Scan(dest...)
		if err != nil || !th.Owed {
			return notFound(err, "conversation")
		}
		since, err := turns(tx, ForParticipant, `conversation_id = ? AND seq > ?`, id, th.Conversation.AnsweredSeq)
		if err != nil {
			return err
		}
		for _, t := range since {
			if t.Role == appliance.FromParticipant {
				th.Unanswered = append(th.Unanswered, t)
			} else {
				th.Last = t // the facilitator's answer comes after what it answers
			}
		}
		th.Coverage, err = coverage(tx, id)
		return err
	})
	return th, err
}

// Owed gives the conversations in which the facilitator owes a turn, those that wait longest first.
func (s *Store) Owed(ctx context.Context) (list []appliance.ConversationID, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		rows, err := tx.Query(`SELECT id FROM conversations WHERE owed = 1 ORDER BY last_turn_at, id`)
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

// ReplyAfter gives the first turn of the facilitator after turn number seq; false when there is none yet, with whether
// one is owed.
func (s *Store) ReplyAfter(ctx context.Context, id appliance.ConversationID, seq int) (t appliance.Turn, ok, owed bool, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		if err := tx.QueryRow(`SELECT owed FROM conversations WHERE id = ?`, id).Scan(&owed); err != nil {
			return notFound(err, "conversation")
		}
		ok, err = found(tx.QueryRow(`SELECT`+turnColumns+`FROM turns
			WHERE conversation_id = ? AND seq > ? AND role = 'facilitator' ORDER BY seq LIMIT 1`, id, seq).Scan(turnDest(&t)...))
		return err
	})
	return t, ok, owed, err
}
