package appliance

import "time"

// Meeting is a conversation of several people as lists of meetings show it: a recording with what has become of it, or a
// transcript that was brought in. Its id is that of its conversation.
type Meeting struct {
	ID          ConversationID
	SessionID   SessionID
	Topic       string // of the session
	Title       string
	Provider    Provider
	Status      MeetingStatus
	Problem     string // of a failed one, a code
	Transcript  TranscriptStatus
	Language    Language
	StartedAt   time.Time
	EndedAt     time.Time // zero while it goes on, and of a text without times
	UpdatedAt   time.Time
	CompletedAt time.Time // of the transcript; zero while there is none
	Utterances  int
	Speakers    int
	DurationMS  int64        // 0 where it is not known
	Version     int          // of the transcript in use, of a recording; 0 is none
	Model       string       // that has heard it; "" of a text
	Restricted  Restrictions // that hold now
}

// MeetingStatus says how far a meeting is. The names are those of Harmonica's interface, of which these occur here.
type MeetingStatus string

// The statuses of meetings.
const (
	MeetingRecording    MeetingStatus = "recording"    // sound still comes
	MeetingTranscribing MeetingStatus = "transcribing" // it is kept, and waits for its transcript
	MeetingReady        MeetingStatus = "ready"
	MeetingFailed       MeetingStatus = "failed"
	MeetingCancelled    MeetingStatus = "cancelled" // its sound is kept, and somebody has stopped the transcription
)

// TranscriptStatus says how far the transcript of a meeting is.
type TranscriptStatus string

// The statuses of transcripts.
const (
	TranscriptNone       TranscriptStatus = "none"    // the meeting still goes on
	TranscriptPending    TranscriptStatus = "pending" // waits for a transcriber, or for its turn
	TranscriptProcessing TranscriptStatus = "processing"
	TranscriptCompleted  TranscriptStatus = "completed"
	TranscriptFailed     TranscriptStatus = "failed"
	TranscriptCancelled  TranscriptStatus = "cancelled"
)

// MeetingFilter chooses among meetings. Zero values choose all.
type MeetingFilter struct {
	Session      SessionID
	Status       MeetingStatus
	From, To     time.Time // that begin at From or later, and before To
	UpdatedSince time.Time
	Before       MeetingPlace // only what comes behind it in the list
	Limit        int
	Offset       int
}

// MeetingPlace is a place in the list of meetings, in which the last to begin stands first; zero is its beginning.
type MeetingPlace struct {
	StartedAt time.Time
	ID        ConversationID
}
