package appliance

import "time"

// Participant is a pseudonymous person in one session.
type Participant struct {
	ID          ParticipantID
	SessionID   SessionID
	Number      int    // from 1 within the session; "Participant n" is the pseudonym. From -1 down in rehearsals
	Name        string // "" when not given
	Email       string // "" when not given
	ExternalID  string // participant_id of an API client, "" otherwise
	Language    Language
	Origin      Origin
	Rehearsal   Character // who speaks, in a rehearsal; "" otherwise
	ConsentText string    // what was agreed to
	ConsentedAt time.Time // zero: not asked (API, import)
	Answers     []FormAnswer
	CreatedAt   time.Time
}

// Origin says how a participant came into a session.
type Origin string

// The origins.
const (
	OriginLink Origin = "link" // by link, QR code or short code
	OriginAPI  Origin = "api"
)

// Source says what a conversation is made of.
type Source string

// The sources of conversations.
const (
	SourceInterview Source = "interview"
	SourceRecording Source = "recording"
	SourceText      Source = "text"
)

// Conversation is one thread of turns in a session.
type Conversation struct {
	ID            ConversationID
	SessionID     SessionID
	ParticipantID ParticipantID // "" where several speak, or nobody in their own words: see Speaker
	Source        Source
	Title         string
	Language      Language
	GuideVersion  int
	State         ConversationState
	Ended         Ending       // "" while it is active
	Included      bool         // counts in results, search and exports
	Restricted    Restrictions // for what it must not be used, of a meeting
	Use           Use          // how its words may be used, where its participant has chosen nothing else for single ones
	Rating        int          // 1 to 4: how well its participant was understood; 0 when not told
	Changes       int          // how often its participant has changed what may be done with its words
	NextSeq       int          // the number that the next turn gets
	AnsweredSeq   int          // the last turn of the participant that the facilitator has answered; -1 before the opening
	Facilitation  Facilitation
	Turns         int // of the participant
	Words         int // of the participant
	CreatedAt     time.Time
	LastTurnAt    time.Time
	FinishedAt    time.Time // zero while it is active
	DistressAt    time.Time // when something was last said that is hard to bear; zero when nothing was
}

// ConversationState says whether a conversation goes on.
type ConversationState string

// The states of a conversation.
const (
	ConversationActive   ConversationState = "active"
	ConversationFinished ConversationState = "finished"
)

// Ending says how a conversation came to its end.
type Ending string

// The endings.
const (
	EndedComplete Ending = "complete" // the guide was gone through
	EndedEarly    Ending = "early"    // the participant finished early and kept the answers
	EndedClosed   Ending = "closed"   // the host closed the session
)

// TurnRole says who speaks in a turn.
type TurnRole string

// The speakers.
const (
	FromParticipant TurnRole = "participant"
	FromFacilitator TurnRole = "facilitator"
)

// Turn is one message or utterance. A stored turn is never changed, except that its participant can have words of it
// erased, and say otherwise once more what a Point was said otherwise with.
type Turn struct {
	ID             TurnID
	ConversationID ConversationID
	Seq            int // from 0, without gaps
	Role           TurnRole
	Speaker        SpeakerID // in a recording or text; "" in an interview
	Content        string
	TopicID        TopicID        // what it is about, "" when none
	Move           Move           // of the facilitator; "" otherwise
	Points         []Point        // of a read-back
	Prompted       bool           // of the participant: said to an idea of others that was offered, so it is no voice of its own
	Corrects       TurnID         // the turn in whose place this one stands, since its participant says it otherwise; "" otherwise
	Control        *Control       // of a question that can be answered by one
	Answer         *ControlAnswer // of the participant, who answered by a control or in words that say the same
	Maker          Maker          // of a facilitator's turn; zero otherwise
	ClientKey      string         // idempotency key of the participant's browser, "" otherwise
	Spoken         bool           // its participant has said it aloud; the box wrote it down, and its participant sent it
	Hidden         bool           // when it is new: those who read the conversation may not read it
	StartMS        int64          // within the recording; 0 in an interview
	EndMS          int64
	CreatedAt      time.Time
}

// Fact is what is kept for models of a turn that a long conversation has left behind. It stands over words of the
// participant and never goes without them.
type Fact struct {
	Seq   int // of the turn
	Quote Span
	Text  string // what a model made of the words; "" for the words themselves
	Maker Maker
}

// Move is what the facilitator does in a turn.
type Move string

// The moves.
const (
	MoveOpen     Move = "open"      // greets and asks the first question
	MoveAsk      Move = "ask"       // goes to the next topic
	MoveProbe    Move = "probe"     // follows up within the topic
	MoveReply    Move = "reply"     // answers what the participant asked, then asks its own question again
	MoveCare     Move = "care"      // what is spoken of is hard to bear: says where help is, asks whether to go on
	MoveBoundary Move = "boundary"  // was insulted: says once where the limit is, then asks its own question again
	MoveLanguage Move = "language"  // offers to go on in the language that the participant writes
	MoveIdea     Move = "idea"      // offers what others have said to the topic: see Idea
	MoveMissed   Move = "missed"    // asks what was missed, before anything that was understood is shown
	MoveReadBack Move = "read_back" // says what was understood, over the participant's own words
	MoveClose    Move = "close"     // thanks; the conversation is finished
)

// Facilitation is the state that the facilitator keeps of one conversation. It is stored with every turn of the
// facilitator, in the same transaction, so that a restarted server goes on where it was.
type Facilitation struct {
	Phase  Phase   `json:"phase"`
	Topic  TopicID `json:"topic"` // the current one in PhaseTopics
	Aside  Aside   `json:"aside,omitempty"`
	Asides Asides  `json:"asides,omitzero"`
	Chosen Chosen  `json:"chosen,omitzero"`
}

// Chosen keeps controls that the facilitator chooses apart from each other, where its session lets it choose any.
type Chosen struct {
	Words int     `json:"words,omitempty"` // its turns without a control since the last one that had any; counted up to 3
	Topic TopicID `json:"topic,omitempty"` // in which it chose the last one
}

// WordsBetween is how many turns without a control stand before one that the facilitator chooses, so that at most one in
// four of its turns has a control of its choice.
const WordsBetween = 3

// Aside is what the last turn of the facilitator asked beside the guide; "" when it asked the guide's question.
type Aside string

// The asides.
const (
	AsideCare     Aside = "care"     // whether to go on, or stop here
	AsideLanguage Aside = "language" // whether to go on in Asides.Offered
	AsideIdea     Aside = "idea"     // what to make of an idea of others
)

// Asides counts what the facilitator has done beside the guide, so that none of it goes on for ever.
type Asides struct {
	Replies    int      `json:"replies,omitempty"`
	Cares      int      `json:"cares,omitempty"`
	Boundaries int      `json:"boundaries,omitempty"`
	Offered    Language `json:"offered,omitempty"` // the language that was offered; "" when none was

	Ideas     int   `json:"ideas,omitempty"`      // of others that were offered
	IdeaAt    int64 `json:"idea_at,omitempty"`    // when the last of them was, in milliseconds since 1970
	IdeaAfter int   `json:"idea_after,omitempty"` // turns of the participant that there were then
}

// Phase is the part of a conversation.
type Phase string

// The phases, in order.
const (
	PhaseOpening  Phase = ""
	PhaseTopics   Phase = "topics"
	PhaseMissed   Phase = "missed"
	PhaseReadBack Phase = "read_back"
	PhaseDone     Phase = "done"
)

// Coverage says how far one conversation has got with one topic of its guide.
type Coverage struct {
	TopicID   TopicID
	Asked     bool
	Answered  bool
	Depth     int // 0 nothing, 1 thin, 2 a reason or an example, 3 both
	FollowUps int // asked so far
	Seconds   int // that the participant took for it so far; a pause counts up to MaxAnswerTime
}

// MaxAnswerTime is how much of the time between a question and its answer counts at most: who takes longer has been
// away.
const MaxAnswerTime = 5 * time.Minute

// TopicProgress is one step of the progress that a participant sees.
type TopicProgress struct {
	TopicID TopicID
	Title   string
	State   ProgressState
}

// ProgressState is the state of one step.
type ProgressState string

// The states of a step.
const (
	ProgressToCome  ProgressState = "to_come"
	ProgressCurrent ProgressState = "current"
	ProgressDone    ProgressState = "done"
)

// Progress is how far a conversation is, for its participant.
type Progress struct {
	Topics      []TopicProgress
	Done        int // topics that are done
	MinutesLeft int // rounded up; 0 at the end
}

// ProgressOf gives the progress of a conversation by guide g in state f.
func ProgressOf(g Guide, f Facilitation) Progress {
	p := Progress{Topics: make([]TopicProgress, 0, len(g.Topics))}
	current := 0
	switch f.Phase {
	case PhaseTopics:
		for i, t := range g.Topics {
			if t.ID == f.Topic {
				current = i
			}
		}
	case PhaseMissed, PhaseReadBack, PhaseDone:
		current = len(g.Topics)
	}
	for i, t := range g.Topics {
		step := TopicProgress{TopicID: t.ID, Title: t.Title, State: ProgressToCome}
		switch {
		case i < current:
			step.State = ProgressDone
			p.Done++
		case i == current:
			step.State = ProgressCurrent
			p.MinutesLeft += t.Minutes
		default:
			p.MinutesLeft += t.Minutes
		}
		p.Topics = append(p.Topics, step)
	}
	if f.Phase == PhaseMissed || f.Phase == PhaseReadBack {
		p.MinutesLeft = 1
	}
	return p
}
