package extract

import "strings"

// Marks are the kinds of statement that a text shows by its words. A word that only looks so counts too: they are
// hints.
type Marks struct {
	Reason  bool // says why
	Example bool // tells of a case
	Judge   bool // says what is good, bad or needed
	Unsure  bool // says that there is nothing to say
}

// Marks finds the marks of a text in the words of the language.
func (l *Lexicon) Marks(text string) Marks {
	padded := padded(l.bound(Words(text)))
	return Marks{
		Reason:  l.has(kindReason, padded),
		Example: l.has(kindExample, padded),
		Judge:   l.has(kindJudge, padded),
		Unsure:  l.has(kindUnsure, padded),
	}
}

// padded puts words side by side so that a marker is found only where it stands as whole words.
func padded(words []string) string { return " " + SameLetters(strings.Join(words, " ")) + " " }
