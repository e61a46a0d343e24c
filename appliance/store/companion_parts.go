package store

import (
	"context"

	"harmonium/appliance"
)

// citable is the condition under which an account (?1) may see words of a conversation (c) in answers of the Companion,
// and what was made of them, in an answer that cites it (k). ?3 is Tx.purpose. It holds at every look: what was lost, left out or kept back meanwhile is not shown.
const citable = ` c.included = 1 AND c.restricted & (?3 | (SELECT CASE WHEN h.conversation_id IS NOT NULL THEN ` + bitProcessing + `
	WHEN h.session_id IS NOT NULL THEN ` + bitProcessing + ` | ` + bitSynthesis + `
	ELSE ` + bitProcessing + ` | ` + bitSynthesis + ` | ` + bitProject + ` END FROM companion_answers a JOIN companion_threads h ON h.id = a.thread_id
	WHERE a.id = k.answer_id)) = 0 AND c.session_id IN (SELECT s.id FROM` + companionSessions + `) `

// AddCompanionPart adds a part to an answer that is being worked on; ErrEnded when it is not any more. Where a turn that it
// cites is gone, or is not what Content of the citation says any more, since its words were taken back meanwhile, it fails
// with CodeNotFound.
func (s *Store) AddCompanionPart(ctx context.Context, id appliance.AnswerID, part appliance.AnswerPart) error {
	return s.write(ctx, func(tx *Tx) error {
		var at int
		ok, err := found(tx.QueryRow(`SELECT (SELECT count(*) FROM companion_parts WHERE answer_id = a.id)
			FROM companion_answers a WHERE a.id = ? AND a.state = 'asked'`, id).Scan(&at))
		if err != nil {
			return err
		}
		if !ok {
			return ErrEnded
		}
		_, err = tx.Exec(`INSERT INTO companion_parts (answer_id, position, kind, text) VALUES (?, ?, ?, ?)`,
			id, at, string(part.Kind), part.Text)
		if err != nil {
			return err
		}
		for i, c := range part.Citations {
			_, err := tx.Exec(`INSERT INTO companion_citations (answer_id, part, position, turn_id, start_byte, end_byte)
				VALUES (?, ?, ?, ?, ?, ?)`, id, at, i, c.Span.TurnID, c.Span.Start, c.Span.End)
			if err != nil && !isForeignKey(err) {
				return err
			}
			var same bool
			_, missing := found(tx.QueryRow(`SELECT coalesce(quotable, content) = ? FROM turns WHERE id = ?`, c.Content, c.Span.TurnID).Scan(&same))
			if missing != nil {
				return missing
			}
			if err != nil || !same {
				return appliance.Errorf(appliance.CodeNotFound, "What this rests on has been deleted or taken back meanwhile.")
			}
		}
		return nil
	})
}

// fillParts adds to answers what an account may see of their parts now.
func fillParts(tx *Tx, account appliance.AccountID, list []appliance.CompanionAnswer) error {
	ids := make([]appliance.AnswerID, len(list))
	at := make(map[appliance.AnswerID]int, len(list))
	for i, a := range list {
		ids[i], at[a.ID] = a.ID, i
	}
	rows, err := tx.Query(`WITH parts AS (SELECT pa.answer_id, pa.position, pa.kind, pa.text,
			EXISTS (SELECT 1 FROM companion_citations k JOIN turns t ON t.id = k.turn_id JOIN conversations c ON c.id = t.conversation_id
				WHERE k.answer_id = pa.answer_id AND k.part = pa.position AND NOT (`+citable+`)) AS hidden
			FROM companion_parts pa WHERE pa.answer_id IN (SELECT value FROM json_each(?2)))
		SELECT answer_id, iif(hidden AND kind <> 'gone', 'hidden', kind), iif(hidden, '', text) FROM parts ORDER BY answer_id, position`,
		account, asJSON(ids), tx.purpose)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id appliance.AnswerID
		part := appliance.AnswerPart{Citations: []appliance.Citation{}}
		if err := rows.Scan(&id, &part.Kind, &part.Text); err != nil {
			return err
		}
		a := &list[at[id]]
		a.Parts = append(a.Parts, part)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return fillCitations(tx, account, list, at, asJSON(ids))
}

// fillCitations adds the citations that an account may see to parts of which it may see all.
func fillCitations(tx *Tx, account appliance.AccountID, list []appliance.CompanionAnswer, at map[appliance.AnswerID]int, ids string) error {
	rows, err := tx.Query(`SELECT k.answer_id, k.part, k.turn_id, k.start_byte, k.end_byte, coalesce(t.quotable, t.content), t.seq,
			c.id, c.title, c.session_id, (SELECT topic FROM sessions WHERE id = c.session_id), coalesce(pt.number, 0)
		FROM companion_citations k JOIN turns t ON t.id = k.turn_id JOIN conversations c ON c.id = t.conversation_id
			LEFT JOIN speakers sp ON sp.id = t.speaker
			LEFT JOIN participants pt ON pt.id = coalesce(sp.participant_id, c.participant_id)
		WHERE k.answer_id IN (SELECT value FROM json_each(?2)) AND`+citable+`ORDER BY k.answer_id, k.part, k.position`, account, ids, tx.purpose)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id appliance.AnswerID
		var part int
		var c appliance.Citation
		if err := rows.Scan(&id, &part, &c.Span.TurnID, &c.Span.Start, &c.Span.End, &c.Content, &c.Seq,
			&c.ConversationID, &c.Title, &c.SessionID, &c.Topic, &c.Number); err != nil {
			return err
		}
		p := &list[at[id]].Parts[part]
		if p.Kind != appliance.PartSentence && p.Kind != appliance.PartPassage || c.Span.End > len(c.Content) {
			continue
		}
		c.Span.Text = c.Content[c.Span.Start:c.Span.End]
		p.Citations = append(p.Citations, c)
	}
	return rows.Err()
}

// PinAnswer has an answer of by.Account stand among the insights of the session that it rests on. One that rests on more
// than one session, or on none, is refused with CodeUnprocessable; one that is not whole yet with CodeConflict, and one of
// a session in which the account is no editor with CodeForbidden.
func (s *Store) PinAnswer(ctx context.Context, by By, id appliance.AnswerID) error {
	return s.write(ctx, func(tx *Tx) error {
		list, err := companionAnswers(tx, by.Account, `a.id = ? AND a.thread_id IN (SELECT h.id FROM companion_threads h
			WHERE h.account_id = ?)`, id, by.Account)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return appliance.Errorf(appliance.CodeNotFound, "%s", noSuch("answer"))
		}
		session, err := pinnable(list[0])
		if err != nil {
			return err
		}
		if err := mayPin(tx, by.Account, session); err != nil {
			return err
		}
		now := s.clock()
		if _, err := tx.Exec(`UPDATE companion_answers SET pinned_in = ?, pinned_at = ? WHERE id = ?`, string(session), ms(now), id); err != nil {
			return err
		}
		return audit(ctx, tx, by.did(now, "answer.pin", string(id)))
	})
}

// UnpinAnswer takes an answer of whomever away from the insights where it stands. It fails with CodeForbidden where
// by.Account is no editor of that session, and does nothing where it stands in none that the account may see.
func (s *Store) UnpinAnswer(ctx context.Context, by By, id appliance.AnswerID) error {
	return s.write(ctx, func(tx *Tx) error {
		var session appliance.SessionID
		ok, err := found(tx.QueryRow(`SELECT pinned_in FROM companion_answers WHERE id = ? AND pinned_in IS NOT NULL`, id).Scan(&session))
		if err != nil || !ok {
			return err
		}
		if err := mayPin(tx, by.Account, session); appliance.CodeOf(err) == appliance.CodeNotFound {
			return nil // the same as where there is no such answer
		} else if err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE companion_answers SET pinned_in = NULL, pinned_at = NULL WHERE id = ?`, id); err != nil {
			return err
		}
		return audit(ctx, tx, by.did(s.clock(), "answer.unpin", string(id)))
	})
}

// pinnable gives the one session that an answer rests on.
func pinnable(a appliance.CompanionAnswer) (session appliance.SessionID, err error) {
	if a.State == appliance.AnswerAsked {
		return "", appliance.Errorf(appliance.CodeConflict, "This is still being answered. It can be pinned when it is whole.")
	}
	for _, p := range a.Parts {
		for _, c := range p.Citations {
			if session != "" && session != c.SessionID {
				return "", appliance.Errorf(appliance.CodeUnprocessable, "This answer rests on several sessions, so it can be pinned in none of them. Ask the same in one session.")
			}
			session = c.SessionID
		}
	}
	if session == "" {
		return "", appliance.Errorf(appliance.CodeUnprocessable, "This answer rests on no words, so there is nothing to pin.")
	}
	return session, nil
}

// mayPin refuses an account that is no editor of a session; to one that may not even see it nothing is pinned there.
func mayPin(tx *Tx, account appliance.AccountID, session appliance.SessionID) error {
	var a access
	ok, err := found(tx.QueryRow(`SELECT`+roleColumns+`FROM`+oneSession+`AND s.id = ?2`, account, session).Scan(a.dest()...))
	if err != nil {
		return err
	}
	if !ok || a.role() == appliance.RoleNone {
		return appliance.Errorf(appliance.CodeNotFound, "%s", noSuch("answer"))
	}
	if !a.role().AtLeast(appliance.RoleEditor) {
		return appliance.Errorf(appliance.CodeForbidden, "Pinning changes the results of the session for everybody. It needs the role editor there.")
	}
	return nil
}

// PinnedAnswers gives the answers that are pinned to the insights of a session, as an account may see them, those that
// were pinned last first.
func (s *Store) PinnedAnswers(ctx context.Context, account appliance.AccountID, session appliance.SessionID,
) (list []appliance.CompanionAnswer, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list, err = pinnedAnswers(tx, account, session)
		return err
	})
	return list, err
}

func pinnedAnswers(tx *Tx, account appliance.AccountID, session appliance.SessionID) ([]appliance.CompanionAnswer, error) {
	return companionAnswers(tx, account, `a.pinned_in = ? ORDER BY a.pinned_at DESC, a.id`, session)
}
