package main

import (
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"harmonium/appliance"
	"harmonium/appliance/server"
)

func (p program) key() *cobra.Command {
	c := &cobra.Command{
		Use: "key", Short: "Make, list and revoke API keys", Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(p.keyCreate(), p.keyList(), p.keyRevoke())
	return c
}

func (p program) keyCreate() *cobra.Command {
	c := &cobra.Command{
		Use:   "create [--email ADDRESS] [--name NAME] [--scopes LIST] [--expires TIME]",
		Short: "Make an API key and print it, alone",
		Long: `Make an API key that may do what its account may, within its scopes, and print it alone on standard output. It is
shown this once.

Scopes: ` + scopeNames() + `; "sessions:*" is every verb, "*" everything.`,
		Args: noArguments,
	}
	load := p.configFlags(c, "data")
	asJSON := jsonFlag(c)
	email := c.Flags().String("email", "", "e-mail `address` of the account that the key acts for; need not be named when there is only one")
	name := c.Flags().String("name", "command line", "`name` that tells what the key is for")
	scopes := c.Flags().String("scopes", string(appliance.ScopeAll), "what the key may do, with commas between")
	expires := c.Flags().String("expires", "never", "`time` after which it ends: 90d, 12h or never")
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		in := server.NewKey{Email: *email, Name: *name}
		for s := range strings.SplitSeq(*scopes, ",") {
			in.Scopes = append(in.Scopes, appliance.Scope(strings.TrimSpace(s)))
		}
		if in.ExpiresIn, err = parseExpiry(*expires); err != nil {
			return err
		}
		var made server.Key
		if err := server.Ask(c.Context(), cfg, server.CommandKeyCreate, in, &made); err != nil {
			return err
		}
		if *asJSON {
			return printJSON(p.out, made)
		}
		_, err = fmt.Fprintln(p.out, made.Key)
		return err
	}
	return c
}

func scopeNames() string {
	var names []string
	for _, s := range appliance.Scopes() {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}

// parseExpiry reads a time such as 90d or 12h; "never" is 0.
func parseExpiry(s string) (time.Duration, error) {
	if s == "never" {
		return 0, nil
	}
	d, err := time.ParseDuration(s)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		var n uint64
		n, err = strconv.ParseUint(days, 10, 16)
		d = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || d <= 0 {
		return 0, appliance.Invalid("expires", "%q is no time; it must be days such as 90d, hours such as 12h, or never.", s)
	}
	return d, nil
}

func (p program) keyList() *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "List the API keys of all accounts", Args: noArguments}
	load := p.configFlags(c, "data")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		keys := []server.Key{}
		if err := server.Ask(c.Context(), cfg, server.CommandKeyList, server.None{}, &keys); err != nil {
			return err
		}
		if *asJSON {
			return printJSON(p.out, keys)
		}
		w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "KEY\tNAME\tACCOUNT\tSCOPES\tEXPIRES\tLAST USED\tID")
		for _, k := range keys {
			var scopes []string
			for _, s := range k.Scopes {
				scopes = append(scopes, string(s))
			}
			fmt.Fprintf(w, "%s…\t%s\t%s\t%s\t%s\t%s\t%s\n", k.KeyPrefix, k.Name, k.Email, strings.Join(scopes, ","),
				day(k.ExpiresAt), day(k.LastUsedAt), k.ID)
		}
		return w.Flush()
	}
	return c
}

func day(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return t.Format("2006-01-02")
}

func (p program) keyRevoke() *cobra.Command {
	c := &cobra.Command{
		Use:   "revoke KEY",
		Short: "End an API key, named by its id or the characters that the list shows",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return misuse{fmt.Errorf("%s needs the id of one key, or the characters that harmonium key list shows", c.CommandPath())}
			}
			return nil
		},
	}
	load := p.configFlags(c, "data")
	c.RunE = func(c *cobra.Command, args []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		err = server.Ask(c.Context(), cfg, server.CommandKeyRevoke, server.OldKey{Key: strings.TrimSuffix(args[0], "…")}, &server.None{})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(p.out, "The key is revoked: the next request with it is refused.")
		return err
	}
	return c
}
