package capture_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/capture"
)

// tone is a sound at a loudness, which is 0 to 1.
func tone(d time.Duration, loudness float64) capture.Sound {
	s := make(capture.Sound, int(d*capture.Rate/time.Second))
	for i := range s {
		s[i] = int16(loudness * 32000 * math.Sin(2*math.Pi*220*float64(i)/capture.Rate))
	}
	return s
}

// spoken is a sound with pauses: each so many seconds of tone, then half a second of silence.
func spoken(seconds ...int) (s capture.Sound) {
	for _, n := range seconds {
		s = append(append(s, tone(time.Duration(n)*time.Second, 0.3)...), tone(time.Second/2, 0)...)
	}
	return s
}

func TestAWAVFileIsReadAsItWasWritten(t *testing.T) {
	for _, s := range []capture.Sound{{1}, {-32768, 0, 32767}, tone(time.Second, 0.5)} {
		got, err := capture.ReadWAV(s.WAV(), time.Minute)
		if err != nil || !slices.Equal(got, s) {
			t.Errorf("%d samples came back as %d: %v", len(s), len(got), err)
		}
	}
}

// wav is a file with any head.
func wav(format, channels uint16, rate uint32, bits uint16, extra string, claimed uint32, data []byte) []byte {
	var b bytes.Buffer
	put := func(v any) { binary.Write(&b, binary.LittleEndian, v) }
	b.WriteString("RIFF\xff\xff\xff\xffWAVE")
	b.WriteString("fmt ")
	put(uint32(16 + len(extra)))
	put([]uint16{format, channels})
	put([]uint32{rate, rate * uint32(channels) * uint32(bits) / 8})
	put([]uint16{channels * bits / 8, bits})
	b.WriteString(extra)
	b.WriteString("LIST\x03\x00\x00\x00abc\x00")
	b.WriteString("data")
	put(claimed)
	b.Write(data)
	return b.Bytes()
}

func TestWhatIsNotOurKindOfWAVIsRefusedInWords(t *testing.T) {
	second := make([]byte, 2*capture.Rate)
	extensible := "\x16\x00\x10\x00\x04\x00\x00\x00\x01\x00\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"
	for _, c := range []struct {
		name string
		file []byte
		want string // in the sentence; "" for a second of sound
	}{
		{"ours, after a chunk of an odd size", wav(1, 1, 16000, 16, "", uint32(len(second)), second), ""},
		{"the extensible head", wav(0xfffe, 1, 16000, 16, extensible, uint32(len(second)), second), ""},
		{"a recorder that did not know the size", wav(1, 1, 16000, 16, "", 0xffffffff, second), ""},
		{"a recorder that wrote none", wav(1, 1, 16000, 16, "", 0, second), ""},
		{"nothing", nil, "no WAV file"},
		{"MP3", []byte("ID3\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00"), "no WAV file"},
		{"stereo", wav(1, 2, 16000, 16, "", uint32(len(second)), second), "one channel"},
		{"44.1 kHz", wav(1, 1, 44100, 16, "", uint32(len(second)), second), "16 kHz"},
		{"8 bits", wav(1, 1, 16000, 8, "", uint32(len(second)), second), "16 bits"},
		{"floating point", wav(3, 1, 16000, 16, "", uint32(len(second)), second), "16 bits"},
		{"an extensible head that is cut off", wav(0xfffe, 1, 16000, 16, "", uint32(len(second)), second), "16 bits"},
		{"ten hours claimed", wav(1, 1, 16000, 16, "", 36000*2*capture.Rate, second), "end of the recording is missing"},
		{"cut off", wav(1, 1, 16000, 16, "", uint32(len(second)), second)[:5000], "end of the recording is missing"},
		{"no samples", wav(1, 1, 16000, 16, "", 1, []byte{0, 0}), "no sound"},
		{"samples before the head", append([]byte("RIFF\x00\x00\x00\x00WAVEdata\x02\x00\x00\x00"), 0, 0), "how it is stored"},
		{"too long", wav(1, 1, 16000, 16, "", 0, make([]byte, 121*2*capture.Rate)), "longer than 2 minutes"},
	} {
		s, err := capture.ReadWAV(c.file, 2*time.Minute)
		switch {
		case c.want == "" && (err != nil || s.Duration() != time.Second):
			t.Errorf("%s: %v of sound, %v", c.name, s.Duration(), err)
		case c.want != "" && (appliance.CodeOf(err) != appliance.CodeUnprocessable || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func FuzzReadWAV(f *testing.F) {
	f.Add(tone(time.Millisecond, 1).WAV())
	f.Add(wav(0xfffe, 1, 16000, 16, "\x16\x00\x10\x00\x04\x00\x00\x00\x01\x00", 4, []byte{1, 2, 3, 4}))
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := capture.ReadWAV(file, time.Minute)
		if err != nil && appliance.CodeOf(err) != appliance.CodeUnprocessable {
			t.Errorf("refused without words: %v", err)
		}
		if 2*len(s) > len(file) {
			t.Errorf("%d samples of %d bytes", len(s), len(file))
		}
		for _, p := range s.Levels().Cut() {
			if err == nil && len(p.Of(s)) == 0 {
				t.Error("an empty piece")
			}
		}
	})
}

func TestARecordingIsCutWhereItIsQuiet(t *testing.T) {
	s := spoken(21, 22, 5, 24)
	list := s.Levels().Cut()
	if len(list) != 3 || list[0].From != 0 || list[2].To != s.Duration() {
		t.Fatalf("cut into %v", list)
	}
	for i, p := range list {
		if p.To-p.From > capture.MaxPiece || p.Overlaps {
			t.Errorf("piece %d is %v long, overlaps: %v", i, p.To-p.From, p.Overlaps)
		}
		if i > 0 && p.From != list[i-1].To {
			t.Errorf("piece %d begins at %v, the one before ends at %v", i, p.From, list[i-1].To)
		}
	}
}

func TestPiecesOverlapWhereThereIsNoPause(t *testing.T) {
	s := tone(70*time.Second, 0.3)
	list := s.Levels().Cut()
	if len(list) < 3 {
		t.Fatalf("cut into %v", list)
	}
	held := 0
	for i, p := range list {
		if p.Overlaps != (i > 0) || i > 0 && p.From >= list[i-1].To || p.To-p.From > capture.MaxPiece {
			t.Errorf("piece %d: %v", i, p)
		}
		held += len(p.Of(s))
	}
	if held < len(s) {
		t.Errorf("%d of %d samples are in no piece", len(s)-held, len(s))
	}
}

func TestSilenceIsTold(t *testing.T) {
	for _, c := range []struct {
		name   string
		sound  capture.Sound
		silent bool
	}{
		{"nothing", tone(3*time.Second, 0), true},
		{"the hiss of a phone", tone(3*time.Second, 0.002), true},
		{"a knock", append(tone(time.Second, 0), tone(50*time.Millisecond, 0.9)...), true},
		{"one word", append(tone(time.Second, 0), tone(300*time.Millisecond, 0.1)...), false},
		{"a low voice", tone(time.Second, 0.02), false},
	} {
		if got := c.sound.Levels().Silent(); got != c.silent {
			t.Errorf("%s: silent is %v", c.name, got)
		}
	}
}
