package main

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"harmonium/appliance/server"
)

func (p program) waysOut() *cobra.Command {
	c := &cobra.Command{
		Use: "out", Short: "Open, list and close ways out of the sealed box, each to one address",
		Long: `Open, list and close ways out of the sealed box. There is none until an administrator opens one, and each leads to one
address: a process of its own connects there, which sees no data and which the kernel holds to that address. The server
stays in its private network. harmonium attest and the page on privacy name every way, since when it is open and by whom;
the audit trail has when each was opened and closed.`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(p.outAdd(), p.outList(), p.outRemove())
	return c
}

func (p program) outAdd() *cobra.Command {
	c := &cobra.Command{
		Use:   "add NAME ADDRESS:PORT",
		Short: "Open a way out to one address, or lead an open one elsewhere; holds at once, and after a restart",
		Long: `Open a way out to one address, by number: for instance to an Ollama on another machine of the building, which is then
named in the setting ollama as if it were reached directly. Only root may. It holds at once, and after a restart.`,
		Example: "  harmonium out add models 192.0.2.7:11434",
		Args:    exactly(2, "a name and an address with its port"),
	}
	load := p.configFlags(c, "ways-out", "data", "control")
	by := c.Flags().String("by", "", "`name` of who opens it (default: who called sudo)")
	c.RunE = func(c *cobra.Command, args []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		who, _ := p.variable("SUDO_USER")
		if err := server.OpenWayOut(c.Context(), cfg, args[0], args[1], cmp.Or(*by, who, "root")); err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.out, "Open to %s. The server reaches it under that address; harmonium attest names it.\n", args[1])
		return err
	}
	return c
}

func (p program) outList() *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "List the ways out of the sealed box", Args: noArguments}
	load := p.configFlags(c, "ways-out")
	asJSON := jsonFlag(c)
	c.RunE = func(_ *cobra.Command, _ []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		ways, wrong := server.WaysOut(cfg)
		if *asJSON {
			err = printJSON(p.out, ways)
		} else if len(ways) == 0 {
			_, err = fmt.Fprintln(p.out, "No way out is open.")
		}
		for _, w := range ways {
			if *asJSON || err != nil {
				break
			}
			since := "not known"
			if w.Since != nil {
				since = w.Since.Format("2006-01-02 15:04 MST")
			}
			_, err = fmt.Fprintf(p.out, "%s\t%s\tsince %s, by %s\n", w.Name, w.Address, since, w.By)
		}
		return cmp.Or(err, wrong)
	}
	return c
}

func (p program) outRemove() *cobra.Command {
	c := &cobra.Command{
		Use: "remove NAME", Short: "Close a way out at once and for good", Args: exactly(1, "the name of a way out"),
	}
	load := p.configFlags(c, "ways-out", "data", "control")
	c.RunE = func(c *cobra.Command, args []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		if err := server.CloseWayOut(c.Context(), cfg, args[0]); err != nil {
			return err
		}
		_, err = fmt.Fprintln(p.out, "Closed.")
		return err
	}
	return c
}

// exactly refuses a command line that does not have n words, which are what.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != n {
			return misuse{fmt.Errorf("%s needs %s; %[1]s --help tells more", c.CommandPath(), what)}
		}
		return nil
	}
}
