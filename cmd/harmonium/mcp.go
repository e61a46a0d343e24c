package main

import (
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"harmonium/appliance"
	"harmonium/appliance/server"
)

func (p program) mcp() *cobra.Command {
	c := &cobra.Command{
		Use:   "mcp [--email ADDRESS] [--scopes LIST] | --key-file FILE",
		Short: "Offer the tools of the box to a program that speaks the Model Context Protocol",
		Long: `Offer the tools of the box that runs on the data directory to one program that speaks the Model Context Protocol on standard
input and output. It is meant to be started by that program.

Without a key it makes one for the account, within the scopes, and takes it back at the end; whoever may do this administers
the box. With --key-file it uses the key in that file. The tools do what the key may do, and the audit trail names it.

Programs on other machines use the address of the box with /mcp, and a key: see README.md.`,
		Args: noArguments,
	}
	load := p.configFlags(c, "data")
	email := c.Flags().String("email", "", "e-mail `address` of the account to act for; need not be named when there is only one")
	scopes := c.Flags().String("scopes", string(appliance.ScopeAll), "what the tools may do, with commas between")
	file := c.Flags().String("key-file", "", "`file` that holds an API key")
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		t := server.Tools{Email: *email, In: p.in, Out: unclosed{p.out}}
		for s := range strings.SplitSeq(*scopes, ",") {
			t.Scopes = append(t.Scopes, appliance.Scope(strings.TrimSpace(s)))
		}
		if *file != "" {
			raw, err := os.ReadFile(*file)
			if err != nil {
				return &appliance.Error{Code: appliance.CodeValidation, Err: err, Message: "The file with the key cannot be read."}
			}
			t.Key = appliance.Secret(strings.TrimSpace(string(raw)))
		}
		ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		err = server.ServeTools(ctx, cfg, t)
		if ctx.Err() != nil {
			return nil // it was told to end
		}
		return err
	}
	return c
}

// unclosed is standard output, which the process closes by ending.
type unclosed struct{ io.Writer }

// Close does nothing.
func (unclosed) Close() error { return nil }
