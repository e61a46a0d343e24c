package web_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/capture"
	"harmonium/appliance/capture/whispertest"
	"harmonium/appliance/web"
)

// whispering gives a desk whose recordings are heard by a scripted whisper-server.
func whispering(t *testing.T) (*desk, *whispertest.Fake) {
	t.Helper()
	ears, fake := whisperEars(t)
	return newDesk(t, func(d *web.Deps) {
		d.Models = ears.Models
		d.Scribe = capture.NewScribe(capture.ScribeOptions{Store: d.Store, Ears: ears, Hub: d.Hub, Clock: d.Clock})
	}), fake
}

// speech is ten seconds of which the first three are spoken.
func speech(seed uint64) string { return noise(seed, 3*second) + strings.Repeat("\x00", 2*7*second) }

// Two devices on one table: each has a track and a speaker of its own, and what they heard is read and heard in the order of time. The second one
// comes later, loses a piece and pauses; the first goes on all the time.
func TestDevicesRecordBesideEachOther(t *testing.T) {
	d, fake := whispering(t)
	d.person("host", appliance.RoleEditor)
	m := d.record("host", nil)
	quiet := strings.Repeat("\x00", 2*10*second)
	begin := func(body map[string]any) (b web.TakeBegun) {
		d.get("host", "POST", meetingPath(m)+"/takes", body, 200, &b)
		return b
	}
	// A piece comes when it has been recorded; a take begins with its first one.
	put := func(b web.TakeBegun, seq int, content string) {
		if w := d.put("host", m, b.Track, b.Take, seq, int64(seq)*10*second, content); w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	d.clock.Advance(10 * time.Second)
	a := begin(map[string]any{"device": deviceA, "ago_ms": 10_000})
	put(a, 0, speech(1)) // from 0 s
	d.clock.Advance(10 * time.Second)
	put(a, 1, quiet) // the other device begins when this one ends
	d.clock.Advance(10 * time.Second)
	put(a, 2, quiet)
	beside := map[string]any{"device": deviceB, "beside": true, "ago_ms": 10_000}
	b := begin(beside)
	if again := begin(beside); a != (web.TakeBegun{}) || b != (web.TakeBegun{Track: 1, StartMS: 20_000}) || again != b {
		t.Fatalf("they begin as %+v and %+v, and after a lost answer as %+v", a, b, again)
	}
	put(b, 0, speech(2)) // from 20 s
	d.clock.Advance(10 * time.Second)
	put(a, 3, quiet)
	d.clock.Advance(10 * time.Second)
	put(a, 4, speech(3)) // from 40 s
	put(b, 2, quiet)     // its second piece is lost
	d.get("host", "POST", meetingPath(m)+"/takes/1/0/end", map[string]any{"samples": 30 * second}, 200, nil)
	for seq := 5; seq < 8; seq++ {
		d.clock.Advance(10 * time.Second)
		put(a, seq, quiet)
	}
	again := begin(map[string]any{"device": "device-bbbb-2", "track": 1, "ago_ms": 0})
	if again != (web.TakeBegun{Track: 1, Take: 1, StartMS: 80_000}) {
		t.Errorf("after a pause it goes on at %+v", again)
	}
	put(again, 0, speech(4)) // from 80 s
	d.get("host", "POST", meetingPath(m)+"/takes/1/1/end", map[string]any{"samples": 10 * second}, 200, nil)
	d.get("host", "POST", meetingPath(m)+"/takes/0/0/end", map[string]any{"samples": 80 * second}, 200, nil)
	var got web.MeetingDetail
	d.get("host", "POST", meetingPath(m)+"/close", nil, 200, &got)
	if want := []web.MeetingGap{{Track: 1, StartMS: 30_000, EndMS: 40_000}}; !reflect.DeepEqual(got.Gaps, want) || got.DurationMS != 90_000 {
		t.Errorf("gaps %+v in %d ms", got.Gaps, got.DurationMS)
	}

	sound := func(query string) string {
		return d.send("host", "GET", meetingPath(m)+"/sound"+query, nil).Body.String()[44:]
	}
	for _, c := range []struct {
		query   string
		seconds int
		spoken  map[int]uint64 // at which second who speaks
	}{{"?track=0", 80, map[int]uint64{0: 1, 40: 3}}, {"?track=1", 90, map[int]uint64{20: 2, 80: 4}}, {"", 90, map[int]uint64{0: 1, 20: 2, 40: 3, 80: 4}}} {
		want := []byte(strings.Repeat("\x00", 2*c.seconds*second))
		for at, seed := range c.spoken {
			copy(want[2*at*second:], noise(seed, 3*second))
		}
		if heard := sound(c.query); heard != string(want) {
			t.Errorf("%q is other sound, of %d samples", c.query, len(heard)/2)
		}
	}

	fake.Script(whispertest.Says("Is the board read?", "english"), whispertest.Says("Nobody reads it.", "english"),
		whispertest.Says("Then we move it.", "english"), whispertest.Says("To the door.", "english"))
	job := appliance.Job{Kind: appliance.JobTranscribe, SessionID: m.SessionID, ConversationID: m.ID}
	if err := d.deps.Scribe.Transcribe(t.Context(), job, func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	var read web.MeetingTranscript
	d.get("host", "GET", meetingPath(m)+"/transcript", nil, 200, &read)
	var said []string
	who := map[appliance.SpeakerID]int{}
	for _, u := range read.Utterances {
		if _, known := who[u.SpeakerID]; !known {
			who[u.SpeakerID] = len(who)
		}
		said = append(said, fmt.Sprintf("%d s, speaker %d: %s", (u.StartMS+500)/1000, who[u.SpeakerID], u.Text))
	}
	want := []string{"0 s, speaker 0: Is the board read?", "20 s, speaker 1: Nobody reads it.", "40 s, speaker 0: Then we move it.",
		"80 s, speaker 1: To the door."}
	if !reflect.DeepEqual(said, want) {
		t.Errorf("it says %q", said)
	}
	var listed struct{ Data []web.Meeting }
	d.get("host", "GET", "/api/v1/meetings", nil, 200, &listed)
	if len(listed.Data) != 1 || listed.Data[0].ActualDurationMS != 90_000 {
		t.Errorf("it is listed as %+v", listed.Data)
	}
}

// The first device was cut off for ten minutes, in which the second began. Pieces that it kept come before the second one's: they
// tell how old they are, so that the second is laid where it was heard.
func TestADeviceIsLaidRightThoughTheOtherSendsWhatItKept(t *testing.T) {
	d := newDesk(t)
	d.person("host", appliance.RoleEditor)
	m := d.record("host", nil)
	piece := strings.Repeat("\x00", 2*10*second)
	d.clock.Advance(10 * time.Second)
	a := d.take("host", m, deviceA)
	d.mustPut("host", m, a.Take, 0, 0, piece) // from 0 s to 10 s
	d.clock.Advance(10 * time.Minute)
	path := fmt.Sprintf("%s/takes/0/%d/pieces/1?start=%d&ago_ms=%d", meetingPath(m), a.Take, 10*second, (10*time.Minute - 10*time.Second).Milliseconds())
	if w := d.send("host", "PUT", path, piece, "Content-Type: application/octet-stream", digestOf(piece)); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	var b web.TakeBegun
	d.get("host", "POST", meetingPath(m)+"/takes", map[string]any{"device": deviceB, "beside": true, "ago_ms": 8 * 60_000}, 200, &b)
	if want := (web.TakeBegun{Track: 1, StartMS: 130_000}); b != want {
		t.Errorf("it begins as %+v, want %+v", b, want)
	}
}
