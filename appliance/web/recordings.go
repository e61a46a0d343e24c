package web

import (
	"cmp"
	"context"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/auth"
	"harmonium/appliance/live"
	"harmonium/appliance/room"
	"harmonium/appliance/store"
)

// MeetingDetail is a meeting whose sound is or was recorded.
type MeetingDetail struct {
	ID             appliance.ConversationID `json:"id"`
	SessionID      appliance.SessionID      `json:"session_id"`
	Title          string                   `json:"title"`
	Provider       appliance.Provider       `json:"provider" enum:"browser,upload"`
	State          appliance.RecordingState `json:"state" enum:"open,closed,failed" doc:"open: sound still comes"`
	Problem        string                   `json:"problem" doc:"Of a file that was sent up, a code; empty when nothing is wrong"`
	ProblemMessage string                   `json:"problem_message" doc:"The same in a sentence"`
	Language       appliance.Language       `json:"language" doc:"That was chosen; empty is that of the session"`
	ConsentAt      *Time                    `json:"consent_at" nullable:"true" doc:"When the line of consent was read out"`
	Keep           appliance.Keep           `json:"keep" enum:"text,days,transcript" doc:"How long the sound stays: as long as its text, some days from its end, or until its transcript is whole"`
	KeepDays       int                      `json:"keep_days" doc:"With days"`
	SoundErasedAt  *Time                    `json:"sound_erased_at" nullable:"true"`
	CreatedAt      Time                     `json:"created_at"`
	EndedAt        *Time                    `json:"ended_at" nullable:"true"`
	DurationMS     int64                    `json:"duration_ms" doc:"Of its longest track"`
	Tracks         []MeetingTrack           `json:"tracks"`
	Gaps           []MeetingGap             `json:"gaps" doc:"Where sound is missing"`
	Marks          []MeetingMark            `json:"marks"`
	Transcript     MeetingWriting           `json:"transcript"`
	Upload         MeetingUpload            `json:"upload"`
	Writable       bool                     `json:"writable" doc:"The caller may record and change it"`
	Room           string                   `json:"room" doc:"Why the box takes no sound at this moment, in a sentence; empty when it does"`
}

// MeetingTrack is one channel or device. Its takes play one after the other; tracks play beside each other.
type MeetingTrack struct {
	Track int           `json:"track"`
	Takes []MeetingTake `json:"takes"`
}

// MeetingTake is what one device gives between two presses.
type MeetingTake struct {
	Take    int      `json:"take"`
	StartMS int64    `json:"start_ms" doc:"Where in the meeting it begins"`
	Samples int64    `json:"samples" doc:"16,000 a second: as many as its device says that it has, or as many as have come"`
	Told    bool     `json:"told" doc:"Its device has said how many it has"`
	Ended   bool     `json:"ended"`
	Have    [][2]int `json:"have" doc:"The pieces that are on the disk: first and last number of each row of them"`
	NextSeq int      `json:"next_seq" doc:"The number after the last of them"`
}

// MeetingGap is where sound is missing.
type MeetingGap struct {
	Track   int   `json:"track"`
	StartMS int64 `json:"start_ms"`
	EndMS   int64 `json:"end_ms"`
}

// MeetingMark is what somebody has noted about a moment.
type MeetingMark struct {
	ID   appliance.MarkID   `json:"id"`
	Kind appliance.MarkKind `json:"kind" enum:"decision,action,question,note"`
	AtMS int64              `json:"at_ms"`
	Text string             `json:"text"`
}

// MeetingUpload is how far a file is that is sent up.
type MeetingUpload struct {
	Bytes int64 `json:"bytes" doc:"That are there: where to go on; 0 when it has become sound"`
}

func meetingOut(l store.ConversationListing, r appliance.Recording) MeetingDetail {
	out := MeetingDetail{ID: l.ID, SessionID: l.SessionID, Title: l.Title, Provider: r.Provider, State: r.State, Problem: r.Problem,
		ProblemMessage: problemOf(r.Problem), Language: r.Language, ConsentAt: timeOrNull(r.ConsentAt), Keep: r.Keep, KeepDays: r.KeepDays,
		SoundErasedAt: timeOrNull(r.ErasedAt), CreatedAt: Time{r.CreatedAt}, EndedAt: timeOrNull(r.EndedAt),
		DurationMS: appliance.MillisOf(r.Samples()), Tracks: []MeetingTrack{}, Gaps: []MeetingGap{}, Marks: []MeetingMark{}}
	for _, t := range r.Takes {
		if n := len(out.Tracks); n == 0 || out.Tracks[n-1].Track != t.Track {
			out.Tracks = append(out.Tracks, MeetingTrack{Track: t.Track})
		}
		track := &out.Tracks[len(out.Tracks)-1]
		track.Takes = append(track.Takes, takeOut(t, r.TakeStart(t.Track, t.Take)))
	}
	for _, g := range r.Gaps() {
		out.Gaps = append(out.Gaps, MeetingGap(g))
	}
	return out
}

func takeOut(t appliance.Take, start int64) MeetingTake {
	out := MeetingTake{Take: t.Take, StartMS: appliance.MillisOf(start), Samples: t.Samples, Told: t.Told, Ended: !t.EndedAt.IsZero(), Have: [][2]int{}}
	for _, p := range t.Pieces {
		if n := len(out.Have); n > 0 && out.Have[n-1][1] == p.Seq-1 {
			out.Have[n-1][1] = p.Seq
		} else {
			out.Have = append(out.Have, [2]int{p.Seq, p.Seq})
		}
		out.NextSeq = p.Seq + 1
	}
	return out
}

// RecordingPath names a meeting with sound.
type RecordingPath struct {
	ID appliance.ConversationID `path:"id" maxLength:"40" doc:"Id of the meeting"`
}

// meeting answers with a meeting as the caller may see it.
func (a *API) meeting(ctx context.Context, id appliance.ConversationID) (*Output[MeetingDetail], error) {
	r, err := a.Store.Recording(ctx, id)
	if err != nil {
		return nil, err
	}
	l, err := a.Store.ConversationListing(ctx, id)
	if err != nil {
		return nil, err
	}
	out := meetingOut(l, r)
	out.Upload.Bytes = a.Store.UploadSize(id)
	marks, err := a.Store.Marks(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, m := range marks {
		out.Marks = append(out.Marks, MeetingMark(m))
	}
	if refuseProgram(ctx, l.Restricted) != nil { // who records it has to know how far that is
		out.Title, out.Marks = "", []MeetingMark{}
	}
	if out.Transcript, err = a.writingOf(ctx, r); err != nil {
		return nil, err
	}
	if out.Writable, err = a.edits(ctx, l.SessionID); err != nil {
		return nil, err
	}
	if full := a.roomForSound(); full != nil && r.State == appliance.RecordingOpen {
		out.Room = full.Message
	}
	return &Output[MeetingDetail]{out}, nil
}

func (a *API) getMeeting(ctx context.Context, in *RecordingPath) (*Output[MeetingDetail], error) {
	return a.meeting(ctx, in.ID)
}

// roomForSound says why the box takes no sound now; nil when it does.
func (a *API) roomForSound() *appliance.Error {
	if a.Room.State().DiskLevel() == room.Plenty {
		return nil
	}
	return appliance.Errorf(appliance.CodeStorage, "The disk of the box is nearly full, and what is left is kept for conversations. What is on the box already is "+
		"safe. The rest stays on your device, which goes on recording and sends it by itself when there is room: delete what is no longer needed.")
}

// MeetingRequest is a meeting that is about to be recorded or sent up.
type MeetingRequest struct {
	SessionID appliance.SessionID `json:"session_id,omitempty" maxLength:"40" doc:"That it belongs to; a session is made for it where this is left out"`
	ProjectID appliance.ProjectID `json:"project_id,omitempty" maxLength:"40" doc:"Of that session"`
	Title     string              `json:"title" maxLength:"200"`
	Language  appliance.Language  `json:"language,omitempty" maxLength:"10" doc:"In which people speak; that of the session when left out"`
	Provider  appliance.Provider  `json:"provider" enum:"browser,upload" doc:"Recorded in a browser, or a file that is there already"`
	Keep      appliance.Keep      `json:"keep,omitempty" enum:"text,days,transcript" doc:"How long the sound stays; as long as its text when left out"`
	KeepDays  int                 `json:"keep_days,omitempty" minimum:"0" maximum:"36500" doc:"With days, counted from the end"`
	Consent   bool                `json:"consent,omitempty" doc:"The line of consent was read out"`
}

type createMeetingInput struct {
	Idempotent
	Body MeetingRequest
}

func (a *API) createMeeting(ctx context.Context, in *createMeetingInput) (*Output[MeetingDetail], error) {
	id, err := a.newMeeting(ctx, in.Body, in.once(ctx, "createMeeting", in.Body))
	if err != nil {
		return nil, err
	}
	// A repeated request names what was made before, to which its sender may have no right any more.
	again, _ := auth.For("closeMeeting")
	if err := a.allowRole(ctx, callerOf(ctx), again, string(id)); err != nil {
		return nil, err
	}
	return a.meeting(ctx, id)
}

// daysMissing refuses to keep sound for no days: it would go before anybody has heard it.
const daysMissing = "Please say for how many days the sound is kept: 1 or more. Nothing was changed."

func (a *API) newMeeting(ctx context.Context, m MeetingRequest, once store.Once) (id appliance.ConversationID, err error) {
	var p appliance.Problems
	appliance.CheckLine(&p, "title", m.Title, appliance.MaxTitle, true)
	if m.Language != "" && !m.Language.Spoken() {
		p.Add("language", "The box does not know this language.")
	}
	if m.Keep == appliance.KeepForDays && m.KeepDays < 1 {
		p.Add("keep_days", daysMissing)
	}
	if err := p.Err(); err != nil {
		return "", err
	}
	if err := a.Room.Admit(room.Extra); err != nil {
		return "", err
	}
	n := store.NewRecording{Session: m.SessionID, Title: m.Title, Recording: appliance.Recording{Provider: m.Provider, Language: m.Language,
		Keep: cmp.Or(m.Keep, appliance.KeepWithText), KeepDays: m.KeepDays}}
	if m.Consent {
		n.ConsentAt = a.Clock()
	}
	if m.SessionID != "" {
		editor, err := a.edits(ctx, m.SessionID)
		if appliance.CodeOf(err) == appliance.CodeNotFound || err == nil && !editor {
			return "", appliance.Invalid("session_id", "There is no such session, or you are no editor of it. Nothing was begun.")
		} else if err != nil {
			return "", err
		}
	} else if n.Design, err = a.sessionFor(ctx, m); err != nil {
		return "", err
	}
	id, err = a.Store.CreateRecording(ctx, callerOf(ctx).By(), once, n)
	if err == nil {
		a.recordingChanged(ctx, id, true)
	}
	return id, err
}

// sessionFor gives the session of a meeting that belongs to none: a draft, which only those see who are let in.
func (a *API) sessionFor(ctx context.Context, m MeetingRequest) (d store.Design, err error) {
	if err := a.mayFill(ctx, m.ProjectID); err != nil {
		return d, err
	}
	s := appliance.Session{Brief: appliance.Brief{Topic: m.Title, Goal: m.Title}, ProjectID: m.ProjectID, Status: appliance.SessionDraft,
		Language: m.Language, ResultsVisibility: appliance.ResultsHost}
	if !s.Language.Spoken() {
		s.Language, _ = languageFor(callerOf(ctx).Account, s.Brief)
	}
	return store.Design{Session: s, Guide: draftOf(s)}, s.Validate()
}

// MeetingPatch changes a meeting.
type MeetingPatch struct {
	Title    *string             `json:"title,omitempty" maxLength:"200"`
	Language *appliance.Language `json:"language,omitempty" maxLength:"10"`
	Keep     *appliance.Keep     `json:"keep,omitempty" enum:"text,days,transcript"`
	KeepDays *int                `json:"keep_days,omitempty" minimum:"0" maximum:"36500"`
	Consent  *bool               `json:"consent,omitempty" doc:"true: the line of consent was read out now"`
}

type updateMeetingInput struct {
	RecordingPath
	Body MeetingPatch
}

func (a *API) updateMeeting(ctx context.Context, in *updateMeetingInput) (*Output[MeetingDetail], error) {
	var p appliance.Problems
	if in.Body.Title != nil {
		appliance.CheckLine(&p, "title", *in.Body.Title, appliance.MaxTitle, true)
	}
	if l := in.Body.Language; l != nil && *l != "" && !l.Spoken() {
		p.Add("language", "The box does not know this language.")
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	if k := in.Body.Keep; k != nil && *k == appliance.KeepForDays && in.Body.KeepDays == nil || in.Body.KeepDays != nil && *in.Body.KeepDays < 1 {
		return nil, appliance.Invalid("keep_days", daysMissing)
	}
	err := a.Store.UpdateRecording(ctx, callerOf(ctx).By(), in.ID, store.RecordingChange{Title: in.Body.Title, Language: in.Body.Language,
		Keep: in.Body.Keep, KeepDays: in.Body.KeepDays, Consent: in.Body.Consent != nil && *in.Body.Consent})
	if err != nil {
		return nil, err
	}
	a.recordingChanged(ctx, in.ID, true)
	return a.meeting(ctx, in.ID)
}

// MarkRequest is a new mark.
type MarkRequest struct {
	Kind appliance.MarkKind `json:"kind" enum:"decision,action,question,note"`
	AtMS int64              `json:"at_ms" minimum:"0" maximum:"43200000" doc:"Within the recording"`
	Text string             `json:"text,omitempty" maxLength:"2000"`
}

type addMarkInput struct {
	RecordingPath
	Idempotent
	Body MarkRequest
}

func (a *API) addMark(ctx context.Context, in *addMarkInput) (*Output[MeetingMark], error) {
	var p appliance.Problems
	appliance.CheckText(&p, "text", in.Body.Text, maxMark, false)
	if err := p.Err(); err != nil {
		return nil, err
	}
	m := appliance.Mark{Kind: in.Body.Kind, AtMS: in.Body.AtMS, Text: in.Body.Text}
	var err error
	if m.ID, err = a.Store.AddMark(ctx, callerOf(ctx).By(), in.once(ctx, "addMark", []any{in.ID, in.Body}), in.ID, m); err != nil {
		return nil, err
	}
	a.recordingChanged(ctx, in.ID, true)
	return &Output[MeetingMark]{MeetingMark(m)}, nil
}

// maxMark is how many characters a mark may have.
const maxMark = 2000

type deleteMarkInput struct {
	RecordingPath
	Mark appliance.MarkID `path:"mark" maxLength:"40"`
}

func (a *API) deleteMark(ctx context.Context, in *deleteMarkInput) (*None, error) {
	err := a.Store.DeleteMark(ctx, callerOf(ctx).By(), in.ID, in.Mark)
	if err == nil {
		a.recordingChanged(ctx, in.ID, true)
	}
	return nil, err
}

// hintEvery is how often it is told of one recording that it grows.
const hintEvery = time.Second

// recordingChanged hints to who looks at a session that a meeting of it has changed. Where it is not said to be at once, hints that
// follow another within a second are left out.
func (a *API) recordingChanged(ctx context.Context, id appliance.ConversationID, now bool) {
	if !now && a.hints.Take(string(id)) > 0 {
		return
	}
	c, err := a.Store.Conversation(ctx, id)
	if err != nil {
		return // whoever looks finds out
	}
	e := live.Event{Type: appliance.EventRecordingChanged, SessionID: c.SessionID, ConversationID: id}
	a.Hub.Publish(live.SessionTopic(c.SessionID), e)
	a.Hub.Publish(live.ConversationTopic(c.SessionID, id), e)
}
