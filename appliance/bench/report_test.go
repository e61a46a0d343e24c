package bench_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// row is one line of the table.
type row struct {
	What   string `json:"what"`
	Value  string `json:"value"`
	Target string `json:"target"`
}

// rows collects what the benchmarks of one run have measured.
var rows []row

func note(what, target, format string, args ...any) {
	rows = append(rows, row{what, fmt.Sprintf(format, args...), target})
}

var (
	tableFile = flag.String("table", "", "file that the table is written to, as Markdown")
	jsonFile  = flag.String("figures", "", "file that the figures are written to, as JSON")
)

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if code == 0 && len(rows) > 0 {
		if err := report(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

func report() error {
	var b strings.Builder
	fmt.Fprintf(&b, "Measured %s on %s, %d cores, %s; the load generator runs on the same machine.\n\n",
		time.Now().UTC().Format("2006-01-02"), machine(), runtime.NumCPU(), runtime.Version())
	b.WriteString("| What | Measured | Target |\n|---|---|---|\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", r.What, r.Value, r.Target)
	}
	fmt.Print("\n" + b.String())
	if *tableFile != "" {
		if err := os.WriteFile(*tableFile, []byte(b.String()), 0o644); err != nil {
			return err
		}
	}
	if *jsonFile == "" {
		return nil
	}
	data, err := json.MarshalIndent(map[string]any{"machine": machine(), "cores": runtime.NumCPU(), "rows": rows}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(*jsonFile, append(data, '\n'), 0o644)
}

// machine is the name of the processor.
func machine() string {
	data, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(data)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
		}
	}
	return runtime.GOARCH
}

// percentile gives the p-th percentile of times, which it sorts.
func percentile(times []time.Duration, p float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return times[min(len(times)-1, int(float64(len(times))*p/100))]
}

func millis(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }
