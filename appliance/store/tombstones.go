package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"harmonium/appliance"
)

// A tombstone is written by a trigger of the table that a thing is deleted from (see the migration that made the table
// tombstones), in the transaction that deletes it.

// Tombstone says that something was deleted for good, and nothing of what it was.
type Tombstone struct {
	Seq    int64  // in the database that it was deleted from
	Kind   string // "session", "conversation"…: what deleteAgain knows
	Object string // its id
	At     time.Time
}

// Tombstones gives those after the number after, oldest first. One that is given for the first time gets the present
// time as the time of its deletion, a moment after it.
func (s *Store) Tombstones(ctx context.Context, after int64) ([]Tombstone, error) {
	if err := s.dateTombstones(ctx); err != nil {
		return nil, err
	}
	var list []Tombstone
	err := s.read(ctx, func(tx *Tx) error {
		list = nil
		rows, err := tx.Query(`SELECT seq, kind, object, at FROM tombstones WHERE seq > ? ORDER BY seq`, after)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var t Tombstone
			if err := rows.Scan(&t.Seq, &t.Kind, &t.Object, toTime(&t.At)); err != nil {
				return err
			}
			list = append(list, t)
		}
		return rows.Err()
	})
	return list, err
}

func (s *Store) dateTombstones(ctx context.Context) error {
	var undated bool
	err := s.read(ctx, func(tx *Tx) error {
		return tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM tombstones WHERE at IS NULL)`).Scan(&undated)
	})
	if err != nil || !undated {
		return err
	}
	return s.erase(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`UPDATE tombstones SET at = ? WHERE at IS NULL`, ms(s.clock()))
		return err
	})
}

// Deleted holds a token after a deletion may have left a tombstone.
func (s *Store) Deleted() <-chan struct{} { return s.deleted }

func (s *Store) tellDeleted() {
	select {
	case s.deleted <- struct{}{}:
	default:
	}
}

// ByRestore is the actor of what is deleted anew because it had been deleted after the backup was made.
var ByRestore = By{Actor: "restore"}

// Replay deletes what tombstones of elsewhere say was deleted, and keeps them, so that a restore of a still older
// backup finds them too. It gives how many of those things were there. Deleting what is not there is no error, and nor
// is a kind of a newer version, whose tombstone is kept.
func (s *Store) Replay(ctx context.Context, list []Tombstone) (deleted int, err error) {
	for _, t := range list {
		there, err := s.deleteAgain(ctx, t)
		if err != nil {
			return deleted, err
		}
		if there {
			deleted++
		}
		err = s.erase(ctx, func(tx *Tx) error {
			_, err := tx.Exec(`INSERT INTO tombstones (kind, object, at) VALUES (?1, ?2, ?3)
				ON CONFLICT (kind, object) DO UPDATE SET at = ?3`, t.Kind, t.Object, msOrNull(t.At))
			return err
		})
		if err != nil {
			return deleted, err
		}
	}
	return deleted, nil
}

// rowDeletions are the statements that delete what goes as one row, by the kind of tombstone. What belongs to it goes by
// the foreign keys.
var rowDeletions = map[string]string{
	"participant":        `DELETE FROM participants WHERE id = ?`,
	"account":            `DELETE FROM accounts WHERE id = ?`,
	"key":                `DELETE FROM api_keys WHERE id = ?`,
	"template":           `DELETE FROM templates WHERE id = ?`,
	"background":         `DELETE FROM background WHERE id = ?`,
	"insight":            `DELETE FROM insight_definitions WHERE id = ?`,
	"invitation":         `UPDATE invitations SET revoked_at = created_at WHERE id = ? AND revoked_at IS NULL`,
	"recovery_code":      `DELETE FROM recovery_codes WHERE account_id || ' ' || hex(hash) = ?`,
	"account_invitation": `UPDATE account_invitations SET revoked_at = 0 WHERE id = ? AND used_at IS NULL AND revoked_at IS NULL`,
	"group":              `DELETE FROM groups WHERE id = ?`,
	"webhook":            `DELETE FROM webhooks WHERE id = ?`,
	"thread":             `DELETE FROM companion_threads WHERE id = ?`,
	"mark":               `DELETE FROM marks WHERE id = ?`,
	"point":              `UPDATE points SET state = 'withdrawn' WHERE id = ? AND state <> 'withdrawn'`,
}

func (s *Store) deleteAgain(ctx context.Context, t Tombstone) (there bool, err error) {
	switch t.Kind {
	case "session":
		_, err = s.DeleteSession(ctx, ByRestore, appliance.SessionID(t.Object))
	case "conversation":
		_, err = s.EraseConversation(ctx, ByRestore, appliance.ConversationID(t.Object))
	case "words":
		return s.eraseWordsAgain(ctx, t.Object)
	case "use":
		return false, s.narrowAgain(ctx, t.Object)
	case "roster":
		return s.eraseRosterEntry(ctx, ByRestore, t.Object)
	case "sound":
		err = s.EraseSound(ctx, ByRestore, appliance.ConversationID(t.Object), "")
	case "account_off", "account_on":
		return false, s.deactivateAgain(ctx, t.Kind, t.Object)
	case "hold", "hold_off", "withdrawal", "restriction":
		return false, s.decideAgain(ctx, t)
	case "project":
		_, err = s.DeleteProject(ctx, ByRestore, appliance.ProjectID(t.Object))
	default:
		return s.deleteRow(ctx, ByRestore, t.Kind, t.Object)
	}
	if appliance.CodeOf(err) == appliance.CodeNotFound {
		return false, nil
	}
	return err == nil, err
}

func (s *Store) deleteRow(ctx context.Context, by By, kind, object string) (there bool, err error) {
	query, known := rowDeletions[kind]
	if !known {
		return false, nil
	}
	err = s.erase(ctx, func(tx *Tx) error {
		if kind == "account" {
			if err := toOwnerOfBox(tx, appliance.AccountID(object)); err != nil {
				return err
			}
		}
		res, err := tx.Exec(query, object)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if there = n > 0; err != nil || !there {
			return err
		}
		tx.changesRights()
		id, _, _ := strings.Cut(object, " ")
		return audit(ctx, tx, by.did(s.clock(), kind+".delete", id))
	})
	return there, err
}

// SettleRestored makes a database that was taken out of a backup ready to be used: what was deleted since is deleted
// again, every log-in ends, links to a new password are void, and nothing of either can be found in its files when it returns.
func (s *Store) SettleRestored(ctx context.Context, list []Tombstone) (deleted int, err error) {
	if deleted, err = s.Replay(ctx, list); err != nil {
		return deleted, err
	}
	open, err := s.OpenErasures(ctx) // that were not finished when the backup was made
	for _, id := range open {
		err = errors.Join(err, s.FinishErasure(ctx, id))
	}
	if err != nil {
		return deleted, err
	}
	err = s.erase(ctx, func(tx *Tx) error {
		for _, query := range []string{`DELETE FROM logins`, `DELETE FROM password_links`} {
			if _, err := tx.Exec(query); err != nil {
				return err
			}
		}
		return audit(ctx, tx, ByRestore.did(s.clock(), "restore", "box"))
	})
	if err != nil {
		return deleted, err
	}
	_, err = s.RemoveMigrationCopies()
	return deleted, errors.Join(err, s.Wipe(ctx), s.SweepBlobs(ctx))
}
