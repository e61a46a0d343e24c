// Package demo fills an empty data directory with an invented project, so that every page has something to show: a
// session that is being prepared, one that is over, and one that goes on, with people who talk with the facilitator
// just as they would from their phones. What they say is in story.json; everything else comes about as it does in the
// product: their answers are assessed, followed up and read back by the engine, and the results are made by the rules.
package demo

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/auth"
	"harmonium/appliance/facilitation"
	"harmonium/appliance/guide"
	"harmonium/appliance/live"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
)

//go:embed story.json
var storyFile []byte

// story is the form of story.json.
type story struct {
	Account     struct{ Email, Name string }
	Project     struct{ Title, Description string }
	Confirms    []string // what people say to the read-back, in turn
	NothingMore []string `json:"nothing_more"` // what they say when they are asked for more than they have
	Sessions    []storySession
}

type storySession struct {
	State   appliance.SessionStatus
	Brief   appliance.Brief
	Host    string
	Welcome string
	Form    []struct {
		Type     appliance.FieldType
		Text     string
		Required bool
		Options  []string
	}
	Guide  *appliance.Guide // drafted from the brief where there is none
	People []person
}

// person is a participant.
type person struct {
	Name     string
	Form     []string   // answers to the form, in its order
	Says     [][]string // for each topic the answer, and the answers to follow-ups
	ReadBack string     `json:"read_back"` // what they say to it; "" confirms
	Leaves   leaving
}

// leaving says what somebody does who is not asked through the whole guide.
type leaving string

const (
	leavesEarly  leaving = "early"  // finishes and keeps the answers
	leavesSilent leaving = "silent" // says nothing more; the conversation stays open
)

// Options says what to fill, and when it was.
type Options struct {
	Dir        string    // data directory; must be empty or not exist
	Now        time.Time // the end of the story
	BcryptCost int       // of the password
}

// Login is how to get in.
type Login struct{ Email, Password string }

// The times of the story.
const (
	afternoon  = 3 * time.Hour   // in which half of the people of a session talk
	lastBegins = 5 * time.Minute // before the end
	thinking   = 15 * time.Second
	perWord    = 1200 * time.Millisecond // typing on a phone
)

// Fill makes the data directory. The people of a session talk on two afternoons, the second of which has just ended,
// except in a session that is closed: there it was a month ago. It fails with CodeConflict when the directory is not
// empty; nothing is changed then.
func Fill(ctx context.Context, o Options) (login Login, err error) {
	switch entries, err := os.ReadDir(o.Dir); {
	case err != nil && !os.IsNotExist(err):
		return login, err
	case len(entries) > 0:
		return login, appliance.Errorf(appliance.CodeConflict,
			"The directory %s is not empty. Nothing was changed. Name one that is empty or that does not exist.", o.Dir)
	}
	var s story
	if err := json.Unmarshal(storyFile, &s); err != nil {
		return login, fmt.Errorf("story.json: %w", err)
	}
	f := &filler{story: s, now: o.Now, clock: &clock{}}
	f.clock.set(o.Now.AddDate(0, 0, -40))
	if f.store, err = store.Open(ctx, store.Options{Dir: o.Dir, Clock: f.clock.Now, BallastBytes: -1}); err != nil {
		return login, err
	}
	hub := live.NewHub(f.clock.Now)
	f.engine = facilitation.New(facilitation.Options{Store: f.store, Hub: hub, Clock: f.clock.Now})
	f.synthesis = synthesis.New(synthesis.Options{Store: f.store, Hub: hub, Clock: f.clock.Now, Says: facilitation.Says, Fits: facilitation.FitsIdea})
	defer func() {
		f.engine.Close(context.WithoutCancel(ctx))
		hub.Close()
		if closed := f.store.Close(); err == nil {
			err = closed
		}
	}()
	login = Login{Email: s.Account.Email, Password: newPassword()}
	if err := f.account(ctx, login, o.BcryptCost); err != nil {
		return Login{}, err
	}
	for _, session := range s.Sessions {
		if err := f.session(ctx, session); err != nil {
			return Login{}, fmt.Errorf("session %q: %w", session.Brief.Topic, err)
		}
	}
	return login, nil
}

// newPassword makes a password that can be typed.
func newPassword() string {
	s := string(appliance.NewSecret(""))
	return s[:5] + "-" + s[5:10] + "-" + s[10:15] // 75 random bits
}

// clock is the time of the story.
type clock struct {
	mu sync.Mutex
	at time.Time
}

// Now is an appliance.Clock.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at.UTC().Truncate(time.Millisecond)
}

type filler struct {
	story     story
	now       time.Time
	clock     *clock
	store     *store.Store
	engine    *facilitation.Engine
	synthesis *synthesis.Synthesis

	by      store.By
	project appliance.ProjectID
	asked   int // how often somebody was asked for more than the story has, or to confirm
}

func (f *filler) account(ctx context.Context, login Login, cost int) error {
	passwords, err := auth.NewPasswords(cost)
	if err != nil {
		return err
	}
	hash, err := passwords.Hash(ctx, login.Password)
	if err != nil {
		return err
	}
	a, err := f.store.CreateAccount(ctx, store.By{Actor: "command line"}, appliance.Account{
		Email: login.Email, Name: f.story.Account.Name, Role: appliance.RoleOwner, Language: appliance.English,
	}, hash)
	if err != nil {
		return err
	}
	f.by = store.By{Account: a.ID, Actor: string(a.ID)}
	p, err := f.store.CreateProject(ctx, f.by, store.Once{}, appliance.Project{
		Title: f.story.Project.Title, Description: f.story.Project.Description, Status: appliance.ProjectActive,
	})
	f.project = p.ID
	return err
}

// session makes a session, lets its people talk, and makes its results.
func (f *filler) session(ctx context.Context, s storySession) error {
	end := f.now
	if s.State == appliance.SessionClosed {
		end = end.AddDate(0, 0, -30)
	}
	f.clock.set(end.AddDate(0, 0, -3))
	created, err := f.create(ctx, s)
	if err != nil || s.State == appliance.SessionDraft {
		return err
	}
	f.clock.set(f.begins(end, 0, len(s.People)).Add(-time.Hour))
	if _, err := f.store.MoveSession(ctx, f.by, created.ID, appliance.SessionOpen); err != nil {
		return err
	}
	for i, p := range s.People {
		f.clock.set(f.begins(end, i, len(s.People)))
		if err := f.join(ctx, created, p); err != nil {
			return fmt.Errorf("participant %d: %w", i+1, err)
		}
	}
	f.clock.set(end)
	if s.State == appliance.SessionClosed {
		if _, err := f.store.MoveSession(ctx, f.by, created.ID, appliance.SessionClosed); err != nil {
			return err
		}
	}
	return f.synthesis.Now(ctx, created.ID)
}

func (f *filler) create(ctx context.Context, s storySession) (appliance.Session, error) {
	var form appliance.Form
	for _, q := range s.Form {
		form = append(form, appliance.FormField{Type: q.Type, Text: q.Text, Required: q.Required, Options: q.Options})
	}
	version := appliance.GuideVersion{Maker: appliance.Maker{By: appliance.MadeByHand}, Reason: "written for the demonstration"}
	if s.Guide != nil {
		version.Guide = *s.Guide
		for i := range version.Guide.Topics {
			version.Guide.Topics[i].ID = appliance.NewTopicID()
		}
	} else {
		version.Guide = guide.Draft(s.Brief, appliance.English)
		version.Maker = appliance.Maker{By: appliance.MadeByRules, PromptVersion: guide.PromptVersion}
		version.Reason = "drafted from the brief"
	}
	return f.store.CreateSession(ctx, f.by, store.Once{}, appliance.Session{
		ProjectID: f.project, Brief: s.Brief, Status: appliance.SessionDraft, Language: appliance.English, Host: s.Host,
		WelcomeMessage: s.Welcome, ResultsVisibility: appliance.ResultsHost,
	}, version, form)
}

// begins gives the time at which person i of n joins: the first half on the afternoon before end, the others on the day
// of end, the last of them lastBegins before it.
func (f *filler) begins(end time.Time, i, n int) time.Time {
	half := (n + 1) / 2
	day := end
	if i < half {
		day = end.AddDate(0, 0, -1)
	} else {
		i, half = i-half, n-half
	}
	step := (afternoon - lastBegins) / time.Duration(max(1, half-1))
	return day.Add(-afternoon + time.Duration(i)*step)
}

// join lets a person join and talk.
func (f *filler) join(ctx context.Context, s appliance.Session, p person) error {
	form, err := f.store.Form(ctx, s.ID)
	if err != nil {
		return err
	}
	given := map[appliance.FieldID][]string{}
	for i, answer := range p.Form {
		given[form[i].ID] = []string{answer}
	}
	answers, err := form.Check(given)
	if err != nil {
		return err
	}
	version, err := f.store.Guide(ctx, s.ID, s.GuideVersion)
	if err != nil {
		return err
	}
	joined, err := f.store.Join(ctx, store.Joining{
		Participant: appliance.Participant{SessionID: s.ID, Name: p.Name, Language: s.Language, Origin: appliance.OriginLink,
			ConsentText: guide.Consent(s.Language), ConsentedAt: f.clock.Now(), Answers: answers},
		TokenHash: appliance.NewSecret("").Hash(),
	})
	if err != nil {
		return err
	}
	return f.talk(ctx, joined.Seat, version.Guide, p)
}

// talk answers the facilitator until the conversation is over or the person leaves.
func (f *filler) talk(ctx context.Context, seat store.Seat, g appliance.Guide, p person) error {
	spoken := map[appliance.TopicID]int{}
	turn, err := f.engine.Answer(ctx, seat.ConversationID, -1)
	for err == nil && turn.Move != appliance.MoveClose {
		text, ok := f.answer(g, p, turn, spoken[turn.TopicID])
		if !ok {
			if p.Leaves == leavesEarly {
				_, err := f.engine.Finish(ctx, seat, true)
				return err
			}
			return nil
		}
		spoken[turn.TopicID]++
		takes := thinking + time.Duration(appliance.Words(turn.Content+" "+text))*perWord
		if at := f.clock.Now().Add(takes); at.Before(f.now) {
			f.clock.set(at)
		}
		var said appliance.Turn
		if said, _, err = f.engine.Say(ctx, seat, text, ""); err == nil {
			turn, err = f.engine.Answer(ctx, seat.ConversationID, said.Seq)
		}
	}
	return err
}

// answer gives what a person says to a turn of the facilitator, having spoken n times to its topic; false when they
// leave instead.
func (f *filler) answer(g appliance.Guide, p person, turn appliance.Turn, n int) (string, bool) {
	switch turn.Move {
	case appliance.MoveReadBack:
		return f.next(f.story.Confirms), true
	case appliance.MoveMissed:
		if p.ReadBack != "" {
			return p.ReadBack, true
		}
		return f.next(f.story.Confirms), true
	}
	for i, t := range g.Topics {
		switch {
		case t.ID != turn.TopicID:
		case i >= len(p.Says):
			return "", false
		case n < len(p.Says[i]):
			return p.Says[i][n], true
		case i == len(p.Says)-1 && p.Leaves != "":
			return "", false
		}
	}
	return f.next(f.story.NothingMore), true
}

func (f *filler) next(list []string) string {
	f.asked++
	return list[f.asked%len(list)]
}
