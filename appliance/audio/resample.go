package audio

import "math"

// resampler changes the rate of one channel by a low-pass filter in polyphase form: a sinc under a Kaiser window (A. V. Oppenheim,
// R. W. Schafer, Discrete-Time Signal Processing, 7.5), whose stop band of 80 dB begins at half of the lower rate.
type resampler struct {
	up, down int         // output samples for so many of the input
	phases   [][]float32 // filters, each reversed
	half     int         // of a filter, in input samples
	history  []float32
	place    int // of the next output: in history, in steps of 1/up
	fresh    bool
	out      []float32
}

const (
	crossings  = 16   // of the sinc at each side
	kaiserBeta = 8.0  // 80 dB
	passBand   = 0.92 // of half of the lower rate
	mostPhases = 512
)

func newResampler(from, to int) *resampler {
	g := gcd(from, to)
	r := &resampler{up: to / g, down: from / g, fresh: true}
	cutoff := passBand * min(1, float64(to)/float64(from)) // of half of the rate of the input
	r.half = int(math.Ceil(crossings / cutoff))
	n := min(r.up, mostPhases)
	r.phases = make([][]float32, n)
	for p := range r.phases {
		r.phases[p] = filter(float64(p)/float64(n), r.half, cutoff)
	}
	return r
}

// filter is the part of the filter for outputs that lie a fraction after an input sample. It adds up to 1.
func filter(fraction float64, half int, cutoff float64) []float32 {
	taps, sum := make([]float64, 2*half), 0.0
	for i := range taps {
		x := float64(i-half+1) - fraction
		taps[i] = sinc(x*cutoff) * kaiser(x/float64(half))
		sum += taps[i]
	}
	list := make([]float32, len(taps))
	for i, tap := range taps {
		list[i] = float32(tap / sum)
	}
	return list
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

func kaiser(x float64) float64 {
	if x < -1 || x > 1 {
		return 0
	}
	return bessel(kaiserBeta*math.Sqrt(1-x*x)) / bessel(kaiserBeta)
}

// bessel is the modified Bessel function of the first kind, of order 0.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > 1e-12*sum; k++ {
		term *= x / (2 * k) * (x / (2 * k))
		sum += term
	}
	return sum
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// take gives the output for further samples. What it gives is good until the next call.
func (r *resampler) take(in []float32) []float32 {
	if r.fresh {
		r.history, r.fresh = make([]float32, r.half-1), false // silence before the beginning
	}
	r.history = append(r.history, in...)
	r.out = r.out[:0]
	n := len(r.phases)
	for {
		at := r.place / r.up
		if at+2*r.half > len(r.history) {
			break
		}
		taps := r.phases[(r.place%r.up)*n/r.up]
		window := r.history[at:][:len(taps)]
		var sum float32
		for i, tap := range taps {
			sum += tap * window[i]
		}
		r.out = append(r.out, sum)
		r.place += r.down
	}
	if used := min(r.place/r.up, len(r.history)); used > 0 {
		r.history = append(r.history[:0], r.history[used:]...)
		r.place -= used * r.up
	}
	return r.out
}

// end gives the output for the last samples: silence follows them.
func (r *resampler) end() []float32 {
	if r.fresh {
		return nil
	}
	return r.take(make([]float32, r.half))
}
