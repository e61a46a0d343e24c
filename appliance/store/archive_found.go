package store

import (
	"slices"

	"harmonium/appliance"
)

// archiveFound reads insights, pinned answers as an account sees them, and what background is called.
func archiveFound(tx *Tx, account appliance.AccountID, id appliance.SessionID, a *appliance.Archive) error {
	overviews, err := insightOverviews(tx, id)
	if err != nil {
		return err
	}
	for _, o := range overviews {
		d := appliance.ArchivedInsight{ID: o.ID, Name: o.Ask.Name, Version: o.Version, ArchivedAt: o.ArchivedAt, At: o.CreatedAt}
		for _, v := range slices.Backward(o.Versions) {
			d.Versions = append(d.Versions, appliance.ArchivedInsightVersion{Version: v.Version, Ask: v.Ask, Maker: archivedMaker(v.Maker), At: v.CreatedAt})
		}
		for _, r := range slices.Backward(o.Runs) {
			d.Runs = append(d.Runs, appliance.ArchivedInsightRun{Run: r.Run, Version: r.Version, Anew: r.Anew, At: r.CreatedAt, EndedAt: r.EndedAt})
		}
		if d.Answers, err = archivedAnswers(tx, o.ID); err != nil {
			return err
		}
		a.Insights = append(a.Insights, d)
	}
	pinned, err := pinnedAnswers(tx, account, id)
	if err != nil {
		return err
	}
	for _, p := range slices.Backward(pinned) {
		if pin := archivedPin(p); len(pin.Parts) > 0 {
			a.Pinned = append(a.Pinned, pin)
		}
	}
	known, err := backgrounds(tx, id)
	for _, b := range known {
		a.Background = append(a.Background, appliance.ArchivedBackground{Kind: b.Kind, Name: b.Name, Format: b.Format, Characters: b.Characters})
	}
	return err
}

// archivedAnswers reads the answers to a question in conversations that count, in the order in which those began.
func archivedAnswers(tx *Tx, id appliance.InsightID) (list []appliance.ArchivedInsightAnswer, err error) {
	var rows []int64
	err = eachRow(tx, func(r *Rows) error {
		var row int64
		var shown bool
		var a appliance.ArchivedInsightAnswer
		err := r.Scan(&row, &a.ConversationID, &a.Run, &a.Version, &a.State, toJSON(&a.Value), &a.Number, &a.Verbatim, &a.Discarded,
			&a.Failure, &a.InputHash, &a.Asked, &a.Maker.By, &a.Maker.ModelDigest, &a.Maker.PromptVersion, toTime(&a.At), &shown)
		if !shown {
			a.Value, a.Number = nil, nil
		}
		list, rows = append(list, a), append(rows, row)
		return err
	}, `SELECT i.id, i.conversation_id, i.run, i.version, i.state, i.value, i.number, i.verbatim, i.discarded, i.failure, i.input_hash,
			i.asked, i.made_by, i.model_digest, i.prompt_version, i.created_at, `+shownAnswer+`
		FROM insights AS i JOIN conversations AS v ON v.id = i.conversation_id AND`+forArchive+`
		WHERE i.definition_id = ? ORDER BY v.created_at, v.id, i.run`, id)
	if err != nil {
		return nil, err
	}
	for n, row := range rows {
		err := eachRow(tx, func(r *Rows) error {
			var e appliance.ArchivedWitness
			err := r.Scan(&e.Item, &e.TurnID, &e.Start, &e.End, &e.Method, &e.Score)
			list[n].Evidence = append(list[n].Evidence, e)
			return err
		}, `SELECT item, turn_id, start_byte, end_byte, method, score FROM insight_evidence WHERE insight_id = ? ORDER BY position`, row)
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// archivedPin keeps of a pinned answer what is still there and seen.
func archivedPin(p appliance.CompanionAnswer) appliance.ArchivedPin {
	pin := appliance.ArchivedPin{Question: p.Question, Outcome: p.Outcome, Maker: archivedMaker(p.Maker), At: p.CreatedAt}
	for _, part := range p.Parts {
		if part.Kind != appliance.PartSentence && part.Kind != appliance.PartPassage || len(part.Citations) == 0 {
			continue
		}
		of := appliance.ArchivedPart{Kind: part.Kind, Text: part.Text}
		for _, c := range part.Citations {
			of.Citations = append(of.Citations, c.Span)
		}
		pin.Parts = append(pin.Parts, of)
	}
	return pin
}

// found stores insights, with what of them may be shown, and pinned answers. Pinned answers become
// those of the account that brings them, if there is one.
func (u *unpacking) found(tx *Tx, account appliance.AccountID) error {
	for i, d := range u.archive.Insights {
		if err := u.insight(tx, i, d); err != nil {
			return err
		}
	}
	for _, t := range u.archive.Conversations {
		if t.Use == appliance.UseQuote && len(t.Points) == 0 {
			continue // all of it may be quoted
		}
		if err := useQuotes(tx, u.talks[t.ID]); err != nil {
			return err
		}
	}
	if account == "" {
		return nil
	}
	for i, p := range u.archive.Pinned {
		if err := u.pin(tx, account, i, p); err != nil {
			return err
		}
	}
	return nil
}

func (u *unpacking) insight(tx *Tx, position int, d appliance.ArchivedInsight) error {
	id := u.insights[d.ID]
	_, err := tx.Exec(`INSERT INTO insight_definitions (id, session_id, position, name, version, archived_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		id, u.session, position, d.Name, d.Version, msOrNull(u.notAfter(d.ArchivedAt)), ms(u.notAfter(d.At)))
	if err != nil {
		return err
	}
	for _, v := range d.Versions {
		of := appliance.InsightDefinition{ID: id, Ask: v.Ask, Version: v.Version, Maker: appliance.Maker(v.Maker)}
		if err := insertInsightVersion(tx, of, u.notAfter(v.At)); err != nil {
			return err
		}
	}
	for _, r := range d.Runs {
		state, ended := appliance.InsightRunDone, r.EndedAt
		if ended.IsZero() {
			state, ended = appliance.InsightRunStopped, u.now
		}
		_, err := tx.Exec(`INSERT INTO insight_runs (definition_id, run, version, anew, state, created_at, ended_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			id, r.Run, r.Version, r.Anew, state, ms(u.notAfter(r.At)), ms(u.notAfter(ended)))
		if err != nil {
			return err
		}
	}
	for _, a := range d.Answers {
		var row int64
		err := tx.QueryRow(`INSERT INTO insights (definition_id, conversation_id, run, version, state, value, number, verbatim, discarded,
				failure, input_hash, asked, made_by, model_digest, prompt_version, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			id, u.talks[a.ConversationID], a.Run, a.Version, a.State, asJSON(notNil(a.Value)), a.Number, a.Verbatim, a.Discarded, a.Failure,
			a.InputHash, a.Asked, a.Maker.By, a.Maker.ModelDigest, a.Maker.PromptVersion, ms(u.notAfter(a.At))).Scan(&row)
		if err != nil {
			return err
		}
		for n, e := range a.Evidence {
			_, err := tx.Exec(`INSERT INTO insight_evidence (insight_id, position, item, turn_id, start_byte, end_byte, method, score)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, row, n, e.Item, u.turns[e.TurnID], e.Start, e.End, e.Method, e.Score)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// pin makes a thread of an account for a pinned answer. nth of them was pinned after those before it.
func (u *unpacking) pin(tx *Tx, account appliance.AccountID, nth int, p appliance.ArchivedPin) error {
	thread, id, at := appliance.NewThreadID(), appliance.NewAnswerID(), ms(u.notAfter(p.At))
	_, err := tx.Exec(`INSERT INTO companion_threads (id, account_id, session_id, created_at, updated_at) VALUES (?, ?, ?, ?, ?)`,
		thread, account, u.session, at, at)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO companion_answers (id, thread_id, position, question, state, outcome, why, refused, newest, made_by,
			model_digest, prompt_version, pinned_in, pinned_at, created_at, answered_at)
		VALUES (?, ?, 0, ?, 'answered', ?, '', 0, 0, ?, ?, ?, ?, ?, ?, ?)`,
		id, thread, p.Question, p.Outcome, p.Maker.By, p.Maker.ModelDigest, p.Maker.PromptVersion, u.session, ms(u.now)+int64(nth), at, at)
	if err != nil {
		return err
	}
	for n, part := range p.Parts {
		if _, err := tx.Exec(`INSERT INTO companion_parts (answer_id, position, kind, text) VALUES (?, ?, ?, ?)`, id, n, part.Kind, part.Text); err != nil {
			return err
		}
		for k, c := range part.Citations {
			_, err := tx.Exec(`INSERT INTO companion_citations (answer_id, part, position, turn_id, start_byte, end_byte) VALUES (?, ?, ?, ?, ?, ?)`,
				id, n, k, u.turns[c.TurnID], c.Start, c.End)
			if err != nil {
				return err
			}
		}
	}
	return nil
}
