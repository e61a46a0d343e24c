package announce

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pion/mdns/v2"
	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"

	"harmonium/appliance"
)

// port is that of multicast DNS.
const port = 5353

// group4 and group6 are the groups to which questions and answers go (RFC 6762, 3).
func group4() *net.UDPAddr { return &net.UDPAddr{IP: net.IPv4(224, 0, 0, 251), Port: port} }

func group6() *net.UDPAddr { return &net.UDPAddr{IP: net.ParseIP("ff02::fb"), Port: port} }

// responder answers for a name until it is closed.
type responder struct{ conn *mdns.Conn }

// answer begins to answer for name on the interfaces that have an address.
func answer(interfaces []network, name string) (*responder, error) {
	var at []net.Interface
	var v4, v6 bool
	for _, n := range interfaces {
		for _, ip := range n.addresses {
			v4, v6 = v4 || ip.Is4(), v6 || ip.Is6()
		}
		if len(n.addresses) > 0 && n.Flags&net.FlagMulticast != 0 {
			at = append(at, n.Interface)
		}
	}
	if len(at) == 0 {
		return nil, errors.New("no network here carries multicast")
	}
	var pc4 *ipv4.PacketConn
	var pc6 *ipv6.PacketConn
	if v4 {
		c, err := net.ListenUDP("udp4", group4())
		if err != nil {
			return nil, fmt.Errorf("listen for questions: %w", err)
		}
		pc4 = ipv4.NewPacketConn(c)
	}
	if v6 { // a machine without IPv6 is announced all the same
		if c, err := net.ListenUDP("udp6", group6()); err == nil {
			pc6 = ipv6.NewPacketConn(c)
		}
	}
	conn, err := mdns.NewServer(pc4, pc6, mdns.WithName("harmonium"), mdns.WithLocalNames(name), mdns.WithInterfaces(at...),
		mdns.WithRecordTypes(dnsmessage.TypeA, dnsmessage.TypeAAAA), mdns.WithCacheRefresh(false))
	if err != nil {
		if pc4 != nil {
			pc4.Close()
		}
		if pc6 != nil {
			pc6.Close()
		}
		return nil, fmt.Errorf("answer for %s: %w", name, err)
	}
	return &responder{conn}, nil
}

func (r *responder) close() { r.conn.Close() }

// ask gives the addresses of all who answer for name within a time, on every interface that has IPv4.
func ask(ctx context.Context, interfaces []network, name string, within time.Duration) []netip.Addr {
	var (
		wait sync.WaitGroup
		mu   sync.Mutex
		all  []netip.Addr
	)
	for _, n := range interfaces {
		if n.Flags&net.FlagMulticast == 0 || !slices.ContainsFunc(n.addresses, netip.Addr.Is4) {
			continue
		}
		wait.Go(func() {
			found := askOn(ctx, n.Interface, name, within)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, found...)
		})
	}
	wait.Wait()
	appliance.Sort(all, netip.Addr.Compare)
	return slices.Compact(all)
}

// askOn asks on one interface. It asks twice, since a packet may be lost.
func askOn(ctx context.Context, at net.Interface, name string, within time.Duration) []netip.Addr {
	c, err := net.ListenMulticastUDP("udp4", &at, group4())
	if err != nil {
		return nil
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	pc := ipv4.NewPacketConn(c)
	// Who answers on this machine is to hear the question as well.
	if pc.SetMulticastInterface(&at) != nil || pc.SetMulticastLoopback(true) != nil {
		return nil
	}
	question, err := questionFor(name)
	if err != nil {
		return nil
	}
	var found []netip.Addr
	for range 2 {
		if _, err := c.WriteToUDP(question, group4()); err != nil {
			return found
		}
		enough := time.AfterFunc(within/2, func() { c.SetReadDeadline(time.Unix(1, 0)) })
		found = append(found, answers(c, name)...)
		enough.Stop()
		c.SetReadDeadline(time.Time{})
	}
	return found
}

func questionFor(name string) ([]byte, error) {
	n, err := dnsmessage.NewName(name + ".")
	if err != nil {
		return nil, err
	}
	m := dnsmessage.Message{Questions: []dnsmessage.Question{{Name: n, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}}}
	return m.Pack()
}

// answers reads until the deadline and gives the addresses that others say name has.
func answers(c *net.UDPConn, name string) []netip.Addr {
	var found []netip.Addr
	b := make([]byte, 9000) // RFC 6762, 17
	for {
		n, _, err := c.ReadFromUDPAddrPort(b)
		if err != nil {
			return found
		}
		found = append(found, addressesIn(b[:n], name)...)
	}
}

// addressesIn gives the IPv4 addresses that a packet says name has; none for a question or a broken packet.
func addressesIn(packet []byte, name string) []netip.Addr {
	var p dnsmessage.Parser
	header, err := p.Start(packet)
	if err != nil || !header.Response || p.SkipAllQuestions() != nil {
		return nil
	}
	var found []netip.Addr
	for {
		h, err := p.AnswerHeader()
		if err != nil {
			return found
		}
		if h.Type != dnsmessage.TypeA || !strings.EqualFold(h.Name.String(), name+".") {
			if p.SkipAnswer() != nil {
				return found
			}
			continue
		}
		a, err := p.AResource()
		if err != nil {
			return found
		}
		found = append(found, netip.AddrFrom4(a.A))
	}
}
