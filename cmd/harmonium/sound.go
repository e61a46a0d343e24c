package main

import (
	"os"

	"github.com/spf13/cobra"

	"harmonium/appliance/audio"
)

// readSound is the process in which the server reads the sound of files that were sent up. Nobody starts it by hand.
func (p program) readSound() *cobra.Command {
	c := &cobra.Command{
		Use:    "read-sound",
		Short:  "Give the sound of a file (started by the server)",
		Args:   noArguments,
		Hidden: true,
	}
	probe := c.Flags().Int("probe", 0, "look at so many seconds only")
	split := c.Flags().Bool("split", false, "channels apart")
	c.RunE = func(*cobra.Command, []string) error {
		return audio.Child(*probe, *split, p.in, p.out, func() { os.Exit(exitFailed) })
	}
	return c
}
