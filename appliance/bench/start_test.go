package bench_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// BenchmarkStart measures how long the program takes from its start until it says that it is ready, on a database of
// at least 100,000 turns: after an orderly end, and after a SIGKILL that left 50 MB in the write-ahead log. It also
// measures the memory of a program that has nothing to do.
func BenchmarkStart(b *testing.B) {
	x := newBox(b)
	session := x.session()
	seats := make([]*seat, 3000)
	each(len(seats), 16, func(i int) { seats[i] = x.join(session) })
	file := filepath.Join(x.dir, "harmonium.db")
	fill := func(enough func() bool) {
		for !enough() {
			x.flood(seats, 64, 300*time.Millisecond)
		}
	}
	fill(func() bool { return countTurns(b, file) >= 100_000 })
	x.stop()
	var starts []time.Duration
	for range 5 {
		starts = append(starts, x.start())
		x.stop()
	}
	x.start()
	time.Sleep(30 * time.Second) // it first gives the answers that are owed since the flood, and checks its database
	idle := x.memory(false)

	// Somebody who reads keeps the log from being emptied until it is as long as it has to be.
	db := openPlain(b, file)
	conn, err := db.Conn(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	for _, stmt := range []string{`BEGIN DEFERRED`, `SELECT count(*) FROM accounts`} {
		if _, err := conn.ExecContext(context.Background(), stmt); err != nil {
			b.Fatal(err)
		}
	}
	wal := func() int64 {
		info, err := os.Stat(file + "-wal")
		if err != nil {
			return 0
		}
		return info.Size()
	}
	fill(func() bool { return wal() >= 50<<20 })
	x.kill()
	// The reader that is still here would empty the log when it closes, and spares the program the work of reading it:
	// what a killed box finds is a copy of the files as they are now.
	killedDir := x.dir + "-killed"
	if err := os.Remove(filepath.Join(x.dir, "control.sock")); err != nil { // cannot be copied
		b.Fatal(err)
	}
	if err := os.CopyFS(killedDir, os.DirFS(x.dir)); err != nil {
		b.Fatal(err)
	}
	conn.Close()
	db.Close()
	settle(b, killedDir)
	x.dir, file = killedDir, filepath.Join(killedDir, "harmonium.db")
	size := wal()
	killed := x.start()
	turns := countTurns(b, file)
	slices.Sort(starts)
	note("start to ready, after an orderly end", "≤ 150 ms", "median %s of 5, %d turns", millis(starts[2]), turns)
	note("start to ready, after SIGKILL", "≤ 150 ms", "%s with a log of %.0f MB, %d turns", millis(killed), float64(size)/(1<<20), turns)
	note("memory of an idle program, same database", "≤ 40 MB", "%.0f MB", idle)
	b.ReportMetric(float64(starts[2].Microseconds())/1000, "start-ms")
	b.ReportMetric(float64(killed.Microseconds())/1000, "killed-ms")
}

// settle waits until files that were just copied are on disk: a program that starts at once would wait for the disk to
// write them, which it does not on a box whose files have been there for a while.
func settle(b *testing.B, dir string) {
	b.Helper()
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		return f.Sync()
	})
	if err != nil {
		b.Fatal(err)
	}
}

func countTurns(b *testing.B, file string) (n int) {
	db := openPlain(b, file)
	defer db.Close()
	if err := db.QueryRow(`SELECT count(*) FROM turns`).Scan(&n); err != nil {
		b.Fatal(err)
	}
	return n
}
