package main

import (
	"fmt"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"harmonium/appliance"
	"harmonium/appliance/server"
	"harmonium/models"
)

func (p program) modelPack() *cobra.Command {
	c := &cobra.Command{
		Use:   "pack MODEL… --out DIR [--models DIR]",
		Short: "Make a bundle of models for another box, on a machine that has them",
		Long: `Make a bundle of models for another box: on a machine with a network, Ollama fetches a model (ollama pull gemma3:4b), and
this command puts it on a stick, with checksums and licences, in pieces that any stick can hold:

  harmonium model pack gemma3:4b --models ~/.ollama/models --out /media/stick

On the box, harmonium model import /media/stick brings it. Both show the same fingerprint when nothing was exchanged on
the way.`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return misuse{fmt.Errorf("%s needs the name of a model; harmonium model list shows them", c.CommandPath())}
			}
			return nil
		},
	}
	load := p.configFlags(c, "data", "models")
	asJSON := jsonFlag(c)
	out := c.Flags().StringP("out", "o", "", "`directory` to make the bundle in, such as that of a stick")
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := needs(c, "out"); err != nil {
			return err
		}
		cfg, err := load()
		if err != nil {
			return err
		}
		ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
		defer stop()
		line := p.progressLine()
		packed, err := models.Open(cfg.ModelsDir()).Pack(ctx, args, *out, models.DefaultPart, line.show)
		line.done()
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(p.out, map[string]any{"dir": packed.Dir, "models": packed.Models, "size": packed.Size, "fingerprint": packed.Fingerprint})
		}
		_, err = fmt.Fprintf(p.out, "%s: %s in %s. Its fingerprint is\n  %s\n", strings.Join(packed.Models, ", "), models.InBytes(packed.Size), packed.Dir,
			packed.Fingerprint)
		return err
	}
	return c
}

func (p program) modelCheck() *cobra.Command {
	c := &cobra.Command{
		Use:   "check [MODEL…]",
		Short: "Read every file of the models and compare it with its checksum",
		Long: `Read every file of the models, or of those that are named, and compare it with its checksum. It changes nothing. The exit
code is 1 when something is damaged.`,
	}
	load := p.configFlags(c, "data", "models")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
		defer stop()
		line := p.progressLine()
		checked, damage, err := models.Open(cfg.ModelsDir()).Check(ctx, args, line.show)
		line.done()
		if err != nil {
			return err
		}
		if *asJSON {
			err = printJSON(p.out, checkedModels(checked, damage))
		} else {
			p.sayChecked(checked, damage)
		}
		if len(damage) > 0 && err == nil {
			return errShown
		}
		return err
	}
	return c
}

// checkedModels is what model check prints as JSON.
func checkedModels(checked []models.Installed, damage []models.Damage) any {
	type damaged struct {
		Digest string   `json:"digest"`
		Reason string   `json:"reason"`
		Models []string `json:"models"`
	}
	out := struct {
		Models []string  `json:"models"`
		Damage []damaged `json:"damage"`
	}{[]string{}, []damaged{}}
	for _, m := range checked {
		out.Models = append(out.Models, m.Name)
	}
	for _, d := range damage {
		out.Damage = append(out.Damage, damaged(d))
	}
	return out
}

func (p program) sayChecked(checked []models.Installed, damage []models.Damage) {
	for _, d := range damage {
		fmt.Fprintf(p.out, "%s cannot be used: %s (%s). Remove it and import it anew.\n", strings.Join(d.Models, ", "), d.Reason, d.Digest)
	}
	if len(damage) == 0 {
		fmt.Fprintf(p.out, "%d models are as they were imported.\n", len(checked))
	}
}

func (p program) modelRemove() *cobra.Command {
	c := &cobra.Command{
		Use:   "remove MODEL [--force]",
		Short: "Remove a model, and those of its files that no other model has",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return misuse{fmt.Errorf("%s needs the name of one model; harmonium model list shows them", c.CommandPath())}
			}
			return nil
		},
	}
	load := p.configFlags(c, "data", "models")
	force := c.Flags().Bool("force", false, "also when some work then has no model and is done by rules")
	c.RunE = func(c *cobra.Command, args []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		folder := models.Open(cfg.ModelsDir())
		m, err := folder.Model(args[0])
		if err != nil {
			return err
		}
		if !*force {
			if err := mayGo(c, cfg, folder, m.Name); err != nil {
				return err
			}
		}
		freed, err := folder.Remove(c.Context(), m.Name)
		if err != nil {
			return err
		}
		p.told(c, cfg)
		_, err = fmt.Fprintf(p.out, "%s is removed; %s are free again.\n", m.Name, models.InBytes(freed))
		return err
	}
	return c
}

// mayGo refuses to remove a model when some work would have none any more.
func mayGo(c *cobra.Command, cfg server.Config, folder *models.Folder, name string) error {
	state, err := server.ModelsInUse(c.Context(), cfg)
	if err != nil {
		return err
	}
	list, err := folder.Models()
	if err != nil {
		return err
	}
	var usable []string
	for _, m := range list {
		if m.Problem == "" && !m.Remote {
			usable = append(usable, m.Name)
		}
	}
	lost := models.Lost(name, usable, state.Choice)
	if len(lost) == 0 {
		return nil
	}
	var roles []string
	for _, r := range lost {
		roles = append(roles, string(r))
	}
	return appliance.Errorf(appliance.CodeConflict, "%s is the model for this work: %s. Without it the box does that by rules, or not at all. Nothing was "+
		"changed. Choose another model for it on the health page first, import another one, or say --force.", name, strings.Join(roles, ", "))
}

func (p program) modelClean() *cobra.Command {
	c := &cobra.Command{
		Use:   "clean",
		Short: "Remove what imports have left that were never finished",
		Args:  noArguments,
	}
	load := p.configFlags(c, "data", "models")
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		if err := dataThere(cfg.ModelsDir()); err != nil {
			return err
		}
		freed, err := models.Open(cfg.ModelsDir()).Clean(c.Context())
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.out, "%s are free again.\n", models.InBytes(freed))
		return err
	}
	return c
}
