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
		` + sessionRank + ` AS session_role, ` + ofProjectRank + ` AS project_role`

	sessionListing = ` SELECT` + sessionColumns + `, page.organisation, page.public, page.session_role, page.project_role,
			(SELECT count(*) FROM participants WHERE session_id = s.id)
				- (SELECT count(*) FROM participants WHERE session_id = s.id AND rehearsal <> ''),
			(SELECT count(*) FROM conversations WHERE session_id = s.id AND state = 'active')
				- (SELECT count(*) FROM participants p JOIN conversations c ON c.participant_id = p.id
					WHERE p.session_id = s.id AND p.rehearsal <> '' AND c.state = 'active'),
			(SELECT count(*) FROM conversations WHERE session_id = s.id AND state = 'finished')
				- (SELECT count(*) FROM participants p JOIN conversations c ON c.participant_id = p.id
					WHERE p.session_id = s.id AND p.rehearsal <> '' AND c.state = 'finished')
				- (SELECT count(*) FROM conversations WHERE session_id = s.id AND source = 'recording' AND next_seq = 0)
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
		l, err = scanSessionListing(tx.QueryRow(`WITH page AS (SELECT s.id`+rolePageColumns+` FROM`+oneSession+
			`AND s.id = ?2)`+sessionListing, account, id))
		return notFound(err, "session")
	})
	return l, err
}

// Sessions gives the sessions that an account sees, the last edited first: one page of them, and how many there are
// in all. The number of statements does not depend on how many that is.
func (s *Store) Sessions(ctx context.Context, account appliance.AccountID, f SessionFilter,
) (list []SessionListing, total int, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list, total = list[:0], 0
		var everywhere bool
		there, err := found(tx.QueryRow(`SELECT role IN ('owner', 'admin') FROM accounts WHERE id = ? AND disabled = 0`, account).
			Scan(&everywhere))
		if err != nil || !there {
			return err
		}
		seen, args := f.seen(account, everywhere)
		err = tx.QueryRow(`SELECT count(*) FROM (`+seen+`) WHERE ?4 >= 0 AND ?5 >= 0`, args...).Scan(&total)
		if err != nil || total == 0 {
			return err
		}
		rows, err := tx.Query(`WITH page AS (SELECT s.id`+rolePageColumns+` FROM (`+seen+`
				ORDER BY updated_at DESC, id DESC LIMIT ?4 OFFSET ?5) seen
			CROSS JOIN sessions s ON s.id = seen.id JOIN accounts me ON me.id = ?1`+sessionJoins+`)`+sessionListing, args...)
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

// The conditions of a SessionFilter. ?1 is the account, ?2 the states, ?3 the project, ?4 and ?5 are the page, ?6 patterns.
const (
	fits        = ` AND s.id NOT IN (SELECT id FROM sessions WHERE erasing = 1) `
	fitsStatus  = ` AND s.status IN (SELECT value FROM json_each(?2)) `
	fitsProject = ` AND s.project_id = ?3 `
	fitsText    = ` AND EXISTS (SELECT 1 FROM json_each(?6) q
		WHERE s.topic LIKE q.value ESCAPE '\' OR s.goal LIKE q.value ESCAPE '\') `
)

// seen gives the statement that finds the id and the last edit of the sessions that fit f, among all where the account sees
// everything, and among what it is let into otherwise; the latter from indexes that hold all that is asked, unless words
// are looked for.
func (f SessionFilter) seen(account appliance.AccountID, everywhere bool) (query string, args []any) {
	args = []any{account, asJSON(f.Status), string(f.Project), f.Page.Limit, f.Page.Offset}
	where := fits
	if len(f.Status) > 0 {
		where += fitsStatus
	}
	if f.Project != "" {
		where += fitsProject
	}
	if q := strings.Join(strings.Fields(f.Text), " "); q != "" {
		var patterns []string
		for _, form := range letterCases(q) {
			patterns = append(patterns, containing(form))
		}
		where += fitsText
		args = append(args, asJSON(patterns))
	}
	const columns = `SELECT s.updated_at, s.id FROM `
	if everywhere {
		query = columns + `sessions s WHERE ?1 <> '' ` + where
		return query, args
	}
	query = columns + `sessions s WHERE s.project_id IN (` + ownProjects + `) ` + where + `
		UNION ` + columns + `sessions s WHERE s.public = 1 ` + where + `
		UNION ` + columns + `(` + invitedSessions + `) m CROSS JOIN sessions s ON s.id = m.session_id ` + where
	return query, args
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
