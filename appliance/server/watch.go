package server

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"

	"harmonium/appliance/control"
	"harmonium/appliance/systemd"
)

// listenControl opens the control socket: in the data directory for its owner, elsewhere for the group too.
func listenControl(cfg Config) (net.Listener, error) {
	if cfg.Control == "" {
		return control.Listen(cfg.Data, control.SameUser)
	}
	return control.ListenGroup(cfg.Control)
}

// openDoors serves at all ports. Whoever serves no more says why to served.
func (s *Server) openDoors(served chan<- error) {
	inside := newCrowd(maxConnections, maxConnectionsFromOne)
	for _, l := range s.ports.http {
		d := newDoor(l, inside)
		s.doors = append(s.doors, d)
		go func() { served <- s.outer.Serve(d) }()
	}
	for _, l := range s.ports.https {
		d := newDoor(l, inside)
		s.doors = append(s.doors, d)
		go func() { served <- s.outer.Serve(tls.NewListener(d, s.network.TLSConfig())) }()
	}
}

// watch tells the service manager that the server is well, for as long as it is: a server that hangs is ended and
// started anew.
func (s *Server) watch(ctx context.Context) {
	s.tell(systemd.Watchdog(ctx, s.healthy, func(err error) {
		if s.state.Load() == stopping {
			return // the doors are shut, as they should be
		}
		s.log.Error("the server is not well; if that lasts, it is ended and started anew", "error", err)
	}))
}

// healthy returns nil when the store reads and writes, and connections are taken in at every door.
func (s *Server) healthy(ctx context.Context) error {
	if err := s.store.Answers(ctx); err != nil {
		return fmt.Errorf("the database does not answer: %w", err)
	}
	for _, d := range s.doors {
		if err := d.alive(ctx); err != nil {
			return fmt.Errorf("%s: %w", d.Addr(), err)
		}
	}
	return nil
}

// tell notes what was not heard by the service manager. The server goes on: it is systemd's to decide.
func (s *Server) tell(err error) {
	if err != nil {
		s.log.Warn("the service manager was not told", "error", err)
	}
}
