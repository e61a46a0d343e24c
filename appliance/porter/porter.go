// Package porter brings visitors from the ports of the box into the sealed server, through Unix sockets.
//
// A socket belongs to the network in which it was made, for ever. A process that is handed a listening TCP socket of the
// outside can disconnect it (connect(2) to AF_UNSPEC) and then connect it to any address there, even out of a network
// namespace that has no way out; the connections that it accepts can be misused in the same way. So the server is handed
// none: a process without data, the porter, accepts the connections and carries their bytes in and out. What the server
// holds are ends of Unix sockets, with which nothing can be reached.
//
// At the beginning of each connection the porter says who came in, and where, in version 2 of the PROXY protocol
// (https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt). Listener reads it, so that the server sees the
// addresses of the real connection. It believes whoever may connect to the Unix socket; its mode is what keeps others
// out.
package porter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"syscall"
	"time"
)

// Limits of what is carried.
const (
	// maxCarried is how many connections are carried at the same time; more wait outside, in the queue of the kernel. The
	// server takes fewer, and decides who of them is hung up.
	maxCarried = 12000
	// buffer is the memory of one direction of one connection, in bytes.
	buffer = 8 << 10
	// patience is how long a visitor waits for a server that takes nobody in, and retry how often that is tried.
	patience = 10 * time.Second
	retry    = 20 * time.Millisecond
)

// Porter carries connections. Its zero value is not usable; New makes one.
type Porter struct {
	dial    func(ctx context.Context, network, address string) (net.Conn, error)
	log     *slog.Logger
	inside  chan struct{} // one for each connection that is carried
	carried sync.WaitGroup
}

// New makes a porter that reaches Unix sockets with dial.
func New(dial func(ctx context.Context, network, address string) (net.Conn, error), log *slog.Logger) *Porter {
	return &Porter{dial: dial, log: log, inside: make(chan struct{}, maxCarried)}
}

// Serve carries what connects to l to the Unix socket at path, until ctx ends: it then closes l and what is carried, and
// returns nil. It returns an error when l cannot be listened at any more.
func (p *Porter) Serve(ctx context.Context, l *net.TCPListener, path string) error {
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	defer p.carried.Wait()
	for {
		select {
		case p.inside <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		visitor, err := l.AcceptTCP()
		if err != nil {
			<-p.inside
			switch {
			case ctx.Err() != nil:
				return nil
			case errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ECONNABORTED) ||
				errors.Is(err, syscall.ENOBUFS) || errors.Is(err, syscall.ENOMEM):
				p.log.Warn("a connection could not be taken", "error", err)
				select {
				case <-time.After(retry):
				case <-ctx.Done():
				}
				continue
			}
			return fmt.Errorf("take connections at %s: %w", l.Addr(), err)
		}
		p.carried.Go(func() {
			defer func() { <-p.inside }()
			p.carry(ctx, visitor, path)
		})
	}
}

// carry carries one connection to its end.
func (p *Porter) carry(ctx context.Context, visitor *net.TCPConn, path string) {
	defer visitor.Close()
	head, err := header(visitor.RemoteAddr(), visitor.LocalAddr())
	if err != nil {
		p.log.Warn("a connection has no addresses", "error", err)
		return
	}
	server, err := p.enter(ctx, path)
	if err != nil {
		if ctx.Err() == nil {
			p.log.Warn("a visitor was sent away: the server takes nobody in", "error", err)
		}
		return
	}
	defer server.Close()
	stop := context.AfterFunc(ctx, func() { visitor.Close(); server.Close() })
	defer stop()
	if _, err := server.Write(head); err != nil {
		return
	}
	var out sync.WaitGroup
	out.Go(func() { pass(visitor, server) })
	pass(server, visitor)
	out.Wait()
}

// enter connects to the server. While the server is started anew systemd holds its socket, so that this succeeds and
// the visitor waits; when too many wait already it is tried again.
func (p *Porter) enter(ctx context.Context, path string) (*net.UnixConn, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		c, err := p.dial(ctx, "unix", path)
		if err == nil {
			return c.(*net.UnixConn), nil
		}
		select {
		case <-time.After(retry):
		case <-ctx.Done():
			return nil, err
		}
	}
}

// half is a connection that can be closed in one direction.
type half interface {
	net.Conn
	CloseRead() error
	CloseWrite() error
}

// pass copies what comes from one side to the other, and says to both when there is no more. An end of one direction
// leaves the other one open: that is how requests and answers end.
func pass(to, from half) {
	// Only Read and Write: the faster ways of the kernel keep four more file descriptors open for each connection.
	_, err := io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{from}, make([]byte, buffer))
	if err != nil {
		to.Close()
		from.Close()
		return
	}
	to.CloseWrite()
}
