// Package ollama runs the Ollama that is bundled with Harmonium as a child of the appliance: it starts it on a free
// port of this machine, starts it again when it ends, and ends it with the appliance.
//
// The child sees an environment of its own: its models and whatever else it writes lie in one directory, it is told to
// reach out to nobody, and nothing of what the appliance was started with gets there. What it writes on its output is
// thrown away: Ollama notes addresses and parts of requests there.
//
// Nothing of it outlives the appliance, not even when that is killed: the kernel then ends Ollama, and its runners,
// the processes that hold the models, end themselves when Ollama is gone (packaging/ollama/server). Where the bundled
// Ollama does not do that, they are found and ended at the next start.
//
// It says nothing about whether models can be used; appliance/inference finds that out.
package ollama

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"

	"harmonium/appliance"
)

// Times of the child.
const (
	firstPause  = time.Second      // before it is started again; doubled each time
	longPause   = 30 * time.Second // at most
	settled     = time.Minute      // who ran that long is started again after firstPause
	finishTime  = 1500 * time.Millisecond
	keepModels  = time.Hour // loaded after a request
	maxQueue    = 64        // requests beyond the slots; the gateway queues by itself, so this is never reached
	permissions = 0o700
)

// marker is the variable of the environment by which processes that were left over are known.
const marker = "HARMONIUM_OLLAMA"

// Options is what a Child is made of. All but Log and Pause are needed.
type Options struct {
	Path string // of the server's binary: see Bundled
	Dir  string // that it may write to; made when it is not there
	// Models is the directory that holds its models; "" is models in Dir.
	Models string
	Slots  int // requests that it works on at the same time
	// Started is told the base address of each Ollama that was started. It does not answer yet.
	Started func(base string)
	Clock   appliance.Clock
	Log     *slog.Logger  // nil discards
	Pause   time.Duration // before the first start after an end; 0 is one second
}

// Child is a bundled Ollama. All methods are safe for concurrent use.
type Child struct {
	Options
	mu    sync.Mutex
	state State
	group int // of processes, 0 while none runs
}

// State is what became of the child.
type State struct {
	Running bool
	Since   time.Time // when it was started, or ended
	Starts  int
	Why     string // how the last one ended, in words; "" when none has
}

// Bundled finds the Ollama that lies with a program: in the directory ollama beside it, or in
// ../lib/harmonium/ollama, each either laid out as Ollama's makers publish it (bin/ollama and lib) or a single file.
func Bundled(program string) (path string, found bool) {
	if resolved, err := filepath.EvalSymlinks(program); err == nil {
		program = resolved
	}
	beside := filepath.Dir(program)
	for _, candidate := range []string{
		filepath.Join(beside, "ollama", "bin", "ollama"),
		filepath.Join(beside, "ollama"),
		filepath.Join(beside, "..", "lib", "harmonium", "ollama", "bin", "ollama"),
		filepath.Join(beside, "..", "lib", "harmonium", "ollama", "ollama"),
	} {
		if info, err := os.Stat(candidate); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return candidate, true
		}
	}
	return "", false
}

// New makes a child that is not started yet.
func New(o Options) *Child {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Pause == 0 {
		o.Pause = firstPause
	}
	if dir, err := filepath.Abs(o.Dir); err == nil {
		o.Dir = dir
	}
	if o.Models == "" {
		o.Models = filepath.Join(o.Dir, "models")
	} else if dir, err := filepath.Abs(o.Models); err == nil {
		o.Models = dir
	}
	return &Child{Options: o}
}

// State gives what became of the child.
func (c *Child) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// Run starts Ollama, and starts it again whenever it ends, after 1, 2, 4 … 30 s. When ctx ends it ends Ollama and
// returns.
func (c *Child) Run(ctx context.Context) {
	// The kernel ends the child when the thread that started it ends. So it has a thread of its own.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if n := endLeftovers(c.Dir); n > 0 {
		c.Log.Warn("processes of an Ollama were left over from the last run and have been ended", "processes", n)
	}
	pause := c.Pause
	for {
		began := c.Clock()
		err := c.once(ctx)
		if ctx.Err() != nil {
			return
		}
		why := inWords(err)
		c.note(func(s *State) { s.Running, s.Why = false, why })
		if c.Clock().Sub(began) >= settled {
			pause = c.Pause
		}
		c.Log.Warn("Ollama has ended and is started again; conversations go on by rules meanwhile",
			"why", why, "after", pause.String())
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, longPause)
	}
}

// Restart ends an Ollama that hangs, at once, so that Run starts another. It does nothing while none runs.
func (c *Child) Restart() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.group != 0 {
		syscall.Kill(-c.group, syscall.SIGKILL)
	}
}

func (c *Child) runs(group int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.group = group
}

func (c *Child) note(change func(*State)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.state)
	c.state.Since = c.Clock()
}

// once runs one Ollama to its end, and says how it ended.
func (c *Child) once(ctx context.Context) error {
	for _, dir := range []string{c.Dir, c.Models} {
		if err := os.MkdirAll(dir, permissions); err != nil {
			return fmt.Errorf("make the directories of Ollama: %w", err)
		}
	}
	address, err := freeAddress()
	if err != nil {
		return fmt.Errorf("find a free port: %w", err)
	}
	cmd := exec.Command(c.Path, "serve")
	cmd.Dir, cmd.Env = c.Dir, c.environment(address)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start Ollama: %w", err)
	}
	c.runs(cmd.Process.Pid)
	c.note(func(s *State) { s.Running, s.Starts = true, s.Starts+1 })
	c.Log.Info("Ollama is started", "slots", c.Slots)
	c.Started("http://" + address)

	ended := make(chan struct{})
	var stopper sync.WaitGroup
	stopper.Go(func() { stop(ctx, cmd.Process.Pid, ended) })
	err = cmd.Wait()
	c.runs(0)
	close(ended)
	stopper.Wait()
	// Runners of an Ollama that died belong to its process group.
	syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	return err
}

// stop ends a process group when ctx ends, gently first. It returns when the process has ended by itself.
func stop(ctx context.Context, group int, ended <-chan struct{}) {
	select {
	case <-ended:
		return
	case <-ctx.Done():
	}
	syscall.Kill(-group, syscall.SIGTERM)
	select {
	case <-ended:
	case <-time.After(finishTime):
		syscall.Kill(-group, syscall.SIGKILL)
		<-ended
	}
}

// environment is all that Ollama gets to see of the outside. No proxy is named, and none of what its owner may have
// set for an Ollama of their own. OLLAMA_MULTIUSER_CACHE stays unset: with it and two slots, runners of 0.17.4 end with
// a failed assertion (seq_cp) on every model of llama.cpp's engine.
func (c *Child) environment(address string) []string {
	return []string{
		"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "HOME=" + c.Dir, "GIN_MODE=release", marker + "=" + c.Dir,
		"OLLAMA_HOST=" + address, "OLLAMA_MODELS=" + c.Models,
		"OLLAMA_NO_CLOUD=1", "OLLAMA_NOPRUNE=1", // it asks nobody, and deletes nothing at its start
		"OLLAMA_NUM_PARALLEL=" + strconv.Itoa(c.Slots),
		"OLLAMA_MAX_QUEUE=" + strconv.Itoa(maxQueue), "OLLAMA_KEEP_ALIVE=" + keepModels.String(),
	}
}

// freeAddress gives an address of this machine that nobody listens at. That somebody takes it before Ollama does is
// nearly impossible, and then Ollama ends and is started at another.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// inWords says how a process ended.
func inWords(err error) string {
	exit, ok := err.(*exec.ExitError)
	if !ok {
		if err == nil {
			return "it ended by itself"
		}
		return err.Error()
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return fmt.Sprintf("it was ended by a signal (%s)", status.Signal())
	}
	return fmt.Sprintf("it ended with code %d; what it says when it is started by hand tells more", exit.ExitCode())
}
