package archtest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files of this package anew")

// capable are the packages that a module needs to reach the network or to start programs.
var capable = []string{"crypto/tls", "net", "net/http", "os/exec"}

// capableFile lists the packages of other people in the program that import one of capable.
const capableFile = "testdata/capable.txt"

// goPackage is what `go list -json` says of a package.
type goPackage struct {
	ImportPath string
	Standard   bool
	Imports    []string
}

// Packages of other people that could open a connection are known by name: an update that brings one more is looked
// at before it is taken (promise P23).
func TestPackagesThatCouldReachOutAreKnown(t *testing.T) {
	got := capablePackages(programPackages(t))
	if *update {
		if err := os.WriteFile(capableFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(capableFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("other packages than the known ones import %s.\nLook at what they do, then run "+
			"go test ./appliance/archtest -update (-known +now):\n%s", strings.Join(capable, ", "), diff)
	}
}

func TestNewPackageThatCouldReachOutIsFound(t *testing.T) {
	list := []goPackage{
		{ImportPath: "harmonium/appliance/egress", Imports: []string{"net"}},
		{ImportPath: "net/http", Standard: true, Imports: []string{"net"}},
		{ImportPath: "example.com/quiet", Imports: []string{"fmt"}},
		{ImportPath: "example.com/chatty", Imports: []string{"fmt", "net"}},
	}
	if got, want := capablePackages(list), "example.com/chatty: net\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// programPackages lists all packages of the program, as the build on Linux without cgo has them.
func programPackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Standard,Imports", "./cmd/harmonium")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("%v: %s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	var list []goPackage
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := d.Decode(&p); err == io.EOF {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

// capablePackages gives one line for each package of other people that imports one of capable: "path: net, os/exec".
func capablePackages(list []goPackage) string {
	var lines []string
	for _, p := range list {
		if p.Standard || p.ImportPath == module || strings.HasPrefix(p.ImportPath, module+"/") {
			continue
		}
		var able []string
		for _, c := range capable {
			if slices.Contains(p.Imports, c) {
				able = append(able, c)
			}
		}
		if len(able) > 0 {
			lines = append(lines, p.ImportPath+": "+strings.Join(able, ", ")+"\n")
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}
