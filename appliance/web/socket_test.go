package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"harmonium/appliance"
	"harmonium/appliance/facilitation"
	"harmonium/appliance/web"
)

// pipes is a listener without a network, so that time can be played with: whoever dials gets the other end of a pipe.
type pipes struct {
	waiting chan net.Conn
	closed  chan struct{}
	from    net.IP // address of who dials
}

func newPipes() *pipes {
	return &pipes{make(chan net.Conn), make(chan struct{}), net.IPv4(192, 0, 2, 1)}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.waiting:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	p.waiting <- remote{server, p.from}
	return client, nil
}

// remote gives a pipe an address.
type remote struct {
	net.Conn
	from net.IP
}

func (r remote) RemoteAddr() net.Addr { return &net.TCPAddr{IP: r.from, Port: 40000} }

// line is a desk that answers on pipes, inside a bubble of time.
type line struct {
	*desk
	pipes  *pipes
	server *http.Server
}

// pace is the time for each word in these tests.
const pace = 60 * time.Millisecond

func inLine(t *testing.T, fn func(t *testing.T, l *line)) { inLineAt(t, pace, fn) }

// inLineAt is inLine with another time for each word.
func inLineAt(t *testing.T, pace time.Duration, fn func(t *testing.T, l *line)) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{pipes: newPipes()}
		l.desk = newDesk(t, func(d *web.Deps) {
			d.Engine = facilitation.New(facilitation.Options{Store: d.Store, Hub: d.Hub, Log: d.Log, Clock: d.Clock, Pace: pace})
		})
		l.server = &http.Server{Handler: l.handler}
		go l.server.Serve(l.pipes)
		defer func() {
			l.deps.Hub.Close()
			synctest.Wait()
			l.server.Close()
		}()
		fn(t, l)
	})
}

// client is one open socket.
type client struct {
	*websocket.Conn
	t testing.TB
}

// dial opens a socket; header lines are "Name: value".
func (l *line) dial(path string, header ...string) (*client, *http.Response, error) {
	h := http.Header{}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		h.Set(name, value)
	}
	d := websocket.Dialer{NetDialContext: l.pipes.dial}
	c, answer, err := d.Dial("ws://localhost"+path, h)
	return &client{c, l.t}, answer, err
}

// participant opens the socket of a participant and reads the hello.
func (l *line) participant(token string) (*client, event) {
	l.t.Helper()
	c, answer, err := l.dial("/api/v1/conversation/live", "Origin: http://localhost")
	if err != nil {
		b := make([]byte, 500)
		n, _ := answer.Body.Read(b)
		l.t.Fatal(err, answer.Status, string(b[:n]))
	}
	c.send(map[string]string{"token": token})
	return c, c.next()
}

func (c *client) send(frame any) {
	c.t.Helper()
	if err := c.WriteJSON(frame); err != nil {
		c.t.Fatal(err)
	}
}

// event is a frame as a browser reads it.
type event struct {
	Seq            int64  `json:"seq"`
	Type           string `json:"type"`
	ConversationID string `json:"conversation_id"`
	Turn           *web.Turn
	State          string
	Progress       *web.Progress
	TurnSeq        *int `json:"turn_seq"`
	Offset         int
	Text           string
	Offer          bool
	Waiting        *web.Waiting
	MadeBy         string `json:"made_by"`
	Guided         bool
	Why            string
	Since          time.Time
}

func (c *client) next() event {
	c.t.Helper()
	_, data, err := c.ReadMessage()
	if err != nil {
		c.t.Fatal(err)
	}
	var e event
	if err := json.Unmarshal(data, &e); err != nil {
		c.t.Fatal(err)
	}
	return e
}

// until reads events up to one of a type.
func (c *client) until(kind appliance.EventType) (before []event, last event) {
	c.t.Helper()
	for {
		e := c.next()
		if e.Type == string(kind) {
			return before, e
		}
		before = append(before, e)
	}
}

// end reads to the end and gives the code with which the box hung up.
func (c *client) end() int {
	for {
		_, _, err := c.ReadMessage()
		var closed *websocket.CloseError
		if errors.As(err, &closed) {
			return closed.Code
		} else if err != nil {
			return -1
		}
	}
}

func TestAParticipantHearsTheFacilitatorWordByWord(t *testing.T) {
	inLine(t, func(t *testing.T, l *line) {
		s := l.open()
		joined := l.joinAs("ada", s, "")
		l.await("ada")
		c, hello := l.participant(joined.Token)
		if hello.Type != "hello" || hello.Seq == 0 || hello.TurnSeq != nil {
			t.Errorf("the first frame is %+v", hello)
		}
		l.say("ada", telling)
		events, last := c.until(appliance.EventTurnCreated)
		if len(events) != 0 || last.Turn.Role != "participant" {
			t.Fatalf("after saying something %d other events come first", len(events))
		}
		// Somebody who comes in the middle of the turn is told what was said of it so far.
		text, seq := "", last.Seq
		for len(text) < 20 {
			e := c.next()
			if e.Type != "turn.delta" || e.Offset != len(text) || e.Seq != seq+1 || *e.TurnSeq != 2 {
				t.Fatalf("a piece is %+v after %d units and number %d", e, len(text), seq)
			}
			text, seq = text+e.Text, e.Seq
		}
		second, hello := l.participant(joined.Token)
		if hello.TurnSeq == nil || *hello.TurnSeq != 2 || hello.Text != text {
			t.Errorf("in mid-turn the first frame says %q, spoken was %q", hello.Text, text)
		}
		var own web.ParticipantConversation
		l.get("ada", "GET", "/api/v1/conversation", nil, 200, &own)
		if own.Speaking.Value == nil || !strings.HasPrefix(own.Speaking.Value.Text, text) || !own.Owed {
			t.Error("the conversation does not tell what is being spoken")
		}
		for _, socket := range []*client{c, second} {
			pieces, whole := socket.until(appliance.EventTurnCreated)
			said := text
			for _, e := range pieces {
				said = said[:e.Offset] + e.Text
			}
			if said != whole.Turn.Content || whole.State != "active" || whole.Progress == nil || whole.Progress.Done != 1 {
				t.Errorf("%q was spoken, %q stored, progress %+v", said, whole.Turn.Content, whole.Progress)
			}
			socket.Close()
		}
	})
}

func TestASocketNeedsATokenAtOnce(t *testing.T) {
	inLine(t, func(t *testing.T, l *line) {
		joined := l.joinAs("ada", l.open(), "")
		for name, c := range map[string]struct {
			first string
			want  int
		}{
			"wrong token":    {`{"token":"nonsense"}`, 4401},
			"no JSON":        {`token`, websocket.ClosePolicyViolation},
			"two tokens":     {`{"token":"nonsense","token":"` + joined.Token + `"}`, websocket.ClosePolicyViolation},
			"too deep":       {`{"token":"` + joined.Token + `","x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, websocket.ClosePolicyViolation},
			"a huge number":  {`{"token":"` + joined.Token + `","x":1e400}`, websocket.ClosePolicyViolation},
			"too long":       {`{"token":"` + strings.Repeat("a", 70_000) + `"}`, websocket.CloseMessageTooBig},
			"nothing at all": {"", websocket.ClosePolicyViolation},
		} {
			socket, _, err := l.dial("/api/v1/conversation/live")
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			if c.first != "" {
				go socket.WriteMessage(websocket.TextMessage, []byte(c.first))
			}
			if got := socket.end(); got != c.want {
				t.Errorf("%s: closed with %d, want %d", name, got, c.want)
			}
			if took := time.Since(began); c.first == "" && (took < 9*time.Second || took > 11*time.Second) {
				t.Errorf("without a first frame the socket is open for %v", took)
			}
			socket.Close()
		}
		socket, _ := l.participant(joined.Token)
		socket.Close()
	})
}

// ASVS 4.4.2, 4.4.4
func TestSocketsAreRefusedToStrangersAndOtherPages(t *testing.T) {
	inLine(t, func(t *testing.T, l *line) {
		l.person("viewer", appliance.RoleViewer)
		l.person("owner", appliance.RoleOwner)
		s := l.open()
		path := "/api/v1/sessions/" + string(s.ID) + "/live"
		for name, c := range map[string]struct {
			path, as, origin string
			want             int
		}{
			"a page of somebody else":             {"/api/v1/conversation/live", "", "http://evil.example", 403},
			"the same with the owner's log-in":    {path, "owner", "http://evil.example", 403},
			"another port of the same machine":    {path, "owner", "http://localhost:9999", 403},
			"a stranger at a session":             {path, "", "http://localhost", 401},
			"a viewer who may not see it":         {path, "viewer", "http://localhost", 404},
			"a session that is not there":         {"/api/v1/sessions/hst_none/live", "owner", "http://localhost", 404},
			"the owner":                           {path, "owner", "http://localhost", 101},
			"a program that names no origin":      {path, "owner", "", 101},
			"a participant before the first word": {"/api/v1/conversation/live", "", "http://localhost", 101},
		} {
			header := []string{}
			if c.origin != "" {
				header = append(header, "Origin: "+c.origin)
			}
			if as := l.as[c.as]; as != "" {
				header = append(header, "Cookie: "+strings.TrimPrefix(as, "Cookie "))
			}
			socket, answer, err := l.dial(c.path, header...)
			if answer == nil || answer.StatusCode != c.want {
				t.Errorf("%s: %v, %v; want %d", name, answer, err, c.want)
			}
			if err != nil {
				checkRefusal(t, name, answer)
			}
			if err == nil {
				socket.Close()
			}
		}
	})
}

// checkRefusal checks that a refusal has the form of every error.
func checkRefusal(t *testing.T, name string, answer *http.Response) {
	t.Helper()
	var problem web.Problem
	if err := json.NewDecoder(answer.Body).Decode(&problem); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	if e := problem.Detail; e.Code == "" || e.Message == "" || e.RequestID == "" {
		t.Errorf("%s: refused with %+v", name, e)
	}
}

func TestARoomFitsBehindOneAddressAndNoAddressTakesAllSockets(t *testing.T) {
	inLine(t, func(t *testing.T, l *line) {
		const room, all = 512, 4096
		open := func() *http.Response {
			c, answer, err := l.dial("/api/v1/conversation/live")
			if err == nil {
				l.t.Cleanup(func() { c.Close() })
			}
			return answer
		}
		for i := range all {
			l.pipes.from = net.IPv4(192, 0, 2, byte(1+i/room))
			if answer := open(); answer.StatusCode != 101 {
				t.Fatalf("socket %d of address %d: %s", i%room, i/room, answer.Status)
			}
			if i == room-1 {
				answer := open()
				if answer.StatusCode != 503 || answer.Header.Get("Retry-After") == "" {
					t.Errorf("one more than a room from one address: %s", answer.Status)
				}
				checkRefusal(t, "one more than a room", answer)
			}
		}
		l.pipes.from = net.IPv4(192, 0, 2, 100)
		if answer := open(); answer.StatusCode != 503 {
			t.Errorf("one more than all: %s", answer.Status)
		}
		<-time.After(20 * time.Second) // no token has come from anybody, and nobody reads that
		synctest.Wait()
		if answer := open(); answer.StatusCode != 101 {
			t.Errorf("after all have gone: %s", answer.Status)
		}
	})
}

func (l *line) host(as string, s appliance.Session) *client {
	l.t.Helper()
	c, _, err := l.dial("/api/v1/sessions/"+string(s.ID)+"/live", "Origin: http://localhost",
		"Cookie: "+strings.TrimPrefix(l.as[as], "Cookie "))
	if err != nil {
		l.t.Fatal(err)
	}
	if hello := c.next(); hello.Type != "hello" || hello.Seq == 0 {
		l.t.Errorf("the first frame is %+v", hello)
	}
	return c
}

func TestAHostSeesTheRoomAndReadsAlongWhereAsked(t *testing.T) {
	inLine(t, func(t *testing.T, l *line) {
		l.person("owner", appliance.RoleOwner)
		s, other := l.open(), l.open()
		c := l.host("owner", s)
		l.joinAs("elsewhere", other, "")
		joined := l.joinAs("ada", s, "")
		_, started := c.until(appliance.EventConversationStarted)
		if started.ConversationID != string(joined.ConversationID) {
			t.Errorf("%s is said to have begun", started.ConversationID)
		}
		c.until(appliance.EventTurnCreated) // the opening, at once: nobody listens to the conversation
		c.send(map[string]string{"watch": string(l.joinAs("stranger", other, "").ConversationID)})
		c.send(map[string]string{"watch": string(joined.ConversationID)})
		synctest.Wait()
		l.say("ada", telling)
		c.until(appliance.EventTurnCreated)
		pieces, whole := c.until(appliance.EventTurnCreated)
		said := ""
		for _, e := range pieces {
			if e.Type != "turn.delta" || e.Seq != 0 || e.ConversationID != string(joined.ConversationID) {
				t.Fatalf("a piece is %+v", e)
			}
			said = said[:e.Offset] + e.Text
		}
		if said != whole.Turn.Content {
			t.Errorf("%q was spoken, %q stored", said, whole.Turn.Content)
		}
		c.send(map[string]string{"watch": ""})
		synctest.Wait()
		l.say("ada", "Everything.")
		c.until(appliance.EventTurnCreated)
		if pieces, _ := c.until(appliance.EventTurnCreated); len(pieces) != 0 {
			t.Errorf("%d pieces come although nothing is watched", len(pieces))
		}
		c.Close()
	})
}

// P14: sockets are closed within 5 s of the end of the log-in.
func TestAHostsSocketEndsWithTheLogIn(t *testing.T) {
	inLine(t, func(t *testing.T, l *line) {
		owner := l.person("owner", appliance.RoleOwner)
		s := l.open()
		for name, end := range map[string]func(){
			"log-out everywhere": func() {
				if err := l.store.EndLogins(t.Context(), byTest, owner.ID); err != nil {
					t.Fatal(err)
				}
			},
			"idle for too long": func() { l.clock.Advance(13 * time.Hour) },
			"the session is gone": func() {
				if _, err := l.store.DeleteSession(t.Context(), byTest, s.ID); err != nil {
					t.Fatal(err)
				}
			},
		} {
			s = l.open()
			l.as["owner"] = l.cookie(owner)
			c := l.host("owner", s)
			ended := make(chan int, 1)
			go func() { ended <- c.end() }()
			<-time.After(2 * time.Minute) // open for a while, and nothing happens to it
			select {
			case code := <-ended:
				t.Errorf("%s: closed with %d before anything happened", name, code)
				continue
			default:
			}
			end()
			began := time.Now()
			want := 4401
			if name == "the session is gone" {
				want = 4403
			}
			if code := <-ended; code != want {
				t.Errorf("%s: closed with %d", name, code)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("%s: the socket lived on for %v", name, took)
			}
			c.Close()
		}
	})
}

func TestAParticipantsSocketEndsWithTheConversationErased(t *testing.T) {
	inLine(t, func(t *testing.T, l *line) {
		joined := l.joinAs("ada", l.open(), "")
		c, _ := l.participant(joined.Token)
		l.get("ada", "POST", "/api/v1/conversation/finish", map[string]bool{"keep": false}, 200, nil)
		c.until(appliance.EventConversationFinished)
		if code := c.end(); code != 4401 {
			t.Errorf("closed with %d", code)
		}
		again, _, err := l.dial("/api/v1/conversation/live")
		if err != nil {
			t.Fatal(err)
		}
		again.send(map[string]string{"token": joined.Token})
		if code := again.end(); code != 4401 {
			t.Errorf("the same token again: closed with %d", code)
		}
	})
}

func TestWhoDoesNotReadIsLetGo(t *testing.T) {
	inLine(t, func(t *testing.T, l *line) {
		joined := l.joinAs("ada", l.open(), "")
		l.await("ada")
		slow, _ := l.participant(joined.Token)
		defer slow.Close()
		l.say("ada", telling) // from here on nobody reads: the pipe holds nothing
		<-time.After(6 * time.Second)
		synctest.Wait()
		if n := l.deps.Hub.Subscribers(); n != 0 {
			t.Errorf("%d subscriptions are left after 6 s", n)
		}
		if c := l.await("ada"); len(c.Turns) != 3 {
			t.Errorf("%d turns are stored, want 3", len(c.Turns))
		}
	})
}

func TestAFloodOfFramesEndsTheSocket(t *testing.T) {
	inLine(t, func(t *testing.T, l *line) {
		joined := l.joinAs("ada", l.open(), "")
		l.await("ada")
		c, _ := l.participant(joined.Token)
		go func() {
			for i := range 100 {
				if c.WriteJSON(map[string]int{"n": i}) != nil {
					return
				}
			}
		}()
		if code := c.end(); code != websocket.ClosePolicyViolation {
			t.Errorf("closed with %d", code)
		}
	})
}

func TestAFloodOfPingsEndsTheSocket(t *testing.T) {
	inLine(t, func(t *testing.T, l *line) {
		joined := l.joinAs("ada", l.open(), "")
		l.await("ada")
		seated, _ := l.participant(joined.Token)
		before, _, err := l.dial("/api/v1/conversation/live")
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]*client{"a participant": seated, "before the token": before} {
			for _, kind := range []int{websocket.PingMessage, websocket.PongMessage} {
				go func() {
					for range 100 {
						if c.WriteControl(kind, nil, time.Now().Add(time.Second)) != nil {
							return
						}
					}
				}()
			}
			if code := c.end(); code != websocket.ClosePolicyViolation {
				t.Errorf("%s: closed with %d", name, code)
			}
		}
	})
}

func TestASilentClientCountsAsGoneAndAPingedOneDoesNot(t *testing.T) {
	inLine(t, func(t *testing.T, l *line) {
		joined := l.joinAs("ada", l.open(), "")
		l.await("ada")
		silent, _ := l.participant(joined.Token)
		silent.SetPingHandler(func(string) error { return nil }) // reads and never answers
		alive, _ := l.participant(joined.Token)
		ended := make(chan time.Duration, 1)
		began := time.Now()
		go func() {
			silent.end()
			ended <- time.Since(began)
		}()
		go alive.end()
		if took := <-ended; took > 70*time.Second {
			t.Errorf("who is silent is let go after %v", took)
		}
		<-time.After(10 * time.Minute)
		synctest.Wait()
		if n := l.deps.Hub.Subscribers(); n != 1 {
			t.Errorf("%d subscriptions, want the one that answers pings", n)
		}
		alive.Close()
	})
}

func TestClosingTheHubHangsUp(t *testing.T) {
	inLine(t, func(t *testing.T, l *line) {
		joined := l.joinAs("ada", l.open(), "")
		l.await("ada")
		c, _ := l.participant(joined.Token)
		l.deps.Hub.Close()
		if code := c.end(); code != websocket.CloseGoingAway {
			t.Errorf("closed with %d", code)
		}
	})
}

func FuzzFirstFrame(f *testing.F) {
	f.Add(`{"token":"a"}`)
	f.Add(`{"token":1}`)
	f.Add(`[]`)
	f.Add("\x00\xff")
	d := newDesk(f)
	server := &http.Server{Handler: d.handler}
	p := newPipes()
	go server.Serve(p)
	f.Cleanup(func() { server.Close() })
	f.Fuzz(func(t *testing.T, frame string) {
		dialer := websocket.Dialer{NetDialContext: p.dial}
		c, _, err := dialer.Dial("ws://localhost/api/v1/conversation/live", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
			t.Fatal(err)
		}
		_, _, err = c.ReadMessage()
		var closed *websocket.CloseError
		if !errors.As(err, &closed) {
			t.Fatal(fmt.Sprint("not closed properly: ", err))
		}
	})
}
