// Command attack tries to send something from where it runs to two addresses, in every way that it knows, and says for
// each way what became of it. What it sends carries the name of the way, "way-out.NAME"; what can carry no text goes
// to a port of that way's own, which it names.
//
// It runs as a service of the box: once with the settings of a sealed unit, where nothing may arrive, and once as a
// naive unit, where everything must, or the trial proves nothing. Sockets that systemd hands over (LISTEN_FDS) are used
// as well: a socket belongs to the namespace it was made in, wherever it is used.
package main

import (
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// patience is how long one try may take; on the wire of the bed an answer takes a tenth of a millisecond.
const patience = 300 * time.Millisecond

// target is a machine to reach.
type target struct {
	v4, v6 netip.Addr
	mac    net.HardwareAddr
}

// way is one way out. It returns nil when the kernel took what was to be sent.
type way struct {
	name string
	try  func(t target, name string, port uint16) error
}

// ways are all of them; the number of a way is its port, less firstPort.
var ways = []way{
	{"tcp4", tcp}, {"tcp6", tcp}, {"mptcp", mptcp}, {"fast-open", fastOpen},
	{"udp4", udp}, {"udp6", udp}, {"udplite", socketTo(syscall.SOCK_DGRAM, 136)}, {"sctp", socketTo(syscall.SOCK_SEQPACKET, 132)},
	{"dns-udp", dns}, {"dns-tcp", dnsTCP}, {"dns-resolved", resolved},
	{"ping4", ping}, {"ping6", ping}, {"icmp4", ping}, {"icmp6", ping},
	{"raw4", raw}, {"forged", forged}, {"packet", packet}, {"packet-cooked", packet},
	{"broadcast", broadcast}, {"multicast4", multicast}, {"multicast6", multicast},
	{"handed-accepted", handedAccepted}, {"handed-fast-open", handedFastOpen}, {"handed-listening", handedListening},
	{"namespace-of-1", namespaceOfOne}, {"namespace-unshared", namespaceUnshared}, {"ask-systemd", askSystemd},
}

const firstPort = 9100

// indexes is up to which number interfaces are tried: they cannot be listed where the kernel is not to be asked.
const indexes = 20

func main() {
	v4 := flag.String("v4", "", "IPv4 address to reach")
	v6 := flag.String("v6", "", "IPv6 address to reach")
	mac := flag.String("mac", "", "hardware address to reach")
	only := flag.String("only", "", "names of ways with commas between; empty is all")
	flag.Parse()
	var t target
	var err [3]error
	t.v4, err[0] = netip.ParseAddr(*v4)
	t.v6, err[1] = netip.ParseAddr(*v6)
	t.mac, err[2] = net.ParseMAC(*mac)
	if err := errors.Join(err[:]...); err != nil {
		fmt.Fprintln(os.Stderr, "attack:", err)
		os.Exit(2)
	}
	for i, w := range ways {
		if *only != "" && !slices.Contains(strings.Split(*only, ","), w.name) {
			continue
		}
		result := "sent"
		if err := w.try(t, w.name, uint16(firstPort+i)); err != nil {
			result = "failed: " + strings.ReplaceAll(err.Error(), "\n", "; ")
		}
		fmt.Printf("way %s port %d: %s\n", w.name, firstPort+i, result)
	}
	fmt.Printf("ring: %s\n", ring())
	fmt.Printf("families: %s\n", strings.Join(families(), " "))
	fmt.Printf("sockets: %s\n", strings.Join(sockets(), " "))
	fmt.Println("done")
}

// text is what a way sends.
func text(name string) []byte { return []byte("way-out." + name) }

// of gives the address of the family that the name of the way ends with.
func (t target) of(name string, port uint16) netip.AddrPort {
	if strings.HasSuffix(name, "6") {
		return netip.AddrPortFrom(t.v6, port)
	}
	return netip.AddrPortFrom(t.v4, port)
}

func dial(network string, to netip.AddrPort, payload []byte) error {
	c, err := (&net.Dialer{Timeout: patience}).Dial(network, to.String())
	if errors.Is(err, syscall.ECONNREFUSED) {
		return nil // by the other machine
	}
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.Write(payload)
	return err
}

func tcp(t target, name string, port uint16) error {
	return dial("tcp", t.of(name, port), text(name))
}

func udp(t target, name string, port uint16) error { return dial("udp", t.of(name, port), text(name)) }

func mptcp(t target, name string, port uint16) error {
	d := net.Dialer{Timeout: patience}
	d.SetMultipathTCP(true)
	c, err := d.Dial("tcp", t.of(name, port).String())
	if errors.Is(err, syscall.ECONNREFUSED) {
		return nil
	}
	if err == nil {
		c.Close()
	}
	return err
}

// socketTo makes a way of a kind of socket that package net does not know.
func socketTo(kind, protocol int) func(target, string, uint16) error {
	return func(t target, name string, port uint16) error {
		fd, err := syscall.Socket(syscall.AF_INET, kind|syscall.SOCK_NONBLOCK, protocol)
		if err != nil {
			return err
		}
		defer syscall.Close(fd)
		return accepted(syscall.Sendto(fd, text(name), 0, &syscall.SockaddrInet4{Addr: t.v4.As4(), Port: int(port)}))
	}
}

// accepted makes nil of what only says that the answer is not there yet.
func accepted(err error) error {
	if errors.Is(err, syscall.EINPROGRESS) || errors.Is(err, syscall.EAGAIN) {
		// The first packet waits until the neighbour is found.
		time.Sleep(20 * time.Millisecond)
		return nil
	}
	return err
}

// fastOpen opens a connection without connect(2).
func fastOpen(t target, name string, port uint16) error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	return fastOpenOn(fd, t, name, port)
}

func fastOpenOn(fd int, t target, name string, port uint16) error {
	const msgFastOpen = 0x20000000
	to, err := address(fd, t, port)
	if err != nil {
		return err
	}
	return accepted(syscall.Sendto(fd, text(name), msgFastOpen, to))
}

// question is a DNS query for an address, whose name says by which way it came.
func question(name string) []byte {
	q := []byte{0x77, 0x01, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}
	for _, label := range []string{"way-out." + name, "example"} {
		q = append(append(q, byte(len(label))), label...)
	}
	return append(q, 0, 0, 1, 0, 1)
}

func dns(t target, name string, _ uint16) error {
	return dial("udp", netip.AddrPortFrom(t.v4, 53), question(name))
}

// dnsTCP asks over TCP. Nobody answers there, so that a port of its own does as well as 53.
func dnsTCP(t target, name string, port uint16) error {
	q := question(name)
	return dial("tcp", t.of(name, port), append(binary.BigEndian.AppendUint16(nil, uint16(len(q))), q...))
}

// resolved asks the resolver of the machine to look up a name: it stands outside every seal, and asks a name server.
func resolved(_ target, name string, _ uint16) error {
	c, err := net.DialTimeout("unix", "/run/systemd/resolve/io.systemd.Resolve", patience)
	if err != nil {
		return err
	}
	defer c.Close()
	call := fmt.Sprintf(`{"method":"io.systemd.Resolve.ResolveHostname","parameters":{"name":"way-out.%s.example"}}`, name)
	if _, err := c.Write(append([]byte(call), 0)); err != nil {
		return err
	}
	c.SetReadDeadline(time.Now().Add(patience))
	c.Read(make([]byte, 4096)) // whatever it answers: what matters is whom it asked
	return nil
}

// ping sends an echo request, through the socket that anybody may have or a raw one.
func ping(t target, name string, _ uint16) error {
	kind := syscall.SOCK_RAW
	if strings.HasPrefix(name, "ping") {
		kind = syscall.SOCK_DGRAM
	}
	if strings.HasSuffix(name, "6") {
		fd, err := syscall.Socket(syscall.AF_INET6, kind, syscall.IPPROTO_ICMPV6)
		if err != nil {
			return err
		}
		defer syscall.Close(fd)
		return syscall.Sendto(fd, echo(128, name), 0, &syscall.SockaddrInet6{Addr: t.v6.As16()})
	}
	fd, err := syscall.Socket(syscall.AF_INET, kind, syscall.IPPROTO_ICMP)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	return syscall.Sendto(fd, echo(8, name), 0, &syscall.SockaddrInet4{Addr: t.v4.As4()})
}

// echo is an ICMP echo request.
func echo(kind byte, name string) []byte {
	p := append([]byte{kind, 0, 0, 0, 0, 1, 0, 1}, text(name)...)
	binary.BigEndian.PutUint16(p[2:], checksum(p))
	return p
}

func checksum(p []byte) uint16 {
	var sum uint32
	for i := 0; i < len(p); i += 2 {
		sum += uint32(p[i]) << 8
		if i+1 < len(p) {
			sum += uint32(p[i+1])
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// raw sends a protocol of its own (253, for experiments).
func raw(t target, name string, _ uint16) error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_RAW, 253)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	return syscall.Sendto(fd, text(name), 0, &syscall.SockaddrInet4{Addr: t.v4.As4()})
}

// forged sends an IP packet with the address of somebody else as its sender.
func forged(t target, name string, _ uint16) error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_RAW, syscall.IPPROTO_RAW)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	return syscall.Sendto(fd, datagram(netip.MustParseAddr("203.0.113.7"), t.v4, name), 0, &syscall.SockaddrInet4{Addr: t.v4.As4()})
}

// datagram is an IPv4 packet of protocol 253.
func datagram(from, to netip.Addr, name string) []byte {
	p := []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, 253, 0, 0}
	p = append(append(append(p, from.AsSlice()...), to.AsSlice()...), text(name)...)
	binary.BigEndian.PutUint16(p[2:], uint16(len(p)))
	binary.BigEndian.PutUint16(p[10:], checksum(p[:20]))
	return p
}

// packet writes a frame on every interface, with its header or without.
func packet(t target, name string, _ uint16) error {
	const experimental = 0xb588 // 0x88b5 in the order of the network
	kind := syscall.SOCK_RAW
	if name == "packet-cooked" {
		kind = syscall.SOCK_DGRAM
	}
	fd, err := syscall.Socket(syscall.AF_PACKET, kind, experimental)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	for index := range indexes {
		frame := text(name)
		if kind == syscall.SOCK_RAW {
			frame = slices.Concat([]byte(t.mac), hardware(index), []byte{0x88, 0xb5}, frame)
		}
		to := syscall.SockaddrLinklayer{Protocol: experimental, Ifindex: index, Halen: 6}
		copy(to.Addr[:], t.mac)
		if e := syscall.Sendto(fd, frame, 0, &to); !errors.Is(e, syscall.ENXIO) && !errors.Is(e, syscall.ENODEV) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// hardware gives the hardware address of an interface, or one that is made up.
func hardware(index int) []byte {
	if i, err := net.InterfaceByIndex(index); err == nil && len(i.HardwareAddr) == 6 {
		return i.HardwareAddr
	}
	return []byte{2, 0, 0, 0, 0, 7}
}

func broadcast(_ target, name string, port uint16) error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_BROADCAST, 1); err != nil {
		return err
	}
	return errors.Join(
		syscall.Sendto(fd, text(name), 0, &syscall.SockaddrInet4{Addr: [4]byte{192, 168, 77, 255}, Port: int(port)}),
		ignore(syscall.Sendto(fd, text(name), 0, &syscall.SockaddrInet4{Addr: [4]byte{255, 255, 255, 255}, Port: int(port)})))
}

// ignore drops the error of what needs a default route, which the bed does not have.
func ignore(error) error { return nil }

// multicast sends to everybody who listens to multicast DNS, on every interface.
func multicast(_ target, name string, _ uint16) error {
	var failed error
	for index := 2; index < indexes; index++ { // the loopback is the first
		send := multicast4
		if strings.HasSuffix(name, "6") {
			send = multicast6
		}
		err := send(index, name)
		if err == nil {
			return nil
		}
		failed = err
	}
	return failed
}

func multicast4(index int, name string) error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	if err := syscall.SetsockoptIPMreqn(fd, syscall.IPPROTO_IP, syscall.IP_MULTICAST_IF, &syscall.IPMreqn{Ifindex: int32(index)}); err != nil {
		return err
	}
	return syscall.Sendto(fd, text(name), 0, &syscall.SockaddrInet4{Addr: [4]byte{224, 0, 0, 251}, Port: 5353})
}

func multicast6(index int, name string) error {
	fd, err := syscall.Socket(syscall.AF_INET6, syscall.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	return syscall.Sendto(fd, text(name), 0, &syscall.SockaddrInet6{
		Addr: netip.MustParseAddr("ff02::fb").As16(), ZoneId: uint32(index), Port: 5353})
}

// handed gives the sockets that systemd handed over, copied, so that each way has its own.
func handed() (fds []int, err error) {
	n, _ := strconv.Atoi(os.Getenv("LISTEN_FDS"))
	for fd := 3; fd < 3+n; fd++ {
		fds = append(fds, fd)
	}
	if len(fds) == 0 {
		return nil, errors.New("no sockets were handed over")
	}
	return fds, nil
}

// again connects a socket that was used for something else: it is disconnected first.
func again(fd int, t target, port uint16) error {
	if err := disconnect(fd); err != nil {
		return fmt.Errorf("disconnect: %w", err)
	}
	syscall.SetNonblock(fd, true)
	to, err := address(fd, t, port)
	if err != nil {
		return err
	}
	return accepted(syscall.Connect(fd, to))
}

// address gives the IPv4 address as the family of a socket wants it: sockets of systemd are mostly of both families.
func address(fd int, t target, port uint16) (syscall.Sockaddr, error) {
	family, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_DOMAIN)
	if family == syscall.AF_INET6 {
		return &syscall.SockaddrInet6{Addr: t.v4.As16(), Port: int(port)}, err
	}
	return &syscall.SockaddrInet4{Addr: t.v4.As4(), Port: int(port)}, err
}

// handedListening makes of a listening socket one that connects.
func handedListening(t target, _ string, port uint16) error {
	fds, err := handed()
	if err != nil {
		return err
	}
	for _, fd := range fds {
		err = errors.Join(err, again(fd, t, port))
	}
	return err
}

// handedAccepted waits for a client and makes of its connection one to somebody else.
func handedAccepted(t target, _ string, port uint16) error {
	fds, err := handed()
	if err != nil {
		return err
	}
	fmt.Println("waiting for a client")
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		for _, fd := range fds {
			syscall.SetNonblock(fd, true)
			c, from, err := syscall.Accept(fd)
			if _, local := from.(*syscall.SockaddrUnix); local || errors.Is(err, syscall.EAGAIN) {
				continue // of the server, or nobody yet
			}
			if err != nil {
				return fmt.Errorf("accept: %w", err)
			}
			return again(c, t, port)
		}
	}
	return errors.New("no client came")
}

// handedFastOpen uses neither connect(2) nor anything but what a server needs.
func handedFastOpen(t target, name string, port uint16) error {
	fds, err := handed()
	if err != nil {
		return err
	}
	for _, fd := range fds {
		if e := syscall.Shutdown(fd, syscall.SHUT_RDWR); e != nil {
			err = errors.Join(err, fmt.Errorf("shutdown: %w", e))
			continue
		}
		err = errors.Join(err, fastOpenOn(fd, t, name, port))
	}
	return err
}

// ring says whether the kernel makes an io_uring, through which sockets of every kind can be made and connected that the
// filter of system calls never sees.
func ring() string {
	const setup = 425 // io_uring_setup(2), on all processors
	var parameters [120]byte
	fd, _, errno := syscall.Syscall(setup, 4, uintptr(unsafe.Pointer(&parameters[0])), 0)
	if errno != 0 {
		return "refused"
	}
	syscall.Close(int(fd))
	return "made"
}

// families lists the kinds of sockets that may be made here, whatever they can reach.
func families() (list []string) {
	for family := 1; family < 46; family++ {
		for _, kind := range []int{syscall.SOCK_STREAM, syscall.SOCK_DGRAM, syscall.SOCK_RAW, syscall.SOCK_SEQPACKET} {
			if fd, err := syscall.Socket(family, kind, 0); err == nil {
				syscall.Close(fd)
				list = append(list, strconv.Itoa(family))
				break
			}
		}
	}
	return list
}

// sockets lists the sockets in the file system at which somebody answers.
func sockets() (list []string) {
	for _, dir := range []string{"/run", "/tmp", "/var"} {
		filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.Type()&fs.ModeSocket == 0 {
				return nil
			}
			for _, kind := range []string{"unix", "unixgram", "unixpacket"} {
				ctx, cancel := context.WithTimeout(context.Background(), patience)
				c, err := (&net.Dialer{}).DialContext(ctx, kind, path)
				cancel()
				if err == nil {
					c.Close()
					list = append(list, path)
					break
				}
			}
			return nil
		})
	}
	return list
}
