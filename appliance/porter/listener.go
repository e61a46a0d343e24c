package porter

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"
)

// signature begins every header of version 2 of the PROXY protocol.
var signature = []byte("\r\n\r\n\x00\r\nQUIT\n")

// The parts of a header that are used: a connection that is passed on, over TCP, of one of two families.
const (
	passedOn = 0x21
	overIPv4 = 0x11
	overIPv6 = 0x21
	begin    = 16 // bytes up to the addresses
	maxRest  = 536
)

// header says who came in (from) and where (to).
func header(from, to net.Addr) ([]byte, error) {
	a, aOK := from.(*net.TCPAddr)
	b, bOK := to.(*net.TCPAddr)
	if !aOK || !bOK {
		return nil, fmt.Errorf("the connection is not of TCP but of %s", from.Network())
	}
	src, dst := a.AddrPort(), b.AddrPort()
	out := append([]byte{}, signature...)
	s, d := src.Addr().Unmap(), dst.Addr().Unmap()
	if s.Is4() && d.Is4() {
		out = binary.BigEndian.AppendUint16(append(out, passedOn, overIPv4), 12)
		out = append(append(out, s.AsSlice()...), d.AsSlice()...)
	} else {
		s, d := src.Addr().As16(), dst.Addr().As16()
		out = binary.BigEndian.AppendUint16(append(out, passedOn, overIPv6), 36)
		out = append(append(out, s[:]...), d[:]...)
	}
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(out, src.Port()), dst.Port()), nil
}

// readHeader reads a header from the beginning of a connection, and not a byte more.
func readHeader(r io.Reader) (from, to netip.AddrPort, err error) {
	var head [begin]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return from, to, err
	}
	if !bytes.HasPrefix(head[:], signature) || head[12] != passedOn {
		return from, to, errors.New("no header of a porter")
	}
	size := map[byte]int{overIPv4: 4, overIPv6: 16}[head[13]]
	length := int(binary.BigEndian.Uint16(head[14:]))
	if size == 0 || length < 2*size+4 || length > maxRest {
		return from, to, errors.New("a header of a porter without addresses")
	}
	rest := make([]byte, length)
	if _, err := io.ReadFull(r, rest); err != nil {
		return from, to, err
	}
	src, _ := netip.AddrFromSlice(rest[:size])
	dst, _ := netip.AddrFromSlice(rest[size : 2*size])
	ports := rest[2*size:]
	return netip.AddrPortFrom(src.Unmap(), binary.BigEndian.Uint16(ports)), netip.AddrPortFrom(dst.Unmap(), binary.BigEndian.Uint16(ports[2:])), nil
}

// headerTime is how long a porter may take to say who comes. It says so at once.
const headerTime = 2 * time.Second

// Listener accepts what a porter brings to a Unix socket.
type Listener struct {
	*net.UnixListener
	port int
}

// Listen makes a listener for the visitors of one port of the box.
func Listen(l *net.UnixListener, port int) *Listener { return &Listener{UnixListener: l, port: port} }

// Addr is where the visitors come in: the port, at an address that is not known. Each connection knows its own.
func (l *Listener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv6unspecified, Port: l.port} }

// Accept waits for the next visitor. The addresses of the connection are those at which it came in. A connection of
// which nobody says whose it is is closed.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		c, err := l.AcceptUnix()
		if err != nil {
			return nil, err
		}
		late := time.AfterFunc(headerTime, func() { c.Close() })
		from, to, err := readHeader(c)
		if !late.Stop() || err != nil {
			c.Close()
			continue
		}
		return &Conn{UnixConn: c, remote: net.TCPAddrFromAddrPort(from), local: net.TCPAddrFromAddrPort(to)}, nil
	}
}

// Conn is one visitor.
type Conn struct {
	*net.UnixConn
	remote, local *net.TCPAddr
}

// RemoteAddr is the address of the visitor.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// LocalAddr is the address of the box that the visitor has come to.
func (c *Conn) LocalAddr() net.Addr { return c.local }
