package quote

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Normalise returns the text as the gate compares it. Two texts that differ only in typography are equal afterwards:
//
//   - compatibility forms are one (NFKC: ligatures, full width, composed and decomposed accents, … and three dots);
//   - upper and lower case are one, ß and ss too; so are i, ı, I and İ, because I is the capital of ı in Turkish and of
//     i elsewhere, and the gate is not told the language;
//   - quotation marks and apostrophes of all kinds are one, as are dashes of all kinds;
//   - a run of white space is one space, with no-break spaces; a zero-width space counts as white space, except
//     beside a script written without spaces, where it is only a hint where to break the line;
//   - soft hyphens, joiners, variation selectors, bidi controls, other control characters and the Arabic tatweel are
//     dropped, and so are the vowel signs of Arabic and Hebrew, which people write or leave out;
//   - white space, punctuation and quotation marks at both ends are trimmed, but not a minus sign before a digit, nor
//     one of % ‰ # @ & §.
func Normalise(text string) string {
	folded := readText(text).folded
	lo, hi := trim(folded)
	return folded[lo:hi]
}

// trim returns the bounds of a folded text without the punctuation at its ends. It looks at the folded text alone,
// so that equal folded texts are always trimmed alike: the promise of the method normalised rests on it.
func trim(folded string) (lo, hi int) {
	hi = len(folded)
	for lo < hi {
		r, n := utf8.DecodeRuneInString(folded[lo:])
		if !trimmable(r) {
			break
		}
		if next, _ := utf8.DecodeRuneInString(folded[lo+n:]); r == '-' && unicode.IsNumber(next) {
			break
		}
		lo += n
	}
	for lo < hi {
		r, n := utf8.DecodeLastRuneInString(folded[lo:hi])
		if !trimmable(r) {
			break
		}
		hi -= n
	}
	return lo, hi
}

func trimmable(r rune) bool {
	if strings.ContainsRune("%‰#@&§", r) {
		return false
	}
	return unicode.IsSpace(r) || unicode.IsPunct(r)
}

// unit is a piece of text that a place never cuts: a grapheme cluster, or several that fold into one another.
// A reading's units follow each other without gaps.
type unit struct {
	start       int // byte offset in the text; the unit ends where the next one starts
	out, outEnd int // what it gave to the folded text; nothing if it is white space or was dropped
	class       class
	joined      bool // it stands inside a word, so no place begins here and none ends just before
}

// reading is a text folded for comparison, each folded byte traced back to the unit it came from. The folded text of a
// run of whole units, not beginning or ending in white space, is the folded text of that run read alone.
type reading struct {
	text   string
	folded string
	units  []unit // closed by an empty unit at the end of the text
}

func readText(text string) *reading {
	f := folder{text: text, out: make([]byte, 0, len(text)+16), units: make([]unit, 0, len(text)+1)}
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf && plain(c) && (i+1 == len(text) || plain(text[i+1])) {
			f.ascii(i, c)
			i++
			continue
		}
		i = f.unit(i)
	}
	f.units = append(f.units, unit{start: len(text), out: len(f.out), outEnd: len(f.out)})
	joinWords(f.units)
	return &reading{text: text, folded: string(f.out), units: f.units}
}

// plain reports whether the byte is an ASCII character that never attaches to its neighbours.
func plain(c byte) bool {
	return c >= ' ' && c < 0x7f
}

// space is the white space met since the last folded character; it is written before the next, so that a run becomes
// one space and none stands at the ends.
type space byte

const (
	noSpace space = iota
	thinSpace
	realSpace
)

const (
	zeroWidthSpace  = '\u200b'
	zeroWidthJoiner = '\u200d'
	dotAbove        = '\u0307'
)

type folder struct {
	text    string
	out     []byte
	units   []unit
	pending space

	kept, form, cased []byte // scratch for one unit
}

// ascii reads the plain character at i, the common case.
func (f *folder) ascii(i int, c byte) {
	if c == ' ' {
		f.pending = realSpace
		f.units = append(f.units, unit{start: i, out: len(f.out), outEnd: len(f.out), class: white})
		return
	}
	cl := classOf(rune(c))
	switch {
	case 'A' <= c && c <= 'Z':
		c += 'a' - 'A'
	case c == '"' || c == '`':
		c = '\''
	}
	f.flush(rune(c))
	out := len(f.out)
	f.out = append(f.out, c)
	f.units = append(f.units, unit{start: i, out: out, outEnd: out + 1, class: cl})
}

// unit reads the unit at i and returns where it ends.
func (f *folder) unit(i int) int {
	end := clusterEnd(f.text, i)
	f.kept = keep(f.kept[:0], f.text[i:end])
	if len(f.kept) == 0 {
		f.units = append(f.units, unit{start: i, out: len(f.out), outEnd: len(f.out)})
		return end
	}
	u := unit{start: i, class: classOf(firstKept(f.text[i:end]))}
	// White space composes with nothing; an accent on the next line must not make one unit of both lines.
	if last, _ := utf8.DecodeLastRune(f.kept); !unicode.IsSpace(last) && last != zeroWidthSpace {
		end = f.absorb(end)
	}
	f.emit(&u)
	f.units = append(f.units, u)
	return end
}

// absorb adds the clusters from i on that compose with the unit being read, across dropped characters: an accent after
// a soft hyphen belongs to the letter before it. It returns where the unit ends.
func (f *folder) absorb(i int) int {
	for next := i; next < len(f.text); {
		r, _ := utf8.DecodeRuneInString(f.text[next:])
		if !dropped(r) && !composesBack(r) {
			break
		}
		end := clusterEnd(f.text, next)
		before := len(f.kept)
		f.kept = keep(f.kept, f.text[next:end])
		if len(f.kept) > before {
			if first, _ := utf8.DecodeRune(f.kept[before:]); !composesBack(first) {
				f.kept = f.kept[:before]
				break
			}
			i = end
		}
		next = end
	}
	return i
}

// firstKept returns the first character of a cluster that is not dropped. There must be one.
func firstKept(cluster string) rune {
	for _, r := range cluster {
		if !dropped(r) {
			return r
		}
	}
	return utf8.RuneError
}

// keep appends the characters of the cluster that matter to the comparison. Marks whose compatibility form is a space
// with an accent are exchanged for an apostrophe here, before that form hides what they are.
func keep(dst []byte, cluster string) []byte {
	for _, r := range cluster {
		switch {
		case dropped(r):
		case isQuote(r):
			dst = append(dst, '\'')
		case r == '⋯':
			dst = append(dst, "..."...)
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

// composesBack reports whether the character may compose with the one before it, itself or by its compatibility form.
func composesBack(r rune) bool {
	if r < 0x300 {
		return false
	}
	var b [utf8.UTFMax]byte
	p := norm.NFKC.Properties(b[:utf8.EncodeRune(b[:], r)])
	if !p.BoundaryBefore() {
		return true
	}
	d := p.Decomposition()
	return len(d) > 0 && !norm.NFKC.Properties(d).BoundaryBefore()
}

// emit writes the folded form of the kept characters and records in u where it stands.
func (f *folder) emit(u *unit) {
	form := f.normal(f.kept)
	// Only a unit of several characters can compose anew once its case is folded (İ with a further accent).
	if utf8.RuneCount(form) > 1 {
		f.cased = foldCase(f.cased[:0], form)
		form = f.normal(f.cased)
	}
	empty := true
	for i := 0; i < len(form); {
		r, n := utf8.DecodeRune(form[i:])
		i += n
		if r == zeroWidthSpace {
			f.pending = max(f.pending, thinSpace)
			continue
		}
		if unicode.IsSpace(r) {
			f.pending = realSpace
			continue
		}
		switch {
		case dropped(r):
			continue
		case isQuote(r):
			r = '\''
		case isDash(r):
			r = '-'
		}
		f.flush(r)
		if empty {
			u.out, empty = len(f.out), false
		}
		f.out = foldRune(f.out, r)
	}
	if empty {
		u.out = len(f.out)
	}
	u.outEnd = len(f.out)
}

// normal returns the characters in NFKC, in the folder's scratch space if they were not.
func (f *folder) normal(characters []byte) []byte {
	if norm.NFKC.IsNormal(characters) {
		return characters
	}
	f.form = norm.NFKC.Append(f.form[:0], characters...)
	return f.form
}

// flush writes the pending space before r.
func (f *folder) flush(r rune) {
	pending := f.pending
	f.pending = noSpace
	if pending == noSpace || len(f.out) == 0 {
		return
	}
	if pending == thinSpace {
		before, _ := utf8.DecodeLastRune(f.out)
		if (isUnspaced(before) || isUnspaced(r)) && !composesBack(r) {
			return
		}
	}
	f.out = append(f.out, ' ')
}

func foldCase(dst, form []byte) []byte {
	var before rune
	for i := 0; i < len(form); {
		r, n := utf8.DecodeRune(form[i:])
		i += n
		// The lower case of İ is written with a dot of its own where no language is known.
		if r == dotAbove && before == 'i' {
			continue
		}
		at := len(dst)
		dst = foldRune(dst, r)
		before, _ = utf8.DecodeRune(dst[at:])
	}
	return dst
}

// foldRune appends r without its case. By way of the capital, so that final and other sigma, ſ and s meet.
func foldRune(dst []byte, r rune) []byte {
	if r == 'ß' || r == 'ẞ' {
		return append(dst, "ss"...)
	}
	return utf8.AppendRune(dst, unicode.ToLower(unicode.ToUpper(r)))
}

// dropped reports whether the character is ignored: it is invisible and carries no meaning of its own, or, like the
// tatweel, only stretches a word. White space is not dropped.
func dropped(r rune) bool {
	switch {
	case r < 0xa0:
		return unicode.IsControl(r) && !unicode.IsSpace(r)
	case r < 0x300:
		return r == 0xad
	}
	switch r {
	case 0x34f, // combining grapheme joiner
		0x61c,                                  // Arabic letter mark
		0x640,                                  // tatweel
		0x180b, 0x180c, 0x180d, 0x180e, 0x180f, // Mongolian selectors and vowel separator
		0x200c, zeroWidthJoiner, 0x200e, 0x200f, // joiners, direction marks
		0x202a, 0x202b, 0x202c, 0x202d, 0x202e, // embeddings and overrides
		0xfeff, 0xe0001:
		return true
	}
	return isVowelPoint(r) || r >= 0x2060 && r <= 0x206f || r >= 0xfe00 && r <= 0xfe0f || r >= 0xe0100 && r <= 0xe01ef
}

// isVowelPoint reports whether the character is a sign over or under the letters of Arabic (fatha to sukun, the small
// alif) or Hebrew (niqqud and cantillation), or such a sign standing alone. Few write them, and models put them in or
// leave them out.
func isVowelPoint(r rune) bool {
	switch {
	case r < 0x591:
		return false
	case r <= 0x5c7:
		return r != 0x5be && r != 0x5c0 && r != 0x5c3 && r != 0x5c6
	}
	return r >= 0x64b && r <= 0x652 || r == 0x670 || r >= 0xfc5e && r <= 0xfc63 || r >= 0xfcf2 && r <= 0xfcf4 ||
		r >= 0xfe70 && r <= 0xfe7f && r != 0xfe73 && r != 0xfe75
}

// isQuote reports whether the character serves as quotation mark or apostrophe in some language or keyboard.
func isQuote(r rune) bool {
	switch r {
	case '\'', '"', '`', '´', '«', '»',
		'ʹ', 'ʺ', 'ʻ', 'ʼ', 'ʽ', 'ʾ', 'ʿ', 'ˈ', 'ˊ', 'ˋ',
		'՚', '׳', '״', '᾽', '᾿', '\u1fef', '\u1ffd', '\u1ffe',
		'‘', '’', '‚', '‛', '“', '”', '„', '‟',
		'′', '″', '‴', '‵', '‶', '‷', '‹', '›', '⁗',
		'❛', '❜', '❝', '❞', '❮', '❯', '⹂',
		'「', '」', '『', '』', '〝', '〞', '〟', '＂', '＇', '｀', '｢', '｣':
		return true
	}
	return false
}

// isDash reports whether the character is a hyphen, a dash or a minus sign.
func isDash(r rune) bool {
	return r == '-' || r == '−' || r > 0x7f && unicode.Is(unicode.Pd, r)
}
