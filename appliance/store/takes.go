package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/blob"
)

// TakeStart is a take that a device is about to give.
type TakeStart struct {
	Track  int
	Device string // a random key of it
	// Beside asks for a track of its own, beside those of other devices; Track is none then.
	Beside bool
	// Since is when its first sample was heard, by the clock of the box: it is laid beside what others recorded then
	// (Recording.PlaceAt). Zero: it follows the take before it on its track, or begins with the meeting.
	Since time.Time
}

// BeginTake begins a take that follows the one before it on its track (RecordTake).
func (s *Store) BeginTake(ctx context.Context, id appliance.ConversationID, track int, device string) (take, next int, err error) {
	path, next, err := s.RecordTake(ctx, id, TakeStart{Track: track, Device: device})
	return path.Take, next, err
}

// RecordTake gives the take in which a device goes on, and the number of the next piece of it that is not there. A
// device gets the take that it has running; where another one has that track, that take ends and a new one follows it.
func (s *Store) RecordTake(ctx context.Context, id appliance.ConversationID, t TakeStart) (at TakePath, next int, err error) {
	err = s.write(ctx, func(tx *Tx) error {
		r, err := recordingRow(tx, id)
		if err != nil {
			return err
		}
		if err := takesSound(r); err != nil {
			return err
		}
		at = TakePath{ID: id, Track: t.Track}
		if there, err := runningTake(tx, &at, t); err != nil || there {
			return errors.Join(err, tx.QueryRow(`SELECT coalesce(max(seq) + 1, 0) FROM pieces WHERE conversation_id = ? AND track = ? AND take = ?`,
				id, at.Track, at.Take).Scan(&next))
		}
		if r.State != appliance.RecordingOpen {
			return appliance.Errorf(appliance.CodeConflict, "This recording has ended, so no new part of it can begin. What is there stays; "+
				"record a further meeting.")
		}
		if err := readTakes(tx, &r); err != nil {
			return err
		}
		if at, next = freshTake(r, t), 0; at.Track >= appliance.MaxTracks || at.Take >= appliance.MaxTakes {
			return appliance.Errorf(appliance.CodeUnprocessable, "A meeting has at most %d tracks, and a track at most %d parts. What is there stays; "+
				"end this recording and begin a new one.", appliance.MaxTracks, appliance.MaxTakes)
		}
		var place int64
		if !t.Since.IsZero() {
			place = r.PlaceAt(t.Since, at.Track)
		}
		if max(place, r.TrackSamples(at.Track)) >= appliance.MaxSamples {
			return tooLong()
		}
		return beginTake(tx, at, t.Device, place, s.clock())
	})
	return at, next, err
}

// runningTake finds the take of a device that goes on: the newest of its track, or of any where it asks for one of its own.
func runningTake(tx *Tx, at *TakePath, t TakeStart) (there bool, err error) {
	if t.Beside {
		return found(tx.QueryRow(`SELECT track, take FROM takes WHERE conversation_id = ? AND device = ? ORDER BY take DESC LIMIT 1`, at.ID, t.Device).
			Scan(&at.Track, &at.Take))
	}
	return found(tx.QueryRow(`SELECT take FROM takes AS t WHERE conversation_id = ?1 AND track = ?2 AND device = ?3 AND ended_at IS NULL
		AND take = (SELECT max(take) FROM takes WHERE conversation_id = ?1 AND track = ?2)`, at.ID, at.Track, t.Device).Scan(&at.Take))
}

// freshTake says where a take goes that begins now.
func freshTake(r appliance.Recording, t TakeStart) TakePath {
	at := TakePath{ID: r.ConversationID, Track: t.Track}
	if t.Beside {
		for at.Track = 0; slices.Contains(r.Tracks(), at.Track); at.Track++ {
		}
	}
	at.Take = len(r.Starts(at.Track))
	return at
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

func tooLong() error {
	return appliance.Errorf(appliance.CodeUnprocessable, "A recording is at most %d hours long. What is there stays; end this recording and begin a new one.",
		int(appliance.MaxRecording/time.Hour))
}

func beginTake(tx *Tx, at TakePath, device string, place int64, now time.Time) error {
	_, err := tx.Exec(`UPDATE takes SET ended_at = ? WHERE conversation_id = ? AND track = ? AND ended_at IS NULL`, ms(now), at.ID, at.Track)
	if err == nil {
		_, err = tx.Exec(`INSERT INTO takes (conversation_id, track, take, device, place, began_at) VALUES (?, ?, ?, ?, nullif(?, 0), ?)`,
			at.ID, at.Track, at.Take, device, place, ms(now))
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
	return s.AddPieceOf(ctx, at, seq, start, content, s.clock())
}

// AddPieceOf is AddPiece for a piece whose end was recorded at heard, by the clock of the box: it may have waited on its device.
func (s *Store) AddPieceOf(ctx context.Context, at TakePath, seq int, start int64, content []byte, heard time.Time) error {
	p := appliance.Piece{Seq: seq, Start: start, Samples: int64(len(content)) / 2}
	ctx = context.WithoutCancel(ctx) // what is on the disk is to be named, or removed
	return s.putBlob(ctx, content, func(h blob.Hash) error {
		p.SHA256 = h
		return s.write(ctx, func(tx *Tx) error { return addPiece(tx, at, p, heard) })
	})
}

func addPiece(tx *Tx, at TakePath, p appliance.Piece, heard time.Time) error {
	r, err := recordingRow(tx, at.ID)
	if err != nil {
		return err
	}
	if err := takesSound(r); err != nil {
		return err
	}
	var take int
	err = tx.QueryRow(`SELECT take FROM takes WHERE conversation_id = ? AND track = ? AND take = ?`, at.ID, at.Track, at.Take).Scan(&take)
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
	if r.State == appliance.RecordingClosed {
		if _, err := tx.Exec(`UPDATE transcripts SET late = 1 WHERE conversation_id = ?`, at.ID); err != nil {
			return err
		}
	}
	return lengthened(tx, at, end, func() error {
		_, err := tx.Exec(`UPDATE takes SET samples = CASE WHEN samples < ?4 THEN ?4 ELSE samples END,
				came_at = CASE WHEN ?4 > coalesce((SELECT max(start + samples) FROM pieces AS p WHERE p.conversation_id = ?1 AND p.track = ?2 AND p.take = ?3), 0)
					THEN ?5 ELSE came_at END
			WHERE conversation_id = ?1 AND track = ?2 AND take = ?3`, at.ID, at.Track, at.Take, end, ms(heard))
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO pieces (conversation_id, track, take, seq, start, samples, sha256) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			at.ID, at.Track, at.Take, p.Seq, p.Start, p.Samples, p.SHA256[:])
		return err
	})
}

// EndTake notes that a take has ended, and how many samples its device has of it: what does not come of those is a gap.
func (s *Store) EndTake(ctx context.Context, at TakePath, samples int64) error {
	return s.write(ctx, func(tx *Tx) error {
		if err := endTake(tx, at, samples, s.clock()); err != nil {
			return err
		}
		return s.hearAtOnce(tx, at.ID)
	})
}

func endTake(tx *Tx, at TakePath, samples int64, now time.Time) error {
	if samples > appliance.MaxSamples {
		return tooLong()
	}
	return lengthened(tx, at, samples, func() error {
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
	})
}
