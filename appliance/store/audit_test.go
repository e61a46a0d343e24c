package store_test

import (
	"errors"
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
	if proven, err := s.VerifyAudit(t.Context()); err != nil || proven != int64(len(want)) {
		t.Errorf("%d entries proven, %v", proven, err)
	}
}

func TestAnEmptyTrailIsSound(t *testing.T) {
	s, _ := office(t)
	if proven, err := s.VerifyAudit(t.Context()); err != nil || proven != 0 {
		t.Errorf("%d entries proven, %v", proven, err)
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
				for _, query := range tamper {
					if _, err := tx.Exec(query); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.VerifyAudit(t.Context())
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
