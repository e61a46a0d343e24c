package web

import (
	"context"

	"harmonium/appliance"
	"harmonium/appliance/live"
)

// maxTranscript is how many bytes a conversation may have that is brought in.
const maxTranscript = 16 << 20

// Speaker is somebody who speaks in a conversation that was brought in.
type Speaker struct {
	ID     appliance.SpeakerID `json:"id"`
	Name   string              `json:"name" doc:"The pseudonym, or the name where who asks may see it; of one who only asks questions the name, where who asks may see names"`
	Number int                 `json:"number" doc:"Of the participant in the session; 0 for one who only asks questions"`
	Asks   bool                `json:"asks" doc:"Asks questions: what they say counts as nobody's words"`
}

// TranscriptRequest is a conversation that was not led here.
type TranscriptRequest struct {
	Title string              `json:"title" doc:"At most 200 characters"`
	Turns []TranscriptTurn    `json:"turns" maxItems:"20000" doc:"1 to 20,000, in their order; stored as they are"`
	Lang  *appliance.Language `json:"language,omitempty" doc:"In which people speak; that of the session where it is left out"`
}

// TranscriptTurn is what one speaker says.
type TranscriptTurn struct {
	Speaker string `json:"speaker" doc:"Speakers are told apart by this name. One who is called facilitator, interviewer, moderator, assistant or AI, in one of the languages of the box, only asks"`
	Text    string `json:"text" doc:"At most 50,000 characters"`
	StartMS int64  `json:"start_ms,omitempty" doc:"Within the recording, in milliseconds"`
	EndMS   int64  `json:"end_ms,omitempty"`
}

type addConversationInput struct {
	SessionPath
	Idempotent
	Body TranscriptRequest
}

func (a *API) addConversation(ctx context.Context, in *addConversationInput) (*Output[ConversationItem], error) {
	t := appliance.Transcript{Title: in.Body.Title, Utterances: make([]appliance.Utterance, len(in.Body.Turns))}
	for i, u := range in.Body.Turns {
		t.Utterances[i] = appliance.Utterance{Speaker: u.Speaker, Asks: appliance.AsksByName(u.Speaker), Text: u.Text,
			StartMS: u.StartMS, EndMS: u.EndMS}
	}
	var p appliance.Problems
	t.Check(&p)
	if in.Body.Lang != nil {
		if t.Language = *in.Body.Lang; !t.Language.Spoken() {
			p.Add("language", "The box does not know this language.")
		}
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	id, err := a.Store.AddTranscript(ctx, callerOf(ctx).By(), in.ID, t, in.once(ctx, "addConversation", []any{in.ID, in.Body}))
	if err != nil {
		return nil, err
	}
	a.Hub.Publish(live.SessionTopic(in.ID), live.Event{Type: appliance.EventConversationFinished, SessionID: in.ID, ConversationID: id})
	l, err := a.Store.ConversationListing(ctx, id)
	if err != nil {
		return nil, err
	}
	names, err := a.showsNames(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &Output[ConversationItem]{itemOut(l, names)}, nil
}

// speakersOf gives the speakers of a conversation as the caller may see them.
func (a *API) speakersOf(ctx context.Context, id appliance.ConversationID, names bool) ([]Speaker, error) {
	list, err := a.Store.Speakers(ctx, id)
	out := make([]Speaker, len(list))
	for i, k := range list {
		out[i] = Speaker{ID: k.ID, Name: pseudonym(k.Number), Number: k.Number, Asks: k.Asks()}
		if names && k.Name != "" {
			out[i].Name = k.Name
		}
	}
	return out, err
}
