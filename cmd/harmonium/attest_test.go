package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAttestationIsVerifiedAwayFromTheBox(t *testing.T) {
	dir := t.TempDir()
	serve(t, dir)
	text := do(t, "", "attest", "--data", dir)
	if text.code != 0 || !strings.Contains(text.out, "Where data lies") || !strings.Contains(text.out, dir) {
		t.Fatalf("attest: %+v", text)
	}
	fingerprint := strings.TrimSpace(text.out[strings.LastIndex(text.out, "(SHA-256)")+len("(SHA-256)"):])
	if sheet := do(t, "", "attest", "--sheet", "--data", dir); sheet.code != 0 || !strings.Contains(sheet.out, "Sub-processors: none") {
		t.Errorf("sheet: %+v", sheet)
	}
	if page := do(t, "", "attest", "--html", "--language", "de", "--data", dir); page.code != 0 || !strings.Contains(page.out, "<h2>Auftragsverarbeiter: keine</h2>") {
		t.Errorf("page: %+v", page)
	}
	signed := do(t, "", "attest", "--json", "--data", dir)
	path := filepath.Join(t.TempDir(), "attestation.json")
	if err := os.WriteFile(path, []byte(signed.out), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := do(t, "", "attest", "verify", path, "--key", fingerprint); got.code != 0 || !strings.Contains(got.out, fingerprint) {
		t.Errorf("verify: %+v", got)
	}
	if got := do(t, signed.out, "attest", "verify", "-"); got.code != 0 {
		t.Errorf("verify from standard input: %+v", got)
	}
	if got := do(t, "", "attest", "verify", path, "--key", strings.Repeat("0", 64)); got.code != 1 {
		t.Errorf("another key: %+v", got)
	}
	forged := strings.Replace(signed.out, dir, "/elsewhere", 1)
	if got := do(t, forged, "attest", "verify", "-"); got.code != 1 || !strings.Contains(got.errOut, "signature") {
		t.Errorf("forged: %+v", got)
	}
	if got := do(t, "", "attest", "verify"); got.code != 2 {
		t.Errorf("without a file: %+v", got)
	}
}
