package store_test

import (
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

func TestVectorsGoWhenWordsGoOrMayBeShownLess(t *testing.T) {
	for name, change := range map[string]func(d *desk, id appliance.ConversationID) error{
		"the conversation is erased": func(d *desk, id appliance.ConversationID) error {
			_, err := d.EraseConversation(t.Context(), d.owner, id)
			return err
		},
		"its words may only be counted": func(d *desk, id appliance.ConversationID) error {
			_, err := d.Review(t.Context(), id, appliance.Review{Use: appliance.UseCount})
			return err
		},
		"more is said": func(d *desk, id appliance.ConversationID) error {
			_, _, err := d.AppendTurn(t.Context(), store.Message{ConversationID: id, Content: "and more"})
			return err
		},
	} {
		d := newDesk(t)
		session := d.talk("Lifts", 1, func(int) string { return "The lift is broken." })
		var id appliance.ConversationID
		vectors := 0
		count := func() int {
			err := d.Read(t.Context(), func(tx *store.Tx) error {
				return tx.QueryRow(`SELECT count(*) FROM vectors`).Scan(&vectors)
			})
			if err != nil {
				t.Fatal(err)
			}
			return vectors
		}
		err := d.Read(t.Context(), func(tx *store.Tx) error {
			return tx.QueryRow(`SELECT id FROM conversations WHERE session_id = ?`, session.ID).Scan(&id)
		})
		if err != nil {
			t.Fatal(err)
		}
		read, err := d.Conversation(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		list := []store.Vector{{First: 0, Last: 0, Numbers: []float32{0.6, 0.8}}}
		if err := d.SaveVectors(t.Context(), read, "sha256:1", list); err != nil || count() != 2 {
			t.Fatalf("%d rows were kept: %v", vectors, err)
		}
		if err := change(d, id); err != nil {
			t.Fatal(err)
		}
		if count() != 0 {
			t.Errorf("%s, and %d vectors are still there", name, vectors)
		}
		err = d.SaveVectors(t.Context(), read, "sha256:1", list)
		if gone := appliance.CodeOf(err) == appliance.CodeNotFound; err != nil && !gone || count() != 0 {
			t.Errorf("%s, and %d vectors of what was read before are kept: %v", name, vectors, err)
		}
	}
}
