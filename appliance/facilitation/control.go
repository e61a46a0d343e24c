package facilitation

import (
	"strings"

	"harmonium/appliance"
)

// control gives by what the question of a decision can be answered, as the guide has it or the facilitator chose: nil for
// words alone. A question of the guide that is asked again because it was not understood comes with it again.
func (p *Plan) control(d Decision) *appliance.Control {
	i := p.index(d.Topic)
	if i >= 0 && d.Control != "" {
		return p.topics[i].controls[d.Control].control
	}
	if i < 0 || p.topics[i].question != p.guide.Topics[i].Question {
		return nil // a general question stands in its place, which the control does not fit
	}
	switch {
	case d.Move == appliance.MoveOpen, d.Move == appliance.MoveAsk,
		d.Move == appliance.MoveProbe && d.Why == WhyLost && d.FollowUp == 0:
		return p.guide.Topics[i].Control
	}
	return nil
}

// assess judges by rules what the participant has said since the facilitator's last turn. What was answered by a
// control is an answer whatever its label says ("Stop the project" ends nothing), and a thin one, for it tells no
// reason: a follow-up asks for that, the guide's own where it has one.
func (p *Plan) assess(topic appliance.TopicID, turns []appliance.Turn) Assessment {
	texts := ownWords(turns)
	said := Assess(p.language, strings.Join(texts, "\n"))
	switch i := p.index(topic); {
	case len(texts) == len(turns):
		return said
	case len(texts) == 0:
		return Assessment{Depth: 1, Picked: true, Bare: i >= 0 && len(p.guide.Topics[i].Probes) == 0}
	}
	said.Depth, said.Nothing = max(1, said.Depth), false
	return said
}

// ownWords gives what stands in turns that were not answered by a control.
func ownWords(turns []appliance.Turn) []string {
	texts := make([]string, 0, len(turns))
	for _, t := range turns {
		if t.Answer == nil {
			texts = append(texts, t.Content)
		}
	}
	return texts
}
