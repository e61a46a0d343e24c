package extract

import (
	"embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"harmonium/appliance"
)

//go:embed lexicon
var lexiconFiles embed.FS

// Lexicon is what is known of one language: the words that carry no meaning of their own, and the ones that show what
// a sentence or the word after them is. It is read-only and safe for many goroutines.
type Lexicon struct {
	stop         map[string]bool
	suffixes     []string
	prefixes     []string            // written together with the word after them: "ال"
	elided       map[string]bool     // written with an apostrophe before the word after them: "l'"
	markers      map[string][]string // by kind; lower case, matched as whole words
	leaning      map[string]bool     // a sentence that begins so points back to the one before
	leaningAlone map[string]bool     // the same, unless a noun follows
	articles     map[string]bool     // and other words that stand before nouns and hardly before names
	nounFollows  map[string]bool
	verbFollows  map[string]bool
	faint        map[string]bool // nouns that name nothing in particular
	asking       map[string]bool // stems of words with which one asks about a conversation and that say nothing of its matter
	capitalNouns bool            // nouns are written with a capital letter
	deniedBehind bool            // what is said may be denied by a word behind it: "das hilft nicht"

	beforeIt, decided, promisedByOne, promisedBySeveral, noPromise []pattern // see commitment.go
}

// The kinds of markers in a lexicon file.
const (
	kindReason  = "reason"
	kindExample = "example"
	kindJudge   = "judge"
	kindUnsure  = "unsure"

	kindFor      = "for"
	kindAgainst  = "against"
	kindNegation = "negation"

	kindDueLead   = "due lead"   // may begin a time
	kindDueMiddle = "due middle" // may stand in it
	kindDueTime   = "due time"
	kindDueEnd    = "due end"   // may end it, and makes a time of what stands before: "la semaine prochaine"
	kindDueAlone  = "due alone" // is one by itself

	kindYes = "yes"
	kindNo  = "no"
)

var dueKinds = []string{kindDueLead, kindDueMiddle, kindDueTime, kindDueEnd, kindDueAlone}

// lexicons are read when they are first needed: starting the program does not wait for them.
var lexicons = func() map[appliance.Language]func() *Lexicon {
	all := make(map[appliance.Language]func() *Lexicon)
	for _, language := range appliance.Languages() {
		all[language] = sync.OnceValue(func() *Lexicon { return readLexicon(string(language)) })
	}
	return all
}()

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
	data, err := appliance.ReadCarried(lexiconFiles, "lexicon/"+language+".txt")
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
		for entry := range strings.SplitSeq(SameLetters(line), ",") {
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
	l := &Lexicon{
		stop: set("stop"), suffixes: lists["suffix"], prefixes: lists["prefix"], elided: set("elided"), markers: lists, leaning: set("leaning"),
		leaningAlone: set("leaning alone"), articles: set("article"), nounFollows: set("noun follows"), verbFollows: set("verb follows"),
		faint: set("faint"), capitalNouns: set("traits")["capital nouns"], deniedBehind: set("traits")["denied behind"],
		asking: map[string]bool{},
	}
	l.beforeIt = l.patterns(lists["before it"])
	l.decided = l.patterns(lists["decided"])
	l.promisedByOne, l.promisedBySeveral = l.patterns(lists["promised by one"]), l.patterns(lists["promised by several"])
	l.noPromise = l.patterns(lists["no promise"])
	for _, word := range lists["asking"] {
		l.asking[l.stem(word)] = true
	}
	return l
}

// plainLetters makes letters alike that people write one for the other, or that differ between forms of one word.
var plainLetters = strings.NewReplacer("ä", "a", "ö", "o", "ü", "u", "ß", "ss",
	"à", "a", "â", "a", "ç", "c", "é", "e", "è", "e", "ê", "e", "ë", "e", "î", "i", "ï", "i", "ô", "o", "û", "u", "ù", "u", "œ", "oe",
	"á", "a", "í", "i", "ñ", "n", "ó", "o", "ú", "u",
	"ґ", "г")

// leastStem is the number of letters that are left of a word when an ending is taken off, and leastRoot the same for
// what is written before it.
const (
	leastStem = 4
	leastRoot = 3
)

// stem takes off what is written together with a word, and the first suffix that leaves at least leastStem letters. It
// is meant to bring forms of one word together, not to be right about every word.
func (l *Lexicon) stem(word string) string {
	if _, rest, ok := l.elision(word); ok {
		word = rest
	}
	least := leastStem
	if strings.ContainsFunc(word, func(r rune) bool { return r > unicode.MaxASCII }) {
		word = plainLetters.Replace(SameLetters(word))
	}
	if rest, ok := l.withoutPrefix(word); ok {
		word = rest
	}
	if len(l.prefixes) > 0 {
		least = leastRoot
	}
	for _, suffix := range l.suffixes {
		if rest, ok := strings.CutSuffix(word, suffix); ok && utf8.RuneCountInString(rest) >= least {
			return rest
		}
	}
	return word
}

// withoutPrefix takes the first prefix of the language off a word.
func (l *Lexicon) withoutPrefix(word string) (rest string, ok bool) {
	for _, prefix := range l.prefixes {
		if rest, ok = strings.CutPrefix(word, prefix); ok && utf8.RuneCountInString(rest) >= leastRoot {
			return rest, true
		}
	}
	return word, false
}

// elision divides a word such as "l'équipe" behind its apostrophe.
func (l *Lexicon) elision(word string) (article, rest string, ok bool) {
	if len(l.elided) == 0 {
		return "", word, false
	}
	article, rest, ok = strings.Cut(SameLetters(word), "'")
	if !ok || rest == "" || !l.elided[article] {
		return "", word, false
	}
	return article + "'", rest, true
}

// bound gives the words as the lists of the language have them: those with an apostrophe divided, where it divides.
func (l *Lexicon) bound(words []string) []string {
	if len(l.elided) == 0 {
		return words
	}
	out := make([]string, 0, len(words)+4)
	for _, word := range words {
		if article, rest, ok := l.elision(word); ok {
			out = append(out, article, rest)
		} else {
			out = append(out, word)
		}
	}
	return out
}

// common says whether a word carries no meaning of its own.
func (l *Lexicon) common(word string) bool {
	word = SameLetters(word)
	if l.stop[word] {
		return true
	}
	if _, rest, ok := l.elision(word); ok {
		return l.stop[rest]
	}
	if len(l.prefixes) > 0 {
		rest, ok := strings.CutPrefix(word, "و")
		return ok && l.stop[rest]
	}
	return false
}

// Asks says whether a word of a question only asks about a conversation ("What did the group decide about parking?") and says
// nothing of what is looked for in it.
func (l *Lexicon) Asks(t Term) bool { return l.asking[t.Stem] }

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
		if article, _, ok := l.elision(word); ok && l.stop[article] {
			n++
		}
		if l.common(word) {
			n++
		}
	}
	return n
}
