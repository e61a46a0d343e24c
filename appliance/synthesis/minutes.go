package synthesis

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/store"
)

// Minutes is what one meeting comes to. It is put together by rules out of what was said, and of the claims that were drawn from
// it; everything in it is somebody's words at a place, so that it can be read, and heard, where it was said. Where a model can be
// asked it words a summary too, in sentences that cite such places (see wordMinutes).
type Minutes struct {
	Worded    Worded
	Summary   []MinutedWords // in the order in which it was said
	Decisions []Decision
	Actions   []Action
	Questions []MinutedWords // that nobody has answered: nothing, or another question, or a word or two came after them
	Terms     []KeyTerm      // what was spoken of most
	Gaps      []appliance.Segment
}

// Worded is the summary of a meeting in a model's words: a proposal. Where the model gave nothing of use it has no sentences and
// Failed is set; where none was asked, it has no Maker.
type Worded struct {
	Sentences []WordedSentence
	Maker     appliance.Maker
	Dropped   int // sentences that did not keep to the rules
	Failed    bool
}

// WordedSentence is a sentence with the places on which it rests.
type WordedSentence struct {
	Text string
	Said []Place
}

// MinutedWords is a sentence with the place where it was said.
type MinutedWords struct {
	Span appliance.Span
	Seq  int
}

// KeyTerm is a word that comes up often, with the turn in which it first does.
type KeyTerm struct {
	Term  string // as it was written most often
	Count int
	Seq   int
}

// The bounds of minutes.
const (
	minuteWords    = 120 // of the summary
	maxQuestions   = 20
	maxTerms       = 12
	leastCount     = 2 // times that a term comes up
	shortAnswer    = 3 // words, that answer nothing
	leastQuestion  = 4 // words of a question that stands open
	maxMinuteTurns = 5_000
)

// MinutesOf puts the minutes of a meeting together. Of a very long one the summary is of the first 5,000 turns.
func MinutesOf(m store.MeetingMaterial) Minutes {
	l := extract.For(m.Conversation.Language)
	k := KnowledgeOf(appliance.Guide{}, store.Results{Language: m.Conversation.Language}, m.Claims)
	out := Minutes{Decisions: k.Decisions, Actions: k.Actions, Gaps: m.Gaps}
	var texts []string
	for _, t := range m.Turns[:min(len(m.Turns), maxMinuteTurns)] {
		texts = append(texts, t.Content)
	}
	for _, s := range l.Summary(texts, minuteWords) {
		out.Summary = append(out.Summary, minuted(m.Turns[s.Text], s.Span))
	}
	slices.SortStableFunc(out.Summary, func(a, b MinutedWords) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Span.Start, b.Span.Start))
	})
	out.Worded = wordedOf(m)
	out.Questions = openQuestions(m.Turns)
	out.Terms = keyTerms(l, m.Turns)
	return out
}

func minuted(t appliance.Turn, s extract.Span) MinutedWords {
	return MinutedWords{appliance.Span{TurnID: t.ID, Start: s.Start, End: s.End, Text: s.In(t.Content)}, t.Seq}
}

// openQuestions gives the questions that end a turn and that nobody else answers in the next one.
func openQuestions(turns []appliance.Turn) (list []MinutedWords) {
	for i, t := range turns {
		sentences := extract.Sentences(t.Content)
		if len(sentences) == 0 || len(list) == maxQuestions {
			continue
		}
		last := sentences[len(sentences)-1]
		text := last.In(t.Content)
		if !extract.EndsInQuestion(text) || len(extract.Words(text)) < leastQuestion {
			continue
		}
		if i+1 < len(turns) {
			next := turns[i+1]
			if len(extract.Words(next.Content)) > shortAnswer && !extract.EndsInQuestion(next.Content) {
				continue
			}
		}
		list = append(list, minuted(t, last))
	}
	return list
}

// keyTerms counts what is spoken of, by its stem.
func keyTerms(l *extract.Lexicon, turns []appliance.Turn) []KeyTerm {
	type counted struct {
		KeyTerm
		forms map[string]int
	}
	all := map[string]*counted{}
	for _, t := range turns {
		for _, term := range l.Terms(t.Content) {
			c := all[term.Stem]
			if c == nil {
				c = &counted{KeyTerm{Seq: t.Seq}, map[string]int{}}
				all[term.Stem] = c
			}
			form := term.Form
			if term.First {
				form = term.Word
			}
			c.Count++
			c.forms[form]++
		}
	}
	list := []KeyTerm{}
	for _, c := range all {
		if c.Count < leastCount {
			continue
		}
		forms := slices.Sorted(maps.Keys(c.forms))
		c.Term = slices.MaxFunc(forms, func(a, b string) int { return cmp.Or(cmp.Compare(c.forms[a], c.forms[b]), strings.Compare(b, a)) })
		list = append(list, c.KeyTerm)
	}
	slices.SortFunc(list, func(a, b KeyTerm) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Seq, b.Seq), strings.Compare(a.Term, b.Term))
	})
	return list[:min(len(list), maxTerms)]
}
