package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

func newProject(t testing.TB, s *store.Store, a appliance.Account, p appliance.Project) appliance.Project {
	t.Helper()
	p, err := s.CreateProject(t.Context(), as(a), store.Once{}, p)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAProjectIsStoredAndItsMakerOwnsIt(t *testing.T) {
	s, clock := office(t)
	ada := hire(t, s, "ada", appliance.RoleEditor)
	want := appliance.Project{Title: "Night shift", Description: "Handover", Public: true}
	got := newProject(t, s, ada, want)
	want.ID, want.Status, want.CreatedBy, want.CreatedAt, want.UpdatedAt =
		got.ID, appliance.ProjectActive, ada.ID, clock.Now(), clock.Now()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("given (-want +got):\n%s", diff)
	}
	stored, sessions, err := s.Project(t.Context(), ada.ID, got.ID)
	if err != nil || len(sessions) != 0 {
		t.Fatal(sessions, err)
	}
	if diff := cmp.Diff(store.ProjectListing{Project: want, Role: appliance.RoleOwner}, stored); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
}

func TestAProjectIsChangedAndDeleted(t *testing.T) {
	s, clock := office(t)
	ctx := t.Context()
	ada := hire(t, s, "ada", appliance.RoleEditor)
	p := newProject(t, s, ada, appliance.Project{Title: "Night shift"})
	clock.Advance(time.Minute)
	want := p
	want.Title, want.Description, want.Status, want.Public, want.UpdatedAt =
		"Day shift", "All day", appliance.ProjectArchived, true, clock.Now()
	got, err := s.UpdateProject(ctx, as(ada), p.ID, func(p *appliance.Project) error {
		*p = appliance.Project{ID: "prj_x", Title: "Day shift", Description: "All day",
			Status: appliance.ProjectArchived, Public: true}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	_, err = s.UpdateProject(ctx, as(ada), p.ID, func(p *appliance.Project) error { p.Title = ""; return nil })
	refused(t, "no title", err, appliance.CodeValidation)
	deleted, err := s.DeleteProject(ctx, as(ada), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, deleted); diff != "" {
		t.Errorf("deleted (-want +got):\n%s", diff)
	}
	_, _, err = s.Project(ctx, ada.ID, p.ID)
	refused(t, "read", err, appliance.CodeNotFound)
	_, err = s.UpdateProject(ctx, as(ada), p.ID, func(*appliance.Project) error { return nil })
	refused(t, "change", err, appliance.CodeNotFound)
	_, err = s.DeleteProject(ctx, as(ada), p.ID)
	refused(t, "delete", err, appliance.CodeNotFound)
	_, err = s.RoleOnProject(ctx, ada.ID, p.ID)
	refused(t, "role", err, appliance.CodeNotFound)
}

func TestProjectsAreListedLastEditedFirstAndInParts(t *testing.T) {
	s, clock := office(t)
	ada, bob := hire(t, s, "ada", appliance.RoleEditor), hire(t, s, "bob", appliance.RoleEditor)
	var all []appliance.ProjectID
	for i := range 5 {
		clock.Advance(time.Second)
		all = append(all, newProject(t, s, ada, appliance.Project{Title: fmt.Sprint(i)}).ID)
	}
	newProject(t, s, bob, appliance.Project{Title: "not ada's"})
	clock.Advance(time.Second)
	if _, err := s.UpdateProject(t.Context(), as(ada), all[2], func(*appliance.Project) error { return nil }); err != nil {
		t.Fatal(err)
	}
	want := []appliance.ProjectID{all[2], all[4], all[3], all[1], all[0]}
	var got []appliance.ProjectID
	for offset := 0; offset < 6; offset += 2 {
		list, total, err := s.Projects(t.Context(), ada.ID, 2, offset)
		if err != nil || total != 5 {
			t.Fatal(total, err)
		}
		for _, p := range list {
			got = append(got, p.ID)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestARepeatedRequestGivesTheSameProject(t *testing.T) {
	s, clock := office(t)
	ctx := t.Context()
	ada, bob := hire(t, s, "ada", appliance.RoleEditor), hire(t, s, "bob", appliance.RoleEditor)
	make := func(a appliance.Account, key, body string) (appliance.ProjectID, error) {
		p, err := s.CreateProject(ctx, as(a), store.Once{Actor: string(a.ID), Operation: "createProject", Key: key,
			BodyHash: []byte(body)}, appliance.Project{Title: "Night shift"})
		return p.ID, err
	}
	must := func(id appliance.ProjectID, err error) appliance.ProjectID {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	first := must(make(ada, "k1", "body"))
	if again := must(make(ada, "k1", "body")); again != first {
		t.Error("the same request made another project")
	}
	_, err := make(ada, "k1", "other body")
	refused(t, "the same key for something else", err, appliance.CodeConflict)
	if other := must(make(ada, "k2", "body")); other == first {
		t.Error("another key gave the same project")
	}
	if bobs := must(make(bob, "k1", "body")); bobs == first {
		t.Error("somebody else with the same key got ada's project")
	}
	a, b := must(make(ada, "", "body")), must(make(ada, "", "body"))
	if a == b {
		t.Error("without a key the second request made nothing")
	}
	for _, bad := range []string{"with space", "ü", string(make256())} {
		_, err := make(ada, bad, "body")
		refused(t, bad, err, appliance.CodeValidation)
	}
	clock.Advance(25 * time.Hour)
	if later := must(make(ada, "k1", "body")); later == first {
		t.Error("a key is remembered for longer than a day")
	}
}

func make256() []byte {
	b := make([]byte, 256)
	for i := range b {
		b[i] = 'x'
	}
	return b
}

// Who has long work to do asks whether it was done before; the answer is the one that the write itself would give.
func TestWhatWasDoneBeforeIsKnownForADay(t *testing.T) {
	s, clock := office(t)
	ada := hire(t, s, "ada", appliance.RoleEditor)
	o := store.Once{Actor: string(ada.ID), Operation: "createProject", Key: "k1", BodyHash: []byte("body")}
	if id, done, err := s.Repeated(t.Context(), o); done || err != nil {
		t.Errorf("before the first time: %q, %v, %v", id, done, err)
	}
	p, err := s.CreateProject(t.Context(), as(ada), o, appliance.Project{Title: "Night shift"})
	if err != nil {
		t.Fatal(err)
	}
	clock.Advance(23 * time.Hour)
	if id, done, err := s.Repeated(t.Context(), o); id != string(p.ID) || !done || err != nil {
		t.Errorf("within a day: %q, %v, %v", id, done, err)
	}
	other := o
	other.BodyHash = []byte("other body")
	_, _, err = s.Repeated(t.Context(), other)
	refused(t, "the same key for something else", err, appliance.CodeConflict)
	clock.Advance(2 * time.Hour)
	if id, done, err := s.Repeated(t.Context(), o); done || err != nil {
		t.Errorf("after a day: %q, %v, %v", id, done, err)
	}
}

func TestARequestThatFailsMayBeRepeated(t *testing.T) {
	s, _ := office(t)
	ada := hire(t, s, "ada", appliance.RoleEditor)
	o := store.Once{Actor: string(ada.ID), Operation: "createProject", Key: "k", BodyHash: []byte("body")}
	ghost := ada
	ghost.ID = "acc_ghost"
	if _, err := s.CreateProject(t.Context(), as(ghost), o, appliance.Project{Title: "x"}); err == nil {
		t.Fatal("an account that is not there made a project")
	}
	p, err := s.CreateProject(t.Context(), as(ada), o, appliance.Project{Title: "x"})
	if err != nil || p.CreatedBy != ada.ID {
		t.Errorf("%+v, %v", p, err)
	}
}
