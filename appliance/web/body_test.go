package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/live"
	"harmonium/appliance/web"
)

// trickle sends the head of a request and then its body, a byte a second, and gives the status of the answer and how
// long the connection stayed open.
func (l *line) trickle(method, path string, header ...string) (status int, open time.Duration) {
	l.t.Helper()
	c, err := l.pipes.dial(l.t.Context(), "", "")
	if err != nil {
		l.t.Fatal(err)
	}
	defer c.Close()
	began, tick := time.Now(), time.NewTicker(time.Second)
	defer tick.Stop()
	done := make(chan struct{})
	defer close(done)
	go func() {
		lines := append(header, "Host: localhost", "Content-Type: application/json", "Content-Length: 100000")
		_, err := fmt.Fprintf(c, "%s %s HTTP/1.1\r\n%s\r\n\r\n", method, path, strings.Join(lines, "\r\n"))
		for err == nil {
			select {
			case <-tick.C:
				_, err = c.Write([]byte(" "))
			case <-done:
				return
			}
		}
	}()
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		l.t.Fatalf("%s %s: %v", method, path, err)
	}
	io.Copy(io.Discard, answer.Body)
	io.Copy(io.Discard, c) // until the box hangs up
	return answer.StatusCode, time.Since(began)
}

// reliability.md: bodies by bytes a second.
func TestABodyThatTricklesInIsGivenUpOnEveryRoute(t *testing.T) {
	inLine(t, func(t *testing.T, l *line) {
		l.person("owner", appliance.RoleOwner)
		session := "/api/v1/sessions/" + string(l.open().ID)
		owner := "Cookie: " + strings.TrimPrefix(l.as["owner"], "Cookie ")
		for _, c := range []struct {
			method, path string
			want         int
		}{
			{"POST", "/api/v1/login", 408},
			{"POST", session + "/chat", 408},
			{"PATCH", session, 408},
			{"POST", session + "/close", 408},
			{"GET", session + "/responses", 408},
			{"DELETE", session, 408},
			{"GET", "/healthz", 200},
			{"GET", "/chat", 503}, // there are no pages in this build
			{"POST", "/nowhere", 404},
			{"POST", "/api/v1/nowhere", 404},
			{"GET", "/api/v1/conversation/live", 401},
		} {
			status, open := l.trickle(c.method, c.path, owner)
			if status != c.want || open < bodyGrace-time.Second || open > bodyGrace+5*time.Second {
				t.Errorf("%s %s: answered %d after %v, want %d after 10 s", c.method, c.path, status, open, c.want)
			}
		}
		if _, err := l.store.Session(t.Context(), appliance.SessionID(strings.TrimPrefix(session, "/api/v1/sessions/"))); err != nil {
			t.Error("a request that was given up has deleted the session")
		}
	})
}

func (l *line) client() *http.Client {
	transport := &http.Transport{DialContext: l.pipes.dial}
	l.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// bodyGrace is how long a body may take that has hardly any bytes.
const bodyGrace = 10 * time.Second

// A body that has come is done with: neither its time nor that of a slow one ends what is answered later.
func TestAnAnswerMayTakeLongerThanABody(t *testing.T) {
	inLineAt(t, 1500*time.Millisecond, func(t *testing.T, l *line) {
		owner := l.person("owner", appliance.RoleOwner)
		l.key("client", owner, time.Time{}, appliance.ScopeAll)
		s := l.open()
		path := "/api/v1/sessions/" + string(s.ID) + "/chat"
		var first web.ChatAnswer
		l.get("client", "POST", path, map[string]string{"participant_id": "a", "content": "Hello"}, 200, &first)
		// The facilitator takes its time only where somebody listens.
		listener := l.deps.Hub.Subscribe(live.ConversationTopic(s.ID, first.ThreadID))
		defer listener.Close()
		go func() {
			for range listener.C {
			}
		}()
		body := io.MultiReader(strings.NewReader(`{"participant_id":"a","content":"`), slow("I wait a good while"), strings.NewReader(`"}`))
		r, err := http.NewRequestWithContext(t.Context(), "POST", "http://localhost"+path, body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", l.as["client"])
		r.Header.Set("Content-Type", "application/json")
		began := time.Now()
		client := l.client()
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer client.CloseIdleConnections()
		defer answer.Body.Close()
		var got web.ChatAnswer
		if err := json.NewDecoder(answer.Body).Decode(&got); err != nil || answer.StatusCode != 200 || got.Message.Content == "" {
			t.Errorf("answered %d (%v)", answer.StatusCode, err)
		}
		if took := time.Since(began); took < bodyGrace+time.Second {
			t.Errorf("the answer took only %v, which proves nothing", took)
		}
	})
}

// slow gives a text in pieces, with half a second before each.
func slow(text string) io.Reader {
	r, w := io.Pipe()
	go func() {
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		for word := range strings.FieldsSeq(text) {
			<-tick.C
			io.WriteString(w, word+" ")
		}
		w.Close()
	}()
	return r
}

// zeros is a body without an end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// RFC 9110, 15.5.14. The answer must reach a client that is still sending.
func TestABodyThatIsTooLargeIsAnsweredInWords(t *testing.T) {
	d := newDesk(t)
	box := httptest.NewServer(d.handler)
	defer box.Close()
	const gigabyte = 1 << 30
	for i := range 6 {
		for _, announced := range []int64{-1, gigabyte} {
			r, err := http.NewRequestWithContext(t.Context(), "POST", box.URL+"/api/v1/login", io.LimitReader(zeros{}, gigabyte))
			if err != nil {
				t.Fatal(err)
			}
			r.ContentLength = announced
			r.Header.Set("Content-Type", "application/json")
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatalf("try %d, announced %d: %v", i, announced, err)
			}
			body, err := io.ReadAll(answer.Body)
			answer.Body.Close()
			if err != nil || answer.StatusCode != 413 || !strings.Contains(string(body), `"code":"too_large"`) {
				t.Errorf("try %d, announced %d: %d %s (%v)", i, announced, answer.StatusCode, body, err)
			}
		}
	}
}

// A client that asks before it sends (RFC 9110, 10.1.1) is told so before.
func TestABodyThatIsAnnouncedAsTooLargeIsNeverSent(t *testing.T) {
	inLine(t, func(t *testing.T, l *line) {
		c, err := l.pipes.dial(context.Background(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		go fmt.Fprint(c, "POST /api/v1/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\nExpect: 100-continue\r\n\r\n")
		answer, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || answer.StatusCode != 413 {
			t.Errorf("answered %v (%v)", answer, err)
		}
	})
}

// Exactly the limit is possible.
func TestABodyOfTheLargestSizeIsRead(t *testing.T) {
	d := newDesk(t)
	for size, want := range map[int]int{256 << 10: 401, 256<<10 + 1: 413} {
		body := `{"email":"a@example.org","password":"wrong password"}`
		body += strings.Repeat(" ", size-len(body))
		if w := d.send("", "POST", "/api/v1/login", body); w.Code != want {
			t.Errorf("%d bytes: %d, want %d", size, w.Code, want)
		}
	}
}

func TestABodyThatEndsTooSoonIsNotOurFault(t *testing.T) {
	inLine(t, func(t *testing.T, l *line) {
		c, err := l.pipes.dial(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			fmt.Fprint(c, "POST /api/v1/login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n")
		}()
		defer c.Close()
		answer, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || answer.StatusCode != 400 {
			t.Errorf("answered %v (%v)", answer, err)
		}
	})
}

func TestABoxThatStopsTakesNoNewWork(t *testing.T) {
	stopping := false
	d := newDesk(t, func(deps *web.Deps) { deps.Stopping = func() bool { return stopping } })
	d.run(apiCase{method: "GET", path: "/api/v1/setup", status: 200})
	stopping = true
	d.run(apiCase{method: "GET", path: "/api/v1/setup", status: 503, want: []string{`"code":"busy"`, "restarted"}})
	w := d.send("", "POST", "/api/v1/login", "{}")
	if w.Header().Get("Retry-After") != "2" || w.Header().Get("Connection") != "close" {
		t.Errorf("the headers are %v", w.Header())
	}
}
