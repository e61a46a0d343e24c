package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"harmonium/appliance/server"
)

// sourceDate is the variable of the environment that gives the time, in seconds since 1970, of what a build is made
// from, so that two builds are the same (reproducible-builds.org).
const sourceDate = "SOURCE_DATE_EPOCH"

// man prints the manual page, for whoever makes a package.
func (p program) man() *cobra.Command {
	return &cobra.Command{
		Use: "man", Short: "Print the manual page (roff)", Args: noArguments, Hidden: true,
		RunE: func(c *cobra.Command, _ []string) error {
			date := ""
			if seconds, ok := p.variable(sourceDate); ok {
				n, err := strconv.ParseInt(seconds, 10, 64)
				if err != nil {
					return misuse{fmt.Errorf("harmonium man: %s is %q, not a number of seconds", sourceDate, seconds)}
				}
				date = time.Unix(n, 0).UTC().Format(time.DateOnly)
			}
			return writeManual(p.out, c.Root(), date)
		},
	}
}

// roff keeps text from being read as a request of roff.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			line = `\&` + line
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// writeManual writes one page about all commands, from what they say about themselves.
func writeManual(w io.Writer, root *cobra.Command, date string) error {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH HARMONIUM 8 %q %q %q\n", date, "harmonium "+version, "Harmonium")
	fmt.Fprintf(&b, ".SH NAME\nharmonium \\- %s\n", roff(lowerFirst(root.Short)))
	b.WriteString(".SH SYNOPSIS\n.B harmonium\n.I COMMAND\n[\\fIoptions\\fR]\n.SH COMMANDS\n")
	manualOf(&b, root)
	b.WriteString(".SH SETTINGS\n" + roff("Each is a line NAME=VALUE in the configuration file, a variable of the environment, or a flag of the "+
		"command serve; a later one of these overrides an earlier one.") + "\n")
	for _, s := range server.Settings() {
		fmt.Fprintf(&b, ".TP\n.BR %s \" (default: %s)\"\n%s It must be %s.\n", roff(s.Variable()), roff(orNothing(s.Default)), roff(s.Usage), roff(s.Possible))
	}
	b.WriteString(".SH EXIT STATUS\n" + roff("0: done. 1: failed. 2: used wrongly.") + "\n")
	b.WriteString(".SH FILES\n")
	for _, f := range [][2]string{
		{server.DefaultFile, "The configuration."},
		{"/etc/harmonium/ollama.conf", "The environment of the models: how many requests at the same time, graphics cards."},
		{"/etc/harmonium/tls", "The organisation's certificate: cert.pem and key.pem."},
		{"/var/lib/harmonium", "Everything that the box keeps."},
		{"/var/lib/harmonium-models", "The models, as harmonium model import brings them."},
		{"/run/harmonium/control.sock", "The socket for commands: for root and members of the group harmonium."},
		{"/usr/share/harmonium/source.tar.xz", "The source of exactly this program."},
	} {
		fmt.Fprintf(&b, ".TP\n.I %s\n%s\n", roff(f[0]), roff(f[1]))
	}
	b.WriteString(".SH SEE ALSO\n.BR systemctl (1),\n.BR journalctl (1)\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func orNothing(value string) string {
	if value == "" {
		return "none"
	}
	return value
}

// manualOf writes what there is to know about the commands below c.
func manualOf(b *strings.Builder, c *cobra.Command) {
	for _, sub := range c.Commands() {
		if sub.Hidden || sub.Name() == "help" || sub.Name() == "completion" {
			continue
		}
		if sub.HasSubCommands() {
			manualOf(b, sub)
			continue
		}
		fmt.Fprintf(b, ".SS %s\n", roff(strings.TrimPrefix(sub.UseLine(), "harmonium ")))
		text := sub.Long
		if text == "" {
			text = sub.Short + "."
		}
		b.WriteString(strings.ReplaceAll(roff(strings.TrimSpace(text)), "\n\n", "\n.PP\n") + "\n")
		sub.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Hidden || f.Name == "help" || sub.Name() == "serve" && isSetting(f.Name) {
				return
			}
			kind, usage := pflag.UnquoteUsage(f)
			fmt.Fprintf(b, ".TP\n.BR \\-\\-%s \" %s\"\n%s\n", roff(f.Name), roff(kind), roff(usage))
		})
	}
}

// isSetting says whether a flag of serve is a setting, which have a section of their own.
func isSetting(name string) bool {
	for _, s := range server.Settings() {
		if s.Name == name {
			return true
		}
	}
	return false
}
