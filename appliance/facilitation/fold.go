package facilitation

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/inference"
	"harmonium/appliance/prompt"
	"harmonium/appliance/quote"
)

// history is a conversation as prompts tell it: facts in the place of its first turns, then the others as they were
// said.
type history struct {
	turns  []appliance.Turn // all of them
	facts  []appliance.Fact // of the first folded turns
	folded int
	room   int // bytes of a prompt
}

// Limits of what is kept of turns that do not fit into a prompt, in bytes.
const (
	maxFact     = 200   // of one fact
	factEach    = 400   // a message gives a fact for each so many bytes of it
	maxAsked    = 1_500 // of an instruction, which is not known yet when a conversation is folded
	factsShare  = 0.45  // of the room beside the system message: so much is for facts
	turnsShare  = 0.35  // the same, that turns may have right after folding: what comes then fits for a while
	maxFactText = 160   // characters that a model may make of one place
)

// FoldVersion names the rules by which facts are picked.
const FoldVersion = "fold-1"

// history reads a conversation and folds what does not fit into room bytes.
func (a *attendance) history(n *thought, room int) (h history, err error) {
	id := n.th.Conversation.ID
	h.room = room
	if h.turns, err = a.Store.Turns(a.k.ctx, id); err != nil {
		return h, err
	}
	if h.facts, h.folded, err = a.Store.Facts(a.k.ctx, id); err != nil {
		return h, err
	}
	upto := n.plan.foldTo(h)
	if upto == h.folded {
		return h, nil
	}
	fresh := n.plan.facts(h.turns[h.folded:upto])
	from := h.folded
	if _, err := a.Store.Fold(a.k.ctx, id, from, upto, fresh); err != nil {
		return h, err
	}
	a.Log.Info("the beginning of a long conversation is kept for the model as facts", "conversation", string(id),
		"turns", upto, "facts", len(h.facts)+len(fresh))
	h.facts, h.folded = append(h.facts, fresh...), upto
	a.foldLater(n, h.turns[from:upto])
	return h, nil
}

// spare is how much of a prompt is for the conversation.
func (p *Plan) spare(room int) int { return max(0, room-len(p.system())-maxAsked-2*perMessage) }

// foldTo gives how many turns have to be kept as facts, so that the rest fits. What the participant has said since the
// facilitator's last turn stands in the prompt as far as it fits, and the last of it always.
func (p *Plan) foldTo(h history) int {
	room := p.spare(h.room)
	size := func(turns []appliance.Turn) (total int) {
		for _, t := range turns {
			total += len(said(t)) + perMessage
		}
		return total
	}
	facts := min(factsSize(h.facts), int(factsShare*float64(room)))
	if facts+size(h.turns[h.folded:]) <= room {
		return h.folded
	}
	newest := len(h.turns)
	for newest > 0 && h.turns[newest-1].Role == appliance.FromParticipant {
		newest--
	}
	upto, rest := h.folded, size(h.turns[h.folded:])
	most := int(turnsShare * float64(room)) // of what the facilitator has answered; of the rest as much as there is room
	for ; upto < newest && rest > most || upto < len(h.turns)-1 && rest > room-int(factsShare*float64(room)); upto++ {
		rest -= len(said(h.turns[upto])) + perMessage
	}
	return upto
}

// facts picks what is kept of turns by rules: the most telling sentences of each message of the participant, one for
// each factEach bytes, as places in their own words. Every message that says something leaves at least one.
func (p *Plan) facts(turns []appliance.Turn) (list []appliance.Fact) {
	lex := extract.For(p.language)
	for _, t := range ofParticipant(turns) {
		if a := Assess(p.language, t.Content); a.Depth == 0 {
			continue
		}
		sentences := extract.Sentences(t.Content)
		appliance.Sort(sentences, func(x, y extract.Span) int {
			return int(1000 * (telling(lex, y.In(t.Content)) - telling(lex, x.In(t.Content))))
		})
		picked := sentences[:min(len(sentences), 1+len(t.Content)/factEach)]
		appliance.Sort(picked, func(x, y extract.Span) int { return x.Start - y.Start })
		for _, s := range picked {
			list = append(list, appliance.Fact{Seq: t.Seq, Quote: cut(t, s, maxFact),
				Maker: appliance.Maker{By: appliance.MadeByRules, PromptVersion: FoldVersion}})
		}
	}
	return list
}

// telling is the salience of a sentence, and more for one with a number: nothing else says it again.
func telling(lex *extract.Lexicon, sentence string) float64 {
	score := lex.Salience(sentence, nil)
	if strings.ContainsAny(sentence, "0123456789") {
		score += 0.3
	}
	return score
}

// cut is the place of a sentence, ended at a space where it is longer than most bytes.
func cut(t appliance.Turn, s extract.Span, most int) appliance.Span {
	text := s.In(t.Content)
	if len(text) > most {
		if at := strings.LastIndexAny(text[:most], " \t"); at > 0 {
			text = text[:at]
		} else {
			text = strings.ToValidUTF8(text[:most], "")
		}
	}
	return appliance.Span{TurnID: t.ID, Start: s.Start, End: s.Start + len(text), Text: text}
}

// factsSize is how many bytes facts have in a prompt.
func factsSize(facts []appliance.Fact) (total int) {
	for _, f := range facts {
		total += len(factLine(f))
	}
	return total
}

func factLine(f appliance.Fact) string {
	text := f.Text
	if text == "" {
		text = f.Quote.Text
	}
	return fmt.Sprintf("\n[T%d] %s", f.Seq, prompt.Fence(text))
}

// factsIntro stands before the facts, factsMore behind them where not all have room.
const (
	factsIntro = "(The first %d turns of the interview are kept here as what the person said in them, with the numbers of the turns.)"
	factsMore  = "\n(%d more such facts have no room here.)"
)

// factsText is the message that takes the place of the folded turns, in at most room bytes: first and last of the facts,
// and the most telling between them.
func (p *Plan) factsText(h history, room int) string {
	kept := h.facts
	if factsSize(kept) > room {
		kept = p.mostTelling(kept, room)
	}
	var b strings.Builder
	fmt.Fprintf(&b, factsIntro, h.folded)
	for _, f := range kept {
		b.WriteString(factLine(f))
	}
	if more := len(h.facts) - len(kept); more > 0 {
		fmt.Fprintf(&b, factsMore, more)
	}
	return b.String()
}

// atEnds is how many facts at each end are always among those in a prompt.
const atEnds = 3

func (p *Plan) mostTelling(facts []appliance.Fact, room int) (kept []appliance.Fact) {
	lex := extract.For(p.language)
	order := make([]int, len(facts))
	for i := range order {
		order[i] = i
	}
	ends := func(i int) bool { return i < atEnds || i >= len(facts)-atEnds }
	appliance.Sort(order, func(x, y int) int {
		if ends(x) != ends(y) {
			if ends(x) {
				return -1
			}
			return 1
		}
		return int(1000 * (telling(lex, facts[y].Quote.Text) - telling(lex, facts[x].Quote.Text)))
	})
	var take []int
	for _, i := range order {
		if room -= len(factLine(facts[i])); room < 0 {
			break
		}
		take = append(take, i)
	}
	slices.Sort(take)
	for _, i := range take {
		kept = append(kept, facts[i])
	}
	return kept
}

// madeFacts is a model's answer by prompts/facts.schema.json.
type madeFacts struct {
	Facts []struct {
		Turn  int    `json:"t"`
		Quote string `json:"q"`
		Fact  string `json:"f"`
	} `json:"facts"`
}

const maxMade = 800 // tokens that a model may write facts with

// foldLater has a model word the facts of turns when it has time. What it gives stands only over words that are found
// in its turn; where it gives nothing of use, or the server ends before, the facts that rules have picked stay.
func (a *attendance) foldLater(n *thought, turns []appliance.Turn) {
	e, id, lex := a.Engine, n.th.Conversation.ID, n.plan.language
	var text strings.Builder
	for _, t := range turns {
		who := "Facilitator"
		if t.Role == appliance.FromParticipant {
			who = "Person"
		}
		fmt.Fprintf(&text, "[T%d] %s: %s\n", t.Seq, who, prompt.Fence(t.Content))
	}
	made := allPrompts().facts
	content := made.Render(map[string]any{"Turns": text.String(), "Language": prompt.Language(lex),
		"Schema": made.Schema.Text()})
	r := inference.Request{Role: appliance.ModelFacilitator, Lane: inference.Background, Owner: string(id), MaxTokens: maxMade,
		Messages: []inference.Message{{Role: "user", Content: content}}}
	from, upto := turns[0].Seq, turns[len(turns)-1].Seq+1
	e.later(func(ctx context.Context) {
		choice, err := e.Store.ModelChoice(ctx, n.th.Conversation.SessionID)
		if err != nil {
			return
		}
		r.Choice = choice
		var got madeFacts
		answer, err := e.Models.Ask(ctx, r, made.Schema, &got, nil)
		if err != nil {
			return
		}
		facts := locatedFacts(got, turns, answer.Model.Maker(made.Version()))
		if len(facts) == 0 || len(facts) < len(ofParticipant(turns))/2 {
			e.Log.Info("the facts that the model made were not used", "conversation", string(id), "model", answer.Model.Name)
			return
		}
		if _, err := e.Store.Fold(ctx, id, from, upto, facts); err != nil && ctx.Err() == nil {
			e.Log.Warn("the facts that a model made were not stored; those by rules stand", "conversation", string(id), "err", err)
		}
	})
}

// locatedFacts keeps those of a model's facts whose words stand in the turn that it names, and which are one plain line.
func locatedFacts(got madeFacts, turns []appliance.Turn, maker appliance.Maker) (list []appliance.Fact) {
	for _, f := range got.Facts {
		i := slices.IndexFunc(turns, func(t appliance.Turn) bool { return t.Seq == f.Turn && t.Role == appliance.FromParticipant })
		var p appliance.Problems
		appliance.CheckLine(&p, "", f.Fact, maxFactText, true)
		if i < 0 || p.Err() != nil {
			continue
		}
		at, found := quote.Locate(strings.TrimSpace(f.Quote), []quote.Source{{ID: string(turns[i].ID), Text: turns[i].Content}})
		fact := appliance.Fact{Seq: f.Turn, Quote: appliance.Span{TurnID: turns[i].ID, Start: at.Start, End: at.End}, Text: f.Fact, Maker: maker}
		same := func(other appliance.Fact) bool { return other.Seq == fact.Seq && other.Quote.Start == at.Start }
		if found && !slices.ContainsFunc(list, same) {
			list = append(list, fact)
		}
	}
	return list
}
