package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"harmonium/appliance/backup"
	"harmonium/appliance/server"
)

func (p program) backupPlan() *cobra.Command {
	c := &cobra.Command{
		Use:   "plan [on|off]",
		Short: "Show or change which backups the box makes by itself, as the page Backups does",
		Long: `Show or change which backups the box makes by itself, as the page Backups of the host app does. What is not named stays as
it is. With --recipient backups are locked for the holder of a key (harmonium backup key makes one), with --passphrase-stdin
or --passphrase-file with a passphrase, which the box does not keep.`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 || len(args) == 1 && args[0] != "on" && args[0] != "off" {
				return misuse{fmt.Errorf("%s takes on, off, or nothing; %[1]s --help tells more", c.CommandPath())}
			}
			return nil
		},
	}
	load := p.configFlags(c, "data", "control")
	asJSON := jsonFlag(c)
	flags := passphraseFlags(c)
	usual := backup.DefaultPlan()
	destination := c.Flags().String("destination", usual.Destination, "`directory` on another disk, a stick or a mounted share")
	recipient := c.Flags().String("recipient", "", "public `key` (age1…) to lock backups for")
	hour := c.Flags().Int("hour", usual.Hour, "`hour` of the day from which one is made")
	days := c.Flags().Int("days", usual.Keep.Days, "keep one for each of the last so many `days`")
	weeks := c.Flags().Int("weeks", usual.Keep.Weeks, "and for each of the last so many `weeks`")
	c.RunE = func(c *cobra.Command, args []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		var plan server.BackupPlan
		if err := server.Ask(c.Context(), cfg, server.CommandBackupPlan, server.None{}, &plan); err != nil {
			return err
		}
		changed := len(args) == 1
		set := func(name string, do func()) {
			if c.Flags().Changed(name) {
				do()
				changed = true
			}
		}
		set("destination", func() { plan.Destination = *destination })
		set("hour", func() { plan.Hour = *hour })
		set("days", func() { plan.Keep.Days = *days })
		set("weeks", func() { plan.Keep.Weeks = *weeks })
		set("recipient", func() { plan.Lock = backup.Lock{Recipient: *recipient} })
		if *flags.fromStdin || *flags.file != "" {
			passphrase, err := flags.read(p, true)
			if err != nil {
				return err
			}
			if plan.Lock, err = backup.NewLock(passphrase); err != nil {
				return err
			}
			changed = true
		}
		if len(args) == 1 {
			plan.On = args[0] == "on"
		}
		if changed {
			if err := server.Ask(c.Context(), cfg, server.CommandBackupSetPlan, plan.Plan, &plan); err != nil {
				return err
			}
		}
		if *asJSON {
			return printJSON(p.out, plan)
		}
		return p.sayPlan(plan)
	}
	return c
}

func (p program) sayPlan(plan server.BackupPlan) error {
	state := "No backups are made by themselves."
	if plan.On {
		state = fmt.Sprintf("A backup is made every day from %d:00.", plan.Hour)
	}
	lock := "It is not set how they are locked."
	switch {
	case plan.Lock.Locked != "":
		lock = "They are locked with a passphrase."
	case plan.Lock.Recipient != "":
		lock = "They are locked for the key " + plan.Lock.Recipient
	}
	last := "There is none yet."
	if m := plan.State.Last; m != nil {
		last = fmt.Sprintf("The last one holds the state of %s and lies in %s.", m.At.Format(time.RFC3339), m.Where)
	}
	if f := plan.State.Failed; f != nil {
		last += "\nThe last attempt failed: " + f.Message
	}
	_, err := fmt.Fprintf(p.out, "%s\nDestination: %s\nKept: one for each of the last %d days and %d weeks; what was deleted is in them for %d days at most.\n%s\n%s\n",
		state, plan.Destination, plan.Keep.Days, plan.Keep.Weeks, plan.Keep.Window(), lock, last)
	return err
}
