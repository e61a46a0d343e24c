package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"harmonium/appliance"
)

const guideColumns = ` g.session_id, g.version, g.guide, g.brief, g.made_by, g.model_digest, g.prompt_version,
	coalesce(g.author, ''), g.reason, g.created_at `

func guideDest(g *appliance.GuideVersion) []any {
	return []any{&g.SessionID, &g.Version, toJSON(&g.Guide), toJSON(&g.Brief), &g.Maker.By, &g.Maker.ModelDigest,
		&g.Maker.PromptVersion, &g.Author, &g.Reason, toTime(&g.CreatedAt)}
}

// Guide gives a version of the guide of a session; 0 is the one in use. It fails with CodeNotFound when there is no
// such session or version.
func (s *Store) Guide(ctx context.Context, id appliance.SessionID, version int) (g appliance.GuideVersion, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		g, err = guideVersion(tx, id, version)
		return err
	})
	return g, err
}

func guideVersion(tx *Tx, id appliance.SessionID, version int) (g appliance.GuideVersion, err error) {
	err = tx.QueryRow(`SELECT`+guideColumns+`FROM guides g JOIN sessions s ON s.id = g.session_id
		WHERE s.id = ?1 AND g.version = iif(?2 = 0, s.guide_version, ?2)`, id, version).Scan(guideDest(&g)...)
	return g, notFound(err, "version of the guide")
}

func insertGuide(tx *Tx, g appliance.GuideVersion) error {
	_, err := tx.Exec(`INSERT INTO guides (session_id, version, guide, brief, made_by, model_digest, prompt_version,
			author, reason, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, nullif(?, ''), ?, ?)`, g.SessionID, g.Version, asJSON(g.Guide), asJSON(g.Brief),
		g.Maker.By, g.Maker.ModelDigest, g.Maker.PromptVersion, g.Author, g.Reason, ms(g.CreatedAt))
	if err != nil {
		return fmt.Errorf("insert guide: %w", err)
	}
	return nil
}

// SaveGuide stores g.Guide, made by g.Maker for g.Reason, as the next version of the guide of g.SessionID and puts it
// in use. base is the version that it was edited from: when another is in use by now, that is a CodeConflict, so that
// nobody overwrites what somebody else saved; 0 does without. Topics without an id get one. Saving what is in use
// already makes no version. Conversations that have begun stay with theirs.
func (s *Store) SaveGuide(ctx context.Context, by By, o Once, g appliance.GuideVersion, base int,
) (appliance.GuideVersion, error) {
	g.Guide.Topics = withTopicIDs(g.Guide.Topics)
	if err := g.Guide.Validate(); err != nil {
		return appliance.GuideVersion{}, err
	}
	saved := g
	err := s.write(ctx, func(tx *Tx) (err error) {
		saved, err = s.saveGuide(ctx, tx, by, o, g, base)
		return err
	})
	return saved, err
}

// RestoreGuide makes a new version that is the same as an earlier one, and puts it in use.
func (s *Store) RestoreGuide(ctx context.Context, by By, o Once, id appliance.SessionID, version int,
) (restored appliance.GuideVersion, err error) {
	err = s.write(ctx, func(tx *Tx) error {
		old, err := guideVersion(tx, id, version)
		if err != nil {
			return err
		}
		old.Reason = fmt.Sprintf("restored version %d", old.Version)
		restored, err = s.saveGuide(ctx, tx, by, o, old, 0)
		return err
	})
	return restored, err
}

func (s *Store) saveGuide(ctx context.Context, tx *Tx, by By, o Once, g appliance.GuideVersion, base int,
) (appliance.GuideVersion, error) {
	owner, err := session(tx, g.SessionID)
	if err != nil {
		return g, err
	}
	used, err := guideVersion(tx, g.SessionID, 0)
	if err != nil {
		return g, err
	}
	if base != 0 && base != used.Version {
		return g, appliance.Errorf(appliance.CodeConflict, "Somebody saved version %d of this guide while you were "+
			"editing version %d. Nothing was overwritten. Load the newest version and make your changes there.",
			used.Version, base)
	}
	var newest int
	if err := tx.QueryRow(`SELECT max(version) FROM guides WHERE session_id = ?`, g.SessionID).Scan(&newest); err != nil {
		return g, err
	}
	same := asJSON(g.Guide) == asJSON(used.Guide) && owner.Brief == used.Brief
	version := newest + 1
	if same {
		version = used.Version
	}
	switch made, again, err := s.once(ctx, tx, o, strconv.Itoa(version)); {
	case err != nil:
		return g, err
	case again:
		if version, err = strconv.Atoi(made); err != nil {
			return g, err
		}
		return guideVersion(tx, g.SessionID, version)
	case same:
		return used, nil
	}
	g.Version, g.Brief, g.Author, g.CreatedAt = version, owner.Brief, by.Account, s.clock()
	if err := insertGuide(tx, g); err != nil {
		return g, err
	}
	_, err = tx.Exec(`UPDATE sessions SET guide_version = ?, updated_at = ? WHERE id = ?`, g.Version, ms(g.CreatedAt), g.SessionID)
	if err != nil {
		return g, err
	}
	return g, audit(ctx, tx, by.did(g.CreatedAt, "session.guide", string(g.SessionID)))
}

func withTopicIDs(topics []appliance.Topic) []appliance.Topic {
	out := make([]appliance.Topic, len(topics))
	for i, t := range topics {
		if t.ID == "" {
			t.ID = appliance.NewTopicID()
		}
		out[i] = t
	}
	return out
}

// GuideListing is a version of a guide without its text.
type GuideListing struct {
	Version    int
	Maker      appliance.Maker
	AuthorName string // "" when no account asked for it, or the account is gone
	Reason     string
	Topics     int
	CreatedAt  time.Time
}

// GuideVersions gives the versions of the guide of a session, the newest first.
func (s *Store) GuideVersions(ctx context.Context, id appliance.SessionID) (list []GuideListing, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list = list[:0]
		rows, err := tx.Query(`SELECT g.version, g.made_by, g.model_digest, g.prompt_version, coalesce(a.name, ''),
				g.reason, json_array_length(g.guide, '$.topics'), g.created_at
			FROM guides g LEFT JOIN accounts a ON a.id = g.author WHERE g.session_id = ? ORDER BY g.version DESC`, id)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var l GuideListing
			err := rows.Scan(&l.Version, &l.Maker.By, &l.Maker.ModelDigest, &l.Maker.PromptVersion, &l.AuthorName, &l.Reason,
				&l.Topics, toTime(&l.CreatedAt))
			if err != nil {
				return err
			}
			list = append(list, l)
		}
		return rows.Err()
	})
	return list, err
}

// AccountName gives the name of an account, "" when there is none.
func (s *Store) AccountName(ctx context.Context, id appliance.AccountID) (name string, err error) {
	if id == "" {
		return "", nil
	}
	err = s.read(ctx, func(tx *Tx) error {
		_, err := found(tx.QueryRow(`SELECT name FROM accounts WHERE id = ?`, id).Scan(&name))
		return err
	})
	return name, err
}
