package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"harmonium/appliance"
	"harmonium/appliance/server"
	"harmonium/models"
)

func (p program) model() *cobra.Command {
	c := &cobra.Command{
		Use: "model", Short: "Bring models by file, list, check, pack and remove them", Args: noArguments,
		Long: `Bring models by file, list, check, pack and remove them. The folder of the models is --models, else ollama/models in the
data directory; the server may run meanwhile, and sees at once what has changed.`,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(p.modelList(), p.modelImport(), p.modelPack(), p.modelCheck(), p.modelRemove(), p.modelClean())
	return c
}

// listedModel is a model as model list prints it.
type listedModel struct {
	Name         string    `json:"name"`
	Digest       string    `json:"digest"`
	Size         int64     `json:"size"`
	Memory       int64     `json:"memory"` // bytes that it takes while it works, as far as its file tells; 0: not known
	Parameters   int64     `json:"parameters"`
	Quantization string    `json:"quantization"`
	Context      int       `json:"context"`
	License      string    `json:"license"`
	Embeds       bool      `json:"embeds"`
	Sees         bool      `json:"sees"`
	Hears        bool      `json:"hears"`
	Changed      time.Time `json:"changed"`
	Problem      string    `json:"problem"`
}

// modelList is all that model list prints.
type modelList struct {
	Folder string           `json:"folder"`
	Models []listedModel    `json:"models"`
	Import *models.Progress `json:"import"` // that runs, or was the last and did not finish; null for none
}

func (p program) modelList() *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "List the models that are here, and how far an import is", Args: noArguments}
	load := p.configFlags(c, "data", "models", "model-slots", "ollama")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		folder := models.Open(cfg.ModelsDir())
		installed, err := folder.Models()
		if err != nil {
			return err
		}
		list := modelList{Folder: folder.Dir(), Models: []listedModel{}}
		for _, m := range installed {
			list.Models = append(list.Models, listed(m, cfg.Slots()))
		}
		if at, ok := folder.Progress(); ok && at.State != models.Done {
			list.Import = &at
		}
		if *asJSON {
			return printJSON(p.out, list)
		}
		return printModels(p.out, list)
	}
	return c
}

func listed(m models.Installed, slots int) listedModel {
	l := listedModel{Name: m.Name, Digest: m.Digest, Size: m.Size, Parameters: m.Facts.Parameters, Quantization: m.Facts.Quantization,
		Context: m.Facts.Context, License: m.License, Embeds: m.Facts.Embeds, Sees: m.Facts.Sees, Hears: m.Facts.Hears, Changed: m.Changed, Problem: m.Problem}
	if m.Problem == "" {
		l.Memory = m.Facts.Memory(slots)
	}
	if m.Remote {
		l.Problem = "it is computed on other machines and is never used"
	}
	if known, ok := models.Find(m.Name); ok && l.License == "" {
		l.License = known.License
	}
	return l
}

func printModels(out io.Writer, list modelList) error {
	if at := list.Import; at != nil {
		fmt.Fprintln(out, sayProgress(*at))
	}
	if len(list.Models) == 0 {
		_, err := fmt.Fprintf(out, "There is no model in %s. harmonium model import PATH brings one.\n", list.Folder)
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tPARAMETERS\tQUANTIZATION\tSIZE\tMEMORY\tCONTEXT\tLICENCE")
	for _, m := range list.Models {
		if m.Problem != "" {
			fmt.Fprintf(w, "%s\t%s\n", m.Name, "cannot be used: "+m.Problem)
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%s\n", m.Name, models.InBillions(m.Parameters), m.Quantization, models.InBytes(m.Size),
			models.InBytes(m.Memory), m.Context, orNotSaid(m.License))
	}
	return w.Flush()
}

func orNotSaid(s string) string {
	if s == "" {
		return "not said"
	}
	return s
}

// sayProgress says in one line how far an import is.
func sayProgress(at models.Progress) string {
	share := fmt.Sprintf("%s of %s", models.InBytes(at.Done), models.InBytes(at.Total))
	switch at.State {
	case models.Interrupted:
		return fmt.Sprintf("An import of %s was interrupted at %s. Give the same command again: it goes on where it stopped.", at.Model, share)
	case models.Failed:
		return "The last import ended early. " + at.Message
	case models.Checking:
		return fmt.Sprintf("%s: reading what is there, %s", at.Model, share)
	}
	line := fmt.Sprintf("%s: %s", at.Model, share)
	if at.Rate > 0 {
		line += fmt.Sprintf(", %s/s, %s left", models.InBytes(at.Rate), (time.Duration(at.Left) * time.Second).String())
	}
	return line
}

// progressLine shows progress on a terminal in one line that changes, and elsewhere in a line now and then.
type progressLine struct {
	out      io.Writer
	terminal bool
	clock    appliance.Clock
	said     time.Time
	width    int
}

// Often enough for people, seldom enough for logs.
const (
	onTerminal = 200 * time.Millisecond
	elsewhere  = 10 * time.Second
)

func (p program) progressLine() *progressLine {
	f, ok := p.err.(*os.File)
	return &progressLine{out: p.err, terminal: ok && term.IsTerminal(int(f.Fd())), clock: appliance.SystemClock}
}

func (l *progressLine) show(at models.Progress) {
	if at.Running() {
		l.say(func() string { return sayProgress(at) })
	}
}

// say shows a line, if it is time for one.
func (l *progressLine) say(line func() string) {
	now, every := l.clock(), elsewhere
	if l.terminal {
		every = onTerminal
	}
	if l.said.IsZero() && !l.terminal {
		l.said = now // what is done at once needs no line
	}
	if now.Sub(l.said) < every {
		return
	}
	l.said = now
	text := line()
	if !l.terminal {
		fmt.Fprintln(l.out, text)
		return
	}
	fmt.Fprintf(l.out, "\r%s%s", text, strings.Repeat(" ", max(0, l.width-len(text))))
	l.width = len(text)
}

// done takes the line away.
func (l *progressLine) done() {
	if l.width > 0 {
		fmt.Fprintf(l.out, "\r%s\r", strings.Repeat(" ", l.width))
		l.width = 0
	}
}

// told tells the server that the models have changed; that it could not be told undoes nothing.
func (p program) told(c *cobra.Command, cfg server.Config) {
	if err := server.ModelsChanged(c.Context(), cfg); err != nil {
		fmt.Fprintln(p.err, "harmonium: the server that runs was not told; it looks by itself within seconds. "+explain(err))
	}
}
