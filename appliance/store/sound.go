package store

import (
	"context"
	"errors"
	"os"
	"time"

	"harmonium/appliance"
)

// EraseSound erases the sound of a meeting for good; its text stays. It is gone from the disk when EraseBlobs has run after it,
// which a job does too. A receipt stays, with the rule by which it went, if it was one. A recording that is open ends with it. A
// transcript of which nothing was heard yet has failed then: nothing can be heard any more. It fails with CodeConflict where a legal
// hold is on the meeting.
func (s *Store) EraseSound(ctx context.Context, by By, id appliance.ConversationID, rule appliance.ErasureRule) error {
	receipt := receiptOf(by, appliance.EraseSound, s.clock(), appliance.Erased{Kind: "sound", ID: string(id)})
	receipt.Rule = rule
	gone := false
	err := s.erase(ctx, func(tx *Tx) error {
		r, err := recordingRow(tx, id)
		if err != nil {
			return err
		}
		gone = !r.ErasedAt.IsZero()
		if err := s.refuseHeldConversation(tx, by, id); err != nil || gone {
			return err
		}
		now := s.clock()
		receipt.Counts = appliance.ErasedCounts{}
		if err := count(tx, &receipt); err != nil { // before anything of it goes
			return err
		}
		if err := saveReceipt(tx, receipt); err != nil {
			return err
		}
		// How long it was stays known.
		_, err = tx.Exec(`UPDATE takes SET ended_at = coalesce(ended_at, ?1), samples = coalesce(samples, (SELECT max(start + samples) FROM pieces AS p
				WHERE p.conversation_id = takes.conversation_id AND p.track = takes.track AND p.take = takes.take), 0) WHERE conversation_id = ?2`, ms(now), id)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE recordings SET erased_at = ?1, state = 'closed', ended_at = coalesce(ended_at, ?1) WHERE conversation_id = ?2`, ms(now), id)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE transcripts SET state = 'failed', problem = ?, completed_at = ? WHERE conversation_id = ? AND state = 'waiting'
			AND NOT EXISTS (SELECT 1 FROM segments AS g WHERE g.conversation_id = transcripts.conversation_id AND g.version = transcripts.version)`,
			ProblemErased, ms(now), id)
		if err != nil {
			return err
		}
		if err := s.writeErased(tx, id, now); err != nil {
			return err
		}
		if err := audit(ctx, tx, by.did(now, "sound.delete", string(id))); err != nil {
			return err
		}
		_, err = s.enqueue(tx, appliance.JobErase, "", "", now) // which finishes what is killed here
		return err
	})
	if err != nil {
		return err
	}
	if gone { // whoever has erased it may have been killed
		return s.erasePieces(context.WithoutCancel(ctx))
	}
	return s.FinishErasure(ctx, receipt.ID)
}

// writeErased has what was heard of a recording put to use that waits for a transcriber: its rest are gaps now.
func (s *Store) writeErased(tx *Tx, id appliance.ConversationID, now time.Time) error {
	var session appliance.SessionID
	waits, err := found(tx.QueryRow(`SELECT c.session_id FROM transcripts AS w JOIN conversations AS c ON c.id = w.conversation_id
		WHERE w.conversation_id = ? AND w.state = 'waiting'`, id).Scan(&session))
	if err == nil && waits {
		_, err = s.enqueue(tx, appliance.JobTranscribe, session, id, now)
	}
	return err
}

// erasePieces deletes the pieces of recordings whose sound was erased, in steps. A killed process may have left some.
func (s *Store) erasePieces(ctx context.Context) error {
	return s.eraseInSteps(ctx, func(tx *Tx, spent func() bool) (left bool, err error) {
		return deleteUntil(tx, spent, `DELETE FROM pieces WHERE (conversation_id, track, take, seq) IN (SELECT p.conversation_id, p.track, p.take, p.seq
			FROM recordings AS r JOIN pieces AS p ON p.conversation_id = r.conversation_id WHERE r.erased_at IS NOT NULL LIMIT ?)`, deleteAtOnce)
	})
}

// latePieces is how long sound that is to go when it is written down is kept for pieces that have not come.
const latePieces = 7 * 24 * time.Hour

// soundSpan is how long sound of a session (s, of the project p) is kept at most, in days, by what box, project and session set; NULL where
// none does. ?3 is SettingRetention.
const soundSpan = ` nullif(min(coalesce(nullif((SELECT value ->> '$.recording_days' FROM settings WHERE key = ?3), 0), 99999),` + ownSoundSpan

const ownSoundSpan = ` coalesce(nullif(p.keep_recording_days, 0), 99999), coalesce(nullif(s.keep_recording_days, 0), 99999)), 99999) `

// UpcomingSound gives of which recordings the sound alone would go by itself until a time if the box kept sound for so many days as box
// says, by session, what goes first at the beginning, and what is held apart. When a transcript will be whole nobody knows: sound
// that goes then is not among it.
func (s *Store) UpcomingSound(ctx context.Context, box appliance.Retention, until time.Time) (list []Due, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list = nil
		return eachRow(tx, func(rows *Rows) error {
			var d Due
			err := rows.Scan(&d.SessionID, &d.Topic, &d.Recordings, toTime(&d.At), &d.Held)
			list = append(list, d)
			return err
		}, `SELECT id, topic, count(*), min(due) AS at, held FROM (SELECT s.id, s.topic, `+heldConversation+` AS held,
				min(coalesce(r.ended_at + nullif(min(coalesce(nullif(?3, 0), 99999),`+ownSoundSpan+`* 86400000, `+noSpan+`),
					iif(r.keep = 'days', r.ended_at + r.keep_days * 86400000, `+noSpan+`)) AS due
				FROM recordings AS r JOIN conversations AS c ON c.id = r.conversation_id
				JOIN sessions AS s ON s.id = c.session_id AND s.erasing = 0 LEFT JOIN projects AS p ON p.id = s.project_id
				WHERE r.erased_at IS NULL AND r.ended_at IS NOT NULL AND`+notHidden+`)
			WHERE due <= ?2 GROUP BY id, held ORDER BY at, id`, ms(s.clock()), ms(until), box.RecordingDays)
	})
	return list, err
}

// SoundDue is a meeting whose sound is not to be kept any longer, and by which rule.
type SoundDue struct {
	ID   appliance.ConversationID
	Rule appliance.ErasureRule
}

// SoundDue gives the meetings whose sound is not to be kept any longer: so many days after the end, as the meeting itself says, or its
// session, project or the box, whichever is sooner; or when its transcript is whole (with pieces missing, or sound that came too late for it, a week after
// the end). Those that a legal hold is on, or that are being erased whole, are left out.
func (s *Store) SoundDue(ctx context.Context, now time.Time) (list []SoundDue, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list = nil
		return eachRow(tx, func(rows *Rows) error {
			var d SoundDue
			err := rows.Scan(&d.ID, &d.Rule)
			list = append(list, d)
			return err
		}, `SELECT r.conversation_id, CASE WHEN r.ended_at +`+soundSpan+`* 86400000 <= ?1
					THEN CASE`+soundSpan+`WHEN s.keep_recording_days THEN 'session' WHEN p.keep_recording_days THEN 'project' ELSE 'box' END
					WHEN r.keep = 'days' THEN 'meeting' ELSE 'transcript' END
				FROM recordings AS r JOIN conversations AS c ON c.id = r.conversation_id
				JOIN sessions AS s ON s.id = c.session_id LEFT JOIN projects AS p ON p.id = s.project_id
			WHERE r.erased_at IS NULL AND r.ended_at IS NOT NULL AND s.erasing = 0 AND`+notHidden+`AND NOT `+heldConversation+`
				AND (r.ended_at +`+soundSpan+`* 86400000 <= ?1 OR CASE r.keep WHEN 'days' THEN r.ended_at + r.keep_days * 86400000 <= ?1
					WHEN 'transcript' THEN EXISTS (SELECT 1 FROM transcripts AS t WHERE t.conversation_id = r.conversation_id AND t.version = r.version
						AND t.state = 'done' AND (r.ended_at <= ?2 OR t.late = 0 AND NOT EXISTS (SELECT 1 FROM segments AS g WHERE g.conversation_id = t.conversation_id
							AND g.version = t.version AND g.state = 'missing')))
					ELSE 0 END)
			ORDER BY r.conversation_id LIMIT 1000`, ms(now), ms(now.Add(-latePieces)), SettingRetention)
	})
	return list, err
}

// abandoned is after how long a recording is closed to which no device has come back: the longest there may be, and a day.
const abandoned = appliance.MaxRecording + 24*time.Hour

// TendRecordings closes recordings that nobody has ended, and uploads of which nothing has come for a week. It is run once a minute.
func (s *Store) TendRecordings(ctx context.Context) error {
	now := s.clock()
	var left []string
	err := s.read(ctx, func(tx *Tx) (err error) {
		left, err = idsOf(tx, `SELECT conversation_id FROM recordings AS r WHERE state = 'open' AND provider = 'browser' AND created_at < ?1
			AND NOT EXISTS (SELECT 1 FROM takes AS t WHERE t.conversation_id = r.conversation_id AND t.began_at >= ?1) LIMIT 1000`, ms(now.Add(-abandoned)))
		return err
	})
	for _, id := range left {
		err = errors.Join(err, s.CloseRecording(ctx, By{Actor: ActorSystem}, appliance.ConversationID(id)))
	}
	return errors.Join(err, s.tendUploads(ctx, now.Add(-latePieces)))
}

// ProblemAbandoned is that of a file whose rest never came.
const ProblemAbandoned = "abandoned"

// tendUploads ends uploads of which nothing has come since a moment: with the sound that is there, or else as failed. What has come of
// a file is removed then; it would stay on the disk for ever.
func (s *Store) tendUploads(ctx context.Context, since time.Time) error {
	var left, silent []string
	err := s.read(ctx, func(tx *Tx) (err error) {
		const idle = `SELECT conversation_id FROM recordings AS r WHERE state = 'open' AND provider = 'upload' AND created_at < ?1
			AND NOT EXISTS (SELECT 1 FROM takes AS t WHERE t.conversation_id = r.conversation_id AND t.began_at >= ?1)
			AND NOT EXISTS (SELECT 1 FROM jobs AS j WHERE j.conversation_id = r.conversation_id AND j.kind = 'decode' AND j.state IN ('queued', 'running'))
			AND EXISTS (SELECT 1 FROM pieces AS p WHERE p.conversation_id = r.conversation_id) = ?2 LIMIT 1000`
		if left, err = idsOf(tx, idle, ms(since), 1); err == nil {
			silent, err = idsOf(tx, idle, ms(since), 0)
		}
		return err
	})
	for _, id := range left {
		err = errors.Join(err, s.CloseUpload(ctx, By{Actor: ActorSystem}, appliance.ConversationID(id), ""))
	}
	for _, one := range silent {
		id := appliance.ConversationID(one)
		if info, statErr := os.Stat(s.uploadPath(id)); statErr == nil && !info.ModTime().Before(since) {
			continue
		}
		err = errors.Join(err, s.FailRecording(ctx, id, ProblemAbandoned), s.DropUpload(id))
	}
	return err
}
