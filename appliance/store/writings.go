package store

import (
	"context"
	"errors"
	"time"

	"harmonium/appliance"
)

const writingColumns = ` w.conversation_id, w.version, w.state, w.problem, w.language, w.words, w.late, w.created_at, w.completed_at `

func writingDest(w *appliance.Writing) []any {
	return []any{&w.ConversationID, &w.Version, &w.State, &w.Problem, &w.Language, toJSON(&w.Words), &w.Late, toTime(&w.CreatedAt),
		toTime(&w.CompletedAt)}
}

// StartWriting has a recording transcribed, as a new version, or goes on with the newest one, which was stopped. It fails
// with CodeConflict while sound still comes, when its sound was erased, while another version is being made, and when there
// is nothing to go on with.
func (s *Store) StartWriting(ctx context.Context, by By, id appliance.ConversationID, r appliance.WritingRequest,
) (w appliance.Writing, err error) {
	err = s.write(ctx, func(tx *Tx) error {
		if err := mayBeHeard(tx, id); err != nil {
			return err
		}
		if r.Resume {
			w, err = s.resumeWriting(tx, id)
		} else {
			w, err = s.newWriting(tx, id, r)
		}
		if err != nil {
			return err
		}
		return audit(ctx, tx, by.did(s.clock(), "meeting.transcribe", string(id)))
	})
	return w, err
}

// mayBeHeard gives CodeForbidden for a meeting of which nothing may be made. What was on the queue for it waits until that is lifted.
func mayBeHeard(tx *Tx, id appliance.ConversationID) error {
	c, err := conversation(tx, id)
	if err == nil && c.Restricted.Forbid(appliance.NoProcessing) {
		err = appliance.Errorf(appliance.CodeForbidden,
			"The restrictions of this meeting forbid that it is transcribed. Its sound is kept, and nothing was changed.")
	}
	return err
}

// newWriting puts a new version of the transcript of a recording on the queue, as part of a write: whoever closes a
// recording does so in the same transaction.
func (s *Store) newWriting(tx *Tx, id appliance.ConversationID, r appliance.WritingRequest) (w appliance.Writing, err error) {
	var of struct {
		session  appliance.SessionID
		state    appliance.RecordingState
		erased   time.Time
		inUse    int
		newest   int
		open     bool
		late     bool
		jargon   string
		language appliance.Language
	}
	err = tx.QueryRow(`SELECT c.session_id, r.state, r.erased_at, r.version, coalesce(nullif(r.language, ''), c.language), coalesce(p.jargon, ''),
			(SELECT coalesce(max(version), 0) FROM transcripts AS w WHERE w.conversation_id = r.conversation_id),
			EXISTS (SELECT 1 FROM transcripts AS w WHERE w.conversation_id = r.conversation_id AND w.state IN ('waiting', 'running')),
			EXISTS (SELECT 1 FROM transcripts AS w WHERE w.conversation_id = r.conversation_id AND w.version = r.version AND w.late = 1)
		FROM recordings AS r JOIN conversations AS c ON c.id = r.conversation_id JOIN sessions AS s ON s.id = c.session_id
			LEFT JOIN projects AS p ON p.id = s.project_id WHERE r.conversation_id = ?`, id).
		Scan(&of.session, &of.state, toTime(&of.erased), &of.inUse, &of.language, &of.jargon, &of.newest, &of.open, &of.late)
	switch {
	case err != nil:
		return w, notFound(err, "meeting")
	case of.state == appliance.RecordingOpen:
		return w, appliance.Errorf(appliance.CodeConflict, "This meeting is still being recorded. It is transcribed when the recording has ended.")
	case of.state == appliance.RecordingFailed:
		return w, appliance.Errorf(appliance.CodeConflict, "There is no sound in this recording that could be transcribed.")
	case !of.erased.IsZero():
		return w, appliance.Errorf(appliance.CodeConflict, "The sound of this meeting was erased, so it cannot be transcribed again. Its text is kept.")
	case of.open:
		return w, appliance.Errorf(appliance.CodeConflict, "This meeting is being transcribed already. Please wait for that, or stop it first.")
	case of.newest >= appliance.MaxWritings:
		return w, appliance.Errorf(appliance.CodeConflict, "This meeting has been transcribed %d times, which is as often as is possible.", of.newest)
	case len(r.Only) > 0 && of.inUse == 0:
		return w, appliance.Errorf(appliance.CodeConflict, "There is no transcript yet of which a part could be heard anew.")
	}
	if len(r.Only) > 0 && of.late {
		return w, appliance.Errorf(appliance.CodeConflict, "Sound of this meeting has come since its transcript was made, so a part of it cannot be "+
			"heard alone. Please have all of it transcribed anew.")
	}
	w = appliance.Writing{ConversationID: id, Version: of.newest + 1, State: appliance.WritingWaiting, Language: of.language,
		Words: appliance.Jargon(of.jargon), CreatedAt: s.clock()}
	if r.Language != "" {
		w.Language = r.Language
	}
	w.Words = firstTerms(r.Words, w.Words)
	_, err = tx.Exec(`INSERT INTO transcripts (conversation_id, version, state, language, words, created_at) VALUES (?, ?, ?, ?, ?, ?)`,
		id, w.Version, w.State, w.Language, asJSON(w.Words), ms(w.CreatedAt))
	if err != nil {
		return w, err
	}
	if err := copySegments(tx, id, of.inUse, w.Version, r.Only); err != nil {
		return w, err
	}
	begin := w.CreatedAt
	if rest, err := waitsForRest(tx, id); err != nil {
		return w, err
	} else if rest && w.Version == 1 {
		begin = begin.Add(restComes)
	}
	_, err = s.enqueue(tx, appliance.JobTranscribe, of.session, id, begin)
	return w, err
}

// restComes is how long a transcript is not begun for the last pieces of other devices than that on which the meeting was ended: they hear
// of it within seconds.
const restComes = 20 * time.Second

// hearAtOnce has a transcript begin that waited for the rest, when that has come.
func (s *Store) hearAtOnce(tx *Tx, id appliance.ConversationID) error {
	rest, err := waitsForRest(tx, id)
	if err != nil || rest {
		return err
	}
	_, err = tx.Exec(`UPDATE jobs SET run_at = ?1 WHERE conversation_id = ?2 AND kind = 'transcribe' AND state = 'queued' AND run_at > ?1`, ms(s.clock()), id)
	s.wakeJobs()
	return err
}

// waitsForRest says whether one of several devices has not said how much it has.
func waitsForRest(tx *Tx, id appliance.ConversationID) (waits bool, err error) {
	err = tx.QueryRow(`SELECT count(DISTINCT track) > 1 AND count(*) > count(samples) FROM takes WHERE conversation_id = ?`, id).Scan(&waits)
	return waits, err
}

// resumeWriting puts the newest version of a transcript, which was stopped, on the queue again. What was heard of it stays.
func (s *Store) resumeWriting(tx *Tx, id appliance.ConversationID) (w appliance.Writing, err error) {
	var session appliance.SessionID
	var erased bool
	err = tx.QueryRow(`SELECT c.session_id, r.erased_at IS NOT NULL,`+writingColumns+`FROM recordings AS r
			JOIN conversations AS c ON c.id = r.conversation_id JOIN transcripts AS w ON w.conversation_id = r.conversation_id
		WHERE r.conversation_id = ? ORDER BY w.version DESC LIMIT 1`, id).Scan(append([]any{&session, &erased}, writingDest(&w)...)...)
	switch {
	case err != nil:
		return w, notFound(err, "transcript")
	case w.State != appliance.WritingCancelled:
		return w, appliance.Errorf(appliance.CodeConflict, "The newest transcript of this meeting was not stopped, so there is nothing to go on with.")
	case erased:
		return w, appliance.Errorf(appliance.CodeConflict, "The sound of this meeting was erased, so its transcript cannot be gone on with. What was heard is kept.")
	}
	w.State, w.CompletedAt = appliance.WritingWaiting, time.Time{}
	_, err = tx.Exec(`UPDATE transcripts SET state = ?, completed_at = NULL WHERE conversation_id = ? AND version = ?`, w.State, id, w.Version)
	if err != nil {
		return w, err
	}
	_, err = s.enqueue(tx, appliance.JobTranscribe, session, id, s.clock())
	return w, err
}

// firstTerms gives the terms of both lists without repetition, as many as transcribers are told.
func firstTerms(given, usual []string) []string {
	list, seen := []string{}, map[string]bool{}
	for _, of := range [][]string{given, usual} {
		for _, term := range of {
			if !seen[term] && len(list) < appliance.MaxJargonTerms {
				list, seen[term] = append(list, term), true
			}
		}
	}
	return list
}

// copySegments begins a version with what another has, but for some segments, which are heard anew. Without any of those
// nothing is copied.
func copySegments(tx *Tx, id appliance.ConversationID, from, to int, anew []appliance.SegmentKey) error {
	if len(anew) == 0 {
		return nil
	}
	_, err := tx.Exec(`INSERT INTO segments (conversation_id, version, track, position, start_ms, end_ms, overlap_ms, state, text,
			parts, language, made_by, model_digest, prompt_version)
		SELECT conversation_id, ?3, track, position, start_ms, end_ms, overlap_ms, state, text, parts, language, made_by, model_digest,
			prompt_version FROM segments WHERE conversation_id = ?1 AND version = ?2`, id, from, to)
	if err != nil {
		return err
	}
	for _, k := range anew {
		res, err := tx.Exec(`UPDATE segments SET state = 'waiting', text = '', parts = '[]', language = '', made_by = '',
				model_digest = '', prompt_version = '' WHERE conversation_id = ? AND version = ? AND track = ? AND position = ? AND state <> 'missing'`, id, to, k.Track, k.Position)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return appliance.Invalid("segments", "There is no such part of this transcript, or its sound is missing.")
		}
	}
	return nil
}

// OpenWriting gives the version of a recording's transcript that is to be made, and begins the first one when it has none.
// It is false when there is nothing to do: sound still comes, all that was asked for is done, or the meeting must not be heard.
func (s *Store) OpenWriting(ctx context.Context, id appliance.ConversationID) (w appliance.Writing, ok bool, err error) {
	err = s.write(ctx, func(tx *Tx) error {
		var first, forbidden bool
		err := tx.QueryRow(`SELECT r.state = 'closed' AND erased_at IS NULL
				AND NOT EXISTS (SELECT 1 FROM transcripts AS w WHERE w.conversation_id = r.conversation_id), v.restricted & `+bitProcessing+` <> 0
			FROM recordings AS r JOIN conversations AS v ON v.id = r.conversation_id WHERE r.conversation_id = ?`, id).Scan(&first, &forbidden)
		if err != nil || forbidden {
			return notFound(err, "meeting")
		}
		if first {
			w, err = s.newWriting(tx, id, appliance.WritingRequest{})
			ok = err == nil
			return err
		}
		ok, err = found(tx.QueryRow(`SELECT`+writingColumns+`FROM transcripts AS w JOIN recordings AS r USING (conversation_id)
			WHERE w.conversation_id = ? AND w.state IN ('waiting', 'running') AND r.state = 'closed'`, id).Scan(writingDest(&w)...))
		return err
	})
	return w, ok && err == nil, err
}

// RunWriting says that a version is being worked on, or waits again; false when it was stopped or is gone.
func (s *Store) RunWriting(ctx context.Context, id appliance.ConversationID, version int, state appliance.WritingState) (going bool, err error) {
	err = s.write(ctx, func(tx *Tx) error {
		res, err := tx.Exec(`UPDATE transcripts SET state = ? WHERE conversation_id = ? AND version = ? AND state IN ('waiting', 'running')
			AND EXISTS (SELECT 1 FROM conversations AS v WHERE v.id = conversation_id AND v.restricted & `+bitProcessing+` = 0)`,
			state, id, version)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		going = n > 0
		return err
	})
	return going, err
}

// The problems of a version that failed.
const ProblemErased = "erased" // its sound was erased before it was heard

// FailWriting ends a version of which nothing more can come. It is not in use.
func (s *Store) FailWriting(ctx context.Context, id appliance.ConversationID, version int, problem string) error {
	return s.write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`UPDATE transcripts SET state = 'failed', problem = ?, completed_at = ?
			WHERE conversation_id = ? AND version = ? AND state IN ('waiting', 'running')`, problem, ms(s.clock()), id, version)
		return err
	})
}

// CancelWriting stops the version that is being made. What was heard of it is kept, and is not in use. It is no error when
// there is none.
func (s *Store) CancelWriting(ctx context.Context, by By, id appliance.ConversationID) error {
	now := s.clock()
	return s.write(ctx, func(tx *Tx) error {
		res, err := tx.Exec(`UPDATE transcripts SET state = 'cancelled', completed_at = ?
			WHERE conversation_id = ? AND state IN ('waiting', 'running')`, ms(now), id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		_, err = tx.Exec(`UPDATE jobs SET state = 'cancelled', message = ?, finished_at = ?
			WHERE conversation_id = ? AND kind = 'transcribe' AND state IN ('queued', 'running')`, stopped, ms(now), id)
		if err != nil {
			return err
		}
		s.wakeJobs()
		return audit(ctx, tx, by.did(now, "meeting.transcribe.stop", string(id)))
	})
}

// CutWriting gives the recording of a version that is about to be cut, and notes that it has what came until now.
func (s *Store) CutWriting(ctx context.Context, id appliance.ConversationID, version int) (r appliance.Recording, err error) {
	err = s.write(ctx, func(tx *Tx) error {
		if _, err := tx.Exec(`UPDATE transcripts SET late = 0 WHERE conversation_id = ? AND version = ?`, id, version); err != nil {
			return err
		}
		if r, err = recordingRow(tx, id); err != nil {
			return err
		}
		return readTakes(tx, &r)
	})
	return r, err
}

// PlanSegments stores what a version is to be heard in, unless it has segments already. It is false and stores nothing when sound came
// since it was cut.
func (s *Store) PlanSegments(ctx context.Context, id appliance.ConversationID, version int, list []appliance.Segment) (planned bool, err error) {
	err = s.write(ctx, func(tx *Tx) error {
		err := tx.QueryRow(`SELECT late = 0 FROM transcripts WHERE conversation_id = ? AND version = ?`, id, version).Scan(&planned)
		if err != nil || !planned {
			return notFound(err, "transcript")
		}
		for _, g := range list {
			_, err := tx.Exec(`INSERT INTO segments (conversation_id, version, track, position, start_ms, end_ms, overlap_ms, state)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
				id, version, g.Track, g.Position, g.StartMS, g.EndMS, g.OverlapMS, g.State)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return planned && err == nil, err
}

// Segments gives the segments of a version in the order of their times.
func (s *Store) Segments(ctx context.Context, id appliance.ConversationID, version int) (list []appliance.Segment, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list, err = segments(tx, id, version)
		return err
	})
	return list, err
}

func segments(tx *Tx, id appliance.ConversationID, version int) (list []appliance.Segment, err error) {
	err = eachRow(tx, func(rows *Rows) error {
		var g appliance.Segment
		err := rows.Scan(&g.Track, &g.Position, &g.StartMS, &g.EndMS, &g.OverlapMS, &g.State, &g.Text, toJSON(&g.Parts), &g.Language, &g.Maker.By,
			&g.Maker.ModelDigest, &g.Maker.PromptVersion)
		list = append(list, g)
		return err
	}, `SELECT track, position, start_ms, end_ms, overlap_ms, state, text, parts, language, made_by, model_digest, prompt_version
		FROM segments WHERE conversation_id = ? AND version = ? ORDER BY start_ms, track, position`, id, version)
	return list, err
}

// SaveSegment stores what came of a segment of a version that is being made; false when that was stopped or is gone, when the meeting
// must not be heard any more, and when the segment has moved since it was read (moveLater): then it is to be heard at its place.
func (s *Store) SaveSegment(ctx context.Context, id appliance.ConversationID, version int, g appliance.Segment) (going bool, err error) {
	err = s.write(ctx, func(tx *Tx) error {
		res, err := tx.Exec(`UPDATE segments SET state = ?, text = ?, parts = ?, language = ?, made_by = ?, model_digest = ?, prompt_version = ?
			WHERE conversation_id = ?8 AND version = ?9 AND track = ? AND position = ? AND start_ms = ?12 AND end_ms = ?13
				AND EXISTS (SELECT 1 FROM transcripts AS w JOIN conversations AS v ON v.id = w.conversation_id
					WHERE w.conversation_id = ?8 AND w.version = ?9 AND w.state = 'running' AND v.restricted & `+bitProcessing+` = 0)`,
			g.State, g.Text, asJSON(notNil(g.Parts)), g.Language, g.Maker.By, g.Maker.ModelDigest, g.Maker.PromptVersion, id, version,
			g.Track, g.Position, g.StartMS, g.EndMS)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		going = n > 0
		return err
	})
	return going, err
}

// FinishWriting ends a version of which every segment was heard, or cannot be, and puts its words in the place of those of
// the version before, unless a legal hold is on those; false when it was stopped. first says that the meeting has words now and had none before.
func (s *Store) FinishWriting(ctx context.Context, id appliance.ConversationID, version int) (done, first bool, err error) {
	err = s.erase(ctx, func(tx *Tx) error {
		res, err := tx.Exec(`UPDATE transcripts AS w SET state = 'done', completed_at = ? WHERE conversation_id = ?2 AND version = ?3
			AND state = 'running' AND NOT EXISTS (SELECT 1 FROM segments AS g WHERE g.conversation_id = ?2 AND g.version = ?3 AND g.state = 'waiting')`,
			ms(s.clock()), id, version)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		done = true
		first, err = s.adopt(tx, id, version)
		if errors.As(err, new(wordsHeld)) {
			return nil // it is kept, and can be put into use when nothing is held any more
		}
		return err
	})
	return done && err == nil, first, err
}

// UseWriting puts the words of an earlier or later version, which is whole, in the place of those in use.
func (s *Store) UseWriting(ctx context.Context, by By, id appliance.ConversationID, version int) error {
	return s.erase(ctx, func(tx *Tx) error {
		var state appliance.WritingState
		err := tx.QueryRow(`SELECT state FROM transcripts WHERE conversation_id = ? AND version = ?`, id, version).Scan(&state)
		if err != nil {
			return notFound(err, "transcript")
		}
		if state != appliance.WritingDone {
			return appliance.Errorf(appliance.CodeConflict, "This version is not whole, so it is not put in the place of another one.")
		}
		if _, err := s.adopt(tx, id, version); err != nil {
			return err
		}
		return audit(ctx, tx, by.did(s.clock(), "meeting.transcript.use", string(id)))
	})
}

// Writings gives the versions of the transcript of a recording with how far they are, the newest first.
func (s *Store) Writings(ctx context.Context, id appliance.ConversationID) (list []appliance.WritingProgress, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list = nil
		return eachRow(tx, func(rows *Rows) error {
			var p appliance.WritingProgress
			err := rows.Scan(append(writingDest(&p.Writing), &p.Total, &p.Done, &p.LeftMS, &p.Gaps, &p.InUse, &p.Planned)...)
			list = append(list, p)
			return err
		}, `SELECT`+writingColumns+`,
				count(g.state) FILTER (WHERE g.state IN ('waiting', 'heard', 'inaudible')),
				count(g.state) FILTER (WHERE g.state IN ('heard', 'inaudible')),
				coalesce(sum(g.end_ms - g.start_ms) FILTER (WHERE g.state = 'waiting'), 0),
				count(g.state) FILTER (WHERE g.state IN ('inaudible', 'missing')),
				w.version = r.version, count(g.state) > 0
			FROM transcripts AS w JOIN recordings AS r ON r.conversation_id = w.conversation_id
			LEFT JOIN segments AS g ON g.conversation_id = w.conversation_id AND g.version = w.version
			WHERE w.conversation_id = ? GROUP BY w.version ORDER BY w.version DESC`, id)
	})
	return list, err
}

// giveUpWriting is how long a recording is left alone after its transcription has failed.
const giveUpWriting = time.Hour

// WaitingWritings gives recordings that are to be transcribed and for which no job waits or runs, at most sweepBatch.
func (s *Store) WaitingWritings(ctx context.Context) (list []appliance.Conversation, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list = nil
		return eachRow(tx, func(rows *Rows) error {
			var c appliance.Conversation
			err := rows.Scan(&c.ID, &c.SessionID)
			list = append(list, c)
			return err
		}, `SELECT c.id, c.session_id FROM recordings AS r JOIN conversations AS c ON c.id = r.conversation_id
			WHERE r.state = 'closed' AND c.restricted & `+bitProcessing+` = 0 AND (EXISTS (SELECT 1 FROM transcripts AS w
					WHERE w.conversation_id = r.conversation_id AND w.state IN ('waiting', 'running'))
				OR r.erased_at IS NULL AND NOT EXISTS (SELECT 1 FROM transcripts AS w WHERE w.conversation_id = r.conversation_id))
			AND NOT EXISTS (SELECT 1 FROM jobs AS j WHERE j.conversation_id = c.id AND j.kind = 'transcribe'
				AND (j.state IN ('queued', 'running') OR j.state = 'failed' AND j.finished_at > ?))
			ORDER BY c.created_at LIMIT ?`, ms(s.clock().Add(-giveUpWriting)), sweepBatch)
	})
	return list, err
}
