package intake

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"harmonium/appliance"
)

// A line of a transcript written as text begins with who speaks, with or without a time:
//
//	Amira: That is what I mean.
//	[00:12:05] Amira: That is what I mean.
//	Amira (12:05): That is what I mean.
//
// or it is who speaks and when, and the words follow in the lines below:
//
//	Amira   12:05
//	That is what I mean.

// isSpeech says whether a text is written so: it has at least two such lines, a third of all lines are ones, and either
// somebody speaks twice or lines have times.
func isSpeech(text string) bool {
	lines, heads, timed, again := 0, 0, 0, false
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		lines++
		if c, ok := head(line); ok {
			heads++
			again = again || seen[c.speaker]
			seen[c.speaker] = true
			if c.start > 0 {
				timed++
			}
		}
		if lines == 2000 {
			break // enough to tell
		}
	}
	return heads >= 2 && heads*3 >= lines && (again || timed*2 > heads)
}

// readSpeech reads a transcript written as text. What stands before the first speaker is said by nobody in particular.
func (f *File) readSpeech(text string) error {
	f.Kind = Conversations
	var list []appliance.Utterance
	open := false // a line that names nobody goes on with the turn before
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		c, begins := head(line)
		switch {
		case begins:
			list = append(list, appliance.Utterance{Speaker: c.speaker, Asks: appliance.AsksByName(c.speaker), Text: c.text, StartMS: c.start, EndMS: c.start})
			open = true
		case line == "" && !open:
		case open:
			list[len(list)-1].Text += "\n" + line
		default:
			list = append(list, appliance.Utterance{Text: line})
			open = true
		}
		if len(list) > appliance.MaxArchivedTurns {
			return appliance.Invalid("file", "This file has more than %d turns. Nothing was stored. Please bring it in as several.",
				appliance.MaxArchivedTurns)
		}
	}
	kept := list[:0]
	for _, u := range list {
		if u.Text = strings.TrimSpace(u.Text); u.Text != "" {
			kept = append(kept, u)
		}
	}
	f.Transcripts = []Transcript{{appliance.Transcript{Utterances: kept}, "transcript"}}
	return nil
}

// head reads the beginning of a line that says who speaks.
func head(line string) (c cue, ok bool) {
	line, at, timed := leadingTime(line)
	if name, rest, ok := nameBefore(line); ok {
		if inner, ms, ok := trailingTime(name); ok {
			name, at = inner, ms
		}
		return cue{speaker: name, start: at, text: rest}, true
	}
	if timed {
		return cue{}, false
	}
	// Name and time alone: the time tells it from words.
	if name, ms, ok := trailingTime(line); ok && isName(name) {
		return cue{speaker: name, start: ms}, true
	}
	return cue{}, false
}

// leadingTime takes a time, in brackets or without, from the beginning of a line.
func leadingTime(line string) (rest string, ms int64, ok bool) {
	first, after, _ := strings.Cut(line, " ")
	if ms, ok = timeOf(strings.Trim(first, "[]()")); !ok {
		return line, 0, false
	}
	return strings.TrimLeft(after, " \t-–"), ms, true
}

// trailingTime takes a time from the end of a name: "Amira (12:05)", "Amira 12:05".
func trailingTime(name string) (rest string, ms int64, ok bool) {
	i := strings.LastIndexAny(name, " \t")
	if i < 0 {
		return name, 0, false
	}
	if ms, ok = timeOf(strings.Trim(name[i+1:], "[]()")); !ok {
		return name, 0, false
	}
	return strings.TrimSpace(name[:i]), ms, true
}

// nameBefore takes the name that begins a line, up to a colon: "Amira: yes" and "**Amira:** yes".
func nameBefore(line string) (name, rest string, ok bool) {
	for i := 0; i < len(line); i++ {
		if line[i] != ':' {
			continue
		}
		rest = line[i+1:]
		if rest != "" && !strings.HasPrefix(rest, " ") && !strings.HasPrefix(rest, "\t") && !strings.HasPrefix(rest, "*") {
			continue // 12:05, https://
		}
		name = strings.Trim(line[:i], " \t*_")
		inner, _, timed := trailingTime(name)
		if !timed {
			inner = name
		}
		return name, strings.TrimLeft(rest, " \t*_"), isName(inner)
	}
	return "", "", false
}

// isName says whether words may be the name of a speaker: few, beginning with a letter, and no sentence.
func isName(text string) bool {
	if text == "" || len(text) > 80 || len(strings.Fields(text)) > 5 || strings.ContainsAny(text, "?!;\"“”…=") {
		return false
	}
	first, _ := utf8.DecodeRuneInString(text)
	if !unicode.IsLetter(first) {
		return false
	}
	for _, word := range strings.Fields(text) {
		if i := strings.Index(word, ","); i >= 0 && i < len(word)-1 {
			return false // cells of a table, and not Keller, Ana
		}
		if strings.HasSuffix(word, ".") && utf8.RuneCountInString(word) > 5 {
			return false // the end of a sentence, and no Dr., Prof. or initial
		}
	}
	return true
}
