package bench_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// How a flood is measured.
const (
	speakers = 20                     // who take part in earnest
	speakGap = 400 * time.Millisecond // between two messages of one of them
	calm     = 8 * time.Second        // how long each measurement lasts
)

// flooded is a box with people who talk, and somebody who floods it from other addresses of this machine.
type flooded struct {
	*box
	session string
}

// BenchmarkFloods measures what people wait for while somebody floods the box: at most twice as long as before, and who floods is told
// to wait. Each row has its own measurement before it, on the same box.
func BenchmarkFloods(b *testing.B) {
	x := newBox(b, "--bcrypt-cost", "12", "--rate-limit", "3000")
	f := &flooded{box: x, session: x.session()}
	for _, c := range []struct {
		name  string
		flood func(ctx context.Context, begun func()) (refused string)
	}{
		{"10,000 idle sockets from 20 addresses", f.idle},
		{"500 messages a second of one participant", f.messages},
		{"500 wrong join codes a second", f.joins},
		{"50 log-ins a second", f.logIns},
		{"400 bodies that trickle in", f.slowBodies},
		{"200 sockets whose clients do not read", f.slowReaders},
	} {
		before, _ := f.talk(b)
		ctx, stop := context.WithCancel(b.Context())
		refused := make(chan string, 1)
		begun := make(chan struct{})
		go func() { refused <- c.flood(ctx, sync.OnceFunc(func() { close(begun) })) }()
		<-begun
		during, failed := f.talk(b)
		stop()
		if failed != nil {
			b.Errorf("%s: messages of others were not accepted: %v", c.name, failed)
		}
		p99, calm := percentile(during, 99), percentile(before, 99)
		b.ReportMetric(float64(p99)/float64(max(calm, 1)), "times")
		note(c.name, "p99 at most doubled", "p99 of others %s, before %s (%.1f times); %s", millis(p99), millis(calm), float64(p99)/float64(max(calm, 1)), <-refused)
	}
	note("… memory of the program at its highest", "–", "%.0f MB", f.memory(true))
}

// talk has the people talk for a while, and gives how long each message waited, and what became of the last one that was not accepted.
func (f *flooded) talk(b *testing.B) (times []time.Duration, failed error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	seats := make([]*seat, speakers)
	for i := range seats {
		seats[i] = f.join(f.session)
	}
	until := time.Now().Add(calm)
	for i, p := range seats {
		all.Go(func() {
			time.Sleep(time.Duration(i) * speakGap / speakers)
			for time.Now().Before(until) {
				took, status, err := f.say(p)
				mu.Lock()
				if err != nil || status != http.StatusCreated {
					failed = errors.Join(fmt.Errorf("status %d", status), err)
				}
				times = append(times, took)
				mu.Unlock()
				time.Sleep(max(0, speakGap-took))
			}
		})
	}
	all.Wait()
	return times, failed
}

// from gives a client whose connections come from the n-th address of this machine.
func from(n int) *net.Dialer {
	return &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+n))}, Timeout: 10 * time.Second}
}

func clientFrom(n int) *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: from(n).DialContext, MaxIdleConnsPerHost: 64}}
}

// statuses counts answers.
type statuses struct {
	mu sync.Mutex
	by map[int]int
}

func (s *statuses) add(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by == nil {
		s.by = map[int]int{}
	}
	s.by[status]++
}

func (s *statuses) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return "the offender was answered " + strings.TrimPrefix(fmt.Sprint(s.by), "map")
}

// paced does something so many times a second until ctx ends, whether or not the one before has ended.
func paced(ctx context.Context, perSecond int, do func(n int)) {
	var all sync.WaitGroup
	tick := time.NewTicker(time.Second / time.Duration(perSecond))
	defer tick.Stop()
	for n := 0; ctx.Err() == nil; n++ {
		<-tick.C
		all.Go(func() { do(n) })
	}
	all.Wait()
}

// send sends one request of the offender and counts the answer.
func (f *flooded) send(ctx context.Context, client *http.Client, method, path, token, body string, count *statuses) {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+f.addr+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		return
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := client.Do(req)
	if err != nil {
		return
	}
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	count.add(resp.StatusCode)
}

func (f *flooded) messages(ctx context.Context, begun func()) string {
	var count statuses
	p, client := f.join(f.session), clientFrom(30)
	begun()
	paced(ctx, 500, func(n int) {
		f.send(ctx, client, http.MethodPost, "/conversation/turns", p.token, fmt.Sprintf(`{"content": "again", "key": "f%d"}`, n), &count)
	})
	return count.String()
}

func (f *flooded) joins(ctx context.Context, begun func()) string {
	var count statuses
	client := clientFrom(31)
	begun()
	paced(ctx, 500, func(n int) {
		f.send(ctx, client, http.MethodGet, fmt.Sprintf("/join?code=AB%04d", n%10000), "", "", &count)
	})
	return count.String()
}

func (f *flooded) logIns(ctx context.Context, begun func()) string {
	var count statuses
	begun()
	paced(ctx, 50, func(n int) {
		f.send(ctx, clientFrom(n%200), http.MethodPost, "/login", "", fmt.Sprintf(`{"email": "nobody%d@example.org", "password": "a wrong password"}`, n), &count)
	})
	return count.String()
}

// slowBodies begins requests whose bodies come a byte a second.
func (f *flooded) slowBodies(ctx context.Context, begun func()) string {
	begun()
	var ended atomic.Int64
	each(400, 400, func(w int) {
		c, err := from(w%20).DialContext(ctx, "tcp", f.addr)
		if err != nil {
			return
		}
		defer c.Close()
		fmt.Fprintf(c, "POST /api/v1/login HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{", f.addr)
		for ctx.Err() == nil {
			if _, err := c.Write([]byte(" ")); err != nil {
				ended.Add(1)
				return
			}
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
			}
		}
	})
	return fmt.Sprintf("%d of them were ended in that time", ended.Load())
}

// idle opens sockets and says nothing at them.
func (f *flooded) idle(ctx context.Context, begun func()) string {
	var count statuses
	var open sync.Map
	seat := f.join(f.session)
	each(10_000, 64, func(i int) {
		if ctx.Err() == nil {
			if c, status := f.dial(ctx, i%20, seat.token); c != nil {
				open.Store(i, c)
				count.add(status)
			} else {
				count.add(status)
			}
		}
	})
	begun()
	<-ctx.Done()
	open.Range(func(_, c any) bool { c.(*websocket.Conn).Close(); return true })
	return count.String()
}

// dial opens a participant's socket from an address, and gives the status that the box answered, 0 for none.
func (f *flooded) dial(ctx context.Context, address int, token string) (*websocket.Conn, int) {
	d := websocket.Dialer{NetDialContext: from(address).DialContext, HandshakeTimeout: 10 * time.Second}
	c, resp, err := d.DialContext(ctx, "ws://"+f.addr+"/api/v1/conversation/live", nil)
	if err != nil {
		if resp == nil {
			return nil, 0
		}
		return nil, resp.StatusCode
	}
	if c.WriteMessage(websocket.TextMessage, []byte(`{"token": "`+token+`"}`)) != nil {
		c.Close()
		return nil, 0
	}
	return c, resp.StatusCode
}

// slowReaders open sockets into a conversation in which much is said, and read nothing.
func (f *flooded) slowReaders(ctx context.Context, begun func()) string {
	p := f.join(f.session)
	var open sync.Map
	each(200, 16, func(i int) {
		if c, _ := f.dial(ctx, i%20, p.token); c != nil {
			open.Store(i, c)
		}
	})
	begun()
	for ctx.Err() == nil {
		f.say(p)
		select {
		case <-time.After(speakGap):
		case <-ctx.Done():
		}
	}
	open.Range(func(_, c any) bool { c.(*websocket.Conn).Close(); return true })
	return "who does not read is let go"
}
