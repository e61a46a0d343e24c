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

// Unread says whether the results of a session are not as the given makers would make them: something was said or
// drawn otherwise since, or the newest report is of older material or was not asked of the model. Without a report there
// is nothing to make anew yet.
func (s *Store) Unread(ctx context.Context, session appliance.SessionID, claims, report appliance.Maker) (bool, error) {
	m, err := s.ReportMaterial(ctx, session)
	if err != nil || m.LatestHash == nil || m.Counts.Conversations == 0 {
		return false, err
	}
	if string(m.Hash) != string(m.LatestHash) || m.LatestAsked != report.Key() {
		return true, nil
	}
	list, err := s.StaleDigests(ctx, session, claims)
	return len(list) > 0, err
}
