package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// issue makes an API key of a and gives it with its secret.
func issue(t testing.TB, s *store.Store, a appliance.Account, o store.Once, until time.Time) (appliance.APIKey, appliance.Secret) {
	t.Helper()
	secret := appliance.NewSecret("hm_live_")
	k, err := s.CreateKey(t.Context(), as(a), o, appliance.APIKey{AccountID: a.ID, Name: "reporting", ExpiresAt: until,
		Prefix: string(secret)[:12], Scopes: []appliance.Scope{"sessions:*", "results:read"}}, secret.Hash())
	if err != nil {
		t.Fatal(err)
	}
	return k, secret
}

func TestAKeyIsFoundByItsSecret(t *testing.T) {
	s, clock := office(t)
	ada := hire(t, s, "ada", appliance.RoleEditor)
	want, secret := issue(t, s, ada, store.Once{}, clock.Now().Add(time.Hour))
	for range 2 { // from the database, then from memory
		got, account, err := s.KeyByHash(t.Context(), secret.Hash())
		if err != nil || account != ada {
			t.Fatalf("of %+v, %v", account, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("stored and found differ (-stored +found):\n%s", diff)
		}
	}
	_, _, err := s.KeyByHash(t.Context(), appliance.NewSecret("hm_live_").Hash())
	refused(t, "another secret", err, appliance.CodeUnauthorized)
}

func TestAKeyEndsAtItsTimeAlsoInMemory(t *testing.T) {
	s, clock := office(t)
	ada := hire(t, s, "ada", appliance.RoleEditor)
	_, secret := issue(t, s, ada, store.Once{}, clock.Now().Add(time.Hour))
	_, unlimited := issue(t, s, ada, store.Once{}, time.Time{})
	clock.Advance(time.Hour - time.Second)
	if _, _, err := s.KeyByHash(t.Context(), secret.Hash()); err != nil {
		t.Errorf("a second before: %v", err)
	}
	clock.Advance(time.Second)
	_, _, err := s.KeyByHash(t.Context(), secret.Hash())
	refused(t, "at its end", err, appliance.CodeUnauthorized)
	clock.Advance(10 * 365 * 24 * time.Hour)
	if _, _, err := s.KeyByHash(t.Context(), unlimited.Hash()); err != nil {
		t.Errorf("one without an end: %v", err)
	}
}

func TestARevokedKeyAndThatOfADisabledAccountStopAtOnce(t *testing.T) {
	s, _ := office(t)
	ctx := t.Context()
	ada, eve := hire(t, s, "ada", appliance.RoleEditor), hire(t, s, "eve", appliance.RoleEditor)
	k, secret := issue(t, s, ada, store.Once{}, time.Time{})
	_, other := issue(t, s, ada, store.Once{}, time.Time{})
	use := func(secret appliance.Secret) error { _, _, err := s.KeyByHash(ctx, secret.Hash()); return err }
	if err := use(secret); err != nil {
		t.Fatal(err)
	}
	refused(t, "somebody else revokes it", s.RevokeKey(ctx, as(eve), eve.ID, k.ID), appliance.CodeNotFound)
	if err := use(secret); err != nil {
		t.Errorf("after that: %v", err)
	}
	if err := s.RevokeKey(ctx, as(ada), ada.ID, k.ID); err != nil {
		t.Fatal(err)
	}
	refused(t, "a revoked key", use(secret), appliance.CodeUnauthorized)
	refused(t, "revoked again", s.RevokeKey(ctx, as(ada), ada.ID, k.ID), appliance.CodeNotFound)
	if err := use(other); err != nil {
		t.Errorf("the other key: %v", err)
	}
	setDisabled := func(v bool) {
		if _, err := s.UpdateAccount(ctx, byTest, ada.ID, func(a *appliance.Account) error {
			a.Disabled = v
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	setDisabled(true)
	refused(t, "of a disabled account", use(other), appliance.CodeUnauthorized)
	setDisabled(false)
	if err := use(other); err != nil {
		t.Errorf("of an account that is enabled again: %v", err)
	}
}

func TestTheLastUseOfAKeyIsWrittenOnceAMinute(t *testing.T) {
	s, clock := office(t)
	ada := hire(t, s, "ada", appliance.RoleEditor)
	_, secret := issue(t, s, ada, store.Once{}, time.Time{})
	before := s.Stats().Writes
	for range 5 * 60 {
		if _, _, err := s.KeyByHash(t.Context(), secret.Hash()); err != nil {
			t.Fatal(err)
		}
		s.SeenKey(t.Context(), secret.Hash())
		clock.Advance(time.Second)
	}
	if n := s.Stats().Writes - before; n != 5 {
		t.Errorf("%d writes in five minutes, want 5", n)
	}
	list, err := s.Keys(t.Context(), ada.ID)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	if age := clock.Now().Sub(list[0].LastUsedAt); age > time.Minute {
		t.Errorf("the stored last use is %v old", age)
	}
}

// The answer with the secret may get lost. Whoever repeats the request gets a new secret for the same key; once a
// secret was used, its answer has arrived, and nobody can exchange it.
func TestARepeatedRequestGivesANewSecretForTheSameKey(t *testing.T) {
	s, _ := office(t)
	ctx := t.Context()
	ada := hire(t, s, "ada", appliance.RoleEditor)
	o := store.Once{Actor: string(ada.ID), Operation: "createKey", Key: "7f3a", BodyHash: []byte("body")}
	first, lost := issue(t, s, ada, o, time.Time{})
	second, secret := issue(t, s, ada, o, time.Time{})
	if first.ID != second.ID || second.Prefix != string(secret)[:12] {
		t.Errorf("first %+v, second %+v", first, second)
	}
	_, _, err := s.KeyByHash(ctx, lost.Hash())
	refused(t, "the secret that was lost", err, appliance.CodeUnauthorized)
	if _, _, err := s.KeyByHash(ctx, secret.Hash()); err != nil {
		t.Errorf("the new secret: %v", err)
	}
	if list, err := s.Keys(ctx, ada.ID); err != nil || len(list) != 1 {
		t.Errorf("%d keys, %v", len(list), err)
	}
	s.SeenKey(ctx, secret.Hash())
	_, err = s.CreateKey(ctx, as(ada), o, appliance.APIKey{AccountID: ada.ID, Name: "reporting", Prefix: "hm_live_0000",
		Scopes: []appliance.Scope{"*"}}, appliance.NewSecret("").Hash())
	refused(t, "a third time, after use", err, appliance.CodeConflict)
	if _, _, err := s.KeyByHash(ctx, secret.Hash()); err != nil {
		t.Errorf("the secret in use: %v", err)
	}
}

func TestKeysAreListedNewestFirst(t *testing.T) {
	s, clock := office(t)
	ada, bob := hire(t, s, "ada", appliance.RoleEditor), hire(t, s, "bob", appliance.RoleEditor)
	var want []appliance.KeyID
	for range 3 {
		k, _ := issue(t, s, ada, store.Once{}, time.Time{})
		want = slices.Insert(want, 0, k.ID)
		clock.Advance(time.Second)
	}
	bobs, _ := issue(t, s, bob, store.Once{}, time.Time{})
	ids := func(account appliance.AccountID) (ids []appliance.KeyID) {
		list, err := s.Keys(t.Context(), account)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range list {
			ids = append(ids, k.ID)
		}
		return ids
	}
	if diff := cmp.Diff(want, ids(ada.ID)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(slices.Insert(want, 0, bobs.ID), ids("")); diff != "" {
		t.Error(diff)
	}
	if err := s.RevokeKey(t.Context(), byTest, "", bobs.ID); err != nil {
		t.Errorf("from the command line: %v", err)
	}
}

func TestAnAccountHasAHundredKeysAtMost(t *testing.T) {
	s, _ := office(t)
	ada := hire(t, s, "ada", appliance.RoleEditor)
	for range 100 {
		issue(t, s, ada, store.Once{}, time.Time{})
	}
	_, err := s.CreateKey(t.Context(), as(ada), store.Once{}, appliance.APIKey{AccountID: ada.ID, Name: "one more",
		Scopes: []appliance.Scope{"*"}}, appliance.NewSecret("").Hash())
	refused(t, "one more", err, appliance.CodeConflict)
}

func TestWhatIsNoKeyIsRefused(t *testing.T) {
	s, _ := office(t)
	ada := hire(t, s, "ada", appliance.RoleEditor)
	for name, k := range map[string]appliance.APIKey{
		"no name":       {AccountID: ada.ID, Scopes: []appliance.Scope{"*"}},
		"no scope":      {AccountID: ada.ID, Name: "x"},
		"unknown scope": {AccountID: ada.ID, Name: "x", Scopes: []appliance.Scope{"everything"}},
	} {
		_, err := s.CreateKey(t.Context(), as(ada), store.Once{}, k, []byte("hash"))
		refused(t, name, err, appliance.CodeValidation)
	}
	_, err := s.CreateKey(t.Context(), byTest, store.Once{}, appliance.APIKey{AccountID: "acc_none", Name: "x",
		Scopes: []appliance.Scope{"*"}}, []byte("hash"))
	refused(t, "no such account", err, appliance.CodeNotFound)
}
