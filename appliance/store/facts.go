package store

import (
	"context"
	"fmt"

	"harmonium/appliance"
)

// Facts gives what is kept for models of the beginning of a conversation, in its order, and of how many turns. A
// conversation that is not there has none.
func (s *Store) Facts(ctx context.Context, id appliance.ConversationID) (list []appliance.Fact, folded int, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		if _, err := found(tx.QueryRow(`SELECT folded FROM conversations WHERE id = ?`, id).Scan(&folded)); err != nil || folded == 0 {
			return err
		}
		list, err = facts(tx, id)
		return err
	})
	return list, folded, err
}

func facts(tx *Tx, id appliance.ConversationID) (list []appliance.Fact, err error) {
	rows, err := tx.Query(`SELECT f.seq, f.turn_id, f.start_byte, f.end_byte, f.text, f.made_by, f.model_digest, f.prompt_version,
			t.content FROM facts f JOIN turns t ON t.id = f.turn_id
		WHERE f.conversation_id = ? ORDER BY f.seq, f.start_byte`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var f appliance.Fact
		var content string
		if err := rows.Scan(&f.Seq, &f.Quote.TurnID, &f.Quote.Start, &f.Quote.End, &f.Text, &f.Maker.By, &f.Maker.ModelDigest,
			&f.Maker.PromptVersion, &content); err != nil {
			return nil, err
		}
		if f.Quote.End > len(content) {
			return nil, fmt.Errorf("a fact of conversation %s stands beyond its turn", id)
		}
		f.Quote.Text = content[f.Quote.Start:f.Quote.End]
		list = append(list, f)
	}
	return list, rows.Err()
}

// Fold keeps facts in the place of the turns of a conversation from number from on, up to number upto, and replaces those
// that were kept of them. Turns before from must be kept already: else, and in a conversation that is gone, nothing is
// done, and done is false.
func (s *Store) Fold(ctx context.Context, id appliance.ConversationID, from, upto int, list []appliance.Fact) (done bool, err error) {
	err = s.write(ctx, func(tx *Tx) error {
		done, err = found(tx.QueryRow(`UPDATE conversations SET folded = max(folded, ?) WHERE id = ? AND folded >= ? AND next_seq >= ?
			RETURNING 1`, upto, string(id), from, upto).Scan(new(int)))
		if err != nil || !done {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM facts WHERE conversation_id = ? AND seq >= ? AND seq < ?`, string(id), from, upto); err != nil {
			return err
		}
		for _, f := range list {
			if _, err := tx.Exec(`INSERT INTO facts (conversation_id, seq, turn_id, start_byte, end_byte, text, made_by, model_digest,
					prompt_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, string(id), f.Seq, string(f.Quote.TurnID), f.Quote.Start,
				f.Quote.End, f.Text, f.Maker.By, f.Maker.ModelDigest, f.Maker.PromptVersion); err != nil {
				return fmt.Errorf("insert fact: %w", err)
			}
		}
		return nil
	})
	return done && err == nil, err
}
