package facilitation

import "harmonium/appliance"

// Stream speaks a text letter by letter as a model would, and gives what was let be heard of it and the whole that
// would be stored, "" when it breaks the rules.
func Stream(u Utterance, text string) (spoken, whole string) {
	s := newSpeech(u)
	for _, r := range text {
		show, err := s.take(string(r))
		spoken += show
		if _, broken := err.(brokenRules); broken {
			return spoken, ""
		}
		if err != nil {
			break
		}
	}
	rest, err := s.finish()
	if err != nil {
		return spoken, ""
	}
	return spoken + rest, s.text.String()
}

// Prompts gives what a model is told for a whole list of moves: the system message, then each instruction.
func (p *Plan) Prompts(about string, moves []Decision, broken []Broken) []string {
	p.about = about
	list := []string{p.system()}
	for _, d := range moves {
		text, version := p.instruction(d, nil)
		list = append(list, version+"\n"+text)
	}
	text, _ := p.instruction(moves[0], broken)
	return append(list, text, p.assessment(moves[0].Topic))
}

// With puts what a host has written down into a plan that nothing was asked of yet.
func (p *Plan) With(s appliance.Session) *Plan {
	p.approach, p.chooses = approachOf(s), s.WidgetsEnabled
	return p
}

// ControlOf gives by what the turn of a decision can be answered.
func ControlOf(p *Plan, d Decision) *appliance.Control { return p.control(d) }

// RuleControl is a question of the rules that is answered by a control.
type RuleControl struct {
	Question string
	Control  appliance.Control
	Options  []string // as a model would give them
}

// ControlsOf gives those about a topic.
func ControlsOf(p *Plan, topic appliance.TopicID) map[appliance.ControlType]RuleControl {
	all := make(map[appliance.ControlType]RuleControl)
	for kind, c := range p.topics[p.index(topic)].controls {
		all[kind] = RuleControl{c.question, *c.control, p.phrases.Controls[kind].Options}
	}
	return all
}

// CheckOffer says whether a model may ask a follow-up on the first topic by a control.
func (p *Plan) CheckOffer(kind appliance.ControlType, question string, options ...string) error {
	first := p.guide.Topics[0]
	c := newChecker(p.utterance("", appliance.MoveProbe, first.ID, []string{first.Question}))
	_, err := p.offeredControl(c, kind, &offered{question, options})
	return err
}
