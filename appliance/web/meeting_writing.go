package web

import (
	"context"
	"time"

	"harmonium/appliance"
)

// MeetingWriting says how far the newest transcript of a recording is.
type MeetingWriting struct {
	Version     int                    `json:"version" doc:"From 1; 0 before there is one"`
	State       appliance.WritingState `json:"state" enum:",waiting,running,done,cancelled,failed" doc:"waiting: for a transcriber, or for its turn; empty before the recording has ended"`
	Done        int                    `json:"done" doc:"Parts that were heard"`
	Total       int                    `json:"total" doc:"Parts in which somebody speaks; 0 when that is not known yet"`
	Gaps        int                    `json:"gaps" doc:"Parts that are inaudible or missing"`
	Late        bool                   `json:"late" doc:"Sound has come since the recording was cut for it: that is not in it"`
	MinutesLeft int                    `json:"minutes_left" doc:"Expected; 0 when that is not known, or nothing is left"`
	Transcriber string                 `json:"transcriber" doc:"What would transcribe it now: a model, or whisper-server; empty when the box has nothing that can. The recording is kept then, and is transcribed when there is one"`
}

// writingProgress gives how far the newest transcript of a recording is.
func (a *API) writingProgress(ctx context.Context, id appliance.ConversationID, session appliance.SessionID) (t MeetingWriting, err error) {
	if t.Transcriber, err = a.Scribe.By(ctx, session); err != nil {
		return t, err
	}
	list, err := a.Store.Writings(ctx, id)
	if err != nil || len(list) == 0 {
		return t, err
	}
	w := list[0]
	t.Version, t.State, t.Done, t.Total, t.Gaps = w.Version, w.State, w.Done, w.Total, w.Gaps
	t.Late = w.Late
	if left := a.Scribe.Left(time.Duration(w.LeftMS) * time.Millisecond); left > 0 {
		t.MinutesLeft = int((left + time.Minute - 1) / time.Minute)
	}
	return t, nil
}

// writingOf says how far the transcript of a recording is.
func (a *API) writingOf(ctx context.Context, r appliance.Recording) (MeetingWriting, error) {
	c, err := a.Store.Conversation(ctx, r.ConversationID)
	if err != nil {
		return MeetingWriting{}, err
	}
	return a.writingProgress(ctx, r.ConversationID, c.SessionID)
}
