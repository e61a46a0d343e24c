package wayout_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"harmonium/appliance/egress"
	"harmonium/appliance/wayout"
)

func folder(t *testing.T) wayout.Folder {
	dir := t.TempDir()
	return wayout.Folder{Files: filepath.Join(dir, "out"), Sockets: "/run/sockets", Units: filepath.Join(dir, "system")}
}

func TestWaysAreReadAsTheyWereWritten(t *testing.T) {
	f := folder(t)
	noon := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	want := []egress.Way{
		{Name: "hooks", Address: netip.MustParseAddrPort("192.0.2.7:443"), Socket: "/run/sockets/hooks.sock", Since: &noon, By: "ruth"},
		{Name: "models", Address: netip.MustParseAddrPort("[2001:db8::7]:11434"), Socket: "/run/sockets/models.sock", Since: &noon, By: "root"},
	}
	for _, w := range want {
		if err := f.Write(w); err != nil {
			t.Fatal(err)
		}
	}
	got, err := f.Ways()
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.AddrPort{})); diff != "" || err != nil {
		t.Errorf("%v (-written +read):\n%s", err, diff)
	}
	rule, err := os.ReadFile(filepath.Join(f.Units, "harmonium-out@hooks.service.d", "address.conf"))
	if err != nil || !strings.Contains(string(rule), "\n[Service]\nIPAddressAllow=192.0.2.7\n") {
		t.Errorf("the kernel is told %q, %v", rule, err)
	}
	if err := f.Remove("hooks"); err != nil {
		t.Fatal(err)
	}
	if got, err := f.Ways(); err != nil || len(got) != 1 || got[0].Name != "models" {
		t.Errorf("after one was removed: %+v, %v", got, err)
	}
	if left, _ := filepath.Glob(filepath.Join(f.Units, "*hooks*")); len(left) != 0 {
		t.Errorf("the rule is left: %v", left)
	}
	if err := f.Remove("hooks"); err == nil {
		t.Error("a way that is not there was removed")
	}
}

func TestBrokenFileOpensNothingAndIsTold(t *testing.T) {
	f := folder(t)
	if err := os.MkdirAll(f.Files, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"name.conf":  "ADDRESS=example.org:443\n",
		"empty.conf": "",
		"Big.conf":   "ADDRESS=192.0.2.7:443\n",
		"good.conf":  "ADDRESS=192.0.2.9:443\n",
		"notes.txt":  "ADDRESS=192.0.2.8:443\n",
	} {
		if err := os.WriteFile(filepath.Join(f.Files, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := f.Ways()
	if len(got) != 1 || got[0].Name != "good" {
		t.Errorf("ways: %+v", got)
	}
	for _, name := range []string{"name.conf", "empty.conf", "Big.conf"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not told: %v", name, err)
		}
	}
}

func TestAddressIsOneOtherMachineByNumber(t *testing.T) {
	for _, bad := range []string{"", "192.0.2.7", "example.org:443", "127.0.0.1:80", "[::1]:80", "0.0.0.0:80", "224.0.0.251:5353",
		"192.0.2.7:0", "192.0.2.0/24:80", "[fe80::1%eth0]:80", "192.0.2.7:443\nIPAddressAllow=any"} {
		if a, err := wayout.Address(bad); err == nil {
			t.Errorf("%q was taken for %v", bad, a)
		}
	}
	if a, err := wayout.Address("[::ffff:192.0.2.7]:443"); err != nil || a.String() != "192.0.2.7:443" {
		t.Errorf("got %v, %v", a, err)
	}
	at := time.Unix(0, 0)
	for _, bad := range []string{"", "../etc", "a b", "-x", "UPPER", "a/b", "a%i", strings.Repeat("a", 33)} {
		f := folder(t)
		if err := f.Write(egress.Way{Name: bad, Address: netip.MustParseAddrPort("192.0.2.7:443"), Since: &at}); err == nil {
			t.Errorf("the name %q was taken", bad)
		}
	}
}
