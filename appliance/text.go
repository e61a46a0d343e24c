package appliance

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of text fields, in characters (Unicode code points).
const (
	MaxTopic       = 300
	MaxGoal        = 2_000
	MaxCritical    = 2_000
	MaxContext     = 10_000
	MaxWelcome     = 2_000
	MaxConsent     = 4_000
	MaxName        = 100
	MaxEmail       = 254 // RFC 5321
	MaxTitle       = 200
	MaxDescription = 2_000
	MaxMessage     = 10_000
	MaxPrompt      = 40_000
)

// CheckText notes in p what is wrong with a text that a person wrote into field: not valid UTF-8, longer than limit
// characters, holding characters that are not text (see notText), or consisting of what nobody can see. Text that is
// empty or only spaces passes unless required.
func CheckText(p *Problems, field, text string, limit int, required bool) {
	if !utf8.ValidString(text) {
		p.Add(field, "This is not valid text (UTF-8). Please type it again.")
		return
	}
	if n := utf8.RuneCountInString(text); n > limit {
		p.Add(field, "This has %d characters; at most %d are possible. Please shorten it.", n, limit)
		return
	}
	if r, bad := notText(text); bad {
		p.Add(field, "This holds an invisible control character (U+%04X). Please remove it.", r)
		return
	}
	switch empty := strings.TrimSpace(text) == ""; {
	case required && (empty || unseen(text)):
		p.Add(field, "Please fill this in.")
	case !empty && unseen(text):
		p.Add(field, "This holds only characters that cannot be seen. Please remove them.")
	}
}

// notText finds the first character that CheckText refuses: those that control a device or a layout and not what is
// read, and those that hide something from the reader. Line feed, carriage return and tab pass, and so do the harmless
// marks U+200E, U+200F and U+061C and the joiners that emoji and many scripts need.
func notText(s string) (rune, bool) {
	for i, r := range s {
		if refused(s[:i], r) {
			return r, true
		}
	}
	return 0, false
}

// CleanText gives a text without the characters that CheckText refuses, a line feed for separators of lines and
// paragraphs; changed says whether there were any. For text that programs wrote, whose author is not there to mend it.
func CleanText(text string) (clean string, changed bool) {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if _, bad := notText(text); !bad {
		return text, false
	}
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == 0x2028 || r == 0x2029:
			b.WriteByte('\n')
		case !refused(text[:i], r):
			b.WriteRune(r)
		}
	}
	return b.String(), true
}

// refused says whether r, after before, is no text.
func refused(before string, r rune) bool {
	switch {
	case r == '\n' || r == '\r' || r == '\t':
	case unicode.IsControl(r),
		r == 0x2028 || r == 0x2029,    // line and paragraph separators: line breaks that a check for "\n" misses
		r >= 0x202a && r <= 0x202e,    // bidirectional embeddings and overrides (Unicode annex 9): a sentence that …
		r >= 0x2066 && r <= 0x2069,    // … reads differently from what is stored; the isolates do the same
		r >= 0x206a && r <= 0x206f,    // format characters that Unicode has given up
		r == 0xfeff,                   // byte order mark
		r >= 0xfff9 && r <= 0xfffb,    // interlinear annotation: text under text
		r >= 0x1d173 && r <= 0x1d17a,  // musical formatting
		r >= 0xfdd0 && r <= 0xfdef,    // no characters, for ever …
		r&0xfffe == 0xfffe,            // … nor the last two of each plane
		isTag(r) && !endsFlag(before): // letters that nobody sees
		return true
	}
	return false
}

func isTag(r rune) bool { return r >= 0xe0000 && r <= 0xe007f }

// The flags of England, Scotland and Wales are a black flag and a few tag characters (Unicode technical standard 51).
const (
	blackFlag   = '\U0001F3F4'
	maxFlagTags = 6 // the longest in use, "gbeng" and the one that ends it
)

// endsFlag says whether s ends in a flag to which one more tag character may belong.
func endsFlag(s string) bool {
	for range maxFlagTags {
		r, size := utf8.DecodeLastRuneInString(s)
		if !isTag(r) {
			return r == blackFlag
		}
		s = s[:len(s)-size]
	}
	return false
}

// unseen says whether a text shows nothing to its readers: it has only spaces and characters without a picture.
func unseen(s string) bool {
	for _, r := range s {
		const emptyBraille = 0x2800
		if !unicode.IsSpace(r) && r != emptyBraille &&
			!unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
			return false
		}
	}
	return true
}

// CheckLine is CheckText for a text of one line: a line break is a problem too.
func CheckLine(p *Problems, field, text string, limit int, required bool) {
	before := len(*p)
	CheckText(p, field, text, limit, required)
	if len(*p) == before && strings.ContainsAny(text, "\r\n") {
		p.Add(field, "This must be on one line.")
	}
}

// CheckEmail notes in p when address is not an e-mail address. Nothing is ever sent to it.
func CheckEmail(p *Problems, field, address string, required bool) {
	before := len(*p)
	CheckLine(p, field, address, MaxEmail, required)
	if address == "" || len(*p) > before {
		return
	}
	if a, err := mail.ParseAddress(address); err != nil || a.Address != address {
		p.Add(field, "This is not an e-mail address.")
	}
}
