// Package egress is the only way out of the process. Everything that connects is given a Guard, or the http.Client of
// one; a test over the whole source forbids every other way to open a connection.
//
// A Guard connects to loopback addresses and to what it was explicitly told, and to nothing else. It looks at the
// address that the kernel is about to be given, not at the name that was asked for: between a check of a name and
// its use the name could come to mean something else (DNS rebinding). Names are looked up in the machine's hosts file
// only; a question to a name server is itself a packet that leaves the box, so it is refused too. Proxies named in
// the environment are not used and redirects are not followed.
//
// A Guard protects what goes through it. That nothing goes round it is kept by the kernel in the installed package
// and by the test in package archtest; a Guard alone promises neither.
package egress

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"harmonium/appliance"
)

// Options says where a Guard may connect beside loopback. The zero value adds nothing.
type Options struct {
	// Ways gives further TCP addresses. It is asked at every connection that leads elsewhere than to the loopback, so that
	// what an administrator opens or closes holds at once; nil gives none. An IPv4 address also stands for the same
	// address written as IPv6.
	Ways func() []Way
	// Sockets are paths of Unix sockets, compared as they are written.
	Sockets []string
	// Clock tells when something was refused; nil is the system's.
	Clock appliance.Clock
}

// Guard makes connections, if they are allowed, and counts those that it refused. It is safe for concurrent use.
type Guard struct {
	ways     func() []Way
	sockets  []string
	dialer   net.Dialer
	refused  [len(classes)]atomic.Int64
	attempts attempts
}

// Class is a kind of destination that was refused. It says no more than is safe to show: never an address.
type Class string

// The classes of refused destinations.
const (
	Public    Class = "public"     // an address of the Internet
	Private   Class = "private"    // an address of a local network (RFC 1918, RFC 4193)
	LinkLocal Class = "link_local" // an address that is good on one link only
	Other     Class = "other"      // multicast, unspecified, broken, or not TCP
	Name      Class = "name"       // a name that only a name server could explain
	Socket    Class = "socket"     // a Unix socket that is not on the list
)

var classes = [...]Class{Public, Private, LinkLocal, Other, Name, Socket}

// Refusal is the error of a connection that was not allowed.
type Refusal struct {
	Class Class
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("egress: refused to connect (%s): the box connects to itself and to what was allowed by address", r.Class)
}

// ErrRedirect is the error of a request that was answered with a redirect. The answer is not followed.
var ErrRedirect = errors.New("egress: the answer points elsewhere and was not followed")

// dialTimeout bounds how long a connection may take to be made. What is allowed is near.
const dialTimeout = 10 * time.Second

// maxIdle is how many connections to one address wait for the next request: with a model that many ask at the same
// time, requests end and begin together.
const maxIdle = 64

// New makes a Guard.
func New(o Options) *Guard {
	g := &Guard{ways: o.Ways, sockets: slices.Clone(o.Sockets), attempts: attempts{clock: o.Clock, list: map[string]*Attempt{}}}
	if o.Clock == nil {
		g.attempts.clock = appliance.SystemClock
	}
	g.dialer = net.Dialer{
		Timeout: dialTimeout,
		Resolver: &net.Resolver{
			PreferGo: true, // the C library would ask name servers by itself
			Dial: func(context.Context, string, string) (net.Conn, error) {
				return nil, &Refusal{Class: Name}
			},
		},
		ControlContext: func(_ context.Context, network, address string, _ syscall.RawConn) error {
			if class, ok := g.check(network, address); !ok {
				return &Refusal{Class: class}
			}
			return nil
		},
	}
	return g
}

// DialContext connects to address, like net.Dialer.DialContext, or fails with a *Refusal. Network is "tcp", "tcp4",
// "tcp6" or "unix". An address to which a way leads through a Unix socket is reached through that.
func (g *Guard) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if strings.HasPrefix(network, "tcp") {
		if socket := g.socketTo(address); socket != "" {
			network, address = "unix", socket
		}
	}
	conn, err := g.dialer.DialContext(ctx, network, address)
	if err == nil {
		return conn, nil
	}
	var refusal *Refusal
	var dns *net.DNSError
	switch {
	case errors.As(err, &refusal):
	case errors.As(err, &dns):
		refusal = &Refusal{Class: Name}
	default:
		return nil, err
	}
	g.refused[slices.Index(classes[:], refusal.Class)].Add(1)
	g.attempts.note(refusal.Class, address)
	return nil, refusal
}

// Client gives an HTTP client that connects through the Guard. It sets no time limit on a whole request, because
// some answers stream for minutes: the caller's context does.
func (g *Guard) Client() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:               nil,
			DialContext:         g.DialContext,
			MaxIdleConnsPerHost: maxIdle,
			IdleConnTimeout:     time.Minute,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return ErrRedirect },
	}
}

// SocketClient gives an HTTP client all of whose requests go to the Unix socket at path, whatever host they name.
// The path must be among the allowed ones.
func (g *Guard) SocketClient(path string) *http.Client {
	c := g.Client()
	c.Transport.(*http.Transport).DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return g.DialContext(ctx, "unix", path)
	}
	return c
}

// Refused gives how many connections were refused since the start, by class. Classes with none are absent.
func (g *Guard) Refused() map[Class]int64 {
	counts := map[Class]int64{}
	for i, class := range classes {
		if n := g.refused[i].Load(); n > 0 {
			counts[class] = n
		}
	}
	return counts
}

// Allows says whether the Guard would connect to address, which must be resolved: an IP address with a port, or the
// path of a Unix socket.
func (g *Guard) Allows(network, address string) bool {
	_, ok := g.check(network, address)
	return ok
}

// check says whether the process may connect to address, which is resolved: what the kernel is about to be given.
func (g *Guard) check(network, address string) (Class, bool) {
	switch {
	case network == "unix":
		return Socket, slices.Contains(g.sockets, address) ||
			slices.ContainsFunc(g.Ways(), func(w Way) bool { return w.Socket != "" && w.Socket == address })
	case !strings.HasPrefix(network, "tcp"):
		return Other, false
	}
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return Other, false
	}
	// An IPv4 address in IPv6 clothes (::ffff:192.0.2.1) reaches the IPv4 address.
	ip := to.Addr().Unmap()
	if ip.IsLoopback() {
		return "", true
	}
	if w, found := g.way(to); found && w.Socket == "" {
		return "", true
	}
	return classOf(ip), false
}

func classOf(ip netip.Addr) Class {
	switch {
	case ip.IsPrivate():
		return Private
	case ip.IsLinkLocalUnicast():
		return LinkLocal
	case ip.IsGlobalUnicast():
		return Public
	}
	return Other
}
