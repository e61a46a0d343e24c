package capture

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// Wave is a recording as a WAV file of 16 kHz that is made while it is read, from any place on. It implements io.ReadSeeker, for
// one goroutine at a time.
type Wave struct {
	head    []byte
	tracks  []*Track
	samples int64
	at      int64 // of the next byte
	sum     Sound
	part    Sound
	tag     string
}

// AllTracks stands for all tracks of a recording, mixed.
const AllTracks = -1

// OpenWave opens a track of a recording, or AllTracks, as it is now. It fails as OpenTrack.
func OpenWave(ctx context.Context, st *store.Store, id appliance.ConversationID, track int) (*Wave, error) {
	r, err := st.Recording(ctx, id)
	if err != nil {
		return nil, err
	}
	numbers := []int{track}
	if track == AllTracks {
		numbers = r.Tracks()
	}
	w, h := &Wave{}, sha256.New()
	for _, n := range numbers {
		t, err := trackOf(st, r, n)
		if appliance.CodeOf(err) == appliance.CodeNotFound && r.ErasedAt.IsZero() && track == AllTracks {
			continue // nothing of it has come
		}
		if err != nil {
			return nil, err
		}
		for _, s := range t.stretches {
			fmt.Fprintf(h, "%d %d %d %v %x\n", n, s.Start, s.Samples, s.Missing, s.SHA256)
		}
		w.tracks = append(w.tracks, t)
		w.samples = max(w.samples, t.Samples())
	}
	if len(w.tracks) == 0 {
		return nil, appliance.Errorf(appliance.CodeNotFound, "No sound of this meeting has come yet.")
	}
	w.head = wavHeader(w.samples)
	w.tag = hex.EncodeToString(h.Sum(nil)[:16])
	return w, nil
}

// Tag tells this sound from what it was before pieces came, and after.
func (w *Wave) Tag() string { return w.tag }

// Size is how many bytes the file has.
func (w *Wave) Size() int64 { return int64(len(w.head)) + 2*w.samples }

// Seek implements io.Seeker.
func (w *Wave) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += w.at
	case io.SeekEnd:
		offset += w.Size()
	}
	if offset < 0 {
		return w.at, errors.New("capture: a place before the beginning")
	}
	w.at = offset
	return offset, nil
}

// waveChunk is how many samples are mixed at once.
const waveChunk = 16 << 10

// Read implements io.Reader.
func (w *Wave) Read(p []byte) (n int, err error) {
	if w.at < int64(len(w.head)) {
		n = copy(p, w.head[w.at:])
		w.at += int64(n)
		return n, nil
	}
	place := w.at - int64(len(w.head))
	if place >= 2*w.samples {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	want := min(int64(len(p)+3)/2, waveChunk, w.samples-place/2)
	if err := w.mix(place/2, int(want)); err != nil {
		return 0, err
	}
	for i := place % 2; n < len(p) && i < 2*int64(len(w.sum)); i++ {
		p[n] = byte(uint16(w.sum[i/2]) >> (8 * (i % 2)))
		n++
	}
	w.at += int64(n)
	return n, nil
}

// mix reads samples of all tracks from a place on, and adds them up; what is too loud is cut off.
func (w *Wave) mix(from int64, n int) error {
	if w.sum == nil {
		w.sum, w.part = make(Sound, waveChunk), make(Sound, waveChunk)
	}
	w.sum = w.sum[:n]
	clear(w.sum)
	for _, t := range w.tracks {
		got, err := t.ReadAt(w.part[:n], from)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		for i, sample := range w.part[:got] {
			w.sum[i] = int16(min(max(int32(w.sum[i])+int32(sample), math.MinInt16), math.MaxInt16))
		}
	}
	return nil
}
