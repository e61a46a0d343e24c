package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/pressly/goose/v3"

	"harmonium/appliance"
)

// DatabaseFile is the name of the database in a data directory and in a backup.
const DatabaseFile = databaseFile

// Contents is what a database file holds.
type Contents struct {
	Schema int64            `json:"schema"` // its version
	Rows   map[string]int64 `json:"rows"`   // of each table
}

// CopyTo writes the database as it is at this moment into one new file, which is there whole or not at all. Writers are
// not held up. The copy is not checked: see ReadContents.
func (s *Store) CopyTo(ctx context.Context, path string) error {
	if err := vacuumInto(ctx, s.path(databaseFile), path, func(string) error { return nil }); err != nil {
		return fmt.Errorf("copy the database: %w", outward(err))
	}
	return nil
}

// ReadContents checks the database file at path, which nobody else may have open, as QuickCheck does and counts its
// rows. It fails with CodeConflict when the file is not a database of this program, or one of a newer version.
func ReadContents(ctx context.Context, path string) (Contents, error) {
	c, err := CountContents(ctx, path)
	if err != nil {
		return c, err
	}
	return c, quickCheck(ctx, path)
}

// CountContents is ReadContents without the check.
func CountContents(ctx context.Context, path string) (c Contents, err error) {
	db, err := sql.Open("sqlite", readerAddress(path))
	if err != nil {
		return c, err
	}
	defer db.Close()
	var id int64
	err = db.QueryRowContext(ctx, `SELECT application_id, user_version FROM pragma_application_id, pragma_user_version`).
		Scan(&id, &c.Schema)
	newest, newestErr := SchemaVersion()
	switch {
	case ctx.Err() != nil:
		return c, ctx.Err()
	case newestErr != nil:
		return c, newestErr
	case err != nil || id != applicationID:
		return c, &appliance.Error{Code: appliance.CodeConflict, Err: err, Message: "This is not a database of harmonium."}
	case c.Schema > newest:
		return c, appliance.Errorf(appliance.CodeConflict, "The database is of a newer version of harmonium (%d; this one "+
			"knows up to %d). Install that version or a newer one.", c.Schema, newest)
	}
	c.Rows, err = countRows(ctx, db)
	return c, err
}

// SchemaVersion is the version of the databases that this program makes.
func SchemaVersion() (newest int64, err error) {
	files, err := fs.Glob(migrationFiles(), "*.sql")
	for _, name := range files {
		n, nameErr := goose.NumericComponent(name)
		err = errors.Join(err, nameErr)
		newest = max(newest, n)
	}
	return newest, err
}

// countRows counts the rows of every table, those of search indexes aside.
func countRows(ctx context.Context, db *sql.DB) (map[string]int64, error) {
	rows, err := db.QueryContext(ctx, `SELECT name FROM pragma_table_list
		WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	count := map[string]int64{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		count[name] = 0
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for name := range count {
		var n int64
		// The name is one of the schema, and a name cannot be a parameter.
		query := `SELECT count(*) FROM "` + strings.ReplaceAll(name, `"`, `""`) + `"`
		if err := db.QueryRowContext(ctx, query).Scan(&n); err != nil {
			return nil, fmt.Errorf("count %s: %w", name, err)
		}
		count[name] = n
	}
	return count, nil
}

// SyncDir makes files that were made, renamed or removed in dir survive a power cut.
func SyncDir(dir string) error { return syncDir(dir) }
