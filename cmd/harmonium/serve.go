package main

import (
	"context"
	"errors"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"harmonium/appliance/server"
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
		if err != nil {
			return err
		}
		switch {
		case *show && *asJSON:
			return printJSON(p.out, cfg)
		case *show:
			return cfg.Print(p.out)
		}
		cfg.Log = p.err
		return serve(c.Context(), cfg, func(*server.Server) error { return nil })
	}
	return c
}

// serve runs the server until a signal. A second signal ends the process at once. opened is called before requests are
// served, when the address is known.
func serve(ctx context.Context, cfg server.Config, opened func(*server.Server) error) error {
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
