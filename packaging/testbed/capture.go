package testbed

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// mark is in everything that the program attack sends and that can carry text, with the way by which it tried; what
// cannot, goes to a port of that way. In a DNS query the dot is the length of what follows.
var mark = regexp.MustCompile(`way-out[.\x00-\x1f]([a-z0-9-]+)`)

// attackPorts are the ports that only the program attack sends to.
const attackPorts = 9100

// What a frame from the box is.
const (
	Answer   = "answer"   // belongs to a connection that a LAN client opened
	Announce = "announce" // tells the LAN the name of the box, or the client that asked: multicast DNS
	Link     = "link"     // what the kernel does to find neighbours and to join multicast groups
	WayOut   = "way out"  // anything else
)

// Frame is one frame that the box sent, without what it carries.
type Frame struct {
	Kind string
	Text string // for people: "TCP 192.168.77.1:443 > 192.168.77.2:50022 [S]"
	Way  string // the way of the program attack, or the port of that way
	To   netip.Addr
}

// Tap hears every frame that comes in at one interface. Frames of the same text are counted once.
type Tap struct {
	Name string

	box  net.HardwareAddr
	fd   int
	file *os.File
	done chan struct{}

	mu    sync.Mutex
	count map[Frame]int
	total int
}

// Linux: <linux/if_packet.h>.
const (
	packetStatistics     = 6
	packetIgnoreOutgoing = 23
)

// tap begins to listen at an interface of the current namespace to what the machine with the address box sends.
func tap(name, device string, box net.HardwareAddr) (*Tap, error) {
	all := int(htons(syscall.ETH_P_ALL))
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, all)
	if err != nil {
		return nil, fmt.Errorf("listen at %s: %w", device, err)
	}
	i, err := net.InterfaceByName(device)
	if err == nil {
		err = syscall.SetsockoptInt(fd, syscall.SOL_PACKET, packetIgnoreOutgoing, 1)
	}
	if err == nil {
		err = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUFFORCE, 64<<20)
	}
	if err == nil {
		err = syscall.Bind(fd, &syscall.SockaddrLinklayer{Protocol: uint16(all), Ifindex: i.Index})
	}
	if err != nil {
		syscall.Close(fd)
		return nil, fmt.Errorf("listen at %s: %w", device, err)
	}
	t := &Tap{Name: name, box: box, fd: fd, file: os.NewFile(uintptr(fd), device), done: make(chan struct{}), count: make(map[Frame]int)}
	go t.listen()
	return t, nil
}

func (t *Tap) listen() {
	defer close(t.done)
	for buf := make([]byte, 64<<10); ; {
		n, err := t.file.Read(buf)
		if err != nil {
			return
		}
		b := buf[:n]
		if n < 12 || !bytes.Equal(b[6:12], t.box) {
			continue
		}
		f := Dissect(b)
		t.mu.Lock()
		t.total++
		if f.Kind != Answer || t.count[f] == 0 {
			t.count[f]++
		}
		t.mu.Unlock()
	}
}

// Frames gives what was heard since the last Reset, each kind of frame once, sorted by its text.
func (t *Tap) Frames() []Frame {
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []Frame
	for f := range t.count {
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b Frame) int { return strings.Compare(a.Text, b.Text) })
	return list
}

// Total says how many frames were heard since the last Reset.
func (t *Tap) Total() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.total
}

// Reset forgets what was heard.
func (t *Tap) Reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.count)
	t.total = 0
}

// Dropped says how many frames the kernel could not hand over since it was last asked. With any, nothing that the tap
// says is proof.
func (t *Tap) Dropped() (int, error) {
	var dropped int
	raw, err := t.file.SyscallConn()
	if err != nil {
		return 0, err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		var stats [8]byte // packets, drops
		size := uint32(len(stats))
		if errno := getsockopt(fd, syscall.SOL_PACKET, packetStatistics, stats[:], &size); errno != 0 {
			failed = errno
		}
		dropped = int(binary.NativeEndian.Uint32(stats[4:]))
	})
	if err == nil {
		err = failed
	}
	return dropped, err
}

// Close ends the tap.
func (t *Tap) Close() {
	t.file.Close()
	<-t.done
}

// Dissect says what a frame of the box is, header and all. What is not known is a way out.
func Dissect(b []byte) Frame {
	if len(b) < 14 {
		return Frame{Kind: WayOut, Text: "less than a frame"}
	}
	f := Frame{Kind: WayOut, Text: fmt.Sprintf("Ethernet %04x > %s", b[12:14], net.HardwareAddr(b[:6]))}
	if m := mark.FindSubmatch(b[14:]); m != nil {
		f.Way = string(m[1])
	}
	switch p := b[14:]; {
	case b[12] == 0x08 && b[13] == 0x00 && len(p) >= 20:
		size := int(p[0]&15) * 4
		f.internet(p[9], netip.AddrFrom4([4]byte(p[12:16])), netip.AddrFrom4([4]byte(p[16:20])), p[min(size, len(p)):])
	case b[12] == 0x86 && b[13] == 0xdd && len(p) >= 40:
		next, rest := p[6], p[40:]
		if next == 0 && len(rest) >= 8 { // hop by hop: MLD
			next, rest = rest[0], rest[min(int(rest[1])*8+8, len(rest)):]
		}
		f.internet(next, netip.AddrFrom16([16]byte(p[8:24])), netip.AddrFrom16([16]byte(p[24:40])), rest)
	case b[12] == 0x08 && b[13] == 0x06 && len(p) >= 28:
		f.To = netip.AddrFrom4([4]byte(p[24:28]))
		if reply := binary.BigEndian.Uint16(p[6:]) == 2; reply {
			f.Kind, f.Text = Link, fmt.Sprintf("ARP: here I am, to %s", f.To)
		} else {
			f.neighbour(fmt.Sprintf("ARP: where is %s?", f.To))
		}
	}
	if f.Way != "" {
		f.Kind = WayOut
	}
	return f
}

// neighbour is a frame that looks for a neighbour. Nothing in the box has a reason to look for the sink.
func (f *Frame) neighbour(text string) {
	f.Text = text
	if f.To != address("sink") && f.To != address("sink6") {
		f.Kind = Link
	}
}

// address gives that of a host: IPv4 by its name, IPv6 by its name with a 6.
func address(name string) netip.Addr {
	for _, h := range hosts {
		switch name {
		case h.Name:
			return h.V4
		case h.Name + "6":
			return h.V6
		}
	}
	return netip.Addr{}
}

// internet is an IP packet with what it carries.
func (f *Frame) internet(protocol byte, from, to netip.Addr, p []byte) {
	f.To = to
	switch {
	case protocol == syscall.IPPROTO_TCP && len(p) >= 20:
		f.tcp(from, to, p)
	case protocol == syscall.IPPROTO_UDP && len(p) >= 8:
		source, target := binary.BigEndian.Uint16(p), binary.BigEndian.Uint16(p[2:])
		f.Text = fmt.Sprintf("UDP %s:%d > %s", from, source, netip.AddrPortFrom(to, target))
		f.port(target)
		if source == 5353 && (target == 5353 && to.IsMulticast() || to == address("client")) {
			f.Kind = Announce
		}
	case protocol == syscall.IPPROTO_ICMPV6 && len(p) >= 4:
		f.Text = fmt.Sprintf("ICMPv6 type %d %s > %s", p[0], from, to)
		switch {
		case p[0] == 135 && len(p) >= 24:
			f.To = netip.AddrFrom16([16]byte(p[8:24]))
			f.neighbour(fmt.Sprintf("ICMPv6: where is %s?", f.To))
		case p[0] >= 130 && p[0] <= 136, p[0] == 143:
			f.Kind = Link
		}
	case protocol == syscall.IPPROTO_IGMP:
		f.Kind, f.Text = Link, fmt.Sprintf("IGMP > %s", to)
	default:
		f.Text = fmt.Sprintf("IP protocol %d %s > %s", protocol, from, to)
	}
}

// tcp is an answer when it comes from the ports of the box and opens no connection.
func (f *Frame) tcp(from, to netip.Addr, p []byte) {
	source, target := binary.BigEndian.Uint16(p), binary.BigEndian.Uint16(p[2:])
	const syn, ack = 2, 16
	opens := p[13]&(syn|ack) == syn
	switch {
	case !opens && (source == 443 || source == 80):
		f.Kind, f.Text = Answer, fmt.Sprintf("TCP %s > %s", netip.AddrPortFrom(from, source), to)
	case opens:
		f.Text = fmt.Sprintf("TCP %s opens %s", from, netip.AddrPortFrom(to, target))
		f.port(target)
	default:
		f.Text = fmt.Sprintf("TCP %s > %s", netip.AddrPortFrom(from, source), to)
	}
}

func (f *Frame) port(target uint16) {
	if f.Way == "" && target >= attackPorts && target < attackPorts+100 {
		f.Way = fmt.Sprint(target)
	}
}

func htons(v uint16) uint16 { return v<<8 | v>>8 }
