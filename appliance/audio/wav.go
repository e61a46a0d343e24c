package audio

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"math"
)

// The ways of storing samples that the head of a WAV file can name. The extensible one names it once more, further on.
const (
	wavPCM        = 1
	wavFloat      = 3
	wavExtensible = 0xfffe
)

// maxFormatChunk is how long a chunk with the format may be, in bytes; it has 40 at most.
const maxFormatChunk = 1024

func isRIFF(id string) bool { return id == "RIFF" || id == "RF64" || id == "BW64" }

// wavSource reads the samples of a WAV file (RIFF; RF64 and BW64 for more than 4 GB: EBU Tech 3306). The sizes that its head
// tells are not needed: sound goes on to the end of its chunk, or of the file.
type wavSource struct {
	in     *bufio.Reader
	format uint16
	count  int // channels
	hertz  int
	bytes  int // of one sample
	left   int64
	raw    []byte
	block  []float32
}

// wavFrames is how many frames a block has.
const wavFrames = 4096

func openWAV(in *bufio.Reader) (source, error) {
	w := &wavSource{in: in}
	var head [12]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, ProblemDamaged
	}
	long := string(head[:4]) != "RIFF"
	for {
		kind, size, err := chunk(in)
		switch {
		case err != nil && w.count == 0:
			return nil, ProblemDamaged
		case err != nil:
			return nil, ProblemEmpty
		case kind == "fmt ":
			if err := w.readFormat(size); err != nil {
				return nil, err
			}
		case kind == "data":
			if w.count == 0 {
				return nil, ProblemDamaged
			}
			if w.left = size; size == 0 || size == math.MaxUint32 || long {
				w.left = math.MaxInt64 // not known when it was begun, or told elsewhere: all that there is
			}
			return w, nil
		default:
			if err := skip(in, size+size%2); err != nil && w.count == 0 {
				return nil, ProblemDamaged
			} else if err != nil {
				return nil, ProblemEmpty
			}
		}
	}
}

func chunk(in *bufio.Reader) (kind string, size int64, err error) {
	var head [8]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return "", 0, err
	}
	return string(head[:4]), int64(binary.LittleEndian.Uint32(head[4:])), nil
}

func skip(in *bufio.Reader, n int64) error {
	_, err := io.CopyN(io.Discard, in, n)
	return err
}

func (w *wavSource) readFormat(size int64) error {
	le := binary.LittleEndian
	if size < 16 || size > maxFormatChunk {
		return ProblemDamaged
	}
	body := make([]byte, size+size%2)
	if _, err := io.ReadFull(w.in, body); err != nil {
		return ProblemDamaged
	}
	w.format, w.count, w.hertz = le.Uint16(body), int(le.Uint16(body[2:])), int(le.Uint32(body[4:]))
	if w.format == wavExtensible && len(body) >= 26 {
		w.format = le.Uint16(body[24:])
	}
	w.bytes = (int(le.Uint16(body[14:])) + 7) / 8
	known := w.format == wavPCM && w.bytes >= 1 && w.bytes <= 4 || w.format == wavFloat && (w.bytes == 4 || w.bytes == 8)
	switch {
	case w.count > MaxChannels:
		return ProblemChannels
	case !known || w.count == 0:
		return ProblemKind
	}
	w.raw = make([]byte, wavFrames*w.count*w.bytes)
	return nil
}

func (w *wavSource) channels() int { return w.count }
func (w *wavSource) rate() int     { return w.hertz }

func (w *wavSource) next() ([]float32, error) {
	frame := w.count * w.bytes
	want := min(int64(len(w.raw)), w.left-w.left%int64(frame))
	if want == 0 {
		return nil, io.EOF
	}
	n, err := io.ReadFull(w.in, w.raw[:want])
	if n -= n % frame; n == 0 {
		if w.left < math.MaxInt64/2 { // more was claimed
			return nil, ProblemCut
		}
		return nil, io.EOF
	}
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	w.left -= int64(n)
	w.block = w.block[:0]
	for at := 0; at < n; at += w.bytes {
		w.block = append(w.block, w.sample(w.raw[at:]))
	}
	return w.block, nil
}

func (w *wavSource) sample(b []byte) float32 {
	le := binary.LittleEndian
	if w.format == wavFloat {
		if w.bytes == 8 {
			return float32(math.Float64frombits(le.Uint64(b)))
		}
		return math.Float32frombits(le.Uint32(b))
	}
	switch w.bytes {
	case 1:
		return (float32(b[0]) - 128) / 128
	case 2:
		return float32(int16(le.Uint16(b))) / (1 << 15)
	case 3:
		return float32(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)) / (1 << 31)
	}
	return float32(int32(le.Uint32(b))) / (1 << 31)
}
