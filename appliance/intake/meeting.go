package intake

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"

	"harmonium/appliance"
)

// spoken is a turn or a piece of one in the files of transcribers and of meetings: each of them names the same things
// otherwise.
type spoken struct {
	Speaker     string          `json:"speaker"`
	SpeakerName string          `json:"speaker_name"`
	Name        string          `json:"name"`
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

func (s spoken) cue() cue {
	c := cue{start: max(s.StartMS, s.Offsets.From), end: max(s.EndMS, s.Offsets.To)}
	for _, name := range []string{s.SpeakerName, s.Speaker, s.Name} {
		if c.speaker == "" {
			c.speaker = name
		}
	}
	if c.text = s.Text; c.text == "" {
		c.text = s.Content
	}
	if ms, ok := moment(s.Time); ok {
		c.start = ms
	}
	if ms, ok := moment(s.Start); ok {
		c.start = ms
	}
	if ms, ok := moment(s.End); ok {
		c.end = ms
	}
	if c.end == 0 {
		c.end = c.start
	}
	return c
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
		var turns []spoken
		if err := decode(raw, &turns, false); err != nil {
			return err
		}
		cues := make([]cue, len(turns))
		for i, s := range turns {
			cues[i] = s.cue()
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
		if !isMeeting(fields) {
			return appliance.Invalid("file", "Line %d is no transcript of a meeting. Nothing was stored.", i)
		}
		if err := f.readMeeting(fields, place("line", i)); err != nil {
			return err
		}
	}
	return nil
}

// isTurns says whether a list of JSON, which stands alone, is one of turns: its first element has words of its own.
func isTurns(list []byte) bool {
	d := json.NewDecoder(bytes.NewReader(list))
	var first map[string]json.RawMessage
	if _, err := d.Token(); err != nil || d.Decode(&first) != nil {
		return false
	}
	for _, name := range []string{"text", "content"} {
		if raw, ok := first[name]; ok && len(raw) > 0 && raw[0] == '"' {
			return true
		}
	}
	return false
}
