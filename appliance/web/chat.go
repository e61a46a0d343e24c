package web

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/facilitation"
	"harmonium/appliance/store"
)

// answerWithin is how long a client of the chat waits for the facilitator.
const answerWithin = 60 * time.Second

// ChatRequest is a message of a participant that a program speaks for.
type ChatRequest struct {
	Content         string `json:"content" doc:"1 to 10,000 characters"`
	ParticipantID   string `json:"participant_id" minLength:"1" maxLength:"200" doc:"Chosen by the client, one for each person; the participant is made on first use"`
	ParticipantName string `json:"participant_name,omitempty" maxLength:"100" doc:"Kept with the first use, unless the session is anonymous"`
}

type chatInput struct {
	SessionPath
	Idempotent
	Body ChatRequest
}

// ChatAnswer is the facilitator's answer.
type ChatAnswer struct {
	Message  ChatMessage              `json:"message"`
	ThreadID appliance.ConversationID `json:"thread_id" doc:"Id of the conversation"`
}

// ChatMessage is a message in the words of Harmonica's API.
type ChatMessage struct {
	Role    string `json:"role" enum:"assistant"`
	Content string `json:"content"`
	IsFinal bool   `json:"is_final" doc:"The conversation is finished; nothing more can be said"`
	// WidgetSpec is that of appliance.Control.
	WidgetSpec *WidgetSpec `json:"widget_spec,omitempty" doc:"By what the question can be answered: send the number of an option, its label, or a list of them as the next content"`
}

func chatAnswer(id appliance.ConversationID, t appliance.Turn) *Output[ChatAnswer] {
	return &Output[ChatAnswer]{ChatAnswer{ChatMessage{"assistant", t.Content, t.Move == appliance.MoveClose, widgetSpec(t)}, id}}
}

// chat stores a message and waits for the whole answer.
func (a *API) chat(ctx context.Context, in *chatInput) (*Output[ChatAnswer], error) {
	if err := checkChatter(in.Body.ParticipantID, in.Body.ParticipantName); err != nil {
		return nil, err
	}
	// Before the participant is made: nobody joins by a message that is refused.
	if err := facilitation.CheckMessage(in.Body.Content); err != nil {
		return nil, err
	}
	seat, err := a.seatOfChatter(ctx, appliance.Participant{SessionID: in.ID, ExternalID: in.Body.ParticipantID,
		Name: in.Body.ParticipantName, Origin: appliance.OriginAPI}, false)
	if err != nil {
		return nil, err
	}
	t, _, err := a.Engine.Say(ctx, seat, in.Body.Content, in.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return a.awaitAnswer(ctx, seat, t.Seq)
}

func (a *API) awaitAnswer(ctx context.Context, seat store.Seat, after int) (*Output[ChatAnswer], error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	answer, err := a.Engine.Answer(ctx, seat.ConversationID, after)
	if err != nil {
		return nil, err
	}
	return chatAnswer(seat.ConversationID, answer), nil
}

// accountChatter begins the ids of those participants who are accounts: see postResponse.
const accountChatter = "account:"

func checkChatter(id, name string) error {
	var p appliance.Problems
	appliance.CheckLine(&p, "participant_id", id, 200, true)
	if strings.HasPrefix(id, accountChatter) {
		p.Add("participant_id", "This id is kept for accounts of the box. Please choose another.")
	}
	appliance.CheckLine(&p, "participant_name", name, appliance.MaxName, false)
	return p.Err()
}

// seatOfChatter gives the seat of the participant with p.ExternalID, who joins when there is none yet. Of several
// requests that come together one makes the participant.
func (a *API) seatOfChatter(ctx context.Context, p appliance.Participant, silent bool) (store.Seat, error) {
	seat, ok, err := a.Store.ParticipantByExternalID(ctx, p.SessionID, p.ExternalID)
	if ok || err != nil {
		return seat, err
	}
	made, joinErr := a.takeIn(ctx, store.Joining{Participant: p, Silent: silent})
	if joinErr == nil {
		a.publish(made.Seat, appliance.EventConversationStarted)
		return made.Seat, nil
	}
	if appliance.CodeOf(joinErr) == appliance.CodeConflict {
		if seat, ok, err = a.Store.ParticipantByExternalID(ctx, p.SessionID, p.ExternalID); ok || err != nil {
			return seat, err
		}
	}
	return seat, joinErr
}

// ChatQuestionsRequest is the form of a participant that a program speaks for.
type ChatQuestionsRequest struct {
	ParticipantID   string             `json:"participant_id" minLength:"1" maxLength:"200" doc:"Chosen by the client, one for each person"`
	ParticipantName string             `json:"participant_name,omitempty" maxLength:"100" doc:"Kept unless the session is anonymous"`
	Answers         []ChatQuestionFill `json:"answers,omitempty" maxItems:"600"`
}

// ChatQuestionFill is an answer to one question of the form. A question of several choices is answered several times.
type ChatQuestionFill struct {
	QuestionID appliance.FieldID `json:"question_id"`
	Answer     string            `json:"answer"`
}

type chatQuestionsInput struct {
	SessionPath
	Idempotent
	Body ChatQuestionsRequest
}

// chatQuestions takes a participant in with the answers to the form and gives the opening message.
func (a *API) chatQuestions(ctx context.Context, in *chatQuestionsInput) (*Output[ChatAnswer], error) {
	if err := checkChatter(in.Body.ParticipantID, in.Body.ParticipantName); err != nil {
		return nil, err
	}
	form, err := a.Store.Form(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	answers, err := checkFilled(form, in.Body.Answers)
	if err != nil {
		return nil, err
	}
	made, err := a.takeIn(ctx, store.Joining{Once: in.once(ctx, "chatQuestions", []any{in.ID, in.Body}),
		Participant: appliance.Participant{SessionID: in.ID, ExternalID: in.Body.ParticipantID,
			Name: in.Body.ParticipantName, Origin: appliance.OriginAPI, Answers: answers}})
	if appliance.CodeOf(err) == appliance.CodeConflict {
		if _, ok, lookErr := a.Store.ParticipantByExternalID(ctx, in.ID, in.Body.ParticipantID); ok && lookErr == nil {
			return nil, appliance.Errorf(appliance.CodeConflict,
				"This participant has joined already. The answers were not saved; what was given before is kept.")
		}
	}
	if err != nil {
		return nil, err
	}
	a.publish(made.Seat, appliance.EventConversationStarted)
	return a.awaitAnswer(ctx, made.Seat, -1)
}

// checkAsked refuses answers to what the form does not ask.
func checkAsked(form appliance.Form, filled []ChatQuestionFill) error {
	var p appliance.Problems
	for i, f := range filled {
		if !slices.ContainsFunc(form, func(q appliance.FormField) bool { return q.ID == f.QuestionID }) {
			p.Add(fmt.Sprintf("answers[%d].question_id", i), "This is not a question of this form. The form may have been changed; "+
				"GET /sessions/{id}/questions gives the present one.")
		}
	}
	return p.Err()
}

// checkFilled checks answers against the form. What is wrong with a question is said at the place of its last answer.
func checkFilled(form appliance.Form, filled []ChatQuestionFill) ([]appliance.FormAnswer, error) {
	given := make(map[appliance.FieldID][]string, len(filled))
	for _, f := range filled {
		given[f.QuestionID] = append(given[f.QuestionID], f.Answer)
	}
	if err := checkAsked(form, filled); err != nil {
		return nil, err
	}
	answers, err := form.Check(given)
	var wrong *appliance.Error
	if !errors.As(err, &wrong) {
		return answers, err
	}
	for i, field := range wrong.Fields {
		for j, f := range filled {
			if field.Field == "answers."+string(f.QuestionID) {
				wrong.Fields[i].Field = fmt.Sprintf("answers[%d].answer", j)
			}
		}
	}
	return nil, wrong
}
