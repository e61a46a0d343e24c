package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"harmonium/appliance/server"
)

func (p program) sessionImport() *cobra.Command {
	c := &cobra.Command{
		Use:   "import FILE",
		Short: "Make a session of a file",
		Long: `Make a session of a file: one that was exported as JSON, transcripts or responses of Harmonica (JSON), or a table of answers (CSV).

A whole session comes with new ids and has the same results. The columns of a table are guessed; the page for it in the browser
lets one choose. What is made belongs to one account, is closed, and is seen by nobody else. It is stored whole or not at all.`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return misuse{fmt.Errorf("%s needs one file", c.CommandPath())}
			}
			return nil
		},
	}
	load := p.configFlags(c, "data")
	email := c.Flags().String("email", "", "`address` of the account that it is to belong to; where there is only one it need not be named")
	topic := c.Flags().String("topic", "", "`topic` of the session, but for a whole one; the file or its name gives it otherwise")
	asJSON := c.Flags().Bool("json", false, "print JSON")
	c.RunE = func(c *cobra.Command, args []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		content, err := os.ReadFile(args[0])
		if err != nil {
			return err
		}
		var made server.SessionImported
		in := server.SessionImport{Name: filepath.Base(args[0]), Topic: *topic, Email: *email, Content: content}
		if err := server.Ask(c.Context(), cfg, server.CommandSessionImport, in, &made); err != nil {
			return err
		}
		if *asJSON {
			return printJSON(p.out, made)
		}
		_, err = fmt.Fprintln(p.out, made.Session)
		return err
	}
	return c
}
