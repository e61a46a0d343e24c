package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
)

// cutting is a client that has something done, such as that the key of its request is revoked, as soon as it has read the first
// bytes of the answer.
type cutting struct {
	*httptest.ResponseRecorder
	then func()
	done bool
}

func (c *cutting) Write(p []byte) (int, error) {
	if !c.done {
		c.done = true
		c.then()
	}
	return c.ResponseRecorder.Write(p)
}

// cutOff sends a request and says whether the answer was cut off after then was done, and how much of it came.
func (d *desk) cutOff(as, path string, then func()) (cut bool, came int) {
	d.t.Helper()
	r := httptest.NewRequestWithContext(d.t.Context(), "GET", "http://localhost"+path, nil)
	for name, values := range header(d.as[as]) {
		r.Header[name] = values
	}
	w := &cutting{ResponseRecorder: httptest.NewRecorder(), then: then}
	defer func() {
		v := recover()
		if v != nil && v != http.ErrAbortHandler {
			panic(v)
		}
		cut, came = v != nil, w.Body.Len()
	}()
	d.handler.ServeHTTP(w, r)
	return false, 0 // what is given is set above
}

// Every answer that is sent piece by piece ends when whoever asked may not see it any more: by a key that was revoked, a log-in
// that has ended, a role that was taken away. What has come by then is never taken for the whole.
func TestALongAnswerEndsWithTheRightToSeeIt(t *testing.T) {
	d := newDesk(t)
	owner := d.person("owner", appliance.RoleOwner)
	s := d.open()
	path := "/api/v1/sessions/" + string(s.ID)
	d.key("maker", owner, time.Time{}, appliance.ScopeAll)
	long := strings.Repeat("The printer is broken again. ", 300)
	for _, who := range []string{"a", "b", "c", "d", "e"} {
		d.get("maker", "POST", path+"/chat", map[string]string{"content": long, "participant_id": who}, 200, nil)
	}
	d.get("maker", "POST", path+"/summary", nil, 200, nil)
	for range 300 {
		if err := d.store.Note(t.Context(), byTest, "box.try", "box"); err != nil {
			t.Fatal(err)
		}
	}
	meeting := recorded(d, "maker")
	for _, long := range []string{
		path + "/responses", path + "/export?format=json", path + "/export?format=csv", meetingPath(meeting) + "/sound",
		"/api/v1/audit/file?format=csv", "/api/v1/audit/file?format=json",
	} {
		key := d.key("client", owner, time.Time{}, appliance.ScopeAll)
		whole := d.send("client", "GET", long, nil).Body.Len()
		if whole < 17<<10 {
			t.Errorf("%s has %d bytes only: it is sent at once", long, whole)
		}
		d.as["logged in"] = d.cookie(owner)
		for name, end := range map[string]func() error{
			"client":    func() error { return d.store.RevokeKey(t.Context(), byTest, "", key.ID) },
			"logged in": func() error { return d.store.EndLogins(t.Context(), byTest, owner.ID) },
		} {
			cut, came := d.cutOff(name, long, func() {
				if err := end(); err != nil {
					t.Error(err)
				}
			})
			if !cut || came > 17<<10 || came == 0 {
				t.Errorf("%s, %s: cut off %v, %d of %d bytes came", long, name, cut, came, whole)
			}
		}
	}
}

// The same holds for a role that is taken away in the middle, and for nothing that others do.
func TestALongAnswerEndsWithTheRole(t *testing.T) {
	d := newDesk(t)
	d.person("owner", appliance.RoleOwner)
	vera := d.person("vera", appliance.RoleViewer)
	d.key("maker", vera, time.Time{}, appliance.ScopeAll)
	s := d.open(func(s *appliance.Session, _ *appliance.Form) { s.Public = true })
	path := "/api/v1/sessions/" + string(s.ID)
	for _, who := range []string{"a", "b", "c"} {
		d.joinAs(who, s, "")
		d.await(who)
		d.say(who, strings.Repeat("The printer is broken again. ", 300))
	}
	if cut, came := d.cutOff("maker", path+"/responses", func() { d.person("somebody", appliance.RoleViewer) }); cut || came < 17<<10 {
		t.Fatalf("nothing was taken from her: cut off %v, %d bytes came", cut, came)
	}
	cut, came := d.cutOff("maker", path+"/responses", func() {
		if _, err := d.store.UpdateSession(t.Context(), byTest, s.ID, func(s *appliance.Session) error { s.Public = false; return nil }); err != nil {
			t.Error(err)
		}
	})
	if !cut || came > 17<<10 {
		t.Errorf("the session is private now: cut off %v, %d bytes came", cut, came)
	}
}
