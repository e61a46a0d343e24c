package store

import (
	"context"
	"fmt"

	"harmonium/appliance"
)

// Readable is a session whose results a model may have to make anew, with the models that it and its project chose.
type Readable struct {
	Session appliance.SessionID
	Choice  appliance.ModelChoice
}

// Readables gives the sessions in which something is not as the default models would make it: a digest that is not by
// claims, or a newest report for which report was not asked, and every session with a choice of its own. Where a job
// for it waits or runs, or has failed in the last day, a session is left out, and so are sessions in the archive.
func (s *Store) Readables(ctx context.Context, claims, report appliance.Maker) (list []Readable, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		rows, err := tx.Query(`SELECT s.id, s.models, coalesce(p.models, 'null') FROM sessions AS s
			LEFT JOIN projects AS p ON p.id = s.project_id
			WHERE s.status <> 'archived' AND (s.models <> 'null' OR coalesce(p.models, 'null') <> 'null'
				OR EXISTS (SELECT 1 FROM conversations AS v JOIN digests AS d ON d.conversation_id = v.id
					WHERE v.session_id = s.id AND `+unread+`)
				OR (SELECT r.asked <> ? FROM reports AS r WHERE r.session_id = s.id ORDER BY r.version DESC LIMIT 1))
			AND EXISTS (SELECT 1 FROM reports AS r WHERE r.session_id = s.id)
			AND NOT (`+readingStopped+`)
			AND NOT EXISTS (SELECT 1 FROM jobs AS j WHERE j.session_id = s.id AND j.kind = 'read'
				AND (j.state IN ('queued', 'running') OR j.state = 'failed' AND j.finished_at > ?))
			ORDER BY s.created_at, s.id`,
			claims.By, claims.ModelDigest, claims.PromptVersion, report.Key(), ms(s.clock().Add(-giveUpFor)))
		if err != nil {
			return fmt.Errorf("sessions that a model may read: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var r Readable
			var own, projects appliance.ModelChoice
			if err := rows.Scan(&r.Session, toJSON(&own), toJSON(&projects)); err != nil {
				return err
			}
			r.Choice = own.Over(projects)
			list = append(list, r)
		}
		return rows.Err()
	})
	return list, err
}

// Unread says whether a model is to make the results of a session anew: it has not drawn from a conversation from which
// others have, or was not asked for the newest report. Where there is no report or nobody has spoken it has to do
// nothing.
func (s *Store) Unread(ctx context.Context, session appliance.SessionID, claims, report appliance.Maker) (unread bool, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		var asked string
		var spoke bool
		ok, err := found(tx.QueryRow(`SELECT r.asked, EXISTS (SELECT 1 FROM conversations AS v
				WHERE v.session_id = r.session_id AND`+forResults+`AND v.turns > 0)
			FROM reports AS r WHERE r.session_id = ? ORDER BY r.version DESC LIMIT 1`, session).Scan(&asked, &spoke))
		if err != nil || !ok || !spoke {
			return err
		}
		list, err := staleDigests(tx, session, claims)
		unread = asked != report.Key() || len(list) > 0
		return err
	})
	return unread && err == nil, err
}
