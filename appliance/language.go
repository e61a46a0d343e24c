package appliance

// Language is a BCP 47 tag of an interface and conversation language.
type Language string

// The languages that the interface, the guided mode and the built-in texts speak.
const (
	English Language = "en"
	German  Language = "de"
)

// Languages lists the languages that are complete, the default first.
func Languages() []Language { return []Language{English, German} }

// Valid says whether l is one of Languages.
func (l Language) Valid() bool {
	for _, have := range Languages() {
		if l == have {
			return true
		}
	}
	return false
}

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
