package store

import (
	"context"
	"errors"
	"time"

	"harmonium/appliance"
)

// heldBox, heldSession and heldConversation are the conditions that a legal hold is in force on the box, on a session (s) or
// anything in it, or on a conversation (c, of a session s). The time is ?1; where that is taken, begin with heldAt2.
const (
	heldNow          = `EXISTS (SELECT 1 FROM holds AS h WHERE h.lifted_at IS NULL AND (h.until IS NULL OR h.until > ?1) AND (h.kind = 'box'`
	heldAt2          = `EXISTS (SELECT 1 FROM holds AS h WHERE h.lifted_at IS NULL AND (h.until IS NULL OR h.until > ?2) AND (h.kind = 'box'`
	heldBox          = heldNow + `))`
	inSession        = ` OR h.object = s.id OR h.object = s.project_id OR h.object IN (SELECT hc.id FROM conversations AS hc WHERE hc.session_id = s.id)))`
	ofConversation   = ` OR h.object = c.id OR h.object = s.id OR h.object = s.project_id))`
	heldSession      = heldNow + inSession
	heldConversation = heldNow + ofConversation
)

// refuseHeld fails with CodeConflict when what a condition of above is asked of is held.
func (s *Store) refuseHeld(tx *Tx, by By, query string, args ...any) error {
	if by == ByRestore {
		return nil // it was deleted when nothing held it
	}
	var held bool
	if ok, err := found(tx.QueryRow(query, append([]any{ms(s.clock())}, args...)...).Scan(&held)); err != nil || !ok || !held {
		return err
	}
	return appliance.Errorf(appliance.CodeConflict, "A legal hold is on this: it has to be kept, and nothing was deleted. "+
		"The page Retention says why and until when; an administrator can lift the hold there.")
}

// refuseHeldBox is for what belongs to no session: only a hold on everything is on it.
func (s *Store) refuseHeldBox(tx *Tx, by By) error { return s.refuseHeld(tx, by, `SELECT `+heldBox) }

func (s *Store) refuseHeldProject(tx *Tx, by By, id appliance.ProjectID) error {
	return s.refuseHeld(tx, by, `SELECT `+heldNow+` OR h.object = ?2))`, id)
}

func (s *Store) refuseHeldSession(tx *Tx, by By, id appliance.SessionID) error {
	return s.refuseHeld(tx, by, `SELECT `+heldSession+` FROM sessions AS s WHERE s.id = ?2`, id)
}

func (s *Store) refuseHeldConversation(tx *Tx, by By, id appliance.ConversationID) error {
	return s.refuseHeld(tx, by, `SELECT `+heldConversation+` FROM conversations AS c JOIN sessions AS s ON s.id = c.session_id WHERE c.id = ?2`, id)
}

// Held says whether a legal hold is on a conversation now.
func (s *Store) Held(ctx context.Context, id appliance.ConversationID) (held bool, err error) {
	err = s.lookUp(ctx, `SELECT `+heldConversation+` FROM conversations AS c JOIN sessions AS s ON s.id = c.session_id WHERE c.id = ?2`,
		[]any{ms(s.clock()), id}, []any{&held})
	return held, notFound(err, "conversation")
}

// BoxHeld says whether a legal hold is on everything now.
func (s *Store) BoxHeld(ctx context.Context) (held bool, err error) {
	err = s.lookUp(ctx, `SELECT `+heldBox, []any{ms(s.clock())}, []any{&held})
	return held, err
}

// HoldListing is a hold with the name of what it is on: a title, or the topic of a session.
type HoldListing struct {
	appliance.Hold
	Name    string
	Session appliance.SessionID // of a conversation
}

// Holds gives all holds, those in force and of those that are over the last hundred, the newest first.
func (s *Store) Holds(ctx context.Context) (list []HoldListing, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list = nil
		return eachRow(tx, func(rows *Rows) error {
			var h HoldListing
			err := rows.Scan(&h.ID, &h.Kind, &h.Object, &h.Reason, &h.PlacedBy, toTime(&h.PlacedAt), toTime(&h.Until), &h.LiftedBy,
				toTime(&h.LiftedAt), &h.Name, &h.Session)
			if err != nil {
				return err
			}
			list = append(list, h)
			return nil
		}, `SELECT h.id, h.kind, h.object, h.reason, h.placed_by, h.placed_at, h.until, coalesce(h.lifted_by, ''), h.lifted_at,
				coalesce(p.title, s.topic, cs.topic, ''), coalesce(cs.id, '')
			FROM holds AS h LEFT JOIN projects AS p ON p.id = h.object LEFT JOIN sessions AS s ON s.id = h.object
			LEFT JOIN conversations AS c ON c.id = h.object LEFT JOIN sessions AS cs ON cs.id = c.session_id
			ORDER BY h.lifted_at IS NOT NULL, h.placed_at DESC, h.id LIMIT 500`)
	})
	return list, err
}

// PlaceHold places a hold on what it names, which must be there.
func (s *Store) PlaceHold(ctx context.Context, by By, o Once, h appliance.Hold) (appliance.Hold, error) {
	h.ID, h.PlacedBy, h.PlacedAt, h.LiftedBy = appliance.NewHoldID(), by.Actor, s.clock(), ""
	if err := h.Validate(h.PlacedAt); err != nil {
		return h, err
	}
	err := s.write(ctx, func(tx *Tx) error {
		id, repeated, err := s.once(ctx, tx, o, string(h.ID))
		if err != nil || repeated {
			h.ID = appliance.HoldID(id)
			return err
		}
		there := h.Kind == appliance.HoldBox && h.Object == ""
		if !there {
			err := tx.QueryRow(`SELECT CASE ?1 WHEN 'project' THEN EXISTS (SELECT 1 FROM projects WHERE id = ?2)
				WHEN 'session' THEN EXISTS (SELECT 1 FROM sessions WHERE id = ?2 AND erasing = 0)
				WHEN 'conversation' THEN EXISTS (SELECT 1 FROM conversations WHERE id = ?2) ELSE 0 END`, h.Kind, h.Object).Scan(&there)
			if err != nil {
				return err
			}
		}
		if !there {
			return appliance.Errorf(appliance.CodeNotFound, "There is no such thing to hold. Nothing was changed.")
		}
		_, err = tx.Exec(`INSERT INTO holds (id, kind, object, reason, placed_by, placed_at, until) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			h.ID, h.Kind, h.Object, h.Reason, h.PlacedBy, ms(h.PlacedAt), msOrNull(h.Until))
		if err != nil {
			return err
		}
		return audit(ctx, tx, by.did(h.PlacedAt, "hold.place", string(h.ID)))
	})
	return h, err
}

// LiftHold ends a hold. What its participants had taken back meanwhile is erased by the next run of retention.
func (s *Store) LiftHold(ctx context.Context, by By, id appliance.HoldID) error {
	return s.write(ctx, func(tx *Tx) error { return s.liftHold(tx, by, id, s.clock()) })
}

func (s *Store) liftHold(tx *Tx, by By, id appliance.HoldID, at time.Time) error {
	done, err := tx.Exec(`UPDATE holds SET lifted_by = ?, lifted_at = ? WHERE id = ? AND lifted_at IS NULL`, by.Actor, ms(at), id)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, appliance.Errorf(appliance.CodeNotFound, "There is no such hold, or it was lifted already. Nothing was changed."))
	}
	return audit(tx.ctx, tx, by.did(s.clock(), "hold.lift", string(id)))
}

// Withdrawal is the wish of a participant to have a conversation erased that is under a legal hold.
type Withdrawal struct {
	ConversationID appliance.ConversationID
	SessionID      appliance.SessionID
	Topic          string // of the session
	Number         int    // of the participant
	AskedAt        time.Time
	Held           bool // still
}

// AskWithdrawal notes that a participant takes a held conversation back. It is finished, it counts nowhere from now on, and
// only an administrator still sees it. It is erased when an administrator decides so, or when the hold ends.
func (s *Store) AskWithdrawal(ctx context.Context, id appliance.ConversationID) error {
	return s.write(ctx, func(tx *Tx) error { return s.askWithdrawal(tx, ErasedByParticipant, id, s.clock()) })
}

func (s *Store) askWithdrawal(tx *Tx, by By, id appliance.ConversationID, at time.Time) error {
	c, err := conversation(tx, id)
	if err != nil {
		return err
	}
	anonymous, err := isAnonymous(tx, c.SessionID)
	if err != nil {
		return err
	}
	if anonymous { // who was seen to do it at that time would be known
		at = at.UTC().Truncate(24 * time.Hour)
	}
	if _, err := tx.Exec(`INSERT OR IGNORE INTO withdrawals (conversation_id, asked_at) VALUES (?, ?)`, id, ms(at)); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE conversations SET included = 0, owed = 0, state = 'finished', ended = iif(state = 'active', 'early', ended),
		finished_at = coalesce(finished_at, ?) WHERE id = ?`, ms(at), id)
	if err != nil {
		return err
	}
	tx.changesRights()
	if err := forgetResults(tx, c.SessionID); err != nil {
		return err
	}
	now := s.clock()
	if err := auditParticipant(tx, by, "withdrawal.ask", c, now); err != nil {
		return err
	}
	_, err = s.enqueue(tx, appliance.JobReport, c.SessionID, "", now)
	return err
}

// TakenBack says whether its participant has taken a conversation back that a legal hold keeps.
func (s *Store) TakenBack(ctx context.Context, id appliance.ConversationID) (is bool, err error) {
	err = s.lookUp(ctx, `SELECT EXISTS (SELECT 1 FROM withdrawals WHERE conversation_id = ?)`, []any{id}, []any{&is})
	return is, err
}

// Withdrawals gives the conversations that participants have taken back and that are still there, the oldest wish first.
func (s *Store) Withdrawals(ctx context.Context) (list []Withdrawal, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list = nil
		return eachRow(tx, func(rows *Rows) error {
			var w Withdrawal
			if err := rows.Scan(&w.ConversationID, &w.SessionID, &w.Topic, &w.Number, toTime(&w.AskedAt), &w.Held); err != nil {
				return err
			}
			list = append(list, w)
			return nil
		}, `SELECT c.id, c.session_id, s.topic, coalesce(p.number, 0), w.asked_at, `+heldConversation+`
			FROM withdrawals AS w JOIN conversations AS c ON c.id = w.conversation_id JOIN sessions AS s ON s.id = c.session_id
			LEFT JOIN participants AS p ON p.id = c.participant_id ORDER BY w.asked_at, c.id`, ms(s.clock()))
	})
	return list, err
}

// EraseWithdrawn erases a conversation that its participant has taken back, also under a hold: an administrator has
// decided it, or the hold is over.
func (s *Store) EraseWithdrawn(ctx context.Context, by By, id appliance.ConversationID) (d Deletion, err error) {
	asked, err := s.TakenBack(ctx, id)
	if err != nil {
		return d, err
	}
	if !asked {
		return d, appliance.Errorf(appliance.CodeNotFound, "Its participant has not taken this back, or it is erased already. Nothing was changed.")
	}
	return s.eraseConversation(ctx, by, id, appliance.EraseWithdrawal, true)
}
