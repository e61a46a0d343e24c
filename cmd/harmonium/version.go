package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

func (p program) version() *cobra.Command {
	c := &cobra.Command{Use: "version", Short: "Print the version", Args: noArguments}
	asJSON := jsonFlag(c)
	p.dataFlag(c)
	c.RunE = func(*cobra.Command, []string) error {
		if *asJSON {
			return printJSON(p.out, map[string]string{
				"version": version, "api": "v1", "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH, "licence": "AGPL-3.0-only",
			})
		}
		_, err := fmt.Fprintf(p.out, "harmonium %s (interface v1, %s, %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return err
	}
	return c
}

// dataFlag lets a command that needs no data directory take --data like all others.
func (p program) dataFlag(c *cobra.Command) {
	c.Flags().String("data", "", "not needed by this command")
}
