package store

import (
	"context"
	"strings"

	"harmonium/appliance"
)

// PeopleFilter chooses among the accounts of the box.
type PeopleFilter struct {
	Text     string // name or address holds this, in small or capital letters; "": any
	Disabled bool   // those that cannot log in any more too
	Page     Page
}

// People gives the accounts of the box by name: one page of them, and how many there are in all.
func (s *Store) People(ctx context.Context, f PeopleFilter) (list []appliance.Account, total int, err error) {
	where, args := ` WHERE (a.disabled = 0 OR ?)`, []any{f.Disabled}
	if q := strings.Join(strings.Fields(f.Text), " "); q != "" {
		var any []string
		for _, form := range letterCases(q) {
			any = append(any, `a.name LIKE ? ESCAPE '\' OR a.email LIKE ? ESCAPE '\'`)
			args = append(args, containing(form), containing(form))
		}
		where += ` AND (` + strings.Join(any, ` OR `) + `)`
	}
	err = s.read(ctx, func(tx *Tx) error {
		list = nil
		if err := tx.QueryRow(`SELECT count(*) FROM accounts a`+where, args...).Scan(&total); err != nil {
			return err
		}
		return eachRow(tx, func(rows *Rows) error {
			var a appliance.Account
			if err := rows.Scan(accountDest(&a)...); err != nil {
				return err
			}
			list = append(list, a)
			return nil
		}, `SELECT`+accountColumns+`FROM accounts a`+where+
			` ORDER BY a.name COLLATE NOCASE, a.id LIMIT ? OFFSET ?`, append(args, f.Page.Limit, f.Page.Offset)...)
	})
	return list, total, err
}
