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

// frame is the grain of the times in transcripts, in samples: 10 ms.
const frame = SampleRate / 100

// FrameOf gives the beginning of the frame that a sample is in, in milliseconds: where a segment begins that begins with it.
func FrameOf(sample int64) int64 { return sample / frame * 10 }

// Stretch is a part of a track that comes of one piece, or of none: then its sound is missing, or nobody recorded there, and it
// plays as silence.
type Stretch struct {
	Start, Samples int64 // within the track
	SHA256         [32]byte
	Missing        bool
	Idle           bool // before a take that began while others recorded: no gap
}

// Mute says that there are no samples of it.
func (s Stretch) Mute() bool { return s.Missing || s.Idle }

// maxIdle is the most samples of a stretch in which nobody recorded: whoever reads one holds it.
const maxIdle = 30 * SampleRate

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
		for at < t.Place {
			idle := min(maxIdle, t.Place-at)
			list = append(list, Stretch{Start: at, Samples: idle, Idle: true})
			at += idle
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

// TrackSamples is how long a track is, from the beginning of the meeting.
func (r Recording) TrackSamples(track int) (end int64) {
	for _, t := range r.Takes {
		if t.Track == track {
			end = max(end, t.Place) + t.Samples
		}
	}
	return end
}

// Starts gives where the takes of a track begin on the timeline of the meeting, in samples.
func (r Recording) Starts(track int) (list []int64) {
	end := int64(0)
	for _, t := range r.Takes {
		if t.Track == track {
			start := max(end, t.Place)
			list, end = append(list, start), start+t.Samples
		}
	}
	return list
}

// TakeStart is where a take begins on the timeline of the meeting, in samples.
func (r Recording) TakeStart(track, take int) int64 {
	if list := r.Starts(track); take < len(list) {
		return list[take]
	}
	return 0
}

// silentFor is how long nothing may come of a take that goes on, before its device is taken to have stopped.
const silentFor = 30 * time.Minute

// PlaceAt gives where on the timeline of the meeting a moment is, for a take of a track that began then: as far as the other
// devices are that record at that moment, or else behind all that was recorded. It goes by the clock of the box, from when the newest
// piece of another device was recorded, which that device tells by how long ago it was: pieces may have waited there. It is 0 where there is no
// other track: the take then follows the one before it, without the pause between the two.
func (r Recording) PlaceAt(at time.Time, track int) (place int64) {
	var heard time.Time
	for _, t := range r.Takes {
		last := t.BeganAt
		if !t.HeardAt.IsZero() {
			last = t.HeardAt
		}
		if t.Track == track || !t.EndedAt.IsZero() || at.Sub(last) > silentFor || last.Before(heard) {
			continue
		}
		heard = last
		place = r.TakeStart(t.Track, t.Take) + t.Samples + int64(at.Sub(last))*SampleRate/int64(time.Second)
	}
	if heard.IsZero() {
		for _, other := range r.Tracks() {
			if other != track {
				place = max(place, r.TrackSamples(other))
			}
		}
	}
	return max(0, place)
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
