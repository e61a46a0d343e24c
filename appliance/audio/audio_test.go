package audio_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/mewkiz/flac"
	"github.com/mewkiz/flac/frame"
	"github.com/mewkiz/flac/meta"

	"harmonium/appliance"
	"harmonium/appliance/audio"
)

// The test program is also the child that reads files.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "read-sound" {
		probe, split := 0, false
		for i, a := range os.Args {
			if a == "--probe" {
				fmt.Sscan(os.Args[i+1], &probe)
			}
			split = split || a == "--split=true"
		}
		if err := audio.Child(probe, split, os.Stdin, os.Stdout, func() { os.Exit(1) }); err != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// wave is a WAV file to be written.
type wave struct {
	format, channels, bits int
	rate                   int
	extensible, long       bool // long: RF64
	claimed                int  // bytes of sound that the head claims; 0: as many as there are
	frames                 func(i, channel int) float64
	n                      int // frames
}

func (w wave) bytes() []byte {
	le := binary.LittleEndian
	var data []byte
	for i := range w.n {
		for c := range w.channels {
			v := w.frames(i, c)
			switch {
			case w.format == 3 && w.bits == 64:
				data = le.AppendUint64(data, math.Float64bits(v))
			case w.format == 3:
				data = le.AppendUint32(data, math.Float32bits(float32(v)))
			case w.bits == 8:
				data = append(data, byte(math.Round(v*127)+128))
			default:
				whole := uint32(int32(math.Round(v * (math.Pow(2, float64(w.bits-1)) - 1))))
				data = append(data, le.AppendUint32(nil, whole)[:w.bits/8]...)
			}
		}
	}
	claimed := w.claimed
	if claimed == 0 {
		claimed = len(data)
	}
	var b []byte
	id, size := "RIFF", uint32(36+claimed)
	if w.long {
		id, size, claimed = "RF64", math.MaxUint32, math.MaxUint32
	}
	b = le.AppendUint32(append(b, id...), size)
	b = append(b, "WAVE"...)
	if w.long {
		b = append(le.AppendUint32(append(b, "ds64"...), 28), make([]byte, 28)...)
	}
	b = append(le.AppendUint32(append(b, "LIST"...), 3), "abc\x00"...) // of odd length
	frame := w.channels * w.bits / 8
	chunk := le.AppendUint16(nil, uint16(w.format))
	if w.extensible {
		chunk = le.AppendUint16(nil, 0xfffe)
	}
	chunk = le.AppendUint16(chunk, uint16(w.channels))
	chunk = le.AppendUint32(chunk, uint32(w.rate))
	chunk = le.AppendUint32(chunk, uint32(w.rate*frame))
	chunk = le.AppendUint16(chunk, uint16(frame))
	chunk = le.AppendUint16(chunk, uint16(w.bits))
	if w.extensible {
		chunk = append(chunk, 22, 0, byte(w.bits), 0, 3, 0, 0, 0, byte(w.format), 0)
		chunk = append(chunk, make([]byte, 14)...)
	}
	b = append(le.AppendUint32(append(b, "fmt "...), uint32(len(chunk))), chunk...)
	b = le.AppendUint32(append(b, "data"...), uint32(claimed))
	return append(b, data...)
}

// tone is a sine of so many hertz at half of the loudness, in every channel.
func tone(hertz float64, rate int) func(i, channel int) float64 {
	return func(i, _ int) float64 { return 0.5 * math.Sin(2*math.Pi*hertz*float64(i)/float64(rate)) }
}

// decoded gives what a file decodes to.
func decoded(t *testing.T, file []byte, split bool) ([][]int16, audio.Info) {
	t.Helper()
	tracks, info, err := decode(file, split)
	if err != nil {
		t.Fatalf("%v, %+v", err, info)
	}
	return tracks, info
}

func decode(file []byte, split bool) (tracks [][]int16, info audio.Info, err error) {
	info, err = audio.Decode(bytes.NewReader(file), split, appliance.MaxSamples, func(block [][]int16) error {
		if tracks == nil {
			tracks = make([][]int16, len(block))
		}
		for i, samples := range block {
			tracks[i] = append(tracks[i], samples...)
		}
		return nil
	})
	return tracks, info, err
}

// energyAt is how much of a sound at 16 kHz is at a frequency: the amplitude of that sine, of 1.
func energyAt(s []int16, hertz float64) float64 {
	s = s[1000 : len(s)-1000]
	var re, im float64
	for i, v := range s {
		x := 2 * math.Pi * hertz * float64(i) / audio.Rate
		re, im = re+float64(v)/32768*math.Cos(x), im+float64(v)/32768*math.Sin(x)
	}
	return 2 * math.Hypot(re, im) / float64(len(s))
}

func TestWAVOfEveryKindIsRead(t *testing.T) {
	for _, w := range []wave{
		{format: 1, bits: 8, channels: 1, rate: 8000}, {format: 1, bits: 16, channels: 1, rate: 16000}, {format: 1, bits: 16, channels: 2, rate: 44100},
		{format: 1, bits: 24, channels: 2, rate: 48000}, {format: 1, bits: 32, channels: 1, rate: 96000}, {format: 3, bits: 32, channels: 2, rate: 22050},
		{format: 3, bits: 64, channels: 6, rate: 11025}, {format: 1, bits: 24, channels: 1, rate: 48000, extensible: true},
		{format: 1, bits: 16, channels: 1, rate: 32000, long: true}, {format: 1, bits: 16, channels: 1, rate: 47999}, {format: 1, bits: 16, channels: 1, rate: 192000},
	} {
		t.Run(fmt.Sprintf("%+v", w), func(t *testing.T) {
			w.n, w.frames = w.rate, tone(1000, w.rate)
			tracks, info := decoded(t, w.bytes(), false)
			if len(tracks) != 1 || len(tracks[0]) != audio.Rate || info.Samples != audio.Rate || info.Rate != w.rate || info.Channels != w.channels || info.Cut {
				t.Fatalf("%d tracks of %d samples, %+v", len(tracks), len(tracks[0]), info)
			}
			if e := energyAt(tracks[0], 1000); math.Abs(e-0.5) > 0.01 {
				t.Errorf("the tone is at %.3f, want 0.5", e)
			}
		})
	}
}

func Test16kHzOf16BitsStaysAsItIs(t *testing.T) {
	w := wave{format: 1, bits: 16, channels: 1, rate: audio.Rate, n: 70_000, frames: func(i, _ int) float64 { return float64(int16(i*7919)) / 32767.5 }}
	file := w.bytes()
	tracks, _ := decoded(t, file, false)
	raw := file[len(file)-2*w.n:]
	for i, s := range tracks[0] {
		if want := int16(binary.LittleEndian.Uint16(raw[2*i:])); s != want {
			t.Fatalf("sample %d is %d, was %d", i, s, want)
		}
	}
}

// What is above half of the lower rate would come back as another tone.
func TestNothingFoldsBackWhenTheRateIsChanged(t *testing.T) {
	for _, rate := range []int{44100, 48000, 96000} {
		for _, hertz := range []float64{8500, 10000, 15000, 20000} {
			w := wave{format: 1, bits: 16, channels: 1, rate: rate, n: rate, frames: func(i, c int) float64 {
				return 0.1*tone(440, rate)(i, c) + 0.9*tone(hertz, rate)(i, c)
			}}
			tracks, _ := decoded(t, w.bytes(), false)
			folded := math.Abs(hertz - audio.Rate*math.Round(hertz/audio.Rate))
			if e := energyAt(tracks[0], folded); e > 0.45e-3 {
				t.Errorf("%.0f Hz at %d comes back as %.0f Hz, at %.5f", hertz, rate, folded, e)
			}
		}
	}
}

func flacOf(t *testing.T, w wave) []byte {
	t.Helper()
	var b bytes.Buffer
	enc, err := flac.NewEncoder(&b, &meta.StreamInfo{BlockSizeMin: 4096, BlockSizeMax: 4096, SampleRate: uint32(w.rate), NChannels: uint8(w.channels),
		BitsPerSample: uint8(w.bits), NSamples: uint64(w.n)})
	if err != nil {
		t.Fatal(err)
	}
	for from := 0; from < w.n; from += 4096 {
		n := min(4096, w.n-from)
		f := &frame.Frame{Header: frame.Header{HasFixedBlockSize: true, BlockSize: uint16(n), SampleRate: uint32(w.rate), Channels: frame.Channels(w.channels - 1), BitsPerSample: uint8(w.bits)}}
		for c := range w.channels {
			sub := &frame.Subframe{SubHeader: frame.SubHeader{Pred: frame.PredVerbatim}, NSamples: n, Samples: make([]int32, n)}
			for i := range n {
				sub.Samples[i] = int32(w.frames(from+i, c) * (math.Pow(2, float64(w.bits-1)) - 1))
			}
			f.Subframes = append(f.Subframes, sub)
		}
		if err := enc.WriteFrame(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := enc.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFLACIsRead(t *testing.T) {
	for _, w := range []wave{{bits: 16, channels: 1, rate: 16000}, {bits: 16, channels: 2, rate: 44100}, {bits: 24, channels: 1, rate: 48000}} {
		w.n, w.frames = w.rate, tone(1000, w.rate)
		file := flacOf(t, w)
		tracks, info := decoded(t, file, false)
		if len(tracks[0]) != audio.Rate || info.Format != audio.FLAC || math.Abs(energyAt(tracks[0], 1000)-0.5) > 0.01 {
			t.Errorf("%+v: %d samples, %+v, tone at %.3f", w, len(tracks[0]), info, energyAt(tracks[0], 1000))
		}
		_, info = decoded(t, file[:len(file)*2/3], false)
		if !info.Cut || info.Samples < audio.Rate/3 {
			t.Errorf("of a file that is cut there is %+v", info)
		}
	}
}

// alice.mp3 is a second and a half of speech that a computer has made of a book in the public domain: MPEG-2, 22.05 kHz, one channel, cut in a
// frame.
func TestMP3IsRead(t *testing.T) {
	file, err := os.ReadFile(filepath.Join("testdata", "alice.mp3"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"as it is": file, "after a tag": append([]byte("ID3\x04\x00\x00\x00\x00\x02\x00"), append(make([]byte, 256), file...)...)} {
		tracks, info := decoded(t, content, false)
		if info.Format != audio.MP3 || info.Rate != 22050 || len(tracks[0]) < audio.Rate || len(tracks[0]) > 2*audio.Rate || !info.Loud {
			t.Errorf("%s: %d samples, %+v", name, len(tracks[0]), info)
		}
	}
}

func TestChannelsOfDifferentSpeakersAreToldApart(t *testing.T) {
	for _, c := range []struct {
		name   string
		apart  bool
		frames func(i, channel int) float64
	}{
		{"one speaks, then the other", true, func(i, channel int) float64 {
			if i/16000%2 != channel {
				return 0.001
			}
			return tone(300, audio.Rate)(i, 0)
		}},
		{"both channels are the same", false, tone(300, audio.Rate)},
		{"one microphone on the table", false, func(i, channel int) float64 {
			return tone(300, audio.Rate)(i+channel*9, 0) * (1 - 0.3*float64(channel))
		}},
		{"nobody speaks", false, func(int, int) float64 { return 0 }},
	} {
		w := wave{format: 1, bits: 16, channels: 2, rate: audio.Rate, n: 4 * audio.Rate, frames: c.frames}
		info, err := audio.Probe(bytes.NewReader(w.bytes()), 60)
		if err != nil || info.Apart != c.apart {
			t.Errorf("%s: apart %v, %v", c.name, info.Apart, err)
		}
	}
	w := wave{format: 1, bits: 16, channels: 2, rate: audio.Rate, n: audio.Rate, frames: func(i, channel int) float64 {
		return float64(channel) * tone(300, audio.Rate)(i, 0)
	}}
	tracks, _ := decoded(t, w.bytes(), true)
	if len(tracks) != 2 || energyAt(tracks[0], 300) > 0.001 || energyAt(tracks[1], 300) < 0.49 {
		t.Errorf("%d tracks, or mixed", len(tracks))
	}
}

func TestWhatCannotBeUsedIsToldInWords(t *testing.T) {
	good := wave{format: 1, bits: 16, channels: 1, rate: audio.Rate, n: 3 * audio.Rate, frames: tone(300, audio.Rate)}
	silent, kind, many, slow := good, good, good, good
	silent.frames = func(i, _ int) float64 { return 0.0005 * tone(50, audio.Rate)(i, 0) }
	kind.bits, kind.format = 16, 17
	many.channels, many.n = 9, 100
	slow.rate = 100
	none := good
	none.n = 0
	for _, c := range []struct {
		name string
		file []byte
		want audio.Problem
	}{
		{"nothing", nil, audio.ProblemEmpty},
		{"a head alone", none.bytes(), audio.ProblemEmpty},
		{"text", []byte("Dear all, here are the minutes of our meeting."), audio.ProblemUnknown},
		{"a picture", append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 5000)...), audio.ProblemUnknown},
		{"an archive", append([]byte("PK\x03\x04"), make([]byte, 5000)...), audio.ProblemUnknown},
		{"zeros", make([]byte, 100_000), audio.ProblemUnknown},
		{"silence", silent.bytes(), audio.ProblemSilent},
		{"ADPCM", kind.bytes(), audio.ProblemKind},
		{"nine channels", many.bytes(), audio.ProblemChannels},
		{"100 Hz", slow.bytes(), audio.ProblemKind},
		{"half a head", good.bytes()[:20], audio.ProblemDamaged},
		{"MPEG-2.5", bytes.Repeat(append([]byte{0xff, 0xe3, 0x18, 0xc4}, make([]byte, 68)...), 50), audio.ProblemMPEG25},
		{"FLAC of nothing but its name", []byte("fLaC"), audio.ProblemDamaged},
	} {
		_, _, err := decode(c.file, false)
		var got audio.Problem
		if !errors.As(err, &got) || got != c.want || got.Words() == "" {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

func TestAHeadThatClaimsMoreThanThereIsIsNotBelieved(t *testing.T) {
	w := wave{format: 1, bits: 16, channels: 1, rate: audio.Rate, n: 10 * audio.Rate, frames: tone(300, audio.Rate), claimed: 2 * 36_000 * audio.Rate}
	tracks, info := decoded(t, w.bytes(), false)
	if len(tracks[0]) != 10*audio.Rate || !info.Cut {
		t.Errorf("%d samples, %+v", len(tracks[0]), info)
	}
	w.claimed = 0
	_, info = decoded(t, w.bytes()[:100_001], false)
	if !info.Cut || info.Samples < 49_000 {
		t.Errorf("of a file that is cut there is %+v", info)
	}
}

func TestAFileIsReadInAChild(t *testing.T) {
	w := wave{format: 1, bits: 16, channels: 2, rate: 44100, n: 5 * 44100, frames: tone(1000, 44100)}
	r := audio.NewReader(os.Args[0])
	info, err := r.Probe(t.Context(), bytes.NewReader(w.bytes()), 60)
	if err != nil || info.Channels != 2 || info.Apart {
		t.Errorf("%+v, %v", info, err)
	}
	var got []int16
	info, err = r.Decode(t.Context(), bytes.NewReader(w.bytes()), false, func(tracks [][]int16) error {
		got = append(got, tracks[0]...)
		return nil
	})
	want, _ := decoded(t, w.bytes(), false)
	if err != nil || info.Samples != int64(len(got)) || fmt.Sprint(got) != fmt.Sprint(want[0]) {
		t.Errorf("%d samples, %+v, %v: others than without a child", len(got), info, err)
	}
	_, err = r.Decode(t.Context(), bytes.NewReader([]byte("text")), false, nil)
	if !errors.Is(err, audio.ProblemUnknown) {
		t.Errorf("text: %v", err)
	}
	stop := errors.New("stop")
	if _, err := r.Decode(t.Context(), bytes.NewReader(w.bytes()), false, func([][]int16) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("who takes it has said %v", err)
	}
}

func TestWhatIsTooLongIsRefused(t *testing.T) {
	w := wave{format: 1, bits: 8, channels: 1, rate: 4000, n: 4000 * 10, frames: tone(300, 4000)}
	file := w.bytes()
	body := file[len(file)-w.n:]
	long := &endless{head: file, body: body}
	_, err := audio.Decode(long, false, 60*audio.Rate, func([][]int16) error { return nil })
	if !errors.Is(err, audio.ProblemTooLong) {
		t.Errorf("%v", err)
	}
}

// endless is a file that says that its sound goes on, and whose sound does.
type endless struct {
	head, body []byte
	at         int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.at == 0 {
		e.at = 1
		i := bytes.Index(e.head, []byte("data"))
		copy(e.head[i+4:], "\xff\xff\xff\xff")
		return copy(p, e.head), nil
	}
	return copy(p, e.body), nil
}

func FuzzDecode(f *testing.F) {
	w := wave{format: 1, bits: 16, channels: 2, rate: 22050, n: 100, frames: tone(300, 22050)}
	f.Add(w.bytes())
	w.format, w.bits, w.extensible = 3, 32, true
	f.Add(w.bytes())
	w.long = true
	f.Add(w.bytes())
	if file, err := os.ReadFile(filepath.Join("testdata", "alice.mp3")); err == nil {
		f.Add(file[:500])
	}
	f.Add([]byte("fLaC\x00\x00\x00\x22"))
	f.Add(bytes.Repeat(append([]byte{0xff, 0xfb, 0x90, 0x64}, make([]byte, 413)...), 2))
	f.Add(append([]byte("ID3\x04\x00\x00\x00\x00\x00\x0a0123456789"), bytes.Repeat(append([]byte{0xff, 0xf3, 0x40, 0xc4}, make([]byte, 140)...), 2)...))
	f.Fuzz(func(t *testing.T, file []byte) {
		n := int64(0)
		info, err := audio.Decode(bytes.NewReader(file), len(file)%2 == 0, 60*audio.Rate, func(tracks [][]int16) error {
			for _, track := range tracks {
				if len(track) != len(tracks[0]) {
					t.Fatal("tracks of different lengths")
				}
			}
			n += int64(len(tracks[0]))
			return nil
		})
		var p audio.Problem
		if err != nil && !errors.As(err, &p) {
			t.Fatalf("an error that is no problem: %v", err)
		}
		if err == nil && info.Samples != n {
			t.Fatalf("%d samples given, %d told", n, info.Samples)
		}
		if _, err := audio.Probe(bytes.NewReader(file), 5); err != nil && !errors.As(err, &p) {
			t.Fatalf("probe: %v", err)
		}
	})
}
