package testbed_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"harmonium/packaging/testbed"
)

var (
	deb   = flag.String("deb", "", "the package to install")
	next  = flag.String("next", "", "a package of a later version, to upgrade to")
	model = flag.String("model", "", "directory with a model to import, as a stick brings it")
	cache = flag.String("cache", "", "directory that keeps the Debian of the box from run to run")
	kills = flag.Int("kills", 20, "how often the server is killed")
)

// obstacle is why this machine cannot have the bed; nil where it can.
var obstacle error

// began is when the tests began.
var began = time.Now()

// The tests run in namespaces of their own, in a second process of this program; see testbed.Enter.
func TestMain(m *testing.M) {
	flag.Parse()
	if *deb == "" || *next == "" || *model == "" || *cache == "" {
		obstacle = errors.New("-deb, -next, -model and -cache are needed; make test-box gives them")
		os.Exit(m.Run())
	}
	entered, code, err := testbed.Enter(func() error {
		_, err := testbed.Root(*cache)
		return err
	})
	switch {
	case err != nil:
		obstacle = err
	case !entered:
		os.Exit(code)
	}
	code = m.Run()
	if entered {
		if err := testbed.Leave(); err != nil {
			fmt.Fprintln(os.Stderr, "left behind:", err)
		}
	}
	os.Exit(code)
}

// box is the box of one run, and who speaks to it.
type box struct {
	*testbed.Bed
	*client
	ctx               context.Context
	first             *person  // who was interviewed first, and must never be lost
	notes             []string // what was measured
	results           [3]int   // how many checks passed, failed, and were not possible
	answers           bool     // to its LAN
	held              string   // the session of the first interview
	file, gone        string   // a backup, and a session that was deleted after it
	told              string   // the results of held when it was made
	seals             bool     // this machine lets systemd make private networks
	reached, unproven []string // ways by which the control reached the sink, and not
}

// note keeps a figure for the end.
func (b *box) note(format string, args ...any) {
	b.notes = append(b.notes, fmt.Sprintf(format, args...))
}

// notChecked ends a test whose question this machine cannot answer.
func notChecked(t *testing.T, format string, args ...any) {
	t.Helper()
	t.Skipf("NOT CHECKED: "+format, args...)
}

// open boots the box on a layer that goes away with the test.
func open(t *testing.T) *box {
	t.Helper()
	if obstacle != nil {
		notChecked(t, "this machine cannot have the bed: %v", obstacle)
	}
	root, err := testbed.Root(*cache)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp(*cache, "run-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(testbed.Unmount(dir), os.RemoveAll(dir)); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	t.Cleanup(cancel)
	bed, err := testbed.Open(root, dir)
	if err != nil {
		notChecked(t, "this machine cannot have the bed: %v", err)
	}
	b := &box{Bed: bed, ctx: ctx, client: newClient(t, bed.Client, bed.Box.V4)}
	t.Cleanup(func() {
		if t.Failed() {
			out, _ := bed.Run(context.Background(), "journalctl", "--no-pager", "-o", "short-precise", "-n", "150",
				"-u", "harmonium*", "-u", "init.scope")
			t.Log("the end of the journal:\n" + out)
		}
		if err := bed.Stop(); err != nil {
			t.Error(err)
		}
	})
	start := time.Now()
	if err := bed.Boot(ctx); err != nil {
		notChecked(t, "nothing of ours is in the box yet, and this machine cannot boot it: %v", err)
	}
	networks, err := b.Run(ctx, "systemd-run", "--quiet", "--wait", "--pipe", "--property=PrivateNetwork=yes", "cat", "/proc/net/dev")
	b.seals = err == nil && strings.Contains(networks, "lo:") && !strings.Contains(networks, "eth0:")
	b.note("the box boots in %.1f s", time.Since(start).Seconds())
	return b
}

// do runs a command in the box, which must succeed.
func (b *box) do(t *testing.T, args ...string) string {
	t.Helper()
	out, err := b.Run(b.ctx, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// bring copies a file or a directory of this machine into the box.
func (b *box) bring(t *testing.T, from, to string) {
	t.Helper()
	to = filepath.Join(b.Root, to)
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cp", "--recursive", "--dereference", from, to).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// write writes a file in the box.
func (b *box) write(t *testing.T, path, text string) {
	t.Helper()
	path = b.at(path)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// at gives a path of the running box as it is seen from here, with what is mounted there.
func (b *box) at(path string) string {
	return fmt.Sprintf("/proc/%d/root%s", b.Leader(), path)
}

// waitFor waits until ask says yes.
func waitFor(t *testing.T, what string, limit time.Duration, ask func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !ask(); {
		if time.Now().After(end) {
			t.Fatalf("after %v still not: %s", limit, what)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// version gives the version of a package.
func version(t *testing.T, deb string) string {
	t.Helper()
	out, err := exec.Command("dpkg-deb", "--field", deb, "Version").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// installed gives the version of the package that is installed, and its state: "ii", "rc", "".
func (b *box) installed(t *testing.T) (version, state string) {
	t.Helper()
	out, err := b.Run(b.ctx, "dpkg-query", "--show", "--showformat", "${db:Status-Abbrev}|${Version}", "harmonium")
	if err != nil {
		return "", ""
	}
	state, version, _ = strings.Cut(out, "|")
	return version, strings.TrimSpace(state)
}

// memory notes what a unit holds in memory.
func (b *box) memory(t *testing.T, unit string) {
	t.Helper()
	pid, err := b.MainPID(b.ctx, unit)
	if err != nil || pid == 0 {
		t.Errorf("%s does not run: %v", unit, err)
		return
	}
	own, all, err := testbed.Memory(pid)
	if err != nil {
		t.Error(err)
		return
	}
	b.note("%s holds %s of its own in memory, %s with its program", unit, megabytes(own), megabytes(all))
}

func megabytes(n int64) string { return strconv.FormatInt(n>>20, 10) + " MB" }
