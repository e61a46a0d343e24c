package web_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/room"
	"harmonium/appliance/web"
)

// record makes a meeting in a session of its own.
func (d *desk) record(as string, change map[string]any) (m web.MeetingDetail) {
	d.t.Helper()
	body := map[string]any{"title": "Works council", "provider": "browser"}
	for k, v := range change {
		body[k] = v
	}
	d.get(as, "POST", "/api/v1/meetings", body, 201, &m)
	return m
}

func meetingPath(m web.MeetingDetail) string { return "/api/v1/meetings/" + string(m.ID) }

// noise is sound that is found nowhere else.
func noise(seed uint64, samples int) string {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, 2*samples)
	for i := range samples {
		v := uint16(int16(r.NormFloat64() * 3000))
		b[2*i], b[2*i+1] = byte(v), byte(v>>8)
	}
	return string(b)
}

// put sends a piece, with a digest that is right.
func (d *desk) put(as string, m web.MeetingDetail, track, take, seq int, start int64, content string) *httptest.ResponseRecorder {
	d.t.Helper()
	return d.send(as, "PUT", fmt.Sprintf("%s/takes/%d/%d/pieces/%d?start=%d", meetingPath(m), track, take, seq, start), content,
		"Content-Type: application/octet-stream", digestOf(content))
}

func digestOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return "Content-Digest: sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}

func (d *desk) mustPut(as string, m web.MeetingDetail, take, seq int, start int64, content string) {
	d.t.Helper()
	if w := d.put(as, m, 0, take, seq, start, content); w.Code != 200 {
		d.t.Fatalf("piece %d: %d %s", seq, w.Code, w.Body)
	}
}

const deviceA, deviceB = "device-aaaa", "device-bbbb"

func (d *desk) take(as string, m web.MeetingDetail, device string) (t web.TakeBegun) {
	d.t.Helper()
	d.get(as, "POST", meetingPath(m)+"/takes", map[string]any{"device": device}, 200, &t)
	return t
}

func TestAMeetingIsRecordedInPieces(t *testing.T) {
	d := newDesk(t)
	d.person("host", appliance.RoleEditor)
	m := d.record("host", map[string]any{"consent": true, "keep": "days", "keep_days": 7})
	if m.State != appliance.RecordingOpen || m.SessionID == "" || m.ConsentAt == nil || m.KeepDays != 7 || !m.Writable {
		t.Fatalf("it began as %+v", m)
	}
	if got := d.take("host", m, deviceA); got != (web.TakeBegun{}) {
		t.Fatalf("the first take is %+v", got)
	}
	const piece = 16_000
	d.mustPut("host", m, 0, 0, 0, noise(0, piece))
	d.mustPut("host", m, 0, 2, 2*piece, noise(2, piece))
	d.mustPut("host", m, 0, 2, 2*piece, noise(2, piece)) // once more
	var got web.MeetingDetail
	d.get("host", "GET", meetingPath(m), nil, 200, &got)
	want := []web.MeetingTrack{{Takes: []web.MeetingTake{{Samples: 3 * piece, Have: [][2]int{{0, 0}, {2, 2}}, NextSeq: 3}}}}
	if !reflect.DeepEqual(got.Tracks, want) || !reflect.DeepEqual(got.Gaps, []web.MeetingGap{{StartMS: 1000, EndMS: 2000}}) {
		t.Errorf("there are %+v with gaps %+v", got.Tracks, got.Gaps)
	}
	// After a reload the same device goes on; another one takes over, and what the first has left still comes.
	if again := d.take("host", m, deviceA); again != (web.TakeBegun{NextSeq: 3}) {
		t.Errorf("after a reload it goes on at %+v", again)
	}
	if over := d.take("host", m, deviceB); over != (web.TakeBegun{Take: 1, StartMS: 3000}) {
		t.Errorf("the other device begins at %+v", over)
	}
	d.mustPut("host", m, 1, 0, 0, noise(9, piece))
	d.mustPut("host", m, 0, 1, piece, noise(1, piece))
	d.get("host", "POST", meetingPath(m)+"/takes/0/0/end", map[string]any{"samples": 4 * piece}, 200, nil)
	d.get("host", "POST", meetingPath(m)+"/close", nil, 200, &got)
	if got.State != appliance.RecordingClosed || got.DurationMS != 5000 || !reflect.DeepEqual(got.Gaps, []web.MeetingGap{{StartMS: 3000, EndMS: 4000}}) {
		t.Errorf("it ended as %s, %d ms, gaps %+v", got.State, got.DurationMS, got.Gaps)
	}
	d.mustPut("host", m, 0, 3, 3*piece, noise(3, piece)) // of a device that was offline
	d.get("host", "POST", meetingPath(m)+"/close", nil, 200, &got)
	if len(got.Gaps) != 0 || got.DurationMS != 5000 {
		t.Errorf("when all has come there are the gaps %+v in %d ms", got.Gaps, got.DurationMS)
	}
	jobs, err := d.store.Jobs(t.Context(), m.SessionID, 9)
	if err != nil || len(jobs) != 1 || jobs[0].Kind != appliance.JobTranscribe {
		t.Errorf("jobs %+v, %v", jobs, err)
	}
	if s, err := d.store.Session(t.Context(), m.SessionID); err != nil || len(d.listed(s)) != 0 {
		t.Errorf("a recording without words is among the conversations: %v", err)
	}
}

func TestPiecesThatAreWrongAreRefusedInWords(t *testing.T) {
	d := newDesk(t)
	d.person("host", appliance.RoleEditor)
	m := d.record("host", nil)
	d.take("host", m, deviceA)
	content := noise(1, 1000)
	d.mustPut("host", m, 0, 1, 1000, content)
	path := meetingPath(m) + "/takes/0/0/pieces/"
	for _, c := range []struct {
		name, path, body, digest, want string
		status                         int
	}{
		{"other sound of the same number", path + "1?start=1000", noise(2, 1000), "", "stays", 409},
		{"the same sound at another place", path + "1?start=9000", content, "", "stays", 409},
		{"over what is before", path + "2?start=1999", noise(2, 1000), "", "covers", 422},
		{"over what is after", path + "0?start=1", noise(2, 1000), "", "covers", 422},
		{"half a sample", path + "3?start=2000", "abc", "", "half", 400},
		{"nothing", path + "3?start=2000", "", "", "body", 400},
		{"another digest", path + "3?start=2000", noise(3, 10), digestOf("x"), "send it again", 400},
		{"no digest", path + "3?start=2000", noise(3, 10), "Content-Digest: md5=:AA==:", "sha-256", 400},
		{"no such take", meetingPath(m) + "/takes/0/7/pieces/0?start=0", content, "", "take", 404},
		{"beyond twelve hours", path + "3?start=691199999", noise(3, 10), "", "12 hours", 422},
		{"too large", path + "3?start=2000", noise(3, 600_000), "", "larger", 413},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.digest == "" {
				c.digest = digestOf(c.body)
			}
			w := d.send("host", "PUT", c.path, c.body, "Content-Type: application/octet-stream", c.digest)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
	var got web.MeetingDetail
	d.get("host", "GET", meetingPath(m), nil, 200, &got)
	if have := got.Tracks[0].Takes[0].Have; !reflect.DeepEqual(have, [][2]int{{1, 1}}) {
		t.Errorf("there are %v", have)
	}
}

func TestAFullDiskIsToldInWords(t *testing.T) {
	free := int64(50)
	d := newDesk(t, func(deps *web.Deps) {
		deps.Room = &room.Gauge{Disk: func() (int64, int64, error) { return free, 100, nil }}
	})
	d.person("host", appliance.RoleEditor)
	m := d.record("host", nil)
	d.take("host", m, deviceA)
	free = 4
	if w := d.put("host", m, 0, 0, 0, 0, noise(1, 10)); w.Code != 507 || !strings.Contains(w.Body.String(), "stays on your device") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	var got web.MeetingDetail
	d.get("host", "GET", meetingPath(m), nil, 200, &got)
	if !strings.Contains(got.Room, "nearly full") {
		t.Errorf("the page is told %q", got.Room)
	}
	free = 50
	d.mustPut("host", m, 0, 0, 0, noise(1, 10))
}

func TestMarksAreKeptInTheirOrder(t *testing.T) {
	d := newDesk(t)
	d.person("host", appliance.RoleEditor)
	m := d.record("host", nil)
	path := meetingPath(m) + "/marks"
	var late, early web.MeetingMark
	d.get("host", "POST", path, map[string]any{"kind": "action", "at_ms": 9000, "text": "Ada orders blades"}, 201, &late)
	d.get("host", "POST", path, map[string]any{"kind": "decision", "at_ms": 4000}, 201, &early, "Idempotency-Key: k")
	d.get("host", "POST", path, map[string]any{"kind": "decision", "at_ms": 4000}, 201, &early, "Idempotency-Key: k")
	var got web.MeetingDetail
	d.get("host", "GET", meetingPath(m), nil, 200, &got)
	if !reflect.DeepEqual(got.Marks, []web.MeetingMark{early, late}) {
		t.Errorf("marks %+v", got.Marks)
	}
	d.get("host", "DELETE", path+"/"+string(late.ID), nil, 204, nil)
	d.run(
		apiCase{as: "host", method: "DELETE", path: path + "/" + string(late.ID), status: 404},
		apiCase{as: "host", method: "POST", path: path, body: `{"kind":"joke","at_ms":1}`, status: 400},
		apiCase{as: "host", method: "GET", path: meetingPath(m), status: 200, want: []string{string(early.ID)}, forbid: []string{"Ada orders blades"}},
	)
}

// Sound that is kept for no days would be erased before anybody has heard it.
func TestSoundIsKeptForADayOrMore(t *testing.T) {
	d := newDesk(t)
	d.person("host", appliance.RoleEditor)
	path := meetingPath(d.record("host", nil))
	begin := func(days any) map[string]any {
		return map[string]any{"title": "Council", "provider": "browser", "keep": "days", "keep_days": days}
	}
	want := []string{"keep_days", "1 or more"}
	d.run(apiCase{as: "host", method: "POST", path: "/api/v1/meetings", body: begin(0), status: 400, want: want},
		apiCase{as: "host", method: "PATCH", path: path, body: map[string]any{"keep": "days"}, status: 400, want: want},
		apiCase{as: "host", method: "PATCH", path: path, body: map[string]any{"keep_days": 0}, status: 400, want: want},
		apiCase{as: "host", method: "GET", path: path, status: 200, want: []string{`"keep":"text"`}},
		apiCase{as: "host", method: "POST", path: "/api/v1/meetings", body: begin(1), status: 201, want: []string{`"keep_days":1`}})
}

// A browser that decodes a file finds out that its end is missing; the page of the meeting says so for as long as there is one.
func TestAFileWhoseEndIsMissingStaysKnownAsOne(t *testing.T) {
	d := newDesk(t)
	d.person("host", appliance.RoleEditor)
	m := recorded(d, "host")
	d.get("host", "POST", meetingPath(m)+"/close?cut=true", nil, 200, nil)
	d.get("host", "GET", meetingPath(m), nil, 200, &m)
	if m.State != appliance.RecordingClosed || m.Problem != "cut" || !strings.Contains(m.ProblemMessage, "end of the file is missing") {
		t.Errorf("it ended as %s with %q: %s", m.State, m.Problem, m.ProblemMessage)
	}
}

// A voice tells who somebody is, so an anonymous session takes no sound, neither recorded nor as a file; text comes in without names.
func TestAnAnonymousSessionTakesNoSound(t *testing.T) {
	d := newDesk(t)
	d.person("host", appliance.RoleOwner)
	s := d.open(func(s *appliance.Session, _ *appliance.Form) { s.Anonymous = true })
	for _, provider := range []string{"browser", "upload"} {
		w := d.send("host", "POST", "/api/v1/meetings", fmt.Sprintf(`{"title":"M","provider":"%s","session_id":"%s"}`, provider, s.ID))
		if w.Code != 409 || !strings.Contains(w.Body.String(), "a voice tells who somebody is") {
			t.Errorf("%s: %d %s", provider, w.Code, w.Body)
		}
	}
	var listed struct{ Data []web.Meeting }
	d.get("host", "GET", "/api/v1/meetings", nil, 200, &listed)
	if len(listed.Data) != 0 {
		t.Errorf("there are the meetings %+v", listed.Data)
	}
}
