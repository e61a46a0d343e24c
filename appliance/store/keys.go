package store

import (
	"context"
	"time"

	"harmonium/appliance"
)

// maxKeys is how many API keys an account can have at the same time.
const maxKeys = 100

const keyColumns = ` k.id, k.account_id, k.name, k.prefix, k.scopes, k.created_at, k.expires_at, k.last_used_at `

func keyDest(k *appliance.APIKey) []any {
	return []any{&k.ID, &k.AccountID, &k.Name, &k.Prefix, toJSON(&k.Scopes), toTime(&k.CreatedAt), toTime(&k.ExpiresAt),
		toTime(&k.LastUsedAt)}
}

// CreateKey stores a key of k.AccountID with the hash of its secret; id and times of creation and use are set here.
//
// A repeated request cannot be answered with the secret of the first, which is not known any more. The key gets the
// new prefix and hash instead, since the first secret never arrived; when the key has been used, it did arrive, and
// repeating fails with CodeConflict.
func (s *Store) CreateKey(ctx context.Context, by By, o Once, k appliance.APIKey, keyHash []byte,
) (appliance.APIKey, error) {
	if err := k.Validate(); err != nil {
		return appliance.APIKey{}, err
	}
	now := s.clock()
	k.ID, k.CreatedAt, k.LastUsedAt = appliance.NewKeyID(), now, time.Time{}
	defer s.callers.forget()
	err := s.write(ctx, func(tx *Tx) error {
		id, repeated, err := s.once(ctx, tx, o, string(k.ID))
		if err != nil {
			return err
		}
		if repeated {
			k, err = reissueKey(tx, k, appliance.KeyID(id), keyHash)
			if err != nil {
				return err
			}
			return audit(ctx, tx, by.did(now, "key.reissue", id))
		}
		if err := insertKey(tx, k, keyHash); err != nil {
			return err
		}
		return audit(ctx, tx, by.did(now, "key.create", id))
	})
	if err != nil {
		return appliance.APIKey{}, err
	}
	return k, nil
}

func insertKey(tx *Tx, k appliance.APIKey, keyHash []byte) error {
	var n int
	if err := tx.QueryRow(`SELECT count(*) FROM api_keys WHERE account_id = ?`, k.AccountID).Scan(&n); err != nil {
		return err
	}
	if n >= maxKeys {
		return appliance.Errorf(appliance.CodeConflict,
			"An account has at most %d API keys. No key was made; please revoke one that is no longer needed.", maxKeys)
	}
	_, err := tx.Exec(`INSERT INTO api_keys (id, account_id, name, prefix, key_hash, scopes, created_at, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, k.ID, k.AccountID, k.Name, k.Prefix, keyHash, asJSON(k.Scopes),
		ms(k.CreatedAt), msOrNull(k.ExpiresAt))
	if isForeignKey(err) {
		return appliance.Errorf(appliance.CodeNotFound, "There is no such account. It may have been deleted.")
	}
	return err
}

// reissueKey gives the key id the secret of k.
func reissueKey(tx *Tx, k appliance.APIKey, id appliance.KeyID, keyHash []byte) (appliance.APIKey, error) {
	stored, err := key(tx, id)
	if err != nil {
		return k, err
	}
	if !stored.LastUsedAt.IsZero() {
		return k, appliance.Errorf(appliance.CodeConflict,
			"This key was made before and is in use; its secret was shown once and cannot be shown again.")
	}
	stored.Prefix = k.Prefix
	_, err = tx.Exec(`UPDATE api_keys SET prefix = ?, key_hash = ? WHERE id = ?`, stored.Prefix, keyHash, id)
	return stored, err
}

func key(tx *Tx, id appliance.KeyID) (k appliance.APIKey, err error) {
	err = tx.QueryRow(`SELECT`+keyColumns+`FROM api_keys k WHERE k.id = ?`, id).Scan(keyDest(&k)...)
	return k, notFound(err, "API key")
}

// KeyByHash gives the key with a secret's hash and its account. It fails with CodeUnauthorized when there is none, it
// has expired, or the account is disabled; which of these is not told. It is meant to be asked for every request and
// mostly does not need the database.
func (s *Store) KeyByHash(ctx context.Context, keyHash []byte) (appliance.APIKey, appliance.Account, error) {
	k, generation, ok := s.callers.get(keyHash)
	if !ok {
		err := s.read(ctx, func(tx *Tx) error {
			err := tx.QueryRow(`SELECT`+keyColumns+`,`+accountColumns+`FROM api_keys k JOIN accounts a ON a.id = k.account_id
				WHERE k.key_hash = ? AND a.disabled = 0`, keyHash).
				Scan(append(keyDest(&k.key), accountDest(&k.account)...)...)
			return notFound(err, "API key")
		})
		if appliance.CodeOf(err) == appliance.CodeNotFound {
			err = noKey()
		}
		if err != nil {
			return appliance.APIKey{}, appliance.Account{}, err
		}
		k.written = k.key.LastUsedAt
		s.callers.put(keyHash, k, generation)
	}
	if !k.key.ExpiresAt.IsZero() && !s.clock().Before(k.key.ExpiresAt) {
		return appliance.APIKey{}, appliance.Account{}, noKey()
	}
	return k.key, k.account, nil
}

func noKey() error {
	return appliance.Errorf(appliance.CodeUnauthorized,
		"This API key is not known here, has expired or was revoked. Nothing was changed; please use a valid key.")
}

// SeenKey notes that the key with a secret's hash is used now. It writes at most once a minute; a failure to write is
// logged and changes nothing for the request.
func (s *Store) SeenKey(ctx context.Context, keyHash []byte) {
	now := s.clock()
	if !s.callers.used(keyHash, now) {
		return
	}
	err := s.write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`UPDATE api_keys SET last_used_at = ?1
			WHERE key_hash = ?2 AND (last_used_at IS NULL OR last_used_at < ?1)`, ms(now), keyHash)
		return err
	})
	if err != nil && ctx.Err() == nil {
		s.log.Warn("the last use of an API key was not written", "error", err)
	}
}

// Keys gives the API keys of an account, or of all accounts with "", the newest first.
func (s *Store) Keys(ctx context.Context, account appliance.AccountID) ([]appliance.APIKey, error) {
	var list []appliance.APIKey
	err := s.read(ctx, func(tx *Tx) error {
		rows, err := tx.Query(`SELECT`+keyColumns+`FROM api_keys k WHERE ?1 = '' OR k.account_id = ?1
			ORDER BY k.created_at DESC, k.id`, account)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var k appliance.APIKey
			if err := rows.Scan(keyDest(&k)...); err != nil {
				return err
			}
			list = append(list, k)
		}
		return rows.Err()
	})
	return list, err
}

// RevokeKey ends an API key of an account, or of any account with "": the next request with it is refused. It fails
// with CodeNotFound when there is no such key.
func (s *Store) RevokeKey(ctx context.Context, by By, account appliance.AccountID, id appliance.KeyID) error {
	now := s.clock()
	defer s.callers.forget()
	return s.erase(ctx, func(tx *Tx) error {
		res, err := tx.Exec(`DELETE FROM api_keys WHERE id = ?1 AND (?2 = '' OR account_id = ?2)`, id, account)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		if n == 0 {
			return appliance.Errorf(appliance.CodeNotFound, "There is no such API key. It may have been revoked already.")
		}
		return audit(ctx, tx, by.did(now, "key.revoke", string(id)))
	})
}
