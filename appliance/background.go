package appliance

import "time"

// Background is a piece of what the facilitator of a session should know beside the brief. Participants never see it.
type Background struct {
	ID         BackgroundID
	SessionID  SessionID // "" for the handbook, which serves every session of the box
	Kind       BackgroundKind
	Name       string    // of the file, or the topic of the other session; "" for the handbook
	Format     string    // of the file: txt, md, docx, pdf; "" otherwise
	From       SessionID // with BackgroundResults: whose results
	Characters int       // of its text as it is now
	Bytes      int       // of its text in UTF-8
	FileSHA256 []byte    // of the file as it was handed in; nil otherwise
	CreatedAt  time.Time
}

// BackgroundKind says what a Background is.
type BackgroundKind string

// The kinds, in the order in which a facilitator is told of them.
const (
	BackgroundHandbook BackgroundKind = "handbook" // of the organisation: how it works, what its words mean
	BackgroundFile     BackgroundKind = "file"
	BackgroundResults  BackgroundKind = "results" // the newest report of another session, as it stands when it is told
)

// Limits of what facilitators are to know.
const (
	MaxHandbook        = 10_000 // characters
	MaxBackgroundFiles = 20     // in a session
	MaxBackgroundOther = 5      // other sessions, in a session
	MaxFileName        = 200    // characters
)
