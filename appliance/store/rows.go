package store

import "context"

// rowsOfTables counts the rows of the tables that tell how much a box holds.
const rowsOfTables = `SELECT 'accounts', (SELECT count(*) FROM accounts)
	UNION ALL SELECT 'api_keys', (SELECT count(*) FROM api_keys)
	UNION ALL SELECT 'audit', (SELECT count(*) FROM audit)
	UNION ALL SELECT 'background', (SELECT count(*) FROM background)
	UNION ALL SELECT 'claims', (SELECT count(*) FROM claims)
	UNION ALL SELECT 'conversations', (SELECT count(*) FROM conversations)
	UNION ALL SELECT 'coverage', (SELECT count(*) FROM coverage)
	UNION ALL SELECT 'digests', (SELECT count(*) FROM digests)
	UNION ALL SELECT 'events', (SELECT count(*) FROM events)
	UNION ALL SELECT 'form_fields', (SELECT count(*) FROM form_fields)
	UNION ALL SELECT 'guides', (SELECT count(*) FROM guides)
	UNION ALL SELECT 'jobs', (SELECT count(*) FROM jobs)
	UNION ALL SELECT 'logins', (SELECT count(*) FROM logins)
	UNION ALL SELECT 'participants', (SELECT count(*) FROM participants)
	UNION ALL SELECT 'passages', (SELECT count(*) FROM passages)
	UNION ALL SELECT 'project_members', (SELECT count(*) FROM project_members)
	UNION ALL SELECT 'projects', (SELECT count(*) FROM projects)
	UNION ALL SELECT 'quotes', (SELECT count(*) FROM quotes)
	UNION ALL SELECT 'reports', (SELECT count(*) FROM reports)
	UNION ALL SELECT 'requests', (SELECT count(*) FROM requests)
	UNION ALL SELECT 'session_members', (SELECT count(*) FROM session_members)
	UNION ALL SELECT 'sessions', (SELECT count(*) FROM sessions)
	UNION ALL SELECT 'settings', (SELECT count(*) FROM settings)
	UNION ALL SELECT 'templates', (SELECT count(*) FROM templates)
	UNION ALL SELECT 'tombstones', (SELECT count(*) FROM tombstones)
	UNION ALL SELECT 'turns', (SELECT count(*) FROM turns)`

// TableRows counts the rows of the tables that tell how much a box holds, by their names.
func (s *Store) TableRows(ctx context.Context) (map[string]int64, error) {
	counted := map[string]int64{}
	err := s.read(ctx, func(tx *Tx) error {
		rows, err := tx.Query(rowsOfTables)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			var n int64
			if err := rows.Scan(&name, &n); err != nil {
				return err
			}
			counted[name] = n
		}
		return rows.Err()
	})
	return counted, err
}
