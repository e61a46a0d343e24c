package facilitation

import (
	"slices"
	"strings"
	"unicode"

	"harmonium/appliance"
	"harmonium/appliance/extract"
)

// Assessment is what the participant's newest words are worth as an answer to what was asked.
type Assessment struct {
	Depth   int  // 0 nothing, 1 a thin answer, 2 a reason or an example, 3 both
	Nothing bool // says that there is nothing to say, or not to know
	Bare    bool // only yes, no or the like
	Skip    bool // wants to leave the question out
	Lost    bool // has not understood the question
	Stop    bool // wants to end the conversation
	No      bool // with Bare: no

	Hard    bool               // tells of something that is hard to bear, or of danger
	Abuse   bool               // insults the facilitator
	Ask     Ask                // asks the facilitator something
	Foreign appliance.Language // the language in which it is clearly written, when that is not the conversation's
	Off     bool               // speaks of something else; only a model tells

	Picked bool                  // was given by a control, without words beside it
	Suits  appliance.ControlType // by what a model finds a follow-up easier to answer: a control, InWords, "" where none was asked
}

// Sizes of answers in words (appliance.Words). People who give a reason or an example mostly need twenty words and
// more for it; a marker word in a shorter answer is enough to take it for one.
const (
	marked = 6  // with a marker: depth 2
	long   = 25 // without one: depth 2
	both   = 12 // with both markers: depth 3
	full   = 60 // with one: depth 3
	aside  = 8  // a wish said beside fewer words than this is the whole message
	little = 5  // the same for not understanding: "I don't understand why …" is an answer
)

// Assess judges an answer by rules: its length, words that show a reason or an example, and phrases by which people
// say that they have nothing to say, do not understand, or want to skip or stop, ask back or insult. Phrases count only
// where they are a clause of their own, so that "I want to stop smoking" ends nothing; but those that tell of danger
// count anywhere. It takes any text and never fails.
func Assess(language appliance.Language, text string) Assessment {
	a := assess(phrasesOf(language).rules, language, text)
	a.Hard = tellsOfDanger(text)
	if a.Depth > 0 {
		a.Foreign = foreignTo(language, text)
	}
	return a
}

func assess(r *rules, language appliance.Language, text string) Assessment {
	if appliance.Words(text) == 0 {
		return Assessment{Lost: strings.ContainsFunc(text, extract.IsQuestionMark)}
	}
	clauses := r.clauses(text)
	if len(clauses) == 0 {
		return Assessment{Depth: 1}
	}
	whole := strings.Join(clauses, " ")

	// What is left when every clause that is only a phrase is taken away is what the answer says.
	var found [kinds]bool
	rest := 0
	for _, c := range clauses {
		if k := r.kindOf(c, whole); k != plain {
			found[k] = true
		} else {
			rest += appliance.Words(c)
		}
	}
	if k := r.kindOf(whole, whole); k != plain {
		found, rest = [kinds]bool{}, 0
		found[k] = true
	}
	a := Assessment{Stop: found[stop] && (rest < aside || r.kindOf(clauses[len(clauses)-1], whole) == stop)}
	ask := r.asks(text, clauses, found)
	if rest < aside {
		switch {
		case ask != AskNothing && ask != AskOther:
			a.Ask = ask
			return a
		case found[lost] && rest < little, extract.EndsInQuestion(text) && r.startsLost(whole):
			a.Lost = true
			return a
		case found[skip]:
			a.Skip = true
			return a
		case ask != AskNothing:
			a.Ask = ask
			return a
		}
		a.Abuse = found[abuse]
	} else if extract.EndsInQuestion(text) && r.kindOf(clauses[len(clauses)-1], whole) >= asksWho {
		a.Ask = ask // at the end of an answer
	}
	switch {
	case a.Stop && rest < aside:
	case rest > 0:
		a.Depth = depth(rest, extract.For(language).Marks(text))
	case found[nothing]:
		a.Nothing = true
	case found[yesNo]:
		a.Depth, a.Bare, a.No = 1, true, r.refuses(clauses)
	}
	return a
}

// Says tells whether a message, judged by the same rules, says something about what was asked: whether it is more than
// a wish to skip or stop, a question back, or that there is nothing to say.
func Says(language appliance.Language, text string) bool {
	return Assess(language, text).Depth > 0
}

func depth(words int, m extract.Marks) int {
	switch {
	case m.Reason && m.Example && words >= both, (m.Reason || m.Example) && words >= full:
		return 3
	case (m.Reason || m.Example) && words >= marked, words >= long:
		return 2
	}
	return 1
}

// ruleStrings are the phrases of one language as they stand in its file: lower case, straight apostrophes, no other
// punctuation.
type ruleStrings struct {
	Filler    []string `json:"filler"`     // said around anything; taken away before comparing
	StopWhole []string `json:"stop_whole"` // wants to stop, when it is the whole message
	Stop      []string `json:"stop"`
	Skip      []string `json:"skip"`
	Lost      []string `json:"lost"`
	LostStart []string `json:"lost_start"` // how a short question about the question begins
	Nothing   []string `json:"nothing"`
	About     []string `json:"nothing_about"` // may stand behind one of Nothing
	YesNo     []string `json:"yes_no"`
	No        []string `json:"no"`  // those of YesNo that refuse
	Own       []string `json:"own"` // words that mean something here, though they are a phrase in another language

	Abuse       []string `json:"abuse"`        // said to the facilitator
	Hard        []string `json:"hard"`         // tells of danger or of what is hard to bear, wherever it stands
	AsksWho     []string `json:"asks_who"`     // see Ask
	AsksWords   []string `json:"asks_words"`   //
	AsksLong    []string `json:"asks_long"`    //
	AsksMachine []string `json:"asks_machine"` //
	AsksStart   []string `json:"asks_start"`   // how a short question to the facilitator begins
}

// kind is what a clause means.
type kind int

const (
	plain kind = iota
	stop
	skip
	lost
	nothing
	yesNo
	abuse
	asksWho
	asksWords
	asksLong
	asksMachine
	kinds
)

type rules struct {
	filler     [][]string
	single     map[string]bool // the fillers of one word
	meaning    map[string]kind
	wholeOnly  map[string]bool // means it only as the whole message
	lostStart  []string
	about      []string // with a space before them
	asksStart  []string
	no, own    map[string]bool
	hard       []string // with a space at both ends
	askPhrases []askPhrase
	others     []*rules // of the other languages: people say "skip" in a German conversation too
}

// ambiguous are the kinds of which a single word, such as "next" or "what", is too common in other answers.
var ambiguous = map[kind]bool{stop: true, skip: true, lost: true, abuse: true}

func compileRules(s ruleStrings) *rules {
	r := &rules{meaning: make(map[string]kind), wholeOnly: make(map[string]bool),
		single: make(map[string]bool), lostStart: sameLetters(s.LostStart), asksStart: sameLetters(s.AsksStart), no: setOf(s.No), own: setOf(s.Own),
		hard: padAll(s.Hard), askPhrases: askPhrases(s)}
	for _, tail := range s.About {
		r.about = append(r.about, " "+extract.SameLetters(tail))
	}
	for _, f := range s.Filler {
		f = extract.SameLetters(f)
		words := strings.Fields(f)
		r.filler = append(r.filler, words)
		if len(words) == 1 {
			r.single[f] = true
		}
	}
	for _, list := range []struct {
		kind    kind
		phrases []string
	}{{yesNo, s.YesNo}, {nothing, s.Nothing}, {lost, s.Lost}, {skip, s.Skip}, {abuse, s.Abuse}, {asksWho, s.AsksWho},
		{asksWords, s.AsksWords}, {asksLong, s.AsksLong}, {asksMachine, s.AsksMachine}, {stop, s.Stop}, {stop, s.StopWhole}} {
		for _, p := range list.phrases {
			p = extract.SameLetters(p)
			r.meaning[p] = list.kind
			if ambiguous[list.kind] && !strings.Contains(p, " ") {
				r.wholeOnly[p] = true
			}
		}
	}
	for _, p := range s.StopWhole {
		r.wholeOnly[extract.SameLetters(p)] = true
	}
	return r
}

func sameLetters(phrases []string) []string {
	out := make([]string, len(phrases))
	for i, p := range phrases {
		out[i] = extract.SameLetters(p)
	}
	return out
}

// kindOf gives the meaning of a clause of the message whole. What is no phrase of this language may be one of another;
// a single word of another language must be the whole message.
func (r *rules) kindOf(clause, whole string) kind {
	if r.nothingAbout(clause) {
		return nothing
	}
	if k := r.meaning[clause]; k != plain {
		if r.wholeOnly[clause] && clause != whole {
			return plain
		}
		return k
	}
	if clause == whole || strings.Contains(clause, " ") {
		for _, other := range r.others {
			if k := r.foreign(other, clause); k != plain && (clause == whole || !other.wholeOnly[clause]) {
				return k
			}
		}
	}
	return plain
}

// nothingAbout says whether a clause says that there is nothing, and about what: "nothing to add to that".
func (r *rules) nothingAbout(clause string) bool {
	return slices.ContainsFunc(r.about, func(tail string) bool {
		head, ok := strings.CutSuffix(clause, tail)
		return ok && r.meaning[head] == nothing
	})
}

// foreign gives what a clause means by the rules of another language. Yes and no and what goes with them are left to
// the conversation's own language: too many of those words mean something else in it ("bad", "not", "gut").
func (r *rules) foreign(other *rules, clause string) kind {
	if k := other.meaning[clause]; k != yesNo && !r.own[clause] {
		return k
	}
	return plain
}

func (r *rules) startsLost(whole string) bool {
	return startsWithOne(r.lostStart, whole) ||
		slices.ContainsFunc(r.others, func(other *rules) bool { return startsWithOne(other.lostStart, whole) })
}

func startsWithOne(starts []string, whole string) bool {
	return slices.ContainsFunc(starts, func(start string) bool { return strings.HasPrefix(whole, start+" ") })
}

// clauses splits a text at punctuation and line breaks, brings each piece to the form of the rules and drops fillers
// from its ends. Pieces of which nothing is left are left out, unless that is all of them.
func (r *rules) clauses(text string) []string {
	var out, fillers []string
	text = extract.SameLetters(text)
	for _, piece := range strings.FieldsFunc(text, endsClause) {
		words := extract.Words(piece)
		if len(words) == 0 {
			continue
		}
		if kept := r.strip(words); len(kept) > 0 {
			out = append(out, strings.Join(kept, " "))
		} else {
			fillers = append(fillers, strings.Join(words, " "))
		}
	}
	if len(out) == 0 {
		return fillers
	}
	return out
}

func endsClause(r rune) bool {
	switch r {
	case '\'', '-', '‐', '‑', '/', '*', '_', '@', '#', '&', '%', '"', '“', '”', '„', '«', '»':
		return false
	}
	return r == '\n' || r == '\r' || unicode.IsPunct(r)
}

// longest is the number of words above which a clause is no phrase of the rules. It keeps long messages cheap.
const longest = 12

// strip brings a clause to the form in which the rules know it, or those of another language.
func (r *rules) strip(words []string) []string {
	own := r.stripOwn(words)
	if len(own) == 0 || r.meaning[strings.Join(own, " ")] != plain {
		return own
	}
	for _, other := range r.others {
		if theirs := other.stripOwn(words); len(theirs) <= longest && r.foreign(other, strings.Join(theirs, " ")) != plain {
			return theirs
		}
	}
	return own
}

// stripOwn takes fillers from the beginning, then from the end, until a phrase of the rules or no filler is left. Where
// that finds no phrase, it tries once more without the single fillers in the middle ("ich muss leider los").
func (r *rules) stripOwn(words []string) []string {
	known := func(w []string) bool { return len(w) <= longest && r.meaning[strings.Join(w, " ")] != plain }
	for again := true; again && !known(words); {
		again = false
		for _, f := range r.filler {
			if n := len(f); n <= len(words) && slices.Equal(words[:n], f) {
				words, again = words[n:], true
				break
			}
		}
	}
	for again := true; again && !known(words); {
		again = false
		for _, f := range r.filler {
			if n := len(words) - len(f); n >= 0 && slices.Equal(words[n:], f) {
				words, again = words[:n], true
				break
			}
		}
	}
	if known(words) || len(words) > aside {
		return words
	}
	if bare := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return r.single[w] }); known(bare) {
		return bare
	}
	return words
}
