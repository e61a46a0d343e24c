package audio

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/child"
)

// Bounds of the child process.
const (
	readMemory = 256 << 20 // bytes; beyond it the child ends itself
	readTime   = 2 * time.Hour
	maxBlock   = 1 << 20 // samples that it gives at once
)

// Reader reads files in child processes of its own, one at a time. It is safe for concurrent use.
type Reader struct {
	program string
	one     chan struct{} // held by whoever reads
}

// NewReader makes a Reader whose child is `program read-sound`, which must call Child.
func NewReader(program string) *Reader {
	return &Reader{program: program, one: make(chan struct{}, 1)}
}

// reply is what the child writes at its end, as JSON. The cause of a problem stays in the child.
type reply struct {
	Info    Info    `json:"info"`
	Problem Problem `json:"problem,omitempty"`
}

// Probe is Probe in a child process.
func (r *Reader) Probe(ctx context.Context, in io.Reader, seconds int) (Info, error) {
	return r.run(ctx, in, nil, "--probe", strconv.Itoa(seconds))
}

// Decode is Decode in a child process.
func (r *Reader) Decode(ctx context.Context, in io.Reader, split bool, emit func(tracks [][]int16) error) (Info, error) {
	return r.run(ctx, in, emit, "--split="+strconv.FormatBool(split))
}

func (r *Reader) run(ctx context.Context, in io.Reader, emit func([][]int16) error, args ...string) (info Info, err error) {
	select {
	case r.one <- struct{}{}:
		defer func() { <-r.one }()
	case <-ctx.Done():
		return info, ctx.Err()
	}
	work, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	cmd := child.Command(work, r.program, readMemory, append([]string{"read-sound"}, args...)...)
	cmd.Stdin = in
	out, err := cmd.StdoutPipe()
	if err != nil {
		return info, err
	}
	if err := cmd.Start(); err != nil {
		return info, err
	}
	given := int64(0)
	answer, err := receive(bufio.NewReaderSize(out, HeadSize), func(tracks [][]int16) error {
		given += int64(len(tracks[0]))
		return emit(tracks)
	})
	if err != nil {
		cancel()
	}
	waitErr := cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return info, ctx.Err()
	case errors.Is(err, errChild) || err == nil && waitErr != nil: // it was ended by its bounds, or by the file
		info.Samples, info.Cut = given, true
		return info, ProblemDamaged
	case err != nil:
		return info, err
	case answer.Problem != "":
		return answer.Info, answer.Problem
	}
	return answer.Info, nil
}

var errChild = errors.New("audio: the child has ended too soon")

// receive reads what a child gives: blocks of a number of tracks, a number of samples and these, one track after the other; a block
// without samples; and the reply.
func receive(in *bufio.Reader, emit func([][]int16) error) (answer reply, err error) {
	var head [8]byte
	var raw []byte
	var tracks [][]int16
	for {
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return answer, errChild
		}
		count, n := int(binary.LittleEndian.Uint32(head[:])), int(binary.LittleEndian.Uint32(head[4:]))
		if n == 0 {
			if err := json.NewDecoder(in).Decode(&answer); err != nil {
				return answer, errChild
			}
			return answer, nil
		}
		if count < 1 || count > MaxChannels || n > maxBlock {
			return answer, errChild
		}
		if need := 2 * n * count; cap(raw) < need {
			raw = make([]byte, need)
		}
		raw = raw[:2*n*count]
		if _, err := io.ReadFull(in, raw); err != nil {
			return answer, errChild
		}
		if len(tracks) != count {
			tracks = make([][]int16, count)
		}
		for t := range tracks {
			tracks[t] = tracks[t][:0]
			for i := range n {
				tracks[t] = append(tracks[t], int16(binary.LittleEndian.Uint16(raw[2*(t*n+i):])))
			}
		}
		if err := emit(tracks); err != nil {
			return answer, err
		}
	}
}

// Child is the child process of a Reader: it reads a file of sound from in and writes what is in it to out; with probe above 0 it only
// looks at so many seconds. exit must end the process at once; it is called when too much memory is taken.
func Child(probe int, split bool, in io.Reader, out io.Writer, exit func()) error {
	defer child.Watch(readMemory, exit)()
	w := bufio.NewWriterSize(out, HeadSize)
	var answer reply
	var err error
	if probe > 0 {
		answer.Info, err = Probe(in, probe)
	} else {
		answer.Info, err = Decode(in, split, appliance.MaxSamples, func(tracks [][]int16) error { return give(w, tracks) })
	}
	if err != nil && !errors.As(err, &answer.Problem) {
		return err
	}
	raw, err := json.Marshal(answer)
	if err == nil {
		_, err = w.Write(append(make([]byte, 8), raw...))
	}
	if err == nil {
		err = w.Flush()
	}
	return err
}

func give(w *bufio.Writer, tracks [][]int16) error {
	if len(tracks[0]) > maxBlock {
		return fmt.Errorf("audio: a block of %d samples", len(tracks[0]))
	}
	var head [8]byte
	binary.LittleEndian.PutUint32(head[:], uint32(len(tracks)))
	binary.LittleEndian.PutUint32(head[4:], uint32(len(tracks[0])))
	if _, err := w.Write(head[:]); err != nil {
		return err
	}
	for _, t := range tracks {
		for _, s := range t {
			if err := errors.Join(w.WriteByte(byte(s)), w.WriteByte(byte(uint16(s)>>8))); err != nil {
				return err
			}
		}
	}
	return nil
}

// Words says what is wrong with a file, in a sentence for whoever has sent it; "" for none of the problems.
func (p Problem) Words() string {
	switch p {
	case ProblemEmpty:
		return "The file is empty, or holds no sound."
	case ProblemUnknown:
		return "The file is none of WAV, MP3 or FLAC. A browser can bring in further kinds: open the page of meetings."
	case ProblemKind:
		return "The file stores its sound in a way that the box does not read. A browser may: open the page of meetings."
	case ProblemDamaged:
		return "The file is damaged from its beginning on, or made so that it cannot be read."
	case ProblemMPEG25:
		return "This MP3 is of the kind MPEG-2.5, for very low bit rates, which the box does not read. A browser can bring it in: open the page of meetings."
	case ProblemTooLong:
		return fmt.Sprintf("The file plays for longer than %d hours. Please cut it, and send it in parts.", int(appliance.MaxRecording/time.Hour))
	case ProblemSilent:
		return "Nothing can be heard in the file: it is silent from its beginning to its end."
	case ProblemChannels:
		return fmt.Sprintf("The file has more channels than the %d that the box takes.", MaxChannels)
	case ProblemCut:
		return "The end of the file is missing or damaged. What could be read of it is there."
	}
	return ""
}
