package capture

import (
	"strings"
	"time"
	"unicode"

	"harmonium/appliance"
)

// Bounds of a loop: a model that hears nothing more says the same over and over. People repeat words too ("no, no, no"),
// and choruses of two rounds are told by people.
const (
	maxPeriod   = 24 // units
	loopRounds  = 5
	loopUnits   = 12
	singleUnits = 9 // of one and the same
)

// Loops says whether a text goes round in a loop: the same words, or signs of a script without spaces, many times one
// after the other.
func Loops(text string) bool {
	units := appliance.Units(text)
	for period := 1; period <= maxPeriod && period*loopRounds <= len(units); period++ {
		run := 0
		for i := period; i < len(units); i++ {
			if units[i] != units[i-period] {
				run = 0
				continue
			}
			run++
			same := run + period
			if same >= period*loopRounds && same >= loopUnits || period == 1 && same >= singleUnits {
				return true
			}
		}
	}
	return false
}

// scripts are those in which a language is written; a language that is not there is written in Latin letters.
var scripts = map[appliance.Language][]*unicode.RangeTable{
	"uk": {unicode.Cyrillic}, "bg": {unicode.Cyrillic}, "ru": {unicode.Cyrillic}, "sr": {unicode.Cyrillic, unicode.Latin},
	"ar": {unicode.Arabic}, "fa": {unicode.Arabic}, "he": {unicode.Hebrew}, "el": {unicode.Greek}, "hi": {unicode.Devanagari},
	"ja": {unicode.Hiragana, unicode.Katakana, unicode.Han}, "ko": {unicode.Hangul}, "zh": {unicode.Han},
}

// Foreign says whether a text is mostly written in letters that the language does not use: what was heard was then not
// understood, or was another language.
func Foreign(text string, language appliance.Language) bool {
	own, known := scripts[language]
	if !known {
		own = []*unicode.RangeTable{unicode.Latin}
	}
	letters, of := 0, 0
	for _, r := range text {
		if unicode.IsLetter(r) {
			letters++
			if unicode.In(r, own...) {
				of++
			}
		}
	}
	return letters > 3 && 2*of < letters
}

// The fastest that people speak for longer than a moment is 20 letters a second; a sign of Chinese or Japanese is as long
// as three letters.
const (
	fastest   = 30 // letters a second
	headStart = 24 // letters: short pieces are cut unevenly
	signs     = 3  // letters
)

// TooFast says whether nobody could have said a text in the time.
func TooFast(text string, within time.Duration) bool {
	letters := 0
	for _, r := range text {
		switch {
		case appliance.Dense(r):
			letters += signs
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			letters++
		}
	}
	return float64(letters) > headStart+fastest*within.Seconds()
}

// Join puts the texts of pieces together. Words at the beginning of a piece that overlaps the one before are left out
// where that one ended with them.
func Join(list []Utterance) string {
	var parts []string
	end := -1 // of the list, the last one with words
	for i, u := range list {
		text := u.Text
		if u.Overlaps && end == i-1 && i > 0 {
			text = appliance.WithoutOverlap(text, list[end].Text)
		}
		if u.Inaudible {
			text = Gap
		}
		if text != "" {
			parts, end = append(parts, text), i
		}
	}
	return strings.Join(parts, " ")
}

// Gap stands in a text where something was said that could not be understood.
const Gap = "[…]"
