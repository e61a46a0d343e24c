package ollama

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// endLeftovers ends the processes that an earlier child on the same directory has left, and says how many they were.
// The directory belongs to one appliance at a time, so nobody else can have started them. Processes of other users
// cannot be looked at, and are none of ours.
func endLeftovers(dir string) (ended int) {
	mark := []byte(marker + "=" + dir)
	list, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range list {
		environment, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for variable := range bytes.SplitSeq(environment, []byte{0}) {
			if !bytes.Equal(variable, mark) {
				continue
			}
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			if err == nil && pid != os.Getpid() && syscall.Kill(pid, syscall.SIGKILL) == nil {
				ended++
			}
		}
	}
	return ended
}
