package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"harmonium/appliance"
)

// The keys of the settings table. Each has one type, which is named where it is used.
const (
	settingSetup     = "setup"      // setupToken
	settingAuditHead = "audit.head" // audit.Head
)

// Setting reads the setting key into into, a pointer; false when it has never been set.
func (s *Store) Setting(ctx context.Context, key string, into any) (found bool, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		found, err = setting(tx, key, into)
		return err
	})
	return found, err
}

// SetSetting stores value, which must have a JSON form, as the setting key.
func (s *Store) SetSetting(ctx context.Context, by By, key string, value any) error {
	now := s.clock()
	return s.write(ctx, func(tx *Tx) error {
		if err := setSetting(tx, key, value, ms(now)); err != nil {
			return err
		}
		return audit(ctx, tx, by.did(now, "setting.change", key))
	})
}

func setting(tx *Tx, key string, into any) (bool, error) {
	err := tx.QueryRow(`SELECT value FROM settings WHERE key = ?`, key).Scan(toJSON(into))
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("setting %s: %w", key, err)
	}
	return true, nil
}

func setSetting(tx *Tx, key string, value any, now int64) error {
	_, err := tx.Exec(`INSERT INTO settings (key, value, updated_at) VALUES (?1, ?2, ?3)
		ON CONFLICT (key) DO UPDATE SET value = ?2, updated_at = ?3`, key, asJSON(value), now)
	return err
}

func removeSetting(tx *Tx, key string) error {
	_, err := tx.Exec(`DELETE FROM settings WHERE key = ?`, key)
	return err
}

// SettingModels is the key of the box's choice of models, an appliance.ModelChoice.
const SettingModels = "models"

// SettingLeading is the key of how the box leads conversations where a session sets nothing, an appliance.Leading.
const SettingLeading = "leading"

// Leading gives how the conversations of a session are led, the box's settings and the program's where it has none of
// its own, and who asks in them. It fails with CodeNotFound when there is no such session.
func (s *Store) Leading(ctx context.Context, id appliance.SessionID) (l appliance.Leading, host string, err error) {
	var box appliance.Leading
	err = s.read(ctx, func(tx *Tx) error {
		err := tx.QueryRow(`SELECT s.leading, coalesce(nullif(s.host, ''), a.name, ''),
				(SELECT value FROM settings WHERE key = ?)
			FROM sessions s LEFT JOIN accounts a ON a.id = s.created_by WHERE s.id = ?`, SettingLeading, id).
			Scan(toJSON(&l), &host, toJSON(&box))
		return notFound(err, "session")
	})
	return l.Over(box), host, err
}

// SettingContact is the key of whom people can ask and who is responsible for the box, an appliance.Contact.
const SettingContact = "contact"

// SettingCapacity is the key of what was measured of the box last, a capacity.Result.
const SettingCapacity = "capacity"

// ModelChoice gives which models a session has chosen, its project's choice where it has none of its own. It fails with
// CodeNotFound when there is no such session.
func (s *Store) ModelChoice(ctx context.Context, id appliance.SessionID) (appliance.ModelChoice, error) {
	var own, projects appliance.ModelChoice
	err := s.read(ctx, func(tx *Tx) error {
		err := tx.QueryRow(`SELECT s.models, coalesce(p.models, 'null') FROM sessions s
			LEFT JOIN projects p ON p.id = s.project_id WHERE s.id = ?`, id).Scan(toJSON(&own), toJSON(&projects))
		return notFound(err, "session")
	})
	return own.Over(projects), err
}
