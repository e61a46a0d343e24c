package store

import (
	"context"
	"encoding/binary"
	"math"
	"slices"

	"harmonium/appliance"
)

// Vector is what an embedder makes of the turns First to Last of a conversation, or of a question. It has the length 1.
type Vector struct {
	First, Last int
	Numbers     []float32
}

// Meaning is a question as an embedder reads it; zero where there is none.
type Meaning struct {
	Model   string // digest
	Numbers []float32
}

// Nearness says how near the turns First to Last are to a question: the cosine of their vectors.
type Nearness struct {
	First, Last int
	Cosine      float64
}

// maxVectors bounds how many vectors a question is compared with where it is about more than one conversation.
const maxVectors = 20_000

// embeddable is the condition that a conversation (c) is to have vectors: it counts in results and nobody speaks any more.
const embeddable = forSearch + `AND c.state = 'finished' `

// Unembedded gives the sessions with conversations that have no vectors of a model.
func (s *Store) Unembedded(ctx context.Context, model string) (ids []appliance.SessionID, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		ids = nil
		return eachRow(tx, func(rows *Rows) error {
			var id appliance.SessionID
			if err := rows.Scan(&id); err != nil {
				return err
			}
			ids = append(ids, id)
			return nil
		}, `SELECT DISTINCT c.session_id FROM conversations c WHERE`+embeddable+`
			AND NOT EXISTS (SELECT 1 FROM vectors v WHERE v.conversation_id = c.id AND v.model_digest = ?)`, model)
	})
	return ids, err
}

// UnembeddedIn gives the conversations of a session that have no vectors of a model.
func (s *Store) UnembeddedIn(ctx context.Context, session appliance.SessionID, model string) (ids []appliance.ConversationID, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		ids, err = conversationIDs(tx, `SELECT c.id FROM conversations c WHERE`+embeddable+`AND c.session_id = ?1
			AND NOT EXISTS (SELECT 1 FROM vectors v WHERE v.conversation_id = c.id AND v.model_digest = ?2) ORDER BY c.id`, session, model)
		return err
	})
	return ids, err
}

// SaveVectors replaces the vectors of a conversation, of whatever model. What was made before its participant changed what may be
// shown, or of turns to which others have come, is not kept: it will be made anew. A conversation that was deleted meanwhile gives
// CodeNotFound.
func (s *Store) SaveVectors(ctx context.Context, read appliance.Conversation, model string, list []Vector) error {
	return s.write(ctx, func(tx *Tx) error {
		now, err := conversation(tx, read.ID)
		if err != nil || now.Changes != read.Changes || now.NextSeq != read.NextSeq || !now.Included || now.Restricted.Forbid(appliance.NoUse) {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM vectors WHERE conversation_id = ?`, read.ID); err != nil {
			return err
		}
		for _, v := range append([]Vector{{First: -1, Last: -1}}, list...) {
			_, err := tx.Exec(`INSERT INTO vectors (conversation_id, model_digest, first_seq, last_seq, vector) VALUES (?, ?, ?, ?, ?)`,
				string(read.ID), model, v.First, v.Last, v.bytes())
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (v Vector) bytes() []byte {
	b := make([]byte, 0, 4*len(v.Numbers))
	for _, x := range v.Numbers {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

// cosine compares a stored vector with that of the question; false when they are not of one kind.
func (m Meaning) cosine(stored []byte) (float64, bool) {
	if len(stored) == 0 || len(stored) != 4*len(m.Numbers) {
		return 0, false
	}
	sum := 0.0
	for i, x := range m.Numbers {
		sum += float64(x) * float64(math.Float32frombits(binary.LittleEndian.Uint32(stored[4*i:])))
	}
	return sum, true
}

// nearest gives the conversations in the scope of a query of which a passage is nearest to its meaning, the nearest first.
func nearest(tx *Tx, q EvidenceQuery) ([]appliance.ConversationID, error) {
	if len(q.Meaning.Numbers) == 0 {
		return nil, nil
	}
	rows, err := tx.Query(`SELECT c.id, v.vector FROM conversations c JOIN vectors v ON v.conversation_id = c.id AND v.model_digest = ?5
		WHERE`+inScope+`AND v.first_seq >= 0 ORDER BY c.created_at DESC, c.id LIMIT ?6`, append(scopeArgs(tx, q), q.Meaning.Model, maxVectors)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	best := map[appliance.ConversationID]float64{}
	for rows.Next() {
		var id appliance.ConversationID
		var stored []byte
		if err := rows.Scan(&id, &stored); err != nil {
			return nil, err
		}
		if near, ok := q.Meaning.cosine(stored); ok {
			best[id] = max(best[id], near)
		}
	}
	return heaviest(best, maxMaterial), rows.Err()
}

// nearnesses gives how near each passage of a conversation is to a meaning.
func nearnesses(tx *Tx, id appliance.ConversationID, m Meaning) (list []Nearness, err error) {
	if len(m.Numbers) == 0 {
		return nil, nil
	}
	rows, err := tx.Query(`SELECT first_seq, last_seq, vector FROM vectors
		WHERE conversation_id = ? AND model_digest = ? AND first_seq >= 0 ORDER BY first_seq`, id, m.Model)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var n Nearness
		var stored []byte
		if err := rows.Scan(&n.First, &n.Last, &stored); err != nil {
			return nil, err
		}
		var ok bool
		if n.Cosine, ok = m.cosine(stored); ok {
			list = append(list, n)
		}
	}
	return list, rows.Err()
}

// fused puts two rankings together (reciprocal ranks, Cormack et al. 2009), at most n.
func fused(a, b []appliance.ConversationID, n int) []appliance.ConversationID {
	if len(b) == 0 {
		return a[:min(n, len(a))]
	}
	weight := map[appliance.ConversationID]float64{}
	for _, list := range [][]appliance.ConversationID{a, b} {
		for i, id := range list {
			weight[id] += 1 / float64(60+i)
		}
	}
	return slices.Clip(heaviest(weight, n))
}
