// Package quote is the quote gate: it finds a quotation in the words of its source, or refuses it. Every quotation
// that Harmonium shows has passed through [Locate], whoever proposed it: a model or a rule.
//
// # What it guarantees
//
// The gate answers with a place, never with words. Who shows a quotation shows text[Start:End] of the stored turn and
// must never show the proposal. So a reader always sees what was said: where a model dropped a "not" from a long
// sentence, the place found is the sentence of the source, and the "not" stands in it. What the gate cannot promise is
// that the place supports the claim it was given for.
//
//   - A place lies within one turn, in bytes of its UTF-8 text. It never cuts a code point, a letter from its accents,
//     a syllable of Hangul or an emoji sequence, and never cuts a word of a script that puts spaces between words.
//   - Method exact: text[Start:End] is the quotation, byte for byte.
//   - Method normalised: Normalise(text[Start:End]) equals Normalise(quotation).
//   - Method snapped: at least nine tenths of the characters of the normalised quotation stand in the place, in order.
//
// # Words are not cut
//
// A quotation that begins or ends inside a word is not accepted as exact or normalised: "happy" is not a quotation
// from "unhappy", nor "smoker" from "non-smoker", "don" from "don't", "5" from "0.5", "-5" or "5%". It can still be
// snapped, which widens the place to whole words. Scripts written without spaces (Chinese, Japanese, Thai, Lao, Khmer,
// Burmese and others) have no such boundaries and need none.
//
// # What it does not do
//
// It does not join pieces: a quotation with words left out in the middle is refused unless they are few. It does not
// look across turns. It knows no language, so it neither stems nor translates.
package quote

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Source is one turn in which a quotation may stand.
type Source struct {
	// ID is the turn's id. The gate carries it for its caller and does not read it.
	ID string
	// Text is the turn's text as stored. Bytes that are not UTF-8 are tolerated and count as U+FFFD, one each.
	Text string
}

// Method says how a quotation was found.
type Method string

const (
	// Exact: the bytes of the quotation stand in the source.
	Exact Method = "exact"
	// Normalised: the same words with other typography, see [Normalise].
	Normalised Method = "normalised"
	// Snapped: nearly the same words; the place was moved to the words that were really said.
	Snapped Method = "snapped"
)

// MinScore is the least [Span.Score] with which a quotation is accepted.
const MinScore = 0.9

// minSignificant is how many letters and digits a quotation needs. One letter stands in every turn and proves nothing;
// two are the shortest answers people give ("no", "да", "不行").
const minSignificant = 2

// Span is the place of a quotation.
type Span struct {
	// Source is the index of the turn in the sources that were given.
	Source int
	// Start and End are byte offsets into that turn's text, Start included and End not. See [Runes] and [UTF16] for
	// other counts.
	Start, End int
	Method     Method
	// Score is the share of the normalised quotation's characters that stand in the place, in order: 1 for exact and
	// normalised, never below MinScore. What the place has besides does not lower it.
	Score float64
}

// Locate finds the quotation in the sources, or refuses it. The first source is the turn that the quotation is claimed
// to come from, the others are the further turns of the same person, in the order in which they are to be tried.
//
// It tries, and takes the first that succeeds: exact in the claimed turn; normalised there; exact in the others;
// normalised in the others; snapped, where at most one character in ten of the normalised quotation has to be inserted,
// deleted or exchanged, in the turn that needs fewest, the earlier turn winning a tie. Within a turn the first place
// wins. A quotation is refused when it is not UTF-8, has fewer than two letters or digits once normalised, or is found
// nowhere. One of fewer than 10 or more than 2,000 characters is not snapped.
//
// Time grows with the length of the sources; for snapping, times one 64th of the quotation's length.
func Locate(quotation string, sources []Source) (Span, bool) {
	if !utf8.ValidString(quotation) {
		return Span{}, false
	}
	w := newWanted(quotation)
	if !significant(w.core) {
		return Span{}, false
	}
	// Reading a turn costs more than searching it, so each is read at most once and only when it is reached.
	readings := make([]*reading, len(sources))
	read := func(i int) *reading {
		if readings[i] == nil {
			readings[i] = readText(sources[i].Text)
		}
		return readings[i]
	}

	claimed := min(1, len(sources))
	for _, part := range [][2]int{{0, claimed}, {claimed, len(sources)}} {
		for i := part[0]; i < part[1]; i++ {
			// Most turns do not hold the quotation; they are not even read for this question.
			if !strings.Contains(sources[i].Text, quotation) {
				continue
			}
			if start, end, ok := read(i).exact(quotation); ok {
				return Span{Source: i, Start: start, End: end, Method: Exact, Score: 1}, true
			}
		}
		for i := part[0]; i < part[1]; i++ {
			if start, end, ok := read(i).normalised(w); ok {
				return Span{Source: i, Start: start, End: end, Method: Normalised, Score: 1}, true
			}
		}
	}

	s := newSnapper(w)
	if s == nil {
		return Span{}, false
	}
	var best Span
	found, least := false, 0
	for i := range sources {
		p, ok := s.snap(read(i))
		if ok && (!found || p.distance < least) {
			best = Span{Source: i, Start: p.start, End: p.end, Method: Snapped, Score: p.score}
			found, least = true, p.distance
		}
	}
	return best, found
}

// wanted is a quotation made ready for the search: its core is what Normalise gives, before and after hold the
// punctuation that was trimmed from its ends.
type wanted struct {
	before, core, after string
}

func newWanted(quotation string) wanted {
	whole := readText(quotation).folded
	lo, hi := trim(whole)
	return wanted{before: whole[:lo], core: whole[lo:hi], after: whole[hi:]}
}

// significant reports whether a normalised text has enough letters and digits to be a quotation.
func significant(folded string) bool {
	n := 0
	for _, r := range folded {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			if n++; n == minSignificant {
				return true
			}
		}
	}
	return false
}

// exact finds the quotation byte for byte, on boundaries of units and words.
func (t *reading) exact(quotation string) (start, end int, ok bool) {
	for from := 0; ; {
		i := strings.Index(t.text[from:], quotation)
		if i < 0 {
			return 0, 0, false
		}
		start, end = from+i, from+i+len(quotation)
		if t.mayCut(start) && t.mayCut(end) {
			return start, end, true
		}
		from = start + 1
	}
}

// mayCut reports whether a place may begin or end at the byte offset.
func (t *reading) mayCut(offset int) bool {
	i := sort.Search(len(t.units), func(i int) bool { return t.units[i].start >= offset })
	return t.units[i].start == offset && !t.units[i].joined
}

// normalised finds the core of the quotation in the folded text, on boundaries of units and words.
func (t *reading) normalised(w wanted) (start, end int, ok bool) {
	for from := 0; ; {
		i := strings.Index(t.folded[from:], w.core)
		if i < 0 {
			return 0, 0, false
		}
		lo := from + i
		first, okStart := t.firstUnit(lo, w.before)
		last, okEnd := t.lastUnit(lo+len(w.core), w.after)
		if okStart && okEnd {
			return t.units[first].start, t.units[last+1].start, true
		}
		from = lo + 1
	}
}

// firstUnit returns the unit with which a place begins whose folded words begin at lo. Where the text has the
// punctuation that was trimmed from the front of the quotation, the place takes it in: "(yes)" is shown with its
// brackets if they were said to be there. Reports false if there is no unit that may come first without cutting a word.
func (t *reading) firstUnit(lo int, before string) (first int, ok bool) {
	for i := t.unitAt(lo); i >= 0; i-- {
		u := t.units[i]
		if u.outEnd == u.out {
			continue
		}
		if !strings.HasSuffix(before, t.folded[u.out:lo]) {
			break
		}
		if !u.joined {
			first, ok = i, true
		}
	}
	return first, ok
}

// lastUnit is firstUnit for the end: hi is where the folded words end, after what was trimmed behind them.
func (t *reading) lastUnit(hi int, after string) (last int, ok bool) {
	for i := t.unitAt(hi - 1); i < len(t.units)-1; i++ {
		u := t.units[i]
		if u.outEnd == u.out {
			continue
		}
		if !strings.HasPrefix(after, t.folded[hi:u.outEnd]) {
			break
		}
		if !t.units[i+1].joined {
			last, ok = i, true
		}
	}
	return last, ok
}

// unitAt returns the unit that gave the folded byte at the offset. The byte must not be a space between units.
func (t *reading) unitAt(offset int) int {
	return sort.Search(len(t.units), func(i int) bool { return t.units[i].out > offset }) - 1
}
