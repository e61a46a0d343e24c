package egress

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
	"time"
)

// Trial is one way out that the box has tried by itself.
type Trial struct {
	Way   string `json:"way"`   // "tcp", "udp", "dns", "raw", "packet" or "socket"
	To    string `json:"to"`    // an address that belongs to nobody, or the path of a Unix socket; "" for none
	Open  bool   `json:"open"`  // the kernel offers the way; nothing was sent on it
	Cause string `json:"cause"` // what the kernel answered; "" when the way is open
}

// escapeLimit bounds all trials together. In a sealed process each fails at once.
const escapeLimit = time.Second

// documentation gives addresses that belong to nobody (RFC 5737, RFC 3849).
func documentation() []string {
	return []string{"192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1"}
}

// services gives the sockets of programs that hand on to the outside what they are asked, above all names to look up.
func services() []string {
	return []string{"/run/systemd/resolve/io.systemd.Resolve", "/run/dbus/system_bus_socket", "/run/nscd/socket"}
}

// Escape tries to leave the box in every way that a program could try, and says for each what the kernel answered. It
// sends nothing: an address is first given to a UDP socket, for which the kernel looks for a route and does no more.
// Only where it has found none is a TCP connection tried in earnest. So a box without the seal, on which a route is
// found, puts no packet on it.
func Escape(ctx context.Context) []Trial {
	ctx, cancel := context.WithTimeout(ctx, escapeLimit)
	defer cancel()
	var list []Trial
	for _, ip := range documentation() {
		route := attempt(ctx, "udp", net.JoinHostPort(ip, "443"))
		list = append(list, route)
		if !route.Open {
			list = append(list, attempt(ctx, "tcp", net.JoinHostPort(ip, "443")))
		}
		dns := attempt(ctx, "udp", net.JoinHostPort(ip, "53"))
		dns.Way = "dns"
		list = append(list, dns)
	}
	for _, path := range services() {
		t := attempt(ctx, "unix", path)
		t.Way = "socket"
		list = append(list, t)
	}
	return append(list, opened("raw", syscall.AF_INET, syscall.SOCK_RAW, syscall.IPPROTO_ICMP),
		opened("packet", syscall.AF_PACKET, syscall.SOCK_RAW, 0))
}

// Open says whether one of the trials found a way.
func Open(trials []Trial) bool {
	for _, t := range trials {
		if t.Open {
			return true
		}
	}
	return false
}

// attempt connects past the Guard, which would refuse by itself: it is the kernel that is put to the test.
func attempt(ctx context.Context, network, to string) Trial {
	t := Trial{Way: network, To: to}
	var d net.Dialer
	c, err := d.DialContext(ctx, network, to)
	if err != nil {
		t.Cause = cause(err)
		return t
	}
	t.Open = true
	c.Close()
	return t
}

// opened opens a socket of a kind that needs a privilege, and sends nothing through it.
func opened(way string, domain, kind, protocol int) Trial {
	t := Trial{Way: way}
	fd, err := syscall.Socket(domain, kind|syscall.SOCK_CLOEXEC, protocol)
	if err != nil {
		t.Cause = cause(err)
		return t
	}
	t.Open = true
	syscall.Close(fd)
	return t
}

// cause gives the kernel's own word for an error.
func cause(err error) string {
	var number syscall.Errno
	switch {
	case errors.As(err, &number):
		return number.Error()
	case errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	}
	return "refused"
}
