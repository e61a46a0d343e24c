package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"harmonium/appliance"
	"harmonium/appliance/server"
)

func (p program) user() *cobra.Command {
	c := &cobra.Command{
		Use: "user", Short: "Make and list accounts, set passwords, take away lost second factors", Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(p.userAdd(), p.userList(), p.userPasswd(), p.userNoFactor(), p.userDeactivate(), p.userReactivate())
	return c
}

func (p program) userAdd() *cobra.Command {
	c := &cobra.Command{
		Use:   "add --email ADDRESS --name NAME [--role ROLE] [--password-stdin]",
		Short: "Make an account",
		Long: `Make an account. The password is asked for, or read from standard input. The first account can be made like this
instead of with the set-up link; give it the role owner. The data directory must be there.`,
		Args: noArguments,
	}
	load := p.configFlags(c, "data", "bcrypt-cost")
	asJSON := jsonFlag(c)
	email := c.Flags().String("email", "", "e-mail `address` to log in with; nothing is ever sent to it")
	name := c.Flags().String("name", "", "`name` of the person")
	role := c.Flags().String("role", string(appliance.RoleEditor), "owner, admin, editor or viewer")
	language := c.Flags().String("language", string(appliance.English), "of the interface: en or de")
	fromStdin := passwordFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := needs(c, "email", "name"); err != nil {
			return err
		}
		cfg, err := load()
		if err != nil {
			return err
		}
		password, err := p.password(*fromStdin)
		if err != nil {
			return err
		}
		var made server.User
		err = server.Ask(c.Context(), cfg, server.CommandUserAdd, server.NewUser{Email: *email, Name: *name,
			Role: appliance.Role(*role), Language: appliance.Language(*language), Password: password}, &made)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(p.out, made)
		}
		_, err = fmt.Fprintf(p.out, "%s can log in now as %s (%s).\n", made.Email, made.Role, made.ID)
		return err
	}
	return c
}

func (p program) userList() *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "List all accounts", Args: noArguments}
	load := p.configFlags(c, "data")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		users := []server.User{}
		if err := server.Ask(c.Context(), cfg, server.CommandUserList, server.None{}, &users); err != nil {
			return err
		}
		if *asJSON {
			return printJSON(p.out, users)
		}
		w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "E-MAIL\tNAME\tROLE\tSTATE\tMADE\tID")
		for _, u := range users {
			state := "active"
			if u.Disabled {
				state = "disabled"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", u.Email, u.Name, u.Role, state, u.CreatedAt.Format("2006-01-02"), u.ID)
		}
		return w.Flush()
	}
	return c
}

func (p program) userPasswd() *cobra.Command {
	c := &cobra.Command{
		Use:   "passwd --email ADDRESS [--password-stdin]",
		Short: "Set the password of an account and end all its log-ins",
		Args:  noArguments,
	}
	load := p.configFlags(c, "data", "bcrypt-cost")
	email := c.Flags().String("email", "", "e-mail `address` of the account")
	fromStdin := passwordFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := needs(c, "email"); err != nil {
			return err
		}
		cfg, err := load()
		if err != nil {
			return err
		}
		password, err := p.password(*fromStdin)
		if err != nil {
			return err
		}
		err = server.Ask(c.Context(), cfg, server.CommandUserPasswd,
			server.NewPassword{Email: *email, Password: password}, &server.None{})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.out, "The password of %s is set. All its log-ins were ended.\n", *email)
		return err
	}
	return c
}

func (p program) userDeactivate() *cobra.Command {
	c := &cobra.Command{
		Use:   "deactivate --email ADDRESS [--to ADDRESS]",
		Short: "Keep an account from being used",
		Long: `Keep an account from being used, until it is reactivated: its log-ins end, its API keys stop working. Where nobody else owns
some of its sessions or projects, --to says who becomes an owner of them. The last owner of the box is not deactivated.`,
		Args: noArguments,
	}
	load := p.configFlags(c, "data")
	email := c.Flags().String("email", "", "e-mail `address` of the account")
	to := c.Flags().String("to", "", "e-mail `address` of the account that becomes an owner of what nobody else owns")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := needs(c, "email"); err != nil {
			return err
		}
		cfg, err := load()
		if err != nil {
			return err
		}
		if err := server.Ask(c.Context(), cfg, server.CommandUserOff, server.OldUser{Email: *email, To: *to}, &server.User{}); err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.out, "%s cannot log in any more; log-ins were ended, and API keys do not work.\n", *email)
		return err
	}
	return c
}

func (p program) userReactivate() *cobra.Command {
	return p.userByEmail(&cobra.Command{
		Use:   "reactivate --email ADDRESS",
		Short: "Let an account be used again that was deactivated",
	}, server.CommandUserOn, &server.User{}, "%s can log in again.\n")
}

func (p program) userNoFactor() *cobra.Command {
	return p.userByEmail(&cobra.Command{
		Use:   "no-second-factor --email ADDRESS",
		Short: "Take the second factor of an account away",
		Long: `Take the second factor of an account away, with its recovery codes. For the day on which the app is lost and no owner or
admin can log in to do it on the page People. The password stays.`,
	}, server.CommandUserFactor, &server.None{},
		"%s logs in with the password alone now, and is asked to set up a second factor where the box wants one.\n")
}

// userByEmail makes a command of c that asks the box for something about one account, and says with its address what was done.
func (p program) userByEmail(c *cobra.Command, command server.Command, answer any, done string) *cobra.Command {
	c.Args = noArguments
	load := p.configFlags(c, "data")
	email := c.Flags().String("email", "", "e-mail `address` of the account")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := needs(c, "email"); err != nil {
			return err
		}
		cfg, err := load()
		if err != nil {
			return err
		}
		if err := server.Ask(c.Context(), cfg, command, server.UserName{Email: *email}, answer); err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.out, done, *email)
		return err
	}
	return c
}
