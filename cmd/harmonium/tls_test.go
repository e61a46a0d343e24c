package main_test

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheAuthorityIsGivenInTheFormThatTheFileNameAsksFor(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	serve(t, data, "--tls", "self", "--ollama", "none")
	args := []string{"--data", data, "--tls", "self"}
	got := do(t, "", append([]string{"tls", "authority"}, args...)...)
	block, _ := pem.Decode([]byte(got.out))
	if got.code != 0 || block == nil {
		t.Fatalf("%d: %s%s", got.code, got.out, got.errOut)
	}
	for name, begins := range map[string]string{"box.crt": string(block.Bytes[:4]), "box.pem": "-----BEGIN", "box.mobileconfig": "<?xml"} {
		path := filepath.Join(dir, name)
		if got := do(t, "", append([]string{"tls", "authority", "--out", path}, args...)...); got.code != 0 || !strings.Contains(got.out, "SHA-256") {
			t.Errorf("%s: %d: %s%s", name, got.code, got.out, got.errOut)
		}
		if b, err := os.ReadFile(path); err != nil || !strings.HasPrefix(string(b), begins) {
			t.Errorf("%s begins with %.20q (%v)", name, b, err)
		}
	}
	if c, err := x509.ParseCertificate(block.Bytes); err != nil || !c.IsCA {
		t.Errorf("the authority: %v", err)
	}
	if got := do(t, "", append([]string{"tls", "authority", "--out", filepath.Join(dir, "box.txt")}, args...)...); got.code != 2 {
		t.Errorf("a form that there is not: %d: %s", got.code, got.errOut)
	}
	if got := do(t, "", append([]string{"tls", "status"}, args...)...); got.code != 0 || !strings.Contains(got.out, "Own authority: Harmonium box") {
		t.Errorf("status: %d: %s%s", got.code, got.out, got.errOut)
	}
	if got := do(t, "", append([]string{"lan", "addresses"}, args...)...); got.code != 0 || !strings.Contains(got.out, "hosts        https://127.0.0.1") {
		t.Errorf("addresses: %d: %s%s", got.code, got.out, got.errOut)
	}
	if got := do(t, "", append([]string{"tls", "use", "files"}, args...)...); got.code != 2 || !strings.Contains(got.errOut, "There is no certificate in") {
		t.Errorf("use files: %d: %s", got.code, got.errOut)
	}
	if got := do(t, "", append([]string{"tls", "new-authority"}, args...)...); got.code != 2 || !strings.Contains(got.errOut, "--yes") {
		t.Errorf("new-authority without --yes: %d: %s", got.code, got.errOut)
	}
}

func TestAFolderWithoutACertificateIsSaidToBeEmpty(t *testing.T) {
	got := do(t, "", "tls", "check", t.TempDir())
	if got.code != 1 || !strings.Contains(got.out, "There is no certificate in") {
		t.Errorf("%d: %s%s", got.code, got.out, got.errOut)
	}
}

func TestTheAnnouncerSaysWhereItCannotWrite(t *testing.T) {
	got := do(t, "", "lan", "announce", "--addresses-file", filepath.Join(t.TempDir(), "none", "addresses.json"))
	if got.code != 1 || !strings.Contains(got.errOut, "There is no directory") {
		t.Errorf("%d: %s%s", got.code, got.out, got.errOut)
	}
}
