package porter_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/netip"
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
	h.port, h.inside = l.(*net.TCPListener), porter.Listen(u, 80)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	p := porter.New(egress.New(egress.Options{Sockets: []string{h.path}}).DialContext, slog.New(slog.DiscardHandler))
	go func() { ended <- p.Serve(ctx, h.port, h.path) }()
	h.stop = sync.OnceValue(func() error { cancel(); h.inside.Close(); return <-ended })
	t.Cleanup(func() { h.stop() })
	return h
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

// While the server is started anew nobody accepts, and systemd keeps its socket.
func TestVisitorWaitsForAServerThatIsStartedAnew(t *testing.T) {
	h := build(t, "127.0.0.1:0")
	out := h.visit(t)
	go io.WriteString(out, "hello")
	in := h.accept(t) // as the next server does
	b := make([]byte, 5)
	if _, err := io.ReadFull(in, b); err != nil || string(b) != "hello" {
		t.Errorf("got %q, %v", b, err)
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
	h := build(t, "127.0.0.1:0")
	for name, head := range map[string]string{
		"no header":     "GET / HTTP/1.1\r\nHost: box\r\n\r\n",
		"local":         "\r\n\r\n\x00\r\nQUIT\n\x20\x11\x00\x0c" + strings.Repeat("x", 12),
		"unix":          "\r\n\r\n\x00\r\nQUIT\n\x21\x31\x00\xd8" + strings.Repeat("x", 216),
		"too short":     "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0b" + strings.Repeat("x", 12),
		"much too long": "\r\n\r\n\x00\r\nQUIT\n\x21\x11\xff\xff" + strings.Repeat("x", 1000),
	} {
		bad, err := net.Dial("unix", h.path)
		if err != nil {
			t.Fatal(err)
		}
		bad.SetDeadline(time.Now().Add(20 * time.Second))
		go io.WriteString(bad, head)
		h.visit(t)
		h.accept(t) // the visitor, not the other one
		if n, err := bad.Read(make([]byte, 1)); n != 0 || err == nil {
			t.Errorf("%s: read %d, %v", name, n, err)
		}
		bad.Close()
	}
}
