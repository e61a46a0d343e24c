package porter_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance/egress"
	"harmonium/appliance/porter"
)

// house is a port with a porter, and the listener inside.
type house struct {
	port   *net.TCPListener
	inside *porter.Listener
	path   string
	stop   func() error
}

func build(t *testing.T, address string) *house {
	t.Helper()
	h := &house{path: filepath.Join(t.TempDir(), "http.sock")}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	u, err := net.ListenUnix("unix", &net.UnixAddr{Name: h.path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	h.port, h.inside = l.(*net.TCPListener), serve(t, h.path)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- porter.New(slog.New(slog.DiscardHandler)).Serve(ctx, h.port, u) }()
	h.stop = sync.OnceValue(func() error { cancel(); h.inside.Close(); return <-ended })
	t.Cleanup(func() { h.stop() })
	return h
}

// serve is the listener of a server.
func serve(t *testing.T, path string) *porter.Listener {
	l := porter.Listen(egress.New(egress.Options{Sockets: []string{path}}).DialContext, path, 80)
	t.Cleanup(func() { l.Close() })
	return l
}

func (h *house) visit(t *testing.T) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", h.port.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return c.(*net.TCPConn)
}

func (h *house) accept(t *testing.T) *porter.Conn {
	t.Helper()
	c, err := h.inside.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return c.(*porter.Conn)
}

func TestTheServerSeesTheAddressesOfTheVisitor(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0", ":0"} {
		h := build(t, address)
		out := h.visit(t)
		in := h.accept(t)
		got := []string{in.RemoteAddr().String(), in.LocalAddr().String()}
		if diff := cmp.Diff([]string{unmapped(out.LocalAddr()), unmapped(out.RemoteAddr())}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", address, diff)
		}
		if _, ok := in.RemoteAddr().(*net.TCPAddr); !ok {
			t.Errorf("the address is a %T", in.RemoteAddr())
		}
	}
}

func unmapped(a net.Addr) string {
	p := netip.MustParseAddrPort(a.String())
	return netip.AddrPortFrom(p.Addr().Unmap(), p.Port()).String()
}

// Requests end while their answers are still to come, and answers end while the connection stays open for more.
func TestBytesAreCarriedBothWaysAndEachEndsForItself(t *testing.T) {
	h := build(t, "127.0.0.1:0")
	out := h.visit(t)
	in := h.accept(t)
	question, answer := bytes.Repeat([]byte("question"), 100_000), bytes.Repeat([]byte("answer"), 200_000)
	go func() { out.Write(question); out.CloseWrite() }()
	got, err := io.ReadAll(in)
	if err != nil || !bytes.Equal(got, question) {
		t.Fatalf("%d of %d bytes came in, %v", len(got), len(question), err)
	}
	go func() { in.Write(answer); in.CloseWrite() }()
	got, err = io.ReadAll(out)
	if err != nil || !bytes.Equal(got, answer) {
		t.Fatalf("%d of %d bytes came out, %v", len(got), len(answer), err)
	}
}

func TestVisitorIsToldWhenTheServerHangsUpAndTheOtherWayRound(t *testing.T) {
	h := build(t, "127.0.0.1:0")
	out, in := h.visit(t), h.accept(t)
	in.Close()
	if n, err := out.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("read %d, %v after the server has hung up", n, err)
	}
	out, in = h.visit(t), h.accept(t)
	out.SetLinger(0)
	out.Close()
	if n, err := in.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("read %d, %v after the visitor has gone", n, err)
	}
}

// While the server is started anew nobody accepts, and who has come already goes to the next one.
func TestVisitorWaitsForAServerThatIsStartedAnew(t *testing.T) {
	h := build(t, "127.0.0.1:0")
	first := h.visit(t)
	h.accept(t)
	h.inside.Close()
	for range 3 { // each leaves its connections in waiting behind
		serve(t, h.path).Close()
	}
	out := h.visit(t)
	go io.WriteString(out, "hello")
	h.inside = serve(t, h.path)
	in := h.accept(t)
	b := make([]byte, 5)
	if _, err := io.ReadFull(in, b); err != nil || string(b) != "hello" {
		t.Errorf("got %q, %v", b, err)
	}
	if _, err := first.Write([]byte("still here")); err != nil {
		t.Errorf("who was in before is cut off: %v", err)
	}
}

// Whoever the server has not taken in yet when it is killed is brought to the next one, with all that they said.
func TestVisitorIsNotLostWithAServerThatHasNotTakenThemIn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "http.sock")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go porter.New(slog.New(slog.DiscardHandler)).Serve(ctx, l.(*net.TCPListener), u)
	dying, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	out, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	io.WriteString(out, "hello")
	if _, err := io.ReadFull(dying, make([]byte, 28)); err != nil { // the header
		t.Fatal(err)
	}
	dying.Close()
	in, err := serve(t, path).Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	b := make([]byte, 5)
	if _, err := io.ReadFull(in, b); err != nil || string(b) != "hello" {
		t.Errorf("got %q, %v", b, err)
	}
}

// The watchdog of the server wakes whoever waits for visitors; no visitor is lost by it.
func TestWaitingForVisitorsCanBeInterrupted(t *testing.T) {
	h := build(t, "127.0.0.1:0")
	woken := make(chan error, 1)
	go func() { _, err := h.inside.Accept(); woken <- err }()
	if err := h.inside.SetDeadline(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if err := <-woken; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("woken with %v", err)
	}
	if _, err := h.inside.Accept(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the deadline is forgotten: %v", err)
	}
	if err := h.inside.SetDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	h.visit(t)
	h.accept(t)
	h.inside.Close()
	if _, err := h.inside.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed, but Accept gives %v", err)
	}
}

func TestPorterThatStopsHangsUp(t *testing.T) {
	h := build(t, "127.0.0.1:0")
	out := h.visit(t)
	h.accept(t)
	if err := h.stop(); err != nil {
		t.Errorf("stopped with %v", err)
	}
	if _, err := out.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is still open")
	}
	if _, err := net.Dial("tcp", h.port.Addr().String()); err == nil {
		t.Error("the port is still open")
	}
}

func TestWhoDoesNotSayWhoseTheConnectionIsIsSentAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "http.sock")
	u, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close()
	inside := serve(t, path)
	for name, head := range map[string]string{
		"no header":     "GET / HTTP/1.1\r\nHost: box\r\n\r\n",
		"local":         "\r\n\r\n\x00\r\nQUIT\n\x20\x11\x00\x0c" + strings.Repeat("x", 12),
		"unix":          "\r\n\r\n\x00\r\nQUIT\n\x21\x31\x00\xd8" + strings.Repeat("x", 216),
		"too short":     "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0b" + strings.Repeat("x", 12),
		"much too long": "\r\n\r\n\x00\r\nQUIT\n\x21\x11\xff\xff" + strings.Repeat("x", 1000),
	} {
		bad, err := u.AcceptUnix() // of those in waiting
		if err != nil {
			t.Fatal(err)
		}
		bad.SetDeadline(time.Now().Add(20 * time.Second))
		io.WriteString(bad, head)
		if n, err := bad.Read(make([]byte, 1)); n != 0 || err == nil {
			t.Errorf("%s: read %d, %v", name, n, err)
		}
		bad.Close()
	}
	good, err := u.AcceptUnix()
	if err != nil {
		t.Fatal(err)
	}
	defer good.Close()
	io.WriteString(good, "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x01\xc0\x00\x02\x02\x10\x00\x00\x50")
	in, err := inside.Accept()
	if err != nil || in.RemoteAddr().String() != "192.0.2.1:4096" {
		t.Errorf("the good one came as %v, %v", in, err)
	}
}
