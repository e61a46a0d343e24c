package ollama_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/ollama"
)

// The program of the tests is also what they start: with "serve" it is a server that answers at OLLAMA_HOST with its
// number, and has a runner; with "runner" it does nothing for a minute. A file named stubborn in its HOME makes it
// ignore being asked to end.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 {
		switch os.Args[1] {
		case "serve":
			beServer()
			return
		case "runner":
			<-time.After(time.Minute)
			return
		}
	}
	os.Exit(m.Run())
}

func beServer() {
	home := os.Getenv("HOME")
	if _, err := os.Stat(filepath.Join(home, "stubborn")); err == nil {
		signal.Ignore(syscall.SIGTERM)
	}
	runner := exec.Command(os.Args[0], "runner")
	if runner.Start() != nil || os.WriteFile(filepath.Join(home, "runner"), []byte(strconv.Itoa(runner.Process.Pid)), 0o600) != nil {
		os.Exit(3)
	}
	http.HandleFunc("/pid", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strconv.Itoa(os.Getpid())) })
	http.HandleFunc("/environment", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, strings.Join(os.Environ(), "\n"))
	})
	http.ListenAndServe(os.Getenv("OLLAMA_HOST"), nil)
}

// child is one that runs, and the addresses that it tells.
type child struct {
	*ollama.Child
	t       *testing.T
	dir     string
	started chan string
	stop    func()
}

func start(t *testing.T, change func(*ollama.Options)) *child {
	t.Helper()
	c := &child{t: t, dir: t.TempDir(), started: make(chan string, 100)}
	o := ollama.Options{
		Path: os.Args[0], Dir: c.dir, Slots: 3, Clock: appliance.SystemClock, Pause: 10 * time.Millisecond,
		Started: func(base string) { c.started <- base },
	}
	if change != nil {
		change(&o)
	}
	c.Child = ollama.New(o)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { c.Run(ctx) })
	c.stop = sync.OnceFunc(func() { cancel(); running.Wait() })
	t.Cleanup(c.stop)
	return c
}

// get asks the server at base, which may not listen yet.
func get(t *testing.T, base, path string) string {
	t.Helper()
	body := ""
	until(t, "the server answers", func() bool {
		res, err := http.Get(base + path)
		if err != nil {
			return false
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		body = string(text)
		return err == nil
	})
	return body
}

func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !so(); <-time.After(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (c *child) runner() int {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join(c.dir, "runner"))
	if err != nil {
		c.t.Fatal(err)
	}
	return number(c.t, string(text))
}

// gone says whether a process has ended; one that nobody has waited for yet has ended too.
func gone(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || strings.Contains(string(stat), ") Z ")
}

func TestOllamaAnswersAtTheAddressThatIsToldAndSeesNothingOfOurEnvironment(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://192.0.2.1:3128")
	t.Setenv("OLLAMA_HOST", "192.0.2.1")
	t.Setenv("HARMONIUM_DATA", "/somewhere")
	c := start(t, nil)
	base := <-c.started
	seen := "\n" + get(t, base, "/environment") + "\n"
	for _, want := range []string{
		"OLLAMA_HOST=" + strings.TrimPrefix(base, "http://"), "HOME=" + c.dir, "OLLAMA_MODELS=" + c.dir + "/models",
		"OLLAMA_NO_CLOUD=1", "OLLAMA_NOPRUNE=1", "OLLAMA_NUM_PARALLEL=3",
	} {
		if !strings.Contains(seen, "\n"+want+"\n") {
			t.Errorf("it does not see %s", want)
		}
	}
	for _, not := range []string{"PROXY", "MULTIUSER", "192.0.2.1", "HARMONIUM_DATA"} {
		if strings.Contains(seen, not) {
			t.Errorf("it sees %s", not)
		}
	}
	if s := c.State(); !s.Running || s.Starts != 1 || s.Why != "" {
		t.Errorf("state %+v", s)
	}
}

func TestAnOllamaThatDiesIsStartedAgainAndItsRunnerEnds(t *testing.T) {
	c := start(t, nil)
	first := <-c.started
	pid, runner := number(t, get(t, first, "/pid")), c.runner()
	syscall.Kill(pid, syscall.SIGKILL)
	second := <-c.started
	if got := number(t, get(t, second, "/pid")); got == pid {
		t.Error("the same process answers")
	}
	until(t, "the runner of the first has ended", func() bool { return gone(runner) })
	if s := c.State(); !s.Running || s.Starts != 2 || !strings.Contains(s.Why, "killed") {
		t.Errorf("state %+v", s)
	}
}

func TestNothingIsLeftWhenTheApplianceStops(t *testing.T) {
	for _, stubborn := range []bool{false, true} {
		c := start(t, func(o *ollama.Options) {
			if stubborn {
				os.WriteFile(filepath.Join(o.Dir, "stubborn"), nil, 0o600)
			}
		})
		base := <-c.started
		pid, runner := number(t, get(t, base, "/pid")), c.runner()
		c.stop()
		if !gone(pid) {
			t.Errorf("stubborn %v: the server still runs", stubborn)
		}
		until(t, "the runner has ended", func() bool { return gone(runner) })
	}
}

func TestWhatIsLeftFromAnEarlierRunIsEnded(t *testing.T) {
	dir := t.TempDir()
	ours, others := exec.Command(os.Args[0], "runner"), exec.Command(os.Args[0], "runner")
	ours.Env, others.Env = []string{"HARMONIUM_OLLAMA=" + dir}, []string{"HARMONIUM_OLLAMA=" + dir + "2"}
	for _, cmd := range []*exec.Cmd{ours, others} {
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	}
	c := start(t, func(o *ollama.Options) { o.Dir = dir })
	<-c.started
	until(t, "what was left has ended", func() bool { return gone(ours.Process.Pid) })
	if gone(others.Process.Pid) {
		t.Error("a process of another directory was ended")
	}
}

func TestAnOllamaThatCannotBeStartedIsTriedAgainAndTheReasonIsKnown(t *testing.T) {
	c := start(t, func(o *ollama.Options) { o.Path = filepath.Join(t.TempDir(), "nothing") })
	until(t, "the reason is known", func() bool { return strings.Contains(c.State().Why, "no such file") })
	if s := c.State(); s.Running || s.Starts != 0 {
		t.Errorf("state %+v", s)
	}
	c.stop()
	select {
	case base := <-c.started:
		t.Errorf("an address was told: %s", base)
	default:
	}
}

func TestTwoChildrenDoNotTakeTheSameAddress(t *testing.T) {
	a, b := start(t, nil), start(t, nil)
	one, two := <-a.started, <-b.started
	if get(t, one, "/pid") == get(t, two, "/pid") {
		t.Errorf("%s and %s are answered by the same", one, two)
	}
	if host, _, err := net.SplitHostPort(strings.TrimPrefix(one, "http://")); err != nil || host != "127.0.0.1" {
		t.Errorf("address %s", one)
	}
}

func TestTheBundledOllamaIsFoundInEachOfItsPlaces(t *testing.T) {
	for _, place := range []string{
		"bin/ollama/bin/ollama", "bin/ollama", "lib/harmonium/ollama/bin/ollama", "lib/harmonium/ollama/ollama",
	} {
		root := t.TempDir()
		program, server := filepath.Join(root, "bin", "harmonium"), filepath.Join(root, place)
		if _, found := ollama.Bundled(program); found {
			t.Error("found where there is none")
		}
		for _, dir := range []string{filepath.Dir(program), filepath.Dir(server)} {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(server, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, found := ollama.Bundled(program); found {
			t.Errorf("%s: found, but it cannot be run", place)
		}
		if err := os.Chmod(server, 0o755); err != nil {
			t.Fatal(err)
		}
		if got, found := ollama.Bundled(program); !found || got != server {
			t.Errorf("%s: got %q", place, got)
		}
	}
}
