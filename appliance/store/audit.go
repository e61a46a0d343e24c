package store

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"harmonium/appliance"
	chain "harmonium/appliance/audit"
)

// By says who does something, for the audit trail.
type By struct {
	Account appliance.AccountID // whose role counts and who is made a member of what is created; "" for none
	Actor   string              // who is noted: an account or key id, or one of the words below
	Address string              // of the account's client; never of a participant
}

// Actors that are no account or key.
const (
	ActorCommandLine = "command line"
	ActorSetup       = "setup"
	ActorSystem      = "system"
	ActorInvitation  = "invitation" // who came by a one-time link
	ActorUnknown     = "unknown"    // who tried to log in and did not prove who they are
)

// did makes the entry of what was done at a time to an object.
func (by By) did(at time.Time, action, object string) appliance.AuditEntry {
	return appliance.AuditEntry{At: at, Actor: by.Actor, Address: by.Address, Action: action, Object: object}
}

// audit appends an entry to the trail, in the transaction of what it tells of: both are kept or neither.
func audit(_ context.Context, tx *Tx, e appliance.AuditEntry) error {
	var head chain.Head
	if _, err := setting(tx, settingAuditHead, &head); err != nil {
		return err
	}
	entry := chain.Chain(head, e)
	_, err := tx.Exec(`INSERT INTO audit (seq, at, actor, address, action, object, prev_hash, hash)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, entry.Seq, ms(entry.At), entry.Actor, entry.Address, entry.Action, entry.Object,
		entry.Prev, entry.Hash)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return setSetting(tx, settingAuditHead, chain.Head{Seq: entry.Seq, Hash: entry.Hash}, ms(entry.At))
}

// Note adds to the trail what somebody did that changes nothing in the database.
func (s *Store) Note(ctx context.Context, by By, action, object string) error {
	return s.write(ctx, func(tx *Tx) error { return audit(ctx, tx, by.did(s.clock(), action, object)) })
}

// NoteStanding adds to the trail what has come to be and what is no more since it was called last with the same key of a
// setting, which holds what stands: for facts that are made outside, and that nobody tells the store of. Each of now is
// one fact. Where nothing has changed nothing is written.
func (s *Store) NoteStanding(ctx context.Context, by By, key string, now []string, came, went string) error {
	now = slices.Sorted(slices.Values(now))
	var known []string
	if _, err := s.Setting(ctx, key, &known); err != nil || slices.Equal(known, now) {
		return err
	}
	at := s.clock()
	return s.write(ctx, func(tx *Tx) error {
		if _, err := setting(tx, key, &known); err != nil {
			return err
		}
		for _, gone := range known {
			if !slices.Contains(now, gone) {
				if err := audit(ctx, tx, by.did(at, went, gone)); err != nil {
					return err
				}
			}
		}
		for _, fresh := range now {
			if !slices.Contains(known, fresh) {
				if err := audit(ctx, tx, by.did(at, came, fresh)); err != nil {
					return err
				}
			}
		}
		return setSetting(tx, key, now, ms(at))
	})
}

// SettingWays is the key of the ways out of the box that the trail knows as open, a list of texts.
const SettingWays = "ways"

// VerifyAudit checks the whole audit trail and gives the number of entries that are proven and the head that was kept, with
// an *audit.Broken when that is not all of them.
func (s *Store) VerifyAudit(ctx context.Context) (proven int64, head chain.Head, err error) {
	err = s.read(ctx, func(tx *Tx) (err error) {
		proven, head, err = verifyTrail(tx)
		return err
	})
	return proven, head, err
}

func verifyTrail(tx *Tx) (proven int64, head chain.Head, err error) {
	if _, err := setting(tx, settingAuditHead, &head); err != nil {
		return 0, head, err
	}
	proven, err = chain.Verify(auditEntries(tx), head)
	return proven, head, err
}

// auditEntries gives the trail, oldest first.
func auditEntries(tx *Tx) iter.Seq2[chain.Entry, error] {
	return func(yield func(chain.Entry, error) bool) {
		rows, err := tx.Query(`SELECT seq, at, actor, address, action, object, prev_hash, hash FROM audit ORDER BY seq`)
		if err != nil {
			yield(chain.Entry{}, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			var e chain.Entry
			err := rows.Scan(&e.Seq, toTime(&e.At), &e.Actor, &e.Address, &e.Action, &e.Object, &e.Prev, &e.Hash)
			if !yield(e, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(chain.Entry{}, err)
		}
	}
}
