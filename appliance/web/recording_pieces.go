package web

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/audio"
	"harmonium/appliance/store"
)

// TakeRequest begins a take, or goes on with it.
type TakeRequest struct {
	Track  int    `json:"track,omitempty" minimum:"0" maximum:"7" doc:"0 when left out"`
	Beside bool   `json:"beside,omitempty" doc:"A track of its own, beside those of other devices, which go on; in place of track"`
	AgoMS  *int64 `json:"ago_ms,omitempty" minimum:"0" maximum:"43200000" doc:"How long ago its first sample was recorded. Given, the take is laid beside what other devices recorded then; left out, it follows the one before it on its track, or begins with the meeting"`
	Device string `json:"device" minLength:"8" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$" patternDescription:"letters, digits, _ and -" doc:"A random key that the device makes once for a meeting: with it a device goes on after a reload. Another device on its track ends the take that runs"`
}

// TakeBegun says where a device goes on.
type TakeBegun struct {
	Track   int   `json:"track"`
	Take    int   `json:"take"`
	NextSeq int   `json:"next_seq" doc:"Of the next piece"`
	StartMS int64 `json:"start_ms" doc:"Where in the meeting the take begins"`
}

type beginTakeInput struct {
	RecordingPath
	Body TakeRequest
}

func (a *API) beginTake(ctx context.Context, in *beginTakeInput) (*Output[TakeBegun], error) {
	if full := a.roomForSound(); full != nil {
		return nil, full
	}
	start := store.TakeStart{Track: in.Body.Track, Device: in.Body.Device, Beside: in.Body.Beside}
	if ago := in.Body.AgoMS; ago != nil {
		start.Since = a.Clock().Add(-time.Duration(*ago) * time.Millisecond)
	}
	at, next, err := a.Store.RecordTake(ctx, in.ID, start)
	if err != nil {
		return nil, err
	}
	r, err := a.Store.Recording(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	a.recordingChanged(ctx, in.ID, true)
	return &Output[TakeBegun]{TakeBegun{at.Track, at.Take, next, appliance.MillisOf(r.TakeStart(at.Track, at.Take))}}, nil
}

// RecordingTakePath names a take.
type RecordingTakePath struct {
	RecordingPath
	Track int `path:"track" minimum:"0" maximum:"7"`
	Take  int `path:"take" minimum:"0" maximum:"199"`
}

func (p RecordingTakePath) of() store.TakePath {
	return store.TakePath{ID: p.ID, Track: p.Track, Take: p.Take}
}

type putPieceInput struct {
	RecordingTakePath
	Seq     int    `path:"seq" minimum:"0" maximum:"1000000" doc:"Number of the piece in its take, from 0"`
	Start   int64  `query:"start" required:"true" minimum:"0" maximum:"691200000" doc:"Of its first sample in the take"`
	AgoMS   int64  `query:"ago_ms" minimum:"0" maximum:"43200000" doc:"How long ago its last sample was recorded: what other devices record is laid beside it by that"`
	Digest  string `header:"Content-Digest" required:"true" maxLength:"100" doc:"sha-256=:BASE64: of the body (RFC 9530)"`
	RawBody []byte `contentType:"application/octet-stream" doc:"16-bit little-endian samples of one channel, 16,000 a second; at most 1 MiB"`
}

// PieceKept says that a piece is on the disk of the box for good.
type PieceKept struct {
	Seq     int   `json:"seq"`
	Samples int64 `json:"samples"`
}

func (a *API) putPiece(ctx context.Context, in *putPieceInput) (*Output[PieceKept], error) {
	if err := checkPiece(in); err != nil {
		return nil, err
	}
	if full := a.roomForSound(); full != nil {
		return nil, full
	}
	heard := a.Clock().Add(-time.Duration(in.AgoMS) * time.Millisecond)
	if err := a.Store.AddPieceOf(ctx, in.of(), in.Seq, in.Start, in.RawBody, heard); err != nil {
		return nil, err
	}
	a.recordingChanged(ctx, in.ID, false)
	return &Output[PieceKept]{PieceKept{in.Seq, int64(len(in.RawBody)) / 2}}, nil
}

// checkPiece refuses a piece that has changed on its way.
func checkPiece(in *putPieceInput) error {
	encoded, ok := strings.CutPrefix(in.Digest, "sha-256=:")
	encoded, ended := strings.CutSuffix(encoded, ":")
	want, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || !ended || err != nil || len(want) != sha256.Size {
		return appliance.Invalid("header.Content-Digest", "This must be sha-256=:BASE64: of the body.")
	}
	if len(in.RawBody) == 0 || len(in.RawBody)%2 != 0 {
		return appliance.Invalid("body", "A piece is at least one sample of two bytes, and no half one. It was not stored.")
	}
	if sum := sha256.Sum256(in.RawBody); string(sum[:]) != string(want) {
		return appliance.Invalid("body", "The piece has changed on its way: its digest is another one. It was not stored; please send it again.")
	}
	return nil
}

// TakeEnd ends a take.
type TakeEnd struct {
	Samples int64 `json:"samples" minimum:"0" maximum:"691200000" doc:"That the device has of it: what does not come of those is a gap"`
}

type endTakeInput struct {
	RecordingTakePath
	Body TakeEnd
}

func (a *API) endTake(ctx context.Context, in *endTakeInput) (*Output[MeetingDetail], error) {
	if err := a.Store.EndTake(ctx, in.of(), in.Body.Samples); err != nil {
		return nil, err
	}
	a.recordingChanged(ctx, in.ID, true)
	return a.meeting(ctx, in.ID)
}

type closeMeetingInput struct {
	RecordingPath
	Cut bool `query:"cut" doc:"The end of the file from which the sound came is missing"`
}

func (a *API) closeMeeting(ctx context.Context, in *closeMeetingInput) (*Output[MeetingDetail], error) {
	problem := ""
	if in.Cut {
		problem = string(audio.ProblemCut)
	}
	if err := a.Store.CloseUpload(ctx, callerOf(ctx).By(), in.ID, problem); err != nil {
		return nil, err
	}
	a.recordingChanged(ctx, in.ID, true)
	return a.meeting(ctx, in.ID)
}
