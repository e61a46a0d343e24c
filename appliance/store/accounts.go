package store

import (
	"context"
	"crypto/subtle"
	"strings"
	"unicode"

	"harmonium/appliance"
)

// setupToken is the setting that lets somebody make the first account.
type setupToken struct {
	Hash []byte `json:"hash"`
}

// SetupToken makes a new one-time secret for the first account and forgets the one before. It gives "" when there is an
// account already.
func (s *Store) SetupToken(ctx context.Context) (appliance.Secret, error) {
	if needed, err := s.SetupNeeded(ctx); err != nil || !needed {
		return "", err
	}
	secret := appliance.NewSecret("")
	now := s.clock()
	err := s.write(ctx, func(tx *Tx) error {
		return setSetting(tx, settingSetup, setupToken{secret.Hash()}, ms(now))
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

// SetupNeeded says whether there is no account yet.
func (s *Store) SetupNeeded(ctx context.Context) (needed bool, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		needed, err = noAccounts(tx)
		return err
	})
	return needed, err
}

func noAccounts(tx *Tx) (none bool, err error) {
	err = tx.QueryRow(`SELECT NOT EXISTS (SELECT 1 FROM accounts)`).Scan(&none)
	return none, err
}

// CheckSetup says with nil whether token is the one that SetupToken made last and there is no account yet. It fails
// with CodeConflict when the box is set up, with CodeForbidden when the token is another.
func (s *Store) CheckSetup(ctx context.Context, token appliance.Secret) error {
	return s.read(ctx, func(tx *Tx) error { return checkSetup(tx, token) })
}

func checkSetup(tx *Tx, token appliance.Secret) error {
	none, err := noAccounts(tx)
	if err != nil {
		return err
	}
	if !none {
		return appliance.Errorf(appliance.CodeConflict, "This box is set up already. Please log in.")
	}
	var want setupToken
	if _, err := setting(tx, settingSetup, &want); err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(want.Hash, token.Hash()) != 1 {
		return appliance.Errorf(appliance.CodeForbidden,
			"This set-up link is not valid. Each start of the box makes a new one; please use the newest from its log.")
	}
	return nil
}

// SetUp makes the first account, its owner, and uses up the token. It checks the token again and fails as CheckSetup
// does, so that of two people with the same link one gets in.
func (s *Store) SetUp(ctx context.Context, address string, token appliance.Secret, a appliance.Account,
	passwordHash string,
) (appliance.Account, error) {
	a.Role = appliance.RoleOwner
	return s.createAccount(ctx, By{Actor: ActorSetup, Address: address}, "setup", a, passwordHash, func(tx *Tx) error {
		if err := checkSetup(tx, token); err != nil {
			return err
		}
		return removeSetting(tx, settingSetup)
	}, nothingMore)
}

func nothingMore(*Tx, appliance.Account) error { return nil }

// CreateAccount stores a new account with the hash of its password. Id and times are set here. It fails with
// CodeConflict when there is an account with the same e-mail address, or one that looks the same.
func (s *Store) CreateAccount(ctx context.Context, by By, a appliance.Account, passwordHash string,
) (appliance.Account, error) {
	return s.createAccount(ctx, by, "account.create", a, passwordHash, func(tx *Tx) error {
		return removeSetting(tx, settingSetup) // the first account may come from the command line
	}, nothingMore)
}

func (s *Store) createAccount(ctx context.Context, by By, action string, a appliance.Account, passwordHash string,
	before func(*Tx) error, after func(*Tx, appliance.Account) error,
) (appliance.Account, error) {
	a.Language = a.Language.Or(appliance.English)
	if err := a.ValidateNew(); err != nil {
		return appliance.Account{}, err
	}
	now := s.clock()
	a.ID, a.CreatedAt, a.UpdatedAt, a.Disabled = appliance.NewAccountID(), now, now, false
	defer s.callers.forget()
	err := s.write(ctx, func(tx *Tx) error {
		if err := before(tx); err != nil {
			return err
		}
		if err := nobodyLooksLike(tx, a); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO accounts (id, email, email_key, name, role, language, password_hash, disabled,
			created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?)`, a.ID, a.Email, appliance.EmailKey(a.Email),
			a.Name, a.Role, a.Language, passwordHash, ms(now), ms(now))
		if isUnique(err) {
			return addressTaken()
		}
		if err != nil {
			return err
		}
		if err := after(tx, a); err != nil {
			return err
		}
		return audit(ctx, tx, by.did(now, action, string(a.ID)))
	})
	if err != nil {
		return appliance.Account{}, err
	}
	return a, nil
}

func addressTaken() error {
	return &appliance.Error{Code: appliance.CodeConflict,
		Message: "There is an account with this e-mail address already, or with one that looks the same. Nothing was changed.",
		Fields:  []appliance.FieldError{{Field: "email", Message: "There is an account with this address already."}}}
}

// nobodyLooksLike refuses an account whose address a reader would take for that of another.
func nobodyLooksLike(tx *Tx, a appliance.Account) error {
	// Of two addresses that look the same at least one has letters beyond ASCII.
	query := `SELECT email FROM accounts WHERE id <> ? AND email GLOB '*[^ -~]*'`
	if strings.ContainsFunc(a.Email, func(r rune) bool { return r > unicode.MaxASCII }) {
		query = `SELECT email FROM accounts WHERE id <> ?`
	}
	rows, err := tx.Query(query, a.ID)
	if err != nil {
		return err
	}
	defer rows.Close()
	looks := appliance.Looks(a.Email)
	for rows.Next() {
		var other string
		if err := rows.Scan(&other); err != nil {
			return err
		}
		if appliance.Looks(other) == looks {
			return addressTaken()
		}
	}
	return rows.Err()
}

const accountColumns = ` a.id, a.email, a.name, a.role, a.language, a.disabled, a.created_at, a.updated_at,
	EXISTS (SELECT 1 FROM second_factors f WHERE f.account_id = a.id AND f.secret <> '') `

func accountDest(a *appliance.Account) []any {
	return []any{&a.ID, &a.Email, &a.Name, &a.Role, &a.Language, &a.Disabled, toTime(&a.CreatedAt), toTime(&a.UpdatedAt),
		&a.Factor}
}

// Account gives one account.
func (s *Store) Account(ctx context.Context, id appliance.AccountID) (a appliance.Account, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		a, err = account(tx, id)
		return err
	})
	return a, err
}

func account(tx *Tx, id appliance.AccountID) (a appliance.Account, err error) {
	err = tx.QueryRow(`SELECT`+accountColumns+`FROM accounts a WHERE a.id = ?`, id).Scan(accountDest(&a)...)
	return a, notFound(err, "account")
}

// AccountByEmail gives the account with an e-mail address, also a disabled one, and the hash of its password. Upper and
// lower case are the same.
func (s *Store) AccountByEmail(ctx context.Context, email string,
) (a appliance.Account, passwordHash string, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		err := tx.QueryRow(`SELECT`+accountColumns+`, a.password_hash FROM accounts a WHERE a.email_key = ?`,
			appliance.EmailKey(email)).Scan(append(accountDest(&a), &passwordHash)...)
		return notFound(err, "account")
	})
	return a, passwordHash, err
}

// PasswordHash gives the hash of the password of an account.
func (s *Store) PasswordHash(ctx context.Context, id appliance.AccountID) (hash string, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		return notFound(tx.QueryRow(`SELECT password_hash FROM accounts WHERE id = ?`, id).Scan(&hash), "account")
	})
	return hash, err
}

// Accounts gives all accounts by name.
func (s *Store) Accounts(ctx context.Context) ([]appliance.Account, error) {
	var list []appliance.Account
	err := s.read(ctx, func(tx *Tx) error {
		rows, err := tx.Query(`SELECT` + accountColumns + `FROM accounts a ORDER BY a.name COLLATE NOCASE, a.id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var a appliance.Account
			if err := rows.Scan(accountDest(&a)...); err != nil {
				return err
			}
			list = append(list, a)
		}
		return rows.Err()
	})
	return list, err
}

// UpdateAccount changes name, language, role or disabled; what else change alters is not kept. Disabling ends every
// log-in of the account, and its keys stop working. The last owner who can log in, of the box, a project or a session, is
// not disabled (see Deactivate), and that of the box not given a lower role: that fails with CodeConflict. It works on a full disk too (see erase).
func (s *Store) UpdateAccount(ctx context.Context, by By, id appliance.AccountID, change func(*appliance.Account) error,
) (appliance.Account, error) {
	return s.changeAccount(ctx, by, id, func(_ *Tx, a *appliance.Account) error { return change(a) })
}

// changeAccount is UpdateAccount for a change that looks at the database.
func (s *Store) changeAccount(ctx context.Context, by By, id appliance.AccountID, change func(*Tx, *appliance.Account) error,
) (a appliance.Account, err error) {
	now := s.clock()
	defer s.callers.forget()
	err = s.erase(ctx, func(tx *Tx) error {
		before, err := account(tx, id)
		if err != nil {
			return err
		}
		a = before
		if err := change(tx, &a); err != nil {
			return err
		}
		a.ID, a.Email, a.CreatedAt, a.UpdatedAt = before.ID, before.Email, before.CreatedAt, now
		if err := a.Validate(); err != nil {
			return err
		}
		if err := keepOwners(tx, before, a); err != nil {
			return err
		}
		if a.Name != before.Name {
			var p appliance.Problems
			if appliance.CheckName(&p, "name", a.Name, true); len(p) > 0 {
				return p.Err()
			}
		}
		if err := writeAccount(tx, a); err != nil {
			return err
		}
		return audit(ctx, tx, by.did(now, updateAction(before, a), string(id)))
	})
	if err != nil {
		return appliance.Account{}, err
	}
	return a, nil
}

// writeAccount stores what may change of an account, and ends what a disabled one could be used by.
func writeAccount(tx *Tx, a appliance.Account) error {
	tx.changesRights(a.ID)
	_, err := tx.Exec(`UPDATE accounts SET name = ?, role = ?, language = ?, disabled = ?, updated_at = ? WHERE id = ?`,
		a.Name, a.Role, a.Language, a.Disabled, ms(a.UpdatedAt), a.ID)
	if err != nil || !a.Disabled {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM logins WHERE account_id = ?`, a.ID); err != nil {
		return err
	}
	_, err = tx.Exec(`DELETE FROM password_links WHERE account_id = ?`, a.ID)
	return err
}

// SetEmail changes the address that an account logs in with. It fails with CodeConflict when there is an account with the
// same address, or one that looks the same. A link to a new password is void then.
func (s *Store) SetEmail(ctx context.Context, by By, id appliance.AccountID, email string) (a appliance.Account, err error) {
	now := s.clock()
	defer s.callers.forget()
	err = s.write(ctx, func(tx *Tx) error {
		if a, err = account(tx, id); err != nil {
			return err
		}
		a.Email, a.UpdatedAt = email, now
		if err := a.ValidateNew(); err != nil {
			return err
		}
		if err := nobodyLooksLike(tx, a); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE accounts SET email = ?, email_key = ?, updated_at = ? WHERE id = ?`, email, appliance.EmailKey(email), ms(now), id)
		if isUnique(err) {
			return addressTaken()
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM password_links WHERE account_id = ?`, id); err != nil {
			return err
		}
		return audit(ctx, tx, by.did(now, "account.email", string(id)))
	})
	return a, err
}

func updateAction(before, after appliance.Account) string {
	switch {
	case after.Disabled && !before.Disabled:
		return "account.disable"
	case before.Disabled && !after.Disabled:
		return "account.enable"
	case before.Role != after.Role:
		return "account.role"
	}
	return "account.update"
}

// keepOwners refuses a change after which nobody could do everything on the box, on a project or on a session.
func keepOwners(tx *Tx, before, after appliance.Account) error {
	if err := keepOwnerOfBox(tx, before, after); err != nil || before.Disabled || !after.Disabled {
		return err
	}
	return keepPlaces(tx, before.ID)
}

func keepOwnerOfBox(tx *Tx, before, after appliance.Account) error {
	isOwner := func(a appliance.Account) bool { return a.Role == appliance.RoleOwner && !a.Disabled }
	if !isOwner(before) || isOwner(after) {
		return nil
	}
	var others bool
	err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM accounts WHERE role = 'owner' AND disabled = 0 AND id <> ?)`,
		before.ID).Scan(&others)
	if err == nil && !others {
		return appliance.Errorf(appliance.CodeConflict,
			"This is the last owner of the box. Nothing was changed; please make somebody else an owner first.")
	}
	return err
}

// SetPassword stores the hash of a new password and ends all log-ins of the account but keep ("" for none). API keys
// stay: they are ended one by one.
func (s *Store) SetPassword(ctx context.Context, by By, id appliance.AccountID, passwordHash string,
	keep appliance.LoginID,
) error {
	now := s.clock()
	defer s.callers.forget()
	return s.erase(ctx, func(tx *Tx) error {
		if _, err := account(tx, id); err != nil {
			return err
		}
		return setPassword(ctx, tx, by.did(now, "password.change", string(id)), id, passwordHash, keep)
	})
}

func setPassword(ctx context.Context, tx *Tx, e appliance.AuditEntry, id appliance.AccountID, passwordHash string, keep appliance.LoginID) error {
	_, err := tx.Exec(`UPDATE accounts SET password_hash = ?, updated_at = ? WHERE id = ?`, passwordHash, ms(e.At), id)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM logins WHERE account_id = ? AND id <> ?`, id, keep); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM password_links WHERE account_id = ?`, id); err != nil {
		return err
	}
	tx.changesRights(id) // what is open ends with the log-in
	return audit(ctx, tx, e)
}
