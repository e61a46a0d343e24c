package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/audit"
	"harmonium/appliance/store"
)

// busyDay does one of each thing that is audited here.
func busyDay(t testing.TB, s *store.Store, now time.Time) {
	t.Helper()
	ctx := t.Context()
	token, err := s.SetupToken(ctx)
	if err != nil {
		t.Fatal(err)
	}
	ada, err := s.SetUp(ctx, "192.0.2.1", token, appliance.Account{Email: "ada@example.org", Name: "ada"}, "hash of ada")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.RefusedLogin(ctx, "192.0.2.9", ""); err != nil {
		t.Fatal(err)
	}
	if err := s.RefusedLogin(ctx, "192.0.2.9", ada.ID); err != nil {
		t.Fatal(err)
	}
	l, _ := logIn(t, s, ada, now.Add(time.Hour))
	k, _ := issue(t, s, ada, store.Once{}, time.Time{})
	p := newProject(t, s, ada, appliance.Project{Title: "Night shift"})
	for _, err := range []error{
		s.RevokeKey(ctx, as(ada), ada.ID, k.ID),
		s.SetPassword(ctx, as(ada), ada.ID, "new hash", l.ID),
		s.EndLogin(ctx, as(ada), ada.ID, l.ID),
		s.EndLogins(ctx, as(ada), ada.ID),
		s.SetSetting(ctx, as(ada), "imprint", "An office"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.UpdateProject(ctx, as(ada), p.ID, func(*appliance.Project) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := s.DeleteProject(ctx, as(ada), p.ID); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsDoneIsAudited(t *testing.T) {
	s, clock := office(t)
	busyDay(t, s, clock.Now())
	trail, err := s.AuditTrail(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"setup", "login.refused", "login.refused", "login", "key.create", "project.create", "key.revoke",
		"password.change", "logout", "logout.everywhere", "setting.change", "project.update", "project.delete"}
	got := make([]string, len(trail))
	for i, e := range trail {
		got[len(trail)-1-i] = e.Action
		if !e.At.Equal(clock.Now()) || e.Actor == "" {
			t.Errorf("entry %+v", e)
		}
		if e.Action == "login.refused" && (e.Actor != store.ActorUnknown || e.Address != "192.0.2.9") {
			t.Errorf("a refused log-in: %+v", e)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if proven, _, err := s.VerifyAudit(t.Context()); err != nil || proven != int64(len(want)) {
		t.Errorf("%d entries proven, %v", proven, err)
	}
}

func TestAnEmptyTrailIsSound(t *testing.T) {
	s, _ := office(t)
	if proven, _, err := s.VerifyAudit(t.Context()); err != nil || proven != 0 {
		t.Errorf("%d entries proven, %v", proven, err)
	}
}

// withoutGuards is what somebody does first who alters the file with other tools.
var withoutGuards = []string{`DROP TRIGGER audit_is_not_changed`, `DROP TRIGGER audit_is_not_removed`, `DROP TRIGGER audit_goes_on_at_its_end`}

// Promise P17, on the file: whatever one value of one entry becomes, and whichever entry goes or changes places with the next.
func TestEveryChangeOfASingleStoredEntryIsFound(t *testing.T) {
	s, clock := office(t)
	busyDay(t, s, clock.Now())
	proven, _, err := s.VerifyAudit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	undone := errors.New("undone")
	for seq := range proven {
		changes := []string{`DELETE FROM audit WHERE seq = ?1`,
			`UPDATE audit SET seq = CASE seq WHEN ?1 THEN -1 ELSE -2 END WHERE seq IN (?1, ?1 % (SELECT max(seq) FROM audit) + 1)`}
		for _, change := range []string{"seq = -seq", "at = at + 1", "actor = actor || ' '", "address = address || '1'", "action = upper(action)",
			"object = object || 'x'", "prev_hash = randomblob(32)", "hash = randomblob(32)"} {
			changes = append(changes, `UPDATE audit SET `+change+` WHERE seq = ?1`)
		}
		for i, change := range changes {
			err := s.Write(t.Context(), func(tx *store.Tx) error {
				for _, query := range withoutGuards {
					if _, err := tx.Exec(query); err != nil {
						return err
					}
				}
				if _, err := tx.Exec(change, seq+1); err != nil {
					return err
				}
				if i == 1 { // the two have changed places
					if _, err := tx.Exec(`UPDATE audit SET seq = CASE seq WHEN -1 THEN ?1 % (SELECT count(*) FROM audit) + 1 ELSE ?1 END
						WHERE seq < 0`, seq+1); err != nil {
						return err
					}
				}
				if _, _, err := store.VerifyTrail(tx); err == nil {
					t.Errorf("entry %d: %s was not found", seq+1, change)
				}
				return undone
			})
			if !errors.Is(err, undone) {
				t.Fatalf("entry %d: %s: %v", seq+1, change, err)
			}
		}
	}
	if again, _, err := s.VerifyAudit(t.Context()); err != nil || again != proven {
		t.Errorf("the untouched trail: %d, %v", again, err)
	}
}

// The program itself cannot alter the trail, also by mistake.
func TestTheTrailOnlyGrowsAtItsEnd(t *testing.T) {
	s, clock := office(t)
	busyDay(t, s, clock.Now())
	for _, query := range []string{`UPDATE audit SET actor = actor WHERE seq = 1`, `DELETE FROM audit`, `DELETE FROM audit WHERE seq = 3`,
		`INSERT INTO audit SELECT 99, at, actor, address, action, object, prev_hash, hash FROM audit WHERE seq = 1`,
		`INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq = 2`} {
		err := s.Write(t.Context(), func(tx *store.Tx) error { _, err := tx.Exec(query); return err })
		if err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: %v", query, err)
		}
	}
}

func TestTheTrailIsFiltered(t *testing.T) {
	s, clock := office(t)
	busyDay(t, s, clock.Now())
	all, total, err := s.Audit(t.Context(), store.AuditFilter{Page: store.Page{Limit: 100}})
	if err != nil || total != 13 || len(all) != 13 || all[0].Seq != 13 {
		t.Fatalf("%d of %d, %v", len(all), total, err)
	}
	ada := all[0].Actor
	for name, c := range map[string]struct {
		f    store.AuditFilter
		want int
	}{
		"by id":                 {store.AuditFilter{Who: ada}, 10},
		"by part of a name":     {store.AuditFilter{Who: " AD "}, 10},
		"by part of a mail":     {store.AuditFilter{Who: "@example"}, 10},
		"a sign of LIKE":        {store.AuditFilter{Who: "%"}, 0},
		"nobody":                {store.AuditFilter{Who: "eve"}, 0},
		"who is not known":      {store.AuditFilter{Who: store.ActorUnknown}, 2},
		"one action":            {store.AuditFilter{Action: "project.update"}, 1},
		"a kind of action":      {store.AuditFilter{Action: "login"}, 3},
		"no part of a word":     {store.AuditFilter{Action: "log"}, 0},
		"an object":             {store.AuditFilter{Object: all[0].Object}, 3},
		"an earlier time":       {store.AuditFilter{To: clock.Now()}, 0},
		"a later time":          {store.AuditFilter{From: clock.Now().Add(time.Millisecond)}, 0},
		"this very time":        {store.AuditFilter{From: clock.Now(), To: clock.Now().Add(time.Millisecond)}, 13},
		"before an entry":       {store.AuditFilter{Before: 4}, 3},
		"several of them":       {store.AuditFilter{Who: "ada", Action: "project", Object: all[0].Object}, 3},
		"what a key's owner is": {store.AuditFilter{Who: "ada", Action: "setting"}, 1},
	} {
		c.f.Page.Limit = 2
		list, total, err := s.Audit(t.Context(), c.f)
		if err != nil || total != c.want || len(list) != min(2, c.want) {
			t.Errorf("%s: %d of %d, %v; want %d", name, len(list), total, err, c.want)
		}
	}
}

// A page that loads itself anew is one look, and two people, or two things, are two.
func TestLooksWithinAnHourAreOneEntry(t *testing.T) {
	s, clock := office(t)
	ada, eve := hire(t, s, "ada", appliance.RoleEditor), hire(t, s, "eve", appliance.RoleEditor)
	look := func(by store.By, object string) { s.NoteView(t.Context(), by, "responses.view", object) }
	for range 5 {
		look(as(ada), "hst_1")
		clock.Advance(time.Minute)
	}
	look(as(eve), "hst_1")
	look(as(ada), "hst_2")
	clock.Advance(55 * time.Minute)
	look(as(ada), "hst_1")
	_, total, err := s.Audit(t.Context(), store.AuditFilter{Action: "responses.view", Page: store.Page{Limit: 10}})
	if err != nil || total != 4 {
		t.Errorf("%d entries, %v; want 4", total, err)
	}
}

func TestWhoTouchesTheStoredTrailIsFound(t *testing.T) {
	for name, tamper := range map[string][]string{
		"an actor is changed":    {`UPDATE audit SET actor = 'acc_eve' WHERE seq = 5`},
		"a time is changed":      {`UPDATE audit SET at = at + 1 WHERE seq = 5`},
		"an entry is removed":    {`DELETE FROM audit WHERE seq = 5`},
		"the last is removed":    {`DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)`},
		"the first is removed":   {`DELETE FROM audit WHERE seq = 1`},
		"all is removed":         {`DELETE FROM audit`},
		"two are exchanged":      {`UPDATE audit SET seq = 99 WHERE seq = 5`, `UPDATE audit SET seq = 5 WHERE seq = 6`, `UPDATE audit SET seq = 6 WHERE seq = 99`},
		"the kept head is wrong": {`UPDATE settings SET value = json_set(value, '$.Seq', 3) WHERE key = 'audit.head'`},
	} {
		t.Run(name, func(t *testing.T) {
			s, clock := office(t)
			busyDay(t, s, clock.Now())
			err := s.Write(t.Context(), func(tx *store.Tx) error {
				for _, query := range append(withoutGuards, tamper...) {
					if _, err := tx.Exec(query); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = s.VerifyAudit(t.Context())
			var broken *audit.Broken
			if !errors.As(err, &broken) {
				t.Errorf("found nothing: %v", err)
			}
		})
	}
}

func TestWhatFailedIsNotAudited(t *testing.T) {
	s, _ := office(t)
	ada := hire(t, s, "ada", appliance.RoleEditor)
	_, _ = s.CreateProject(t.Context(), as(ada), store.Once{}, appliance.Project{Title: ""})
	_, _ = s.DeleteProject(t.Context(), as(ada), "prj_none")
	_ = s.EndLogin(t.Context(), as(ada), ada.ID, "lgn_none")
	trail, err := s.AuditTrail(t.Context(), 100)
	if err != nil || len(trail) != 1 || trail[0].Action != "account.create" {
		t.Errorf("%+v, %v", trail, err)
	}
}

func TestASettingIsKept(t *testing.T) {
	s, _ := office(t)
	var got map[string]int
	if ok, err := s.Setting(t.Context(), "numbers", &got); ok || err != nil {
		t.Fatalf("never set: %v, %v", ok, err)
	}
	for _, want := range []map[string]int{{"a": 1}, {"b": 2}} {
		if err := s.SetSetting(t.Context(), byTest, "numbers", want); err != nil {
			t.Fatal(err)
		}
		got = nil
		if ok, err := s.Setting(t.Context(), "numbers", &got); !ok || err != nil || !cmp.Equal(got, want) {
			t.Errorf("%v, %v, %v", got, ok, err)
		}
	}
}
