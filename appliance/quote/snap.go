package quote

import "unicode/utf8"

const (
	// minSnap is how many characters a normalised quotation needs to be snapped. Below ten not one character could
	// differ, and widening to whole words would make "party" of "art".
	minSnap = 10
	// maxSnap bounds time and memory of the search. What is longer is no longer a quotation that somebody mistyped.
	maxSnap = 2000
	// maxWiden is by how many units a place is widened at each end to whole words. What goes on for longer is no word.
	maxWiden = 64
)

// snapper searches texts for the passage nearest to one quotation.
type snapper struct {
	wanted
	codes   []uint16
	pattern *pattern
	letters alphabet
}

// passage is the nearest passage of a text, on unit boundaries and widened to whole words.
type passage struct {
	start, end int // in bytes
	distance   int // least number of characters to insert, delete or exchange
	score      float64
}

// newSnapper returns nil if the quotation is too short or too long to be snapped.
func newSnapper(w wanted) *snapper {
	if n := utf8.RuneCountInString(w.core); n < minSnap || n > maxSnap {
		return nil
	}
	letters := newAlphabet(w.core)
	codes := letters.encode(w.core)
	return &snapper{wanted: w, codes: codes, pattern: newPattern(codes, letters.size), letters: letters}
}

// snap finds the passage of the text that differs least from the quotation, if it differs little enough.
//
// Two measures are at work. The edit distance says whether and about where there is such a passage, and can be had
// quickly. It is a poor guide to where the passage begins and ends: it would rather exchange the letters of "good" for
// those of "not" than pass over a "not" to reach the "good". So the ends are settled by an alignment that never
// exchanges.
func (s *snapper) snap(t *reading) (passage, bool) {
	length := len(s.codes)
	allowed := length / 10
	codes := s.letters.encode(t.folded)
	distance, near := s.pattern.nearest(codes)
	if distance > allowed {
		return passage{}, false
	}
	from, to, found := align(s.codes, codes, near-length, 2*allowed)

	lo := byteOffset(t.folded, 0, from)
	hi := byteOffset(t.folded, lo, to-from)
	// The passage can begin or end in punctuation when a word at the edge of the quotation was not found.
	words := t.folded[lo:hi]
	cutLo, cutHi := trim(words)
	found -= utf8.RuneCountInString(words[:cutLo]) + utf8.RuneCountInString(words[cutHi:])
	score := float64(found) / float64(length)
	if score < MinScore || !significant(words[cutLo:cutHi]) {
		return passage{}, false
	}
	first, last, ok := t.widen(lo+cutLo, lo+cutHi)
	if !ok {
		return passage{}, false
	}
	first, _ = t.firstUnit(t.units[first].out, s.before)
	last, _ = t.lastUnit(t.units[last].outEnd, s.after)
	return passage{start: t.units[first].start, end: t.units[last+1].start, distance: distance, score: score}, true
}

// widen returns the first and last unit of the folded passage, moved outwards to whole words.
func (t *reading) widen(lo, hi int) (first, last int, ok bool) {
	first, last = t.unitAt(lo), t.unitAt(hi-1)
	leftmost, rightmost := first-maxWiden, last+maxWiden
	for t.units[first].joined {
		if first--; first < leftmost {
			return 0, 0, false
		}
	}
	for t.units[last+1].joined {
		if last++; last > rightmost {
			return 0, 0, false
		}
	}
	return first, last, true
}

// byteOffset returns the offset that lies the given number of characters after another.
func byteOffset(s string, from, characters int) int {
	for ; characters > 0; characters-- {
		_, n := utf8.DecodeRuneInString(s[from:])
		from += n
	}
	return from
}
