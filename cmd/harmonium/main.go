// Command harmonium is the appliance: its server, and the commands with which whoever runs the box looks after it.
//
// It exits with 0 when what was asked for is done, with 1 when it failed, and with 2 when it was used wrongly.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"harmonium/appliance"
	"harmonium/appliance/server"
)

// version is set by the linker (see the Makefile).
var version = "dev"

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitMisuse = 2
)

// errShown is the error of a command that has said itself what is wrong.
var errShown = errors.New("said already")

// misuse is the error of a command line that cannot be understood.
type misuse struct{ error }

func (m misuse) Unwrap() error { return m.error }

func main() {
	// Whatever this process makes is for the account that runs it.
	syscall.Umask(0o077)
	os.Exit(run(context.Background(), os.Args[1:], program{
		in: os.Stdin, out: os.Stdout, err: os.Stderr, environment: os.Environ(),
	}))
}

// program is what the process was given by whoever started it.
type program struct {
	in          *os.File
	out, err    io.Writer
	environment []string
}

// run carries out one command line and gives the exit code.
func run(ctx context.Context, args []string, p program) int {
	root := p.commands()
	root.SetArgs(args)
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	if !errors.Is(err, errShown) {
		fmt.Fprintln(p.err, explain(err))
	}
	if m := (misuse{}); errors.As(err, &m) || appliance.CodeOf(err) == appliance.CodeValidation {
		return exitMisuse
	}
	return exitFailed
}

// commands builds the tree of commands.
func (p program) commands() *cobra.Command {
	root := &cobra.Command{
		Use:   "harmonium",
		Short: "Interviews, meetings and their results, on a box that lets nothing out",
		Args:  noArguments,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },

		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return misuse{fmt.Errorf("%s: %w; %[1]s --help lists what there is", c.CommandPath(), err)}
	})
	root.AddCommand(
		p.serve(), p.demo(), p.doctor(), p.clock(), p.capacity(), p.support(), p.version(),
		p.user(), p.key(), p.session(),
		p.lan(), p.tls(), p.waysOut(),
		p.model(), p.backup(), p.restore(),
		p.attest(), p.receipt(), p.audit(), p.mcp(),
		p.man(), p.porter(), p.readDocument(), p.readSound(),
	)
	return root
}

// noArguments refuses words that a command does not know.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return misuse{fmt.Errorf("%s does not know %q; %s --help lists what there is", c.CommandPath(), args[0], c.CommandPath())}
}

// needs refuses a command line without a flag that there is no command without.
func needs(c *cobra.Command, flags ...string) error {
	for _, name := range flags {
		if c.Flags().Lookup(name).Value.String() == "" {
			return misuse{fmt.Errorf("%s needs --%s; %[1]s --help tells more", c.CommandPath(), name)}
		}
	}
	return nil
}

// explain turns an error into what a person reads: for each thing that is wrong a line.
func explain(err error) string {
	var e *appliance.Error
	m := misuse{}
	switch {
	case errors.As(err, &m) && strings.HasPrefix(m.Error(), "harmonium"): // it names the command already
		return m.Error()
	case !errors.As(err, &e):
		return "harmonium: " + err.Error()
	case e.Code == appliance.CodeValidation && len(e.Fields) > 0:
		var lines []string
		for _, f := range e.Fields {
			lines = append(lines, fmt.Sprintf("harmonium: %s: %s", f.Field, f.Message))
		}
		return strings.Join(lines, "\n")
	case e.Err != nil:
		return fmt.Sprintf("harmonium: %s\n(%v)", e.Message, e.Err)
	}
	return "harmonium: " + e.Message
}

// configFlags gives a command the flag --config and one for each of the named settings, all of them when none is
// named. The function that it returns loads the configuration.
func (p program) configFlags(c *cobra.Command, names ...string) func() (server.Config, error) {
	file := c.Flags().String("config", "", "configuration `file` (default "+server.DefaultFile+", if there is one)")
	values := map[string]*string{}
	for _, s := range server.Settings() {
		if len(names) > 0 && !slices.Contains(names, s.Name) {
			continue
		}
		values[s.Name] = c.Flags().String(s.Name, s.Default, lowerFirst(s.Usage)+" ["+s.Variable()+"]")
	}
	return func() (server.Config, error) {
		from := server.Sources{File: server.DefaultFile, Variables: p.environment, Flags: map[string]string{}}
		if path, ok := p.variable(server.ConfigVariable); ok {
			from.File, from.FileMust = path, path != ""
		}
		if c.Flags().Changed("config") {
			from.File, from.FileMust = *file, *file != ""
		}
		for name, value := range values {
			if c.Flags().Changed(name) {
				from.Flags[name] = *value
			}
		}
		cfg, err := server.Load(from)
		cfg.Version = version
		return cfg, err
	}
}

func (p program) variable(name string) (value string, ok bool) {
	for _, v := range p.environment {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value, true
		}
	}
	return "", false
}

// lowerFirst brings a sentence to the form in which cobra shows the meaning of a flag.
func lowerFirst(s string) string {
	return strings.ToLower(s[:1]) + strings.TrimSuffix(s[1:], ".")
}

// jsonFlag gives a command that tells facts the flag --json.
func jsonFlag(c *cobra.Command) *bool {
	return c.Flags().Bool("json", false, "print as JSON")
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
