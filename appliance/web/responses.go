package web

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"harmonium/appliance"
	"harmonium/appliance/facilitation"
	"harmonium/appliance/store"
)

type responsesInput struct {
	SessionPath
	Page
	Mode        string    `query:"mode" enum:"list,full" default:"full" doc:"list leaves the messages out"`
	Since       time.Time `query:"since" doc:"Only participants in whose conversation something was said since"`
	Name        string    `query:"name" maxLength:"100" doc:"Part of the participant's name"`
	MinMessages int       `query:"min_messages" minimum:"0" default:"0"`
	Sort        string    `query:"sort" enum:"newest,oldest" default:"newest"`
}

// Response is one participant with the messages of the conversation.
type Response struct {
	ParticipantID   string            `json:"participant_id" doc:"The one that an API client chose, or ours"`
	ParticipantName string            `json:"participant_name" doc:"The pseudonym, or the name where who asks may see it"`
	Active          bool              `json:"active"`
	MessageCount    int               `json:"message_count"`
	FirstMessageAt  *Time             `json:"first_message_at" nullable:"true"`
	LastMessageAt   *Time             `json:"last_message_at" nullable:"true"`
	Messages        []ResponseMessage `json:"messages,omitempty" doc:"Left out with mode=list"`
}

// ResponseMessage is a turn in the words of Harmonica's API.
type ResponseMessage struct {
	ID        appliance.TurnID `json:"id"`
	Role      string           `json:"role" enum:"user,assistant"`
	Content   string           `json:"content"`
	CreatedAt Time             `json:"created_at"`
	Widget    *WidgetSpec      `json:"widget_spec,omitempty" doc:"By what a question could be answered"`
	Answer    *Answer          `json:"answer,omitempty" doc:"What was answered by it"`
	Spoken    bool             `json:"spoken,omitempty" doc:"It was said aloud and written down by the box"`
}

// answers describes the body of an operation that streams it.
func answers[T any](r router) option {
	return func(op *huma.Operation) {
		schema := r.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, "")
		op.Responses = map[string]*huma.Response{"200": {
			Description: "OK", Content: map[string]*huma.MediaType{"application/json": {Schema: schema}},
		}}
	}
}

// getResponses streams what people said, one conversation after the other: it holds one in memory at a time, and no
// read of the database is open while the client reads.
func (a *API) getResponses(ctx context.Context, in *responsesInput) (*huma.StreamResponse, error) {
	names, err := a.showsNames(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	list, total, err := a.Store.Responses(ctx, in.ID, store.ResponseFilter{
		Since: in.Since, Name: in.Name, ShowNames: names, MinMessages: in.MinMessages, Oldest: in.Sort == "oldest",
		Page: store.Page{Limit: in.Limit, Offset: in.Offset},
	})
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		hc.SetHeader("Content-Type", "application/json; charset=utf-8")
		err := a.writeResponses(hc.Context(), hc.BodyWriter(), list, names, in.Mode != "list", Pagination{total, in.Limit, in.Offset})
		if err != nil {
			// The status is sent already. An answer that ends in the middle is no valid JSON, so that nobody takes it
			// for the whole.
			a.Log.WarnContext(hc.Context(), "responses were cut off", "request", requestID(hc.Context()), "err", err)
			panic(http.ErrAbortHandler)
		}
	}}, nil
}

func (a *API) writeResponses(ctx context.Context, w io.Writer, list []store.Response, names, messages bool, page Pagination) error {
	if _, err := io.WriteString(w, `{"data":[`); err != nil {
		return err
	}
	for i, r := range list {
		out, err := a.responseOut(ctx, r, names, messages)
		if err != nil {
			return err
		}
		if i > 0 {
			if _, err := io.WriteString(w, ","); err != nil {
				return err
			}
		}
		if err := marshalJSON(w, out); err != nil {
			return err
		}
	}
	end, err := json.Marshal(page)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, `],"pagination":`+string(end)+"}\n")
	return err
}

func (a *API) responseOut(ctx context.Context, r store.Response, names, messages bool) (Response, error) {
	out := Response{ParticipantID: string(r.ParticipantID), ParticipantName: pseudonym(r.Number), Active: r.Active,
		MessageCount: r.Messages, FirstMessageAt: timeOrNull(r.FirstAt), LastMessageAt: timeOrNull(r.LastAt)}
	if r.ExternalID != "" {
		out.ParticipantID = r.ExternalID
	}
	if names && r.Name != "" {
		out.ParticipantName = r.Name
	}
	if !messages {
		return out, nil
	}
	turns, err := a.Store.TurnsFor(ctx, store.ForResults, r.ConversationID)
	if err != nil {
		return out, err
	}
	for _, t := range turns {
		role := "user"
		if t.Role == appliance.FromFacilitator {
			role = "assistant"
		}
		out.Messages = append(out.Messages, ResponseMessage{t.ID, role, t.Content, Time{t.CreatedAt}, widgetSpec(t), answerOut(t.Answer).Value, t.Spoken})
	}
	return out, nil
}

// ResponseRequest is a text that an account adds to a session.
type ResponseRequest struct {
	Content string `json:"content" doc:"1 to 10,000 characters"`
}

type postResponseInput struct {
	SessionPath
	Idempotent
	Body ResponseRequest
}

// StoredResponse is a text that was added.
type StoredResponse struct {
	ID        appliance.TurnID    `json:"id"`
	SessionID appliance.SessionID `json:"session_id"`
	Content   string              `json:"content"`
	CreatedAt Time                `json:"created_at"`
}

// postResponse stores a text as the caller's own. The facilitator does not answer it.
func (a *API) postResponse(ctx context.Context, in *postResponseInput) (*Output[StoredResponse], error) {
	if err := facilitation.CheckMessage(in.Body.Content); err != nil {
		return nil, err
	}
	account := callerOf(ctx).Account
	seat, err := a.seatOfChatter(ctx, appliance.Participant{SessionID: in.ID, Name: account.Name,
		ExternalID: accountChatter + string(account.ID), Origin: appliance.OriginAPI}, true)
	if err != nil {
		return nil, err
	}
	t, _, err := a.Engine.Note(ctx, seat, in.Body.Content, in.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &Output[StoredResponse]{StoredResponse{t.ID, in.ID, t.Content, Time{t.CreatedAt}}}, nil
}
