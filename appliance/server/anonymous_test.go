package server_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"filippo.io/age"

	"harmonium/appliance/backup"
	"harmonium/appliance/testkit"
)

// What could tell who a participant is: what they are asked for, and what their device tells of itself.
var (
	seededPerson = []string{"Seedname Quux", "seedmail@seeded.example", "seedform@seeded.example"}
	seededDevice = []string{"127.77.66.55", "203.0.113.177", "SeededAgent/7.7"}
)

// phone is a device of a participant with an address of its own.
type phone struct {
	*testkit.Box
	t      *testing.T
	client http.Client
}

func newPhone(t *testing.T, b *testkit.Box) *phone {
	from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(seededDevice[0])}}
	return &phone{b, t, http.Client{Transport: &http.Transport{DialContext: from.DialContext, DisableKeepAlives: true}}}
}

// send sends a request as the phone, reads the answer into out unless that is nil, and gives the status.
func (p *phone) send(method, path, token string, body, out any) int {
	p.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.URL+path, bytes.NewReader(text))
	if err != nil {
		p.t.Fatal(err)
	}
	for name, value := range map[string]string{"Content-Type": "application/json", "User-Agent": seededDevice[2],
		"X-Forwarded-For": seededDevice[1], "Forwarded": "for=" + seededDevice[1], "Referer": "http://" + seededDevice[1] + "/"} {
		r.Header.Set(name, value)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err == nil && out != nil {
		err = json.Unmarshal(answer, out)
	}
	if err != nil {
		p.t.Fatalf("%s %s was answered with %d: %v", method, path, res.StatusCode, err)
	}
	return res.StatusCode
}

// takePart makes a session, takes part in it from the phone, right and wrong, and closes it. It gives its path.
func (p *phone) takePart(anonymous bool) string {
	p.t.Helper()
	var s struct{ ID string }
	p.must(p.Call("POST", "/api/v1/sessions", map[string]any{"topic": "Handover", "goal": "Learn", "critical": "What is lost",
		"questions": []map[string]any{{"type": "Email", "text": "Where do you write from?"}}}, &s), 201)
	path := "/api/v1/sessions/" + s.ID
	var form struct{ Data []struct{ ID string } }
	p.must(p.Call("GET", path+"/form", nil, &form), 200)
	p.must(p.Call("PATCH", path, map[string]any{"anonymous": anonymous}, nil), 200)
	join := map[string]any{"name": seededPerson[0], "email": seededPerson[1], "language": "en", "consent": false,
		"answers": map[string][]string{form.Data[0].ID: {seededPerson[2]}}}
	p.must(p.send("POST", "/api/v1/join/"+s.ID, "", join, nil), 400)
	join["consent"] = true
	var joined struct{ Token string }
	if anonymous { // which asks for no address, and takes none
		p.must(p.send("POST", "/api/v1/join/"+s.ID, "", join, nil), 400)
		join["answers"] = nil
	}
	p.must(p.send("POST", "/api/v1/join/"+s.ID, "", join, &joined), 201)
	p.must(p.send("POST", "/api/v1/conversation/turns", joined.Token, map[string]any{"content": "The printer.", "key": "1"}, nil), 201)
	p.must(p.send("POST", "/api/v1/conversation/turns", "no token", map[string]any{"content": "The printer.", "key": "2"}, nil), 401)
	p.must(p.Call("POST", path+"/close", nil, nil), 200)
	return path
}

func (p *phone) must(status, want int) {
	p.t.Helper()
	if status != want {
		p.t.Fatalf("answered with %d, want %d", status, want)
	}
}

// told gives all that the box has written by where: its data directory, its log, a backup, and the exports of a session.
// Its names are asked for where there are some.
func (p *phone) told(session string, names bool) map[string][]byte {
	p.t.Helper()
	told := map[string][]byte{"log": []byte(p.Log()), "backup": p.backup()}
	err := filepath.WalkDir(p.Dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		told["data directory"] = append(told["data directory"], raw...)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, export := range []string{"json", "md&conversations=true", "csv&table=people", "csv&table=answers", "csv&table=form"} {
		r, err := http.NewRequestWithContext(p.t.Context(), "GET", fmt.Sprintf("%s%s/export?names=%t&format=%s", p.URL, session, names, export), http.NoBody)
		if err != nil {
			p.t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+p.Key)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			p.t.Fatal(err)
		}
		raw, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != 200 {
			p.t.Fatalf("the export %s was answered with %d, %v", export, res.StatusCode, err)
		}
		told["export"] = append(told["export"], raw...)
		if export == "json" {
			told["archive"] = raw
		}
	}
	return told
}

// backup gives what is in a backup of this moment.
func (p *phone) backup() []byte {
	p.t.Helper()
	key, recipient, err := backup.NewKey()
	if err != nil {
		p.t.Fatal(err)
	}
	_, sign, _ := ed25519.GenerateKey(nil)
	var locked bytes.Buffer
	box := &backup.Box{Store: p.Store(), Dir: p.Dir, Clock: time.Now, Key: sign, Version: "test"}
	if _, err := box.Make(p.t.Context(), &locked, backup.Order{Secret: backup.Secret{Recipients: []string{recipient}}}); err != nil {
		p.t.Fatal(err)
	}
	id, err := age.ParseX25519Identity(key)
	if err != nil {
		p.t.Fatal(err)
	}
	open, err := age.Decrypt(&locked, id)
	if err != nil {
		p.t.Fatal(err)
	}
	raw, err := io.ReadAll(open)
	if err != nil {
		p.t.Fatal(err)
	}
	return raw
}

// P15: the control is a session that is not anonymous, and the log-in of a host, of which the device is kept.
func TestNothingTellsWhoTookPartInAnAnonymousSession(t *testing.T) {
	p := newPhone(t, testkit.Server(t))
	told := p.told(p.takePart(true), false)
	for _, seed := range slices.Concat(seededPerson, seededDevice) {
		for where, raw := range told {
			if bytes.Contains(raw, []byte(seed)) {
				t.Errorf("%q is in the %s", seed, where)
			}
		}
	}
	var people struct{ Participants, Conversations json.RawMessage }
	if err := json.Unmarshal(told["archive"], &people); err != nil {
		t.Fatal(err)
	}
	times := regexp.MustCompile(`T\d\d:[^"]*`).FindAllString(string(people.Participants)+string(people.Conversations), -1)
	if len(times) == 0 || slices.ContainsFunc(times, func(at string) bool { return at != "T00:00:00Z" }) {
		t.Errorf("the times of day %v are kept", times)
	}

	named := p.takePart(false)
	p.must(p.send("POST", "/api/v1/login", "", map[string]any{"email": p.Email, "password": p.Password}, nil), 204)
	told = p.told(named, true)
	for where, seeds := range map[string][]string{"data directory": slices.Concat(seededPerson, seededDevice[:1], seededDevice[2:]),
		"backup": slices.Concat(seededPerson, seededDevice[:1], seededDevice[2:]), "export": seededPerson, "log": {"msg=ready"}} {
		for _, seed := range seeds {
			if !bytes.Contains(told[where], []byte(seed)) {
				t.Errorf("%q of a session with names, or of a host, is not found in the %s: the test proves nothing", seed, where)
			}
		}
	}
}
