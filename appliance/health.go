package appliance

// Finding is what was found about the health of the box, in a sentence for a person who can act on it.
type Finding struct {
	About string `json:"about"` // what it is about, one word: "disk"
	Level Level  `json:"level"`
	// Code names the sentences of the finding, so that a page can say them in the language of its reader: "disk.low".
	// Codes stay what they are. "" where there is no other wording than Text and Todo.
	Code string `json:"code,omitempty"`
	// Values are what the sentences of Code speak of, by name.
	Values map[string]Value `json:"values,omitempty"`
	Text   string           `json:"text"`           // what was found, in English
	Todo   string           `json:"todo,omitempty"` // what to do about it, in English; "" when nothing is to be done
}

// Level says how bad a finding is.
type Level string

// The levels of findings.
const (
	LevelOK   Level = "ok"
	LevelWarn Level = "warn" // the box works, but somebody should know or do something
	LevelFail Level = "fail" // something does not work
)

// Value is a part of a finding that differs from box to box. Each language writes it in its own way.
type Value struct {
	Kind  ValueKind `json:"kind"`
	Value string    `json:"value"`
}

// ValueKind says how a Value is to be read.
type ValueKind string

// The kinds of values.
const (
	ValueText    ValueKind = "text"    // shown as it is: a path, an address, the name of a model
	ValueNumber  ValueKind = "number"  // decimal
	ValueBytes   ValueKind = "bytes"   // decimal
	ValueSeconds ValueKind = "seconds" // decimal, with a fraction
	ValueTime    ValueKind = "time"    // RFC 3339, UTC
)
