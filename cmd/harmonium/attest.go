package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"harmonium/appliance"
	"harmonium/appliance/privacy"
	"harmonium/appliance/server"
)

func (p program) attest() *cobra.Command {
	c := &cobra.Command{
		Use:   "attest",
		Short: "Tell what is true of the running box: data, models, access, ways out; signed",
		Long: `Tell what is true of the running box at this moment: where each kind of data lies, which models read what, who can
log in, what the kernel says of the program, and which ways out were tried, allowed and refused. With --json it is signed by
the box, to be filed and checked later with harmonium attest verify. With --sheet it is the sheet on data processing for
auditors, as Markdown; with --html it is the same as a page that prints well; --language de gives it in German.`,
		Args: noArguments,
	}
	load := p.configFlags(c)
	asJSON := jsonFlag(c)
	asSheet := c.Flags().Bool("sheet", false, "print the sheet on data processing")
	asHTML := c.Flags().Bool("html", false, "print the sheet on data processing as HTML")
	language := c.Flags().String("language", string(appliance.English), "`language` of the sheet")
	c.MarkFlagsMutuallyExclusive("json", "sheet", "html")
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		var s privacy.Signed
		if err := server.Ask(c.Context(), cfg, server.CommandAttest, server.None{}, &s); err != nil {
			return err
		}
		if *asJSON {
			return printJSON(p.out, s)
		}
		f, fingerprint, err := verified(s)
		if err != nil {
			return err
		}
		text := fmt.Sprintf("%s\nKey of the box (SHA-256)\n  %s\n", f.Text(), fingerprint)
		switch {
		case *asHTML:
			text = f.SheetHTML(fingerprint, appliance.Language(*language))
		case *asSheet:
			text = f.Sheet(fingerprint, appliance.Language(*language))
		}
		_, err = io.WriteString(p.out, text)
		return err
	}
	c.AddCommand(p.attestVerify())
	return c
}

// verified gives the facts that the box has signed.
func verified(s privacy.Signed) (privacy.Facts, string, error) {
	raw, err := s.JSON()
	if err != nil {
		return privacy.Facts{}, "", err
	}
	return privacy.Verify(raw)
}

func (p program) attestVerify() *cobra.Command {
	c := &cobra.Command{
		Use:   "verify FILE",
		Short: "Say whether an attestation is as a box signed it; needs no box",
		Long: `Say whether an attestation (harmonium attest --json) is as a box signed it, and with which key. That the key is the one
of a certain box is known by comparing its fingerprint with what that box shows, or by naming it with --key. The exit code is
1 when the attestation was changed or another key signed it. FILE may be - for standard input.`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return misuse{fmt.Errorf("%s needs one file; %[1]s --help tells more", c.CommandPath())}
			}
			return nil
		},
	}
	key := c.Flags().String("key", "", "`fingerprint` of the box that must have signed it")
	c.RunE = func(_ *cobra.Command, args []string) error {
		raw, err := p.readWhole(args[0])
		if err != nil {
			return fmt.Errorf("read the attestation: %w", err)
		}
		f, fingerprint, err := privacy.Verify(raw)
		if e := (*appliance.Error)(nil); errors.As(err, &e) {
			fmt.Fprintln(p.err, explain(err))
			return errShown
		} else if err != nil {
			return err
		}
		if *key != "" && digitsOf(*key) != digitsOf(fingerprint) {
			fmt.Fprintf(p.err, "harmonium: the attestation is whole, but another box signed it. Its key:\n  %s\n", fingerprint)
			return errShown
		}
		_, err = fmt.Fprintf(p.out, "The attestation of %s is as the box signed it. Key of the box (SHA-256):\n  %s\n",
			f.At.Format("2006-01-02 15:04:05 MST"), fingerprint)
		return err
	}
	return c
}

// maxAttestation is what verify reads of a file at most, in bytes; more is no attestation.
const maxAttestation = 17 << 20

func (p program) readWhole(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(io.LimitReader(p.in, maxAttestation))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxAttestation))
}

// digitsOf drops what people put between the digits of a fingerprint.
func digitsOf(fingerprint string) string {
	return strings.NewReplacer(" ", "", ":", "").Replace(strings.ToLower(fingerprint))
}
