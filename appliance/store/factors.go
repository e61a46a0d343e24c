package store

import (
	"context"
	"crypto/subtle"

	"harmonium/appliance"
)

// settingFactor is the key of whose log-ins need a second factor, an appliance.FactorRule.
const settingFactor = "second_factor"

// FactorRule gives whose log-ins need a second factor. It is meant to be asked for every request and mostly does not need
// the database.
func (s *Store) FactorRule(ctx context.Context) (appliance.FactorRule, error) {
	rule, generation := s.callers.factorRule()
	if rule != "" {
		return rule, nil
	}
	rule = appliance.FactorForNobody
	if _, err := s.Setting(ctx, settingFactor, &rule); err != nil {
		return "", err
	}
	s.callers.putRule(rule, generation)
	return rule, nil
}

// SetFactorRule says whose log-ins need a second factor.
func (s *Store) SetFactorRule(ctx context.Context, by By, rule appliance.FactorRule) error {
	now := s.clock()
	defer s.callers.forget()
	return s.write(ctx, func(tx *Tx) error {
		if err := setSetting(tx, settingFactor, rule, ms(now)); err != nil {
			return err
		}
		tx.changesRights() // whoever has none loses what is open
		return audit(ctx, tx, by.did(now, "setting.change", settingFactor))
	})
}

// Factor tells whether an account has a second factor.
func (s *Store) Factor(ctx context.Context, id appliance.AccountID) (f appliance.SecondFactor, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		f = appliance.SecondFactor{}
		_, err := found(tx.QueryRow(`SELECT secret <> '', since FROM second_factors WHERE account_id = ?`, id).Scan(&f.On, toTime(&f.Since)))
		if err != nil {
			return err
		}
		return tx.QueryRow(`SELECT count(*) FROM recovery_codes WHERE account_id = ?`, id).Scan(&f.Recovery)
	})
	return f, err
}

// FactorSecrets gives the secret of an account that is in use and the one that is being set up, "" for none. They are for
// package auth to check codes with and for nothing else. It fails with CodeConflict where the key is missing or another one
// than they were sealed with.
func (s *Store) FactorSecrets(ctx context.Context, id appliance.AccountID) (secret, next string, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		_, err := found(tx.QueryRow(`SELECT secret, next FROM second_factors WHERE account_id = ?`, id).Scan(&secret, &next))
		return err
	})
	if err != nil {
		return "", "", err
	}
	return s.openFactors(id, secret, next)
}

// StartFactor keeps a secret that is being set up for an account. The one in use stays in use.
func (s *Store) StartFactor(ctx context.Context, id appliance.AccountID, next string) error {
	return s.write(ctx, func(tx *Tx) error {
		key, err := s.factorKeyFor(tx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO second_factors (account_id, secret, next, last_step) VALUES (?1, '', ?2, 0)
			ON CONFLICT (account_id) DO UPDATE SET next = ?2`, id, key.seal(id, next))
		return err
	})
}

// ConfirmFactor puts the secret next of an account to use, whose code of a time step has come, with the hashes of its
// recovery codes, and ends all log-ins of the account but keep: they were made without it. It fails with CodeConflict when
// another secret is being set up by now.
func (s *Store) ConfirmFactor(ctx context.Context, by By, id appliance.AccountID, next string, step int64, codes [][]byte, keep appliance.LoginID) error {
	at := s.clock()
	defer s.callers.forget()
	return s.erase(ctx, func(tx *Tx) error {
		var sealed string
		if _, err := found(tx.QueryRow(`SELECT next FROM second_factors WHERE account_id = ?`, id).Scan(&sealed)); err != nil {
			return err
		}
		_, now, err := s.openFactors(id, "", sealed)
		if err != nil {
			return err
		}
		if now == "" || subtle.ConstantTimeCompare([]byte(now), []byte(next)) != 1 {
			return appliance.Errorf(appliance.CodeConflict, "Another code was shown in the meantime. Nothing was changed; please begin again.")
		}
		_, err = tx.Exec(`UPDATE second_factors SET secret = next, next = '', last_step = ?, since = ? WHERE account_id = ?`, step, ms(at), id)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM logins WHERE account_id = ? AND id <> ?`, id, keep); err != nil {
			return err
		}
		tx.changesRights(id) // what is open ends with the log-in
		if err := setRecoveryCodes(tx, id, codes); err != nil {
			return err
		}
		return audit(ctx, tx, by.did(at, "factor.on", string(id)))
	})
}

// RenewRecoveryCodes puts new recovery codes in the place of all that an account had. It fails with CodeConflict when it
// has no second factor.
func (s *Store) RenewRecoveryCodes(ctx context.Context, by By, id appliance.AccountID, codes [][]byte) error {
	return s.erase(ctx, func(tx *Tx) error {
		var on bool
		if _, err := found(tx.QueryRow(`SELECT secret <> '' FROM second_factors WHERE account_id = ?`, id).Scan(&on)); err != nil {
			return err
		}
		if !on {
			return noFactor()
		}
		if err := setRecoveryCodes(tx, id, codes); err != nil {
			return err
		}
		return audit(ctx, tx, by.did(s.clock(), "factor.codes", string(id)))
	})
}

func setRecoveryCodes(tx *Tx, id appliance.AccountID, codes [][]byte) error {
	if _, err := tx.Exec(`DELETE FROM recovery_codes WHERE account_id = ?`, id); err != nil {
		return err
	}
	for _, hash := range codes {
		if _, err := tx.Exec(`INSERT INTO recovery_codes (account_id, hash) VALUES (?, ?)`, id, hash); err != nil {
			return err
		}
	}
	return nil
}

func noFactor() error {
	return appliance.Errorf(appliance.CodeConflict, "This account has no second factor. Nothing was changed.")
}

// UseFactor uses up the code of a time step, and with it those of the steps before; false when it was used before.
func (s *Store) UseFactor(ctx context.Context, id appliance.AccountID, step int64) (fresh bool, err error) {
	return s.useUp(ctx, nil, `UPDATE second_factors SET last_step = ?2 WHERE account_id = ?1 AND last_step < ?2`, id, step)
}

// UseRecoveryCode uses up the recovery code with a hash; false when the account has none with it.
func (s *Store) UseRecoveryCode(ctx context.Context, by By, id appliance.AccountID, hash []byte) (was bool, err error) {
	return s.useUp(ctx, func(tx *Tx) error {
		return audit(ctx, tx, by.did(s.clock(), "factor.recovery", string(id)))
	}, `DELETE FROM recovery_codes WHERE account_id = ?1 AND hash = ?2`, id, hash)
}

func (s *Store) useUp(ctx context.Context, note func(*Tx) error, query string, args ...any) (used bool, err error) {
	err = s.erase(ctx, func(tx *Tx) error {
		res, err := tx.Exec(query, args...)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if used = n > 0; err != nil || !used || note == nil {
			return err
		}
		return note(tx)
	})
	return used, err
}

// RemoveFactor takes the second factor of somebody else away, with its recovery codes, where by may do that (see mayEnd). It
// fails with CodeConflict when the account has none.
func (s *Store) RemoveFactor(ctx context.Context, by By, id appliance.AccountID) error {
	return s.removeFactor(ctx, by, id, mayEnd)
}

// RemoveOwnFactor is RemoveFactor for the account of by.
func (s *Store) RemoveOwnFactor(ctx context.Context, by By) error {
	return s.removeFactor(ctx, by, by.Account, func(*Tx, By, appliance.Account) error { return nil })
}

func (s *Store) removeFactor(ctx context.Context, by By, id appliance.AccountID, may func(*Tx, By, appliance.Account) error) error {
	defer s.callers.forget()
	return s.erase(ctx, func(tx *Tx) error {
		a, err := account(tx, id)
		if err != nil {
			return err
		}
		if err := may(tx, by, a); err != nil {
			return err
		}
		if !a.Factor {
			return noFactor()
		}
		if _, err := tx.Exec(`DELETE FROM second_factors WHERE account_id = ?`, id); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM recovery_codes WHERE account_id = ?`, id); err != nil {
			return err
		}
		tx.changesRights(id) // where the box asks for a factor, what is open ends with it
		return audit(ctx, tx, by.did(s.clock(), "factor.remove", string(id)))
	})
}
