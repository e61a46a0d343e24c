package web

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// Meeting is a meeting as lists show it: a recording with what has become of it, or a transcript that was brought in.
type Meeting struct {
	ID                 appliance.ConversationID   `json:"id" doc:"That of its conversation too"`
	SessionID          appliance.SessionID        `json:"session_id"`
	Topic              string                     `json:"topic" doc:"Of the session"`
	Title              string                     `json:"title"`
	MeetingURL         string                     `json:"meeting_url" doc:"Always empty: nothing is met elsewhere"`
	MeetingProvider    appliance.Provider         `json:"meeting_provider" enum:"upload,browser,text"`
	StartsAt           Time                       `json:"starts_at"`
	EndsAt             *Time                      `json:"ends_at" nullable:"true"`
	Timezone           string                     `json:"timezone" doc:"Always UTC"`
	Status             appliance.MeetingStatus    `json:"status" enum:"scheduled,joining,in_call,recording,transcribing,ready,failed,cancelled"`
	ErrorCode          string                     `json:"error_code"`
	ErrorMessage       string                     `json:"error_message"`
	CreatedAt          Time                       `json:"created_at"`
	UpdatedAt          Time                       `json:"updated_at"`
	TranscriptStatus   appliance.TranscriptStatus `json:"transcript_status" enum:"none,pending,processing,completed,failed,cancelled"`
	TranscriptLanguage appliance.Language         `json:"transcript_language"`
	HasTranscript      bool                       `json:"has_transcript"`
	EmptyTranscript    bool                       `json:"empty_transcript" doc:"There is one, and nothing was said in it"`
	UtteranceCount     int                        `json:"utterance_count"`
	SpeakerCount       int                        `json:"speaker_count"`
	ActualDurationMS   int64                      `json:"actual_duration_ms" doc:"0 where it is not known"`
	RestrictedScopes   []string                   `json:"restricted_scopes" doc:"For what it must not be used now: see its restrictions"`
}

// Meetings is a part of the meetings.
type Meetings struct {
	List[Meeting]
	NextCursor *string `json:"next_cursor" nullable:"true" doc:"Where the next part begins; null at the end"`
}

type listMeetingsInput struct {
	Page
	Status       appliance.MeetingStatus `query:"status" enum:"scheduled,joining,in_call,recording,transcribing,ready,failed,cancelled"`
	SessionID    appliance.SessionID     `query:"session_id" maxLength:"40" doc:"Only those of a session"`
	From         time.Time               `query:"from" doc:"That begin at this time or later"`
	To           time.Time               `query:"to" doc:"That begin before this time"`
	UpdatedSince time.Time               `query:"updated_since"`
	Cursor       string                  `query:"cursor" maxLength:"200" doc:"The next_cursor of the part before; offset then counts from there"`
}

func (a *API) listMeetings(ctx context.Context, in *listMeetingsInput) (*Output[Meetings], error) {
	if !in.To.IsZero() && in.To.Before(in.From) {
		return nil, appliance.Invalid("to", "This is before the time in from.")
	}
	before, ok := placeOf(in.Cursor)
	if !ok {
		return nil, appliance.Invalid("cursor", "No list of meetings ends with this cursor.")
	}
	list, total, more, err := a.Store.Meetings(ctx, callerOf(ctx).Account.ID, appliance.MeetingFilter{Session: in.SessionID,
		Status: in.Status, From: in.From, To: in.To, UpdatedSince: in.UpdatedSince, Before: before, Limit: in.Limit, Offset: in.Offset})
	if err != nil {
		return nil, err
	}
	out := Meetings{List: List[Meeting]{make([]Meeting, len(list)), Pagination{total, in.Limit, in.Offset}}}
	for i, m := range list {
		out.Data[i] = meetingListed(m)
	}
	if more {
		out.NextCursor = orNull(cursorOf(list[len(list)-1]))
	}
	return &Output[Meetings]{out}, nil
}

// cursorOf and placeOf write and read where a list of meetings goes on.
func cursorOf(m appliance.Meeting) string {
	return strconv.FormatInt(m.StartedAt.UnixMilli(), 36) + "." + string(m.ID)
}

func placeOf(cursor string) (p appliance.MeetingPlace, ok bool) {
	if cursor == "" {
		return p, true
	}
	at, id, ok := strings.Cut(cursor, ".")
	millis, err := strconv.ParseInt(at, 36, 64)
	return appliance.MeetingPlace{StartedAt: time.UnixMilli(millis), ID: appliance.ConversationID(id)}, ok && err == nil
}

func meetingListed(m appliance.Meeting) Meeting {
	has := m.Transcript == appliance.TranscriptCompleted
	out := Meeting{ID: m.ID, SessionID: m.SessionID, Topic: m.Topic, Title: m.Title, MeetingProvider: m.Provider, StartsAt: Time{m.StartedAt},
		EndsAt: timeOrNull(m.EndedAt), Timezone: "UTC", Status: m.Status, CreatedAt: Time{m.StartedAt}, UpdatedAt: Time{m.UpdatedAt},
		TranscriptStatus: m.Transcript, TranscriptLanguage: m.Language, HasTranscript: has, EmptyTranscript: has && m.Utterances == 0,
		UtteranceCount: m.Utterances, SpeakerCount: m.Speakers, ActualDurationMS: m.DurationMS, RestrictedScopes: m.Restricted.Scopes()}
	if m.EndedAt.IsZero() && m.Status == appliance.MeetingReady && m.DurationMS > 0 {
		out.EndsAt = &Time{m.StartedAt.Add(time.Duration(m.DurationMS) * time.Millisecond)}
	}
	out.ErrorCode, out.ErrorMessage = whyFailed(m)
	return out
}

// whyFailed gives the code and the sentence of what went wrong with a meeting; "" for nothing.
func whyFailed(m appliance.Meeting) (code, message string) {
	switch {
	case m.Status != appliance.MeetingFailed:
		return "", ""
	case m.Problem == store.ProblemErased:
		return m.Problem, "Its sound was erased before it was transcribed. There is no transcript, and none can be made any more."
	case m.Transcript == appliance.TranscriptFailed && m.DurationMS > 0:
		return cmp.Or(m.Problem, "transcription_failed"), "It could not be transcribed. The recording is kept, and can be transcribed anew."
	}
	return cmp.Or(m.Problem, "unusable"), cmp.Or(problemOf(m.Problem), "Nothing usable came of this recording. Please record it anew, or upload another file.")
}

// MeetingPath names a meeting.
type MeetingPath struct {
	ID appliance.ConversationID `path:"id" maxLength:"40" doc:"Id of the meeting"`
}

// MeetingTranscript is what was said in a meeting.
type MeetingTranscript struct {
	ID           string                     `json:"id"`
	MeetingID    appliance.ConversationID   `json:"meeting_id"`
	Provider     appliance.Provider         `json:"provider" enum:"upload,browser,text"`
	Model        string                     `json:"model" doc:"That has heard it; empty for a transcript that was brought in"`
	Language     appliance.Language         `json:"language"`
	Status       appliance.TranscriptStatus `json:"status" enum:"none,pending,processing,completed,failed,cancelled"`
	ErrorCode    string                     `json:"error_code"`
	ErrorMessage string                     `json:"error_message"`
	CompletedAt  *Time                      `json:"completed_at" nullable:"true"`
	Utterances   []MeetingUtterance         `json:"utterances" doc:"None while there is no transcript"`
}

// MeetingUtterance is a piece of a transcript.
type MeetingUtterance struct {
	Sequence     int                 `json:"sequence" doc:"From 0"`
	SpeakerID    appliance.SpeakerID `json:"speaker_id"`
	SpeakerName  string              `json:"speaker_name" doc:"The pseudonym, or the name where who asks may see it"`
	SpeakerEmail string              `json:"speaker_email" doc:"Always empty"`
	StartMS      int64               `json:"start_ms"`
	EndMS        int64               `json:"end_ms"`
	Text         string              `json:"text"`
	Language     appliance.Language  `json:"language"`
}

func (a *API) getTranscript(ctx context.Context, in *MeetingPath) (*Output[MeetingTranscript], error) {
	m, err := a.Store.Meeting(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	names, err := a.showsNames(ctx, m.SessionID)
	if err != nil {
		return nil, err
	}
	who, err := a.speakersOf(ctx, in.ID, names)
	if err != nil {
		return nil, err
	}
	turns, err := a.Store.TurnsFor(ctx, store.ForReaders, in.ID)
	if err != nil {
		return nil, err
	}
	called := make(map[appliance.SpeakerID]string, len(who))
	for _, k := range who {
		called[k.ID] = k.Name
	}
	out := MeetingTranscript{ID: fmt.Sprintf("%s.%d", m.ID, m.Version), MeetingID: m.ID, Provider: m.Provider, Model: m.Model, Language: m.Language,
		Status: m.Transcript, CompletedAt: timeOrNull(m.CompletedAt), Utterances: make([]MeetingUtterance, len(turns))}
	out.ErrorCode, out.ErrorMessage = whyFailed(m)
	for i, t := range turns {
		out.Utterances[i] = MeetingUtterance{Sequence: t.Seq, SpeakerID: t.Speaker, SpeakerName: called[t.Speaker], StartMS: t.StartMS,
			EndMS: t.EndMS, Text: t.Content, Language: m.Language}
	}
	return &Output[MeetingTranscript]{out}, nil
}

// refuseProgram refuses a program, which calls by a key, what must not be handed out.
func refuseProgram(ctx context.Context, r appliance.Restrictions) error {
	if callerOf(ctx).Key != nil && r.Forbid(appliance.NoExport) {
		return appliance.Errorf(appliance.CodeForbidden, "This meeting must not be handed to other programs: its restrictions forbid it. "+
			"It can be read on its page.")
	}
	return nil
}

// Restrictions says for what a meeting is not to be used, and how that came about.
type Restrictions struct {
	Authoritative []string           `json:"authoritative_scopes" doc:"Set by people"`
	Candidates    []string           `json:"candidate_scopes" doc:"Signalled in what was said, and not yet decided on"`
	Effective     []string           `json:"effective_scopes" doc:"Both: these hold"`
	Pending       []RestrictionEvent `json:"pending_candidates"`
	History       []RestrictionEvent `json:"history" doc:"The oldest first; nothing is ever taken out"`
}

// RestrictionEvent is a step in how restrictions came about.
type RestrictionEvent struct {
	ID          appliance.RestrictionID   `json:"id"`
	Action      appliance.RestrictionKind `json:"action" enum:"set,candidate,confirm,dismiss"`
	Scopes      []string                  `json:"scopes"`
	Reason      string                    `json:"reason" doc:"Of a candidate, the saying that was heard"`
	CandidateID *appliance.RestrictionID  `json:"candidate_event_id" nullable:"true" doc:"That was confirmed or dismissed"`
	Sequence    *int                      `json:"sequence" nullable:"true" doc:"Of the turn in which a signal was heard"`
	Actor       string                    `json:"actor" doc:"The name of who did it; empty for the rules of the box, and who is gone"`
	CreatedAt   Time                      `json:"created_at"`
}

func restrictionsOut(s appliance.RestrictionState) Restrictions {
	return Restrictions{s.Set.Scopes(), s.Candidates().Scopes(), s.Effective().Scopes(), restrictionEvents(s.Pending), restrictionEvents(s.History)}
}

func restrictionEvents(list []appliance.RestrictionEvent) []RestrictionEvent {
	out := make([]RestrictionEvent, len(list))
	for i, e := range list {
		out[i] = RestrictionEvent{ID: e.ID, Action: e.Kind, Scopes: e.Forbids.Scopes(), Reason: e.Reason, CandidateID: orNull(e.Candidate),
			Actor: e.ActorName, CreatedAt: Time{e.At}}
		if e.Seq >= 0 {
			out[i].Sequence = &list[i].Seq
		}
	}
	return out
}

func (a *API) getRestrictions(ctx context.Context, in *MeetingPath) (*Output[Restrictions], error) {
	s, err := a.Store.Restrictions(ctx, in.ID)
	return &Output[Restrictions]{restrictionsOut(s)}, err
}

// RestrictionRequest sets restrictions, or decides on one that was signalled.
type RestrictionRequest struct {
	Action      string                  `json:"action" enum:"set,review_candidate"`
	Scopes      []string                `json:"scopes,omitempty" maxItems:"5" enum:"synthesis,project_attachment,external_export,sharing,all_downstream_processing" doc:"With set: they take the place of those that were set"`
	CandidateID appliance.RestrictionID `json:"candidate_event_id,omitempty" maxLength:"40" doc:"With review_candidate"`
	Decision    string                  `json:"decision,omitempty" enum:"confirm,dismiss" doc:"With review_candidate"`
	Reason      string                  `json:"reason,omitempty" maxLength:"2000"`
}

type changeRestrictionsInput struct {
	MeetingPath
	Idempotent
	Body RestrictionRequest
}

func (a *API) changeRestrictions(ctx context.Context, in *changeRestrictionsInput) (*Output[Restrictions], error) {
	var p appliance.Problems
	b := in.Body
	switch {
	case b.Action == "set" && b.Scopes == nil:
		p.Add("scopes", "This is needed. An empty list lifts all restrictions.")
	case b.Action == "review_candidate" && b.CandidateID == "":
		p.Add("candidate_event_id", "This is needed.")
	case b.Action == "review_candidate" && b.Decision == "":
		p.Add("decision", "This is needed.")
	}
	appliance.CheckText(&p, "reason", b.Reason, 2000, false)
	if err := p.Err(); err != nil {
		return nil, err
	}
	change := appliance.RestrictionChange{Candidate: b.CandidateID, Confirm: b.Decision == "confirm", Reason: b.Reason, Program: callerOf(ctx).Key != nil}
	if b.Action == "set" {
		set, _ := appliance.RestrictionsOf(b.Scopes) // names that are not known were refused by the enum
		change.Set = &set
	}
	s, err := a.Store.Restrict(ctx, callerOf(ctx).By(), in.ID, change, in.once(ctx, "changeRestrictions", []any{in.ID, b}))
	if err != nil {
		return nil, err
	}
	return &Output[Restrictions]{restrictionsOut(s)}, nil
}

// TelegramGroup is never there.
type TelegramGroup struct {
	GroupID   string  `json:"group_id"`
	GroupName *string `json:"group_name" nullable:"true"`
}

// TelegramGroups is a list that is always empty: there is no Telegram on an island.
type TelegramGroups struct {
	Data []TelegramGroup `json:"data"`
}

func (a *API) listTelegramGroups(context.Context, *None) (*Output[TelegramGroups], error) {
	return &Output[TelegramGroups]{TelegramGroups{Data: []TelegramGroup{}}}, nil
}
