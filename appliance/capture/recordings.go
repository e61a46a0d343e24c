package capture

import (
	"context"
	"encoding/binary"
	"errors"
	"io/fs"

	"harmonium/appliance"
	"harmonium/appliance/blob"
	"harmonium/appliance/store"
)

// Recordings gives the sound of meetings.
type Recordings struct {
	// Tracks says how many samples each track of a recording has, from number 0 on.
	Tracks func(context.Context, appliance.ConversationID) ([]int64, error)
	// Read gives the samples of a track between two places, in order: each is called with stretches, and with none where
	// samples are missing. It takes no more memory for a long recording than for a short one.
	Read func(ctx context.Context, id appliance.ConversationID, track int, from, to int64, each func(start int64, s Sound) error) error
}

// OnDisk gives the recordings of a store. A piece whose file is gone or damaged is missing.
func OnDisk(s *store.Store) Recordings {
	return Recordings{
		Tracks: func(ctx context.Context, id appliance.ConversationID) (list []int64, err error) {
			r, err := s.Recording(ctx, id)
			if err != nil {
				return nil, err
			}
			for _, track := range r.Tracks() {
				for len(list) <= track {
					list = append(list, 0)
				}
				list[track] = r.TrackSamples(track)
			}
			return list, nil
		},
		Read: func(ctx context.Context, id appliance.ConversationID, track int, from, to int64, each func(int64, Sound) error) error {
			r, err := s.Recording(ctx, id)
			if err != nil {
				return err
			}
			return readStretches(ctx, s, r.Stretches(track), from, to, each)
		},
	}
}

func readStretches(ctx context.Context, s *store.Store, list []appliance.Stretch, from, to int64, each func(int64, Sound) error) error {
	for _, part := range list {
		if part.Missing || part.End() <= from || part.Start >= to {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		file, err := s.Blob(part.SHA256)
		switch {
		case errors.Is(err, fs.ErrNotExist) || errors.Is(err, blob.ErrDamaged):
			continue
		case err != nil:
			return err
		}
		sound := make(Sound, min(part.Samples, int64(len(file)/2)))
		for i := range sound {
			sound[i] = int16(binary.LittleEndian.Uint16(file[2*i:]))
		}
		start, end := max(from, part.Start), min(to, part.Start+int64(len(sound)))
		if start >= end {
			continue
		}
		if err := each(start, sound[start-part.Start:end-part.Start]); err != nil {
			return err
		}
	}
	return nil
}
