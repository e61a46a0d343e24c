package main

import (
	"fmt"
	"io"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"harmonium/appliance/server"
)

func (p program) lan() *cobra.Command {
	c := &cobra.Command{
		Use: "lan", Short: "Tell how people in the building reach the box", Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(p.lanAddresses(), p.lanAnnounce())
	return c
}

func (p program) lanAddresses() *cobra.Command {
	return p.tellReach("addresses", "List the addresses of the box, the best first", printAddresses)
}

// tellReach is a command that tells something of how the box is reached.
func (p program) tellReach(use, short string, tell func(io.Writer, server.Reach) error) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: noArguments}
	load := p.configFlags(c)
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		r, err := p.reach(c, load)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(p.out, r)
		}
		return tell(p.out, r)
	}
	return c
}

// reach asks the box how it is reached.
func (p program) reach(c *cobra.Command, load func() (server.Config, error)) (server.Reach, error) {
	var r server.Reach
	cfg, err := load()
	if err != nil {
		return r, err
	}
	return r, server.Ask(c.Context(), cfg, server.CommandNetwork, server.None{}, &r)
}

func printAddresses(w io.Writer, r server.Reach) error {
	for _, list := range []struct {
		who  string
		urls []string
	}{{"participants", r.Join}, {"hosts", r.Host}} {
		for _, url := range list.urls {
			if _, err := fmt.Fprintf(w, "%-12s %s\n", list.who, url); err != nil {
				return err
			}
		}
	}
	if r.Taken == "" {
		return nil
	}
	_, err := fmt.Fprintf(w, "Another machine in the building has the name %s.\n", r.Taken)
	return err
}

func (p program) lanAnnounce() *cobra.Command {
	c := &cobra.Command{
		Use:   "announce",
		Short: "Announce the box in the building, from outside of the seal",
		Long: `Announce the box as harmonium.local by multicast DNS (UDP port 5353), and write the addresses of this machine down
for the sealed server, which cannot see them, until it is told to stop (SIGTERM, Ctrl-C). It needs no access to data.

Without --addresses-file it writes ` + server.DefaultAddressesFile + `. When another machine in the building has the
name, the box is announced as harmonium-2.local, and so on; the file, the log and the health page say so.`,
		Args: noArguments,
	}
	load := p.configFlags(c, "addresses-file", "log-format")
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		cfg.Log = p.err
		ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		return server.Announce(ctx, cfg)
	}
	return c
}
