package store

import "context"

// TableRows counts the rows of every table of the database, those of search indexes aside. It reads beside everything else,
// one table after the other: what is written meanwhile may count in one and not in another.
func (s *Store) TableRows(ctx context.Context) (map[string]int64, error) {
	c, err := CountContents(ctx, s.path(databaseFile))
	return c.Rows, err
}
