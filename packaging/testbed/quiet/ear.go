package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"unsafe"
)

// ear hears what is sent on all interfaces.
type ear struct {
	files []*os.File

	mu      sync.Mutex
	outside map[string]bool // what went to elsewhere, for people
	within  int             // packets that stayed on the loopback
	groups  int             // memberships of multicast groups that the kernel has told on the cable
}

// Linux: <linux/if_packet.h>.
const (
	packetStatistics = 6
	packetOutgoing   = 4
)

// snap is how much of a packet is looked at, in bytes: its headers.
const snap = 128

// listen begins to hear the cable and the loopback, each with a queue of its own.
func listen() (*ear, error) {
	e := &ear{outside: map[string]bool{}}
	for _, name := range []string{"eth0", "lo"} {
		i, err := net.InterfaceByName(name)
		if err != nil {
			return nil, err
		}
		fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, int(htons(syscall.ETH_P_ALL)))
		if err != nil {
			return nil, fmt.Errorf("listen at %s: %w", name, err)
		}
		if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUFFORCE, 256<<20); err != nil {
			return nil, err
		}
		if err := syscall.Bind(fd, &syscall.SockaddrLinklayer{Protocol: htons(syscall.ETH_P_ALL), Ifindex: i.Index}); err != nil {
			return nil, fmt.Errorf("listen at %s: %w", name, err)
		}
		f := os.NewFile(uintptr(fd), name)
		e.files = append(e.files, f)
		go e.hear(f, name == "lo")
	}
	return e, nil
}

// hear listens at one interface for ever. Each packet of the loopback is seen twice, as it goes and as it comes.
func (e *ear) hear(f *os.File, loopback bool) {
	raw, err := f.SyscallConn()
	if err != nil {
		panic(err)
	}
	buffer := make([]byte, snap)
	for {
		var n int
		var from syscall.Sockaddr
		var failed error
		err := raw.Read(func(fd uintptr) bool {
			n, from, failed = syscall.Recvfrom(int(fd), buffer, syscall.MSG_TRUNC)
			return failed != syscall.EAGAIN
		})
		if err != nil {
			return
		}
		link, ok := from.(*syscall.SockaddrLinklayer)
		if failed != nil || !ok || link.Pkttype != packetOutgoing {
			continue // nobody sends to us from the other end of the cable
		}
		e.judge(buffer[:min(n, snap)], link.Protocol, loopback)
	}
}

// judge says whether a packet stays here. On the cable nothing does.
func (e *ear) judge(b []byte, protocol uint16, loopback bool) {
	to, text := destination(b, htons(protocol))
	e.mu.Lock()
	defer e.mu.Unlock()
	if loopback && to.IsValid() && to.Port() != 53 && to.Port() != 5353 && (to.Addr().IsLoopback() || to.Addr().String() == "10.77.0.2") {
		e.within++
		return
	}
	if !loopback && membership(b, htons(protocol)) {
		e.groups++
		return
	}
	if loopback {
		text += " on the loopback"
	}
	e.outside[text] = true
}

// membership says whether a packet tells of which multicast groups this machine is a member (RFC 3810), as the kernel does
// by itself: ICMPv6 behind an option of its own.
func membership(b []byte, protocol uint16) bool {
	const hopByHop, report, done, report2 = 0, 131, 132, 143
	if protocol != syscall.ETH_P_IPV6 || len(b) < 49 || b[6] != hopByHop || b[40] != syscall.IPPROTO_ICMPV6 || b[41] != 0 {
		return false
	}
	kind := b[48]
	return b[24] == 0xff && (kind == report || kind == done || kind == report2)
}

// memberships gives how many of those were heard.
func (e *ear) memberships() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.groups
}

// destination reads where an IP packet goes to, and says it for people.
func destination(b []byte, protocol uint16) (netip.AddrPort, string) {
	var kind byte
	var to netip.Addr
	var rest []byte
	switch {
	case protocol == syscall.ETH_P_IP && len(b) >= 20:
		kind, to = b[9], netip.AddrFrom4([4]byte(b[16:20]))
		rest = b[min(int(b[0]&15)*4, len(b)):]
	case protocol == syscall.ETH_P_IPV6 && len(b) >= 40:
		kind, to, rest = b[6], netip.AddrFrom16([16]byte(b[24:40])), b[40:]
	default:
		return netip.AddrPort{}, fmt.Sprintf("a frame of protocol %04x", protocol)
	}
	var port uint16
	if (kind == syscall.IPPROTO_TCP || kind == syscall.IPPROTO_UDP) && len(rest) >= 4 {
		port = binary.BigEndian.Uint16(rest[2:])
	}
	at := netip.AddrPortFrom(to, port)
	switch kind {
	case syscall.IPPROTO_TCP:
		return at, fmt.Sprintf("TCP to %s", at)
	case syscall.IPPROTO_UDP:
		return at, strings.TrimSpace(fmt.Sprintf("UDP to %s %s", at, question(port, rest)))
	}
	return at, fmt.Sprintf("IP protocol %d to %s", kind, to)
}

// question gives the name that a question to a name server is about, "" for anything else.
func question(port uint16, udp []byte) string {
	const head = 8 + 12
	if port != 53 || len(udp) <= head {
		return ""
	}
	var labels []string
	for b := udp[head:]; len(b) > 0 && b[0] > 0 && int(b[0]) < len(b); b = b[1+b[0]:] {
		labels = append(labels, strings.ToValidUTF8(string(b[1:1+b[0]]), "?"))
	}
	return "about " + strings.Join(labels, ".")
}

// heard gives what went to elsewhere, how many packets stayed here, and how many were missed since it was last asked.
func (e *ear) heard() (outside []string, within, dropped int) {
	for _, f := range e.files {
		raw, err := f.SyscallConn()
		if err != nil {
			continue
		}
		raw.Control(func(fd uintptr) {
			var stats [8]byte // packets, drops
			size := uint32(len(stats))
			syscall.Syscall6(syscall.SYS_GETSOCKOPT, fd, syscall.SOL_PACKET, packetStatistics,
				uintptr(unsafe.Pointer(&stats[0])), uintptr(unsafe.Pointer(&size)), 0)
			dropped += int(binary.NativeEndian.Uint32(stats[4:]))
		})
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for text := range e.outside {
		outside = append(outside, text)
	}
	slices.Sort(outside)
	return outside, e.within, dropped
}

// forget begins anew.
func (e *ear) forget() {
	e.heard()
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(e.outside)
	e.within, e.groups = 0, 0
}

// sent gives how many frames the cable has carried away.
func sent() (int, error) {
	text, err := os.ReadFile("/sys/class/net/eth0/statistics/tx_packets")
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

func htons(v uint16) uint16 { return v<<8 | v>>8 }
