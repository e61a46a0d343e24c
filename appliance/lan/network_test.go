package lan_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/lan"
)

// day is when most tests happen.
var day = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// clock is one that a test moves while others read it.
type clock struct{ at atomic.Pointer[time.Time] }

func newClock() *clock {
	c := &clock{}
	c.set(day)
	return c
}

func (c *clock) set(t time.Time) { c.at.Store(&t) }

func (c *clock) now() time.Time { return *c.at.Load() }

// open opens a network at day, with folders of its own, unless the options say otherwise.
func open(t testing.TB, o lan.Options) *lan.Network {
	t.Helper()
	if o.Clock == nil {
		o.Clock = func() time.Time { return day }
	}
	if o.Dir == "" {
		o.Dir = filepath.Join(t.TempDir(), "tls")
	}
	if o.Files == "" {
		o.Files = t.TempDir()
	}
	n, err := lan.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// secure opens a network with HTTPS on all interfaces of a machine with the given addresses.
func secure(t testing.TB, o lan.Options, local ...string) *lan.Network {
	t.Helper()
	if o.Mode == "" {
		o.Mode = lan.ModeSelf
	}
	if o.Listen == "" {
		o.Listen = ":443"
	}
	o.Local = func() ([]netip.Addr, error) {
		var list []netip.Addr
		for _, a := range local {
			list = append(list, netip.MustParseAddr(a))
		}
		return list, nil
	}
	return open(t, o)
}

// urls gives the base URLs of addresses.
func urls(list []lan.Address) []string {
	var all []string
	for _, a := range list {
		all = append(all, a.URL)
	}
	return all
}

// serve answers over TLS as the network says, at a free port of this machine.
func serve(t testing.TB, n *lan.Network) (address string) {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
	s.Listener = tls.NewListener(s.Listener, n.TLSConfig())
	s.Start()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// meet makes a TLS connection and gives the certificate that the box has shown. Roots nil trusts anybody.
func meet(t testing.TB, address, name string, roots *x509.CertPool, at time.Time, versions ...uint16) (*x509.Certificate, error) {
	t.Helper()
	raw, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	cfg := &tls.Config{ServerName: name, RootCAs: roots, InsecureSkipVerify: roots == nil, Time: func() time.Time { return at }}
	if len(versions) == 2 {
		cfg.MinVersion, cfg.MaxVersion = versions[0], versions[1]
	}
	c := tls.Client(raw, cfg)
	if err := c.HandshakeContext(t.Context()); err != nil {
		return nil, err
	}
	return c.ConnectionState().PeerCertificates[0], nil
}

func trust(n *lan.Network) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(n.Authority().PEM())
	return pool
}

func TestADeviceWithTheAuthorityTrustsTheBoxByNumberAndByName(t *testing.T) {
	n := secure(t, lan.Options{}, "192.168.1.20")
	at := serve(t, n)
	for _, name := range []string{"127.0.0.1", "harmonium.local", "localhost", "192.168.1.20"} {
		if _, err := meet(t, at, name, trust(n), day); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := meet(t, at, "harmonium.local", x509.NewCertPool(), day); err == nil {
		t.Error("a device without the authority trusts the box, so this test proves nothing")
	}
}

func TestOnlyTLS12AndNewerIsSpoken(t *testing.T) {
	n := secure(t, lan.Options{})
	at := serve(t, n)
	for version, want := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		_, err := meet(t, at, "localhost", trust(n), day, version, version)
		if (err == nil) != want {
			t.Errorf("%s: error %v, want it to work: %v", tls.VersionName(version), err, want)
		}
	}
}

func TestTheCertificateIsAsLongAsPromised(t *testing.T) {
	n := secure(t, lan.Options{})
	c, err := meet(t, serve(t, n), "localhost", nil, day)
	if err != nil {
		t.Fatal(err)
	}
	if life := c.NotAfter.Sub(c.NotBefore); life > 390*24*time.Hour {
		t.Errorf("valid for %v, more than 390 days", life)
	}
	if got := day.Sub(c.NotBefore); got != 48*time.Hour {
		t.Errorf("begins %v before now, want 48h", got)
	}
}

func TestTheCertificateIsRenewedWithoutARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock()
		n := secure(t, lan.Options{Clock: c.now})
		ctx, stop := context.WithCancel(t.Context())
		go n.Run(ctx)
		shown := func() *x509.Certificate {
			time.Sleep(6 * time.Second) // of the bubble
			synctest.Wait()
			c, err := n.TLSConfig().GetCertificate(&tls.ClientHelloInfo{ServerName: "localhost"})
			if err != nil {
				t.Fatal(err)
			}
			return c.Leaf
		}
		first := shown()
		c.set(day.AddDate(0, 0, 257))
		if !shown().Equal(first) {
			t.Error("renewed before two thirds of its time were over")
		}
		c.set(day.AddDate(0, 0, 259))
		if second := shown(); second.Equal(first) || !second.NotAfter.After(first.NotAfter) {
			t.Error("not renewed when two thirds of its time were over")
		}
		stop()
	})
}

func TestTheSameCertificateIsUsedAfterARestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tls")
	leaf := func(local ...string) *x509.Certificate {
		c, err := secure(t, lan.Options{Dir: dir}, local...).TLSConfig().GetCertificate(&tls.ClientHelloInfo{ServerName: "localhost"})
		if err != nil {
			t.Fatal(err)
		}
		return c.Leaf
	}
	first := leaf("192.168.1.20")
	if !leaf("192.168.1.20").Equal(first) {
		t.Error("a restart made another certificate; devices that were told to accept it would ask again")
	}
	if leaf("192.168.1.21").Equal(first) {
		t.Error("another address, the same certificate")
	}
	for _, name := range []string{"authority.pem", "server.pem"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v, want mode 0600", name, info, err)
		}
	}
}

func TestABoxThatStartsIn1970MakesCertificatesForToday(t *testing.T) {
	now := time.Date(1970, 1, 1, 0, 1, 0, 0, time.UTC)
	n := secure(t, lan.Options{Clock: func() time.Time { return now }})
	if _, err := meet(t, serve(t, n), "localhost", trust(n), time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Errorf("a phone whose clock is right: %v", err)
	}
}

func TestADamagedAuthorityIsNotReplacedInSilence(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "authority.pem"), []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := lan.Open(lan.Options{Mode: lan.ModeSelf, Dir: dir, Listen: ":443", Clock: func() time.Time { return day }})
	if appliance.CodeOf(err) != appliance.CodeConflict || !strings.Contains(err.Error(), "backup") {
		t.Errorf("got %v, want words about what to do", err)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "authority.pem")); string(b) != "rubbish" {
		t.Error("the file was changed")
	}
}

// The addresses of a sealed box follow the announcer's file while the box runs: QR, certificate, names.
func TestAddressesFollowTheAnnouncer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "addresses.json")
		c := newClock()
		n := open(t, lan.Options{Mode: lan.ModeSelf, Listen: ":443", Sheet: path, Clock: c.now})
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go n.Run(ctx)
		write := func(name string, interfaces ...lan.Interface) {
			t.Helper()
			if err := (lan.Sheet{WrittenAt: c.now(), Name: name, By: "harmonium", Interfaces: interfaces}).Write(path); err != nil {
				t.Fatal(err)
			}
			time.Sleep(6 * time.Second) // of the bubble
			synctest.Wait()
		}
		at := func(addresses ...string) (list []netip.Addr) {
			for _, a := range addresses {
				list = append(list, netip.MustParseAddr(a))
			}
			return list
		}
		write("harmonium.local", lan.Interface{Name: "eth0", Addresses: at("192.168.1.20")}, lan.Interface{Name: "wlan0", Addresses: at("10.1.2.3")})
		if diff := cmp.Diff([]string{"https://192.168.1.20", "https://10.1.2.3", "https://harmonium.local", "https://127.0.0.1"},
			urls(n.Addresses())); diff != "" {
			t.Errorf("first (-want +got):\n%s", diff)
		}
		c.set(c.now().Add(time.Hour))
		write("harmonium-2.local", lan.Interface{Name: "eth0", Addresses: at("192.168.7.7")})
		if diff := cmp.Diff([]string{"https://192.168.7.7", "https://harmonium-2.local", "https://127.0.0.1"}, urls(n.Addresses())); diff != "" {
			t.Errorf("after the change (-want +got):\n%s", diff)
		}
		served, err := n.TLSConfig().GetCertificate(&tls.ClientHelloInfo{ServerName: "harmonium-2.local"})
		if err != nil || served.Leaf.VerifyHostname("192.168.7.7") != nil || served.Leaf.VerifyHostname("harmonium-2.local") != nil {
			t.Errorf("the certificate is for %v, %v (%v)", served.Leaf.DNSNames, served.Leaf.IPAddresses, err)
		}
		if served.Leaf.VerifyHostname("192.168.1.20") == nil {
			t.Error("the certificate is still for the address that is gone")
		}
		if !n.Knows("harmonium-2.local") || n.Knows("evil.example") {
			t.Error("the list of host names does not follow")
		}
	})
}

func TestASealedBoxLearnsItsAddressFromAConnection(t *testing.T) {
	now := day
	n := open(t, lan.Options{Mode: lan.ModeSelf, Listen: ":443", Sheet: filepath.Join(t.TempDir(), "none.json"), Clock: func() time.Time { return now }})
	if got := urls(n.Addresses()); len(got) != 1 {
		t.Fatalf("before anybody came: %v", got)
	}
	n.Learn(&net.TCPAddr{IP: net.ParseIP("::ffff:192.168.1.20"), Port: 443})
	n.Learn(&net.TCPAddr{IP: net.ParseIP("127.0.0.1"), Port: 443})
	if diff := cmp.Diff([]string{"https://192.168.1.20", "https://127.0.0.1"}, urls(n.Addresses())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	now = now.Add(25 * time.Hour)
	if got := urls(n.Addresses()); slices.Contains(got, "https://192.168.1.20") {
		t.Error("an address at which nobody came for a day is still given out")
	}
}

func TestTheAnnouncerKnowsBetterThanAnEarlierConnection(t *testing.T) {
	path := filepath.Join(t.TempDir(), "addresses.json")
	now := day
	clock := func() time.Time { return now }
	write := func() {
		if err := (lan.Sheet{WrittenAt: now, Interfaces: []lan.Interface{{Name: "eth0", Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.5")}}}}).Write(path); err != nil {
			t.Fatal(err)
		}
	}
	write()
	n := open(t, lan.Options{Mode: lan.ModeSelf, Listen: ":443", Sheet: path, Clock: clock})
	now = now.Add(time.Minute)
	n.Learn(&net.TCPAddr{IP: net.ParseIP("10.9.9.9")})
	if !slices.Contains(urls(n.Addresses()), "https://10.9.9.9") {
		t.Error("a connection after the file was written was not believed")
	}
	now = now.Add(time.Minute)
	write()
	n = reopen(t, n, lan.Options{Mode: lan.ModeSelf, Listen: ":443", Sheet: path, Clock: clock})
	if slices.Contains(urls(n.Addresses()), "https://10.9.9.9") {
		t.Error("an address that the machine has no more is still given out")
	}
}

// reopen opens a network again; what it has learnt is gone.
func reopen(t testing.TB, _ *lan.Network, o lan.Options) *lan.Network { return open(t, o) }

func TestParticipantsOverPlainHTTPGetPlainAddresses(t *testing.T) {
	n := secure(t, lan.Options{Plain: ":80", Choice: &lan.Choice{Certificate: lan.ModeSelf, PlainJoin: true}}, "192.168.1.20")
	if got := n.Addresses()[0].URL; got != "http://192.168.1.20" {
		t.Errorf("participants get %s", got)
	}
	if got := n.HostAddresses()[0].URL; got != "https://192.168.1.20" {
		t.Errorf("hosts get %s", got)
	}
	n.Choose(lan.Choice{Certificate: lan.ModeSelf})
	if got := n.Addresses()[0].URL; got != "https://192.168.1.20" {
		t.Errorf("after another choice participants get %s", got)
	}
}

func TestPlainHTTPCannotBeChosenWithoutAPortForIt(t *testing.T) {
	n := secure(t, lan.Options{})
	if err := n.Check(lan.Choice{Certificate: lan.ModeSelf, PlainJoin: true}); appliance.CodeOf(err) != appliance.CodeValidation {
		t.Errorf("got %v", err)
	}
	if err := n.Check(lan.Choice{Certificate: lan.ModeSelf}); err != nil {
		t.Errorf("the other choice: %v", err)
	}
}

func TestANewAuthorityTakesThePlaceOfTheOld(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tls")
	n := secure(t, lan.Options{Dir: dir})
	old, at := trust(n), serve(t, n)
	fresh, err := n.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := meet(t, at, "localhost", old, day); err == nil {
		t.Error("the old authority is still believed")
	}
	if _, err := meet(t, at, "localhost", trust(n), day); err != nil {
		t.Errorf("the new one: %v", err)
	}
	if got := secure(t, lan.Options{Dir: dir}).Authority().Fingerprint(); got != fresh.Fingerprint() {
		t.Error("the new one was not kept")
	}
}

// What is in the way is said by a code and what it speaks of.
func TestWhatIsInTheWayIsSaid(t *testing.T) {
	path := filepath.Join(t.TempDir(), "addresses.json")
	at := []netip.Addr{netip.MustParseAddr("192.168.1.20")}
	for _, tt := range []struct {
		name  string
		sheet *lan.Sheet
		want  string
	}{
		{"no announcer", nil, "warn name.silent"},
		{"all well", &lan.Sheet{WrittenAt: day, Name: "harmonium.local", Interfaces: []lan.Interface{{Name: "eth0", Addresses: at}}},
			"ok address.no_ipv6 address=https://192.168.1.20"},
		{"announcer stopped", &lan.Sheet{WrittenAt: day.Add(-time.Hour), Interfaces: []lan.Interface{{Name: "eth0", Addresses: at}}},
			"warn name.old since=2026-11-23T08:00:00Z"},
		{"two boxes with one name", &lan.Sheet{WrittenAt: day, Name: "harmonium-2.local", Taken: "harmonium.local", Interfaces: []lan.Interface{{Name: "eth0", Addresses: at}}},
			"warn name.second name=harmonium-2.local taken=harmonium.local"},
		{"no address", &lan.Sheet{WrittenAt: day, Interfaces: []lan.Interface{{Name: "eth0"}}},
			"warn address.unassigned interface=eth0"},
		{"nothing plugged in", &lan.Sheet{WrittenAt: day}, "warn address.none"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.sheet != nil {
				if err := tt.sheet.Write(path); err != nil {
					t.Fatal(err)
				}
			}
			text := said(open(t, lan.Options{Mode: lan.ModeSelf, Listen: ":443", Sheet: path}))
			if !strings.Contains(text, tt.want) {
				t.Errorf("findings:\n%swant %q", text, tt.want)
			}
		})
	}
}

// said writes each finding on a line: its level, its code and its values by name.
func said(n *lan.Network) string {
	var b strings.Builder
	for _, f := range n.Findings() {
		b.WriteString(string(f.Level) + " " + f.Code)
		for _, name := range slices.Sorted(maps.Keys(f.Values)) {
			b.WriteString(" " + name + "=" + f.Values[name].Value)
		}
		b.WriteString("\n")
	}
	return b.String()
}
