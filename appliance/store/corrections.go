package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"harmonium/appliance"
)

// correctionsPause is how long results wait after a correction of a transcript: who corrects one turn corrects the next, and
// claims are drawn anew once.
const correctionsPause = 15 * time.Second

// correction is one change of the transcript of a meeting. What it does leaves the numbers of turns without gaps; counts,
// speakers and results follow when it has been done.
type correction struct {
	s     *Store
	tx    *Tx
	by    By
	c     appliance.Conversation
	words bool // claims are to be drawn from other words, or of other turns
}

// correct does one change of the transcript of a meeting, all or nothing.
func (s *Store) correct(ctx context.Context, by By, id appliance.ConversationID, action string, do func(*correction) error) error {
	return s.erase(ctx, func(tx *Tx) error {
		c, err := conversation(tx, id)
		if err != nil {
			return err
		}
		if c.Source == appliance.SourceInterview {
			return appliance.Errorf(appliance.CodeConflict, "What people say in interviews is kept as they said it. Only transcripts of meetings can be corrected.")
		}
		var status appliance.SessionStatus
		if err := tx.QueryRow(`SELECT status FROM sessions WHERE id = ?`, c.SessionID).Scan(&status); err != nil {
			return err
		} else if status == appliance.SessionArchived {
			return appliance.Errorf(appliance.CodeConflict, "The session of this meeting is archived. Nothing was changed; please take it out of the archive first.")
		}
		k := &correction{s: s, tx: tx, by: by, c: c}
		if err := do(k); err != nil {
			return err
		}
		if c, err = s.settle(tx, c); err != nil {
			return err
		}
		at := s.clock().Add(correctionsPause)
		if k.words {
			err = s.wordsChanged(tx, c, at)
		} else if c.Included {
			_, err = s.enqueue(tx, appliance.JobReport, c.SessionID, "", at)
		}
		return errors.Join(err, audit(ctx, tx, by.did(s.clock(), action, string(id))))
	})
}

// said is a turn that is corrected.
type said struct {
	id         appliance.TurnID
	seq        int
	role       appliance.TurnRole
	speaker    appliance.SpeakerID
	content    string
	start, end int64
}

// pick gives a turn of the meeting.
func (k *correction) pick(where string, args ...any) (t said, err error) {
	err = k.tx.QueryRow(`SELECT id, seq, role, speaker, content, start_ms, end_ms FROM turns WHERE conversation_id = ? AND `+where,
		append([]any{k.c.ID}, args...)...).Scan(&t.id, &t.seq, &t.role, &t.speaker, &t.content, &t.start, &t.end)
	return t, notFound(err, "turn")
}

// keep notes the wording that a turn has before it is changed.
func (k *correction) keep(t said) error {
	_, err := k.tx.Exec(`INSERT INTO turn_edits (conversation_id, turn_id, before, edited_by, edited_at) VALUES (?, ?, ?, nullif(?, ''), ?)`,
		k.c.ID, t.id, t.content, k.by.Account, ms(k.s.clock()))
	return err
}

// reword changes the words of a turn, or its end.
func (k *correction) reword(t said) error {
	k.words = true
	_, err := k.tx.Exec(`UPDATE turns SET content = ?, end_ms = ?, counted = NULL, readable = NULL, quotable = NULL WHERE id = ?`,
		t.content, t.end, t.id)
	return err
}

// shift moves the numbers of all turns from number seq on.
func (k *correction) shift(seq, by int) error {
	// Numbers are unique at every moment, so those that move make room first.
	_, err := k.tx.Exec(`UPDATE turns SET seq = -1 - seq WHERE conversation_id = ? AND seq >= ?`, k.c.ID, seq)
	if err == nil {
		_, err = k.tx.Exec(`UPDATE turns SET seq = -1 - seq + ? WHERE conversation_id = ? AND seq < 0`, by, k.c.ID)
	}
	return err
}

// EditTurn changes the words of a turn of a meeting. What it said before is kept in its history.
func (s *Store) EditTurn(ctx context.Context, by By, id appliance.ConversationID, turn appliance.TurnID, text string) error {
	var p appliance.Problems
	appliance.CheckText(&p, "text", text, appliance.MaxUtterance, true)
	if err := p.Err(); err != nil {
		return err
	}
	return s.correct(ctx, by, id, "meeting.turn.edit", func(k *correction) error {
		t, err := k.pick(`id = ?`, turn)
		if err != nil || t.content == text {
			return err
		}
		if err := k.keep(t); err != nil {
			return err
		}
		t.content = text
		return k.reword(t)
	})
}

// SplitTurn makes two turns of one, the second of what begins at byte at of its words. Its time is divided as its words are.
func (s *Store) SplitTurn(ctx context.Context, by By, id appliance.ConversationID, turn appliance.TurnID, at int) error {
	return s.correct(ctx, by, id, "meeting.turn.split", func(k *correction) error {
		t, err := k.pick(`id = ?`, turn)
		if err != nil {
			return err
		}
		if at <= 0 || at >= len(t.content) || !utf8.RuneStart(t.content[at]) ||
			strings.TrimSpace(t.content[:at]) == "" || strings.TrimSpace(t.content[at:]) == "" {
			return appliance.Invalid("at", "A turn is divided between two of its words.")
		}
		if err := k.keep(t); err != nil {
			return err
		}
		if err := k.shift(t.seq+1, 1); err != nil {
			return err
		}
		middle := t.start + (t.end-t.start)*int64(at)/int64(len(t.content))
		second := said{id: appliance.NewTurnID(), seq: t.seq + 1, content: strings.TrimSpace(t.content[at:]), start: middle, end: t.end}
		t.content, t.end = strings.TrimSpace(t.content[:at]), min(middle, t.end)
		k.tx.AtCommit(indexTurns)
		_, err = k.tx.Exec(`INSERT INTO turns (id, conversation_id, seq, role, speaker, content, topic_id, move, made_by,
				model_digest, prompt_version, start_ms, end_ms, created_at)
			SELECT ?, conversation_id, ?, role, speaker, ?, topic_id, move, made_by, model_digest, prompt_version, ?, ?, created_at
			FROM turns WHERE id = ?`, second.id, second.seq, second.content, second.start, second.end, t.id)
		if err != nil {
			return err
		}
		_, err = k.tx.Exec(`INSERT INTO heard_turns (turn_id, conversation_id, track, position)
			SELECT ?, conversation_id, track, position FROM heard_turns WHERE turn_id = ?`, second.id, t.id)
		return errors.Join(err, k.reword(t))
	})
}

// MergeTurn puts the turn that follows to one. Both have to be of the same speaker.
func (s *Store) MergeTurn(ctx context.Context, by By, id appliance.ConversationID, turn appliance.TurnID) error {
	return s.correct(ctx, by, id, "meeting.turn.merge", func(k *correction) error {
		t, err := k.pick(`id = ?`, turn)
		if err != nil {
			return err
		}
		next, err := k.pick(`seq = ?`, t.seq+1)
		switch {
		case appliance.CodeOf(err) == appliance.CodeNotFound:
			return appliance.Errorf(appliance.CodeConflict, "This is the last turn: there is none after it to be put to it.")
		case err != nil:
			return err
		case next.speaker != t.speaker:
			return appliance.Errorf(appliance.CodeConflict, "The two turns are of different speakers. Please give both to the same speaker first.")
		}
		joined := t.content + " " + next.content
		if utf8.RuneCountInString(joined) > appliance.MaxUtterance {
			return appliance.Errorf(appliance.CodeConflict, "Together they are longer than %d characters, which no turn may be.", appliance.MaxUtterance)
		}
		if err := errors.Join(k.keep(t), k.keep(next)); err != nil {
			return err
		}
		for _, query := range []string{
			`UPDATE OR IGNORE heard_turns SET turn_id = ?1 WHERE turn_id = ?2`,
			`UPDATE turn_edits SET turn_id = ?1 WHERE turn_id = ?2`,
			`DELETE FROM turns WHERE id = ?2 AND ?1 <> ''`,
		} {
			if _, err := k.tx.Exec(query, t.id, next.id); err != nil {
				return err
			}
		}
		t.content, t.end = joined, max(t.end, next.end)
		return errors.Join(k.shift(next.seq, -1), k.reword(t))
	})
}

// TurnEdit is a wording that a turn had.
type TurnEdit struct {
	Before string
	By     string // the name of an account; "" of one that is gone, or of a program
	At     time.Time
}

// TurnEdits gives the wordings that a turn of a meeting had before, the newest first.
func (s *Store) TurnEdits(ctx context.Context, id appliance.ConversationID, turn appliance.TurnID) (list []TurnEdit, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list = nil
		return eachRow(tx, func(rows *Rows) error {
			var e TurnEdit
			err := rows.Scan(&e.Before, &e.By, toTime(&e.At))
			list = append(list, e)
			return err
		}, `SELECT e.before, coalesce(a.name, ''), e.edited_at FROM turn_edits AS e LEFT JOIN accounts AS a ON a.id = e.edited_by
			WHERE e.conversation_id = ? AND e.turn_id = ? ORDER BY e.id DESC`, id, turn)
	})
	return list, err
}

// Assignment says whose a turn is.
type Assignment struct {
	Speaker   appliance.SpeakerID // "" makes a new one
	Name      string              // of a new one; may be ""
	Following bool                // all later turns of the same speaker too
}

// AssignTurn gives a turn to another speaker.
func (s *Store) AssignTurn(ctx context.Context, by By, id appliance.ConversationID, turn appliance.TurnID, to Assignment) error {
	return s.correct(ctx, by, id, "meeting.speaker.assign", func(k *correction) error {
		t, err := k.pick(`id = ?`, turn)
		if err != nil {
			return err
		}
		var into appliance.Speaker
		if to.Speaker != "" {
			into, err = k.speaker(to.Speaker)
		} else {
			into, err = k.add(to.Name)
		}
		if err != nil || into.ID == t.speaker {
			return err
		}
		until := t.seq
		if to.Following {
			until = k.c.NextSeq
		}
		return k.give(t.role, into, `speaker = ? AND seq BETWEEN ? AND ?`, t.speaker, t.seq, until)
	})
}

// give puts turns of one role to a speaker.
func (k *correction) give(role appliance.TurnRole, to appliance.Speaker, where string, args ...any) error {
	k.words = k.words || role != roleOf(to)
	_, err := k.tx.Exec(`UPDATE turns SET speaker = ?, role = ? WHERE conversation_id = ? AND `+where,
		append([]any{to.ID, roleOf(to), k.c.ID}, args...)...)
	return err
}

// speaker gives a speaker of the meeting.
func (k *correction) speaker(id appliance.SpeakerID) (appliance.Speaker, error) {
	list, err := speakers(k.tx, k.c.ID)
	if err != nil {
		return appliance.Speaker{}, err
	}
	for _, one := range list {
		if one.ID == id {
			return one, nil
		}
	}
	return appliance.Speaker{}, &appliance.Error{Code: appliance.CodeNotFound, Message: noSuch("speaker")}
}

// add makes a new speaker, who says something in their own words.
func (k *correction) add(name string) (one appliance.Speaker, err error) {
	if name, err = k.free(name, ""); err != nil {
		return one, err
	}
	return k.s.newSpeaker(k.tx, k.c, name)
}

// free gives a name as it is kept. It fails where another speaker of the meeting has it, and where no names are kept.
func (k *correction) free(name string, of appliance.SpeakerID) (string, error) {
	var p appliance.Problems
	name = strings.Join(strings.Fields(name), " ")
	if appliance.CheckLine(&p, "name", name, appliance.MaxName, false); name == "" || p.Err() != nil {
		return "", p.Err()
	}
	var anonymous bool
	if err := k.tx.QueryRow(`SELECT anonymous FROM sessions WHERE id = ?`, k.c.SessionID).Scan(&anonymous); err != nil {
		return "", err
	}
	if anonymous {
		return "", appliance.Errorf(appliance.CodeConflict, "The session of this meeting is anonymous, so no names are kept. The name was not saved.")
	}
	list, err := speakers(k.tx, k.c.ID)
	if err != nil {
		return "", err
	}
	if slices.ContainsFunc(list, func(one appliance.Speaker) bool { return one.ID != of && strings.EqualFold(one.Name, name) }) {
		return "", appliance.Errorf(appliance.CodeConflict, "Another speaker of this meeting has this name. If they are the same person, please make them one.")
	}
	return name, nil
}

// RenameSpeaker gives a speaker of a meeting another name; "" takes it away.
func (s *Store) RenameSpeaker(ctx context.Context, by By, id appliance.ConversationID, of appliance.SpeakerID, name string) error {
	return s.correct(ctx, by, id, "meeting.speaker.rename", func(k *correction) error {
		one, err := k.speaker(of)
		if err != nil {
			return err
		}
		if name, err = k.free(name, of); err != nil {
			return err
		}
		if one.Name != "" && one.Name != name { // no history has it
			if err := s.refuseHeldConversation(k.tx, by, id); err != nil {
				return err
			}
		}
		if one.Asks() {
			_, err = k.tx.Exec(`UPDATE speakers SET name = ? WHERE id = ?`, name, of)
		} else {
			_, err = k.tx.Exec(`UPDATE participants SET name = ? WHERE id = ?`, name, one.ParticipantID)
		}
		return err
	})
}

// MergeSpeakers makes one speaker of two: what the first says, into says. The first one's participant goes.
func (s *Store) MergeSpeakers(ctx context.Context, by By, id appliance.ConversationID, from, into appliance.SpeakerID) error {
	return s.correct(ctx, by, id, "meeting.speaker.merge", func(k *correction) error {
		one, err := k.speaker(from)
		if err != nil {
			return err
		}
		other, err := k.speaker(into)
		if err != nil || from == into {
			return err
		}
		if _, err := k.tx.Exec(`UPDATE track_speakers SET speaker_id = ? WHERE speaker_id = ?`, into, from); err != nil {
			return err
		}
		return k.give(roleOf(one), other, `speaker = ?`, from)
	})
}

// newSpeaker makes a speaker of a meeting who says something in their own words, and so a participant of its session.
func (s *Store) newSpeaker(tx *Tx, c appliance.Conversation, name string) (k appliance.Speaker, err error) {
	var position int
	err = tx.QueryRow(`SELECT coalesce(max(position), -1) + 1 FROM speakers WHERE conversation_id = ?`, c.ID).Scan(&position)
	if err != nil {
		return k, err
	}
	if position >= appliance.MaxSpeakers {
		return k, appliance.Errorf(appliance.CodeConflict, "A meeting has at most %d speakers.", appliance.MaxSpeakers)
	}
	r := receiver{session: c.SessionID, language: c.Language, at: c.CreatedAt, now: s.clock()}
	if err := tx.QueryRow(`SELECT anonymous FROM sessions WHERE id = ?`, c.SessionID).Scan(&r.anonymous); err != nil {
		return k, err
	}
	list, err := r.people(tx, []appliance.Utterance{{Speaker: name}})
	if err != nil {
		return k, err
	}
	return list[0], insertSpeaker(tx, c.ID, position, list[0])
}

// settle brings what is known of a meeting up to date after its turns have changed: how many there are, how many words, and
// who speaks. A speaker who says nothing any more goes, and with them their participant: not while a legal hold is on it.
func (s *Store) settle(tx *Tx, c appliance.Conversation) (appliance.Conversation, error) {
	c.NextSeq, c.Turns, c.Words = 0, 0, 0
	err := eachRow(tx, func(rows *Rows) error {
		var role appliance.TurnRole
		var content string
		err := rows.Scan(&role, &content)
		if c.NextSeq++; role == appliance.FromParticipant {
			c.Turns++
			c.Words += appliance.Words(content)
		}
		return err
	}, `SELECT role, content FROM turns WHERE conversation_id = ?`, c.ID)
	if err != nil {
		return c, err
	}
	// Nobody is the only participant until that is known again: who goes would take the conversation along.
	_, err = tx.Exec(`UPDATE conversations SET next_seq = ?, answered_seq = ?, turns = ?, words = ?, participant_id = NULL WHERE id = ?`,
		c.NextSeq, c.NextSeq-1, c.Turns, c.Words, c.ID)
	if err != nil {
		return c, err
	}
	if err := noteSpeakers(tx, c.ID); err != nil {
		return c, err
	}
	silent, err := idsOf(tx, `DELETE FROM speakers AS k WHERE k.conversation_id = ? AND NOT EXISTS (SELECT 1 FROM turns AS t
		WHERE t.conversation_id = k.conversation_id AND t.speaker = k.id) RETURNING coalesce(participant_id, '')`, c.ID)
	if err != nil {
		return c, err
	}
	if len(silent) > 0 {
		if err := s.refuseHeldConversation(tx, By{}, c.ID); err != nil {
			return c, err
		}
	}
	for _, p := range silent {
		if err := eraseParticipant(tx, c.SessionID, appliance.ParticipantID(p)); err != nil {
			return c, err
		}
	}
	c.ParticipantID = ""
	list, err := speakers(tx, c.ID)
	if err != nil {
		return c, err
	}
	list = slices.DeleteFunc(list, appliance.Speaker.Asks)
	if len(list) == 1 {
		c.ParticipantID = list[0].ParticipantID
		_, err = tx.Exec(`UPDATE conversations SET participant_id = ? WHERE id = ?`, c.ParticipantID, c.ID)
	}
	return c, err
}
