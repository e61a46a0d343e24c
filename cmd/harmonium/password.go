package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"harmonium/appliance"
)

// passwordFlag gives a command the flag with which a password comes from standard input. There is no flag for the
// password itself: every user of the machine could read it in the list of processes.
func passwordFlag(c *cobra.Command) *bool {
	return c.Flags().Bool("password-stdin", false, "read the password from standard input instead of asking")
}

// password reads a password: the whole of standard input, less one line break at its end, or what is typed twice at
// the terminal, which does not show it.
func (p program) password(fromStdin bool) (string, error) {
	if fromStdin {
		b, err := io.ReadAll(io.LimitReader(p.in, 4*appliance.MaxPassword+2))
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		return strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r"), nil
	}
	if !term.IsTerminal(int(p.in.Fd())) {
		return "", misuse{errors.New("there is no terminal to ask for the password at; give it with --password-stdin")}
	}
	first, err := p.ask("Password: ")
	if err != nil {
		return "", err
	}
	again, err := p.ask("The same once more: ")
	if err != nil {
		return "", err
	}
	if first != again {
		return "", misuse{errors.New("the two passwords differ; nothing was changed")}
	}
	return first, nil
}

func (p program) ask(prompt string) (string, error) {
	fmt.Fprint(p.err, prompt)
	b, err := term.ReadPassword(int(p.in.Fd()))
	fmt.Fprintln(p.err)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return string(b), nil
}
