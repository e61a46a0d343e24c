package appliance

import "time"

// MaxAsked bounds a question to the Companion, in characters.
const MaxAsked = 1_000

// CompanionScope says over what the Companion is asked: one conversation, a session, a project, or everything that the
// account may see, where none of them is named.
type CompanionScope struct {
	ProjectID      ProjectID
	SessionID      SessionID
	ConversationID ConversationID
}

// CompanionThread is a row of questions of one account over the same material. Nobody else sees it.
type CompanionThread struct {
	ID        ThreadID
	AccountID AccountID
	Scope     CompanionScope
	Answers   []CompanionAnswer // in the order in which they were asked
	CreatedAt time.Time
	UpdatedAt time.Time
}

// CompanionAnswer is one question with what was answered.
type CompanionAnswer struct {
	ID       AnswerID
	ThreadID ThreadID
	Question string
	State    AnswerState
	Outcome  AnswerOutcome // "" while it is being worked on
	// Why says why no model has answered, or why its answer broke off: an inference.Kind; "" when neither.
	Why        string
	Parts      []AnswerPart
	Refused    int // sentences of a model that did not pass, and were not shown
	Newest     bool
	Maker      Maker
	PinnedIn   SessionID // in whose insights it stands; "" otherwise
	CreatedAt  time.Time
	AnsweredAt time.Time // zero before
}

// AnswerState says how far an answer is.
type AnswerState string

// The states of an answer.
const (
	AnswerAsked       AnswerState = "asked"       // it is being worked on
	AnswerDone        AnswerState = "answered"    // it is whole
	AnswerStopped     AnswerState = "stopped"     // by who asked; what was there stays
	AnswerInterrupted AnswerState = "interrupted" // the box was restarted meanwhile
)

// AnswerOutcome says what an answer is made of.
type AnswerOutcome string

// The outcomes.
const (
	OutcomeSentences AnswerOutcome = "sentences" // of a model, each with its sources
	OutcomePassages  AnswerOutcome = "passages"  // chosen by rules
	OutcomeNone      AnswerOutcome = "none"      // it is not in the conversations; passages that come nearest may follow
)

// AnswerPart is a sentence of an answer, or a passage.
type AnswerPart struct {
	Kind      PartKind
	Text      string // of a sentence
	Citations []Citation
}

// PartKind is what a part of an answer is.
type PartKind string

// The kinds of parts.
const (
	PartSentence PartKind = "sentence"
	PartPassage  PartKind = "passage" // the words of its one citation
	// PartGone stands where the words that a part rested on were erased, or may not be used as they might before. Nothing
	// of it is kept.
	PartGone PartKind = "gone"
	// PartHidden stands, for one who reads, where a part rests on what they may not see, or what is left out of results.
	PartHidden PartKind = "hidden"
)

// Citation is a place that a part of an answer rests on. What stands after Span is filled in by the store, as it is at
// the moment.
type Citation struct {
	Span           Span
	Content        string // of the turn, as results may show it
	SessionID      SessionID
	Topic          string // of the session
	ConversationID ConversationID
	Title          string // of the conversation
	Seq            int    // of the turn
	Number         int    // of the participant who said it; 0 when there is none
}
