// Package lan knows how phones and laptops in the building reach the box: the addresses to give out and the QR code
// that carries one.
//
// It never looks at the network by itself: who calls it hands in the addresses of the machine, because a sealed
// server cannot see them and learns them in another way.
package lan

import (
	"cmp"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Address is one base URL under which the box answers.
type Address struct {
	URL    string // scheme, host and port, without a slash at the end
	Phones bool   // whether another device in the building can reach it
}

// Addresses gives the base URLs to give out, the best first; there is always at least one.
//
// PublicURL, when it is not empty, is what the administrator wants given out, and comes first. Listen is the address
// that the server listens on (host:port); when it stands for all interfaces, machine names the addresses of this
// machine. It is not called otherwise; when it fails, only this machine itself is known to reach the box.
func Addresses(publicURL, listen string, machine func() ([]netip.Addr, error)) []Address {
	var list []Address
	if publicURL != "" {
		list = append(list, Address{URL: strings.TrimSuffix(publicURL, "/"), Phones: FromPhones(publicURL)})
	}
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return list
	}
	add := func(host string, phones bool) {
		a := Address{URL: "http://" + hostPort(host, port), Phones: phones}
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
		for _, ip := range reachable(ip, machine) {
			add(ip.String(), true)
		}
		add("127.0.0.1", false)
	}
	return list
}

// reachable gives those addresses of the machine at which others can reach a listener on all (the unspecified
// address of a family; the zero Addr and :: are both families), the best to type first: IPv4, then private ranges.
func reachable(all netip.Addr, machine func() ([]netip.Addr, error)) []netip.Addr {
	have, err := machine()
	if err != nil {
		return nil
	}
	var usable []netip.Addr
	for _, ip := range have {
		ip = ip.Unmap()
		if ip.IsGlobalUnicast() && (ip.Is4() || !all.Is4()) {
			usable = append(usable, ip)
		}
	}
	slices.SortStableFunc(usable, func(a, b netip.Addr) int { return cmp.Compare(rank(a), rank(b)) })
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
	var list []netip.Addr
	for _, n := range nets {
		if p, err := netip.ParsePrefix(n.String()); err == nil {
			list = append(list, p.Addr().Unmap())
		}
	}
	return list, nil
}

// hostPort joins host and port for a URL, without the port that http means anyway.
func hostPort(host, port string) string {
	if n, err := strconv.Atoi(port); err == nil && n != 80 {
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
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() != "localhost" && (err != nil || !ip.Unmap().IsLoopback())
}
