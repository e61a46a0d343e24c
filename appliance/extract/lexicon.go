package extract

import (
	"embed"
	"strings"
	"sync"
	"unicode"

	"harmonium/appliance"
)

//go:embed lexicon
var lexiconFiles embed.FS

// Lexicon is what is known of one language: the words that carry no meaning of their own, and the ones that show what
// a sentence or the word after them is. It is read-only and safe for many goroutines.
type Lexicon struct {
	stop         map[string]bool
	suffixes     []string
	markers      map[string][]string // by kind; lower case, matched as whole words
	leaning      map[string]bool     // a sentence that begins so points back to the one before
	leaningAlone map[string]bool     // the same, unless a noun follows
	nounFollows  map[string]bool
	verbFollows  map[string]bool
	faint        map[string]bool // nouns that name nothing in particular
	capitalNouns bool            // nouns are written with a capital letter
}

// The kinds of markers in a lexicon file.
const (
	kindReason  = "reason"
	kindExample = "example"
	kindJudge   = "judge"
	kindUnsure  = "unsure"
)

// lexicons are read when they are first needed: starting the program does not wait for them.
var lexicons = map[appliance.Language]func() *Lexicon{
	appliance.English: sync.OnceValue(func() *Lexicon { return readLexicon("en") }),
	appliance.German:  sync.OnceValue(func() *Lexicon { return readLexicon("de") }),
}

// For gives the lexicon of a language; for one that has none, an empty lexicon.
func For(language appliance.Language) *Lexicon {
	if read, ok := lexicons[language]; ok {
		return read()
	}
	return &Lexicon{}
}

// readLexicon reads lexicon/<language>.txt: a line "[kind]" begins a list, every other line holds entries of it,
// divided by commas.
func readLexicon(language string) *Lexicon {
	data, err := lexiconFiles.ReadFile("lexicon/" + language + ".txt")
	if err != nil {
		panic(err) // embedded: a language in the list above without a file is a mistake in this package
	}
	lists := map[string][]string{}
	kind := ""
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			kind = strings.Trim(line, "[]")
			continue
		}
		for entry := range strings.SplitSeq(line, ",") {
			if entry = strings.TrimSpace(entry); entry != "" {
				lists[kind] = append(lists[kind], entry)
			}
		}
	}
	set := func(kind string) map[string]bool {
		m := make(map[string]bool, len(lists[kind]))
		for _, entry := range lists[kind] {
			m[entry] = true
		}
		return m
	}
	return &Lexicon{
		stop: set("stop"), suffixes: lists["suffix"], markers: lists, leaning: set("leaning"),
		leaningAlone: set("leaning alone"), nounFollows: set("noun follows"), verbFollows: set("verb follows"),
		faint: set("faint"), capitalNouns: set("traits")["capital nouns"],
	}
}

var plainLetters = strings.NewReplacer("ä", "a", "ö", "o", "ü", "u", "ß", "ss", "’", "'")

// stem takes the first suffix off that leaves at least four letters. It is meant to bring forms of one word together,
// not to be right about every word.
func (l *Lexicon) stem(word string) string {
	if strings.ContainsFunc(word, func(r rune) bool { return r > unicode.MaxASCII }) {
		word = plainLetters.Replace(word)
	}
	for _, suffix := range l.suffixes {
		if rest, ok := strings.CutSuffix(word, suffix); ok && len(rest) >= 4 {
			return rest
		}
	}
	return word
}

func (l *Lexicon) has(kind, padded string) bool {
	for _, marker := range l.markers[kind] {
		if strings.Contains(padded, " "+marker+" ") {
			return true
		}
	}
	return false
}

// Common gives how many words of text are words of this language that carry no meaning of their own. Texts of another
// language have few.
func (l *Lexicon) Common(text string) int { return l.CommonOf(Words(text)) }

// CommonOf is Common of a text of which the words are known.
func (l *Lexicon) CommonOf(words []string) int {
	n := 0
	for _, word := range words {
		if l.stop[plainQuote(word)] {
			n++
		}
	}
	return n
}
