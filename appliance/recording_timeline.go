package appliance

import (
	"cmp"
	"slices"
	"time"
)

// SampleRate is how many samples a second of every recording has.
const SampleRate = 16_000

// MaxSamples is how many samples a track may have.
const MaxSamples = int64(MaxRecording/time.Second) * SampleRate

// MillisOf gives the place of a sample in milliseconds.
func MillisOf(sample int64) int64 { return sample * 1000 / SampleRate }

// Stretch is a part of a track that comes of one piece, or of none: then its sound is missing, and it plays as silence.
type Stretch struct {
	Start, Samples int64 // within the track
	SHA256         [32]byte
	Missing        bool
}

// End is where it ends.
func (s Stretch) End() int64 { return s.Start + s.Samples }

// Gap is where the sound of a track is missing.
type Gap struct {
	Track          int
	StartMS, EndMS int64
}

// Tracks gives the numbers of the tracks.
func (r Recording) Tracks() (list []int) {
	for _, t := range r.Takes {
		list = append(list, t.Track)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Stretches gives what a track is made of, from its beginning to its end without holes: the takes one after the other, in each
// the pieces that are there, and between them what is missing. Of a take without its pieces, since the sound was erased,
// all is missing.
func (r Recording) Stretches(track int) (list []Stretch) {
	at := int64(0)
	for _, t := range r.Takes {
		if t.Track != track {
			continue
		}
		pieces := slices.Clone(t.Pieces)
		Sort(pieces, func(a, b Piece) int { return cmp.Compare(a.Start, b.Start) })
		place := int64(0) // in the take
		missing := func(until int64) {
			if until > place {
				list = append(list, Stretch{Start: at + place, Samples: until - place, Missing: true})
				place = until
			}
		}
		for _, p := range pieces {
			missing(p.Start)
			list = append(list, Stretch{Start: at + p.Start, Samples: p.Samples, SHA256: p.SHA256})
			place = p.Start + p.Samples
		}
		missing(t.Samples)
		at += place
	}
	return list
}

// TrackSamples is how long a track is.
func (r Recording) TrackSamples(track int) int64 {
	if list := r.Stretches(track); len(list) > 0 {
		return list[len(list)-1].End()
	}
	return 0
}

// Samples is how long the recording is: its longest track.
func (r Recording) Samples() (most int64) {
	for _, track := range r.Tracks() {
		most = max(most, r.TrackSamples(track))
	}
	return most
}

// Gaps gives where sound is missing, by track and time; none when it was erased.
func (r Recording) Gaps() (list []Gap) {
	if !r.ErasedAt.IsZero() {
		return nil
	}
	for _, track := range r.Tracks() {
		list = append(list, GapsIn(track, r.Stretches(track))...)
	}
	return list
}

// GapsIn gives the gaps among the stretches of a track; those that touch are one.
func GapsIn(track int, stretches []Stretch) (list []Gap) {
	end := int64(-1)
	for _, s := range stretches {
		if !s.Missing {
			continue
		}
		if end == s.Start {
			list[len(list)-1].EndMS = MillisOf(s.End())
		} else {
			list = append(list, Gap{track, MillisOf(s.Start), MillisOf(s.End())})
		}
		end = s.End()
	}
	return list
}
