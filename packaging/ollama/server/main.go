// Command server is Ollama as it comes with Harmonium: Ollama itself, and one rule more. Its runners, the processes that
// hold the models, end when the server that started them is gone. Without it they outlive a server that was killed, and
// keep gigabytes of memory that nobody can use.
package main

import (
	"os"
	"time"

	"github.com/ollama/ollama/cmd"
)

// watchEvery is how often a runner looks whether its server is still there. A death signal of the kernel would be
// quicker, but it comes also when only the thread that started the runner ends.
const watchEvery = 200 * time.Millisecond

func main() {
	if len(os.Args) > 1 && os.Args[1] == "runner" {
		go endWith(os.Getppid())
	}
	if cmd.NewCLI().Execute() != nil {
		os.Exit(1)
	}
}

// endWith ends this process when its parent is no longer the one that it was started by.
func endWith(parent int) {
	for range time.Tick(watchEvery) {
		if os.Getppid() != parent {
			os.Exit(1)
		}
	}
}
