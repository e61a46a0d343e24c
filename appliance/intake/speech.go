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
//
// Where nobody is named, times alone begin turns:
//
//	[00:12:05] That is what I mean.

// marks say in which direction text runs, and are not seen.
const marks = "\u200e\u200f\u061c\u2066\u2067\u2068\u2069\u202a\u202b\u202c\u202d\u202e\ufeff"

// around may stand before and after a name and its colon.
const around = " \t*_\u00a0\u202f" + marks

// isSpeech says whether a text is written so: it has at least two such lines, a third of all lines are ones, and somebody speaks
// twice, or lines have times, or all lines are ones.
func isSpeech(text string) bool {
	lines, heads, timed, again := 0, 0, 0, false
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		lines++
		if _, ms, ok := leadingTime(line); ok && ms > 0 && !named(line) {
			heads, timed = heads+1, timed+1
		} else if c, ok := head(line); ok {
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
	return heads >= 2 && heads*3 >= lines && (again || timed*2 > heads || heads == lines)
}

func named(line string) bool {
	_, ok := head(line)
	return ok
}

// readSpeech reads a transcript written as text. What stands before the first speaker is said by nobody in particular.
func (f *File) readSpeech(text string) error {
	f.Kind = Conversations
	var list []appliance.Utterance
	anybody := false
	for line := range strings.Lines(text) {
		anybody = anybody || named(strings.TrimSpace(line))
	}
	open := false // a line that names nobody goes on with the turn before
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		c, begins := head(line)
		if rest, ms, timed := leadingTime(line); timed && !anybody {
			c, begins = cue{start: ms, text: rest}, true
		}
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

// readWords reads a text that names nobody: each part between empty lines is a turn, or else each line.
func (f *File) readWords(text string) error {
	f.Kind = Conversations
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	between := "\n"
	if strings.Contains(text, "\n\n") {
		between = "\n\n"
	}
	var list []appliance.Utterance
	for words := range strings.SplitSeq(text, between) {
		if words = strings.TrimSpace(words); words != "" {
			list = append(list, appliance.Utterance{Text: words})
		}
	}
	f.Transcripts = []Transcript{{appliance.Transcript{Utterances: list}, "text"}}
	return nil
}

// head reads the beginning of a line that says who speaks.
func head(line string) (c cue, ok bool) {
	line = strings.TrimLeft(line, marks)
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
	first, after, _ := strings.Cut(strings.TrimLeft(line, marks), " ")
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

// nameBefore takes the name that begins a line, up to a colon: "Amira: yes" and "**Amira:** yes". Chinese and Japanese have a wide
// colon, with no space after it.
func nameBefore(line string) (name, rest string, ok bool) {
	for i, r := range line {
		if r != ':' && r != '：' {
			continue
		}
		rest = line[i+utf8.RuneLen(r):]
		if next, _ := utf8.DecodeRuneInString(rest); r == ':' && rest != "" && !strings.ContainsRune(around, next) {
			continue // 12:05, https://
		}
		name = strings.Trim(line[:i], around)
		inner, _, timed := trailingTime(name)
		if !timed {
			inner = name
		}
		return name, strings.TrimLeft(rest, around), isName(inner)
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
