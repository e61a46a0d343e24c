package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"harmonium/appliance/server"
)

func (p program) audit() *cobra.Command {
	c := &cobra.Command{
		Use: "audit", Short: "Check the audit trail", Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(p.auditVerify())
	return c
}

func (p program) auditVerify() *cobra.Command {
	c := &cobra.Command{
		Use:   "verify",
		Short: "Check that no entry of the audit trail was changed, removed or put elsewhere",
		Long: `Check the whole audit trail: every entry holds a hash over itself and the one before it. An entry that was changed, removed,
added or put elsewhere is found and named, and the command fails.

The head that it prints stands for the whole trail. Whoever can write to every file of the box could write the trail anew
with other hashes: note the head elsewhere from time to time, and compare.`,
		Args: noArguments,
	}
	load := p.configFlags(c, "data")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		var check server.AuditCheck
		if err := server.Ask(c.Context(), cfg, server.CommandAuditVerify, server.None{}, &check); err != nil {
			return err
		}
		switch {
		case *asJSON:
			err = printJSON(p.out, check)
		case check.Sound:
			_, err = fmt.Fprintf(p.out, "All %d entries are as they were written. Head: %s\n", check.Proven, check.Head)
		default:
			_, err = fmt.Fprintf(p.err, "harmonium: Entry %d %s. The %d before it are proven; from there on the trail is not what was written. "+
				"Keep the data directory as it is, and compare with a backup.\n", check.Broken, check.Reason, check.Proven)
		}
		if err == nil && !check.Sound {
			return errShown
		}
		return err
	}
	return c
}
