package store

import (
	"slices"

	"harmonium/appliance"
)

// Found is what was found in a session beside its report: what is handed out of the other parts of its results.
type Found struct {
	Themes  ThemesOf                    // with the first claims of each
	Form    []Choice                    // what was answered to the form, counted
	Asked   []InsightOverview           // what is asked of every conversation, without what is in the archive
	Answers []InsightRow                // what they answer, in the order in which they began
	Pinned  []appliance.CompanionAnswer // as the account sees them who hands out
	Known   []appliance.Background      // what the facilitator was told beside the guide: only what it is called
}

// claimsOfTheme is of how many claims of each theme themes of several sessions are told alike.
const claimsOfTheme = 12

// readFound reads it, for an account.
func (h *Handout) readFound(tx *Tx, account appliance.AccountID) (err error) {
	id := h.Session.ID
	if h.Found.Themes, err = themesOf(tx, id, claimsOfTheme); err != nil {
		return err
	}
	if h.Found.Form, err = choices(tx, id, nil, measured...); err != nil {
		return err
	}
	if h.Found.Asked, err = insightOverviews(tx, id); err != nil {
		return err
	}
	h.Found.Asked = slices.DeleteFunc(h.Found.Asked, func(o InsightOverview) bool { return !o.ArchivedAt.IsZero() })
	if len(h.Found.Asked) > 0 {
		if h.Found.Answers, _, err = insightTable(tx, id, InsightFilter{Limit: -1}); err != nil {
			return err
		}
	}
	if h.Found.Pinned, err = pinnedAnswers(tx, account, id); err != nil {
		return err
	}
	h.Found.Known, err = backgrounds(tx, id)
	return err
}

// Withheld counts what an export does not show as it was said.
type Withheld struct {
	LeftOut     int // conversations that somebody has left out of the results, or that restrictions keep out
	OnlyCounted int // conversations whose participants want to be counted and not shown
	Paraphrased int // conversations whose words are told in other words only
	Discarded   int // quotations that were found nowhere
}

// readWithheld counts it.
func (h *Handout) readWithheld(tx *Tx) error {
	w := &h.Withheld
	err := tx.QueryRow(`SELECT count(*) FROM conversations c LEFT JOIN participants p ON p.id = c.participant_id
		WHERE c.session_id = ? AND (c.included = 0 OR c.restricted & ? <> 0) AND coalesce(p.rehearsal, '') = ''
			AND NOT (c.source = 'recording' AND c.next_seq = 0)`, h.Session.ID, tx.without()).Scan(&w.LeftOut)
	if err != nil {
		return err
	}
	err = tx.QueryRow(`SELECT count(*) FILTER (WHERE use = 'count'), count(*) FILTER (WHERE use = 'paraphrase') FROM conversations
		WHERE session_id = ? AND`+forExport+`AND turns > 0`, h.Session.ID).Scan(&w.OnlyCounted, &w.Paraphrased)
	w.Discarded = h.Found.Themes.Discarded
	return err
}
