package bench_test

import (
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// BenchmarkConversations has 500 people talk in guided mode, each with an open socket and a message every two seconds,
// and measures how long the acknowledgement takes, and how long until the facilitator's whole answer is there.
func BenchmarkConversations(b *testing.B) {
	const people, every, turns = 500, 2 * time.Second, 8
	x := newBox(b)
	session := x.session()
	talks := make([]*talk, people)
	each(people, 16, func(i int) { talks[i] = x.talk(x.join(session)) })
	var mu sync.Mutex
	var accepted, answered []time.Duration
	var all sync.WaitGroup
	for i, t := range talks {
		all.Go(func() {
			time.Sleep(time.Duration(i) * every / people) // people do not speak in chorus
			for range turns {
				begin := time.Now()
				took, status, err := x.say(t.seat)
				if err != nil || status != http.StatusCreated {
					b.Errorf("message refused: %d %v", status, err)
					return
				}
				if err := t.awaitAnswer(); err != nil {
					b.Errorf("answer: %v", err)
					return
				}
				mu.Lock()
				accepted, answered = append(accepted, took), append(answered, time.Since(begin))
				mu.Unlock()
				time.Sleep(time.Until(begin.Add(every)))
			}
		})
	}
	all.Wait()
	peak := x.memory(true)
	a99, r99 := percentile(accepted, 99), percentile(answered, 99)
	b.ReportMetric(float64(a99.Microseconds())/1000, "accepted-p99-ms")
	b.ReportMetric(float64(r99.Microseconds())/1000, "answered-p99-ms")
	note(fmt.Sprintf("%d guided conversations, a turn each per %v: message accepted", people, every), "p99 ≤ 50 ms", "p50 %s, p99 %s", millis(percentile(accepted, 50)), millis(a99))
	note("… facilitator's whole answer at the participant's socket", "p99 ≤ 50 ms", "p50 %s, p99 %s", millis(percentile(answered, 50)), millis(r99))
	note("… memory of the program at its highest", "≤ 256 MB", "%.0f MB", peak)
}

// talk is a participant with an open socket.
type talk struct {
	seat   *seat
	socket *websocket.Conn
}

func (x *box) talk(p *seat) *talk {
	u := url.URL{Scheme: "ws", Host: x.addr, Path: "/api/v1/conversation/live"}
	c, _, err := websocket.DefaultDialer.Dial(u.String(), http.Header{"Origin": {"http://" + x.addr}})
	if err != nil {
		x.b.Fatal(err)
	}
	x.b.Cleanup(func() { c.Close() })
	if err := c.WriteJSON(map[string]string{"token": p.token}); err != nil {
		x.b.Fatal(err)
	}
	t := &talk{p, c}
	var hello struct{ Type string }
	if err := c.ReadJSON(&hello); err != nil || hello.Type != "hello" {
		x.b.Fatalf("socket: %v %q", err, hello.Type)
	}
	return t
}

// awaitAnswer reads until the facilitator's turn is there whole.
func (t *talk) awaitAnswer() error {
	t.socket.SetReadDeadline(time.Now().Add(20 * time.Second))
	for {
		var e struct {
			Type string
			Turn struct{ Role string }
		}
		if err := t.socket.ReadJSON(&e); err != nil {
			return err
		}
		if e.Type == "turn.created" && e.Turn.Role == "facilitator" {
			return nil
		}
	}
}
