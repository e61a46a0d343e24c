package server_test

import (
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/server"
	"harmonium/appliance/store"
)

// What the box attests of keeping and deleting is what was set, held and deleted.
func TestAttestationTellsWhatIsKeptHeldAndDeleted(t *testing.T) {
	cfg := config(t)
	_, stop := start(t, cfg)
	user := server.NewUser{Email: "ruth@example.org", Name: "Ruth Adler", Role: appliance.RoleOwner, Password: "a quiet room with a view"}
	if err := server.Ask(t.Context(), cfg, server.CommandUserAdd, user, &server.User{}); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{Dir: cfg.Data, Clock: time.Now, BallastBytes: -1})
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	accounts, err := s.Accounts(t.Context())
	must(err)
	by := store.By{Account: accounts[0].ID, Actor: string(accounts[0].ID)}
	must(s.SetRetention(t.Context(), by, appliance.Retention{Days: 90, RecordingDays: 7}))
	var projects []appliance.Project
	for range 3 {
		p, err := s.CreateProject(t.Context(), by, store.Once{}, appliance.Project{Title: "P", Status: appliance.ProjectActive})
		must(err)
		projects = append(projects, p)
	}
	must(s.KeepProject(t.Context(), by, projects[0].ID, appliance.Retention{Days: 10}))
	must(s.KeepProject(t.Context(), by, projects[1].ID, appliance.Retention{Days: 10}))
	_, err = s.PlaceHold(t.Context(), by, store.Once{}, appliance.Hold{Kind: appliance.HoldProject, Object: string(projects[1].ID), Reason: "Ruth v. Ben"})
	must(err)
	lifted, err := s.PlaceHold(t.Context(), by, store.Once{}, appliance.Hold{Kind: appliance.HoldProject, Object: string(projects[0].ID), Reason: "R"})
	must(err)
	must(s.LiftHold(t.Context(), by, lifted.ID))
	r, err := s.BeginErasure(t.Context(), by, appliance.EraseProject, []appliance.Erased{{Kind: "project", ID: string(projects[2].ID)}})
	must(err)
	must(s.FinishErasure(t.Context(), r.ID))
	must(s.Wipe(t.Context()))
	must(s.Close())

	start(t, cfg)
	f, _ := attest(t, cfg)
	if k := f.Keeping; k.Days != 90 || k.RecordingDays != 7 || len(k.Own) != 1 || k.Own[0].Days != 10 || k.Own[0].Count != 2 {
		t.Errorf("retention: %+v", f.Keeping)
	}
	if len(f.Holds) != 1 || f.Holds[0].Object != string(projects[1].ID) || f.Holds[0].By != user.Email {
		t.Errorf("holds: %+v", f.Holds)
	}
	if d := f.Deleted; d.Total != 1 || d.Last[0].ID != r.ID || d.Last[0].By != user.Email || d.Last[0].Wiped == nil || d.Last[0].Counts.Projects != 1 {
		t.Errorf("deleted: %+v", d)
	}
	if len(f.Serving) != len(appliance.ModelRoles()) || f.FactorRule != appliance.FactorForNobody {
		t.Errorf("models by role %+v, second factor %q", f.Serving, f.FactorRule)
	}
}
