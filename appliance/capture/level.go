package capture

import (
	"math"
	"time"
)

// frame is how long a level is measured.
const frame = 10 * time.Millisecond

const frameSamples = Rate / 100

// Levels is how loud a recording is, frame by frame: the root of the mean square of the samples. It takes a hundredth of
// the memory of the sound, so that a long recording can be cut without being held.
type Levels []uint16

// Levels measures the sound. An incomplete frame at its end counts as one.
func (s Sound) Levels() Levels {
	l := make(Levels, 0, (len(s)+frameSamples-1)/frameSamples)
	for len(s) > 0 {
		part := s[:min(frameSamples, len(s))]
		s = s[len(part):]
		sum := 0.0
		for _, sample := range part {
			sum += float64(sample) * float64(sample)
		}
		l = append(l, uint16(math.Sqrt(sum/float64(len(part)))))
	}
	return l
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
