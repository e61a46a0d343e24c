package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"harmonium/appliance/porter"
	"harmonium/appliance/systemd"
)

// porter is the process of harmonium-porter.service. Nobody starts it by hand.
func (p program) porter() *cobra.Command {
	c := &cobra.Command{
		Use:    "porter",
		Short:  "Bring visitors into the sealed server (started by systemd)",
		Args:   noArguments,
		Hidden: true,
	}
	c.RunE = func(c *cobra.Command, _ []string) error {
		handed, err := systemd.Sockets()
		if err != nil {
			return err
		}
		ways, err := pair(handed)
		if err != nil {
			return err
		}
		ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		log := slog.New(slog.NewTextHandler(p.err, nil))
		group, ctx := errgroup.WithContext(ctx)
		for _, w := range ways {
			group.Go(func() error { return porter.New(log).Serve(ctx, w.port, w.server) })
		}
		return group.Wait()
	}
	return c
}

// entrance is a port with the Unix socket at which the server waits for its visitors.
type entrance struct {
	port   *net.TCPListener
	server *net.UnixListener
}

// pair finds the Unix socket NAME.sock for each port NAME that systemd hands over.
func pair(handed map[string][]net.Listener) ([]entrance, error) {
	servers := map[string]*net.UnixListener{}
	for _, list := range handed {
		for _, l := range list {
			if unix, ok := l.(*net.UnixListener); ok {
				servers[strings.TrimSuffix(filepath.Base(unix.Addr().String()), ".sock")] = unix
			}
		}
	}
	var ways []entrance
	for name, list := range handed {
		for _, l := range list {
			tcp, ok := l.(*net.TCPListener)
			if !ok {
				continue
			}
			if servers[name] == nil {
				return nil, fmt.Errorf("systemd hands over the port %s at %s, but no Unix socket %s.sock for it", name, l.Addr(), name)
			}
			ways = append(ways, entrance{tcp, servers[name]})
		}
	}
	if len(ways) == 0 {
		return nil, misuse{errors.New("harmonium porter: systemd hands over no ports; see harmonium-porter.service")}
	}
	return ways, nil
}
