package store_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// logIn makes a log-in of a that was hired with hire, and gives it with its token.
func logIn(t testing.TB, s *store.Store, a appliance.Account, until time.Time) (appliance.Login, appliance.Secret) {
	t.Helper()
	token := appliance.NewSecret("")
	l, err := s.CreateLogin(t.Context(), as(a), appliance.Login{AccountID: a.ID, ExpiresAt: until, Address: "192.0.2.1",
		UserAgent: "A browser"}, token.Hash(), store.Proved{PasswordHash: "hash of " + a.Name})
	if err != nil {
		t.Fatal(err)
	}
	return l, token
}

func TestALoginIsFoundByItsToken(t *testing.T) {
	s, clock := office(t)
	ada := hire(t, s, "ada", appliance.RoleEditor)
	l, token := logIn(t, s, ada, clock.Now().Add(time.Hour))
	for range 2 { // from the database, then from memory
		got, account, err := s.LoginByToken(t.Context(), token.Hash())
		if err != nil || got != l || account != ada {
			t.Fatalf("got %+v of %+v, %v", got, account, err)
		}
	}
	_, _, err := s.LoginByToken(t.Context(), appliance.NewSecret("").Hash())
	refused(t, "another token", err, appliance.CodeUnauthorized)
}

// Each of these ends log-ins at once: the very next request is refused, also when the log-in was just used.
func TestWhatEndsLogins(t *testing.T) {
	tests := []struct {
		name              string
		do                func(s *store.Store, a appliance.Account, current appliance.LoginID) error
		endsIt, endsOther bool
	}{
		{"log-out", func(s *store.Store, a appliance.Account, id appliance.LoginID) error {
			return s.EndLogin(t.Context(), as(a), a.ID, id)
		}, true, false},
		{"log-out everywhere", func(s *store.Store, a appliance.Account, _ appliance.LoginID) error {
			return s.EndLogins(t.Context(), as(a), a.ID)
		}, true, true},
		{"change of the password", func(s *store.Store, a appliance.Account, id appliance.LoginID) error {
			return s.SetPassword(t.Context(), as(a), a.ID, "new hash", id)
		}, false, true},
		{"password from the command line", func(s *store.Store, a appliance.Account, _ appliance.LoginID) error {
			return s.SetPassword(t.Context(), byTest, a.ID, "new hash", "")
		}, true, true},
		{"disabling", func(s *store.Store, a appliance.Account, _ appliance.LoginID) error {
			_, err := s.UpdateAccount(t.Context(), byTest, a.ID, func(a *appliance.Account) error {
				a.Disabled = true
				return nil
			})
			return err
		}, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, clock := office(t)
			ada, bob := hire(t, s, "ada", appliance.RoleEditor), hire(t, s, "bob", appliance.RoleEditor)
			until := clock.Now().Add(time.Hour)
			l, token := logIn(t, s, ada, until)
			_, other := logIn(t, s, ada, until)
			_, bobs := logIn(t, s, bob, until)
			alive := func(token appliance.Secret) bool {
				_, _, err := s.LoginByToken(t.Context(), token.Hash())
				if err != nil {
					refused(t, "ended", err, appliance.CodeUnauthorized)
				}
				return err == nil
			}
			if !alive(token) || !alive(other) || !alive(bobs) {
				t.Fatal("a new log-in is not there")
			}
			if err := tt.do(s, ada, l.ID); err != nil {
				t.Fatal(err)
			}
			if alive(token) == tt.endsIt {
				t.Errorf("the log-in that did it: ended %v, want %v", !tt.endsIt, tt.endsIt)
			}
			if alive(other) == tt.endsOther {
				t.Errorf("the other log-in: ended %v, want %v", !tt.endsOther, tt.endsOther)
			}
			if !alive(bobs) {
				t.Error("somebody else was logged out")
			}
		})
	}
}

// While requests with a log-in keep coming, ending it is not overtaken by one that had read it before.
func TestAnEndedLoginNeverComesBackFromMemory(t *testing.T) {
	s, clock := office(t)
	ada := hire(t, s, "ada", appliance.RoleEditor)
	for range 50 {
		l, token := logIn(t, s, ada, clock.Now().Add(time.Hour))
		stop := make(chan struct{})
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						_, _, _ = s.LoginByToken(t.Context(), token.Hash())
					}
				}
			})
		}
		if err := s.EndLogin(t.Context(), as(ada), ada.ID, l.ID); err != nil {
			t.Error(err)
		}
		_, _, err := s.LoginByToken(t.Context(), token.Hash())
		refused(t, "right after its end", err, appliance.CodeUnauthorized)
		close(stop)
		wg.Wait()
		_, _, err = s.LoginByToken(t.Context(), token.Hash())
		refused(t, "when all readers are done", err, appliance.CodeUnauthorized)
	}
}

func TestAChangedRoleCountsAtOnce(t *testing.T) {
	s, clock := office(t)
	ada := hire(t, s, "ada", appliance.RoleAdmin)
	_, token := logIn(t, s, ada, clock.Now().Add(time.Hour))
	if _, a, err := s.LoginByToken(t.Context(), token.Hash()); err != nil || a.Role != appliance.RoleAdmin {
		t.Fatal(a.Role, err)
	}
	_, err := s.UpdateAccount(t.Context(), byTest, ada.ID, func(a *appliance.Account) error {
		a.Role = appliance.RoleViewer
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, a, err := s.LoginByToken(t.Context(), token.Hash()); err != nil || a.Role != appliance.RoleViewer {
		t.Errorf("role %q, %v", a.Role, err)
	}
}

func TestTheLastUseIsWrittenOnceAMinute(t *testing.T) {
	s, clock := office(t)
	ada := hire(t, s, "ada", appliance.RoleEditor)
	_, token := logIn(t, s, ada, clock.Now().Add(24*time.Hour))
	before := s.Stats().Writes
	for range 10 * 60 { // ten minutes, a request each second
		clock.Advance(time.Second)
		l, _, err := s.LoginByToken(t.Context(), token.Hash())
		if err != nil {
			t.Fatal(err)
		}
		if idle := clock.Now().Sub(l.LastSeenAt); idle > time.Second {
			t.Fatalf("a log-in in use seems idle for %v", idle)
		}
		s.SeenLogin(t.Context(), token.Hash())
	}
	if n := s.Stats().Writes - before; n != 10 {
		t.Errorf("%d writes in ten minutes, want 10", n)
	}
	list, err := s.Logins(t.Context(), ada.ID)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	if age := clock.Now().Sub(list[0].LastSeenAt); age >= time.Minute {
		t.Errorf("the stored last use is %v old", age)
	}
}

func TestAnAccountHasTwentyLoginsAtMost(t *testing.T) {
	s, clock := office(t)
	ada, bob := hire(t, s, "ada", appliance.RoleEditor), hire(t, s, "bob", appliance.RoleEditor)
	until := clock.Now().Add(time.Hour)
	_, oldest := logIn(t, s, ada, until)
	_, bobs := logIn(t, s, bob, until)
	for range 20 {
		clock.Advance(time.Second)
		logIn(t, s, ada, until)
	}
	list, err := s.Logins(t.Context(), ada.ID)
	if err != nil || len(list) != 20 {
		t.Errorf("%d log-ins, %v", len(list), err)
	}
	_, _, err = s.LoginByToken(t.Context(), oldest.Hash())
	refused(t, "the oldest", err, appliance.CodeUnauthorized)
	if _, _, err := s.LoginByToken(t.Context(), bobs.Hash()); err != nil {
		t.Errorf("somebody else's: %v", err)
	}
}

func TestLoginsThatAreOverAreClearedAway(t *testing.T) {
	s, clock := office(t)
	ada := hire(t, s, "ada", appliance.RoleEditor)
	logIn(t, s, ada, clock.Now().Add(time.Hour))
	clock.Advance(2 * time.Hour)
	logIn(t, s, ada, clock.Now().Add(time.Hour))
	if list, err := s.Logins(t.Context(), ada.ID); err != nil || len(list) != 1 {
		t.Errorf("%d log-ins, %v", len(list), err)
	}
}

// Between the check of a password and the log-in the password may change or the account be disabled.
func TestALoginNeedsThePasswordOfNow(t *testing.T) {
	s, clock := office(t)
	ada := hire(t, s, "ada", appliance.RoleEditor)
	attempt := func(checked string) error {
		_, err := s.CreateLogin(t.Context(), as(ada), appliance.Login{AccountID: ada.ID,
			ExpiresAt: clock.Now().Add(time.Hour)}, appliance.NewSecret("").Hash(), store.Proved{PasswordHash: checked})
		return err
	}
	if err := s.SetPassword(t.Context(), as(ada), ada.ID, "new hash", ""); err != nil {
		t.Fatal(err)
	}
	refused(t, "with the password of before", attempt("hash of ada"), appliance.CodeUnauthorized)
	if err := attempt("new hash"); err != nil {
		t.Error(err)
	}
	if _, err := s.UpdateAccount(t.Context(), byTest, ada.ID, func(a *appliance.Account) error {
		a.Disabled = true
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	refused(t, "of a disabled account", attempt("new hash"), appliance.CodeUnauthorized)
}

// Between the check of a password and the log-in the second factor may be set up, and a stolen password is not enough then.
func TestALoginNeedsTheFactorOfNow(t *testing.T) {
	s, clock := office(t)
	ada := hire(t, s, "ada", appliance.RoleEditor)
	attempt := func(factor bool) error {
		_, err := s.CreateLogin(t.Context(), as(ada), appliance.Login{AccountID: ada.ID, ExpiresAt: clock.Now().Add(time.Hour)},
			appliance.NewSecret("").Hash(), store.Proved{PasswordHash: "hash of ada", Factor: factor})
		return err
	}
	if err := s.StartFactor(t.Context(), ada.ID, factorSecret); err != nil {
		t.Fatal(err)
	}
	if err := attempt(false); err != nil {
		t.Errorf("while it is being set up: %v", err)
	}
	setUpFactor(t, s, ada, factorSecret)
	refused(t, "a log-in that was under way", attempt(false), appliance.CodeUnauthorized)
	if list, err := s.Logins(t.Context(), ada.ID); err != nil || len(list) != 0 {
		t.Errorf("%d log-ins without the factor, %v", len(list), err)
	}
	if err := attempt(true); err != nil {
		t.Error(err)
	}
	if err := s.RemoveOwnFactor(t.Context(), as(ada)); err != nil {
		t.Fatal(err)
	}
	if err := attempt(false); err != nil {
		t.Errorf("after it was taken away: %v", err)
	}
}

func TestNobodyEndsAnothersLogin(t *testing.T) {
	s, clock := office(t)
	ada, eve := hire(t, s, "ada", appliance.RoleEditor), hire(t, s, "eve", appliance.RoleOwner)
	l, token := logIn(t, s, ada, clock.Now().Add(time.Hour))
	refused(t, "eve ends it", s.EndLogin(t.Context(), as(eve), eve.ID, l.ID), appliance.CodeNotFound)
	if _, _, err := s.LoginByToken(t.Context(), token.Hash()); err != nil {
		t.Error(err)
	}
}

func TestALongUserAgentIsCut(t *testing.T) {
	s, clock := office(t)
	ada := hire(t, s, "ada", appliance.RoleEditor)
	l, err := s.CreateLogin(t.Context(), as(ada), appliance.Login{AccountID: ada.ID, ExpiresAt: clock.Now().Add(time.Hour),
		UserAgent: strings.Repeat("x", 10_000)}, appliance.NewSecret("").Hash(), store.Proved{PasswordHash: "hash of ada"})
	if err != nil || len(l.UserAgent) != 300 {
		t.Errorf("%d bytes are kept, %v", len(l.UserAgent), err)
	}
}

func BenchmarkLoginByToken(b *testing.B) {
	s, clock := office(b)
	ada := hire(b, s, "ada", appliance.RoleEditor)
	_, token := logIn(b, s, ada, clock.Now().Add(time.Hour))
	hash := token.Hash()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, _, err := s.LoginByToken(b.Context(), hash); err != nil {
				b.Error(err)
			}
			s.SeenLogin(b.Context(), hash)
		}
	})
}

func TestMoreCallersThanMemoryHoldsAreAllFound(t *testing.T) {
	s, _ := office(t)
	ada := hire(t, s, "ada", appliance.RoleEditor)
	var tokens []appliance.Secret
	for i := range 60 {
		secret := appliance.NewSecret("")
		_, err := s.CreateKey(t.Context(), as(ada), store.Once{}, appliance.APIKey{AccountID: ada.ID,
			Name: fmt.Sprint("key ", i), Prefix: "hm_live_0000", Scopes: []appliance.Scope{"*"}}, secret.Hash())
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, secret)
	}
	s.RememberCallers(50)
	for range 2 {
		for i, secret := range tokens {
			if k, _, err := s.KeyByHash(t.Context(), secret.Hash()); err != nil || k.Name != fmt.Sprint("key ", i) {
				t.Fatalf("key %d: %q, %v", i, k.Name, err)
			}
		}
	}
}
