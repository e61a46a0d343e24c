package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"harmonium/appliance"
	"harmonium/appliance/export"
	"harmonium/appliance/server"
)

func (p program) session() *cobra.Command {
	c := &cobra.Command{
		Use: "session", Short: "Hand out the results of a session, or bring one in", Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(p.sessionExport(), p.sessionImport())
	return c
}

func (p program) sessionExport() *cobra.Command {
	c := &cobra.Command{
		Use:   "export SESSION --format FORMAT",
		Short: "Write the results of a session as a file",
		Long: `Write the results of a session, named by its id (hst_…), as a file, or to standard output.

  md, html, pdf, docx   the report with the words it rests on; with --conversations the conversations too
  xlsx                  all tables in one workbook
  csv                   one of them: --table
  polis                 the points as statements, as Polis exports them (comments.csv)
  json                  the whole session, to be brought to another box by session import

Conversations that are left out of the results are in none, and words that may not be quoted are masked. Participants are called
by numbers, unless --names is given. The audit trail notes every export. A file that exists is not overwritten.`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return misuse{fmt.Errorf("%s needs the id of one session", c.CommandPath())}
			}
			return nil
		},
	}
	load := p.configFlags(c, "data")
	format := c.Flags().String("format", "", "`format`: md, html, pdf, docx, xlsx, csv, polis or json")
	table := c.Flags().String("table", string(export.Answers), "`table` of csv: report, decisions, themes, points, insights, choices, form, people or answers")
	names := c.Flags().Bool("names", false, "with the names that participants gave")
	conversations := c.Flags().Bool("conversations", false, "with the conversations, in md, html, pdf and docx")
	out := c.Flags().String("out", "", "`file` to write; standard output without it")
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := needs(c, "format"); err != nil {
			return err
		}
		cfg, err := load()
		if err != nil {
			return err
		}
		var f server.SessionFile
		in := server.SessionExport{Session: appliance.SessionID(args[0]), Format: export.Format(*format), Table: export.Table(*table),
			Names: *names, Conversations: *conversations}
		if err := server.Ask(c.Context(), cfg, server.CommandSessionExport, in, &f); err != nil {
			return err
		}
		if *out == "" {
			_, err = p.out.Write(f.Content)
			return err
		}
		return writeNew(*out, f.Content)
	}
	return c
}
