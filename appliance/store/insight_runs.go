package store

import (
	"context"
	"time"

	"harmonium/appliance"
)

// askInsights has a conversation asked the questions of its session, where there are any.
func (s *Store) askInsights(tx *Tx, session appliance.SessionID, id appliance.ConversationID, at time.Time) error {
	var any bool
	err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM insight_definitions WHERE session_id = ? AND archived_at IS NULL)`, session).Scan(&any)
	if err != nil || !any {
		return err
	}
	_, err = s.enqueue(tx, appliance.JobInsights, session, id, at)
	return err
}

// InsightTask is a question as it is put to conversations now: the newest run of a definition, with what that asks.
type InsightTask struct {
	Definition appliance.InsightID
	Run        int
	Version    int
	Anew       bool
	Ask        appliance.InsightAsk
}

// insightTasks gives the newest runs of the definitions of a session that are at work, and meet a condition on runs (r).
func insightTasks(tx *Tx, session appliance.SessionID, where string) (list []InsightTask, err error) {
	rows, err := tx.Query(`SELECT r.definition_id, r.run, r.version, r.anew, w.ask FROM insight_definitions AS d
		JOIN insight_runs AS r ON r.definition_id = d.id AND r.run = (SELECT max(n.run) FROM insight_runs AS n WHERE n.definition_id = d.id)
		JOIN insight_versions AS w ON w.definition_id = d.id AND w.version = r.version
		WHERE d.session_id = ? AND d.archived_at IS NULL AND `+where+` ORDER BY d.position, d.id`, session)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var t InsightTask
		if err := rows.Scan(&t.Definition, &t.Run, &t.Version, &t.Anew, toJSON(&t.Ask)); err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, rows.Err()
}

// pending gives the conversations of a session that are to be asked a question: those that count, in which somebody has
// said something that was read, and that did not answer it yet, as they are now, to who is asked. only is one of them, ""
// for all. An answer of a model is good enough where rules would answer now; what only a model can answer is to be asked,
// whoever is there. asks is nil where an answer to anybody will do.
func (t InsightTask) pending(tx *Tx, session appliance.SessionID, only appliance.ConversationID, asks *appliance.Maker,
) (list []appliance.ConversationID, err error) {
	key, any, models := "", asks == nil, false
	if !any {
		key, models = asks.Key(), !asks.Model()
	}
	rows, err := tx.Query(`SELECT v.id FROM conversations AS v JOIN digests AS g ON g.conversation_id = v.id
		WHERE v.session_id = ?1 AND (?2 = '' OR v.id = ?2) AND`+forResults+`AND v.turns > 0
			AND NOT EXISTS (SELECT 1 FROM insights AS i WHERE i.definition_id = ?3 AND i.conversation_id = v.id AND i.version = ?4
				AND i.input_hash = g.input_hash AND (?9 OR i.asked = ?5 OR ?6 AND i.made_by <> 'rules') AND (NOT ?7 OR i.run = ?8))
		ORDER BY v.created_at, v.id`, session, only, t.Definition, t.Version, key, models, t.Anew, t.Run, any)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id appliance.ConversationID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		list = append(list, id)
	}
	return list, rows.Err()
}

// InsightPlan is which questions are to be put to a conversation.
type InsightPlan struct {
	Conversation appliance.ConversationID
	Tasks        []InsightTask
}

// PlanInsights says what is to be asked, conversation by conversation: in the open runs of a session, or of one
// conversation whatever its session asks. A definition that was not run before gets its first run by that.
func (s *Store) PlanInsights(ctx context.Context, session appliance.SessionID, only appliance.ConversationID, asks appliance.Maker,
) (plans []InsightPlan, err error) {
	where := `r.state = 'open'`
	if only != "" {
		where = `TRUE`
		if err := s.write(ctx, func(tx *Tx) error {
			_, err := tx.Exec(`INSERT INTO insight_runs (definition_id, run, version, anew, state, created_at, ended_at)
				SELECT d.id, 1, d.version, 0, 'done', ?1, ?1 FROM insight_definitions AS d
				WHERE d.session_id = ?2 AND d.archived_at IS NULL AND NOT EXISTS (SELECT 1 FROM insight_runs AS r WHERE r.definition_id = d.id)`,
				ms(s.clock()), session)
			return err
		}); err != nil {
			return nil, err
		}
	}
	err = s.read(ctx, func(tx *Tx) error {
		plans = nil
		tasks, err := insightTasks(tx, session, where)
		if err != nil {
			return err
		}
		place := map[appliance.ConversationID]int{}
		for _, t := range tasks {
			list, err := t.pending(tx, session, only, &asks)
			if err != nil {
				return err
			}
			for _, id := range list {
				i, ok := place[id]
				if !ok {
					i = len(plans)
					place[id] = i
					plans = append(plans, InsightPlan{Conversation: id})
				}
				plans[i].Tasks = append(plans[i].Tasks, t)
			}
		}
		return nil
	})
	return plans, err
}

// StartInsights puts questions of a session to all its conversations that count, those named or all at work, and says how
// many answers are to come; 0 when everything is answered. With anew everything is asked again. asks is who would be
// asked now. A run that goes on is gone on with, and so is the newest one where nothing differs but that there is more to
// ask; otherwise there is a new run, and the earlier one stays for comparison.
func (s *Store) StartInsights(ctx context.Context, by By, session appliance.SessionID, ids []appliance.InsightID, anew bool, asks appliance.Maker,
) (answers int, err error) {
	now := s.clock()
	err = s.write(ctx, func(tx *Tx) error {
		answers = 0
		list, err := definitions(tx, session)
		if err != nil {
			return err
		}
		wanted := map[appliance.InsightID]bool{}
		for _, id := range ids {
			if _, err := definition(tx, session, id); err != nil {
				return err
			}
			wanted[id] = true
		}
		for _, d := range list {
			if !d.ArchivedAt.IsZero() || len(ids) > 0 && !wanted[d.ID] {
				continue
			}
			n, err := startInsight(tx, d, anew, asks, now)
			if err != nil {
				return err
			}
			answers += n
		}
		if answers == 0 {
			return nil
		}
		if _, err := s.enqueue(tx, appliance.JobInsights, session, "", now); err != nil {
			return err
		}
		return audit(ctx, tx, by.did(now, "insight.run", string(session)))
	})
	return answers, err
}

// startInsight opens a run of a definition where there is something to ask, and says how many answers are to come.
func startInsight(tx *Tx, d appliance.InsightDefinition, anew bool, asks appliance.Maker, now time.Time) (int, error) {
	var last appliance.InsightRun
	_, err := found(tx.QueryRow(`SELECT run, version, state FROM insight_runs WHERE definition_id = ? ORDER BY run DESC LIMIT 1`, d.ID).
		Scan(&last.Run, &last.Version, &last.State))
	if err != nil {
		return 0, err
	}
	t := InsightTask{Definition: d.ID, Run: last.Run, Version: d.Version, Anew: anew}
	t.Anew = anew && last.State != appliance.InsightRunOpen
	if t.Anew {
		t.Run++
	}
	if _, err := tx.Exec(`DELETE FROM insights WHERE definition_id = ? AND state = 'failed'`, d.ID); err != nil {
		return 0, err
	}
	list, err := t.pending(tx, d.SessionID, "", &asks)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	var other bool // somebody else has answered in this version
	if err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM insights WHERE definition_id = ? AND version = ? AND asked <> ?)`,
		d.ID, d.Version, asks.Key()).Scan(&other); err != nil {
		return 0, err
	}
	if last.Run == 0 || last.Version != d.Version || t.Anew || other && last.State != appliance.InsightRunOpen {
		_, err = tx.Exec(`INSERT INTO insight_runs (definition_id, run, version, anew, state, created_at) VALUES (?, ?, ?, ?, 'open', ?)`,
			d.ID, last.Run+1, d.Version, t.Anew, ms(now))
	} else {
		_, err = tx.Exec(`UPDATE insight_runs SET state = 'open', ended_at = NULL WHERE definition_id = ? AND run = ?`, d.ID, last.Run)
	}
	return len(list), err
}

// StopInsights ends what is being asked in a session. What was answered stays.
func (s *Store) StopInsights(ctx context.Context, by By, session appliance.SessionID) error {
	now := ms(s.clock())
	return s.write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`UPDATE insight_runs SET state = 'stopped', ended_at = ? WHERE state = 'open'
			AND definition_id IN (SELECT id FROM insight_definitions WHERE session_id = ?)`, now, session)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE jobs SET state = 'cancelled', message = 'This was stopped.', finished_at = ?
			WHERE session_id = ? AND kind = 'insights' AND state IN ('queued', 'running')`, now, session)
		if err != nil {
			return err
		}
		s.wakeJobs()
		return audit(ctx, tx, by.did(s.clock(), "insight.stop", string(session)))
	})
}

// CloseInsightRuns notes which of the newest runs of a session are through, and which have more to ask: a question that
// only a model can answer stays open until there is one. What was stopped stays so.
func (s *Store) CloseInsightRuns(ctx context.Context, session appliance.SessionID, asks appliance.Maker) error {
	return s.write(ctx, func(tx *Tx) error {
		tasks, err := insightTasks(tx, session, `TRUE`)
		if err != nil {
			return err
		}
		for _, t := range tasks {
			list, err := t.pending(tx, session, "", &asks)
			from, to, ended := appliance.InsightRunOpen, appliance.InsightRunDone, s.clock()
			if len(list) > 0 && err == nil {
				from, to, ended = to, from, time.Time{}
				list, err = t.pending(tx, session, "", nil)
			}
			if err != nil {
				return err
			}
			if to == appliance.InsightRunOpen && len(list) == 0 {
				continue // somebody else has answered all of it
			}
			_, err = tx.Exec(`UPDATE insight_runs SET state = ?, ended_at = ? WHERE definition_id = ? AND run = ? AND state = ?`,
				to, msOrNull(ended), t.Definition, t.Run, from)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// WaitingInsights gives the sessions with runs that are open though no work on them waits or goes on, nor has failed in
// the last day. Sessions in the archive are left out.
func (s *Store) WaitingInsights(ctx context.Context) (list []appliance.SessionID, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list = nil
		rows, err := tx.Query(`SELECT s.id FROM sessions AS s WHERE s.status <> 'archived'
			AND EXISTS (SELECT 1 FROM insight_definitions AS d JOIN insight_runs AS r ON r.definition_id = d.id
				WHERE d.session_id = s.id AND d.archived_at IS NULL AND r.state = 'open'
					AND r.run = (SELECT max(n.run) FROM insight_runs AS n WHERE n.definition_id = d.id))
			AND NOT EXISTS (SELECT 1 FROM jobs AS j WHERE j.session_id = s.id AND j.kind = 'insights'
				AND (j.state IN ('queued', 'running') OR j.state = 'failed' AND j.finished_at > ?))
			ORDER BY s.created_at, s.id`, ms(s.clock().Add(-giveUpFor)))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id appliance.SessionID
			if err := rows.Scan(&id); err != nil {
				return err
			}
			list = append(list, id)
		}
		return rows.Err()
	})
	return list, err
}

// SaveInsight keeps an answer, in place of an earlier one of the same run. Where the conversation or the question has been
// deleted meanwhile it fails with CodeNotFound. An answer from words whose participant has changed since what may be done
// with them is not kept, and the conversation is asked again.
func (s *Store) SaveInsight(ctx context.Context, i appliance.Insight) error {
	return s.write(ctx, func(tx *Tx) error {
		c, err := conversation(tx, i.ConversationID)
		if err != nil {
			return err
		}
		if c.Changes != i.Changes {
			return s.askInsights(tx, c.SessionID, c.ID, s.clock())
		}
		var id int64
		err = tx.QueryRow(`REPLACE INTO insights (definition_id, conversation_id, run, version, state, value, number, verbatim, discarded,
				failure, input_hash, asked, made_by, model_digest, prompt_version, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			i.Definition, i.ConversationID, i.Run, i.Version, i.State, asJSON(notNil(i.Value)), i.Number, i.Verbatim, i.Discarded, i.Failure,
			i.InputHash, i.Asked, i.Maker.By, i.Maker.ModelDigest, i.Maker.PromptVersion, ms(i.CreatedAt)).Scan(&id)
		if isForeignKey(err) {
			return appliance.Errorf(appliance.CodeNotFound, "%s", noSuch("insight question"))
		} else if err != nil {
			return err
		}
		for n, e := range i.Evidence {
			_, err := tx.Exec(`INSERT INTO insight_evidence (insight_id, position, item, turn_id, start_byte, end_byte, method, score)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, id, n, e.Item, e.Span.TurnID, e.Span.Start, e.Span.End, e.Method, e.Score)
			if err != nil {
				return err
			}
		}
		return useQuotes(tx, c.ID)
	})
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
