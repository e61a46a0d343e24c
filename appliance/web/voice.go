package web

import (
	"context"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"harmonium/appliance"
	"harmonium/appliance/auth"
	"harmonium/appliance/capture"
	"harmonium/appliance/live"
	"harmonium/appliance/room"
)

const voicePath = "/conversation/voice"

// maxVoices is how many recordings are held at the same time, each of at most 6 MB.
const maxVoices = 16

type voiceInput struct {
	Key     string `query:"key" required:"true" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$" doc:"Chosen by the client, new for each recording: sending it again gives the same words"`
	RawBody []byte `contentType:"application/octet-stream" doc:"A WAV file: 16 kHz, one channel, 16 bits, at most 3 minutes"`
}

// Words are what was heard. They are part of the conversation only when they are sent as a message.
type Words struct {
	Text      string `json:"text" doc:"With […] where something could not be understood"`
	Inaudible int    `json:"inaudible" doc:"Parts that could not be understood"`
	MadeBy    string `json:"made_by" doc:"What has written it down: the name of a model, or whisper-server"`
}

// inVoiceSeat bounds how many recordings are held in memory, before a body is read.
func (a *API) inVoiceSeat(op *huma.Operation) {
	op.Middlewares = append(op.Middlewares, func(hc huma.Context, next func(huma.Context)) {
		select {
		case a.voices <- struct{}{}:
			defer func() { <-a.voices }()
			next(hc)
		default:
			req, w := humachi.Unwrap(hc)
			a.writeProblem(w, req, &appliance.Error{Code: appliance.CodeBusy, RetryAfter: 5,
				Message: "Many people are speaking to the box at this moment. Your recording is kept on your device; it is sent again by itself."})
		}
	})
}

// writeDown answers with the words when they are there, which may take minutes; the socket of the conversation tells how
// far it is. The sound is kept nowhere.
func (a *API) writeDown(ctx context.Context, in *voiceInput) (*Output[Words], error) {
	seat := callerOf(ctx).Seat
	if wait := a.messages.Take(string(seat.ConversationID)); wait > 0 {
		return nil, auth.TooOften(wait)
	}
	if err := a.Room.Admit(room.Extra); err != nil {
		return nil, err
	}
	choice, err := a.Store.ModelChoice(ctx, seat.SessionID)
	if err != nil {
		return nil, err
	}
	c, err := a.Store.ConversationListing(ctx, seat.ConversationID)
	switch {
	case err != nil:
		return nil, err
	case c.State != appliance.ConversationActive:
		return nil, appliance.Errorf(appliance.CodeConflict, "This conversation is finished. Nothing was written down.")
	case a.Voice.By(choice) == "":
		return nil, errNobodyHears()
	}
	words, err := a.Voice.Write(ctx, capture.Recording{
		Conversation: seat.ConversationID, Key: in.Key, File: in.RawBody, Language: c.Language, Choice: choice,
		Told: func(h appliance.Hearing) {
			a.Hub.Publish(live.ConversationTopic(seat.SessionID, seat.ConversationID), live.Event{Type: appliance.EventHearing,
				SessionID: seat.SessionID, ConversationID: seat.ConversationID, Hearing: &h})
		},
	})
	if err != nil {
		return nil, err
	}
	return &Output[Words]{Words{words.Text, words.Inaudible, words.By}}, nil
}

func errNobodyHears() error {
	return &appliance.Error{Code: appliance.CodeBusy, RetryAfter: 30,
		Message: "The box cannot write down speech at this moment. Your recording is kept on your device; please type your answer, or try again later."}
}

// hears says whether participants of a session can speak their answers.
func (a *API) hears(ctx context.Context, id appliance.SessionID) (bool, error) {
	if a.Voice == nil {
		return false, nil
	}
	choice, err := a.Store.ModelChoice(ctx, id)
	return err == nil && a.Voice.By(choice) != "", err
}
