package room

import (
	"bufio"
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Memory is what is left of the memory of the machine, and of what the kernel allows the program.
type Memory struct {
	Machine Space
	Own     Space // of the narrowest control group with a limit; nothing known where there is none
	// Killed is how many processes of the program's control group the kernel has ended for want of memory.
	Killed int64
}

// MemoryOf gives a way to measure the memory. The kernel shows itself below proc and cgroups, which are "/proc" and
// "/sys/fs/cgroup". What cannot be read is not known.
//
// In a sealed unit /proc/meminfo is hidden (ProcSubset=pid). What is available is then put together from what the kernel
// tells everybody: sysinfo(2) has what is free, and the control group of the whole machine what can be given back.
func MemoryOf(proc, cgroups string) func() Memory {
	return func() Memory {
		m := Memory{Machine: meminfo(filepath.Join(proc, "meminfo"))}
		if m.Machine.Total == 0 {
			m.Machine = systemMemory(cgroups)
		}
		m.Own, m.Killed = ownMemory(proc, cgroups)
		return m
	}
}

// meminfo reads what proc(5) says of the memory.
func meminfo(path string) Space {
	figures := readFigures(path)
	if figures["MemTotal:"] <= 0 {
		return Space{}
	}
	return Space{Free: figures["MemAvailable:"] << 10, Total: figures["MemTotal:"] << 10}
}

// systemMemory asks the kernel without /proc. Of the cache, what is shared memory cannot be given back, and of the rest
// half is counted: the kernel counts much the same (MemAvailable in proc(5)).
func systemMemory(cgroups string) Space {
	var info syscall.Sysinfo_t
	if syscall.Sysinfo(&info) != nil {
		return Space{}
	}
	figures := readFigures(filepath.Join(cgroups, "memory.stat"))
	cache, known := figures["file"]
	if !known {
		return Space{}
	}
	unit := int64(info.Unit)
	free := int64(info.Freeram)*unit + (max(0, cache-figures["shmem"])+figures["slab_reclaimable"])/2
	return Space{Free: free, Total: int64(info.Totalram) * unit}
}

// ownMemory walks from the control group of this process up to the root and gives what is left of the narrowest limit.
func ownMemory(proc, cgroups string) (least Space, killed int64) {
	group, found := ownGroup(filepath.Join(proc, "self", "cgroup"))
	if !found {
		return least, 0
	}
	killed = readFigures(filepath.Join(cgroups, group, "memory.events"))["oom_kill"]
	for ; group != "/" && group != "."; group = filepath.Dir(group) {
		dir := filepath.Join(cgroups, group)
		limit, limited := readNumber(filepath.Join(dir, "memory.max"))
		used, known := readNumber(filepath.Join(dir, "memory.current"))
		if !limited || !known || limit <= 0 {
			continue
		}
		figures := readFigures(filepath.Join(dir, "memory.stat"))
		used -= max(0, figures["file"]-figures["shmem"]) // the cache is given back before anything is refused
		if s := (Space{Free: max(0, limit-max(0, used)), Total: limit}); least.Total == 0 || s.Free < least.Free {
			least = s
		}
	}
	return least, killed
}

// ownGroup gives the control group of this process in the unified hierarchy (cgroups(7)).
func ownGroup(path string) (group string, found bool) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", false
	}
	for line := range strings.Lines(string(text)) {
		if group, found := strings.CutPrefix(strings.TrimSpace(line), "0::"); found {
			return filepath.Clean("/" + group), true
		}
	}
	return "", false
}

// readNumber reads a file that holds one number; false for none, and for "max", which is no limit.
func readNumber(path string) (int64, bool) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64)
	return n, err == nil && n < math.MaxInt64
}

// readFigures reads a file with a name and a number in each line.
func readFigures(path string) map[string]int64 {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	figures := make(map[string]int64)
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 {
			continue
		}
		if n, err := strconv.ParseInt(fields[1], 10, 64); err == nil {
			figures[fields[0]] = n
		}
	}
	return figures
}
