package web

import (
	"context"
	"net/http"

	"harmonium/appliance"
	"harmonium/appliance/live"
	"harmonium/appliance/store"
)

// transcriptRoutes lists the operations by which transcripts of recordings are made, and those of all meetings corrected.
func (a *API) transcriptRoutes(r router) {
	handle(r, http.MethodPost, "/meetings/{id}/transcription", "startTranscription", "Have a recording transcribed anew, or parts of it",
		a.startTranscription, accepted)
	handle(r, http.MethodDelete, "/meetings/{id}/transcription", "stopTranscription", "Stop the transcription that runs", a.stopTranscription)
	handle(r, http.MethodGet, "/meetings/{id}/segments", "listSegments", "A transcript part by part, also while it is being made", a.listSegments)
	handle(r, http.MethodGet, "/meetings/{id}/versions", "listTranscripts", "The transcripts of a recording, the newest first", a.listTranscripts)
	handle(r, http.MethodPost, "/meetings/{id}/versions/{version}", "useTranscript", "Put another transcript in the place of the one in use",
		a.useTranscript, noContent)
	handle(r, http.MethodPatch, "/meetings/{id}/speakers/{speaker}", "renameSpeaker", "Say who a speaker is", a.renameSpeaker, noContent)
	handle(r, http.MethodPost, "/meetings/{id}/speakers/{speaker}/merge", "mergeSpeakers", "Make one speaker of two", a.mergeSpeakers, noContent)
	handle(r, http.MethodPost, "/meetings/{id}/turns/{turn}/speaker", "assignTurn", "Say who has said a turn", a.assignTurn, noContent)
	handle(r, http.MethodPatch, "/meetings/{id}/turns/{turn}", "editTurn", "Correct the words of a turn; those from before are kept",
		a.editTurn, noContent)
	handle(r, http.MethodPost, "/meetings/{id}/turns/{turn}/split", "splitTurn", "Make two turns of one", a.splitTurn, noContent)
	handle(r, http.MethodPost, "/meetings/{id}/turns/{turn}/merge", "mergeTurn", "Put the next turn to one", a.mergeTurn, noContent)
	handle(r, http.MethodGet, "/meetings/{id}/turns/{turn}/edits", "listTurnEdits", "What a turn said before it was corrected", a.listTurnEdits)
}

// TranscriptionRequest says how a recording is to be transcribed.
type TranscriptionRequest struct {
	Language *appliance.Language `json:"language,omitempty" doc:"In which people speak; that of the meeting where it is left out"`
	Words    []string            `json:"words,omitempty" maxItems:"100" doc:"Names and terms that come up, beside the jargon of the project; at most 60 characters each"`
	Resume   bool                `json:"resume,omitempty" doc:"Go on with the newest transcript, which was stopped: what was heard of it stays. Nothing else can be said then"`
	Segments []SegmentPlace      `json:"segments,omitempty" maxItems:"1000" doc:"Only these parts of the transcript in use are heard anew; without them all of it is"`
}

// SegmentPlace names a part of a transcript.
type SegmentPlace struct {
	Track    int `json:"track"`
	Position int `json:"position"`
}

type startTranscriptionInput struct {
	ConversationPath
	Body TranscriptionRequest
}

func (a *API) startTranscription(ctx context.Context, in *startTranscriptionInput) (*Output[MeetingWriting], error) {
	r := appliance.WritingRequest{Words: appliance.Jargon(joined(in.Body.Words))}
	var p appliance.Problems
	appliance.CheckTerms(&p, "words", r.Words)
	if in.Body.Language != nil {
		if r.Language = *in.Body.Language; !r.Language.Spoken() {
			p.Add("language", "The box does not know this language.")
		}
	}
	if r.Resume = in.Body.Resume; r.Resume && (in.Body.Language != nil || len(in.Body.Words) > 0 || len(in.Body.Segments) > 0) {
		p.Add("resume", "A transcript is gone on with as it was begun: without a language, words and parts. To change those, begin it anew.")
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	for _, s := range in.Body.Segments {
		r.Only = append(r.Only, appliance.SegmentKey(s))
	}
	if _, err := a.Store.StartWriting(ctx, callerOf(ctx).By(), in.ID, r); err != nil {
		return nil, err
	}
	return a.transcriptNow(ctx, in.ID)
}

// joined puts terms on a line each.
func joined(terms []string) (text string) {
	for _, t := range terms {
		text += t + "\n"
	}
	return text
}

func (a *API) transcriptNow(ctx context.Context, id appliance.ConversationID) (*Output[MeetingWriting], error) {
	c, err := a.Store.Conversation(ctx, id)
	if err != nil {
		return nil, err
	}
	t, err := a.writingProgress(ctx, id, c.SessionID)
	return &Output[MeetingWriting]{t}, err
}

func (a *API) stopTranscription(ctx context.Context, in *ConversationPath) (*Output[MeetingWriting], error) {
	if err := a.Scribe.Stop(ctx, callerOf(ctx).By(), in.ID); err != nil {
		return nil, err
	}
	return a.transcriptNow(ctx, in.ID)
}

// TranscriptParts is a version of a transcript, part by part.
type TranscriptParts struct {
	Version  int              `json:"version"`
	Segments []TranscriptPart `json:"segments" doc:"In the order of their times"`
}

// TranscriptPart is what a transcriber is given at once, and what came of it.
type TranscriptPart struct {
	SegmentPlace
	StartMS int64                  `json:"start_ms"`
	EndMS   int64                  `json:"end_ms"`
	State   appliance.SegmentState `json:"state" enum:"waiting,heard,silent,inaudible,missing" doc:"inaudible: somebody speaks, and nothing usable was heard, twice; missing: its sound never came"`
	Text    string                 `json:"text" doc:"As it was heard, before anybody corrected it"`
	MadeBy  string                 `json:"made_by" doc:"A model, or whisper-server"`
}

type listSegmentsInput struct {
	ConversationPath
	Version int `query:"version" minimum:"0" doc:"The newest where it is left out"`
}

func (a *API) listSegments(ctx context.Context, in *listSegmentsInput) (*Output[TranscriptParts], error) {
	out := TranscriptParts{Version: in.Version, Segments: []TranscriptPart{}}
	if out.Version == 0 {
		list, err := a.Store.Writings(ctx, in.ID)
		if err != nil || len(list) == 0 {
			return &Output[TranscriptParts]{out}, err
		}
		out.Version = list[0].Version
	}
	list, err := a.Store.Segments(ctx, in.ID, out.Version)
	if err != nil {
		return nil, err
	}
	for _, g := range list {
		out.Segments = append(out.Segments, TranscriptPart{SegmentPlace(g.Key()), g.StartMS, g.EndMS, g.State, g.Text, g.Maker.By})
	}
	return &Output[TranscriptParts]{out}, nil
}

// TranscriptVersion is one transcript of a recording.
type TranscriptVersion struct {
	Version     int                    `json:"version"`
	State       appliance.WritingState `json:"state" enum:"waiting,running,done,cancelled,failed"`
	Language    appliance.Language     `json:"language"`
	Words       []string               `json:"words" doc:"Names and terms that were given along"`
	Done        int                    `json:"done"`
	Total       int                    `json:"total"`
	Gaps        int                    `json:"gaps"`
	InUse       bool                   `json:"in_use" doc:"Its words are the turns of the meeting"`
	CreatedAt   Time                   `json:"created_at"`
	CompletedAt *Time                  `json:"completed_at" nullable:"true"`
}

func (a *API) listTranscripts(ctx context.Context, in *ConversationPath) (*Output[Data[TranscriptVersion]], error) {
	list, err := a.Store.Writings(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := make([]TranscriptVersion, len(list))
	for i, w := range list {
		out[i] = TranscriptVersion{w.Version, w.State, w.Language, notNull(w.Words), w.Done, w.Total, w.Gaps, w.InUse,
			Time{w.CreatedAt}, timeOrNull(w.CompletedAt)}
	}
	return &Output[Data[TranscriptVersion]]{Data[TranscriptVersion]{out}}, nil
}

type useTranscriptInput struct {
	ConversationPath
	Version int `path:"version" minimum:"1"`
}

func (a *API) useTranscript(ctx context.Context, in *useTranscriptInput) (*None, error) {
	return a.corrected(ctx, in.ID, a.Store.UseWriting(ctx, callerOf(ctx).By(), in.ID, in.Version))
}

// SpeakerPath names a speaker of a meeting.
type SpeakerPath struct {
	ConversationPath
	Speaker appliance.SpeakerID `path:"speaker"`
}

type renameSpeakerInput struct {
	SpeakerPath
	Body struct {
		Name string `json:"name" doc:"At most 200 characters; empty takes the name away"`
	}
}

func (a *API) renameSpeaker(ctx context.Context, in *renameSpeakerInput) (*None, error) {
	return a.corrected(ctx, in.ID, a.Store.RenameSpeaker(ctx, callerOf(ctx).By(), in.ID, in.Speaker, in.Body.Name))
}

type mergeSpeakersInput struct {
	SpeakerPath
	Body struct {
		Into appliance.SpeakerID `json:"into" doc:"Who has said all of it from now on"`
	}
}

func (a *API) mergeSpeakers(ctx context.Context, in *mergeSpeakersInput) (*None, error) {
	return a.corrected(ctx, in.ID, a.Store.MergeSpeakers(ctx, callerOf(ctx).By(), in.ID, in.Speaker, in.Body.Into))
}

// TurnPath names a turn of a meeting.
type TurnPath struct {
	ConversationPath
	Turn appliance.TurnID `path:"turn"`
}

type assignTurnInput struct {
	TurnPath
	Body struct {
		Speaker   appliance.SpeakerID `json:"speaker_id,omitempty" doc:"Of this meeting; a new one is made where it is left out"`
		Name      string              `json:"name,omitempty" doc:"Of the new one"`
		Following bool                `json:"following,omitempty" doc:"All later turns of the same speaker too"`
	}
}

func (a *API) assignTurn(ctx context.Context, in *assignTurnInput) (*None, error) {
	return a.corrected(ctx, in.ID, a.Store.AssignTurn(ctx, callerOf(ctx).By(), in.ID, in.Turn, store.Assignment(in.Body)))
}

type editTurnInput struct {
	TurnPath
	Body struct {
		Text string `json:"text" doc:"At most 50,000 characters"`
	}
}

func (a *API) editTurn(ctx context.Context, in *editTurnInput) (*None, error) {
	return a.corrected(ctx, in.ID, a.Store.EditTurn(ctx, callerOf(ctx).By(), in.ID, in.Turn, in.Body.Text))
}

type splitTurnInput struct {
	TurnPath
	Body struct {
		At int `json:"at" doc:"Byte of the content (UTF-8) with which the second turn begins"`
	}
}

func (a *API) splitTurn(ctx context.Context, in *splitTurnInput) (*None, error) {
	return a.corrected(ctx, in.ID, a.Store.SplitTurn(ctx, callerOf(ctx).By(), in.ID, in.Turn, in.Body.At))
}

func (a *API) mergeTurn(ctx context.Context, in *TurnPath) (*None, error) {
	return a.corrected(ctx, in.ID, a.Store.MergeTurn(ctx, callerOf(ctx).By(), in.ID, in.Turn))
}

// corrected tells who looks at the session of a meeting that it has changed, unless err says that it has not.
func (a *API) corrected(ctx context.Context, id appliance.ConversationID, err error) (*None, error) {
	if err != nil {
		return nil, err
	}
	if c, err := a.Store.Conversation(ctx, id); err == nil {
		a.Hub.Publish(live.SessionTopic(c.SessionID), live.Event{Type: appliance.EventSessionState, SessionID: c.SessionID, ConversationID: id})
	}
	return &None{}, nil
}

// TurnEdit is a wording that a turn had before.
type TurnEdit struct {
	Before string `json:"before"`
	By     string `json:"by" doc:"Name of the account; empty of one that is gone"`
	At     Time   `json:"at"`
}

func (a *API) listTurnEdits(ctx context.Context, in *TurnPath) (*Output[Data[TurnEdit]], error) {
	list, err := a.Store.TurnEdits(ctx, in.ID, in.Turn)
	out := make([]TurnEdit, len(list))
	for i, e := range list {
		out[i] = TurnEdit{e.Before, e.By, Time{e.At}}
	}
	return &Output[Data[TurnEdit]]{Data[TurnEdit]{out}}, err
}
