package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"harmonium/appliance/server"
)

func (p program) clock() *cobra.Command {
	c := &cobra.Command{
		Use:   "clock",
		Short: "Tell which time the box goes by, when the clock of the machine was moved or is wrong",
		Long: `Tell which time the box goes by. It is that of the machine, until that is moved by more than five minutes: the box then
keeps its own time, by what the kernel counts, so that a wrong clock deletes nothing and ends nothing. It follows when the
machine's clock is back, when a difference of at most a day has been steady for an hour, and when an administrator says
that the clock of the machine is right: harmonium clock follow, or the page on health.

At the start a clock is not believed that is before the time at which the box was at work last, or more than 400 days after.`,
		Args: noArguments,
	}
	c.RunE = p.tellTimes(c, server.CommandClock)
	follow := &cobra.Command{
		Use:   "follow",
		Short: "Say that the clock of the machine is right; what is over by it ends at once",
		Args:  noArguments,
	}
	follow.RunE = p.tellTimes(follow, server.CommandClockFollow)
	c.AddCommand(follow)
	return c
}

// tellTimes gives what runs a command that says how the clocks are after it.
func (p program) tellTimes(c *cobra.Command, what server.Command) func(*cobra.Command, []string) error {
	load := p.configFlags(c, "data", "control")
	asJSON := jsonFlag(c)
	return func(c *cobra.Command, _ []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		var now server.Times
		if err := server.Ask(c.Context(), cfg, what, server.None{}, &now); err != nil {
			return err
		}
		if *asJSON {
			return printJSON(p.out, now)
		}
		return printTimes(p.out, now)
	}
}

func printTimes(w io.Writer, now server.Times) error {
	const layout = "2006-01-02 15:04:05 MST"
	if !now.Apart {
		_, err := fmt.Fprintf(w, "The box goes by the clock of the machine: %s.\n", now.Machine.Format(layout))
		return err
	}
	how := "It follows when an administrator says that the clock of the machine is right: harmonium clock follow"
	if now.Alone {
		how = "It follows by itself when the clock of the machine has been steady for an hour, or at once by: harmonium clock follow"
	}
	_, err := fmt.Fprintf(w, "The clock of the machine says %s.\nThe box goes by its own time:   %s, %s apart since %s.\n%s\n", now.Machine.Format(layout),
		now.Box.Format(layout), now.Machine.Sub(now.Box).Abs().Round(time.Second), now.Since.Format(layout), how)
	return err
}
