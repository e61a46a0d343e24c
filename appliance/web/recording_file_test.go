package web_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/audio"
	"harmonium/appliance/capture"
	"harmonium/appliance/web"
)

// spoken is a WAV file of so many seconds.
func spokenFile(seconds int) string {
	s := make(capture.Sound, seconds*second)
	for i := range s {
		s[i] = int16(9000 * math.Sin(float64(i)*float64(i%7+1)/30))
	}
	return string(s.WAV())
}

// decode does the job that a file becomes sound by.
func (d *desk) decode(m web.MeetingDetail) {
	d.t.Helper()
	u := &capture.Uploads{Store: d.store, Reader: audio.NewReader(os.Args[0]), Log: d.deps.Log, Changed: func(appliance.SessionID, appliance.ConversationID) {}}
	jobs, err := d.store.Jobs(d.t.Context(), m.SessionID, 9)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, job := range jobs {
		if job.Kind == appliance.JobDecode && job.ConversationID == m.ID {
			if err := u.Decode(d.t.Context(), job, func(int, int) {}); err != nil {
				d.t.Fatal(err)
			}
			return
		}
	}
	d.t.Fatalf("no job is there to read the file: %+v", jobs)
}

const bytesType = "Content-Type: application/octet-stream"

func TestAFileIsSentInPartsAndBecomesSound(t *testing.T) {
	d := newDesk(t)
	d.person("host", appliance.RoleEditor)
	m := d.record("host", map[string]any{"provider": "upload"})
	file, path := spokenFile(40), meetingPath(m)+"/file"
	cut := len(file) / 3
	d.get("host", "POST", path, file[:cut], 200, &m, bytesType)
	if m.Upload.Bytes != int64(cut) {
		t.Errorf("%d bytes are there, want %d", m.Upload.Bytes, cut)
	}
	// A client that does not know what has come is told.
	d.run(apiCase{name: "from the beginning", as: "host", method: "POST", path: path, body: file, header: []string{bytesType}, status: 409,
		want: []string{`"field":"offset"`, fmt.Sprint(cut)}})
	d.get("host", "POST", fmt.Sprintf("%s?offset=%d&last=true", path, cut), file[cut:], 200, &m, bytesType)
	d.decode(m)
	d.get("host", "GET", meetingPath(m), nil, 200, &m)
	if m.State != appliance.RecordingClosed || m.Problem != "" || m.DurationMS != 40_000 || m.Upload.Bytes != 0 || len(m.Tracks) != 1 || len(m.Gaps) != 0 {
		t.Errorf("it has become %+v", m)
	}
	if w := d.send("host", "GET", meetingPath(m)+"/sound", nil); w.Body.String() != file {
		t.Error("the sound is another one")
	}
	d.run(apiCase{name: "once more", as: "host", method: "POST", path: path, body: file, header: []string{bytesType}, status: 409, want: []string{"takes no file"}})
}

func TestAFileIsSentAtOnce(t *testing.T) {
	d := newDesk(t)
	d.person("host", appliance.RoleEditor)
	var m web.MeetingDetail
	d.get("host", "POST", "/api/v1/meetings/file?title=Council&keep=days&keep_days=3", spokenFile(2), 200, &m, bytesType)
	d.decode(m)
	d.get("host", "GET", meetingPath(m), nil, 200, &m)
	if m.Title != "Council" || m.State != appliance.RecordingClosed || m.DurationMS != 2000 || m.KeepDays != 3 {
		t.Errorf("it has become %+v", m)
	}
	before := d.sessions("host")
	for name, content := range map[string]string{"text": "Dear all, here are the minutes.", "an archive": "PK\x03\x04" + strings.Repeat("x", 200)} {
		d.run(apiCase{name: name, as: "host", method: "POST", path: "/api/v1/meetings/file?title=x", body: content, header: []string{bytesType}, status: 422,
			want: []string{"none of WAV, MP3 or FLAC", "Nothing was stored"}})
	}
	d.run(
		apiCase{name: "no title", as: "host", method: "POST", path: "/api/v1/meetings/file", body: spokenFile(1), header: []string{bytesType}, status: 400, want: []string{"title"}},
		apiCase{name: "a parameter that is none", as: "host", method: "POST", path: "/api/v1/meetings/file?titel=x", body: "x", header: []string{bytesType}, status: 400, want: []string{"titel"}},
	)
	if n := d.sessions("host"); n != before {
		t.Errorf("what was refused has left %d sessions", n-before)
	}
}

func TestWhatIsWrongWithAFileIsShown(t *testing.T) {
	d := newDesk(t)
	d.person("host", appliance.RoleEditor)
	send := func(content string) (m web.MeetingDetail) {
		d.get("host", "POST", "/api/v1/meetings/file?title=x", content, 200, &m, bytesType)
		d.decode(m)
		d.get("host", "GET", meetingPath(m), nil, 200, &m)
		return m
	}
	whole := spokenFile(3)
	if m := send(whole[:len(whole)/2]); m.State != appliance.RecordingClosed || m.Problem != "cut" || m.DurationMS < 1400 || !strings.Contains(m.ProblemMessage, "end of the file") {
		t.Errorf("a file that is cut: %+v", m)
	}
	silent := string(make(capture.Sound, 20*second).WAV())
	m := send(silent)
	if m.State != appliance.RecordingFailed || m.Problem != "silent" || len(m.Tracks) != 0 || !strings.Contains(m.ProblemMessage, "silent") {
		t.Errorf("a silent file: %+v", m)
	}
	if err := d.store.Wipe(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(filepath.Join(d.store.Dir(), "uploads")); err != nil || len(left) != 0 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
}
