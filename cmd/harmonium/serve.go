package main

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"harmonium/appliance"
	"harmonium/appliance/server"
	"harmonium/appliance/systemd"
)

func (p program) serve() *cobra.Command {
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Long: `Run the server until it is told to stop (SIGTERM, Ctrl-C).

Settings come from, each overriding the one before: the defaults below, the configuration file, the environment (the
names in brackets), the flags. The configuration file holds lines NAME=VALUE with the names of the environment, empty
lines, and comments that begin with #. A value is all that follows the =; there are no quotation marks. What is not
possible is refused.`,
		Args: noArguments,
	}
	load := p.configFlags(c)
	show := c.Flags().Bool("print-config", false, "print the settings and where each comes from, as a configuration file, and exit")
	asJSON := c.Flags().Bool("json", false, "with --print-config: print as JSON")
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, err := load()
		switch {
		case *show && err == nil && *asJSON:
			return printJSON(p.out, cfg)
		case *show && err == nil:
			return cfg.Print(p.out)
		case *show:
			return err
		}
		began := appliance.SystemClock()
		if err == nil {
			cfg.Log = p.err
			err = serve(c.Context(), cfg, func(*server.Server) error { return nil })
		}
		if err != nil && systemd.Supervised() && appliance.SystemClock().Sub(began) < startPause {
			p.holdBack(c.Context(), err)
		}
		return err
	}
	return c
}

// startPause is how far apart starts are that fail one after the other, when systemd starts the server again at once,
// as it does so that people do not wait after a crash.
const startPause = 5 * time.Second

// holdBack says why the server does not start, and waits before the process ends.
func (p program) holdBack(ctx context.Context, err error) {
	if err := systemd.Status("Does not start, and tries again every few seconds. " + explain(err)); err != nil {
		fmt.Fprintln(p.err, "harmonium:", err)
	}
	select {
	case <-time.After(startPause):
	case <-ctx.Done():
	}
}

// serve runs the server until a signal, anew when it asks for that and nobody else would do it. A second signal ends the
// process at once. opened is called before requests are served, when the address is known.
func serve(ctx context.Context, cfg server.Config, opened func(*server.Server) error) error {
	for {
		err := serveOnce(ctx, cfg, opened)
		switch {
		case !errors.Is(err, server.ErrAnew):
			return err
		case systemd.Supervised():
			return nil // the sockets that systemd hands over are for a new process
		}
	}
}

func serveOnce(ctx context.Context, cfg server.Config, opened func(*server.Server) error) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	s, err := server.New(ctx, cfg)
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, stop)
	if err := opened(s); err != nil {
		stop()
		return errors.Join(err, s.Run(ctx))
	}
	return s.Run(ctx)
}
