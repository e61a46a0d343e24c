package main_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// showing is a demonstration that runs.
type showing struct {
	*exec.Cmd
	Address, Email, Password string
}

// show starts a demonstration, with its temporary files in dir, and reads where it is and how to get in.
func show(t *testing.T, dir string, args ...string) *showing {
	t.Helper()
	cmd := exec.Command(program(t), append([]string{"demo", "--json", "--listen", "127.0.0.1:0", "--bcrypt-cost", "4"}, args...)...)
	cmd.Env = environment("TMPDIR="+dir, "HARMONIUM_DATA=/nowhere/that/must/not/be/used")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	s := &showing{Cmd: cmd}
	if err := json.NewDecoder(out).Decode(s); err != nil {
		t.Fatalf("what the demonstration printed is not how to reach it: %v", err)
	}
	return s
}

// end stops a demonstration and gives its exit code.
func (s *showing) end() int {
	s.Process.Signal(syscall.SIGTERM)
	s.Wait()
	return s.ProcessState.ExitCode()
}

func entries(t *testing.T, dir string) int {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func TestADemonstrationLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	s := show(t, dir)
	if entries(t, dir) != 1 {
		t.Errorf("%d entries in the directory for temporary files, want one", entries(t, dir))
	}
	body, err := json.Marshal(map[string]string{"email": s.Email, "password": s.Password})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(s.Address+"/api/v1/login", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		t.Errorf("logging in as it is printed is answered with %d", resp.StatusCode)
	}
	if code := s.end(); code != 0 || entries(t, dir) != 0 {
		t.Errorf("exit code %d, %d entries are left", code, entries(t, dir))
	}
}

func TestADemonstrationIsKeptWhereItIsToldTo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kept")
	if code := show(t, t.TempDir(), "--data", dir).end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if entries(t, dir) == 0 {
		t.Error("nothing was kept")
	}
	again := do(t, "", "demo", "--data", dir, "--listen", "127.0.0.1:0")
	if again.code != 1 || !strings.Contains(again.errOut, "is not empty. Nothing was changed.") {
		t.Errorf("on a directory that holds something: %+v", again)
	}
	if got := do(t, "", "user", "list", "--data", dir); got.code != 0 || !strings.Contains(got.out, "demo@harmonium.local") {
		t.Errorf("the directory is not one of the program: %+v", got)
	}
}
