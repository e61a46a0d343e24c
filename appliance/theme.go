package appliance

import "time"

// Stance says how a claim stands to what it is about.
type Stance string

// The stances.
const (
	StanceFor     Stance = "for"
	StanceAgainst Stance = "against"
	StanceMixed   Stance = "mixed"   // both
	StanceNeutral Stance = "neutral" // neither, or it cannot be told
)

// Valid says whether s is one of the stances.
func (s Stance) Valid() bool {
	return s == StanceFor || s == StanceAgainst || s == StanceMixed || s == StanceNeutral
}

// A theme is a view of a minority when at most MinorityPeople people speak of it in a session in which at least
// MinorityOf have answered: of fewer it says nothing that few say a thing.
const (
	MinorityPeople = 2
	MinorityOf     = 5
)

// Codebook is the themes of a session and how they were found. Its maker proposes what the themes are; which claims
// belong to each is kept claim by claim (ThemePlace), and counted there.
type Codebook struct {
	SessionID SessionID
	Themes    []Theme
	Claims    int   // of how many claims they were made
	Seed      int64 // of the order in which those were shown
	Repeated  int   // claims that were put into themes a second time, in another order
	Agreed    int   // of them, those that came to the same theme
	Maker     Maker
	Asked     string // who was asked for them, and what, also where rules have found them in the end; "" for nobody
	CreatedAt time.Time
}

// Theme is a group of claims of a session.
type Theme struct {
	ID          ThemeID
	Title       string
	Description string // one sentence; "" for none
	Maker       Maker
	CreatedAt   time.Time
}

// ThemePlace says to which theme a claim belongs.
type ThemePlace struct {
	ClaimID ClaimID
	ThemeID ThemeID // "" for none of them
	ByModel bool    // a model has put it there
	Tries   int     // how often a model was asked for it
}
