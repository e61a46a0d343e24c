package lan

import (
	"context"
	"crypto/ecdsa"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"harmonium/appliance"
)

// Mode is where the certificate of the box comes from.
type Mode string

// The modes.
const (
	ModeNone  Mode = "none"  // there is no HTTPS: for this machine only
	ModeSelf  Mode = "self"  // from the box's own authority
	ModeFiles Mode = "files" // from the organisation, as files
)

// Choice is what the administrator has decided about how people reach the box.
type Choice struct {
	Certificate Mode `json:"certificate"` // ModeSelf or ModeFiles
	// PlainJoin lets participants in over plain HTTP, so that no phone needs a certificate; host pages never are.
	PlainJoin bool `json:"plain_join"`
}

// SettingChoice is the key under which the choice is kept in the store.
const SettingChoice = "network"

// SettingAuthority is the key under which the fingerprint of an authority that was made anew is kept.
const SettingAuthority = "network.authority"

// DefaultName is the name that a box announces when no other box has it.
const DefaultName = "harmonium.local"

// mostBoxes is up to which number boxes of one network find a name: harmonium-2.local to harmonium-9.local.
const mostBoxes = 9

// boxName gives the n-th name that a box may announce, from 1.
func boxName(n int) string {
	if n == 1 {
		return DefaultName
	}
	return fmt.Sprintf("harmonium-%d.local", n)
}

// Names lists the names that a box may announce, in the order in which it tries them.
func Names() []string {
	var names []string
	for n := 1; n <= mostBoxes; n++ {
		names = append(names, boxName(n))
	}
	return names
}

// lookEvery is how often files and addresses are looked at.
const lookEvery = 5 * time.Second

// Options is what Open needs.
type Options struct {
	Mode   Mode
	Choice *Choice // of the administrator; nil: none yet, and Mode says which certificate is used
	Dir    string  // of the own authority; made when it is needed
	Files  string  // folder of the organisation's certificate
	Listen string  // host:port of HTTPS, of HTTP with ModeNone
	Plain  string  // host:port of plain HTTP beside HTTPS; "": none
	Public string  // base URL to give out; ""
	Hosts  []string
	Sheet  string                       // file of the announcer; "": there is none
	Local  func() ([]netip.Addr, error) // addresses of this machine; nil: they cannot be seen
	Look   bool                         // only to look: no file is made or changed
	Clock  appliance.Clock
	Log    *slog.Logger // nil: silent
}

// Network is how the box is reached, as it stands at each moment: addresses and names, certificates, what the
// administrator has chosen. It may be used by several goroutines.
type Network struct {
	o Options

	mu        sync.Mutex
	choice    Choice
	authority *Authority
	own       *tls.Certificate // from authority
	files     *tls.Certificate // the last usable one of the organisation
	report    Report           // on what lies in the folder now
	stamp     string           // of the files that report is about
	sheet     Sheet
	sheetErr  error
	local     []netip.Addr
	learnt    learnt
}

// Open looks at everything for the first time, and makes the own authority where there is to be HTTPS and none was
// made yet.
func Open(o Options) (*Network, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	n := &Network{o: o, choice: Choice{Certificate: o.Mode}, learnt: learnt{}}
	if o.Choice != nil && o.Mode != ModeNone {
		n.choice = *o.Choice
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.Secure() {
		var err error
		if n.authority, err = openAuthority(o.Dir, n.authorityNames(), o.Clock(), !o.Look); err != nil {
			return nil, err
		}
	}
	n.look()
	return n, nil
}

// Run keeps up with what changes around the box until ctx ends: addresses, files, the age of certificates.
func (n *Network) Run(ctx context.Context) {
	t := time.NewTicker(lookEvery)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			n.mu.Lock()
			n.look()
			n.mu.Unlock()
		case <-ctx.Done():
			return
		}
	}
}

// Secure says whether the box speaks HTTPS.
func (n *Network) Secure() bool { return n.o.Mode != ModeNone }

// PlainJoin says whether participants are let in over plain HTTP beside HTTPS.
func (n *Network) PlainJoin() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.plainJoin()
}

func (n *Network) plainJoin() bool { return n.Secure() && n.choice.PlainJoin && n.o.Plain != "" }

// look brings everything up to date.
func (n *Network) look() {
	if n.o.Local != nil {
		if list, err := n.o.Local(); err == nil {
			n.local = list
		}
	}
	if n.o.Sheet != "" {
		n.readSheet()
	}
	if !n.Secure() {
		return
	}
	n.readFiles()
	n.renew()
}

func (n *Network) readSheet() {
	s, err := ReadSheet(n.o.Sheet)
	if n.sheetErr = err; err != nil {
		return
	}
	if was := n.sheet; !was.WrittenAt.IsZero() && (was.Name != s.Name || !slices.Equal(was.addresses(), s.addresses())) {
		n.o.Log.Info("the addresses of the box have changed", "name", s.Name, "addresses", len(s.addresses()))
	}
	n.sheet = s
}

// readFiles takes the organisation's certificate when it is usable. One that is not leaves the last one in place until
// that ends.
func (n *Network) readFiles() {
	now := n.o.Clock()
	c, report := ReadFiles(n.o.Files, n.wanted(), now)
	n.report = report
	switch {
	case c != nil:
		n.files = c
	case n.files != nil && now.After(n.files.Leaf.NotAfter):
		n.files = nil
	}
	stamp := stampOf(n.o.Files)
	if stamp != n.stamp && n.stamp != "" {
		n.o.Log.Info("the files of the organisation's certificate have changed", "usable", report.Usable,
			"problems", len(report.Problems))
	}
	n.stamp = stamp
}

// stampOf changes when one of the files does.
func stampOf(dir string) string {
	text := "files"
	for _, name := range []string{CertificateFile, KeyFile} {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil {
			text += fmt.Sprintf("/%d.%d.%v", info.ModTime().UnixNano(), info.Size(), info.Mode())
		}
	}
	return text
}

// wanted are the names that the organisation's certificate must be for.
func (n *Network) wanted() []string {
	if u, err := url.Parse(n.o.Public); err == nil && u.Scheme == "https" {
		return []string{u.Hostname()}
	}
	return nil
}

// renew makes the own certificate anew when the addresses or names have changed, or two thirds of its time are over.
func (n *Network) renew() {
	if n.authority == nil {
		return
	}
	names, numbers, now := n.names(), n.numbers(n.o.Clock()), n.o.Clock()
	numbers = append(numbers, netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback())
	if n.own != nil && n.authority.fits(n.own, names, numbers) && !due(n.own.Leaf, now) {
		return
	}
	if n.own == nil {
		if n.own = n.authority.stored(n.o.Dir, names, numbers, now); n.own != nil {
			return
		}
	}
	c, err := n.authority.issue(names, numbers, now)
	if err != nil {
		n.o.Log.Error("no new certificate could be made; the old one stays in use", "error", err)
		return
	}
	n.own = c
	if n.o.Look {
		return
	}
	if err := writePair(filepath.Join(n.o.Dir, serverFile), c.PrivateKey.(*ecdsa.PrivateKey), c.Leaf); err != nil {
		n.o.Log.Warn("the new certificate was not kept; it is in use, and the next start makes another", "error", err)
	}
}

// names are those under which the box answers, without those that only a certificate gives it.
func (n *Network) names() []string {
	names := append([]string{"localhost"}, n.o.Hosts...)
	if n.sheet.Taken != DefaultName {
		names = append(names, DefaultName)
	}
	if n.sheet.Name != "" {
		names = append(names, n.sheet.Name)
	}
	for _, host := range []string{hostOf(n.o.Public), hostOfListen(n.o.Listen)} {
		if _, err := netip.ParseAddr(host); err != nil && host != "" {
			names = append(names, host)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// authorityNames are those that an authority is made for: all that the box may come to be called.
func (n *Network) authorityNames() []string {
	names := append(n.names(), Names()...)
	if host, err := os.Hostname(); err == nil && host != "" {
		host, _, _ = strings.Cut(strings.ToLower(host), ".")
		names = append(names, host+".local")
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// numbers are the addresses of the box, as far as it knows them.
func (n *Network) numbers(now time.Time) []netip.Addr {
	list := slices.Concat(n.sheet.addresses(), n.local, n.learnt.since(n.sheet, now))
	for _, host := range []string{hostOf(n.o.Public), hostOfListen(n.o.Listen)} {
		if ip, err := netip.ParseAddr(host); err == nil && !ip.IsUnspecified() {
			list = append(list, ip)
		}
	}
	var unique []netip.Addr
	for _, ip := range list {
		ip = ip.Unmap()
		if ip.IsGlobalUnicast() && !slices.Contains(unique, ip) {
			unique = append(unique, ip)
		}
	}
	return unique
}

func hostOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

func hostOfListen(listen string) string {
	host, _, _ := net.SplitHostPort(listen)
	return strings.ToLower(host)
}

// Learn notes that a connection has come in at one of the machine's addresses.
func (n *Network) Learn(at net.Addr) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.learn(at)
}

func (n *Network) learn(at net.Addr) {
	tcp, ok := at.(*net.TCPAddr)
	if !ok {
		return
	}
	if n.learnt.add(tcp.AddrPort().Addr(), n.o.Clock()) {
		n.renew()
	}
}

// TLSConfig is what a listener for HTTPS needs. HTTP/2 is left out: the limits of connections and of slow bodies, and
// the live sockets, are made for a connection that carries one request at a time.
func (n *Network) TLSConfig() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, GetCertificate: n.certificate}
}

// certificate gives the one that is for what the client has asked for: a name, or the address that it has come to.
func (n *Network) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	host := hello.ServerName
	if hello.Conn != nil {
		n.learn(hello.Conn.LocalAddr())
		if tcp, ok := hello.Conn.LocalAddr().(*net.TCPAddr); ok && host == "" {
			host = tcp.AddrPort().Addr().Unmap().WithZone("").String()
		}
	}
	candidates := []*tls.Certificate{n.own, n.files}
	if n.choice.Certificate == ModeFiles {
		slices.Reverse(candidates)
	}
	candidates = slices.DeleteFunc(candidates, func(c *tls.Certificate) bool { return c == nil })
	for _, c := range candidates {
		if c.Leaf.VerifyHostname(host) == nil {
			return c, nil
		}
	}
	if len(candidates) == 0 {
		return nil, errors.New("the box has no certificate")
	}
	return candidates[0], nil
}

// Addresses gives the base URLs at which people take part, the best first; at least one.
func (n *Network) Addresses() []Address {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.plainJoin() {
		w := n.ways()
		w.listen, w.scheme, w.named = n.o.Plain, "http", nil
		w.warns = nil
		return w.addresses()
	}
	return n.ways().addresses()
}

// HostAddresses gives the base URLs of the host pages, the best first; at least one.
func (n *Network) HostAddresses() []Address {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.ways().addresses()
}

func (n *Network) ways() ways {
	w := ways{public: n.o.Public, listen: n.o.Listen, scheme: "http", seen: n.numbers(n.o.Clock())}
	if n.sheet.Name != "" {
		w.also = []string{n.sheet.Name}
	}
	if !n.Secure() {
		return w
	}
	w.scheme = "https"
	inUse := n.own
	if n.choice.Certificate == ModeFiles && n.files != nil {
		inUse = n.files
		for _, name := range subjectsOf(n.files.Leaf) {
			if _, err := netip.ParseAddr(name); err != nil && !strings.HasPrefix(name, "*.") && name != "localhost" {
				w.named = append(w.named, name)
			}
		}
	}
	if inUse != nil {
		w.warns = func(host string) bool { return inUse.Leaf.VerifyHostname(host) != nil }
	}
	return w
}

// Knows says whether host is a name of the box. Under any other name requests are refused (see web).
func (n *Network) Knows(host string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if slices.Contains(n.names(), host) {
		return true
	}
	return n.files != nil && n.files.Leaf.VerifyHostname(host) == nil
}

// SecureURL gives the address of HTTPS for a request that came to host (a name or a number) over plain HTTP.
func (n *Network) SecureURL(host string) string {
	_, port, err := net.SplitHostPort(n.o.Listen)
	if err != nil {
		port = "443"
	}
	return "https://" + hostPort("https", host, port)
}

// UsualPort says whether HTTPS is at port 443, so that plain HTTP on this host name is nobody else's.
func (n *Network) UsualPort() bool {
	_, port, _ := net.SplitHostPort(n.o.Listen)
	return port == "443"
}

// Authority is the box's own; nil when there is none, as without HTTPS.
func (n *Network) Authority() *Authority {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.authority
}
