package main

import (
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"harmonium/appliance"
	"harmonium/appliance/privacy"
	"harmonium/appliance/server"
)

func (p program) receipt() *cobra.Command {
	c := &cobra.Command{
		Use: "receipt", Short: "List, hand out and check receipts of what was deleted", Args: noArguments,
	}
	c.AddCommand(p.receiptList(), p.receiptGet(), p.receiptVerify())
	return c
}

func (p program) receiptList() *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "List what was deleted: what kind, how much, when, by whom", Args: noArguments}
	load := p.configFlags(c)
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		var l server.ReceiptList
		if err := server.Ask(c.Context(), cfg, server.CommandReceiptList, server.None{}, &l); err != nil {
			return err
		}
		if *asJSON {
			return printJSON(p.out, l)
		}
		w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "RECEIPT\tBEGAN\tKIND\tBY\tCONVERSATIONS\tWIPED")
		for _, r := range l.Receipts {
			wiped := "not yet"
			if !r.WipedAt.IsZero() {
				wiped = r.WipedAt.UTC().Format("2006-01-02 15:04:05")
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\n", r.ID, r.BeganAt.UTC().Format("2006-01-02 15:04:05"), r.Kind, r.Actor, r.Counts.Conversations, wiped)
		}
		return w.Flush()
	}
	return c
}

func (p program) receiptGet() *cobra.Command {
	c := &cobra.Command{Use: "get RECEIPT", Short: "Print a receipt, signed by the box, as JSON", Args: exactly(1, "the id of a receipt")}
	load := p.configFlags(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		var s privacy.SignedReceipt
		if err := server.Ask(c.Context(), cfg, server.CommandReceiptGet, appliance.ReceiptID(args[0]), &s); err != nil {
			return err
		}
		return printJSON(p.out, s)
	}
	return c
}

func (p program) receiptVerify() *cobra.Command {
	c := &cobra.Command{
		Use:   "verify FILE",
		Short: "Say whether a receipt is as a box signed it, and with --here whether the box has kept to it",
		Long: `Say whether a receipt of what was deleted is as a box signed it, and with which key. That the key is the one of a certain
box is known by comparing its fingerprint with what that box shows, or by naming it with --key. With --here the box is also
asked whether it has anything that the receipt names. The exit code is 1 when the receipt was changed, another key signed it,
or something is still there. FILE may be - for standard input.`,
		Args: exactly(1, "one file"),
	}
	load := p.configFlags(c)
	key := c.Flags().String("key", "", "`fingerprint` of the box that must have signed it")
	here := c.Flags().Bool("here", false, "also ask the box whether it has anything of it")
	c.RunE = func(c *cobra.Command, args []string) error {
		raw, err := p.readWhole(args[0])
		if err != nil {
			return fmt.Errorf("read the receipt: %w", err)
		}
		e, fingerprint, err := privacy.VerifyReceipt(raw)
		if failure := (*appliance.Error)(nil); errors.As(err, &failure) {
			fmt.Fprintln(p.err, explain(err))
			return errShown
		} else if err != nil {
			return err
		}
		if *key != "" && digitsOf(*key) != digitsOf(fingerprint) {
			fmt.Fprintf(p.err, "harmonium: the receipt is whole, but another box signed it. Its key:\n  %s\n", fingerprint)
			return errShown
		}
		fmt.Fprintf(p.out, "The receipt %s of %s is as the box signed it. Key of the box (SHA-256):\n  %s\n", e.ID,
			e.BeganAt.UTC().Format("2006-01-02 15:04:05 MST"), fingerprint)
		if !*here {
			return nil
		}
		cfg, err := load()
		if err != nil {
			return err
		}
		var there []appliance.Erased
		if err := server.Ask(c.Context(), cfg, server.CommandReceiptCheck, e.Objects, &there); err != nil {
			return err
		}
		if len(there) > 0 {
			fmt.Fprintf(p.err, "harmonium: the box has %d of the %d things that the receipt names.\n", len(there), len(e.Objects))
			return errShown
		}
		_, err = fmt.Fprintf(p.out, "The box has none of the %d things that it names.\n", len(e.Objects))
		return err
	}
	return c
}
