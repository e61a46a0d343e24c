package main_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"harmonium/appliance/capture"
	"harmonium/appliance/capture/whispertest"
)

// speech is sound of a voice, as far as the level tells: tones of 20 s with a short pause after each, at heights that tell
// them apart.
func speech(pieces int) (sound []byte) {
	const rate = capture.Rate
	for i := range pieces {
		for n := range 21 * rate {
			level := 0.3
			if n >= 20*rate {
				level = 0
			}
			at := level * math.Sin(2*math.Pi*float64(300+100*i)*float64(n)/rate)
			sound = binary.LittleEndian.AppendUint16(sound, uint16(int16(at*math.MaxInt16)))
		}
	}
	return sound
}

// A server that is killed while it transcribes goes on with the parts that were not heard yet: none is heard twice but
// those that it was killed over, none is left out, and the version comes to its end.
func TestATranscriptionGoesOnWhereItWasWhenTheServerIsKilled(t *testing.T) {
	const parts = 8
	whisper := whispertest.New(t)
	var held atomic.Int64 // parts of which the answer did not come before the server was killed
	gate := make(chan chan struct{})
	whisper.Rule(func(w http.ResponseWriter, r *http.Request) {
		release := make(chan struct{})
		select {
		case gate <- release:
			<-release
			whispertest.Says(wordsOf(r), "english")(w, r)
		case <-r.Context().Done():
			held.Add(1)
		}
	})

	dir, address := t.TempDir(), freeAddress(t)
	settings := []string{"--listen", address, "--whisper", whisper.URL, "--ollama", "none", "--bcrypt-cost", "4"}
	s := serve(t, dir, settings...)
	if got := do(t, "a long password\n", "user", "add", "--email", "a@example.org", "--name", "A", "--role", "owner", "--password-stdin", "--data", dir); got.code != 0 {
		t.Fatal(got)
	}
	key := do(t, "", "key", "create", "--email", "a@example.org", "--name", "k", "--data", dir)
	r := &recorder{room: &room{t: t, base: "http://" + address + "/api/v1", key: strings.TrimSpace(key.out)}, client: http.DefaultClient}
	r.begin("Council")
	sound := speech(parts)
	for seq := 0; 2*soundPiece*seq < len(sound); seq++ {
		if status := r.put(seq, sound[2*soundPiece*seq:min(len(sound), 2*soundPiece*(seq+1))]); status != http.StatusOK {
			t.Fatalf("piece %d was answered with %d", seq, status)
		}
	}
	if status := r.call(r.key, "POST", "/meetings/"+r.meeting+"/close", map[string]any{}, nil); status != http.StatusOK {
		t.Fatalf("the end was answered with %d", status)
	}

	// It is killed after one, three and six parts, each time over the next one.
	kills := 0
	for heard := range parts {
		if slices.Contains([]int{1, 3, 6}, heard) {
			until(func() bool { return len(whisper.Requests()) == heard+kills+1 }) // the next one is being heard
			s.Process.Kill()
			s.end(t)
			kills++
			until(func() bool { return held.Load() == int64(kills) })
			s = serve(t, dir, settings...)
		}
		close(<-gate)
	}

	var got struct {
		Data []struct{ Version, Done, Total, Gaps int }
	}
	var meeting struct{ Transcript struct{ State string } }
	until(func() bool {
		r.call(r.key, "GET", "/meetings/"+r.meeting, nil, &meeting)
		return meeting.Transcript.State == "done"
	})
	r.call(r.key, "GET", "/meetings/"+r.meeting+"/versions", nil, &got)
	if len(got.Data) != 1 || got.Data[0].Version != 1 || got.Data[0].Done != parts || got.Data[0].Total != parts || got.Data[0].Gaps != 0 {
		t.Errorf("the transcripts are %+v", got.Data)
	}
	if n := len(whisper.Requests()); n != parts+kills {
		t.Errorf("%d parts were asked for %d times, of which %d were cut off by a kill", parts, n, kills)
	}
	var talk struct {
		TurnsList []struct{ Content string } `json:"turns_list"`
	}
	r.call(r.key, "GET", "/conversations/"+r.meeting, nil, &talk)
	for i := range max(parts, len(talk.TurnsList)) {
		if want := fmt.Sprintf("Part %d is said.", 300+100*i); i >= len(talk.TurnsList) || i >= parts || talk.TurnsList[i].Content != want {
			t.Fatalf("turn %d of %+v should be %q", i, talk.TurnsList, want)
		}
	}
}

// until waits until something is so.
func until(so func() bool) {
	for !so() {
		<-time.After(2 * time.Millisecond)
	}
}

// wordsOf says which of the pieces of speech a request is about: the tone is told by how often it passes through zero.
func wordsOf(r *http.Request) string {
	file, _, err := r.FormFile("file")
	if err != nil {
		return err.Error()
	}
	defer file.Close()
	var content bytes.Buffer
	content.ReadFrom(file)
	sound, err := capture.ReadWAV(content.Bytes(), time.Minute)
	if err != nil {
		return err.Error()
	}
	crossings := 0
	for i := capture.Rate; i < 2*capture.Rate; i++ {
		if (sound[i-1] < 0) != (sound[i] < 0) {
			crossings++
		}
	}
	return fmt.Sprintf("Part %d is said.", (crossings+50)/200*100)
}
