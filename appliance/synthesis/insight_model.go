package synthesis

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/prompt"
	"harmonium/appliance/quote"
)

// The bounds of what a model answers to one question about one part of a conversation.
const (
	insightTokens = 700
	maxItemWords  = 15
)

// proposed is an answer of a model, before it is checked.
type proposed struct {
	Answer string `json:"answer"`
	Quote  string `json:"quote"`
	Turn   int    `json:"turn"`
}

// borne is an answer that words bear out.
type borne struct {
	value    string
	number   *float64
	verbatim bool
	turn     appliance.Turn
	span     quote.Span
}

// answerByModel has a model answer a question about a conversation, part by part. An answer stays only where its quotation
// is found, and where it is of the kind that was asked for.
func (sy *Synthesis) answerByModel(ctx context.Context, r respondent, c heard, ask appliance.InsightAsk) (appliance.Insight, error) {
	rd := &reader{language: c.Language, lexicon: extract.For(c.Language), said: c.said}
	p := insightPrompt()
	var all []borne
	refused := 0
	for _, w := range c.parts {
		data := struct {
			Language string
			Most     int
			Lines    []Line
			Ask      appliance.InsightAsk
		}{prompt.Language(c.Language), appliance.MaxInsightItems, w.Lines, ask}
		var got struct {
			Answers []proposed `json:"answers"`
		}
		var found []borne
		var lost int
		_, err := sy.models.Ask(ctx, forAnalyst(string(c.ID), r.choice, p.Render(data), insightTokens), p.Schema, &got, func() error {
			found, lost = rd.borneOut(ask, got.Answers)
			if len(found) == 0 && lost > 0 {
				return errors.New("no answer is borne out by what was said")
			}
			return nil
		})
		refused += lost
		if err != nil && (lost == 0 || away(err)) {
			return appliance.Insight{}, err
		}
		all = append(all, found...)
	}
	i := gather(ask, all)
	i.Discarded, i.Maker = refused, r.maker
	if i.State == appliance.InsightNotSaid && refused > 0 {
		i.State = appliance.InsightUnsupported
	}
	return i, nil
}

// borneOut passes the quotations of proposals through the quote gate, and gives the answers that are of the kind asked for.
func (r *reader) borneOut(ask appliance.InsightAsk, list []proposed) (found []borne, refused int) {
	for _, p := range list[:min(len(list), appliance.MaxInsightItems)] {
		sources := r.sources(p.Turn)
		span, ok := quote.Locate(strings.TrimSpace(p.Quote), sources)
		if !ok {
			refused++
			continue
		}
		at := slices.IndexFunc(r.said, func(t appliance.Turn) bool { return string(t.ID) == sources[span.Source].ID })
		b := borne{turn: r.said[at], span: span}
		if b.value, b.number, ok = r.value(ask, p.Answer, b); !ok {
			refused++
			continue
		}
		b.verbatim = !ask.Kind.ByRules() && quote.Verbatim(b.value, b.turn.Content)
		found = append(found, b)
	}
	return found, refused
}

// value reads what a model answers as the kind that was asked for.
func (r *reader) value(ask appliance.InsightAsk, answer string, b borne) (value string, number *float64, ok bool) {
	answer = strings.TrimSpace(answer)
	words := b.turn.Content[b.span.Start:b.span.End]
	switch ask.Kind {
	case appliance.InsightYesNo:
		value = strings.ToLower(strings.Trim(answer, ".!"))
		return value, nil, value == appliance.InsightYes || value == appliance.InsightNo
	case appliance.InsightCategory:
		i := slices.IndexFunc(ask.Options, func(o string) bool { return quote.Normalise(o) == quote.Normalise(answer) })
		if i < 0 {
			return "", nil, false
		}
		return ask.Options[i], nil, true
	case appliance.InsightNumber:
		n, err := strconv.ParseFloat(answer, 64)
		stands := extract.Numbers(r.language, words)
		said := len(stands) == 0 || slices.ContainsFunc(stands, func(s extract.Number) bool { return s.Value == n })
		return strconv.FormatFloat(n, 'f', -1, 64), &n, err == nil && ask.Allows(n) && said
	case appliance.InsightList:
		var p appliance.Problems
		appliance.CheckLine(&p, "", answer, appliance.MaxInsightText, true)
		parts, _ := quotedParts(answer)
		fits := len(p) == 0 && len(parts) == 0 && plain(answer) && appliance.Words(answer) <= maxItemWords
		return answer, nil, fits && r.shares(answer, b.turn.Content)
	}
	value, ok = r.worded(answer, words, b.turn.Content)
	return value, nil, ok && len(value) <= appliance.MaxInsightText
}

// gather makes one answer of those to the parts of a conversation: what was said last holds where only one answer can be
// true; sentences stand together; things of a list are named once.
func gather(ask appliance.InsightAsk, all []borne) appliance.Insight {
	if len(all) == 0 {
		return appliance.Insight{State: appliance.InsightNotSaid}
	}
	i := appliance.Insight{State: appliance.InsightSaid}
	if ask.Kind.ByRules() {
		last := all[len(all)-1]
		i.Value, i.Number = []string{last.value}, last.number
		all = slices.DeleteFunc(slices.Clone(all), func(b borne) bool { return b.value != last.value })
	}
	for _, b := range all {
		at := slices.IndexFunc(i.Value, func(v string) bool { return quote.Normalise(v) == quote.Normalise(b.value) })
		if at < 0 {
			if len(i.Value) == appliance.MaxInsightItems || len(strings.Join(i.Value, " "))+len(b.value) >= appliance.MaxInsightText {
				continue
			}
			at, i.Value = len(i.Value), append(i.Value, b.value)
		}
		i.Verbatim = i.Verbatim || b.verbatim
		if ask.Kind != appliance.InsightList {
			at = 0
		}
		if e := placed(b.turn, b.span, at); !slices.ContainsFunc(i.Evidence, func(have appliance.InsightEvidence) bool {
			return have.Span == e.Span && have.Item == e.Item
		}) {
			i.Evidence = append(i.Evidence, e)
		}
	}
	if ask.Kind == appliance.InsightText {
		i.Value = []string{strings.Join(i.Value, " ")}
	}
	return i
}
