package web_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/web"
)

const second = 16_000

// recorded makes a meeting of three seconds of which the middle one is missing.
func recorded(d *desk, as string) web.MeetingDetail {
	m := d.record(as, nil)
	d.take(as, m, deviceA)
	d.mustPut(as, m, 0, 0, 0, noise(1, second))
	d.mustPut(as, m, 0, 2, 2*second, noise(3, second))
	d.get(as, "POST", meetingPath(m)+"/takes/0/0/end", map[string]any{"samples": 3 * second}, 200, nil)
	return m
}

func TestSoundIsServedInRanges(t *testing.T) {
	d := newDesk(t)
	d.person("host", appliance.RoleEditor)
	m := recorded(d, "host")
	path := meetingPath(m) + "/sound"
	whole := d.send("host", "GET", path, nil)
	want := noise(1, second) + strings.Repeat("\x00", 2*second) + noise(3, second)
	if whole.Code != 200 || whole.Body.Len() != 44+len(want) || whole.Body.String()[44:] != want {
		t.Fatalf("%d, %d bytes: not the sound with silence for its gap", whole.Code, whole.Body.Len())
	}
	h := whole.Header()
	if h.Get("Content-Type") != "audio/wav" || h.Get("Cache-Control") != "no-store" || h.Get("Accept-Ranges") != "bytes" {
		t.Errorf("headers %v", h)
	}
	for _, r := range [][2]int{{0, 9}, {43, 44}, {45, 45}, {1001, 1002}, {44 + 2*second - 3, 44 + 2*second + 3}, {70_001, 90_000}, {44 + 6*second - 1, 44 + 6*second - 1}} {
		w := d.send("host", "GET", path, nil, fmt.Sprintf("Range: bytes=%d-%d", r[0], r[1]), "If-Range: "+h.Get("ETag"))
		if w.Code != 206 || !bytes.Equal(w.Body.Bytes(), whole.Body.Bytes()[r[0]:r[1]+1]) {
			t.Errorf("bytes %v: %d, %d bytes, or others", r, w.Code, w.Body.Len())
		}
	}
	if w := d.send("host", "GET", path, nil, "Range: bytes=9999999-"); w.Code != 416 {
		t.Errorf("past the end: %d", w.Code)
	}
	// When the missing piece comes it is another sound: whoever has the beginning gets all of it.
	d.mustPut("host", m, 0, 1, second, noise(2, second))
	if w := d.send("host", "GET", path, nil, "Range: bytes=100-199", "If-Range: "+h.Get("ETag")); w.Code != 200 || w.Body.Len() != whole.Body.Len() {
		t.Errorf("after a piece came: %d, %d bytes", w.Code, w.Body.Len())
	}
}

func TestTracksAreHeardTogetherOrAlone(t *testing.T) {
	d := newDesk(t)
	d.person("host", appliance.RoleEditor)
	m := d.record("host", nil)
	for track, value := range []string{"\x10\x27", "\xff\x7f"} { // 10,000 and 32,767
		d.get("host", "POST", meetingPath(m)+"/takes", map[string]any{"track": track, "device": deviceA}, 200, nil)
		if w := d.put("host", m, track, 0, 0, 0, strings.Repeat(value, 10*(track+1))); w.Code != 200 {
			t.Fatal(w.Body)
		}
	}
	for query, want := range map[string]string{"?track=0": strings.Repeat("\x10\x27", 10), "?track=1": strings.Repeat("\xff\x7f", 20),
		"": strings.Repeat("\xff\x7f", 20)} {
		if w := d.send("host", "GET", meetingPath(m)+"/sound"+query, nil); w.Code != 200 || w.Body.String()[44:] != want {
			t.Errorf("%q: %d, %d bytes, or others", query, w.Code, w.Body.Len())
		}
	}
	d.run(apiCase{as: "host", method: "GET", path: meetingPath(m) + "/sound?track=5", status: 404})
}

// foundIn says how many of some sounds are in the bytes of the files of the box.
func (d *desk) foundIn(sounds ...string) (n int) {
	d.t.Helper()
	err := filepath.WalkDir(d.store.Dir(), func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		for _, s := range sounds {
			if bytes.Contains(raw, []byte(s)) {
				n++
			}
		}
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return n
}

// An editor of its session, who may say when the sound goes, may say that it goes now; whoever only reads may not.
func TestEditorsEraseSound(t *testing.T) {
	d := newDesk(t)
	d.person("host", appliance.RoleEditor)
	m := recorded(d, "host")
	d.get("host", "POST", meetingPath(m)+"/close", nil, 200, nil)
	for name, role := range map[string]appliance.Role{"reader": appliance.RoleViewer, "helper": appliance.RoleEditor} {
		member := appliance.Membership{Account: d.person(name, appliance.RoleEditor).ID, Role: role}
		if err := d.store.SetMember(t.Context(), byTest, appliance.Shared{Session: m.SessionID}, member); err != nil {
			t.Fatal(err)
		}
	}
	d.run(apiCase{as: "reader", method: "DELETE", path: meetingPath(m) + "/sound", status: 403})
	d.get("helper", "DELETE", meetingPath(m)+"/sound", nil, 200, &m)
	if m.SoundErasedAt == nil {
		t.Error("the sound is there after an editor has erased it")
	}
}

func TestErasedSoundIsInNoFile(t *testing.T) {
	sounds := []string{noise(1, second)[:100], noise(3, second)[1000:1100]}
	for _, c := range []struct {
		name  string
		erase func(d *desk, m web.MeetingDetail)
	}{
		{"the sound alone", func(d *desk, m web.MeetingDetail) {
			var got web.MeetingDetail
			d.get("host", "POST", meetingPath(m)+"/close", nil, 200, nil)
			d.get("host", "DELETE", meetingPath(m)+"/sound", nil, 200, &got)
			if got.SoundErasedAt == nil || got.DurationMS != 3000 || len(got.Gaps) != 0 {
				d.t.Errorf("it is shown as %+v", got)
			}
			d.run(apiCase{as: "host", method: "GET", path: meetingPath(m) + "/sound", status: 404, want: []string{"was erased"}})
			if w := d.put("host", m, 0, 0, 5, 5*second, noise(5, 10)); w.Code != 409 {
				d.t.Errorf("a piece that comes later: %d %s", w.Code, w.Body)
			}
		}},
		{"the meeting", func(d *desk, m web.MeetingDetail) {
			d.get("host", "DELETE", "/api/v1/conversations/"+string(m.ID), nil, 200, nil)
		}},
		{"its session", func(d *desk, m web.MeetingDetail) {
			if _, err := d.store.DeleteSession(d.t.Context(), byTest, m.SessionID); err != nil {
				d.t.Fatal(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.person("host", appliance.RoleEditor)
			m := recorded(d, "host")
			other := d.record("host", nil) // has a piece of the same bytes, which stays
			d.take("host", other, deviceA)
			same := noise(3, second)
			d.mustPut("host", other, 0, 0, 0, same)
			if n := d.foundIn(sounds...); n != 2 {
				t.Fatalf("%d of 2 sounds are found before: the search is wrong", n)
			}
			c.erase(d, m)
			if err := d.store.Wipe(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := d.foundIn(sounds[0]); n != 0 {
				t.Error("it is found after")
			}
			if w := d.send("host", "GET", meetingPath(other)+"/sound", nil); w.Code != 200 || w.Body.String()[44:] != same {
				t.Errorf("what another meeting has in common with it: %d", w.Code)
			}
		})
	}
}

// A power cut between the row and the file is taken up by the next start.
func TestWhatWasNotErasedYetIsErasedAtTheNextStart(t *testing.T) {
	d := newDesk(t)
	d.person("host", appliance.RoleEditor)
	m := recorded(d, "host")
	if err := d.store.EraseSound(t.Context(), byTest, m.ID, ""); err != nil {
		t.Fatal(err)
	}
	sound := noise(1, second)[:100]
	if n := d.foundIn(sound); n != 1 {
		t.Fatalf("%d found before the files are erased: the test proves nothing", n)
	}
	if err := d.store.SweepBlobs(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := d.foundIn(sound); n != 0 {
		t.Error("it is found after")
	}
}

func TestSoundIsErasedWhenItsRecordingHasEnded(t *testing.T) {
	d := newDesk(t)
	d.person("host", appliance.RoleEditor)
	m := d.record("host", nil)
	d.take("host", m, deviceA)
	d.mustPut("host", m, 0, 0, 0, noise(4, second))
	path := meetingPath(m)
	d.run(apiCase{as: "host", method: "DELETE", path: path + "/sound", status: 409, want: []string{"End the recording first"}},
		apiCase{as: "host", method: "POST", path: path + "/close", status: 200},
		apiCase{as: "host", method: "DELETE", path: path + "/sound", status: 200},
		apiCase{as: "host", method: "GET", path: path, status: 200, want: []string{`"state":"failed"`}},
		apiCase{as: "host", method: "GET", path: "/api/v1/meetings", status: 200, want: []string{`"status":"failed"`, `"transcript_status":"failed"`,
			`"error_code":"erased"`, "erased before it was transcribed"}, forbid: []string{"can be transcribed anew"}})
}

// As before a recording that was open could be erased, and as a restore does it.
func TestAMeetingWhoseSoundWentBeforeATranscriptBeganIsNotBeingTranscribed(t *testing.T) {
	d := newDesk(t)
	d.person("host", appliance.RoleEditor)
	m := d.record("host", nil)
	if err := d.store.EraseSound(t.Context(), byTest, m.ID, ""); err != nil {
		t.Fatal(err)
	}
	d.run(apiCase{as: "host", method: "GET", path: "/api/v1/meetings", status: 200, want: []string{`"status":"failed"`, `"transcript_status":"failed"`,
		`"error_code":"erased"`}})
}
