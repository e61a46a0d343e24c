package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"harmonium/appliance/egress"
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
	inside := c.Flags().String("inside", "/run/harmonium-inside", "`directory` of the sockets NAME.sock, one for each port that is handed over")
	c.RunE = func(c *cobra.Command, _ []string) error {
		handed, err := systemd.Sockets()
		if err != nil {
			return err
		}
		if len(handed) == 0 {
			return misuse{errors.New("harmonium porter: systemd hands over no ports; see harmonium-porter.service")}
		}
		ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		log := slog.New(slog.NewTextHandler(p.err, nil))
		return carry(ctx, handed, *inside, log)
	}
	return c
}

// carry brings what comes to each port into the socket of its name.
func carry(ctx context.Context, handed map[string][]net.Listener, inside string, log *slog.Logger) error {
	var allowed []string
	for name := range handed {
		allowed = append(allowed, filepath.Join(inside, name+".sock"))
	}
	who := porter.New(egress.New(egress.Options{Sockets: allowed}).DialContext, log)
	group, ctx := errgroup.WithContext(ctx)
	for name, list := range handed {
		for _, l := range list {
			tcp, ok := l.(*net.TCPListener)
			if !ok {
				return fmt.Errorf("the socket %s from systemd is at %s, not a TCP port", name, l.Addr())
			}
			group.Go(func() error { return who.Serve(ctx, tcp, filepath.Join(inside, name+".sock")) })
		}
	}
	if err := systemd.Ready("Brings visitors in"); err != nil {
		log.Warn("the service manager was not told", "error", err)
	}
	return group.Wait()
}
