package store

import (
	"context"
	"time"
)

// Work is what one model has made of one kind, of what is still kept.
type Work struct {
	Model  string // its name
	Digest string
	Kind   string // the table that holds it: guides, turns, digests, claims or reports
	Count  int
	First  time.Time
	Last   time.Time
}

// Works tells which models made what, so which of them were given what to read: a guide is made from a brief, a turn and
// a digest from what a participant said, claims and a report from what all said. It reads every one of these rows once.
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
