package appliance

import "time"

// Event says that something has happened, without its content. Lifecycle events are stored in the transaction that
// makes them true and published after it.
type Event struct {
	Seq            int64 // grows; gaps are possible
	Type           EventType
	SessionID      SessionID
	ConversationID ConversationID // "" when it is about the session
	At             time.Time
}

// EventType names what happened, object first.
type EventType string

// The stored (lifecycle) events.
const (
	EventSessionOpened        EventType = "session.opened"
	EventSessionClosed        EventType = "session.closed"
	EventConversationStarted  EventType = "conversation.started"
	EventConversationFinished EventType = "conversation.finished"
	EventReportReady          EventType = "report.ready"
	EventMeetingReady         EventType = "meeting.ready" // the transcript of a meeting is whole, and what comes of it by rules is there
)

// The events that are only pushed to who is looking.
const (
	EventTurnDelta    EventType = "turn.delta"    // a piece of a facilitator's turn that is being spoken
	EventTurnReset    EventType = "turn.reset"    // what was spoken so far is taken back; it is being said anew
	EventTurnCreated  EventType = "turn.created"  // a turn is stored
	EventJobChanged   EventType = "job.changed"   // progress of background work
	EventSessionState EventType = "session.state" // something in the session's lists has changed

	EventDistress EventType = "conversation.distress" // for the host: something is hard to bear for a participant

	EventTurnWaiting        EventType = "turn.waiting"        // a turn is waited for of which no word was spoken yet
	EventRecordingChanged   EventType = "recording.changed"   // more of a recording is on the disk, or something of it is another
	EventHearing            EventType = "voice.hearing"       // how far a recording is that is being written down
	EventAnswerChanged      EventType = "answer.changed"      // an answer of the Companion has grown, or waits, or is whole
	EventRightsChanged      EventType = "rights.changed"      // what the listener may do or see may be another now
	EventFacilitatorChanged EventType = "facilitator.changed" // another one leads conversations from now on
)

// Waiting says how the wait for a turn of the facilitator stands.
type Waiting struct {
	TurnSeq int  // the number that the turn will have
	Ahead   int  // requests that the model will begin before it
	Seconds int  // expected until the first word; 0 when that is not known
	Offer   bool // it takes long: the participant may go on without the model
}

// Hearing says how far a recording is that is being written down.
type Hearing struct {
	Ahead   int // pieces of work that are begun before its next one
	Seconds int // expected until its words are there; 0 when that is not known
	Done    int // parts that are written down
	Of      int // parts in all
}

// Facilitator says who leads the conversations of a session now.
type Facilitator struct {
	By    string    // MadeByRules or the name of a model
	Why   string    // why it is the rules: an inference.Kind; "" when it is a model
	Since time.Time // when this began
}

// Guided says whether conversations are led by rules.
func (f Facilitator) Guided() bool { return f.By == MadeByRules }

// AuditEntry says who did what to which object, without content.
type AuditEntry struct {
	Seq     int64
	At      time.Time
	Actor   string // account or key id, "system", "setup", "command line"
	Address string // of an account's client; never of a participant
	Action  string // "login", "session.delete", …
	Object  string // id
}
