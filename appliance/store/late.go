package store

import (
	"errors"

	"harmonium/appliance"
)

// lengthened runs a change after which a take may be longer than was known. Takes that follow it on its track begin later then; what
// points at their sound moves with them in the same write, so that it points at the same sound.
func lengthened(tx *Tx, at TakePath, end int64, change func() error) error {
	var follows bool
	err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM takes WHERE conversation_id = ?1 AND track = ?2 AND take > ?3)
			AND ?4 > (SELECT max(coalesce(t.samples, 0), coalesce((SELECT max(p.start + p.samples) FROM pieces AS p WHERE p.conversation_id = ?1
				AND p.track = ?2 AND p.take = ?3), 0)) FROM takes AS t WHERE t.conversation_id = ?1 AND t.track = ?2 AND t.take = ?3)`,
		at.ID, at.Track, at.Take, end).Scan(&follows)
	if err != nil || !follows {
		return errors.Join(err, change())
	}
	before := appliance.Recording{ConversationID: at.ID}
	after := before
	if err := errors.Join(readTakes(tx, &before), change(), readTakes(tx, &after)); err != nil {
		return err
	}
	return moveLater(tx, at, before, after)
}

// A list of moves in ?2, and the times of a row after them.
const (
	moved      = `WITH m (lo, hi, d) AS (SELECT value ->> '$.From', value ->> '$.To', value ->> '$.By' FROM json_each(?2)) `
	movedStart = ` start_ms + coalesce((SELECT d FROM m WHERE start_ms >= lo AND start_ms < hi), 0) `
	movedTimes = ` start_ms =` + movedStart + `, end_ms = max(` + movedStart + `,
		end_ms + coalesce((SELECT d FROM m WHERE end_ms > lo AND end_ms <= hi), 0)) `
)

// moveLater moves what points into takes of a track that begin later than they did, by as much: parts of transcripts, turns, and marks where
// there is no other track.
func moveLater(tx *Tx, at TakePath, before, after appliance.Recording) error {
	type move struct{ From, To, By int64 } // in ms
	var moves []move
	now := after.Starts(at.Track)
	for i, start := range before.Starts(at.Track) {
		from := appliance.FrameOf(start)
		if n := len(moves); n > 0 {
			moves[n-1].To = from
		}
		moves = append(moves, move{from, 1 << 40, appliance.FrameOf(now[i]) - from})
	}
	list := asJSON(moves)
	_, err := tx.Exec(moved+`UPDATE segments SET`+movedTimes+`WHERE conversation_id = ?1 AND track = ?3`, at.ID, list, at.Track)
	if err != nil {
		return err
	}
	_, err = tx.Exec(moved+`UPDATE turns SET`+movedTimes+`WHERE conversation_id = ?1
		AND coalesce((SELECT h.track FROM heard_turns AS h WHERE h.turn_id = turns.id LIMIT 1), ?3) = ?3`, at.ID, list, at.Track)
	if err != nil {
		return err
	}
	_, err = tx.Exec(moved+`UPDATE marks SET at_ms = at_ms + coalesce((SELECT d FROM m WHERE at_ms >= lo AND at_ms < hi), 0)
		WHERE conversation_id = ?1 AND NOT EXISTS (SELECT 1 FROM takes AS t WHERE t.conversation_id = ?1 AND t.track <> ?3)`, at.ID, list, at.Track)
	return err
}
