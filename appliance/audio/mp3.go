package audio

import (
	"bufio"
	"bytes"
	"io"

	"github.com/hajimehoshi/go-mp3"
)

// mp3Search is how far from its beginning the first frame of an MP3 file is looked for.
const mp3Search = 16 << 10

// checkMP3 looks for the head of a frame (ISO 11172-3, 2.4.1.3) whose successor follows where it should, and fails with a
// Problem when there is none. MPEG-2.5 is no standard, and the library does not read it.
func checkMP3(head []byte) error {
	if bytes.HasPrefix(head, []byte("TAG")) {
		return ProblemUnknown
	}
	for i := 0; i+4 <= len(head) && i < mp3Search; i++ {
		size, old := mp3Frame(head[i:])
		if size == 0 || i+size+4 <= len(head) && !follows(head[i+size:], old) {
			continue
		}
		if i+size+4 > len(head) && i > 0 {
			continue // nothing proves it
		}
		if old {
			return ProblemMPEG25
		}
		return nil
	}
	return ProblemUnknown
}

func follows(head []byte, old bool) bool {
	size, alike := mp3Frame(head)
	return size > 0 && alike == old
}

// mp3Frame gives the length of the frame of layer III that begins here, and whether it is of MPEG-2.5; 0 where none does.
func mp3Frame(b []byte) (size int, old bool) {
	if len(b) < 4 || b[0] != 0xff || b[1]&0xe0 != 0xe0 || b[1]>>1&3 != 1 {
		return 0, false
	}
	kilobits := [2][16]int{{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0}, {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0}}
	hertz := [4][4]int{{11025, 12000, 8000, 0}, {}, {22050, 24000, 16000, 0}, {44100, 48000, 32000, 0}}
	version := b[1] >> 3 & 3
	first := version == 3
	rate, bits := hertz[version][b[2]>>2&3], kilobits[1][b[2]>>4]
	samples := 72
	if first {
		bits, samples = kilobits[0][b[2]>>4], 144
	}
	if rate == 0 || bits == 0 {
		return 0, false
	}
	return samples*bits*1000/rate + int(b[2]>>1&1), version == 0
}

// mp3Source reads an MP3 file. The library gives two channels, which are alike where the file has one.
type mp3Source struct {
	d     *mp3.Decoder
	raw   []byte
	block []float32
}

// notSeekable hides that a reader can be sought in: the library would go through the whole file first.
type notSeekable struct{ io.Reader }

func openMP3(in *bufio.Reader) (source, error) {
	d, err := mp3.NewDecoder(notSeekable{in})
	if err != nil {
		return nil, ProblemDamaged
	}
	const frames = 1152
	return &mp3Source{d: d, raw: make([]byte, 4*frames)}, nil
}

func (m *mp3Source) channels() int { return 2 }
func (m *mp3Source) rate() int     { return m.d.SampleRate() }

func (m *mp3Source) next() ([]float32, error) {
	n, err := io.ReadFull(m.d, m.raw)
	if n -= n % 4; n == 0 {
		if err == io.EOF {
			return nil, io.EOF
		}
		return nil, ProblemCut
	}
	m.block = m.block[:0]
	for i := 0; i < n; i += 2 {
		m.block = append(m.block, float32(int16(uint16(m.raw[i])|uint16(m.raw[i+1])<<8))/(1<<15))
	}
	return m.block, nil
}
