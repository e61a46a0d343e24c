package server

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// How many connections may be open at a time. Package web holds live sockets, which last, to half of that; whatever
// else is open is closed by its time limits, so that there is always room for requests again.
const (
	maxConnections        = 8192
	maxConnectionsFromOne = 2048 // a room of 300 phones behind one router, six connections each
)

// crowd counts who is inside, through whichever door they came.
type crowd struct {
	fromOne int
	slots   chan struct{} // one for each connection, and one for whoever is awaited at each door

	mu   sync.Mutex
	from map[netip.Addr]int
}

func newCrowd(all, fromOne int) *crowd {
	return &crowd{fromOne: fromOne, slots: make(chan struct{}, all), from: make(map[netip.Addr]int)}
}

func (c *crowd) enter(from netip.Addr) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.from[from] >= c.fromOne {
		return false
	}
	c.from[from]++
	return true
}

func (c *crowd) leave(from netip.Addr) {
	c.mu.Lock()
	if c.from[from]--; c.from[from] == 0 {
		delete(c.from, from)
	}
	c.mu.Unlock()
	<-c.slots
}

// door lets a limited number of connections in. When all are in use the next ones wait outside, in the queue of the
// kernel; what comes from an address that has its share already is hung up.
type door struct {
	port
	crowd *crowd
	asked chan chan<- struct{} // by alive
	shut  chan struct{}
	close func() error
}

func newDoor(l port, c *crowd) *door {
	d := &door{port: l, crowd: c, asked: make(chan chan<- struct{}, 1), shut: make(chan struct{})}
	d.close = sync.OnceValue(func() error {
		close(d.shut)
		return l.Close()
	})
	return d
}

// Accept implements net.Listener.
func (d *door) Accept() (net.Conn, error) {
	for {
		d.answer()
		select {
		case d.crowd.slots <- struct{}{}:
		case who := <-d.asked:
			close(who)
			continue
		case <-d.shut:
			return nil, net.ErrClosed
		}
		c, err := d.port.Accept()
		if err != nil {
			<-d.crowd.slots
			if errors.Is(err, os.ErrDeadlineExceeded) && d.SetDeadline(time.Time{}) == nil {
				continue // woken by alive
			}
			return nil, err
		}
		visitor, ok := c.(stream)
		from := addressOf(c)
		if !ok || !d.crowd.enter(from) {
			c.Close()
			<-d.crowd.slots
			continue
		}
		return &guest{stream: visitor, leave: sync.OnceFunc(func() { d.crowd.leave(from) })}, nil
	}
}

// answer tells whoever asks that somebody stands at the door.
func (d *door) answer() {
	select {
	case who := <-d.asked:
		close(who)
	default:
	}
}

// alive wakes whoever waits in Accept and returns nil when it has answered: connections are being taken in. It must
// not be called by two at the same time.
func (d *door) alive(ctx context.Context) error {
	answered := make(chan struct{})
	select {
	case d.asked <- answered:
	default:
		return errors.New("nobody has answered at the door since the last time")
	}
	if err := d.SetDeadline(time.Unix(1, 0)); err != nil {
		return err
	}
	select {
	case <-answered:
		return nil
	case <-ctx.Done():
		return errors.New("nobody answers at the door")
	}
}

// Close implements net.Listener.
func (d *door) Close() error { return d.close() }

// addressOf gives the address of a client as the kernel has it.
func addressOf(c net.Conn) netip.Addr {
	a, ok := c.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return a.AddrPort().Addr().Unmap().WithZone("")
}

// stream is a connection of which one direction can be closed: net/http does that first, so that an answer to a request
// that is refused early still reaches its client.
type stream interface {
	net.Conn
	CloseWrite() error
}

// guest is a connection that has been let in.
type guest struct {
	stream
	leave func()
}

// Close implements net.Conn.
func (g *guest) Close() error {
	defer g.leave()
	return g.stream.Close()
}
