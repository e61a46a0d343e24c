package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"harmonium/appliance"
	"harmonium/appliance/server"
)

func (p program) support() *cobra.Command {
	c := &cobra.Command{
		Use:   "support",
		Short: "Write a file that tells how the box is, without anything that somebody said",
		Long: `Write a zip archive that tells how the box is, to hand to whoever helps: versions, settings without passwords, what doctor
finds, figures, how many rows each table has, and of the log messages and numbers. It holds nothing that somebody said, and no
names, e-mail addresses, titles or keys. It works whether the server runs or not. A file that exists is not overwritten.`,
		Args: noArguments,
	}
	load := p.configFlags(c)
	out := c.Flags().String("out", "", "`file` to write")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := needs(c, "out"); err != nil {
			return err
		}
		cfg, err := load()
		if err != nil {
			return err
		}
		content, err := server.Support(c.Context(), cfg)
		if err != nil {
			return err
		}
		if err := writeNew(*out, content); err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.out, "%s tells how the box is. It is plain text in a zip archive: look through it before you hand it on.\n", *out)
		return err
	}
	return c
}

// writeNew writes a file that is not there yet, whole or not at all.
func writeNew(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return appliance.Errorf(appliance.CodeConflict, "%s is there already. Nothing was written; name another file.", path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}
