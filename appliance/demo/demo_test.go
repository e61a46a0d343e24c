package demo_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/auth"
	"harmonium/appliance/demo"
	"harmonium/appliance/store"
)

var now = time.Date(2026, time.March, 4, 16, 0, 0, 0, time.UTC)

// filled makes a demonstration and opens it.
func filled(t *testing.T) (*store.Store, demo.Login, map[appliance.SessionStatus]store.SessionListing) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "demo")
	login, err := demo.Fill(t.Context(), demo.Options{Dir: dir, Now: now, BcryptCost: 4})
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Clock: func() time.Time { return now }, BallastBytes: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	accounts, err := s.Accounts(t.Context())
	if err != nil || len(accounts) != 1 {
		t.Fatalf("%d accounts, %v", len(accounts), err)
	}
	list, _, err := s.Sessions(t.Context(), accounts[0].ID, store.SessionFilter{Page: store.Page{Limit: 100}})
	if err != nil {
		t.Fatal(err)
	}
	sessions := map[appliance.SessionStatus]store.SessionListing{}
	for _, l := range list {
		if l.ProjectID == "" {
			t.Errorf("%q is in no project", l.Brief.Topic)
		}
		sessions[l.Status] = l
	}
	return s, login, sessions
}

func TestTheDemonstrationHasSomethingForEveryPage(t *testing.T) {
	s, login, sessions := filled(t)
	t.Run("log-in", func(t *testing.T) {
		account, hash, err := s.AccountByEmail(t.Context(), login.Email)
		if err != nil || account.Role != appliance.RoleOwner {
			t.Fatalf("account %+v, %v", account, err)
		}
		passwords, err := auth.NewPasswords(4)
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := passwords.Check(t.Context(), hash, login.Password); !ok || err != nil {
			t.Errorf("the password that is given out does not fit (%v)", err)
		}
	})
	t.Run("sessions", func(t *testing.T) {
		if len(sessions) != 3 || sessions["draft"].ID == "" || sessions["open"].ID == "" || sessions["closed"].ID == "" {
			t.Fatalf("there are %d kinds of sessions, want a draft, an open and a closed one", len(sessions))
		}
		open := sessions["open"]
		counts := []int{open.Participants, open.Active, open.Finished}
		if diff := cmp.Diff([]int{24, 2, 22}, counts); diff != "" {
			t.Errorf("participants, active, finished:\n%s", diff)
		}
		version, err := s.Guide(t.Context(), sessions["draft"].ID, 0)
		if err != nil || len(version.Guide.Topics) < 4 || version.Maker.By != appliance.MadeByRules {
			t.Errorf("the draft has a guide of %d topics (%v)", len(version.Guide.Topics), err)
		}
	})
	for _, status := range []appliance.SessionStatus{"open", "closed"} {
		t.Run(string(status), func(t *testing.T) { checkResults(t, s, sessions[status].ID) })
	}
	t.Run("conversations", func(t *testing.T) { checkConversations(t, s, sessions["open"].ID) })
}

func checkResults(t *testing.T, s *store.Store, id appliance.SessionID) {
	t.Helper()
	r, err := s.Results(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if r.Stale || len(r.Report.Body.Missing) > 0 || r.Report.Counts.Discarded > 0 || len(r.Claims) == 0 {
		t.Errorf("stale %v, missing %v, counts %+v", r.Stale, r.Report.Body.Missing, r.Report.Counts)
	}
	all, err := s.Claims(t.Context(), id)
	if err != nil || len(all) != r.Report.Counts.Claims {
		t.Errorf("%d claims, %d counted (%v)", len(all), r.Report.Counts.Claims, err)
	}
	for _, c := range all {
		turns, err := s.Turns(t.Context(), c.ConversationID)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range c.Cited {
			if turn := turns[q.Seq]; turn.ID != q.Span.TurnID || turn.Content[q.Span.Start:q.Span.End] != c.Text || turn.Role != "participant" {
				t.Errorf("participant %d, turn %d: the quotation is not what stands there", c.Number, q.Seq)
			}
		}
	}
}

func checkConversations(t *testing.T, s *store.Store, id appliance.SessionID) {
	t.Helper()
	list, _, err := s.Conversations(t.Context(), id, store.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	days, endings := map[string]int{}, map[appliance.Ending]int{}
	unanswered := 0
	for _, c := range list {
		turns, err := s.Turns(t.Context(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		last := c.CreatedAt
		for i, turn := range turns {
			if turn.CreatedAt.Before(last) || turn.CreatedAt.After(now) || turn.Seq != i {
				t.Errorf("participant %d: turn %d is of %v", c.Number, turn.Seq, turn.CreatedAt)
			}
			last = turn.CreatedAt
			if strings.Contains(turn.Content, "I don't know.") || strings.Contains(turn.Content, "nothing to add") {
				unanswered++
			}
		}
		if hour := c.CreatedAt.Hour(); hour < 13 || hour > 16 {
			t.Errorf("participant %d joined at %v", c.Number, c.CreatedAt)
		}
		days[c.CreatedAt.Format(time.DateOnly)]++
		endings[c.Ended]++
	}
	if diff := cmp.Diff(map[string]int{"2026-03-03": 12, "2026-03-04": 12}, days); diff != "" {
		t.Errorf("two afternoons:\n%s", diff)
	}
	if diff := cmp.Diff(map[appliance.Ending]int{"complete": 21, "early": 1, "": 2}, endings); diff != "" {
		t.Errorf("endings:\n%s", diff)
	}
	// People were asked for more than the story lets them say: then it needs more words.
	if unanswered > 8 {
		t.Errorf("%d questions went unanswered", unanswered)
	}
}

func TestADirectoryThatHoldsSomethingIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "letter"), []byte("Dear Ruth"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := demo.Fill(t.Context(), demo.Options{Dir: dir, Now: now, BcryptCost: 4})
	if appliance.CodeOf(err) != appliance.CodeConflict {
		t.Errorf("error %v, want a conflict", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%d entries in the directory (%v)", len(entries), err)
	}
}
