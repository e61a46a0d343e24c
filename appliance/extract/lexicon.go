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

// Lexicon is what is known of one language: the words that carry no meaning of their own, and the ones that show
// that a sentence gives a reason, an example or a judgement. It is read-only and safe for many goroutines.
type Lexicon struct {
	stop     map[string]bool
	suffixes []string
	markers  map[string][]string // by kind; lower case, matched as whole words
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
	l := &Lexicon{stop: map[string]bool{}, markers: map[string][]string{}}
	data, err := lexiconFiles.ReadFile("lexicon/" + language + ".txt")
	if err != nil {
		panic(err) // embedded: a language in the list above without a file is a mistake in this package
	}
	kind := ""
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			kind = strings.Trim(line, "[]")
			continue
		}
		for entry := range strings.SplitSeq(line, ",") {
			entry = strings.TrimSpace(entry)
			switch {
			case entry == "":
			case kind == "stop":
				l.stop[entry] = true
			case kind == "suffix":
				l.suffixes = append(l.suffixes, entry)
			default:
				l.markers[kind] = append(l.markers[kind], entry)
			}
		}
	}
	return l
}

// Term is one word that carries meaning.
type Term struct {
	Stem string // what forms of the same word share
	Word string // as it was written, in lower case
}

// Terms gives the words of text that carry meaning, in order, with repetitions.
func (l *Lexicon) Terms(text string) []Term {
	var out []Term
	for _, w := range Words(text) {
		if len([]rune(w)) < 3 || l.stop[w] || !unicode.IsLetter([]rune(w)[0]) {
			continue
		}
		out = append(out, Term{Stem: l.stem(w), Word: w})
	}
	return out
}

// stem takes the first suffix off that leaves at least four letters. It is meant to bring forms of one word together,
// not to be right about every word.
func (l *Lexicon) stem(word string) string {
	word = strings.NewReplacer("ä", "a", "ö", "o", "ü", "u", "ß", "ss", "’", "'").Replace(word)
	for _, suffix := range l.suffixes {
		if rest, ok := strings.CutSuffix(word, suffix); ok && len(rest) >= 4 {
			return rest
		}
	}
	return word
}

// Words gives the words of text in lower case: letters, digits and marks, with apostrophes and hyphens inside.
func Words(text string) []string {
	text = strings.ToLower(text)
	return strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '\'' && r != '’' && r != '-'
	})
}

func (l *Lexicon) has(kind string, padded string) bool {
	for _, marker := range l.markers[kind] {
		if strings.Contains(padded, " "+marker+" ") {
			return true
		}
	}
	return false
}
