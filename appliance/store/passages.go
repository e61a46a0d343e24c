package store

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"strings"

	"harmonium/appliance"
)

// FoundPassage is a piece of a text that a facilitator should know.
type FoundPassage struct {
	Name    string // of the file; "" for the handbook
	Content string
}

// searchedPassages bounds how many passages with any of the words are compared.
const searchedPassages = 400

// BackgroundStamp gives a text that changes whenever what the facilitator of a session should know does.
func (s *Store) BackgroundStamp(ctx context.Context, id appliance.SessionID) (stamp string, err error) {
	err = s.lookUp(ctx, `SELECT coalesce(group_concat(b.id || b.position ||
			coalesce((SELECT max(version) FROM reports r WHERE r.session_id = b.from_session), '')), '')
		FROM background b WHERE (b.session_id = ? OR b.session_id IS NULL) AND b.whole = 1`, []any{id}, []any{&stamp})
	return stamp, err
}

// maxPassageTerms bounds how many words passages are looked for by.
const maxPassageTerms = 40

// FindPassages gives at most limit passages of some backgrounds that hold the most of some words, rarer ones first. They
// come in the order in which they stand in their texts. Words beyond the first maxPassageTerms are left out.
func (s *Store) FindPassages(ctx context.Context, in []appliance.BackgroundID, words []string, limit int) (list []FoundPassage, err error) {
	var terms []string
	for _, w := range words[:min(len(words), maxPassageTerms)] {
		terms = append(terms, searchTerms(w)...)
	}
	if len(in) == 0 || len(terms) == 0 {
		return nil, nil
	}
	err = s.read(ctx, func(tx *Tx) error {
		found, err := passagesWith(tx, in, anyOf(terms))
		if err != nil {
			return err
		}
		list = bestPassages(found, limit)
		return nil
	})
	return list, err
}

// heldPassage is a passage with the words that were looked for in it.
type heldPassage struct {
	FoundPassage
	place string // in its text, and of its text among the others
	words map[string]bool
}

func passagesWith(tx *Tx, in []appliance.BackgroundID, match string) (found []heldPassage, err error) {
	rows, err := tx.Query(`SELECT b.name, p.content, highlight(passages_fts, 0, '`+hitStart+`', '`+hitEnd+`'), b.position, b.id, p.position
		FROM passages_fts CROSS JOIN passages p ON p.row = passages_fts.rowid CROSS JOIN background b ON b.id = p.background_id
		WHERE passages_fts MATCH ? AND b.id IN (SELECT value FROM json_each(?)) ORDER BY passages_fts.rowid LIMIT ?`,
		match, asJSON(in), searchedPassages)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var h heldPassage
		var marked, id string
		var of, at int
		if err := rows.Scan(&h.Name, &h.Content, &marked, &of, &id, &at); err != nil {
			return nil, err
		}
		h.place = fmt.Sprintf("%06d %s %06d", of, id, at)
		h.words = make(map[string]bool)
		for i, piece := range strings.Split(marked, hitStart) {
			if i > 0 {
				hit, _, _ := strings.Cut(piece, hitEnd)
				h.words[strings.ToLower(hit)] = true
			}
		}
		found = append(found, h)
	}
	return found, rows.Err()
}

// bestPassages takes the passages whose words weigh most: each word the more, the fewer passages hold it.
func bestPassages(found []heldPassage, limit int) []FoundPassage {
	holding := map[string]int{}
	for _, h := range found {
		for w := range h.words {
			holding[w]++
		}
	}
	weight := func(h heldPassage) (sum float64) {
		for w := range h.words {
			sum += math.Log(1 + float64(len(found))/float64(holding[w]))
		}
		return sum
	}
	appliance.Sort(found, func(a, b heldPassage) int { return cmp.Compare(weight(b), weight(a)) })
	found = found[:min(limit, len(found))]
	appliance.Sort(found, func(a, b heldPassage) int { return cmp.Compare(a.place, b.place) })
	list := make([]FoundPassage, len(found))
	for i, h := range found {
		list[i] = h.FoundPassage
	}
	return list
}
