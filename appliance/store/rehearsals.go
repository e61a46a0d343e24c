package store

import (
	"context"
	"errors"

	"harmonium/appliance"
)

// Rehearse begins a rehearsal of a session, in which the facilitator owes the opening. It may be a draft and may be
// closed, but not archived. More than MaxRehearsals are a conflict.
func (s *Store) Rehearse(ctx context.Context, by By, o Once, id appliance.SessionID, who appliance.Character,
	language appliance.Language, tokenHash []byte,
) (joined Joined, err error) {
	err = s.write(ctx, func(tx *Tx) error {
		if _, err := session(tx, id); err != nil {
			return err
		}
		new := appliance.NewParticipantID()
		made, again, err := s.once(ctx, tx, o, string(new))
		if err != nil {
			return err
		}
		if again {
			joined, err = s.seatAgain(tx, appliance.ParticipantID(made), tokenHash)
			return err
		}
		var there int
		if err := tx.QueryRow(`SELECT count(*) FROM participants WHERE session_id = ? AND rehearsal <> ''`, id).Scan(&there); err != nil {
			return err
		}
		if there >= appliance.MaxRehearsals {
			return appliance.Errorf(appliance.CodeConflict,
				"%d rehearsals are kept already. Nothing was begun; delete some of them first.", there)
		}
		joined, err = s.join(tx, Joining{TokenHash: tokenHash, Participant: appliance.Participant{ID: new,
			SessionID: id, Language: language, Origin: appliance.OriginLink, Rehearsal: who}})
		if err != nil {
			return err
		}
		if err := audit(ctx, tx, by.did(s.clock(), "session.rehearse", string(id))); err != nil {
			return err
		}
		if who != appliance.CharacterHost {
			_, err = s.enqueue(tx, appliance.JobRehearse, id, "", s.clock())
		}
		return err
	})
	return joined, err
}

// Rehearsals gives the rehearsals of a session, the newest first, those that were let in among them.
func (s *Store) Rehearsals(ctx context.Context, id appliance.SessionID) (list []ConversationListing, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		if _, err := session(tx, id); err != nil {
			return err
		}
		list, err = listings(tx, `c.session_id = ?1 AND p.rehearsal <> '' ORDER BY p.number`, id)
		return err
	})
	return list, err
}

// NextRehearsal gives a rehearsal of a session in which a simulated participant is to speak, the oldest first; false
// when there is none.
func (s *Store) NextRehearsal(ctx context.Context, id appliance.SessionID) (seat Seat, who appliance.Character, ok bool, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		ok, err = found(tx.QueryRow(`SELECT p.id, c.id, p.session_id, p.rehearsal FROM participants p
			JOIN conversations c ON c.participant_id = p.id
			WHERE p.session_id = ? AND p.rehearsal NOT IN ('', 'host') AND c.state = 'active' ORDER BY p.number DESC LIMIT 1`, id).
			Scan(&seat.ParticipantID, &seat.ConversationID, &seat.SessionID, &who))
		return err
	})
	return seat, who, ok && err == nil, err
}

// EndRehearsals ends the simulated rehearsals of a session that still go on, and says how many that were.
func (s *Store) EndRehearsals(ctx context.Context, id appliance.SessionID) (ended int, err error) {
	for {
		seat, _, ok, err := s.NextRehearsal(ctx, id)
		if err != nil || !ok {
			return ended, err
		}
		if _, err := s.FinishConversation(ctx, seat.ConversationID, appliance.EndedEarly); err != nil && !errors.Is(err, ErrEnded) {
			return ended, err
		}
		ended++
	}
}
