package intake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"harmonium/appliance"
)

// spoken is a turn or a piece of one in the files of transcribers and of meetings: each of them names the same things
// otherwise.
type spoken struct {
	Speaker     label           `json:"speaker"`
	SpeakerName label           `json:"speaker_name"`
	Name        label           `json:"name"`
	Text        string          `json:"text"`
	Content     string          `json:"content"`
	Start       json.RawMessage `json:"start"` // seconds, or a time as text
	End         json.RawMessage `json:"end"`
	Time        json.RawMessage `json:"time"`
	StartMS     int64           `json:"start_ms"`
	EndMS       int64           `json:"end_ms"`
	Offsets     struct {        // ms, of whisper.cpp
		From int64 `json:"from"`
		To   int64 `json:"to"`
	} `json:"offsets"`
}

// label is who speaks: a name, or the number that some transcribers give to a voice.
type label string

// UnmarshalJSON implements json.Unmarshaler.
func (l *label) UnmarshalJSON(raw []byte) error {
	var number json.Number
	if len(raw) > 0 && raw[0] != '"' && json.Unmarshal(raw, &number) == nil {
		*l = label(number)
		return nil
	}
	return json.Unmarshal(raw, (*string)(l))
}

// cue gives what is said; untimed says that a time of it cannot be read.
func (s spoken) cue() (c cue, untimed bool) {
	c = cue{start: max(s.StartMS, s.Offsets.From), end: max(s.EndMS, s.Offsets.To)}
	for _, name := range []label{s.SpeakerName, s.Speaker, s.Name} {
		if c.speaker == "" {
			c.speaker = string(name)
		}
	}
	if c.text = s.Text; c.text == "" {
		c.text = s.Content
	}
	for _, of := range []struct {
		raw  json.RawMessage
		into *int64
	}{{s.Time, &c.start}, {s.Start, &c.start}, {s.End, &c.end}} {
		if ms, ok := moment(of.raw); ok {
			*of.into = ms
		} else if given := strings.Trim(string(of.raw), `" `); given != "" && given != "null" {
			untimed = true
		}
	}
	if c.end == 0 {
		c.end = c.start
	}
	return c, untimed
}

// moment reads seconds, or a time as text (0:12:05), in ms.
func moment(raw json.RawMessage) (ms int64, ok bool) {
	var seconds float64
	if json.Unmarshal(raw, &seconds) == nil && seconds >= 0 && seconds < appliance.MaxTranscriptMS/1000 {
		return int64(math.Round(seconds * 1000)), true
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return 0, false
	}
	return timeOf(strings.TrimSpace(text))
}

// readMeeting reads the transcript of a meeting: the pieces of a transcriber (segments of Whisper and WhisperX,
// transcription of whisper.cpp), which are joined to turns, or turns as they are (utterances, transcript,
// meeting_transcripts of QMSum).
func (f *File) readMeeting(fields map[string]json.RawMessage, place string) error {
	f.Kind = Conversations
	t := Transcript{Place: place}
	var about struct {
		Title    string `json:"title"`
		Language string `json:"language"`
	}
	for name, into := range map[string]*string{"title": &about.Title, "language": &about.Language} {
		if err := json.Unmarshal(fields[name], into); err != nil {
			*into = "" // of another kind, or not there: no loss of words
		}
	}
	if l := appliance.Language(about.Language); l.Spoken() {
		t.Language = l
	}
	t.Title = about.Title
	for _, list := range []struct {
		name   string
		pieces bool
	}{{"segments", true}, {"transcription", true}, {"utterances", false}, {"transcript", false}, {"meeting_transcripts", false}} {
		raw, ok := fields[list.name]
		if !ok {
			continue
		}
		cues, err := f.cues(raw, list.name, place)
		if err != nil {
			return err
		}
		for i := range cues {
			if list.pieces {
				cues[i].text = strings.TrimSpace(cues[i].text)
			}
		}
		t.Utterances = f.utterances(cues, list.pieces)
		break
	}
	f.Brief.Topic = t.Title
	f.Transcripts = append(f.Transcripts, t)
	return nil
}

// cues reads a list of turns or pieces of them. What cannot be read is named by its place in the list, which is that of a
// name in the meeting at a place of the file.
func (f *File) cues(raw json.RawMessage, name, at string) ([]cue, error) {
	var list []json.RawMessage
	if err := decode(raw, &list, false); err != nil {
		return nil, err
	}
	cues := make([]cue, len(list))
	for i, one := range list {
		var s spoken
		err := json.Unmarshal(one, &s)
		var kind *json.UnmarshalTypeError
		if errors.As(err, &kind) {
			where := place(name, i)
			return nil, appliance.Invalid(where+"."+kind.Field, "%s, %s, field %s: this should be %s, and is %s. Nothing was stored.",
				at, where, kind.Field, inWords(kind.Type.Kind().String()), kind.Value)
		} else if err != nil {
			return nil, err
		}
		var untimed bool
		if cues[i], untimed = s.cue(); untimed {
			f.Notes[Untimed]++
		}
	}
	return cues, nil
}

// isMeeting says whether JSON is the transcript of a meeting.
func isMeeting(fields map[string]json.RawMessage) bool {
	for _, name := range []string{"segments", "transcription", "utterances", "transcript", "meeting_transcripts"} {
		if raw, ok := fields[name]; ok && len(raw) > 0 && raw[0] == '[' {
			return true
		}
	}
	return false
}

// isLines says whether a text is JSON Lines: several objects, one a line.
func isLines(text []byte) bool {
	first, rest, _ := bytes.Cut(text, []byte("\n"))
	rest = bytes.TrimSpace(rest)
	return len(rest) > 0 && rest[0] == '{' && json.Valid(first)
}

// readLines reads meetings from JSON Lines, a meeting a line.
func (f *File) readLines(text []byte) error {
	whole := text
	for i := 1; len(text) > 0; i++ {
		var line []byte
		line, text, _ = bytes.Cut(text, []byte("\n"))
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(line, &fields); err != nil {
			return appliance.Invalid("file", "Line %d is no JSON. Nothing was stored.", i)
		}
		if i == 1 && !isMeeting(fields) && hasWords(fields) {
			return f.readTurnLines(whole)
		}
		if !isMeeting(fields) {
			return appliance.Invalid("file", "Line %d is no transcript of a meeting. Nothing was stored.", i)
		}
		if err := f.readMeeting(fields, fmt.Sprintf("line %d", i)); err != nil {
			return err
		}
	}
	return nil
}

// readTurnLines reads one meeting from JSON Lines, a turn a line.
func (f *File) readTurnLines(text []byte) error {
	var list []json.RawMessage
	i := 0
	for line := range bytes.Lines(text) {
		i++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if !json.Valid(line) {
			return appliance.Invalid("file", "Line %d is no JSON. Nothing was stored.", i)
		}
		list = append(list, line)
	}
	all, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return f.readMeeting(map[string]json.RawMessage{"utterances": all}, "lines")
}

// isTurns says whether a list of JSON, which stands alone, is one of turns: its first element has words of its own.
func isTurns(list []byte) bool {
	d := json.NewDecoder(bytes.NewReader(list))
	var first map[string]json.RawMessage
	if _, err := d.Token(); err != nil || d.Decode(&first) != nil {
		return false
	}
	return hasWords(first)
}

func hasWords(turn map[string]json.RawMessage) bool {
	for _, name := range []string{"text", "content"} {
		if raw, ok := turn[name]; ok && len(raw) > 0 && raw[0] == '"' {
			return true
		}
	}
	return false
}
