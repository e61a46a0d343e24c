package store

import (
	"context"
	"errors"
	"fmt"

	"harmonium/appliance"
)

// What a restore does to what was decided after the backup was made and keeps, or keeps back, something that is there: legal
// holds, wishes of participants that a hold delays, and restrictions of meetings. A backup that is older does not know of
// them: without their tombstones it would delete what is held, and show what was taken back or said off the record.

// holdFormat is the object of the tombstone of a hold that was placed: its id, kind, what it is on ("-" for the box), until when in
// ms (0: until it is lifted), and when and by whom it was placed. Its reason, which may name people, is in none.
const holdFormat = "%s %s %s %d %d %s"

// heldBefore is the reason of a hold that a restore has placed anew.
const heldBefore = "Placed after the backup that was restored; its reason was not in it."

// decideAgain repeats a decision of a kind that is above.
func (s *Store) decideAgain(ctx context.Context, t Tombstone) error {
	return s.erase(ctx, func(tx *Tx) error {
		var known bool
		err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM tombstones WHERE kind = ? AND object = ?)`, t.Kind, t.Object).Scan(&known)
		if err != nil || known {
			return err
		}
		at := t.At
		if at.IsZero() {
			at = s.clock()
		}
		switch t.Kind {
		case "hold":
			err = s.holdAgain(tx, t.Object)
		case "hold_off":
			err = s.liftHold(tx, ByRestore, appliance.HoldID(t.Object), at)
		case "withdrawal":
			err = s.askWithdrawal(tx, ByRestore, appliance.ConversationID(t.Object), at)
		case "restriction":
			err = s.restrictAgain(tx, t.Object)
		}
		if appliance.CodeOf(err) == appliance.CodeNotFound {
			return nil
		}
		return err
	})
}

func (s *Store) holdAgain(tx *Tx, object string) error {
	var h appliance.Hold
	var until, at int64
	if _, err := fmt.Sscanf(object, holdFormat, &h.ID, &h.Kind, &h.Object, &until, &at, &h.PlacedBy); err != nil {
		return nil // of a newer version
	}
	if h.Object == "-" {
		h.Object = ""
	}
	_, err := tx.Exec(`INSERT OR IGNORE INTO holds (id, kind, object, reason, placed_by, placed_at, until) VALUES (?, ?, ?, ?, ?, ?, nullif(?, 0))`,
		h.ID, h.Kind, h.Object, heldBefore, h.PlacedBy, at, until)
	return errors.Join(err, audit(tx.ctx, tx, ByRestore.did(s.clock(), "hold.place", string(h.ID))))
}

// restrictAgain sets what a meeting was restricted to by the event of a number, unless its history goes as far.
func (s *Store) restrictAgain(tx *Tx, object string) error {
	var id appliance.ConversationID
	var number int
	var forbids appliance.Restrictions
	if _, err := fmt.Sscanf(object, "%s %d %d", &id, &number, &forbids); err != nil || forbids > appliance.NoUse {
		return nil // of a newer version
	}
	state, err := restrictionsOf(tx, id)
	if err != nil || number <= len(state.History) || state.Effective() == forbids {
		return err
	}
	now := s.clock()
	for _, p := range state.Pending { // decided on since, or part of what was in force
		e := appliance.RestrictionEvent{Kind: appliance.RestrictionDismiss, Candidate: p.ID, Forbids: p.Forbids, Actor: ByRestore.Actor}
		if forbids.Forbid(p.Forbids) {
			continue
		}
		state.History = append(state.History, e)
		if err := addRestriction(tx, id, len(state.History), e, now); err != nil {
			return err
		}
	}
	// No more events than there were: the numbers of later decisions are compared with how many there are.
	if left := appliance.StateOf(state.History); left.Effective() != forbids {
		e := appliance.RestrictionEvent{Kind: appliance.RestrictionSet, Forbids: forbids &^ left.Candidates(), Actor: ByRestore.Actor}
		if err := addRestriction(tx, id, len(state.History)+1, e, now); err != nil {
			return err
		}
	}
	_, err = s.applyRestrictions(tx, id, now)
	return errors.Join(err, audit(tx.ctx, tx, ByRestore.did(now, "meeting.restrict", string(id))))
}
