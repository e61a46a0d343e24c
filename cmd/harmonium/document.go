package main

import (
	"os"

	"github.com/spf13/cobra"

	"harmonium/appliance/document"
)

// readDocument is the process in which the server reads the files of hosts. Nobody starts it by hand.
func (p program) readDocument() *cobra.Command {
	c := &cobra.Command{
		Use:    "read-document",
		Short:  "Give the text of a file (started by the server)",
		Args:   noArguments,
		Hidden: true,
	}
	format := c.Flags().String("format", "", "txt, md, docx or pdf")
	c.RunE = func(*cobra.Command, []string) error {
		return document.Child(document.Format(*format), p.in, p.out, func() { os.Exit(exitFailed) })
	}
	return c
}
