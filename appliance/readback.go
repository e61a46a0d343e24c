package appliance

// Use says how words may be used in results. Participants choose it for the whole conversation, and for single points
// of what was read back to them. What each choice lets be seen where is in package store, uses.go.
type Use string

// The uses, from the widest to the narrowest.
const (
	UseQuote      Use = "quote"      // may be quoted, under the pseudonym
	UseParaphrase Use = "paraphrase" // may be put into other words, and is quoted nowhere
	UseCount      Use = "count"      // counts, and nothing of it is shown
)

// Uses gives all uses, the widest first.
func Uses() []Use { return []Use{UseQuote, UseParaphrase, UseCount} }

// Valid says whether u is one of the uses.
func (u Use) Valid() bool { return u == UseQuote || u == UseParaphrase || u == UseCount }

// PointState says what a participant has decided about one point of a read-back.
type PointState string

// The states of a point.
const (
	PointOpen      PointState = "open"      // not decided: stands as it was said
	PointApproved  PointState = "approved"  // understood
	PointEdited    PointState = "edited"    // said otherwise by now: that counts, the original is only read
	PointDropped   PointState = "dropped"   // taken back; until the end of the conversation that can be undone
	PointWithdrawn PointState = "withdrawn" // taken back for good: the words are erased
)

// Point is one thing that a read-back says was understood, over the participant's own words.
type Point struct {
	ID      PointID
	ShownIn TurnID // the read-back
	TopicID TopicID
	Topic   string // its title
	Quote   Span
	State   PointState
	Use     Use    // "" is that of the conversation
	Edit    TurnID // the turn with the participant's later wording; "" without one
	Edited  string // that wording
}

// Span is a place in a stored turn: bytes [Start, End) of its content. Text is that slice, filled when it is read.
type Span struct {
	TurnID TurnID `json:"turn_id"`
	Start  int    `json:"start"`
	End    int    `json:"end"`
	Text   string `json:"-"`
}

// The bounds of a rating of how well a participant was understood.
const (
	MinUnderstood = 1
	MaxUnderstood = 4
)

// LeastRatings is how many must have told how well they were understood before those who may only view a session see
// how often which rating was given.
const LeastRatings = 5

// Review is what a participant decides about their conversation. Sending it again changes nothing more.
type Review struct {
	Use    Use           // of the whole conversation, and of every point that is not in Points; "" leaves all as it is
	Rating int           // 1 to 4: how well they were understood; 0 leaves it as it is
	Points []PointReview // decisions about single points
	Done   bool          // the participant is through with it: the facilitator closes the conversation
}

// PointReview is what a participant decides about one point; what is left empty stays as it is.
type PointReview struct {
	ID    PointID
	State PointState // PointWithdrawn cannot be chosen, and not be left
	Text  string     // the new wording, with PointEdited
	Use   Use
}

// Validate checks everything that does not depend on the conversation.
func (r Review) Validate() error {
	var p Problems
	if r.Use != "" && !r.Use.Valid() {
		p.Add("use", "Choose quote, paraphrase or count.")
	}
	if r.Rating != 0 && (r.Rating < MinUnderstood || r.Rating > MaxUnderstood) {
		p.Add("rating", "Choose a number from %d to %d.", MinUnderstood, MaxUnderstood)
	}
	for _, c := range r.Points {
		if c.Use != "" && !c.Use.Valid() {
			p.Add("points", "Choose quote, paraphrase or count.")
		}
		switch c.State {
		case PointEdited:
			CheckText(&p, "points", c.Text, MaxMessage, true)
		case "", PointOpen, PointApproved, PointDropped:
		default:
			p.Add("points", "Choose open, approved, edited or dropped.")
		}
	}
	return p.Err()
}

// Reviewed is what a participant has decided so far.
type Reviewed struct {
	Use       Use
	Rating    int // 0: none was given
	Points    []Point
	Withdrawn int // points of which this review has erased the words
}
