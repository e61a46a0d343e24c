package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/store"
	"harmonium/appliance/testkit"
)

// byTest is who does things in these tests when it does not matter who.
var byTest = store.By{Actor: store.ActorCommandLine}

// office is a store with a clock that the test moves.
func office(t testing.TB) (*store.Store, *testkit.Clock) {
	t.Helper()
	clock := testkit.NewClock()
	return testkit.Store(t, clock.Now), clock
}

// hire makes an account; its e-mail address is name@example.org and its password hash "hash of name".
func hire(t testing.TB, s *store.Store, name string, role appliance.Role) appliance.Account {
	t.Helper()
	a, err := s.CreateAccount(t.Context(), byTest, appliance.Account{Email: name + "@example.org", Name: name, Role: role},
		"hash of "+name)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func as(a appliance.Account) store.By {
	return store.By{Account: a.ID, Actor: string(a.ID), Address: "192.0.2.1"}
}

// refused fails the test when err does not carry the code.
func refused(t testing.TB, what string, err error, code appliance.Code) {
	t.Helper()
	if got := appliance.CodeOf(err); got != code {
		t.Errorf("%s: %v, want code %q", what, err, code)
	}
}

func TestTheFirstAccountNeedsTheNewestSetupLink(t *testing.T) {
	s, _ := office(t)
	ctx := t.Context()
	first := appliance.Account{Email: "ada@example.org", Name: "Ada"}
	refused(t, "before there is a link", s.CheckSetup(ctx, ""), appliance.CodeForbidden)
	earlier, err := s.SetupToken(ctx)
	if err != nil {
		t.Fatal(err)
	}
	token, err := s.SetupToken(ctx) // the next start
	if err != nil {
		t.Fatal(err)
	}
	for name, wrong := range map[string]appliance.Secret{"none": "", "of an earlier start": earlier, "guessed": token[1:] + token[:1]} {
		refused(t, name, s.CheckSetup(ctx, wrong), appliance.CodeForbidden)
		_, err := s.SetUp(ctx, "192.0.2.1", wrong, first, "hash")
		refused(t, name, err, appliance.CodeForbidden)
	}
	if err := s.CheckSetup(ctx, token); err != nil {
		t.Errorf("the right token: %v", err)
	}
	a, err := s.SetUp(ctx, "192.0.2.1", token, first, "hash")
	if err != nil {
		t.Fatal(err)
	}
	if a.Role != appliance.RoleOwner || a.ID == "" {
		t.Errorf("the first account is %+v", a)
	}
	_, err = s.SetUp(ctx, "192.0.2.1", token, appliance.Account{Email: "eve@example.org", Name: "Eve"}, "hash")
	refused(t, "the link a second time", err, appliance.CodeConflict)
	if token, err := s.SetupToken(ctx); token != "" || err != nil {
		t.Errorf("a box with an account makes a link: %v", err)
	}
}

func TestOfTwoPeopleWithTheSetupLinkOneGetsIn(t *testing.T) {
	s, _ := office(t)
	token, err := s.SetupToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = s.SetUp(t.Context(), "", token, appliance.Account{Email: "a@example.org", Name: "A"}, "hash")
		})
	}
	wg.Wait()
	in := 0
	for _, err := range errs {
		if err == nil {
			in++
		} else {
			refused(t, "who was late", err, appliance.CodeConflict)
		}
	}
	if in != 1 {
		t.Errorf("%d got in", in)
	}
}

func TestTheSetupLinkIsNotKeptInTheFiles(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Clock: appliance.SystemClock, BallastBytes: -1})
	if err != nil {
		t.Fatal(err)
	}
	token, err := s.SetupToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "harmonium.db"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, []byte(token)) {
		t.Error("the database holds the token itself")
	}
}

func TestAnAccountFromTheCommandLineEndsTheSetup(t *testing.T) {
	s, _ := office(t)
	token, err := s.SetupToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	hire(t, s, "ada", appliance.RoleOwner)
	refused(t, "the link", s.CheckSetup(t.Context(), token), appliance.CodeConflict)
}

func TestAnAccountIsFoundByItsAddressInAnyCase(t *testing.T) {
	s, clock := office(t)
	want, err := s.CreateAccount(t.Context(), byTest, appliance.Account{Email: "Ada.L@Example.org", Name: "Ada L.",
		Role: appliance.RoleEditor, Language: appliance.German}, "the hash")
	if err != nil {
		t.Fatal(err)
	}
	got, hash, err := s.AccountByEmail(t.Context(), " ada.l@example.ORG")
	if err != nil || hash != "the hash" {
		t.Fatalf("hash %q, error %v", hash, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stored and found differ (-stored +found):\n%s", diff)
	}
	if !got.CreatedAt.Equal(clock.Now()) {
		t.Errorf("made at %v", got.CreatedAt)
	}
	_, _, err = s.AccountByEmail(t.Context(), "nobody@example.org")
	refused(t, "an address without an account", err, appliance.CodeNotFound)
	_, err = s.CreateAccount(t.Context(), byTest, appliance.Account{Email: "ADA.L@example.org", Name: "Another",
		Role: appliance.RoleViewer}, "hash")
	refused(t, "the same address again", err, appliance.CodeConflict)
}

func TestWhatIsNoAccountIsRefused(t *testing.T) {
	s, _ := office(t)
	for _, a := range []appliance.Account{
		{Email: "", Name: "A", Role: appliance.RoleOwner},
		{Email: "a@example.org", Name: "", Role: appliance.RoleOwner},
		{Email: "a@example.org", Name: "A", Role: "king"},
		{Email: "a@example.org\nb", Name: "A", Role: appliance.RoleOwner},
	} {
		_, err := s.CreateAccount(t.Context(), byTest, a, "hash")
		refused(t, a.Email, err, appliance.CodeValidation)
	}
	if needed, err := s.SetupNeeded(t.Context()); !needed || err != nil {
		t.Errorf("needed %v, error %v", needed, err)
	}
}

func TestTheLastOwnerStays(t *testing.T) {
	s, _ := office(t)
	ctx := t.Context()
	owner := hire(t, s, "owner", appliance.RoleOwner)
	hire(t, s, "admin", appliance.RoleAdmin)
	disable := func(a *appliance.Account) error { a.Disabled = true; return nil }
	demote := func(a *appliance.Account) error { a.Role = appliance.RoleAdmin; return nil }
	_, err := s.UpdateAccount(ctx, byTest, owner.ID, disable)
	refused(t, "disable", err, appliance.CodeConflict)
	_, err = s.UpdateAccount(ctx, byTest, owner.ID, demote)
	refused(t, "demote", err, appliance.CodeConflict)
	second := hire(t, s, "second", appliance.RoleOwner)
	if _, err := s.UpdateAccount(ctx, byTest, owner.ID, demote); err != nil {
		t.Errorf("with a second owner: %v", err)
	}
	_, err = s.UpdateAccount(ctx, byTest, second.ID, disable)
	refused(t, "the second, now the last", err, appliance.CodeConflict)
}

func TestAnUpdateChangesWhatItMayAndNothingElse(t *testing.T) {
	s, clock := office(t)
	before := hire(t, s, "ada", appliance.RoleEditor)
	clock.Advance(time.Hour)
	after, err := s.UpdateAccount(t.Context(), byTest, before.ID, func(a *appliance.Account) error {
		*a = appliance.Account{ID: "acc_x", Email: "eve@example.org", Name: "Ada L.", Role: appliance.RoleAdmin,
			Language: appliance.German}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := before
	want.Name, want.Role, want.Language, want.UpdatedAt = "Ada L.", appliance.RoleAdmin, appliance.German, clock.Now()
	if diff := cmp.Diff(want, after); diff != "" {
		t.Errorf("given (-want +got):\n%s", diff)
	}
	stored, err := s.Account(t.Context(), before.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, stored); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	_, err = s.UpdateAccount(t.Context(), byTest, "acc_none", func(*appliance.Account) error { return nil })
	refused(t, "an account that is not there", err, appliance.CodeNotFound)
}

func TestAccountsAreListedByName(t *testing.T) {
	s, _ := office(t)
	for _, name := range []string{"zoe", "Ada", "bob"} {
		hire(t, s, name, appliance.RoleViewer)
	}
	list, err := s.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range list {
		names = append(names, a.Name)
	}
	if diff := cmp.Diff([]string{"Ada", "bob", "zoe"}, names); diff != "" {
		t.Error(diff)
	}
}
