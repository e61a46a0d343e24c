// Package porter brings visitors from the ports of the box into the sealed server, through Unix sockets.
//
// A socket belongs to the network in which it was made, for ever. A process that is handed a listening TCP socket of the
// outside can disconnect it (connect(2) to AF_UNSPEC) and then connect it to any address there, even out of a network
// namespace that has no way out; the connections that it accepts can be misused in the same way. So the server is handed
// none: a process without data, the porter, accepts the connections and carries their bytes in and out. What the server
// holds are ends of Unix sockets, with which nothing can be reached.
//
// The porter needs no system call that names a destination, so that its unit takes them all away: connect(2), and those
// that send a message to an address, one of which can open a connection too (MSG_FASTOPEN). For that the server connects
// to the porter, and not the other way round: it keeps some connections in waiting (Listener), and the porter takes one
// of them for each visitor.
//
// At the beginning of each connection the porter says who came in, and where, in version 2 of the PROXY protocol
// (https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt). The server answers with one byte when it has taken the
// visitor in; until then the porter has read nothing of what the visitor says, and can bring them to another connection.
// So nobody who is waiting is lost with a server that is killed. The server believes whoever listens at the path of the
// socket, which only root can choose.
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
	// patience is how long a visitor waits for a server that takes nobody in.
	patience = 10 * time.Second
	// pause is how long nobody is taken in after the kernel has no room for another connection.
	pause = 20 * time.Millisecond
)

// taken is what the server answers when it has taken a visitor in.
const taken = 0x06

// Porter carries connections. Its zero value is not usable; New makes one.
type Porter struct {
	log     *slog.Logger
	inside  chan struct{} // one for each connection that is carried
	carried sync.WaitGroup
}

// New makes a porter.
func New(log *slog.Logger) *Porter {
	return &Porter{log: log, inside: make(chan struct{}, maxCarried)}
}

// Serve carries what connects to l to the server, which connects to server, until ctx ends: it then closes both and what
// is carried, and returns nil. It returns an error when one of them cannot be listened at any more.
func (p *Porter) Serve(ctx context.Context, l *net.TCPListener, server *net.UnixListener) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := context.AfterFunc(ctx, func() { l.Close(); server.Close() })
	defer stop()
	defer p.carried.Wait()
	waiting := make(chan *net.UnixConn, 2*inWaiting)
	var gathering sync.WaitGroup
	gathering.Go(func() {
		if err := p.gather(ctx, server, waiting); err != nil {
			cancel(err)
		}
	})
	err := p.receive(ctx, l, waiting)
	if cause := context.Cause(ctx); err == nil && cause != nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	cancel(nil)
	stop()
	l.Close()
	server.Close()
	gathering.Wait()
	return err
}

// receive takes visitors in at l until ctx ends.
func (p *Porter) receive(ctx context.Context, l *net.TCPListener, waiting <-chan *net.UnixConn) error {
	for {
		select {
		case p.inside <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		visitor, err := accept(ctx, p.log, l.AcceptTCP)
		if visitor == nil {
			<-p.inside
			if err != nil {
				err = fmt.Errorf("take connections at %s: %w", l.Addr(), err)
			}
			return err
		}
		p.carried.Go(func() {
			defer func() { <-p.inside }()
			p.carry(ctx, visitor, waiting)
		})
	}
}

// gather puts the connections that the server keeps in waiting where visitors find them. When there are too many, those
// that have waited longest go: they are of a server that runs no more.
func (p *Porter) gather(ctx context.Context, l *net.UnixListener, waiting chan *net.UnixConn) error {
	defer func() {
		for len(waiting) > 0 {
			(<-waiting).Close()
		}
	}()
	for {
		c, err := accept(ctx, p.log, l.AcceptUnix)
		if c == nil {
			if err != nil {
				err = fmt.Errorf("take the server's connections at %s: %w", l.Addr(), err)
			}
			return err
		}
		for put := false; !put; {
			select {
			case waiting <- c:
				put = true
			default:
				select {
				case old := <-waiting:
					old.Close()
				default:
				}
			}
		}
	}
}

// accept takes the next connection; nil without an error when ctx has ended. While the kernel has no room for one more it
// waits.
func accept[C any](ctx context.Context, log *slog.Logger, next func() (*C, error)) (*C, error) {
	for {
		c, err := next()
		switch {
		case err == nil:
			return c, nil
		case ctx.Err() != nil:
			return nil, nil
		case errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ECONNABORTED) ||
			errors.Is(err, syscall.ENOBUFS) || errors.Is(err, syscall.ENOMEM):
			log.Warn("a connection could not be taken", "error", err)
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
		default:
			return nil, err
		}
	}
}

// carry carries one connection to its end.
func (p *Porter) carry(ctx context.Context, visitor *net.TCPConn, waiting <-chan *net.UnixConn) {
	defer visitor.Close()
	head, err := header(visitor.RemoteAddr(), visitor.LocalAddr())
	if err != nil {
		p.log.Warn("a connection has no addresses", "error", err)
		return
	}
	server := p.enter(ctx, head, waiting)
	if server == nil {
		if ctx.Err() == nil {
			p.log.Warn("a visitor was sent away: the server takes nobody in")
		}
		return
	}
	defer server.Close()
	stop := context.AfterFunc(ctx, func() { visitor.Close(); server.Close() })
	defer stop()
	var out sync.WaitGroup
	out.Go(func() { pass(visitor, server) })
	pass(server, visitor)
	out.Wait()
}

// enter brings a visitor to the first connection in waiting whose server takes them in; nil when none does in time.
// While the server is started anew they wait.
func (p *Porter) enter(ctx context.Context, head []byte, waiting <-chan *net.UnixConn) *net.UnixConn {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	until, _ := ctx.Deadline()
	for {
		select {
		case c := <-waiting:
			stop := context.AfterFunc(ctx, func() { c.Close() })
			c.SetDeadline(until)
			answer := []byte{0}
			_, err := c.Write(head)
			if err == nil {
				_, err = io.ReadFull(c, answer)
			}
			if stop() && err == nil && answer[0] == taken && c.SetDeadline(time.Time{}) == nil {
				return c
			}
			c.Close()
		case <-ctx.Done():
			return nil
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
