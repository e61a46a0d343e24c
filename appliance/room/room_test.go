package room_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/room"
)

const gb = int64(1) << 30

// gauge is one of a box with so much of its disk free, in percent, and such memory.
func gauge(disk int64, m room.Memory) *room.Gauge {
	return &room.Gauge{
		Disk:   func() (int64, int64, error) { return disk, 100, nil },
		Memory: func() room.Memory { return m },
	}
}

func TestWhatNobodyIsInTheMiddleOfIsRefusedFirst(t *testing.T) {
	plenty := room.Space{Free: 4 * gb, Total: 8 * gb}
	for _, tt := range []struct {
		name         string
		gauge        *room.Gauge
		extra        appliance.Code
		conversation appliance.Code
	}{
		{"a box with room", gauge(50, room.Memory{Machine: plenty}), "", ""},
		{"5 % of the disk", gauge(5, room.Memory{}), "", ""},
		{"4 % of the disk", gauge(4, room.Memory{}), appliance.CodeStorage, ""},
		{"2 % of the disk", gauge(2, room.Memory{}), appliance.CodeStorage, ""},
		{"1 % of the disk", gauge(1, room.Memory{}), appliance.CodeStorage, appliance.CodeStorage},
		{"400 MB of 8 GB memory", gauge(50, room.Memory{Machine: room.Space{Free: 400 << 20, Total: 8 * gb}}), appliance.CodeBusy, ""},
		{"100 MB of 8 GB memory", gauge(50, room.Memory{Machine: room.Space{Free: 100 << 20, Total: 8 * gb}}), appliance.CodeBusy, appliance.CodeBusy},
		{"9 % of a large machine's memory", gauge(50, room.Memory{Machine: room.Space{Free: 23 * gb, Total: 256 * gb}}), "", ""},
		{"a limit of the kernel nearly reached", gauge(50, room.Memory{Machine: plenty, Own: room.Space{Free: 120 << 20, Total: 1536 << 20}}), appliance.CodeBusy, ""},
		{"a limit of the kernel reached", gauge(50, room.Memory{Machine: plenty, Own: room.Space{Free: 1 << 20, Total: 1536 << 20}}), appliance.CodeBusy, appliance.CodeBusy},
		{"nothing known", &room.Gauge{Disk: func() (int64, int64, error) { return 0, 0, errors.New("no") }}, "", ""},
		{"nothing looked at", nil, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := appliance.CodeOf(tt.gauge.Admit(room.Extra)); got != tt.extra {
				t.Errorf("a recording, an import or a try-out: %q", got)
			}
			if got := appliance.CodeOf(tt.gauge.Admit(room.Conversation)); got != tt.conversation {
				t.Errorf("a new conversation: %q", got)
			}
		})
	}
}

// kernel lays out what a kernel shows, file by file.
func kernel(t *testing.T, files map[string]string) (proc, cgroups string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "proc"), filepath.Join(dir, "cgroup")
}

func TestMemoryIsWhatTheKernelSays(t *testing.T) {
	const unit = "system.slice/harmonium.service/"
	m := room.MemoryOf(kernel(t, map[string]string{
		"proc/meminfo":     "MemTotal:        8000 kB\nMemFree:  1 kB\nMemAvailable:    3000 kB\n",
		"proc/self/cgroup": "4:memory:/elsewhere\n0::/system.slice/harmonium.service\n",
		// 700 bytes are used, of which 250 are cache that can be given back.
		"cgroup/" + unit + "memory.max":      "1000\n",
		"cgroup/" + unit + "memory.current":  "700\n",
		"cgroup/" + unit + "memory.stat":     "anon 400\nfile 300\nshmem 50\n",
		"cgroup/" + unit + "memory.events":   "low 0\nhigh 3\nmax 1\noom 1\noom_kill 2\n",
		"cgroup/system.slice/memory.max":     "max\n",
		"cgroup/system.slice/memory.current": "9000\n",
	}))()
	want := room.Memory{Machine: room.Space{Free: 3000 << 10, Total: 8000 << 10}, Own: room.Space{Free: 550, Total: 1000}, Killed: 2}
	if m != want {
		t.Errorf("%+v, want %+v", m, want)
	}
}

func TestTheNarrowestLimitCounts(t *testing.T) {
	m := room.MemoryOf(kernel(t, map[string]string{
		"proc/self/cgroup":          "0::/a/b\n",
		"cgroup/a/b/memory.max":     "10000\n",
		"cgroup/a/b/memory.current": "1000\n",
		"cgroup/a/memory.max":       "2000\n",
		"cgroup/a/memory.current":   "1500\n",
	}))()
	if want := (room.Space{Free: 500, Total: 2000}); m.Own != want {
		t.Errorf("%+v, want %+v", m.Own, want)
	}
}

// In the sealed unit /proc/meminfo is not there.
func TestWithoutMeminfoTheMachineIsKnownAllTheSame(t *testing.T) {
	m := room.MemoryOf(kernel(t, map[string]string{
		"proc/self/cgroup":   "0::/\n",
		"cgroup/memory.stat": "anon 1\nfile 3000\nshmem 1000\nslab_reclaimable 500\n",
	}))()
	if m.Machine.Total < 64<<20 || m.Machine.Free < 1250 || m.Machine.Free > m.Machine.Total {
		t.Errorf("%+v", m.Machine)
	}
}

func TestWhatTheKernelDoesNotShowRefusesNothing(t *testing.T) {
	memory := room.MemoryOf(kernel(t, nil))
	if m := memory(); m != (room.Memory{}) {
		t.Errorf("%+v", m)
	}
	g := &room.Gauge{Memory: memory}
	if err := g.Admit(room.Conversation); err != nil {
		t.Error(err)
	}
}
