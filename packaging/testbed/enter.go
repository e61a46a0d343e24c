// Package testbed boots the installed package on a real systemd, in a Debian system of its own, on a network of its
// own, and looks at every frame that leaves it.
//
// The bed is three machines on one bridge: the box, which systemd-nspawn boots from a minimal Debian; a LAN client;
// and a sink, which nobody has a reason to speak to. Everything lives in namespaces that end with the test: it changes
// nothing on the machine that it runs on, leaves nothing behind but a cached Debian, and needs no network once that is
// there. It needs root, and a kernel that allows namespaces, a bridge and control groups. What a machine does not allow
// is said and counted as not checked, never as passed.
package testbed

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// marker is set in the environment of the process that has entered.
const marker = "HARMONIUM_TESTBED_INSIDE"

// cgroups is where the control groups of the bed are mounted: version 2 alone, which is what Debian uses, whatever the
// machine itself has.
const cgroups = "/sys/fs/cgroup"

// tools are the programs that the bed needs, by the Debian package that has them.
var tools = map[string]string{
	"debootstrap": "debootstrap", "systemd-nspawn": "systemd-container", "ip": "iproute2", "nsenter": "util-linux",
}

// Enter runs this program again, with the same arguments, in process, mount and network namespaces of its own, and
// gives its exit code. Everything in there dies with it, and it dies with the caller. In the program that was run
// again entered is true and nothing else is done. Before that, prepare is called outside, where the network of this
// machine is. An error means that this machine does not allow it; its text says what is missing.
func Enter(prepare func() error) (entered bool, code int, err error) {
	if os.Getenv(marker) != "" {
		return true, 0, furnish()
	}
	if os.Geteuid() != 0 {
		return false, 0, errors.New("the bed needs root, to make namespaces, a bridge and a Debian system")
	}
	for tool, from := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			return false, 0, fmt.Errorf("%s is missing; the Debian package %s has it", tool, from)
		}
	}
	if err := prepare(); err != nil {
		return false, 0, err
	}
	program, err := os.Executable()
	if err != nil {
		return false, 0, err
	}
	cmd := exec.Command(program, os.Args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), marker+"="+strconv.Itoa(os.Getpid()))
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET,
		Pdeathsig:  syscall.SIGKILL,
	}
	runtime.LockOSThread() // the signal above is sent when the thread ends, not the process
	defer runtime.UnlockOSThread()
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return false, 0, fmt.Errorf("namespaces for the bed: %w", err)
	}
	return false, cmd.ProcessState.ExitCode(), nil
}

// furnish makes the new namespaces fit to live in.
func furnish() error {
	steps := []struct {
		what string
		do   func() error
	}{
		{"keep mounts to itself", func() error { return syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "") }},
		{"mount /proc", func() error { return syscall.Mount("proc", "/proc", "proc", 0, "") }},
		{"mount /sys", func() error { return syscall.Mount("sysfs", "/sys", "sysfs", 0, "") }},
		{"mount control groups", func() error { return syscall.Mount("cgroup2", cgroups, "cgroup2", 0, "") }},
		{"make a control group", func() error { return os.MkdirAll(group(), 0o755) }},
		{"enter it", func() error { return os.WriteFile(group()+"/cgroup.procs", []byte("0"), 0o644) }},
		{"mount /run", func() error { return syscall.Mount("tmpfs", "/run", "tmpfs", 0, "mode=755") }},
		{"start the loopback", func() error { return run("ip", "link", "set", "lo", "up") }},
	}
	for _, s := range steps {
		if err := s.do(); err != nil {
			return fmt.Errorf("%s: %w", s.what, err)
		}
	}
	return nil
}

// group is the control group of the bed.
func group() string { return cgroups + "/harmonium-testbed-" + os.Getenv(marker) }

// Leave removes what does not end with the process: the control groups. It is called last, in the program that entered.
func Leave() error {
	if err := os.WriteFile(cgroups+"/cgroup.procs", []byte("0"), 0o644); err != nil {
		return err
	}
	var dirs []string
	err := filepath.WalkDir(group(), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs = append(dirs, path)
		}
		return err
	})
	slices.Reverse(dirs) // what is inside first
	for _, dir := range dirs {
		err = errors.Join(err, syscall.Rmdir(dir))
	}
	return err
}

// run runs a program of this machine; its output is part of the error.
func run(name string, args ...string) error {
	_, err := output(exec.Command(name, args...))
	return err
}

// output runs cmd and gives what it writes to standard output; what it wrote at all is part of the error.
func output(cmd *exec.Cmd) (string, error) {
	var out, all strings.Builder
	cmd.Stdout, cmd.Stderr = tee{&out, &all}, &all
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, strings.TrimSpace(all.String()))
	}
	return out.String(), nil
}

// tee writes to two builders.
type tee [2]*strings.Builder

// Write implements io.Writer.
func (t tee) Write(p []byte) (int, error) {
	t[0].Write(p)
	return t[1].Write(p)
}
