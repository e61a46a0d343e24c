package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"harmonium/appliance"
	"harmonium/appliance/demo"
	"harmonium/appliance/server"
)

func (p program) demo() *cobra.Command {
	c := &cobra.Command{
		Use:   "demo",
		Short: "Run the server with an invented project, to look at",
		Long: `Run the server on a directory that is filled with an invented project: a session that is being prepared, one that is
over, and one in which 24 people have talked. The address and the log-in are printed. Without --data the directory is a
temporary one, which is removed at the end; nothing else on this machine is read or changed.`,
		Args: noArguments,
	}
	load := p.configFlags(c, "listen", "public-url", "hosts", "guided-pace", "log-format", "bcrypt-cost")
	dir := c.Flags().String("data", "", "`directory` to fill and keep; must be empty (default a temporary one, removed at the end)")
	asJSON := c.Flags().Bool("json", false, "print address and log-in as JSON")
	c.RunE = func(c *cobra.Command, _ []string) (err error) {
		cfg, err := load()
		if err != nil {
			return err
		}
		ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGINT, syscall.SIGTERM)
		defer stop() // before the end of serve a signal must not keep the directory from being removed
		cfg.Data, cfg.Log = *dir, p.err
		if *dir == "" {
			if cfg.Data, err = os.MkdirTemp("", "harmonium-demo-"); err != nil {
				return err
			}
			defer os.RemoveAll(cfg.Data)
		}
		login, err := demo.Fill(ctx, demo.Options{Dir: cfg.Data, Now: appliance.SystemClock(), BcryptCost: cfg.BcryptCost})
		if err != nil {
			return err
		}
		return serve(ctx, cfg, func(s *server.Server) error {
			if *asJSON {
				return printJSON(p.out, demoLogin{s.URL(), login.Email, login.Password})
			}
			return sayDemo(p.out, s.URL(), login, *dir)
		})
	}
	return c
}

// demoLogin is how to get into a demonstration.
type demoLogin struct {
	Address  string `json:"address"`
	Email    string `json:"email"`
	Password string `json:"password"`
}

func sayDemo(w io.Writer, url string, login demo.Login, dir string) error {
	end := "Ctrl-C ends it and removes its data."
	if dir != "" {
		end = "Ctrl-C ends it. Its data stays in " + dir + "; harmonium serve --data " + dir + " goes on with it."
	}
	_, err := fmt.Fprintf(w, `
A demonstration. Everybody in it, and all that they say, is invented.

  Address   %s
  E-mail    %s
  Password  %s

%s

`, url, login.Email, login.Password, end)
	return err
}
