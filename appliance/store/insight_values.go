package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"harmonium/appliance"
)

// The answers of a run are those that were given in it and, where it gave none, the newest of earlier runs of the same
// version. shownRun is the newest run of each definition.
const (
	answersIn = ` FROM insight_runs AS r JOIN insights AS i ON i.definition_id = r.definition_id AND i.version = r.version
		AND i.run = (SELECT max(x.run) FROM insights AS x WHERE x.definition_id = i.definition_id
			AND x.conversation_id = i.conversation_id AND x.version = r.version AND x.run <= r.run) `
	// answersOf begins with the argument Tx.without.
	answersOf = answersIn + `JOIN conversations AS v ON v.id = i.conversation_id AND v.included = 1 AND v.restricted & ? = 0 `
	shownRun  = ` r.run = (SELECT max(n.run) FROM insight_runs AS n WHERE n.definition_id = r.definition_id) `
)

// ShownInsight is an answer as it may be shown.
type ShownInsight struct {
	appliance.Insight
	Hidden bool         // counts, and may not be shown: then it has no value and no evidence
	Places []CitedPlace // of its evidence that may be shown
}

// CitedPlace is a place that an answer rests on, with its words.
type CitedPlace struct {
	CitedQuote
	Item int
}

// InsightFilter says which rows of the table are wanted; its zero value wants all.
type InsightFilter struct {
	Definition appliance.InsightID    // with Value, State, Evidence: of which question
	Value      string                 // that the answer has; of texts and lists, that it contains
	State      appliance.InsightState // of the answer
	Number     int                    // of the participant
	Evidence   bool                   // the answer has words to it that may be shown
	Limit      int
	Offset     int
}

// InsightRow is a conversation with its answers.
type InsightRow struct {
	ConversationID appliance.ConversationID
	Number         int    // of the participant; 0 when there is none
	Title          string // of the conversation
	CreatedAt      time.Time
	Answers        map[appliance.InsightID]ShownInsight
}

// where gives the condition on conversations (v) and participants (p), with its values.
func (f InsightFilter) where(session appliance.SessionID, without appliance.Restrictions) (string, []any) {
	where, args := `v.session_id = ? AND v.included = 1 AND v.restricted & ? = 0 AND v.turns > 0`, []any{session, without}
	if f.Number != 0 {
		where += ` AND p.number = ?`
		args = append(args, f.Number)
	}
	if f.Definition == "" {
		return where, args
	}
	answer := `SELECT 1` + answersIn + `WHERE i.conversation_id = v.id AND r.definition_id = ? AND` + shownRun
	args = append(args, f.Definition)
	if f.State != "" {
		answer += ` AND i.state = ?`
		args = append(args, f.State)
	}
	if f.Value != "" {
		like := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(f.Value) + "%"
		answer += ` AND ` + shownAnswer + ` AND EXISTS (SELECT 1 FROM json_each(i.value) AS e
			JOIN insight_versions AS w ON w.definition_id = r.definition_id AND w.version = r.version
			WHERE e.value = ? OR w.ask ->> 'kind' IN ('text', 'list') AND e.value LIKE ? ESCAPE '\')`
		args = append(args, f.Value, like)
	}
	if f.Evidence {
		answer += ` AND EXISTS (SELECT 1 FROM insight_evidence AS e WHERE e.insight_id = i.id AND e.use = 'quote')`
	}
	if f.State == "" && f.Value == "" && !f.Evidence {
		return where, args
	}
	return where + ` AND EXISTS (` + answer + `)`, args
}

// InsightTable gives the conversations of a session that count with their answers to what is at work, in the order in
// which they began, and how many there are.
func (s *Store) InsightTable(ctx context.Context, session appliance.SessionID, f InsightFilter) (list []InsightRow, total int, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list, total, err = insightTable(tx, session, f)
		return err
	})
	return list, total, err
}

func insightTable(tx *Tx, session appliance.SessionID, f InsightFilter) (list []InsightRow, total int, err error) {
	where, args := f.where(session, tx.without())
	from := ` FROM conversations AS v LEFT JOIN participants AS p ON p.id = v.participant_id WHERE ` + where
	if err := tx.QueryRow(`SELECT count(*)`+from, args...).Scan(&total); err != nil {
		return nil, 0, err
	}
	list, err = insightRows(tx, `SELECT v.id, coalesce(p.number, 0), v.title, v.created_at`+from+
		` ORDER BY v.created_at, v.id LIMIT ? OFFSET ?`, append(args, f.Limit, f.Offset)...)
	if err != nil {
		return nil, 0, err
	}
	for i := range list {
		if list[i].Answers, err = shownAnswers(tx, list[i].ConversationID, shownRun); err != nil {
			return nil, 0, err
		}
	}
	return list, total, nil
}

func insightRows(tx *Tx, query string, args ...any) (list []InsightRow, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r InsightRow
		if err := rows.Scan(&r.ConversationID, &r.Number, &r.Title, toTime(&r.CreatedAt)); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// shownAnswers gives the answers of a conversation as they may be shown, by their questions; where is a condition on runs.
func shownAnswers(tx *Tx, id appliance.ConversationID, where string, args ...any) (map[appliance.InsightID]ShownInsight, error) {
	rows, err := tx.Query(`SELECT i.id, i.definition_id, i.version, i.run, i.state, i.value, i.number, i.verbatim, i.discarded, i.failure,
			i.made_by, i.model_digest, i.prompt_version, i.created_at, NOT `+shownAnswer+answersOf+`
		WHERE i.conversation_id = ? AND `+where, append([]any{tx.without(), id}, args...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	answers, byRow := map[appliance.InsightID]ShownInsight{}, map[int64]appliance.InsightID{}
	for rows.Next() {
		var row int64
		a := ShownInsight{Insight: appliance.Insight{ConversationID: id}}
		err := rows.Scan(&row, &a.Definition, &a.Version, &a.Run, &a.State, toJSON(&a.Value), &a.Number, &a.Verbatim, &a.Discarded, &a.Failure,
			&a.Maker.By, &a.Maker.ModelDigest, &a.Maker.PromptVersion, toTime(&a.CreatedAt), &a.Hidden)
		if err != nil {
			return nil, err
		}
		if a.Hidden = a.Hidden && a.State == appliance.InsightSaid; a.Hidden {
			a.Value, a.Number = nil, nil
		}
		answers[a.Definition], byRow[row] = a, a.Definition
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return answers, fillPlaces(tx, id, answers, byRow)
}

// fillPlaces puts to the answers of a conversation the words that they rest on, as far as those may be shown.
func fillPlaces(tx *Tx, id appliance.ConversationID, answers map[appliance.InsightID]ShownInsight, byRow map[int64]appliance.InsightID) error {
	rows, err := tx.Query(`SELECT e.insight_id, e.item, e.turn_id, e.start_byte, e.end_byte, e.method, e.score, t.seq, coalesce(t.quotable, t.content)
		FROM insights AS i JOIN insight_evidence AS e ON e.insight_id = i.id JOIN turns AS t ON t.id = e.turn_id
		WHERE i.conversation_id = ? AND e.use = 'quote' ORDER BY e.insight_id, e.position`, id)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var row int64
		var p CitedPlace
		err := rows.Scan(&row, &p.Item, &p.Span.TurnID, &p.Span.Start, &p.Span.End, &p.Method, &p.Score, &p.Seq, &p.Content)
		if err != nil {
			return err
		}
		definition, ok := byRow[row]
		if !ok || answers[definition].Hidden {
			continue
		}
		if p.Span.End > len(p.Content) {
			return fmt.Errorf("evidence of insight %d ends at %d in a turn of %d bytes", row, p.Span.End, len(p.Content))
		}
		p.Span.Text = p.Content[p.Span.Start:p.Span.End]
		a := answers[definition]
		a.Places = append(a.Places, p)
		answers[definition] = a
	}
	return rows.Err()
}

// InsightDelta is how the answer of a conversation differs between two runs.
type InsightDelta struct {
	InsightRow
	Before, After *ShownInsight // nil: there was no answer
}

// InsightDifference is what differs between the answers of two runs.
type InsightDifference struct {
	Same    int // conversations whose answers are the same
	Changed []InsightDelta
}

// InsightDifference compares the answers of two runs of a definition, among the conversations that count. Of answers that
// may not be shown it says that they differ, and not in what.
func (s *Store) InsightDifference(ctx context.Context, session appliance.SessionID, id appliance.InsightID, from, to int,
) (d InsightDifference, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		d = InsightDifference{}
		for _, run := range []int{from, to} {
			var there bool
			err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM insight_runs AS r JOIN insight_definitions AS d ON d.id = r.definition_id
				WHERE d.session_id = ? AND r.definition_id = ? AND r.run = ?)`, session, id, run).Scan(&there)
			if err != nil || !there {
				return notThere(err, "run")
			}
		}
		const given = `SELECT i.conversation_id AS conversation, i.state, i.value` + answersOf + `WHERE r.definition_id = ? AND r.run = ?`
		const with = `WITH a AS (` + given + `), b AS (` + given + `) `
		args := []any{tx.without(), id, from, tx.without(), id, to}
		const same = `a.state IS b.state AND a.value IS b.value`
		if err := tx.QueryRow(with+`SELECT count(*) FROM a JOIN b ON b.conversation = a.conversation WHERE `+same, args...).Scan(&d.Same); err != nil {
			return err
		}
		list, err := insightRows(tx, with+`SELECT v.id, coalesce(p.number, 0), v.title, v.created_at FROM conversations AS v
			LEFT JOIN participants AS p ON p.id = v.participant_id
			LEFT JOIN a ON a.conversation = v.id LEFT JOIN b ON b.conversation = v.id
			WHERE v.session_id = ? AND NOT (`+same+`) ORDER BY v.created_at, v.id`, append(args, session)...)
		if err != nil {
			return err
		}
		for _, row := range list {
			delta := InsightDelta{InsightRow: row}
			for run, into := range map[int]**ShownInsight{from: &delta.Before, to: &delta.After} {
				answers, err := shownAnswers(tx, row.ConversationID, `r.definition_id = ? AND r.run = ?`, id, run)
				if err != nil {
					return err
				}
				if a, ok := answers[id]; ok {
					*into = &a
				}
			}
			d.Changed = append(d.Changed, delta)
		}
		return nil
	})
	return d, err
}

// notThere is err, or that there is no such thing.
func notThere(err error, what string) error {
	if err != nil {
		return err
	}
	return appliance.Errorf(appliance.CodeNotFound, "%s", noSuch(what))
}

// ExportInsights gives what a session asks and the whole table of answers that a filter wants, and notes who took it away.
func (s *Store) ExportInsights(ctx context.Context, by By, session appliance.SessionID, f InsightFilter,
) (asked []appliance.InsightDefinition, list []InsightRow, err error) {
	if err := s.write(ctx, func(tx *Tx) error { return audit(ctx, tx, by.did(s.clock(), "insight.export", string(session))) }); err != nil {
		return nil, nil, err
	}
	if asked, err = s.InsightDefinitions(ctx, session); err != nil {
		return nil, nil, err
	}
	asked = slices.DeleteFunc(asked, func(d appliance.InsightDefinition) bool { return !d.ArchivedAt.IsZero() })
	err = s.read(ctx, func(tx *Tx) error {
		tx.purpose = appliance.NoExport
		list, _, err = insightTable(tx, session, f)
		return err
	})
	return asked, list, err
}
