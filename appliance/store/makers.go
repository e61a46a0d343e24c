package store

import (
	"context"
	"time"
)

// Work is what one model has made of one kind, of what is still kept.
type Work struct {
	Model  string // its name; "" for vectors, which keep its digest alone
	Digest string
	Kind   string // what it is: guides, turns, digests, claims, ideas, insights, answers, vectors, sound or reports
	Count  int
	First  time.Time
	Last   time.Time
}

// Works tells which models made what, so which of them were given what to read: a guide is made from a brief, a turn and
// a digest from what a participant said, claims, ideas, values of insights and a report from what all said, an answer of the
// Companion and vectors from passages of conversations. It reads every one of these rows once.
func (s *Store) Works(ctx context.Context) (works []Work, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		rows, err := tx.Query(`
			SELECT made_by, model_digest, kind, sum(n), min(first), max(last) FROM (
				SELECT made_by, model_digest, 'guides' AS kind, count(*) AS n, min(created_at) AS first, max(created_at) AS last
					FROM guides WHERE model_digest <> '' GROUP BY 1, 2
				UNION ALL SELECT made_by, model_digest, 'turns', count(*), min(created_at), max(created_at)
					FROM turns WHERE model_digest <> '' GROUP BY 1, 2
				UNION ALL SELECT made_by, model_digest, 'digests', count(*), min(created_at), max(created_at)
					FROM digests WHERE model_digest <> '' GROUP BY 1, 2
				UNION ALL SELECT made_by, model_digest, 'claims', count(*), min(created_at), max(created_at)
					FROM claims WHERE model_digest <> '' GROUP BY 1, 2
				UNION ALL SELECT made_by, model_digest, 'ideas', count(*), min(created_at), max(created_at)
					FROM ideas WHERE model_digest <> '' GROUP BY 1, 2
				UNION ALL SELECT made_by, model_digest, 'insights', count(*), min(created_at), max(created_at)
					FROM insights WHERE model_digest <> '' GROUP BY 1, 2
				UNION ALL SELECT made_by, model_digest, 'answers', count(*), min(created_at), max(created_at)
					FROM companion_answers WHERE model_digest <> '' GROUP BY 1, 2
				UNION ALL SELECT '', v.model_digest, 'vectors', count(*), min(c.created_at), max(coalesce(c.last_turn_at, c.created_at))
					FROM vectors AS v JOIN conversations AS c ON c.id = v.conversation_id GROUP BY 1, 2
				UNION ALL SELECT g.made_by, g.model_digest, 'sound', count(*), min(t.created_at), max(coalesce(t.completed_at, t.created_at))
					FROM segments AS g JOIN transcripts AS t ON t.conversation_id = g.conversation_id AND t.version = g.version
					WHERE g.made_by <> '' GROUP BY 1, 2
				UNION ALL SELECT made_by, model_digest, 'reports', count(*), min(created_at), max(created_at)
					FROM reports WHERE model_digest <> '' GROUP BY 1, 2
			) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var w Work
			var first, last int64
			if err := rows.Scan(&w.Model, &w.Digest, &w.Kind, &w.Count, &first, &last); err != nil {
				return err
			}
			w.First, w.Last = time.UnixMilli(first).UTC(), time.UnixMilli(last).UTC()
			works = append(works, w)
		}
		return rows.Err()
	})
	return works, err
}
