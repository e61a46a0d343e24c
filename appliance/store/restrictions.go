package store

import (
	"context"
	"time"

	"harmonium/appliance"
)

// maxSignals is how many candidates one conversation gets from what is said in it: more say nothing new.
const maxSignals = 20

// signalledBy is the actor of candidates that were found in the words.
const signalledBy = "rules"

// Restrictions gives for what a meeting must not be used, and how that came about. CodeNotFound when there is no such meeting.
func (s *Store) Restrictions(ctx context.Context, id appliance.ConversationID) (state appliance.RestrictionState, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		state, err = restrictionsOf(tx, id)
		return err
	})
	return state, err
}

// Restrict changes for what a meeting must not be used, and has results made anew that this changes. What it forbids is out of
// everything that is read from the moment in which Restrict returns. CodeNotFound when there is no such meeting or candidate, and
// CodeConflict when somebody has decided on the candidate already, and CodeForbidden when a
// program would lift what keeps it out.
func (s *Store) Restrict(ctx context.Context, by By, id appliance.ConversationID, c appliance.RestrictionChange, once Once,
) (state appliance.RestrictionState, err error) {
	now := s.clock()
	err = s.write(ctx, func(tx *Tx) error {
		if state, err = restrictionsOf(tx, id); err != nil {
			return err
		}
		if _, again, err := s.once(ctx, tx, once, string(id)); again || err != nil {
			return err
		}
		e, err := eventOf(state, c)
		if err != nil {
			return err
		}
		if c.Program && lifts(state, e, appliance.NoExport) {
			return appliance.Errorf(appliance.CodeForbidden, "This keeps programs out of the meeting, so no program may lift it. "+
				"Nothing was changed; a person can do so on the page of the meeting.")
		}
		e.Actor = by.Actor
		if err := addRestriction(tx, id, len(state.History)+1, e, now); err != nil {
			return err
		}
		if state, err = s.applyRestrictions(tx, id, now); err != nil {
			return err
		}
		return audit(ctx, tx, by.did(now, "meeting.restrict", string(id)))
	})
	return state, err
}

// eventOf makes the event of a change.
func eventOf(state appliance.RestrictionState, c appliance.RestrictionChange) (e appliance.RestrictionEvent, err error) {
	e.Reason = c.Reason
	if c.Set != nil {
		e.Kind, e.Forbids = appliance.RestrictionSet, *c.Set
		return e, nil
	}
	e.Kind, e.Candidate = appliance.RestrictionDismiss, c.Candidate
	if c.Confirm {
		e.Kind = appliance.RestrictionConfirm
	}
	for _, p := range state.Pending {
		if p.ID == c.Candidate {
			e.Forbids = p.Forbids
			return e, nil
		}
	}
	for _, h := range state.History {
		if h.ID == c.Candidate && h.Kind == appliance.RestrictionCandidate {
			return e, appliance.Errorf(appliance.CodeConflict, "Somebody has decided on this already. Nothing was changed; set the restrictions anew to change them.")
		}
	}
	return e, appliance.Errorf(appliance.CodeNotFound, "There is no such candidate in this meeting. Nothing was changed.")
}

// lifts says whether an event takes something away from what was set or signalled.
func lifts(state appliance.RestrictionState, e appliance.RestrictionEvent, what appliance.Restrictions) bool {
	switch e.Kind {
	case appliance.RestrictionSet:
		return state.Set.Forbid(what) && !e.Forbids.Forbid(what)
	case appliance.RestrictionDismiss:
		return e.Forbids.Forbid(what)
	}
	return false
}

func addRestriction(tx *Tx, id appliance.ConversationID, number int, e appliance.RestrictionEvent, now time.Time) error {
	_, err := tx.Exec(`INSERT INTO restriction_events (id, number, conversation_id, kind, scopes, reason, candidate, turn_id, actor, at)
		VALUES (?, ?, ?, ?, ?, ?, nullif(?, ''), ?, ?, ?)`,
		appliance.NewRestrictionID(), number, id, e.Kind, asJSON(e.Forbids.Scopes()), e.Reason, e.Candidate, e.Turn, e.Actor, ms(now))
	return err
}

// restrictionsOf reads the history of a meeting.
func restrictionsOf(tx *Tx, id appliance.ConversationID) (state appliance.RestrictionState, err error) {
	var there bool
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM conversations WHERE id = ? AND source <> 'interview')`, id).Scan(&there)
	if err != nil || !there {
		return state, notThere(err, "meeting")
	}
	var history []appliance.RestrictionEvent
	err = eachRow(tx, func(rows *Rows) error {
		var e appliance.RestrictionEvent
		var names []string
		err := rows.Scan(&e.ID, &e.Kind, toJSON(&names), &e.Reason, &e.Candidate, &e.Turn, &e.Seq, &e.Actor, &e.ActorName, toTime(&e.At))
		e.Forbids, _ = appliance.RestrictionsOf(names) // only names that are known are ever written
		history = append(history, e)
		return err
	}, `SELECT e.id, e.kind, e.scopes, e.reason, coalesce(e.candidate, ''), e.turn_id,
			coalesce((SELECT t.seq FROM turns AS t WHERE t.id = e.turn_id AND t.conversation_id = e.conversation_id), -1), e.actor,
			coalesce((SELECT a.name FROM accounts AS a WHERE a.id = e.actor
				OR a.id = (SELECT k.account_id FROM api_keys AS k WHERE k.id = e.actor)), ''), e.at
		FROM restriction_events AS e WHERE e.conversation_id = ? ORDER BY e.number`, id)
	return appliance.StateOf(history), err
}

// noteMeeting notes what is said in the transcript of a meeting, which is whole, about its own use. It does nothing for an
// interview.
func (s *Store) noteMeeting(tx *Tx, id appliance.ConversationID, now time.Time) error {
	var meeting bool
	err := tx.QueryRow(`SELECT source <> 'interview' FROM conversations WHERE id = ?`, id).Scan(&meeting)
	if err != nil || !meeting {
		return err
	}
	return s.noteSignals(tx, id, now)
}

// meetingReady tells that a meeting is ready, once for each of its transcripts that comes into use: its words are there, and what
// rules draw from them is drawn, or nothing can be. It does nothing for an interview.
func (s *Store) meetingReady(tx *Tx, session appliance.SessionID, id appliance.ConversationID, now time.Time) error {
	var ready bool
	err := tx.QueryRow(`SELECT v.source <> 'interview' AND (r.conversation_id IS NULL OR r.version > 0)
			AND NOT EXISTS (SELECT 1 FROM events AS e WHERE e.conversation_id = v.id AND e.type = ?2 AND e.at >= coalesce(w.completed_at, 0))
		FROM conversations AS v LEFT JOIN recordings AS r ON r.conversation_id = v.id
		LEFT JOIN transcripts AS w ON w.conversation_id = v.id AND w.version = r.version
		WHERE v.id = ?1`, id, appliance.EventMeetingReady).Scan(&ready)
	if err != nil || !ready {
		return err
	}
	return s.addEvent(tx, appliance.EventMeetingReady, session, id, now)
}

// noteSignals notes as candidates where in a meeting somebody asks that something be not used, and restricts it until somebody
// decides. A transcript that is made anew gives no candidate again for what was decided on: of each saying only what is said more
// often than was noted counts.
func (s *Store) noteSignals(tx *Tx, id appliance.ConversationID, now time.Time) error {
	state, err := restrictionsOf(tx, id)
	if err != nil {
		return err
	}
	noted := map[string]int{}
	number := len(state.History)
	for _, e := range state.History {
		if e.Kind == appliance.RestrictionCandidate {
			noted[e.Reason]++
		}
	}
	found := 0
	list, err := turns(tx, ForReaders, `conversation_id = ?`, id)
	if err != nil {
		return err
	}
	for _, t := range list {
		signal, ok := appliance.SignalIn(t.Content)
		if !ok || found == maxSignals {
			continue
		}
		if noted[signal.Saying]--; noted[signal.Saying] >= 0 {
			continue
		}
		found++
		e := appliance.RestrictionEvent{Kind: appliance.RestrictionCandidate, Forbids: signal.Forbids, Reason: signal.Saying, Turn: t.ID, Actor: signalledBy}
		if err := addRestriction(tx, id, number+found, e, now); err != nil {
			return err
		}
	}
	if found == 0 {
		return nil
	}
	_, err = s.applyRestrictions(tx, id, now)
	return err
}

// applyRestrictions brings a meeting, and what was made of it, up to its events.
func (s *Store) applyRestrictions(tx *Tx, id appliance.ConversationID, now time.Time) (appliance.RestrictionState, error) {
	state, err := restrictionsOf(tx, id)
	if err != nil {
		return state, err
	}
	c, err := conversation(tx, id)
	if err != nil || c.Restricted == state.Effective() {
		return state, err
	}
	before, after := c.Restricted, state.Effective()
	if _, err := tx.Exec(`UPDATE conversations SET restricted = ? WHERE id = ?`, after, id); err != nil {
		return state, err
	}
	if after.Forbid(appliance.NoProcessing) {
		if _, err := tx.Exec(`DELETE FROM vectors WHERE conversation_id = ?`, id); err != nil {
			return state, err
		}
	}
	if after.Forbid(appliance.NoSharing) {
		if _, err := tx.Exec(`DELETE FROM deliveries WHERE conversation_id = ? AND state = 'waiting'`, id); err != nil {
			return state, err
		}
	}
	if err := unshareReport(tx, c.SessionID); err != nil {
		return state, err
	}
	if before.Forbid(appliance.NoSynthesis) == after.Forbid(appliance.NoSynthesis) || !c.Included {
		return state, nil
	}
	if after.Forbid(appliance.NoSynthesis) {
		if err := forgetWordings(tx, c.SessionID); err != nil {
			return state, err
		}
	}
	return state, s.readAnew(tx, c, after, now)
}

// readAnew has the results of a session made anew that a meeting has come into, or has gone out of.
func (s *Store) readAnew(tx *Tx, c appliance.Conversation, forbidden appliance.Restrictions, now time.Time) error {
	if !forbidden.Forbid(appliance.NoSynthesis) && c.Turns > 0 {
		if _, err := s.enqueue(tx, appliance.JobDigest, c.SessionID, c.ID, now); err != nil {
			return err
		}
		if err := s.askInsights(tx, c.SessionID, c.ID, now); err != nil {
			return err
		}
	}
	_, err := s.enqueue(tx, appliance.JobReport, c.SessionID, "", now)
	return err
}
