package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"harmonium/appliance"
	"harmonium/appliance/lan"
	"harmonium/appliance/server"
)

func (p program) tls() *cobra.Command {
	c := &cobra.Command{
		Use: "tls", Short: "Look after HTTPS: certificates, and who comes without", Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(p.tlsStatus(), p.tlsCheck(), p.tlsUse(), p.tlsAuthority(), p.tlsNewAuthority())
	return c
}

func (p program) tlsStatus() *cobra.Command {
	return p.tellReach("status", "Tell which certificate is in use, and the fingerprint of the box's own authority", printReach)
}

func printReach(w io.Writer, r server.Reach) error {
	var b strings.Builder
	switch r.Serves {
	case lan.ModeNone:
		b.WriteString("This box speaks plain HTTP, for its own machine only. Start it with --tls self for others.\n")
	case lan.ModeFiles:
		fmt.Fprintf(&b, "In use: the organisation's certificate, until %s, for\n", r.NotAfter.Format(time.DateOnly))
	default:
		fmt.Fprintf(&b, "In use: a certificate of the box's own authority, renewed by itself, for\n")
	}
	for _, name := range r.Names {
		fmt.Fprintf(&b, "  %s\n", name)
	}
	if r.Choice.PlainJoin {
		b.WriteString("Participants come over plain HTTP; hosts do not.\n")
	}
	if a := r.Authority; a != nil {
		fmt.Fprintf(&b, "Own authority: %s, until %s, SHA-256\n  %s\n", a.Name, a.NotAfter.Format(time.DateOnly), a.Fingerprint)
	}
	if r.Choice.Certificate == lan.ModeFiles {
		fmt.Fprintf(&b, "Folder of the organisation's certificate: %s\n", r.Folder)
		for _, problem := range r.Problems {
			fmt.Fprintf(&b, "  %s\n", problem.Text)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (p program) tlsCheck() *cobra.Command {
	c := &cobra.Command{
		Use:   "check FOLDER",
		Short: "Say whether the box can use the certificate in a folder; changes nothing",
		Long: `Say whether the box can use the certificate in a folder: ` + lan.CertificateFile + ` with the certificate and those
between it and the root, ` + lan.KeyFile + ` with its key. The exit code is 1 when it cannot.`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return misuse{fmt.Errorf("%s needs one folder; %[1]s --help tells more", c.CommandPath())}
			}
			return nil
		},
	}
	c.RunE = func(_ *cobra.Command, args []string) error {
		_, r := lan.ReadFiles(args[0], nil, appliance.SystemClock())
		for _, problem := range r.Problems {
			fmt.Fprintln(p.out, problem.Text)
		}
		if !r.Usable {
			return errShown
		}
		_, err := fmt.Fprintf(p.out, "The certificate can be used until %s, for %s.\n", r.NotAfter.Format(time.DateOnly),
			strings.Join(r.Names, ", "))
		return err
	}
	return c
}

func (p program) tlsUse() *cobra.Command {
	c := &cobra.Command{
		Use:   "use self|files",
		Short: "Choose the box's own certificates or the organisation's; takes effect at once",
		Long: `Choose which certificates the box uses: self for those of its own authority, files for the organisation's. With
--plain-join participants come over plain HTTP, so that no phone has to trust anything; they then have no microphone, and
what they write can be read on the way. Hosts always come over HTTPS.`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return misuse{fmt.Errorf("%s needs self or files; %[1]s --help tells more", c.CommandPath())}
			}
			return nil
		},
	}
	load := p.configFlags(c)
	plain := c.Flags().Bool("plain-join", false, "let participants in over plain HTTP")
	c.RunE = func(c *cobra.Command, args []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		var r server.Reach
		choice := lan.Choice{Certificate: lan.Mode(args[0]), PlainJoin: *plain}
		if err := server.Ask(c.Context(), cfg, server.CommandTLSUse, choice, &r); err != nil {
			return err
		}
		return printReach(p.out, r)
	}
	return c
}

func (p program) tlsAuthority() *cobra.Command {
	c := &cobra.Command{
		Use:   "authority [--out FILE]",
		Short: "Give the certificate of the box's own authority, to be installed on devices",
		Long: `Write the certificate of the box's own authority, as text (PEM), or into a file in the form that its name asks for:
.crt or .cer, .pem, or .mobileconfig for the device management of Apple's devices.`,
		Args: noArguments,
	}
	load := p.configFlags(c)
	out := c.Flags().String("out", "", "`file` to write; none is standard output")
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		var a server.OwnAuthority
		if err := server.Ask(c.Context(), cfg, server.CommandTLSAuthority, server.None{}, &a); err != nil {
			return err
		}
		content := a.PEM
		switch ext := strings.ToLower(filepath.Ext(*out)); {
		case *out == "":
			_, err := p.out.Write(content)
			return err
		case ext == ".crt" || ext == ".cer" || ext == ".der":
			content = a.DER
		case ext == ".mobileconfig":
			content = a.Profile
		case ext != ".pem":
			return appliance.Invalid("out", "The file must end in .crt, .cer, .pem or .mobileconfig.")
		}
		if err := os.WriteFile(*out, content, 0o644); err != nil {
			return fmt.Errorf("write the certificate: %w", err)
		}
		_, err = fmt.Fprintf(p.out, "%s: %s, SHA-256\n%s\n", *out, a.Name, a.Fingerprint)
		return err
	}
	return c
}

func (p program) tlsNewAuthority() *cobra.Command {
	c := &cobra.Command{
		Use:   "new-authority",
		Short: "Make the box's own authority anew; devices must then install it again",
		Args:  noArguments,
	}
	load := p.configFlags(c)
	sure := c.Flags().Bool("yes", false, "do it: devices that trust the old authority warn until they have the new one")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if !*sure {
			return misuse{fmt.Errorf("%s makes every device that has the old authority warn; add --yes to do it", c.CommandPath())}
		}
		cfg, err := load()
		if err != nil {
			return err
		}
		var a server.OwnAuthority
		if err := server.Ask(c.Context(), cfg, server.CommandNewAuthority, server.None{}, &a); err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.out, "%s, SHA-256\n%s\n", a.Name, a.Fingerprint)
		return err
	}
	return c
}
