package facilitation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/guide"
	"harmonium/appliance/inference"
	"harmonium/appliance/live"
	"harmonium/appliance/store"
)

// A rehearsal is an invented interview by the prompts and the rules of real ones, to find out what a box can carry.

// rehearsed is what the invented interviews are about, and what the invented people answer: as many words as people type
// on a phone. Each %d is one of the person.
var rehearsed = struct {
	brief   appliance.Brief
	answers []string
}{
	appliance.Brief{
		Topic: "The handover between the shifts", Goal: "Learn what gets lost between the shifts, and what would help",
		Critical: "What happened the last time that something was lost\nWhat the board is used for\nWhat happens at the weekend\nWho is asked when something is unclear",
		Context:  "A hospital with nine wards. The board was moved to the corridor in spring.",
	},
	[]string{
		"On night %d I came in at six and nobody could tell me whether the drip in room %d had been changed, because the colleague before me had left for the bus already and her note was lying under the cups.",
		"We write it on the board, but the board hangs in the corridor number %d since spring, and whoever walks past with a bed wipes half of it away, so that by noon only the names of %d patients can be read.",
		"At the weekend there are only two of us for %d patients, and then I call the colleague at home, which she does not like, but otherwise I would have to guess what the doctor said at %d o'clock.",
		"I would ask the ward sister, but she begins at eight, so for the first %d minutes there is nobody who knows, and I look through the %d sheets until I find the one that says something about it.",
	},
}

// rehearsalRoom is how many bytes of prompts a rehearsal has at most: it is shorter than any model takes.
const rehearsalRoom = 20_000

// Rehearsal is what a model is asked for one turn of an invented interview.
type Rehearsal struct {
	Weigh, Speak inference.Request // in this order; they share their beginning
}

// QuickEnough is how many tokens a second a model writes from which it weighs an answer before it speaks, not after.
const QuickEnough = quickEnough

// Rehearse gives the requests for the turn after so many answers of a person. Two people have nothing in common but what
// all real ones have: the rules and the guide.
func Rehearse(person, answers int) Rehearsal {
	p := rehearsedPlan()
	var turns []appliance.Turn
	for i := range answers {
		t := p.topics[i%len(p.topics)]
		question := t.question
		if i >= len(p.topics) && len(t.followUps) > 0 {
			question = t.followUps[0]
		}
		turns = append(turns, appliance.Turn{Role: appliance.FromFacilitator, Content: question},
			appliance.Turn{Role: appliance.FromParticipant, Content: rehearsedAnswer(person, i)})
	}
	h := history{turns: turns, room: rehearsalRoom}
	h.folded = p.foldTo(h)
	h.facts = p.facts(turns[:h.folded])
	at := func(i int) appliance.TopicID { return p.guide.Topics[i%len(p.topics)].ID }
	request := func(instruction string, tokens int) inference.Request {
		return inference.Request{Role: appliance.ModelFacilitator, MaxTokens: tokens,
			Messages: append(p.messages(h), inference.Message{Role: "user", Content: instruction})}
	}
	next, _ := p.instruction(Decision{Move: appliance.MoveAsk, Topic: at(answers)}, nil)
	r := Rehearsal{Weigh: request(p.assessment(at(max(0, answers-1))), maxWeighed), Speak: request(next, rehearsedWords)}
	r.Weigh.Format, r.Speak.Temperature = json.RawMessage(allPrompts().assess.Schema.Text()), temperature
	return r
}

// rehearsedWords is how many tokens a spoken turn has: a sentence and a question of together 30 words.
const rehearsedWords = 45

func rehearsedAnswer(person, i int) string {
	return fmt.Sprintf(rehearsed.answers[i%len(rehearsed.answers)], 1000+person, 100*i+person)
}

func rehearsedPlan() *Plan {
	return NewPlan(guide.Draft(rehearsed.brief, appliance.English), appliance.English)
}

// The size of a rehearsal by rules.
const (
	rehearsedPeople = 16
	rehearsedFor    = 2 * time.Second
)

// RehearseByRules measures how many answers a second the rules give on this disk, with many people who answer at once.
// It takes two seconds, and happens in a directory in dir that is deleted after it.
func RehearseByRules(ctx context.Context, dir string, clock appliance.Clock) (perSecond float64, err error) {
	scratch, err := os.MkdirTemp(dir, "rehearsal-*")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	st, err := store.Open(ctx, store.Options{Dir: scratch, Clock: clock, BallastBytes: -1})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	session, err := rehearsedSession(ctx, st)
	if err != nil {
		return 0, err
	}
	e := New(Options{Store: st, Hub: live.NewHub(clock), Clock: clock})
	defer func() { err = errors.Join(err, e.Close(context.WithoutCancel(ctx))) }()
	limit, stop := context.WithTimeout(ctx, rehearsedFor)
	defer stop()
	var answers atomic.Int64
	var people sync.WaitGroup
	began := clock()
	for person := range rehearsedPeople {
		people.Go(func() {
			for limit.Err() == nil && e.rehearse(limit, session, person, &answers) == nil {
			}
		})
	}
	people.Wait()
	took := clock().Sub(began)
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if answers.Load() == 0 || took <= 0 {
		return 0, errors.New("no answer was given in time")
	}
	return float64(answers.Load()) / took.Seconds(), nil
}

func rehearsedSession(ctx context.Context, st *store.Store) (appliance.SessionID, error) {
	by := store.By{Actor: store.ActorCommandLine}
	a, err := st.CreateAccount(ctx, by, appliance.Account{Email: "nobody@example.invalid", Name: "Nobody", Role: appliance.RoleOwner,
		Language: appliance.English}, strings.Repeat("x", 60))
	if err != nil {
		return "", err
	}
	by.Account = a.ID
	s, err := st.CreateSession(ctx, by, store.Once{}, appliance.Session{Brief: rehearsed.brief, Status: appliance.SessionOpen,
		Language: appliance.English, ResultsVisibility: appliance.ResultsHost}, appliance.GuideVersion{
		Guide: guide.Draft(rehearsed.brief, appliance.English), Maker: appliance.Maker{By: appliance.MadeByRules}, Reason: "rehearsed"}, nil)
	return s.ID, err
}

// rehearse has one person talk until the conversation is over, and counts the answers.
func (e *Engine) rehearse(ctx context.Context, session appliance.SessionID, person int, answers *atomic.Int64) error {
	joined, err := e.Store.Join(ctx, store.Joining{Participant: appliance.Participant{SessionID: session, Language: appliance.English,
		Origin: appliance.OriginLink, ConsentedAt: e.Clock()}, TokenHash: appliance.NewSecret("").Hash()})
	if err != nil {
		return err
	}
	e.Wake(joined.ConversationID)
	t, err := e.Answer(ctx, joined.ConversationID, -1)
	for i := 0; err == nil && t.Move != appliance.MoveClose; i++ {
		said, _, sayErr := e.Say(ctx, joined.Seat, rehearsedAnswer(person, i), fmt.Sprint("k", i))
		if sayErr != nil {
			return sayErr
		}
		if t, err = e.Answer(ctx, joined.ConversationID, said.Seq); err == nil {
			answers.Add(1)
		}
	}
	return err
}
