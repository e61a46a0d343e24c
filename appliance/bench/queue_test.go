package bench_test

import (
	"os/exec"
	"regexp"
	"strconv"
	"testing"
)

var queueP99 = regexp.MustCompile(`([0-9.e+-]+) p99-ms`)

// BenchmarkQueue measures what the queue in front of the model adds to a request while 500 others wait. The queue does
// not show from outside, so it is the benchmark of its own package that measures; this one puts it into the table.
func BenchmarkQueue(b *testing.B) {
	out, err := exec.Command("go", "test", "-run", "^$", "-bench", "^BenchmarkQueue$", "../inference").CombinedOutput()
	found := queueP99.FindSubmatch(out)
	if err != nil || found == nil {
		b.Fatalf("the benchmark of the queue: %v\n%s", err, out)
	}
	p99, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(p99, "p99-ms")
	note("what the queue adds, 500 waiting", "p99 ≤ 1 ms", "p99 %.2f ms", p99)
}
