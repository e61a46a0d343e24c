package intake

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"harmonium/appliance"
)

// What a table may have.
const (
	maxColumns = 200
	maxRows    = appliance.MaxArchived
)

// row is a row of a table with the line that it begins in.
type row struct {
	line  int
	cells []string
}

// readTable reads a table whose first row says what the columns are. Every further row is a person; each of their
// answers follows the head of its column, which is what they were asked.
func (f *File) readTable(text string, uses []Use) error {
	f.Kind = Table
	rows, err := readRows(text)
	if err != nil {
		return err
	}
	head := rows[0].cells
	rows = rows[1:]
	if len(rows) == 0 {
		return appliance.Invalid("file", "The table has no row below its first, which says what the columns are. Nothing was stored.")
	}
	for i, h := range head {
		h, _ = appliance.CleanText(h)
		c := Column{Head: cut(strings.Join(strings.Fields(h), " "), appliance.MaxQuestion)} // it goes before every answer
		for _, r := range rows {
			if strings.TrimSpace(cell(r, i)) != "" {
				c.Filled++
			}
		}
		f.Columns = append(f.Columns, c)
	}
	if uses == nil {
		uses = guess(f.Columns, rows)
	}
	if len(uses) != len(head) {
		return appliance.Invalid("columns", "There are %d columns, and uses for %d. Nothing was stored.", len(head), len(uses))
	}
	name := -1
	for i, u := range uses {
		switch {
		case u == Name && name >= 0:
			return appliance.Invalid("columns", "Only one column can be the name. Nothing was stored.")
		case u == Name:
			name = i
		case u != Answer && u != Skip:
			return appliance.Invalid("columns", "Choose name, answer or skip. Nothing was stored.")
		}
		f.Columns[i].Use = u
	}
	if !slices.Contains(uses, Answer) {
		return appliance.Invalid("columns", "Please choose at least one column with answers. Nothing was stored.")
	}
	f.fill(rows, name)
	return nil
}

// fill makes the conversations of the rows.
func (f *File) fill(rows []row, name int) {
	topics := make([]appliance.TopicID, len(f.Columns))
	for i, c := range f.Columns {
		if c.Use == Answer && c.Head != "" && len(f.Topics) < appliance.MaxTopics {
			topics[i] = appliance.NewTopicID()
			f.Topics = append(f.Topics, appliance.Topic{ID: topics[i], Title: cut(c.Head, appliance.MaxTopicTitle),
				Question: c.Head, Minutes: 1})
		}
	}
	for _, r := range rows {
		t := Transcript{Place: fmt.Sprintf("line %d", r.line)}
		who := ""
		if name >= 0 {
			who = cell(r, name)
		}
		for i, c := range f.Columns {
			said := strings.TrimSpace(cell(r, i))
			if c.Use != Answer || said == "" {
				continue
			}
			if c.Head != "" {
				t.Utterances = append(t.Utterances, appliance.Utterance{Asks: true, Text: c.Head, TopicID: topics[i]})
			}
			t.Utterances = append(t.Utterances, appliance.Utterance{Speaker: who, Text: said, TopicID: topics[i]})
		}
		f.Transcripts = append(f.Transcripts, t)
	}
}

// readRows reads a table with whatever stands between its columns. There is at least one row.
func readRows(text string) (rows []row, err error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord = separator(text), -1
	for {
		cells, err := r.Read()
		var wrong *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return rows, nil
		case errors.As(err, &wrong):
			return nil, appliance.Invalid("file", "Line %d: a quotation mark is missing or too many, in what begins in line %d. Nothing was stored.",
				wrong.Line, wrong.StartLine)
		case err != nil:
			return nil, err
		}
		line, _ := r.FieldPos(0)
		if len(rows) > 0 && len(cells) > len(rows[0].cells) {
			return nil, appliance.Invalid("file", "Line %d has %d columns, and the first line %d. Nothing was stored.", line, len(cells), len(rows[0].cells))
		}
		rows = append(rows, row{line, cells})
		if len(rows) > maxRows+1 || len(cells) > maxColumns {
			return nil, appliance.Invalid("file", "Line %d: a table may have %d rows and %d columns. Nothing was stored. Please bring it in as several.",
				line, maxRows, maxColumns)
		}
	}
}

// isTable says whether a text is a table beyond doubt: all its rows have the same columns, at least two, and what parts those of the
// first is no comma of a sentence, which a space follows.
func isTable(text string) bool {
	rows, err := readRows(text)
	if err != nil || len(rows) < 2 {
		return false
	}
	columns := len(rows[0].cells)
	sentence := slices.ContainsFunc(rows[0].cells[1:], func(cell string) bool { return strings.HasPrefix(cell, " ") })
	return columns > 1 && !sentence && !slices.ContainsFunc(rows, func(r row) bool { return len(r.cells) != columns })
}

// separator gives what stands between the columns: whichever there is most of in the first line, outside quotation marks.
func separator(text string) rune {
	quoted, most, best := false, 0, ','
	count := map[rune]int{}
	for _, r := range text {
		if r == '"' {
			quoted = !quoted
		}
		if quoted {
			continue
		}
		if r == '\n' {
			break
		}
		if strings.ContainsRune(",;\t|", r) {
			if count[r]++; count[r] > most {
				most, best = count[r], r
			}
		}
	}
	return best
}

func cell(r row, i int) string {
	if i < len(r.cells) {
		return r.cells[i]
	}
	return ""
}

func cut(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit-1]) + "…"
}

// names are what columns with names are called, in the languages of the box.
var names = []string{
	"name", "participant", "respondent", "person", "user", "user_name", "username", "participant_name", "author", "who", "teilnehmer",
	"teilnehmerin", "teilnehmende", "befragte", "wer", "nom", "participante", "nombre", "persona", "prénom", "ім'я", "ім’я", "учасник",
	"учасниця", "الاسم", "المشارك", "المشاركة",
}

// wordy is how many words a cell has on the average in a column of answers.
const wordy = 3

// guess says what the columns are likely to be: names by their head, answers by how much is said in them.
func guess(columns []Column, rows []row) []Use {
	uses := make([]Use, len(columns))
	named := false
	for i, c := range columns {
		words := 0
		for _, r := range rows {
			words += len(strings.Fields(cell(r, i)))
		}
		uses[i] = Skip
		switch head := strings.ToLower(strings.Trim(c.Head, " :*")); {
		case !named && slices.Contains(names, head):
			uses[i], named = Name, true
		case c.Filled > 0 && words >= wordy*c.Filled:
			uses[i] = Answer
		}
	}
	if !slices.Contains(uses, Answer) { // single words: the column with the most of them
		best := -1
		for i, c := range columns {
			if uses[i] == Skip && c.Filled > 0 && (best < 0 || c.Filled > columns[best].Filled) {
				best = i
			}
		}
		if best >= 0 {
			uses[best] = Answer
		}
	}
	return uses
}
