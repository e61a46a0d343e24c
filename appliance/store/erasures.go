package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"harmonium/appliance"
)

// What is erased is named in a receipt before anything of it goes. BeginErasure writes the receipt and hides the sessions
// that are named, FinishErasure deletes the rows in steps, which may be done again after the process was killed, and Scrub
// wipes the files and notes it in the receipts.

// ByRetention is the actor of what is deleted since its time is up.
var ByRetention = By{Actor: "retention"}

// hideAtOnce is how many things one write hides, so that nobody who writes meanwhile waits longer than some 20 ms.
const hideAtOnce = 10

// BeginErasure begins to erase things, which must be there: from when it returns nobody sees the sessions and the
// conversations among them, or what belongs to those, any more, and what one of several has said in a conversation is gone.
// A job does the rest; FinishErasure does it at once. It fails with CodeConflict, and changes nothing, where a legal hold is
// on one of them.
func (s *Store) BeginErasure(ctx context.Context, by By, kind appliance.ErasureKind, list []appliance.Erased) (appliance.Receipt, error) {
	return s.beginErasure(ctx, by, kind, list, false)
}

// beginErasure is BeginErasure; with held, also of what a legal hold is on.
func (s *Store) beginErasure(ctx context.Context, by By, kind appliance.ErasureKind, list []appliance.Erased, held bool,
) (r appliance.Receipt, err error) {
	r = receiptOf(by, kind, s.clock(), list...)
	err = s.erase(ctx, func(tx *Tx) error {
		for _, e := range list {
			if err := s.mayErase(tx, by, e, held); err != nil {
				return err
			}
		}
		if err := saveReceipt(tx, r); err != nil {
			return err
		}
		if err := audit(ctx, tx, by.did(r.BeganAt, "erasure.begin", string(r.ID))); err != nil {
			return err
		}
		// At once, so that of two who want the same the second is told that it is gone.
		if err := s.hideSome(tx, list[:min(hideAtOnce, len(list))]); err != nil {
			return err
		}
		_, err := s.enqueue(tx, appliance.JobErase, "", "", r.BeganAt)
		return err
	})
	if err != nil {
		return r, err
	}
	// From here on nobody is asked whether to go on: half a deletion helps nobody.
	ctx = context.WithoutCancel(ctx)
	if err := s.hide(ctx, list); err != nil {
		return r, err
	}
	if r, err = s.counted(ctx, r); err != nil {
		return r, err
	}
	for _, e := range list {
		if e.Kind != "participant" && e.Kind != "roster" {
			continue
		}
		if err := s.eraseObject(ctx, by, e); err != nil {
			return r, err
		}
	}
	return r, nil
}

// mayErase fails when something is not there, or held; with held, not for that.
func (s *Store) mayErase(tx *Tx, by By, e appliance.Erased, held bool) error {
	switch e.Kind {
	case "session":
		if _, err := session(tx, appliance.SessionID(e.ID)); err != nil {
			return err
		}
		return s.refuseHeldSession(tx, by, appliance.SessionID(e.ID))
	case "conversation":
		var hidden bool // somebody else erases it already; what a restore brought back may be, by an erasure that it interrupted
		err := tx.QueryRow(`SELECT NOT `+notHidden+`FROM conversations AS c WHERE c.id = ?`, e.ID).Scan(&hidden)
		if err == nil && hidden && by != ByRestore {
			err = sql.ErrNoRows
		}
		if err != nil || held {
			return notFound(err, "conversation")
		}
		return s.refuseHeldConversation(tx, by, appliance.ConversationID(e.ID))
	case "participant":
		return s.refuseHeld(tx, by, `SELECT `+heldConversation+` FROM speakers AS k JOIN conversations AS c ON c.id = k.conversation_id
			JOIN sessions AS s ON s.id = c.session_id WHERE k.participant_id = ?2 ORDER BY 1 DESC LIMIT 1`, e.ID)
	case "project":
		return s.refuseHeldProject(tx, by, appliance.ProjectID(e.ID))
	case "roster":
		session, _ := rosterOf(e.ID)
		return s.refuseHeldSession(tx, by, session)
	}
	return s.refuseHeldBox(tx, by)
}

// OpenErasures gives the receipts of what is still to be deleted, the oldest first.
func (s *Store) OpenErasures(ctx context.Context) (list []appliance.ReceiptID, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list = nil
		rows, err := tx.Query(`SELECT id FROM receipts WHERE wiped_at IS NULL AND deleted_at IS NULL ORDER BY began_at, id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id appliance.ReceiptID
			if err := rows.Scan(&id); err != nil {
				return err
			}
			list = append(list, id)
		}
		return rows.Err()
	})
	return list, err
}

// FinishErasure deletes what a receipt names from the database, in steps of some milliseconds, and has a job wipe the
// files. It may be called again, and by two at once.
func (s *Store) FinishErasure(ctx context.Context, id appliance.ReceiptID) error {
	r, err := s.Receipt(ctx, id)
	if err != nil || !r.DeletedAt.IsZero() {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if err := s.hide(ctx, r.Objects); err != nil {
		return err
	}
	if r, err = s.counted(ctx, r); err != nil {
		return err
	}
	by := By{Actor: r.Actor}
	for _, e := range r.Objects {
		if err := s.eraseObject(ctx, by, e); err != nil {
			return err
		}
	}
	return s.erase(ctx, func(tx *Tx) error {
		now := s.clock()
		if _, err := tx.Exec(`UPDATE receipts SET deleted_at = coalesce(deleted_at, ?) WHERE id = ?`, ms(now), id); err != nil {
			return err
		}
		_, err := s.enqueue(tx, appliance.JobScrub, "", "", now)
		return err
	})
}

func (s *Store) eraseObject(ctx context.Context, by By, e appliance.Erased) error {
	switch e.Kind {
	case "session":
		return s.emptySession(ctx, by, appliance.SessionID(e.ID))
	case "participant":
		return s.eraseSpeaker(ctx, by, appliance.ParticipantID(e.ID))
	case "sound":
		return s.erasePieces(ctx)
	case "roster":
		_, err := s.eraseRosterEntry(ctx, by, e.ID)
		return err
	case "conversation":
		if err := s.empty(ctx, e.ID); err != nil {
			return err
		}
		err := s.erase(ctx, func(tx *Tx) error {
			c, err := conversation(tx, appliance.ConversationID(e.ID))
			if err != nil {
				return err
			}
			return s.eraseRowsOf(tx, by, c, s.clock())
		})
		if appliance.CodeOf(err) == appliance.CodeNotFound {
			return nil // somebody else was faster
		}
		return err
	}
	if e.Kind == "project" {
		_, err := s.DeleteProject(ctx, by, appliance.ProjectID(e.ID))
		if appliance.CodeOf(err) == appliance.CodeNotFound {
			return nil
		}
		return err
	}
	_, err := s.deleteRow(ctx, by, e.Kind, e.ID)
	return err
}

// wordsAtOnce is how many turns one write takes the words out of.
const wordsAtOnce = 25

// eraseSpeaker takes somebody out of a conversation with others: name, words, what was made of these, and the sound, in which
// their voice is. What the others said stays as text, and that there was a turn.
func (s *Store) eraseSpeaker(ctx context.Context, by By, id appliance.ParticipantID) error {
	if err := s.eraseVoice(ctx, by, id); err != nil {
		return err
	}
	for left := true; left; {
		err := s.erase(ctx, func(tx *Tx) (err error) {
			left, err = s.eraseSomeWords(tx, id)
			return err
		})
		if err != nil {
			return err
		}
	}
	return s.erase(ctx, func(tx *Tx) error {
		if _, err := tx.Exec(`UPDATE speakers SET name = '' WHERE participant_id = ?`, id); err != nil {
			return err
		}
		done, err := tx.Exec(`DELETE FROM participants WHERE id = ?`, id)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return audit(ctx, tx, by.did(s.clock(), "participant.delete", string(id)))
	})
}

// eraseVoice erases the sound of the meetings in which somebody speaks, all of it: turns have the times of what a transcriber is given at
// once, a word thrown in between stands in none, and every microphone of a room hears everybody. So no part of it is known to be without the voice.
func (s *Store) eraseVoice(ctx context.Context, by By, id appliance.ParticipantID) error {
	var meetings []string
	err := s.read(ctx, func(tx *Tx) (err error) {
		meetings, err = idsOf(tx, `SELECT r.conversation_id FROM speakers AS k JOIN recordings AS r ON r.conversation_id = k.conversation_id
			WHERE k.participant_id = ? AND r.erased_at IS NULL`, id)
		return err
	})
	for _, of := range meetings {
		err = errors.Join(err, s.EraseSound(ctx, by, appliance.ConversationID(of), ""))
	}
	return err
}

func (s *Store) eraseSomeWords(tx *Tx, id appliance.ParticipantID) (left bool, err error) {
	turns, err := idsOf(tx, `SELECT t.id FROM speakers AS k JOIN turns AS t ON t.conversation_id = k.conversation_id AND t.speaker = k.id
		WHERE k.participant_id = ? AND NOT EXISTS (SELECT 1 FROM tombstones WHERE kind = 'words' AND object = t.id || ' 0 -1') LIMIT ?`,
		id, wordsAtOnce)
	if err != nil || len(turns) == 0 {
		return false, err
	}
	touched := map[appliance.ConversationID]bool{}
	for _, t := range turns {
		_, of, err := eraseWords(tx, appliance.TurnID(t), 0, -1)
		if err != nil {
			return false, err
		}
		touched[of] = true
		if _, err := tx.Exec(`INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('words', ?)`, fmt.Sprintf(wordsFormat, t, 0, -1)); err != nil {
			return false, err
		}
	}
	for of := range touched {
		if err := s.afterWords(tx, of); err != nil {
			return false, err
		}
	}
	return true, nil
}

func idsOf(tx *Tx, query string, args ...any) (list []string, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		list = append(list, id)
	}
	return list, rows.Err()
}

// counted counts what a receipt names, and hashes the ids, unless it was done.
func (s *Store) counted(ctx context.Context, r appliance.Receipt) (appliance.Receipt, error) {
	if r.SHA256 != nil {
		return r, nil
	}
	err := s.read(ctx, func(tx *Tx) error {
		r.Counts = appliance.ErasedCounts{}
		return count(tx, &r)
	})
	if err != nil {
		return r, err
	}
	err = s.erase(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`UPDATE receipts SET counts = ?, hash = ? WHERE id = ? AND hash IS NULL`, asJSON(r.Counts), r.SHA256, r.ID)
		if err != nil {
			return err
		}
		r.Counts = appliance.ErasedCounts{} // of whoever was first, before anything went
		return tx.QueryRow(`SELECT counts, hash FROM receipts WHERE id = ?`, r.ID).Scan(toJSON(&r.Counts), &r.SHA256)
	})
	return r, err
}

// parts are the statements that give the ids of what belongs to a thing, by the kind of thing and of part.
var parts = map[string][]struct{ kind, query string }{
	"session": {
		{"conversation", `SELECT id FROM conversations WHERE session_id = ? ORDER BY id`},
		{"participant", `SELECT id FROM participants WHERE session_id = ? ORDER BY id`},
		{"turn", `SELECT t.id FROM conversations AS c JOIN turns AS t ON t.conversation_id = c.id WHERE c.session_id = ? ORDER BY t.id`},
		{"claim", `SELECT id FROM claims WHERE session_id = ? ORDER BY id`},
	},
	"conversation": {
		{"participant", `SELECT p.id FROM participants AS p WHERE p.id = (SELECT participant_id FROM conversations WHERE id = ?1)
			UNION SELECT participant_id FROM speakers WHERE conversation_id = ?1 AND participant_id IS NOT NULL ORDER BY 1`},
		{"turn", `SELECT id FROM turns WHERE conversation_id = ? ORDER BY id`},
		{"claim", `SELECT id FROM claims WHERE conversation_id = ? ORDER BY id`},
	},
	"sound": {{"piece", `SELECT track || ' ' || take || ' ' || seq FROM pieces WHERE conversation_id = ? ORDER BY track, take, seq`}},
	"participant": {
		{"turn", `SELECT t.id FROM speakers AS k JOIN turns AS t ON t.conversation_id = k.conversation_id AND t.speaker = k.id
			WHERE k.participant_id = ? ORDER BY t.id`},
		{"claim", `SELECT id FROM claims WHERE participant_id = ? ORDER BY id`},
	},
}

// count counts what a receipt names and hashes the ids: the SHA-256 of a line "KIND ID" for each thing that is named, in
// the order of the receipt, each followed by a line for each conversation, participant, turn, claim and piece of sound (TRACK TAKE NUMBER) that
// belongs to it, in the order of their ids. Who has a backup from before can count it again.
func count(tx *Tx, r *appliance.Receipt) error {
	h := sha256.New()
	for _, e := range r.Objects {
		fmt.Fprintf(h, "%s %s\n", e.Kind, e.ID)
		*counter(&r.Counts, e.Kind)++
		for _, part := range parts[e.Kind] {
			ids, err := idsOf(tx, part.query, e.ID)
			if err != nil {
				return err
			}
			for _, id := range ids {
				fmt.Fprintf(h, "%s %s\n", part.kind, id)
			}
			if c := counter(&r.Counts, part.kind); c != nil {
				*c += len(ids)
			}
		}
	}
	r.SHA256 = h.Sum(nil)
	return nil
}

// counter is where things of a kind are counted; nil for those that are hashed only.
func counter(c *appliance.ErasedCounts, kind string) *int {
	return map[string]*int{"project": &c.Projects, "session": &c.Sessions, "conversation": &c.Conversations, "participant": &c.Participants, "roster": &c.Participants,
		"turn": &c.Turns, "sound": &c.Sounds, "claim": &c.Claims, "thread": &c.Threads, "template": &c.Templates, "background": &c.Background}[kind]
}

func receiptOf(by By, kind appliance.ErasureKind, at time.Time, list ...appliance.Erased) appliance.Receipt {
	if by == ByRestore {
		kind = appliance.EraseAgain
	}
	return appliance.Receipt{ID: appliance.NewReceiptID(), Kind: kind, Actor: by.Actor, Objects: list, BeganAt: at}
}

func saveReceipt(tx *Tx, r appliance.Receipt) error {
	_, err := tx.Exec(`INSERT INTO receipts (id, kind, rule, actor, objects, counts, hash, began_at, deleted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.ID, r.Kind, r.Rule, r.Actor, asJSON(r.Objects), asJSON(r.Counts), r.SHA256, ms(r.BeganAt), msOrNull(r.DeletedAt))
	return err
}

const receiptColumns = ` id, kind, rule, actor, objects, counts, hash, began_at, deleted_at, wiped_at `

func scanReceipt(row interface{ Scan(...any) error }) (r appliance.Receipt, err error) {
	err = row.Scan(&r.ID, &r.Kind, &r.Rule, &r.Actor, toJSON(&r.Objects), toJSON(&r.Counts), &r.SHA256, toTime(&r.BeganAt), toTime(&r.DeletedAt),
		toTime(&r.WipedAt))
	return r, err
}

// Receipt gives one receipt. It fails with CodeNotFound when there is none.
func (s *Store) Receipt(ctx context.Context, id appliance.ReceiptID) (r appliance.Receipt, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		r, err = scanReceipt(tx.QueryRow(`SELECT`+receiptColumns+`FROM receipts WHERE id = ?`, id))
		return notFound(err, "receipt")
	})
	return r, err
}

// Receipts gives the receipts of the box, the newest first: one page of them, and how many there are.
func (s *Store) Receipts(ctx context.Context, page Page) (list []appliance.Receipt, total int, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list = nil
		if err := tx.QueryRow(`SELECT count(*) FROM receipts`).Scan(&total); err != nil {
			return err
		}
		rows, err := tx.Query(`SELECT`+receiptColumns+`FROM receipts ORDER BY began_at DESC, id LIMIT ? OFFSET ?`, page.Limit, page.Offset)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			r, err := scanReceipt(rows)
			if err != nil {
				return err
			}
			list = append(list, r)
		}
		return rows.Err()
	})
	return list, total, err
}

// StillThere gives those of the things of a receipt that are in the database, which none should be.
func (s *Store) StillThere(ctx context.Context, list []appliance.Erased) (there []appliance.Erased, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		there = nil
		for _, e := range list {
			var is bool
			err := tx.QueryRow(`SELECT CASE ?1 WHEN 'session' THEN EXISTS (SELECT 1 FROM sessions WHERE id = ?2)
				WHEN 'conversation' THEN EXISTS (SELECT 1 FROM conversations WHERE id = ?2)
				WHEN 'participant' THEN EXISTS (SELECT 1 FROM participants WHERE id = ?2)
				WHEN 'sound' THEN EXISTS (SELECT 1 FROM pieces WHERE conversation_id = ?2)
				WHEN 'project' THEN EXISTS (SELECT 1 FROM projects WHERE id = ?2)
				WHEN 'thread' THEN EXISTS (SELECT 1 FROM companion_threads WHERE id = ?2)
				WHEN 'template' THEN EXISTS (SELECT 1 FROM templates WHERE id = ?2)
				WHEN 'background' THEN EXISTS (SELECT 1 FROM background WHERE id = ?2) ELSE 0 END`, e.Kind, e.ID).Scan(&is)
			if err != nil {
				return err
			}
			if is {
				there = append(there, e)
			}
		}
		return nil
	})
	return there, err
}

// Wipe is EraseBlobs and Scrub, and notes in the receipts of what was deleted before it began that no file of the box holds it any more.
// Copies from before a migration would: they are removed.
func (s *Store) Wipe(ctx context.Context) error {
	open, err := s.unwiped(ctx)
	if err == nil {
		err = s.EraseBlobs(ctx)
	}
	if err == nil {
		err = s.Scrub(ctx)
	}
	if err == nil {
		err = s.noteWiped(ctx, open)
	}
	return err
}

// WipeLater has a job Wipe where receipts wait for it.
func (s *Store) WipeLater() error {
	ctx := context.Background() // of nobody who may go away
	open, err := s.unwiped(ctx)
	if err != nil || len(open) == 0 {
		return err
	}
	return s.write(ctx, func(tx *Tx) error { return s.scrubLater(tx) })
}

// unwiped gives the receipts of what is gone from the database and may still be in its files.
func (s *Store) unwiped(ctx context.Context) (list []string, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list, err = idsOf(tx, `SELECT id FROM receipts WHERE wiped_at IS NULL AND deleted_at IS NOT NULL`)
		return err
	})
	return list, err
}

// noteWiped notes in receipts that no file holds any more what they name: copies from before a migration did, too.
func (s *Store) noteWiped(ctx context.Context, receipts []string) error {
	if len(receipts) == 0 {
		return nil
	}
	if _, err := s.RemoveMigrationCopies(); err != nil {
		return err
	}
	return s.erase(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`UPDATE receipts SET wiped_at = ? WHERE id IN (SELECT value FROM json_each(?))`, ms(s.clock()), asJSON(receipts))
		return err
	})
}
