package store

import (
	"context"
	"fmt"

	"harmonium/appliance"
)

// What a participant takes back of a conversation that stays goes out of its turns. Its tombstones, of the kind "words",
// tell the places: the turn, the first byte, and the byte after the last, or -1 where all of the turn went.

const wordsFormat = "%s %d %d"

// tombWords leaves a tombstone for each piece of a turn that is gone.
func tombWords(tx *Tx, t appliance.Turn, levels []level) error {
	for i := 0; i < len(levels); {
		j := i
		for j < len(levels) && (levels[j] == gone) == (levels[i] == gone) {
			j++
		}
		end := j
		if i == 0 && j == len(levels) {
			end = -1
		}
		if levels[i] == gone {
			_, err := tx.Exec(`INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('words', ?)`, fmt.Sprintf(wordsFormat, t.ID, i, end))
			if err != nil {
				return err
			}
		}
		i = j
	}
	return nil
}

// eraseWordsAgain takes a piece out of a turn, with all that was made of it.
func (s *Store) eraseWordsAgain(ctx context.Context, object string) (there bool, err error) {
	var id string
	var from, to int
	if _, err := fmt.Sscanf(object, wordsFormat, &id, &from, &to); err != nil || from < 0 {
		return false, nil // of a newer version
	}
	err = s.erase(ctx, func(tx *Tx) error {
		var conversationID appliance.ConversationID
		if there, conversationID, err = eraseWords(tx, appliance.TurnID(id), from, to); err != nil || !there {
			return err
		}
		return s.afterWords(tx, conversationID)
	})
	return there, err
}

// eraseWords takes a piece out of a turn, and says whether it was there and in which conversation. to is -1 for all of it.
func eraseWords(tx *Tx, id appliance.TurnID, from, to int) (there bool, of appliance.ConversationID, err error) {
	var said string
	ok, err := found(tx.QueryRow(`SELECT content, conversation_id FROM turns WHERE id = ?`, id).Scan(&said, &of))
	if err != nil || !ok || from >= len(said) {
		return false, of, err
	}
	end := to
	if end < 0 || end > len(said) {
		end = len(said)
	}
	left := said[:from] + gap(end-from) + said[end:]
	if left == said {
		return false, of, nil
	}
	_, err = tx.Exec(`UPDATE turns SET content = ?, answer = NULL, counted = NULL, readable = NULL, quotable = NULL WHERE id = ?`, left, id)
	if err == nil {
		_, err = tx.Exec(`DELETE FROM facts WHERE turn_id = ?`, id)
	}
	if err == nil {
		err = eraseHeard(tx, of, id)
	}
	return err == nil, of, err
}

// eraseHeard erases what else holds the words of a turn of a meeting: the wordings that turns had before, all of them, since
// turns are divided and put together; and what was heard at that time on its track, in every version of the transcript.
func eraseHeard(tx *Tx, of appliance.ConversationID, id appliance.TurnID) error {
	if _, err := tx.Exec(`DELETE FROM turn_edits WHERE conversation_id = ?`, of); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE segments AS g SET text = '', parts = '[]' WHERE g.conversation_id = ?1 AND EXISTS (SELECT 1 FROM heard_turns AS h
		JOIN recordings AS r ON r.conversation_id = h.conversation_id
		JOIN segments AS u ON u.conversation_id = h.conversation_id AND u.version = r.version AND u.track = h.track AND u.position = h.position
		WHERE h.turn_id = ?2 AND u.track = g.track AND u.start_ms < g.end_ms AND u.end_ms > g.start_ms)`, of, id)
	return err
}

// afterWords has what was made of a conversation follow after words were taken out of it.
func (s *Store) afterWords(tx *Tx, id appliance.ConversationID) error {
	c, err := conversation(tx, id)
	if err != nil {
		return err
	}
	if err := s.resultsFollow(tx, c, true); err != nil {
		return err
	}
	return showAnew(tx, id)
}
