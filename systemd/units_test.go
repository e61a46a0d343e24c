// Package systemd_test holds the units to what they promise.
package systemd_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// exposure is how much systemd-analyze thinks that a unit may do, from 0 (nothing) to 10: the limits of promise P2, and
// for the others what they need.
var exposure = map[string]float64{
	"harmonium.service":             0.6,
	"harmonium-ollama.service":      0.9, // with graphics cards
	"harmonium-whisper.service":     0.9,
	"harmonium-porter.service":      0.6,
	"harmonium-ollama-anew.service": 1.0, // root's account, without its powers
	"harmonium-rules.service":       1.0, // the same
	"harmonium-backup.service":      0.6,
	"harmonium-lan.service":         1.0, // outside the seal, for multicast DNS
	"harmonium-out@.service":        1.0, // outside the seal, to one address
}

func TestUnitsMayDoLittle(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Fatal("systemd-analyze is needed: apt-get install systemd")
	}
	services, err := filepath.Glob("*.service")
	if err != nil || len(services) != len(exposure) {
		t.Fatalf("units %v, limits for %d; %v", services, len(exposure), err)
	}
	for _, unit := range services {
		out, err := exec.Command(analyze, "security", "--offline=true", "--no-pager", "./"+unit).Output()
		if err != nil {
			t.Fatalf("%s: %v", unit, err)
		}
		if got := overall(t, string(out)); got > exposure[unit] {
			t.Errorf("%s: exposure %.1f, at most %.1f is promised\n%s", unit, got, exposure[unit], out)
		}
	}
}

// overall gives the last figure: "→ Overall exposure level for x.service: 0.5 SAFE".
func overall(t *testing.T, out string) float64 {
	t.Helper()
	_, last, found := strings.Cut(out, "Overall exposure level for ")
	fields := strings.Fields(last)
	if !found || len(fields) < 2 {
		t.Fatalf("not understood: %s", out)
	}
	level, err := strconv.ParseFloat(fields[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return level
}

// The control: the same measurement finds a unit that may do everything.
func TestAUnitWithoutLimitsIsFound(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "naive.service"), "[Service]\nExecStart=/bin/true\n")
	cmd := exec.Command("systemd-analyze", "security", "--offline=true", "--no-pager", "./naive.service")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := overall(t, string(out)); got < 9 {
		t.Errorf("exposure %.1f", got)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A word that systemd does not know is a line of protection that is not there.
func TestUnitsAreUnderstood(t *testing.T) {
	units, err := filepath.Glob("harmonium*.[spt][eoai]*[cthr]*") // services, sockets, paths and a timer
	units = slices.DeleteFunc(units, func(u string) bool { return strings.HasSuffix(u, ".conf") })
	if err != nil || len(units) != 16 {
		t.Fatalf("units %v, %v", units, err)
	}
	dir := t.TempDir()
	for _, unit := range units {
		text, err := os.ReadFile(unit)
		if err != nil {
			t.Fatal(err)
		}
		// The programs need not be installed here.
		write(t, filepath.Join(dir, unit), regexp.MustCompile(`(?m)^ExecStart=\S+`).ReplaceAllString(string(text), "ExecStart=/bin/true"))
	}
	for _, unit := range units {
		out, err := exec.Command("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", filepath.Join(dir, unit)).CombinedOutput()
		if err != nil || strings.Contains(string(out), "Unknown") || strings.Contains(string(out), "ignoring") {
			t.Errorf("%s: %v\n%s", unit, err, out)
		}
	}
}

// Whoever computes with a model may open graphics cards and no other device, and is in the network of the server.
func TestWhoComputesMayUseGraphicsCardsOnly(t *testing.T) {
	card := regexp.MustCompile(`^char-(drm|kfd|nvidia[a-z-]*) rw$`)
	for _, unit := range []string{"harmonium-ollama.service", "harmonium-whisper.service"} {
		text, err := os.ReadFile(unit)
		if err != nil {
			t.Fatal(err)
		}
		cards := 0
		for line := range strings.Lines(string(text)) {
			if device, found := strings.CutPrefix(strings.TrimSpace(line), "DeviceAllow="); found {
				cards++
				if !card.MatchString(device) {
					t.Errorf("%s may use %s", unit, device)
				}
			}
		}
		if cards == 0 {
			t.Errorf("%s may use no graphics card", unit)
		}
		for _, want := range []string{"\nDevicePolicy=closed\n", "\nJoinsNamespaceOf=harmonium.service\n", "\nPrivateNetwork=yes\n"} {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s lacks %s", unit, strings.TrimSpace(want))
			}
		}
	}
}
