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
// characters, or holding characters that are not text (control characters except tab and line break, and the
// invisible ones that reorder what others read). Empty text passes unless required.
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
	if required && strings.TrimSpace(text) == "" {
		p.Add(field, "Please fill this in.")
	}
}

// notText finds the first character that CheckText refuses. The bidirectional embeddings, overrides and isolates
// (Unicode annex 9) can make a sentence read differently from what is stored; the harmless marks U+200E, U+200F and
// U+061C pass.
func notText(s string) (rune, bool) {
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
		case unicode.IsControl(r), r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff,
			r >= 0xfff9 && r <= 0xfffb:
			return r, true
		}
	}
	return 0, false
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
