// Package intake reads material that was made elsewhere: whole sessions of another box, exports and answers of
// Harmonica's interface, tables of free-text answers, transcripts of meetings as text, captions and JSON. It reads and stores nothing: what it gives is checked, counted, and
// ready to be stored by somebody else, or to be shown first.
//
// Everything in a file is what somebody said, or says of itself: material, and never an instruction. What cannot be read
// is refused whole, with the line or the field; what is left out is counted (File.Notes).
package intake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/document"
)

// MaxBytes is how large a file may be.
const MaxBytes = 64 << 20

// Kind says what a file is.
type Kind string

// The kinds.
const (
	Session       Kind = "session"       // appliance.Archive
	Conversations Kind = "conversations" // of Harmonica, one of ours, or meetings
	Table         Kind = "table"         // CSV
)

// File is what was read.
type File struct {
	Kind        Kind
	Archive     *appliance.Archive // of a Session
	Brief       appliance.Brief    // as far as the file says it
	Topics      []appliance.Topic  // of a Table: what was asked
	Columns     []Column           // of a Table
	Transcripts []Transcript       // of Conversations and of a Table
	Notes       map[Note]int       // what is otherwise than in the file, and how often
}

// Transcript is a conversation with the number of the line or element that it comes from.
type Transcript struct {
	appliance.Transcript
	Place string // as errors name it: "participants[2]", "line 7"
}

// Note says in what something is otherwise than in the file.
type Note string

// The notes.
const (
	Silent  Note = "silent"  // in which nobody says anything: left out
	Cleaned Note = "cleaned" // texts with characters that are no text, which were taken out
	Times   Note = "times"   // turns that end before they begin: they are given no end
	Untimed Note = "untimed" // turns with a time that cannot be read: they are given none
	Report  Note = "report"  // a report with quotations that are not in the file: left out, and made anew
)

// Use says what is done with a column of a table.
type Use string

// The uses.
const (
	Name   Use = "name"   // who says it
	Answer Use = "answer" // what they say; the head of the column is what they were asked
	Skip   Use = "skip"
)

// Column is a column of a table.
type Column struct {
	Head   string
	Use    Use
	Filled int // in how many rows there is something
}

// Read reads a file of any kind. uses says what to do with the columns of a table, in order; nil has that guessed.
func Read(content []byte, uses []Use) (File, error) { return read(content, uses, false) }

// ReadText is Read for what is the words of a conversation, also where nobody is named: it is a table only when every row has the
// same columns, at least two.
func ReadText(content []byte, uses []Use) (File, error) { return read(content, uses, true) }

func read(content []byte, uses []Use, words bool) (File, error) {
	if len(content) > MaxBytes {
		return File{}, appliance.Errorf(appliance.CodeTooLarge, "This file is larger than %d MB. Nothing was stored.", MaxBytes>>20)
	}
	text, err := document.Decode(content)
	if err != nil {
		return File{}, appliance.Invalid("file", "This is no text. Text with speakers, captions (VTT, SRT), JSON and CSV can be brought in: save a workbook as CSV first. Nothing was stored.")
	}
	f := File{Notes: map[Note]int{}}
	if !strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, "\r", "\n") // as old programs end their lines
	}
	switch first := strings.TrimSpace(text); {
	case first == "":
		return f, appliance.Invalid("file", "The file is empty. Nothing was stored.")
	case first[0] == '{' && isLines([]byte(first)):
		err = f.readLines([]byte(first))
	case first[0] == '{' || first[0] == '[' && !isSpeech(first):
		err = f.readJSON([]byte(text))
	case isCaptions(first):
		err = f.readCaptions(text)
	case isSpeech(first):
		err = f.readSpeech(text)
	case words && !isTable(text):
		err = f.readWords(text)
	default:
		err = f.readTable(text, uses)
	}
	if err != nil {
		return File{}, err
	}
	return f, f.check()
}

// check looks at what was read as the store would have it.
func (f *File) check() error {
	if f.Archive != nil {
		if err := f.Archive.Check(); err != nil {
			return err
		}
		if err := ownWords(f.Archive); err != nil {
			return err
		}
		if !f.Archive.Quotes() {
			f.Archive.Report = nil
			f.Notes[Report]++
		}
		return nil
	}
	f.leaveOutSilent()
	var problems appliance.Problems
	turns := 0
	for i := range f.Transcripts {
		t := &f.Transcripts[i]
		if turns += len(t.Utterances); len(problems) >= maxProblems {
			continue
		}
		f.clean(t)
		var p appliance.Problems
		t.Check(&p)
		for _, one := range p {
			problems.Add(t.Place+" "+one.Field, "%s: %s", part(t.Place, one.Field), one.Message)
		}
	}
	if len(f.Transcripts) == 0 {
		problems.Add("file", "Nobody says anything in this file. Nothing was stored.")
	}
	if len(f.Transcripts) > appliance.MaxArchived || turns > appliance.MaxArchivedTurns {
		problems.Add("file", "This file has %d conversations with %d turns; one file may bring %d with %d. Nothing was stored. "+
			"Please bring it in as several.", len(f.Transcripts), turns, appliance.MaxArchived, appliance.MaxArchivedTurns)
	}
	if len(problems) > maxProblems {
		problems = problems[:maxProblems]
	}
	return problems.Err()
}

// part names what in a transcript a field of it is: "line 7, turn 3".
func part(place, field string) string {
	var i int
	if n, _ := fmt.Sscanf(field, "turns[%d]", &i); n == 1 {
		return fmt.Sprintf("%s, turn %d", place, i+1)
	}
	return place
}

// maxProblems is how many problems are told at once.
const maxProblems = 20

func (f *File) leaveOutSilent() {
	kept := f.Transcripts[:0]
	for _, t := range f.Transcripts {
		said := false
		for _, u := range t.Utterances {
			said = said || !u.Asks && strings.TrimSpace(u.Text) != ""
		}
		if said {
			kept = append(kept, t)
		} else {
			f.Notes[Silent]++
		}
	}
	f.Transcripts = kept
}

// clean takes out of a transcript what is no text. Names are put on one line.
func (f *File) clean(t *Transcript) {
	tidy := func(text string) string {
		text, changed := appliance.CleanText(text)
		if changed {
			f.Notes[Cleaned]++
		}
		return text
	}
	t.Title = strings.Join(strings.Fields(tidy(t.Title)), " ")
	for i := range t.Utterances {
		u := &t.Utterances[i]
		u.Text = tidy(u.Text)
		u.Speaker = strings.Join(strings.Fields(tidy(u.Speaker)), " ")
	}
}

// readJSON reads JSON of any of the kinds, told apart by what it has.
func (f *File) readJSON(text []byte) error {
	if elements(text, maxElements) > maxElements {
		return appliance.Invalid("file", "The lists of this file have more than %d elements in all. Nothing was stored. "+
			"Please bring it in as several.", maxElements)
	}
	var fields map[string]json.RawMessage
	if text = bytes.TrimSpace(text); text[0] == '[' {
		name := "participants"
		if isTurns(text) {
			name = "utterances"
		}
		fields = map[string]json.RawMessage{name: text}
	} else if err := decode(text, &fields, false); err != nil {
		return err
	}
	has := func(name string) bool { _, ok := fields[name]; return ok }
	switch {
	case has("format"):
		return f.readArchive(text)
	case has("participants"):
		return f.readExport(fields)
	case has("data"):
		return f.readResponses(fields["data"])
	case has("turns"):
		return f.readConversation(text)
	case isMeeting(fields):
		return f.readMeeting(fields, "meeting")
	}
	return appliance.Invalid("file", "This JSON is of no kind that the box knows: a session of Harmonium (format), Harmonica's export "+
		"(participants), its responses (data), a conversation (turns), or the transcript of a meeting (segments, transcription, "+
		"utterances, meeting_transcripts). Nothing was stored.")
}

// decode reads JSON and says where it cannot be read.
func decode(text []byte, into any, strict bool) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if strict {
		d.DisallowUnknownFields()
	}
	err := d.Decode(into)
	if err == nil && len(bytes.TrimSpace(text[d.InputOffset():])) > 0 {
		return appliance.Invalid("file", "Line %d: something stands after the end of the JSON. Nothing was stored.", lineAt(text, d.InputOffset()))
	}
	return decodeError(text, d.InputOffset(), "", err)
}

// decodeError says in words what is wrong with JSON, of which a value began at an offset of a text; path names the value.
func decodeError(text []byte, from int64, path string, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax):
		return appliance.Invalid("file", "Line %d: this is no JSON from here on. Nothing was stored.", lineAt(text, syntax.Offset))
	case errors.As(err, &kind):
		field := strings.Trim(path+"."+kind.Field, ".")
		return appliance.Invalid(field, "Line %d, field %s: this should be %s, and is %s. Nothing was stored.",
			lineAt(text, from+kind.Offset), field, inWords(kind.Type.Kind().String()), kind.Value)
	case strings.HasPrefix(err.Error(), "json: unknown field"):
		return unknownField(strings.Trim(strings.TrimPrefix(err.Error(), "json: unknown field "), `"`))
	}
	return appliance.Invalid("file", "The JSON ends before it is whole. Nothing was stored.")
}

func unknownField(name string) error {
	return appliance.Invalid(name, "The field %.40q is not one of version %d: the file may come from a newer box. Nothing was stored.",
		name, appliance.ArchiveVersion)
}

// maxElements is how many elements JSON may have: a short one can take hundreds of bytes once it is decoded.
const maxElements = 1_000_000

// elements counts what the lists of a JSON text hold, and the fields of its outermost object; from most on it gives up.
func elements(text []byte, most int) (n int) {
	var open []byte // brackets
	quoted := false
	for i := 0; i < len(text) && n <= most; i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			if open = append(open, c); c == '[' {
				n++
			}
		case (c == ']' || c == '}') && len(open) > 0:
			open = open[:len(open)-1]
		case c == ',' && (len(open) <= 1 || open[len(open)-1] == '['):
			n++
		}
	}
	return n
}

func lineAt(text []byte, offset int64) int {
	return 1 + bytes.Count(text[:min(max(offset, 0), int64(len(text)))], []byte("\n"))
}

// inWords says what kind of JSON a Go kind stands for.
func inWords(kind string) string {
	switch {
	case kind == "string":
		return "a text"
	case kind == "slice":
		return "a list"
	case kind == "bool":
		return "true or false"
	case strings.HasPrefix(kind, "int"), strings.HasPrefix(kind, "float"):
		return "a number"
	}
	return "an object"
}

// place names an element of a list.
func place(list string, i int) string { return fmt.Sprintf("%s[%d]", list, i) }
