// Package document gives the text of a file that somebody hands to the facilitator to know: plain text, Markdown, Word
// and PDF. Only text is taken: no pictures, no links, nothing that is fetched.
//
// Files come from people, so they are taken for hostile. Text reads one within fixed bounds, and Reader has a child
// process do that, which ends when it takes too long or too much memory: libraries that read PDF have neither limit.
package document

import (
	"bytes"
	"errors"
	"path"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"harmonium/appliance"
)

// Limits of one file.
const (
	MaxBytes      = 10 << 20  // of the file
	MaxCharacters = 1_000_000 // of its text
)

// Format is a kind of file whose text can be read.
type Format string

// The formats, named by the end of their files' names.
const (
	Plain    Format = "txt"
	Markdown Format = "md"
	Word     Format = "docx"
	PDF      Format = "pdf"
)

// FormatOf gives the format that a file's name and content agree on. It fails with CodeUnprocessable when it is none of
// the formats, or the name says one thing and the content another.
func FormatOf(name string, content []byte) (Format, error) {
	named := Format(strings.ToLower(strings.TrimPrefix(path.Ext(name), ".")))
	switch named {
	case "markdown":
		named = Markdown
	case Plain, Markdown, Word, PDF:
	default:
		return "", unreadable("This kind of file cannot be read here. Files ending in .md, .txt, .pdf and .docx can.")
	}
	zip, pdf := bytes.HasPrefix(content, []byte("PK\x03\x04")), bytes.Contains(content[:min(len(content), 1024)], []byte("%PDF-"))
	switch {
	case len(content) == 0:
		return "", unreadable("The file is empty.")
	case named == PDF && !pdf, named == Word && !zip, (named == Plain || named == Markdown) && (zip || pdf):
		return "", unreadable("The content of the file is not what its name says.")
	}
	return named, nil
}

// Text gives the text of a file, tidied: Unix line ends, no control characters, no more than one empty line in a row.
// It fails with CodeUnprocessable, in words for whoever chose the file, and never with a panic.
func Text(format Format, content []byte) (text string, err error) {
	defer func() {
		if p := recover(); p != nil {
			text, err = "", damaged(errors.New("the reader has panicked"))
		}
	}()
	if len(content) > MaxBytes {
		return "", tooLarge()
	}
	switch format {
	case Plain, Markdown:
		text, err = Decode(content)
	case Word:
		text, err = wordText(content)
	case PDF:
		text, err = pdfText(content)
	default:
		return "", damaged(errors.New("unknown format"))
	}
	if err != nil {
		return "", err
	}
	switch text = tidy(text); {
	case text == "" && format == PDF:
		return "", unreadable("This PDF holds pictures of pages and no text, as scanners make them. " +
			"Please use a version with text, or type what matters.")
	case text == "":
		return "", unreadable("There is no text in this file.")
	case utf8.RuneCountInString(text) > MaxCharacters:
		return "", tooLong()
	}
	return text, nil
}

func unreadable(why string) error {
	return appliance.Errorf(appliance.CodeUnprocessable, "%s Nothing was saved.", why)
}

func damaged(cause error) error {
	return &appliance.Error{Code: appliance.CodeUnprocessable, Err: cause,
		Message: "This file is damaged or of a kind that cannot be read here. Nothing was saved. " +
			"Opening it elsewhere and saving it as text or PDF may help."}
}

func tooLong() error {
	return unreadable("This file holds more than 1,000,000 characters of text. Please take the part of it that matters.")
}

func tooLarge() error {
	return appliance.Errorf(appliance.CodeTooLarge, "This file is larger than 10 MB. Nothing was saved. "+
		"Please take the part of it that matters.")
}

// Decode reads text in UTF-8 or UTF-16 (with its mark). In a line that is no UTF-8 each byte is taken for a letter of
// Windows-1252, which old programs write: files are put together of parts that were written differently.
func Decode(content []byte) (string, error) {
	switch {
	case bytes.HasPrefix(content, []byte("\xff\xfe")):
		return fromUTF16(content[2:], func(b []byte) uint16 { return uint16(b[0]) | uint16(b[1])<<8 }), nil
	case bytes.HasPrefix(content, []byte("\xfe\xff")):
		return fromUTF16(content[2:], func(b []byte) uint16 { return uint16(b[1]) | uint16(b[0])<<8 }), nil
	}
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	if bytes.IndexByte(content, 0) >= 0 {
		return "", unreadable("The content of the file is not text, whatever its name says.")
	}
	if utf8.Valid(content) {
		return string(content), nil
	}
	var b strings.Builder
	for line := range bytes.Lines(content) {
		if utf8.Valid(line) {
			b.Write(line)
			continue
		}
		for _, c := range line {
			b.WriteRune(windows1252(c))
		}
	}
	return b.String(), nil
}

func fromUTF16(content []byte, unit func([]byte) uint16) string {
	units := make([]uint16, 0, len(content)/2)
	for ; len(content) >= 2; content = content[2:] {
		units = append(units, unit(content))
	}
	return string(utf16.Decode(units))
}

// windows1252 gives the character of a byte: that of Latin-1, but for the 32 places that Windows fills with its own.
func windows1252(c byte) rune {
	const own = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ"
	if c < 0x80 || c > 0x9f {
		return rune(c)
	}
	return []rune(own)[c-0x80]
}

// tidy brings a text to the form in which it is kept.
func tidy(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\f", "\n", "\v", "\n", "\u2028", "\n", "\u2029", "\n").Replace(text)
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Co, r), r == '\ufeff':
			return -1
		}
		return r
	}, text)
	var b strings.Builder
	empty := 0
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimRightFunc(line, unicode.IsSpace)
		if line == "" {
			empty++
			continue
		}
		if b.Len() > 0 {
			b.WriteString("\n\n"[:1+min(empty, 1)])
		}
		empty = 0
		b.WriteString(line)
	}
	return b.String()
}
