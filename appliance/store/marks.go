package store

import (
	"context"

	"harmonium/appliance"
)

// Marks gives the marks of a recording in the order of their moments.
func (s *Store) Marks(ctx context.Context, id appliance.ConversationID) (list []appliance.Mark, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list = nil
		return eachRow(tx, func(rows *Rows) error {
			var m appliance.Mark
			err := rows.Scan(&m.ID, &m.Kind, &m.AtMS, &m.Text)
			list = append(list, m)
			return err
		}, `SELECT id, kind, at_ms, text FROM marks WHERE conversation_id = ? ORDER BY at_ms, id`, id)
	})
	return list, err
}

// AddMark adds a mark to a recording. It fails with CodeUnprocessable when there are MaxMarks.
func (s *Store) AddMark(ctx context.Context, by By, o Once, id appliance.ConversationID, m appliance.Mark) (appliance.MarkID, error) {
	m.ID = appliance.NewMarkID()
	err := s.write(ctx, func(tx *Tx) error {
		if _, err := recordingRow(tx, id); err != nil {
			return err
		}
		known, again, err := s.once(ctx, tx, o, string(m.ID))
		if m.ID = appliance.MarkID(known); again || err != nil {
			return err
		}
		var n int
		if err := tx.QueryRow(`SELECT count(*) FROM marks WHERE conversation_id = ?`, id).Scan(&n); err != nil {
			return err
		}
		if n >= appliance.MaxMarks {
			return appliance.Errorf(appliance.CodeUnprocessable, "A meeting has at most %d marks. This one was not stored; delete one first.", appliance.MaxMarks)
		}
		_, err = tx.Exec(`INSERT INTO marks (id, conversation_id, kind, at_ms, text, created_at) VALUES (?, ?, ?, ?, ?, ?)`,
			m.ID, id, m.Kind, m.AtMS, m.Text, ms(s.clock()))
		if err != nil {
			return err
		}
		return audit(ctx, tx, by.did(s.clock(), "meeting.mark.add", string(id)))
	})
	return m.ID, err
}

// DeleteMark deletes a mark of a recording for good. It fails with CodeConflict while a legal hold is on the meeting.
func (s *Store) DeleteMark(ctx context.Context, by By, id appliance.ConversationID, mark appliance.MarkID) error {
	return s.erase(ctx, func(tx *Tx) error {
		if err := s.refuseHeldConversation(tx, by, id); err != nil {
			return err
		}
		done, err := tx.Exec(`DELETE FROM marks WHERE conversation_id = ? AND id = ?`, id, mark)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			if err == nil {
				err = appliance.Errorf(appliance.CodeNotFound, "There is no such mark.")
			}
			return err
		}
		if _, err = s.enqueue(tx, appliance.JobScrub, "", "", s.clock()); err != nil {
			return err
		}
		return audit(ctx, tx, by.did(s.clock(), "meeting.mark.delete", string(id)))
	})
}
