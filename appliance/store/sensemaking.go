package store

import (
	"context"
	"time"

	"harmonium/appliance"
)

// Sensemaking gives how the opinion map of a project is to be shown; false when nothing was ever set.
func (s *Store) Sensemaking(ctx context.Context, id appliance.ProjectID) (m appliance.Sensemaking, there bool, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		m, there, err = sensemaking(tx, id)
		return err
	})
	return m, there, err
}

func sensemaking(tx *Tx, id appliance.ProjectID) (m appliance.Sensemaking, there bool, err error) {
	var created, updated time.Time
	there, err = found(tx.QueryRow(`SELECT settings, created_at, updated_at FROM sensemaking WHERE project_id = ?`, id).
		Scan(toJSON(&m), toTime(&created), toTime(&updated)))
	m.CreatedAt, m.UpdatedAt = created, updated
	return m, there, err
}

// ChangeSensemaking changes how the opinion map of a project is to be shown. It fails with CodeConflict when another
// project has the slug.
func (s *Store) ChangeSensemaking(ctx context.Context, by By, id appliance.ProjectID, change func(*appliance.Sensemaking),
) (m appliance.Sensemaking, err error) {
	now := s.clock()
	err = s.write(ctx, func(tx *Tx) error {
		if _, err := project(tx, id); err != nil {
			return err
		}
		if m, _, err = sensemaking(tx, id); err != nil {
			return err
		}
		change(&m)
		if err := m.Validate(); err != nil {
			return err
		}
		if m.CreatedAt.IsZero() {
			m.CreatedAt = now
		}
		m.UpdatedAt = now
		_, err := tx.Exec(`INSERT INTO sensemaking (project_id, slug, settings, created_at, updated_at)
			VALUES (?1, nullif(?2, ''), ?3, ?4, ?5)
			ON CONFLICT (project_id) DO UPDATE SET slug = nullif(?2, ''), settings = ?3, updated_at = ?5`,
			id, m.Slug, asJSON(m), ms(m.CreatedAt), ms(now))
		if isUnique(err) {
			return appliance.Errorf(appliance.CodeConflict, "Another project has this slug. Nothing was changed; please choose another.")
		} else if err != nil {
			return err
		}
		return audit(ctx, tx, by.did(now, "project.sensemaking", string(id)))
	})
	return m, err
}
