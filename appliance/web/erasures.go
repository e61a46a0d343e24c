package web

import (
	"context"
	"encoding/hex"
	"mime"

	"harmonium/appliance"
	"harmonium/appliance/privacy"
	"harmonium/appliance/retention"
	"harmonium/appliance/store"
)

// ErasureOrder is what somebody wants to be erased.
type ErasureOrder struct {
	Kind      appliance.ErasureKind     `json:"kind" enum:"sessions,project,person,own,everything" doc:"sessions: those of which one is an owner and which fit; own: everything that one has made; everything: all but accounts, settings and trail"`
	Sessions  []appliance.SessionID     `json:"sessions,omitempty" maxItems:"1000" doc:"With sessions: only these"`
	ProjectID appliance.ProjectID       `json:"project_id,omitempty" maxLength:"64" doc:"With sessions: in this project; with project: which"`
	OlderThan int                       `json:"older_than_days,omitempty" minimum:"0" maximum:"36500" doc:"With sessions: in which nothing has happened for so long"`
	People    []appliance.ParticipantID `json:"people,omitempty" maxItems:"200" doc:"With person"`
}

// ErasurePlan is what an order would erase. Nothing is erased by looking at it.
type ErasurePlan struct {
	Counts   ErasedCounts     `json:"counts"`
	Sessions []ErasureSession `json:"sessions" doc:"That go, that in which nothing has happened for the longest time first"`
	Held     []ErasureSession `json:"held" doc:"That stay, since a legal hold is on them"`
	Phrase   string           `json:"phrase" doc:"What has to be typed"`
	Token    string           `json:"token" doc:"Of this plan, to be given with the order"`
}

// ErasureSession is a session that goes.
type ErasureSession struct {
	ID            appliance.SessionID `json:"id"`
	Topic         string              `json:"topic"`
	Conversations int                 `json:"conversations"`
	LastAt        Time                `json:"last_at" doc:"When the last thing happened in it"`
}

// ErasureRequest carries out an order that was looked at.
type ErasureRequest struct {
	Order ErasureOrder `json:"order"`
	Typed string       `json:"typed" maxLength:"300" doc:"The phrase of the plan"`
	Token string       `json:"token" maxLength:"100" doc:"Of the plan"`
}

func orderOf(o ErasureOrder) retention.Order {
	return retention.Order{Kind: o.Kind, Sessions: o.Sessions, Project: o.ProjectID, OlderThan: o.OlderThan, People: o.People}
}

// mayOrder says whether the caller may have it erased; on which sessions and projects is asked for each of them.
func mayOrder(c Caller, kind appliance.ErasureKind) error {
	need := map[appliance.ErasureKind]appliance.Role{appliance.ErasePerson: appliance.RoleAdmin, appliance.EraseEverything: appliance.RoleOwner}[kind]
	if c.Account.Role.AtLeast(need) {
		return nil
	}
	return appliance.Errorf(appliance.CodeForbidden, "Only those who look after the box can have this erased. Nothing was erased. Ask an administrator.")
}

func (a *API) planErasure(ctx context.Context, in *Input[ErasureOrder]) (*Output[ErasurePlan], error) {
	c := callerOf(ctx)
	if err := mayOrder(c, in.Body.Kind); err != nil {
		return nil, err
	}
	p, err := a.Retention.Plan(ctx, c.Account, orderOf(in.Body))
	if err != nil {
		return nil, err
	}
	return &Output[ErasurePlan]{ErasurePlan{countsOut(p.Counts), erasableOut(p.Sessions), erasableOut(p.Held), p.Phrase, p.Token}}, nil
}

func erasableOut(list []store.Erasable) []ErasureSession {
	out := []ErasureSession{}
	for _, e := range list {
		out = append(out, ErasureSession{e.ID, e.Topic, e.Conversations, Time{e.LastAt}})
	}
	return out
}

func (a *API) erase(ctx context.Context, in *Input[ErasureRequest]) (*Output[ErasureReceipt], error) {
	c := callerOf(ctx)
	if err := mayOrder(c, in.Body.Order.Kind); err != nil {
		return nil, err
	}
	r, err := a.Retention.Carry(ctx, c.By(), c.Account, orderOf(in.Body.Order), in.Body.Typed, in.Body.Token)
	if err != nil {
		return nil, err
	}
	return &Output[ErasureReceipt]{receiptOut(r, map[string]string{r.Actor: c.Account.Name})}, nil
}

// Person is somebody who took part in a session.
type Person struct {
	ID             appliance.ParticipantID  `json:"id"`
	Number         int                      `json:"number" doc:"In the session"`
	Name           string                   `json:"name"`
	Email          string                   `json:"email"`
	SessionID      appliance.SessionID      `json:"session_id"`
	Topic          string                   `json:"topic" doc:"Of the session"`
	ConversationID appliance.ConversationID `json:"conversation_id"`
	Shared         bool                     `json:"shared" doc:"Others speak in the conversation too: only the words of this person are erased of it"`
	At             Time                     `json:"at" doc:"When they joined"`
	Held           bool                     `json:"held" doc:"A legal hold keeps it"`
	Expected       bool                     `json:"expected" doc:"On the roster of the session, without a conversation"`
}

type personsInput struct {
	Body struct {
		Text string `json:"text" maxLength:"200" doc:"Part of a name, an address, an id of elsewhere, or an answer to the form"`
	}
}

// findPersons is a POST, so that what is looked for stands in no address.
func (a *API) findPersons(ctx context.Context, in *personsInput) (*Output[Data[Person]], error) {
	list, err := a.Store.FindPersons(ctx, in.Body.Text)
	if err != nil {
		return nil, err
	}
	out := Data[Person]{[]Person{}}
	for _, p := range list {
		out.Data = append(out.Data, Person{p.ID, p.Number, p.Name, p.Email, p.SessionID, p.Topic, p.ConversationID, p.Shared, Time{p.At}, p.Held, p.Expected})
	}
	return &Output[Data[Person]]{out}, nil
}

type personFileInput struct {
	Body struct {
		People   []appliance.ParticipantID `json:"people" minItems:"1" maxItems:"200"`
		Language appliance.Language        `json:"language,omitempty" maxLength:"35" doc:"Of the headings"`
	}
}

// exportPerson gives everything that is held of participants as one file that people can read.
func (a *API) exportPerson(ctx context.Context, in *personFileInput) (*FileOutput, error) {
	list, err := a.Store.HeldOf(ctx, in.Body.People)
	if err != nil {
		return nil, err
	}
	for _, h := range list {
		if err := a.Store.Note(ctx, callerOf(ctx).By(), "participant.export", string(h.ID)); err != nil {
			return nil, err
		}
	}
	people := make([]privacy.Person, len(list))
	for i, h := range list {
		people[i] = personFacts(h)
	}
	name := mime.FormatMediaType("attachment", map[string]string{"filename": "person.md"})
	return &FileOutput{"text/markdown; charset=utf-8", name, []byte(privacy.PersonMarkdown(people, a.Clock(), in.Body.Language))}, nil
}

func personFacts(h store.HeldOf) privacy.Person {
	p := privacy.Person{Number: h.Number, Name: h.Name, Email: h.Email, ExternalID: h.ExternalID, Topic: h.Topic, JoinedAt: h.At, Language: h.Language,
		ConsentText: h.ConsentText, ConsentedAt: h.ConsentedAt, Answers: h.Answers, Use: h.Use, Rating: h.Rating, Earlier: h.Earlier, Notes: h.Notes, Claims: h.Claims}
	for _, t := range h.Turns {
		p.Turns = append(p.Turns, privacy.PersonTurn{At: t.At, Own: t.Role == appliance.FromParticipant, Text: t.Text})
	}
	for _, i := range h.Insights {
		p.Insights = append(p.Insights, privacy.PersonInsight(i))
	}
	return p
}

func hexOf(b []byte) string { return hex.EncodeToString(b) }
