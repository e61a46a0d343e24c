// Package systemd speaks with the service manager that has started the process: it takes the listening sockets that
// systemd has opened and keeps, says when the server is ready and when it stops, and feeds the watchdog.
//
// What it knows comes from the environment of the process (sd_listen_fds(3), sd_notify(3), sd_watchdog_enabled(3)).
// Where that is empty, as in a terminal, there are no sockets, and what is said is heard by nobody: no caller needs to
// know whether there is a service manager.
package systemd

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"
)

// Sockets gives the listening sockets that were handed over, by the name that their unit gives them
// (FileDescriptorName=). Whoever calls it has them: a second call gives none, and no child inherits them. It fails
// when one of them is no listening stream socket; none is left open then.
func Sockets() (map[string][]net.Listener, error) {
	files := activation.Files(true)
	handed := map[string][]net.Listener{}
	var failed error
	for _, f := range files {
		l, err := net.FileListener(f) // with a descriptor of its own
		f.Close()
		if err != nil {
			failed = fmt.Errorf("the socket %s from systemd cannot be listened at: %w", f.Name(), err)
			continue
		}
		handed[f.Name()] = append(handed[f.Name()], l)
	}
	if failed == nil {
		return handed, nil
	}
	for _, list := range handed {
		for _, l := range list {
			l.Close()
		}
	}
	return nil, failed
}

// Supervised says whether a service manager waits to be told how the process does.
func Supervised() bool { return os.Getenv("NOTIFY_SOCKET") != "" }

// Ready says that the server answers, and how it does.
func Ready(status string) error { return tell(daemon.SdNotifyReady + "\nSTATUS=" + oneLine(status)) }

// Status says how the server does; systemctl status shows it.
func Status(status string) error { return tell("STATUS=" + oneLine(status)) }

// Stopping says that the server has begun to stop.
func Stopping() error { return tell(daemon.SdNotifyStopping) }

// oneLine keeps what follows a line's end from being read as another message.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func tell(state string) error {
	if _, err := daemon.SdNotify(false, state); err != nil {
		return fmt.Errorf("tell systemd: %w", err)
	}
	return nil
}

// Watchdog tells systemd that the process is well whenever healthy returns nil, until ctx ends; it returns at once
// when nobody waits for that. Healthy is asked three times within the time after which systemd ends a process that
// says nothing (WatchdogSec=), and its context ends when that time is over. What healthy returns goes to unwell.
func Watchdog(ctx context.Context, healthy func(context.Context) error, unwell func(error)) error {
	limit, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		return fmt.Errorf("the time that systemd gives: %w", err)
	}
	if limit <= 0 {
		return nil
	}
	every := time.NewTicker(limit / 3)
	defer every.Stop()
	for {
		look, cancel := context.WithTimeout(ctx, limit)
		err := healthy(look)
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			unwell(err)
		default:
			if err := tell(daemon.SdNotifyWatchdog); err != nil {
				return err
			}
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return nil
		}
	}
}
