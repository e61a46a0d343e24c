package main_test

import (
	"strings"
	"testing"
)

func TestTheAuditTrailIsCheckedWhetherTheServerRunsOrNot(t *testing.T) {
	dir := t.TempDir()
	server := serve(t, dir)
	if got := do(t, "long enough a password\n", "user", "add", "--data", dir, "--email", "ada@example.org", "--name", "Ada", "--role", "owner",
		"--password-stdin"); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	while := do(t, "", "audit", "verify", "--data", dir)
	if while.code != 0 || !strings.Contains(while.out, "entries are as they were written") {
		t.Errorf("while it runs: %+v", while)
	}
	server.Process.Kill()
	server.end(t)
	if after := do(t, "", "audit", "verify", "--data", dir, "--json"); after.code != 0 || !strings.Contains(after.out, `"sound": true`) {
		t.Errorf("after it was killed: %+v", after)
	}
}
