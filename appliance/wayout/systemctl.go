package wayout

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"harmonium/appliance/egress"
)

// Open writes a way out down and has systemd open it, now and at every start of the machine. A process that leads to an
// earlier address of that name goes; the next connection starts one anew.
func (f Folder) Open(ctx context.Context, w egress.Way) error {
	if err := f.Write(w); err != nil {
		return err
	}
	socket, service := units(w.Name)
	if err := systemctl(ctx, []string{"daemon-reload"}, []string{"stop", service}, []string{"enable", "--now", socket}); err != nil {
		return fmt.Errorf("the way out %s is written down, but not open: %w", w.Name, err)
	}
	return nil
}

// Close removes a way out and has systemd close it at once: connections through it are cut off.
func (f Folder) Close(ctx context.Context, name string) error {
	if err := f.Remove(name); err != nil {
		return err
	}
	socket, service := units(name)
	if err := systemctl(ctx, []string{"disable", "--now", socket}, []string{"stop", service}, []string{"daemon-reload"}); err != nil {
		return fmt.Errorf("the way out %s is not written down any more, but may still be open: %w", name, err)
	}
	return nil
}

func units(name string) (socket, service string) {
	return "harmonium-out@" + name + ".socket", "harmonium-out@" + name + ".service"
}

// systemctl asks the service manager of this machine for one thing after the other.
func systemctl(ctx context.Context, all ...[]string) error {
	for _, args := range all {
		cmd := exec.CommandContext(ctx, "systemctl", append([]string{"--quiet"}, args...)...)
		cmd.Env = os.Environ()
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("systemctl %s: %w\n%s", strings.Join(args, " "), err, out)
		}
	}
	return nil
}
