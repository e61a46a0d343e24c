package testkit

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Data gives the path of a file of real data, which the project does not contain: below the directory that
// HARMONIUM_TEST_DATA names, else below shared/data beside the repository. Where it is not there, the test is skipped and says so.
func Data(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("HARMONIUM_TEST_DATA")
	if dir == "" {
		_, here, _, _ := runtime.Caller(0)
		dir = filepath.Join(filepath.Dir(here), "../../../shared/data")
	}
	path := filepath.Join(dir, filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is not there: name the directory of the real data in HARMONIUM_TEST_DATA", name)
	}
	return path
}
