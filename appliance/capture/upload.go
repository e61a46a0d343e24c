package capture

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"

	"harmonium/appliance"
	"harmonium/appliance/audio"
	"harmonium/appliance/store"
)

// Uploads turns files that were sent up into recordings.
type Uploads struct {
	Store  *store.Store
	Reader *audio.Reader
	Log    *slog.Logger
	// Changed is told when a recording has changed.
	Changed func(appliance.SessionID, appliance.ConversationID)
}

// uploadDevice is whose takes those of a file are.
const uploadDevice = "upload"

// probeSeconds is how much of a file is looked at to find out whether its channels are of different speakers.
const probeSeconds = 15 * 60

// pieceSamples is how much sound of a file is in one piece.
const pieceSamples = 16 * Rate

// Decode is the job that turns a file into pieces of sound, and ends the recording. One that was interrupted begins anew, and finds the pieces
// that it has made. What is wrong with the file is noted with the recording; what could be read of one that is cut is kept.
func (u *Uploads) Decode(ctx context.Context, job appliance.Job, progress func(done, total int)) error {
	r, err := u.Store.Recording(ctx, job.ConversationID)
	if err != nil || r.State != appliance.RecordingOpen {
		return err
	}
	f, err := u.Store.OpenUpload(job.ConversationID)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := u.Reader.Probe(ctx, f, probeSeconds)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	p := &pieces{ctx: ctx, store: u.Store, id: job.ConversationID, step: watchFile(f, progress)}
	if err == nil {
		info, err = u.Reader.Decode(ctx, f, info.Apart, p.take)
	}
	if err == nil {
		err = p.end()
	}
	var problem audio.Problem
	switch {
	case errors.As(err, &problem) && problem == audio.ProblemDamaged && p.samples > 0:
		// The child was ended in the middle: what it has given is kept.
		err, info.Cut = p.end(), true
	case errors.As(err, &problem):
		u.Log.InfoContext(ctx, "a file that was sent up cannot be used", "problem", string(problem))
		err = u.Store.FailRecording(ctx, job.ConversationID, string(problem))
		u.Changed(job.SessionID, job.ConversationID)
		return errors.Join(err, u.Store.DropUpload(job.ConversationID))
	}
	if err != nil {
		return err
	}
	problem = ""
	if info.Cut {
		problem = audio.ProblemCut
	}
	if err := u.Store.CloseUpload(ctx, store.By{Actor: store.ActorSystem}, job.ConversationID, string(problem)); err != nil {
		return err
	}
	u.Changed(job.SessionID, job.ConversationID)
	return u.Store.DropUpload(job.ConversationID)
}

// watchFile gives what tells how far a file was read, in percent. The place in it is shared with the child that reads it.
func watchFile(f *os.File, progress func(done, total int)) func() {
	size, told := int64(1), -1
	if info, err := f.Stat(); err == nil {
		size = max(1, info.Size())
	}
	return func() {
		at, err := f.Seek(0, io.SeekCurrent)
		if percent := int(at * 100 / size); err == nil && percent != told {
			told = percent
			progress(percent, 100)
		}
	}
}

// pieces stores what is decoded.
type pieces struct {
	ctx     context.Context
	store   *store.Store
	id      appliance.ConversationID
	step    func()
	rest    [][]byte // of each track, less than a piece
	takes   []int
	seq     int
	samples int64 // of each track
}

func (p *pieces) take(tracks [][]int16) error {
	for len(p.rest) < len(tracks) {
		take, _, err := p.store.BeginTake(p.ctx, p.id, len(p.rest), uploadDevice)
		if err != nil {
			return err
		}
		p.rest, p.takes = append(p.rest, nil), append(p.takes, take)
	}
	for t, samples := range tracks {
		for _, s := range samples {
			p.rest[t] = append(p.rest[t], byte(s), byte(uint16(s)>>8))
		}
	}
	for len(p.rest[0]) >= 2*pieceSamples {
		if err := p.flush(2 * pieceSamples); err != nil {
			return err
		}
	}
	return nil
}

// flush stores the next piece of each track.
func (p *pieces) flush(size int) error {
	for t := range p.rest {
		at := store.TakePath{ID: p.id, Track: t, Take: p.takes[t]}
		if err := p.store.AddPiece(p.ctx, at, p.seq, p.samples, p.rest[t][:size]); err != nil {
			return err
		}
		p.rest[t] = append(p.rest[t][:0], p.rest[t][size:]...)
	}
	p.seq++
	p.samples += int64(size / 2)
	p.step()
	return p.ctx.Err()
}

func (p *pieces) end() error {
	if len(p.rest) == 0 {
		return audio.ProblemEmpty
	}
	if n := len(p.rest[0]); n > 0 {
		if err := p.flush(n); err != nil {
			return err
		}
	}
	for t, take := range p.takes {
		if err := p.store.EndTake(p.ctx, store.TakePath{ID: p.id, Track: t, Take: take}, p.samples); err != nil {
			return err
		}
	}
	return nil
}
