package server

import (
	"context"
	"fmt"
	"io"
	"runtime/metrics"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/egress"
)

// metric is one number in the text form that Prometheus reads.
type metric struct {
	name   string // with labels where it has some
	kind   string // "gauge", "counter" or "histogram"
	help   string
	number float64
}

// Metrics writes the figures of the running server in the text form of Prometheus. They carry no content, no names
// and no addresses.
func (s *Server) Metrics(ctx context.Context, w io.Writer) error {
	figures, err := s.store.Figures(ctx)
	if err != nil {
		return err
	}
	stats := s.store.Stats()
	memory := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/sched/goroutines:goroutines"}}
	metrics.Read(memory)
	list := []metric{
		{"harmonium_up_seconds", "gauge", "Time since the server was started.", s.clock().Sub(s.started).Seconds()},
		{"harmonium_turns", "gauge", "Turns of participants that are kept.", float64(figures.Turns)},
		{"harmonium_conversations_active", "gauge", "Conversations that go on.", float64(figures.Conversations)},
		{"harmonium_live_subscribers", "gauge", "Open live connections.", float64(s.hub.Subscribers())},
		{"harmonium_jobs_waiting", "gauge", "Jobs that wait.", float64(figures.JobsWaiting)},
		{"harmonium_jobs_failed", "gauge", "Jobs that have failed and are still known.", float64(figures.JobsFailed)},
		{"harmonium_store_writes_total", "counter", "Writes that are durable.", float64(stats.Writes)},
		{"harmonium_store_commits_total", "counter", "Commits that carried them.", float64(stats.Commits)},
		{"harmonium_store_refused_total", "counter", "Writes that were refused.", float64(stats.Refused)},
		{"harmonium_store_waiting", "gauge", "Writes that wait for their commit.", float64(stats.Waiting)},
		{"harmonium_store_wal_bytes", "gauge", "Size of the write-ahead log.", float64(stats.WALBytes)},
		{"harmonium_memory_bytes", "gauge", "Memory taken from the system.", float64(memory[0].Value.Uint64())},
		{"harmonium_heap_bytes", "gauge", "Memory in use by objects.", float64(memory[1].Value.Uint64())},
		{"harmonium_goroutines", "gauge", "Goroutines.", float64(memory[2].Value.Uint64())},
	}
	list = append(list, s.roomMetrics()...)
	list = append(list, s.careMetrics(ctx)...)
	list = append(list, s.modelMetrics()...)
	list = append(list, refusedMetrics(s.guard.Refused())...)
	return writeMetrics(w, list)
}

// refusedMetrics gives the connections that the guarded dialer refused. There should be none.
func refusedMetrics(refused map[egress.Class]int64) []metric {
	var list []metric
	for class, n := range refused {
		list = append(list, metric{fmt.Sprintf("harmonium_egress_refused_total{class=%q}", string(class)), "counter",
			"Connections out that were refused.", float64(n)})
	}
	return sorted(list)
}

// sorted puts the metrics of one name in order, so that they always stand in the same.
func sorted(list []metric) []metric {
	appliance.Sort(list, func(a, b metric) int { return strings.Compare(a.name, b.name) })
	return list
}

func writeMetrics(w io.Writer, list []metric) error {
	last := ""
	for _, m := range list {
		if name := m.family(); name != last {
			if _, err := fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", name, m.help, name, m.kind); err != nil {
				return err
			}
			last = name
		}
		if _, err := fmt.Fprintf(w, "%s %g\n", m.name, m.number); err != nil {
			return err
		}
	}
	return nil
}
