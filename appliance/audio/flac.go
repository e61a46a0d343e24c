package audio

import (
	"bufio"
	"errors"
	"io"

	"github.com/mewkiz/flac"
)

// flacSource reads a FLAC file (RFC 9639).
type flacSource struct {
	s     *flac.Stream
	given uint64
	block []float32
}

func openFLAC(in *bufio.Reader) (source, error) {
	s, err := flac.New(in)
	if err != nil {
		return nil, ProblemDamaged
	}
	return &flacSource{s: s}, nil
}

func (f *flacSource) channels() int { return int(f.s.Info.NChannels) }
func (f *flacSource) rate() int     { return int(f.s.Info.SampleRate) }

func (f *flacSource) next() ([]float32, error) {
	fr, err := f.s.ParseNext()
	if errors.Is(err, io.EOF) {
		if f.given < f.s.Info.NSamples {
			return nil, ProblemCut
		}
		return nil, io.EOF
	}
	if err != nil || len(fr.Subframes) != f.channels() {
		return nil, ProblemCut
	}
	bits := fr.BitsPerSample
	if bits == 0 {
		bits = f.s.Info.BitsPerSample
	}
	scale := 1 / float32(uint64(1)<<(max(bits, 1)-1))
	n := len(fr.Subframes[0].Samples)
	f.block = f.block[:0]
	for i := range n {
		for _, sub := range fr.Subframes {
			if i >= len(sub.Samples) {
				return nil, ProblemCut
			}
			f.block = append(f.block, float32(sub.Samples[i])*scale)
		}
	}
	f.given += uint64(n)
	return f.block, nil
}
