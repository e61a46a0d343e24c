package web

import (
	"context"
	"fmt"
	"math"

	"harmonium/appliance"
	"harmonium/appliance/facilitation"
	"harmonium/appliance/rehearsal"
	"harmonium/appliance/room"
	"harmonium/appliance/store"
)

// Rehearsal is a conversation in which a session is tried out, and how it went.
type Rehearsal struct {
	ConversationItem
	GuideVersion     int              `json:"guide_version" doc:"By which it was led"`
	Topics           []RehearsedTopic `json:"topics" doc:"Of that guide"`
	FacilitatorWords int              `json:"facilitator_words"`
	Minutes          int              `json:"minutes" doc:"That a person would take on a phone, rounded up: reads 200 words a minute and writes 24"`
	ByModel          int              `json:"by_model" doc:"Turns of the facilitator that a model made"`
	ByRules          int              `json:"by_rules" doc:"Those that rules made"`
	Broken           []BrokenTurn     `json:"broken" doc:"Turns of a model that break rules of questions; there should be none"`
}

// RehearsedTopic is a topic with how far a rehearsal got with it.
type RehearsedTopic struct {
	Title     string `json:"title"`
	Asked     bool   `json:"asked"`
	Answered  bool   `json:"answered"`
	Depth     int    `json:"depth" doc:"0 nothing, 1 thin, 2 a reason or an example, 3 both"`
	FollowUps int    `json:"follow_ups"`
}

// BrokenTurn is a turn with the rules that it breaks.
type BrokenTurn struct {
	Seq   int                   `json:"seq"`
	Rules []facilitation.Broken `json:"rules"`
}

// Rehearsals is all rehearsals of a session.
type Rehearsals struct {
	Data       []Rehearsal           `json:"data" doc:"The newest first"`
	Characters []appliance.Character `json:"characters" doc:"That can be played"`
	ByModel    bool                  `json:"by_model" doc:"Characters are played by a model, and not by fixed lines"`
}

func (a *API) listRehearsals(ctx context.Context, in *SessionPath) (*Output[Rehearsals], error) {
	reports, err := a.Rehearsal.Reports(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	choice, err := a.Store.ModelChoice(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	_, noModel := a.Models.Model(appliance.ModelAnalyst, choice)
	out := Rehearsals{Data: make([]Rehearsal, len(reports)), Characters: appliance.Simulated(), ByModel: noModel == nil}
	for i, r := range reports {
		out.Data[i] = rehearsalOut(r)
	}
	return &Output[Rehearsals]{out}, nil
}

func rehearsalOut(r rehearsal.Report) Rehearsal {
	out := Rehearsal{ConversationItem: itemOut(r.ConversationListing, false), GuideVersion: r.GuideVersion,
		Topics: make([]RehearsedTopic, len(r.Topics)), FacilitatorWords: r.FacilitatorWords, Minutes: int(math.Ceil(r.Minutes)), ByModel: r.ByModel, ByRules: r.ByRules,
		Broken: make([]BrokenTurn, len(r.Broken))}
	for i, t := range r.Topics {
		out.Topics[i] = RehearsedTopic{t.Title, t.Asked, t.Answered, t.Depth, t.FollowUps}
	}
	for i, b := range r.Broken {
		out.Broken[i] = BrokenTurn(b)
	}
	return out
}

// RehearsalRequest says who is to speak.
type RehearsalRequest struct {
	Characters []appliance.Character `json:"characters" minItems:"1" maxItems:"6" enum:"plain,terse,talkative,hostile,off_topic,second_language" doc:"A conversation for each"`
	Language   appliance.Language    `json:"language,omitempty" maxLength:"20" doc:"That they speak; the session's when left out"`
}

type simulateInput struct {
	SessionPath
	Idempotent
	Body RehearsalRequest
}

// simulate has characters played, one after the other. It may take minutes where a model speaks.
func (a *API) simulate(ctx context.Context, in *simulateInput) (*Output[Rehearsals], error) {
	for i, who := range in.Body.Characters {
		once := in.once(ctx, fmt.Sprint("simulate ", i), []any{in.ID, in.Body})
		if _, err := a.rehearse(ctx, once, in.ID, who, in.Body.Language, nil); err != nil {
			return nil, err
		}
	}
	return a.listRehearsals(ctx, &in.SessionPath)
}

// rehearse begins one rehearsal, as long as the box has room for new conversations.
func (a *API) rehearse(ctx context.Context, once store.Once, id appliance.SessionID, who appliance.Character,
	language appliance.Language, token []byte,
) (Joined, error) {
	if err := a.Room.Admit(room.Conversation); err != nil {
		return Joined{}, err
	}
	j, err := a.Store.Rehearse(ctx, callerOf(ctx).By(), once, id, who, language, token)
	if err != nil {
		return Joined{}, err
	}
	a.began(j.Seat)
	return Joined{ParticipantID: j.ParticipantID, ConversationID: j.ConversationID}, nil
}

type rehearseInput struct {
	SessionPath
	Idempotent
}

// rehearseMyself lets the caller talk with the facilitator as a participant.
func (a *API) rehearseMyself(ctx context.Context, in *rehearseInput) (*Output[Joined], error) {
	token := appliance.NewSecret("")
	j, err := a.rehearse(ctx, in.once(ctx, "rehearseMyself", in.ID), in.ID, appliance.CharacterHost, "", token.Hash())
	if err != nil {
		return nil, err
	}
	j.Token, j.ReturnURL = string(token), rehearsalURL(a.base(), in.ID, string(token))
	return &Output[Joined]{j}, nil
}

// rehearsalURL leads into a rehearsal. It says that it is one, so that a device on which its owner also takes part keeps
// the two apart.
func rehearsalURL(base string, id appliance.SessionID, token string) string {
	return joinURL(base, id) + "&rehearsal=1#t=" + token
}

// endRehearsals ends the simulated rehearsals that go on. What was said is kept.
func (a *API) endRehearsals(ctx context.Context, in *SessionPath) (*Output[Rehearsals], error) {
	if _, err := a.Store.EndRehearsals(ctx, in.ID); err != nil {
		return nil, err
	}
	return a.listRehearsals(ctx, in)
}
