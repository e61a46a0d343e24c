package appliance

import "time"

// Claim is one point drawn from a conversation, with at least one quote.
type Claim struct {
	ID             ClaimID
	SessionID      SessionID
	ConversationID ConversationID
	TopicID        TopicID // of the guide; "" when it belongs to none
	Text           string
	Verbatim       bool    // Text is, or holds, the speaker's own words
	Prompted       bool    // rests only on what was said to an idea of others: it does not count as a voice of its own
	Salience       float64 // 0 to 1: how much it stands out in its conversation
	Stance         Stance  // to what it is about
	Quotes         []Quote
	Maker          Maker
	CreatedAt      time.Time
}

// Quote is a place at which a person's own words stand, found there by package quote.
type Quote struct {
	ID     QuoteID
	Span   Span
	Method string  // "exact", "normalised" or "snapped"
	Score  float64 // share of the quotation that was found: 1 unless snapped
}

// Digest says what was drawn from one conversation, and from which of its states: it is made anew only when that
// state, the rules or the model have changed.
type Digest struct {
	ConversationID ConversationID
	Turns          int    // of the participant, as many as there were
	InputHash      []byte // SHA-256 over them
	Changes        int    // Conversation.Changes when they were read
	Maker          Maker
	Claims         int
	Located        int // quotations found in their source
	Discarded      int // quotations refused because they were not found
	Parts          int // into which the conversation was cut for a model; 0 when rules did it all
	ByRules        int // of them, those for which the model gave nothing of use, so that rules drew from them
	CreatedAt      time.Time
}

// Report is one version of the synthesis of a session.
type Report struct {
	ID        ReportID
	SessionID SessionID
	Version   int // from 1
	Body      ReportBody
	Counts    ReportCounts
	InputHash []byte // SHA-256 over what it was made from
	Maker     Maker
	Asked     string // Maker.Key of the model that was asked to write it, also where rules have in the end; "" for none
	CreatedAt time.Time
}

// ReportBody is the text of a report.
type ReportBody struct {
	Sections []ReportSection `json:"sections"`
	Missing  []string        `json:"missing"` // what could not be included, one sentence each
}

// Cited gives the claims that a report cites, in the order in which it does, each once.
func (b ReportBody) Cited() []ClaimID {
	ids := []ClaimID{}
	seen := map[ClaimID]bool{}
	for _, s := range b.Sections {
		for _, sentence := range s.Sentences {
			for _, id := range sentence.Claims {
				if !seen[id] {
					seen[id] = true
					ids = append(ids, id)
				}
			}
		}
	}
	return ids
}

// ReportSection is a part of a report.
type ReportSection struct {
	Kind      SectionKind      `json:"kind"`
	TopicID   TopicID          `json:"topic_id,omitempty"`
	Title     string           `json:"title"`
	People    int              `json:"people"` // conversations that speak in this section
	Sentences []ReportSentence `json:"sentences"`
}

// SectionKind is the part that a section plays.
type SectionKind string

// The kinds of sections.
const (
	SectionOverview SectionKind = "overview"
	SectionTopic    SectionKind = "topic"
	SectionThemes   SectionKind = "themes"   // what several speak of, across topics
	SectionTensions SectionKind = "tensions" // what people are divided over
	SectionMinority SectionKind = "minority" // said by one or two only
	SectionGaps     SectionKind = "gaps"     // topics that few or none spoke to
	SectionUnheard  SectionKind = "unheard"  // who is not represented
)

// ReportSentence is one sentence with what it rests on.
type ReportSentence struct {
	Text   string    `json:"text"`
	Claims []ClaimID `json:"claims"`
}

// ReportCounts are the numbers in the head of a report. They come from SQL.
type ReportCounts struct {
	Participants  int `json:"participants"`  // who joined and are included
	People        int `json:"people"`        // of them, those who gave an answer
	Conversations int `json:"conversations"` // included ones with at least one answer
	Finished      int `json:"finished"`
	Turns         int `json:"turns"` // of participants
	Words         int `json:"words"`
	Claims        int `json:"claims"`
	Located       int `json:"located"`
	Discarded     int `json:"discarded"`
}

// Window is a part of a conversation that a model reads at once.
type Window struct {
	InputHash []byte // SHA-256 over what the model is shown
	State     WindowState
	Points    string // what it answered, as JSON; "" for nothing
	Maker     Maker  // who reads
}

// WindowState is how far a window is.
type WindowState string

// The states of a window.
const (
	WindowWaiting WindowState = "waiting"
	WindowRead    WindowState = "read"
	WindowByRules WindowState = "rules" // the model gave nothing of use, so rules drew from it
)

// ReportPart is what a model has written about one group of claims of a report.
type ReportPart struct {
	TopicID   TopicID // "" for what was said beyond the questions; PartOfMeeting for the summary of one meeting
	Number    int     // of the group within the topic; PartOfAll for what stands out across all topics
	InputHash []byte  // SHA-256 over the claims that were shown
	Claims    int     // that the topic had
	Sentences []ReportSentence
	Dropped   int    // sentences that did not keep to the rules
	Failed    bool   // nothing could be used
	Due       bool   // the host wants it written anew
	Asked     string // who was asked, and what; differs where a part is to be written anew whatever it holds
}

// PartOfAll is the number of the part about all topics together.
const PartOfAll = -1

// PartOfMeeting stands in the place of a topic in the part that is the summary of one meeting. It belongs to the minutes of
// that meeting, and to no report.
func PartOfMeeting(id ConversationID) TopicID { return TopicID(id) }
