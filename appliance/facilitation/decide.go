package facilitation

import (
	"time"

	"harmonium/appliance"
)

// State is where one conversation stands before a move.
type State struct {
	Facilitation appliance.Facilitation
	Coverage     map[appliance.TopicID]appliance.Coverage
	Took         time.Duration // from the facilitator's last turn to the participant's answer
	Last         string        // the facilitator's last turn
	About        About
	Idea         *appliance.Idea // of others, to the topic, that may be offered; nil for none
	Answers      int             // messages of the participant so far
	Now          time.Time
}

// Why says what led to a move; how it is put into words depends on it.
type Why string

// The reasons.
const (
	WhyNext    Why = ""        // the topic has had its answer
	WhyThin    Why = "thin"    // the answer needs more
	WhyBare    Why = "bare"    // the same: it was only yes, no or the like
	WhyLost    Why = "lost"    // the question was not understood
	WhySkipped Why = "skipped" // the participant leaves the question out
	WhyNothing Why = "nothing" // the participant has nothing to say to it
	WhyStopped Why = "stopped" // the participant wants to end
	WhyAdded   Why = "added"   // something was added at the end
	WhyPicked  Why = "picked"  // the answer is one to a control that the facilitator chose, without a reason
	WhySilent  Why = "silent"  // nothing was said to any question
	WhyOff     Why = "off"     // the answer was about something else
	WhyHard    Why = "hard"    // what is spoken of is hard to bear
	WhyCared   Why = "cared"   // it goes on after something that was hard to bear
	WhyAbuse   Why = "abuse"   // the facilitator was insulted
	WhyAsked   Why = "asked"   // the participant asked the facilitator something
	WhyForeign Why = "foreign" // the participant writes in another language
	WhyTime    Why = "time"    // the time of the guide is over
)

// Decision is one move, and what the conversation is after it.
type Decision struct {
	Move     appliance.Move
	Topic    appliance.TopicID // that the move speaks to, "" for read-back and closing
	FollowUp int               // with MoveProbe: which follow-up of the topic, from 0
	Why      Why
	Ask      Ask                   // what the participant asked and is to be answered first
	Language appliance.Language    // with MoveLanguage: that is offered
	Idea     *appliance.Idea       // with MoveIdea: that is offered
	Control  appliance.ControlType // with MoveProbe: by which it can be answered as well, where the facilitator chose one

	Facilitation appliance.Facilitation
	Changed      []appliance.Coverage // of the topics that the move or the answer has changed
	Finished     bool                 // the conversation is over after this move
	Switch       appliance.Language   // in which the conversation goes on; "" leaves it
}

// Patience is how many follow-ups on thin answers a topic gets at most, beside its own limit. Follow-ups on questions
// that were not understood come on top, within the topic's limit.
type Patience int

// Guided is the patience of guided mode: rules cannot tell whether a second follow-up would bring more. Where a model
// asks, the limit of the topic is the only one.
const (
	Guided Patience = 1
	Led    Patience = appliance.MaxFollowUps
)

// Decide chooses the next move from the state of a conversation and what the participant's newest words are worth. It
// is a pure function. Whatever the assessments are, a conversation that starts at PhaseOpening is finished after at
// most Plan.Turns moves, and no question of the guide is begun when Plan.Time has been taken.
//
// Where controls may be chosen, it chooses at most one for every four turns and one for a topic, none next to one of the
// guide and none in a topic that has one.
func (p *Plan) Decide(s State, a Assessment, patience Patience) Decision {
	d := p.decide(s, a, patience)
	d.Facilitation.Chosen = p.apart(s, d)
	return d
}

func (p *Plan) decide(s State, a Assessment, patience Patience) Decision {
	switch s.Facilitation.Phase {
	case appliance.PhaseOpening:
		if len(p.topics) == 0 {
			return p.close(WhyNext)
		}
		d := p.ask(0, s, nil, WhyNext)
		d.Move = appliance.MoveOpen
		return d
	case appliance.PhaseDone:
		return p.close(WhyNext)
	}
	d, aside := p.decideAside(s, a)
	if !aside {
		d = p.offering(s, a, p.decidePhase(s, a, patience))
	}
	d.Switch = switchTo(s, a)
	d = d.counting(s)
	if d.Ask == AskNothing && a.Ask != AskNothing && d.Facilitation.Asides.Replies < maxReplies && !d.Finished {
		d.Ask = a.Ask // asked beside an answer: it goes before the next question
		d.Facilitation.Asides.Replies++
	}
	return d
}

// counting keeps what was counted in the conversation so far, where the move has not counted on.
func (d Decision) counting(s State) Decision {
	if d.Facilitation.Asides == (appliance.Asides{}) {
		d.Facilitation.Asides = s.Facilitation.Asides
	}
	return d
}

// decidePhase gives the move by the guide.
func (p *Plan) decidePhase(s State, a Assessment, patience Patience) Decision {
	switch s.Facilitation.Phase {
	case appliance.PhaseTopics:
		return p.decideTopic(s, a, patience)
	case appliance.PhaseMissed:
		return p.decideMissed(s, a)
	case appliance.PhaseReadBack:
		switch {
		case a.Stop:
			return p.close(WhyStopped)
		case a.Depth > 0 && !a.Bare:
			return p.close(WhyAdded)
		}
	}
	return p.close(WhyNext)
}

// covered is the coverage of the current topic after an answer. What is said to an idea of others takes its time, and is no
// answer to the topic.
func (p *Plan) covered(s State, a Assessment) appliance.Coverage {
	if s.Facilitation.Aside == appliance.AsideIdea {
		a = Assessment{}
	}
	c := s.Coverage[s.Facilitation.Topic]
	c.TopicID, c.Asked = s.Facilitation.Topic, true
	c.Answered = c.Answered || a.Depth > 0
	c.Depth = deeper(c.Depth, a.Depth)
	c.Seconds += int(min(max(0, s.Took), appliance.MaxAnswerTime).Seconds())
	return c
}

func (p *Plan) decideTopic(s State, a Assessment, patience Patience) Decision {
	i := p.index(s.Facilitation.Topic)
	if i < 0 {
		return p.advance(-1, s, nil, WhyNext)
	}
	c := p.covered(s, a)
	left := len(p.topics[i].followUps) - c.FollowUps
	wanted := min(left, int(patience)-c.FollowUps) // of follow-ups that are to bring more
	picked := a.Picked && s.Facilitation.Chosen.Topic == c.TopicID
	if picked {
		wanted = min(left, wanted+1) // a control made it easier to say anything; why, it did not ask
	}
	if c.Seconds >= 60*p.guide.Topics[i].Minutes || p.timeUp(s, c) {
		wanted = 0
	}

	why := WhyNext
	switch {
	case a.Stop:
		return p.end(s, c, WhyStopped)
	case a.Lost:
		why, wanted = WhyLost, left
	case a.Skip:
		return p.advance(i, s, &c, WhySkipped)
	case a.Off:
		why = WhyOff
	case a.Depth < 2:
		why = WhyThin
		switch {
		case picked:
			why = WhyPicked
		case a.Nothing:
			why = WhyNothing
		case a.Bare:
			why = WhyBare
		}
	}
	if why != WhyNext && wanted > 0 {
		d := Decision{Move: appliance.MoveProbe, Topic: c.TopicID, FollowUp: c.FollowUps, Why: why,
			Facilitation: appliance.Facilitation{Phase: appliance.PhaseTopics, Topic: c.TopicID}, Control: p.choose(s, a, i, why)}
		c.FollowUps++
		d.Changed = []appliance.Coverage{c}
		return d
	}
	if why != WhyNothing {
		why = WhyNext
	}
	return p.advance(i, s, &c, why)
}

// deeper joins the depth of a topic so far with that of a new answer: two answers of which each had a reason or an
// example count as both.
func deeper(before, now int) int {
	if before == 2 && now == 2 {
		return 3
	}
	return max(before, now)
}

// advance goes to the first topic after i that was not asked, and to the end when there is none or no time for it.
func (p *Plan) advance(i int, s State, c *appliance.Coverage, why Why) Decision {
	if c != nil && p.timeUp(s, *c) {
		i, why = len(p.topics), WhyTime
	}
	for next := i + 1; next < len(p.topics); next++ {
		if !s.Coverage[p.guide.Topics[next].ID].Asked {
			return p.ask(next, s, c, why)
		}
	}
	if c == nil {
		return p.end(s, appliance.Coverage{}, why)
	}
	return p.end(s, *c, why)
}

func (p *Plan) ask(i int, s State, changed *appliance.Coverage, why Why) Decision {
	id := p.guide.Topics[i].ID
	next := s.Coverage[id]
	next.TopicID, next.Asked = id, true
	d := Decision{
		Move:         appliance.MoveAsk,
		Topic:        id,
		Why:          why,
		Facilitation: appliance.Facilitation{Phase: appliance.PhaseTopics, Topic: id},
	}
	if changed != nil {
		d.Changed = append(d.Changed, *changed)
	}
	d.Changed = append(d.Changed, next)
	return d
}

// end asks what was missed. Whoever wants to stop is not asked: they are shown what was understood, and nothing when
// there is nothing. c is the coverage of the last topic.
func (p *Plan) end(s State, c appliance.Coverage, why Why) Decision {
	answered := c.Answered || s.answered()
	d := Decision{Move: appliance.MoveMissed, Why: why, Facilitation: appliance.Facilitation{Phase: appliance.PhaseMissed}}
	switch {
	case why == WhyStopped && answered:
		d = p.readBack(WhyStopped)
	case why == WhyStopped:
		d = p.close(WhyStopped)
	case !answered:
		d.Why = WhySilent
	}
	if c.TopicID != "" {
		d.Changed = []appliance.Coverage{c}
	}
	return d
}

// decideMissed shows what was understood, with what was added, as far as anything was said at all.
func (p *Plan) decideMissed(s State, a Assessment) Decision {
	added := a.Depth > 0 && !a.Bare
	switch {
	case !s.answered() && !added && a.Stop:
		return p.close(WhyStopped)
	case !s.answered() && !added:
		return p.close(WhyNext)
	case a.Stop:
		return p.readBack(WhyStopped)
	case added:
		return p.readBack(WhyAdded)
	}
	return p.readBack(WhyNext)
}

// answered says whether any topic has had an answer.
func (s State) answered() bool {
	for _, c := range s.Coverage {
		if c.Answered {
			return true
		}
	}
	return false
}

func (p *Plan) readBack(why Why) Decision {
	return Decision{Move: appliance.MoveReadBack, Why: why, Facilitation: appliance.Facilitation{Phase: appliance.PhaseReadBack}}
}

func (p *Plan) close(why Why) Decision {
	return Decision{
		Move:         appliance.MoveClose,
		Why:          why,
		Facilitation: appliance.Facilitation{Phase: appliance.PhaseDone},
		Finished:     true,
	}
}
