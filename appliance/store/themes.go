package store

import (
	"context"

	"harmonium/appliance"
)

// forgetResults takes away what may hold words of several people of a session at once: its reports with
// their parts, and its themes. All are made anew.
func forgetResults(tx *Tx, session appliance.SessionID) error {
	if _, err := tx.Exec(`DELETE FROM reports WHERE session_id = ?`, session); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM report_parts WHERE session_id = ?`, session); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM codebooks WHERE session_id = ?`, session); err != nil {
		return err
	}
	return unshareReport(tx, session)
}

// forgetWordings takes away what may hold words of a conversation that counts no more, without citing it: the themes of its session
// and what a model has written of its reports. They are made anew. Of the report that is there, founded leaves out what rests on
// that conversation, and what tells of themes until there are others.
func forgetWordings(tx *Tx, session appliance.SessionID) error {
	if _, err := tx.Exec(`DELETE FROM report_parts WHERE session_id = ?`, session); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM codebooks WHERE session_id = ?`, session)
	return err
}

// unshareReport takes report and themes away from people who are no members of a session, until the next release brings others:
// the numbers of reports begin anew when all are deleted, and what is excluded may be in the one that they see.
func unshareReport(tx *Tx, session appliance.SessionID) error {
	_, err := tx.Exec(`UPDATE releases SET report_version = 0, titles = '{}' WHERE session_id = ?`, session)
	return err
}

// Codebook gives the themes of a session and where each claim of it is placed; false when it has none yet.
func (s *Store) Codebook(ctx context.Context, session appliance.SessionID,
) (b appliance.Codebook, places map[appliance.ClaimID]appliance.ThemePlace, ok bool, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		if b, ok, err = codebook(tx, session); err != nil || !ok {
			return err
		}
		places, err = themePlaces(tx, session)
		return err
	})
	return b, places, ok && err == nil, err
}

func codebook(tx *Tx, session appliance.SessionID) (b appliance.Codebook, ok bool, err error) {
	ok, err = found(tx.QueryRow(`SELECT session_id, claims, seed, repeated, agreed, made_by, model_digest, prompt_version,
			asked, created_at FROM codebooks WHERE session_id = ?`, session).
		Scan(&b.SessionID, &b.Claims, &b.Seed, &b.Repeated, &b.Agreed, &b.Maker.By, &b.Maker.ModelDigest,
			&b.Maker.PromptVersion, &b.Asked, toTime(&b.CreatedAt)))
	if err != nil || !ok {
		return b, false, err
	}
	err = eachRow(tx, func(rows *Rows) error {
		var t appliance.Theme
		err := rows.Scan(&t.ID, &t.Title, &t.Description, &t.Maker.By, &t.Maker.ModelDigest, &t.Maker.PromptVersion,
			toTime(&t.CreatedAt))
		b.Themes = append(b.Themes, t)
		return err
	}, `SELECT id, title, description, made_by, model_digest, prompt_version, created_at FROM themes
		WHERE session_id = ? ORDER BY position`, session)
	return b, true, err
}

func themePlaces(tx *Tx, session appliance.SessionID) (map[appliance.ClaimID]appliance.ThemePlace, error) {
	places := map[appliance.ClaimID]appliance.ThemePlace{}
	err := eachRow(tx, func(rows *Rows) error {
		var p appliance.ThemePlace
		err := rows.Scan(&p.ClaimID, &p.ThemeID, &p.ByModel, &p.Tries)
		places[p.ClaimID] = p
		return err
	}, `SELECT p.claim_id, coalesce(p.theme_id, ''), p.by_model, p.tries FROM claims AS c
		JOIN theme_claims AS p ON p.claim_id = c.id WHERE c.session_id = ?`, session)
	return places, err
}

// SaveCodebook puts the themes of a session in the place of those that it has, and places claims in them. A theme whose
// id was there before stays the same theme, with the claims that are in it and not in places. Of a claim that has gone
// meanwhile nothing is kept. It fails with CodeConflict where something that m was read from has gone or was drawn anew
// since: the titles may hold its words.
func (s *Store) SaveCodebook(ctx context.Context, m ReportMaterial, b appliance.Codebook, places []appliance.ThemePlace) error {
	return s.write(ctx, func(tx *Tx) error {
		if err := m.stillThere(tx); err != nil {
			return err
		}
		ids := make([]appliance.ThemeID, len(b.Themes))
		for i, t := range b.Themes {
			ids[i] = t.ID
		}
		_, err := tx.Exec(`DELETE FROM themes WHERE session_id = ? AND id NOT IN (SELECT value FROM json_each(?))`,
			m.SessionID, asJSON(ids))
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO codebooks (session_id, claims, seed, repeated, agreed, made_by, model_digest,
				prompt_version, asked, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (session_id) DO UPDATE SET claims = excluded.claims, seed = excluded.seed,
				repeated = excluded.repeated, agreed = excluded.agreed, made_by = excluded.made_by,
				model_digest = excluded.model_digest, prompt_version = excluded.prompt_version, asked = excluded.asked,
				created_at = excluded.created_at`,
			m.SessionID, b.Claims, b.Seed, b.Repeated, b.Agreed, b.Maker.By, b.Maker.ModelDigest, b.Maker.PromptVersion,
			b.Asked, ms(b.CreatedAt))
		if err != nil {
			return err
		}
		for i, t := range b.Themes {
			_, err := tx.Exec(`INSERT INTO themes (id, session_id, position, title, description, made_by, model_digest,
					prompt_version, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT (id) DO UPDATE SET position = excluded.position, title = excluded.title,
					description = excluded.description, made_by = excluded.made_by, model_digest = excluded.model_digest,
					prompt_version = excluded.prompt_version`,
				t.ID, m.SessionID, i, t.Title, t.Description, t.Maker.By, t.Maker.ModelDigest, t.Maker.PromptVersion, ms(t.CreatedAt))
			if err != nil {
				return err
			}
		}
		return placeClaims(tx, m.SessionID, places)
	})
}

// PlaceClaims places claims in the themes that a session has. What has gone meanwhile, a claim or a theme, is left out.
func (s *Store) PlaceClaims(ctx context.Context, session appliance.SessionID, places []appliance.ThemePlace) error {
	return s.write(ctx, func(tx *Tx) error { return placeClaims(tx, session, places) })
}

func placeClaims(tx *Tx, session appliance.SessionID, places []appliance.ThemePlace) error {
	for _, p := range places {
		_, err := tx.Exec(`INSERT INTO theme_claims (claim_id, theme_id, by_model, tries)
			SELECT c.id, t.id, ?4, ?5 FROM claims AS c
			LEFT JOIN themes AS t ON t.id = ?2 AND t.session_id = c.session_id
			WHERE c.id = ?1 AND c.session_id = ?3 AND (?2 = '' OR t.id IS NOT NULL)
			ON CONFLICT (claim_id) DO UPDATE SET theme_id = excluded.theme_id, by_model = excluded.by_model, tries = excluded.tries`,
			p.ClaimID, p.ThemeID, session, p.ByModel, p.Tries)
		if err != nil {
			return err
		}
	}
	return nil
}

// drawnTheme is the theme of words from which something was drawn.
type drawnTheme struct {
	turn       appliance.TurnID
	start, end int
	theme      appliance.ThemeID
}

// drawnThemes gives the themes of what was drawn from a conversation.
func drawnThemes(tx *Tx, id appliance.ConversationID) (list []drawnTheme, err error) {
	err = eachRow(tx, func(rows *Rows) error {
		var d drawnTheme
		err := rows.Scan(&d.turn, &d.start, &d.end, &d.theme)
		list = append(list, d)
		return err
	}, `SELECT q.turn_id, q.start_byte, q.end_byte, p.theme_id FROM claims AS c JOIN theme_claims AS p ON p.claim_id = c.id
		JOIN quotes AS q ON q.claim_id = c.id WHERE c.conversation_id = ? AND p.theme_id IS NOT NULL
		ORDER BY c.position`, id)
	return list, err
}

// inheritThemes places claims that are drawn anew where those were that rest on the same words, until they are placed
// themselves: themes do not empty while a model reads.
func inheritThemes(tx *Tx, session appliance.SessionID, before []drawnTheme, claims []appliance.Claim) error {
	var places []appliance.ThemePlace
	for _, c := range claims {
		for _, d := range before {
			q := c.Quotes[0].Span
			if q.TurnID == d.turn && min(q.End, d.end) > max(q.Start, d.start) {
				places = append(places, appliance.ThemePlace{ClaimID: c.ID, ThemeID: d.theme})
				break
			}
		}
	}
	return placeClaims(tx, session, places)
}

// ThemesOf is what is known of the themes of a session, all of one moment. Everything in it is of conversations that are
// included, and counted from them; what rests only on ideas of others is no voice and not in it.
type ThemesOf struct {
	Codebook      appliance.Codebook // of no themes when none were made yet
	Language      appliance.Language
	Conversations int // with at least one answer
	People        int // who gave one
	Claims        int // in themes or not
	Located       int // quotations
	Discarded     int
	Themes        []ThemeCount // those in which anybody speaks, what most speak of first
	Other         ThemeCount   // what belongs to none of them, or was not placed yet
}

// ThemeCount is one theme with who speaks in it.
type ThemeCount struct {
	appliance.Theme
	Conversations int
	People        int
	Count         int // claims
	Stances       map[appliance.Stance]int
	Shown         int          // claims that may be shown
	Claims        []CitedClaim // the first of those
}

// Themes gives the themes of a session with the first most claims of each: one of each person, then the second ones, the
// most telling first.
func (s *Store) Themes(ctx context.Context, session appliance.SessionID, most int) (of ThemesOf, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		of, err = themesOf(tx, session, most)
		return err
	})
	return of, err
}

func themesOf(tx *Tx, session appliance.SessionID, most int) (of ThemesOf, err error) {
	state := ReportMaterial{SessionID: session}
	if err := state.readState(tx); err != nil {
		return of, err
	}
	of = ThemesOf{Language: state.Language, Conversations: state.Counts.Conversations, People: state.Counts.People,
		Located: state.Counts.Located, Discarded: state.Counts.Discarded, Other: ThemeCount{Stances: map[appliance.Stance]int{}}}
	if of.Codebook, _, err = codebook(tx, session); err != nil {
		return of, err
	}
	return of, of.count(tx, session, most)
}

// speaker is who says a claim (c) in a conversation (v): a participant, or a conversation without any.
const speaker = `coalesce(c.participant_id, v.participant_id, v.id)`

// voiced are the claims (c) of a session (?1) that count in themes (?2 is Tx.without), with where they are placed (p).
const voiced = ` FROM conversations AS v JOIN claims AS c ON c.conversation_id = v.id
	LEFT JOIN theme_claims AS p ON p.claim_id = c.id
	WHERE v.session_id = ?1 AND v.included = 1 AND v.restricted & ?2 = 0 AND c.prompted = 0 `

func (of *ThemesOf) count(tx *Tx, session appliance.SessionID, most int) error {
	themes := map[appliance.ThemeID]appliance.Theme{}
	for _, t := range of.Codebook.Themes {
		themes[t.ID] = t
	}
	err := eachRow(tx, func(rows *Rows) error {
		var id appliance.ThemeID
		var n, good, bad, mixed int
		t := ThemeCount{}
		err := rows.Scan(&id, &t.Conversations, &t.People, &n, &good, &bad, &mixed, &t.Shown)
		t.Theme, t.Count = themes[id], n
		t.Stances = map[appliance.Stance]int{appliance.StanceFor: good, appliance.StanceAgainst: bad,
			appliance.StanceMixed: mixed, appliance.StanceNeutral: n - good - bad - mixed}
		of.Claims += n
		if id == "" {
			of.Other = t
		} else {
			of.Themes = append(of.Themes, t)
		}
		return err
	}, `SELECT coalesce(p.theme_id, '') AS theme, count(DISTINCT v.id), count(DISTINCT `+speaker+`) AS people, count(*), count(*) FILTER (WHERE c.stance = 'for'),
			count(*) FILTER (WHERE c.stance = 'against'), count(*) FILTER (WHERE c.stance = 'mixed'),
			count(*) FILTER (WHERE `+shownText+` <> '')`+voiced+`
		GROUP BY theme ORDER BY people DESC, (SELECT position FROM themes WHERE id = theme)`, session, tx.without())
	if err != nil || most == 0 {
		return err
	}
	return of.fill(tx, session, most)
}

// ranked puts the claims that may be shown in order, in each theme by itself (?1 is the session, ?2 Tx.without).
const ranked = `WITH own AS (SELECT c.id, coalesce(p.theme_id, '') AS theme, c.salience,
		row_number() OVER (PARTITION BY p.theme_id, ` + speaker + ` ORDER BY c.salience DESC, c.position) AS nth` + voiced + `
		AND ` + shownText + ` <> ''),
	ranked AS (SELECT id, theme, row_number() OVER (PARTITION BY theme ORDER BY nth, salience DESC, id) AS place FROM own) `

func (of *ThemesOf) fill(tx *Tx, session appliance.SessionID, most int) error {
	first := map[appliance.ThemeID][]appliance.ClaimID{}
	err := eachRow(tx, func(rows *Rows) error {
		var theme appliance.ThemeID
		var claim appliance.ClaimID
		err := rows.Scan(&theme, &claim)
		first[theme] = append(first[theme], claim)
		return err
	}, ranked+`SELECT theme, id FROM ranked WHERE theme <> '' AND place <= ?3 ORDER BY theme, place`, session, tx.without(), most)
	if err != nil {
		return err
	}
	for i := range of.Themes {
		t := &of.Themes[i]
		if t.Claims, err = claimsInOrder(tx, session, first[t.ID]); err != nil {
			return err
		}
	}
	return nil
}

// claimsInOrder gives claims in the order of ids.
func claimsInOrder(tx *Tx, session appliance.SessionID, ids []appliance.ClaimID) ([]CitedClaim, error) {
	list, err := citedClaims(tx, `c.id IN (SELECT value FROM json_each(?))`, session, asJSON(ids))
	if err != nil {
		return nil, err
	}
	byID := map[appliance.ClaimID]CitedClaim{}
	for _, c := range list {
		byID[c.ID] = c
	}
	list = list[:0]
	for _, id := range ids {
		if c, ok := byID[id]; ok {
			list = append(list, c)
		}
	}
	return list, nil
}

// ThemeClaims gives the claims of a theme that may be shown, in the order of Themes: limit of them after offset, and how
// many there are. The theme "" is what belongs to none. A theme that is not there gives CodeNotFound.
func (s *Store) ThemeClaims(ctx context.Context, session appliance.SessionID, theme appliance.ThemeID, limit, offset int,
) (language appliance.Language, list []CitedClaim, total int, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		err := tx.QueryRow(`SELECT language FROM sessions WHERE id = ?1 AND (?2 = '' OR EXISTS
			(SELECT 1 FROM themes WHERE id = ?2 AND session_id = ?1))`, session, theme).Scan(&language)
		if err != nil {
			return notFound(err, "theme")
		}
		err = tx.QueryRow(`SELECT count(*)`+voiced+`AND `+shownText+` <> '' AND coalesce(p.theme_id, '') = ?3`, session, tx.without(), theme).Scan(&total)
		if err != nil {
			return err
		}
		var ids []appliance.ClaimID
		err = eachRow(tx, func(rows *Rows) error {
			var id appliance.ClaimID
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		}, ranked+`SELECT id FROM ranked WHERE theme = ?3 ORDER BY place LIMIT ?4 OFFSET ?5`, session, tx.without(), theme, limit, offset)
		if err != nil {
			return err
		}
		list, err = claimsInOrder(tx, session, ids)
		return err
	})
	return language, list, total, err
}
