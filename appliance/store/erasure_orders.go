package store

import (
	"context"
	"time"

	"harmonium/appliance"
)

// Erasable is a session that somebody may erase.
type Erasable struct {
	ID            appliance.SessionID
	Topic         string
	Conversations int
	LastAt        time.Time // when the last thing happened in it
	Held          bool
}

// ErasableFilter says which of the sessions on which an account is an owner are wanted.
type ErasableFilter struct {
	Project appliance.ProjectID // in this one; "": in any or none
	Before  time.Time           // in which nothing has happened since; zero: whenever
	Own     bool                // that the account has made
}

// Erasable gives the sessions that an account may erase, that in which nothing has happened for the longest time first.
func (s *Store) Erasable(ctx context.Context, account appliance.AccountID, f ErasableFilter) (list []Erasable, err error) {
	before := f.Before
	if before.IsZero() {
		before = s.clock().AddDate(1, 0, 0)
	}
	err = s.read(ctx, func(tx *Tx) error {
		list = nil
		rows, err := tx.Query(`SELECT id, topic, held, conversations, last FROM (SELECT s.id, s.topic, `+heldAt2+inSession+` AS held,
				(SELECT count(*) FROM conversations WHERE session_id = s.id) AS conversations,
				max(s.updated_at, coalesce(s.closed_at, 0), coalesce((SELECT max(last_turn_at) FROM conversations WHERE session_id = s.id), 0)) AS last
			FROM`+visibleSessions+` AND`+roleRank+`>= 4 AND (?3 = '' OR s.project_id = ?3) AND (?5 = 0 OR s.created_by = ?1))
			WHERE last < ?4 ORDER BY last, id`, account, ms(s.clock()), f.Project, ms(before), f.Own)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var e Erasable
			if err := rows.Scan(&e.ID, &e.Topic, &e.Held, &e.Conversations, toTime(&e.LastAt)); err != nil {
				return err
			}
			list = append(list, e)
		}
		return rows.Err()
	})
	return list, err
}

// OwnThings gives the threads of the Companion and the templates of an account.
func (s *Store) OwnThings(ctx context.Context, account appliance.AccountID) ([]appliance.Erased, error) {
	return s.things(ctx, `SELECT 'thread', id FROM companion_threads WHERE account_id = ?1
		UNION ALL SELECT 'template', id FROM templates WHERE created_by = ?1 ORDER BY 1, 2`, account)
}

// AllThings gives everything of the box that can be erased beside its sessions: threads, templates, what every facilitator
// should know, and projects, which are last.
func (s *Store) AllThings(ctx context.Context) ([]appliance.Erased, error) {
	return s.things(ctx, `SELECT 'thread', id FROM companion_threads UNION ALL SELECT 'template', id FROM templates
		UNION ALL SELECT 'background', id FROM background WHERE session_id IS NULL UNION ALL SELECT 'project', id FROM projects`)
}

func (s *Store) things(ctx context.Context, query string, args ...any) (list []appliance.Erased, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list = nil
		rows, err := tx.Query(query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var e appliance.Erased
			if err := rows.Scan(&e.Kind, &e.ID); err != nil {
				return err
			}
			list = append(list, e)
		}
		return rows.Err()
	})
	return list, err
}

// CountErasure counts what an erasure of things would take, and changes nothing.
func (s *Store) CountErasure(ctx context.Context, list []appliance.Erased) (c appliance.ErasedCounts, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		r := appliance.Receipt{Objects: list}
		err := count(tx, &r)
		c = r.Counts
		return err
	})
	return c, err
}

// SettingRetentionState is the key of what retention has to know at its next run.
const SettingRetentionState = "retention.state"

// KeepRetentionState keeps that. It is no change of a setting that somebody made, so the audit trail has nothing of it.
func (s *Store) KeepRetentionState(ctx context.Context, state any) error {
	return s.write(ctx, func(tx *Tx) error { return setSetting(tx, SettingRetentionState, state, ms(s.clock())) })
}

// EraseDropped erases the words that participants have taken back of conversations that stay, where a legal hold had kept
// them and is over.
func (s *Store) EraseDropped(ctx context.Context) error {
	var ids []string
	err := s.read(ctx, func(tx *Tx) (err error) {
		ids, err = idsOf(tx, `SELECT DISTINCT c.id FROM points AS p JOIN conversations AS c ON c.id = p.conversation_id JOIN sessions AS s ON s.id = c.session_id
			WHERE p.state = 'dropped' AND c.state = 'finished' AND NOT `+heldNow+ofConversation+` LIMIT 1000`, ms(s.clock()))
		return err
	})
	for _, id := range ids {
		if err != nil {
			return err
		}
		err = s.erase(ctx, func(tx *Tx) error {
			n, err := s.withdraw(tx, appliance.ConversationID(id))
			if err != nil || n == 0 {
				return err
			}
			c, err := conversation(tx, appliance.ConversationID(id))
			if err != nil {
				return err
			}
			return s.resultsFollow(tx, c, true)
		})
	}
	return err
}
