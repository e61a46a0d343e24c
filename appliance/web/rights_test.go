package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// me opens the socket of whoever is logged in and reads the hello.
func (l *line) me(as string) *client {
	l.t.Helper()
	c, _, err := l.dial("/api/v1/me/live", "Origin: http://localhost", "Cookie: "+strings.TrimPrefix(l.as[as], "Cookie "))
	if err != nil {
		l.t.Fatal(err)
	}
	c.next()
	return c
}

// Whatever takes the sight of a session away closes the sockets on it within a second, and those of others stay.
func TestASocketLosesWhatItMayNotSeeAnyMore(t *testing.T) {
	inLine(t, func(t *testing.T, l *line) {
		owner := l.person("owner", appliance.RoleOwner)
		vera := l.person("vera", appliance.RoleViewer)
		by := store.By{Account: owner.ID, Actor: string(owner.ID)}
		s := l.open()
		place := appliance.Shared{Session: s.ID}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		change := func(change func(*appliance.Session)) error {
			_, err := l.store.UpdateSession(t.Context(), by, s.ID, func(s *appliance.Session) error { change(s); return nil })
			return err
		}
		project, err := l.store.CreateProject(t.Context(), by, store.Once{}, appliance.Project{Title: "Night shift"})
		must(err)
		group, err := l.store.CreateGroup(t.Context(), by, store.Once{}, "Nurses", []appliance.AccountID{vera.ID})
		must(err)
		viewer := appliance.Membership{Account: vera.ID, Role: appliance.RoleViewer}
		nurses := appliance.Membership{Group: group.ID, Role: appliance.RoleViewer}
		inProject := appliance.Shared{Project: project.ID}
		for _, tt := range []struct {
			name       string
			give, take func() error
			code       int
		}{
			{"removed from the session", func() error { return l.store.SetMember(t.Context(), by, place, viewer) },
				func() error { return l.store.RemoveMember(t.Context(), by, place, viewer) }, 4403},
			{"removed from the group", func() error { return l.store.SetMember(t.Context(), by, place, nurses) },
				func() error {
					_, err := l.store.UpdateGroup(t.Context(), by, group.ID, store.GroupChange{Remove: []appliance.AccountID{vera.ID}})
					return err
				}, 4403},
			{"the session is private again", func() error { return change(func(s *appliance.Session) { s.Public = true }) },
				func() error { return change(func(s *appliance.Session) { s.Public = false }) }, 4403},
			{"moved out of the project", func() error {
				must(l.store.SetMember(t.Context(), by, inProject, viewer))
				return change(func(s *appliance.Session) { s.ProjectID = project.ID })
			}, func() error { return change(func(s *appliance.Session) { s.ProjectID = "" }) }, 4403},
			{"the conversations are for editors", func() error { return l.store.SetMember(t.Context(), by, place, viewer) },
				func() error {
					return change(func(s *appliance.Session) {
						s.Visibility.Members = map[appliance.Tab]appliance.Role{appliance.TabResponses: appliance.RoleEditor}
					})
				}, 4403},
			{"a second factor is asked for", func() error { return change(func(s *appliance.Session) { s.Visibility.Members = nil }) },
				func() error { return l.store.SetFactorRule(t.Context(), by, appliance.FactorForEverybody) }, 4403},
			{"the account is deactivated", func() error { return l.store.SetFactorRule(t.Context(), by, appliance.FactorForNobody) }, func() error {
				_, err := l.store.UpdateAccount(t.Context(), by, vera.ID, func(a *appliance.Account) error { a.Disabled = true; return nil })
				return err
			}, 4401},
		} {
			must(tt.give())
			c, others := l.host("vera", s), l.host("owner", s)
			ended := make(chan int, 1)
			go func() { ended <- c.end() }()
			must(tt.take())
			began := time.Now()
			if code := <-ended; code != tt.code {
				t.Errorf("%s: closed with %d, want %d", tt.name, code, tt.code)
			}
			if took := time.Since(began); took > time.Second {
				t.Errorf("%s: the socket lived on for %v", tt.name, took)
			}
			others.Close()
			c.Close()
		}
	})
}

// Whose second factor is taken away where the box asks for one may do nothing until there is another, and sees nothing more.
func TestASocketEndsWithTheSecondFactorThatTheBoxAsksFor(t *testing.T) {
	inLine(t, func(t *testing.T, l *line) {
		vera := l.person("vera", appliance.RoleViewer)
		s := l.open()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
		must(l.store.SetMember(t.Context(), byTest, appliance.Shared{Session: s.ID}, appliance.Membership{Account: vera.ID, Role: appliance.RoleViewer}))
		must(l.store.StartFactor(t.Context(), vera.ID, secret))
		must(l.store.ConfirmFactor(t.Context(), byTest, vera.ID, secret, 1, nil, ""))
		must(l.store.SetFactorRule(t.Context(), byTest, appliance.FactorForEverybody))
		l.as["vera"] = l.cookie(vera)
		c := l.host("vera", s)
		ended := make(chan int, 1)
		go func() { ended <- c.end() }()
		must(l.store.RemoveFactor(t.Context(), byTest, vera.ID))
		began := time.Now()
		if code := <-ended; code != 4403 || time.Since(began) > time.Second {
			t.Errorf("closed with %d after %v", code, time.Since(began))
		}
		c.Close()
	})
}

// Who follows a thread of the Companion is let go with the log-in, and nobody follows that of somebody else.
func TestAFollowerOfAThreadIsLetGoWithTheLogIn(t *testing.T) {
	inLine(t, func(t *testing.T, l *line) {
		vera := l.person("vera", appliance.RoleViewer)
		l.person("eve", appliance.RoleOwner)
		by := store.By{Account: vera.ID, Actor: string(vera.ID)}
		thread, _, err := l.store.CreateCompanionThread(t.Context(), by, store.Once{}, appliance.CompanionScope{}, "What gets lost?")
		if err != nil {
			t.Fatal(err)
		}
		follow := func(as string) (*client, *http.Response, error) {
			return l.dial("/api/v1/companion/threads/"+string(thread.ID)+"/live", "Origin: http://localhost", "Cookie: "+strings.TrimPrefix(l.as[as], "Cookie "))
		}
		if _, answer, err := follow("eve"); err == nil || answer.StatusCode != 404 {
			t.Errorf("somebody else follows: %v", err)
		}
		c, _, err := follow("vera")
		if err != nil {
			t.Fatal(err)
		}
		c.next()
		ended := make(chan int, 1)
		go func() { ended <- c.end() }()
		if err := l.store.EndLogins(t.Context(), byTest, vera.ID); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if code := <-ended; code != 4401 || time.Since(began) > time.Second {
			t.Errorf("closed with %d after %v", code, time.Since(began))
		}
		c.Close()
	})
}

// Everybody hears at once that their own rights may be others now, and nothing of it when those of somebody else are.
func TestAPersonIsToldThatTheirRightsAreOthers(t *testing.T) {
	inLine(t, func(t *testing.T, l *line) {
		owner := l.person("owner", appliance.RoleOwner)
		vera := l.person("vera", appliance.RoleViewer)
		l.person("eve", appliance.RoleViewer)
		by := store.By{Account: owner.ID, Actor: string(owner.ID)}
		c, other := l.me("vera"), l.me("eve")
		if _, err := l.store.SetRole(t.Context(), by, vera.ID, appliance.RoleEditor); err != nil {
			t.Fatal(err)
		}
		if e := c.next(); e.Type != string(appliance.EventRightsChanged) {
			t.Errorf("%s comes", e.Type)
		}
		heard := make(chan int, 1)
		go func() { heard <- other.end() }()
		if err := l.store.EndLogins(t.Context(), byTest, vera.ID); err != nil {
			t.Fatal(err)
		}
		if code := c.end(); code != 4401 {
			t.Errorf("closed with %d after the log-in has ended", code)
		}
		select {
		case code := <-heard:
			t.Errorf("somebody else is let go with %d", code)
		default:
		}
		other.Close()
	})
}
