package store

import (
	"context"

	"harmonium/appliance"
)

// maxLogins is how many log-ins an account has at the same time; one more ends the one that was used the longest ago.
const maxLogins = 20

// maxUserAgent bounds what is kept of a browser's own description, in bytes.
const maxUserAgent = 300

const loginColumns = ` l.id, l.account_id, l.created_at, l.last_seen_at, l.expires_at, l.address, l.user_agent `

func loginDest(l *appliance.Login) []any {
	return []any{&l.ID, &l.AccountID, toTime(&l.CreatedAt), toTime(&l.LastSeenAt), toTime(&l.ExpiresAt), &l.Address,
		&l.UserAgent}
}

// Proved is what somebody who logs in was asked for and gave.
type Proved struct {
	PasswordHash string // that the password was compared with
	Factor       bool   // a code of the second factor too
}

// CreateLogin stores a log-in of l.AccountID until l.ExpiresAt with the hash of its token. Id and other times are set
// here. When what was proved is not enough by now, as the password has been changed since, the account been disabled or a
// second factor been set up, it fails with CodeUnauthorized.
//
// On a full disk it gives up the ballast: somebody must be able to log in to delete something.
func (s *Store) CreateLogin(ctx context.Context, by By, l appliance.Login, tokenHash []byte, proved Proved) (appliance.Login, error) {
	now := s.clock()
	l.ID, l.CreatedAt, l.LastSeenAt = appliance.NewLoginID(), now, now
	l.UserAgent = l.UserAgent[:min(len(l.UserAgent), maxUserAgent)]
	err := s.erase(ctx, func(tx *Tx) error {
		var good bool
		err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM accounts WHERE id = ?1 AND disabled = 0 AND password_hash = ?2
			AND (?3 OR NOT EXISTS (SELECT 1 FROM second_factors WHERE account_id = ?1 AND secret <> '')))`,
			l.AccountID, proved.PasswordHash, proved.Factor).Scan(&good)
		if err != nil {
			return err
		}
		if !good {
			return NotLoggedIn()
		}
		_, err = tx.Exec(`DELETE FROM logins WHERE account_id = ? AND expires_at <= ?`, l.AccountID, ms(now))
		if err != nil {
			return err
		}
		_, err = tx.Exec(`DELETE FROM logins WHERE id IN (SELECT id FROM logins WHERE account_id = ?
			ORDER BY last_seen_at DESC, id LIMIT -1 OFFSET ?)`, l.AccountID, maxLogins-1)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO logins (id, account_id, token_hash, created_at, last_seen_at, expires_at, address,
			user_agent) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, l.ID, l.AccountID, tokenHash, ms(now), ms(now), ms(l.ExpiresAt),
			l.Address, l.UserAgent)
		if err != nil {
			return err
		}
		return audit(ctx, tx, by.did(now, "login", string(l.AccountID)))
	})
	if err != nil {
		return appliance.Login{}, err
	}
	s.callers.forget() // log-ins beyond the limit have ended
	return l, nil
}

// NotLoggedIn is the error for a log-in that is not there or has ended.
func NotLoggedIn() error {
	return appliance.Errorf(appliance.CodeUnauthorized,
		"You are not logged in, or your log-in has ended. What was saved is safe; please log in again.")
}

// RefusedLogin notes a try to log in that failed, with the account when there is one. What was typed is not kept: it
// may be a password in the wrong field.
func (s *Store) RefusedLogin(ctx context.Context, address string, id appliance.AccountID) error {
	now := s.clock()
	return s.write(ctx, func(tx *Tx) error {
		return audit(ctx, tx, By{Actor: ActorUnknown, Address: address}.did(now, "login.refused", string(id)))
	})
}

// LoginByToken gives the log-in with a token's hash and its account. It fails with CodeUnauthorized when there is none
// or the account is disabled. Whether the log-in is still good at this time is for package auth to say. It is meant to
// be asked for every request and mostly does not need the database.
func (s *Store) LoginByToken(ctx context.Context, tokenHash []byte) (appliance.Login, appliance.Account, error) {
	k, generation, ok := s.callers.get(tokenHash)
	if ok {
		return k.login, k.account, nil
	}
	err := s.read(ctx, func(tx *Tx) error {
		err := tx.QueryRow(`SELECT`+loginColumns+`,`+accountColumns+`FROM logins l JOIN accounts a ON a.id = l.account_id
			WHERE l.token_hash = ? AND a.disabled = 0`, tokenHash).
			Scan(append(loginDest(&k.login), accountDest(&k.account)...)...)
		return notFound(err, "log-in")
	})
	if appliance.CodeOf(err) == appliance.CodeNotFound {
		err = NotLoggedIn()
	}
	if err != nil {
		return appliance.Login{}, appliance.Account{}, err
	}
	k.written = k.login.LastSeenAt
	s.callers.put(tokenHash, k, generation)
	return k.login, k.account, nil
}

// SeenLogin notes that the log-in with a token's hash is used now. It writes at most once a minute. A failure to write
// is logged and changes nothing for the request: the log-in ends earlier, not later.
func (s *Store) SeenLogin(ctx context.Context, tokenHash []byte) {
	now := s.clock()
	if !s.callers.used(tokenHash, now) {
		return
	}
	err := s.write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`UPDATE logins SET last_seen_at = ?1 WHERE token_hash = ?2 AND last_seen_at < ?1`,
			ms(now), tokenHash)
		return err
	})
	if err != nil && ctx.Err() == nil {
		s.log.Warn("the last use of a log-in was not written", "error", err)
	}
}

// Logins gives the log-ins of an account, the last used first.
func (s *Store) Logins(ctx context.Context, id appliance.AccountID) ([]appliance.Login, error) {
	var list []appliance.Login
	err := s.read(ctx, func(tx *Tx) error {
		rows, err := tx.Query(`SELECT`+loginColumns+`FROM logins l WHERE l.account_id = ?
			ORDER BY l.last_seen_at DESC, l.id`, id)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var l appliance.Login
			if err := rows.Scan(loginDest(&l)...); err != nil {
				return err
			}
			list = append(list, l)
		}
		return rows.Err()
	})
	return list, err
}

// EndLogin ends one log-in of an account. It fails with CodeNotFound when the account has no such log-in.
func (s *Store) EndLogin(ctx context.Context, by By, account appliance.AccountID, id appliance.LoginID) error {
	return s.endLogins(ctx, by, "logout", account, `DELETE FROM logins WHERE account_id = ? AND id = ?`, id)
}

// EndLogins ends every log-in of an account.
func (s *Store) EndLogins(ctx context.Context, by By, account appliance.AccountID) error {
	return s.endLogins(ctx, by, "logout.everywhere", account, `DELETE FROM logins WHERE account_id = ? AND id <> ?`, "")
}

func (s *Store) endLogins(ctx context.Context, by By, action string, account appliance.AccountID, query string,
	id appliance.LoginID,
) error {
	now := s.clock()
	defer s.callers.forget()
	return s.erase(ctx, func(tx *Tx) error {
		res, err := tx.Exec(query, account, id)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		if n == 0 && id != "" {
			return appliance.Errorf(appliance.CodeNotFound, "There is no such log-in. It may have ended already.")
		}
		tx.changesRights(account) // what is open ends with the log-in
		return audit(ctx, tx, by.did(now, action, string(account)))
	})
}
