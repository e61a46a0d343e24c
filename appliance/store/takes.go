package store

import (
	"context"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/blob"
)

// BeginTake gives the take of a track in which a device goes on, and the number of the next piece of it that is not there. A
// device gets the take that it has running; where another one has, that take ends and a new one follows it.
func (s *Store) BeginTake(ctx context.Context, id appliance.ConversationID, track int, device string) (take, next int, err error) {
	err = s.write(ctx, func(tx *Tx) error {
		r, err := recordingRow(tx, id)
		if err != nil {
			return err
		}
		if err := takesSound(r); err != nil {
			return err
		}
		var running string
		var ended time.Time
		there, err := found(tx.QueryRow(`SELECT take, device, ended_at FROM takes WHERE conversation_id = ? AND track = ? ORDER BY take DESC LIMIT 1`,
			id, track).Scan(&take, &running, toTime(&ended)))
		if err != nil {
			return err
		}
		if there && ended.IsZero() && running == device {
			return tx.QueryRow(`SELECT coalesce(max(seq) + 1, 0) FROM pieces WHERE conversation_id = ? AND track = ? AND take = ?`, id, track, take).
				Scan(&next)
		}
		if r.State != appliance.RecordingOpen {
			return appliance.Errorf(appliance.CodeConflict, "This recording has ended, so no new part of it can begin. What is there stays; "+
				"record a further meeting.")
		}
		if err := roomForTake(tx, id, track, take); err != nil {
			return err
		}
		if next = 0; there {
			take++
		}
		return beginTake(tx, id, track, take, device, s.clock())
	})
	return take, next, err
}

// takesSound refuses sound for a recording that keeps none any more.
func takesSound(r appliance.Recording) error {
	switch {
	case !r.ErasedAt.IsZero():
		return appliance.Errorf(appliance.CodeConflict, "The sound of this meeting was erased, and it takes no more. Nothing was stored.")
	case r.State == appliance.RecordingFailed:
		return appliance.Errorf(appliance.CodeConflict, "This recording has failed, and takes no more sound. Nothing was stored; begin a new one.")
	}
	return nil
}

func roomForTake(tx *Tx, id appliance.ConversationID, track, newest int) error {
	if track >= appliance.MaxTracks || newest+1 >= appliance.MaxTakes {
		return appliance.Errorf(appliance.CodeUnprocessable, "A meeting has at most %d tracks, and a track at most %d parts. What is there stays; "+
			"end this recording and begin a new one.", appliance.MaxTracks, appliance.MaxTakes)
	}
	var samples int64
	err := tx.QueryRow(`SELECT coalesce(sum(n), 0) FROM (SELECT max(coalesce(t.samples, 0), coalesce((SELECT max(p.start + p.samples) FROM pieces AS p
			WHERE p.conversation_id = t.conversation_id AND p.track = t.track AND p.take = t.take), 0)) AS n
		FROM takes AS t WHERE t.conversation_id = ? AND t.track = ?)`, id, track).Scan(&samples)
	if err == nil && samples >= appliance.MaxSamples {
		return tooLong()
	}
	return err
}

func tooLong() error {
	return appliance.Errorf(appliance.CodeUnprocessable, "A recording is at most %d hours long. What is there stays; end this recording and begin a new one.",
		int(appliance.MaxRecording/time.Hour))
}

func beginTake(tx *Tx, id appliance.ConversationID, track, take int, device string, now time.Time) error {
	_, err := tx.Exec(`UPDATE takes SET ended_at = ? WHERE conversation_id = ? AND track = ? AND ended_at IS NULL`, ms(now), id, track)
	if err == nil {
		_, err = tx.Exec(`INSERT INTO takes (conversation_id, track, take, device, began_at) VALUES (?, ?, ?, ?, ?)`, id, track, take, device, ms(now))
	}
	return err
}

// TakePath names a take.
type TakePath struct {
	ID          appliance.ConversationID
	Track, Take int
}

// AddPiece keeps a piece of a take: 16-bit little-endian samples. When it returns nil the piece is on the disk for good. The
// same piece may come twice, in any order with others, and after its take has ended. It fails with CodeConflict for another piece of the same
// number, and with CodeUnprocessable for one that covers what others do.
func (s *Store) AddPiece(ctx context.Context, at TakePath, seq int, start int64, content []byte) error {
	p := appliance.Piece{Seq: seq, Start: start, Samples: int64(len(content)) / 2}
	ctx = context.WithoutCancel(ctx) // what is on the disk is to be named, or removed
	return s.putBlob(ctx, content, func(h blob.Hash) error {
		p.SHA256 = h
		return s.write(ctx, func(tx *Tx) error { return addPiece(tx, at, p) })
	})
}

func addPiece(tx *Tx, at TakePath, p appliance.Piece) error {
	r, err := recordingRow(tx, at.ID)
	if err != nil {
		return err
	}
	if err := takesSound(r); err != nil {
		return err
	}
	var told int64
	err = tx.QueryRow(`SELECT coalesce(samples, -1) FROM takes WHERE conversation_id = ? AND track = ? AND take = ?`, at.ID, at.Track, at.Take).Scan(&told)
	if err != nil {
		return notFound(err, "take of this recording")
	}
	var known appliance.Piece
	var sum []byte
	there, err := found(tx.QueryRow(`SELECT start, samples, sha256 FROM pieces WHERE conversation_id = ? AND track = ? AND take = ? AND seq = ?`,
		at.ID, at.Track, at.Take, p.Seq).Scan(&known.Start, &known.Samples, &sum))
	if err != nil {
		return err
	}
	if there {
		if hashOf(sum) == p.SHA256 && known.Start == p.Start {
			return nil
		}
		return appliance.Errorf(appliance.CodeConflict, "Another piece with the number %d is there already, and stays. This one was not stored.", p.Seq)
	}
	end := p.Start + p.Samples
	if end > appliance.MaxSamples {
		return tooLong()
	}
	var covered bool
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM pieces WHERE conversation_id = ?1 AND track = ?2 AND take = ?3 AND seq = (SELECT max(seq) FROM pieces
				WHERE conversation_id = ?1 AND track = ?2 AND take = ?3 AND seq < ?4) AND start + samples > ?5)
			OR EXISTS (SELECT 1 FROM pieces WHERE conversation_id = ?1 AND track = ?2 AND take = ?3 AND seq = (SELECT min(seq) FROM pieces
				WHERE conversation_id = ?1 AND track = ?2 AND take = ?3 AND seq > ?4) AND start < ?6)`,
		at.ID, at.Track, at.Take, p.Seq, p.Start, end).Scan(&covered)
	if err != nil {
		return err
	}
	if covered {
		return appliance.Errorf(appliance.CodeUnprocessable, "Piece %d covers sound that other pieces of the take have. It was not stored; those stay.", p.Seq)
	}
	if told >= 0 && told < end {
		_, err = tx.Exec(`UPDATE takes SET samples = ? WHERE conversation_id = ? AND track = ? AND take = ?`, end, at.ID, at.Track, at.Take)
		if err != nil {
			return err
		}
	}
	_, err = tx.Exec(`INSERT INTO pieces (conversation_id, track, take, seq, start, samples, sha256) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		at.ID, at.Track, at.Take, p.Seq, p.Start, p.Samples, p.SHA256[:])
	return err
}

// EndTake notes that a take has ended, and how many samples its device has of it: what does not come of those is a gap.
func (s *Store) EndTake(ctx context.Context, at TakePath, samples int64) error {
	return s.write(ctx, func(tx *Tx) error { return endTake(tx, at, samples, s.clock()) })
}

func endTake(tx *Tx, at TakePath, samples int64, now time.Time) error {
	if samples > appliance.MaxSamples {
		return tooLong()
	}
	done, err := tx.Exec(`UPDATE takes SET samples = max(?, coalesce((SELECT max(start + samples) FROM pieces AS p WHERE p.conversation_id = takes.conversation_id
			AND p.track = takes.track AND p.take = takes.take), 0)), ended_at = coalesce(ended_at, ?)
		WHERE conversation_id = ? AND track = ? AND take = ?`, samples, ms(now), at.ID, at.Track, at.Take)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return appliance.Errorf(appliance.CodeNotFound, "This recording has no such part.")
}
