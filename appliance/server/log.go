package server

import (
	"fmt"
	"io"
	"log/slog"
	"os"
)

// newLog makes the log of the server: one line for each thing that somebody who runs the box should know, without
// content, names or addresses of participants.
func (c Config) newLog() *slog.Logger {
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(c.logTo(), nil))
	}
	return slog.New(slog.NewTextHandler(c.logTo(), nil))
}

func (c Config) logTo() io.Writer {
	if c.Log != nil {
		return c.Log
	}
	return os.Stderr
}

// sayHow tells who has started the server for the first time how to make the first account. The link is a secret that
// works once, and only until the next start.
func (c Config) sayHow(log *slog.Logger, link string) {
	if c.LogFormat == "json" {
		log.Info("no account yet: open the one-time set-up link", "link", link)
		return
	}
	fmt.Fprintf(c.logTo(), `
  Welcome to Harmonium. There is no account yet. Open this link in a browser to make
  the first one. It works once, and until the next start of the server:

      %s

`, link)
}
