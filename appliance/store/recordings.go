package store

import (
	"context"
	"fmt"

	"harmonium/appliance"
)

// NewRecording is a meeting that is about to be recorded, or whose sound is about to be sent.
type NewRecording struct {
	Session appliance.SessionID // it belongs to; "" makes one of Design, in the same write
	Design  Design
	Title   string
	appliance.Recording
}

// CreateRecording makes a meeting: a conversation of a session that is finished, has no turns and is not included until its
// transcript is there, and its recording, which is open. It fails with CodeConflict when the session is archived, and when it is
// anonymous: a voice tells who somebody is.
func (s *Store) CreateRecording(ctx context.Context, by By, o Once, n NewRecording) (id appliance.ConversationID, err error) {
	now := s.clock()
	if n.Session == "" {
		if err := n.Design.begin(by, now); err != nil {
			return "", err
		}
	}
	made := appliance.NewConversationID()
	err = s.write(ctx, func(tx *Tx) error {
		known, again, err := s.once(ctx, tx, o, string(made))
		if id = appliance.ConversationID(known); again || err != nil {
			return err
		}
		session := n.Session
		if session == "" {
			created, err := s.insertDesign(ctx, tx, by, n.Design, now)
			if err != nil {
				return err
			}
			session = created.ID
		}
		into, err := s.receiver(tx, session, appliance.Transcript{Language: n.Language})
		if err != nil {
			return err
		}
		if into.anonymous {
			return appliance.Errorf(appliance.CodeConflict, "This session is anonymous, and a voice tells who somebody is, so no sound is taken into it. "+
				"Nothing was begun. Record into a session that is not anonymous, or bring in what was said as text.")
		}
		err = insertConversation(tx, appliance.Conversation{ID: made, SessionID: session, Source: appliance.SourceRecording, Title: n.Title,
			Language: into.language, State: appliance.ConversationFinished, Ended: appliance.EndedComplete, Use: appliance.UseQuote,
			AnsweredSeq: -1, CreatedAt: now, LastTurnAt: now, FinishedAt: now, Facilitation: appliance.Facilitation{Phase: appliance.PhaseDone}}, false)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO recordings (conversation_id, provider, state, language, consent_at, keep, keep_days, created_at)
			VALUES (?, ?, 'open', ?, ?, ?, ?, ?)`, made, n.Provider, n.Language, msOrNull(n.ConsentAt), n.Keep, daysOrNull(n.Recording), ms(now))
		if err != nil {
			return fmt.Errorf("insert recording: %w", err)
		}
		return audit(ctx, tx, by.did(now, "recording.begin", string(made)))
	})
	return id, err
}

func daysOrNull(r appliance.Recording) any {
	if r.Keep != appliance.KeepForDays {
		return nil
	}
	return r.KeepDays
}

// RecordingChange is what may be changed of a meeting; nil leaves it as it is.
type RecordingChange struct {
	Title    *string
	Language *appliance.Language
	Keep     *appliance.Keep
	KeepDays *int
	Consent  bool // the line of consent was read out now
}

// UpdateRecording changes a meeting.
func (s *Store) UpdateRecording(ctx context.Context, by By, id appliance.ConversationID, c RecordingChange) error {
	return s.write(ctx, func(tx *Tx) error {
		r, err := recordingRow(tx, id)
		if err != nil {
			return err
		}
		set(&r.Language, c.Language)
		set(&r.Keep, c.Keep)
		set(&r.KeepDays, c.KeepDays)
		now := s.clock()
		if c.Consent && r.ConsentAt.IsZero() {
			r.ConsentAt = now
		}
		_, err = tx.Exec(`UPDATE recordings SET language = ?, keep = ?, keep_days = ?, consent_at = ? WHERE conversation_id = ?`,
			r.Language, r.Keep, daysOrNull(r), msOrNull(r.ConsentAt), id)
		if err != nil {
			return err
		}
		if c.Title != nil {
			if _, err := tx.Exec(`UPDATE conversations SET title = ? WHERE id = ?`, *c.Title, id); err != nil {
				return err
			}
		}
		return audit(ctx, tx, by.did(now, "recording.update", string(id)))
	})
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// Recording gives a recording with its takes and their pieces; CodeNotFound for a conversation that is none.
func (s *Store) Recording(ctx context.Context, id appliance.ConversationID) (r appliance.Recording, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		if r, err = recordingRow(tx, id); err != nil {
			return err
		}
		return readTakes(tx, &r)
	})
	return r, err
}

func recordingRow(tx *Tx, id appliance.ConversationID) (r appliance.Recording, err error) {
	err = tx.QueryRow(`SELECT conversation_id, provider, state, problem, language, consent_at, version, keep, coalesce(keep_days, 0), erased_at,
			created_at, ended_at FROM recordings WHERE conversation_id = ?`, id).Scan(&r.ConversationID, &r.Provider, &r.State, &r.Problem,
		&r.Language, toTime(&r.ConsentAt), &r.Version, &r.Keep, &r.KeepDays, toTime(&r.ErasedAt), toTime(&r.CreatedAt), toTime(&r.EndedAt))
	return r, notFound(err, "recording")
}

func readTakes(tx *Tx, r *appliance.Recording) error {
	r.Takes = nil
	err := eachRow(tx, func(rows *Rows) error {
		var t appliance.Take
		err := rows.Scan(&t.Track, &t.Take, &t.Samples, &t.Told, &t.Place, toTime(&t.BeganAt), toTime(&t.HeardAt), toTime(&t.EndedAt))
		r.Takes = append(r.Takes, t)
		return err
	}, `SELECT track, take, coalesce(samples, 0), samples IS NOT NULL, coalesce(place, 0), began_at, came_at, ended_at FROM takes
		WHERE conversation_id = ? ORDER BY track, take`, r.ConversationID)
	if err != nil {
		return err
	}
	i := 0
	return eachRow(tx, func(rows *Rows) error {
		var track, take int
		var p appliance.Piece
		var sum []byte
		if err := rows.Scan(&track, &take, &p.Seq, &p.Start, &p.Samples, &sum); err != nil {
			return err
		}
		for r.Takes[i].Track != track || r.Takes[i].Take != take {
			i++
		}
		p.SHA256 = hashOf(sum)
		t := &r.Takes[i]
		t.Pieces = append(t.Pieces, p)
		t.Samples = max(t.Samples, p.Start+p.Samples)
		return nil
	}, `SELECT track, take, seq, start, samples, sha256 FROM pieces WHERE conversation_id = ? ORDER BY track, take, seq`, r.ConversationID)
}

// CloseRecording ends a recording with all its takes and has its transcript made; pieces that are missing may still come. Closing
// it again changes nothing.
func (s *Store) CloseRecording(ctx context.Context, by By, id appliance.ConversationID) error {
	return s.write(ctx, func(tx *Tx) error { return s.closeRecording(ctx, tx, by, id, "") })
}

func (s *Store) closeRecording(ctx context.Context, tx *Tx, by By, id appliance.ConversationID, problem string) error {
	r, err := recordingRow(tx, id)
	if err != nil || r.State == appliance.RecordingClosed {
		return err
	}
	if err := takesSound(r); err != nil {
		return err
	}
	now := s.clock()
	for _, query := range []string{
		`UPDATE takes SET ended_at = coalesce(ended_at, ?1) WHERE conversation_id = ?2`,
		`UPDATE conversations SET last_turn_at = ?1, finished_at = ?1 WHERE id = ?2`,
	} {
		if _, err := tx.Exec(query, ms(now), id); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(`UPDATE recordings SET state = 'closed', ended_at = ?, problem = ? WHERE conversation_id = ?`, ms(now), problem, id); err != nil {
		return err
	}
	if err := audit(ctx, tx, by.did(now, "recording.end", string(id))); err != nil {
		return err
	}
	_, err = s.newWriting(tx, id, appliance.WritingRequest{})
	return err
}

// CloseUpload is CloseRecording when a file has become sound; problem is a code, "" for none.
func (s *Store) CloseUpload(ctx context.Context, by By, id appliance.ConversationID, problem string) error {
	return s.write(ctx, func(tx *Tx) error { return s.closeRecording(ctx, tx, by, id, problem) })
}

// FailRecording notes that nothing usable came of a file that was sent up; problem is a code that says why. Sound that came of it goes.
func (s *Store) FailRecording(ctx context.Context, id appliance.ConversationID, problem string) error {
	return s.erase(ctx, func(tx *Tx) error {
		now := s.clock()
		done, err := tx.Exec(`UPDATE recordings SET state = 'failed', problem = ?, ended_at = ? WHERE conversation_id = ? AND state = 'open'`,
			problem, ms(now), id)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM takes WHERE conversation_id = ?`, id); err != nil {
			return err
		}
		_, err = s.enqueue(tx, appliance.JobScrub, "", "", now)
		return err
	})
}
