package web

import (
	"context"
	"time"

	"harmonium/appliance"
)

// Meeting is a meeting as lists show it. The box keeps none yet: conversations of meetings are brought in as those of a
// session (addConversation, importFile), and recordings come with a later version.
type Meeting struct {
	ID                 string `json:"id"`
	Title              string `json:"title"`
	MeetingURL         string `json:"meeting_url" doc:"Always empty: nothing is met elsewhere"`
	MeetingProvider    string `json:"meeting_provider" enum:"upload,browser,text"`
	StartsAt           Time   `json:"starts_at"`
	EndsAt             *Time  `json:"ends_at" nullable:"true"`
	Timezone           string `json:"timezone"`
	Status             string `json:"status" enum:"scheduled,joining,in_call,recording,transcribing,ready,failed,cancelled"`
	ErrorCode          string `json:"error_code"`
	ErrorMessage       string `json:"error_message"`
	CreatedAt          Time   `json:"created_at"`
	UpdatedAt          Time   `json:"updated_at"`
	TranscriptStatus   string `json:"transcript_status"`
	TranscriptLanguage string `json:"transcript_language"`
	HasTranscript      bool   `json:"has_transcript"`
	EmptyTranscript    bool   `json:"empty_transcript"`
	UtteranceCount     int    `json:"utterance_count"`
	SpeakerCount       int    `json:"speaker_count"`
	ActualDurationMS   int    `json:"actual_duration_ms"`
}

// Meetings is a part of the meetings.
type Meetings struct {
	List[Meeting]
	NextCursor *string `json:"next_cursor" nullable:"true" doc:"Where the next part begins; null at the end"`
}

type listMeetingsInput struct {
	Page
	Status       string    `query:"status" enum:"scheduled,joining,in_call,recording,transcribing,ready,failed,cancelled"`
	From         time.Time `query:"from" doc:"That begin at this time or later"`
	To           time.Time `query:"to" doc:"That begin before this time"`
	UpdatedSince time.Time `query:"updated_since"`
	Cursor       string    `query:"cursor" maxLength:"200" doc:"The next_cursor of the part before"`
}

func (a *API) listMeetings(_ context.Context, in *listMeetingsInput) (*Output[Meetings], error) {
	if in.Cursor != "" {
		return nil, appliance.Invalid("cursor", "No list of meetings ends with this cursor.")
	}
	if !in.To.IsZero() && in.To.Before(in.From) {
		return nil, appliance.Invalid("to", "This is before the time in from.")
	}
	return &Output[Meetings]{Meetings{List: pageOf[Meeting](nil, in.Page)}}, nil
}

// MeetingPath names a meeting.
type MeetingPath struct {
	ID string `path:"id" maxLength:"40" doc:"Id of the meeting"`
}

// Transcript is what was said in a meeting.
type Transcript struct {
	ID           string      `json:"id"`
	MeetingID    string      `json:"meeting_id"`
	Provider     string      `json:"provider"`
	Model        string      `json:"model"`
	Language     string      `json:"language"`
	Status       string      `json:"status"`
	ErrorCode    string      `json:"error_code"`
	ErrorMessage string      `json:"error_message"`
	CompletedAt  *Time       `json:"completed_at" nullable:"true"`
	Utterances   []Utterance `json:"utterances"`
}

// Utterance is a piece of a transcript.
type Utterance struct {
	Sequence     int    `json:"sequence"`
	SpeakerID    string `json:"speaker_id"`
	SpeakerName  string `json:"speaker_name"`
	SpeakerEmail string `json:"speaker_email"`
	StartMS      int    `json:"start_ms"`
	EndMS        int    `json:"end_ms"`
	Text         string `json:"text"`
	Language     string `json:"language"`
}

func noMeeting() error {
	return appliance.Errorf(appliance.CodeNotFound, "There is no such meeting. This box keeps no recordings of meetings yet.")
}

func (a *API) getTranscript(context.Context, *MeetingPath) (*Output[Transcript], error) {
	return nil, noMeeting()
}

// Restriction is a purpose for which a meeting is not to be used.
type Restriction string

// Restrictions says for what a meeting is not to be used, and how that came about.
type Restrictions struct {
	Authoritative []Restriction      `json:"authoritative_scopes" doc:"Set by people"`
	Candidates    []Restriction      `json:"candidate_scopes" doc:"Proposed, and not yet decided on"`
	Effective     []Restriction      `json:"effective_scopes" doc:"Both"`
	Pending       []RestrictionEvent `json:"pending_candidates"`
	History       []RestrictionEvent `json:"history" doc:"The oldest first; nothing is ever taken out"`
}

// RestrictionEvent is a change of restrictions.
type RestrictionEvent struct {
	ID        string        `json:"id"`
	Action    string        `json:"action"`
	Scopes    []Restriction `json:"scopes"`
	Reason    string        `json:"reason"`
	CreatedAt Time          `json:"created_at"`
}

func (a *API) getRestrictions(context.Context, *MeetingPath) (*Output[Restrictions], error) {
	return nil, noMeeting()
}

// RestrictionRequest sets restrictions, or decides on one that was proposed.
type RestrictionRequest struct {
	Action      string        `json:"action" enum:"set,review_candidate"`
	Scopes      []Restriction `json:"scopes,omitempty" maxItems:"5" enum:"synthesis,project_attachment,external_export,sharing,all_downstream_processing" doc:"With set"`
	CandidateID string        `json:"candidate_event_id,omitempty" maxLength:"40" doc:"With review_candidate"`
	Decision    string        `json:"decision,omitempty" enum:"confirm,dismiss" doc:"With review_candidate"`
	Reason      string        `json:"reason,omitempty" maxLength:"2000"`
}

type changeRestrictionsInput struct {
	MeetingPath
	Idempotent
	Body RestrictionRequest
}

func (a *API) changeRestrictions(_ context.Context, in *changeRestrictionsInput) (*Output[Restrictions], error) {
	var p appliance.Problems
	switch b := in.Body; {
	case b.Action == "set" && b.Scopes == nil:
		p.Add("scopes", "This is needed. An empty list lifts all restrictions.")
	case b.Action == "review_candidate" && b.CandidateID == "":
		p.Add("candidate_event_id", "This is needed.")
	case b.Action == "review_candidate" && b.Decision == "":
		p.Add("decision", "This is needed.")
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	return nil, noMeeting()
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
