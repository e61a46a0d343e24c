package companion

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/quote"
	"harmonium/appliance/synthesis"
)

// checker lets through what may be shown of a model's answer. shown are the turns that the model was given, in the order
// of their numbers, which begin with 1.
type checker struct {
	language appliance.Language
	shown    []appliance.Turn
	told     []string // sentences that passed, normalised
	refused  int
}

// maxCited bounds the turns that one sentence rests on. One that names more is refused: it is kept with all of them, so that it
// goes when one of them does, and nobody looks up so many.
const maxCited = 8

// groundedPart is the part of a sentence's words that must stand in the turns that it cites, one in so many: whoever tells
// what was said in other words keeps at least so much of it, and whoever invents mostly does not.
const groundedPart = 3

// pass gives a sentence as it may be shown: it rests on turns that the model was given, each of which shares a word with
// it that carries meaning, and all together a third of them; figures in it stand in one of them; what is in quotation
// marks is words of theirs, and becomes exactly those; it counts no people; and it was not said before.
func (c *checker) pass(s sentence) (appliance.AnswerPart, bool) {
	part, ok := c.check(s)
	if !ok {
		c.refused++
		return part, false
	}
	c.told = append(c.told, quote.Normalise(part.Text))
	return part, true
}

func (c *checker) check(s sentence) (part appliance.AnswerPart, ok bool) {
	text := strings.TrimSpace(s.Text)
	cited, ok := c.cited(text, s.Turns)
	if !ok || !synthesis.Stands(c.language, text) || slices.Contains(c.told, quote.Normalise(text)) {
		return part, false
	}
	places, ok := synthesis.BetweenMarks(text)
	if !ok {
		return part, false
	}
	spans := map[appliance.TurnID]extract.Span{}
	for _, p := range slices.Backward(places) {
		found, ok := locate(p.In(text), cited)
		if !ok {
			return part, false
		}
		turn := cited[found.Source]
		spans[turn.ID] = extract.Span{Start: found.Start, End: found.End}
		text = text[:p.Start] + turn.Content[found.Start:found.End] + text[p.End:]
	}
	// Words that hold marks or line breaks of their own would read otherwise than they were said.
	if len(places) > 0 && (!synthesis.Stands(c.language, text) || !quotesStand(text, cited)) || !figuresStand(text, cited) {
		return part, false
	}
	part = appliance.AnswerPart{Kind: appliance.PartSentence, Text: text}
	for _, t := range cited {
		span, quoted := spans[t.ID]
		if !quoted {
			span = bestSpan(c.language, t.Content, text)
		}
		part.Citations = append(part.Citations, citation(t, span))
	}
	return part, true
}

// cited gives the turns that a sentence cites and shares a word with; false when it cites what the model was not given, or too many.
func (c *checker) cited(text string, numbers []int) (list []appliance.Turn, ok bool) {
	for _, n := range numbers {
		if n < 1 || n > len(c.shown) {
			return nil, false
		}
		t := c.shown[n-1]
		if shared(c.language, text, t.Content) > 0 && !slices.ContainsFunc(list, func(o appliance.Turn) bool { return o.ID == t.ID }) {
			list = append(list, t)
		}
	}
	if len(list) > maxCited {
		return nil, false
	}
	var all strings.Builder
	for _, t := range list {
		all.WriteString(t.Content + "\n")
	}
	return list, len(list) > 0 && groundedPart*shared(c.language, text, all.String()) >= distinct(c.language, text)
}

// distinct counts the words of a text that carry meaning, each once.
func distinct(language appliance.Language, text string) int { return shared(language, text, text) }

func locate(quotation string, cited []appliance.Turn) (quote.Span, bool) {
	sources := make([]quote.Source, len(cited))
	for i, t := range cited {
		sources[i] = quote.Source{ID: string(t.ID), Text: t.Content}
	}
	return quote.Locate(quotation, sources)
}

// shared counts the words that carry meaning which two texts have in common.
func shared(language appliance.Language, a, b string) (n int) {
	l := extract.For(language)
	theirs := map[string]bool{}
	for _, t := range l.Terms(b) {
		theirs[t.Stem] = true
	}
	for _, t := range l.Terms(a) {
		if theirs[t.Stem] {
			n++
			delete(theirs, t.Stem)
		}
	}
	return n
}

// quotesStand says whether everything between quotation marks stands in one of the turns, to the letter.
func quotesStand(text string, cited []appliance.Turn) bool {
	places, ok := synthesis.BetweenMarks(text)
	return ok && !slices.ContainsFunc(places, func(p extract.Span) bool {
		return !slices.ContainsFunc(cited, func(t appliance.Turn) bool { return strings.Contains(t.Content, p.In(text)) })
	})
}

var figures = regexp.MustCompile(`\p{Nd}+`)

// figuresStand says whether every figure of a text stands in one of the turns that it cites.
func figuresStand(text string, cited []appliance.Turn) bool {
	for _, figure := range figures.FindAllString(text, -1) {
		if !slices.ContainsFunc(cited, func(t appliance.Turn) bool {
			return slices.Contains(figures.FindAllString(t.Content, -1), figure)
		}) {
			return false
		}
	}
	return true
}

// longPassage is how many bytes of a turn a citation shows at most, unless a single sentence is longer.
const longPassage = 500

// bestSpan gives the part of a turn that has most words in common with a text: the whole of a short one.
func bestSpan(language appliance.Language, content, text string) extract.Span {
	whole := trimmed(content)
	if whole.End-whole.Start <= longPassage/2 {
		return whole
	}
	best, most := whole, 0
	for _, s := range extract.For(language).Passages(content) {
		if n := shared(language, text, s.In(content)); n > most {
			best, most = s, n
		}
	}
	if best.End-best.Start > longPassage {
		end := best.Start + longPassage
		for !utf8.RuneStart(content[end]) {
			end--
		}
		if i := strings.LastIndexByte(content[best.Start:end], ' '); i > 0 {
			end = best.Start + i
		}
		best.End = end
	}
	return best
}

func trimmed(content string) extract.Span {
	start := len(content) - len(strings.TrimLeft(content, " \n\t"))
	return extract.Span{Start: start, End: max(start, len(strings.TrimRight(content, " \n\t")))}
}

func citation(t appliance.Turn, s extract.Span) appliance.Citation {
	return appliance.Citation{Span: appliance.Span{TurnID: t.ID, Start: s.Start, End: s.End, Text: s.In(t.Content)}, Seq: t.Seq,
		ConversationID: t.ConversationID, Content: t.Content}
}
