package appliance

import "time"

// Idea is what several participants of a session have said to a topic, in the words of the group: a cluster of their
// claims. The facilitator may offer it to somebody who speaks about the same topic (cross-pollination). It names nobody,
// and never rests on one person alone.
type Idea struct {
	ID        IdeaID
	SessionID SessionID
	TopicID   TopicID
	Language  Language
	Kind      IdeaKind
	Words     []string    // what it is about, as several of its people have written it
	Text      string      // one sentence in the words of the group
	Claims    []IdeaClaim // that it rests on, one for each person
	People    int         // whose claims those are
	Pool      int         // people whose claims to the topic were looked at
	Maker     Maker       // of Text
	CreatedAt time.Time
}

// IdeaClaim is a claim that an idea rests on.
type IdeaClaim struct {
	ClaimID ClaimID
	Stance  int // of a tension: 1 speaks for it, -1 against it; 0 otherwise
}

// IdeaKind says how the claims of an idea stand to each other and to the rest.
type IdeaKind string

// The kinds of ideas.
const (
	IdeaConvergence IdeaKind = "convergence" // many say it
	IdeaTension     IdeaKind = "tension"     // some are for it and some against
	IdeaOutlier     IdeaKind = "outlier"     // only a few say it, where many spoke
)

// Bounds of cross-pollination.
const (
	// DefaultPollinationMinimum is how many other people must have spoken to a topic before an idea of theirs is offered,
	// where the session sets nothing, and LeastPollinationMinimum the least that can be set: a smaller group would be
	// recognised in any wording.
	DefaultPollinationMinimum = 5
	LeastPollinationMinimum   = 3
	MaxPollinationMinimum     = 1_000
)

// Offer is an idea that was offered in a conversation. It is kept as it was then.
type Offer struct {
	TurnID         TurnID // of the facilitator, in which it was offered
	Seq            int    // of that turn
	ConversationID ConversationID
	Number         int // of the participant whom it was offered to
	TopicID        TopicID
	Kind           IdeaKind
	Words          []string
	Text           string // as it was offered
	People         int    // whose claims it rested on
	Pool           int    // other people whose claims to the topic were looked at
	Carried        int    // how often those claims had been carried to somebody before
	Maker          Maker
	Replied        bool
	CreatedAt      time.Time
}
