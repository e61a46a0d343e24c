package capture_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/capture"
)

// measured gives the levels of a track of which a stretch may be missing.
func measured(s capture.Sound, missingFrom, missingTo int) capture.Levels {
	var m capture.Meter
	m.Add(0, s[:missingFrom])
	m.Add(int64(missingTo), s[missingTo:])
	return m.Levels(int64(len(s)))
}

// Whatever a recording is like, everything that is said is heard: once, or twice where two pieces overlap.
func TestEverythingThatIsSaidIsInOneSegment(t *testing.T) {
	for seed := range uint64(16) {
		r := rand.New(rand.NewPCG(seed, 9))
		var s capture.Sound
		for len(s) < capture.Rate*(60+r.IntN(200)) {
			said := time.Duration(150+r.IntN(12_000*(1+9*(r.IntN(6)/5)))) * time.Millisecond
			s = append(s, tone(said, 0.1+0.3*r.Float64())...)
			s = append(s, tone(time.Duration(r.IntN(1500*(1+19*(r.IntN(8)/7))))*time.Millisecond, 0.001)...)
		}
		from := r.IntN(len(s))
		to := min(len(s), from+r.IntN(2)*r.IntN(20*capture.Rate))
		levels := measured(s, from, to)
		list := levels.Plan(3)
		covered := make([]int, len(levels))
		for i, g := range list {
			if g.Track != 3 || g.Position != i || g.EndMS <= g.StartMS {
				t.Fatalf("seed %d: segment %d is %+v", seed, i, g)
			}
			if g.State != appliance.SegmentMissing && time.Duration(g.EndMS-g.StartMS)*time.Millisecond > capture.MaxPiece {
				t.Errorf("seed %d: segment %d is %d ms long", seed, i, g.EndMS-g.StartMS)
			}
			if i > 0 && g.StartMS < list[i-1].EndMS-g.OverlapMS {
				t.Errorf("seed %d: segment %d begins before the one before it ends, and says nothing of it: %+v", seed, i, g)
			}
			for f := (g.StartMS + g.OverlapMS) / 10; f < g.EndMS/10; f++ {
				covered[f]++
				if gone := f*160 >= int64(from) && min((f+1)*160, int64(len(s))) <= int64(to); gone != (g.State == appliance.SegmentMissing) {
					t.Fatalf("seed %d: frame %d is in a segment that is %s", seed, f, g.State)
				}
				if g.State == appliance.SegmentSilent && run(levels, int(f)) >= 15 {
					t.Fatalf("seed %d: somebody speaks in frame %d of a silent segment", seed, f)
				}
			}
		}
		for f, n := range covered {
			if n > 1 || n == 0 && levels[f] >= 100 {
				t.Fatalf("seed %d: frame %d is in %d segments", seed, f, n)
			}
		}
	}
}

// run says for how many frames around one it is loud.
func run(l capture.Levels, at int) int {
	from, to := at, at
	for from > 0 && l[from-1] >= 100 && l[from-1] < 40_000 {
		from--
	}
	for to < len(l) && l[to] >= 100 && l[to] < 40_000 {
		to++
	}
	return to - from
}

func TestLongPausesAreNotPlayedToATranscriber(t *testing.T) {
	s := append(append(tone(6*time.Second, 0), tone(3*time.Second, 0.3)...), tone(8*time.Second, 0)...)
	list := s.Levels().Plan(0)
	if len(list) != 1 || list[0].StartMS != 5_500 || list[0].EndMS != 9_500 {
		t.Errorf("three seconds of speech after six of silence: %+v", list)
	}
}

func TestSoundThatNeverCameIsASegmentOfItsOwn(t *testing.T) {
	s := tone(30*time.Second, 0.3)
	list := measured(s, 10*capture.Rate, 15*capture.Rate).Plan(0)
	want := []struct {
		state      appliance.SegmentState
		start, end int64
	}{{appliance.SegmentWaiting, 0, 10_000}, {appliance.SegmentMissing, 10_000, 15_000}, {appliance.SegmentWaiting, 15_000, 30_000}}
	if len(list) != len(want) {
		t.Fatalf("%+v", list)
	}
	for i, w := range want {
		if g := list[i]; g.State != w.state || g.StartMS != w.start || g.EndMS != w.end {
			t.Errorf("segment %d is %+v, want %+v", i, g, w)
		}
	}
}

func BenchmarkCutting(b *testing.B) {
	minute := tone(time.Minute, 0.3)
	const minutes = 180
	for b.Loop() {
		var m capture.Meter
		for i := range minutes {
			m.Add(int64(i*len(minute)), minute)
		}
		m.Levels(int64(minutes * len(minute))).Plan(0)
	}
	times := minutes * 60 * float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(times, "times-real-time")
	if times < 200 {
		b.Errorf("cutting is %.0f times as fast as the recording plays; 200 times is wanted", times)
	}
}
