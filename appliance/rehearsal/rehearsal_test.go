package rehearsal_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/facilitation"
	"harmonium/appliance/guide"
	"harmonium/appliance/inference"
	"harmonium/appliance/inference/ollamatest"
	"harmonium/appliance/live"
	"harmonium/appliance/rehearsal"
	"harmonium/appliance/store"
	"harmonium/appliance/testkit"
)

var by = store.By{Actor: store.ActorCommandLine}

// stage is a draft session with everything that a rehearsal needs.
type stage struct {
	*testing.T
	store   *store.Store
	play    *rehearsal.Rehearsal
	session appliance.Session
	log     *strings.Builder
}

func newStage(t *testing.T, language appliance.Language, models *inference.Gateway) *stage {
	t.Helper()
	s := testkit.Store(t, appliance.SystemClock)
	hub := live.NewHub(appliance.SystemClock)
	st := &stage{T: t, store: s, log: &strings.Builder{}}
	log := slog.New(slog.NewTextHandler(st.log, nil))
	engine := facilitation.New(facilitation.Options{Store: s, Hub: hub, Clock: appliance.SystemClock, Models: models, Log: log})
	t.Cleanup(func() { engine.Close(context.Background()) })
	st.play = rehearsal.New(rehearsal.Options{Store: s, Engine: engine, Models: models, Log: log})
	brief := appliance.Brief{Topic: "Handover", Goal: "Learn what gets lost", Critical: "What gets lost\nHow nights differ"}
	var err error
	st.session, err = s.CreateSession(t.Context(), by, store.Once{}, appliance.Session{Brief: brief, Status: appliance.SessionDraft,
		Language: language, ResultsVisibility: appliance.ResultsHost},
		appliance.GuideVersion{Guide: guide.Draft(brief, language), Brief: brief, Maker: appliance.Maker{By: appliance.MadeByRules}, Reason: "drafted"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// rehearse has characters played to the end and tells how it went.
func (s *stage) rehearse(who ...appliance.Character) []rehearsal.Report {
	s.Helper()
	for _, c := range who {
		if _, err := s.store.Rehearse(s.Context(), by, store.Once{}, s.session.ID, c, "", nil); err != nil {
			s.Fatal(err)
		}
	}
	steps := 0
	err := s.play.Play(s.Context(), appliance.Job{SessionID: s.session.ID}, func(done, total int) {
		if done > total || total == 0 {
			s.Errorf("%d of %d steps are done", done, total)
		}
		steps++
	})
	if err != nil || steps == 0 {
		s.Fatalf("after %d steps: %v", steps, err)
	}
	reports, err := s.play.Reports(s.Context(), s.session.ID)
	if err != nil {
		s.Fatal(err)
	}
	return reports
}

func TestEveryCharacterTalksToTheEndInEveryLanguage(t *testing.T) {
	for _, language := range appliance.Languages() {
		t.Run(string(language), func(t *testing.T) {
			s := newStage(t, language, nil)
			reports := s.rehearse(appliance.Simulated()...)
			if len(reports) != len(appliance.Simulated()) {
				t.Fatalf("%d reports", len(reports))
			}
			for _, r := range reports {
				if r.State != appliance.ConversationFinished || r.Included || r.Number >= 0 || r.Turns == 0 || r.Minutes <= 0 || r.ByRules == 0 || r.ByModel != 0 || len(r.Topics) == 0 {
					t.Errorf("%s: %s, included %v, number %d, %d turns, %.1f minutes", r.Rehearsal, r.State, r.Included, r.Number, r.Turns, r.Minutes)
				}
			}
		})
	}
}

func TestCharactersDifferInWhatTheyBring(t *testing.T) {
	s := newStage(t, appliance.English, nil)
	words, depth := map[appliance.Character]int{}, map[appliance.Character]int{}
	for _, r := range s.rehearse(appliance.CharacterPlain, appliance.CharacterTerse, appliance.CharacterTalkative) {
		words[r.Rehearsal] = r.Words / r.Turns
		for _, topic := range r.Topics {
			depth[r.Rehearsal] = max(depth[r.Rehearsal], topic.Depth)
		}
	}
	if !(words["terse"] < words["plain"] && words["plain"] < words["talkative"]) || depth["terse"] >= depth["plain"] {
		t.Errorf("words a turn %v, depth %v", words, depth)
	}
}

func TestARehearsalIsNoPartOfTheSessionUntilItIsLetIn(t *testing.T) {
	s := newStage(t, appliance.English, nil)
	id := s.rehearse(appliance.CharacterPlain)[0].ID
	account, err := s.store.CreateAccount(t.Context(), by, appliance.Account{Email: "a@example.org", Name: "A", Role: appliance.RoleOwner, Language: "en"}, "hash")
	if err != nil {
		t.Fatal(err)
	}
	count := func() (joined, listed, claims int) {
		t.Helper()
		l, err := s.store.SessionListing(t.Context(), account.ID, s.session.ID)
		if err != nil {
			t.Fatal(err)
		}
		_, total, err := s.store.Conversations(t.Context(), s.session.ID, store.Page{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		m, err := s.store.ReportMaterial(t.Context(), s.session.ID)
		if err != nil {
			t.Fatal(err)
		}
		return l.Participants + l.Finished, total, m.Counts.Conversations
	}
	if joined, listed, counted := count(); joined+listed+counted != 0 {
		t.Errorf("before: %d joined, %d are listed, %d count", joined, listed, counted)
	}
	if err := s.store.SetIncluded(t.Context(), by, id, true); err != nil {
		t.Fatal(err)
	}
	if joined, listed, counted := count(); joined != 0 || listed != 1 || counted != 1 {
		t.Errorf("let in: %d joined, %d are listed, %d count", joined, listed, counted)
	}
}

func TestPlayGoesOnWhereItWasAndEndsWhenItIsEnded(t *testing.T) {
	s := newStage(t, appliance.English, nil)
	if _, err := s.store.Rehearse(t.Context(), by, store.Once{}, s.session.ID, appliance.CharacterPlain, "", nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	seen := 0
	_ = s.play.Play(ctx, appliance.Job{SessionID: s.session.ID}, func(int, int) {
		if seen++; seen == 3 {
			cancel()
		}
	})
	before, err := s.store.Rehearsals(t.Context(), s.session.ID)
	if err != nil || before[0].State != appliance.ConversationActive {
		t.Fatalf("it is %s, %v", before[0].State, err)
	}
	reports := s.rehearse(appliance.CharacterTerse)
	turns, err := s.store.Turns(t.Context(), before[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]int{}
	for _, turn := range turns {
		if turn.Role == appliance.FromParticipant {
			said[turn.ClientKey]++
		}
	}
	for key, n := range said {
		if n != 1 {
			t.Errorf("%s was said %d times", key, n)
		}
	}
	if reports[1].State != appliance.ConversationFinished {
		t.Error("the interrupted one was not ended")
	}
	if _, err := s.store.Rehearse(t.Context(), by, store.Once{}, s.session.ID, appliance.CharacterPlain, "", nil); err != nil {
		t.Fatal(err)
	}
	if n, err := s.store.EndRehearsals(t.Context(), s.session.ID); err != nil || n != 1 {
		t.Errorf("%d were ended, %v", n, err)
	}
}

func TestAModelPlaysWhereThereIsOne(t *testing.T) {
	fake := ollamatest.New(t, "small:1b")
	fake.Rule(func(r ollamatest.Request) ollamatest.Script {
		if r.Format == nil && strings.Contains(r.Messages[0].Content, "You play a person") {
			return ollamatest.Text("The zeppelin list is missing, because nobody prints it.")
		}
		return ollamatest.Text("nonsense that is no question")
	})
	s := newStage(t, appliance.English, fake.Gateway(nil))
	r := s.rehearse(appliance.CharacterPlain)[0]
	turns, err := s.store.Turns(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	played := 0
	for _, turn := range turns {
		if strings.Contains(turn.Content, "zeppelin") && turn.Role == appliance.FromParticipant {
			played++
		}
	}
	if played != r.Turns || len(r.Broken) != 0 {
		t.Errorf("the model played %d of %d turns; %d of the facilitator break rules", played, r.Turns, len(r.Broken))
	}
	if strings.Contains(s.log.String(), "zeppelin") {
		t.Error("the log holds what was said")
	}
}

func TestTooManyRehearsalsAreRefused(t *testing.T) {
	s := newStage(t, appliance.English, nil)
	for range appliance.MaxRehearsals {
		if _, err := s.store.Rehearse(t.Context(), by, store.Once{}, s.session.ID, appliance.CharacterHost, "", nil); err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.store.Rehearse(t.Context(), by, store.Once{}, s.session.ID, appliance.CharacterHost, "", nil)
	if diff := cmp.Diff(appliance.CodeConflict, appliance.CodeOf(err)); diff != "" {
		t.Error(diff)
	}
}

// Where the facilitator may choose controls, a rehearsal shows them, and simulated participants answer by them.
func TestARehearsalHasTheControlsThatPeopleWillMeet(t *testing.T) {
	s := newStage(t, appliance.English, nil)
	if _, err := s.store.UpdateSession(t.Context(), by, s.session.ID, func(session *appliance.Session) error {
		session.WidgetsEnabled = true
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	asked, picked := 0, 0
	for _, r := range s.rehearse(appliance.CharacterTerse, appliance.CharacterHostile) {
		turns, err := s.store.Turns(t.Context(), r.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, turn := range turns {
			if turn.Control != nil {
				asked++
			}
			if turn.Answer != nil {
				picked++
			}
		}
	}
	if asked == 0 || picked == 0 {
		t.Errorf("%d questions come with a control, %d are answered by one", asked, picked)
	}
	if tallies, err := s.store.Tallies(t.Context(), s.session.ID); err != nil || len(tallies) != 0 {
		t.Errorf("what was picked in a rehearsal counts: %+v, %v", tallies, err)
	}
}
