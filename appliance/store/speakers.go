package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"harmonium/appliance"
)

// persons is how many participants of the session a conversation (v) has.
const persons = ` CASE WHEN v.participant_id IS NOT NULL THEN 1
	ELSE (SELECT count(*) FROM speakers AS k WHERE k.conversation_id = v.id AND k.participant_id IS NOT NULL) END`

// AddTranscript stores a conversation that was not led here, whole or not at all: every turn as it is, in order, from 0.
// Each speaker who does not only ask becomes a participant of the session; in an anonymous session without a name. What
// they say is drawn from and written up as if it had been said here. It fails with CodeConflict when the session is archived.
func (s *Store) AddTranscript(ctx context.Context, by By, session appliance.SessionID, t appliance.Transcript, once Once,
) (id appliance.ConversationID, err error) {
	made := appliance.NewConversationID()
	err = s.write(ctx, func(tx *Tx) error {
		known, again, err := s.once(ctx, tx, once, string(made))
		if id = appliance.ConversationID(known); again || err != nil {
			return err
		}
		if err := s.addTranscript(tx, session, made, t); err != nil {
			return err
		}
		return audit(ctx, tx, by.did(s.clock(), "conversation.add", string(made)))
	})
	return id, err
}

// addTranscript stores one conversation of a session and has it drawn from.
func (s *Store) addTranscript(tx *Tx, session appliance.SessionID, id appliance.ConversationID, t appliance.Transcript) error {
	into, err := s.receiver(tx, session, t)
	if err != nil {
		return err
	}
	c := appliance.Conversation{ID: id, SessionID: session, Source: appliance.SourceText, Title: t.Title, Language: into.language,
		State: appliance.ConversationFinished, Ended: appliance.EndedComplete, Included: true, Use: appliance.UseQuote,
		NextSeq: len(t.Utterances), AnsweredSeq: len(t.Utterances) - 1, CreatedAt: into.at, LastTurnAt: into.at, FinishedAt: into.at,
		Facilitation: appliance.Facilitation{Phase: appliance.PhaseDone}}
	covered := map[appliance.TopicID]bool{}
	for _, u := range t.Utterances {
		if u.TopicID != "" {
			c.GuideVersion = into.guide
		}
		if !u.Asks {
			c.Turns++
			c.Words += appliance.Words(u.Text)
			covered[u.TopicID] = true
		}
	}
	speakers, err := into.people(tx, t.Utterances)
	if err != nil {
		return err
	}
	alone := slices.DeleteFunc(slices.Clone(speakers), appliance.Speaker.Asks)
	if len(alone) == 1 {
		c.ParticipantID = alone[0].ParticipantID
	}
	if err := insertConversation(tx, c, false); err != nil {
		return err
	}
	if err := insertSpeakers(tx, id, speakers); err != nil {
		return err
	}
	if err := insertUtterances(tx, c, t.Utterances, speakers); err != nil {
		return err
	}
	delete(covered, "")
	for topic := range covered {
		if err := saveCoverage(tx, id, []appliance.Coverage{{TopicID: topic, Asked: true, Answered: true, Depth: 1}}); err != nil {
			return err
		}
	}
	return s.afterFinish(tx, session, id, s.clock())
}

// receiver is a session that a transcript is stored in.
type receiver struct {
	session   appliance.SessionID
	language  appliance.Language // of the transcript
	guide     int                // the version in use
	anonymous bool
	at, now   time.Time
}

func (s *Store) receiver(tx *Tx, id appliance.SessionID, t appliance.Transcript) (r receiver, err error) {
	var status appliance.SessionStatus
	err = tx.QueryRow(`SELECT language, guide_version, anonymous, status FROM sessions WHERE id = ?`, id).
		Scan(&r.language, &r.guide, &r.anonymous, &status)
	if err != nil {
		return r, notFound(err, "session")
	}
	if status == appliance.SessionArchived {
		return r, appliance.Errorf(appliance.CodeConflict,
			"This session is archived and takes nothing any more. Nothing was stored. Please take it out of the archive first.")
	}
	if t.Language.Spoken() {
		r.language = t.Language
	}
	r.session, r.now = id, s.clock()
	if r.at = t.At; r.at.IsZero() || r.at.After(r.now) {
		r.at = r.now
	}
	return r, nil
}

// people makes the speakers of a transcript, in the order in which they first speak, and the participants among them.
func (r receiver) people(tx *Tx, said []appliance.Utterance) (list []appliance.Speaker, err error) {
	seen := map[speakerKey]bool{}
	for _, u := range said {
		if k := keyOf(u); seen[k] {
			continue
		} else {
			seen[k] = true
		}
		k := appliance.Speaker{ID: appliance.NewSpeakerID(), Name: u.Speaker}
		if !u.Asks {
			p := appliance.Participant{ID: appliance.NewParticipantID(), SessionID: r.session, Name: u.Speaker, Language: r.language,
				Origin: appliance.OriginAPI}
			if r.anonymous {
				p.Name = ""
			}
			err := tx.QueryRow(`UPDATE sessions SET joined = joined + 1 WHERE id = ? RETURNING joined`, r.session).Scan(&p.Number)
			if err != nil {
				return nil, err
			}
			if err := insertParticipant(tx, p, nil, r.at); err != nil {
				return nil, fmt.Errorf("insert participant: %w", err)
			}
			k.ParticipantID, k.Number = p.ID, p.Number
		}
		list = append(list, k)
	}
	return list, nil
}

// speakerKey tells the speakers of a transcript apart.
type speakerKey struct {
	name string
	asks bool
}

func keyOf(u appliance.Utterance) speakerKey { return speakerKey{u.Speaker, u.Asks} }

func insertSpeakers(tx *Tx, id appliance.ConversationID, list []appliance.Speaker) error {
	for i, k := range list {
		if err := insertSpeaker(tx, id, i, k); err != nil {
			return err
		}
	}
	return nil
}

func insertSpeaker(tx *Tx, id appliance.ConversationID, position int, k appliance.Speaker) error {
	name := k.Name
	if !k.Asks() {
		name = "" // stands with the participant
	}
	_, err := tx.Exec(`INSERT INTO speakers (id, conversation_id, position, name, participant_id) VALUES (?, ?, ?, ?, nullif(?, ''))`,
		k.ID, id, position, name, k.ParticipantID)
	if err != nil {
		return fmt.Errorf("insert speaker: %w", err)
	}
	return nil
}

func insertUtterances(tx *Tx, c appliance.Conversation, said []appliance.Utterance, speakers []appliance.Speaker) error {
	ids := map[speakerKey]appliance.SpeakerID{}
	for _, k := range speakers {
		ids[speakerKey{k.Name, k.Asks()}] = k.ID
	}
	tx.AtCommit(indexTurns)
	for seq, u := range said {
		role := appliance.FromParticipant
		if u.Asks {
			role = appliance.FromFacilitator
		}
		_, err := tx.Exec(`INSERT INTO turns (id, conversation_id, seq, role, speaker, content, topic_id, move, made_by,
				model_digest, prompt_version, start_ms, end_ms, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, '', '', '', '', ?, ?, ?)`,
			string(appliance.NewTurnID()), string(c.ID), seq, string(role), string(ids[keyOf(u)]), u.Text, string(u.TopicID),
			u.StartMS, u.EndMS, ms(c.CreatedAt))
		if err != nil {
			return fmt.Errorf("insert turn: %w", err)
		}
	}
	return nil
}

// Speakers gives who speaks in a conversation, in the order in which they first speak; none in an interview.
func (s *Store) Speakers(ctx context.Context, id appliance.ConversationID) (list []appliance.Speaker, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list, err = speakers(tx, id)
		return err
	})
	return list, err
}

func speakers(tx *Tx, id appliance.ConversationID) (list []appliance.Speaker, err error) {
	rows, err := tx.Query(`SELECT k.id, coalesce(p.name, k.name), coalesce(k.participant_id, ''), coalesce(p.number, 0)
		FROM speakers AS k LEFT JOIN participants AS p ON p.id = k.participant_id
		WHERE k.conversation_id = ? ORDER BY k.position`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var k appliance.Speaker
		if err := rows.Scan(&k.ID, &k.Name, &k.ParticipantID, &k.Number); err != nil {
			return nil, err
		}
		list = append(list, k)
	}
	return list, rows.Err()
}

// participantsOf gives the participants of a conversation.
func participantsOf(tx *Tx, c appliance.Conversation) (list []appliance.ParticipantID, err error) {
	if c.ParticipantID != "" {
		list = append(list, c.ParticipantID)
	}
	all, err := speakers(tx, c.ID)
	for _, k := range all {
		if !k.Asks() && !slices.Contains(list, k.ParticipantID) {
			list = append(list, k.ParticipantID)
		}
	}
	return list, err
}

// noteSpeakers says of the claims of a conversation of several participants whose they are.
func noteSpeakers(tx *Tx, id appliance.ConversationID) error {
	_, err := tx.Exec(`UPDATE claims SET participant_id = (SELECT k.participant_id FROM quotes AS q
			JOIN turns AS t ON t.id = q.turn_id JOIN speakers AS k ON k.id = t.speaker
			WHERE q.claim_id = claims.id ORDER BY q.rowid LIMIT 1)
		WHERE conversation_id = ?1 AND (SELECT participant_id IS NULL FROM conversations WHERE id = ?1)`, id)
	return err
}
