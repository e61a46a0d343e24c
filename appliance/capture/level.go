package capture

import (
	"math"
	"time"
)

// frame is how long a level is measured.
const frame = 10 * time.Millisecond

const frameSamples = Rate / 100

// Levels is how loud a recording is, frame by frame: the root of the mean square of the samples, or missing. It takes a
// hundredth of the memory of the sound, so that a long recording can be cut without being held.
type Levels []uint16

// missing stands for a frame of which no sample is there. No level is as high.
const missing = math.MaxUint16

// Levels measures the sound. An incomplete frame at its end counts as one.
func (s Sound) Levels() Levels {
	m := Meter{levels: make(Levels, 0, (len(s)+frameSamples-1)/frameSamples)}
	m.Add(0, s)
	return m.Levels(int64(len(s)))
}

// Meter measures the levels of a recording that comes in stretches, between which some may be missing. The zero value
// is ready.
type Meter struct {
	levels Levels // of the frames that are complete
	sum    int64  // of the squares of the samples of the next one
	count  int64  // of these samples
}

// Add measures samples that begin at sample number start; stretches come in order and do not overlap.
func (m *Meter) Add(start int64, s Sound) {
	for len(s) > 0 {
		m.upTo(start / frameSamples)
		part := s[:min(frameSamples-start%frameSamples, int64(len(s)))]
		sum := int64(0)
		for _, sample := range part {
			sum += int64(sample) * int64(sample)
		}
		m.sum, m.count = m.sum+sum, m.count+int64(len(part))
		s, start = s[len(part):], start+int64(len(part))
	}
}

// Levels gives the levels of all of a recording of so many samples.
func (m *Meter) Levels(samples int64) Levels {
	m.upTo((samples + frameSamples - 1) / frameSamples)
	return m.levels
}

// upTo completes all frames before number n.
func (m *Meter) upTo(n int64) {
	for int64(len(m.levels)) < n {
		level := uint16(missing)
		if m.count > 0 {
			level = uint16(math.Sqrt(float64(m.sum) / float64(m.count)))
		}
		m.levels = append(m.levels, level)
		m.sum, m.count = 0, 0
	}
}

const (
	quiet    = 100 // below it nobody speaks (-50 dBFS); the hiss of phones is at 30 to 60
	fewLoud  = 15  // frames: a click or a knock is shorter than a word
	gap      = 30  // frames over which a place to cut is looked for
	overlap  = 50  // frames that two pieces share where there was no quiet place between them
	earliest = 2000
	latest   = 2800
)

// MaxPiece is the longest piece: a model of Ollama that hears cuts off silently what is longer than 30 s.
const MaxPiece = latest * frame

// Silent says whether nobody speaks.
func (l Levels) Silent() bool {
	loud := 0
	for _, level := range l {
		if level >= quiet {
			loud++
		}
	}
	return loud < fewLoud
}

// Span is a piece of a recording.
type Span struct {
	From, To time.Duration
	// Overlaps says that its beginning is the end of the piece before: there was no quiet place to cut at.
	Overlaps bool
}

// Of gives the sound of a piece.
func (p Span) Of(s Sound) Sound {
	at := func(d time.Duration) int { return min(int(d*Rate/time.Second), len(s)) }
	return s[at(p.From):at(p.To)]
}

// Cut gives the pieces of a recording in order: each but the last 20 to 28 s long, cut where it is quietest. Together they
// hold all of it.
func (l Levels) Cut() (list []Span) {
	from, overlaps := 0, false
	for len(l)-from > latest {
		at, isQuiet := l.quietest(from+earliest, from+latest)
		list = append(list, Span{time.Duration(from) * frame, time.Duration(at) * frame, overlaps})
		from, overlaps = at, !isQuiet
		if overlaps {
			from -= overlap
		}
	}
	if from < len(l) {
		list = append(list, Span{time.Duration(from) * frame, time.Duration(len(l)) * frame, overlaps})
	}
	return list
}

// quietest gives the middle of the quietest gap between two frames, and whether nobody speaks there. Of equal ones it is
// the last, so that pieces are long.
func (l Levels) quietest(from, to int) (at int, isQuiet bool) {
	sum := 0
	for _, level := range l[from : from+gap] {
		sum += int(level)
	}
	least, at := sum, from+gap/2
	for i := from; i+gap < to; i++ {
		sum += int(l[i+gap]) - int(l[i])
		if sum <= least {
			least, at = sum, i+1+gap/2
		}
	}
	return at, least < quiet*gap
}
