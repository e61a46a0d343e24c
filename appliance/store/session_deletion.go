package store

import (
	"context"

	"harmonium/appliance"
)

// deleteAtOnce is how many rows of a session one write deletes, beside what refers to them. It takes some 20 ms (each
// turn is taken out of the search index too); others write in between.
const deleteAtOnce = 200

// DeleteSession deletes a session for good: brief, guides, form, participants, conversations, turns, claims, reports,
// the search index over them, and whatever repeated requests would be recognised by. A job wipes what the files of
// the database still hold. Nothing of it can be brought back; the audit trail keeps the id.
//
// A large session is emptied in steps. It takes nobody any more from the first one on. Should the program be killed
// half-way, the session is left archived with what was not yet deleted, and deleting it again goes on.
func (s *Store) DeleteSession(ctx context.Context, by By, id appliance.SessionID) (d Deletion, err error) {
	err = s.erase(ctx, func(tx *Tx) error {
		d = Deletion{Sessions: 1}
		if _, err := session(tx, id); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE sessions SET status = 'archived' WHERE id = ?`, id); err != nil {
			return err
		}
		// Before anything of it goes: its conversations then need no tombstones of their own.
		_, err := tx.Exec(`INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('session', ?)`, id)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE conversations SET state = 'finished', ended = 'closed', owed = 0, finished_at = ?
			WHERE session_id = ? AND state = 'active'`, ms(s.clock()), id)
		if err != nil {
			return err
		}
		return tx.QueryRow(`SELECT (SELECT count(*) FROM conversations WHERE session_id = ?1),
				(SELECT count(*) FROM participants WHERE session_id = ?1),
				(SELECT count(*) FROM turns t JOIN conversations c ON c.id = t.conversation_id WHERE c.session_id = ?1)`, id).
			Scan(&d.Conversations, &d.Participants, &d.Turns)
	})
	if err != nil {
		return Deletion{}, err
	}
	// From here on nobody is asked whether to go on: half a deletion helps nobody.
	ctx = context.WithoutCancel(ctx)
	for left := true; left && err == nil; {
		err = s.erase(ctx, func(tx *Tx) error {
			left, err = deleteSome(tx, id)
			return err
		})
	}
	if err != nil {
		return Deletion{}, err
	}
	d.FinishedAt = s.clock()
	err = s.erase(ctx, func(tx *Tx) error {
		if _, err := session(tx, id); err != nil {
			return err // somebody else was faster
		}
		_, err := tx.Exec(`DELETE FROM requests WHERE actor = ? OR object_id = ?`, JoinActor(id), id)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM sessions WHERE id = ?`, id); err != nil {
			return err
		}
		tx.changesRights()
		if err := audit(ctx, tx, by.did(d.FinishedAt, "session.delete", string(id))); err != nil {
			return err
		}
		_, err = s.enqueue(tx, appliance.JobScrub, "", "", d.FinishedAt)
		return err
	})
	s.seats.forget(func(seat Seat) bool { return seat.SessionID == id })
	if err != nil {
		return Deletion{}, err
	}
	return d, nil
}

// deleteSome deletes a part of what belongs to a session, the smallest things first, and says whether any may be left.
// What refers to them goes by the foreign keys.
func deleteSome(tx *Tx, id appliance.SessionID) (left bool, err error) {
	for _, query := range []string{
		`DELETE FROM turns WHERE row IN (SELECT t.row FROM conversations c JOIN turns t ON t.conversation_id = c.id
			WHERE c.session_id = ? LIMIT ?)`,
		`DELETE FROM conversations WHERE id IN (SELECT id FROM conversations WHERE session_id = ? LIMIT ?)`,
		`DELETE FROM participants WHERE id IN (SELECT id FROM participants WHERE session_id = ? LIMIT ?)`,
	} {
		res, err := tx.Exec(query, id, deleteAtOnce)
		if err != nil {
			return false, err
		}
		if n, err := res.RowsAffected(); err != nil || n == deleteAtOnce {
			return true, err
		}
	}
	return false, nil
}
