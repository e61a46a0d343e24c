package appliance

// Finding is one sentence about the health of the box, for a person who can act on it.
type Finding struct {
	About string `json:"about"` // what it is about, one word: "disk"
	Level Level  `json:"level"`
	Text  string `json:"text"`           // what was found
	Todo  string `json:"todo,omitempty"` // what to do about it; "" when nothing is to be done
}

// Level says how bad a finding is.
type Level string

// The levels of findings.
const (
	LevelOK   Level = "ok"
	LevelWarn Level = "warn" // the box works, but somebody should know or do something
	LevelFail Level = "fail" // something does not work
)
