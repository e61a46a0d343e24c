// Package paper writes documents and tables in the formats that people hand on.
//
// What a document says is put together elsewhere, once for all formats, as a list of blocks; tables have columns and
// cells. The writers know nothing of sessions and read nothing. Each of them takes every text for hostile: what people
// wrote is shown as they wrote it and is never read as markup, as a formula or as a control character. The same document
// gives the same bytes.
package paper

import (
	"strings"
	"time"
	"unicode"

	"harmonium/appliance"
)

// Document is a text before it is written in a format.
type Document struct {
	Language appliance.Language
	Title    string
	Lead     string // one line under the title
	Blocks   []Block
	Foot     string    // stands at the foot of every page
	Page     string    // "Page {page} of {pages}"
	At       time.Time // when it was made
}

// Block is one paragraph of a document, or a table.
type Block struct {
	Kind  Kind
	Level int    // of a heading: 1 to 3
	ID    string // by which links find it: letters and digits; "" for none
	Label string // stands before the text, in bold type
	Text  string // may hold line breaks
	Own   bool   // of words: somebody's own, not what was made of them
	By    string // of words: whose they are, and where they stand
	To    string // of words: the ID of the block that By leads to; "" for none
	Table *Table // of a grid
}

// Kind is what a block is.
type Kind int

// The kinds of blocks.
const (
	Text    Kind = iota // a paragraph
	Heading             // of Level
	Label               // a line in bold type, with what belongs to it after it
	Words               // what somebody said
	Notice              // what a reader has to know before the rest
	Fine                // small print
	Grid                // a table
)

// Table is rows of cells under columns.
type Table struct {
	Title   string
	Columns []string // the heads
	Rows    [][]Cell
}

// Cell is a string, an int, a float64, a time.Time (shown to the minute, in UTC), or nil for none.
type Cell any

// clean gives a text without what no format can hold or show: bytes that are not UTF-8, control characters other than
// tabs and line ends (XML 1.0 forbids them), and what is no character at all.
func clean(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case unicode.IsControl(r), r&0xfffe == 0xfffe, r >= 0xfdd0 && r <= 0xfdef:
			return -1
		}
		return r
	}, s)
}
