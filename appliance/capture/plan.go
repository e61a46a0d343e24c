package capture

import (
	"time"

	"harmonium/appliance"
)

// A pause at an edge of a piece is left out where it is longer than longPause; keepPause of it stays. What is played to a
// transcriber is then mostly speech, and its times are those of what is said: they hear words in long silence.
const (
	longPause = 200 // frames
	keepPause = 50
)

// Plan gives the segments of a track in order: pieces of at most MaxPiece that hold everything that is said, those in which
// nobody speaks, and stretches whose sound is missing. Only pauses are in none of them. Where takes begin (starts, in samples) another
// device or another hour begins, and so does a segment: what is later moved with a take takes its segments along.
func (l Levels) Plan(track int, starts ...int64) (list []appliance.Segment) {
	begins := map[int]bool{}
	for _, start := range starts {
		begins[int(start/frameSamples)] = true
	}
	add := func(state appliance.SegmentState, from, to, overlap int) {
		list = append(list, appliance.Segment{Track: track, Position: len(list), State: state, StartMS: inMS(from), EndMS: inMS(to),
			OverlapMS: inMS(overlap)})
	}
	for from := 0; from < len(l); {
		to := from + 1
		for to < len(l) && (l[to] == missing) == (l[from] == missing) && !begins[to] {
			to++
		}
		if l[from] == missing {
			add(appliance.SegmentMissing, from, to, 0)
		} else {
			for _, span := range l[from:to].Cut() {
				piece := l[from+int(span.From/frame) : from+int(span.To/frame)]
				start, end := from+int(span.From/frame), from+int(span.To/frame)
				if piece.Silent() {
					add(appliance.SegmentSilent, start, end, 0)
					continue
				}
				before, after := piece.pauses()
				shared := 0
				if span.Overlaps {
					shared = max(0, overlap-before)
				}
				add(appliance.SegmentWaiting, start+before, end-after, shared)
			}
		}
		from = to
	}
	return list
}

func inMS(frames int) int64 { return int64(time.Duration(frames) * frame / time.Millisecond) }

// pauses says how many frames can be left out at the two edges of a piece in which somebody speaks.
func (l Levels) pauses() (before, after int) {
	for l[before] < quiet {
		before++
	}
	for l[len(l)-1-after] < quiet {
		after++
	}
	shorten := func(n int) int {
		if n <= longPause {
			return 0
		}
		return n - keepPause
	}
	return shorten(before), shorten(after)
}
