// Command quiet runs another program in a network of its own and listens to every interface of it: whatever the program
// and its children send to anybody but the loopback is named, and is a failure.
//
//	quiet COMMAND [ARGUMENTS]
//
// The network has a loopback, a cable with a way to everywhere, and a name server at its other end, so that what wants
// to leave can; nobody answers there. Every frame on the cable is captured, and its counter is compared with what was
// captured; the kernel's own word of which multicast groups it is a member of (MLD) is the only one that may be there. On the loopback every packet is captured too and judged by its addresses; questions to a name server are
// ways out there as well. Before the command runs, a control sends something by each way and must be heard.
//
// It needs root, and a kernel that allows network namespaces. Where a machine does not, it says NOT CHECKED and runs the
// command all the same.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// inside is set in the environment of the process that is in the new network.
const inside = "QUIET_IS_INSIDE"

// The other end of the cable: a gateway, which is also the name server.
const gateway4, gateway6 = "10.77.0.1", "fd77::1"

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "quiet: which command?")
		os.Exit(2)
	}
	if os.Getenv(inside) == "" {
		os.Exit(enter())
	}
	code, err := run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "quiet:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// enter runs this program again in namespaces of its own. Where that is not possible it runs the command alone.
func enter() int {
	again := exec.Command("/proc/self/exe", os.Args[1:]...)
	again.Env = append(os.Environ(), inside+"=1")
	again.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	missing := ""
	if os.Geteuid() != 0 {
		missing = "that needs root"
	} else if _, err := exec.LookPath("ip"); err != nil {
		missing = "the program ip is missing (Debian package iproute2)"
	}
	if missing == "" {
		runtime.LockOSThread() // the signal is sent when the thread ends
		err := follow(again)
		var exit *exec.ExitError
		if err == nil || errors.As(err, &exit) {
			return again.ProcessState.ExitCode()
		}
		missing = err.Error()
	}
	fmt.Printf("NOT CHECKED: that nothing is sent to elsewhere: %s\n", missing)
	alone := exec.Command(os.Args[1], os.Args[2:]...)
	if err := follow(alone); err != nil && alone.ProcessState == nil {
		fmt.Fprintln(os.Stderr, "quiet:", err)
		return 1
	}
	return alone.ProcessState.ExitCode()
}

// follow runs a command with the input and output of this one.
func follow(cmd *exec.Cmd) error {
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	signal.Ignore(syscall.SIGINT) // it goes to all of the group, and the command decides
	return cmd.Run()
}

// run makes the network, shows that it is heard, and runs the command in it.
func run() (int, error) {
	if err := furnish(); err != nil {
		return 1, fmt.Errorf("make a network: %w", err)
	}
	e, err := listen()
	if err != nil {
		return 1, err
	}
	if err := control(e); err != nil {
		return 1, err
	}
	before, err := sent()
	if err != nil {
		return 1, err
	}
	e.forget()
	cmd := exec.Command(os.Args[1], os.Args[2:]...)
	cmd.Env = append(os.Environ(), inside+"=")
	if err := follow(cmd); err != nil && cmd.ProcessState == nil {
		return 1, err
	}
	code := cmd.ProcessState.ExitCode()
	time.Sleep(100 * time.Millisecond) // for what is on its way to be heard
	after, err := sent()
	if err != nil {
		return code, err
	}
	outside, within, dropped := e.heard()
	unheard := after - before - e.memberships()
	for _, text := range outside {
		fmt.Println("quiet: it went to elsewhere:", text)
	}
	switch {
	case len(outside) > 0 || unheard != 0:
		return code, fmt.Errorf("%d kinds of packets went to elsewhere; the cable has counted %d", len(outside), unheard)
	case dropped > 0:
		return code, fmt.Errorf("%d packets were missed, so nothing is proven", dropped)
	case within == 0:
		return code, errors.New("nothing was heard on the loopback either, which proves nothing")
	}
	fmt.Printf("quiet: %d packets, all of them on the loopback between programs of this machine; none on the cable, as its counter says too\n", within)
	return code, nil
}

// furnish makes the loopback, the cable and the name server of the new network.
func furnish() error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return err
	}
	if err := syscall.Mount("sysfs", "/sys", "sysfs", 0, ""); err != nil {
		return fmt.Errorf("the counters of the new network: %w", err)
	}
	for _, line := range []string{
		"link set lo up",
		"link add eth0 type veth peer name wire",
		"link set eth0 addrgenmode none up", "link set wire addrgenmode none up",
		"address add 10.77.0.2/24 dev eth0", "address add fd77::2/64 dev eth0 nodad",
		// Somebody is there, so that what is sent is not held back by the search for a neighbour.
		"neigh add " + gateway4 + " lladdr 02:00:00:00:00:01 dev eth0 nud permanent",
		"neigh add " + gateway6 + " lladdr 02:00:00:00:00:01 dev eth0 nud permanent",
		"route add default via " + gateway4, "-6 route add default via " + gateway6,
	} {
		if out, err := exec.Command("ip", strings.Fields(line)...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %s: %w: %s", line, err, out)
		}
	}
	names, err := os.CreateTemp("", "resolv-*")
	if err != nil {
		return err
	}
	defer os.Remove(names.Name())
	_, err = fmt.Fprintf(names, "nameserver %s\n", gateway4)
	if err = errors.Join(err, names.Chmod(0o644), names.Close()); err != nil {
		return err
	}
	return syscall.Mount(names.Name(), "/etc/resolv.conf", "", syscall.MS_BIND, "")
}

// control sends something by several ways, each of which must be heard.
func control(e *ear) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	for _, to := range []string{"192.0.2.1:443", "[2001:db8::1]:443"} {
		if c, err := net.Dial("udp", to); err == nil {
			c.Write([]byte("control"))
			c.Close()
		}
		d := net.Dialer{Timeout: 200 * time.Millisecond}
		if c, err := d.DialContext(ctx, "tcp", to); err == nil {
			c.Close()
		}
	}
	(&net.Resolver{PreferGo: true}).LookupHost(ctx, "control.example")
	time.Sleep(100 * time.Millisecond)
	all, _, _ := e.heard()
	text := strings.Join(all, "\n")
	for _, want := range []string{"UDP to 192.0.2.1:443", "TCP to 192.0.2.1:443", "UDP to [2001:db8::1]:443", "TCP to [2001:db8::1]:443", "UDP to " + gateway4 + ":53"} {
		if !strings.Contains(text, want) {
			return fmt.Errorf("the control sent %s, which was not heard, so nothing would be proven", want)
		}
	}
	fmt.Printf("quiet: the control was heard: %s\n", strings.Join(all, ", "))
	return nil
}
