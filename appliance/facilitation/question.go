package facilitation

import (
	"embed"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"harmonium/appliance"
	"harmonium/appliance/extract"
)

// Utterance is a turn of the facilitator that asks a question, with what it has to fit to.
type Utterance struct {
	Text     string
	Language appliance.Language
	Move     appliance.Move // MoveAsk or MoveProbe
	Must     string         // with MoveAsk: the question of the guide that has to be asked
	Earlier  []string       // the facilitator's earlier turns of the conversation

	hidden func(run string) bool // of the guide: see Plan.hides; nil for nothing
}

// Broken is a rule of questions that an utterance breaks.
type Broken string

// The rules of questions.
const (
	BrokenMark     Broken = "mark"     // exactly one question mark of the language, and it ends the text
	BrokenLong     Broken = "long"     // at most 40 words
	BrokenClosed   Broken = "closed"   // a follow-up is a question that yes or no does not answer
	BrokenPraise   Broken = "praise"   // no praise, no agreement
	BrokenOptions  Broken = "options"  // no answers offered to choose from
	BrokenRepeated Broken = "repeated" // no question that was asked before
	BrokenLanguage Broken = "language" // the language of the conversation
	BrokenMarkup   Broken = "markup"   // plain text: no lists, labels, role marks, links, code, quotation marks around it
	BrokenEcho     Broken = "echo"     // nothing of what the model was told about its work
	BrokenGuide    Broken = "guide"    // nothing of what is to be learnt, and no question of a later topic
	BrokenMust     Broken = "must"     // with MoveAsk: the words that carry the meaning of the guide's question
)

// Figures of the rules.
const (
	maxWords     = 40
	maxUtterance = 600 // characters
	echoWords    = 5   // so many words of the prompt in a row are an echo
	sameWords    = 0.8 // two questions that share this part of their words are the same
	mustTerms    = 0.6 // of the terms of the guide's question have to be there
	fewWords     = 4   // from fewer no language can be told
	someWords    = 6   // so many without any word that is common in the language are not of it
)

// CheckQuestion gives the rules that an utterance breaks, in the order of their list; none when it may be spoken.
func CheckQuestion(u Utterance) []Broken {
	if len(u.Text) > utf8.UTFMax*maxUtterance {
		return []Broken{BrokenLong} // and not worth reading
	}
	return newChecker(u).check(u.Text, true)
}

// CheckTurns gives, for each turn of a conversation in which a model asked, the rules that it breaks, by the number of
// the turn; nothing for turns that break none.
func (p *Plan) CheckTurns(turns []appliance.Turn) map[int][]Broken {
	found := make(map[int][]Broken)
	var earlier []string
	for _, t := range turns {
		if t.Role != appliance.FromFacilitator {
			continue
		}
		if asks := t.Move == appliance.MoveAsk || t.Move == appliance.MoveProbe; asks && t.Maker.By != appliance.MadeByRules {
			if broken := CheckQuestion(p.utterance(t.Content, t.Move, t.TopicID, earlier)); len(broken) > 0 {
				found[t.Seq] = broken
			}
		}
		earlier = append(earlier, t.Content)
	}
	return found
}

// utterance puts a turn beside what it has to fit to.
func (p *Plan) utterance(text string, move appliance.Move, topic appliance.TopicID, earlier []string) Utterance {
	u := Utterance{Text: text, Language: p.language, Move: move, Earlier: earlier, hidden: p.hides(topic)}
	if i := p.index(topic); move == appliance.MoveAsk && i >= 0 && !p.translated() {
		u.Must = p.topics[i].question
	}
	return u
}

// questionStrings are the words of one language by which the rules of questions go.
type questionStrings struct {
	Closed  []string `json:"closed"`  // with which questions begin that yes or no answers
	Lead    []string `json:"lead"`    // may stand before the first word that counts
	Open    []string `json:"open"`    // one of which an open question has
	Tags    []string `json:"tags"`    // after a comma they make a statement a question that yes or no answers
	Praise  []string `json:"praise"`  // praises or agrees
	Options []string `json:"options"` // offers answers to choose from
	Meta    []string `json:"meta"`    // speaks of what the model was told
	Roles   []string `json:"roles"`   // with a colon after them they are labels
}

// questionRules are those words, ready to be looked up.
type questionRules struct {
	closed, lead, open, roles map[string]bool
	tags                      map[string]bool
	praise, options, meta     []string        // with a space at both ends
	reach                     int             // so many words before a word can belong to a phrase that it ends
	held                      map[string]bool // every beginning of a word of closed and praise: see mayGrow
}

func compileQuestions(s questionStrings) *questionRules {
	r := &questionRules{closed: setOf(s.Closed), lead: setOf(s.Lead), open: setOf(s.Open), roles: setOf(s.Roles), tags: setOf(s.Tags),
		praise: padAll(s.Praise), options: padAll(s.Options), meta: padAll(s.Meta), reach: echoWords - 1, held: make(map[string]bool)}
	for _, list := range [][]string{s.Closed, s.Praise, s.Meta} {
		for _, phrase := range list {
			words := strings.Fields(extract.SameLetters(phrase))
			r.reach = max(r.reach, len(words)-1)
			for _, word := range words {
				for end := range word {
					r.held[word[:end]] = true
				}
				r.held[word] = true
			}
		}
	}
	return r
}

func setOf(list []string) map[string]bool {
	m := make(map[string]bool, len(list))
	for _, w := range list {
		m[extract.SameLetters(w)] = true
	}
	return m
}

func padAll(list []string) []string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = " " + extract.SameLetters(w) + " "
	}
	return out
}

// mayGrow says whether a word that is not whole yet can still become one that a rule forbids.
func (r *questionRules) mayGrow(part string) bool {
	part = folded(part)
	return part != "" && r.held[part]
}

// checker knows an utterance's surroundings and checks texts, also one that is still growing.
type checker struct {
	u       Utterance
	rules   *questionRules
	lexicon *extract.Lexicon
	must    string // the words of u.Must, padded
	growth  growth
}

// growth is how much of a text that still grows was checked, so that nothing is read twice for every word that comes.
type growth struct {
	ended  int      // bytes of sentences that are ended
	before []string // the last words of those
	read   int      // words of before and of what follows that were checked
}

func newChecker(u Utterance) *checker {
	rules := phrasesOf(u.Language).questions
	if !u.Language.Valid() && u.Language.Spoken() {
		rules = &questionRules{roles: rules.roles, reach: rules.reach} // its words are not known
	}
	return &checker{u: u, rules: rules, lexicon: extract.For(u.Language), must: padded(u.Must)}
}

// check gives the rules that text breaks. Of a text that is not whole only those that no further words can mend; it
// must begin with the text of the call before.
func (c *checker) check(text string, whole bool) []Broken {
	g := c.growth
	if whole {
		g = growth{}
	}
	sentences := sentencesOf(text[g.ended:], whole)
	words := slices.Clip(g.before)
	for _, s := range sentences {
		words = append(words, s.words...)
	}
	fresh := words[max(0, min(g.read, len(words))-c.rules.reach):]
	var broken []Broken
	for _, rule := range []struct {
		name   Broken
		breaks bool
	}{
		{BrokenMark, whole && !oneMark(c.u.Language, text)},
		{BrokenLong, appliance.Words(text) > maxWords || utf8.RuneCountInString(text) > maxUtterance},
		{BrokenClosed, c.u.Move == appliance.MoveProbe && c.closed(sentences, whole)},
		{BrokenPraise, c.has(c.rules.praise, side(fresh))},
		{BrokenOptions, whole && c.has(c.rules.options, side(last(sentences).words))},
		{BrokenRepeated, whole && c.repeated(last(sentences).text)},
		{BrokenLanguage, c.foreign(text, sentences, words, whole)},
		{BrokenMarkup, c.markup(text, g.ended, whole)},
		{BrokenEcho, echoes(fresh, func(run string) bool { return promptRuns()[run] }) || c.has(c.rules.meta, side(fresh))},
		{BrokenGuide, c.u.hidden != nil && echoes(fresh, c.u.hidden)},
		{BrokenMust, whole && c.u.Move == appliance.MoveAsk && !c.asksMust(text)},
	} {
		if rule.breaks {
			broken = append(broken, rule.name)
		}
	}
	if !whole {
		c.growth = g.on(sentences, words, c.rules.reach)
	}
	return broken
}

// on is the growth after words were checked: those before and those of sentences.
func (g growth) on(sentences []sentence, words []string, reach int) growth {
	n, end := len(g.before), 0
	for _, s := range sentences[:max(0, len(sentences)-1)] {
		if !endsInMark(s.text) {
			break // a sentence that was cut because it is long goes on
		}
		n, end = n+len(s.words), s.end
	}
	if end == 0 {
		g.read = len(words)
		return g
	}
	before := slices.Clone(words[max(0, n-reach):n])
	return growth{ended: g.ended + end, before: before, read: len(before) + len(words) - n}
}

// sentence is one of a text; ended says that it cannot grow any more.
type sentence struct {
	text  string
	end   int // in the text
	ended bool
	words []string // folded, without one that may still grow
}

func sentencesOf(text string, whole bool) []sentence {
	spans := extract.Sentences(text)
	out := make([]sentence, len(spans))
	for i, s := range spans {
		out[i] = sentence{text: s.In(text), end: s.End, ended: whole || i < len(spans)-1}
		out[i].words = extract.Words(out[i].text)
		for n, w := range out[i].words {
			out[i].words[n] = folded(w)
		}
	}
	if n := len(out); n > 0 && !whole {
		final := &out[n-1]
		rest := text[final.end:]
		final.ended = rest != "" && strings.TrimSpace(rest) == "" && endsInMark(final.text)
		if len(final.words) > 0 && endsInWord(text) {
			final.words = final.words[:len(final.words)-1]
		}
	}
	return out
}

func endsInMark(text string) bool {
	r, _ := utf8.DecodeLastRuneInString(text)
	return strings.ContainsRune(".!?؟", r)
}

func last(list []sentence) sentence {
	if len(list) == 0 {
		return sentence{}
	}
	return list[len(list)-1]
}

// oneMark says whether text has one question mark, at its end, and one that the language writes.
func oneMark(language appliance.Language, text string) bool {
	marks := language.QuestionMarks()
	n := 0
	for _, r := range text {
		if strings.ContainsRune(marks, r) || extract.IsQuestionMark(r) {
			n++
		}
	}
	r, _ := utf8.DecodeLastRuneInString(text)
	return n == 1 && strings.ContainsRune(marks, r)
}

// closed says whether yes or no would answer: a sentence begins like such a question, the question has no word that
// asks for more, or it ends with "…, right?".
func (c *checker) closed(sentences []sentence, whole bool) bool {
	for _, s := range sentences {
		words := s.words
		for len(words) > 0 && c.rules.lead[words[0]] {
			words = words[1:]
		}
		if len(words) > 0 && c.rules.closed[words[0]] {
			return true
		}
	}
	if !whole || len(c.rules.open) == 0 {
		return false
	}
	question := last(sentences)
	if comma := strings.LastIndexAny(question.text, ",،"); comma >= 0 &&
		c.rules.tags[strings.TrimSpace(padded(question.text[comma:]))] {
		return true
	}
	return !slices.ContainsFunc(question.words, func(w string) bool { return c.rules.open[w] })
}

// has says whether one of phrases stands in words, unless the guide's own question has it too. Both are padded.
func (c *checker) has(phrases []string, words string) bool {
	return slices.ContainsFunc(phrases, func(p string) bool { return strings.Contains(words, p) && !strings.Contains(c.must, p) })
}

func (c *checker) repeated(question string) bool {
	for _, turn := range c.u.Earlier {
		for _, s := range extract.Sentences(turn) {
			if asked := s.In(turn); extract.EndsInQuestion(asked) && c.same(question, asked) {
				return true
			}
		}
	}
	return false
}

// same says whether two questions are one: they share most of their words, and do not differ in what they are about.
func (c *checker) same(a, b string) bool {
	x, y := wordSet(a), wordSet(b)
	both := 0
	for w := range x {
		if y[w] {
			both++
		}
	}
	if both == 0 || float64(both) < sameWords*float64(len(x)+len(y)-both) {
		return false
	}
	return !c.adds(x, y) || !c.adds(y, x)
}

// adds says whether one of words that others lacks has a meaning of its own.
func (c *checker) adds(words, others map[string]bool) bool {
	for w := range words {
		if !others[w] && c.lexicon.Common(w) == 0 {
			return true
		}
	}
	return false
}

func wordSet(text string) map[string]bool {
	set := make(map[string]bool)
	for _, w := range extract.Words(text) {
		set[folded(w)] = true
	}
	return set
}

// foreign goes by the words that are common in a language: a sentence, or the whole, that has more of another
// language's than of its own, or none at all, is not of the conversation's language.
func (c *checker) foreign(text string, sentences []sentence, words []string, whole bool) bool {
	if script, ok := scripts[c.u.Language]; ok && !c.u.Language.Valid() {
		return whole && !mostly(script, text)
	}
	is := func(text string, words []string) bool {
		n, own := appliance.Words(text), c.lexicon.CommonOf(words)
		if n >= someWords && own == 0 {
			return true
		}
		return n >= fewWords && slices.ContainsFunc(appliance.Languages(), func(other appliance.Language) bool {
			return other != c.u.Language.Or(appliance.English) && extract.For(other).CommonOf(words) > own
		})
	}
	return whole && is(text, words) || slices.ContainsFunc(sentences, func(s sentence) bool { return s.ended && is(s.text, s.words) })
}

// scripts are those of languages of which no words are known: a text that is mostly in another one is foreign.
var scripts = map[appliance.Language][]*unicode.RangeTable{
	appliance.Ukrainian: {unicode.Cyrillic}, "bg": {unicode.Cyrillic}, "ru": {unicode.Cyrillic}, "sr": {unicode.Cyrillic, unicode.Latin},
	appliance.Arabic: {unicode.Arabic}, "fa": {unicode.Arabic}, "he": {unicode.Hebrew}, "el": {unicode.Greek},
	"hi": {unicode.Devanagari}, "ja": {unicode.Hiragana, unicode.Katakana, unicode.Han}, "ko": {unicode.Hangul}, "zh": {unicode.Han},
	"cs": {unicode.Latin}, "da": {unicode.Latin}, "fi": {unicode.Latin}, "hr": {unicode.Latin}, "hu": {unicode.Latin}, "it": {unicode.Latin},
	"nb": {unicode.Latin}, "nl": {unicode.Latin}, "pl": {unicode.Latin}, "pt": {unicode.Latin}, "ro": {unicode.Latin}, "sv": {unicode.Latin},
	"tr": {unicode.Latin}, "vi": {unicode.Latin},
}

// mostly says whether at least half of the letters of a text are of a script.
func mostly(script []*unicode.RangeTable, text string) bool {
	letters, own := 0, 0
	for _, r := range text {
		if unicode.IsLetter(r) {
			letters++
			if unicode.In(r, script...) {
				own++
			}
		}
	}
	return own*2 >= letters
}

// marks are characters that plain questions do not have.
const marks = "<>{}[]|*_#\\`~^=@⟦⟧•·\uFFFD"

// markup reads the signs of text from a place on; those before it were read.
func (c *checker) markup(text string, from int, whole bool) bool {
	var p appliance.Problems
	appliance.CheckText(&p, "", text, maxUtterance, whole)
	fresh := text[from:]
	switch {
	case p.Err() != nil, slices.ContainsFunc(strings.Fields(fresh), cipher), strings.ContainsAny(fresh, marks), strings.ContainsAny(fresh, "\n\r\t"),
		strings.Contains(fresh, "://"), strings.Contains(strings.ToLower(fresh), "www."):
		return true
	case whole && (strings.Count(text, `"`)%2 != 0 || quotes(text)%2 != 0):
		return true
	}
	return listed(text) || strings.Contains(fresh, ":") && c.labelled(text)
}

// longestWord is the number of characters above which a word is no word of any language, but something encoded.
const longestWord = 45

func cipher(word string) bool { return utf8.RuneCountInString(word) > longestWord }

func quotes(text string) int {
	n := 0
	for _, r := range text {
		if strings.ContainsRune("“”„«»", r) {
			n++
		}
	}
	return n
}

// listed says whether text begins like an item of a list.
func listed(text string) bool {
	if strings.HasPrefix(text, "- ") || strings.HasPrefix(text, "– ") {
		return true
	}
	rest := strings.TrimLeftFunc(text, unicode.IsDigit)
	return rest != text && (strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, ")"))
}

// labelled says whether text has a label such as "Facilitator:", or begins with any single word and a colon.
func (c *checker) labelled(text string) bool {
	for i, field := range strings.Fields(text) {
		word, _, colon := strings.Cut(field, ":")
		if colon && (i == 0 || c.rules.roles[folded(strings.ToLower(word))]) {
			return true
		}
	}
	return false
}

// asksMust says whether text holds the terms of the guide's question.
func (c *checker) asksMust(text string) bool {
	terms := c.lexicon.Terms(c.u.Must)
	if len(terms) == 0 {
		return true
	}
	have := map[string]bool{}
	for _, t := range c.lexicon.Terms(text) {
		have[t.Stem] = true
	}
	n := 0
	for _, t := range terms {
		if have[t.Stem] {
			n++
		}
	}
	return float64(n) >= mustTerms*float64(len(terms))
}

//go:embed prompts
var promptFiles embed.FS

// promptRuns are all runs of echoWords words in the prompts themselves, without what is filled in.
var promptRuns = sync.OnceValue(func() map[string]bool {
	runs := make(map[string]bool)
	files, err := promptFiles.ReadDir("prompts")
	if err != nil {
		panic(err) // embedded
	}
	for _, words := range brokenWords {
		for run := range runsOf(extract.Words(words)) {
			runs[run] = true
		}
	}
	for _, f := range files {
		data, err := promptFiles.ReadFile("prompts/" + f.Name())
		if err != nil {
			panic(err)
		}
		for _, part := range outsideActions(string(data)) {
			for run := range runsOf(extract.Words(part)) {
				runs[run] = true
			}
		}
	}
	return runs
})

// outsideActions gives the pieces of a template between its actions.
func outsideActions(template string) []string {
	var out []string
	for template != "" {
		before, rest, _ := strings.Cut(template, "{{")
		out = append(out, before)
		_, template, _ = strings.Cut(rest, "}}")
	}
	return out
}

// runsOf gives every run of echoWords words.
func runsOf(words []string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for i := 0; i+echoWords <= len(words); i++ {
			if !yield(folded(strings.Join(words[i:i+echoWords], " "))) {
				return
			}
		}
	}
}

// echoes says whether a run of words, which are folded, is known.
func echoes(words []string, known func(run string) bool) bool {
	var run []byte
	for i := 0; i+echoWords <= len(words); i++ {
		run = run[:0]
		for n, word := range words[i : i+echoWords] {
			if n > 0 {
				run = append(run, ' ')
			}
			run = append(run, word...)
		}
		if known(string(run)) {
			return true
		}
	}
	return false
}

// padded gives the words of text side by side with a space at both ends, so that a phrase is found only as whole words.
func padded(text string) string { return folded(side(extract.Words(text))) }

func side(words []string) string { return " " + strings.Join(words, " ") + " " }

// folded makes every way of writing a word the one by which phrases are compared, and letters small.
func folded(word string) string { return extract.SameLetters(strings.ToLower(word)) }

func endsInWord(text string) bool {
	r, size := utf8.DecodeLastRuneInString(text)
	return size > 0 && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune("'’-‐‑", r))
}
