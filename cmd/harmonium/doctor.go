package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"harmonium/appliance"
	"harmonium/appliance/server"
)

func (p program) doctor() *cobra.Command {
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Look at everything that can be wrong with the box",
		Long: `Look at everything that can be wrong with the box, and say what to do about it. It changes nothing and works
whether the server runs or not. The exit code is 1 when something does not work.`,
		Args: noArguments,
	}
	load := p.configFlags(c)
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		findings, err := server.Doctor(c.Context(), cfg)
		if err != nil {
			return err
		}
		if *asJSON {
			err = printJSON(p.out, findings)
		} else {
			err = printFindings(p.out, findings)
		}
		for _, f := range findings {
			if f.Level == appliance.LevelFail && err == nil {
				err = errShown
			}
		}
		return err
	}
	return c
}

func printFindings(w io.Writer, findings []appliance.Finding) error {
	for _, f := range findings {
		if _, err := fmt.Fprintf(w, "%-5s %-9s %s\n", f.Level, f.About, f.Text); err != nil {
			return err
		}
		if f.Todo != "" {
			if _, err := fmt.Fprintf(w, "%15s → %s\n", "", f.Todo); err != nil {
				return err
			}
		}
	}
	return nil
}
