package store

import (
	"context"

	"harmonium/appliance"
)

// PlanWindows puts the windows that a model is to read of a conversation in the place of those that it has, and gives
// them with what was read of them before: one of the same content, by the same maker, keeps its state and its points. It
// fails with CodeConflict when what may be done with the words has changed since they were read (changes, of the
// conversation).
func (s *Store) PlanWindows(ctx context.Context, id appliance.ConversationID, changes int, list []appliance.Window,
) ([]appliance.Window, error) {
	planned := make([]appliance.Window, len(list))
	err := s.write(ctx, func(tx *Tx) error {
		c, err := conversation(tx, id)
		if err != nil {
			return err
		}
		if c.Changes != changes {
			return &appliance.Error{Code: appliance.CodeConflict, Err: errMaterialChanged,
				Message: "What may be done with these words changed while they were being read. They are read again."}
		}
		have, err := windows(tx, id)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM windows WHERE conversation_id = ?`, id); err != nil {
			return err
		}
		for i, w := range list {
			w.State = appliance.WindowWaiting
			if h, ok := have[string(w.InputHash)]; ok && h.Maker == w.Maker {
				w.State, w.Points = h.State, h.Points
			}
			planned[i] = w
			if err := insertWindow(tx, id, i, w, ms(s.clock())); err != nil {
				return err
			}
		}
		return nil
	})
	return planned, err
}

func windows(tx *Tx, id appliance.ConversationID) (map[string]appliance.Window, error) {
	have := map[string]appliance.Window{}
	err := eachRow(tx, func(rows *Rows) error {
		var w appliance.Window
		err := rows.Scan(&w.InputHash, &w.State, &w.Points, &w.Maker.By, &w.Maker.ModelDigest, &w.Maker.PromptVersion)
		have[string(w.InputHash)] = w
		return err
	}, `SELECT input_hash, state, points, made_by, model_digest, prompt_version FROM windows WHERE conversation_id = ?`, id)
	return have, err
}

func insertWindow(tx *Tx, id appliance.ConversationID, position int, w appliance.Window, at int64) error {
	_, err := tx.Exec(`INSERT OR IGNORE INTO windows (conversation_id, input_hash, position, state, points, made_by, model_digest,
			prompt_version, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		id, w.InputHash, position, w.State, w.Points, w.Maker.By, w.Maker.ModelDigest, w.Maker.PromptVersion, at)
	return err
}

// SaveWindow notes what a model has read of a window that was planned. One that is not planned any more is left alone: what
// may be done with the words has changed, or they have gone.
func (s *Store) SaveWindow(ctx context.Context, id appliance.ConversationID, w appliance.Window) error {
	return s.write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`UPDATE windows SET state = ?, points = ? WHERE conversation_id = ? AND input_hash = ?
			AND made_by = ? AND model_digest = ? AND prompt_version = ?`,
			w.State, w.Points, id, w.InputHash, w.Maker.By, w.Maker.ModelDigest, w.Maker.PromptVersion)
		return err
	})
}

// forgetWindows takes away what was read of a conversation.
func forgetWindows(tx *Tx, id appliance.ConversationID) error {
	_, err := tx.Exec(`DELETE FROM windows WHERE conversation_id = ?`, id)
	return err
}

// readByRules gives who of a session has parts in their conversation of which the model made nothing of use, by
// their numbers: those that are included, the lowest first.
func readByRules(tx *Tx, session appliance.SessionID) (list []int, err error) {
	err = eachRow(tx, func(rows *Rows) error {
		var n int
		err := rows.Scan(&n)
		list = append(list, n)
		return err
	}, `SELECT coalesce(p.number, 0) AS n FROM conversations AS v JOIN digests AS d ON d.conversation_id = v.id
		LEFT JOIN participants AS p ON p.id = v.participant_id
		WHERE v.session_id = ? AND`+forResults+`AND v.turns > 0 AND d.by_rules > 0 AND p.number > 0 ORDER BY n`, session)
	return list, err
}
