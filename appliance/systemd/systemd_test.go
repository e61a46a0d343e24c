package systemd_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance/systemd"
)

// part is the variable that makes this program play a process that systemd has started.
const part = "PLAY"

func TestMain(m *testing.M) {
	switch os.Getenv(part) {
	case "":
		os.Exit(m.Run())
	case "sockets":
		playSockets()
	case "watchdog":
		playWatchdog()
	}
}

// playSockets prints the names of its sockets, answers one connection to each, and prints what is left.
func playSockets() {
	handed, err := systemd.Sockets()
	if err != nil {
		fmt.Println("refused:", err)
		return
	}
	var names []string
	for name, list := range handed {
		for _, l := range list {
			names = append(names, name)
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					io.WriteString(c, name)
					c.Close()
				}
			}()
		}
	}
	slices.Sort(names)
	again, err := systemd.Sockets()
	fmt.Println(names, len(again), err, os.Getenv("LISTEN_FDS"))
	io.Copy(io.Discard, os.Stdin)
}

// playWatchdog is well twice, then unwell once, then well again.
func playWatchdog() {
	n := 0
	err := systemd.Watchdog(context.Background(), func(context.Context) error {
		if n++; n == 3 {
			return errors.New("stuck")
		}
		return nil
	}, func(err error) { systemd.Status("unwell:\nREADY=1 " + err.Error()) })
	fmt.Println(err)
}

// process starts this program as systemd does: the number of the process stands in its own environment.
func process(t *testing.T, role string, files []*os.File, variables ...string) (out *bufio.Scanner, end func()) {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0"`, os.Args[0])
	cmd.Env = append(os.Environ(), append(variables, part+"="+role)...)
	cmd.ExtraFiles = files
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end = func() { in.Close(); cmd.Process.Kill(); cmd.Wait() }
	t.Cleanup(end)
	return bufio.NewScanner(pipe), end
}

// listen opens a port and gives its file, as systemd has it.
func listen(t *testing.T) (net.Addr, *os.File) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close(); f.Close() })
	return l.Addr(), f
}

func knock(t *testing.T, at net.Addr) string {
	t.Helper()
	c, err := net.Dial(at.Network(), at.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	got, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

func TestSocketsAreTakenByTheirNames(t *testing.T) {
	first, a := listen(t)
	second, b := listen(t)
	third, c := listen(t)
	out, _ := process(t, "sockets", []*os.File{a, b, c}, "LISTEN_FDS=3", "LISTEN_FDNAMES=https:http:https")
	out.Scan()
	if got, want := out.Text(), "[http https https] 0 <nil> "; got != want {
		t.Errorf("taken: %q, want %q", got, want)
	}
	if diff := cmp.Diff([]string{"https", "http", "https"}, []string{knock(t, first), knock(t, second), knock(t, third)}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhoConnectsWhileNobodyRunsIsAnsweredByTheNext(t *testing.T) {
	at, f := listen(t)
	out, end := process(t, "sockets", []*os.File{f}, "LISTEN_FDS=1", "LISTEN_FDNAMES=http")
	out.Scan()
	end()
	waits, err := net.Dial(at.Network(), at.String())
	if err != nil {
		t.Fatalf("refused while nobody runs: %v", err)
	}
	defer waits.Close()
	process(t, "sockets", []*os.File{f}, "LISTEN_FDS=1", "LISTEN_FDNAMES=http")
	waits.SetDeadline(time.Now().Add(10 * time.Second))
	if got, err := io.ReadAll(waits); err != nil || string(got) != "http" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestSocketsOfAnotherProcessAreLeftAlone(t *testing.T) {
	t.Setenv("LISTEN_PID", "1")
	t.Setenv("LISTEN_FDS", "2")
	if got, err := systemd.Sockets(); err != nil || len(got) != 0 {
		t.Errorf("took %v, %v", got, err)
	}
}

func TestSocketThatCannotBeListenedAtIsRefused(t *testing.T) {
	_, good := listen(t)
	bad, err := os.CreateTemp(t.TempDir(), "file")
	if err != nil {
		t.Fatal(err)
	}
	defer bad.Close()
	out, _ := process(t, "sockets", []*os.File{good, bad}, "LISTEN_FDS=2", "LISTEN_FDNAMES=http:odd")
	out.Scan()
	if got := out.Text(); !strings.HasPrefix(got, "refused:") || !strings.Contains(got, "odd") {
		t.Errorf("said %q", got)
	}
}

// manager is the end of systemd that hears what is said.
func manager(t *testing.T) (hear func() string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	return func() string {
		l.SetReadDeadline(time.Now().Add(10 * time.Second))
		b := make([]byte, 4096)
		n, err := l.Read(b)
		if err != nil {
			t.Fatalf("nothing is said: %v", err)
		}
		return string(b[:n])
	}
}

func TestWhatIsSaidIsHeard(t *testing.T) {
	hear := manager(t)
	for _, say := range []struct {
		what func() error
		want string
	}{
		{func() error { return systemd.Ready("Answers\nSTOPPING=1") }, "READY=1\nSTATUS=Answers STOPPING=1"},
		{func() error { return systemd.Status("well") }, "STATUS=well"},
		{systemd.Stopping, "STOPPING=1"},
	} {
		if err := say.what(); err != nil {
			t.Fatal(err)
		}
		if got := hear(); got != say.want {
			t.Errorf("heard %q, want %q", got, say.want)
		}
	}
	if !systemd.Supervised() {
		t.Error("nobody is said to listen")
	}
}

func TestWithoutAManagerNothingIsSaid(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	if err := errors.Join(systemd.Ready("x"), systemd.Stopping()); err != nil || systemd.Supervised() {
		t.Errorf("%v", err)
	}
	if err := systemd.Watchdog(t.Context(), func(context.Context) error { t.Error("asked"); return nil }, nil); err != nil {
		t.Error(err)
	}
}

func TestWatchdogIsFedOnlyByAProcessThatIsWell(t *testing.T) {
	hear := manager(t)
	process(t, "watchdog", nil, "WATCHDOG_USEC=300000")
	var got []string
	for range 4 {
		got = append(got, hear())
	}
	want := []string{"WATCHDOG=1", "WATCHDOG=1", "STATUS=unwell: READY=1 stuck", "WATCHDOG=1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
