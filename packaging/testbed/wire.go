package testbed

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Host is one machine of the bed: a network namespace with one interface, eth0.
type Host struct {
	Name   string
	V4, V6 netip.Addr
	MAC    net.HardwareAddr

	port string // its end of the cable at the bridge
	ns   *os.File
}

// The hosts of the bed. They have fixed addresses, so that nothing has to be found out.
var hosts = []Host{
	{Name: "box", V4: netip.MustParseAddr("192.168.77.1"), V6: netip.MustParseAddr("fd77::1")},
	{Name: "client", V4: netip.MustParseAddr("192.168.77.2"), V6: netip.MustParseAddr("fd77::2")},
	{Name: "sink", V4: netip.MustParseAddr("192.168.77.3"), V6: netip.MustParseAddr("fd77::3")},
}

// plug makes the bridge and the hosts, with a cable each.
func plug() (map[string]*Host, error) {
	if err := os.MkdirAll("/run/netns", 0o755); err != nil {
		return nil, err
	}
	// The bridge only carries: an address of its own would make it one more host.
	commands := []string{
		"link add bridge type bridge mcast_snooping 0",
		"link set bridge addrgenmode none up",
	}
	for i, h := range hosts {
		commands = append(commands,
			"netns add "+h.Name,
			fmt.Sprintf("link add port%d type veth peer name eth0 netns %s", i, h.Name),
			fmt.Sprintf("link set port%d master bridge addrgenmode none up", i),
			fmt.Sprintf("-n %s address add %s/24 dev eth0", h.Name, h.V4),
			fmt.Sprintf("-n %s address add %s/64 dev eth0 nodad", h.Name, h.V6),
			fmt.Sprintf("-n %s link set lo up", h.Name),
			fmt.Sprintf("-n %s link set eth0 up", h.Name),
		)
	}
	for _, c := range commands {
		if err := run("ip", strings.Fields(c)...); err != nil {
			return nil, err
		}
	}
	all := make(map[string]*Host)
	for i, h := range hosts {
		h.port = fmt.Sprintf("port%d", i)
		ns, err := os.Open(filepath.Join("/run/netns", h.Name))
		if err != nil {
			return nil, err
		}
		h.ns = ns
		if err := h.in(func() error {
			i, err := net.InterfaceByName("eth0")
			if err == nil {
				h.MAC = i.HardwareAddr
			}
			return err
		}); err != nil {
			return nil, err
		}
		all[h.Name] = &h
	}
	return all, all["box"].in(tune)
}

// tune sets what the kernel of the box does on its network. Debian lets everybody ping, and the control should be able
// to. A connection that the kernel lets go nowhere is tried twice within three seconds, not for a minute and a half;
// older kernels do not know the last of these.
func tune() error {
	const ipv4 = "/proc/sys/net/ipv4/"
	err := os.WriteFile(ipv4+"ping_group_range", []byte("0 2147483647"), 0o644)
	err = errors.Join(err, os.WriteFile(ipv4+"tcp_syn_retries", []byte("1"), 0o644))
	if linear := os.WriteFile(ipv4+"tcp_syn_linear_timeouts", []byte("0"), 0o644); !errors.Is(linear, fs.ErrNotExist) {
		err = errors.Join(err, linear)
	}
	return err
}

// in calls f on a thread that is in the namespace of the host. What f opens stays there.
func (h *Host) in(f func() error) error {
	done := make(chan error)
	go func() {
		// The thread is never unlocked: it ends with this function, so that nothing else ever runs in the namespace.
		runtime.LockOSThread()
		if _, _, errno := syscall.RawSyscall(sysSetns, h.ns.Fd(), syscall.CLONE_NEWNET, 0); errno != 0 {
			done <- fmt.Errorf("enter the namespace of %s: %w", h.Name, errno)
			return
		}
		done <- f()
	}()
	return <-done
}

// Dial connects from the host to an address by number.
func (h *Host) Dial(ctx context.Context, network, address string) (conn net.Conn, err error) {
	if _, err := netip.ParseAddrPort(address); err != nil {
		return nil, err // a name would be looked up on other threads, which are elsewhere
	}
	if _, limited := ctx.Deadline(); !limited {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
	}
	err = h.in(func() error {
		var d net.Dialer
		conn, err = d.DialContext(ctx, network, address)
		return err
	})
	return conn, err
}

// Listen listens at an address of the host by number.
func (h *Host) Listen(address string) (l net.Listener, err error) {
	err = h.in(func() error {
		l, err = net.Listen("tcp", address)
		return err
	})
	return l, err
}

// ListenMulticast joins a group of IPv4 on the network of the host, and listens at its port.
func (h *Host) ListenMulticast(group netip.AddrPort) (conn *net.UDPConn, err error) {
	err = h.in(func() error {
		eth0, err := net.InterfaceByName("eth0")
		if err != nil {
			return err
		}
		conn, err = net.ListenMulticastUDP("udp4", eth0, net.UDPAddrFromAddrPort(group))
		return err
	})
	return conn, err
}

// Address adds an address such as 192.0.2.1/24 to the host, or deletes it: verb is "add" or "delete".
func (h *Host) Address(verb, address string) error {
	return run("ip", "-n", h.Name, "address", verb, address, "dev", "eth0")
}

// ForgetNeighbours makes the kernel of the host forget whom it has found on its network.
func (h *Host) ForgetNeighbours() error {
	return run("ip", "-n", h.Name, "neigh", "flush", "dev", "eth0")
}
