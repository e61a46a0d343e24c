package store

import (
	"slices"

	"harmonium/appliance"
)

// founded leaves out of a report whose material has changed since, or of which something may not be used for what it is read for, what stands on it no more, until it is made anew: sentences
// that cite a conversation that does not count any more, and those of which no claim is there any more. Of tensions both
// sides go. What tells of themes goes with the themes. (When something is erased, the whole report goes.)
func founded(tx *Tx, session appliance.SessionID, body *appliance.ReportBody) error {
	_, themed, err := codebook(tx, session)
	if err != nil {
		return err
	}
	counts := map[appliance.ClaimID]bool{} // of those that are there
	err = eachRow(tx, func(rows *Rows) error {
		var id appliance.ClaimID
		var included bool
		err := rows.Scan(&id, &included)
		counts[id] = included
		return err
	}, `SELECT c.id, v.included = 1 AND v.restricted & ? = 0 FROM claims AS c JOIN conversations AS v ON v.id = c.conversation_id
		WHERE c.id IN (SELECT value FROM json_each(?))`, tx.without(), asJSON(body.Cited()))
	if err != nil {
		return err
	}
	stands := func(s appliance.ReportSentence) bool {
		there := false
		for _, id := range s.Claims {
			included, known := counts[id]
			if known && !included {
				return false
			}
			there = there || known
		}
		return there || len(s.Claims) == 0
	}
	sections := body.Sections[:0]
	for _, section := range body.Sections {
		if !themed && (section.Kind == appliance.SectionThemes || section.Kind == appliance.SectionTensions) {
			continue
		}
		step := 1
		if section.Kind == appliance.SectionTensions {
			step = 2
		}
		var kept []appliance.ReportSentence
		for together := range slices.Chunk(section.Sentences, step) {
			if !slices.ContainsFunc(together, func(s appliance.ReportSentence) bool { return !stands(s) }) {
				kept = append(kept, together...)
			}
		}
		if section.Sentences = kept; len(kept) > 0 {
			sections = append(sections, section)
		}
	}
	body.Sections = sections
	return nil
}
