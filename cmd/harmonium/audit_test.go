package main_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"harmonium/appliance/store"
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
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, store.DatabaseFile))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, q := range []string{`DROP TRIGGER audit_is_not_changed`, `UPDATE audit SET address = '10.0.0.1' WHERE seq = 1`} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	if forged := do(t, "", "audit", "verify", "--data", dir); forged.code != 1 || !strings.Contains(forged.errOut, "Entry 1 ") {
		t.Errorf("after an entry was changed: %+v", forged)
	}
}
