package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"harmonium/appliance"
)

// Whoever is on the roster of a session has no id of their own: they are named by the session and a hash of the address,
// which tells nobody the address who does not know it together with the session.

// rosterKey names an entry of the roster of a session.
func rosterKey(session appliance.SessionID, r appliance.RosterEntry) string {
	sum := sha256.Sum256([]byte(string(session) + "\n" + strings.ToLower(r.Email)))
	return string(session) + " " + hex.EncodeToString(sum[:12])
}

// rosterOf gives the session of an entry that a key names; false when it is no key.
func rosterOf(key string) (appliance.SessionID, bool) {
	session, hash, ok := strings.Cut(key, " ")
	return appliance.SessionID(session), ok && hash != ""
}

// expected gives those who are on the rosters of sessions and fit, as people without a conversation.
func (s *Store) expected(ctx context.Context, fits func(key string, r appliance.RosterEntry) bool) (list []Person, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list = nil
		return eachRow(tx, func(rows *Rows) error {
			var of Person
			var roster []appliance.RosterEntry
			if err := rows.Scan(&of.SessionID, &of.Topic, toTime(&of.At), &of.Held, toJSON(&roster)); err != nil {
				return err
			}
			for _, r := range roster {
				p := of
				p.ID, p.Name, p.Email, p.Expected = appliance.ParticipantID(rosterKey(of.SessionID, r)), r.DisplayName, r.Email, true
				if len(list) < maxPersons && fits(string(p.ID), r) {
					list = append(list, p)
				}
			}
			return nil
		}, `SELECT s.id, s.topic, s.created_at, `+heldSession+`, s.roster FROM sessions AS s
			WHERE s.erasing = 0 AND s.roster NOT IN ('null', '[]') ORDER BY s.created_at DESC, s.id`, ms(s.clock()))
	})
	return list, err
}

// eraseRosterEntry takes somebody off the roster of a session and leaves a tombstone; false when they were not on it.
func (s *Store) eraseRosterEntry(ctx context.Context, by By, key string) (there bool, err error) {
	id, ok := rosterOf(key)
	if !ok {
		return false, nil
	}
	err = s.erase(ctx, func(tx *Tx) error {
		var roster []appliance.RosterEntry
		there, err = found(tx.QueryRow(`SELECT roster FROM sessions WHERE id = ?`, id).Scan(toJSON(&roster)))
		if err != nil || !there {
			return err
		}
		left := slices.DeleteFunc(slices.Clone(roster), func(r appliance.RosterEntry) bool { return rosterKey(id, r) == key })
		if there = len(left) < len(roster); !there {
			return nil
		}
		if _, err := tx.Exec(`UPDATE sessions SET roster = ? WHERE id = ?`, asJSON(left), id); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('roster', ?)`, key); err != nil {
			return err
		}
		return audit(ctx, tx, by.did(s.clock(), "roster.delete", string(id)))
	})
	return there, err
}

// withExpected adds those who are on rosters to participants, the last first.
func withExpected(people, expected []Person) []Person {
	list := append(people, expected...)
	slices.SortStableFunc(list, func(a, b Person) int { return cmp.Or(b.At.Compare(a.At), strings.Compare(string(a.ID), string(b.ID))) })
	return list[:min(len(list), maxPersons)]
}
