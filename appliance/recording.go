package appliance

import "time"

// Recording is the sound of a meeting. The meeting is a Conversation of SourceRecording, with the same id; it is not
// included anywhere until its transcript is there.
type Recording struct {
	ConversationID ConversationID
	Provider       Provider
	State          RecordingState
	Problem        string   // of a failed one, a code
	Language       Language // set by hand; "" is that of its session
	ConsentAt      time.Time
	Version        int // of the transcript whose words are its turns; 0 is none
	Keep           Keep
	KeepDays       int       // with KeepForDays, counted from the end
	ErasedAt       time.Time // when the sound was erased; zero while it is there
	CreatedAt      time.Time
	EndedAt        time.Time // zero while sound still comes
	Takes          []Take
}

// Provider says how a meeting came to the box; those that were brought in as text have the provider ProvidedText.
type Provider string

// The providers.
const (
	ProvidedBrowser Provider = "browser" // recorded here
	ProvidedUpload  Provider = "upload"
	ProvidedText    Provider = "text"
)

// RecordingState says whether sound still comes.
type RecordingState string

// The states of a recording.
const (
	RecordingOpen   RecordingState = "open"
	RecordingClosed RecordingState = "closed"
	RecordingFailed RecordingState = "failed" // nothing usable came of what was uploaded
)

// Keep says how long the sound of a recording stays.
type Keep string

// How long sound is kept.
const (
	KeepWithText   Keep = "text"       // as long as its text
	KeepForDays    Keep = "days"       // some days from its end
	KeepUntilHeard Keep = "transcript" // until its transcript is whole
)

// Take is what one device gives between two presses: the samples of one channel, at 16 kHz. The takes of a track play one
// after the other, each from where the one before ends, or later, from its place; tracks (channels, devices) play beside each other.
type Take struct {
	Track, Take int // from 0
	Samples     int64
	Told        bool  // Samples is what the device says that it has; otherwise what has come so far
	Place       int64 // on the timeline of the meeting, in samples: before it the take does not begin
	BeganAt     time.Time
	HeardAt     time.Time // when the end of its newest piece was recorded; zero before the first piece
	EndedAt     time.Time // zero while it goes on
	Pieces      []Piece   // that are on the disk, in the order of their numbers; some may be missing between them
}

// Piece is a few seconds of a take: 16-bit samples in a blob. A piece that is known is on the disk for good.
type Piece struct {
	Seq     int   // from 0, as its device counts
	Start   int64 // in samples of the take
	Samples int64
	SHA256  [32]byte // of its bytes
}

// The limits of recordings.
const (
	MaxRecording      = 12 * time.Hour
	MaxRecordingBytes = 2 << 30 // of an uploaded file
	MaxPieceBytes     = 1 << 20 // 32 s
	MaxTracks         = 8
	MaxTakes          = 200 // of one track
	MaxMarks          = 1_000
)

// Mark is what somebody notes about a moment of a recording.
type Mark struct {
	ID   MarkID
	Kind MarkKind
	AtMS int64
	Text string
}

// MarkKind says what is marked.
type MarkKind string

// The kinds of marks.
const (
	MarkDecision MarkKind = "decision"
	MarkAction   MarkKind = "action"
	MarkQuestion MarkKind = "question"
	MarkNote     MarkKind = "note"
)

// Writing is one transcript of a recording as it is made: a version of it. Earlier versions stay.
type Writing struct {
	ConversationID ConversationID
	Version        int // from 1
	State          WritingState
	Problem        string // a code
	Language       Language
	Words          []string // names and terms that were given along
	Late           bool     // sound came after the recording had been cut for it: that is not in it
	CreatedAt      time.Time
	CompletedAt    time.Time
}

// WritingState says where a transcript stands.
type WritingState string

// The states of a transcript.
const (
	WritingWaiting   WritingState = "waiting" // for a transcriber, or for its turn
	WritingRunning   WritingState = "running"
	WritingDone      WritingState = "done"
	WritingCancelled WritingState = "cancelled"
	WritingFailed    WritingState = "failed"
)

// Segment is what a transcriber is given at once, and what came of it.
type Segment struct {
	Track, Position int
	StartMS, EndMS  int64
	OverlapMS       int64 // of its beginning, that the one before has too
	State           SegmentState
	Text            string
	Parts           []Part // of its text that are turns of their own; none when its transcriber tells no times
	Language        Language
	Maker           Maker
}

// JoinGaps puts segments of which nothing was heard, in the order of their times, together where they touch and have the same state.
func JoinGaps(list []Segment) (gaps []Segment) {
	for _, g := range list {
		if n := len(gaps); n > 0 && gaps[n-1].State == g.State && g.StartMS <= gaps[n-1].EndMS {
			gaps[n-1].EndMS = max(gaps[n-1].EndMS, g.EndMS)
		} else {
			gaps = append(gaps, g)
		}
	}
	return gaps
}

// Part is a stretch of the text of a segment, up to the next one, and when it is said, within the segment.
type Part struct {
	At      int   `json:"at"` // byte of the text with which it begins
	StartMS int64 `json:"start_ms"`
	EndMS   int64 `json:"end_ms"`
}

// SegmentState says what came of a segment.
type SegmentState string

// The states of a segment.
const (
	SegmentWaiting   SegmentState = "waiting"
	SegmentHeard     SegmentState = "heard"
	SegmentSilent    SegmentState = "silent"
	SegmentInaudible SegmentState = "inaudible" // somebody speaks, and nothing usable was heard, twice
	SegmentMissing   SegmentState = "missing"   // its sound never came
)

// Gap says whether something that was said is not in the transcript: what a report names at its head.
func (s SegmentState) Gap() bool { return s == SegmentInaudible || s == SegmentMissing }

// WritingRequest says how a recording is to be transcribed.
type WritingRequest struct {
	Language Language     // "" is that of the recording, or else of its session
	Words    []string     // names and terms beside those of the project
	Resume   bool         // go on with the newest version, which was stopped; nothing else is said then
	Only     []SegmentKey // the segments of the transcript in use that are heard anew; the rest stays. None: all is cut and heard anew
}

// SegmentKey names a segment of one version.
type SegmentKey struct{ Track, Position int }

// Key names the segment.
func (s Segment) Key() SegmentKey { return SegmentKey{s.Track, s.Position} }

// MaxWritings is how many versions of a transcript a recording has at most.
const MaxWritings = 50

// WritingProgress says how far a transcript is.
type WritingProgress struct {
	Writing
	Total   int   // segments in which somebody speaks
	Done    int   // of them, those that were heard, or are inaudible
	LeftMS  int64 // of sound that is still to be heard
	Gaps    int   // segments that are inaudible or missing
	InUse   bool  // its words are the turns of the conversation
	Planned bool  // it is known how much there is to hear
}
