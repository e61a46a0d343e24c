// Package child runs the program itself once more to read a file that comes from people: what a hostile file does to a library
// happens there, within bounds of memory, and ends with the process.
package child

import (
	"context"
	"fmt"
	"os/exec"
	"runtime/metrics"
	"syscall"
	"time"
)

// watchEach is how often a child looks at how much memory it takes.
const watchEach = 20 * time.Millisecond

// Command makes a child that is killed when ctx ends, and with its parent. It uses one core, and is to call Watch with the same memory.
func Command(ctx context.Context, program string, memory int64, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = []string{fmt.Sprintf("GOMEMLIMIT=%d", memory/2), "GOMAXPROCS=1"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// Watch has exit be called, which must end the process at once, when the process takes more memory. stop ends the watch.
func Watch(memory int64, exit func()) (stop func()) {
	done := make(chan struct{})
	go func() {
		sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}}
		tick := time.NewTicker(watchEach)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				if metrics.Read(sample); sample[0].Value.Uint64() > uint64(memory) {
					exit()
				}
			}
		}
	}()
	return func() { close(done) }
}
