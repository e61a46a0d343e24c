package appliance

import "slices"

// Language is a BCP 47 tag of an interface and conversation language.
type Language string

// The languages that the interface, the guided mode and the built-in texts speak.
const (
	English   Language = "en"
	German    Language = "de"
	French    Language = "fr"
	Spanish   Language = "es"
	Ukrainian Language = "uk"
	Arabic    Language = "ar"
)

// Languages lists the languages that are complete, the default first.
func Languages() []Language { return []Language{English, German, French, Spanish} }

// Valid says whether l is one of Languages.
func (l Language) Valid() bool { return slices.Contains(Languages(), l) }

// Or gives l when it is complete, else fallback, else English.
func (l Language) Or(fallback Language) Language {
	switch {
	case l.Valid():
		return l
	case fallback.Valid():
		return fallback
	}
	return English
}

// QuestionMarks gives the characters with which questions of l end.
func (l Language) QuestionMarks() string {
	switch l {
	case Arabic, "fa", "ur":
		return "؟?"
	case "zh", "ja":
		return "？?"
	case "el":
		return ";\u037e?"
	}
	return "?"
}
