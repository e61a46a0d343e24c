package server

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"harmonium/appliance/meter"
)

// family is the name that help and type of a metric are written under.
func (m metric) family() string {
	name, _, _ := strings.Cut(m.name, "{")
	if m.kind == "histogram" {
		for _, part := range []string{"_bucket", "_sum", "_count"} {
			name = strings.TrimSuffix(name, part)
		}
	}
	return name
}

// histogram writes distributions as Prometheus has them. labels gives those of a distribution by its name: `lane="hosts"`.
func histogram(name, help string, all []meter.Distribution, labels func(string) string) (list []metric) {
	add := func(part, labels string, number float64) {
		list = append(list, metric{name + part + "{" + labels + "}", "histogram", help, number})
	}
	for _, d := range all {
		of := labels(d.Name)
		for i, bound := range meter.Bounds() {
			add("_bucket", of+`,le="`+strconv.FormatFloat(bound, 'g', -1, 64)+`"`, float64(d.Below[i]))
		}
		add("_bucket", of+`,le="+Inf"`, float64(d.Count))
		add("_sum", of, d.Sum.Seconds())
		add("_count", of, float64(d.Count))
	}
	return list
}

// roomMetrics gives what is left of disk and memory.
func (s *Server) roomMetrics() []metric {
	left := s.room.State()
	list := []metric{
		{"harmonium_disk_free_bytes", "gauge", "Of the disk of the data directory, what the box may still use.", float64(left.Disk.Free)},
		{"harmonium_disk_bytes", "gauge", "Size of that disk.", float64(left.Disk.Total)},
		{"harmonium_ballast_bytes", "gauge", "Size of the file that is given up when the disk is full; 0 when it is.", s.ballastBytes()},
		{"harmonium_room_disk_level", "gauge", "0: all is taken on, 1: no recordings, imports, try-outs, 2: no new conversations either.", float64(left.DiskLevel())},
		{"harmonium_room_memory_level", "gauge", "The same by memory.", float64(left.MemoryLevel())},
	}
	if m := left.Memory.Machine; m.Total > 0 {
		list = append(list, metric{"harmonium_machine_memory_available_bytes", "gauge", "Memory of the machine that can still be used.", float64(m.Free)},
			metric{"harmonium_machine_memory_total_bytes", "gauge", "Memory of the machine.", float64(m.Total)})
	}
	if m := left.Memory.Own; m.Total > 0 {
		list = append(list, metric{"harmonium_cgroup_memory_available_bytes", "gauge", "Memory that the kernel still allows the box.", float64(m.Free)},
			metric{"harmonium_cgroup_memory_limit_bytes", "gauge", "Memory that the kernel allows the box.", float64(m.Total)})
	}
	return append(list, metric{"harmonium_cgroup_oom_kills_total", "counter", "Processes that the kernel has ended for want of memory.", float64(left.Memory.Killed)})
}

func (s *Server) ballastBytes() float64 {
	info, err := os.Stat(s.store.BallastPath())
	if err != nil {
		return 0
	}
	return float64(info.Size())
}

// careMetrics gives how long people and requests wait, who answers, and how old the newest backup is.
func (s *Server) careMetrics(ctx context.Context) (list []metric) {
	first := s.times.firstWords.All()
	for _, d := range first {
		list = append(list, metric{fmt.Sprintf("harmonium_turns_answered_total{by=%q}", d.Name), "counter",
			"Turns of the facilitator, by who put them into words.", float64(d.Count)})
	}
	list = append(list, histogram("harmonium_first_word_seconds", "From sending an answer to the first word of what is said to it.", first,
		func(name string) string { return fmt.Sprintf("by=%q", name) })...)
	list = append(list, histogram("harmonium_models_wait_seconds", "Until a request had its slot.", s.models.Waits(),
		func(name string) string { return fmt.Sprintf("lane=%q", name) })...)
	list = append(list, histogram("harmonium_http_request_seconds", "Requests, by the first word of their route and the class of their status; of live, how long a connection was open.",
		s.times.requests.All(), func(name string) string {
			class, status, _ := strings.Cut(name, " ")
			return fmt.Sprintf("class=%q,status=%q", class, status)
		})...)
	if at, ok := s.lastBackup(ctx); ok {
		list = append(list, metric{"harmonium_backup_age_seconds", "gauge", "Since the newest backup was made.", s.clock().Sub(at).Seconds()})
	}
	return list
}

// lastBackup gives the time whose state the newest backup holds; false where none was made.
func (s *Server) lastBackup(ctx context.Context) (time.Time, bool) {
	plan, err := planOf(ctx, s.store)
	if err != nil || plan.State.Last == nil {
		return time.Time{}, false
	}
	return plan.State.Last.At, true
}
