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
func Languages() []Language { return []Language{English, German, French, Spanish, Ukrainian, Arabic} }

// Valid says whether l is one of Languages.
func (l Language) Valid() bool { return slices.Contains(Languages(), l) }

// ConversationLanguages lists the languages in which conversations can be held: those that are complete, and further ones
// in which only a model can ask. In these the built-in texts are those of another language.
func ConversationLanguages() []Language {
	return append(Languages(), furtherLanguages()...)
}

// furtherLanguages are widely spoken languages, so many that there are thirty in all.
func furtherLanguages() []Language {
	all := [...]Language{Ukrainian, Arabic, "bg", "cs", "da", "el", "fa", "fi", "he", "hi", "hr", "hu", "it", "ja", "ko", "nb", "nl",
		"pl", "pt", "ro", "ru", "sr", "sv", "tr", "vi", "zh"}
	return slices.DeleteFunc(all[:], Language.Valid)
}

// Spoken says whether l is one of ConversationLanguages.
func (l Language) Spoken() bool { return slices.Contains(ConversationLanguages(), l) }

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
