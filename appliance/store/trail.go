package store

import (
	"context"
	"crypto/sha256"
	"strings"
	"time"

	"harmonium/appliance"
)

// NoteView adds to the trail that somebody looked at something that people said: once an hour for the same person, address, way
// of looking and object, so that a page that loads itself anew, or a program that reads page after page, is one entry. A failure
// to write is logged and does not keep back what is looked at: on a full disk people still read.
func (s *Store) NoteView(ctx context.Context, by By, action, object string) {
	key := sha256.Sum256([]byte(by.Actor + "\x00" + by.Address + "\x00" + action + "\x00" + object))
	if !s.views.begins(key, s.clock()) {
		return
	}
	if err := s.Note(context.WithoutCancel(ctx), by, action, object); err != nil {
		s.log.Warn("a look at what people said was not noted in the audit trail", "error", err)
	}
}

// AuditFilter chooses entries of the trail. What is empty chooses nothing away.
type AuditFilter struct {
	// Who is an actor as it stands in the entry, or part of the name or the e-mail address of an account: then what was done
	// with its keys is found too.
	Who    string
	Action string // one action, or its first word: "session" finds "session.open" too
	Object string // an id
	From   time.Time
	To     time.Time // the first moment that is not wanted any more
	Before int64     // only entries before this number; 0: all
	Page   Page
}

// AuditLine is an entry of the trail with who that is, as far as the box still knows them.
type AuditLine struct {
	appliance.AuditEntry
	Name string // of the account, or of the account whose key it is; "" when it is gone, or there is none
	Key  string // name of the key; "" for none
}

// auditWhere is the condition of a filter, with the arguments that auditArgs gives.
const auditWhere = `
	(?1 = '' OR a.actor = ?1
		OR a.actor IN (SELECT id FROM accounts WHERE name LIKE ?2 ESCAPE '\' OR email LIKE ?2 ESCAPE '\')
		OR a.actor IN (SELECT k.id FROM api_keys k JOIN accounts c ON c.id = k.account_id
			WHERE c.id = ?1 OR c.name LIKE ?2 ESCAPE '\' OR c.email LIKE ?2 ESCAPE '\'))
	AND (?3 = '' OR a.action = ?3 OR a.action >= ?3 || '.' AND a.action < ?3 || '/')
	AND (?4 = '' OR a.object = ?4)
	AND a.at >= ?5 AND (?6 = 0 OR a.at < ?6)
	AND (?7 = 0 OR a.seq < ?7)`

func (f AuditFilter) args() []any {
	var from, to int64
	if !f.From.IsZero() {
		from = ms(f.From)
	}
	if !f.To.IsZero() {
		to = ms(f.To)
	}
	who := strings.Join(strings.Fields(f.Who), " ")
	return []any{who, containing(who), f.Action, f.Object, from, to, f.Before, f.Page.Limit, f.Page.Offset}
}

// Audit gives a page of the entries that a filter chooses, the newest first, and how many there are in all.
func (s *Store) Audit(ctx context.Context, f AuditFilter) (list []AuditLine, total int, err error) {
	args := f.args()
	err = s.read(ctx, func(tx *Tx) error {
		list = nil
		if err := tx.QueryRow(`SELECT count(*) FROM audit a WHERE`+auditWhere, args[:7]...).Scan(&total); err != nil {
			return err
		}
		rows, err := tx.Query(`SELECT a.seq, a.at, a.actor, a.address, a.action, a.object, coalesce(c.name, ''), coalesce(k.name, '')
			FROM audit a LEFT JOIN api_keys k ON k.id = a.actor LEFT JOIN accounts c ON c.id = coalesce(k.account_id, a.actor)
			WHERE`+auditWhere+` ORDER BY a.seq DESC LIMIT ?8 OFFSET ?9`, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var l AuditLine
			if err := rows.Scan(&l.Seq, toTime(&l.At), &l.Actor, &l.Address, &l.Action, &l.Object, &l.Name, &l.Key); err != nil {
				return err
			}
			list = append(list, l)
		}
		return rows.Err()
	})
	return list, total, err
}

// AuditTrail gives the newest limit entries, the newest first.
func (s *Store) AuditTrail(ctx context.Context, limit int) ([]appliance.AuditEntry, error) {
	lines, _, err := s.Audit(ctx, AuditFilter{Page: Page{Limit: limit}})
	list := make([]appliance.AuditEntry, len(lines))
	for i, l := range lines {
		list[i] = l.AuditEntry
	}
	return list, err
}
