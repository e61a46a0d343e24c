package testbed_test

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"harmonium/packaging/testbed"
)

// trust is what somebody with a phone does: they fetch the certificate of the box over plain HTTP, compare its
// fingerprint with the one that the box itself shows, and install it. From then on the client takes no other.
func (b *box) trust(t *testing.T) {
	res, err := b.http.Get("http://" + b.box.String() + "/certificate/harmonium.pem")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%d, %v", res.StatusCode, err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		t.Fatalf("this is no certificate: %.100q", text)
	}
	sum := sha256.Sum256(block.Bytes)
	shown := strings.ToLower(strings.NewReplacer(":", "", " ", "", "\n", "").Replace(b.do(t, "harmonium", "tls", "status")))
	if !strings.Contains(shown, hex.EncodeToString(sum[:])) {
		t.Errorf("the fingerprint of what was fetched, %x, is not what the box shows:\n%s", sum, shown)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	b.tls = &tls.Config{RootCAs: pool}
	b.http.CloseIdleConnections()
	b.http = &http.Client{Transport: b.transport(false), Timeout: 3 * time.Minute}
	t.Cleanup(b.http.CloseIdleConnections)
	if _, err := b.try("GET", "/api/v1/setup", "", nil, nil); err != nil {
		t.Fatal("with its certificate installed, by address:", err)
	}
	c, err := b.host.Dial(b.ctx, "tcp", netip.AddrPortFrom(b.box, 443).String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := tls.Client(c, &tls.Config{RootCAs: pool, ServerName: "harmonium.local"}).HandshakeContext(b.ctx); err != nil {
		t.Error("with its certificate installed, by name:", err)
	}
}

// name asks the network who harmonium.local is, as a phone does.
func (b *box) name(t *testing.T) {
	start := time.Now()
	waitFor(t, "somebody answers to harmonium.local", 20*time.Second, func() bool {
		return b.asked(t) == b.box
	})
	b.note("harmonium.local is answered %.1f s after it was first asked for", time.Since(start).Seconds())
}

// asked sends one multicast DNS question (RFC 6762), with the wish to be answered alone, and gives the address in the
// answer.
func (b *box) asked(t *testing.T) netip.Addr {
	t.Helper()
	group := netip.MustParseAddrPort("224.0.0.251:5353")
	c, err := b.host.ListenMulticast(group)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	question := append([]byte{0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0}, "\x09harmonium\x05local\x00\x00\x01\x80\x01"...)
	if _, err := c.WriteToUDPAddrPort(question, group); err != nil {
		t.Fatal(err)
	}
	c.SetReadDeadline(time.Now().Add(time.Second))
	for buf := make([]byte, 9000); ; {
		n, err := c.Read(buf)
		if err != nil {
			return netip.Addr{}
		}
		// An answer holds the address as four bytes after its length.
		want := append([]byte{0, 4}, b.box.AsSlice()...)
		if n > 12 && buf[2]&0x80 != 0 && strings.Contains(string(buf[:n]), string(want)) {
			return b.box
		}
	}
}

// moved gives the box one more address while it runs: the server, which cannot see it, must know of it.
func (b *box) moved(t *testing.T) {
	const second = "192.168.77.9"
	if err := b.Box.Address("add", second+"/24"); err != nil {
		t.Fatal(err)
	}
	defer b.Box.Address("delete", second+"/24")
	start := time.Now()
	waitFor(t, "the announcer has written down the new address", 15*time.Second, func() bool {
		text, _ := os.ReadFile(b.at("/run/harmonium-lan/addresses.json"))
		return strings.Contains(string(text), second)
	})
	var h struct{ Addresses []string }
	waitFor(t, "the server gives out the new address", 15*time.Second, func() bool {
		b.must(t, "GET", "/health", nil, &h)
		return strings.Contains(fmt.Sprint(h.Addresses), second)
	})
	b.note("a new address of the box is given out after %.1f s", time.Since(start).Seconds())
}

// strangers come from an address of the Internet, as when the box was put on such a network by mistake. Lists of
// addresses are kept by BPF; where that is missing systemd says so, and lets everybody in.
func (b *box) strangers(t *testing.T) {
	const box, stranger = "203.0.113.1", "203.0.113.2"
	for host, address := range map[*testbed.Host]string{b.Box: box, b.host: stranger} {
		if err := host.Address("add", address+"/24"); err != nil {
			t.Fatal(err)
		}
		defer host.Address("delete", address+"/24")
	}
	ctx, cancel := context.WithTimeout(b.ctx, 2*time.Second)
	defer cancel()
	c, err := b.host.Dial(ctx, "tcp", box+":443")
	if err != nil {
		return
	}
	c.Close()
	if said := b.do(t, "journalctl", "--no-pager", "-o", "cat", "-u", "harmonium.socket", "-t", "systemd"); strings.Contains(said, "BPF") {
		notChecked(t, "this machine does not allow BPF, by which addresses are told apart")
	}
	t.Errorf("%s was let in", stranger)
}
