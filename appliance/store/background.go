package store

import (
	"context"
	"strings"
	"unicode/utf8"

	"harmonium/appliance"
)

// passagesAtOnce is how many passages one write stores, so that others write in between.
const passagesAtOnce = 200

const backgroundColumns = ` b.id, coalesce(b.session_id, ''), b.kind, iif(b.kind = 'results', f.topic, b.name), b.format,
	coalesce(b.from_session, ''), b.characters, b.bytes, b.sha256, b.created_at
	FROM background b LEFT JOIN sessions f ON f.id = b.from_session `

func backgroundDest(b *appliance.Background) []any {
	return []any{&b.ID, &b.SessionID, &b.Kind, &b.Name, &b.Format, &b.From, &b.Characters, &b.Bytes, &b.FileSHA256, toTime(&b.CreatedAt)}
}

// Backgrounds gives what the facilitator of a session should know, in its order: the handbook of the box first, when
// there is one. The sizes of results are those of the newest report, 0 while there is none.
func (s *Store) Backgrounds(ctx context.Context, session appliance.SessionID) (list []appliance.Background, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list, err = backgrounds(tx, session)
		return err
	})
	return list, err
}

func backgrounds(tx *Tx, id appliance.SessionID) ([]appliance.Background, error) {
	if _, err := session(tx, id); err != nil {
		return nil, err
	}
	rows, err := tx.Query(`SELECT`+backgroundColumns+`WHERE (b.session_id = ? OR b.session_id IS NULL) AND b.whole = 1
		ORDER BY b.session_id IS NOT NULL, b.position`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []appliance.Background
	for rows.Next() {
		var b appliance.Background
		if err := rows.Scan(backgroundDest(&b)...); err != nil {
			return nil, err
		}
		if b.Kind == appliance.BackgroundResults {
			text, err := reportText(tx, b.From)
			if err != nil {
				return nil, err
			}
			b.Bytes, b.Characters = len(text), utf8.RuneCountInString(text)
		}
		list = append(list, b)
	}
	return list, rows.Err()
}

// BackgroundText gives the whole text of one piece: of results, the sentences of the newest report without quotations.
// It fails with CodeNotFound when there is none for the session.
func (s *Store) BackgroundText(ctx context.Context, id appliance.SessionID, b appliance.BackgroundID) (text string, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		var kind appliance.BackgroundKind
		var from appliance.SessionID
		err := tx.QueryRow(`SELECT kind, coalesce(from_session, '') FROM background
			WHERE id = ? AND (session_id = ? OR session_id IS NULL) AND whole = 1`, b, id).Scan(&kind, &from)
		if err != nil {
			return notFound(err, "background")
		}
		if kind == appliance.BackgroundResults {
			text, err = reportText(tx, from)
			return err
		}
		text, err = passagesText(tx, b)
		return err
	})
	return text, err
}

func passagesText(tx *Tx, b appliance.BackgroundID) (string, error) {
	rows, err := tx.Query(`SELECT content FROM passages WHERE background_id = ? ORDER BY position`, b)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var text strings.Builder
	for rows.Next() {
		var piece string
		if err := rows.Scan(&piece); err != nil {
			return "", err
		}
		text.WriteString(piece)
	}
	return text.String(), rows.Err()
}

// reportText gives the newest report of a session as plain text: its titles and sentences, which hold nobody's words.
func reportText(tx *Tx, id appliance.SessionID) (string, error) {
	var body appliance.ReportBody
	there, err := found(tx.QueryRow(`SELECT body FROM reports WHERE session_id = ? ORDER BY version DESC LIMIT 1`, id).Scan(toJSON(&body)))
	if err != nil || !there {
		return "", err
	}
	var b strings.Builder
	for _, section := range body.Sections {
		b.WriteString(section.Title + "\n")
		for _, sentence := range section.Sentences {
			b.WriteString(sentence.Text + "\n")
		}
	}
	return b.String(), nil
}

// Handbook gives the text of the handbook of the box, "" when there is none.
func (s *Store) Handbook(ctx context.Context) (text string, b appliance.Background, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		text, b = "", appliance.Background{}
		there, err := found(tx.QueryRow(`SELECT` + backgroundColumns + `WHERE b.kind = 'handbook'`).Scan(backgroundDest(&b)...))
		if err != nil || !there {
			return err
		}
		text, err = passagesText(tx, b.ID)
		return err
	})
	return text, b, err
}

// SetHandbook puts pieces, which joined are its text, in the place of the handbook; none removes it.
func (s *Store) SetHandbook(ctx context.Context, by By, pieces []string) error {
	text := strings.Join(pieces, "")
	var p appliance.Problems
	appliance.CheckText(&p, "text", text, appliance.MaxHandbook, false)
	if err := p.Err(); err != nil {
		return err
	}
	b := appliance.Background{ID: appliance.NewBackgroundID(), Kind: appliance.BackgroundHandbook, CreatedAt: s.clock()}
	b.Bytes, b.Characters = len(text), utf8.RuneCountInString(text)
	return s.erase(ctx, func(tx *Tx) error {
		// The text before is gone with this, so that a hold on everything keeps it.
		err := s.refuseHeld(tx, by, `SELECT `+heldBox+` AND EXISTS (SELECT 1 FROM background WHERE kind = 'handbook')`)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM background WHERE kind = 'handbook'`); err != nil {
			return err
		}
		if text != "" {
			if err := insertBackground(tx, b, true); err != nil {
				return err
			}
			if err := insertPassages(tx, b.ID, 0, pieces); err != nil {
				return err
			}
		}
		if err := audit(ctx, tx, by.did(b.CreatedAt, "setting.change", "handbook")); err != nil {
			return err
		}
		_, err = s.enqueue(tx, appliance.JobScrub, "", "", b.CreatedAt)
		return err
	})
}

func insertBackground(tx *Tx, b appliance.Background, whole bool) error {
	_, err := tx.Exec(`INSERT INTO background (id, session_id, kind, position, name, format, from_session, characters, bytes,
			sha256, whole, created_at)
		VALUES (?1, nullif(?2, ''), ?3, (SELECT coalesce(max(position) + 1, 0) FROM background WHERE session_id = ?2), ?4, ?5,
			nullif(?6, ''), ?7, ?8, ?9, ?10, ?11)`, b.ID, string(b.SessionID), b.Kind, b.Name, b.Format, string(b.From), b.Characters,
		b.Bytes, b.FileSHA256, whole, ms(b.CreatedAt))
	return err
}

func insertPassages(tx *Tx, b appliance.BackgroundID, from int, pieces []string) error {
	for i, piece := range pieces {
		if _, err := tx.Exec(`INSERT INTO passages (background_id, position, content) VALUES (?, ?, ?)`, b, from+i, piece); err != nil {
			return err
		}
	}
	return nil
}

// AddFile stores the text of a file, in pieces that joined are the whole text, for the facilitator of b.SessionID. Id,
// kind, sizes and time are set here. The same file a second time is a conflict, and so are more than MaxBackgroundFiles.
// A large file is stored in steps; it counts from the last one on, and one of which the program was killed half-way is
// removed when the next one comes.
func (s *Store) AddFile(ctx context.Context, by By, o Once, b appliance.Background, pieces []string) (appliance.Background, error) {
	if id, done, err := s.Repeated(ctx, o); done || err != nil {
		b.ID = appliance.BackgroundID(id)
		return b, err
	}
	now := s.clock()
	b.ID, b.Kind, b.From, b.CreatedAt = appliance.NewBackgroundID(), appliance.BackgroundFile, "", now
	for _, piece := range pieces {
		b.Bytes, b.Characters = b.Bytes+len(piece), b.Characters+utf8.RuneCountInString(piece)
	}
	var p appliance.Problems
	appliance.CheckLine(&p, "name", b.Name, appliance.MaxFileName, true)
	if err := p.Err(); err != nil {
		return appliance.Background{}, err
	}
	err := s.erase(ctx, func(tx *Tx) error {
		if _, err := session(tx, b.SessionID); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM background WHERE session_id = ? AND whole = 0 AND created_at < ?`, b.SessionID, ms(now.Add(-requestAge)))
		if err != nil {
			return err
		}
		var same, files int
		err = tx.QueryRow(`SELECT coalesce(sum(sha256 = ?), 0), count(*) FROM background WHERE session_id = ? AND kind = 'file' AND whole = 1`,
			b.FileSHA256, b.SessionID).Scan(&same, &files)
		switch {
		case err != nil:
			return err
		case same > 0:
			return appliance.Errorf(appliance.CodeConflict, "This file is there already. Nothing was changed.")
		case files >= appliance.MaxBackgroundFiles:
			return appliance.Errorf(appliance.CodeConflict, "A session has at most %d files. Nothing was saved; remove one first.",
				appliance.MaxBackgroundFiles)
		}
		return insertBackground(tx, b, false)
	})
	for at := 0; at < len(pieces) && err == nil; at += passagesAtOnce {
		err = s.write(ctx, func(tx *Tx) error {
			return insertPassages(tx, b.ID, at, pieces[at:min(at+passagesAtOnce, len(pieces))])
		})
	}
	if err != nil {
		return appliance.Background{}, err
	}
	err = s.write(ctx, func(tx *Tx) error {
		if _, _, err := s.once(ctx, tx, o, string(b.ID)); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE background SET whole = 1 WHERE id = ?`, b.ID); err != nil {
			return err
		}
		return s.backgroundChanged(ctx, tx, by, b.SessionID)
	})
	return b, err
}

// backgroundChanged notes that what the facilitator of a session should know has changed.
func (s *Store) backgroundChanged(ctx context.Context, tx *Tx, by By, id appliance.SessionID) error {
	now := s.clock()
	if err := touch(tx, id, now); err != nil {
		return err
	}
	return audit(ctx, tx, by.did(now, "session.background", string(id)))
}

// AddResults lets the facilitator of a session know the results of another one, which the caller must be allowed to see.
// Those that are there already are a conflict, and so are more than MaxBackgroundOther.
func (s *Store) AddResults(ctx context.Context, by By, o Once, id, from appliance.SessionID) (b appliance.Background, err error) {
	if id == from {
		return b, appliance.Invalid("session_id", "A session cannot know its own results beforehand. Choose another one.")
	}
	new := appliance.NewBackgroundID()
	err = s.write(ctx, func(tx *Tx) error {
		for _, each := range []appliance.SessionID{id, from} {
			if _, err := session(tx, each); err != nil {
				return err
			}
		}
		made, again, err := s.once(ctx, tx, o, string(new))
		if again || err != nil {
			b = appliance.Background{ID: appliance.BackgroundID(made), SessionID: id, Kind: appliance.BackgroundResults, From: from}
			return err
		}
		var same, others int
		err = tx.QueryRow(`SELECT coalesce(sum(from_session = ?), 0), count(*) FROM background WHERE session_id = ? AND kind = 'results'`,
			from, id).Scan(&same, &others)
		switch {
		case err != nil:
			return err
		case same > 0:
			return appliance.Errorf(appliance.CodeConflict, "The results of this session are there already. Nothing was changed.")
		case others >= appliance.MaxBackgroundOther:
			return appliance.Errorf(appliance.CodeConflict, "A session knows the results of at most %d others. Nothing was saved; remove one first.",
				appliance.MaxBackgroundOther)
		}
		b = appliance.Background{ID: new, SessionID: id, Kind: appliance.BackgroundResults, From: from, CreatedAt: s.clock()}
		if err := insertBackground(tx, b, true); err != nil {
			return err
		}
		return s.backgroundChanged(ctx, tx, by, id)
	})
	return b, err
}

// DeleteBackground takes a file or the results of another session away from the facilitator of a session, for good. It
// fails with CodeNotFound when they are not there, and with CodeConflict where a legal hold is on the session.
func (s *Store) DeleteBackground(ctx context.Context, by By, id appliance.SessionID, b appliance.BackgroundID) error {
	return s.erase(ctx, func(tx *Tx) error {
		if err := s.refuseHeldSession(tx, by, id); err != nil {
			return err
		}
		done, err := tx.Exec(`DELETE FROM background WHERE id = ? AND session_id = ?`, b, id)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return appliance.Errorf(appliance.CodeNotFound, "%s", noSuch("background"))
		}
		if err := s.backgroundChanged(ctx, tx, by, id); err != nil {
			return err
		}
		_, err = s.enqueue(tx, appliance.JobScrub, "", "", s.clock())
		return err
	})
}

// OrderBackgrounds puts what the facilitator of a session should know in an order, the most important first. order names
// each piece of the session once, without the handbook.
func (s *Store) OrderBackgrounds(ctx context.Context, by By, id appliance.SessionID, order []appliance.BackgroundID) error {
	return s.write(ctx, func(tx *Tx) error {
		var there int
		if err := tx.QueryRow(`SELECT count(*) FROM background WHERE session_id = ? AND whole = 1`, id).Scan(&there); err != nil {
			return err
		}
		moved := map[appliance.BackgroundID]bool{}
		for i, b := range order {
			done, err := tx.Exec(`UPDATE background SET position = ? WHERE id = ? AND session_id = ?`, i, b, id)
			if err != nil {
				return err
			}
			if n, err := done.RowsAffected(); err != nil {
				return err
			} else if n == 1 {
				moved[b] = true
			}
		}
		if len(moved) != there || len(order) != there {
			return appliance.Errorf(appliance.CodeConflict, "Something was added or removed meanwhile. The order is as it was; please load the page again.")
		}
		return s.backgroundChanged(ctx, tx, by, id)
	})
}
