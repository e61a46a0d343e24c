package facilitation

import (
	"hash/fnv"
	"slices"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/quote"
)

// PromptVersion names the rules by which guided mode speaks. It is stored with every turn that they make.
const PromptVersion = "guided-3"

// Speak puts a decision into words by rules: the guide's own questions with a short neutral bridge before them. The
// same conversation, state and decision give the same words. points are those of ReadBack, for MoveReadBack only.
// The text has one question, none in a closing; a read-back is an introduction, one line for each point and the
// question, divided by blank lines.
func (p *Plan) Speak(id appliance.ConversationID, s State, d Decision, points []appliance.Point) string {
	vary := variety(id, s)
	switch d.Move {
	case appliance.MoveReply, appliance.MoveCare, appliance.MoveBoundary, appliance.MoveLanguage:
		return p.asideText(s, d, vary)
	case appliance.MoveIdea:
		text, _ := p.ideaText(d.Idea, vary)
		return text
	case appliance.MoveClose:
		return p.closeText(s, d)
	}
	if d.Ask != AskNothing {
		return p.replyText(s, d.Ask, vary) + "\n\n" + p.guideText(d, points, vary)
	}
	return p.guideText(d, points, vary)
}

// guideText words the moves of the guide.
func (p *Plan) guideText(d Decision, points []appliance.Point, vary int) string {
	ph := p.phrases
	switch d.Move {
	case appliance.MoveOpen:
		return p.guide.Opening + "\n\n" + p.topics[p.index(d.Topic)].question
	case appliance.MoveAsk:
		bridges := map[Why][]string{WhySkipped: ph.AfterSkip, WhyNothing: ph.AfterNothing, WhyCared: ph.AfterCare}[d.Why]
		if bridges == nil {
			bridges = ph.Bridges
		}
		return bridges[vary%len(bridges)] + " " + p.topics[p.index(d.Topic)].question
	case appliance.MoveProbe:
		return p.probeText(d, vary)
	case appliance.MoveMissed:
		if d.Why == WhySilent {
			return ph.NothingToReadBack
		}
		if d.Why == WhyTime {
			return ph.TimeUp + " " + ph.Missed
		}
		return ph.Missed
	}
	return p.readBackText(d, points)
}

func (p *Plan) closeText(s State, d Decision) string {
	ph := p.phrases
	switch d.Why {
	case WhyHard:
		return ph.CareClosing + " " + p.help(s) + "\n\n" + p.guide.Closing
	case WhyAbuse:
		return ph.Insulted + "\n\n" + p.guide.Closing
	case WhyStopped:
		return ph.Stopped + "\n\n" + p.guide.Closing
	case WhyAdded:
		return ph.Noted + "\n\n" + p.guide.Closing
	}
	return p.guide.Closing
}

// probeText words a follow-up. Somebody who has not understood the question of a topic hears it again, with what kind
// of answer is meant: another question would answer nothing. Later, when it may be a follow-up that was not understood,
// the next one is asked and said to be another. Behind a bare yes or no lies a reason, whatever the guide's probes are.
func (p *Plan) probeText(d Decision, vary int) string {
	ph, i := p.phrases, p.index(d.Topic)
	switch {
	case d.Why == WhyLost && d.FollowUp == 0:
		return strings.ReplaceAll(ph.OnceMore[vary%len(ph.OnceMore)], "{question}", p.topics[i].question)
	case d.Control == "" && p.asksBehind(d):
		return p.topics[i].behind
	}
	before := map[Why][]string{WhyLost: ph.AnotherSide, WhyNothing: ph.Easier, WhyOff: ph.Back}[d.Why]
	if before == nil {
		before = ph.Deeper
	}
	space := " "
	if d.Control != "" {
		space = "\n\n" // results show the question alone
	}
	return before[vary%len(before)] + space + p.followUp(d)
}

// asksBehind says whether a follow-up asks what lies behind a bare yes or no, or behind what was picked.
func (p *Plan) asksBehind(d Decision) bool {
	first := d.Why == WhyBare && d.FollowUp == 0 || d.Why == WhyPicked && d.FollowUp == 1
	return first && p.topics[p.index(d.Topic)].behind != ""
}

// followUp is the question of a follow-up without a bridge.
func (p *Plan) followUp(d Decision) string {
	t := p.topics[p.index(d.Topic)]
	switch {
	case d.Control != "":
		return t.controls[d.Control].question
	case d.Why == WhyPicked && p.asksBehind(d):
		return t.behind
	}
	return t.followUps[d.FollowUp]
}

// variety gives a number that differs between conversations and grows by one with every turn of the facilitator, so
// that no bridge is said twice running.
func variety(id appliance.ConversationID, s State) int {
	h := fnv.New32a()
	h.Write([]byte(id))
	asides := s.Facilitation.Asides
	n := int(h.Sum32()%1009) + asides.Replies + asides.Cares + asides.Boundaries + asides.Ideas
	for _, c := range s.Coverage {
		if c.Asked {
			n++
		}
		n += c.FollowUps
	}
	return n
}

func (p *Plan) readBackText(d Decision, points []appliance.Point) string {
	var b strings.Builder
	if d.Why == WhyStopped {
		b.WriteString(p.phrases.ReadBackStopped)
	} else {
		b.WriteString(p.phrases.ReadBack)
	}
	b.WriteString("\n")
	for _, point := range points {
		b.WriteString("\n• ")
		if point.Topic != "" {
			b.WriteString(point.Topic + ": ")
		}
		b.WriteString(p.phrases.quoted(point.Quote.Text))
	}
	b.WriteString("\n\n" + p.phrases.Differently)
	return b.String()
}

// maxPoints is the number of points that a read-back has, as far as enough was said.
const maxPoints = 5

// ReadBack picks what stands out in the turns of one participant, at most five places: the most telling sentence for
// each topic that was answered, and further ones where that gives fewer. Every place has passed the quote
// gate, and none is an answer that says nothing, skips or asks back. Order is that of the guide.
func (p *Plan) ReadBack(turns []appliance.Turn) []appliance.Point {
	var picked []point
	var more []candidate
	for topic, list := range p.sentences(turns) {
		if topic < len(p.guide.Topics) || p.tells(list) {
			best, rest := p.firstPoint(list)
			if best != nil {
				picked = append(picked, *best)
			}
			list = rest
		}
		more = append(more, list...)
	}
	appliance.Sort(picked, func(a, b point) int { return bySalience(a.candidate, b.candidate) })
	picked = picked[:min(len(picked), maxPoints)]
	appliance.Sort(more, bySalience)
	for len(picked) < maxPoints && len(more) > 0 {
		var next *point
		if next, more = p.firstPoint(more); next != nil {
			picked = append(picked, *next)
		}
	}
	appliance.Sort(picked, func(a, b point) int { return a.order - b.order })
	points := make([]appliance.Point, len(picked))
	for i, c := range picked {
		points[i] = c.Point
	}
	return points
}

// tells says whether one of the sentences that belong to no topic is more than a remark: what was missed comes there.
func (p *Plan) tells(list []candidate) bool {
	return slices.ContainsFunc(list, func(c candidate) bool {
		return Assess(p.language, c.sentence.In(c.turn.Content)).Depth > 1
	})
}

type candidate struct {
	turn     appliance.Turn
	sentence extract.Span
	topic    int // in the guide; len(guide.Topics) for none
	salience float64
	order    int // of the topic in the guide, then of the sentence
}

func bySalience(a, b candidate) int {
	switch {
	case a.salience > b.salience:
		return -1
	case a.salience < b.salience:
		return 1
	}
	return 0
}

// sentences gives the sentences of the turns for each topic of the guide and, last, for none, the most telling first.
func (p *Plan) sentences(turns []appliance.Turn) [][]candidate {
	lex := extract.For(p.language)
	texts := make([]string, len(turns))
	for i, t := range turns {
		texts[i] = t.Content
	}
	weights := lex.Weigh(texts...)
	byTopic := make([][]candidate, len(p.guide.Topics)+1)
	n := 0
	for _, t := range turns {
		i := p.index(t.TopicID)
		if i < 0 {
			i = len(p.guide.Topics)
		}
		for _, sentence := range extract.Sentences(t.Content) {
			n++
			byTopic[i] = append(byTopic[i], candidate{t, sentence, i, lex.Salience(sentence.In(t.Content), weights), i*1_000_000 + n})
		}
	}
	for _, list := range byTopic {
		appliance.Sort(list, bySalience)
	}
	return byTopic
}

// point is a candidate that has passed the gate.
type point struct {
	candidate
	appliance.Point
}

// firstPoint gives the first candidate of a list that can be a point, and those after it.
func (p *Plan) firstPoint(list []candidate) (found *point, rest []candidate) {
	for i, c := range list {
		if at, ok := p.pointAt(c.turn, c.sentence, c.topic); ok {
			return &point{c, at}, list[i+1:]
		}
	}
	return nil, nil
}

// maxQuoted is the length in bytes above which a point is cut at a space.
const maxQuoted = 240

// pointAt makes the point of one sentence; false when it says nothing or does not pass the quote gate.
func (p *Plan) pointAt(t appliance.Turn, s extract.Span, topic int) (appliance.Point, bool) {
	text := s.In(t.Content)
	a := Assess(p.language, text)
	greets := topic == len(p.guide.Topics) && a.Depth < 2 // what belongs to no topic counts when it says something
	if a.Depth == 0 || a.Bare || a.Stop || a.Hard || a.Abuse || greets {
		return appliance.Point{}, false
	}
	if len(text) > maxQuoted {
		if cut := strings.LastIndexAny(text[:maxQuoted], " \t"); cut > 0 {
			text = strings.TrimRight(text[:cut], " \t,;:–-")
		}
	}
	at, ok := quote.Locate(text, []quote.Source{{ID: string(t.ID), Text: t.Content}})
	if !ok {
		return appliance.Point{}, false
	}
	return p.pointOver(t, at, topic), true
}

// pointOver makes a point of a place that the quote gate has found in t; topic is that in the guide, beyond its last
// one for none.
func (p *Plan) pointOver(t appliance.Turn, at quote.Span, topic int) appliance.Point {
	point := appliance.Point{Quote: appliance.Span{TurnID: t.ID, Start: at.Start, End: at.End, Text: t.Content[at.Start:at.End]}}
	if topic >= 0 && topic < len(p.guide.Topics) {
		point.TopicID, point.Topic = p.guide.Topics[topic].ID, p.guide.Topics[topic].Title
	}
	return point
}
