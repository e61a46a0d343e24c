package web

import (
	"context"

	"harmonium/appliance"
)

// MeetingWriting is how far the transcript of a meeting is.
type MeetingWriting struct {
	Version     int                    `json:"version" doc:"0: there is none yet"`
	State       appliance.WritingState `json:"state" doc:"waiting, running, done, cancelled or failed; empty: not asked for yet"`
	Done        int                    `json:"done" doc:"Parts that are written down, of total"`
	Total       int                    `json:"total" doc:"0 while that is not known"`
	MinutesLeft int                    `json:"minutes_left" doc:"0 while that is not known"`
	Transcriber string                 `json:"transcriber" doc:"What writes it down: the name of a model, or whisper-server; empty when nothing can"`
}

// writingOf says how far the transcript of a recording is.
func (a *API) writingOf(ctx context.Context, r appliance.Recording) (w MeetingWriting, err error) {
	w.Version = r.Version
	c, err := a.Store.Conversation(ctx, r.ConversationID)
	if err != nil {
		return w, err
	}
	choice, err := a.Store.ModelChoice(ctx, c.SessionID)
	if err == nil {
		w.Transcriber = a.Voice.By(choice)
	}
	return w, err
}
