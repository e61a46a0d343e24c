package capture

import (
	"encoding/binary"
	"fmt"
	"time"

	"harmonium/appliance"
)

// Rate is how many samples a second of sound has. It is what models that hear take; phones record at more and convert.
const Rate = appliance.SampleRate

// Sound is one channel of 16-bit samples at Rate.
type Sound []int16

// Duration is how long it plays.
func (s Sound) Duration() time.Duration { return time.Duration(len(s)) * time.Second / Rate }

// wavHead is the size of the head that WAV writes.
const wavHead = 44

// WAV gives a WAV file of the sound (RIFF, PCM, 16 bit).
func (s Sound) WAV() []byte {
	b, le := append(make([]byte, 0, wavHead+2*len(s)), wavHeader(int64(len(s)))...), binary.LittleEndian
	for _, sample := range s {
		b = le.AppendUint16(b, uint16(sample))
	}
	return b
}

// wavHeader is the head of a WAV file of so many samples.
func wavHeader(samples int64) []byte {
	b, le := make([]byte, 0, wavHead), binary.LittleEndian
	b = append(b, "RIFF"...)
	b = le.AppendUint32(b, uint32(wavHead-8+2*samples))
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, 16)
	for _, field := range []uint16{formatPCM, 1} {
		b = le.AppendUint16(b, field)
	}
	b = le.AppendUint32(b, Rate)
	b = le.AppendUint32(b, 2*Rate)
	b = le.AppendUint16(b, 2)
	b = le.AppendUint16(b, 16)
	b = append(b, "data"...)
	return le.AppendUint32(b, uint32(2*samples))
}

// The ways of storing samples that the head of a WAV file can name. The extensible one names it once more, further on.
const (
	formatPCM        = 1
	formatExtensible = 0xfffe
)

// unknownSize is what stands for the size of the samples where a recorder did not know it.
const unknownSize = 0xffffffff

// ReadWAV reads a WAV file of 16 kHz, one channel, 16 bits, whatever its head claims: no more memory is taken than the
// file has. It fails with CodeUnprocessable and a sentence for anything else, for a file whose end is missing, and for one
// that plays for longer than longest.
func ReadWAV(file []byte, longest time.Duration) (Sound, error) {
	if len(file) < 12 || string(file[:4]) != "RIFF" || string(file[8:12]) != "WAVE" {
		return nil, refuse("This is no WAV file.")
	}
	le, rest, known := binary.LittleEndian, file[12:], false
	for len(rest) >= 8 {
		kind, size := string(rest[:4]), int64(le.Uint32(rest[4:8]))
		rest = rest[8:]
		if kind == "data" && (size == unknownSize || size == 0) {
			size = int64(len(rest))
		}
		if size > int64(len(rest)) {
			return nil, refuse("The end of the recording is missing.")
		}
		body := rest[:size]
		switch kind {
		case "fmt ":
			if !isOurs(body) {
				return nil, refuse("The recording must be 16 kHz, one channel, 16 bits.")
			}
			known = true
		case "data":
			if !known {
				return nil, refuse("The recording does not say how it is stored.")
			}
			return samples(body, longest)
		}
		rest = rest[min(size+size%2, int64(len(rest))):] // chunks begin at even places
	}
	return nil, refuse("There is no sound in the recording.")
}

// isOurs says whether a format chunk describes 16 kHz, one channel, 16-bit PCM.
func isOurs(body []byte) bool {
	le := binary.LittleEndian
	if len(body) < 16 {
		return false
	}
	format := le.Uint16(body)
	if format == formatExtensible && len(body) >= 26 {
		format = le.Uint16(body[24:])
	}
	return format == formatPCM && le.Uint16(body[2:]) == 1 && le.Uint32(body[4:]) == Rate && le.Uint16(body[14:]) == 16
}

func samples(body []byte, longest time.Duration) (Sound, error) {
	n := len(body) / 2
	switch {
	case n == 0:
		return nil, refuse("There is no sound in the recording.")
	case time.Duration(n)*time.Second/Rate > longest:
		return nil, refuse(fmt.Sprintf("The recording is longer than %d minutes.", longest/time.Minute))
	}
	s := make(Sound, n)
	for i := range s {
		s[i] = int16(binary.LittleEndian.Uint16(body[2*i:]))
	}
	return s, nil
}

func refuse(why string) error {
	return appliance.Errorf(appliance.CodeUnprocessable, "%s Nothing was written down.", why)
}
