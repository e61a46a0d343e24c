package main

import (
	"context"
	"fmt"
	"io"
	"os/signal"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"harmonium/appliance"
	"harmonium/appliance/capacity"
	"harmonium/appliance/server"
)

func (p program) capacity() *cobra.Command {
	c := &cobra.Command{
		Use:   "capacity",
		Short: "Measure how many people can talk with the box at once",
		Long: `Measure how many people can talk with the box at once: with the model that leads conversations, for 1, 2 … up to as many
people as it has slots, by prompts as long as those of conversations; and by rules. It takes minutes on a slow box, and does
not begin while people talk, unless --anyway. Ctrl-C stops it. What was measured last is shown on the health page and by
harmonium doctor; --last prints it and measures nothing.`,
		Args: noArguments,
	}
	load := p.configFlags(c, "data", "control")
	asJSON := jsonFlag(c)
	last := c.Flags().Bool("last", false, "print what was measured last, and measure nothing")
	anyway := c.Flags().Bool("anyway", false, "measure also while people talk, who then wait longer")
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		var now server.Capacity
		if *last {
			err = server.Ask(c.Context(), cfg, server.CommandCapacity, server.None{}, &now)
		} else {
			now, err = p.measure(c.Context(), cfg, *anyway)
		}
		if err != nil {
			return err
		}
		switch {
		case now.Last == nil:
			return appliance.Errorf(appliance.CodeNotFound, "Nothing was measured yet. Without --last this command measures.")
		case *asJSON:
			return printJSON(p.out, now.Last)
		}
		return printCapacity(p.out, *now.Last)
	}
	return c
}

// askEvery is how often the server is asked how far it is.
const askEvery = 300 * time.Millisecond

// measure has the server measure, and tells how far it is. When it is interrupted it has the server stop.
func (p program) measure(ctx context.Context, cfg server.Config, anyway bool) (now server.Capacity, err error) {
	ctx, release := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer release()
	if err := server.Ask(ctx, cfg, server.CommandCapacityStart, server.CapacityStart{Anyway: anyway}, &now); err != nil {
		return now, err
	}
	shown := -1
	for now.Status == capacity.Running {
		if now.Step != shown {
			shown = now.Step
			fmt.Fprintf(p.err, "step %d of %d\n", now.Step+1, now.Steps)
		}
		select {
		case <-ctx.Done():
			return now, p.stopMeasuring(cfg)
		case <-time.After(askEvery):
		}
		if err := server.Ask(ctx, cfg, server.CommandCapacity, server.None{}, &now); err != nil {
			if ctx.Err() != nil {
				return now, p.stopMeasuring(cfg)
			}
			return now, err
		}
	}
	switch now.Status {
	case capacity.Talking:
		return now, appliance.Errorf(appliance.CodeConflict, "People began to talk with the box, so measuring has ended. Nothing was kept; the last measurement still counts. Try again later.")
	case capacity.Stopped:
		return now, appliance.Errorf(appliance.CodeConflict, "Measuring was stopped. Nothing was kept; the last measurement still counts.")
	case capacity.Failed:
		return now, appliance.Errorf(appliance.CodeConflict, "The box could not be measured. Nothing was kept; harmonium doctor says how the model is, and the log what went wrong.")
	}
	return now, nil
}

func (p program) stopMeasuring(cfg server.Config) error {
	if err := server.Ask(context.Background(), cfg, server.CommandCapacityStop, server.None{}, &server.None{}); err != nil {
		return err
	}
	return appliance.Errorf(appliance.CodeConflict, "Measuring was stopped. Nothing was kept; the last measurement still counts.")
}

func printCapacity(out io.Writer, r capacity.Result) error {
	if r.Model != "" {
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "AT ONCE\tFIRST WORD\tINTERVIEW KNOWN\tWHOLE TURN\tREADS\tWRITES\tPROMPT\tANSWER")
		for _, l := range r.Levels {
			note := ""
			if l.Disturbed {
				note = "  (others were at work too)"
			}
			fmt.Fprintf(w, "%d\t%.1f s\t%.1f s\t%.1f s\t%.0f tokens/s\t%.0f tokens/s each\t%d tokens\t%d tokens%s\n",
				l.AtOnce, l.First, l.Again, l.Turn, l.Read, l.Write, l.Prompt, l.Answer, note)
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	for _, line := range sayCapacity(r) {
		if _, err := fmt.Fprintln(out, line); err != nil {
			return err
		}
	}
	return nil
}

// sayCapacity says what was measured, and how the numbers come about.
func sayCapacity(r capacity.Result) (lines []string) {
	switch {
	case r.Model == "":
	case r.People == 0:
		lines = append(lines, fmt.Sprintf("%s does not say its first word within %.0f s even to one person at a time.", r.Model, r.Within))
	default:
		lines = append(lines, fmt.Sprintf("%d people can talk with %s at once, with the first word of the next question within %.0f s nine times of ten.", r.People, r.Model, r.Within),
			fmt.Sprintf("That follows from what a turn took, %d slots, and people who think and type for %.0f s: a closed queue (M/M/c//N).", r.Slots, r.Thinking))
	}
	return append(lines, fmt.Sprintf("By rules %d people can talk at once: they gave %.0f answers a second, half of which are counted.", r.Guided, r.Answers),
		"Measured at "+r.At.Format("2006-01-02 15:04 MST")+".")
}
