package audio

// apart finds out whether the channels of a file are of different speakers, as those of a telephone call or of two microphones at
// people's collars: then in most moments in which somebody speaks, one channel is much louder than another. The two channels of a
// microphone that stands on the table hear everybody, about as loudly.
type apart struct {
	sums         []float64
	n, frame     int
	spoken, wide int
}

const (
	apartRatio = 16 // of energy: 12 dB
	apartShare = 4  // one of so many frames
	apartQuiet = 1e-5
)

func newApart(channels, rate int) *apart {
	return &apart{sums: make([]float64, channels), frame: rate / 50}
}

func (a *apart) add(block []float32) {
	for i := 0; i+len(a.sums) <= len(block); i += len(a.sums) {
		for c := range a.sums {
			v := float64(block[i+c])
			a.sums[c] += v * v
		}
		if a.n++; a.n < a.frame {
			continue
		}
		least, most := a.sums[0], a.sums[0]
		for _, sum := range a.sums {
			least, most = min(least, sum), max(most, sum)
		}
		if most > apartQuiet*float64(a.n) {
			a.spoken++
			if most > apartRatio*least {
				a.wide++
			}
		}
		a.n = 0
		clear(a.sums)
	}
}

func (a *apart) are() bool { return len(a.sums) > 1 && a.spoken > 0 && a.wide*apartShare >= a.spoken }
