package main_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"harmonium/appliance"
)

// How often the connection is cut and the server killed while a meeting is recorded.
const (
	soundCuts  = 80
	soundKills = 20
)

const (
	soundPiece   = 4000 // samples
	soundDevices = 3    // connections at the same time
)

// recorder is a page that records: it makes pieces, keeps those that are not acknowledged, and sends them in any order, again and again.
type recorder struct {
	*room
	meeting string
	client  *http.Client
	calm    atomic.Bool  // no connection is cut any more
	cuts    atomic.Int64 // connections that were cut
	acks    atomic.Int64

	mu     sync.Mutex
	made   int
	outbox []int
}

// pieceOf is the sound of a piece, found nowhere else.
func pieceOf(seq int) []byte {
	r, b := rand.New(rand.NewPCG(uint64(seq), 7)), make([]byte, 0, 2*soundPiece)
	for range soundPiece {
		b = binary.LittleEndian.AppendUint16(b, uint16(r.Uint32()))
	}
	return b
}

// next takes a piece out of the outbox, or makes one; false when all is sent and no more is made.
func (r *recorder) next(more bool) (seq int, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.outbox); n > 0 && (!more || rand.IntN(2) == 0) {
		i := rand.IntN(n)
		seq = r.outbox[i]
		r.outbox[i] = r.outbox[n-1]
		r.outbox = r.outbox[:n-1]
		return seq, true
	}
	if !more {
		return 0, false
	}
	r.made++
	return r.made - 1, true
}

func (r *recorder) keep(seq int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.outbox = append(r.outbox, seq)
}

// begin begins a meeting of one take.
func (r *recorder) begin(title string) {
	r.t.Helper()
	var meeting struct{ ID string }
	if status := r.call(r.key, "POST", "/meetings", map[string]any{"title": title, "provider": "browser"}, &meeting); status != http.StatusCreated {
		r.t.Fatalf("the meeting was answered with %d", status)
	}
	r.meeting = meeting.ID
	if status := r.call(r.key, "POST", "/meetings/"+r.meeting+"/takes", map[string]any{"device": "device-aaaa"}, nil); status != http.StatusOK {
		r.t.Fatalf("the take was answered with %d", status)
	}
}

// send sends pieces until over; what was not acknowledged stays in the outbox.
func (r *recorder) send() {
	for {
		seq, ok := r.next(!r.over.Load())
		if !ok {
			return
		}
		switch status := r.put(seq, pieceOf(seq)); status {
		case http.StatusOK:
			r.acks.Add(1)
		case 0, http.StatusServiceUnavailable:
			r.keep(seq)
		default:
			r.t.Errorf("piece %d was answered with %d", seq, status)
		}
	}
}

func (r *recorder) put(seq int, content []byte) int {
	sum := sha256.Sum256(content)
	req, err := http.NewRequest("PUT", fmt.Sprintf("%s/meetings/%s/takes/0/0/pieces/%d?start=%d", r.base, r.meeting, seq, seq*soundPiece), bytes.NewReader(content))
	if err != nil {
		panic(err)
	}
	req.Header.Set("Authorization", "Bearer "+r.key)
	req.Header.Set("Content-Type", "application/octet-stream")
	req.Header.Set("Content-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":")
	res, err := r.client.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	if _, err := io.ReadAll(res.Body); err != nil {
		return 0
	}
	return res.StatusCode
}

// cutConn is a connection that breaks after some bytes, of either direction.
type cutConn struct {
	net.Conn
	left *atomic.Int64
	cut  func()
}

var errCut = errors.New("the connection was cut")

func (c cutConn) spend(n int) error {
	if left := c.left.Add(-int64(n)); left >= 0 {
		return nil
	} else if left+int64(n) >= 0 {
		c.cut()
	}
	c.Close()
	return errCut
}

func (c cutConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if cutErr := c.spend(n); cutErr != nil {
		return 0, cutErr
	}
	return n, err
}

func (c cutConn) Write(p []byte) (int, error) {
	if left := c.left.Load(); left < int64(len(p)) {
		n, _ := c.Conn.Write(p[:max(0, left)])
		return n, c.spend(len(p))
	}
	c.left.Add(-int64(len(p)))
	return c.Conn.Write(p)
}

// dial makes connections of which most are cut sooner or later.
func (r *recorder) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil || r.calm.Load() {
		return c, err
	}
	left := new(atomic.Int64)
	left.Store(rand.Int64N(6 * 2 * soundPiece))
	return cutConn{c, left, func() { r.cuts.Add(1) }}, nil
}

// A meeting that is recorded over connections that break, to a server that is killed, is on the disk as it was recorded: no piece is lost and
// none is doubled.
func TestNoPieceOfARecordingIsLostOrDoubled(t *testing.T) {
	dir, address := t.TempDir(), freeAddress(t)
	settings := []string{"--listen", address, "--rate-limit", "0", "--bcrypt-cost", "4"}
	s := serve(t, dir, settings...)
	if got := do(t, "a long password\n", "user", "add", "--email", "a@example.org", "--name", "A", "--role", "owner", "--password-stdin", "--data", dir); got.code != 0 {
		t.Fatal(got)
	}
	key := do(t, "", "key", "create", "--email", "a@example.org", "--name", "k", "--data", dir)
	r := &recorder{room: &room{t: t, base: "http://" + address + "/api/v1", key: strings.TrimSpace(key.out)}}
	r.client = &http.Client{Transport: &http.Transport{DialContext: r.dial, MaxIdleConnsPerHost: soundDevices}}
	r.begin("Council")

	var senders sync.WaitGroup
	for range soundDevices {
		senders.Go(r.send)
	}
	for range soundKills {
		n := r.acks.Load() + 1 + rand.Int64N(20)
		until(func() bool { return r.acks.Load() >= n })
		s.Process.Kill()
		s.end(t)
		s = serve(t, dir, settings...)
	}
	until(func() bool { return r.cuts.Load() >= soundCuts })
	r.calm.Store(true)
	r.over.Store(true)
	senders.Wait()
	r.send() // what a sender has put back after another had found nothing

	var got struct {
		Tracks []struct {
			Takes []struct {
				Have    [][2]int
				NextSeq int `json:"next_seq"`
			}
		}
		Gaps       []any
		DurationMS int64 `json:"duration_ms"`
	}
	if status := r.call(r.key, "POST", "/meetings/"+r.meeting+"/close", map[string]any{}, &got); status != http.StatusOK {
		t.Fatalf("the end was answered with %d", status)
	}
	if len(got.Gaps) != 0 || len(got.Tracks) != 1 || got.Tracks[0].Takes[0].NextSeq != r.made || got.DurationMS != appliance.MillisOf(int64(r.made)*soundPiece) {
		t.Errorf("of %d pieces there is %+v", r.made, got)
	}
	req, err := http.NewRequest("GET", r.base+"/meetings/"+r.meeting+"/sound", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+r.key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	sound, err := io.ReadAll(res.Body)
	if err != nil || len(sound) != 44+2*soundPiece*r.made {
		t.Fatalf("%d bytes of sound, %v", len(sound), err)
	}
	for seq := range r.made {
		if !bytes.Equal(sound[44+2*soundPiece*seq:][:2*soundPiece], pieceOf(seq)) {
			t.Fatalf("piece %d is another one", seq)
		}
	}
	t.Logf("%d pieces over %d cuts and %d kills", r.made, r.cuts.Load(), soundKills)
}
