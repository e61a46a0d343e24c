package store

import (
	"context"
	"time"

	"harmonium/appliance"
)

const (
	// deleteFor is after how long one write that deletes makes room for those of others, with what it is at done.
	deleteFor = 4 * time.Millisecond

	// deleteAtOnce is how many rows of one table one statement deletes, beside what refers to them: a few milliseconds
	// at most, also where each is taken out of the search index.
	deleteAtOnce = 8
)

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
	if err := s.empty(ctx, string(id)); err != nil {
		return err
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

// within names the conversation with an id, or those of the session with it.
const within = ` IN (SELECT id FROM conversations WHERE session_id = ?1 UNION ALL SELECT ?1) `

// empty deletes what belongs to a session or a conversation, and the conversations of a session too, in steps.
func (s *Store) empty(ctx context.Context, id string) error {
	return s.eraseInSteps(ctx, func(tx *Tx, spent func() bool) (left bool, err error) {
		for _, query := range []string{ // the smallest things first; what refers to them goes by the foreign keys
			`DELETE FROM claims WHERE id IN (SELECT id FROM claims WHERE conversation_id` + within + `LIMIT ?2)`,
			`DELETE FROM insights WHERE id IN (SELECT id FROM insights WHERE conversation_id` + within + `LIMIT ?2)`,
			`DELETE FROM vectors WHERE (conversation_id, model_digest, first_seq) IN (SELECT conversation_id, model_digest, first_seq FROM vectors
				WHERE conversation_id` + within + `LIMIT ?2)`,
			`DELETE FROM windows WHERE (conversation_id, input_hash) IN (SELECT conversation_id, input_hash FROM windows
				WHERE conversation_id` + within + `LIMIT ?2)`,
			`DELETE FROM turns WHERE row IN (SELECT row FROM turns WHERE conversation_id` + within + `LIMIT ?2)`,
			`DELETE FROM segments WHERE (conversation_id, version, track, position) IN (SELECT conversation_id, version, track, position FROM segments
				WHERE conversation_id` + within + `LIMIT ?2)`,
			`DELETE FROM pieces WHERE (conversation_id, track, take, seq) IN (SELECT conversation_id, track, take, seq FROM pieces
				WHERE conversation_id` + within + `LIMIT ?2)`,
			`DELETE FROM events WHERE seq IN (SELECT seq FROM events WHERE session_id = ?1 LIMIT ?2)`,
			`DELETE FROM conversations WHERE id IN (SELECT id FROM conversations WHERE session_id = ?1 LIMIT ?2)`,
			`DELETE FROM participants WHERE id IN (SELECT id FROM participants WHERE session_id = ?1 LIMIT ?2)`,
			`DELETE FROM invitations WHERE id IN (SELECT id FROM invitations WHERE session_id = ?1 LIMIT ?2)`,
		} {
			if left, err := deleteUntil(tx, spent, query, id, deleteAtOnce); left || err != nil {
				return left, err
			}
		}
		return false, nil
	})
}

// eraseInSteps runs step in one write after the other while it says that something is left. It is to end a step when spent says
// so: by the time that it takes and not by a number of rows, since machines and rows differ, and nobody who writes meanwhile is
// to wait long.
func (s *Store) eraseInSteps(ctx context.Context, step func(tx *Tx, spent func() bool) (left bool, err error)) error {
	for left := true; left; {
		err := s.erase(ctx, func(tx *Tx) (err error) {
			timer := time.NewTimer(deleteFor)
			defer timer.Stop()
			left, err = step(tx, func() bool {
				select {
				case <-timer.C:
					return true
				default:
					return false
				}
			})
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// deleteUntil runs a statement, whose last argument is how many rows it deletes or changes at most, until it finds fewer, or until
// the time is spent; then some may be left. It gets further however little time there is.
func deleteUntil(tx *Tx, spent func() bool, query string, args ...any) (left bool, err error) {
	most := args[len(args)-1].(int)
	for {
		res, err := tx.Exec(query, args...)
		if err != nil {
			return false, err
		}
		if n, err := res.RowsAffected(); err != nil || n < int64(most) {
			return false, err
		}
		if spent() {
			return true, nil
		}
	}
}
