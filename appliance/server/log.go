package server

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/lan"
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
func (c Config) sayHow(log *slog.Logger, link string, authority *lan.Authority) {
	if c.LogFormat == "json" {
		log.Info("no account yet: open the one-time set-up link", "link", link)
		return
	}
	fmt.Fprintf(c.logTo(), `
  Welcome to Harmonium. There is no account yet. Open this link in a browser to make
  the first one. It works once, and until the next start of the server:

      %s

`, link)
	if authority != nil {
		fmt.Fprintf(c.logTo(), `  The browser warns first, because it does not know the box yet. That is right: the
  certificate is of the box's own authority “%s”, SHA-256
  %s

`, authority.Name(), authority.Fingerprint())
	}
}

// complainEvery is how often net/http may complain: a flood that it complains about must not become one of the log.
const complainEvery = time.Second

// complaints takes what net/http complains about, such as connections that it cannot take, into the log. Addresses are
// left out: some are those of participants.
type complaints struct {
	slog.Handler
	clock appliance.Clock

	mu      sync.Mutex
	next    time.Time
	dropped int // since the last that was written
}

func newComplaints(log *slog.Logger, clock appliance.Clock) *complaints {
	return &complaints{Handler: log.Handler(), clock: clock}
}

// Handle implements slog.Handler.
func (c *complaints) Handle(ctx context.Context, r slog.Record) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock()
	if early := c.next.Sub(now); early > 0 && early <= complainEvery { // more is a clock that was set back
		c.dropped++
		return nil
	}
	out := slog.NewRecord(r.Time, r.Level, "the web server complains", r.PC)
	out.Add("about", withoutAddresses(r.Message), "left_out", c.dropped)
	c.next, c.dropped = now.Add(complainEvery), 0
	return c.Handler.Handle(ctx, out)
}

// withoutAddresses puts a word in the place of every network address in a text.
func withoutAddresses(text string) string {
	words := strings.Fields(text)
	for i, word := range words {
		bare := strings.Trim(word, ",;:()\"")
		if j := strings.Index(bare, "->"); j >= 0 { // "read tcp 192.0.2.1:80->192.0.2.2:40000: …"
			bare = bare[j+len("->"):]
		}
		_, noPort := netip.ParseAddrPort(bare)
		_, noAddr := netip.ParseAddr(bare)
		if noPort == nil || noAddr == nil {
			words[i] = "(address)"
		}
	}
	return strings.Join(words, " ")
}
