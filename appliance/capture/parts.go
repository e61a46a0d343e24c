package capture

import (
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"harmonium/appliance"
)

// Where what is said in a piece is divided into turns: at a pause in which somebody else may have begun, and at the end of a
// sentence when enough was said before it.
const (
	turnPause = 1_000 // ms
	turnAtMin = 5_000 // ms
)

// timed is what a transcriber says was said in a stretch of a piece, as it says it: a word may go on in the next one.
type timed struct {
	text       string
	start, end int64 // ms within the piece
	told       bool  // the transcriber tells these times, and each by itself makes sense
}

// partsOf gives the tidy text of a piece, and its parts that are turns of their own: none without times. Parts are in order
// and do not overlap.
func partsOf(list []timed, played time.Duration) (text string, parts []appliance.Part) {
	known := settleTimes(list, played.Milliseconds())
	var whole, raw strings.Builder
	var now appliance.Part
	flush := func() {
		said := tidy(raw.String())
		raw.Reset()
		if said == "" {
			return
		}
		if whole.Len() > 0 {
			whole.WriteByte(' ')
		}
		now.At = whole.Len()
		whole.WriteString(said)
		parts = append(parts, now)
	}
	for _, s := range list {
		if tidy(s.text) == "" {
			raw.WriteString(s.text) // may be a space
			continue
		}
		if before := raw.String(); tidy(before) == "" {
			now.StartMS = s.start
		} else if betweenWords(before, s.text) &&
			(s.start-now.EndMS >= turnPause || endsSentence(before) && now.EndMS-now.StartMS >= turnAtMin) {
			flush()
			now.StartMS = s.start
		}
		raw.WriteString(s.text)
		now.EndMS = s.end
	}
	if flush(); !known {
		parts = nil
	}
	return whole.String(), parts
}

// settleTimes puts the times of a list in order. Those that are not told, begin after a later one, or beyond the piece are
// replaced by the time between their neighbours; what reaches into the next one ends where that begins. known says that any are told.
func settleTimes(list []timed, played int64) (known bool) {
	later := int64(math.MaxInt64)
	for i := len(list) - 1; i >= 0; i-- {
		s := &list[i]
		if s.told = s.told && s.start < played && s.start <= later; s.told {
			s.end, later, known = min(s.end, later), s.start, true
		}
	}
	before := int64(0)
	for i := range list {
		s := &list[i]
		if !s.told {
			s.start, s.end = before, played
			for _, next := range list[i:] {
				if next.told {
					s.end = next.start
					break
				}
			}
		}
		before = s.end
	}
	return known
}

// betweenWords says whether a word ends where one text ends and another begins.
func betweenWords(before, after string) bool {
	last, _ := utf8.DecodeLastRuneInString(before)
	first, _ := utf8.DecodeRuneInString(after)
	return unicode.IsSpace(last) || unicode.IsSpace(first) || appliance.Dense(first)
}

// endsSentence says whether a text ends with the end of a sentence.
func endsSentence(text string) bool {
	text = strings.TrimRight(text, " \t\n\"'”“»«’)")
	last, _ := utf8.DecodeLastRuneInString(text)
	return strings.ContainsRune(".!?…。！？؟", last)
}

// sameLetters says whether two texts are the same but for spaces.
func sameLetters(a, b string) bool {
	return strings.Join(strings.Fields(a), "") == strings.Join(strings.Fields(b), "")
}
