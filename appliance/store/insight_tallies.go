package store

import (
	"context"

	"harmonium/appliance"
)

// InsightOverview is a definition with all that is known of it at a glance.
type InsightOverview struct {
	appliance.InsightDefinition
	Versions []InsightVersion       // the newest first
	Runs     []appliance.InsightRun // the newest first
	Tally    InsightTally
}

// InsightTally counts the answers of the newest run, among the conversations that count.
type InsightTally struct {
	Run         int // 0: nothing was asked yet
	Asked       appliance.InsightAsk
	Of          int // conversations in which somebody has said something
	Said        int
	NotSaid     int
	Unsupported int
	Failed      int
	Discarded   int // proposals that were left out
	ByRules     int // answers that rules gave
	Options     []InsightCount
	Numbers     []float64 // of InsightNumber, ascending
}

// InsightCount counts the conversations that give one answer.
type InsightCount struct {
	Value string
	Count int
}

// shownItems is how many different items of lists are counted.
const shownItems = 20

// InsightOverviews gives what is asked in a session, in its order, with what came of it.
func (s *Store) InsightOverviews(ctx context.Context, id appliance.SessionID) (list []InsightOverview, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		if _, err := session(tx, id); err != nil {
			return err
		}
		list, err = insightOverviews(tx, id)
		return err
	})
	return list, err
}

func insightOverviews(tx *Tx, id appliance.SessionID) ([]InsightOverview, error) {
	defined, err := definitions(tx, id)
	if err != nil {
		return nil, err
	}
	place := map[appliance.InsightID]*InsightOverview{}
	list := make([]InsightOverview, len(defined))
	for i, d := range defined {
		list[i].InsightDefinition = d
		place[d.ID] = &list[i]
	}
	versions, err := insightVersions(tx, id)
	if err != nil {
		return nil, err
	}
	for _, v := range versions {
		o := place[v.Definition]
		o.Versions = append(o.Versions, v)
	}
	if err := fillRuns(tx, id, place); err != nil {
		return nil, err
	}
	return list, fillTallies(tx, id, place)
}

func fillRuns(tx *Tx, id appliance.SessionID, place map[appliance.InsightID]*InsightOverview) error {
	rows, err := tx.Query(`SELECT r.definition_id, r.run, r.version, r.anew, r.state, r.created_at, r.ended_at FROM insight_runs AS r
		JOIN insight_definitions AS d ON d.id = r.definition_id WHERE d.session_id = ? ORDER BY r.definition_id, r.run DESC`, id)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r appliance.InsightRun
		if err := rows.Scan(&r.Definition, &r.Run, &r.Version, &r.Anew, &r.State, toTime(&r.CreatedAt), toTime(&r.EndedAt)); err != nil {
			return err
		}
		o := place[r.Definition]
		if o.Runs = append(o.Runs, r); len(o.Runs) == 1 {
			o.Tally.Run = r.Run
			for _, v := range o.Versions {
				if v.Version == r.Version {
					o.Tally.Asked = v.Ask
				}
			}
		}
	}
	return rows.Err()
}

// fillTallies counts. What may not be shown counts too; of lists only what may be shown, since items are words.
func fillTallies(tx *Tx, id appliance.SessionID, place map[appliance.InsightID]*InsightOverview) error {
	var of int
	err := tx.QueryRow(`SELECT count(*) FROM conversations WHERE session_id = ? AND included = 1 AND restricted & ? = 0 AND turns > 0`, id, tx.without()).Scan(&of)
	if err != nil {
		return err
	}
	for _, o := range place {
		o.Tally.Of = of
	}
	shown := answersOf + `WHERE v.session_id = ? AND` + shownRun
	rows, err := tx.Query(`SELECT i.definition_id, count(*) FILTER (WHERE i.state = 'said'), count(*) FILTER (WHERE i.state = 'not_said'),
			count(*) FILTER (WHERE i.state = 'unsupported'), count(*) FILTER (WHERE i.state = 'failed'), sum(i.discarded),
			count(*) FILTER (WHERE i.state = 'said' AND i.made_by = 'rules')`+shown+`GROUP BY i.definition_id`, tx.without(), id)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var d appliance.InsightID
		var t InsightTally
		if err := rows.Scan(&d, &t.Said, &t.NotSaid, &t.Unsupported, &t.Failed, &t.Discarded, &t.ByRules); err != nil {
			return err
		}
		o := &place[d].Tally
		o.Said, o.NotSaid, o.Unsupported, o.Failed, o.Discarded, o.ByRules = t.Said, t.NotSaid, t.Unsupported, t.Failed, t.Discarded, t.ByRules
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if err := fillCounts(tx, id, place); err != nil {
		return err
	}
	return fillNumbers(tx, id, place, shown)
}

func fillCounts(tx *Tx, id appliance.SessionID, place map[appliance.InsightID]*InsightOverview) error {
	rows, err := tx.Query(`SELECT i.definition_id, e.value, count(DISTINCT i.conversation_id) AS n`+
		answersOf+`JOIN insight_versions AS w ON w.definition_id = r.definition_id AND w.version = r.version
		JOIN json_each(i.value) AS e
		WHERE v.session_id = ? AND`+shownRun+`AND i.state = 'said' AND (w.ask ->> 'kind' IN ('yes_no', 'category')
			OR w.ask ->> 'kind' = 'list' AND `+shownAnswer+`)
		GROUP BY i.definition_id, lower(e.value) ORDER BY i.definition_id, n DESC, e.value`, tx.without(), id)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var d appliance.InsightID
		var c InsightCount
		if err := rows.Scan(&d, &c.Value, &c.Count); err != nil {
			return err
		}
		if t := &place[d].Tally; t.Asked.Kind != appliance.InsightList || len(t.Options) < shownItems {
			t.Options = append(t.Options, c)
		}
	}
	return rows.Err()
}

func fillNumbers(tx *Tx, id appliance.SessionID, place map[appliance.InsightID]*InsightOverview, shown string) error {
	rows, err := tx.Query(`SELECT i.definition_id, i.number`+shown+`AND i.state = 'said' AND i.number IS NOT NULL
		ORDER BY i.definition_id, i.number`, tx.without(), id)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var d appliance.InsightID
		var n float64
		if err := rows.Scan(&d, &n); err != nil {
			return err
		}
		place[d].Tally.Numbers = append(place[d].Tally.Numbers, n)
	}
	return rows.Err()
}
