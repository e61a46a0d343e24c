package store

import (
	"context"
	"errors"
	"time"

	"harmonium/appliance"
)

// SettingRetention is the key of how long the box keeps things, an appliance.Retention.
const SettingRetention = "retention"

// keeping is a common table of the sessions that go by themselves, or of which conversations do: ends is when the session
// was closed, NULL while its conversations go one by one, and days the shortest period of box, project and session. ?2 is
// the box's, 0 when it sets none.
const keeping = `WITH keeping AS (SELECT s.id, s.topic, iif(s.status IN ('closed', 'archived'), s.closed_at, NULL) AS ends,
		min(coalesce(nullif(?2, 0), 1000000), coalesce(p.keep_days, 1000000),
			coalesce(s.keep_days, 1000000)) * 86400000 AS span, ` + heldSession + ` AS held
	FROM sessions AS s LEFT JOIN projects AS p ON p.id = s.project_id WHERE s.erasing = 0)
`

// noSpan is the span of what is kept until somebody deletes it.
const noSpan = `86400000000000`

// Due is what retention deletes, at once or later.
type Due struct {
	SessionID     appliance.SessionID
	Topic         string
	Conversations int       // how many go then
	Recordings    int       // of how many the sound alone goes then: see UpcomingSound
	Whole         bool      // the session goes with them
	At            time.Time // when, or when the first of the conversations does
	Held          bool      // a legal hold keeps the session, or something in it
}

// BoxRetention gives how long the box keeps things.
func (s *Store) BoxRetention(ctx context.Context) (r appliance.Retention, err error) {
	_, err = s.Setting(ctx, SettingRetention, &r)
	return r, err
}

// Upcoming gives what would go by itself until a time if the box kept things as box says, what goes first at the beginning,
// what is held included.
func (s *Store) Upcoming(ctx context.Context, box appliance.Retention, until time.Time) (list []Due, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list = nil
		rows, err := tx.Query(keeping+`SELECT k.id, k.topic, (SELECT count(*) FROM conversations WHERE session_id = k.id), 1, k.ends + k.span AS at, k.held
				FROM keeping AS k WHERE k.ends IS NOT NULL AND k.span < `+noSpan+` AND k.ends + k.span <= ?3
			UNION ALL SELECT k.id, k.topic, count(*), 0, min(c.last_turn_at) + k.span AS at, k.held
				FROM keeping AS k JOIN conversations AS c ON c.session_id = k.id
				WHERE k.ends IS NULL AND k.span < `+noSpan+` AND c.last_turn_at + k.span <= ?3 GROUP BY k.id
			ORDER BY at, 1`, ms(s.clock()), box.Days, ms(until))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var d Due
			if err := rows.Scan(&d.SessionID, &d.Topic, &d.Conversations, &d.Whole, toTime(&d.At), &d.Held); err != nil {
				return err
			}
			list = append(list, d)
		}
		return rows.Err()
	})
	return list, err
}

// Overdue gives what is to be deleted now, without what is held: sessions, conversations of sessions that are not closed, and
// threads of the Companion. It says how many conversations that takes, and how many there are.
func (s *Store) Overdue(ctx context.Context) (list []appliance.Erased, take, all int, err error) {
	now := s.clock()
	err = s.read(ctx, func(tx *Tx) error {
		list, take = nil, 0
		var box appliance.Retention
		if _, err := setting(tx, SettingRetention, &box); err != nil {
			return err
		}
		if err := tx.QueryRow(`SELECT count(*) FROM conversations`).Scan(&all); err != nil {
			return err
		}
		rows, err := tx.Query(keeping+`SELECT 'session', k.id, (SELECT count(*) FROM conversations WHERE session_id = k.id)
				FROM keeping AS k WHERE k.ends IS NOT NULL AND k.held = 0 AND k.span < `+noSpan+` AND k.ends + k.span <= ?1
			UNION ALL SELECT 'conversation', c.id, 1 FROM keeping AS k JOIN sessions AS s ON s.id = k.id
				JOIN conversations AS c ON c.session_id = k.id
				WHERE k.ends IS NULL AND k.span < `+noSpan+` AND c.last_turn_at + k.span <= ?1 AND`+notHidden+`AND NOT `+heldConversation+`
			UNION ALL SELECT 'thread', t.id, 0 FROM companion_threads AS t WHERE NOT `+heldBox+` AND t.updated_at +
				nullif(?2, 0) * 86400000 <= ?1`, ms(now), box.Days)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var e appliance.Erased
			var n int
			if err := rows.Scan(&e.Kind, &e.ID, &n); err != nil {
				return err
			}
			list, take = append(list, e), take+n
		}
		return rows.Err()
	})
	return list, take, all, err
}

// boxPeriods are the columns of what the box sets; ?2 is SettingRetention.
const boxPeriods = `coalesce((SELECT value ->> '$.days' FROM settings WHERE key = ?2), 0),
	coalesce((SELECT value ->> '$.recording_days' FROM settings WHERE key = ?2), 0)`

// KeptFor says how long a session is kept, and by which levels. It fails with CodeNotFound when there is none.
func (s *Store) KeptFor(ctx context.Context, id appliance.SessionID) (k appliance.KeptFor, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		k = appliance.KeptFor{}
		var ends, first time.Time
		err := tx.QueryRow(`SELECT `+boxPeriods+`, coalesce(p.keep_days, 0), coalesce(p.keep_recording_days, 0),
				coalesce(s.keep_days, 0), coalesce(s.keep_recording_days, 0), iif(s.status IN ('closed', 'archived'), s.closed_at, NULL),
				(SELECT min(last_turn_at) FROM conversations WHERE session_id = s.id), `+heldSession+`
			FROM sessions AS s LEFT JOIN projects AS p ON p.id = s.project_id WHERE s.id = ?3 AND s.erasing = 0`,
			ms(s.clock()), SettingRetention, id).Scan(&k.Box.Days, &k.Box.RecordingDays, &k.Project.Days, &k.Project.RecordingDays,
			&k.Session.Days, &k.Session.RecordingDays, toTime(&ends), toTime(&first), &k.Held)
		if err != nil {
			return notFound(err, "session")
		}
		if ends.IsZero() {
			ends = first
		}
		if days := k.Shortest().Days; days > 0 && !ends.IsZero() {
			k.GoesAt = ends.AddDate(0, 0, days)
		}
		return nil
	})
	return k, err
}

// ProjectKeptFor gives what box and project set. It fails with CodeNotFound when there is no such project.
func (s *Store) ProjectKeptFor(ctx context.Context, id appliance.ProjectID) (k appliance.KeptFor, err error) {
	err = s.lookUp(ctx, `SELECT `+boxPeriods+`, coalesce(p.keep_days, 0), coalesce(p.keep_recording_days, 0),
			`+heldNow+` OR h.object = p.id)) FROM projects AS p WHERE p.id = ?3`,
		[]any{ms(s.clock()), SettingRetention, id}, []any{&k.Box.Days, &k.Box.RecordingDays, &k.Project.Days, &k.Project.RecordingDays, &k.Held})
	return k, notFound(err, "project")
}

// OwnPeriods gives the periods that projects and sessions set for themselves.
func (s *Store) OwnPeriods(ctx context.Context) (list []appliance.OwnPeriod, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list = []appliance.OwnPeriod{}
		return eachRow(tx, func(rows *Rows) error {
			var p appliance.OwnPeriod
			err := rows.Scan(&p.Level, &p.Days, &p.RecordingDays, &p.Count)
			list = append(list, p)
			return err
		}, `SELECT level, days, recordings, count(*) FROM (
				SELECT 'project' AS level, coalesce(keep_days, 0) AS days, coalesce(keep_recording_days, 0) AS recordings FROM projects
				UNION ALL SELECT 'session', coalesce(keep_days, 0), coalesce(keep_recording_days, 0) FROM sessions WHERE erasing = 0)
			WHERE days > 0 OR recordings > 0 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`)
	})
	return list, err
}

// SetRetention sets how long the box keeps things.
func (s *Store) SetRetention(ctx context.Context, by By, r appliance.Retention) error {
	if err := r.Validate(); err != nil {
		return err
	}
	return s.SetSetting(ctx, by, SettingRetention, r)
}

// KeepProject sets how long the sessions of a project are kept.
func (s *Store) KeepProject(ctx context.Context, by By, id appliance.ProjectID, r appliance.Retention) error {
	return s.keep(ctx, by, r, `UPDATE projects SET keep_days = nullif(?, 0), keep_recording_days = nullif(?, 0) WHERE id = ?`, "project", string(id))
}

// KeepSession sets how long a session is kept.
func (s *Store) KeepSession(ctx context.Context, by By, id appliance.SessionID, r appliance.Retention) error {
	return s.keep(ctx, by, r, `UPDATE sessions SET keep_days = nullif(?, 0), keep_recording_days = nullif(?, 0)
		WHERE id = ? AND erasing = 0`, "session", string(id))
}

func (s *Store) keep(ctx context.Context, by By, r appliance.Retention, query, what, id string) error {
	if err := r.Validate(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *Tx) error {
		done, err := tx.Exec(query, r.Days, r.RecordingDays, id)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, appliance.Errorf(appliance.CodeNotFound, "%s", noSuch(what)))
		}
		return audit(ctx, tx, by.did(s.clock(), what+".retention", id))
	})
}
