package server

import (
	"net"
	"net/netip"
	"sync"
)

// How many connections may be open at a time. Package web holds live sockets, which last, to half of that; whatever
// else is open is closed by its time limits, so that there is always room for requests again.
const (
	maxConnections        = 8192
	maxConnectionsFromOne = 2048 // a room of 300 phones behind one router, six connections each
)

// door lets a limited number of connections in. When all are in use the next ones wait outside, in the queue of the
// kernel; what comes from an address that has its share already is hung up.
type door struct {
	net.Listener
	fromOne int
	slots   chan struct{} // one for each connection, and one for whoever is awaited
	shut    chan struct{}
	close   func() error

	mu   sync.Mutex
	from map[netip.Addr]int
}

func newDoor(l net.Listener, all, fromOne int) *door {
	d := &door{Listener: l, fromOne: fromOne, slots: make(chan struct{}, all), shut: make(chan struct{}),
		from: make(map[netip.Addr]int)}
	d.close = sync.OnceValue(func() error {
		close(d.shut)
		return l.Close()
	})
	return d
}

// Accept implements net.Listener.
func (d *door) Accept() (net.Conn, error) {
	for {
		select {
		case d.slots <- struct{}{}:
		case <-d.shut:
			return nil, net.ErrClosed
		}
		c, err := d.Listener.Accept()
		if err != nil {
			<-d.slots
			return nil, err
		}
		tcp, ok := c.(*net.TCPConn)
		var from netip.Addr
		if ok {
			from = addressOf(tcp)
		}
		if !ok || !d.enter(from) {
			c.Close()
			<-d.slots
			continue
		}
		return &guest{TCPConn: tcp, leave: sync.OnceFunc(func() { d.leave(from) })}, nil
	}
}

// Close implements net.Listener.
func (d *door) Close() error { return d.close() }

func (d *door) enter(from netip.Addr) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.from[from] >= d.fromOne {
		return false
	}
	d.from[from]++
	return true
}

func (d *door) leave(from netip.Addr) {
	d.mu.Lock()
	if d.from[from]--; d.from[from] == 0 {
		delete(d.from, from)
	}
	d.mu.Unlock()
	<-d.slots
}

// addressOf gives the address of a client as the kernel has it.
func addressOf(c *net.TCPConn) netip.Addr {
	a, ok := c.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return a.AddrPort().Addr().Unmap().WithZone("")
}

// guest is a connection that has been let in. It keeps all that a TCP connection can do: net/http closes one half of
// it first, so that an answer to a request that is refused early still reaches its client.
type guest struct {
	*net.TCPConn
	leave func()
}

// Close implements net.Conn.
func (g *guest) Close() error {
	defer g.leave()
	return g.TCPConn.Close()
}
