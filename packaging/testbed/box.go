package testbed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Bed is the box, its network and what listens there.
type Bed struct {
	Box, Client, Sink *Host
	Root              string // of the box, as it is seen from outside

	Left, AtClient, AtSink *Tap // what leaves the box, what of it arrives

	nspawn *exec.Cmd
	said   bytes.Buffer // by nspawn
	leader int          // PID 1 of the box, as it is seen here
}

// environ is that of a log-in on a console.
var environ = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8", "TERM=dumb", "DEBIAN_FRONTEND=noninteractive"}

// Open lays out the bed on the Debian in root, which is only read. Directory dir must be empty.
func Open(root, dir string) (*Bed, error) {
	all, err := plug()
	if err != nil {
		return nil, err
	}
	b := &Bed{Box: all["box"], Client: all["client"], Sink: all["sink"]}
	if b.Root, err = layer(root, dir); err != nil {
		return nil, fmt.Errorf("a layer for the box to write in: %w", err)
	}
	if err := b.configure(); err != nil {
		return nil, err
	}
	if b.Left, err = tap("the cable of the box", b.Box.port, b.Box.MAC); err != nil {
		return nil, err
	}
	for _, h := range []struct {
		host *Host
		tap  **Tap
	}{{b.Client, &b.AtClient}, {b.Sink, &b.AtSink}} {
		if err := h.host.in(func() (err error) {
			*h.tap, err = tap("the "+h.host.Name, "eth0", b.Box.MAC)
			return err
		}); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// configure makes of the Debian a machine of the bed: the sink is its name server, and what it says of its own accord
// is turned off, so that what is heard comes from the package.
func (b *Bed) configure() error {
	for name, text := range map[string]string{
		"etc/hostname": "box\n",
		"etc/systemd/resolved.conf.d/bed.conf": fmt.Sprintf("[Resolve]\nDNS=%s\nLLMNR=no\nMulticastDNS=no\nDNSSEC=no\n",
			b.Sink.V4),
		"etc/systemd/system.conf.d/bed.conf":   "[Manager]\nDefaultTimeoutStopSec=20s\n",
		"etc/systemd/journald.conf.d/bed.conf": "[Journal]\nRateLimitBurst=0\nStorage=persistent\n",
	} {
		path := filepath.Join(b.Root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			return err
		}
	}
	return nil
}

// Boot starts the box and returns when systemd has started everything.
func (b *Bed) Boot(ctx context.Context) error {
	b.said.Reset()
	// All capabilities and bpf(2), as on a machine: what the package can do there it must be able to do here, and what
	// it must not, its units take away, not the bed.
	b.nspawn = exec.Command("systemd-nspawn", "--quiet", "--boot", "--directory="+b.Root, "--machine=box",
		"--network-namespace-path=/run/netns/box", "--register=no", "--keep-unit", "--console=pipe", "--link-journal=no",
		"--resolv-conf=off", "--timezone=off", "--capability=all", "--system-call-filter=bpf")
	b.nspawn.Env = append(os.Environ(), "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1")
	b.nspawn.Stdout, b.nspawn.Stderr = &b.said, &b.said
	if err := b.nspawn.Start(); err != nil {
		return fmt.Errorf("systemd-nspawn: %w", err)
	}
	for ctx, cancel := context.WithTimeout(ctx, time.Minute); ; {
		defer cancel()
		if b.leader == 0 {
			b.leader = childOf(b.nspawn.Process.Pid)
		} else if out, _ := b.Run(ctx, "systemctl", "is-system-running"); out == "running\n" || out == "degraded\n" {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the box did not start; systemd-nspawn said: %s", b.said.String())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Stop turns the box off, and waits until it is.
func (b *Bed) Stop() error {
	if b.nspawn == nil {
		return nil
	}
	const halt = syscall.Signal(34 + 4) // SIGRTMIN+4: power off, see systemd(1)
	err := syscall.Kill(b.leader, halt)
	end := time.AfterFunc(30*time.Second, func() { b.nspawn.Process.Kill() })
	defer end.Stop()
	failed := b.nspawn.Wait()
	b.nspawn, b.leader = nil, 0
	return errors.Join(err, failed)
}

// Leader is process 1 of the box as it is seen from outside, 0 while the box is off.
func (b *Bed) Leader() int { return b.leader }

// Command prepares a command inside the box, as root.
func (b *Bed) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "nsenter", append([]string{"--target", strconv.Itoa(b.leader), "--mount", "--uts", "--ipc", "--net",
		"--pid", "--cgroup", "--root", "--wd", "--"}, args...)...)
	cmd.Env = environ
	return cmd
}

// Run runs a command inside the box, as root, and gives what it writes to standard output.
func (b *Bed) Run(ctx context.Context, args ...string) (string, error) {
	return output(b.Command(ctx, args...))
}

// MainPID gives the main process of a unit as it is seen from outside the box, 0 for none.
func (b *Bed) MainPID(ctx context.Context, unit string) (int, error) {
	out, err := b.Run(ctx, "systemctl", "show", "--property=MainPID", "--value", unit)
	if err != nil {
		return 0, err
	}
	inside := strings.TrimSpace(out)
	if inside == "0" {
		return 0, nil
	}
	box, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", b.leader))
	if err != nil {
		return 0, err
	}
	found := 0
	eachProcess(func(pid int, status map[string]string) {
		all := strings.Fields(status["NSpid"])
		if ns, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", pid)); err == nil && ns == box && all[len(all)-1] == inside {
			found = pid
		}
	})
	if found == 0 {
		return 0, fmt.Errorf("process %s of %s is not to be seen from outside", inside, unit)
	}
	return found, nil
}

// Memory gives the resident memory of a process in bytes: what it holds for itself, and together with the pages of its
// program that others could use too.
func Memory(pid int) (own, all int64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	status := fields(string(text))
	kilobytes := func(name string) int64 {
		n, _ := strconv.ParseInt(strings.TrimSuffix(status[name], " kB"), 10, 64)
		return n << 10
	}
	return kilobytes("RssAnon"), kilobytes("VmRSS"), nil
}

// childOf gives the first process that is PID 1 of its namespace and a child of parent, 0 for none yet.
func childOf(parent int) int {
	found := 0
	eachProcess(func(pid int, status map[string]string) {
		if status["PPid"] == strconv.Itoa(parent) && strings.HasSuffix(status["NSpid"], "\t1") && status["Name"] == "systemd" {
			found = pid
		}
	})
	return found
}

func eachProcess(f func(pid int, status map[string]string)) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if text, err := os.ReadFile(filepath.Join("/proc", e.Name(), "status")); err == nil {
			f(pid, fields(string(text)))
		}
	}
}

// fields reads lines "Name: value".
func fields(text string) map[string]string {
	m := make(map[string]string)
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(line, ":"); ok {
			m[name] = strings.TrimSpace(value)
		}
	}
	return m
}
