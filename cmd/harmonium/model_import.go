package main

import (
	"fmt"
	"io"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"harmonium/appliance"
	"harmonium/appliance/server"
	"harmonium/models"
)

// importedModel is what became of one model of an import.
type importedModel struct {
	Name    string `json:"name"`
	Size    int64  `json:"size"`
	License string `json:"license"`
	Format  string `json:"format"` // in which conversations are written down for it, for a bare GGUF file
	State   string `json:"state"`  // "imported", "present", "refused", or "planned" with --dry-run
	Reason  string `json:"reason"` // why it was refused
}

func (p program) modelImport() *cobra.Command {
	c := &cobra.Command{
		Use:   "import PATH [MODEL…]",
		Short: "Bring models from a stick: a GGUF file, a models folder of an Ollama, or a bundle",
		Long: `Bring models from a stick. PATH is a GGUF file, a directory with such files, the models folder of an Ollama on another
machine (the directory with manifests and blobs), or what harmonium model pack has made; of a folder or a bundle MODEL
names what is wanted, and without it everything is.

What is there already is not copied again. Everything is checked by its checksum while it is copied, and a model appears
when all of it is here. An import that was interrupted goes on where it stopped when the same command is given again.
Models that are computed elsewhere are refused.`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return misuse{fmt.Errorf("%s needs the path of what is to be imported; %[1]s --help tells more", c.CommandPath())}
			}
			return nil
		},
	}
	load := p.configFlags(c, "data", "models")
	asJSON := jsonFlag(c)
	var sel models.Selection
	c.Flags().StringVar(&sel.As, "name", "", "`name` for the model of a GGUF file (default: by the name of the file)")
	c.Flags().StringVar(&sel.SHA256, "sha256", "", "`checksum` of a GGUF file as its makers name it (default: what FILE.sha256 or SHA256SUMS beside it says)")
	dry := c.Flags().Bool("dry-run", false, "say what would be imported, and import nothing")
	c.RunE = func(c *cobra.Command, args []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		if cfg.Models == "" {
			if err := dataThere(cfg.Data); err != nil {
				return err
			}
		}
		sel.Names = args[1:]
		source, err := models.OpenSource(args[0])
		if err != nil {
			return err
		}
		folder := models.Open(cfg.ModelsDir())
		plan, err := folder.Plan(source, sel)
		if err != nil {
			return err
		}
		if !*asJSON {
			printPlan(p.out, plan)
		}
		if !*dry {
			if err := server.AdmitExtra(cfg); err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
			defer stop()
			line := p.progressLine()
			err = folder.Import(ctx, plan, appliance.SystemClock, line.show)
			line.done()
			p.told(c, cfg) // also of models that came before one that failed
			if err != nil {
				return err
			}
		}
		return p.imported(plan, sel, *dry, *asJSON)
	}
	return c
}

// dataThere refuses a data directory that is not there: a name with a slip in it should not make a second box.
func dataThere(dir string) error {
	if _, err := filepath.EvalSymlinks(dir); err == nil {
		return nil
	}
	return appliance.Errorf(appliance.CodeNotFound, "There is no data directory %s. Nothing was changed. Name the right one with --data, or the "+
		"folder of the models with --models; a new one is made by the first start of the server.", dir)
}

// printPlan says what is to be imported.
func printPlan(out io.Writer, plan models.Plan) {
	if plan.Source.Fingerprint != "" {
		fmt.Fprintf(out, "The bundle in %s has the fingerprint\n  %s\n", plan.Source.Path, plan.Source.Fingerprint)
	}
	for _, m := range plan.Models {
		switch {
		case m.Refused != "":
			fmt.Fprintf(out, "%s is not imported: %s.\n", m.Name, m.Refused)
			continue
		case m.Present:
			fmt.Fprintf(out, "%s is here already.\n", m.Name)
			continue
		}
		fmt.Fprintf(out, "%s: %s parameters, %s, %s (%s to copy). Licence: %s.\n", m.Name, models.InBillions(m.Facts.Parameters),
			m.Facts.Quantization, models.InBytes(m.Size), models.InBytes(m.Copy), orNotSaid(m.License))
		if m.Replace {
			fmt.Fprintf(out, "  It takes the place of another model of that name.\n")
		}
		if m.Guessed {
			fmt.Fprintf(out, "  Its file names no format of conversations that is known; a plain one is used. Try it out before it talks to people.\n")
		}
	}
	if plan.Copy > 0 {
		fmt.Fprintf(out, "To copy: %s. The disk has %s free, of which %s are kept for conversations.\n", models.InBytes(plan.Copy), models.InBytes(plan.Free),
			models.InBytes(plan.Reserve))
	}
}

// imported says what became of each model. It is an error when nothing of what was wanted is here.
func (p program) imported(plan models.Plan, sel models.Selection, dry, asJSON bool) error {
	list := []importedModel{}
	refused := 0
	for _, m := range plan.Models {
		i := importedModel{Name: m.Name, Size: m.Size, License: m.License, Format: m.Format, State: "imported", Reason: m.Refused}
		switch {
		case m.Refused != "":
			i.State = "refused"
			refused++
		case m.Present:
			i.State = "present"
		case dry:
			i.State = "planned"
		}
		list = append(list, i)
		if i.State == "imported" && !asJSON {
			fmt.Fprintf(p.out, "%s is imported.\n", m.Name)
		}
	}
	if asJSON {
		if err := printJSON(p.out, list); err != nil {
			return err
		}
	}
	if refused == len(list) || refused > 0 && len(sel.Names) > 0 {
		if asJSON {
			return errShown
		}
		return appliance.Errorf(appliance.CodeUnprocessable, "%d of %d models cannot be imported, for the reasons above. Models that were here are "+
			"unchanged. Copy the files anew from where they came, or take others.", refused, len(list))
	}
	return nil
}
