package egress_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance/egress"
)

// listen opens a TCP listener that accepts and drops connections, and gives its address.
func listen(t *testing.T, address string) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	return netip.MustParseAddrPort(l.Addr().String())
}

func TestLoopbackIsAllowed(t *testing.T) {
	at := listen(t, "127.0.0.1:0")
	for _, address := range []string{
		at.String(),
		netip.AddrPortFrom(netip.MustParseAddr("::ffff:127.0.0.1"), at.Port()).String(),
	} {
		c, err := egress.New(egress.Options{}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		c.Close()
	}
}

func TestEverywhereElseIsRefused(t *testing.T) {
	for _, tt := range []struct {
		network, address string
		want             egress.Class
	}{
		{"tcp", "192.0.2.1:80", egress.Public},
		{"tcp", "8.8.8.8:53", egress.Public},
		{"tcp", "[2001:db8::1]:443", egress.Public},
		{"tcp", "[::ffff:8.8.8.8]:80", egress.Public},
		{"tcp", "[64:ff9b::7f00:1]:80", egress.Public}, // NAT64 of a loopback address is not loopback
		{"tcp", "10.0.0.1:11434", egress.Private},
		{"tcp", "192.168.1.1:80", egress.Private},
		{"tcp", "[::ffff:192.168.1.1]:80", egress.Private},
		{"tcp", "[fd00::1]:80", egress.Private},
		{"tcp", "169.254.169.254:80", egress.LinkLocal}, // where clouds keep their secrets
		{"tcp", "[fe80::1%lo]:80", egress.LinkLocal},
		{"tcp", "0.0.0.0:80", egress.Other},
		{"tcp", "[::]:80", egress.Other},
		{"tcp", ":80", egress.Other},
		{"tcp", "224.0.0.1:80", egress.Other},
		{"udp", "127.0.0.1:53", egress.Other},
		{"udp", "8.8.8.8:53", egress.Other},
		{"unix", "/run/dbus/system_bus_socket", egress.Socket},
	} {
		g := egress.New(egress.Options{})
		c, err := g.DialContext(t.Context(), tt.network, tt.address)
		if err == nil {
			c.Close()
		}
		var refusal *egress.Refusal
		if !errors.As(err, &refusal) || refusal.Class != tt.want {
			t.Errorf("%s %s: got %v, want a refusal of class %s", tt.network, tt.address, err, tt.want)
		}
		if diff := cmp.Diff(map[egress.Class]int64{tt.want: 1}, g.Refused()); diff != "" {
			t.Errorf("%s %s: counted (-want +got):\n%s", tt.network, tt.address, diff)
		}
	}
}

// Names that end up at loopback somewhere in the world, and spellings of it that only a C library reads.
func TestNamesAreNeverAskedFor(t *testing.T) {
	at := listen(t, "127.0.0.1:0")
	_, port, _ := net.SplitHostPort(at.String())
	for _, host := range []string{
		"example.com", "127.0.0.1.nip.io", "localhost.example.com", "localtest.me", "2130706433", "0x7f000001", "0177.0.0.1", "127.1",
	} {
		g := egress.New(egress.Options{})
		c, err := g.DialContext(t.Context(), "tcp", net.JoinHostPort(host, port))
		if err == nil {
			c.Close()
		}
		var refusal *egress.Refusal
		if !errors.As(err, &refusal) || refusal.Class != egress.Name {
			t.Errorf("%s: got %v, want a refusal of class name", host, err)
		}
		if got := g.Refused()[egress.Name]; got != 1 {
			t.Errorf("%s: counted %d refusals, want 1", host, got)
		}
	}
}

func TestAllowedAddressIsOneAddressWithOnePort(t *testing.T) {
	g := egress.New(egress.Options{Ways: func() []egress.Way {
		return []egress.Way{{Name: "elsewhere", Address: netip.MustParseAddrPort("192.0.2.7:11434")}}
	}})
	for _, tt := range []struct {
		address string
		allowed bool
	}{
		{"192.0.2.7:11434", true},
		{"[::ffff:192.0.2.7]:11434", true},
		{"192.0.2.7:80", false},
		{"192.0.2.8:11434", false},
	} {
		if got := g.Allows("tcp", tt.address); got != tt.allowed {
			t.Errorf("%s: allowed %v, want %v", tt.address, got, tt.allowed)
		}
	}
}

func TestUnixSocketsAreAllowedByPath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "here") })}
	go srv.Serve(l)
	defer srv.Close()

	res, err := egress.New(egress.Options{Sockets: []string{path}}).SocketClient(path).Get("http://box/")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	res.Body.Close()
	if string(body) != "here" {
		t.Errorf("got %q", body)
	}
	if _, err := egress.New(egress.Options{}).SocketClient(path).Get("http://box/"); err == nil {
		t.Error("a socket that is not on the list was reached")
	}
}

func TestRedirectsAndProxiesAreNotFollowed(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the client went elsewhere")
	}))
	defer elsewhere.Close()
	redirects := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusFound))
	defer redirects.Close()
	t.Setenv("HTTP_PROXY", elsewhere.URL)
	t.Setenv("http_proxy", elsewhere.URL)

	_, err := egress.New(egress.Options{}).Client().Get(redirects.URL)
	if !errors.Is(err, egress.ErrRedirect) {
		t.Errorf("got %v, want ErrRedirect", err)
	}
	_, err = egress.New(egress.Options{}).Client().Get("http://192.0.2.1/")
	if err == nil || !strings.Contains(err.Error(), string(egress.Public)) {
		t.Errorf("got %v, want a refusal", err)
	}
}

// In the sealed box the process that may reach an address stands behind a Unix socket, and the caller need not know.
func TestAddressBehindASocketIsReachedThroughIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Host) })}
	go srv.Serve(l)
	defer srv.Close()
	ways := []egress.Way{{Name: "elsewhere", Address: netip.MustParseAddrPort("192.0.2.7:443"), Socket: path}}
	g := egress.New(egress.Options{Ways: func() []egress.Way { return ways }})
	res, err := g.Client().Get("http://192.0.2.7:443/")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	res.Body.Close()
	if string(body) != "192.0.2.7:443" {
		t.Errorf("the one behind the socket was asked for %q", body)
	}
	if g.Allows("tcp", "192.0.2.7:443") {
		t.Error("the address may be reached past the socket too")
	}
	for _, neighbour := range []string{"192.0.2.8:443", "192.0.2.7:80"} {
		if _, err := g.DialContext(t.Context(), "tcp", neighbour); err == nil {
			t.Errorf("%s was reached", neighbour)
		}
	}
	ways = nil // as an administrator closes it
	if _, err := g.DialContext(t.Context(), "unix", path); err == nil {
		t.Error("the socket of a way that was closed is still allowed")
	}
}
