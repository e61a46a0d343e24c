// Package audio reads files of sound: WAV, MP3 and FLAC, told apart by what is in them, not by their names. It gives 16-bit
// samples at 16 kHz, in blocks, so that its memory does not depend on the length of a file.
//
// Files come from people, so they are taken for hostile. A head that claims more than there is is not believed: what is there is
// given, and that the end is missing is said. Reader has a child process do the work, with bounds of memory and time.
package audio

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"harmonium/appliance"
)

// Rate is how many samples a second Decode gives.
const Rate = appliance.SampleRate

// The limits of a file.
const (
	MaxChannels = 8
	minRate     = 4_000
	maxRate     = 384_000
)

// Problem is a code that says what is wrong with a file.
type Problem string

// The problems. With ProblemCut what could be read is there; with the others nothing is.
const (
	ProblemEmpty    Problem = "empty"   // no byte, or no sample
	ProblemUnknown  Problem = "unknown" // none of the formats
	ProblemKind     Problem = "kind"    // of a format that is known, but not this kind of it
	ProblemDamaged  Problem = "damaged" // from its beginning on
	ProblemMPEG25   Problem = "mpeg25"
	ProblemTooLong  Problem = "too_long"
	ProblemSilent   Problem = "silent"
	ProblemChannels Problem = "many_channels"
	ProblemCut      Problem = "cut" // its end is missing, or damaged
)

// Error makes a problem an error. The error never holds anything of the file.
func (p Problem) Error() string { return "audio: " + string(p) }

// Format is a kind of file.
type Format string

// The formats.
const (
	WAV  Format = "wav"
	MP3  Format = "mp3"
	FLAC Format = "flac"
)

// HeadSize is how many bytes of the beginning of a file FormatOf should have, if there are so many.
const HeadSize = 64 << 10

// FormatOf tells the format of a file by its beginning. It fails with a Problem.
func FormatOf(head []byte) (Format, error) {
	if len(head) == 0 {
		return "", ProblemEmpty
	}
	head = head[tagSize(head):]
	switch {
	case len(head) >= 12 && isRIFF(string(head[:4])) && string(head[8:12]) == "WAVE":
		return WAV, nil
	case bytes.HasPrefix(head, []byte("fLaC")):
		return FLAC, nil
	}
	return MP3, checkMP3(head)
}

// tagSize is how long the ID3 tag is at the beginning of a file, as far as it is within head: 0 where there is none.
func tagSize(head []byte) int { return min(id3Size(head), len(head)) }

// id3Size is how long the ID3 tag says that it is (ID3v2.4.0, section 3.1): four bytes of seven bits.
func id3Size(head []byte) int {
	const tagHead = 10
	if len(head) < tagHead || string(head[:3]) != "ID3" {
		return 0
	}
	size := 0
	for _, b := range head[6:tagHead] {
		size = size<<7 | int(b&0x7f)
	}
	return tagHead + size
}

// source gives the frames of a file one block after the other: samples of all channels in turn, from -1 to 1. The end is io.EOF; a
// Problem that comes after some blocks says that the rest is missing.
type source interface {
	channels() int
	rate() int
	next() ([]float32, error)
}

// Info is what is known of a file that was decoded.
type Info struct {
	Format   Format `json:"format"`
	Channels int    `json:"channels"`
	Rate     int    `json:"rate"`
	Samples  int64  `json:"samples"`        // of each track, at Rate
	Tracks   int    `json:"tracks"`         // that were given
	Cut      bool   `json:"cut,omitempty"`  // the end is missing or damaged
	Loud     bool   `json:"loud,omitempty"` // something can be heard
	Apart    bool   `json:"apart,omitempty"`
}

// open finds out what a file is and how to read it.
func open(r io.Reader) (Format, source, error) {
	in := bufio.NewReaderSize(r, HeadSize)
	head, err := in.Peek(HeadSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", nil, err
	}
	format, err := FormatOf(head)
	if err != nil {
		return "", nil, err
	}
	if n := id3Size(head); n > 0 {
		if _, err := in.Discard(n); err != nil {
			return "", nil, ProblemEmpty
		}
	}
	var s source
	switch format {
	case WAV:
		s, err = openWAV(in)
	case FLAC:
		s, err = openFLAC(in)
	default:
		s, err = openMP3(in)
	}
	switch {
	case err != nil:
		return format, nil, err
	case s.channels() > MaxChannels:
		return format, nil, ProblemChannels
	case s.channels() < 1 || s.rate() < minRate || s.rate() > maxRate:
		return format, nil, ProblemKind
	}
	return format, s, nil
}

// Probe looks at most so many seconds into a file: whether its channels are of different speakers (Info.Apart), and what it is. It
// fails with a Problem.
func Probe(r io.Reader, seconds int) (info Info, err error) {
	defer func() { err = caught(recover(), err, info.Samples) }()
	format, s, err := open(r)
	if err != nil {
		return info, err
	}
	info = Info{Format: format, Channels: s.channels(), Rate: s.rate()}
	apart := newApart(s.channels(), s.rate())
	for n := 0; n < seconds*s.rate(); {
		block, err := s.next()
		if err != nil {
			break
		}
		apart.add(block)
		n += len(block) / s.channels()
	}
	info.Apart = apart.are()
	return info, nil
}

// Decode gives a file to emit, block after block: the samples of each track, as many of each. With split a track is a channel, else
// all channels are mixed into one. A track of more than most samples is ProblemTooLong. It fails with a Problem when there is nothing usable, and with the error of emit.
func Decode(r io.Reader, split bool, most int64, emit func(tracks [][]int16) error) (info Info, err error) {
	defer func() { err = caught(recover(), err, info.Samples) }()
	format, s, err := open(r)
	if err != nil {
		return info, err
	}
	info = Info{Format: format, Channels: s.channels(), Rate: s.rate(), Tracks: 1}
	if split {
		info.Tracks = s.channels()
	}
	d := newDecoding(s, info.Tracks)
	d.most = most
	for {
		block, err := s.next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				info.Cut = true
			}
			break
		}
		if err := d.take(block, &info, emit); err != nil {
			return info, err
		}
	}
	if err := d.end(&info, emit); err != nil {
		return info, err
	}
	switch {
	case info.Samples == 0 && info.Cut:
		return info, ProblemDamaged
	case info.Samples == 0:
		return info, ProblemEmpty
	case !info.Loud:
		return info, ProblemSilent
	}
	return info, nil
}

// caught turns a panic of a library into a problem.
func caught(panicked any, err error, samples int64) error {
	if panicked == nil {
		return err
	}
	if samples > 0 {
		return ProblemCut
	}
	return ProblemDamaged
}

// decoding turns blocks of a source into tracks.
type decoding struct {
	channels int
	most     int64
	parts    [][]float32  // of a block, by track
	resample []*resampler // by track; nil: they are at Rate already
	out      [][]int16
	loud     []loudness
}

func newDecoding(s source, tracks int) *decoding {
	d := &decoding{channels: s.channels(), parts: make([][]float32, tracks), out: make([][]int16, tracks), loud: make([]loudness, tracks)}
	for range tracks {
		if s.rate() != Rate {
			d.resample = append(d.resample, newResampler(s.rate(), Rate))
		}
	}
	return d
}

func (d *decoding) take(block []float32, info *Info, emit func([][]int16) error) error {
	n := len(block) / d.channels
	for t := range d.parts {
		part := d.parts[t][:0]
		for i := range n {
			frame := block[i*d.channels : (i+1)*d.channels]
			sample := frame[t]
			if len(d.parts) == 1 {
				sample = 0
				for _, one := range frame {
					sample += one
				}
				sample /= float32(d.channels)
			}
			part = append(part, sample)
		}
		d.parts[t] = part
	}
	return d.give(info, emit, func(t int) []float32 {
		if d.resample == nil {
			return d.parts[t]
		}
		return d.resample[t].take(d.parts[t])
	})
}

func (d *decoding) end(info *Info, emit func([][]int16) error) error {
	if d.resample == nil {
		return nil
	}
	return d.give(info, emit, func(t int) []float32 { return d.resample[t].end() })
}

func (d *decoding) give(info *Info, emit func([][]int16) error, of func(track int) []float32) error {
	for t := range d.out {
		d.out[t] = d.out[t][:0]
		for _, f := range of(t) {
			d.out[t] = append(d.out[t], toSample(f))
		}
		info.Loud = d.loud[t].add(d.out[t]) || info.Loud
	}
	n := int64(len(d.out[0]))
	if n == 0 {
		return nil
	}
	if info.Samples += n; info.Samples > d.most {
		return ProblemTooLong
	}
	if err := emit(d.out); err != nil {
		return fmt.Errorf("give decoded sound: %w", err)
	}
	return nil
}

// toSample rounds; what is louder than full is cut off, and what is no number is silence.
func toSample(f float32) int16 {
	v := f * 32768
	switch {
	case v != v:
		return 0
	case v >= 32767:
		return 32767
	case v <= -32768:
		return -32768
	case v < 0:
		return int16(v - 0.5)
	}
	return int16(v + 0.5)
}

// loudness finds out whether anything can be heard: so many frames of 10 ms above the hiss of a microphone, as package capture counts.
type loudness struct {
	sum    float64
	n, hit int
}

const (
	quiet      = 100 // root of the mean square of a frame
	fewLoud    = 15
	loudFrames = Rate / 100
)

func (l *loudness) add(samples []int16) bool {
	for _, s := range samples {
		l.sum += float64(s) * float64(s)
		if l.n++; l.n == loudFrames {
			if l.sum >= quiet*quiet*loudFrames {
				l.hit++
			}
			l.sum, l.n = 0, 0
		}
	}
	return l.hit >= fewLoud
}
