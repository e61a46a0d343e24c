package store

import (
	"context"
	"fmt"

	"harmonium/appliance"
)

// A participant may decide that words of theirs are shown less from now on, or that other words count in their place. A
// backup that is older than the decision must not show them as before. The tombstones of such decisions, of the kind
// "use", tell the conversation or the point, which change of the conversation it was, and the widest use that was left.

const useFormat = "%s %d %s"

// narrowed is a decision by which the words of a conversation or a point are shown less.
type narrowed struct {
	of  string
	use appliance.Use
}

// tombUses leaves a tombstone for each decision of one change.
func tombUses(tx *Tx, change int, list []narrowed) error {
	for _, n := range list {
		_, err := tx.Exec(`INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('use', ?)`, fmt.Sprintf(useFormat, n.of, change, n.use))
		if err != nil {
			return err
		}
	}
	return nil
}

// narrowAgain has words shown no more than their participant had decided, in a state that does not know the decision.
// Nothing is erased: words in whose place others were put are only counted, since the others are not here, and the
// participant can decide anew.
func (s *Store) narrowAgain(ctx context.Context, object string) error {
	var of string
	var change int
	var use appliance.Use
	if _, err := fmt.Sscanf(object, useFormat, &of, &change, &use); err != nil || !use.Valid() {
		return nil // of a newer version
	}
	return s.erase(ctx, func(tx *Tx) error {
		var id appliance.ConversationID
		ok, err := found(tx.QueryRow(`SELECT coalesce((SELECT id FROM conversations WHERE id = ?1),
				(SELECT conversation_id FROM points WHERE id = ?1)) AS conversation
			WHERE conversation IS NOT NULL AND NOT EXISTS (SELECT 1 FROM tombstones WHERE kind = 'use' AND object = ?2)`, of, object).Scan(&id))
		if err != nil || !ok {
			return err
		}
		// The uses are in the order of their names, the narrowest first.
		for _, query := range []string{
			`UPDATE points SET use = min(coalesce(use, (SELECT use FROM conversations WHERE id = ?1)), ?3) WHERE id = ?2`,
			`UPDATE points SET use = min(use, ?3) WHERE conversation_id = ?2 AND conversation_id = ?1 AND use IS NOT NULL`,
			`UPDATE conversations SET use = min(use, ?3) WHERE id = ?2 AND id = ?1`,
		} {
			if _, err := tx.Exec(query, id, of, use); err != nil {
				return err
			}
		}
		// What is decided from now on is another change than any before.
		if _, err := tx.Exec(`UPDATE conversations SET uses_changed = max(uses_changed, ?) WHERE id = ?`, change, id); err != nil {
			return err
		}
		if err := showAnew(tx, id); err != nil {
			return err
		}
		c, err := conversation(tx, id)
		if err != nil {
			return err
		}
		return s.resultsFollow(tx, c, false)
	})
}
