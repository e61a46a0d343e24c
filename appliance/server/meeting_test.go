package server_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"harmonium/appliance/capture"
	"harmonium/appliance/inference/ollamatest"
	"harmonium/appliance/testkit"
	"harmonium/appliance/web"
)

// What two people say in turn, a sentence each; together a minute and a half.
var talk = []string{
	"Good morning. Before we begin with the list for today I would like to hear how the night shift went on the second floor.",
	"The night was quiet until four. Then the alarm of the pump went off twice, and nobody could find the sheet with the numbers.",
	"That is the third time this month. Who has taken the sheet out of the folder, and why was no copy left at the desk?",
	"I do not know who took it. What I know is that the folder was on the table of the doctor when I came in yesterday evening.",
	"Then let us decide this now. From Monday on the sheet hangs on the wall beside the pump, and there is one more in the office.",
	"I will print both of them today, and I will ask the workshop to look at the pump again before the weekend begins.",
	"Good. What else is open? I have heard that the key of the store was missing again, and that two deliveries were turned away.",
	"Yes, the key was in the wrong coat. We should have a second one made, and it should hang where everybody can see it.",
	"Agreed. Please write down that the second key is ordered by Friday, and that we talk about the deliveries next week.",
	"Written down. I have nothing more for today, except that the coffee machine has been repaired at last and works very well.",
}

// speak has espeak-ng say something, at 16 kHz.
func speak(t *testing.T, voice, text string) capture.Sound {
	t.Helper()
	file, err := exec.CommandContext(t.Context(), "espeak-ng", "-v", voice, "-s", "150", "--stdout", text).Output()
	if err != nil {
		t.Fatalf("espeak-ng: %v", err)
	}
	const head = 44
	rate := int(binary.LittleEndian.Uint32(file[24:]))
	sample := func(i int) float64 { return float64(int16(binary.LittleEndian.Uint16(file[head+2*i:]))) }
	n := (len(file) - head) / 2
	s := make(capture.Sound, (n-1)*capture.Rate/rate)
	for i := range s {
		at := float64(i) * float64(rate) / capture.Rate
		low, part := int(at), at-float64(int(at))
		s[i] = int16(sample(low)*(1-part) + sample(low+1)*part)
	}
	return s
}

func raw(s capture.Sound) (b []byte) {
	for _, sample := range s {
		b = binary.LittleEndian.AppendUint16(b, uint16(sample))
	}
	return b
}

// Two people are recorded, each by a device of their own, over a network that loses a piece. What they say is heard by a model
// that hears, and every part of it is in the transcript or named as a gap.
func TestAMeetingOfTwoIsRecordedAndTranscribed(t *testing.T) {
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		t.Skip("espeak-ng is not there, which speaks in this test (Debian: espeak-ng)")
	}
	var tracks [2]capture.Sound
	var ends []int // of what is said, in samples
	for i, text := range talk {
		said := append(speak(t, []string{"en-us", "en-gb+f3"}[i%2], text), make(capture.Sound, capture.Rate/2)...)
		tracks[i%2] = append(tracks[i%2], said...)
		tracks[1-i%2] = append(tracks[1-i%2], make(capture.Sound, len(said))...)
		ends = append(ends, len(tracks[0]))
	}
	if length := tracks[0].Duration(); length < 60*time.Second {
		t.Fatalf("they speak for %s only", length)
	}
	sounds := [2][]byte{raw(tracks[0]), raw(tracks[1])}
	const unheard, loops = 4, "Thanks for watching. "
	fake := ollamatest.New(t, "gemma3:4b")
	fake.AddHearingModel("gemma4:e2b")
	fake.Rule(func(r ollamatest.Request) ollamatest.Script {
		if len(r.Sounds) != 1 {
			return ollamatest.Text("{}")
		}
		sound, err := capture.ReadWAV(r.Sounds[0], capture.MaxPiece)
		if err != nil {
			t.Errorf("a model was sent what is no WAV file of a piece: %v", err)
		}
		for track, whole := range sounds {
			at := bytes.Index(whole, raw(sound))
			if at < 0 {
				continue
			}
			words, start := "", 0
			for i, end := range ends {
				// A sentence is heard where its middle is.
				if middle := start + (end-start)/2; i%2 == track && middle >= at/2 && middle < at/2+len(sound) {
					words += talk[i] + " "
					if i == unheard {
						return ollamatest.Text(strings.Repeat(loops, 12))
					}
				}
				start = end
			}
			return ollamatest.Text(words + "—")
		}
		t.Error("a model was sent other samples than were recorded")
		return ollamatest.Text("—")
	})
	box := testkit.Server(t, "ollama="+fake.URL)
	var meeting web.MeetingDetail
	if status := box.Call("POST", "/api/v1/meetings", map[string]any{"title": "Shift", "provider": "browser", "language": "en"}, &meeting); status != 201 {
		t.Fatalf("begin: %d", status)
	}
	path := "/api/v1/meetings/" + string(meeting.ID)
	const size, lost = 4 * 2 * capture.Rate, 3
	for track, whole := range sounds {
		if status := box.Call("POST", path+"/takes", map[string]any{"track": track, "device": fmt.Sprintf("the-device-of-track-%d", track)}, nil); status != 200 {
			t.Fatalf("begin a take: %d", status)
		}
		pieces := slices.Collect(slices.Chunk(whole, size))
		for i := range pieces {
			seq := i ^ 1 // neighbours come the other way round
			if seq >= len(pieces) {
				seq = i
			}
			if track == 0 && seq == lost {
				continue
			}
			for range 1 + seq%2 { // and every second one twice
				put(t, box, fmt.Sprintf("%s/takes/%d/0/pieces/%d?start=%d", path, track, seq, seq*size/2), pieces[seq])
			}
		}
		if status := box.Call("POST", fmt.Sprintf("%s/takes/%d/0/end", path, track), map[string]any{"samples": len(whole) / 2}, nil); status >= 300 {
			t.Fatalf("end a take: %d", status)
		}
	}
	if status := box.Call("POST", path+"/close", map[string]any{}, nil); status >= 300 {
		t.Fatalf("close: %d", status)
	}
	waitFor(t, func() bool {
		box.Call("GET", path, nil, &meeting)
		return meeting.Transcript.State == "done"
	})
	heard := parts(t, box, path)
	from, to := int64(lost*4000), int64((lost+1)*4000)
	if !slices.ContainsFunc(heard, func(p web.TranscriptPart) bool {
		return p.State == "missing" && p.Track == 0 && p.StartMS == from && p.EndMS == to
	}) {
		t.Errorf("the piece that was lost is not named: %+v", heard)
	}
	if meeting.Transcript.Gaps != 2 || meeting.Transcript.Done != meeting.Transcript.Total {
		t.Errorf("%+v", meeting.Transcript)
	}
	var c web.Conversation
	box.Call("GET", "/api/v1/conversations/"+string(meeting.ID), nil, &c)
	text := ""
	for _, turn := range c.TurnsList {
		text += turn.Content + "\n"
	}
	if len(c.Speakers) != 2 || !c.Included || strings.Contains(text, strings.TrimSpace(loops)) {
		t.Errorf("%d speakers, included %v: %s", len(c.Speakers), c.Included, text)
	}
	last := -1
	for i, sentence := range talk {
		at := strings.Index(text, sentence)
		start := int64(0)
		if i > 0 {
			start = int64(ends[i-1]) / 16
		}
		middle := (start + int64(ends[i])/16) / 2
		gap := slices.ContainsFunc(heard, func(p web.TranscriptPart) bool {
			return p.State.Gap() && p.Track == i%2 && p.StartMS <= middle && middle < p.EndMS
		})
		if (at < 0) != gap || strings.Count(text, sentence) > 1 {
			t.Errorf("sentence %d stands at %d, and is in a gap: %v", i, at, gap)
		}
		if i%2 == 0 && at >= 0 {
			if at < last {
				t.Errorf("sentence %d stands before one that was said earlier", i)
			}
			last = at
		}
	}
}

func put(t *testing.T, box *testkit.Box, path string, piece []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, box.URL+path, bytes.NewReader(piece))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(piece)
	r.Header.Set("Authorization", "Bearer "+box.Key)
	r.Header.Set("Content-Type", "application/octet-stream")
	r.Header.Set("Content-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("a piece: %s", answer.Status)
	}
}

func parts(t *testing.T, box *testkit.Box, path string) []web.TranscriptPart {
	t.Helper()
	var out web.TranscriptParts
	if status := box.Call("GET", path+"/segments", nil, &out); status != 200 {
		t.Fatalf("segments: %d", status)
	}
	return out.Segments
}

// waitFor waits until something is so.
func waitFor(t *testing.T, so func() bool) {
	t.Helper()
	late := time.After(3 * time.Minute)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("waited in vain for three minutes")
		}
	}
}
