package store

import (
	"context"
	"time"

	"harmonium/appliance"
)

// deleteAtOnce is how many rows of one table one write deletes, beside what refers to them, so that nobody who writes
// meanwhile waits longer than some 20 ms (each turn is taken out of the search index too).
const deleteAtOnce = 100

// DeleteSession deletes a session for good: brief, guides, form, participants, conversations, turns, claims, reports,
// the search index over them, and whatever repeated requests would be recognised by. A job wipes what the files of
// the database still hold. Nothing of it can be brought back; the audit trail and a receipt keep the id. It fails with
// CodeConflict where a legal hold is on the session or on anything in it.
//
// It is gone for everybody from the first step on; see BeginErasure.
func (s *Store) DeleteSession(ctx context.Context, by By, id appliance.SessionID) (Deletion, error) {
	kind := appliance.EraseSession
	if by == ByRestore {
		kind = appliance.EraseAgain
	}
	r, err := s.BeginErasure(ctx, by, kind, []appliance.Erased{{Kind: "session", ID: string(id)}})
	if err != nil {
		return Deletion{}, err
	}
	if err := s.FinishErasure(ctx, r.ID); err != nil {
		return Deletion{}, err
	}
	return DeletionOf(r, s.clock()), nil
}

// DeletionOf gives the numbers of a receipt.
func DeletionOf(r appliance.Receipt, at time.Time) Deletion {
	return Deletion{Sessions: r.Counts.Sessions, Conversations: r.Counts.Conversations, Turns: r.Counts.Turns,
		Participants: r.Counts.Participants, FinishedAt: at, Receipt: r.ID}
}

// hideSession is the first step of the deletion of a session: nobody sees it any more, and nothing is added to it.
func (s *Store) hideSession(tx *Tx, id appliance.SessionID) error {
	done, err := tx.Exec(`UPDATE sessions SET status = 'archived', erasing = 1 WHERE id = ?`, id)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return err
	}
	tx.changesRights()
	// Before anything of it goes: its conversations then need no tombstones of their own.
	_, err = tx.Exec(`INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('session', ?)`, id)
	return err
}

// emptySession deletes a session that is hidden, in steps.
func (s *Store) emptySession(ctx context.Context, by By, id appliance.SessionID) error {
	for left := true; left; {
		err := s.erase(ctx, func(tx *Tx) (err error) {
			left, err = deleteSome(tx, id)
			return err
		})
		if err != nil {
			return err
		}
	}
	return s.erase(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`DELETE FROM requests WHERE actor = ? OR object_id = ?`, JoinActor(id), id)
		if err != nil {
			return err
		}
		done, err := tx.Exec(`DELETE FROM sessions WHERE id = ?`, id)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err // somebody else was faster
		}
		tx.changesRights()
		return audit(ctx, tx, by.did(s.clock(), "session.delete", string(id)))
	})
}

// deleteSome deletes a part of what belongs to a session, the smallest things first, and says whether any may be left.
// What refers to them goes by the foreign keys.
func deleteSome(tx *Tx, id appliance.SessionID) (left bool, err error) {
	for _, query := range []string{
		`DELETE FROM claims WHERE id IN (SELECT id FROM claims WHERE session_id = ? LIMIT ?)`,
		`DELETE FROM insights WHERE id IN (SELECT i.id FROM conversations AS c JOIN insights AS i ON i.conversation_id = c.id
			WHERE c.session_id = ? LIMIT ?)`,
		`DELETE FROM turns WHERE row IN (SELECT t.row FROM conversations c JOIN turns t ON t.conversation_id = c.id
			WHERE c.session_id = ? LIMIT ?)`,
		`DELETE FROM pieces WHERE (conversation_id, track, take, seq) IN (SELECT p.conversation_id, p.track, p.take, p.seq
			FROM conversations AS c JOIN pieces AS p ON p.conversation_id = c.id WHERE c.session_id = ? LIMIT ?)`,
		`DELETE FROM events WHERE seq IN (SELECT seq FROM events WHERE session_id = ? LIMIT ?)`,
		`DELETE FROM conversations WHERE id IN (SELECT id FROM conversations WHERE session_id = ? LIMIT ?)`,
		`DELETE FROM participants WHERE id IN (SELECT id FROM participants WHERE session_id = ? LIMIT ?)`,
		`DELETE FROM invitations WHERE id IN (SELECT id FROM invitations WHERE session_id = ? LIMIT ?)`,
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
