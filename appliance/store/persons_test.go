package store_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// heldColumns are where something stands that one person said or wrote, or that was made of it alone; ?1 is the participant.
var heldColumns = map[string]string{
	"participants": `id = ?1`,
	"turns":        `role = 'participant' AND conversation_id IN (SELECT id FROM conversations WHERE participant_id = ?1)`,
	"claims":       `conversation_id IN (SELECT id FROM conversations WHERE participant_id = ?1)`,
	"facts":        `conversation_id IN (SELECT id FROM conversations WHERE participant_id = ?1)`,
	"insights":     `conversation_id IN (SELECT id FROM conversations WHERE participant_id = ?1)`,
	"turn_edits":   `conversation_id IN (SELECT id FROM conversations WHERE participant_id = ?1)`,
}

// heldWords gives the planted words of one participant, each with its column.
func (p *planter) heldWords(id appliance.ParticipantID) map[string]string {
	p.t.Helper()
	words, planted := map[string]string{}, regexp.MustCompile(`planted([0-9a-f]{16})`)
	for table, where := range heldColumns {
		for _, column := range places[table].conversation {
			if table == "turns" && column != "content" {
				continue // the key of a message, and the values of an answer whose words are its content
			}
			var all string
			p.must(p.Read(p.t.Context(), func(tx *store.Tx) error {
				return tx.QueryRow(`SELECT coalesce(group_concat(`+column+`), '') FROM `+table+` WHERE `+where, id).Scan(&all)
			}))
			found := planted.FindAllStringSubmatch(all, -1)
			if len(found) == 0 {
				p.t.Errorf("nothing is planted in %s.%s", table, column)
			}
			for _, word := range found {
				words[word[1]] = table + "." + column
			}
		}
	}
	return words
}

// Everything that is held of one person is what is given to them, nothing of others is; then it is erased, and theirs stays.
func TestEverythingOfAPersonIsGivenAndErased(t *testing.T) {
	p := plantBox(t)
	p.exec(`UPDATE participants SET answers = json_array(json_object('question_id', 'fld', 'type', 'Short field', 'text', 'Q',
		'values', json_array(name || ' answers'))) WHERE session_id = ?`, p.session)
	p.exec(`UPDATE insights SET value = json_array(json_extract(value, '$.x[0]')) WHERE json_type(value) = 'object'`)
	theirs, others := p.heldWords(p.participants[0]), p.heldWords(p.participants[1])
	list, err := p.HeldOf(t.Context(), p.participants[:1])
	p.must(err)
	file, err := json.Marshal(list)
	p.must(err)
	for word, column := range theirs {
		if !strings.Contains(string(file), word) {
			t.Errorf("what is held of them in %s is not given", column)
		}
	}
	for word, column := range others {
		if strings.Contains(string(file), word) {
			t.Errorf("what is held of somebody else in %s is given", column)
		}
	}

	p.words["theirs"], p.words["others"] = slices.Collect(maps.Keys(theirs)), slices.Collect(maps.Keys(others))
	if n := p.left("theirs"); n != len(theirs) {
		t.Fatalf("%d of %d words are found before", n, len(theirs))
	}
	objects, _, err := p.PersonObjects(t.Context(), p.participants[:1])
	p.must(err)
	p.begin(appliance.ErasePerson, objects...)
	p.must(p.Wipe(t.Context()))
	if n, kept := p.left("theirs"), p.left("others"); n != 0 || kept != len(others) {
		t.Errorf("%d words of theirs are left, and %d of %d of somebody else", n, kept, len(others))
	}
}
