package store

import (
	"context"
	"time"

	"harmonium/appliance"
)

const definitionColumns = ` d.id, d.session_id, d.name, w.ask, d.version, w.made_by, w.model_digest, w.prompt_version, d.archived_at, d.created_at
	FROM insight_definitions AS d JOIN insight_versions AS w ON w.definition_id = d.id AND w.version = d.version `

func scanDefinition(row interface{ Scan(...any) error }) (d appliance.InsightDefinition, err error) {
	var name string
	err = row.Scan(&d.ID, &d.SessionID, &name, toJSON(&d.Ask), &d.Version, &d.Maker.By, &d.Maker.ModelDigest, &d.Maker.PromptVersion,
		toTime(&d.ArchivedAt), toTime(&d.CreatedAt))
	d.Ask.Name = name
	return d, err
}

// InsightDefinitions gives what is asked of the conversations of a session, in its order, what is archived last.
func (s *Store) InsightDefinitions(ctx context.Context, session appliance.SessionID) (list []appliance.InsightDefinition, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list, err = definitions(tx, session)
		return err
	})
	return list, err
}

func definitions(tx *Tx, session appliance.SessionID) (list []appliance.InsightDefinition, err error) {
	rows, err := tx.Query(`SELECT`+definitionColumns+`WHERE d.session_id = ? ORDER BY d.archived_at IS NOT NULL, d.position, d.id`, session)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		d, err := scanDefinition(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

func definition(tx *Tx, session appliance.SessionID, id appliance.InsightID) (appliance.InsightDefinition, error) {
	d, err := scanDefinition(tx.QueryRow(`SELECT`+definitionColumns+`WHERE d.id = ? AND d.session_id = ?`, id, session))
	return d, notFound(err, "insight question")
}

// NewInsight is what is to be asked, and what worded it.
type NewInsight struct {
	Ask   appliance.InsightAsk
	Maker appliance.Maker
}

// CreateInsights has conversations of a session asked further things. What is asked already is passed over.
func (s *Store) CreateInsights(ctx context.Context, by By, o Once, session appliance.SessionID, list []NewInsight) error {
	for _, n := range list {
		if err := n.Ask.Validate(); err != nil {
			return err
		}
	}
	now := s.clock()
	return s.write(ctx, func(tx *Tx) error {
		if _, repeated, err := s.once(ctx, tx, o, string(session)); repeated || err != nil {
			return err
		}
		if err := insertInsights(tx, session, list, now); err != nil {
			return err
		}
		return audit(ctx, tx, by.did(now, "insight.create", string(session)))
	})
}

func insertInsights(tx *Tx, session appliance.SessionID, list []NewInsight, now time.Time) error {
	have, err := definitions(tx, session)
	if err != nil {
		return err
	}
	for _, n := range list {
		d := appliance.InsightDefinition{ID: appliance.NewInsightID(), SessionID: session, Ask: n.Ask, Version: 1, Maker: n.Maker, CreatedAt: now}
		if asked(have, d) {
			continue
		}
		_, err := tx.Exec(`INSERT INTO insight_definitions (id, session_id, position, name, version, created_at)
			VALUES (?1, ?2, (SELECT coalesce(max(position) + 1, 0) FROM insight_definitions WHERE session_id = ?2), ?3, 1, ?4)`,
			d.ID, session, d.Ask.Name, ms(now))
		if isForeignKey(err) {
			return appliance.Errorf(appliance.CodeNotFound, "%s", noSuch("session"))
		}
		if err == nil {
			err = insertInsightVersion(tx, d, now)
		}
		if err != nil {
			return err
		}
		have = append(have, d)
	}
	return tooManyInsights(have)
}

// asked says whether a definition that is at work asks the same as d.
func asked(have []appliance.InsightDefinition, d appliance.InsightDefinition) bool {
	for _, h := range have {
		if h.ID != d.ID && h.ArchivedAt.IsZero() && h.Ask.Equal(d.Ask) {
			return true
		}
	}
	return false
}

func tooManyInsights(list []appliance.InsightDefinition) error {
	n := 0
	for _, d := range list {
		if d.ArchivedAt.IsZero() {
			n++
		}
	}
	if n > appliance.MaxInsights {
		return appliance.Errorf(appliance.CodeConflict, "A session asks at most %d questions of its conversations at once. Nothing was "+
			"saved. Put one into the archive first.", appliance.MaxInsights)
	}
	return nil
}

func insertInsightVersion(tx *Tx, d appliance.InsightDefinition, now time.Time) error {
	ask := d.Ask
	ask.Name = ""
	_, err := tx.Exec(`INSERT INTO insight_versions (definition_id, version, ask, made_by, model_digest, prompt_version, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, d.ID, d.Version, asJSON(ask), d.Maker.By, d.Maker.ModelDigest, d.Maker.PromptVersion, ms(now))
	return err
}

// InsightChange changes a definition; what is nil stays.
type InsightChange struct {
	Ask      *appliance.InsightAsk // where it asks something else, it is a new version
	Archived *bool
	Position *int // among those at work, from 0
}

// ChangeInsight changes a definition of a session.
func (s *Store) ChangeInsight(ctx context.Context, by By, session appliance.SessionID, id appliance.InsightID, c InsightChange) error {
	if c.Ask != nil {
		if err := c.Ask.Validate(); err != nil {
			return err
		}
	}
	now := s.clock()
	return s.write(ctx, func(tx *Tx) error {
		d, err := definition(tx, session, id)
		if err != nil {
			return err
		}
		if c.Ask != nil {
			changed := !d.Ask.Equal(*c.Ask)
			if d.Ask = *c.Ask; changed {
				d.Version, d.Maker = d.Version+1, appliance.Maker{By: appliance.MadeByHand}
				if err := insertInsightVersion(tx, d, now); err != nil {
					return err
				}
			}
		}
		if c.Archived != nil && *c.Archived == d.ArchivedAt.IsZero() {
			if d.ArchivedAt = (time.Time{}); *c.Archived {
				d.ArchivedAt = now
			}
		}
		if _, err := tx.Exec(`UPDATE insight_definitions SET name = ?, version = ?, archived_at = ? WHERE id = ?`,
			d.Ask.Name, d.Version, msOrNull(d.ArchivedAt), id); err != nil {
			return err
		}
		if c.Position != nil {
			if err := moveInsight(tx, session, id, *c.Position); err != nil {
				return err
			}
		}
		have, err := definitions(tx, session)
		if err != nil {
			return err
		}
		if d.ArchivedAt.IsZero() && asked(have, d) {
			return appliance.Errorf(appliance.CodeConflict, "Another question asks the same. Nothing was changed.")
		}
		if err := tooManyInsights(have); err != nil {
			return err
		}
		return audit(ctx, tx, by.did(now, "insight.change", string(id)))
	})
}

// moveInsight puts a definition at a place among the others.
func moveInsight(tx *Tx, session appliance.SessionID, id appliance.InsightID, to int) error {
	list, err := definitions(tx, session)
	if err != nil {
		return err
	}
	order := make([]appliance.InsightID, 0, len(list))
	for _, d := range list {
		if d.ID != id {
			order = append(order, d.ID)
		}
	}
	to = max(0, min(to, len(order)))
	order = append(order[:to], append([]appliance.InsightID{id}, order[to:]...)...)
	for i, d := range order {
		if _, err := tx.Exec(`UPDATE insight_definitions SET position = ? WHERE id = ?`, i, d); err != nil {
			return err
		}
	}
	return nil
}

// DeleteInsight deletes a definition with all its versions and answers, for good. It fails with CodeConflict where a legal hold is
// on the session or on something in it, which the answers were drawn from.
func (s *Store) DeleteInsight(ctx context.Context, by By, session appliance.SessionID, id appliance.InsightID) error {
	return s.erase(ctx, func(tx *Tx) error {
		if _, err := definition(tx, session, id); err != nil {
			return err
		}
		if err := s.refuseHeldSession(tx, by, session); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM insight_definitions WHERE id = ?`, id); err != nil {
			return err
		}
		if err := audit(ctx, tx, by.did(s.clock(), "insight.delete", string(id))); err != nil {
			return err
		}
		_, err := s.enqueue(tx, appliance.JobScrub, "", "", s.clock())
		return err
	})
}

// InsightVersion is what a definition asked in one version.
type InsightVersion struct {
	Definition appliance.InsightID
	Version    int
	Ask        appliance.InsightAsk
	Maker      appliance.Maker
	CreatedAt  time.Time
}

// insightVersions gives all versions of all definitions of a session, the newest first.
func insightVersions(tx *Tx, session appliance.SessionID) (list []InsightVersion, err error) {
	rows, err := tx.Query(`SELECT w.definition_id, w.version, w.ask, w.made_by, w.model_digest, w.prompt_version, w.created_at
		FROM insight_versions AS w JOIN insight_definitions AS d ON d.id = w.definition_id
		WHERE d.session_id = ? ORDER BY w.definition_id, w.version DESC`, session)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var v InsightVersion
		err := rows.Scan(&v.Definition, &v.Version, toJSON(&v.Ask), &v.Maker.By, &v.Maker.ModelDigest, &v.Maker.PromptVersion, toTime(&v.CreatedAt))
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, rows.Err()
}
