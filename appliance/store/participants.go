package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"harmonium/appliance"
)

// Joining is somebody who wants to take part in a session.
type Joining struct {
	// Participant says who it is. ID, Number and CreatedAt are given by Join; the name and e-mail address of
	// somebody who joins an anonymous session are not kept.
	Participant appliance.Participant
	// TokenHash is the hash of the token that will be theirs; nil for one who speaks through an API client.
	TokenHash []byte
	// By is what lets in somebody who comes by the link.
	By Admission
	// Silent is for somebody whose words are only collected: the facilitator does not speak.
	Silent bool
	// Once recognises a repetition. Its answer never arrived, so the same participant gets the new token.
	Once Once
}

// Joined is what Join made.
type Joined struct {
	Seat
	Number int
}

// Join takes a participant into a session and begins the conversation, in which the facilitator owes the opening. The
// session must be open, else it fails with CodeConflict; somebody with the same ExternalID in the session is a
// CodeConflict too.
func (s *Store) Join(ctx context.Context, j Joining) (joined Joined, err error) {
	j.Participant.ID = appliance.NewParticipantID()
	err = s.write(ctx, func(tx *Tx) error {
		id, again, err := s.once(ctx, tx, j.Once, string(j.Participant.ID))
		switch {
		case err != nil:
			return err
		case again:
			joined, err = s.seatAgain(tx, appliance.ParticipantID(id), j.TokenHash)
			return err
		}
		joined, err = s.join(tx, j)
		return err
	})
	return joined, err
}

// seatAgain gives an existing participant a new token in place of the old one.
func (s *Store) seatAgain(tx *Tx, id appliance.ParticipantID, tokenHash []byte) (j Joined, err error) {
	err = tx.QueryRow(`SELECT p.id, c.id, p.session_id, p.number FROM participants p
		JOIN conversations c ON c.participant_id = p.id WHERE p.id = ?`, id).
		Scan(&j.ParticipantID, &j.ConversationID, &j.SessionID, &j.Number)
	if err != nil {
		return j, notFound(err, "conversation")
	}
	_, err = tx.Exec(`UPDATE participants SET token_hash = ? WHERE id = ?`, tokenHash, id)
	s.seats.forget(func(seat Seat) bool { return seat.ParticipantID == id })
	return j, err
}

func (s *Store) join(tx *Tx, j Joining) (Joined, error) {
	p := j.Participant
	now := s.clock()
	var language appliance.Language
	var version int
	var door doorOf
	var use appliance.Use
	// Whether the session is open, its settings and the next number in one statement. Numbers of erased participants
	// are not given again: "Participant 3" stays one person.
	query := `UPDATE sessions SET joined = joined + 1 WHERE id = ? AND status = 'open'
		RETURNING joined, language, guide_version, anonymous, default_use, who_may_join, join_code`
	if p.Rehearsal != "" {
		query = `UPDATE sessions SET rehearsed = rehearsed + 1 WHERE id = ? AND status <> 'archived'
			RETURNING -rehearsed, language, guide_version, anonymous, default_use, who_may_join, join_code`
	}
	err := tx.QueryRow(query, p.SessionID).Scan(&p.Number, &language, &version, &door.anonymous, &use, &door.access, &door.code)
	if ok, err := found(err); err != nil {
		return Joined{}, err
	} else if !ok {
		return Joined{}, notOpen(tx, p.SessionID, "Nothing was saved.") // in this write the session cannot be open
	}
	if door.anonymous {
		p.Name, p.Email = "", ""
		p.Answers = slices.DeleteFunc(slices.Clone(p.Answers), func(a appliance.FormAnswer) bool { return a.Type == appliance.FieldEmail })
	}
	if !p.Language.Spoken() {
		p.Language = language
	}
	err = insertParticipant(tx, p, j.TokenHash, now)
	if isUnique(err) {
		return Joined{}, appliance.Errorf(appliance.CodeConflict,
			"A participant with this participant_id has joined this session already. Nothing was changed.")
	} else if err != nil {
		return Joined{}, err
	}
	if p.Origin == appliance.OriginLink && p.Rehearsal == "" {
		if err := s.admit(tx, door, p, j.By); err != nil {
			return Joined{}, err
		}
	}
	c := appliance.Conversation{
		ID: appliance.NewConversationID(), SessionID: p.SessionID, ParticipantID: p.ID, Source: appliance.SourceInterview,
		Language: p.Language, GuideVersion: version, State: appliance.ConversationActive, Included: p.Rehearsal == "", Use: use, AnsweredSeq: -1,
		CreatedAt: now, LastTurnAt: now,
	}
	if err := insertConversation(tx, c, !j.Silent); err != nil {
		return Joined{}, err
	}
	err = s.addEvent(tx, appliance.EventConversationStarted, p.SessionID, c.ID, now)
	return Joined{Seat{p.ID, c.ID, p.SessionID}, p.Number}, err
}

func insertParticipant(tx *Tx, p appliance.Participant, tokenHash []byte, now time.Time) error {
	answers := p.Answers
	if answers == nil {
		answers = []appliance.FormAnswer{}
	}
	var hash any
	if tokenHash != nil {
		hash = tokenHash
	}
	_, err := tx.Exec(`INSERT INTO participants (id, session_id, number, name, email, external_id, language, origin,
			token_hash, consent_text, consented_at, answers, created_at, rehearsal)
		VALUES (?, ?, ?, ?, ?, nullif(?, ''), ?, ?, ?, ?, ?, ?, ?, ?)`,
		p.ID, p.SessionID, p.Number, p.Name, p.Email, p.ExternalID, p.Language, p.Origin, hash, p.ConsentText,
		msOrNull(p.ConsentedAt), asJSON(answers), ms(now), p.Rehearsal)
	return err
}

// notOpen says in words why a session takes nothing now, and gives nil when it is open; kept says what became of what
// was sent.
func notOpen(tx *Tx, id appliance.SessionID, kept string) error {
	var status appliance.SessionStatus
	if err := tx.QueryRow(`SELECT status FROM sessions WHERE id = ?`, id).Scan(&status); err != nil {
		return notFound(err, "session")
	}
	why := "This session is closed."
	switch status {
	case appliance.SessionOpen:
		return nil
	case appliance.SessionDraft:
		why = "This session is not open yet. Please ask whoever invited you when it opens."
	}
	return appliance.Errorf(appliance.CodeConflict, "%s %s", why, kept)
}

// ParticipantByToken gives the seat of the participant whose token has the hash. It fails with CodeUnauthorized when
// there is none: the link is wrong, or what it led to was erased.
func (s *Store) ParticipantByToken(ctx context.Context, hash []byte) (Seat, error) {
	seat, generation, ok := s.seats.get(hash)
	if ok {
		return seat, nil
	}
	seat, ok, err := s.seatOf(ctx, `p.token_hash = ?`, hash)
	if err != nil {
		return Seat{}, err
	}
	if !ok {
		return Seat{}, appliance.Errorf(appliance.CodeUnauthorized,
			"This private link leads nowhere. It was mistyped, or the conversation was erased.")
	}
	s.seats.put(hash, seat, generation)
	return seat, nil
}

// ParticipantByExternalID gives the seat of the participant that an API client knows by externalID; false when there
// is none.
func (s *Store) ParticipantByExternalID(ctx context.Context, session appliance.SessionID, externalID string,
) (seat Seat, ok bool, err error) {
	return s.seatOf(ctx, `p.session_id = ? AND p.external_id = ?`, session, externalID)
}

// seatOf gives the seat that a condition on participants (p) leads to; false when there is none.
func (s *Store) seatOf(ctx context.Context, where string, args ...any) (seat Seat, ok bool, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		ok, err = found(tx.QueryRow(`SELECT p.id, c.id, p.session_id FROM participants p
			JOIN conversations c ON c.participant_id = p.id JOIN sessions s ON s.id = p.session_id AND s.erasing = 0
			WHERE`+notHidden+`AND `+where, args...).
			Scan(&seat.ParticipantID, &seat.ConversationID, &seat.SessionID))
		return err
	})
	return seat, ok && err == nil, err
}

// found tells a row that is not there, which is no error, from errors.
func found(err error) (bool, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// Participant gives one participant; CodeNotFound when it is not there.
func (s *Store) Participant(ctx context.Context, id appliance.ParticipantID) (p appliance.Participant, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		p, err = participant(tx, id)
		return err
	})
	return p, err
}

func participant(tx *Tx, id appliance.ParticipantID) (p appliance.Participant, err error) {
	err = tx.QueryRow(`SELECT id, session_id, number, name, email, coalesce(external_id, ''), language, origin,
			consent_text, consented_at, answers, created_at, rehearsal FROM participants WHERE id = ?`, id).
		Scan(&p.ID, &p.SessionID, &p.Number, &p.Name, &p.Email, &p.ExternalID, &p.Language, &p.Origin, &p.ConsentText,
			toTime(&p.ConsentedAt), toJSON(&p.Answers), toTime(&p.CreatedAt), &p.Rehearsal)
	return p, notFound(err, "participant")
}
