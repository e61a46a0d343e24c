package announce_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/announce"
	"harmonium/appliance/lan"
)

// announceAs makes the test binary an announcer that writes to the file that the variable names.
const announceAs = "ANNOUNCE_TEST_FILE"

func TestMain(m *testing.M) {
	if path := os.Getenv(announceAs); path != "" {
		a := announce.Announcer{Path: path, Clock: appliance.SystemClock, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
		if err := a.Run(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// building is a network with a cable between two machines, each a network namespace: a at 10.77.0.1, b at 10.77.0.2.
type building struct{ a, b string }

// newBuilding makes one, or says why it cannot.
func newBuilding(t *testing.T) building {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("not checked: networks of its own can be made by root only")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("not checked: this machine has no ip (iproute2)")
	}
	n := building{fmt.Sprintf("hm-a-%d", os.Getpid()), fmt.Sprintf("hm-b-%d", os.Getpid())}
	for _, name := range []string{n.a, n.b} {
		if out, err := exec.Command("ip", "netns", "add", name).CombinedOutput(); err != nil {
			t.Skipf("not checked: this machine lets nobody make networks: %s", out)
		}
		t.Cleanup(func() { exec.Command("ip", "netns", "delete", name).Run() })
	}
	ip(t, "link", "add", "eth0", "netns", n.a, "type", "veth", "peer", "name", "eth0", "netns", n.b)
	for name, address := range map[string]string{n.a: "10.77.0.1/24", n.b: "10.77.0.2/24"} {
		ip(t, "-n", name, "address", "add", address, "dev", "eth0")
		ip(t, "-n", name, "link", "set", "eth0", "up")
		ip(t, "-n", name, "link", "set", "lo", "up")
	}
	return n
}

func ip(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// announceIn starts an announcer in a namespace and gives the file that it writes.
func announceIn(t *testing.T, namespace string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "addresses.json")
	cmd := exec.Command("ip", "netns", "exec", namespace, os.Args[0])
	cmd.Env = append(os.Environ(), announceAs+"="+path)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return path
}

// awaitSheet waits until the file says what is wanted.
func awaitSheet(t *testing.T, path, what string, wanted func(lan.Sheet) bool) lan.Sheet {
	t.Helper()
	every, enough := time.NewTicker(100*time.Millisecond), time.NewTimer(40*time.Second)
	defer every.Stop()
	defer enough.Stop()
	for {
		s, err := lan.ReadSheet(path)
		if err == nil && wanted(s) {
			return s
		}
		select {
		case <-every.C:
		case <-enough.C:
			t.Fatalf("%s: the file says %+v (%v)", what, s, err)
		}
	}
}

func TestTwoBoxesInOneBuilding(t *testing.T) {
	n := newBuilding(t)
	first := announceIn(t, n.a)
	got := awaitSheet(t, first, "the first box", func(s lan.Sheet) bool { return s.Name != "" })
	want := lan.Sheet{WrittenAt: got.WrittenAt, Name: "harmonium.local", By: "harmonium",
		Interfaces: []lan.Interface{{Name: "eth0", Addresses: []netip.Addr{netip.MustParseAddr("10.77.0.1")}}}}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Errorf("the first box (-want +got):\n%s", diff)
	}
	second := announceIn(t, n.b)
	if got := awaitSheet(t, second, "the second box", func(s lan.Sheet) bool { return s.Name != "" }); got.Name != "harmonium-2.local" ||
		got.Taken != "harmonium.local" {
		t.Errorf("the second box is called %s and says that %q is taken", got.Name, got.Taken)
	}
	ip(t, "-n", n.a, "address", "delete", "10.77.0.1/24", "dev", "eth0")
	ip(t, "-n", n.a, "address", "add", "10.77.0.9/24", "dev", "eth0")
	awaitSheet(t, first, "after a change of address", func(s lan.Sheet) bool {
		return s.Name == "harmonium.local" && len(s.Interfaces) == 1 && cmp.Equal(s.Interfaces[0].Addresses,
			[]netip.Addr{netip.MustParseAddr("10.77.0.9")}, cmp.Comparer(func(a, b netip.Addr) bool { return a == b }))
	})
}

func TestANetworkWithoutAnAddressIsNamed(t *testing.T) {
	n := newBuilding(t)
	ip(t, "-n", n.a, "address", "flush", "dev", "eth0")
	s := awaitSheet(t, announceIn(t, n.a), "the box", func(s lan.Sheet) bool { return !s.WrittenAt.IsZero() })
	if s.Name != "" || len(s.Interfaces) != 1 || s.Interfaces[0].Name != "eth0" || len(s.Interfaces[0].Addresses) != 0 {
		t.Errorf("got %+v, want eth0 without an address and no name", s)
	}
}

func TestAFileThatCannotBeWrittenEndsTheAnnouncer(t *testing.T) {
	a := announce.Announcer{Path: filepath.Join(t.TempDir(), "none", "addresses.json"), Clock: appliance.SystemClock,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	if err := a.Run(t.Context()); appliance.CodeOf(err) != appliance.CodeForbidden {
		t.Errorf("got %v, want words about the file", err)
	}
}
