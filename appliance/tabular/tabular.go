// Package tabular makes what people said safe to open in a spreadsheet. A spreadsheet takes a cell that begins like a
// formula for one, and a formula can read other cells and call other machines: words of strangers must never become one
// (CWE-1236).
//
// It does no quoting: that is the work of encoding/csv or of whoever writes the file.
package tabular

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// fullWidth are the forms of formula signs that spreadsheets of East Asian languages take for the plain ones.
const fullWidth = "＝＋－＠"

// Cell gives a text as a cell that every spreadsheet shows as it stands: one that would be read as a formula begins with
// an apostrophe, which marks it as text. A plain number, such as -5 or +3.2, stays what it is. NUL characters are left
// out, and bytes that are not UTF-8 are shown as U+FFFD.
func Cell(text string) string {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\uFFFD")
	if dangerous(text) {
		return "'" + text
	}
	return text
}

// Row gives Cell of each of texts.
func Row(texts ...string) []string {
	row := make([]string, len(texts))
	for i, t := range texts {
		row[i] = Cell(t)
	}
	return row
}

// Number gives a number as a cell that a spreadsheet can count with.
func Number(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// dangerous says whether a spreadsheet might take a text for a formula. Blanks and characters without a width before the
// sign are passed over by some of them; a tab or a line break at the beginning may move what follows into a cell of its
// own.
func dangerous(text string) bool {
	if first, _ := utf8.DecodeRuneInString(text); first == '\t' || first == '\r' || first == '\n' {
		return true
	}
	text = strings.TrimLeftFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Cc, r)
	})
	first, _ := utf8.DecodeRuneInString(text)
	switch {
	case first == '=' || first == '@' || first == '|' || first == '%' || strings.ContainsRune(fullWidth, first):
		return true
	case first == '+' || first == '-':
		return !plainNumber(text)
	}
	return false
}

// plainNumber says whether a text is a sign and digits with at most one point or comma among them, and nothing else.
func plainNumber(text string) bool {
	digits, marks := 0, 0
	for _, r := range text[1:] {
		switch {
		case '0' <= r && r <= '9':
			digits++
		case r == '.' || r == ',':
			marks++
		default:
			return false
		}
	}
	return digits > 0 && marks <= 1
}
