package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"harmonium/appliance"
	"harmonium/appliance/capture"
)

type getSoundInput struct {
	RecordingPath
	Track int `query:"track" minimum:"-1" maximum:"7" default:"-1" doc:"One track alone; -1 mixes all"`
}

// getSound streams the sound of a meeting. Whoever has a part of it can ask for the rest (Range, If-Range). Browsers are told to keep
// nothing of it.
func (a *API) getSound(ctx context.Context, in *getSoundInput) (*huma.StreamResponse, error) {
	wave, err := capture.OpenWave(ctx, a.Store, in.ID, in.Track)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		req, w := humachi.Unwrap(hc)
		h := w.Header()
		h.Set("Content-Type", "audio/wav")
		h.Set("Cache-Control", "no-store")
		h.Set("ETag", `"`+wave.Tag()+`"`)
		http.ServeContent(w, req, "", time.Time{}, wave)
	}}, nil
}

// deleteSound erases the sound of a meeting and answers when it is gone from the disk.
func (a *API) deleteSound(ctx context.Context, in *RecordingPath) (*Output[MeetingDetail], error) {
	r, err := a.Store.Recording(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if r.State == appliance.RecordingOpen {
		return nil, appliance.Errorf(appliance.CodeConflict, "Sound of this meeting still comes. Nothing was erased. End the recording first, or delete the whole meeting.")
	}
	if err := a.Store.EraseSound(ctx, callerOf(ctx).By(), in.ID, ""); err != nil {
		return nil, err
	}
	if err := a.Store.EraseBlobs(context.WithoutCancel(ctx)); err != nil {
		return nil, err
	}
	a.recordingChanged(ctx, in.ID, true)
	return a.meeting(ctx, in.ID)
}
