package intake

import (
	"html"
	"strconv"
	"strings"

	"harmonium/appliance"
)

// A cue is what somebody says between two times of a recording, as captions and transcribers give it: often a piece of a
// sentence.
type cue struct {
	speaker    string
	start, end int64 // ms; both are 0 when nothing is known
	text       string
	begun      bool // its times were read
}

// Pieces that one speaker says without a pause of more than pieceGap are one turn, until it has pieceLength characters: a
// quotation may then run over the ends of the captions.
const (
	pieceGap    = 1500 // ms
	pieceLength = 1000 // bytes
)

// utterances makes turns of cues, and joins those that are pieces of turns. A cue that ends before it begins is given no end, and noted.
func (f *File) utterances(cues []cue, pieces bool) (list []appliance.Utterance) {
	var end int64
	for _, c := range cues {
		if c.end < c.start {
			c.end = c.start
			f.Notes[Times]++
		}
		last := len(list) - 1
		if pieces && last >= 0 && list[last].Speaker == c.speaker && c.end > 0 && c.start >= list[last].StartMS &&
			c.start-end <= pieceGap && len(list[last].Text)+len(c.text) < pieceLength {
			list[last].Text += " " + c.text
			list[last].EndMS = max(list[last].EndMS, c.end)
		} else {
			list = append(list, appliance.Utterance{Speaker: c.speaker, Asks: appliance.AsksByName(c.speaker), Text: c.text,
				StartMS: c.start, EndMS: c.end})
		}
		end = c.end
	}
	return list
}

// isCaptions says whether a text is WebVTT or SubRip: the first begins with its name, the second with a number and a line
// of times.
func isCaptions(text string) bool {
	if strings.HasPrefix(text, "WEBVTT") {
		return true
	}
	first, rest, _ := strings.Cut(text, "\n")
	second, _, _ := strings.Cut(rest, "\n")
	if _, err := strconv.Atoi(strings.TrimSpace(first)); err != nil {
		second = first
	}
	_, _, ok := times(second)
	return ok
}

// readCaptions reads WebVTT and SubRip. Who speaks is said by a voice tag (<v Name>) or by a name and a colon.
func (f *File) readCaptions(text string) error {
	f.Kind = Conversations
	var cues []cue
	var at cue
	within, aside := false, false // in the words of a cue; in a block that is no cue
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		line = strings.TrimRight(line, "\r \t")
		start, end, isTime := times(line)
		switch {
		case line == "":
			within, aside = false, false
		case isTime && !aside:
			at, within = cue{start: start, end: end, begun: true}, true
		case strings.Contains(line, "-->") && !within && !aside:
			return appliance.Invalid("file", "Line %d: these are no times of captions (00:00:01.000 --> 00:00:02.000). Nothing was stored.", i+1)
		case within, at.begun && !aside && !isAside(line) && !namesCue(lines[i:]):
			// An empty line in the words of a cue ends it, by the letter; its words go on nevertheless.
			said := voices(at, line)
			cues = append(cues, said...)
			if len(said) > 0 { // a voice goes on in the next line of its cue
				at.speaker = said[len(said)-1].speaker
			}
		case isAside(line):
			aside = true
		}
		if len(cues) > maxElements {
			return appliance.Invalid("file", "This file has more than %d captions. Nothing was stored.", maxElements)
		}
	}
	f.name(cues)
	f.Transcripts = []Transcript{{appliance.Transcript{Utterances: f.utterances(cues, true)}, "captions"}}
	return nil
}

// isAside says whether a line begins a block that is no cue.
func isAside(line string) bool {
	return line == "NOTE" || strings.HasPrefix(line, "NOTE ") || line == "STYLE" || line == "REGION"
}

// namesCue says whether the first of some lines is the number or name of a cue: the times of one follow, or nothing any more.
func namesCue(lines []string) bool {
	for _, line := range lines[1:] {
		if line = strings.TrimSpace(line); line != "" {
			return strings.Contains(line, "-->")
		}
	}
	_, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	return err == nil
}

// name takes the name that begins a cue out of its words, where cues name their speakers so. A cue that names nobody
// inside of what somebody says goes on with that.
func (f *File) name(cues []cue) {
	named := 0
	for _, c := range cues {
		if c.speaker != "" {
			return // by tags
		}
		if _, _, ok := nameBefore(c.text); ok {
			named++
		}
	}
	if named*3 < len(cues) {
		return // a colon here and there is no name
	}
	speaker := ""
	for i := range cues {
		if name, rest, ok := nameBefore(cues[i].text); ok {
			speaker, cues[i].text = name, rest
		}
		cues[i].speaker = speaker
	}
}

// voices takes a line of a cue apart by its voice tags, and takes all other tags out.
func voices(at cue, line string) (list []cue) {
	add := func(text string) {
		if text = strings.TrimSpace(plain(text)); text != "" {
			piece := at
			piece.text = text
			list = append(list, piece)
		}
	}
	for {
		from := strings.Index(line, "<v")
		if from < 0 {
			break
		}
		tag, rest, ok := strings.Cut(line[from:], ">")
		class, name, _ := strings.Cut(tag, " ")
		if !ok || class != "<v" && !strings.HasPrefix(class, "<v.") {
			break
		}
		add(line[:from])
		at.speaker, line = html.UnescapeString(strings.TrimSpace(name)), rest
	}
	add(line)
	return list
}

// plain takes tags (<i>, </v>, <00:01.000>, {\an8}) out of the words of a cue and writes references as their characters.
func plain(text string) string {
	var b strings.Builder
	for {
		from := strings.IndexAny(text, "<{")
		if from < 0 {
			break
		}
		closing := byte('>')
		if text[from] == '{' {
			closing = '}'
		}
		to := strings.IndexByte(text[from:], closing)
		if to < 0 || !isTag(text[from+1:from+to], closing) {
			b.WriteString(text[:from+1])
			text = text[from+1:]
			continue
		}
		b.WriteString(text[:from])
		text = text[from+to+1:]
	}
	b.WriteString(text)
	return html.UnescapeString(b.String())
}

// isTag says whether what stands between brackets is a tag and no words: "a < b and c > d" is none.
func isTag(inner string, closing byte) bool {
	if closing == '}' {
		return strings.HasPrefix(inner, `\`)
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(inner, "/"), " ")
	name, _, _ = strings.Cut(name, ".")
	switch name {
	case "v", "c", "i", "b", "u", "s", "lang", "ruby", "rt", "font":
		return true
	}
	_, ok := timeOf(inner)
	return ok
}

// times reads a line of times: from --> to, and settings after it.
func times(line string) (start, end int64, ok bool) {
	from, rest, found := strings.Cut(line, "-->")
	to := strings.Fields(rest)
	if !found || len(to) == 0 {
		return 0, 0, false
	}
	start, begins := timeOf(strings.TrimSpace(from))
	end, ends := timeOf(to[0])
	return start, end, begins && ends
}

// timeOf reads h:mm:ss.mmm, mm:ss.mmm, with a comma for the point, and without what is smaller than a second: in ms.
func timeOf(text string) (ms int64, ok bool) {
	text = strings.Replace(text, ",", ".", 1)
	whole, fraction, hasFraction := strings.Cut(text, ".")
	parts := strings.Split(whole, ":")
	if len(parts) < 2 || len(parts) > 3 || hasFraction && (fraction == "" || len(fraction) > 6) {
		return 0, false
	}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil || part[0] == '+' || i > 0 && (len(part) != 2 || n > 59) {
			return 0, false
		}
		ms = ms*60 + int64(n)
	}
	ms *= 1000
	if hasFraction {
		n, err := strconv.ParseUint(fraction, 10, 32)
		if err != nil {
			return 0, false
		}
		for range len(fraction) - 3 {
			n /= 10
		}
		for range 3 - len(fraction) {
			n *= 10
		}
		ms += int64(n)
	}
	return ms, true
}
