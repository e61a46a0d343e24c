package server_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"harmonium/appliance"
	"harmonium/appliance/egress"
	"harmonium/appliance/privacy"
	"harmonium/appliance/server"
)

// attest asks the box that keeps its data where cfg says, and gives the facts that it signed.
func attest(t *testing.T, cfg server.Config) (privacy.Facts, string) {
	t.Helper()
	var s privacy.Signed
	if err := server.Ask(t.Context(), cfg, server.CommandAttest, server.None{}, &s); err != nil {
		t.Fatal(err)
	}
	raw, err := s.JSON()
	if err != nil {
		t.Fatal(err)
	}
	f, fingerprint, err := privacy.Verify(raw)
	if err != nil {
		t.Fatal(err)
	}
	return f, fingerprint
}

// What the box attests is compared with what the files and the kernel say when they are asked another way.
func TestAttestationIsWhatFilesAndKernelSay(t *testing.T) {
	cfg := config(t, "ollama=http://198.51.100.7:11434", "allow=198.51.100.8:443")
	earlier := []egress.Attempt{{Class: egress.Public, To: "192.0.2.1:443", First: time.Unix(1, 0).UTC(), Last: time.Unix(2, 0).UTC(), Count: 3}}
	_, stop := start(t, cfg)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if err := privacy.KeepRefused(cfg.Data, earlier); err != nil {
		t.Fatal(err)
	}
	start(t, cfg)
	user := server.NewUser{Email: "ruth@example.org", Name: "Ruth Adler", Role: appliance.RoleOwner, Password: "a quiet room with a view"}
	if err := server.Ask(t.Context(), cfg, server.CommandUserAdd, user, &server.User{}); err != nil {
		t.Fatal(err)
	}
	f, fingerprint := attest(t, cfg)

	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	if f.Program.SHA256 != hex.EncodeToString(sum[:]) || f.Program.Path != program || f.Program.Version != "test" {
		t.Errorf("program: %+v", f.Program)
	}
	interfaces, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(f.Kernel.Interfaces), len(interfaces); got != want {
		t.Errorf("%d interfaces are told, the kernel has %d", got, want)
	}
	if got, _ := os.Readlink("/proc/self/ns/net"); f.Kernel.Network != got {
		t.Errorf("network %s is told, it is %s", f.Kernel.Network, got)
	}
	i := slices.IndexFunc(f.Data, func(p privacy.Place) bool { return filepath.Base(p.Path) == "harmonium.db" })
	if i < 0 {
		t.Fatalf("the database is not among the places: %+v", f.Data)
	}
	if info, err := os.Stat(f.Data[i].Path); err != nil || !info.Mode().IsRegular() || f.Data[i].Kind != privacy.KindDatabase {
		t.Errorf("where the database is said to be: %v, %v", info, err)
	}
	allowed := []egress.Way{
		{Name: "ollama", Address: netip.MustParseAddrPort("198.51.100.7:11434"), By: "flag --ollama"},
		{Name: "allow-1", Address: netip.MustParseAddrPort("198.51.100.8:443"), By: "flag --allow"},
	}
	if diff := cmp.Diff(allowed, f.Allowed, cmpopts.EquateComparable(netip.AddrPort{})); diff != "" {
		t.Errorf("allowed (-set +told):\n%s", diff)
	}
	if len(f.Trials) == 0 || f.TriedAt.IsZero() {
		t.Error("the box has not tried to leave")
	}
	// Nothing was refused since: the Ollama that is set is allowed, and everything else is loopback.
	if diff := cmp.Diff(earlier, f.Refused); diff != "" {
		t.Errorf("refused (-before +told):\n%s", diff)
	}
	if len(f.Accounts) != 1 || f.Accounts[0].Email != user.Email || f.Accounts[0].Role != appliance.RoleOwner {
		t.Errorf("accounts: %+v", f.Accounts)
	}
	if f.LastBackup != nil || f.Keeping.Days != 0 {
		t.Errorf("a backup or a retention is told that there is not: %+v", f)
	}
	if _, again := attest(t, cfg); again != fingerprint {
		t.Errorf("the key of the box changed from %s to %s", fingerprint, again)
	}
}

func TestServerSaysWhetherItIsSealed(t *testing.T) {
	cfg := config(t)
	start(t, cfg)
	findings, err := server.Doctor(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(findings, func(f appliance.Finding) bool { return f.About == "seal" })
	if i < 0 {
		t.Fatalf("nothing about the seal in %+v", findings)
	}
	f, _ := attest(t, cfg)
	open := !f.Kernel.Sealed || egress.Open(f.Trials)
	if (findings[i].Level == appliance.LevelOK) == open {
		t.Errorf("said %+v of %+v, trials %+v", findings[i], f.Kernel, f.Trials)
	}
}

func TestOnlyARunningBoxIsAttested(t *testing.T) {
	cfg := config(t)
	_, stop := start(t, cfg)
	attest(t, cfg)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	err := server.Ask(t.Context(), cfg, server.CommandAttest, server.None{}, &privacy.Signed{})
	if err == nil || !strings.Contains(err.Error(), "not running") {
		t.Errorf("got %v", err)
	}
}
