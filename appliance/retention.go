package appliance

import "time"

// MaxRetentionDays bounds how long things may be kept by a rule, in days.
const MaxRetentionDays = 36500

// Retention says after how many days things are deleted by themselves, on one level: the box, a project, a session. Where
// several levels set something, the shortest holds: a project or a session may let its things go sooner than the box
// demands, never later. A session goes, with everything in it, when so many days have passed since it was closed; while it
// is not closed, each of its conversations goes so many days after its last turn, and the session itself stays. The sound
// of a recording has a period of its own, from when it was recorded; what was written down of it stays until the
// conversation goes, and with the conversation goes whatever sound is left.
type Retention struct {
	Days          int `json:"days"`                     // 0: this level sets nothing
	RecordingDays int `json:"recording_days,omitempty"` // of the sound alone; 0: this level sets nothing
}

// Validate says what is wrong.
func (r Retention) Validate() error {
	var p Problems
	for field, days := range map[string]int{"days": r.Days, "recording_days": r.RecordingDays} {
		if days < 0 || days > MaxRetentionDays {
			p.Add(field, "Please give a number of days between 1 and 36500, or none. Nothing was changed.")
		}
	}
	return p.Err()
}

// KeptFor is how long the things of a session are kept, and by which levels.
type KeptFor struct {
	Box, Project, Session Retention // what each level sets
	GoesAt                time.Time // when the session goes, or the first of its conversations; zero: nothing goes by itself
	Held                  bool      // a legal hold keeps it, whatever the time
}

// Shortest is the shortest period of all levels; 0 where none sets one.
func (k KeptFor) Shortest() (r Retention) {
	for _, level := range []Retention{k.Box, k.Project, k.Session} {
		r.Days, r.RecordingDays = shorter(r.Days, level.Days), shorter(r.RecordingDays, level.RecordingDays)
	}
	return r
}

// shorter gives the shorter of two periods, of which 0 is none.
func shorter(a, b int) int {
	if a == 0 || b > 0 && b < a {
		return b
	}
	return a
}

// OwnPeriod is a period that some projects or sessions set for themselves.
type OwnPeriod struct {
	Level string `json:"level"` // project or session
	Retention
	Count int `json:"count"` // how many set it
}

// HoldKind is what a legal hold is on.
type HoldKind string

// The kinds of what can be held.
const (
	HoldBox          HoldKind = "box" // everything
	HoldProject      HoldKind = "project"
	HoldSession      HoldKind = "session"
	HoldConversation HoldKind = "conversation"
)

// MaxHoldReason is the length of the reason of a hold, in characters.
const MaxHoldReason = 500

// Hold is a legal hold: what it is on is deleted by nobody while it lasts.
type Hold struct {
	ID       HoldID
	Kind     HoldKind
	Object   string // id; "" for the box
	Reason   string
	PlacedBy string // an actor of the audit trail
	PlacedAt time.Time
	Until    time.Time // zero: until it is lifted
	LiftedBy string
	LiftedAt time.Time // zero: it was not
}

// Validate says what is wrong with a hold that is to be placed at a time.
func (h Hold) Validate(now time.Time) error {
	var p Problems
	CheckText(&p, "reason", h.Reason, MaxHoldReason, true)
	if !h.Until.IsZero() && !h.Until.After(now) {
		p.Add("until", "This is past already. Choose a day that is to come, or none.")
	}
	return p.Err()
}

// InForce says whether it holds at a time.
func (h Hold) InForce(now time.Time) bool {
	return h.LiftedAt.IsZero() && (h.Until.IsZero() || now.Before(h.Until))
}

// ErasureKind says what somebody wanted to be erased.
type ErasureKind string

// The kinds of erasures.
const (
	EraseConversation ErasureKind = "conversation" // one, by somebody who may
	EraseWithdrawal   ErasureKind = "withdrawal"   // one, by who took part in it
	EraseSound        ErasureKind = "sound"        // that of one meeting, whose text stays
	EraseSession      ErasureKind = "session"
	EraseSessions     ErasureKind = "sessions" // several that were chosen
	EraseProject      ErasureKind = "project"  // with all its sessions
	ErasePerson       ErasureKind = "person"   // somebody in all sessions
	EraseOwn          ErasureKind = "own"      // all that belongs to one account
	EraseEverything   ErasureKind = "everything"
	EraseByAge        ErasureKind = "age"     // retention
	EraseAgain        ErasureKind = "restore" // what a restore had brought back
)

// ErasureRule says by which rule something was erased by itself.
type ErasureRule string

// The rules by which the sound of a meeting goes: whose period was over, or that it was written down.
const (
	RuleBox        ErasureRule = "box"
	RuleProject    ErasureRule = "project"
	RuleSession    ErasureRule = "session"
	RuleMeeting    ErasureRule = "meeting"
	RuleTranscript ErasureRule = "transcript"
)

// Receipt says what was erased for good, without content.
type Receipt struct {
	ID        ReceiptID    `json:"id"`
	Kind      ErasureKind  `json:"kind"`
	Rule      ErasureRule  `json:"rule,omitempty"` // "": by somebody, or by the period of sessions
	Actor     string       `json:"actor"`          // as in the audit trail: an account, a key, "participant", "retention"…
	Objects   []Erased     `json:"objects"`
	Counts    ErasedCounts `json:"counts"`
	SHA256    []byte       `json:"sha256"` // over the ids of everything that is counted: see store.Receipts
	BeganAt   time.Time    `json:"began_at"`
	DeletedAt time.Time    `json:"deleted_at,omitzero"` // when it was gone from the database
	WipedAt   time.Time    `json:"wiped_at,omitzero"`   // when no file of the box held it any more
}

// Erased is one thing that was named to be erased; what belonged to it went with it.
type Erased struct {
	Kind string `json:"kind"` // session, conversation, participant, sound, project, thread, template or background
	ID   string `json:"id"`
}

// ErasedCounts counts what an erasure takes.
type ErasedCounts struct {
	Projects      int `json:"projects,omitempty"`
	Sessions      int `json:"sessions,omitempty"`
	Conversations int `json:"conversations,omitempty"`
	Participants  int `json:"participants,omitempty"`
	Turns         int `json:"turns,omitempty"`
	Sounds        int `json:"sounds,omitempty"` // of meetings whose text stays
	Claims        int `json:"claims,omitempty"`
	Threads       int `json:"threads,omitempty"` // of the Companion
	Templates     int `json:"templates,omitempty"`
	Background    int `json:"background,omitempty"` // pieces of what facilitators know, beside those of sessions
}

// Empty says that nothing is counted.
func (c ErasedCounts) Empty() bool { return c == ErasedCounts{} }
