package bench_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/capture"
	"harmonium/appliance/store"
)

// recordedHours is how long the meeting is, in pieces of some seconds.
const (
	recordedHours = 3
	pieceSeconds  = 5
)

// speech gives the sound of a piece: somebody speaks, and takes breath.
func speech(piece int) []byte {
	b := make([]byte, 2*pieceSeconds*appliance.SampleRate)
	for i := 0; i < len(b); i += 2 {
		at := float64(piece*pieceSeconds) + float64(i)/2/appliance.SampleRate
		loud := 6000.0
		if math.Mod(at, 4) > 3.4 {
			loud = 20
		}
		v := uint16(int16(loud * math.Sin(2*math.Pi*180*at) * (1 + 0.3*math.Sin(at*float64(piece%11)))))
		b[i], b[i+1] = byte(v), byte(v>>8)
	}
	return b
}

// BenchmarkRecording records three hours, asks for its transcript and plays it from the middle: how much memory that takes, how fast
// pieces are taken, and how fast the recording is cut.
func BenchmarkRecording(b *testing.B) {
	x := newBox(b)
	var m struct{ ID string }
	x.call(x.key, "POST", "/meetings", map[string]any{"title": "Long", "provider": "browser"}, &m, http.StatusCreated)
	x.call(x.key, "POST", "/meetings/"+m.ID+"/takes", map[string]any{"device": "device-aaaa"}, nil, http.StatusOK)
	const pieces = recordedHours * 3600 / pieceSeconds
	began := time.Now()
	for seq := range pieces {
		x.putPiece(m.ID, seq, speech(seq))
	}
	took := time.Since(began)
	note("a piece of 5 s is on the disk for good", "", "%s", millis(took/pieces))
	note("memory while 3 h are recorded", "≤ 100 MB", "%.0f MB", x.memory(true))
	x.call(x.key, "POST", "/meetings/"+m.ID+"/close", nil, nil, http.StatusOK)
	x.play(m.ID, "bytes="+fmt.Sprint(44+int64(recordedHours)*3600*appliance.SampleRate)+"-")
	note("memory when they are played from the middle", "≤ 100 MB", "%.0f MB", x.memory(true))
	x.stop()
	x.cut(m.ID)
}

func (x *box) putPiece(meeting string, seq int, content []byte) {
	sum := sha256.Sum256(content)
	url := fmt.Sprintf("http://%s/api/v1/meetings/%s/takes/0/0/pieces/%d?start=%d", x.addr, meeting, seq, seq*pieceSeconds*appliance.SampleRate)
	req, err := http.NewRequest("PUT", url, strings.NewReader(string(content)))
	if err != nil {
		x.b.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+x.key)
	req.Header.Set("Content-Type", "application/octet-stream")
	req.Header.Set("Content-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":")
	x.read(req, http.StatusOK)
}

func (x *box) play(meeting, part string) {
	req, err := http.NewRequest("GET", fmt.Sprintf("http://%s/api/v1/meetings/%s/sound", x.addr, meeting), nil)
	if err != nil {
		x.b.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+x.key)
	req.Header.Set("Range", part)
	x.read(req, http.StatusPartialContent)
}

func (x *box) read(req *http.Request, want int) {
	res, err := x.http.Do(req)
	if err != nil {
		x.b.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != want {
		x.b.Fatalf("%s: status %d, want %d, %v", req.URL.Path, res.StatusCode, want, err)
	}
}

// cut measures the recording and cuts it, as it is done before it is written down.
func (x *box) cut(meeting string) {
	s, err := store.Open(x.b.Context(), store.Options{Dir: x.dir, Clock: appliance.SystemClock, BallastBytes: -1})
	if err != nil {
		x.b.Fatal(err)
	}
	defer s.Close()
	began := time.Now()
	t, err := capture.OpenTrack(x.b.Context(), s, appliance.ConversationID(meeting), 0)
	if err != nil {
		x.b.Fatal(err)
	}
	levels, err := t.Levels(x.b.Context())
	if err != nil {
		x.b.Fatal(err)
	}
	list, took := levels.Plan(0), time.Since(began)
	note("a recording of 3 h is read and cut", "≥ 200 times as fast as it plays", "%.0f times, %d parts",
		float64(recordedHours)*3600/took.Seconds(), len(list))
}
