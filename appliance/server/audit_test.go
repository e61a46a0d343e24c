package server_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/server"
	"harmonium/appliance/store"
)

// tamperer alters the audit trail in the file of a box, past the program.
type tamperer struct {
	*sql.DB
	t *testing.T
}

func newTamperer(t *testing.T, dir string) tamperer {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, store.DatabaseFile)+"?_pragma=busy_timeout(60000)&_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1) // which has the copy
	t.Cleanup(func() { db.Close() })
	d := tamperer{db, t}
	d.do(`DROP TRIGGER audit_is_not_changed`, `DROP TRIGGER audit_is_not_removed`, `DROP TRIGGER audit_goes_on_at_its_end`,
		`CREATE TEMP TABLE written AS SELECT * FROM audit`)
	return d
}

// do runs queries, all or none.
func (d tamperer) do(queries ...string) {
	d.t.Helper()
	tx, err := d.Begin()
	if err != nil {
		d.t.Fatal(err)
	}
	defer tx.Rollback()
	for _, q := range queries {
		if _, err := tx.Exec(q); err != nil {
			d.t.Fatalf("%s: %v", q, err)
		}
	}
	if err := tx.Commit(); err != nil {
		d.t.Fatal(err)
	}
}

// mutations are what somebody may do to the entries of a trail: every value of every entry is altered, every entry taken out,
// doubled in place of the next, and put in the place of the next, and the end is cut off at every length.
func mutations(entries int) (list [][]string) {
	for seq := 1; seq <= entries; seq++ {
		for _, change := range []string{"at = at + 1", "actor = actor || ' '", "address = '10.0.0.1' || address", "action = upper(action)",
			"object = object || 'x'", "prev_hash = randomblob(32)", "hash = randomblob(32)"} {
			list = append(list, []string{fmt.Sprintf(`UPDATE audit SET %s WHERE seq = %d`, change, seq)})
		}
		list = append(list, []string{fmt.Sprintf(`DELETE FROM audit WHERE seq = %d`, seq)},
			[]string{fmt.Sprintf(`DELETE FROM audit WHERE seq > %d`, seq-1)})
		if next := seq + 1; next <= entries {
			list = append(list,
				[]string{fmt.Sprintf(`DELETE FROM audit WHERE seq = %d`, seq), fmt.Sprintf(`UPDATE audit SET seq = seq - 1 WHERE seq > %d`, seq)},
				[]string{fmt.Sprintf(`UPDATE audit SET seq = -1 WHERE seq = %d`, seq), fmt.Sprintf(`UPDATE audit SET seq = %d WHERE seq = %d`, seq, next),
					fmt.Sprintf(`UPDATE audit SET seq = %d WHERE seq = -1`, next)})
		}
	}
	return list
}

// Promise P17: the command finds every one of 200 and more ways to alter the trail in the file while the server runs, and is
// content with the trail as it was written, before and after each.
func TestTheCommandFindsEveryTamperingWithTheTrail(t *testing.T) {
	c := config(t)
	start(t, c)
	for i := range 20 {
		in := server.NewUser{Email: fmt.Sprintf("a%d@example.org", i), Name: "Ann", Role: appliance.RoleViewer, Password: "a long password"}
		if err := server.Ask(t.Context(), c, server.CommandUserAdd, in, &server.User{}); err != nil {
			t.Fatal(err)
		}
	}
	verify := func() (check server.AuditCheck) {
		t.Helper()
		if err := server.Ask(t.Context(), c, server.CommandAuditVerify, server.None{}, &check); err != nil {
			t.Fatal(err)
		}
		return check
	}
	written := verify()
	if !written.Sound || written.Proven < 20 {
		t.Fatalf("before: %+v", written)
	}
	d := newTamperer(t, c.Data)
	list := mutations(int(written.Proven))
	found := 0
	for _, change := range list {
		d.do(change...)
		if check := verify(); !check.Sound && check.Broken > 0 && check.Broken <= written.Proven+1 && check.Reason != "" {
			found++
		} else {
			t.Errorf("%q is not found: %+v", change, check)
		}
		d.do(`DELETE FROM audit`, `INSERT INTO audit SELECT * FROM written`)
		if check := verify(); check != written {
			t.Fatalf("put back after %q: %+v", change, check)
		}
	}
	if found != len(list) || found < 200 {
		t.Errorf("%d of %d were found", found, len(list))
	}
}
