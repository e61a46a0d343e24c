package document

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ledongthuc/pdf"
	"golang.org/x/text/unicode/norm"
)

// maxPages bounds how many pages of a PDF are read.
const maxPages = 2_000

// pdfText gives the text of a PDF in the order in which its pages show it, as far as they tell.
func pdfText(content []byte) (string, error) {
	r, err := pdf.NewReader(bytes.NewReader(content), int64(len(content)))
	if errors.Is(err, pdf.ErrInvalidPassword) {
		return "", unreadable("This PDF is locked with a password. Please use a version without one.")
	}
	if err != nil {
		return "", damaged(err)
	}
	if r.NumPage() > maxPages {
		return "", unreadable("This PDF has more than 2,000 pages. Please take the part of it that matters.")
	}
	var b strings.Builder
	for n := 1; n <= r.NumPage(); n++ {
		page := r.Page(n)
		if page.V.IsNull() {
			continue
		}
		b.WriteString(pageText(page.Content().Text))
		b.WriteString("\n\n")
		if b.Len() > 4*MaxCharacters {
			return "", tooLong()
		}
	}
	if text := b.String(); legible(text) {
		return text, nil
	}
	return "", unreadable("The letters of this PDF cannot be told: it does not say which ones they are. " +
		"Please use another version of it, or type what matters.")
}

// legible says whether text is made of letters. Fonts that do not say which letters they draw give marks for unknown
// ones instead.
func legible(text string) bool {
	known, unknown := 0, 0
	for _, r := range text {
		switch {
		case r == utf8.RuneError, unicode.IsControl(r) && !unicode.IsSpace(r), unicode.Is(unicode.Co, r):
			unknown++
		case unicode.IsLetter(r):
			known++
		}
	}
	return unknown <= known
}

// pageText joins the pieces of a page to lines. A piece further along than the one before it ends has a space before
// it, one on another height a line, and two where the gap is large. Of fonts whose widths the library does not read
// (those with more than 256 letters) it is not known where a piece ends; most programs that use them write their spaces.
func pageText(pieces []pdf.Text) string {
	var b strings.Builder
	var last pdf.Text
	end, spaced := 0.0, writesSpaces(pieces)
	for i, t := range pieces {
		if t.S == "" {
			continue
		}
		size := max(math.Abs(t.FontSize), 1)
		switch down := last.Y - t.Y; {
		case i == 0:
		case math.Abs(down) > 1.8*size:
			b.WriteString("\n\n")
		case math.Abs(down) > 0.5*size:
			b.WriteByte('\n')
		case last.W > 0 && t.X-end > 0.15*size, !spaced && math.Abs(t.X-end) > size:
			b.WriteByte(' ')
		}
		b.WriteString(t.S)
		last, end = t, t.X+t.W
	}
	lines := strings.Split(b.String(), "\n")
	for i, l := range lines {
		lines[i] = asWritten(strings.TrimSpace(l))
	}
	return strings.Join(lines, "\n")
}

// writesSpaces says whether a page holds its spaces as letters, rather than as gaps.
func writesSpaces(pieces []pdf.Text) bool {
	spaces, letters := 0, 0
	for _, t := range pieces {
		for _, r := range t.S {
			if unicode.IsSpace(r) {
				spaces++
			} else {
				letters++
			}
		}
	}
	return spaces*20 > letters
}

// asWritten brings a line of a script that is written from right to left into the order in which it is read. PDF holds
// letters from left to right as they are drawn, and Arabic ones in the shape that they have at their place in a word.
func asWritten(line string) string {
	if !strings.ContainsFunc(line, drawn) {
		return line
	}
	var b strings.Builder
	letters := []rune(line)
	for len(letters) > 0 {
		n := slices.IndexFunc(letters, func(r rune) bool { return unicode.In(r, unicode.Latin, unicode.Cyrillic, unicode.Greek) })
		if n < 0 {
			n = len(letters)
		}
		run := letters[:n]
		slices.Reverse(run)
		b.WriteString(norm.NFKC.String(string(run)))
		letters = letters[n:]
		if n = slices.IndexFunc(letters, func(r rune) bool { return unicode.In(r, unicode.Arabic, unicode.Hebrew) }); n < 0 {
			n = len(letters)
		}
		b.WriteString(string(letters[:n]))
		letters = letters[n:]
	}
	return b.String()
}

// drawn says whether r is the shape of an Arabic letter at one place in a word.
func drawn(r rune) bool { return r >= 0xfb50 && r <= 0xfdff || r >= 0xfe70 && r <= 0xfefc }
