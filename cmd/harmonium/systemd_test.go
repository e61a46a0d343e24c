package main_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// unit is what systemd keeps for the server: its port, the socket at which it hears how the server does, and its data.
type unit struct {
	addr   net.Addr
	port   *os.File
	notify *net.UnixConn
	env    []string
	data   string
}

func newUnit(t *testing.T, variables ...string) *unit {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "notify")
	notify, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close(); port.Close(); notify.Close() })
	return &unit{addr: l.Addr(), port: port, notify: notify, data: t.TempDir(),
		env: environment(append(variables, "NOTIFY_SOCKET="+path)...)}
}

// start starts the server as systemd does, with its port under a name.
func (u *unit) start(t *testing.T, name string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" "$@"`, program(t), "serve", "--data", u.data, "--ollama", "none",
		"--bcrypt-cost", "4")
	cmd.Env = append(u.env, "LISTEN_FDS=1", "LISTEN_FDNAMES="+name)
	cmd.ExtraFiles = []*os.File{u.port}
	cmd.Stderr = &bytes.Buffer{}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return cmd
}

// hear waits until the server says something that begins with word, and gives all of it.
func (u *unit) hear(t *testing.T, word string) string {
	t.Helper()
	b := make([]byte, 4096)
	for {
		u.notify.SetReadDeadline(time.Now().Add(20 * time.Second))
		n, err := u.notify.Read(b)
		if err != nil {
			t.Fatalf("the server does not say %s: %v", word, err)
		}
		if said := string(b[:n]); strings.HasPrefix(said, word) {
			return said
		}
	}
}

func (u *unit) ask() error {
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get("http://" + u.addr.String() + "/healthz")
	if err != nil {
		return err
	}
	return res.Body.Close()
}

func TestServerAnswersAtTheSocketOfSystemdAndSaysHowItDoes(t *testing.T) {
	u := newUnit(t, "WATCHDOG_USEC=600000")
	cmd := u.start(t, "http")
	if said := u.hear(t, "READY=1"); !strings.Contains(said, "STATUS=Answers at ") {
		t.Errorf("said %q", said)
	}
	if err := u.ask(); err != nil {
		t.Fatal(err)
	}
	u.hear(t, "WATCHDOG=1")
	u.hear(t, "WATCHDOG=1")
	cmd.Process.Signal(syscall.SIGTERM)
	u.hear(t, "STOPPING=1")
	if err := cmd.Wait(); err != nil {
		t.Errorf("stopped with %v\n%s", err, cmd.Stderr)
	}
}

// crashGap is how long nobody may be answered when the server is killed: promise P19.
const crashGap = 500 * time.Millisecond

func TestKilledServerIsFollowedWithoutARefusedConnection(t *testing.T) {
	u := newUnit(t)
	cmd := u.start(t, "http")
	u.hear(t, "READY=1")
	if err := u.ask(); err != nil {
		t.Fatal(err)
	}
	worst := time.Duration(0)
	for range 5 {
		cmd.Process.Kill()
		cmd.Wait()
		killed := time.Now()
		answered := make(chan error, 1)
		go func() { answered <- u.ask() }()
		cmd = u.start(t, "http")
		if err := <-answered; err != nil {
			t.Fatalf("a request after the kill failed: %v", err)
		}
		worst = max(worst, time.Since(killed))
	}
	t.Logf("answered again at the latest after %v", worst)
	if limit := 4 * crashGap; worst > limit { // the machine of a test may be busy; the box is measured in the test bed
		t.Errorf("answered again after %v, at most %v", worst, limit)
	}
}

func TestServerSaysToSystemdWhyItDoesNotStart(t *testing.T) {
	u := newUnit(t)
	u.start(t, "surprise")
	if said := u.hear(t, "STATUS="); !strings.Contains(said, "surprise") || !strings.Contains(said, "Does not start") {
		t.Errorf("said %q", said)
	}
}

// The whole way of the package: a port and a Unix socket that systemd keeps, the porter, the server. The server holds no
// TCP socket at all.
func TestServerBehindAPorterHoldsNoSocketOfTheOutside(t *testing.T) {
	outside := newUnit(t)
	inside := t.TempDir()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(inside, "http.sock"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	handed, err := l.File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close(); handed.Close() })
	porter := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" "$@"`, program(t), "porter")
	porter.Env = append(outside.env, "LISTEN_FDS=2", "LISTEN_FDNAMES=http:inside")
	porter.ExtraFiles = []*os.File{outside.port, handed}
	if err := porter.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { porter.Process.Kill(); porter.Wait() })
	serve := func() *exec.Cmd {
		cmd := exec.Command(program(t), "serve", "--data", outside.data, "--porter", inside, "--ollama", "none", "--bcrypt-cost", "4")
		cmd.Env = outside.env
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
		return cmd
	}

	early := make(chan error, 1)
	go func() { early <- outside.ask() }() // waits for the server
	server := serve()
	outside.hear(t, "READY=1")
	if err := errors.Join(<-early, outside.ask()); err != nil {
		t.Fatal(err)
	}
	if n := tcpSockets(t, server.Process.Pid); n != 0 {
		t.Errorf("the server holds %d TCP sockets", n)
	}
	if n := tcpSockets(t, porter.Process.Pid); n == 0 {
		t.Error("the measurement finds no TCP socket of the porter either")
	}

	server.Process.Kill()
	server.Wait()
	go func() { early <- outside.ask() }()
	serve()
	if err := <-early; err != nil {
		t.Errorf("a request after the kill failed: %v", err)
	}
}

// tcpSockets counts the open TCP sockets of a process.
func tcpSockets(t *testing.T, pid int) int {
	t.Helper()
	fds, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil || len(fds) == 0 {
		t.Fatalf("no files of process %d: %v", pid, err)
	}
	n := 0
	for _, fd := range fds {
		target, _ := os.Readlink(fd) // it may be closed by now
		inode := strings.TrimSuffix(strings.TrimPrefix(target, "socket:["), "]")
		if inode == target {
			continue
		}
		for _, table := range []string{"tcp", "tcp6"} {
			raw, err := os.ReadFile("/proc/self/net/" + table)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(raw)) {
				if f := strings.Fields(line); len(f) > 9 && f[9] == inode {
					n++
				}
			}
		}
	}
	return n
}
