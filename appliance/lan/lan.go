// Package lan knows how phones and laptops in the building reach the box: at which addresses and under which names,
// with which certificate, and the QR code that carries an address.
//
// A sealed server cannot see the networks of its machine. It learns the addresses from a file that the announcer
// writes outside of the seal (Announcer), and from the connections that come in; it never looks by itself unless
// whoever wires it hands in a function that does.
package lan

import (
	"cmp"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"harmonium/appliance"
)

// Address is one base URL under which the box answers.
type Address struct {
	URL    string // scheme, host and port, without a slash at the end
	Phones bool   // whether another device in the building can reach it
	Warns  bool   // whether every browser warns before it opens it, since the certificate in use is not for it
}

// ways is all that decides which addresses to give out.
type ways struct {
	public string                 // what the administrator wants given out; ""
	listen string                 // host:port that scheme is spoken at
	scheme string                 // "http" or "https"
	named  []string               // names that are better than numbers, since the certificate is for them
	also   []string               // names that work where the network lets them through
	seen   []netip.Addr           // of the machine
	warns  func(host string) bool // whether browsers warn; nil: never
}

// addresses gives the base URLs to give out, the best first; there is at least one when listen is an address.
//
// A phone gets a number where it can: names that a box announces are often kept from phones by the network.
func (w ways) addresses() []Address {
	var list []Address
	if w.public != "" {
		list = append(list, Address{URL: strings.TrimSuffix(w.public, "/"), Phones: FromPhones(w.public)})
	}
	host, port, err := net.SplitHostPort(w.listen)
	if err != nil {
		return list
	}
	add := func(host string, phones bool) {
		a := Address{URL: w.scheme + "://" + hostPort(w.scheme, host, port), Phones: phones}
		a.Warns = w.warns != nil && w.warns(host)
		if !slices.ContainsFunc(list, func(have Address) bool { return have.URL == a.URL }) {
			list = append(list, a)
		}
	}
	ip, err := netip.ParseAddr(host)
	switch {
	case host != "" && err != nil: // a name
		add(host, host != "localhost")
	case host != "" && !ip.IsUnspecified():
		add(host, !ip.Unmap().IsLoopback())
	default:
		for _, name := range w.named {
			add(name, true)
		}
		for _, ip := range reachable(ip, w.seen) {
			add(ip.String(), true)
		}
		for _, name := range w.also {
			add(name, true)
		}
		add("127.0.0.1", false)
	}
	return list
}

// reachable gives those addresses of the machine at which others can reach a listener on all (the unspecified
// address of a family; the zero Addr and :: are both families), the best to type first: IPv4, then private ranges.
func reachable(all netip.Addr, have []netip.Addr) []netip.Addr {
	var usable []netip.Addr
	for _, ip := range have {
		ip = ip.Unmap()
		if ip.IsGlobalUnicast() && (ip.Is4() || !all.Is4()) {
			usable = append(usable, ip)
		}
	}
	appliance.Sort(usable, func(a, b netip.Addr) int { return cmp.Compare(rank(a), rank(b)) })
	return usable
}

func rank(ip netip.Addr) int {
	n := 0
	if ip.Is6() {
		n += 2
	}
	if !ip.IsPrivate() {
		n++
	}
	return n
}

// Interfaces gives the addresses of this machine's network interfaces. A server that runs sealed must not call it.
func Interfaces() ([]netip.Addr, error) {
	nets, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	return addressesOf(nets), nil
}

func addressesOf(nets []net.Addr) []netip.Addr {
	var list []netip.Addr
	for _, n := range nets {
		if p, err := netip.ParsePrefix(n.String()); err == nil {
			list = append(list, p.Addr().Unmap())
		}
	}
	return list
}

// hostPort joins host and port for a URL, without the port that the scheme means anyway.
func hostPort(scheme, host, port string) string {
	usual := map[string]int{"http": 80, "https": 443}[scheme]
	if n, err := strconv.Atoi(port); err == nil && n != usual {
		return net.JoinHostPort(host, port)
	}
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// FromPhones says whether another device in the building can reach the box at base, as far as base tells.
func FromPhones(base string) bool {
	u, err := url.Parse(base)
	if err != nil {
		return false
	}
	host := strings.ToLower(u.Hostname())
	if ip, err := netip.ParseAddr(host); err == nil {
		return !ip.Unmap().IsLoopback() && !ip.IsUnspecified()
	}
	return host != "localhost" && !strings.HasSuffix(host, ".localhost")
}
