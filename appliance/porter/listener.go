package porter

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
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

// How many connections the server keeps in waiting for visitors of one port, and how long it waits before it tries again
// to reach a porter that is not there.
const (
	inWaiting = 32
	retry     = 20 * time.Millisecond
)

// headerTime is how long a porter may take to say who comes, once it has begun to. It says so at once.
const headerTime = 2 * time.Second

// Listener takes in what the porter brings to one port of the box. It is safe for concurrent use.
type Listener struct {
	port     int
	visitors chan *Conn
	woken    chan struct{} // holds one while the deadline is in the past
	ctx      context.Context
	close    context.CancelFunc
	keeping  sync.WaitGroup
}

// Listen makes a listener for the visitors of one port of the box, whom the porter at the Unix socket path brings. It
// reaches the porter with dial, again and again while nobody is there.
func Listen(dial func(ctx context.Context, network, address string) (net.Conn, error), path string, port int) *Listener {
	l := &Listener{port: port, visitors: make(chan *Conn), woken: make(chan struct{}, 1)}
	l.ctx, l.close = context.WithCancel(context.Background())
	for range inWaiting {
		l.keeping.Go(func() {
			for l.ctx.Err() == nil {
				l.await(dial, path)
			}
		})
	}
	return l
}

// await keeps one connection in waiting until a visitor comes through it, and hands them to Accept.
func (l *Listener) await(dial func(ctx context.Context, network, address string) (net.Conn, error), path string) {
	dialed, err := dial(l.ctx, "unix", path)
	if err != nil {
		select {
		case <-time.After(retry):
		case <-l.ctx.Done():
		}
		return
	}
	c, ok := dialed.(*net.UnixConn)
	if !ok {
		dialed.Close()
		return
	}
	stop := context.AfterFunc(l.ctx, func() { c.Close() })
	from, to, err := awaitHeader(c)
	if !stop() || err != nil {
		c.Close()
		return
	}
	select {
	case l.visitors <- &Conn{UnixConn: c, remote: net.TCPAddrFromAddrPort(from), local: net.TCPAddrFromAddrPort(to)}:
	case <-l.ctx.Done():
		c.Close()
	}
}

// awaitHeader waits for a visitor without a limit, and from then on not long for the header to be whole.
func awaitHeader(c *net.UnixConn) (from, to netip.AddrPort, err error) {
	first := []byte{0}
	if _, err := io.ReadFull(c, first); err != nil {
		return from, to, err
	}
	late := time.AfterFunc(headerTime, func() { c.Close() })
	from, to, err = readHeader(io.MultiReader(bytes.NewReader(first), c))
	if !late.Stop() && err == nil {
		err = os.ErrDeadlineExceeded
	}
	return from, to, err
}

// Addr is where the visitors come in: the port, at an address that is not known. Each connection knows its own.
func (l *Listener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv6unspecified, Port: l.port} }

// Accept waits for the next visitor, and tells the porter that they are in. The addresses of the connection are those at
// which it came in. A connection of which nobody says whose it is is closed.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		select {
		case <-l.ctx.Done():
			return nil, net.ErrClosed
		case <-l.woken:
			l.wake() // until the deadline is moved
			return nil, os.ErrDeadlineExceeded
		default:
		}
		select {
		case c := <-l.visitors:
			if _, err := c.Write([]byte{taken}); err != nil {
				c.Close() // the porter has given up
				continue
			}
			return c, nil
		case <-l.woken:
			l.wake()
			return nil, os.ErrDeadlineExceeded
		case <-l.ctx.Done():
			return nil, net.ErrClosed
		}
	}
}

func (l *Listener) wake() {
	select {
	case l.woken <- struct{}{}:
	default:
	}
}

// SetDeadline makes Accept return with os.ErrDeadlineExceeded at once, until it is called with the zero time. Every other
// time is taken for one that is over.
func (l *Listener) SetDeadline(t time.Time) error {
	if l.ctx.Err() != nil {
		return net.ErrClosed
	}
	if !t.IsZero() {
		l.wake()
		return nil
	}
	select {
	case <-l.woken:
	default:
	}
	return nil
}

// Close ends the listener and the connections in waiting. Those that were taken in stay.
func (l *Listener) Close() error {
	if l.ctx.Err() != nil {
		return net.ErrClosed
	}
	l.close()
	l.keeping.Wait()
	return nil
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
