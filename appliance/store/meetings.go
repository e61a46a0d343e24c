package store

import (
	"context"

	"harmonium/appliance"
)

// Of a meeting: its conversation v, its session s, its recording r (NULL of a text), the newest of its transcripts w.
const (
	meetingsFrom = ` FROM conversations AS v JOIN sessions AS s ON s.id = v.session_id
		LEFT JOIN recordings AS r ON r.conversation_id = v.id
		LEFT JOIN transcripts AS w ON w.conversation_id = v.id
			AND w.version = (SELECT max(n.version) FROM transcripts AS n WHERE n.conversation_id = v.id)
		WHERE v.source <> 'interview' `

	// neverHeard says that the sound of a recording is gone of which no transcript was begun.
	neverHeard = ` (r.erased_at IS NOT NULL AND w.version IS NULL) `

	meetingStatus = ` CASE WHEN r.conversation_id IS NULL OR r.version > 0 THEN 'ready' WHEN r.state = 'open' THEN 'recording'
		WHEN r.state = 'failed' OR w.state = 'failed' OR` + neverHeard + `THEN 'failed' WHEN w.state = 'cancelled' THEN 'cancelled' ELSE 'transcribing' END `

	transcriptStatus = ` CASE WHEN r.conversation_id IS NULL OR r.version > 0 THEN 'completed' WHEN r.state = 'failed' OR` + neverHeard + `THEN 'failed'
		WHEN w.state = 'running' THEN 'processing' WHEN w.state IN ('failed', 'cancelled') THEN w.state
		WHEN r.state = 'open' THEN 'none' ELSE 'pending' END `

	meetingProblem = ` coalesce(nullif(w.problem, ''), nullif(r.problem, ''), CASE WHEN` + neverHeard + `THEN '` + ProblemErased + `' END, '') `

	// meetingUpdated is when something of a meeting was last changed: sound, words, who may use them, what was drawn from them.
	meetingUpdated = ` max(v.last_turn_at, coalesce(v.finished_at, 0), coalesce(r.ended_at, 0), coalesce(w.completed_at, w.created_at, 0),
		coalesce((SELECT d.created_at FROM digests AS d WHERE d.conversation_id = v.id), 0),
		coalesce((SELECT max(e.edited_at) FROM turn_edits AS e WHERE e.conversation_id = v.id), 0),
		coalesce((SELECT max(e.at) FROM restriction_events AS e WHERE e.conversation_id = v.id), 0)) `

	// recordedMS is how long the sound of a meeting is: to the end of the track that ends last (Recording.TrackSamples).
	recordedMS = ` coalesce((SELECT max(samples) / 16 FROM (SELECT coalesce(t.place, 0) + sum(coalesce(t.samples, (SELECT max(p.start + p.samples) FROM pieces AS p
		WHERE p.conversation_id = t.conversation_id AND p.track = t.track AND p.take = t.take), 0))
			OVER (PARTITION BY t.track ORDER BY t.take DESC) AS samples
		FROM takes AS t WHERE t.conversation_id = v.id)), 0) `

	// meetingColumns are scanned by scanMeeting.
	meetingColumns = ` v.id, v.session_id, s.topic, v.title, coalesce(r.provider, 'text'),` + meetingStatus + `,` + transcriptStatus + `,
		` + meetingProblem + `, v.language, v.created_at, r.ended_at,` + meetingUpdated + `,
		CASE WHEN r.conversation_id IS NULL THEN v.finished_at WHEN r.version > 0 THEN
			(SELECT t.completed_at FROM transcripts AS t WHERE t.conversation_id = v.id AND t.version = r.version) END,
		v.next_seq, (SELECT count(*) FROM speakers AS k WHERE k.conversation_id = v.id),
		max(` + recordedMS + `, coalesce((SELECT max(t.end_ms) FROM turns AS t WHERE t.conversation_id = v.id), 0)),
		coalesce(r.version, 0), coalesce((SELECT g.made_by FROM segments AS g WHERE g.conversation_id = v.id
			AND g.version = r.version AND g.made_by <> '' LIMIT 1), ''), v.restricted `
)

func scanMeeting(row interface{ Scan(...any) error }) (m appliance.Meeting, err error) {
	err = row.Scan(&m.ID, &m.SessionID, &m.Topic, &m.Title, &m.Provider, &m.Status, &m.Transcript, &m.Problem, &m.Language,
		toTime(&m.StartedAt), toTime(&m.EndedAt), toTime(&m.UpdatedAt), toTime(&m.CompletedAt), &m.Utterances, &m.Speakers, &m.DurationMS,
		&m.Version, &m.Model, &m.Restricted)
	return m, err
}

// Meetings gives the meetings whose conversations an account may read, the last to begin first, how many fit the filter in
// all, and whether more come behind the last one that is given.
func (s *Store) Meetings(ctx context.Context, account appliance.AccountID, f appliance.MeetingFilter,
) (list []appliance.Meeting, total int, more bool, err error) {
	const fits = meetingsFrom + `AND v.session_id IN (SELECT s.id FROM` + responsesSessions + `)
		AND NOT EXISTS (SELECT 1 FROM withdrawals AS b WHERE b.conversation_id = v.id)
		AND EXISTS (SELECT 1 FROM conversations AS c WHERE c.id = v.id AND` + notHidden + `) AND v.restricted & ?7 = 0
		AND (?2 = '' OR v.session_id = ?2) AND (?3 = '' OR` + meetingStatus + `= ?3)
		AND (?4 IS NULL OR v.created_at >= ?4) AND (?5 IS NULL OR v.created_at < ?5) AND (?6 IS NULL OR` + meetingUpdated + `>= ?6) `
	args := []any{account, f.Session, f.Status, msOrNull(f.From), msOrNull(f.To), msOrNull(f.UpdatedSince)}
	err = s.read(ctx, func(tx *Tx) error {
		list, more = nil, false
		args := append(args, tx.purpose)
		if err := tx.QueryRow(`SELECT count(*)`+fits, args...).Scan(&total); err != nil {
			return err
		}
		return eachRow(tx, func(rows *Rows) error {
			m, err := scanMeeting(rows)
			if more = len(list) == f.Limit; !more {
				list = append(list, m)
			}
			return err
		}, `SELECT`+meetingColumns+fits+`AND (?8 IS NULL OR (v.created_at, v.id) < (?8, ?9))
			ORDER BY v.created_at DESC, v.id DESC LIMIT ?10 + 1 OFFSET ?11`,
			append(args, msOrNull(f.Before.StartedAt), f.Before.ID, f.Limit, f.Offset)...)
	})
	return list, total, more, err
}

// Meeting gives one meeting; CodeNotFound when there is none, or the conversation is none.
func (s *Store) Meeting(ctx context.Context, id appliance.ConversationID) (m appliance.Meeting, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		m, err = scanMeeting(tx.QueryRow(`SELECT`+meetingColumns+meetingsFrom+`AND v.id = ?`, id))
		return notFound(err, "meeting")
	})
	return m, err
}

// MeetingMaterial is what the minutes of a meeting are put together from.
type MeetingMaterial struct {
	Conversation appliance.Conversation
	Turns        []appliance.Turn    // as results may show them
	Claims       []CitedClaim        // that were drawn from it and may be shown
	Gaps         []appliance.Segment // of which nothing stands in the transcript in use, in the order of their times
	// Worded is the summary that a model has worded; its zero value when none was asked. Of its sentences those count of which
	// all claims are in Claims.
	Worded appliance.ReportPart
}

// MeetingMaterial gives it, all of one moment. CodeNotFound when there is no such meeting, and CodeForbidden where a restriction
// forbids to put anything together from it.
func (s *Store) MeetingMaterial(ctx context.Context, id appliance.ConversationID) (m MeetingMaterial, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		m = MeetingMaterial{}
		if m.Conversation, err = conversation(tx, id); err != nil {
			return err
		}
		switch c := m.Conversation; {
		case c.Source == appliance.SourceInterview:
			return appliance.Errorf(appliance.CodeNotFound, "%s", noSuch("meeting"))
		case c.Restricted.Forbid(appliance.NoSynthesis):
			return appliance.Errorf(appliance.CodeForbidden, "The restrictions of this meeting forbid that anything is put together from it.")
		}
		if m.Turns, err = turns(tx, ForResults, `conversation_id = ?1 AND EXISTS (SELECT 1 FROM conversations AS v WHERE v.id = ?1
			AND v.restricted & `+bitSynthesis+` = 0)`, id); err != nil {
			return err
		}
		if m.Claims, err = citedClaims(tx, `c.conversation_id = ?`, m.Conversation.SessionID, id); err != nil {
			return err
		}
		parts, err := reportParts(tx, m.Conversation.SessionID, `topic_id = ?`, appliance.PartOfMeeting(id))
		if err != nil {
			return err
		}
		if len(parts) > 0 {
			m.Worded = parts[0]
		}
		m.Gaps, err = gapsOf(tx, id)
		return err
	})
	return m, err
}

// meetingsOf gives the meetings of a session that have a part in its results and in which something was said, the first to begin
// first.
func meetingsOf(tx *Tx, session appliance.SessionID) (list []appliance.Conversation, err error) {
	err = eachRow(tx, func(rows *Rows) error {
		var c appliance.Conversation
		err := rows.Scan(conversationDest(&c)...)
		list = append(list, c)
		return err
	}, `SELECT`+conversationColumns+`FROM conversations AS c WHERE c.session_id = ? AND c.source <> 'interview' AND c.turns > 0
		AND`+forResults+`ORDER BY c.created_at, c.id`, session)
	return list, err
}

// gapsOf gives the parts of a recording of which nothing stands in the transcript in use.
func gapsOf(tx *Tx, id appliance.ConversationID) (list []appliance.Segment, err error) {
	err = eachRow(tx, func(rows *Rows) error {
		var g appliance.Segment
		err := rows.Scan(&g.Track, &g.Position, &g.StartMS, &g.EndMS, &g.State)
		list = append(list, g)
		return err
	}, `SELECT g.track, g.position, g.start_ms, g.end_ms, g.state FROM segments AS g
		JOIN recordings AS r ON r.conversation_id = g.conversation_id AND r.version = g.version
		WHERE g.conversation_id = ? AND g.state IN ('inaudible', 'missing') ORDER BY g.start_ms, g.track`, id)
	return list, err
}

// MeetingGaps are the parts of a recorded meeting of which nothing stands in its transcript in use, or all of it where there is no
// transcript: no part of what was said there is in any result.
type MeetingGaps struct {
	Conversation appliance.ConversationID
	Title        string
	Gaps         []appliance.Segment // in the order of their times, parts that touch as one
	// Unheard is set of a recording that has no transcript at all: why there is none, with the code of what stood in the way. SoundMS
	// is how long its sound is, or was.
	Unheard appliance.MeetingStatus
	Problem string
	SoundMS int64
}

// meetingGaps gives them for the meetings that have a part in what is read in tx, the first to begin first.
func meetingGaps(tx *Tx, session appliance.SessionID) (list []MeetingGaps, err error) {
	err = eachRow(tx, func(rows *Rows) error {
		var of MeetingGaps
		var g appliance.Segment
		if err := rows.Scan(&of.Conversation, &of.Title, &g.StartMS, &g.EndMS, &g.State); err != nil {
			return err
		}
		if n := len(list); n == 0 || list[n-1].Conversation != of.Conversation {
			list = append(list, of)
		}
		gaps := &list[len(list)-1].Gaps
		*gaps = append(*gaps, g)
		return nil
	}, `SELECT v.id, v.title, g.start_ms, g.end_ms, g.state FROM conversations AS v JOIN recordings AS r ON r.conversation_id = v.id
		JOIN segments AS g ON g.conversation_id = r.conversation_id AND g.version = r.version
		WHERE v.session_id = ? AND v.included = 1 AND v.restricted & ? = 0 AND g.state IN ('inaudible', 'missing')
		ORDER BY v.created_at, v.id, g.start_ms, g.track`, session, tx.without())
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].Gaps = appliance.JoinGaps(list[i].Gaps)
	}
	unheard, err := meetingsUnheard(tx, session)
	return append(list, unheard...), err
}

// meetingsUnheard gives the recordings of a session of which there is sound and no transcript: nobody could write them down yet,
// or somebody has stopped it, or it failed.
func meetingsUnheard(tx *Tx, session appliance.SessionID) (list []MeetingGaps, err error) {
	err = eachRow(tx, func(rows *Rows) error {
		var of MeetingGaps
		err := rows.Scan(&of.Conversation, &of.Title, &of.Unheard, &of.Problem, &of.SoundMS)
		list = append(list, of)
		return err
	}, `SELECT id, title, status, problem, ms FROM (SELECT v.id, v.title, v.created_at,`+meetingStatus+`AS status,`+meetingProblem+`AS problem,
				`+recordedMS+`AS ms`+meetingsFrom+`
			AND v.session_id = ? AND v.restricted & ? = 0 AND r.version = 0
			AND EXISTS (SELECT 1 FROM conversations AS c WHERE c.id = v.id AND`+notHidden+`))
		WHERE ms > 0 ORDER BY created_at, id`, session, tx.without())
	return list, err
}

// NoteHandedOut notes in the trail that somebody takes away a file about a meeting. It fails with CodeForbidden, and notes nothing, where a
// restriction that has come since the file was begun forbids it.
func (s *Store) NoteHandedOut(ctx context.Context, by By, action string, id appliance.ConversationID) error {
	return s.write(ctx, func(tx *Tx) error {
		var forbidden bool
		err := tx.QueryRow(`SELECT restricted & ? <> 0 FROM conversations WHERE id = ?`, appliance.NoExport|appliance.NoSynthesis, id).Scan(&forbidden)
		if err != nil {
			return notFound(err, "meeting")
		}
		if forbidden {
			return appliance.Errorf(appliance.CodeForbidden, "The restrictions of this meeting forbid that it is handed out. No file was made.")
		}
		return audit(ctx, tx, by.did(s.clock(), action, string(id)))
	})
}

// TurnsToHandOut gives the turns of a meeting as a file may hold them, none where a restriction forbids it, and notes in the trail
// who took them away.
func (s *Store) TurnsToHandOut(ctx context.Context, by By, id appliance.ConversationID, action string) (list []appliance.Turn, err error) {
	err = s.write(ctx, func(tx *Tx) error {
		list, err = turns(tx, ForResults, `conversation_id = ?1 AND EXISTS (SELECT 1 FROM conversations AS v WHERE v.id = ?1
			AND v.restricted & `+bitExport+` = 0)`, id)
		if err != nil {
			return err
		}
		return audit(ctx, tx, by.did(s.clock(), action, string(id)))
	})
	return list, err
}
