package capture

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"sort"

	"harmonium/appliance"
	"harmonium/appliance/blob"
	"harmonium/appliance/store"
)

// Track is the sound of one track of a recording: its takes one after the other, without the time between them. What is missing
// plays as silence. It holds one piece at a time, however long it is. A Track is used by one goroutine at a time.
type Track struct {
	store     *store.Store
	number    int
	stretches []appliance.Stretch
	piece     []byte // of loaded
	loaded    blob.Hash
	isLoaded  bool
	damaged   []appliance.Stretch // that were found while reading
}

// OpenTrack opens a track of a recording as it is now; pieces that come later are not part of it. It fails with CodeNotFound when
// there is no such recording or track, and when its sound was erased.
func OpenTrack(ctx context.Context, st *store.Store, id appliance.ConversationID, track int) (*Track, error) {
	r, err := st.Recording(ctx, id)
	if err != nil {
		return nil, err
	}
	return trackOf(st, r, track)
}

func trackOf(st *store.Store, r appliance.Recording, track int) (*Track, error) {
	if !r.ErasedAt.IsZero() {
		return nil, appliance.Errorf(appliance.CodeNotFound, "The sound of this meeting was erased.")
	}
	stretches := r.Stretches(track)
	if len(stretches) == 0 {
		return nil, appliance.Errorf(appliance.CodeNotFound, "There is no sound in this track.")
	}
	return &Track{store: st, number: track, stretches: stretches}, nil
}

// Samples is how long it is.
func (t *Track) Samples() int64 { return t.stretches[len(t.stretches)-1].End() }

// Gaps gives where its sound is missing, with what was found to be damaged while it was read.
func (t *Track) Gaps() []appliance.Gap {
	list := slices.Clone(t.stretches)
	for i := range list {
		list[i].Missing = list[i].Missing || slices.Contains(t.damaged, list[i])
	}
	return appliance.GapsIn(t.number, list)
}

// ReadAt reads samples from a place on, as many as fit into s and are there. It fails with io.EOF where the track has ended, and
// with the error of a disk that cannot be read.
func (t *Track) ReadAt(s Sound, from int64) (n int, err error) {
	i := sort.Search(len(t.stretches), func(i int) bool { return t.stretches[i].End() > from })
	for ; i < len(t.stretches) && n < len(s); i++ {
		part := t.stretches[i]
		skip := from + int64(n) - part.Start
		here := s[n:][:min(int64(len(s)-n), part.Samples-skip)]
		if err := t.fill(here, part, skip); err != nil {
			return n, err
		}
		n += len(here)
	}
	if n == 0 && len(s) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// fill reads samples of one stretch.
func (t *Track) fill(s Sound, part appliance.Stretch, skip int64) error {
	if !part.Mute() {
		if err := t.load(part); err != nil {
			return err
		}
	}
	if part.Mute() || len(t.piece) < 2*int(part.Samples) {
		clear(s)
		return nil
	}
	for i := range s {
		at := 2 * (int(skip) + i)
		s[i] = int16(uint16(t.piece[at]) | uint16(t.piece[at+1])<<8)
	}
	return nil
}

func (t *Track) load(part appliance.Stretch) (err error) {
	if t.isLoaded && t.loaded == part.SHA256 {
		return nil
	}
	t.piece, err = t.store.Blob(part.SHA256)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, blob.ErrDamaged) {
		t.piece, err = nil, nil
		if !slices.Contains(t.damaged, part) {
			t.damaged = append(t.damaged, part)
		}
	}
	t.loaded, t.isLoaded = part.SHA256, err == nil
	return err
}

// Each gives the samples between two places, in order and piece by piece; what is missing is left out, and where nobody recorded it is silent.
func (t *Track) Each(ctx context.Context, from, to int64, fn func(start int64, s Sound)) error {
	for _, part := range t.stretches {
		if part.Missing || part.End() <= from || part.Start >= to {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if !part.Idle {
			if err := t.load(part); err != nil {
				return err
			}
		}
		if slices.Contains(t.damaged, part) {
			continue
		}
		start := max(from, part.Start)
		s := make(Sound, min(to, part.End())-start)
		if err := t.fill(s, part, start-part.Start); err != nil {
			return err
		}
		fn(start, s)
	}
	return nil
}

// Levels measures the whole track, so that it can be cut (Levels.Plan).
func (t *Track) Levels(ctx context.Context) (Levels, error) {
	var m Meter
	err := t.Each(ctx, 0, t.Samples(), m.Add)
	return m.Levels(t.Samples()), err
}
