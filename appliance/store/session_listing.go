package store

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"harmonium/appliance"
)

// SessionListing is a session as one account sees it, with its counts.
type SessionListing struct {
	appliance.Session
	Role         appliance.Role // of the account on it
	Participants int            // who joined
	Active       int            // conversations that go on
	Finished     int            // conversations that have ended
}

// SessionFilter says which sessions of those that an account sees are wanted.
type SessionFilter struct {
	Status  []appliance.SessionStatus // one of these; none: any
	Project appliance.ProjectID       // in this project; "": in any or none
	Text    string                    // topic or goal holds this, in small or capital letters; "": any
	Page    Page
}

// sessionListing adds to the sessions of a statement that begins with "WITH page AS (SELECT s.id" + rolePageColumns
// their columns and counts. The counts are taken only of the sessions of the page.
const (
	rolePageColumns = `, me.role AS organisation, s.public OR coalesce(p.public, 0) AS public,
		coalesce(sm.role, '') AS session_role, coalesce(pm.role, '') AS project_role`

	sessionListing = ` SELECT` + sessionColumns + `, page.organisation, page.public, page.session_role, page.project_role,
			(SELECT count(*) FROM participants WHERE session_id = s.id)
				- (SELECT count(*) FROM participants WHERE session_id = s.id AND rehearsal <> ''),
			(SELECT count(*) FROM conversations WHERE session_id = s.id AND state = 'active')
				- (SELECT count(*) FROM participants p JOIN conversations c ON c.participant_id = p.id
					WHERE p.session_id = s.id AND p.rehearsal <> '' AND c.state = 'active'),
			(SELECT count(*) FROM conversations WHERE session_id = s.id AND state = 'finished')
				- (SELECT count(*) FROM participants p JOIN conversations c ON c.participant_id = p.id
					WHERE p.session_id = s.id AND p.rehearsal <> '' AND c.state = 'finished')
		FROM page JOIN sessions s ON s.id = page.id ORDER BY s.updated_at DESC, s.id DESC`
)

func scanSessionListing(row interface{ Scan(...any) error }) (l SessionListing, err error) {
	var a access
	dest := append(sessionDest(&l.Session), a.dest()...)
	err = row.Scan(append(dest, &l.Participants, &l.Active, &l.Finished)...)
	l.Role = a.role()
	return l, err
}

// SessionListing gives one session as an account sees it; CodeNotFound when the account may not see it.
func (s *Store) SessionListing(ctx context.Context, account appliance.AccountID, id appliance.SessionID,
) (l SessionListing, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		l, err = scanSessionListing(tx.QueryRow(`WITH page AS (SELECT s.id`+rolePageColumns+` FROM`+visibleSessions+
			`AND s.id = ?2)`+sessionListing, account, id))
		return notFound(err, "session")
	})
	return l, err
}

// Sessions gives the sessions that an account sees, the last edited first: one page of them, and how many there are
// in all. The number of statements does not depend on how many that is.
func (s *Store) Sessions(ctx context.Context, account appliance.AccountID, f SessionFilter,
) (list []SessionListing, total int, err error) {
	where, args := f.where(account)
	err = s.read(ctx, func(tx *Tx) error {
		list = list[:0]
		if err := tx.QueryRow(`SELECT count(*) FROM`+visibleSessions+where, args...).Scan(&total); err != nil {
			return err
		}
		rows, err := tx.Query(`WITH page AS (SELECT s.id`+rolePageColumns+` FROM`+visibleSessions+where+
			`ORDER BY s.updated_at DESC, s.id DESC LIMIT ? OFFSET ?)`+sessionListing,
			append(args, f.Page.Limit, f.Page.Offset)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			l, err := scanSessionListing(rows)
			if err != nil {
				return err
			}
			list = append(list, l)
		}
		return rows.Err()
	})
	return list, total, err
}

// where gives the conditions of f, to follow visibleSessions, with the arguments of both.
func (f SessionFilter) where(account appliance.AccountID) (string, []any) {
	text, args := "", []any{account}
	if len(f.Status) > 0 {
		text += `AND s.status IN (SELECT value FROM json_each(?)) `
		args = append(args, asJSON(f.Status))
	}
	if f.Project != "" {
		text += `AND s.project_id = ? `
		args = append(args, f.Project)
	}
	if q := strings.Join(strings.Fields(f.Text), " "); q != "" {
		var any []string
		for _, form := range letterCases(q) {
			any = append(any, `s.topic LIKE ? ESCAPE '\' OR s.goal LIKE ? ESCAPE '\'`)
			args = append(args, containing(form), containing(form))
		}
		text += `AND (` + strings.Join(any, ` OR `) + `) `
	}
	return text, args
}

// letterCases gives the ways in which q may be written. LIKE knows only that "a" is "A": "übergabe" has to find
// "Übergabe" too.
func letterCases(q string) []string {
	ascii := true
	for _, r := range q {
		ascii = ascii && r < utf8.RuneSelf
	}
	if ascii {
		return []string{q}
	}
	small := strings.ToLower(q)
	first, n := utf8.DecodeRuneInString(small)
	return []string{q, small, string(unicode.ToUpper(first)) + small[n:], strings.ToUpper(q)}
}
