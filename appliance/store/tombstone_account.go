package store

import (
	"context"
	"strings"

	"harmonium/appliance"
)

// What a restore does to accounts that were deactivated, reactivated or deleted after the backup was made. Nothing is left
// without an owner by it: what such an account alone owned in the state of the backup is of an owner of the box then.

// deactivateAgain keeps an account from being used, or lets it be used again, as was decided in a state that the restored one
// does not know. object is its id and when that was, in ms. The last owner of the box stays, to let others in.
func (s *Store) deactivateAgain(ctx context.Context, kind, object string) error {
	id, _, _ := strings.Cut(object, " ")
	defer s.callers.forget()
	return s.erase(ctx, func(tx *Tx) error {
		var known bool
		err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM tombstones WHERE kind = ? AND object = ?)`, kind, object).Scan(&known)
		if err != nil || known {
			return err
		}
		before, err := account(tx, appliance.AccountID(id))
		if appliance.CodeOf(err) == appliance.CodeNotFound {
			return nil
		}
		a := before
		if a.Disabled = kind == "account_off"; err != nil || a == before {
			return err
		}
		a.UpdatedAt = s.clock()
		if a.Disabled {
			if err := toOwnerOfBox(tx, a.ID); err != nil {
				return err
			}
		}
		err = keepOwnerOfBox(tx, before, a)
		if appliance.CodeOf(err) == appliance.CodeConflict {
			return nil
		}
		if err == nil {
			err = writeAccount(tx, a)
		}
		if err != nil {
			return err
		}
		return audit(ctx, tx, ByRestore.did(a.UpdatedAt, updateAction(before, a), id))
	})
}

// toOwnerOfBox makes the owner of the box who has been there the longest an owner of what nobody but an account owns.
func toOwnerOfBox(tx *Tx, id appliance.AccountID) error {
	var heir appliance.AccountID
	there, err := found(tx.QueryRow(`SELECT id FROM accounts WHERE role = 'owner' AND disabled = 0 AND id <> ? ORDER BY created_at, id LIMIT 1`, id).Scan(&heir))
	if err != nil || !there {
		return err
	}
	return handOver(tx, id, heir)
}
