package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/auth"
	"harmonium/appliance/store"
)

// ParticipantConversation is a conversation as its participant sees it.
type ParticipantConversation struct {
	SessionID      appliance.SessionID         `json:"session_id"`
	ConversationID appliance.ConversationID    `json:"conversation_id"`
	Topic          string                      `json:"topic"`
	Host           string                      `json:"host" doc:"Who asks"`
	Language       appliance.Language          `json:"language"`
	State          appliance.ConversationState `json:"state" enum:"active,finished"`
	Ended          appliance.Ending            `json:"ended" enum:",complete,early,closed"`
	SessionState   appliance.SessionStatus     `json:"session_state" enum:"draft,open,closed,archived"`
	MadeBy         string                      `json:"made_by" doc:"Who facilitates: rules, or the name of a model"`
	Guided         bool                        `json:"guided" doc:"By rules"`
	Turns          []Turn                      `json:"turns"`
	Speaking       OrNull[Speaking]            `json:"speaking" doc:"The facilitator's turn that is not whole yet"`
	Rehearsal      bool                        `json:"rehearsal" doc:"The session is only tried out"`
	Owed           bool                        `json:"owed" doc:"The next turn is the facilitator's"`
	Progress       Progress                    `json:"progress"`
	Use            appliance.Use               `json:"use" enum:"quote,paraphrase,count" doc:"How one's words may be used, where nothing else is chosen for single points"`
	Voice          bool                        `json:"voice" doc:"Answers can be spoken: the box writes them down. Without HTTPS browsers give no microphone"`
	Results        bool                        `json:"results" doc:"Once it is finished the session shows results"`
	Rating         int                         `json:"rating" doc:"1 to 4: how well one was understood; 0 when not told"`
	Waits          bool                        `json:"waits" doc:"It was taken back, and a legal hold keeps it: nothing of it is shown any more"`
	ReturnURL      string                      `json:"return_url" doc:"Private: whoever has it is this participant"`
}

// Speaking is a turn of the facilitator as far as it was spoken.
type Speaking struct {
	TurnSeq int    `json:"turn_seq" doc:"The number that the turn will have"`
	Text    string `json:"text"`
}

type ownConversationInput struct {
	Authorization string `header:"Authorization" hidden:"true"`
}

func (a *API) getOwnConversation(ctx context.Context, in *ownConversationInput) (*Output[ParticipantConversation], error) {
	seat := callerOf(ctx).Seat
	// What is spoken is asked for first: a turn that is stored meanwhile is then in both, and is dropped here.
	seq, text, speaking := a.Engine.Speaking(seat.ConversationID)
	session, err := a.Store.Session(ctx, seat.SessionID)
	if err != nil {
		return nil, err
	}
	c, err := a.Store.ConversationListing(ctx, seat.ConversationID)
	if err != nil {
		return nil, err
	}
	waits, err := a.Store.TakenBack(ctx, seat.ConversationID)
	if err != nil {
		return nil, err
	}
	turns, err := a.Store.Turns(ctx, seat.ConversationID)
	if err != nil {
		return nil, err
	}
	if waits {
		turns = nil
	}
	host, err := a.hostName(ctx, session)
	if err != nil {
		return nil, err
	}
	leads, err := a.facilitatedBy(ctx, session.ID)
	if err != nil {
		return nil, err
	}
	voice, err := a.hears(ctx, session.ID)
	if err != nil {
		return nil, err
	}
	out := ParticipantConversation{
		SessionID: session.ID, ConversationID: c.ID, Topic: session.Brief.Topic, Host: host, Language: c.Language,
		State: c.State, Ended: c.Ended, SessionState: session.Status, MadeBy: leads, Guided: leads == appliance.MadeByRules,
		Turns: turnsOut(turns), Owed: c.Owed, Rehearsal: c.Rehearsal != "", Progress: progressOut(c.Progress),
		Use: c.Use, Voice: voice, Rating: c.Rating, Waits: waits,
		Results:   c.Rehearsal == "" && len(session.Visibility.SharedWith(appliance.ResultsParticipants)) > 0,
		ReturnURL: a.returnURL(session.ID, strings.TrimPrefix(in.Authorization, "Bearer ")),
	}
	if speaking && seq >= len(turns) {
		out.Speaking.Value = &Speaking{seq, text}
	}
	return &Output[ParticipantConversation]{out}, nil
}

// How fast a participant may send: 20 messages a second, 40 at once.
const (
	messageBurst = 40
	messageEach  = time.Second / 20
)

// newMessageRate makes the limit of messages; a box that limits nothing, to be measured, does not limit them either.
func newMessageRate(clock appliance.Clock, limited bool) *auth.Rate {
	if !limited {
		return auth.NewRate(clock, 0, time.Second)
	}
	return auth.NewRate(clock, messageBurst, messageBurst*messageEach)
}

// TurnRequest is a message of a participant.
type TurnRequest struct {
	Content string  `json:"content,omitempty" doc:"1 to 10,000 characters; left out with an answer by a control, which has its own words"`
	Answer  *Answer `json:"answer,omitempty" doc:"By the control of a question; once for each"`
	Spoken  bool    `json:"spoken,omitempty" doc:"The content was said aloud and written down by the box, and read by whoever sends it"`
	Key     string  `json:"key" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$" patternDescription:"letters, digits, _ and -" doc:"Chosen by the client, new for each message: sending it again is harmless"`
}

// StoredTurn is a turn that is on the disk.
type StoredTurn struct {
	Status int
	Body   Turn
}

// postTurn stores a message. 201 means that it is on the disk, 200 that it was there before.
func (a *API) postTurn(ctx context.Context, in *Input[TurnRequest]) (*StoredTurn, error) {
	seat := callerOf(ctx).Seat
	if wait := a.messages.Take(string(seat.ConversationID)); wait > 0 {
		return nil, auth.TooOften(wait)
	}
	t, isNew, err := a.say(ctx, seat, in.Body)
	if err != nil {
		return nil, err
	}
	if isNew {
		return &StoredTurn{http.StatusCreated, turnOut(t)}, nil
	}
	return &StoredTurn{http.StatusOK, turnOut(t)}, nil
}

func (a *API) say(ctx context.Context, seat store.Seat, in TurnRequest) (appliance.Turn, bool, error) {
	if in.Answer == nil && in.Spoken {
		return a.Engine.Speak(ctx, seat, in.Content, in.Key)
	}
	if in.Answer == nil {
		return a.Engine.Say(ctx, seat, in.Content, in.Key)
	}
	if in.Content != "" {
		return appliance.Turn{}, false, appliance.Invalid("content", "An answer by a control has its own words. Send others as a message of their own.")
	}
	return a.Engine.Pick(ctx, seat, appliance.ControlAnswer(*in.Answer), in.Key)
}

// goOnGuided has the answer that is being waited for given by rules at once. The next one is the model's again.
func (a *API) goOnGuided(ctx context.Context, _ *struct{}) (*struct{}, error) {
	a.Engine.GuideNow(callerOf(ctx).Seat.ConversationID)
	return nil, nil
}

// FinishRequest says what becomes of what was said.
type FinishRequest struct {
	Keep bool `json:"keep" doc:"False erases every turn, the form answers and the name"`
}

// Finished says what became of it.
type Finished struct {
	Kept  bool `json:"kept"`
	Waits bool `json:"waits" doc:"A legal hold keeps it: it counts nowhere any more, and is erased when an administrator decides so or the hold ends"`
}

func (a *API) finishConversation(ctx context.Context, in *Input[FinishRequest]) (*Output[Finished], error) {
	waits, err := a.Engine.Finish(ctx, callerOf(ctx).Seat, in.Body.Keep)
	if err != nil {
		return nil, err
	}
	a.Voice.Forget(callerOf(ctx).Seat.ConversationID)
	return &Output[Finished]{Finished{in.Body.Keep, waits}}, nil
}
